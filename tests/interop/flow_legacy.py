"""What scientists do with the legacy API of synapseclient; runs in each client's environment.

    flow_legacy.py ENDPOINT USER SECRET FOLDER

Prints one JSON object of ids for the next client to read. Works with the official 3.0.0 and
4.14.0 and with ours.
"""

import hashlib
import json
import os
import sys

from session import refused, session

import synapseclient
from synapseclient import Activity, File, Folder, Link, Project

endpoint, user, secret, folder = sys.argv[1:5]
major = int(synapseclient.__version__.split(".")[0])
mark = os.path.basename(folder)

syn = session(endpoint, secret, folder, user)


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest()


project = syn.store(Project(name=f"Project of {mark}", description="first"))
again = syn.store(Project(name=f"Project of {mark}"))
assert again.id == project.id, "storing by the same name must find the same project"
data = syn.store(Folder(name="data", parent=project))
ids = {"project": project.id, "data": data.id, "files": {}}

sizes = {"empty.txt": 0, "one.bin": 1, "small.tsv": 7266, "large.bin": 40 * 1024 * 1024}
if "--small" in sys.argv:
    sizes["large.bin"] = 6 * 1024 * 1024
for name, size in sizes.items():
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write((name.encode() * (size // len(name) + 1))[:size])
    if size == 0 and major == 3:
        continue
    stored = syn.store(File(path, parent=data, annotations={"size": size, "kind": "test"}))
    assert stored.versionNumber == 1
    ids["files"][name] = {"id": stored.id, "md5": md5(path)}
    fresh = os.path.join(folder, "down-" + name)
    got = syn.get(stored.id, downloadLocation=fresh)
    assert md5(got.path) == md5(path), name
    assert got.annotations["kind"] == ["test"] or got["kind"] == ["test"]

# a new version, and both read back
small = ids["files"]["small.tsv"]["id"]
path = os.path.join(folder, "small.tsv")
with open(path, "a") as file:
    file.write("more\n")
os.utime(path, (1_800_000_000, 1_800_000_000))  # caches compare whole seconds
entity = syn.get(small, downloadFile=False)
entity.path = path
entity = syn.store(
    entity, activity=Activity(name="append", used=[data.id], executed=["https://example.org/code"])
)
assert entity.versionNumber == 2, entity.versionNumber
ids["files"]["small.tsv"]["md5"] = md5(path)
first = syn.get(small, version=1, downloadLocation=os.path.join(folder, "v1"))
assert os.path.getsize(first.path) == 7266
unchanged = syn.store(File(path, parent=data, name="small.tsv"), forceVersion=False)
assert unchanged.versionNumber == 2, unchanged.versionNumber

# provenance
activity = syn.getProvenance(small)
assert activity["name"] == "append"
assert len(activity["used"]) == 2
syn.setProvenance(small, Activity(name="append again", used=[small + ".1"]))
assert syn.getProvenance(small)["name"] == "append again"

# annotations
annotations = syn.get_annotations(small)
annotations["cells"] = [1, 2, 3]
annotations["share"] = [0.5]
annotations["done"] = [True]
syn.set_annotations(annotations)
read = syn.get_annotations(small)
assert read["cells"] == [1, 2, 3]
assert read["share"] == [0.5]
assert read["done"] == [True], read["done"]

# permissions
syn.setPermissions(data.id, 273948, ["READ", "DOWNLOAD"], warn_if_inherits=False)
assert set(syn.getPermissions(data.id, 273948)) == {"READ", "DOWNLOAD"}
own = syn.getUserProfile()["ownerId"]
assert "CHANGE_PERMISSIONS" in syn.getPermissions(small, own)

# children, links, moves
inner = syn.store(Folder(name="inner", parent=data))
link = syn.store(Link(small, parent=project.id))
assert syn.get(link, followLink=True, downloadFile=False).id == small
names = {child["name"] for child in syn.getChildren(data.id)}
assert {"inner", "one.bin", "small.tsv", "large.bin"} <= names, names
assert syn.findEntityId("one.bin", parent=data.id) == ids["files"]["one.bin"]["id"]
one = ids["files"]["one.bin"]["id"]
syn.move(one, inner.id)
assert syn.get(one, downloadFile=False).parentId == inner.id

# external files
external = syn.store(File("https://example.org/data.csv", parent=data, synapseStore=False))
assert syn.get(external.id, downloadFile=False).externalURL == "https://example.org/data.csv"

# delete and restore
syn.delete(inner.id)
reason = str(refused(syn.get, one, downloadFile=False))
assert "trash" in reason, reason
syn.restPUT(f"/trashcan/restore/{inner.id}")
assert syn.get(one, downloadFile=False).parentId == inner.id
syn.delete(syn.get(small, downloadFile=False), version=1)

print(json.dumps(ids))
