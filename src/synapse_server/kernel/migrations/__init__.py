"""Bring a database to the present schema, with Alembic on both kinds of database."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0024"
"""The newest revision; a test compares it with the files in ``versions``."""


def upgrade_sqlite(path: Path) -> bool:
    """Upgrade a SQLite file, creating it if needed; whether anything was to do.

    A file that is up to date is found so without importing Alembic: starts stay quick.
    """
    connection = sqlite3.connect(path)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    finally:
        connection.close()
    if row is not None and row[0] == HEAD:
        return False
    from sqlalchemy import create_engine  # late: heavy, and only upgrades need it

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as transaction:
        _upgrade(transaction)
    engine.dispose()
    return True


async def upgrade_postgres(url: str) -> bool:
    """Upgrade a PostgreSQL database; whether anything was to do."""
    import asyncpg  # late: the extra ``postgres`` may not be installed
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is not None:
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
            if found == HEAD:
                return False
    finally:
        await connection.close()
    # SQLAlchemy would read libpq's socket form of the address differently: connect ourselves.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url)
    )
    async with engine.begin() as transaction:
        # Several processes may start at once; one upgrades, the others wait and find it done.
        await transaction.execute(text("SELECT pg_advisory_xact_lock(7253981)"))
        await transaction.run_sync(_upgrade)
    await engine.dispose()
    return True


def _upgrade(connection: Any) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Any) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(url_or_path: str | Path) -> bool:
    """Upgrade either kind of database from blocking code."""
    if isinstance(url_or_path, Path):
        return upgrade_sqlite(url_or_path)
    return asyncio.run(upgrade_postgres(url_or_path))
