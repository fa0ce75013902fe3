"""SQL of ACLs. ``kind`` says what they protect: entities here, teams and more later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from synapse_server.access.bits import READ
from synapse_server.kernel.caller import PUBLIC, Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx

ENTITY = "entity"

_MINE = (
    "(principal_id IN (?, ?, ?) OR principal_id IN"
    " (SELECT group_id FROM group_member WHERE member_id = ?))"
)


def readable(column: str) -> str:
    """Condition: the caller may read what this benefactor column names.

    Its values come from ``readable_values``.
    """
    # By owner, not by principal: a public group stands in the ACLs of a great many entities.
    return (
        f"EXISTS (SELECT 1 FROM acl_entry WHERE kind = 'entity' AND owner_id = {column}"
        f" AND access & {READ} <> 0 AND {_MINE})"
    )


def readable_values(caller: Caller) -> tuple[int, int, int, int]:
    """The values of ``readable``."""
    return (*caller.principals, caller.id)


async def granted(tx: Tx, caller: Caller, kind: str, owner: int) -> int:
    """The bits that all entries for the caller and their groups give together."""
    return (await granted_and_public(tx, caller, kind, owner))[0]


async def granted_and_public(tx: Tx, caller: Caller, kind: str, owner: int) -> tuple[int, int]:
    """The same, and the bits that everybody has; looked up once where nothing changes it."""
    key = ("granted", caller.id, kind, owner)
    if tx.memo is not None and key in tx.memo:
        return cast("tuple[int, int]", tx.memo[key])
    rows = await tx.all(
        f"SELECT principal_id, access FROM acl_entry WHERE kind = ? AND owner_id = ? AND {_MINE}",
        kind,
        owner,
        *caller.principals,
        caller.id,
    )
    bits = public = 0
    for row in rows:
        bits |= row["access"]
        if row["principal_id"] == PUBLIC:
            public = row["access"]
    if tx.memo is not None:
        tx.memo[key] = bits, public
    return bits, public


async def entry(tx: Tx, kind: str, owner: int, principal: int) -> int:
    """The bits of one entry, 0 without one."""
    row = await tx.one(
        "SELECT access FROM acl_entry WHERE kind = ? AND owner_id = ? AND principal_id = ?",
        kind,
        owner,
        principal,
    )
    return 0 if row is None else row[0]


async def get(tx: Tx, kind: str, owner: int) -> tuple[Row, Sequence[Row]] | None:
    """An ACL and its entries."""
    acl = await tx.one("SELECT * FROM acl WHERE kind = ? AND owner_id = ?", kind, owner)
    if acl is None:
        return None
    entries = await tx.all(
        "SELECT principal_id, access FROM acl_entry WHERE kind = ? AND owner_id = ?"
        " ORDER BY principal_id",
        kind,
        owner,
    )
    return acl, entries


async def put(tx: Tx, kind: str, owner: int, etag: str, entries: dict[int, int]) -> None:
    """Create or replace an ACL."""
    await tx.run(
        "INSERT INTO acl (kind, owner_id, etag, created_on) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind, owner_id) DO UPDATE SET etag = excluded.etag",
        kind,
        owner,
        etag,
        now(),
    )
    await tx.run("DELETE FROM acl_entry WHERE kind = ? AND owner_id = ?", kind, owner)
    await tx.many(
        "INSERT INTO acl_entry (kind, owner_id, principal_id, access) VALUES (?, ?, ?, ?)",
        [(kind, owner, principal, bits) for principal, bits in entries.items()],
    )


async def delete(tx: Tx, kind: str, owner: int) -> None:
    """Remove an ACL."""
    await tx.run("DELETE FROM acl_entry WHERE kind = ? AND owner_id = ?", kind, owner)
    await tx.run("DELETE FROM acl WHERE kind = ? AND owner_id = ?", kind, owner)
