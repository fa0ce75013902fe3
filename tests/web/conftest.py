"""A browser and a server for each module of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.conftest import RunningServer, User
from tests.web.browsing import Visitor, browsing
from tests.web.world import World, make

from synapse_server.settings import Settings


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on the embedded default."""
    found = RunningServer(Settings(data=str(tmp_path_factory.mktemp("site"))), is_measured=False)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def world(site: RunningServer) -> World:
    """A project with one of everything."""
    return make(site)


@pytest.fixture(scope="module")
def browser(site: RunningServer) -> Iterator[Browser]:
    """A browser; not of the session, see ``browsing``."""
    with browsing() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, site: RunningServer) -> Iterator[Callable[..., Visitor]]:
    """Let users look at the site."""
    visitors: list[Visitor] = []

    def enter(user: User | None, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, site, user, **options))
        return visitors[-1]

    yield enter
    for each in visitors:
        each.close()
