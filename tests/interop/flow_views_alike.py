"""A view and a dataset are made, queried, changed and kept; with the legacy API of a client.

flow_views_alike.py ENDPOINT USER SECRET FOLDER

The last line that it prints says all that came of it, without ids and etags, so that clients can be
compared.
"""

import csv
import json
import os
import sys

from session import session

import synapseclient
from synapseclient import (
    Column,
    Dataset,
    EntityViewSchema,
    EntityViewType,
    Evaluation,
    File,
    Folder,
    MaterializedViewSchema,
    PartialRowset,
    Project,
    SubmissionViewSchema,
    Table,
)

endpoint, user, secret, folder = sys.argv[1:5]
syn = session(endpoint, secret, folder, user)

facts = {}
project = syn.store(Project(name=f"Views of {os.path.basename(folder)}"))
night = syn.store(Folder("night", parent=project))
files = {}
for name, size in (("wren", 9), ("robin", 14), ("owl", 35)):
    path = os.path.join(folder, f"{name}.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.write(name)
    parent = night if name == "owl" else project
    files[name] = syn.store(File(path, parent=parent, size=size, where=["garden", name]))
names = {each.id: name for name, each in files.items()}
names[project.id], names[night.id] = "project", "night"


def plain(value):
    """A value with names in place of ids."""
    return names.get(value, value)


# A view with the usual columns, and one for each annotation.
view = syn.store(
    EntityViewSchema(
        name="Birds",
        parent=project,
        scopes=[project],
        includeEntityTypes=[EntityViewType.FILE],
        ignoredAnnotationColumnNames=["where"],
    )
)
columns = list(syn.getColumns(view))
facts["columns"] = [[each["name"], each["columnType"]] for each in columns]
got = syn.get(view.id)
facts["view"] = [type(got).__name__, got.viewTypeMask, [plain(f"syn{id}") for id in got.scopeIds]]

# Through a CSV file.
found = syn.tableQuery(f"select id, name, size, parentId from {view.id} order by size")
with open(found.filepath, encoding="utf-8") as file:
    lines = list(csv.reader(file))
facts["header"] = lines[0]
facts["lines"] = [[plain(each) for each in line[3:]] for line in lines[1:]]
facts["rows"] = [[plain(each) for each in row] for row in found]
facts["headers"] = [[each["name"], each["columnType"]] for each in found.headers]
metadata = list(found.iter_row_metadata())
facts["metadata"] = [
    [plain(f"syn{each.row_id}"), each.row_version, len(each.row_etag)] for each in metadata
]
assert [each.row_etag for each in metadata] == [
    syn.get(files[name].id, downloadFile=False).etag for name in ("wren", "robin", "owl")
]

# As rows.
page = syn.tableQuery(f"select name, size from {view.id} order by size desc", resultsAs="rowset")
facts["rowset"] = [
    [each["values"], plain(f"syn{each['rowId']}"), len(each["etag"])] for each in page
]
counted = syn.tableQuery(f"select count(*) from {view.id}", resultsAs="rowset")
facts["count"] = [each["values"] for each in counted]

# Changes of rows are changes of annotations.
page = syn.tableQuery(
    f"select name, size from {view.id} where name = 'wren.txt'", resultsAs="rowset"
)
wren = int(files["wren"].id[3:])
syn.store(PartialRowset.from_mapping({wren: {"size": 10}}, page))
facts["wren"] = list(syn.get(files["wren"].id, downloadFile=False)["size"])
found = syn.tableQuery(f"select id, size from {view.id} where name = 'robin.txt'")
with open(found.filepath, encoding="utf-8") as file:
    lines = list(csv.reader(file))
lines[1][-1] = "15"
path = os.path.join(folder, "changed.csv")
with open(path, "w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows(lines)
syn.store(Table(view.id, path))
facts["robin"] = list(syn.get(files["robin"].id, downloadFile=False)["size"])
try:
    syn.store(Table(view.id, path))
    facts["stale"] = "stored"
except synapseclient.core.exceptions.SynapseError as error:
    facts["stale"] = "CONCURRENT_UPDATE" in str(error)

# A column is added, and the scope made smaller.
view = syn.get(view.id)
view.addColumn(syn.store(Column(name="note", columnType="STRING", maximumSize=20)))
view.scopeIds = [night.id]
view.set_entity_types([EntityViewType.FILE, EntityViewType.FOLDER])
view = syn.store(view)
facts["new columns"] = [each["name"] for each in syn.getColumns(view.id)]
found = syn.tableQuery(f"select name, note from {view.id}", resultsAs="rowset")
facts["smaller"] = [each["values"] for each in found]

# A snapshot stays as it was.
facts["snapshot"] = syn.create_snapshot_version(view.id, label="one owl", comment="kept")
view = syn.get(view.id)
view.add_scope(project)
view = syn.store(view)
for source in (f"{view.id}.1", view.id):
    found = syn.tableQuery(f"select name from {source} order by name", resultsAs="rowset")
    facts[source.replace(view.id, "view")] = [each["values"] for each in found]

# A dataset of files, and of all files of a folder.
item = {"entityId": files["wren"].id, "versionNumber": 1}
dataset = Dataset(name="Chosen", parent=project, dataset_items=[item], addAnnotationColumns=False)
dataset.add_folder(night.id)
dataset = syn.store(dataset)
facts["dataset"] = sorted(
    [plain(each["entityId"]), each["versionNumber"]]
    for each in syn.restGET(f"/entity/{dataset.id}")["items"]
)
facts["dataset columns"] = [each["name"] for each in syn.getColumns(dataset.id)]
found = syn.tableQuery(f"select id, dataFileSizeBytes from {dataset.id} order by name")
facts["dataset rows"] = [[plain(each) for each in row] for row in found]

# The submissions to an evaluation.
evaluation = syn.store(
    Evaluation(name=f"Birds {os.path.basename(folder)}", contentSource=project.id)
)
submission = syn.submit(evaluation, files["owl"], name="an owl")
status = syn.getSubmissionStatus(submission)
status.submissionAnnotations = {"points": [7]}
syn.store(status)
scored = syn.store(SubmissionViewSchema(name="Scored", parent=project, scopes=[evaluation]))
facts["submission columns"] = [
    [each["name"], each["columnType"]] for each in syn.getColumns(scored.id)
]
found = syn.tableQuery(f"select name, status, points, entityid from {scored.id}")
facts["submissions"] = [[plain(each) for each in row] for row in found]

# What a query finds, as a table.
sql = f"select name as bird, size * 2 as twice from {view.id} where size > 5"
joined = syn.store(MaterializedViewSchema(name="Joined", parent=project, definingSQL=sql))
facts["joined"] = [type(joined).__name__, joined.definingSQL == sql]
facts["joined columns"] = [each["name"] for each in syn.getColumns(joined.id)]
found = syn.tableQuery(f"select bird, twice from {joined.id} order by twice")
facts["joined rows"] = [row[2:] for row in found]  # their numbers mean nothing
assert isinstance(syn.get(joined.id), MaterializedViewSchema)

# What is refused.
for name, wrong in (
    ("no column", lambda: syn.tableQuery(f"select nothing from {view.id}")),
    ("new row", lambda: syn.store(Table(view.id, os.path.join(folder, "new.csv")))),
):
    with open(os.path.join(folder, "new.csv"), "w", encoding="utf-8") as file:
        file.write("name,note\nx,y\n")
    try:
        wrong()
        facts[name] = "done"
    except Exception as error:
        facts[name] = str(error).strip().splitlines()[-1].replace(view.id, "view")
print(json.dumps(facts, ensure_ascii=False))
