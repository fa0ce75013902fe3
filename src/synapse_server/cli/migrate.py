"""``synapse-server migrate``"""

from __future__ import annotations

import argparse
import asyncio

from synapse_server.cli import settings_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Bring the database to the present schema; the server does it at every start, too."""
    return asyncio.run(_migrate(args))


async def _migrate(args: argparse.Namespace) -> int:
    from synapse_server.app import open_database
    from synapse_server.kernel.migrations import HEAD

    database = await open_database(settings_of(args))
    await database.close()
    print(f"The database is at revision {HEAD}")
    return 0
