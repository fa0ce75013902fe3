"""Indexes that take long to be built, and who asks something small meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import PACKAGE, column, rows, table, transact, values, view, wait

from synapse_server.kernel import jobs
from synapse_server.views import feeds

SLOTS = 4


class Works:
    """Road works: views that are read the first time wait there, until they are let through."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.here = 0
        self.most = 0
        self._through = asyncio.Semaphore(0)

    async def catch_up(self, *given: Any) -> None:
        """As ``feeds.catch_up``, after the wait."""
        self.here += 1
        self.most = max(self.most, self.here)
        try:
            await self._through.acquire()
        finally:
            self.here -= 1
        await _catch_up(*given)

    def let(self, count: int) -> None:
        """Let so many through."""
        for _ in range(count):
            self.server.loop.call_soon_threadsafe(self._through.release)


_catch_up = feeds.catch_up


@pytest.fixture
def works(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    found = Works(server)
    monkeypatch.setattr(feeds, "catch_up", found.catch_up)
    yield found
    found.let(100)  # whatever came of the test, nobody waits behind it


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)


def ask(user: User, id: str) -> tuple[str, str]:
    """Start a query; where to ask for its outcome."""
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "entityId": id,
        "query": {"sql": f"select name from {id}"},
        "partMask": 1,
    }
    path = f"/entity/{id}/table/query"
    return path, user.post(f"{path}/async/start", body)["token"]


def names(user: User, path: str, token: str) -> list[str]:
    answer = wait(user, path, token)
    assert answer.status_code == 201, answer.text
    return [row["values"][0] for row in answer.json()["queryResult"]["queryResults"]["rows"]]


@pytest.fixture
def lab(alice: User) -> Callable[[int], list[str]]:
    """Makes views of one file."""
    project = alice.project()["id"]
    alice.file(project, "one.csv")
    name = column(alice, "name", maximumSize=256)

    def make(count: int) -> list[str]:
        return [view(alice, [name], project, name=f"view {i}")["id"] for i in range(count)]

    return make


def test_small_queries_pass_views_that_are_read_the_first_time(
    alice: User, lab: Callable[[int], list[str]], works: Works
) -> None:
    small = table(alice, [column(alice, "n", "INTEGER")])
    transact(alice, small["id"], rows(small["id"], small["columnIds"], [["7"]]))
    views = lab(SLOTS + 1)
    asked = [ask(alice, each) for each in views]
    # Who wants the same view waits for the first one, and holds nobody up either.
    asked += [ask(alice, views[0]) for _ in range(SLOTS)]
    until(lambda: works.here == len(views))
    assert values(alice, f"select n from {small['id']}") == [["7"]]
    works.let(100)
    assert [names(alice, *each) for each in asked] == [["one.csv"]] * len(asked)


def test_a_canceled_query_gives_up_its_wait(
    alice: User, lab: Callable[[int], list[str]], works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LEASE", 300)
    path, token = ask(alice, *lab(1))
    until(lambda: works.here == 1)
    alice.get(f"/asynchronous/job/{token}/cancel", 204)
    assert "canceled" in wait(alice, path, token).json()["reason"]
    assert works.here == 0


def test_only_so_many_are_read_at_once(
    alice: User, lab: Callable[[int], list[str]], works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_MOST_APART", 2)
    asked = [ask(alice, each) for each in lab(SLOTS + 6)]
    until(lambda: works.here == SLOTS + 2)
    for _ in asked:
        works.let(1)
    assert [names(alice, *each) for each in asked] == [["one.csv"]] * len(asked)
    assert works.most == SLOTS + 2
