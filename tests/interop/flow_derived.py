"""A materialized view of two tables, with the legacy API of a client.

flow_derived.py ENDPOINT USER SECRET FOLDER
"""

import os
import sys

from session import refused, session

from synapseclient import Column, Project, Schema, Table
from synapseclient.table import MaterializedViewSchema

endpoint, user, secret, folder = sys.argv[1:5]
syn = session(endpoint, secret, folder, user)


def cells(sql):
    return [each["values"] for each in syn.tableQuery(sql, resultsAs="rowset").rowset["rows"]]


project = syn.store(Project(name=f"Derived of {os.path.basename(folder)}"))
name = Column(name="bird", columnType="STRING", maximumSize=40)
size = Column(name="size", columnType="INTEGER")
place = Column(name="place", columnType="STRING")
birds = syn.store(Schema(name="Birds", columns=[name, size], parent=project))
seen = syn.store(Schema(name="Seen", columns=[name, place], parent=project))
syn.store(Table(birds, [["wren", 9], ["robin", 14]]))
syn.store(Table(seen, [["Wren", "hedge"], ["robin", "lawn"], ["robin", "hedge"]]))

sql = f"SELECT b.bird, b.size, s.place FROM {birds.id} b JOIN {seen.id} s ON (b.bird = s.bird)"
view = syn.store(MaterializedViewSchema(name="Both", parent=project, definingSQL=sql))
assert view.definingSQL == sql
assert [each["name"] for each in syn.getColumns(view)] == ["bird", "size", "place"]
order = f"select bird, place from {view.id} order by bird, place"
assert cells(order) == [["robin", "hedge"], ["robin", "lawn"], ["wren", "hedge"]]
syn.store(Table(seen, [["wren", "wall"]]))
assert len(cells(order)) == 4
found = syn.tableQuery(f"select * from {view.id} where size > 10")
with open(found.filepath, encoding="utf-8") as file:
    assert file.readline().strip() == "ROW_ID,ROW_VERSION,bird,size,place"

view = syn.get(view.id)
view.definingSQL = f"SELECT place, count(*) AS n FROM {seen.id} GROUP BY place"
view = syn.store(view)
found = cells(f"select place, n from {view.id} order by n desc, place")
assert found == [["hedge", 2], ["lawn", 1], ["wall", 1]]

sql = f"SELECT nothing FROM {seen.id}"
wrong = MaterializedViewSchema(name="Wrong", parent=project, definingSQL=sql)
reason = str(refused(syn.store, wrong))
assert "Column does not exist: nothing" in reason, reason
syn.delete(view)
print("done")
