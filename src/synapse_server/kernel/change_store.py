"""What changed: the feed that indexes beside the database follow.

Triggers note in ``object_change`` which object of which kind changed at which moment (decision
0024). Whoever keeps an index remembers a watermark and asks for what changed since.
"""

from __future__ import annotations

from synapse_server.kernel.database import Tx, scalar


async def watermark(tx: Tx) -> int:
    """From which moment on changes may come that this transaction does not see."""
    return int(await scalar(tx, tx.dialect.watermark()))


async def changed(tx: Tx, kind: str, since: int) -> list[int]:
    """The objects of a kind that changed at this moment or later."""
    sql = "SELECT id FROM object_change WHERE moment >= ? AND kind = ? ORDER BY id"
    return [row["id"] for row in await tx.all(sql, since, kind)]
