"""Views, datasets and collections with the object-oriented API of a client.

flow_view_models_alike.py ENDPOINT USER TOKEN FOLDER

The last line that it prints says all that came of it, without ids and etags, so that clients can be
compared.
"""

import asyncio
import json
import os
import sys

import pandas as pd
from session import session

from synapseclient import operations
from synapseclient.api import get_default_columns
from synapseclient.models import (
    Activity,
    Column,
    ColumnType,
    Dataset,
    DatasetCollection,
    EntityRef,
    EntityView,
    Evaluation,
    File,
    Folder,
    MaterializedView,
    Project,
    Submission,
    SubmissionStatus,
    SubmissionView,
    Table,
    ViewTypeMask,
    VirtualTable,
    query,
    query_part_mask,
)

endpoint, _, token, folder = sys.argv[1:5]
session(endpoint, token, folder)

facts = {}
project = Project(name=f"Models of views {os.path.basename(folder)}").store()
night = Folder(name="night", parent_id=project.id).store()
files = {}
for name, size in (("wren", 9), ("robin", 14), ("owl", 35)):
    path = os.path.join(folder, f"{name}.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.write(name)
    parent = night.id if name == "owl" else project.id
    files[name] = File(path=path, parent_id=parent, annotations={"size": [size]}).store()
names = {each.id: name for name, each in files.items()}
names[project.id], names[night.id] = "project", "night"


def rows(frame):
    """The values of a frame, with names in place of ids and of what is missing."""
    return [
        [None if value is pd.NA or value != value else names.get(value, value) for value in row]
        for row in frame.astype(object).values.tolist()
    ]


defaults = asyncio.run(get_default_columns(view_type_mask=ViewTypeMask.FILE.value))
facts["defaults"] = [[each.name, each.column_type.value, each.maximum_size] for each in defaults]

# A view.
view = EntityView(
    name="Birds",
    parent_id=project.id,
    scope_ids=[project.id],
    view_type_mask=ViewTypeMask.FILE,
    columns=[Column(name="size", column_type=ColumnType.INTEGER)],
).store()
facts["columns"] = list(view.columns)
facts["view"] = [
    names[next(iter(view.scope_ids))],
    int(view.view_type_mask),
    view.version_number,
    view.is_search_enabled,
    view.has_changed,
    view.has_columns_changed,
]
sql = f"select id, name, size from {view.id} order by size"
facts["rows"] = rows(query(sql, include_row_id_and_row_version=False))
facts["names of rows"] = list(query(sql).columns)
parts = query_part_mask(sql, 0x1 | 0x2 | 0x40 | 0x80)
facts["parts"] = [
    parts.count,
    parts.sum_file_sizes.sum_file_size_bytes,
    parts.sum_file_sizes.greater_than,
    parts.last_updated_on is not None,
    list(parts.result.columns),
]

# Changes of rows are changes of annotations.
view.update_rows(
    pd.DataFrame({"name": ["wren.txt", "robin.txt", "nobody"], "size": [10, 14, 1]}),
    primary_keys=["name"],
    wait_for_eventually_consistent_view=True,
)
facts["sizes"] = [
    File(id=each.id, download_file=False).get().annotations for each in files.values()
]
facts["updated"] = rows(query(sql, include_row_id_and_row_version=False))

# Changes of the view itself.
again = EntityView(name="Birds", parent_id=project.id).get()
again.columns["size"].name = "weight"
again.add_column(Column(name="note", column_type=ColumnType.STRING), index=0)
again.add_column(Column(name="more", column_type=ColumnType.STRING_LIST))
again.reorder_column(name="more", index=1)
again.delete_column(name="path")
again.view_type_mask = ViewTypeMask.FILE | ViewTypeMask.FOLDER
again.annotations = {"kept": ["yes"]}
again = again.store()
facts["changed"] = [list(again.columns), int(again.view_type_mask), again.annotations]
found = query(f"select name, type from {view.id} order by name", False)
facts["folders, too"] = rows(found)

# Snapshots, with what made them.
again.activity = Activity(name="counting")
again.store()
kept = again.snapshot(comment="as it was", label="first")
facts["snapshot"] = [kept.snapshot_version_number, again.version_number]
old = EntityView(id=view.id, version_number=1).get(include_activity=True)
facts["old"] = [old.version_label, old.version_comment, old.is_latest_version, old.activity.name]
again = EntityView(id=view.id).get(include_activity=True)
facts["new"] = [again.is_latest_version, again.version_number, again.activity.name]

# A dataset.
dataset = Dataset(
    name="Chosen", parent_id=project.id, items=[EntityRef(id=files["wren"].id, version=1)]
).store()
facts["dataset columns"] = list(dataset.columns)
dataset.add_item(files["robin"])
dataset.add_item(Folder(id=night.id))
dataset.add_item(EntityRef(id=files["wren"].id, version=1))
facts["items"] = [[names[each.id], each.version] for each in dataset.items]
dataset = dataset.store()
facts["dataset"] = [dataset.count, dataset.size, dataset.checksum, dataset.has_changed]
dataset.remove_item(EntityRef(id=files["wren"].id, version=1))
dataset = dataset.store()
found = query(f"select id, dataFileSizeBytes from {dataset.id} order by name", False)
facts["dataset rows"] = rows(found)
more = Dataset(
    name="Chosen", parent_id=project.id, items=[EntityRef(id=files["wren"].id, version=1)]
).store()
facts["more"] = sorted(names[each.id] for each in more.items)
kept = more.snapshot(label="v1")
collection = DatasetCollection(name="All", parent_id=project.id)
collection.add_item(EntityRef(id=more.id, version=kept.snapshot_version_number))
collection = collection.store()
facts["collection columns"] = list(collection.columns)
facts["collection"] = rows(query(f"select name, datasetItemCount from {collection.id}", False))

# What queries find, as a table.
sql = f"select v.name as bird, v.dataFileSizeBytes * 2 as twice from {view.id} v"
joined = MaterializedView(
    name="Joined", parent_id=project.id, defining_sql=f"{sql} where v.dataFileSizeBytes > 3"
).store()
facts["joined"] = [
    list(MaterializedView(id=joined.id).get().columns),
    joined.has_changed,
    rows(query(f"select bird, twice from {joined.id} order by twice", False)),
]
joined.defining_sql = joined.defining_sql.replace("* 2", "* 3")
joined = joined.store()
facts["changed join"] = rows(query(f"select twice from {joined.id} order by twice", False))
table = Table(
    name="Nests",
    parent_id=project.id,
    columns=[
        Column(name="bird", column_type=ColumnType.STRING, maximum_size=20),
        Column(name="eggs", column_type=ColumnType.INTEGER),
    ],
).store()
table.store_rows(pd.DataFrame({"bird": ["wren", "wren", "owl"], "eggs": [5, 6, 3]}))
virtual = VirtualTable(
    name="Eggs",
    parent_id=project.id,
    defining_sql=f"select bird, sum(eggs) as eggs from {table.id} group by bird",
).store()
facts["virtual"] = [
    list(VirtualTable(id=virtual.id).get().columns),
    rows(query(f"select * from {virtual.id} order by eggs", False)),
]

# Submissions to an evaluation.
evaluation = Evaluation(
    name=f"Birds {os.path.basename(folder)}",
    description="d",
    content_source=project.id,
    submission_instructions_message="m",
    submission_receipt_message="r",
).store()
submission = Submission(
    entity_id=files["owl"].id, evaluation_id=evaluation.id, name="an owl"
).store()
status = SubmissionStatus(id=submission.id).get()
status.submission_annotations = {"points": [7]}
status.store()
scored = SubmissionView(
    name="Scored",
    parent_id=project.id,
    scope_ids=[evaluation.id],
    columns=[Column(name="points", column_type=ColumnType.INTEGER)],
).store()
facts["submission columns"] = list(scored.columns)
facts["submissions"] = rows(query(f"select name, status, points, entityid from {scored.id}", False))
facts["scope"] = [scored.scope_ids == [evaluation.id], scored.has_changed]

# Found again.
got = Project(id=project.id).sync_from_synapse(download_file=False)
facts["lists"] = [
    [each.name for each in some]
    for some in (
        got.entityviews,
        got.datasets,
        got.datasetcollections,
        got.tables,
        got.materializedviews,
        got.virtualtables,
        got.submissionviews,
    )
]
facts["operations"] = [
    type(operations.get(each.id)).__name__
    for each in (view, dataset, collection, joined, virtual, scored, table)
]
for each, wrong in (
    ("nothing", lambda: EntityView(id=view.id).delete_column("nothing")),
    ("item", lambda: dataset.add_item("syn1")),
    ("no sql", lambda: VirtualTable(name="x", parent_id=project.id).store()),
    (
        "two tables",
        lambda: VirtualTable(
            name="x", parent_id=project.id, defining_sql="select * from syn1 join syn2 on a = b"
        ).store(),
    ),
    ("gone", lambda: more.remove_item(EntityRef(id="syn1", version=1))),
):
    try:
        wrong()
        facts[each] = "done"
    except Exception as error:
        facts[each] = type(error).__name__
collection.delete()
print(json.dumps(facts, ensure_ascii=False))
