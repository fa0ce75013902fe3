"""SQL of ACLs. ``kind`` says what they protect: entities here, teams and more later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synapse_server.access.bits import EXEMPTION_ELIGIBLE, READ
from synapse_server.kernel.caller import PUBLIC, Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, chunks, marks

ENTITY = "entity"
REQUIREMENT = "requirement"
TEAM = "team"
EVALUATION = "evaluation"

# Asked by entry, not by team: an ACL has few entries, and somebody may be in many teams.
MINE = (
    # Not IN: SQLite makes a table of what is in it, for every statement anew.
    "(principal_id = ? OR principal_id = ? OR principal_id = ? OR EXISTS (SELECT 1 FROM group_member"
    " WHERE member_id = ? AND group_id = acl_entry.principal_id))"
)
"""Condition: an entry names the caller or a group of theirs. Its values: ``readable_values``."""
_GRANTED = f"SELECT principal_id, access FROM acl_entry WHERE kind = ? AND owner_id = ? AND {MINE}"


def readable(column: str) -> str:
    """Condition: the caller may read what this benefactor column names.

    Its values come from ``readable_values``.
    """
    return granting(ENTITY, column, READ)


def granting(kind: str, column: str, bit: int) -> str:
    """Condition: what this column names gives the caller one kind of access.

    Its values come from ``readable_values``.
    """
    # By owner, not by principal: a public group stands in the ACLs of a great many entities.
    return (
        f"EXISTS (SELECT 1 FROM acl_entry WHERE kind = '{kind}' AND owner_id = {column}"
        f" AND access & {bit} <> 0 AND {MINE})"
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
        known: tuple[int, int] = tx.memo[key]
        return known
    rows = await tx.all(
        _GRANTED,
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


async def allowing(tx: Tx, caller: Caller, kind: str, bit: int, owners: Iterable[int]) -> set[int]:
    """Those owners of ACLs of this kind that give the caller this access."""
    found: set[int] = set()
    for some in chunks(list(owners)):
        rows = await tx.all(
            f"SELECT a.owner_id FROM acl a WHERE a.kind = '{kind}'"
            f" AND a.owner_id IN {marks(len(some))} AND {granting(kind, 'a.owner_id', bit)}",
            *some,
            *readable_values(caller),
        )
        found.update(row["owner_id"] for row in rows)
    return found


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


async def put_entry(tx: Tx, kind: str, owner: int, etag: str, principal: int, bits: int) -> None:
    """Change what one principal may do; with 0 they are named no more."""
    await tx.run(
        "DELETE FROM acl_entry WHERE kind = ? AND owner_id = ? AND principal_id = ?",
        kind,
        owner,
        principal,
    )
    if bits:
        await tx.run(
            "INSERT INTO acl_entry (kind, owner_id, principal_id, access) VALUES (?, ?, ?, ?)",
            kind,
            owner,
            principal,
            bits,
        )
    await tx.run("UPDATE acl SET etag = ? WHERE kind = ? AND owner_id = ?", etag, kind, owner)


async def forget_principal(tx: Tx, principal: int, etag: str) -> None:
    """Take a principal that is deleted out of all ACLs."""
    await tx.run(
        "UPDATE acl SET etag = ? WHERE (kind, owner_id) IN"
        " (SELECT kind, owner_id FROM acl_entry WHERE principal_id = ?)",
        etag,
        principal,
    )
    await tx.run("DELETE FROM acl_entry WHERE principal_id = ?", principal)


async def delete(tx: Tx, kind: str, owner: int) -> None:
    """Remove an ACL."""
    await tx.run("DELETE FROM acl_entry WHERE kind = ? AND owner_id = ?", kind, owner)
    await tx.run("DELETE FROM acl WHERE kind = ? AND owner_id = ?", kind, owner)


# ------------------------------------------------------------------ access requirements

_STANDING = f"""
    SELECT DISTINCT r.id, r.type, r.two_factor,
           EXISTS (SELECT 1 FROM access_approval a WHERE a.accessor_id = ?
                   AND a.requirement_id = r.id AND a.state = 'APPROVED'
                   AND (a.expires_on IS NULL OR a.expires_on > ?)) AS is_approved,
           EXISTS (SELECT 1 FROM acl_entry WHERE kind = '{REQUIREMENT}' AND owner_id = r.id
                   AND access & {EXEMPTION_ELIGIBLE} <> 0 AND {MINE}) AS exempts
    FROM requirement_subject s JOIN access_requirement r ON r.id = s.requirement_id
"""


async def standings(tx: Tx, caller: Caller, kind: str, subject: int) -> Sequence[Row]:
    """The requirements that hold for a team, or for an entity that one is on, and how the caller
    stands to each.

    An entity that no requirement is on has none here: ask for its ``restricted_by``.
    """
    values = (caller.id, now(), *caller.principals, caller.id)
    if kind != ENTITY:
        sql = f"{_STANDING} WHERE s.kind = ? AND s.subject_id = ? ORDER BY r.id"
        return await tx.all(sql, *values, kind, subject)
    # From one restricted entity to the next above it, not through all that lie between.
    sql = (
        "WITH RECURSIVE above (id) AS (SELECT CAST(? AS BIGINT)"
        " UNION ALL SELECT p.restricted_by FROM above a JOIN entity e ON e.id = a.id"
        " JOIN entity p ON p.id = e.parent_id WHERE p.restricted_by <> 0)"
        f"{_STANDING} WHERE s.kind = '{ENTITY}' AND s.subject_id IN (SELECT id FROM above)"
        " ORDER BY r.id"
    )
    return await tx.all(sql, subject, *values)
