"""A table is made, filled, queried, changed and exported; with the legacy API of a client.

flow_tables.py ENDPOINT USER SECRET FOLDER
"""

import csv
import os
import sys

from session import refused, session

from synapseclient import Column, Project, Schema, Table

try:
    import pandas  # 3.0.0 takes any, and not all go together with the numpy that they find
except (ImportError, ValueError):
    pandas = None

endpoint, user, secret, folder = sys.argv[1:5]
syn = session(endpoint, secret, folder, user)


def cells(found):
    return [each["values"] for each in found.rowset["rows"]]


project = syn.store(Project(name=f"Tables of {os.path.basename(folder)}"))
columns = [
    Column(name="name", columnType="STRING", maximumSize=40),
    Column(name="size", columnType="INTEGER", facetType="range"),
    Column(name="weight", columnType="DOUBLE"),
    Column(name="seen", columnType="BOOLEAN"),
]
schema = syn.store(Schema(name="Birds", columns=columns, parent=project))
assert [each["name"] for each in syn.getColumns(schema)] == ["name", "size", "weight", "seen"]
assert [each.name for each in syn.getTableColumns(schema)] == ["name", "size", "weight", "seen"]

rows = [["wren", 9, 8.5, True], ["robin", 14, 18.0, False], ["Zaunkönig, der", 10, None, True]]
syn.store(Table(schema, rows))

# Through a CSV file.
found = syn.tableQuery(f'select * from {schema.id} where size > 9 order by "size"')
with open(found.filepath, encoding="utf-8") as file:
    lines = list(csv.DictReader(file))
assert [each["name"] for each in lines] == ["Zaunkönig, der", "robin"]
assert [each["ROW_ID"] for each in lines] == ["3", "2"]
if pandas:
    frame = found.asDataFrame()
    assert list(frame["size"]) == [10, 14]
    assert list(frame["seen"]) == [True, False]

# As rows.
found = syn.tableQuery(f"select name, size from {schema.id}", resultsAs="rowset")
assert cells(found) == [["wren", 9], ["robin", 14], ["Zaunkönig, der", 10]]
found = syn.tableQuery(f"select count(*) from {schema.id}", resultsAs="rowset")
assert cells(found) == [[3]]

# A data frame with ids changes the rows, one without adds rows.
if pandas:
    found = syn.tableQuery(f"select * from {schema.id}")
    frame = found.asDataFrame()
    frame["weight"] = [8.0, 17.5, 9.25]
    syn.store(Table(schema.id, frame, etag=found.etag))
    found = syn.tableQuery(f"select sum(weight) from {schema.id}", resultsAs="rowset")
    assert cells(found) == [[34.75]]

path = os.path.join(folder, "more.csv")
with open(path, "w", encoding="utf-8") as file:
    file.write("name,size,weight,seen\nwagtail,18,,true\n")
syn.store(Table(schema.id, path))
sql = f"select name from {schema.id} where weight is null and size = 18"
assert cells(syn.tableQuery(sql, resultsAs="rowset")) == [["wagtail"]]

# Rows are deleted, a column is added.
syn.delete(syn.tableQuery(f"select name from {schema.id} where name = 'WREN'"))
schema = syn.get(schema.id)
schema.addColumn(syn.store(Column(name="note", columnType="STRING", defaultValue="none")))
schema = syn.store(schema)
found = syn.tableQuery(f"select distinct note from {schema.id}", resultsAs="rowset")
assert cells(found) == [["none"]]
found = syn.tableQuery(f"select count(*) from {schema.id}", resultsAs="rowset")
assert cells(found) == [[3]]

# A snapshot stays as it was.
if hasattr(syn, "create_snapshot_version"):
    version = syn.create_snapshot_version(schema.id, label="three birds")
    syn.delete(syn.tableQuery(f"select name from {schema.id} where name = 'wagtail'"))
    for source, rows in ((f"{schema.id}.{version}", 3), (schema.id, 2)):
        found = syn.tableQuery(f"select count(*) from {source}", resultsAs="rowset")
        assert cells(found) == [[rows]], source

reason = str(refused(syn.tableQuery, f"select nothing from {schema.id}"))
assert "Column does not exist: nothing" in reason, reason
syn.delete(schema)
print("done")
