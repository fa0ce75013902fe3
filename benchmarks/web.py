"""How soon does a reader on a slow line and a slow machine see the demonstration project?

A browser with a quarter of this machine's speed, 10 Mbit/s and 40 ms to the server, nothing in its
cache. Measured is when the text of the wiki page stands on the screen, in the first HTML (what readers
without scripts have, too) and as the page that scripts make. Goal: first content within 1.2 s. Then a
list of as many files as a folder may hold: the time from its address to its first rows, and how long
frames take while it is scrolled to its end; goal: 95 of 100 within 50 ms.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import harness
from benchmarks.workload import Workload

_LINE = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": 10e6 / 8,
}
_SLOWER = 4
_FILE = "org.sagebionetworks.repo.model.FileEntity"
_AT_ONCE = 1000
_PROJECT = "/Synapse:syn1899494"


def _slow(page: Page) -> CDPSession:
    """Make a page as slow as its reader's machine and line."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    return session


def _first_content(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until anything of the project, and until its wiki page stands there."""
    context = browser.new_context()
    page = context.new_page()
    _slow(page)
    page.goto(address + _PROJECT, wait_until="commit")
    page.get_by_role("heading", name="How it looks").wait_for()
    whole = page.evaluate("performance.now()") / 1000
    paints = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)"
    )
    context.close()
    return paints[0] / 1000, whole


_SCROLL = """async () => {
    const list = document.querySelector('[role=table][aria-label=Files]');
    const took = [];
    for (let frame = 0, before = performance.now(); frame < 240; frame += 1) {
        list.scrollTop += list.clientHeight;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        took.push(now - before);
        before = now;
    }
    return took;
}"""


def _list(browser: Browser, address: str, token: str, folder: str) -> tuple[float, list[float]]:
    """Seconds until a long list shows its first rows, and milliseconds of frames in scrolling."""
    context = browser.new_context()
    context.add_init_script(f"sessionStorage.setItem('synapse.token', '{token}')")
    page = context.new_page()
    page.goto(f"{address}/Synapse:{folder}/files", wait_until="commit")
    page.get_by_role("table", name="Files").get_by_role("link").first.wait_for()
    shown = page.evaluate("performance.now()") / 1000
    took: list[float] = page.evaluate(_SCROLL)
    context.close()
    return shown, took


def _fill(work: Workload, count: int) -> None:
    """So many files, in the project."""
    for start in range(0, count, _AT_ONCE):
        names = (f"session {number:06}" for number in range(start, min(start + _AT_ONCE, count)))
        common = {
            "concreteType": _FILE,
            "parentId": work.project,
            "dataFileHandleId": work.handle,
        }
        changes = [{"change": "create", "entity": {**common, "name": name}} for name in names]
        work.send("POST", "/repo/v1/bulk/commit", {"key": f"children {start}", "changes": changes})


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=9_900)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with harness.folder() as there, sync_playwright() as play:
        command = [
            str(harness.BIN / "synapse-server"),
            "demo",
            "load",
            "--data",
            str(there / "data"),
        ]
        subprocess.run(command, check=True)
        with harness.ours(there / "data") as server:
            token = harness.token(there / "data")
            work = Workload(server.address, token)
            _fill(work, args.children)
            browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
            found = [_first_content(browser, server.address) for _ in range(args.rounds)]
            first, whole = (statistics.median(column) for column in zip(*found, strict=True))
            shown, took = _list(browser, server.address, token, work.project)
            browser.close()
    harness.verdict("first content of the demonstration, seconds", first, 1.2)
    harness.verdict("its wiki page as scripts make it, seconds", whole, 2.5)
    harness.verdict(f"first rows of {args.children:,}, seconds", shown, 1.2)
    took.sort()
    harness.verdict("95th of 100 frames while it is scrolled, ms", took[len(took) * 95 // 100], 50)


if __name__ == "__main__":
    main()
