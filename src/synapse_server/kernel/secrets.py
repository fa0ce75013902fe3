"""Secrets that the server makes for itself once and keeps in its database."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from synapse_server.kernel.database import Tx, scalar


async def obtain(tx: Tx, name: str, make: Callable[[], str]) -> str:
    """The secret of this name; made when it is first asked for."""
    found: str | None = await scalar(tx, "SELECT value FROM secret WHERE name = ?", name)
    if found is None:
        await tx.run(
            "INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, make()
        )
        found = await scalar(tx, "SELECT value FROM secret WHERE name = ?", name)
    assert found is not None
    return found


def random_key() -> str:
    """32 random bytes as hex."""
    return secrets.token_hex(32)
