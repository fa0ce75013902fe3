"""SQL of teams, their members, invitations and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from synapse_server.access.bits import TEAM_MEMBERSHIP_UPDATE
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, Value, marks, scalar
from synapse_server.kernel.dialect import like_prefix
from synapse_wire.teams import MemberType

_TEAM = """
    SELECT t.*, p.name, p.etag, p.created_on FROM team t JOIN principal p ON p.id = t.id
"""
_MEMBER = f"""
    SELECT g.group_id, p.id, p.kind, p.name, a.profile, a.notification_email,
           (COALESCE(e.access, 0) & {TEAM_MEMBERSHIP_UPDATE}) <> 0 AS is_admin
    FROM group_member g
    JOIN principal p ON p.id = g.member_id
    LEFT JOIN account a ON a.id = g.member_id
    LEFT JOIN acl_entry e
        ON e.kind = 'team' AND e.owner_id = g.group_id AND e.principal_id = g.member_id
"""

Pending: TypeAlias = Literal["membership_invitation", "membership_request"]
"""The tables of what waits for somebody to join."""
_WHO = {"membership_invitation": "invitee_id", "membership_request": "user_id"}
_OPEN = "(expires_on IS NULL OR expires_on > ?)"


# ------------------------------------------------------------------ teams


async def add(
    tx: Tx,
    id: int,
    description: str | None,
    icon: int | None,
    public: bool,
    requests: bool | None,
    creator: int,
) -> None:
    """Make a team of a principal."""
    await tx.run(
        "INSERT INTO team (id, description, icon, can_public_join, can_request_membership,"
        " created_by, modified_by, modified_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        description,
        icon,
        int(public),
        None if requests is None else int(requests),
        creator,
        creator,
        now(),
    )


async def update(
    tx: Tx,
    id: int,
    description: str | None,
    icon: int | None,
    public: bool,
    requests: bool | None,
    user: int,
) -> None:
    """Change what a team says of itself."""
    await tx.run(
        "UPDATE team SET description = ?, icon = ?, can_public_join = ?,"
        " can_request_membership = ?, modified_by = ?, modified_on = ? WHERE id = ?",
        description,
        icon,
        int(public),
        None if requests is None else int(requests),
        user,
        now(),
        id,
    )


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A team; with ``lock`` nobody else changes it or who is in it."""
    if lock and tx.dialect.lock_row():
        await tx.one(f"SELECT 1 FROM team WHERE id = ?{tx.dialect.lock_row()}", id)
    return await tx.one(_TEAM + " WHERE t.id = ?", id)


async def find_many(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """Teams in no particular order."""
    if not ids:
        return []
    return await tx.all(_TEAM + f" WHERE t.id IN {marks(len(ids))}", *ids)


async def search(tx: Tx, fragment: str, offset: int, limit: int) -> Sequence[Row]:
    """Teams by name; with a fragment those in whose name a word starts so."""
    values: list[Value] = []
    sql = _TEAM
    if fragment:
        sql += " WHERE t.id IN (SELECT principal_id FROM name_prefix WHERE "
        sql += tx.dialect.starts_with("word") + ")"
        values.append(like_prefix(fragment.lower()))
    return await tx.all(
        sql + " ORDER BY lower(p.name), t.id LIMIT ? OFFSET ?", *values, limit, offset
    )


async def of_user(tx: Tx, user: int, offset: int, limit: int, order: str = "t.id") -> Sequence[Row]:
    """The teams that a user is in."""
    return await tx.all(
        _TEAM + " JOIN group_member g ON g.group_id = t.id WHERE g.member_id = ?"
        f" ORDER BY {order} LIMIT ? OFFSET ?",
        user,
        limit,
        offset,
    )


async def with_icon(tx: Tx, handle: int) -> int | None:
    """A team whose picture this file handle is."""
    found = await scalar(tx, "SELECT id FROM team WHERE icon = ? LIMIT 1", handle)
    return None if found is None else int(found)


async def delete(tx: Tx, id: int) -> None:
    """Remove a team with its invitations and requests, from what access requirements are on and
    from challenges; it stays a principal."""
    await tx.run("DELETE FROM requirement_subject WHERE kind = 'team' AND subject_id = ?", id)
    await tx.run("DELETE FROM challenge_team WHERE team_id = ?", id)
    await tx.run("DELETE FROM membership_invitation WHERE team_id = ?", id)
    await tx.run("DELETE FROM membership_request WHERE team_id = ?", id)
    await tx.run("DELETE FROM team WHERE id = ?", id)


# ------------------------------------------------------------------ members


def _named(tx: Tx, fragment: str) -> tuple[str, list[Value]]:
    if not fragment:
        return "", []
    words = f"SELECT principal_id FROM name_prefix WHERE {tx.dialect.starts_with('word')}"
    return f" AND g.member_id IN ({words})", [like_prefix(fragment.lower())]


async def members(
    tx: Tx, team: int, fragment: str, kind: MemberType, offset: int, limit: int
) -> Sequence[Row]:
    """Members by name; those with a name that starts so, and of this kind."""
    condition, values = _named(tx, fragment)
    if kind != "ALL":
        comparison = "<>" if kind == "ADMIN" else "="
        condition += f" AND (COALESCE(e.access, 0) & {TEAM_MEMBERSHIP_UPDATE}) {comparison} 0"
    return await tx.all(
        f"{_MEMBER} WHERE g.group_id = ?{condition} ORDER BY lower(p.name), p.id LIMIT ? OFFSET ?",
        team,
        *values,
        limit,
        offset,
    )


async def count_members(tx: Tx, team: int, fragment: str) -> int:
    """How many there are."""
    condition, values = _named(tx, fragment)
    sql = f"SELECT count(*) FROM group_member g WHERE g.group_id = ?{condition}"
    return int(await scalar(tx, sql, team, *values))


async def members_of(tx: Tx, team: int, users: Sequence[int]) -> Sequence[Row]:
    """Those of these users who are in a team."""
    if not users:
        return []
    sql = f"{_MEMBER} WHERE g.group_id = ? AND g.member_id IN {marks(len(users))}"
    return await tx.all(sql, team, *users)


async def memberships_of(tx: Tx, user: int, teams: Sequence[int]) -> Sequence[Row]:
    """A user as a member of those of these teams that they are in."""
    if not teams:
        return []
    sql = (
        f"{_MEMBER} JOIN team t ON t.id = g.group_id"
        f" WHERE g.member_id = ? AND g.group_id IN {marks(len(teams))}"
    )
    return await tx.all(sql, user, *teams)


async def managers(tx: Tx, team: int) -> Sequence[Row]:
    """The members who may change who is in a team."""
    return await tx.all(
        f"{_MEMBER} WHERE g.group_id = ?"
        f" AND (COALESCE(e.access, 0) & {TEAM_MEMBERSHIP_UPDATE}) <> 0 ORDER BY p.id",
        team,
    )


# ------------------------------------------------------------------ invitations and requests


async def add_invitation(
    tx: Tx,
    team: int,
    invitee: int | None,
    email: str | None,
    message: str | None,
    expires_on: int | None,
    creator: int,
) -> int:
    """Insert an invitation; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("membership_invitation")))
    await tx.run(
        "INSERT INTO membership_invitation (id, team_id, invitee_id, invitee_email, message,"
        " created_on, created_by, expires_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        team,
        invitee,
        email,
        message,
        now(),
        creator,
        expires_on,
    )
    return id


async def add_request(
    tx: Tx, team: int, user: int, message: str | None, expires_on: int | None
) -> int:
    """Insert a request; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("membership_request")))
    await tx.run(
        "INSERT INTO membership_request (id, team_id, user_id, message, created_on, created_by,"
        " expires_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        team,
        user,
        message,
        now(),
        user,
        expires_on,
    )
    return id


async def pending(tx: Tx, table: Pending, id: int) -> Row | None:
    """An invitation or a request."""
    return await tx.one(f"SELECT * FROM {table} WHERE id = ?", id)


async def set_invitee(tx: Tx, id: int, user: int) -> bool:
    """Give an invitation by mail to a user; False if somebody has it."""
    sql = "UPDATE membership_invitation SET invitee_id = ? WHERE id = ? AND invitee_id IS NULL"
    return await tx.run(sql, user, id) == 1


async def delete_pending(tx: Tx, table: Pending, id: int) -> None:
    """Remove an invitation or a request."""
    await tx.run(f"DELETE FROM {table} WHERE id = ?", id)


async def forget_pending(tx: Tx, table: Pending, team: int, user: int) -> None:
    """Remove all invitations or requests of a user and a team."""
    await tx.run(f"DELETE FROM {table} WHERE team_id = ? AND {_WHO[table]} = ?", team, user)


async def open_pending(
    tx: Tx, table: Pending, team: int | None, user: int | None, offset: int, limit: int
) -> Sequence[Row]:
    """Those that count, of a team, a user or both; latest first."""
    condition, values = _OPEN, [now()]
    for column, value in (("team_id", team), (_WHO[table], user)):
        if value is not None:
            condition += f" AND {column} = ?"
            values.append(value)
    return await tx.all(
        f"SELECT * FROM {table} WHERE {condition} ORDER BY created_on DESC, id DESC"
        " LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


async def is_open(tx: Tx, table: Pending, team: int, user: int) -> bool:
    """Whether there is one that counts."""
    return bool(await open_pending(tx, table, team, user, 0, 1))


async def count_invitations(tx: Tx, user: int) -> int:
    """How many open invitations a user has."""
    sql = f"SELECT count(*) FROM membership_invitation WHERE invitee_id = ? AND {_OPEN}"
    return int(await scalar(tx, sql, user, now()))


async def count_requests(tx: Tx, manager: int) -> int:
    """How many open requests there are to the teams that a user manages."""
    sql = (
        f"SELECT count(*) FROM membership_request WHERE {_OPEN} AND team_id IN"
        " (SELECT owner_id FROM acl_entry WHERE kind = 'team' AND principal_id = ?"
        f" AND (access & {TEAM_MEMBERSHIP_UPDATE}) <> 0)"
    )
    return int(await scalar(tx, sql, now(), manager))
