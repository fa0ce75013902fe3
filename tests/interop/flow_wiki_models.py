"""The wiki with the object-oriented verbs: WikiPage, WikiHeader, WikiHistorySnapshot,
WikiOrderHint."""

import json
import os
import sys

from session import refused, session

from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.models import (
    Project,
    WikiHeader,
    WikiHistorySnapshot,
    WikiOrderHint,
    WikiPage,
)

endpoint, _, token, home = sys.argv[1:]
os.chdir(home)
session(endpoint, token, home)
project = Project(name="pages " + os.urandom(4).hex()).store()
with open("table.csv", "w") as out:
    out.write("a,b\n1,2\n")
with open("page.md", "w", encoding="utf-8") as out:
    out.write("# Page ü\n")

root = WikiPage(
    owner_id=project.id, title="Root", markdown="# Root", attachments=["table.csv"]
).store()
assert root.markdown_file_handle_id
assert len(root.attachment_file_handle_ids) == 1
with open("table.csv", "w") as out:  # the official client deletes what it attaches
    out.write("a,b\n1,2\n")
sub = WikiPage(
    owner_id=project.id, title="Sub", markdown=f"about {project.id}", parent_id=root.id
).store()
assert [(each.id, each.parent_id) for each in WikiHeader.get(owner_id=project.id)] == [
    (root.id, None),
    (sub.id, root.id),
]

again = WikiPage(owner_id=project.id, title="another root")
assert "Must provide id" in str(refused(again.store, kind=ValueError))

handles = root.get_attachment_handles()["list"]
assert [each["fileName"] for each in handles] == ["table.csv.gz"], handles
os.makedirs("down", exist_ok=True)
path = root.get_attachment(file_name="table.csv", download_location="down")
with open(path) as got:
    assert got.read() == "a,b\n1,2\n"
assert root.get_attachment(file_name="table.csv", download_file=False).startswith("http")
path = root.get_markdown_file(download_location="down")
with open(path, encoding="utf-8") as got:
    assert got.read() == "# Root"

changed = WikiPage(owner_id=project.id, id=root.id, title="Renamed", markdown="new").store()
assert changed.title == "Renamed"
versions = [each.version for each in WikiHistorySnapshot.get(owner_id=project.id, id=root.id)]
assert versions == ["1", "0"], versions
assert WikiPage(owner_id=project.id, id=root.id, wiki_version="0").get().title == "Root"
restored = WikiPage(owner_id=project.id, id=root.id, wiki_version="0").restore()
assert restored.title == "Root"
assert len(restored.attachment_file_handle_ids) == 1
assert WikiPage(owner_id=project.id, title="Sub").get().id == sub.id

hint = WikiOrderHint(owner_id=project.id).get()
hint.id_list = [root.id, sub.id]
assert hint.store().id_list == [root.id, sub.id]
assert WikiOrderHint(owner_id=project.id).get().id_list == [root.id, sub.id]

other = Project(name="pages copied " + os.urandom(4).hex()).store()
copied = WikiPage(owner_id=project.id).copy(destination_owner_id=other.id)
assert [each.title for each in copied] == ["Root", "Sub"], copied
path = WikiPage(owner_id=other.id, id=copied[1].id).get_markdown_file(download_location="down")
with open(path, encoding="utf-8") as got:
    assert got.read() == f"about {other.id}"

WikiPage(owner_id=project.id, id=sub.id).delete()
assert len(list(WikiHeader.get(owner_id=project.id))) == 1
WikiPage(owner_id=project.id, id=root.id).delete()
gone = refused(lambda: list(WikiHeader.get(owner_id=project.id)), kind=SynapseHTTPError)
assert gone.response.status_code == 404
print(json.dumps({"project": project.id, "copy": other.id}))
