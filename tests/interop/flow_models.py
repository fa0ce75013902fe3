"""What scientists do with the object-oriented API; runs with the official 4.14.0 and ours.

flow_models.py ENDPOINT USER TOKEN FOLDER
"""

import hashlib
import os
import sys

from session import session

from synapseclient.models import (
    Activity,
    File,
    Folder,
    Link,
    Project,
    UsedEntity,
    UsedURL,
    UserProfile,
)

endpoint, user, token, folder = sys.argv[1:5]
session(endpoint, token, folder)


def read(path):
    with open(path) as file:
        return file.read()


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


for name in ("down", "v1"):
    os.mkdir(os.path.join(folder, name))

mark = os.path.basename(folder)
project = Project(name=f"Models of {mark}", annotations={"kind": ["test"]})
project.files = [File(path=write("top.txt", "top"))]
project.folders = [Folder(name="inner", files=[File(path=write("deep.txt", "deep"))])]
project = project.store()
assert all([project.id, project.folders[0].id, project.files[0].id])
assert project.folders[0].files[0].parent_id == project.folders[0].id
again = Project(name=f"Models of {mark}").get()
assert again.id == project.id
assert again.annotations["kind"] == ["test"]

path = write("data.csv", "a,b\n1,2\n")
file = File(path=path, parent_id=project.id, annotations={"n": [1], "s": ["x"]}, description="d")
file.activity = Activity(
    name="made",
    used=[UsedURL(name="n", url="https://example.org")],
    executed=[UsedEntity(target_id=project.id)],
)
file = file.store()
assert (file.version_number, file.name) == (1, "data.csv")
assert file.activity.id

got = File(id=file.id, path=os.path.join(folder, "down")).get(include_activity=True)
assert os.path.dirname(got.path) == os.path.join(folder, "down"), got.path
assert read(got.path) == "a,b\n1,2\n"
assert got.file_handle.content_md5 == hashlib.md5(b"a,b\n1,2\n").hexdigest()
assert got.annotations == {"n": [1], "s": ["x"]}, got.annotations
assert got.activity.name == "made"
assert [each.url for each in got.activity.used] == ["https://example.org"]
assert [each.target_id for each in got.activity.executed] == [project.id]
assert File(path=got.path).get().id == file.id

changed = write("changed.csv", "changed")
# 4.14.0 notes this file in the cache of the first version, too, and takes the newest noted there
os.utime(changed, (1_700_000_000, 1_700_000_000))
second = File(path=changed, name="data.csv", parent_id=project.id, annotations={"s": ["y"]}).store()
assert (second.id, second.version_number) == (file.id, 2)
assert File(id=file.id, download_file=False).get().annotations == {"n": [1], "s": ["y"]}
first = File(id=file.id, version_number=1).get()
assert read(first.path) == "a,b\n1,2\n"
assert Activity.from_parent(first).name == "made"

renamed = File(id=file.id, download_file=False).change_metadata(
    name="renamed.csv", download_as="saved.csv", content_type="text/x"
)
assert (renamed.name, renamed.content_type) == ("renamed.csv", "text/x")
target = project.folders[0].id
copied = File(id=file.id, download_file=False).copy(parent_id=target)
assert copied.id != file.id
assert copied.parent_id == project.folders[0].id

link = Link(name="to it", parent_id=project.id, target_id=file.id).store()
assert Link(id=link.id).get(follow_link=False).target_id == file.id

folder_model = Folder(id=project.folders[0].id)
folder_model.set_permissions(principal_id=273948, access_type=["READ"])
assert folder_model.get_acl(principal_id=273948) == ["READ"]
assert folder_model.get_permissions().can_edit
folder_model.delete_permissions()
assert folder_model.get_acl(principal_id=273948) == []

File(id=file.id, version_number=1).delete(version_only=True)
Activity.delete(parent=copied.id)
assert Activity.from_parent(copied.id) is None
File(id=copied.id).delete()
assert UserProfile().get().username == user
Folder(id=project.folders[0].id).delete()
print("done")
