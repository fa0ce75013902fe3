"""The contract of a database, run over both: what transactions promise, and the dialects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_server import app
from synapse_server.kernel.database import Database, Tx, drive, scalar
from synapse_server.kernel.dialect import like_prefix
from synapse_server.settings import Settings
from synapse_wire.errors import Conflict
from tests.services import fresh_database

Scenario = Callable[[Database], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Of an empty database of either kind."""
    if request.param == "sqlite":
        return Settings(data=str(tmp_path))
    url = asyncio.run(fresh_database(request.getfixturevalue("postgres_url")))
    return Settings(data=str(tmp_path), database=url)


def on(settings: Settings, scenario: Scenario) -> None:
    """Play a scenario on a database with a table of our own."""

    async def play() -> None:
        database = await app.open_database(settings)
        make = "CREATE TABLE thing (name TEXT PRIMARY KEY, size INTEGER NOT NULL)"
        await database.write(lambda tx: tx.run(make))
        try:
            await scenario(database)
        finally:
            await database.close()

    asyncio.run(play())


async def add(tx: Tx, name: str, size: int = 0) -> None:
    await tx.run("INSERT INTO thing (name, size) VALUES (?, ?)", name, size)


async def names(database: Database) -> list[str]:
    rows = await database.read(lambda tx: tx.all("SELECT name FROM thing ORDER BY name"))
    return [row["name"] for row in rows]


def test_reads_and_writes(settings: Settings) -> None:
    async def scenario(database: Database) -> None:
        async def fill(tx: Tx) -> int:
            rows = [(f"name {number}", number) for number in range(5)]
            await tx.many("INSERT INTO thing (name, size) VALUES (?, ?)", rows)
            return await tx.run("UPDATE thing SET size = size + 1 WHERE size >= ?", 3)

        assert await database.write(fill) == 2
        row = await database.read(lambda tx: tx.one("SELECT * FROM thing WHERE size = ?", 5))
        assert row is not None
        assert (row["name"], row[1]) == ("name 4", 5)
        assert list(row.keys()) == ["name", "size"]
        count = "SELECT count(*) FROM thing WHERE name <> ?"
        assert await database.scan(lambda tx: scalar(tx, count, "name 0")) == 4
        assert await database.read(lambda tx: tx.one("SELECT * FROM thing WHERE size = 99")) is None

    on(settings, scenario)


def test_what_fails_leaves_nothing(settings: Settings) -> None:
    told: list[str] = []

    async def tell() -> None:
        told.append("committed")

    async def scenario(database: Database) -> None:
        async def half(tx: Tx) -> None:
            await add(tx, "half")
            tx.after_commit(tell)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await database.write(half)
        assert (await names(database), told) == ([], [])

        async def whole(tx: Tx) -> None:
            await add(tx, "whole")
            tx.after_commit(tell)

        await database.write(whole)
        assert (await names(database), told) == (["whole"], ["committed"])

    on(settings, scenario)


def test_writers_at_once_do_not_lose_or_mix(settings: Settings) -> None:
    """Many are committed together; one that fails takes nobody along."""

    async def scenario(database: Database) -> None:
        async def one(number: int) -> int:
            async def work(tx: Tx) -> int:
                await add(tx, f"{number:03}", number)
                if number % 7 == 3:
                    raise LookupError(number)
                if number % 7 == 5:
                    await tx.run(
                        "INSERT INTO thing (name, size) VALUES (?, NULL)", f"{number} null"
                    )
                return number

            return await database.write(work)

        found = await asyncio.gather(
            *(one(number) for number in range(100)), return_exceptions=True
        )
        for number, result in enumerate(found):
            if number % 7 == 3:
                assert isinstance(result, LookupError)
            elif number % 7 == 5:
                assert isinstance(result, Conflict)
            else:
                assert result == number
        kept = [f"{number:03}" for number in range(100) if number % 7 not in (3, 5)]
        assert await names(database) == kept

    on(settings, scenario)


def test_a_name_is_taken_once(settings: Settings) -> None:
    async def scenario(database: Database) -> None:
        found = await asyncio.gather(
            *(database.write(lambda tx: add(tx, "the name")) for _ in range(10)),
            return_exceptions=True,
        )
        assert sum(result is None for result in found) == 1
        assert sum(isinstance(result, Conflict) for result in found) == 9

    on(settings, scenario)


def test_counting_up_at_once(settings: Settings) -> None:
    async def scenario(database: Database) -> None:
        await database.write(lambda tx: add(tx, "counter"))

        async def count(tx: Tx) -> None:
            lock = tx.dialect.lock_row()
            size = await scalar(tx, f"SELECT size FROM thing WHERE name = ?{lock}", "counter")
            await tx.run("UPDATE thing SET size = ? WHERE name = ?", size + 1, "counter")

        await asyncio.gather(*(database.write(count) for _ in range(50)))
        sql = "SELECT size FROM thing WHERE name = ?"
        assert await database.read(lambda tx: scalar(tx, sql, "counter")) == 50

    on(settings, scenario)


def test_numbers_never_come_twice(settings: Settings) -> None:
    async def scenario(database: Database) -> None:
        async def next_one(tx: Tx) -> int:
            return int(await scalar(tx, tx.dialect.next_id("file")))

        found = await asyncio.gather(*(database.write(next_one) for _ in range(40)))
        assert len(set(found)) == 40
        await database.write(lambda tx: tx.run(tx.dialect.restart("file", 7_000_000)))
        assert await database.write(next_one) == 7_000_000

    on(settings, scenario)


def test_prefixes_have_no_wildcards(settings: Settings) -> None:
    async def scenario(database: Database) -> None:
        for name in ("100% sure", "100 percent", "a_b", "axb", "back\\slash", "Ärger", "ärger"):
            await database.write(lambda tx, name=name: add(tx, name))  # type: ignore[misc]

        async def starting(prefix: str) -> list[str]:
            async def look(tx: Tx) -> Any:
                condition = tx.dialect.starts_with("name")
                sql = f"SELECT name FROM thing WHERE {condition} ORDER BY name"
                return await tx.all(sql, like_prefix(prefix))

            return [row["name"] for row in await database.read(look)]

        assert await starting("100%") == ["100% sure"]
        assert await starting("a_") == ["a_b"]
        assert await starting("back\\") == ["back\\slash"]
        assert await starting("ä") == ["ärger"]
        assert await starting("A") == []

    on(settings, scenario)


def test_opening_again_changes_nothing(settings: Settings) -> None:
    async def entities(database: Database) -> int:
        found = await database.read(lambda tx: scalar(tx, "SELECT count(*) FROM entity"))
        await database.close()
        return int(found)

    async def play() -> None:
        first = await entities(await app.open_database(settings))
        assert await entities(await app.open_database(settings)) == first > 0

    asyncio.run(play())


def test_servers_that_start_at_once_share_a_new_database(postgres_url: str, tmp_path: Path) -> None:
    url = asyncio.run(fresh_database(postgres_url))
    settings = Settings(data=str(tmp_path), database=url)

    async def play() -> None:
        found = await asyncio.gather(*(app.open_database(settings) for _ in range(4)))
        passwords = await asyncio.gather(*(app.create_admin(each) for each in found))
        assert sum(password is not None for password in passwords) == 1
        keys = await asyncio.gather(*(app.blob_key(each) for each in found))
        assert len(set(keys)) == 1
        for each in found:
            await each.close()

    asyncio.run(play())


def test_closing_finishes_what_was_asked(settings: Settings) -> None:
    async def play() -> None:
        database = await app.open_database(settings)
        make = "CREATE TABLE thing (name TEXT PRIMARY KEY, size INTEGER NOT NULL)"
        await database.write(lambda tx: tx.run(make))
        tasks = [
            asyncio.create_task(database.write(lambda tx, n=n: add(tx, f"{n:02}")))  # type: ignore[misc]
            for n in range(20)
        ]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*tasks)
        database = await app.open_database(settings)
        assert len(await names(database)) == 20
        await database.close()

    asyncio.run(play())


def test_work_awaits_nothing_but_its_transaction() -> None:
    async def wrong() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="other than its transaction"):
        drive(wrong())
