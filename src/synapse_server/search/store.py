"""The SQL of search."""

from __future__ import annotations

from synapse_server.kernel.database import Tx


async def ids_after(tx: Tx, id: int, most: int) -> list[int]:
    """A page of all entities that are not in the trash can, by id."""
    sql = "SELECT id FROM entity WHERE id > ? AND trash_root IS NULL ORDER BY id LIMIT ?"
    return [row["id"] for row in await tx.all(sql, id, most)]
