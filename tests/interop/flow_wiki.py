"""The wiki with the verbs that all clients have: Wiki, getWiki, getWikiHeaders, copyWiki."""

import json
import os
import sys

from session import session

import synapseutils
from synapseclient import File, Folder, Project, Wiki
from synapseclient.core.exceptions import SynapseHTTPError

endpoint, user, secret, home = sys.argv[1:]
os.chdir(home)
syn = session(endpoint, secret, home, user)


def status(work):
    try:
        work()
    except SynapseHTTPError as error:
        return error.response.status_code
    return 200


with open("logo.png", "wb") as out:
    out.write(b"\x89PNG not really")
with open("page.md", "w", encoding="utf-8") as out:
    out.write("# From a file\n")

project = syn.store(Project("wiki " + os.urandom(4).hex()))
folder = syn.store(Folder("inner", parent=project))
with open("f.txt", "w") as out:
    out.write("f")
file = syn.store(File("f.txt", parent=folder))

assert status(lambda: syn.getWiki(project)) == 404
assert status(lambda: syn.getWikiHeaders(project)) == 404
root = syn.store(Wiki(title="Root", owner=project, markdown="# Grüezi", attachments=["logo.png"]))
assert root.markdown == "# Grüezi", root
got = syn.getWiki(project)
assert (got.title, got.markdown, got.id) == ("Root", "# Grüezi", root.id), got
(handle,) = syn.getWikiAttachments(got)
assert handle["fileName"] == "logo.png", handle

below = syn.store(Wiki(title="Below", owner=project, markdownFile="page.md", parentWikiId=root.id))
deep = syn.store(
    Wiki(
        title="Deep",
        owner=project,
        markdown=f"{project.id}/wiki/{root.id} {file.id} {project.id}",
        parentWikiId=below.id,
    )
)
headers = syn.getWikiHeaders(project)
assert [(each["id"], each.get("parentId")) for each in headers] == [
    (root.id, None),
    (below.id, root.id),
    (deep.id, below.id),
], headers

got.markdown = f"see {project.id}/wiki/{deep.id}"
changed = syn.store(got)
assert changed.etag != root.etag
assert status(lambda: syn.store(got)) == 412
assert syn.getWiki(project, root.id, version=0).markdown == "# Grüezi"
assert syn.getWiki(project, below.id).markdown == "# From a file\n"
again = syn.store(Wiki(owner=project, title="Root", markdown=changed.markdown))  # it is there
assert again.id == root.id

other = syn.store(Project("copy " + os.urandom(4).hex()))
mapping = {file.id: "syn99999999"}
copied = synapseutils.copyWiki(syn, project.id, other.id, entityMap=mapping)
assert [each["title"] for each in copied] == ["Root", "Below", "Deep"], copied
new = {each["title"]: each["id"] for each in copied}
assert syn.getWiki(other).markdown == "see {}/wiki/{}".format(other.id, new["Deep"])
assert syn.getWiki(other, new["Deep"]).markdown == "{0}/wiki/{1} syn99999999 {0}".format(
    other.id, new["Root"]
)
part = syn.store(Project("part " + os.urandom(4).hex()))
copied = synapseutils.copyWiki(syn, project.id, part.id, entitySubPageId=below.id)
assert [each["title"] for each in copied] == ["Below", "Deep"], copied

whole = syn.store(Project("whole " + os.urandom(4).hex()))
syn.store(Wiki(owner=folder, title="F", markdown=f"in {folder.id}"))
ids = synapseutils.copy(syn, project.id, whole.id)
assert syn.getWiki(ids[folder.id]).markdown == f"in {ids[folder.id]}"
assert len(syn.getWikiHeaders(whole)) == 3

syn.delete(syn.getWiki(project, below.id))
assert len(syn.getWikiHeaders(project)) == 1
print(json.dumps({"project": project.id, "root": root.id, "copy": other.id}))
