"""SQL of uploads in parts."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, scalar


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """An upload."""
    suffix = tx.dialect.lock_row() if lock else ""
    return await tx.one(f"SELECT * FROM upload WHERE id = ?{suffix}", id)


async def find_same(tx: Tx, user: int, fingerprint: str) -> Row | None:
    """The upload that the same request of the same user started."""
    sql = "SELECT * FROM upload WHERE user_id = ? AND fingerprint = ?"
    return await tx.one(sql, user, fingerprint)


async def add(
    tx: Tx,
    user: int,
    fingerprint: str,
    store_upload: str,
    blob: str,
    parts: int,
    request: str,
) -> bool:
    """Record an upload; False when the same request has started one meanwhile."""
    id = int(await scalar(tx, tx.dialect.next_id("upload")))
    moment = now()
    changed = await tx.run(
        "INSERT INTO upload (id, user_id, fingerprint, state, store_upload, blob, parts, request,"
        " started_on, updated_on) VALUES (?, ?, ?, 'UPLOADING', ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        id,
        user,
        fingerprint,
        store_upload,
        blob,
        parts,
        request,
        moment,
        moment,
    )
    return changed == 1


async def forget(tx: Tx, id: int) -> None:
    """Remove an upload's record; its handle stays."""
    await tx.run("DELETE FROM upload_part WHERE upload_id = ?", id)
    await tx.run("DELETE FROM upload WHERE id = ?", id)


async def add_part(tx: Tx, id: int, number: int, md5: str) -> None:
    """Note a confirmed part; the last one of a number counts."""
    await tx.run(
        "INSERT INTO upload_part (upload_id, number, md5) VALUES (?, ?, ?)"
        " ON CONFLICT (upload_id, number) DO UPDATE SET md5 = excluded.md5",
        id,
        number,
        md5,
    )
    await tx.run("UPDATE upload SET updated_on = ? WHERE id = ?", now(), id)


async def parts(tx: Tx, id: int) -> Sequence[Row]:
    """The confirmed parts in order."""
    sql = "SELECT number, md5 FROM upload_part WHERE upload_id = ? ORDER BY number"
    return await tx.all(sql, id)


async def complete(tx: Tx, id: int, handle: int) -> None:
    """Note the file handle that came of an upload."""
    await tx.run(
        "UPDATE upload SET state = 'COMPLETED', file_handle_id = ?, updated_on = ? WHERE id = ?",
        handle,
        now(),
        id,
    )


async def abandoned(tx: Tx, before: int, limit: int) -> Sequence[Row]:
    """Uploads that nobody went on with since then."""
    return await tx.all(
        "SELECT * FROM upload WHERE updated_on < ? ORDER BY updated_on LIMIT ?", before, limit
    )
