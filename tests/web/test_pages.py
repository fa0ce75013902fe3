"""Every page: for everybody, whatever they see with; harmless, whatever is stored; and pictures."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import RunningServer, User
from tests.governing import PACKAGE, requirement
from tests.server.tables.tabling import column, csv_change, table, transact
from tests.server.test_files import upload
from tests.web.browsing import Visitor, settled, still, violations

from synapse_server.kernel.caller import AUTHENTICATED_USERS
from synapse_server.users import service as users
from synapse_server.users import store as principals

pytestmark = pytest.mark.xdist_group("web")  # one browser at a time
Visit = Callable[..., Visitor]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": "# Firing rates\n\nOne *neuron* after the other."},
        {
            "cell_type": "code",
            "source": "rates = [3.1, 4.1, 5.9]\nprint(max(rates))",
            "outputs": [{"output_type": "stream", "text": "5.9\n"}],
        },
    ],
    "metadata": {"language_info": {"name": "python"}},
}


@dataclass
class World:
    """A project with one of everything."""

    user: User
    project: str
    folder: str
    notebook: str
    table: str
    team: str
    wiki: str
    thread: str
    queue: str
    dataset: str
    restricted: str
    requirement: str
    reviewer: User
    empty: str


@pytest.fixture(scope="module")
def world(site: RunningServer) -> World:
    user = site.user()
    project = user.project(name="Firing rates of cortical neurons")["id"]
    folder = user.folder(project, "recordings")["id"]
    for name in ("session 1.csv", "session 2.csv", "spikes.tsv"):
        user.file(folder, name)
    user.folder(project, "analysis")
    data = user.file(project, "rates.csv", handle=upload(user, b"cell,rate\na,3.1\nb,4.1\n"))["id"]
    activity = user.post(
        "/activity",
        {
            "name": "Fit the rates",
            "used": [
                {
                    "concreteType": "org.sagebionetworks.repo.model.provenance.UsedEntity",
                    "reference": {"targetId": data, "targetVersionNumber": 1},
                },
                {
                    "concreteType": "org.sagebionetworks.repo.model.provenance.UsedURL",
                    "url": "https://example.org/fit.py",
                    "name": "fit.py",
                    "wasExecuted": True,
                },
            ],
        },
    )["id"]
    handle = upload(user, json.dumps(NOTEBOOK).encode(), fileName="rates.ipynb")
    body = {
        "concreteType": "org.sagebionetworks.repo.model.FileEntity",
        "parentId": project,
        "name": "rates.ipynb",
        "dataFileHandleId": handle,
    }
    notebook = user.post(f"/entity?generatedBy={activity}", body)["id"]
    notes = user.get(f"/entity/{notebook}/annotations2")
    notes["annotations"] = {"tissue": {"type": "STRING", "value": ["cortex", "liver"]}}
    user.put(f"/entity/{notebook}/annotations2", notes)
    columns = [
        column(user, "sample"),
        column(user, "region", facetType="enumeration", maximumSize=20),
        column(user, "rate", "DOUBLE", facetType="range"),
    ]
    made = table(user, columns, project, name="Cells")["id"]
    lines = "".join(f"c{n},{('V1', 'V2', 'M1')[n % 3]},{n / 7:.2f}\n" for n in range(40))
    transact(user, made, csv_change(user, "sample,region,rate\n" + lines))
    query = f"SELECT region%2C avg%28rate%29 AS mean FROM {made} GROUP BY region"
    text = (
        "${toc}\n\n## Question\nDo firing rates differ between **regions**? The fit is in"
        f" {notebook}.\n\n## Answer\n${{plot?query={query}&type=BAR&title=Mean rates&ytitle=Hz}}\n\n"
        f"The mean is $\\bar r = \\frac{{1}}{{n}}\\sum_i r_i$.\n\n${{synapsetable?query={query}}}\n\n"
        f"${{provenance?entityList={notebook}&depth=1}}\n\n${{preview?entityId={data}}}\n\n"
        "| step | tool |\n|---|---|\n| sort | kilosort |\n| fit | python |\n"
    )
    wiki = user.post(f"/entity/{project}/wiki", {"title": "Firing rates", "markdown": text})["id"]
    user.post(
        f"/entity/{project}/wiki", {"title": "Methods", "markdown": "x", "parentWikiId": wiki}
    )
    user.share(project, AUTHENTICATED_USERS, "READ", "DOWNLOAD")
    user.post(f"/favorite/{project}")
    trashed = user.folder(project, "thrown away")["id"]
    user.put(f"/trashcan/trash/{trashed}", status=200)
    user.post("/auth/v1/personalAccessToken", {"name": "laptop", "scope": ["view"]}, 200)
    team = user.post("/team", {"name": f"Team of {user.name}", "description": "We record."})["id"]
    forum = user.get(f"/project/{project}/forum")["id"]
    opening = {"forumId": forum, "title": "Which sorter?", "messageMarkdown": "We used *kilosort*."}
    thread = user.post("/thread", opening)["id"]
    user.post("/reply", {"threadId": thread, "messageMarkdown": f"See {notebook}."})
    asked = {"name": f"Predict the rates {user.name}", "contentSource": project, "description": "x"}
    asked |= {"submissionInstructionsMessage": "A CSV file.", "submissionReceiptMessage": "Thanks."}
    queue = user.post("/evaluation", asked)["id"]
    submitted = {"evaluationId": queue, "entityId": notebook, "versionNumber": 1}
    etag = user.get(f"/entity/{notebook}")["etag"]
    user.post(f"/evaluation/submission?etag={etag}", submitted)
    usual = user.get("/column/tableview/defaults?viewEntityType=dataset")["list"]
    ids = [each["id"] for each in user.post("/column/batch", {"list": usual}, 201)["list"]]
    items = [{"entityId": each, "versionNumber": 1} for each in (data, notebook)]
    body = {"concreteType": PACKAGE + "table.Dataset", "parentId": project, "name": "Training data"}
    dataset = user.post("/entity", {**body, "columnIds": ids, "items": items})["id"]
    reviewer, asker = site.user(), site.user()
    site.write(lambda tx: principals.add_member(tx, users.ACT, reviewer.id))
    private = user.folder(project, "patients")["id"]
    restricted = user.file(private, "patients.csv")["id"]
    terms = "Use the data for research alone, and do not try to find out who the patients are."
    reviewer.post(
        "/accessRequirement", requirement("TermsOfUse", private, name="Terms", termsOfUse=terms)
    )
    body = requirement("ManagedACT", private, name="Patients", isIDURequired=True)
    managed = reviewer.post("/accessRequirement", {**body, "actContactInfo": "data@example.org"})
    asks(asker, managed["id"], restricted)
    return World(
        user=user,
        project=project,
        folder=folder,
        notebook=notebook,
        table=made,
        team=team,
        wiki=wiki,
        thread=thread,
        queue=queue,
        dataset=dataset,
        restricted=restricted,
        requirement=str(managed["id"]),
        reviewer=reviewer,
        empty=user.project(name="An empty project")["id"],
    )


def asks(user: User, requirement: int, entity: str) -> None:
    """Let a user request access to an entity."""
    path = f"/accessRequirement/{requirement}"
    body = user.get(f"{path}/researchProjectForUpdate")
    body |= {"institution": "Institute of Physiology", "projectLead": "A. Head"}
    body |= {"intendedDataUseStatement": "To look for causes of seizures."}
    project = user.post("/researchProject", body, 200)["id"]
    body = user.get(f"{path}/dataAccessRequestForUpdate")
    body |= {"accessorChanges": [{"userId": str(user.id), "type": "GAIN_ACCESS"}]}
    request = user.post("/dataAccessRequest", {**body, "researchProjectId": project}, 200)
    body = {"requestId": request["id"], "requestEtag": request["etag"]}
    body |= {"subjectId": entity, "subjectType": "ENTITY"}
    user.post(f"/dataAccessRequest/{request['id']}/submission", body, 200)


PAGES: dict[str, tuple[Callable[[World], str], str]] = {
    "home": (lambda w: "/", "Projects"),
    "wiki": (lambda w: f"/Synapse:{w.project}/wiki", "Firing rates"),
    "files": (lambda w: f"/Synapse:{w.project}/files", "Firing rates of cortical neurons"),
    "folder": (lambda w: f"/Synapse:{w.folder}", "recordings"),
    "tables": (lambda w: f"/Synapse:{w.project}/tables", "Firing rates of cortical neurons"),
    "file": (lambda w: f"/Synapse:{w.notebook}", "rates.ipynb"),
    "table": (lambda w: f"/Synapse:{w.table}", "Cells"),
    "discussion": (lambda w: f"/Synapse:{w.project}/discussion", "Firing rates of cortical"),
    "thread": (lambda w: f"/Synapse:{w.project}/discussion/{w.thread}", "Which sorter"),
    "queues": (lambda w: f"/Synapse:{w.project}/challenge", "Firing rates of cortical"),
    "queue": (lambda w: f"/Synapse:{w.project}/challenge/{w.queue}", "Predict the rates"),
    "tokens": (lambda w: "/PersonalAccessTokens:0", "Personal access tokens"),
    "teams": (lambda w: "/Teams:", "My teams"),
    "team": (lambda w: f"/Team:{w.team}", "Team of"),
    "trash": (lambda w: "/Trash:0", "Trash"),
    "profile": (lambda w: f"/Profile:{w.user.id}", "user"),
    "search": (lambda w: "/Search:firing", "Search"),
    "dataset": (lambda w: f"/Synapse:{w.dataset}", "Training data"),
    "restricted": (lambda w: f"/Synapse:{w.restricted}", "Conditions for use"),
    "security": (lambda w: f"/Profile:{w.user.id}/settings", "Sign-in security"),
}


def judged(page: Page, name: str) -> list[str]:
    """What is wrong with a page, in light and in dark."""
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        wrong += [f"{name}, {scheme}: {each}" for each in violations(page)]
    return wrong


def test_everybody_can_use_every_page(visit: Visit, world: World) -> None:
    someone = visit(world.user)
    wrong = []
    for name, (address, heading) in PAGES.items():
        page = someone.open(address(world))
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        settled(page)
        wrong += judged(page, name)
    assert wrong == []


def test_administrators_see_the_server(visit: Visit, site: RunningServer, world: World) -> None:
    admin = site.user(admin=True)
    page = visit(admin).open("/")
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    page.get_by_label("Name or e-mail address").fill(world.user.name)
    row = page.get_by_role("row", name=world.user.name).first
    row.get_by_role("button", name="Certify").click()
    expect(row).to_contain_text("certified")
    row.get_by_role("button", name="Take certification back").click()
    expect(row.get_by_role("button", name="Certify")).to_be_visible()
    settled(page)
    assert judged(page, "administration") == []
    someone = visit(world.user).open("/Administration:0")
    expect(someone.get_by_role("alert")).to_contain_text("administrator")
    expect(someone.get_by_role("link", name="Administration")).to_have_count(0)


def test_widgets_come_to_life(visit: Visit, world: World) -> None:
    someone = visit(world.user)
    page = someone.open(f"/Synapse:{world.project}/wiki/{world.wiki}")
    plot = page.get_by_role("group", name="Mean rates")
    expect(plot.locator("svg g[aria-label='bar'] rect")).to_have_count(3)
    page.get_by_text("The numbers as a table").click()
    figure = page.locator("figure.plot")
    expect(figure.get_by_role("columnheader", name="mean")).to_be_visible()
    expect(page.locator(".page-text .katex").first).to_be_visible()
    expect(page.get_by_role("group", name="Graph of provenance").first).to_be_visible()
    expect(page.locator(".live").get_by_role("cell", name="3.1", exact=True)).to_be_visible()
    expect(page.locator(".live.is-live")).to_have_count(4)
    page.get_by_role("button", name="Edit: Firing rates").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.locator("svg g[aria-label='bar'] rect")).to_have_count(3)
    page.get_by_label("Markdown").fill("## New\n\n$x^2$ and ${plot?query=SELECT 1}")
    expect(preview.get_by_role("heading", name="New")).to_be_visible()
    expect(preview.locator(".katex")).to_be_visible()


@pytest.mark.parametrize(
    ("options", "mark", "count"),
    [
        ("type=BAR&barmode=GROUP", "bar", 6),
        ("type=BAR&barmode=STACK&horizontal=true", "bar", 6),
        ("type=BAR&horizontal=true", "bar", 6),
        ("type=SCATTER&xaxistype=CATEGORY&yaxistype=LOG&showlegend=false", "dot", 6),
    ],
)
def test_kinds_of_plots(visit: Visit, world: World, options: str, mark: str, count: int) -> None:
    query = f"SELECT region%2C avg%28rate%29 AS mean%2C max%28rate%29 AS top FROM {world.table}"
    text = f"${{plot?query={query} GROUP BY region&title=Two&{options}}}"
    page = visit(world.user).open(f"/Synapse:{world.project}/wiki/{world.wiki}")
    page.get_by_role("button", name="Edit: Firing rates").click()
    page.get_by_label("Markdown").fill(text)
    plot = page.get_by_role("region", name="Preview").get_by_role("group", name="Two")
    shapes = plot.locator(f"svg g[aria-label='{mark}'] :is(rect, circle)")
    expect(shapes).to_have_count(count)
    page.get_by_role("button", name="Cancel").click()


def test_everybody_can_come_in(visit: Visit) -> None:
    someone = visit(None)
    wrong = []
    for path in ("/", "/Login", "/Register", "/ResetPassword:0"):
        page = someone.open(path)
        expect(page.get_by_role("heading").first).to_be_visible()
        settled(page)
        wrong += judged(page, path)
    assert wrong == []


def test_everybody_can_use_the_dialogs(visit: Visit, world: World) -> None:
    page = visit(world.user).open(f"/Synapse:{world.project}/wiki")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("radio").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        expect(page.get_by_role("dialog")).to_have_css("opacity", "1")
        still(page)
        assert violations(page) == [], scheme
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit: Firing rates").click()
    expect(page.get_by_label("Markdown")).to_be_visible()
    settled(page)
    assert violations(page) == []


def test_a_phone_shows_every_page_without_scrolling_sideways(visit: Visit, world: World) -> None:
    someone = visit(world.user, viewport={"width": 375, "height": 700})
    for name in ("home", "wiki", "files", "file", "table", "trash", "tokens"):
        page = someone.open(PAGES[name][0](world))
        settled(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, name
        # What is fixed does not scroll, so it must fit.
        right = page.evaluate(
            "Math.max(...[...document.querySelectorAll('header *')]"
            ".map(each => each.className == 'skip' ? 0 : each.getBoundingClientRect().right))"
        )
        assert right <= 375, name


# ------------------------------------------------------------------ what is stored runs nowhere

_MARK = "document.title='owned';window.owned=1"
CORPUS = (
    f"<script>{_MARK}</script>",
    f'<img src=x onerror="{_MARK}">',
    f'<svg onload="{_MARK}"><script>{_MARK}</script></svg>',
    f'<svg><style><img src=x onerror="{_MARK}"></style></svg>',
    '<iframe srcdoc="<script>parent.owned=1</script>"></iframe>',
    f'<a href="javascript:{_MARK}">click</a>',
    f"[click](javascript:{_MARK})",
    f'<math><mtext><table><mglyph><style><img src=x onerror="{_MARK}">',
    f'<details open ontoggle="{_MARK}"><summary>s</summary></details>',
    f'<noscript><p title="</noscript><img src=x onerror={_MARK}>">',
    f'"><body onpageshow={_MARK}>',
    f'<form action=/repo/v1/x><button formaction="javascript:{_MARK}">send</button></form>',
    '<base href="https://evil.example/"><link rel=stylesheet href=//evil.example/x.css>',
    f"${{image?fileName=x%22 onerror=%22{_MARK}&align=None}}",
    "<input autofocus onfocus=window.owned=1>",
    "{{constructor.constructor('window.owned=1')()}}",
)
HOSTILE = "\n\n".join(CORPUS)


def unharmed(page: Page) -> None:
    settled(page)
    page.wait_for_timeout(150)
    assert page.evaluate("window.owned") is None
    assert page.title() != "owned"
    handlers = page.evaluate(
        "[...document.querySelectorAll('#root *')].filter(each =>"
        " [...each.attributes].some(a => a.name.startsWith('on')"
        " || /^\\s*javascript:/i.test(a.value))).map(each => each.outerHTML)"
    )
    assert handlers == []


def test_no_text_runs(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project(description=HOSTILE[:900])["id"]
    name = "<img src=x onerror=window.owned=1> 'a\" (b)"
    try:
        user.folder(project, name)
    except AssertionError:  # names are plainer than that
        user.folder(project, "plain (b)")
    user.post(f"/entity/{project}/wiki", {"title": CORPUS[1], "markdown": HOSTILE})
    mine = user.get("/userProfile")
    user.put("/userProfile", {**mine, "firstName": CORPUS[1], "summary": HOSTILE[:900]})
    team = user.post("/team", {"name": f"Hostile {user.name}", "description": CORPUS[1]})["id"]
    user.post("/auth/v1/personalAccessToken", {"name": CORPUS[1], "scope": ["view"]}, 200)
    columns = [column(user, "text", maximumSize=200), column(user, "link", "LINK")]
    made = table(user, columns, project, name="rows")["id"]
    rows = [[each[:200], "javascript:window.owned=1"] for each in CORPUS]
    out = io.StringIO()
    out.write("text,link\n")
    for row in rows:
        out.write(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n")
    transact(user, made, csv_change(user, out.getvalue()))
    notes = user.get(f"/entity/{project}/annotations2")
    notes["annotations"] = {"hostile": {"type": "STRING", "value": [CORPUS[1], CORPUS[4]]}}
    user.put(f"/entity/{project}/annotations2", notes)
    forum = user.get(f"/project/{project}/forum")["id"]
    opening = {"forumId": forum, "title": CORPUS[1][:140], "messageMarkdown": HOSTILE}
    thread = user.post("/thread", opening)["id"]
    user.post("/reply", {"threadId": thread, "messageMarkdown": HOSTILE})
    asked = {"name": f"Hostile {user.name}", "contentSource": project, "description": HOSTILE}
    asked |= {"submissionInstructionsMessage": HOSTILE, "submissionReceiptMessage": HOSTILE}
    queue = user.post("/evaluation", asked)["id"]
    someone = visit(user)
    for path in (
        f"/Synapse:{project}/discussion",
        f"/Synapse:{project}/discussion/{thread}",
        f"/Synapse:{project}/challenge/{queue}",
        f"/Synapse:{project}/wiki",
        f"/Synapse:{project}/files",
        f"/Synapse:{made}",
        f"/Profile:{user.id}",
        f"/Team:{team}",
        "/PersonalAccessTokens:0",
        "/Search:%3Cimg%20src=x%20onerror=window.owned=1%3E",
    ):
        unharmed(someone.open(path))
    page = someone.open(f"/Synapse:{project}/wiki")
    page.get_by_role("button", name="Edit:").first.click()
    expect(page.get_by_role("region", name="Preview")).to_be_visible()
    unharmed(page)
    # What was hostile fails to load or to run, and the browser says so.
    someone.failures.clear()
    someone.addresses[:] = [each for each in someone.addresses if "evil" in each]


FILES: dict[str, tuple[str, bytes]] = {
    "page.html": ("text/html", f"<h1>Page</h1>{HOSTILE}".encode()),
    "notes.md": ("text/markdown", f"# Notes\n\n{HOSTILE}".encode()),
    "code.py": ("text/x-python", HOSTILE.encode()),
    "rows.csv": ("text/csv", ("a,b\n" + "".join(f'"{c}",1\n' for c in CORPUS)).encode()),
    "picture.svg": (
        "image/svg+xml",
        f"<svg xmlns='http://www.w3.org/2000/svg' onload='{_MARK}'><script>{_MARK}</script>"
        "<rect width='9' height='9'/></svg>".encode(),
    ),
    "book.ipynb": (
        "application/json",
        json.dumps(
            {
                "cells": [
                    {"cell_type": "markdown", "source": HOSTILE},
                    {
                        "cell_type": "code",
                        "source": HOSTILE,
                        "outputs": [
                            {"data": {"text/html": HOSTILE}},
                            {"data": {"image/svg+xml": CORPUS[2]}},
                            {"data": {"image/png": '"><script>window.owned=1</script>'}},
                            {"data": {"application/javascript": "window.owned=1"}},
                        ],
                    },
                ]
            }
        ).encode(),
    ),
}


def test_no_file_runs(visit: Visit, site: RunningServer) -> None:
    user = site.user()
    project = user.project()["id"]
    someone = visit(user)
    for name, (kind, data) in FILES.items():
        handle = upload(user, data, fileName=name, contentType=kind)
        file = user.file(project, name, handle=handle)["id"]
        page = someone.open(f"/Synapse:{file}")
        preview = page.get_by_role("region", name="Preview")
        if name == "page.html":
            frame = preview.locator("iframe")
            expect(frame).to_have_attribute("sandbox", "")
            expect(frame.content_frame.get_by_role("heading", name="Page")).to_be_visible()
        else:
            expect(preview.locator("pre, table, img, h1").first).to_be_visible()
        unharmed(page)
    someone.failures.clear()  # the browser says what it has refused
    assert not any("evil.example" in each for each in someone.addresses)


# ------------------------------------------------------------------ pictures for the documentation


WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 760}
SHOWN = {  # in the documentation
    "wiki-wide-light",
    "files-wide-light",
    "file-wide-light",
    "table-wide-dark",
    "dataset-wide-light",
    "restricted-wide-light",
    "wiki-phone-dark",
    "files-phone-light",
}
EMPTY = {
    f"empty-{name}": (lambda w, tab=tab: f"/Synapse:{w.empty}/{tab}")
    for name, tab in (
        ("wiki", "wiki"),
        ("files", "files"),
        ("tables", "tables"),
        ("queues", "challenge"),
        ("discussion", "discussion"),
    )
}
REVIEWED = {
    "management": lambda w: "/DataAccessManagement:0",
    "requirement": lambda w: f"/AccessRequirement:{w.requirement}",
}
OUTSIDE = {
    "welcome": lambda w: "/",
    "sign-in": lambda w: "/Login",
    "register": lambda w: "/Register",
    "missing": lambda w: "/Nothing",
}
DIALOGS = {  # the buttons that lead to them
    "sharing": ("wiki", "Share"),
    "new-project": ("home", "New project"),
    "new-dataset": ("tables", "New dataset"),
    "new-token": ("tokens", "New token"),
    "edit-wiki": ("wiki", "Edit: Firing rates"),
    "edit-rows": ("table", "Edit rows"),
    "edit-columns": ("table", "Edit columns"),
    "edit-profile": ("profile", "Edit the profile"),
    "add-items": ("dataset", "Add items"),
    "enroll": ("security", "Switch it on"),
    "request-access": ("restricted", "Request access"),
}


def test_pictures(visit: Visit, world: World, tmp_path: Path) -> None:
    """Those of the documentation are made at every run. When SYNAPSE_PICTURES names a folder,
    they are kept, and every page is put there for somebody to look at: in both colours, wide and
    on a phone."""
    asked = os.environ.get("SYNAPSE_PICTURES")
    every = Path(asked) if asked else tmp_path
    every.mkdir(parents=True, exist_ok=True)
    mine = {name: address for name, (address, _) in PAGES.items()}
    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            options = {"viewport": viewport, "color_scheme": scheme}
            for user, pages in (
                (world.user, mine | (EMPTY if asked else {})),
                (world.reviewer, REVIEWED if asked else {}),
                (None, OUTSIDE if asked else {}),
            ):
                wanted = [each for each in pages if asked or f"{each}-{size}-{scheme}" in SHOWN]
                someone = visit(user, **options) if wanted else None
                for name in wanted:
                    page = someone.open(pages[name](world))
                    settled(page)
                    if f"{name}-{size}-{scheme}" in SHOWN:
                        path = (PICTURES if asked else every) / f"{name}-{size}-{scheme}.png"
                        page.screenshot(path=path)
                        assert 5_000 < path.stat().st_size < 200_000, path.name
                    if asked:
                        page.screenshot(path=every / f"{name}-{size}-{scheme}.png", full_page=True)
            if asked:
                dialogs(visit(world.user, **options), world, every, f"{size}-{scheme}")


def dialogs(someone: Visitor, world: World, folder: Path, look: str) -> None:
    """A picture of each dialog."""
    for name, (start, button) in DIALOGS.items():
        page = someone.open(PAGES[start][0](world))
        settled(page)
        page.get_by_role("button", name=button).first.click()
        settled(page)
        still(page)
        page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
