"""Materialized views and virtual tables with the object-oriented API of a client.

flow_derived_models.py ENDPOINT USER TOKEN FOLDER
"""

import os
import sys

import pandas as pd
from session import refused, session

from synapseclient.models import (
    Column,
    ColumnType,
    MaterializedView,
    Project,
    Table,
    VirtualTable,
    query,
)

endpoint, _, token, folder = sys.argv[1:5]
session(endpoint, token, folder)

project = Project(name=f"Derived of {os.path.basename(folder)}").store()


def table(name, frame, *columns):
    made = Table(
        name=name,
        parent_id=project.id,
        columns=[Column(name=each, column_type=kind) for each, kind in columns],
    ).store()
    made.store_rows(frame)
    return made


birds = table(
    "Birds",
    pd.DataFrame({"bird": ["wren", "robin", "owl"], "size": [9, 14, 40]}),
    ("bird", ColumnType.STRING),
    ("size", ColumnType.INTEGER),
)
seen = table(
    "Seen",
    pd.DataFrame({"bird": ["wren", "robin", "robin"], "place": ["hedge", "lawn", "hedge"]}),
    ("bird", ColumnType.STRING),
    ("place", ColumnType.STRING),
)

view = MaterializedView(
    name="Both",
    parent_id=project.id,
    description="where they are",
    defining_sql=(
        f"SELECT b.bird AS bird, b.size AS size, s.place AS place FROM {birds.id} b"
        f" LEFT JOIN {seen.id} s ON b.bird = s.bird"
    ),
).store()
assert list(MaterializedView(id=view.id).get().columns) == ["bird", "size", "place"]
found = view.query(f"select * from {view.id} order by size desc, place")
assert list(found["bird"]) == ["owl", "robin", "robin", "wren"]
assert list(found["place"].fillna("-")) == ["-", "hedge", "lawn", "hedge"]

union = MaterializedView(
    name="Names",
    parent_id=project.id,
    defining_sql=f"SELECT bird FROM {birds.id} UNION SELECT place FROM {seen.id}",
).store()
assert sorted(query(f"select bird from {union.id}")["bird"]) == [
    "hedge",
    "lawn",
    "owl",
    "robin",
    "wren",
]
seen.store_rows(pd.DataFrame({"bird": ["owl"], "place": ["barn"]}))
assert len(query(f"select bird from {union.id}")) == 6
found = view.query_part_mask(
    f"select * from {view.id} where place = 'barn'", part_mask=0x1 | 0x2 | 0x80
)
assert found.count == 1
assert list(found.result["bird"]) == ["owl"]

tall = VirtualTable(
    name="Counted",
    parent_id=project.id,
    defining_sql=f"SELECT place, COUNT(*) AS n, MAX(size) AS largest FROM {view.id} GROUP BY place",
).store()
assert list(VirtualTable(id=tall.id).get().columns) == ["place", "n", "largest"]
found = tall.query(f"select place, largest from {tall.id} where n > 1")
assert list(found["place"]) == ["hedge"]
assert list(found["largest"]) == [14]

tall.defining_sql = f"SELECT bird FROM {birds.id} WHERE size > 10"
tall.store()
assert list(query(f"select * from {tall.id} order by bird")["bird"]) == ["owl", "robin"]

wrong = VirtualTable(
    name="Wrong",
    parent_id=project.id,
    defining_sql=f"SELECT a.bird FROM {birds.id} a JOIN {seen.id} b ON a.bird = b.bird",
)
reason = str(refused(wrong.store))
assert "do not support JOIN" in reason, reason
view.delete()
print("done")
