"""The SQL of what administrators see of the server."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.caller import ADMINISTRATORS
from synapse_server.kernel.database import Row, Tx, scalar
from synapse_server.kernel.dialect import like_prefix

_MOST_FAILED = 10


async def database_bytes(tx: Tx) -> int:
    """What the database takes."""
    return int(await scalar(tx, tx.dialect.database_bytes()))


async def count_users(tx: Tx) -> int:
    """How many users there are."""
    return int(await scalar(tx, "SELECT count(*) FROM account"))


async def count_entities(tx: Tx) -> Sequence[Row]:
    """How many entities of each type there are outside of the trash can, the root apart."""
    return await tx.all(
        "SELECT type, count(*) AS number FROM entity WHERE trash_root IS NULL"
        " AND parent_id IS NOT NULL GROUP BY type ORDER BY 2 DESC, 1"
    )


async def count_trashed(tx: Tx) -> int:
    """How many entities are in the trash can."""
    return int(await scalar(tx, "SELECT count(*) FROM entity WHERE trash_root IS NOT NULL"))


async def sum_files(tx: Tx) -> tuple[int, int]:
    """How many file handles there are, and the bytes of those in the store."""
    count = await scalar(tx, "SELECT count(*) FROM file_handle")
    size = await scalar(
        tx,
        "SELECT coalesce(sum(size), 0) FROM"
        " (SELECT blob, max(size) AS size FROM file_handle WHERE blob IS NOT NULL GROUP BY blob) b",
    )
    return int(count), int(size)


async def count_jobs(tx: Tx) -> Sequence[Row]:
    """How many jobs are in each state."""
    return await tx.all("SELECT state, count(*) AS number FROM job GROUP BY state ORDER BY state")


async def failed_jobs(tx: Tx) -> Sequence[Row]:
    """Those that failed last."""
    return await tx.all(
        "SELECT id, kind, user_id, changed_on, error FROM job WHERE state = 'FAILED'"
        " ORDER BY changed_on DESC, id DESC LIMIT ?",
        _MOST_FAILED,
    )


async def accounts(tx: Tx, fragment: str, offset: int, limit: int) -> Sequence[Row]:
    """A page of users whose name or address has this text in it."""
    pattern = "%" + like_prefix(fragment.lower())
    return await tx.all(
        "SELECT p.id, p.name, p.created_on, a.is_certified, a.is_disabled, a.notification_email,"
        " a.authenticated_on, (SELECT count(*) FROM group_member g WHERE g.member_id = p.id"
        " AND g.group_id = ?) AS is_admin, (SELECT coalesce(sum(f.size), 0) FROM file_handle f"
        " WHERE f.created_by = p.id AND f.blob IS NOT NULL) AS bytes"
        " FROM account a JOIN principal p ON p.id = a.id"
        " WHERE lower(p.name) LIKE ? ESCAPE '\\'"
        " OR lower(coalesce(a.notification_email, '')) LIKE ? ESCAPE '\\'"
        " ORDER BY lower(p.name), p.id LIMIT ? OFFSET ?",
        ADMINISTRATORS,
        pattern,
        pattern,
        limit,
        offset,
    )
