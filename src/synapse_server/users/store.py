"""SQL of principals, aliases, profiles and favorites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_server.kernel.dialect import like_prefix

PRINCIPAL = """
    SELECT p.id, p.kind, p.name, p.etag, p.created_on, a.profile, a.is_disabled, a.is_certified,
           a.certified_on, a.certification_revoked_on, a.notification_email, a.picture,
           a.two_factor_on
    FROM principal p LEFT JOIN account a ON a.id = p.id
"""


def normal(alias: str) -> str:
    """The form in which aliases must differ: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", alias.lower())


async def next_id(tx: Tx) -> int:
    """A new principal's id."""
    return int(await scalar(tx, tx.dialect.next_id("principal")))


async def add_principal(tx: Tx, id: int, kind: str, name: str) -> None:
    """Insert; nothing happens when the id is there already."""
    await tx.run(
        "INSERT INTO principal (id, kind, name, etag, created_on) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        id,
        kind,
        name,
        new_etag(),
        now(),
    )


async def remove_principal(tx: Tx, id: int) -> None:
    """Delete a principal that is no user: its names, its members and itself."""
    await tx.run("DELETE FROM name_prefix WHERE principal_id = ?", id)
    await tx.run("DELETE FROM principal_alias WHERE principal_id = ?", id)
    await tx.run("DELETE FROM group_member WHERE group_id = ? OR member_id = ?", id, id)
    await tx.run("DELETE FROM principal WHERE id = ?", id)


async def add_account(tx: Tx, id: int, profile: str, password: str | None, email: str) -> None:
    """Make a user of a principal."""
    await tx.run(
        "INSERT INTO account (id, password, password_changed_on, profile, notification_email)"
        " VALUES (?, ?, ?, ?, ?)",
        id,
        password,
        now(),
        profile,
        email,
    )


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A principal with its account, if it has one; with ``lock`` nobody else changes it."""
    if lock and tx.dialect.lock_row():
        await tx.one(f"SELECT 1 FROM principal WHERE id = ?{tx.dialect.lock_row()}", id)
    return await tx.one(PRINCIPAL + " WHERE p.id = ?", id)


async def find_many(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """Principals in no particular order."""
    if not ids:
        return []
    return await tx.all(PRINCIPAL + f" WHERE p.id IN {marks(len(ids))}", *ids)


async def list_kind(tx: Tx, users: bool, offset: int, limit: int) -> Sequence[Row]:
    """Users, or groups and teams, by id."""
    return await tx.all(
        PRINCIPAL + f" WHERE p.kind {'=' if users else '<>'} 'user' ORDER BY p.id LIMIT ? OFFSET ?",
        limit,
        offset,
    )


async def search(
    tx: Tx, prefix: str, kinds: Sequence[str], offset: int, limit: int
) -> Sequence[Row]:
    """Principals one of whose words starts so."""
    return await tx.all(
        PRINCIPAL
        + " WHERE p.id IN (SELECT principal_id FROM name_prefix WHERE "
        + tx.dialect.starts_with("word")
        + f") AND p.kind IN {marks(len(kinds))} ORDER BY p.name, p.id LIMIT ? OFFSET ?",
        like_prefix(prefix.lower()),
        *kinds,
        limit,
        offset,
    )


async def owner_of(tx: Tx, alias: str, kind: str | None = None) -> int | None:
    """Whose alias it is."""
    sql = "SELECT principal_id FROM principal_alias WHERE normal = ?"
    values = [normal(alias)]
    if kind is not None:
        sql += " AND kind = ?"
        values.append(kind)
    found = await scalar(tx, sql, *values)
    return None if found is None else int(found)


async def aliases(tx: Tx, id: int, kind: str) -> list[str]:
    """The aliases of one kind, in order of spelling."""
    rows = await tx.all(
        "SELECT alias FROM principal_alias WHERE principal_id = ? AND kind = ? ORDER BY alias",
        id,
        kind,
    )
    return [row["alias"] for row in rows]


async def add_alias(tx: Tx, id: int, kind: str, alias: str) -> bool:
    """Take an alias; False if somebody has it."""
    changed = await tx.run(
        "INSERT INTO principal_alias (normal, kind, alias, principal_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        normal(alias),
        kind,
        alias,
        id,
    )
    return changed == 1


async def remove_alias(tx: Tx, id: int, kind: str, alias: str) -> bool:
    """Give up an alias; False if it was not theirs."""
    changed = await tx.run(
        "DELETE FROM principal_alias WHERE normal = ? AND kind = ? AND principal_id = ?",
        normal(alias),
        kind,
        id,
    )
    return changed == 1


async def set_words(tx: Tx, id: int, words: Sequence[str]) -> None:
    """What the prefix search finds a principal by."""
    await tx.run("DELETE FROM name_prefix WHERE principal_id = ?", id)
    rows = [(word, id) for word in sorted({word.lower() for word in words if word})]
    await tx.many("INSERT INTO name_prefix (word, principal_id) VALUES (?, ?)", rows)


async def set_profile(tx: Tx, id: int, profile: str, etag: str) -> None:
    """Replace a profile."""
    await tx.run("UPDATE account SET profile = ? WHERE id = ?", profile, id)
    await tx.run("UPDATE principal SET etag = ? WHERE id = ?", etag, id)


async def set_name(tx: Tx, id: int, name: str) -> None:
    """Rename a principal."""
    await tx.run("UPDATE principal SET name = ? WHERE id = ?", name, id)


async def set_etag(tx: Tx, id: int, etag: str) -> None:
    """Note that a principal has changed."""
    await tx.run("UPDATE principal SET etag = ? WHERE id = ?", etag, id)


async def set_notification_email(tx: Tx, id: int, email: str) -> None:
    """Where messages go."""
    await tx.run("UPDATE account SET notification_email = ? WHERE id = ?", email, id)


async def set_picture(tx: Tx, id: int, handle: int | None) -> None:
    """The file handle of a user's picture."""
    await tx.run("UPDATE account SET picture = ? WHERE id = ?", handle, id)


async def with_picture(tx: Tx, handle: int) -> int | None:
    """A user whose picture this file handle is."""
    sql = "SELECT id FROM account WHERE picture = ? LIMIT 1"
    return cast("int | None", await scalar(tx, sql, handle))


async def set_certified(tx: Tx, id: int, certified: bool) -> bool:
    """Certify or take it back; False for nobody."""
    moment = "certified_on" if certified else "certification_revoked_on"
    changed = await tx.run(
        f"UPDATE account SET is_certified = ?, {moment} = ? WHERE id = ?", int(certified), now(), id
    )
    return changed == 1


async def set_disabled(tx: Tx, id: int, disabled: bool) -> None:
    """Lock a user out, or let them in again."""
    await tx.run("UPDATE account SET is_disabled = ? WHERE id = ?", int(disabled), id)


async def add_member(tx: Tx, group: int, member: int) -> None:
    """Put a principal into a group."""
    await tx.run(
        "INSERT INTO group_member (group_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        group,
        member,
    )


async def remove_member(tx: Tx, group: int, member: int) -> None:
    """Take a principal out of a group."""
    await tx.run("DELETE FROM group_member WHERE group_id = ? AND member_id = ?", group, member)


async def members(tx: Tx, group: int) -> list[int]:
    """Who is in a group."""
    rows = await tx.all(
        "SELECT member_id FROM group_member WHERE group_id = ? ORDER BY member_id", group
    )
    return [row[0] for row in rows]


async def is_member(tx: Tx, group: int, member: int) -> bool:
    """Whether a principal is in a group."""
    sql = "SELECT 1 FROM group_member WHERE member_id = ? AND group_id = ?"
    return await scalar(tx, sql, member, group) is not None


async def add_favorite(tx: Tx, user: int, entity: int) -> None:
    """Remember a favorite; the first time counts."""
    await tx.run(
        "INSERT INTO favorite (user_id, entity_id, created_on) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        user,
        entity,
        now(),
    )


async def remove_favorite(tx: Tx, user: int, entity: int) -> None:
    """Forget a favorite."""
    await tx.run("DELETE FROM favorite WHERE user_id = ? AND entity_id = ?", user, entity)
