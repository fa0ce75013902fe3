"""Copies, with the older and the object-oriented API; runs with the official 4.14.0 and ours.

flow_copy.py ENDPOINT USER TOKEN FOLDER IDS, where IDS is JSON: ids by name. Prints ids by name.
"""

import json
import os
import sys

from session import refused, session

import synapseclient
import synapseutils

endpoint, _, token, folder, known = sys.argv[1:6]
ids = json.loads(known)
syn = session(endpoint, token, folder)
made = {}


def target(name):
    project = syn.store(synapseclient.Project(f"{name} {os.urandom(6).hex()}"))
    made[name] = project.id
    return project.id


copy = synapseutils.copy
whole = target("whole")
mapping = copy(syn, ids["project"], whole)
assert set(ids.values()) <= set(mapping), (ids, mapping)
assert mapping[ids["project"]] == whole
bare = target("bare")
mapping = copy(
    syn,
    ids["project"],
    bare,
    skipCopyWikiPage=True,
    skipCopyAnnotations=True,
    setProvenance=None,
    excludeTypes=["link"],
)
assert ids["link"] not in mapping
existing = target("existing")
# the official client changes the activity that it refers to, which only its creator may
source = syn.get(ids["top.txt"], downloadFile=False)
mine = source["createdBy"] == syn.getUserProfile()["ownerId"]
how = "existing" if mine else None
copy(syn, ids["top.txt"], existing, skipCopyWikiPage=True, setProvenance=how, version=1)
refused(copy, syn, ids["top.txt"], existing, skipCopyWikiPage=True, kind=ValueError)
copy(syn, ids["top.txt"], existing, skipCopyWikiPage=True, updateExisting=True)
refused(copy, syn, ids["inner"], ids["inner"], skipCopyWikiPage=True, kind=ValueError)
refused(copy, syn, ids["inner"], existing, skipCopyWikiPage=True, version=1, kind=ValueError)
refused(
    copy, syn, ids["inner"], existing, skipCopyWikiPage=True, excludeTypes=["x"], kind=ValueError
)
refused(copy, syn, ids["project"], ids["inner"], skipCopyWikiPage=True, kind=ValueError)
handles = synapseutils.copyFileHandles(
    syn,
    [syn.get(ids["top.txt"], downloadFile=False)["dataFileHandleId"]] * 2,
    ["FileEntity"] * 2,
    [ids["top.txt"], ids["inner"]],
    [None, None],
    ["other.txt", None],
)
assert handles[0]["newFileHandle"]["fileName"] == "other.txt"
assert handles[1]["failureCode"] in ("UNAUTHORIZED", "NOT_FOUND")
changed = copy(syn, ids["low.txt"], target("changed"), skipCopyWikiPage=True)[ids["low.txt"]]
file = synapseutils.changeFileMetaData(
    syn, changed, downloadAs="down.txt", contentType="text/x", name="named.txt"
)
assert (file.name, file.versionNumber) == ("named.txt", 2)
assert file._file_handle["fileName"] == "down.txt"
walked = list(synapseutils.walk(syn, whole))
made["walked"] = [
    [place[0].split("/")[1:], sorted(n for n, _ in files)] for place, _, files in walked
]
print(json.dumps(made))
