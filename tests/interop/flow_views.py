"""Views with the functions and classes of a client.

flow_views.py ENDPOINT USER SECRET FOLDER
"""

import csv
import os
import sys

from session import session

import synapseclient
from synapseclient import (
    Column,
    Dataset,
    EntityViewSchema,
    EntityViewType,
    File,
    Folder,
    Project,
    SubmissionViewSchema,
)

try:
    import pandas  # 3.0.0 takes any, and not all go together with the numpy that they find
except (ImportError, ValueError):
    pandas = None

endpoint, user, secret, folder = sys.argv[1:5]
syn = session(endpoint, secret, folder, user)


def read(sql):
    """The rows of a query, through a CSV file."""
    with open(syn.tableQuery(sql).filepath, encoding="utf-8") as file:
        return list(csv.DictReader(file))


project = syn.store(Project(name=f"Views of {os.path.basename(folder)}"))
raw = syn.store(Folder("raw", parent=project))


def new_file(name, **annotations):
    path = os.path.join(folder, name)
    with open(path, "w") as out:
        out.write(name)
    return syn.store(File(path, parent=raw, annotations=annotations))


one = new_file("one.csv", tissue="liver", weight=1)
two = new_file("two.csv", tissue="lung", weight=2)

# A view with the default columns and those of the annotations.
view = syn.store(
    EntityViewSchema(
        name="files",
        parent=project,
        scopes=[project],
        includeEntityTypes=[EntityViewType.FILE],
        add_default_columns=True,
        addAnnotationColumns=True,
    )
)
columns = {each["name"]: each["columnType"] for each in syn.getColumns(view)}
assert columns["id"] == "ENTITYID"
assert columns["tissue"] == "STRING", columns
assert columns["weight"] == "INTEGER", columns
answer = read(f"select * from {view.id} order by name")
assert [each["name"] for each in answer] == ["one.csv", "two.csv"]
assert [each["tissue"] for each in answer] == ["liver", "lung"]
assert [each["dataFileSizeBytes"] for each in answer] == ["7", "7"]

# Annotations are changed through the view.
if pandas:
    frame = syn.tableQuery(f"select * from {view.id} order by name").asDataFrame()
    frame["weight"] = [10, 20]
    syn.store(synapseclient.Table(view.id, frame))
else:
    path = os.path.join(folder, "changed.csv")
    with open(path, "w", encoding="utf-8") as out:
        out.write("ROW_ID,ROW_VERSION,ROW_ETAG,weight\n")
        for each, weight in zip(answer, (10, 20), strict=True):
            out.write(f"{each['ROW_ID']},{each['ROW_VERSION']},{each['ROW_ETAG']},{weight}\n")
    syn.store(synapseclient.Table(view.id, path))
assert [int(each) for each in syn.get_annotations(one)["weight"]] == [10]
found = syn.tableQuery(f"select name, weight from {view.id} where weight > 15", resultsAs="rowset")
assert [each["values"] for each in found.rowset["rows"]] == [["two.csv", 20]]

# New files are there at once; the scope changes.
three = new_file("three.csv", tissue="skin")
count = f"select count(*) as n from {view.id}"
assert read(count) == [{"n": "3"}]
other = syn.store(Folder("other", parent=project))
view.scopeIds = [other.id]
view = syn.store(view)
assert read(count) == [{"n": "0"}]
view.add_scope(raw)
view = syn.store(view)
assert read(count) == [{"n": "3"}]

# A snapshot.
number = syn.create_snapshot_version(view.id, comment="as it was", label="three")
assert number == 1, number
syn.delete(three)
assert read(count) == [{"n": "2"}]
assert read(f"select count(*) as n from {view.id}.1") == [{"n": "3"}]

# A dataset.
dataset = Dataset(name="chosen", parent=project, add_default_columns=True)
dataset.add_item({"entityId": one.id, "versionNumber": 1})
dataset = syn.store(dataset)
assert [each["name"] for each in read(f"select * from {dataset.id}")] == ["one.csv"]
dataset.add_items([{"entityId": two.id, "versionNumber": 1}])
dataset = syn.store(dataset)
assert len(read(f"select * from {dataset.id}")) == 2
dataset.remove_item(one.id)
dataset = syn.store(dataset)
assert [each["name"] for each in read(f"select name from {dataset.id}")] == ["two.csv"]
assert syn.create_snapshot_version(dataset.id) == 1

# Submissions.
evaluation = syn.store(
    synapseclient.Evaluation(name=f"Queue of {os.path.basename(folder)}", contentSource=project.id)
)
syn.submit(evaluation, syn.get(one.id, downloadFile=False), name="first try")
submissions = syn.store(
    SubmissionViewSchema(
        name="submissions", parent=project, scopes=[evaluation], addAnnotationColumns=False
    )
)
(answer,) = read(f"select * from {submissions.id}")
assert (answer["name"], answer["status"]) == ("first try", "RECEIVED")

assert syn.get(view.id).scopeIds == [other.id[3:], raw.id[3:]]
assert isinstance(syn.get(dataset.id), Dataset)
column = syn.store(Column(name="name", columnType="STRING", maximumSize=256))
projects = syn.store(
    EntityViewSchema(
        name="projects",
        parent=project,
        scopes=[project],
        includeEntityTypes=[EntityViewType.PROJECT],
        columns=[column],
        addDefaultViewColumns=False,
        addAnnotationColumns=False,
    )
)
assert [each["name"] for each in read(f"select * from {projects.id}")] == [project.name]
print("done")
