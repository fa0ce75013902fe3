"""Data with conditions of use, for the official clients and ours.

flow_restricted.py ENDPOINT USER SECRET FOLDER lock PROJECT: store a file that is locked; its id.
flow_restricted.py ENDPOINT USER SECRET FOLDER refused|read FILE: be refused the file, or read it.
"""

import os
import sys

from session import refused, session

import synapseclient
from synapseclient.core.exceptions import SynapseUnmetAccessRestrictions

endpoint, user, secret, folder, what, id = sys.argv[1:7]
syn = session(endpoint, secret, folder, user)

if what == "lock":
    path = os.path.join(folder, "locked.txt")
    with open(path, "w") as file:
        file.write("locked")
    stored = syn.store(synapseclient.File(path, parent=id), isRestricted=True)
    # Once more: it is locked already, which is no error.
    stored["note"] = "again"
    stored = syn.store(stored, isRestricted=True)
    locks = syn.restGET(f"/entity/{stored.id}/accessRequirement")["results"]
    assert [each["concreteType"].rpartition(".")[2] for each in locks] == ["LockAccessRequirement"]
    print(stored.id)
else:
    assert syn.get(id, downloadFile=False).id == id
    ways = [lambda: syn.get(id)]
    if not synapseclient.__version__.startswith("3."):
        from synapseclient.models import File

        ways.append(lambda: File(id=id).get())
    for way in ways:
        if what == "refused":
            refused(way, kind=SynapseUnmetAccessRestrictions)
        else:
            with open(way().path) as file:
                assert file.read() == "locked"
    print(what)
