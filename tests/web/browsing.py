"""A real browser on a real server, and users who look at it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from tests.conftest import RunningServer, User

from synapse_server.web.static import Static

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 60
"""How long anything may take: it is waited for what happens, and a machine may be busy."""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
OF_COLOURS = {
    **RULES,
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""The rules that a page which keeps to all others may break by its colours alone."""


def require_built() -> None:
    """The tests of the interface need it."""
    if not Static().is_built:
        pytest.fail("The web interface is not built: make web")


def chromium() -> str:
    """Where the browser is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        text = "Chromium is not installed: scripts/debian_packages.sh installs it"
        (pytest.fail if os.environ.get("SYNAPSE_REQUIRE_PACKAGES") else pytest.skip)(text)
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser. NOTE: until it is closed, this thread has a running loop: nothing may call
    ``asyncio.run``, which is why no fixture keeps it longer than a module."""
    require_built()
    program = chromium()
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody with a browser window of their own."""

    def __init__(
        self, browser: Browser, server: RunningServer, user: User | None, **options: Any
    ) -> None:
        self.server = server
        self.user = user
        # Colours in between are none that anybody has to read.
        options = {"reduced_motion": "reduce", **options}
        self.context: BrowserContext = browser.new_context(base_url=server.url, **options)
        self.context.set_default_timeout(SECONDS * 1000)
        if user is not None:
            # As if they had signed in; frames of another origin have no storage.
            self.context.add_init_script(
                f"try {{ sessionStorage.setItem('synapse.token', '{user.token}') }} catch {{}}"
            )
        self.page: Page = self.context.new_page()
        self.failures: list[str] = []
        self.addresses: list[str] = []
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", lambda request: self.addresses.append(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        # Refusals of the API are part of life; what the page says of itself is not.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.failures.append(message.text)

    def open(self, path: str) -> Page:
        """Go to an address of the site."""
        self.page.goto(path)
        return self.page

    def close(self) -> None:
        """Leave. Nothing may have failed, no host but ours asked, and no token told in a URL."""
        self.context.close()
        assert self.failures == [], self.failures
        elsewhere = [
            each
            for each in self.addresses
            if not re.match(r"(http://127\.0\.0\.1:|data:|blob:|about:)", each)
        ]
        assert elsewhere == [], elsewhere
        if self.user is not None and self.user.token is not None:
            assert not any(self.user.token in each for each in self.addresses)


def file(folder: Path, name: str, data: bytes) -> Path:
    """A file to upload."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def settled(page: Page) -> None:
    """Wait until nothing is on its way."""
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_text("Loading…")).to_have_count(0)
    expect(page.get_by_text("Asking…")).to_have_count(0)


def still(page: Page) -> None:
    """Wait until nothing moves or fades any more: halfway, colours are none that anybody has to
    read. What turns for ever does not count."""
    page.evaluate(  # what waits for a function is forbidden by the page's policy
        """async () => {
            const moving = () => document.getAnimations().filter(each =>
                each.playState === "running"
                && each.effect.getComputedTiming().endTime !== Infinity);
            while (moving().length)
                await Promise.allSettled(moving().map(each => each.finished));
        }"""
    )


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What keeps somebody from using a page, by WCAG 2.2 AA."""
    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found
        for node in each["nodes"]
    ]
