"""What the database notes of changes, and that a reader misses none, in whatever order they commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_server.entities import store
from synapse_server.kernel import change_store as changes
from synapse_server.kernel.database import Database, Tx
from synapse_server.kernel.migrations import upgrade_postgres, upgrade_sqlite
from synapse_server.kernel.postgres import Postgres
from synapse_server.kernel.sqlite import SQLite
from synapse_server.wiki import store as wiki_store
from synapse_server.wiki.owners import Owner
from tests.services import fresh_database


async def _add(tx: Tx, id: int, kind: str = "file", parent: int = 1) -> None:
    await store.add(tx, id, kind, f"n{id}", parent, 1, "e", 1, 0, None)
    await store.add_version(tx, id, 1, None, None, 1, 0, None, None, None, None)


class Reader:
    """Somebody who catches up again and again."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.since = 0

    async def read(self, kind: str = "entity") -> list[int]:
        """What changed since the last time, maybe more than once."""

        async def look(tx: Tx) -> tuple[int, list[int]]:
            return await changes.watermark(tx), await changes.changed(tx, kind, self.since)

        self.since, found = await self.database.scan(look)
        return found


def on(request: pytest.FixtureRequest, tmp_path: Path, kind: str, work: Any) -> None:
    """Run work with a new database."""

    async def go() -> None:
        database: Database
        if kind == "sqlite":
            path = tmp_path / "synapse.db"
            upgrade_sqlite(path)
            database = SQLite(path)
        else:
            url = await fresh_database(request.getfixturevalue("postgres_url"))
            await upgrade_postgres(url)
            database = await Postgres.open(url)
        await work(database)
        await database.close()

    if kind == "postgresql":
        request.getfixturevalue("postgres_url")
    asyncio.run(go())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_change_is_noted(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    async def work(database: Database) -> None:
        reader = Reader(database)
        steps: list[tuple[Callable[[Tx], Awaitable[Any]], list[int]]] = [
            (lambda tx: _add(tx, 2, "folder"), [2]),
            (lambda tx: _add(tx, 3, parent=2), [3]),
            (lambda tx: store.set_etag(tx, 3, "f"), [3]),
            (lambda tx: store.set_annotations(tx, 3, 1, "{}", 1), [3]),
            (lambda tx: store.hand_over(tx, 2, 1, 2), [2, 3]),
            (lambda tx: store.to_trash(tx, 2, 1, "n2", 1), [2, 3]),
            (lambda tx: store.from_trash(tx, 2, 1, None), [2, 3]),
            (lambda tx: store.add_version(tx, 3, 2, "x", None, 1, 0, None, None, None, None), [3]),
            (lambda tx: store.delete_version(tx, 3, 2), [3]),
            (lambda tx: store.purge(tx, 3), [3]),
        ]
        for change, ids in steps:

            async def write(tx: Tx, change: Any = change) -> None:
                await change(tx)

            await database.write(write)
            found = await reader.read()
            # On PostgreSQL, other transactions may be under way, and more is read again.
            assert found == ids or (kind == "postgresql" and set(found) > set(ids))

        wikis = Reader(database)
        for owner, noted in ((Owner("entity", 2), [2]), (Owner("evaluation", 3), [])):

            async def page(tx: Tx, owner: Owner = owner) -> None:
                await wiki_store.add(tx, owner.id, owner, None, 0, "e", 1, 0)

            await database.write(page)
            assert await wikis.read("wiki") == noted or kind == "postgresql"
        await database.write(lambda tx: wiki_store.set_page(tx, 2, None, "f", 2))
        assert await wikis.read("wiki") == [2]
        await database.write(lambda tx: wiki_store.delete_below(tx, 2))
        assert await wikis.read("wiki") == [2]

        places = Reader(database)
        await places.read("place")
        for name, parent, noted in (("n2", 1, []), ("other", 1, [2]), ("other", 5, [2])):

            async def put(tx: Tx, name: str = name, parent: int = parent) -> None:
                await store.set_entity(tx, 2, name, parent, "g", None)

            await database.write(put)
            if kind == "sqlite" or noted:
                assert await places.read("place") == noted

    on(request, tmp_path, kind, work)


def test_late_commits_are_not_missed(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Who began first commits last; in between others commit, and the reader reads on and on."""

    async def work(database: Database) -> None:
        reader = Reader(database)
        written, go_on = asyncio.Event(), asyncio.Event()

        async def slow(tx: Tx) -> None:
            await _add(tx, 10)
            written.set()
            await go_on.wait()

        task = asyncio.create_task(database.write(slow))
        await written.wait()
        for id in (11, 12, 13):
            await database.write(lambda tx, id=id: _add(tx, id))  # type: ignore[misc]
            found = await reader.read()
            assert id in found
            assert 10 not in found
        go_on.set()
        await task
        assert 10 in await reader.read()
        await database.write(lambda tx: _add(tx, 14))
        assert 14 in await reader.read()

        # Two write the same: the one that began first writes last.
        first, second = asyncio.Event(), asyncio.Event()

        async def wait(tx: Tx) -> None:
            await _add(tx, 20)  # it has a number from here on
            first.set()
            await second.wait()
            await store.set_etag(tx, 14, "late")

        task = asyncio.create_task(database.write(wait))
        await first.wait()
        await database.write(lambda tx: store.set_etag(tx, 14, "early"))
        assert 14 in await reader.read()
        second.set()
        await task
        assert set(await reader.read()) >= {14, 20}

    on(request, tmp_path, "postgresql", work)


def test_moments_of_another_cluster(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A dump of PostgreSQL keeps them; in a new cluster they lie ahead of all that comes."""

    async def work(database: Database) -> None:
        reader = Reader(database)
        await database.write(lambda tx: _add(tx, 2))
        await database.write(lambda tx: tx.run("UPDATE object_change SET moment = ?", 10**15))
        await reader.read()
        assert await reader.read() == [2]  # again and again
        sql = await database.read(_mend)
        await database.write(lambda tx: tx.run(sql))
        await reader.read()
        assert await reader.read() == []
        await database.write(lambda tx: _add(tx, 3))
        assert 3 in await reader.read()

    async def _mend(tx: Tx) -> str:
        sql = tx.dialect.mend_moments()
        assert sql is not None
        return sql

    on(request, tmp_path, "postgresql", work)
