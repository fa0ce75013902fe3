"""What clients do shows up in the page, and what is done in the page is there for clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, call, secret
from tests.web.browsing import Visitor, file

pytestmark = [pytest.mark.xdist_group("web beside clients"), pytest.mark.interop]
Visit = Callable[..., Visitor]
_LOGIN = """
import json, sys, warnings
warnings.simplefilter("ignore")
import synapseclient
from synapseclient import Activity, Column, File, Folder, Project, Schema, Table, Wiki
endpoint, user, secret, home = sys.argv[1:5]
syn = synapseclient.Synapse(repoEndpoint=endpoint + "/repo/v1", authEndpoint=endpoint + "/auth/v1",
    fileHandleEndpoint=endpoint + "/file/v1", portalEndpoint=endpoint, skip_checks=True, silent=True,
    cache_root_dir=home + "/cache")
if secret.startswith("eyJ"):
    syn.login(authToken=secret, silent=True)
else:
    syn.login(user, password=secret, silent=True)
"""
_MAKE = """
project = syn.store(Project("Birds of " + user))
folder = syn.store(Folder("counts", parent=project))
with open(home + "/raw.csv", "w") as out:
    out.write("bird,count\\nwren,3\\n")
with open(home + "/summed.csv", "w") as out:
    out.write("bird,count\\nrobin,8\\n")
raw = syn.store(File(home + "/raw.csv", parent=folder))
summed = syn.store(File(home + "/summed.csv", parent=project, annotations={"place": ["Bern", "Uri"]}),
    activity=Activity(name="Sum up", used=[raw], executed="https://example.org/sum.py"))
syn.store(Wiki(owner=project, title="Aim", markdown="We count **birds**, see " + summed.id))
columns = [Column(name="bird", columnType="STRING", maximumSize=30),
    Column(name="count", columnType="INTEGER")]
table = syn.store(Schema(name="Seen", columns=columns, parent=project))
syn.store(Table(table, [["wren", 3], ["robin", 8]]))
syn.setPermissions(project, sys.argv[5], accessType=["READ", "DOWNLOAD"], warn_if_inherits=False)
print(json.dumps([project.id, folder.id, raw.id, summed.id, table.id]))
"""
_READ = """
project, summed, table = sys.argv[5:8]
got = syn.get(summed, downloadLocation=home + "/again")
with open(got.path) as lines:
    text = lines.read()
rows = syn.tableQuery("select bird, count from " + table + " order by bird", resultsAs="rowset")
wiki = syn.getWiki(project)
names = sorted(each["name"] for each in syn.getChildren(project))
print(json.dumps([got.versionNumber, text, list(got.place),
    [each["values"] for each in rows.rowset["rows"]], wiki.markdown, names]))
"""


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_a_client_and_the_page(
    visit: Visit, site: RunningServer, tmp_path: Path, version: str
) -> None:
    user, colleague = site.user(), site.user()
    told = [site.url, user.name, secret(version, user), str(tmp_path)]
    made = call(version, "-c", _LOGIN + _MAKE, *told, str(colleague.id), home=tmp_path)
    project, folder, raw, summed, table = json.loads(made)

    # The colleague sees all of it.
    page = visit(colleague).open(f"/Synapse:{project}")
    expect(page.get_by_role("heading", name=f"Birds of {user.name}")).to_be_visible()
    expect(page.get_by_text("We count birds")).to_be_visible()
    page.get_by_role("link", name=summed).click()
    expect(page.get_by_role("cell", name="robin")).to_be_visible()
    expect(page.get_by_text("Bern, Uri")).to_be_visible()
    expect(page.get_by_role("region", name="Provenance")).to_contain_text("sum.py")
    page.goto(f"/Synapse:{folder}")
    expect(page.get_by_role("link", name="raw.csv")).to_be_visible()
    page.goto(f"/Synapse:{table}")
    expect(page.get_by_role("cell", name="wren")).to_be_visible()

    # The owner changes it in the page.
    page = visit(user).open(f"/Synapse:{summed}")
    page.get_by_role("button", name="Edit: Annotations").click()
    page.get_by_label("Values").fill("Chur")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Chur")).to_be_visible()
    better = file(tmp_path, "better.csv", b"bird,count\nrobin,9\n")
    page.get_by_label("Upload a new version").first.set_input_files(better)
    expect(page.get_by_role("link", name="Version 2")).to_be_visible()
    page.goto(f"/Synapse:{table}")
    page.get_by_role("button", name="Edit rows").click()
    page.get_by_label("count of row 1").fill("4")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("bird of new row 1").fill("Zaunkönig")
    page.get_by_role("button", name="Save 2 rows").click()
    expect(page.get_by_role("button", name="Edit rows")).to_be_visible()
    page.goto(f"/Synapse:{project}/wiki")
    page.get_by_role("button", name="Edit: Aim").click()
    page.get_by_label("Markdown").fill("Counted.")
    page.get_by_role("button", name="Save the page").click()
    expect(page.get_by_role("button", name="Edit: Aim")).to_be_visible()  # not the preview
    expect(page.get_by_text("Counted.")).to_be_visible()
    page.goto(f"/Synapse:{folder}")
    page.get_by_role("button", name="Actions for raw.csv").click()
    page.get_by_role("menuitem", name="Move to trash").click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()

    # And the client has it so.
    read = call(version, "-c", _LOGIN + _READ, *told, project, summed, table, home=tmp_path)
    assert json.loads(read) == [
        2,
        "bird,count\nrobin,9\n",
        ["Chur"],
        [["robin", 8], ["wren", 4], ["Zaunkönig", None]],
        "Counted.",
        ["Seen", "counts", "summed.csv"],
    ]
    user.get(f"/entity/{raw}", 404)
