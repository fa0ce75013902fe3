"""A materialized view of two tables, with the legacy API of a client.

flow_derived.py ENDPOINT USER SECRET FOLDER
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")

import synapseclient  # noqa: E402
from synapseclient import Column, Project, Schema, Table  # noqa: E402
from synapseclient.table import MaterializedViewSchema  # noqa: E402

endpoint, user, secret, folder = sys.argv[1:5]
syn = synapseclient.Synapse(
    repoEndpoint=endpoint + "/repo/v1",
    authEndpoint=endpoint + "/auth/v1",
    fileHandleEndpoint=endpoint + "/file/v1",
    portalEndpoint=endpoint,
    skip_checks=True,
    silent=True,
    cache_root_dir=os.path.join(folder, "cache"),
)
if secret.startswith("eyJ"):
    syn.login(authToken=secret, silent=True)
else:
    syn.login(user, password=secret, silent=True)


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

reason = ""
try:
    sql = f"SELECT nothing FROM {seen.id}"
    syn.store(MaterializedViewSchema(name="Wrong", parent=project, definingSQL=sql))
except Exception as error:
    reason = str(error)
assert "Column does not exist: nothing" in reason, reason
syn.delete(view)
print("done")
