"""Every page: for everybody, whatever they see with; harmless, whatever is stored."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import RunningServer
from tests.server.tables.tabling import column, csv_change, table, transact
from tests.server.test_files import upload
from tests.web.browsing import OF_COLOURS, RULES, Visitor, settled, violations
from tests.web.world import PAGES, World

pytestmark = pytest.mark.xdist_group("web pages")  # they share a browser
Visit = Callable[..., Visitor]


def judged(page: Page, name: str) -> list[str]:
    """What is wrong with a page in light, and with its colours in dark."""
    wrong = []
    for scheme, rules in (("light", RULES), ("dark", OF_COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        wrong += [f"{name}, {scheme}: {each}" for each in violations(page, rules)]
    return wrong


def test_everybody_can_use_every_page(visit: Visit, world: World) -> None:
    visitors: dict[str, Visitor] = {}
    wrong = []
    for name, shown in PAGES.items():
        if shown.who not in visitors:
            visitors[shown.who] = visit(getattr(world, shown.who, None))
        page = visitors[shown.who].page
        shown.open(page, world)
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


def test_a_phone_shows_every_page_without_scrolling_sideways(visit: Visit, world: World) -> None:
    someone = visit(world.user, viewport={"width": 375, "height": 700})
    for name, shown in PAGES.items():
        if shown.who != "user" or shown.press:
            continue
        page = someone.page
        shown.open(page, world)
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
