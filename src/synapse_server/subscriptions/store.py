"""SQL of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_wire.subscriptions import Direction, SubscriptionOrder

_COLUMNS: dict[SubscriptionOrder, str] = {
    "SUBSCRIPTION_ID": "id",
    "SUBSCRIBER_ID": "user_id",
    "OBJECT_ID": "object_id",
    "OBJECT_TYPE": "kind",
    "CREATED_ON": "created_on",
}


async def add(tx: Tx, user: int, kind: str, object_id: int) -> Row:
    """Follow a topic; the subscription, which may have been there."""
    id = int(await scalar(tx, tx.dialect.next_id("subscription")))
    await tx.run(
        "INSERT INTO subscription (id, user_id, kind, object_id, created_on)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        user,
        kind,
        object_id,
        now(),
    )
    row = await tx.one(
        "SELECT * FROM subscription WHERE user_id = ? AND kind = ? AND object_id = ?",
        user,
        kind,
        object_id,
    )
    assert row is not None
    return row


async def find(tx: Tx, id: int) -> Row | None:
    """A subscription."""
    return await tx.one("SELECT * FROM subscription WHERE id = ?", id)


async def page(
    tx: Tx,
    user: int,
    kind: str,
    order: SubscriptionOrder,
    direction: Direction,
    offset: int,
    limit: int,
    objects: Sequence[int] | None = None,
) -> Sequence[Row]:
    """A user's subscriptions of a type, perhaps of some objects only."""
    condition, values = "", tuple[int, ...]()
    if objects is not None:
        condition, values = f" AND object_id IN {marks(len(objects))}", tuple(objects)
    return await tx.all(
        f"SELECT * FROM subscription WHERE user_id = ? AND kind = ?{condition}"
        f" ORDER BY {_COLUMNS[order]} {direction}, id LIMIT ? OFFSET ?",
        user,
        kind,
        *values,
        limit,
        offset,
    )


async def delete(tx: Tx, id: int) -> None:
    """Remove a subscription."""
    await tx.run("DELETE FROM subscription WHERE id = ?", id)


async def delete_of(tx: Tx, user: int) -> None:
    """Remove all subscriptions of a user."""
    await tx.run("DELETE FROM subscription WHERE user_id = ?", user)


async def delete_topic(tx: Tx, kind: str, object_id: int) -> None:
    """Remove all subscriptions to a topic that is gone."""
    await tx.run("DELETE FROM subscription WHERE kind = ? AND object_id = ?", kind, object_id)


async def subscribers(tx: Tx, kind: str, object_id: int, offset: int, limit: int) -> list[int]:
    """Who follows a topic, by id."""
    rows = await tx.all(
        "SELECT user_id FROM subscription WHERE kind = ? AND object_id = ? ORDER BY user_id"
        " LIMIT ? OFFSET ?",
        kind,
        object_id,
        limit,
        offset,
    )
    return [row[0] for row in rows]


async def count(tx: Tx, kind: str, object_id: int) -> int:
    """How many follow a topic."""
    sql = "SELECT count(*) FROM subscription WHERE kind = ? AND object_id = ?"
    return int(await scalar(tx, sql, kind, object_id))
