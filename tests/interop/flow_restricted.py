"""Data with conditions of use, for the official clients and ours.

flow_restricted.py ENDPOINT USER SECRET FOLDER lock PROJECT: store a file that is locked; its id.
flow_restricted.py ENDPOINT USER SECRET FOLDER refused|read FILE: be refused the file, or read it.
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")

import synapseclient  # noqa: E402
from synapseclient.core.exceptions import SynapseUnmetAccessRestrictions  # noqa: E402

endpoint, user, secret, folder, what, id = sys.argv[1:7]
syn = synapseclient.Synapse(
    repoEndpoint=endpoint + "/repo/v1",
    authEndpoint=endpoint + "/auth/v1",
    fileHandleEndpoint=endpoint + "/file/v1",
    portalEndpoint=endpoint,
    skip_checks=True,
    silent=True,
    cache_root_dir=os.path.join(folder, "cache"),
)
if secret.startswith("eyJ"):
    syn.login(authToken=secret, silent=True)
else:
    syn.login(user, password=secret, silent=True)


def is_refused(get):
    try:
        get()
    except SynapseUnmetAccessRestrictions:
        return True
    return False


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
            assert is_refused(way)
        else:
            with open(way().path) as file:
                assert file.read() == "locked"
    print(what)
