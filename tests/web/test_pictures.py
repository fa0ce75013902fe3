"""Pictures of every page, for the documentation and for who judges the looks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.web.browsing import Visitor
from tests.web.world import PAGES, World

pytestmark = pytest.mark.xdist_group("web pictures")  # they share a browser
Visit = Callable[..., Visitor]

DOCS = Path(__file__).resolve().parents[2] / "docs"
IMAGES = DOCS / "images"
SHEETS = IMAGES / "pages"
GALLERY = DOCS / "explanation" / "pages.md"
LOOKS = {
    f"{size}-{scheme}": {"viewport": {"width": wide, "height": high}, "color_scheme": scheme}
    for size, wide, high in (("wide", 1280, 800), ("phone", 390, 760))
    for scheme in ("light", "dark")
}
SHOWN = {  # large in the documentation
    "wiki": ["wide-light", "phone-dark"],
    "files": ["wide-light", "phone-light"],
    "file": ["wide-light"],
    "table": ["wide-dark"],
    "dataset": ["wide-light"],
    "restricted": ["wide-light"],
}
ASKED = os.environ.get("SYNAPSE_PICTURES")
"""Where the pictures are kept, each alone and in full; as sheets they go into the documentation."""

SHEET = """<!doctype html><title>{name}</title><style>
body {{ margin: 0; padding: 8px; width: max-content; display: flex; gap: 10px; background: #868e96 }}
figure {{ margin: 0; font: 600 13px sans-serif; color: #fff }} figcaption {{ padding-bottom: 4px }}
div {{ max-height: 560px; overflow: hidden }} img {{ display: block }}
.wide img {{ width: 520px }} .phone img {{ width: 195px }}
</style>{figures}"""


@pytest.mark.parametrize("name", PAGES if ASKED else SHOWN)
def test_pictures(visit: Visit, browser: Browser, world: World, tmp_path: Path, name: str) -> None:
    folder = Path(ASKED or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    shown = PAGES[name]
    for look in LOOKS if ASKED else SHOWN[name]:
        page = visit(getattr(world, shown.who, None), **LOOKS[look]).page
        shown.open(page, world)
        if look in SHOWN.get(name, ()):
            path = (IMAGES if ASKED else folder) / f"{name}-{look}.png"
            page.screenshot(path=path)
            assert 5_000 < path.stat().st_size < 200_000, path.name
        if ASKED:
            # A dialog lies over the window, not over the whole page.
            is_whole = page.get_by_role("dialog").count() == 0
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=is_whole)
    if ASKED:
        sheet(browser, folder, name)


def sheet(browser: Browser, folder: Path, name: str) -> None:
    """Put the four pictures of a page side by side, and the page into the gallery."""
    figures = (
        f"<figure class={look.split('-')[0]}><figcaption>{look.replace('-', ', ')}</figcaption>"
        f"<div><img src={name}-{look}.png></div></figure>"
        for look in LOOKS
    )
    made = folder / f"{name}.html"
    made.write_text(SHEET.format(name=name, figures="".join(figures)))
    page = browser.new_page(viewport={"width": 400, "height": 200})
    page.goto(made.resolve().as_uri())
    SHEETS.mkdir(exist_ok=True)
    page.locator("body").screenshot(path=SHEETS / f"{name}.jpg", type="jpeg", quality=52)
    page.close()
    made.unlink()
    GALLERY.write_text(gallery())


def gallery() -> str:
    """Every page with its sheet, in Markdown."""
    parts = [
        "# Every page\n\nWide and on a phone, light and dark; made by the tests with"
        " `make pictures`.\n"
    ]
    parts += [
        f"\n## {name.replace('-', ' ').capitalize()}\n\n{shown.form()}\n\n"
        f"![{name.replace('-', ' ')}](../images/pages/{name}.jpg)\n"
        for name, shown in PAGES.items()
    ]
    return "".join(parts)


def test_every_page_has_its_sheet() -> None:
    sheets = list(SHEETS.glob("*"))
    known = {each.stem for each in sheets}
    assert set(PAGES) - known == set(), "without a picture: make pictures"
    assert known - set(PAGES) == set(), "pictures of what is no page any more: delete them"
    assert max(each.stat().st_size for each in sheets) < 100_000
    assert sum(each.stat().st_size for each in sheets) < 4_000_000
    assert GALLERY.read_text() == gallery(), "make pictures"


def test_every_address_has_its_picture() -> None:
    """The addresses that the interface knows: one at least for each component that it shows."""
    app = (DOCS.parent / "web" / "src" / "shell" / "App.tsx").read_text()
    names: dict[str, set[str]] = {}
    for name, component in re.findall(r'^  "?(\w*)"?: page\(.*, "(\w+)"\)', app, re.MULTILINE):
        names.setdefault(component, set()).add(name)
    shown = {re.split("[:/]", each.path[1:])[0] for each in PAGES.values()}
    assert len(names) > 15
    assert {each for each, known in names.items() if not known & shown} == set(), (
        "tests/web/world.py"
    )
