"""SQL of small uploads and of commits that were done."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, marks, scalar


async def add_upload(tx: Tx, user: int, md5: str, size: int, blob: str) -> Row:
    """The upload of these bytes by this user: a new one unless there is one already."""
    sql = "SELECT * FROM small_upload WHERE user_id = ? AND md5 = ? AND size = ?"
    found = await tx.one(sql, user, md5, size)
    if found is None:
        id = int(await scalar(tx, tx.dialect.next_id("small_upload")))
        found = await tx.one(
            "INSERT INTO small_upload (id, user_id, md5, size, blob, started_on)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *",
            id,
            user,
            md5,
            size,
            blob,
            now(),
        )
    if found is None:  # somebody was faster
        found = await tx.one(sql, user, md5, size)
    assert found is not None
    return found


async def find_uploads(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """Those of the uploads that there are."""
    if not ids:
        return {}
    rows = await tx.all(f"SELECT * FROM small_upload WHERE id IN {marks(len(ids))}", *ids)
    return {row["id"]: row for row in rows}


async def old_uploads(tx: Tx, before: int, most: int) -> Sequence[Row]:
    """Uploads that started long ago."""
    return await tx.all(
        "SELECT * FROM small_upload WHERE started_on < ? ORDER BY started_on LIMIT ?", before, most
    )


async def forget_upload(tx: Tx, id: int) -> None:
    """Remove the record of an upload; what it became stays."""
    await tx.run("DELETE FROM small_upload WHERE id = ?", id)


async def claim(tx: Tx, user: int, key: str, digest: str) -> Row | None:
    """Begin a commit, or find the one that was done under this key."""
    claimed = await tx.run(
        "INSERT INTO bulk_commit (user_id, key, digest, response, committed_on)"
        " VALUES (?, ?, ?, '', ?) ON CONFLICT DO NOTHING",
        user,
        key,
        digest,
        now(),
    )
    if claimed:
        return None
    return await tx.one("SELECT * FROM bulk_commit WHERE user_id = ? AND key = ?", user, key)


async def remember(tx: Tx, user: int, key: str, response: str) -> None:
    """Keep the answer of a commit."""
    await tx.run(
        "UPDATE bulk_commit SET response = ? WHERE user_id = ? AND key = ?", response, user, key
    )


async def forget_commits(tx: Tx, before: int) -> None:
    """Drop the answers of commits long ago."""
    await tx.run("DELETE FROM bulk_commit WHERE committed_on < ?", before)
