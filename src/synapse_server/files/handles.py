"""File handles by themselves: their rows and who made them. Knows nothing of entities."""

from __future__ import annotations

import re

import msgspec

from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.files import FileHandle, FileHandleBase

_decoder: msgspec.json.Decoder[FileHandle] = msgspec.json.Decoder(FileHandle)


_NAME = re.compile(r"[\w ,\-.+'()]+\Z")
_MOST_NAME = 256


def check_name(name: str | None) -> str:
    """The name of stored bytes, which keeps the rule of entities' names.

    Raises:
        BadRequest: It does not.
    """
    if not name or len(name) > _MOST_NAME or not _NAME.match(name):
        raise BadRequest(
            f"Invalid Name: {(name or '')[:_MOST_NAME]!r}. Names may only contain: letters, numbers,"
            " spaces, underscores, hyphens, periods, plus signs, apostrophes, and parentheses."
        )
    return name


def parse_id(text: str | None) -> int:
    """The number of a file handle."""
    return numbers.parse_id(text, "file handle")


async def find(tx: Tx, id: int, *, lock: bool = False, keep: bool = False) -> Row:
    """The row of a file handle; with ``lock`` to delete it, with ``keep`` to refer to it.

    Raises:
        NotFound: There is none.
    """
    suffix = tx.dialect.lock_row() if lock else tx.dialect.keep_row() if keep else ""
    row = await tx.one(f"SELECT * FROM file_handle WHERE id = ?{suffix}", id)
    if row is None:
        raise NotFound(f"The file handle {id} does not exist.")
    return row


async def find_many(tx: Tx, ids: list[int], *, keep: bool = False) -> dict[int, Row]:
    """The rows of those that exist; with ``keep`` to refer to them."""
    if not ids:
        return {}
    suffix = tx.dialect.keep_row() if keep else ""
    sql = f"SELECT * FROM file_handle WHERE id IN {marks(len(ids))}{suffix}"
    rows = await tx.all(sql, *ids)
    return {row["id"]: row for row in rows}


async def own(
    tx: Tx, caller: Caller, text: str | None, *, lock: bool = False, keep: bool = False
) -> Row:
    """The row of a file handle that the caller made; see ``find``.

    Raises:
        NotFound: There is none.
        Forbidden: Somebody else made it.
    """
    row = await find(tx, parse_id(text), lock=lock, keep=keep)
    if row["created_by"] != caller.id and not caller.is_admin:
        raise Forbidden(f"Only the creator of the file handle {row['id']} may use it.")
    return row


async def require_own(tx: Tx, caller: Caller, text: str | None) -> int:
    """The number of a file handle that the caller made, to refer to it."""
    return int((await own(tx, caller, text, keep=True))["id"])


async def same_content(tx: Tx, old: int, new: int) -> bool:
    """Whether two handles are known to hold the same bytes."""
    rows = await find_many(tx, [old, new])
    first, second = rows.get(old), rows.get(new)
    return (
        first is not None
        and second is not None
        and first["md5"] is not None
        and first["md5"] == second["md5"]
    )


def to_handle(row: Row) -> FileHandle:
    """The struct of a row."""
    handle = _decoder.decode(row["body"])
    handle.id = str(row["id"])
    handle.etag = row["etag"]
    handle.created_by = str(row["created_by"])
    handle.created_on = handle.modified_on = iso(row["created_on"])
    handle.content_md5 = row["md5"]
    handle.content_size = row["size"]
    if not handle.file_name:
        handle.file_name = "NOT_SET"
    if not handle.content_type:
        handle.content_type = "NOT_SET"
    handle.status = "AVAILABLE"
    return handle


async def add(
    tx: Tx, caller_id: int, handle: FileHandleBase, blob: str | None, *, number: int | None = None
) -> int:
    """Insert a handle; its number.

    Args:
        tx: The transaction.
        caller_id: Whose it is.
        handle: What is known of the bytes; its id, etag and dates are not looked at.
        blob: The key of the bytes in our own store, or None.
        number: The handle's number, a new one unless given.
    """
    id = int(await scalar(tx, tx.dialect.next_id("file"))) if number is None else number
    kept = msgspec.structs.replace(
        handle,
        id=None,
        etag=None,
        created_by=None,
        created_on=None,
        modified_on=None,
        content_md5=None,
        content_size=None,
        status=None,
    )
    await tx.run(
        "INSERT INTO file_handle (id, etag, created_by, created_on, md5, size, blob, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        new_etag(),
        caller_id,
        now(),
        handle.content_md5,
        handle.content_size,
        blob,
        msgspec.json.encode(kept).decode(),
    )
    return id


async def has_entity(tx: Tx, id: int) -> bool:
    """Whether a version of an entity has this handle."""
    sql = "SELECT 1 FROM entity_version WHERE file_handle_id = ? LIMIT 1"
    return await scalar(tx, sql, id) is not None


async def delete(tx: Tx, id: int) -> None:
    """Remove a handle; its bytes go when no handle has them."""
    await tx.run("DELETE FROM file_handle WHERE id = ?", id)


async def shares(tx: Tx, blob: str) -> int:
    """How many handles have these bytes."""
    return int(await scalar(tx, "SELECT count(*) FROM file_handle WHERE blob = ?", blob))


async def entity_versions(tx: Tx, handle: int, entity: int) -> bool:
    """Whether some version of the entity has this handle."""
    sql = "SELECT 1 FROM entity_version WHERE file_handle_id = ? AND entity_id = ? LIMIT 1"
    return await scalar(tx, sql, handle, entity) is not None
