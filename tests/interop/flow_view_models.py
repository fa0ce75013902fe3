"""Views and datasets with the object-oriented API of a client.

flow_view_models.py ENDPOINT USER TOKEN FOLDER
"""

import os
import sys

from session import session

from synapseclient.models import (
    Column,
    ColumnType,
    Dataset,
    DatasetCollection,
    EntityView,
    Evaluation,
    File,
    Folder,
    Project,
    SubmissionView,
    ViewTypeMask,
    query,
    query_part_mask,
)

endpoint, _, token, folder = sys.argv[1:5]
session(endpoint, token, folder)

project = Project(name=f"Views of {os.path.basename(folder)}").store()
raw = Folder(name="raw", parent_id=project.id).store()


def new_file(name, **annotations):
    path = os.path.join(folder, name)
    with open(path, "w") as out:
        out.write(name)
    return File(path=path, parent_id=raw.id, annotations=annotations).store()


one = new_file("one.csv", tissue=["liver"])
two = new_file("two.csv", tissue=["lung"])

view = EntityView(
    name="files",
    parent_id=project.id,
    scope_ids=[project.id],
    view_type_mask=ViewTypeMask.FILE | ViewTypeMask.FOLDER,
    columns=[
        Column(name="tissue", column_type=ColumnType.STRING, maximum_size=50),
        Column(name="weight", column_type=ColumnType.INTEGER),
    ],
).store()
assert view.id
assert {"id", "name", "type", "tissue", "weight"} <= set(view.columns)
found = query(f"select * from {view.id} order by name")
assert list(found["name"]) == ["one.csv", "raw", "two.csv"]
assert list(found["type"]) == ["file", "folder", "file"]

# Annotations through the view.
files = query(f"select * from {view.id} where type = 'file' order by name")
files["tissue"] = ["brain", "skin"]
files["weight"] = [3, 4]
view.update_rows(
    files[["id", "etag", "tissue", "weight"]],
    primary_keys=["id"],
    wait_for_eventually_consistent_view=True,
)
found = query(f"select tissue, weight from {view.id} where type = 'file' order by name")
assert list(found["tissue"]) == ["brain", "skin"], found
assert File(id=one.id, download_file=False).get().annotations["weight"] == [3]

# Parts of an answer.
answer = query_part_mask(f"select * from {view.id}", part_mask=0x1 | 0x2 | 0x40 | 0x80)
assert answer.count == 3
assert answer.sum_file_sizes.sum_file_size_bytes == 14
assert answer.last_updated_on

# Another scope, another column; a snapshot.
other = Folder(name="other", parent_id=project.id).store()
view.scope_ids.add(other.id)
view.add_column(Column(name="note", column_type=ColumnType.STRING))
view.delete_column("weight")
view = view.store()
assert "note" in view.columns
assert "weight" not in EntityView(id=view.id).get().columns
kept = view.snapshot(comment="as it was", label="first")
assert kept.snapshot_version_number == 1, kept
two.delete()
assert len(query(f"select * from {view.id}")) == 3
assert len(query(f"select * from {view.id}.1")) == 4

# A dataset, a collection of it.
dataset = Dataset(name="chosen", parent_id=project.id)
dataset.add_item(raw)
dataset = dataset.store()
assert [each.id for each in dataset.items] == [one.id]
found = query(f"select * from {dataset.id}")
assert list(found["name"]) == ["one.csv"]
three = new_file("three.csv")
dataset.add_item(three)
dataset = dataset.store()
assert len(query(f"select * from {dataset.id}")) == 2
dataset.remove_item(one)
dataset = dataset.store()
again = Dataset(id=dataset.id).get()
assert [each.id for each in again.items] == [three.id]
assert again.size == 9, again.size
assert again.snapshot(label="one file").snapshot_version_number == 1
collection = DatasetCollection(name="all", parent_id=project.id)
collection.add_item(Dataset(id=dataset.id).get())
collection = collection.store()
found = query(f"select * from {collection.id}")
assert list(found["name"]) == ["chosen"]
assert list(found["datasetItemCount"]) == [1]

evaluation = Evaluation(
    name=f"Queue of {os.path.basename(folder)}",
    description="d",
    content_source=project.id,
    submission_instructions_message="i",
    submission_receipt_message="r",
).store()
submissions = SubmissionView(
    name="submissions", parent_id=project.id, scope_ids=[evaluation.id]
).store()
assert "submitterid" in submissions.columns
assert len(query(f"select * from {submissions.id}")) == 0
submissions.delete()
view.delete()
print("done")
