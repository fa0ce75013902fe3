"""Activities by themselves: their rows, who made them, what they used."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from synapse_server.entities import ids
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, marks, pairs, scalar
from synapse_wire.base import iso
from synapse_wire.errors import Forbidden, NotFound
from synapse_wire.provenance import Activity, UsedEntity

LATEST = 0
"""Stands for the version of a reference that names none."""
_AT_ONCE = 400
_read = msgspec.json.Decoder(Activity).decode


def parse_id(text: str) -> int:
    """The number of an activity."""
    return numbers.parse_id(text, "activity")


async def find(tx: Tx, id: int, *, lock: bool = False, keep: bool = False) -> Row:
    """The row of an activity; with ``lock`` to change it, with ``keep`` to refer to it.

    Raises:
        NotFound: There is none.
    """
    suffix = tx.dialect.lock_row() if lock else tx.dialect.keep_row() if keep else ""
    row = await tx.one(f"SELECT * FROM activity WHERE id = ?{suffix}", id)
    if row is None:
        raise NotFound(f"Activity {id} does not exist.")
    return row


async def find_many(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """The rows of those that exist."""
    if not ids:
        return {}
    rows = await tx.all(f"SELECT * FROM activity WHERE id IN {marks(len(ids))}", *ids)
    return {row["id"]: row for row in rows}


async def require_own(tx: Tx, caller: Caller, text: str) -> int:
    """The number of an activity that the caller made: only they may use it for an entity."""
    row = await find(tx, parse_id(text), keep=True)
    if row["created_by"] != caller.id and not caller.is_admin:
        raise Forbidden("Only the creator of an activity may say that it generated an entity.")
    return int(row["id"])


def to_activity(row: Row) -> Activity:
    """The struct of a row."""
    activity = _read(row["body"])
    activity.id = str(row["id"])
    activity.etag = row["etag"]
    activity.created_by = str(row["created_by"])
    activity.created_on = iso(row["created_on"])
    activity.modified_by = str(row["modified_by"])
    activity.modified_on = iso(row["modified_on"])
    activity.used = activity.used or []
    return activity


async def add(tx: Tx, caller: Caller, activity: Activity) -> int:
    """Insert an activity; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("activity")))
    moment = now()
    await tx.run(
        "INSERT INTO activity (id, etag, created_by, created_on, modified_by, modified_on, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        new_etag(),
        caller.id,
        moment,
        caller.id,
        moment,
        _body(activity),
    )
    await _note_used(tx, id, activity)
    return id


async def replace(tx: Tx, caller: Caller, id: int, activity: Activity) -> None:
    """Change what an activity says."""
    await tx.run(
        "UPDATE activity SET etag = ?, modified_by = ?, modified_on = ?, body = ? WHERE id = ?",
        new_etag(),
        caller.id,
        now(),
        _body(activity),
        id,
    )
    await tx.run("DELETE FROM activity_used WHERE activity_id = ?", id)
    await _note_used(tx, id, activity)


async def delete(tx: Tx, id: int) -> None:
    """Remove an activity."""
    await tx.run("DELETE FROM activity_used WHERE activity_id = ?", id)
    await tx.run("DELETE FROM activity WHERE id = ?", id)


async def users_of(
    tx: Tx, versions: Sequence[tuple[int, int]], *, most: int
) -> Sequence[tuple[int, int, int]]:
    """Which activities used these versions: entity, version and activity. A version of
    ``LATEST`` finds those that named none."""
    found: list[tuple[int, int, int]] = []
    for start in range(0, len(versions), _AT_ONCE):
        some = versions[start : start + _AT_ONCE]
        rows = await tx.all(
            f"WITH wanted (id, number) AS (VALUES {pairs(len(some))})"
            " SELECT u.target_id, u.target_version, u.activity_id FROM wanted w"
            " CROSS JOIN activity_used u WHERE u.target_id = w.id AND u.target_version = w.number"
            " ORDER BY u.activity_id LIMIT ?",
            *(number for pair in some for number in pair),
            most,
        )
        found += [(row[0], row[1], row[2]) for row in rows]
    return found


def references(activity: Activity) -> list[tuple[int, int]]:
    """The entities that an activity used and which versions, ``LATEST`` if it names none."""
    return [
        (ids.parse(used.reference.target_id), used.reference.target_version_number or LATEST)
        for used in activity.used or ()
        if isinstance(used, UsedEntity) and used.reference is not None
    ]


async def _note_used(tx: Tx, id: int, activity: Activity) -> None:
    used = dict.fromkeys(references(activity))
    await tx.many(
        "INSERT INTO activity_used (activity_id, target_id, target_version) VALUES (?, ?, ?)",
        [(id, *pair) for pair in used],
    )


def _body(activity: Activity) -> str:
    kept = Activity(name=activity.name, description=activity.description, used=activity.used)
    return msgspec.json.encode(kept).decode()
