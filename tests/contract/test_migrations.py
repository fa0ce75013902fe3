"""What is in a database of an earlier revision after it was brought to the present one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from synapse_server.access import store as acls
from synapse_server.kernel import change_store as changes
from synapse_server.kernel import migrations
from synapse_server.kernel.database import Database, Tx
from synapse_server.kernel.postgres import Postgres
from synapse_server.kernel.sqlite import SQLite
from synapse_server.teams import service as teams
from synapse_server.teams import store
from synapse_server.users import service as users
from synapse_server.users import store as principals
from tests.services import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """A new database of each kind."""
    if request.param == "sqlite":
        return tmp_path / "synapse.db"
    return asyncio.run(fresh_database(request.getfixturevalue("postgres_url")))


async def open_database(where: str | Path) -> Database:
    return SQLite(where) if isinstance(where, Path) else await Postgres.open(where)


def upgrade_to(where: str | Path, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    def upgrade(connection: Any) -> None:
        command.upgrade(migrations._config(connection), revision)

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_upgrade", upgrade)
        migrations.upgrade(where)


def test_teams_that_were_principals_only(
    where: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_to(where, "0010", monkeypatch)

    async def add(tx: Tx) -> None:
        await tx.many(  # by hand: the code of today knows the tables of today
            "INSERT INTO principal (id, kind, name, etag, created_on) VALUES (?, ?, ?, 'e', 0)",
            users.BOOTSTRAPPED,
        )

    async def fill() -> None:
        database = await open_database(where)
        await database.write(add)
        await database.close()

    asyncio.run(fill())
    assert migrations.upgrade(where)

    async def look(tx: Tx) -> list[Any]:
        found = []
        for id in teams.BOOTSTRAPPED:
            acl = await acls.get(tx, acls.TEAM, id)
            assert acl is not None
            entries = {row["principal_id"]: row["access"] for row in acl[1]}
            managers = [row["id"] for row in await store.managers(tx, id)]
            found.append((await teams.get(tx, id), entries, managers))
        return found

    async def check() -> None:
        database = await open_database(where)
        for team, entries, managers in await database.read(look):
            assert (team.can_public_join, team.created_by) == (False, str(users.MIGRATION_ADMIN))
            assert managers == [users.MIGRATION_ADMIN]
            assert entries == {
                users.MIGRATION_ADMIN: teams.MANAGER,
                int(team.id): teams.MEMBER,
                273948: teams.MEMBER,
            }
        assert await database.read(lambda tx: principals.is_member(tx, 2, users.MIGRATION_ADMIN))
        await database.close()

    asyncio.run(check())


def test_changes_of_what_was_there_before(
    where: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_to(where, "0021", monkeypatch)

    async def fill(change: Any) -> None:
        database = await open_database(where)
        await database.write(change)
        await database.close()

    async def add(tx: Tx) -> None:
        await tx.run(
            "INSERT INTO entity (id, type, name, parent_id, benefactor_id, etag, version,"
            " next_version, created_by, created_on) VALUES (7, 'file', 'old', 1, 1, 'e', 1, 2, 1, 0)"
        )

    asyncio.run(fill(add))
    migrations.upgrade(where)

    async def change(tx: Tx) -> None:
        assert await changes.changed(tx, "entity", 0) == []
        await tx.run("UPDATE entity SET name = 'new' WHERE id = 7")
        assert await changes.changed(tx, "entity", 0) == [7]

    asyncio.run(fill(change))
