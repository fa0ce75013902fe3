"""SQL of evaluations and their rounds."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.access import store as acls
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx, marks, scalar

_TAKES_NOW = """
    (e.takes_from IS NULL OR e.takes_from <= ?) AND (e.takes_until IS NULL OR e.takes_until > ?)
    AND (NOT EXISTS (SELECT 1 FROM evaluation_round r WHERE r.evaluation_id = e.id)
         OR EXISTS (SELECT 1 FROM evaluation_round r
                    WHERE r.evaluation_id = e.id AND r.starts <= ? AND r.ends > ?))
"""


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """An evaluation; with ``lock`` nobody else changes it or submits to it until commit."""
    suffix = tx.dialect.lock_row() if lock else ""
    return await tx.one(f"SELECT * FROM evaluation WHERE id = ?{suffix}", id)


async def find_named(tx: Tx, name: str) -> Row | None:
    """The evaluation of this name."""
    return await tx.one("SELECT * FROM evaluation WHERE name = ?", name)


async def add(
    tx: Tx,
    name: str,
    owner: int,
    moment: int,
    content_source: int,
    body: str,
    takes: tuple[int | None, int | None],
) -> int:
    """Insert an evaluation; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("evaluation")))
    await tx.run(
        "INSERT INTO evaluation (id, etag, name, owner_id, created_on, content_source, takes_from,"
        " takes_until, body, batch_etag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        new_etag(),
        name,
        owner,
        moment,
        content_source,
        *takes,
        body,
        new_etag(),
    )
    return id


async def change(
    tx: Tx, id: int, name: str, body: str, takes: tuple[int | None, int | None]
) -> None:
    """Replace what an evaluation says; its etag is new."""
    await tx.run(
        "UPDATE evaluation SET etag = ?, name = ?, body = ?, takes_from = ?, takes_until = ?"
        " WHERE id = ?",
        new_etag(),
        name,
        body,
        *takes,
        id,
    )


async def delete(tx: Tx, id: int) -> None:
    """Remove an evaluation and its rounds."""
    await tx.run("DELETE FROM evaluation_round WHERE evaluation_id = ?", id)
    await tx.run("DELETE FROM evaluation WHERE id = ?", id)


async def renew_batch_etag(tx: Tx, id: int) -> str:
    """Mark that a status of this evaluation changed; the new mark."""
    etag = new_etag()
    await tx.run("UPDATE evaluation SET batch_etag = ? WHERE id = ?", etag, id)
    return etag


async def page(
    tx: Tx,
    caller: Caller,
    bit: int,
    offset: int,
    limit: int,
    *,
    content_source: int | None = None,
    ids: Sequence[int] | None = None,
    takes_at: int | None = None,
) -> Sequence[Row]:
    """Evaluations to which the caller has one kind of access, by name.

    Args:
        tx: The transaction.
        caller: Who asks.
        bit: The kind of access.
        offset: How many to skip.
        limit: How many to answer.
        content_source: Only those of this project.
        ids: Only these.
        takes_at: Only those that take submissions at this moment.
    """
    conditions, values = ["1 = 1"], list[int]()
    if not caller.is_admin:
        conditions.append(acls.granting(acls.EVALUATION, "e.id", bit))
        values += acls.readable_values(caller)
    if content_source is not None:
        conditions.append("e.content_source = ?")
        values.append(content_source)
    if ids is not None:
        conditions.append(f"e.id IN {marks(len(ids))}")
        values += ids
    if takes_at is not None:
        conditions.append(_TAKES_NOW)
        values += [takes_at] * 4
    return await tx.all(
        f"SELECT e.* FROM evaluation e WHERE {' AND '.join(conditions)} ORDER BY lower(e.name), e.id"
        " LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


# ------------------------------------------------------------------ rounds


async def find_round(tx: Tx, evaluation: int, id: int) -> Row | None:
    """A round of an evaluation."""
    return await tx.one(
        "SELECT * FROM evaluation_round WHERE id = ? AND evaluation_id = ?", id, evaluation
    )


async def round_at(tx: Tx, evaluation: int, moment: int) -> Row | None:
    """The round in which a moment lies."""
    return await tx.one(
        "SELECT * FROM evaluation_round WHERE evaluation_id = ? AND starts <= ? AND ends > ?",
        evaluation,
        moment,
        moment,
    )


async def round_between(
    tx: Tx, evaluation: int, starts: int, ends: int, *, but: int = 0
) -> Row | None:
    """A round, other than one, that overlaps this time."""
    return await tx.one(
        "SELECT * FROM evaluation_round WHERE evaluation_id = ? AND starts < ? AND ends > ?"
        " AND id <> ? LIMIT 1",
        evaluation,
        ends,
        starts,
        but,
    )


async def has_rounds(tx: Tx, evaluation: int) -> bool:
    """Whether an evaluation has any."""
    sql = "SELECT 1 FROM evaluation_round WHERE evaluation_id = ? LIMIT 1"
    return await scalar(tx, sql, evaluation) is not None


async def page_of_rounds(tx: Tx, evaluation: int, offset: int, limit: int) -> Sequence[Row]:
    """Rounds by their start."""
    return await tx.all(
        "SELECT * FROM evaluation_round WHERE evaluation_id = ? ORDER BY starts LIMIT ? OFFSET ?",
        evaluation,
        limit,
        offset,
    )


async def add_round(tx: Tx, evaluation: int, starts: int, ends: int, limits: str) -> int:
    """Insert a round; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("evaluation_round")))
    await tx.run(
        "INSERT INTO evaluation_round (id, etag, evaluation_id, starts, ends, limits)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        id,
        new_etag(),
        evaluation,
        starts,
        ends,
        limits,
    )
    return id


async def change_round(tx: Tx, id: int, starts: int, ends: int, limits: str) -> None:
    """Replace what a round says."""
    await tx.run(
        "UPDATE evaluation_round SET etag = ?, starts = ?, ends = ?, limits = ? WHERE id = ?",
        new_etag(),
        starts,
        ends,
        limits,
        id,
    )


async def delete_round(tx: Tx, id: int) -> None:
    """Remove a round."""
    await tx.run("DELETE FROM evaluation_round WHERE id = ?", id)
