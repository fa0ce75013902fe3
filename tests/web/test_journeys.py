"""What scientists do in the page: alone, and with a colleague in another browser."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.conftest import PASSWORD, RunningServer
from tests.mailbox import letter, links
from tests.server.tables.tabling import column, csv_change, table, transact, values
from tests.web.browsing import SECONDS, Visitor, file, settled, violations

pytestmark = pytest.mark.xdist_group("web journeys")  # they share a browser
Visit = Callable[..., Visitor]


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def id_of(page: Page) -> str:
    found = re.search(r"syn\d+", page.url)
    assert found, page.url
    return found[0]


def test_links_in_mail(visit: Visit, site: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    owner, guest, newcomer = site.user(), site.user(), site.user()
    team = owner.post("/team", {"name": f"Post of {owner.name}"})["id"]
    with caplog.at_level("WARNING", "synapse.mail"):
        owner.post("/membershipInvitation", {"teamId": team, "inviteeId": str(guest.id)})
        address = f"{newcomer.name}@example.org"
        owner.post("/membershipInvitation", {"teamId": team, "inviteeEmail": address})
        joining, unsubscribing = (
            _own(site, each) for each in links(letter(caplog, f"{guest.name}@example.org"))
        )
        invitation = _own(site, links(letter(caplog, address))[0])
    # Without signing in: the link says who joins.
    page = visit(None).open(joining)
    page.get_by_role("button", name="Join the team").click()
    expect(page.get_by_role("heading", name=f"Post of {owner.name}")).to_be_visible()
    expect(page.get_by_role("link", name=guest.name, exact=True)).to_be_visible()
    page.goto(unsubscribing)
    page.get_by_role("button", name="Send me no mail").click()
    expect(page.get_by_text("You get no more mail.")).to_be_visible()
    settings = guest.get("/userProfile")["notificationSettings"]
    assert settings["sendEmailNotifications"] is False
    page.goto(joining[:-9])
    expect(page.get_by_role("alert")).to_be_visible()
    # An invitation to an address waits for whoever shows that it is theirs.
    page.goto(invitation)
    expect(page.get_by_text("open the link again")).to_be_visible()
    theirs = visit(newcomer).open(invitation)
    theirs.get_by_role("button", name="Show the invitation").click()
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_role("link", name=f"Post of {owner.name}").first).to_be_visible()


def _own(site: RunningServer, link: str) -> str:
    """A mailed link, on the port that the server of this test has."""
    return site.url + link[link.index("/#!") :]


def test_sign_in_and_out(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    page = visit(None).open("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("User name or e-mail").fill(user.name)
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    account = page.get_by_role("button", name=f"Account: {user.name}")
    expect(account).to_be_visible()
    page.reload()
    expect(account).to_be_visible()
    assert page.evaluate("localStorage.getItem('synapse.token')") is None
    account.click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('synapse.token')") is None


def test_share_a_project_with_a_colleague(
    visit: Visit, site: RunningServer, tmp_path: Path
) -> None:
    owner, colleague = site.user(), site.user()
    page = visit(None).open("/")
    sign_in(page, owner.name)
    # A project.
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Mouse brains")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    id = id_of(page)
    # A folder of files, one of more than one part.
    folder = tmp_path / "run 1"
    big = bytes(range(256)) * 40_000
    file(folder, "cells.csv", b"name,volume\nneuron,1.5\nglia,2.5\n")
    file(folder, "inner/notes.md", b"# Notes\n\nSome *words*.\n")
    file(folder, "inner/big.bin", big)
    page.get_by_test_id("folder").set_input_files(folder)
    expect(page.get_by_text("3 of 3 uploaded")).to_be_visible()
    page.get_by_role("table", name="Files").get_by_role("link", name="run 1").click()
    page.get_by_role("table", name="Files").get_by_role("link", name="cells.csv").click()
    expect(page.get_by_role("cell", name="neuron")).to_be_visible()
    cells = id_of(page)
    # An annotation.
    page.get_by_role("button", name="Edit: Annotations").click()
    page.get_by_label("Key").fill("tissue")
    page.get_by_label("Values").fill('cortex, "liver, left"')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text('cortex, "liver, left"')).to_be_visible()
    found = owner.get(f"/entity/{cells}/annotations2")["annotations"]
    assert found == {"tissue": {"type": "STRING", "value": ["cortex", "liver, left"]}}
    # A wiki page.
    page.goto(f"/Synapse:{id}/wiki")
    page.get_by_role("button", name="Write the first page").click()
    page.get_by_label("Title").fill("About")
    page.get_by_label("Markdown").fill(f"# Aim\n\nThe data are in {cells}. **Bold** words.")
    expect(page.get_by_role("region", name="Preview").get_by_text("Bold")).to_be_visible()
    page.get_by_role("button", name="Save the page").click()
    expect(page.get_by_role("button", name="Edit: About")).to_be_visible()
    expect(page.get_by_role("heading", name="Aim")).to_be_visible()
    # The colleague sees nothing, until it is shared.
    other = visit(colleague)
    other.open(f"/Synapse:{id}")
    expect(other.page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Share").click()
    page.get_by_role("combobox", name="Add a person or a team").fill(colleague.name)
    page.get_by_role("option", name=colleague.name, exact=True).click()
    page.get_by_role("combobox", name=f"Role of {colleague.name}").click()
    page.get_by_role("option", name="Can edit sees").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    # They read the wiki, follow its link, and download.
    theirs = other.open(f"/Synapse:{id}")
    expect(theirs.get_by_role("heading", name="Mouse brains")).to_be_visible()
    theirs.get_by_role("link", name=cells).click()
    expect(theirs.get_by_role("heading", name="cells.csv")).to_be_visible()
    with theirs.expect_download() as downloading:
        theirs.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "cells.csv"
    assert downloading.value.path().read_bytes() == b"name,volume\nneuron,1.5\nglia,2.5\n"
    # They upload a new version, which the owner sees, and so does the client.
    better = file(tmp_path, "better.csv", b"name,volume\nneuron,9.75\n")
    theirs.get_by_label("Upload a new version").first.set_input_files(better)
    expect(theirs.get_by_role("link", name="Version 2")).to_be_visible()
    page.goto(f"/Synapse:{cells}")
    expect(page.get_by_role("cell", name="9.75")).to_be_visible()
    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_role("cell", name="1.5")).to_be_visible()
    syn = colleague.client(tmp_path)
    assert Path(syn.get(cells).path).read_bytes() == better.read_bytes()
    inner = next(each for each in syn.getChildren(id, includeTypes=["folder"]))
    inside = next(each for each in syn.getChildren(inner["id"], includeTypes=["folder"]))
    names = {each["name"]: each["id"] for each in syn.getChildren(inside["id"])}
    assert Path(syn.get(names["big.bin"]).path).read_bytes() == big


def test_two_files_alike_but_for_their_bytes(
    visit: Visit, site: RunningServer, tmp_path: Path
) -> None:
    """Name, size and date do not tell what is in a file: archives give all files one date."""
    user = site.user()
    projects = [user.project()["id"] for _ in range(2)]
    for project, data in zip(projects, (b"mouse 1", b"mouse 2"), strict=True):
        path = file(tmp_path / project, "data.csv", data)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        page = visit(user).open(f"/Synapse:{project}/files")
        page.get_by_test_id("files").set_input_files(path)
        expect(page.get_by_text("1 of 1 uploaded")).to_be_visible()
        body = {"parentId": project, "includeTypes": ["file"]}
        stored = user.post("/entity/children", body, 200)["page"][0]["id"]
        assert Path(user.client(tmp_path).get(stored).path).read_bytes() == data


def test_from_the_first_mail_to_a_team(
    visit: Visit, site: RunningServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A scientist comes, brings two hundred files, explains them, and shares them with a team."""
    colleague = site.user()
    page = visit(None).open("/Register")
    page.get_by_label("E-mail address").fill("grace@example.org")
    with caplog.at_level("WARNING", "synapse.mail"):
        page.get_by_role("button", name="Send the link").click()
        expect(page.get_by_text("A link is on its way")).to_be_visible()
        link = links(letter(caplog, "grace@example.org"))[0]
    assert link.startswith(site.url)
    page.goto(link)
    page.get_by_label("User name").fill("grace.h")
    page.get_by_label("First name").fill("Grace")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="No projects here yet")).to_be_visible()
    expect(page.get_by_role("button", name="Account: grace.h")).to_be_visible()
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Two hundred mice")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    id = id_of(page)
    # A folder of two hundred files.
    folder = tmp_path / "mice"
    for number in range(200):
        file(folder, f"cage {number % 4}/mouse {number:03}.csv", b"hour,weight\n0,%d\n" % number)
    page.get_by_test_id("folder").set_input_files(folder)
    expect(page.get_by_text("200 of 200 uploaded")).to_be_visible(timeout=180_000)
    # A table, and a wiki page with a picture, the table, and a plot of it.
    lines = "".join(f"m{n},{'ab'[n % 2]},{20 + n % 5}\n" for n in range(40))
    path = file(tmp_path, "weights.csv", ("mouse,cage,weight\n" + lines).encode())
    page.goto(f"/Synapse:{id}/tables")
    page.get_by_label("New table from a CSV file").first.set_input_files(path)
    expect(page.get_by_role("heading", name="weights")).to_be_visible()
    query = f"SELECT cage%2C avg%28weight%29 AS mean FROM {id_of(page)} GROUP BY cage"
    page.goto(f"/Synapse:{id}/wiki")
    page.get_by_role("button", name="Write the first page").click()
    page.get_by_label("Title").fill("What we saw")
    page.get_by_label("Markdown").fill(
        f"## Weights\n\n${{synapsetable?query={query}}}\n\n"
        f"${{plot?query={query}&type=BAR&title=Mean weights}}\n\n"
    )
    page.get_by_label("Markdown").press("Control+End")
    picture = Path(__file__).parents[2] / "docs" / "images" / "wiki-wide-light.png"
    page.get_by_label("Attach a file").first.set_input_files(picture)
    expect(page.get_by_text("wiki-wide-light.png is attached.")).to_be_visible()
    page.get_by_role("button", name="Save the page").click()
    expect(page.get_by_role("button", name="Edit: What we saw")).to_be_visible()
    # A team, and its member.
    page.get_by_role("link", name="Teams").click()
    page.get_by_role("button", name="New team").click()
    page.get_by_label("Name").fill("Mouse team")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("combobox", name="Invite somebody").fill(colleague.name)
    page.get_by_role("option", name=colleague.name, exact=True).click()
    expect(page.get_by_text(f"{colleague.name} is invited.")).to_be_visible()
    page.goto(f"/Synapse:{id}/wiki")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("combobox", name="Add a person or a team").fill("Mouse team")
    page.get_by_role("option", name="Mouse team (Team)").click()
    page.get_by_role("combobox", name="Role of Mouse team").click()
    page.get_by_role("option", name="Can edit sees").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    # The colleague joins, reads, downloads, and stores a better file.
    theirs = visit(colleague).open("/Teams:")
    theirs.get_by_role("button", name="Join").click()
    expect(theirs.get_by_role("link", name="Mouse team").first).to_be_visible()
    theirs.goto(f"/Synapse:{id}")
    plot = theirs.get_by_role("group", name="Mean weights")
    expect(plot.locator("svg g[aria-label='bar'] rect")).to_have_count(2)
    expect(theirs.locator(".live").get_by_role("cell", name="a", exact=True)).to_be_visible()
    shown = theirs.locator(".page-text img")
    expect(shown).to_have_js_property("complete", True)
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    theirs.get_by_role("tab", name="Files").click()
    files = theirs.get_by_role("table", name="Files")
    for name in ("mice", "cage 3", "mouse 007.csv"):
        files.get_by_role("link", name=name).click()
    with theirs.expect_download() as downloading:
        theirs.get_by_role("button", name="Download").click()
    assert downloading.value.path().read_bytes() == b"hour,weight\n0,7\n"
    better = file(tmp_path, "better.csv", b"hour,weight\n0,7.5\n")
    theirs.get_by_label("Upload a new version").first.set_input_files(better)
    expect(theirs.get_by_role("link", name="Version 2")).to_be_visible()
    page.goto(f"/Synapse:{id_of(theirs)}")
    expect(page.get_by_role("cell", name="7.5")).to_be_visible()


class Keys:
    """Somebody who has a keyboard only."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str, *, exact: bool = False) -> None:
        """Go to what has this name, or one that holds it, which may still be on its way."""
        # With nothing in focus, it is the body, which holds every name.
        focused = """each => each && each !== document.body && (each.ariaLabel
            || each.labels?.[0]?.textContent || each.textContent) || ''"""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(f"({focused})(document.activeElement)")
            if found.strip() == name or (name in found and not exact):
                return
        raise AssertionError(f"{name} cannot be reached")

    def press(self, name: str, *, exact: bool = False) -> None:
        """Go there and press it."""
        self.reach(name, exact=exact)
        self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        """Go to a field and fill it."""
        self.reach(name)
        self.page.keyboard.type(text)

    def choose(self, name: str) -> None:
        """In the menu that is open, or among the options of a field."""
        item = self.page.get_by_role("menuitem", name=name)
        expect(item).to_be_visible()
        until = time.monotonic() + SECONDS
        while not item.evaluate("each => each === document.activeElement"):
            assert time.monotonic() < until, f"{name} cannot be reached"
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


def test_the_keyboard_is_enough(visit: Visit, site: RunningServer) -> None:
    user, colleague = site.user(), site.user()
    page = visit(None).open("/Login")
    keys, files = Keys(page), page.get_by_role("table", name="Files")
    expect(page.get_by_label("User name or e-mail")).to_be_focused()
    page.keyboard.type(user.name)
    keys.write("Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="New project")).to_be_visible()
    page.keyboard.press("Tab")
    keys.press("Skip to the content")
    keys.press("New project")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type(f"By hand of {user.name}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    id = id_of(page)
    keys.press("New folder")
    expect(page.get_by_role("textbox", name="Name of the folder")).to_be_focused()
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(files.get_by_role("link", name="keys")).to_be_visible()
    # Rename it.
    keys.press("Actions for keys")
    keys.choose("Rename")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("strings")
    page.keyboard.press("Enter")
    expect(files.get_by_role("link", name="strings")).to_be_visible()
    # Share the project with a colleague, who may look.
    keys.press("Share")
    expect(page.get_by_role("combobox", name="Add a person or a team")).to_be_visible()
    keys.write("Add a person or a team", colleague.name)
    expect(page.get_by_role("option", name=colleague.name, exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"Role of {colleague.name}")).to_be_visible()
    keys.press("Save")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert colleague.get(f"/entity/{id}")["id"] == id
    # Throw the folder away, and get it back.
    keys.press("Actions for strings")
    keys.choose("Move to trash")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Move to trash")
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    keys.press("Trash")
    keys.press("Restore: strings")
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    page.goto(f"/Synapse:{id}/files")
    expect(files.get_by_role("link", name="strings")).to_be_visible()
    # Open it.
    keys.press("strings", exact=True)
    expect(page.get_by_role("heading", name="strings")).to_be_visible()


def test_a_dataset_is_made_changed_and_kept(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    folder = user.folder(project, "raw")["id"]
    files = {name: user.file(folder, name)["id"] for name in ("a.csv", "b.csv", "c.csv")}
    page = visit(user).open(f"/Synapse:{project}/tables")
    page.get_by_role("button", name="New dataset").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Training data")
    dialog.get_by_role("button", name="raw").click()
    dialog.get_by_label("a.csv").check()
    dialog.get_by_label("b.csv").check()
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Training data")).to_be_visible()
    id = id_of(page)
    items = page.get_by_role("table", name="Items of the dataset")
    expect(items.get_by_role("link")).to_have_text(["a.csv", "b.csv"])
    expect(page.get_by_text("2 rows")).to_be_visible()
    settled(page)
    assert violations(page) == []
    # Keep it; then another file, one less, and the newest of each.
    page.get_by_role("button", name="Keep a version").click()
    page.get_by_label("Label").fill("for the paper")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("It is kept as version 1.")).to_be_visible()
    page.get_by_role("button", name="Add items").click()
    dialog.get_by_role("button", name="raw").click()
    dialog.get_by_role("button", name="Choose all that are shown").click()
    dialog.get_by_role("button", name="Add items").click()
    expect(items.get_by_role("link")).to_have_text(["a.csv", "b.csv", "c.csv"])
    page.get_by_role("button", name="Remove a.csv").click()
    expect(items.get_by_role("link")).to_have_text(["b.csv", "c.csv"])
    now = user.get(f"/entity/{files['b.csv']}")
    user.put(f"/entity/{now['id']}", {**now, "dataFileHandleId": user.external()})
    page.reload()
    expect(page.get_by_text("there is a newer one")).to_be_visible()
    page.get_by_role("button", name="Take the latest versions").click()
    expect(items).to_contain_text("Version 2")
    kept = [{"entityId": files[name], "versionNumber": 1} for name in ("a.csv", "b.csv")]
    assert user.get(f"/entity/{id}/version/1")["items"] == kept
    # The version that was kept is still there.
    page.get_by_role("link", name="Version 1 (for the paper)").click()
    expect(items.get_by_role("link")).to_have_text(["a.csv", "b.csv"])
    expect(page.get_by_role("cell", name="a.csv", exact=True).last).to_be_visible()
    expect(page.get_by_role("button", name="Add items")).to_have_count(0)


def test_a_collection_of_datasets_and_a_query(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    kind = "org.sagebionetworks.repo.model.table."
    dataset = user.post(
        "/entity", {"concreteType": kind + "Dataset", "parentId": project, "name": "mice"}
    )["id"]
    columns = [column(user, "cell"), column(user, "size", "INTEGER")]
    cells = table(user, columns, project)["id"]
    transact(user, cells, csv_change(user, "cell,size\nT,7\nB,4\n"))
    page = visit(user).open(f"/Synapse:{project}/tables")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="New collection of datasets").click()
    dialog.get_by_label("Name").fill("All animals")
    dialog.get_by_label("mice").check()
    settled(page)
    assert violations(page) == []
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="All animals")).to_be_visible()
    assert user.get(f"/entity/{id_of(page)}")["items"] == [
        {"entityId": dataset, "versionNumber": 1}
    ]
    # A query: what is wrong with it is said, and the dialog stays.
    page.goto(f"/Synapse:{project}/tables")
    page.get_by_role("button", name="New query").click()
    dialog.get_by_label("Name").fill("Large cells")
    dialog.get_by_label("SQL").fill(f"SELECT colour FROM {cells}")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("colour")
    dialog.get_by_label("SQL").fill(f"SELECT cell, size FROM {cells} WHERE size > 5")
    dialog.get_by_label("It is run").select_option("each time somebody asks")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Large cells")).to_be_visible()
    id = id_of(page)
    assert user.get(f"/entity/{id}")["concreteType"] == kind + "VirtualTable"
    expect(page.get_by_role("cell", name="T", exact=True)).to_be_visible()
    expect(page.get_by_text("1 row", exact=True)).to_be_visible()
    page.get_by_role("button", name="Change the SQL").click()
    dialog.get_by_label("SQL").fill(f"SELECT cell FROM {cells}")
    settled(page)
    assert violations(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 rows", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="B", exact=True)).to_be_visible()


def test_rename_trash_and_restore(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    user.folder(project, "old name")
    page = visit(user).open(f"/Synapse:{project}/files")
    page.get_by_role("button", name="Actions for old name").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("new name")
    page.get_by_role("button", name="Save").click()
    files = page.get_by_role("table", name="Files")
    expect(files.get_by_role("link", name="new name")).to_be_visible()
    page.get_by_role("button", name="Actions for new name").click()
    page.get_by_role("menuitem", name="Move to trash").click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("button", name="Restore: new name").click()
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    page.goto(f"/Synapse:{project}/files")
    expect(files.get_by_role("link", name="new name")).to_be_visible()


def test_an_upload_goes_on_after_the_network_was_lost(
    visit: Visit, site: RunningServer, tmp_path: Path
) -> None:
    user = site.user()
    project = user.project()["id"]
    someone = visit(user)
    page = someone.open(f"/Synapse:{project}/files")
    data = bytes(17 * 1024 * 1024)
    lost: list[str] = []

    def lose(route: object) -> None:
        if len(lost) < 2:
            lost.append("")
            route.abort()  # type: ignore[attr-defined]
        else:
            route.fallback()  # type: ignore[attr-defined]

    page.route("**/uploads/**", lose)
    page.get_by_test_id("files").set_input_files(file(tmp_path, "large.bin", data))
    expect(page.get_by_text("1 of 1 uploaded")).to_be_visible()
    assert len(lost) == 2
    # Cancelled, it is not stored; retried, it is.
    page.unroute("**/uploads/**")
    page.route("**/uploads/**", lambda route: None)  # never answered
    page.get_by_test_id("files").set_input_files(file(tmp_path, "other.bin", data[:5_000_000]))
    page.get_by_role("button", name="Cancel the upload of other.bin").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()
    page.unroute("**/uploads/**")
    page.get_by_role("button", name="Retry the upload of other.bin").click()
    expect(page.get_by_text("2 of 2 uploaded")).to_be_visible()
    someone.failures[:] = [each for each in someone.failures if "ERR_FAILED" not in each]
    body = {"parentId": project, "includeTypes": ["file"]}
    page_ = user.post("/entity/children", body, 200)["page"]
    assert [each["name"] for each in page_] == ["large.bin", "other.bin"]


def test_a_table_from_a_file(visit: Visit, site: RunningServer, tmp_path: Path) -> None:
    user = site.user()
    project = user.project()["id"]
    page = visit(user).open(f"/Synapse:{project}/tables")
    lines = "".join(f"s{n},{n * 2},{'cortex' if n % 3 else 'liver'}\n" for n in range(60))
    path = file(tmp_path, "samples.csv", ("sample,age,tissue\n" + lines).encode())
    page.get_by_label("New table from a CSV file").first.set_input_files(path)
    expect(page.get_by_role("heading", name="samples")).to_be_visible()
    expect(page.get_by_text("60 rows · Rows 1 to 25")).to_be_visible()
    id = id_of(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("cell", name="s25", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sort by age").click()
    page.get_by_role("button", name="Sort by age").click()
    expect(page.get_by_role("cell", name="s59", exact=True)).to_be_visible()
    page.get_by_label("SQL query").fill(f"SELECT tissue, count(*) FROM {id} GROUP BY tissue")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("2 rows")).to_be_visible()
    expect(page.get_by_role("cell", name="20", exact=True)).to_be_visible()
    # The address of the page is the query's: it can be shared.
    page.reload()
    expect(page.get_by_role("cell", name="20", exact=True)).to_be_visible()
    page.get_by_label("SQL query").fill(f"SELECT nothing FROM {id}")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_be_visible()
    # A wiki page has the answer in it.
    query = f"SELECT tissue, max(age) FROM {id} GROUP BY tissue".replace("(", "%28").replace(
        ")", "%29"
    )
    text = f"Oldest: ${{synapsetable?query={query}}}"
    user.post(f"/entity/{project}/wiki", {"title": "Live", "markdown": text})
    page.goto(f"/Synapse:{project}/wiki")
    expect(page.get_by_role("cell", name="118", exact=True)).to_be_visible()


def test_a_table_is_changed(visit: Visit, site: RunningServer, tmp_path: Path) -> None:
    user = site.user()
    project = user.project()["id"]
    columns = [column(user, "sample"), column(user, "age", "INTEGER")]
    made = table(user, columns, project, name="Mice")["id"]
    transact(user, made, csv_change(user, "sample,age\nm1,3\nm2,4\nm3,5\n"))
    page = visit(user).open(f"/Synapse:{made}")
    page.get_by_role("button", name="Edit rows").click()
    page.get_by_label("age of row 1").fill("young")
    page.get_by_label("sample of row 2").fill("Maus ü")
    page.get_by_role("button", name="Remove row 3").click()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("sample of new row 1").fill("m4")
    page.get_by_role("button", name="Save 4 rows").click()
    # What is wrong is said, nothing is stored, and what was written is still there.
    expect(page.get_by_role("alert")).to_contain_text("young")
    assert values(user, f"SELECT * FROM {made}") == [["m1", "3"], ["m2", "4"], ["m3", "5"]]
    page.get_by_label("age of row 1").fill("7")
    page.get_by_role("button", name="Save 4 rows").click()
    expect(page.get_by_role("button", name="Edit rows")).to_be_visible()
    expect(page.get_by_role("cell", name="Maus ü")).to_be_visible()
    assert values(user, f"SELECT * FROM {made}") == [["m1", "7"], ["Maus ü", "4"], ["m4", None]]
    # Columns: one of another kind, a new one, another order.
    page.get_by_role("button", name="Edit columns").click()
    dialog = page.get_by_role("dialog")
    sample = dialog.get_by_role("group", name="sample")
    sample.get_by_label("Kind of column").select_option("INTEGER")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("row 1 has 'm1'")
    sample.get_by_label("Kind of column").select_option("STRING")
    sample.get_by_label("Facet").select_option("enumeration")
    dialog.get_by_role("button", name="Add a column").click()
    dialog.get_by_role("group", name="Column 3").get_by_label("Name").fill("weight")
    dialog.get_by_role("group", name="weight").get_by_label("Kind of column").select_option(
        "DOUBLE"
    )
    dialog.get_by_role("button", name="Move weight up").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("columnheader", name="Sort by weight")).to_be_visible()
    names = [each["name"] for each in user.get(f"/entity/{made}/column")["results"]]
    assert names == ["sample", "weight", "age"]
    page.get_by_role("checkbox", name="m4 (1)").check()
    expect(page.get_by_text("1 row", exact=True)).to_be_visible()
    # Rows of a file, and what the file has wrong: by line and column.
    wrong = file(tmp_path, "more.csv", b"sample,age\nm5,old\n")
    page.get_by_label("Add rows from a CSV file").first.set_input_files(wrong)
    expect(page.get_by_role("alert")).to_contain_text("old")
    expect(page.get_by_role("alert")).to_contain_text("2")
    right = file(tmp_path, "right.csv", b"sample,age\nm5,6\n")
    page.get_by_label("Add rows from a CSV file").first.set_input_files(right)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_role("cell", name="m5")).to_be_visible()
    # The editor of queries knows the columns.
    page.get_by_label("SQL query").fill("SELECT wei")
    page.keyboard.press("Control+Space")
    expect(page.get_by_role("option", name="weight")).to_be_visible()


def test_a_view_of_files_is_made_and_annotates_them(visit: Visit, site: RunningServer) -> None:
    user, reader = site.user(), site.user()
    project = user.project()["id"]
    files = {name: user.file(project, name)["id"] for name in ("a.csv", "b.csv")}
    for name, tissue in (("a.csv", "cortex"), ("b.csv", "liver")):
        notes = user.get(f"/entity/{files[name]}/annotations2")
        notes["annotations"] = {"tissue": {"type": "STRING", "value": [tissue]}}
        user.put(f"/entity/{files[name]}/annotations2", notes)
    page = visit(user).open(f"/Synapse:{project}/tables")
    page.get_by_role("button", name="New view").click()
    page.get_by_role("dialog").get_by_label("Name").fill("All files")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="All files")).to_be_visible()
    expect(page.get_by_text("2 rows")).to_be_visible()
    expect(page.get_by_role("cell", name="cortex")).to_be_visible()
    view = id_of(page)
    # Days and people are shown as such, not by numbers.
    created = page.get_by_role("group", name="createdOn")
    created.get_by_label("to").fill("2001-01-01")
    created.get_by_role("button", name="Filter: createdOn").click()
    expect(page.get_by_text("0 rows")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("2 rows")).to_be_visible()
    expect(page.get_by_role("checkbox", name=f"{user.name} (2)").first).to_be_visible()
    number = files["b.csv"][3:]
    page.get_by_role("button", name="Edit rows").click()
    expect(page.get_by_label(f"name of row {number}", exact=True)).to_be_disabled()
    page.get_by_label(f"tissue of row {number}").fill("spleen")
    page.get_by_role("button", name="Save 1 row").click()
    expect(page.get_by_role("button", name="Edit rows")).to_be_visible()
    expect(page.get_by_role("cell", name="spleen")).to_be_visible()
    notes = user.get(f"/entity/{files['b.csv']}/annotations2")["annotations"]
    assert notes["tissue"]["value"] == ["spleen"]
    # Everybody sees the rows of what they may read.
    user.share(view, reader.id, "READ")
    other = visit(reader).open(f"/Synapse:{view}")
    expect(other.get_by_text("0 rows")).to_be_visible()
    user.share(files["a.csv"], reader.id, "READ")
    other.reload()
    expect(other.get_by_text("1 row", exact=True)).to_be_visible()
    expect(other.get_by_role("cell", name="a.csv", exact=True)).to_be_visible()


def test_things_are_found_by_words(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project(name="Zebrafish larvae", description="Calcium imaging")["id"]
    folder = user.folder(project, "Zebrafish stacks")["id"]
    notes = user.get(f"/entity/{folder}/annotations2")
    notes["annotations"] = {"tissue": {"type": "STRING", "value": ["tectum"]}}
    user.put(f"/entity/{folder}/annotations2", notes)
    page = visit(user).open("/")
    page.get_by_label("Go to an id or a project").fill("zebra")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 found")).to_be_visible()
    page.get_by_label("Folders (1)").check()
    expect(page.get_by_text("1 found")).to_be_visible()
    page.get_by_label("Words").fill("tectum zebrafish")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Zebrafish stacks").click()
    expect(page.get_by_role("heading", name="Zebrafish stacks")).to_be_visible()
    stranger = visit(site.user()).open("/Search:zebrafish")
    expect(stranger.get_by_text("Nothing found that you may see.")).to_be_visible()


def test_two_discuss_a_project(visit: Visit, site: RunningServer) -> None:
    owner, colleague = site.user(), site.user()
    project = owner.project()["id"]
    owner.share(project, colleague.id, "READ")
    page = visit(owner).open(f"/Synapse:{project}/discussion")
    page.get_by_role("button", name="Open a thread").click()
    page.get_by_label("Title").fill("Which <b>sorter</b>?")
    page.get_by_label("Message").fill("We *used* it.")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Which <b>sorter</b>?")).to_be_visible()
    expect(page.locator("em", has_text="used")).to_be_visible()
    other = visit(colleague).open(f"/Synapse:{project}/discussion")
    other.get_by_role("link", name="Which <b>sorter</b>?").click()
    other.get_by_label("Your reply").fill("Kilosort")
    other.get_by_role("button", name="Reply").click()
    reply = other.get_by_role("article").nth(1)
    expect(reply).to_contain_text("Kilosort")
    expect(other.get_by_role("button", name="More actions")).to_have_count(1)  # the project's
    reply.get_by_role("button", name="Edit").click()
    reply.get_by_label("Message").fill("Kilosort 4")
    reply.get_by_role("button", name="Save").click()
    expect(reply).to_contain_text("Kilosort 4")
    expect(reply).to_contain_text("edited")
    page.reload()
    expect(page.get_by_role("article").nth(1)).to_contain_text("Kilosort 4")
    page.get_by_role("article").nth(1).get_by_role("button", name="Remove").click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="More actions").last.click()
    page.get_by_role("menuitem", name="Pin to the top").click()
    page.get_by_role("link", name="All threads").click()
    expect(page.get_by_text("Pinned")).to_be_visible()
    expect(page.get_by_text("2 readers")).to_be_visible()


def test_a_file_is_submitted_and_scored(visit: Visit, site: RunningServer) -> None:
    organiser, contestant = site.user(), site.user()
    project = organiser.project()["id"]
    organiser.share(project, contestant.id, "READ")
    page = visit(organiser).open(f"/Synapse:{project}/challenge")
    page.get_by_role("button", name="New queue").click()
    page.get_by_label("Name").fill(f"Predict {organiser.name}")
    page.get_by_label("What is said when").fill("Thank you for playing.")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=f"Predict {organiser.name}")).to_be_visible()
    expect(page.get_by_text("None yet.")).to_be_visible()
    queue = page.url.rsplit("/", 1)[1]
    acl = organiser.get(f"/evaluation/{queue}/acl")
    access = ["READ", "SUBMIT", "PARTICIPATE"]
    acl["resourceAccess"].append({"principalId": contestant.id, "accessType": access})
    organiser.put("/evaluation/acl", acl)
    theirs = contestant.file(contestant.project()["id"], "guess.csv")["id"]
    other = visit(contestant).open(f"/Synapse:{project}/challenge/{queue}")
    other.get_by_role("button", name="Submit a file").click()
    dialog = other.get_by_role("dialog")
    dialog.get_by_label("Id of the file").fill("guess.csv")
    dialog.get_by_role("button", name="Submit a file").click()
    expect(dialog.get_by_role("alert")).to_contain_text("syn123")
    dialog.get_by_label("Id of the file").fill(theirs)
    dialog.get_by_label("Name of the submission").fill("First guess")
    dialog.get_by_role("button", name="Submit a file").click()
    expect(other.get_by_text("Thank you for playing.")).to_be_visible()
    row = other.get_by_role("row", name="First guess")
    expect(row).to_contain_text("Received")
    page.reload()
    # The list of scored ones is asked for before the score is there, and answered after it.
    held: list[Route] = []
    page.route("**/status", lambda route: held.append(route))
    page.get_by_label("Status of submission").select_option("SCORED")
    page.route("**/bundle/all?*status=SCORED*", lambda route: held.append(route), times=1)
    page.get_by_label("Status", exact=True).select_option("SCORED")
    while len(held) < 2:
        page.wait_for_timeout(20)
    score, listing = held
    early = listing.fetch()
    with page.expect_response("**/status"):
        score.continue_()
    listing.fulfill(response=early)
    expect(page.get_by_role("row", name="First guess")).to_be_visible()
    other.reload()
    expect(row).to_contain_text("Scored")


def test_a_token_is_made_copied_once_and_revoked(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    page = visit(user).open("/PersonalAccessTokens:0")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("What is it for?").fill("cluster")
    page.get_by_role("button", name="Create").click()
    token = page.get_by_label("Copy the token", exact=True).inner_text().strip()
    told = site.anonymous.send("GET", "/userProfile", None, {"authorization": f"Bearer {token}"})
    assert told.json()["userName"] == user.name
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("cell", name="cluster", exact=True)).to_be_visible()
    page.get_by_role("button", name="Revoke: cluster").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No tokens yet.")).to_be_visible()
    told = site.anonymous.send("GET", "/userProfile", None, {"authorization": f"Bearer {token}"})
    assert told.status_code == 401


def test_a_team_shares(visit: Visit, site: RunningServer) -> None:
    owner, colleague = site.user(), site.user()
    page = visit(owner).open("/Teams:")
    page.get_by_role("button", name="New team").click()
    page.get_by_label("Name").fill("Brain team")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Brain team")).to_be_visible()
    page.get_by_role("combobox", name="Invite somebody").fill(colleague.name)
    page.get_by_role("option", name=colleague.name, exact=True).click()
    expect(page.get_by_text(f"{colleague.name} is invited.")).to_be_visible()
    theirs = visit(colleague).open("/Teams:")
    theirs.get_by_role("button", name="Join").click()
    theirs.get_by_role("link", name="Brain team").first.click()
    expect(theirs.get_by_role("link", name=colleague.name, exact=True)).to_be_visible()


def test_what_lies_in_the_wrong_place_is_moved(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project(name="Sorting")["id"]
    outer = user.folder(project, "outer")["id"]
    inner = user.folder(outer, "inner")["id"]
    file = user.file(project, "lost.csv", handle=user.external())["id"]
    page = visit(user).open(f"/Synapse:{file}")
    for through, parent in (("outer", outer), ("inner", inner), ("Sorting", project)):
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("menuitem", name="Move", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name=through, exact=True).click()
        dialog.get_by_role("button", name="Move here").click()
        expect(dialog).to_be_hidden()
        assert user.get(f"/entity/{file}")["parentId"] == parent
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Move", exact=True).click()
    dialog.get_by_label("Or the id of a folder").fill(inner)
    dialog.get_by_role("button", name="Move here").click()
    path = page.get_by_role("navigation", name="Path")
    expect(path.get_by_role("link", name="inner")).to_be_visible()
    assert user.get(f"/entity/{file}")["parentId"] == inner


def test_old_addresses_lead_to_the_page(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    page = visit(user).open(f"/#!Synapse:{project}")
    expect(page.get_by_role("heading", name="No files yet")).to_be_visible()
    assert page.url == f"{site.url}/Synapse:{project}"


def test_a_long_list_is_read_as_it_is_scrolled(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    handle = user.external()
    for number in range(130):
        user.file(project, f"file {number:03}", handle=handle)
    page = visit(user).open(f"/Synapse:{project}/files")
    expect(page.get_by_text("130 items")).to_be_visible()
    files = page.get_by_role("table", name="Files")
    assert files.get_by_role("row").count() < 60  # only what can be seen is in the page
    last = files.get_by_role("link", name="file 129")
    until = time.monotonic() + SECONDS
    while not last.count() and time.monotonic() < until:
        files.evaluate("each => each.scrollBy(0, 5000)")  # what comes next is fetched
        page.wait_for_timeout(100)
    expect(last).to_be_visible()
