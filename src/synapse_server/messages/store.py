"""SQL of messages."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_wire.messages import MessageOrder, Status

_ORDERS = {"SEND_DATE": "m.created_on", "SUBJECT": "COALESCE(m.subject, '')"}
_MINE = (
    "(m.created_by = ? OR EXISTS (SELECT 1 FROM message_recipient r WHERE r.message_id = m.id"
    " AND r.user_id = ?))"
)


def _order(order: MessageOrder, descending: bool) -> str:
    direction = "DESC" if descending else "ASC"
    return f" ORDER BY {_ORDERS[order]} {direction}, m.id {direction} LIMIT ? OFFSET ?"


async def next_id(tx: Tx) -> int:
    """A new message's number."""
    return int(await scalar(tx, tx.dialect.next_id("message")))


async def add(
    tx: Tx, id: int, sender: int, subject: str | None, handle: int, root: int, body: str
) -> None:
    """Insert a message."""
    await tx.run(
        "INSERT INTO message (id, created_by, created_on, subject, file_handle_id, root_id, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        sender,
        now(),
        subject,
        handle,
        root,
        body,
    )


async def deliver(tx: Tx, id: int, receivers: Sequence[tuple[int, Status]]) -> None:
    """Put a message into inboxes."""
    await tx.many(
        "INSERT INTO message_recipient (user_id, message_id, status) VALUES (?, ?, ?)",
        [(user, id, status) for user, status in receivers],
    )


async def find(tx: Tx, id: int) -> Row | None:
    """A message."""
    return await tx.one("SELECT * FROM message WHERE id = ?", id)


async def has_received(tx: Tx, id: int, user: int) -> bool:
    """Whether a message went to a user."""
    sql = "SELECT 1 FROM message_recipient WHERE user_id = ? AND message_id = ?"
    return await scalar(tx, sql, user, id) is not None


async def sent_since(tx: Tx, sender: int, moment: int) -> int:
    """How many messages somebody has sent since then."""
    sql = "SELECT count(*) FROM message WHERE created_by = ? AND created_on > ?"
    return int(await scalar(tx, sql, sender, moment))


async def inbox(
    tx: Tx,
    user: int,
    statuses: Sequence[Status],
    order: MessageOrder,
    descending: bool,
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """What a user has received and has these statuses."""
    return await tx.all(
        "SELECT m.*, r.status FROM message_recipient r JOIN message m ON m.id = r.message_id"
        f" WHERE r.user_id = ? AND r.status IN {marks(len(statuses))}{_order(order, descending)}",
        user,
        *statuses,
        limit,
        offset,
    )


async def outbox(
    tx: Tx, user: int, order: MessageOrder, descending: bool, offset: int, limit: int
) -> Sequence[Row]:
    """What a user has sent."""
    return await tx.all(
        f"SELECT m.* FROM message m WHERE m.created_by = ?{_order(order, descending)}",
        user,
        limit,
        offset,
    )


async def conversation(
    tx: Tx, root: int, user: int, order: MessageOrder, descending: bool, offset: int, limit: int
) -> Sequence[Row]:
    """The messages of a conversation that a user has sent or received."""
    return await tx.all(
        f"SELECT m.* FROM message m WHERE m.root_id = ? AND {_MINE}{_order(order, descending)}",
        root,
        user,
        user,
        limit,
        offset,
    )


async def set_status(tx: Tx, id: int, user: int, status: Status) -> bool:
    """Note what a receiver has done with a message; False if they are none."""
    sql = "UPDATE message_recipient SET status = ? WHERE user_id = ? AND message_id = ?"
    return await tx.run(sql, status, user, id) == 1


async def with_file(tx: Tx, handle: int) -> int | None:
    """A message whose text this file handle is."""
    found = await scalar(tx, "SELECT id FROM message WHERE file_handle_id = ? LIMIT 1", handle)
    return None if found is None else int(found)


async def delete(tx: Tx, id: int) -> None:
    """Remove a message from everywhere."""
    await tx.run("DELETE FROM message_recipient WHERE message_id = ?", id)
    await tx.run("DELETE FROM message WHERE id = ?", id)
