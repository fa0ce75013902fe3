"""A table with the object-oriented API of a client.

flow_table_models.py ENDPOINT USER TOKEN FOLDER
"""

import os
import sys

import pandas as pd
from session import session

from synapseclient.models import Column, ColumnType, Project, Table, query

endpoint, _, token, folder = sys.argv[1:5]
session(endpoint, token, folder)

project = Project(name=f"Tables of {os.path.basename(folder)}").store()
table = Table(
    name="Birds",
    parent_id=project.id,
    columns=[
        Column(name="name", column_type=ColumnType.STRING, maximum_size=40),
        Column(name="size", column_type=ColumnType.INTEGER),
        Column(name="tags", column_type=ColumnType.STRING_LIST, maximum_size=20),
    ],
).store()
assert list(table.columns) == ["name", "size", "tags"]
frame = pd.DataFrame(
    {"name": ["wren", "robin"], "size": [9, 14], "tags": [["small", "brown"], ["red"]]}
)
table.store_rows(frame)
found = query(f"select * from {table.id} where tags has ('red')")
assert list(found["name"]) == ["robin"]

table.upsert_rows(
    pd.DataFrame({"name": ["robin", "wagtail"], "size": [15, 18]}), primary_keys=["name"]
)
found = query(f"select name, size from {table.id} order by size desc")
assert list(found["name"]) == ["wagtail", "robin", "wren"]
assert list(found["size"]) == [18, 15, 9]

again = Table(id=table.id).get(include_columns=True)
again.columns["size"].name = "length"
again.columns["size"].column_type = ColumnType.DOUBLE
again.add_column(Column(name="note", column_type=ColumnType.STRING))
again.delete_column(name="tags")
again = again.store()
found = query(f"select * from {table.id} where length > 14.5")
assert {"name", "length", "note"} <= set(found.columns)
assert len(found) == 2

again.delete_rows(query=f"select ROW_ID, ROW_VERSION from {table.id} where name = 'wren'")
assert list(query(f"select count(*) as n from {table.id}")["n"]) == [2]

# A snapshot stays as it was.
kept = again.snapshot(label="two birds", comment="before the jay came")
assert kept["snapshotVersionNumber"] == 1, kept
again.store_rows(pd.DataFrame({"name": ["jay"], "length": [34.5]}))
assert list(query(f"select count(*) as n from {table.id}.1")["n"]) == [2]
assert list(query(f"select count(*) as n from {table.id}")["n"]) == [3]
again.delete()
print("done")
