"""SQL of answers to the quiz."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, scalar


async def add_response(tx: Tx, user: int, score: int, passed: bool, body: str) -> Row:
    """Keep what a user answered, and how many answers were right."""
    id = int(await scalar(tx, tx.dialect.next_id("quiz_response")))
    await tx.run(
        "INSERT INTO quiz_response (id, user_id, score, passed, created_on, body)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        id,
        user,
        score,
        int(passed),
        now(),
        body,
    )
    row = await response(tx, id)
    assert row is not None, "it was stored in this transaction"
    return row


async def response(tx: Tx, id: int) -> Row | None:
    """What somebody answered."""
    return await tx.one("SELECT * FROM quiz_response WHERE id = ?", id)


async def responses(tx: Tx, user: int | None, offset: int, limit: int) -> Sequence[Row]:
    """What everybody, or a user, has answered, the latest first."""
    where = "" if user is None else " WHERE user_id = ?"
    return await tx.all(
        f"SELECT * FROM quiz_response{where} ORDER BY created_on DESC, id DESC LIMIT ? OFFSET ?",
        *(() if user is None else (user,)),
        limit,
        offset,
    )


async def revoke_responses(tx: Tx, user: int) -> None:
    """Note that what a user has passed counts no more."""
    await tx.run(
        "UPDATE quiz_response SET revoked_on = ?"
        " WHERE user_id = ? AND passed = 1 AND revoked_on IS NULL",
        now(),
        user,
    )


async def delete_response(tx: Tx, id: int) -> bool:
    """Forget what somebody answered; False if there is nothing."""
    return await tx.run("DELETE FROM quiz_response WHERE id = ?", id) == 1
