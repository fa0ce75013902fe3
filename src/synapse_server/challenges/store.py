"""SQL of challenges and the teams registered for them."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.access import store as acls
from synapse_server.access.bits import READ, TEAM_MEMBERSHIP_UPDATE
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx, scalar

_IN_REGISTERED_TEAM = (
    "EXISTS (SELECT 1 FROM challenge_team ct JOIN group_member gm ON gm.group_id = ct.team_id"
    " WHERE ct.challenge_id = ? AND gm.member_id = g.member_id)"
)


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A challenge."""
    suffix = tx.dialect.lock_row() if lock else ""
    return await tx.one(f"SELECT * FROM challenge WHERE id = ?{suffix}", id)


async def of_project(tx: Tx, project: int) -> Row | None:
    """The challenge of a project."""
    return await tx.one("SELECT * FROM challenge WHERE project_id = ?", project)


async def add(tx: Tx, project: int, team: int) -> int:
    """Insert a challenge; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("challenge")))
    await tx.run(
        "INSERT INTO challenge (id, etag, project_id, team_id) VALUES (?, ?, ?, ?)",
        id,
        new_etag(),
        project,
        team,
    )
    return id


async def change(tx: Tx, id: int, team: int) -> None:
    """Replace the participant team."""
    sql = "UPDATE challenge SET etag = ?, team_id = ? WHERE id = ?"
    await tx.run(sql, new_etag(), team, id)


async def delete(tx: Tx, id: int) -> None:
    """Remove a challenge and its registrations."""
    await tx.run("DELETE FROM challenge_team WHERE challenge_id = ?", id)
    await tx.run("DELETE FROM challenge WHERE id = ?", id)


async def with_participant(
    tx: Tx, caller: Caller, participant: int, offset: int, limit: int
) -> Sequence[Row]:
    """The challenges that somebody takes part in and whose projects the caller may read."""
    condition, values = "", tuple[int, ...]()
    if not caller.is_admin:
        condition = f" AND {acls.granting(acls.ENTITY, 'e.benefactor_id', READ)}"
        values = acls.readable_values(caller)
    return await tx.all(
        "SELECT c.* FROM challenge c JOIN group_member g ON g.group_id = c.team_id"
        " JOIN entity e ON e.id = c.project_id WHERE g.member_id = ? AND e.trash_root IS NULL"
        f"{condition} ORDER BY c.id LIMIT ? OFFSET ?",
        participant,
        *values,
        limit,
        offset,
    )


async def participants(
    tx: Tx, challenge: Row, affiliated: bool | None, offset: int, limit: int
) -> list[int]:
    """Who takes part, by id: all, or those who are (not) in a registered team."""
    condition, values = "", tuple[int, ...]()
    if affiliated is not None:
        condition = f" AND {'' if affiliated else 'NOT '}{_IN_REGISTERED_TEAM}"
        values = (challenge["id"],)
    rows = await tx.all(
        f"SELECT g.member_id FROM group_member g WHERE g.group_id = ?{condition}"
        " ORDER BY g.member_id LIMIT ? OFFSET ?",
        challenge["team_id"],
        *values,
        limit,
        offset,
    )
    return [row[0] for row in rows]


# ------------------------------------------------------------------ registered teams


async def find_team(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A registration."""
    suffix = tx.dialect.lock_row() if lock else ""
    return await tx.one(f"SELECT * FROM challenge_team WHERE id = ?{suffix}", id)


async def is_registered(tx: Tx, challenge: int, team: int) -> bool:
    """Whether a team is registered."""
    sql = "SELECT 1 FROM challenge_team WHERE challenge_id = ? AND team_id = ?"
    return await scalar(tx, sql, challenge, team) is not None


async def add_team(tx: Tx, challenge: int, team: int, message: str | None) -> int | None:
    """Register a team; the registration's number, None if there is one already."""
    id = int(await scalar(tx, tx.dialect.next_id("challenge")))
    changed = await tx.run(
        "INSERT INTO challenge_team (id, etag, challenge_id, team_id, message)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        new_etag(),
        challenge,
        team,
        message,
    )
    return id if changed else None


async def change_team(tx: Tx, id: int, message: str | None) -> None:
    """Replace a registration's message."""
    sql = "UPDATE challenge_team SET etag = ?, message = ? WHERE id = ?"
    await tx.run(sql, new_etag(), message, id)


async def delete_team(tx: Tx, id: int) -> None:
    """Remove a registration."""
    await tx.run("DELETE FROM challenge_team WHERE id = ?", id)


async def teams(tx: Tx, challenge: int, offset: int, limit: int) -> Sequence[Row]:
    """Registrations, in order."""
    return await tx.all(
        "SELECT * FROM challenge_team WHERE challenge_id = ? ORDER BY id LIMIT ? OFFSET ?",
        challenge,
        limit,
        offset,
    )


async def registratable(
    tx: Tx, caller: Caller, challenge: int, offset: int, limit: int
) -> list[int]:
    """The teams that the caller, as a person, manages and that are not registered."""
    rows = await tx.all(
        "SELECT a.owner_id FROM acl_entry a WHERE a.kind = ? AND a.principal_id = ?"
        f" AND a.access & {TEAM_MEMBERSHIP_UPDATE} <> 0 AND NOT EXISTS (SELECT 1 FROM"
        " challenge_team ct WHERE ct.challenge_id = ? AND ct.team_id = a.owner_id)"
        " ORDER BY a.owner_id LIMIT ? OFFSET ?",
        acls.TEAM,
        caller.id,
        challenge,
        limit,
        offset,
    )
    return [row[0] for row in rows]


async def teams_with(tx: Tx, challenge: int, member: int, offset: int, limit: int) -> list[int]:
    """The registered teams that somebody is a member of."""
    rows = await tx.all(
        "SELECT ct.team_id FROM challenge_team ct JOIN group_member g ON g.group_id = ct.team_id"
        " WHERE ct.challenge_id = ? AND g.member_id = ? ORDER BY ct.team_id LIMIT ? OFFSET ?",
        challenge,
        member,
        limit,
        offset,
    )
    return [row[0] for row in rows]
