"""SQL of entities, their versions and the trash can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from synapse_server.access.bits import READ
from synapse_server.access.store import readable, readable_values
from synapse_server.entities.ids import ROOT, TRASH
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, Value, marks, pairs, scalar
from synapse_server.kernel.paging import Place

_COLUMNS = """
    e.id, e.type, e.name, e.parent_id, e.benefactor_id, e.etag, e.version, e.next_version,
    e.created_by, e.created_on, e.alias, e.is_open, e.trash_root, e.restricted_by,
    v.number, v.label, v.comment, v.modified_by, v.modified_on, v.file_handle_id, v.activity_id,
    v.fields, v.annotations
"""
_NAMES = tuple(column.split(".")[1] for column in _COLUMNS.replace(",", " ").split())
_FROM_CURRENT = (
    " FROM entity e JOIN entity_version v ON v.entity_id = e.id AND v.number = e.version"
)
_CURRENT = f"SELECT {_COLUMNS}{_FROM_CURRENT}"
_FIND = f"{_CURRENT} WHERE e.id = ?"
_ANY_VERSION = f"SELECT {_COLUMNS} FROM entity e JOIN entity_version v ON v.entity_id = e.id"
_BELOW = (
    "WITH RECURSIVE below (id) AS (SELECT id FROM entity WHERE id = ?"
    " UNION ALL SELECT e.id FROM entity e JOIN below b ON e.parent_id = b.id)"
)
_AT_ONCE = 400
_NAME = "lower(e.name)"
"""As people sort: capitals do not come before all else."""
_ORDER = {"NAME": _NAME, "CREATED_ON": "e.created_on", "MODIFIED_ON": "v.modified_on"}


async def next_id(tx: Tx) -> int:
    """A new entity's number."""
    return int(await scalar(tx, tx.dialect.next_id("entity")))


async def number_from(tx: Tx, first: int) -> None:
    """Let ``next_id`` answer this number next."""
    await tx.run(tx.dialect.restart("entity", first))


async def find(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """An entity with its current version; with ``lock`` nobody else changes it meanwhile."""
    if lock and tx.dialect.lock_row():
        # By itself: after waiting for another writer, a join would look for the old version.
        await tx.one(f"SELECT 1 FROM entity WHERE id = ?{tx.dialect.lock_row()}", id)
    row = await tx.one(_FIND, id)
    # A request asks for its entity's values some fifty times, and a row goes through all names.
    return None if row is None else dict(zip(_NAMES, row, strict=True))


async def hold_trees(tx: Tx, *ids: int, alone: bool = False) -> None:
    """Keep the projects of these entities in the shape they have until commit.

    Who adds something holds the project with others, who moves, trashes or gives an ACL holds
    it alone: otherwise what is added meanwhile would miss the change of all that lies below.
    Call it before anything is read that must not change.
    """
    sql = tx.dialect.hold(alone=alone)
    if sql is None:
        return
    held: set[int] = set()
    while not held.issuperset(tops := {await _top(tx, id) for id in ids}):
        for top in sorted(tops - held):
            await tx.one(sql, top)
        held |= tops


async def _top(tx: Tx, id: int) -> int:
    """The project of an entity, or what lies in the trash can in its place."""
    found = await scalar(
        tx,
        "WITH RECURSIVE above (id, parent_id, depth) AS ("
        " SELECT id, parent_id, 0 FROM entity WHERE id = ?"
        " UNION ALL SELECT e.id, e.parent_id, a.depth + 1 FROM entity e"
        f" JOIN above a ON e.id = a.parent_id WHERE e.id NOT IN ({ROOT}, {TRASH}) AND a.depth < 100)"
        " SELECT id FROM above ORDER BY depth DESC LIMIT 1",
        id,
    )
    return id if found is None else int(found)


async def parent_of(tx: Tx, id: int) -> int | None:
    """The number of the entity above."""
    return cast("int | None", await scalar(tx, "SELECT parent_id FROM entity WHERE id = ?", id))


async def find_version(tx: Tx, id: int, number: int) -> Row | None:
    """An entity with one of its versions."""
    return await tx.one(f"{_ANY_VERSION} WHERE e.id = ? AND v.number = ?", id, number)


async def find_many(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """Entities with their current versions, in no particular order."""
    if not ids:
        return []
    return await tx.all(f"{_CURRENT} WHERE e.id IN {marks(len(ids))}", *ids)


async def ancestors(tx: Tx, id: int) -> Sequence[Row]:
    """The entity and all above it, from the root down."""
    return await tx.all(
        "WITH RECURSIVE above (id, depth) AS (SELECT CAST(? AS BIGINT), 0 UNION ALL"
        " SELECT e.parent_id, a.depth + 1 FROM entity e JOIN above a ON e.id = a.id"
        " WHERE e.parent_id IS NOT NULL AND a.depth < 100)"
        f" SELECT {_COLUMNS} FROM above a JOIN entity e ON e.id = a.id"
        " JOIN entity_version v ON v.entity_id = e.id AND v.number = e.version"
        " ORDER BY a.depth DESC",
        id,
    )


async def add(
    tx: Tx,
    id: int,
    type: str,
    name: str,
    parent: int | None,
    benefactor: int,
    etag: str,
    creator: int,
    moment: int,
    alias: str | None,
    restricted_by: int = 0,
) -> bool:
    """Insert an entity; False when its parent has a child of that name."""
    changed = await tx.run(
        "INSERT INTO entity (id, type, name, parent_id, benefactor_id, etag, version,"
        " next_version, created_by, created_on, alias, restricted_by)"
        " VALUES (?, ?, ?, ?, ?, ?, 1, 2, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        id,
        type,
        name,
        parent,
        benefactor,
        etag,
        creator,
        moment,
        alias,
        restricted_by,
    )
    return changed == 1


async def add_version(
    tx: Tx,
    id: int,
    number: int,
    label: str | None,
    comment: str | None,
    modifier: int,
    moment: int,
    file_handle: int | None,
    activity: int | None,
    fields: str | None,
    annotations: str | None,
) -> None:
    """Insert a version."""
    await tx.run(
        "INSERT INTO entity_version (entity_id, number, label, comment, modified_by, modified_on,"
        " file_handle_id, activity_id, fields, annotations)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        number,
        label,
        comment,
        modifier,
        moment,
        file_handle,
        activity,
        fields,
        annotations,
    )


async def set_version(
    tx: Tx,
    id: int,
    number: int,
    label: str | None,
    comment: str | None,
    modifier: int,
    moment: int,
    file_handle: int | None,
    activity: int | None,
    fields: str | None,
) -> None:
    """Change a version in place; its annotations stay."""
    await tx.run(
        "UPDATE entity_version SET label = ?, comment = ?, modified_by = ?, modified_on = ?,"
        " file_handle_id = ?, activity_id = ?, fields = ? WHERE entity_id = ? AND number = ?",
        label,
        comment,
        modifier,
        moment,
        file_handle,
        activity,
        fields,
        id,
        number,
    )


async def set_fields(tx: Tx, id: int, number: int, fields: str | None) -> None:
    """Replace the JSON column of a version."""
    await tx.run(
        "UPDATE entity_version SET fields = ? WHERE entity_id = ? AND number = ?",
        fields,
        id,
        number,
    )


async def touch_version(tx: Tx, id: int, number: int, modifier: int) -> None:
    """Note who changed a version last, and that it was now."""
    await tx.run(
        "UPDATE entity_version SET modified_by = ?, modified_on = ?"
        " WHERE entity_id = ? AND number = ?",
        modifier,
        now(),
        id,
        number,
    )


async def set_entity(
    tx: Tx, id: int, name: str, parent: int | None, etag: str, alias: str | None
) -> None:
    """Change what all versions share."""
    await tx.run(
        "UPDATE entity SET name = ?, parent_id = ?, etag = ?, alias = ? WHERE id = ?",
        name,
        parent,
        etag,
        alias,
        id,
    )


async def set_etag(tx: Tx, id: int, etag: str) -> None:
    """Mark a change."""
    await tx.run("UPDATE entity SET etag = ? WHERE id = ?", etag, id)


async def set_current(tx: Tx, id: int, version: int, next_version: int) -> None:
    """Which version is the current one, and which number the next will have."""
    await tx.run(
        "UPDATE entity SET version = ?, next_version = ? WHERE id = ?", version, next_version, id
    )


async def set_annotations(
    tx: Tx, id: int, number: int, annotations: str | None, modifier: int
) -> None:
    """Replace a version's annotations."""
    await tx.run(
        "UPDATE entity_version SET annotations = ?, modified_by = ?, modified_on = ?"
        " WHERE entity_id = ? AND number = ?",
        annotations,
        modifier,
        now(),
        id,
        number,
    )


async def set_activity(tx: Tx, id: int, number: int, activity: int | None) -> None:
    """Which activity generated a version."""
    await tx.run(
        "UPDATE entity_version SET activity_id = ? WHERE entity_id = ? AND number = ?",
        activity,
        id,
        number,
    )


async def set_file_handle(tx: Tx, id: int, number: int, file_handle: int) -> None:
    """Replace a version's file handle."""
    await tx.run(
        "UPDATE entity_version SET file_handle_id = ? WHERE entity_id = ? AND number = ?",
        file_handle,
        id,
        number,
    )


async def set_open(tx: Tx, id: int, is_open: bool) -> None:
    """Declare open data, or not any more."""
    await tx.run("UPDATE entity SET is_open = ? WHERE id = ?", int(is_open), id)


async def versions(tx: Tx, id: int, offset: int, limit: int) -> Sequence[Row]:
    """The versions, newest first, with the size and MD5 of their files."""
    return await tx.all(
        "SELECT v.*, f.size, f.md5 FROM entity_version v"
        " LEFT JOIN file_handle f ON f.id = v.file_handle_id"
        " WHERE v.entity_id = ? ORDER BY v.number DESC LIMIT ? OFFSET ?",
        id,
        limit,
        offset,
    )


async def count_versions(tx: Tx, id: int) -> int:
    """How many versions there are."""
    sql = "SELECT count(*) FROM entity_version WHERE entity_id = ?"
    return int(await scalar(tx, sql, id))


async def newest_version(tx: Tx, id: int) -> int:
    """The highest number that is left."""
    sql = "SELECT max(number) FROM entity_version WHERE entity_id = ?"
    return int(await scalar(tx, sql, id))


async def delete_version(tx: Tx, id: int, number: int) -> None:
    """Remove a version."""
    await tx.run("DELETE FROM entity_version WHERE entity_id = ? AND number = ?", id, number)


async def label_in_use(tx: Tx, id: int, number: int, label: str) -> bool:
    """Whether another version has this label."""
    sql = "SELECT 1 FROM entity_version WHERE entity_id = ? AND number <> ? AND label = ?"
    return await scalar(tx, sql, id, number, label) is not None


# ------------------------------------------------------------------ listings


async def children(
    tx: Tx,
    caller: Caller,
    parent: int,
    types: Sequence[str],
    sort: str,
    direction: str,
    after: Place | None,
    limit: int,
) -> Sequence[Row]:
    """So many of the children that the caller may read, from behind a place on.

    What they are sorted by is a column of its own: ``sorted_by``.
    """
    where, values = _children_where(caller, parent, types)
    key = _ORDER[sort]
    if after is not None:
        beyond = "<" if direction == "DESC" else ">"
        # Of the first, SQLite finds the place in an index of expressions.
        where += f" AND {key} {beyond}= ? AND ({key}, e.id) {beyond} (?, ?)"
        values += (after.value, after.value, after.id)
    return await tx.all(
        f"SELECT {_COLUMNS}, {key} AS sorted_by{_FROM_CURRENT} WHERE {where}"
        f" ORDER BY {key} {direction}, e.id {direction} LIMIT ?",
        *values,
        limit,
    )


async def subtree(
    tx: Tx, caller: Caller, top: int, after: int, limit: int, *, recursive: bool
) -> Sequence[Row]:
    """What lies below, through containers that the caller may read, by id; or the children."""
    may = ""
    values: tuple[Value, ...] = ()
    if not caller.is_admin:
        # Most have the ACL of the container they lie in, which was looked at already.
        may = f" AND (e.benefactor_id = b.benefactor_id OR {readable('e.benefactor_id')})"
        values = readable_values(caller)
    deep = "" if recursive else f" AND b.id = {top}"
    return await tx.all(
        "WITH RECURSIVE below (id, benefactor_id) AS ("
        " SELECT id, benefactor_id FROM entity WHERE id = ?"
        " UNION ALL SELECT e.id, e.benefactor_id FROM entity e"
        f" JOIN below b ON e.parent_id = b.id{deep} WHERE e.trash_root IS NULL{may}),"
        " page (id) AS (SELECT id FROM below WHERE id > ? AND id <> ? ORDER BY id LIMIT ?)"
        f" SELECT {_COLUMNS} FROM page JOIN entity e ON e.id = page.id"
        " JOIN entity_version v ON v.entity_id = e.id AND v.number = e.version ORDER BY e.id",
        top,
        *values,
        after,
        top,
        limit,
    )


async def sum_children(
    tx: Tx, caller: Caller, parent: int, types: Sequence[str]
) -> tuple[int, int]:
    """The number of children that the caller may read, and the bytes of their files."""
    where, values = _children_where(caller, parent, types)
    row = await tx.one(
        "SELECT count(*), sum(f.size) FROM entity e"
        " JOIN entity_version v ON v.entity_id = e.id AND v.number = e.version"
        f" LEFT JOIN file_handle f ON f.id = v.file_handle_id WHERE {where}",
        *values,
    )
    assert row is not None
    return int(row[0]), int(row[1] or 0)


def _children_where(
    caller: Caller, parent: int, types: Sequence[str]
) -> tuple[str, tuple[Value, ...]]:
    where = f"e.parent_id = ? AND e.trash_root IS NULL AND e.type IN {marks(len(types))}"
    if caller.is_admin:
        return where, (parent, *types)
    where += " AND " + readable("e.benefactor_id")
    return where, (parent, *types, *readable_values(caller))


async def has_children(tx: Tx, id: int) -> bool:
    """Whether anything lies directly below."""
    sql = "SELECT 1 FROM entity WHERE parent_id = ? AND trash_root IS NULL LIMIT 1"
    return await scalar(tx, sql, id) is not None


async def has_room(tx: Tx, id: int, types: Sequence[str], most: int) -> bool:
    """Whether there are fewer children of these types than ``most``."""
    # The index alone tells that there cannot be so many; only then rows are looked at.
    sql = "SELECT 1 FROM entity WHERE parent_id = ? LIMIT 1 OFFSET ?"
    if await scalar(tx, sql, id, most - 1) is None:
        return True
    sql = (
        "SELECT 1 FROM entity WHERE parent_id = ? AND trash_root IS NULL"
        f" AND type IN {marks(len(types))} LIMIT 1 OFFSET ?"
    )
    return await scalar(tx, sql, id, *types, most - 1) is None


async def child_named(tx: Tx, parent: int, name: str) -> Row | None:
    """The child of a name."""
    sql = f"{_CURRENT} WHERE e.parent_id = ? AND e.name = ? AND e.trash_root IS NULL"
    return await tx.one(sql, parent, name)


async def with_alias(tx: Tx, alias: str) -> Row | None:
    """The project of an alias."""
    return await tx.one(f"{_CURRENT} WHERE e.alias = ?", alias)


async def with_md5(tx: Tx, caller: Caller, md5: str, limit: int) -> Sequence[Row]:
    """The file versions of this content that the caller may read."""
    where = (
        "v.file_handle_id IN (SELECT id FROM file_handle WHERE md5 = ?) AND e.trash_root IS NULL"
    )
    values: tuple[Value, ...] = (md5,)
    if not caller.is_admin:
        where += " AND " + readable("e.benefactor_id")
        values += readable_values(caller)
    return await tx.all(
        f"{_ANY_VERSION} WHERE {where} ORDER BY e.id, v.number LIMIT ?", *values, limit
    )


async def generated_by(tx: Tx, activity: int, offset: int, limit: int) -> Sequence[Row]:
    """The versions that an activity generated."""
    return await tx.all(
        f"{_ANY_VERSION} WHERE v.activity_id = ? AND e.trash_root IS NULL"
        " ORDER BY e.id, v.number LIMIT ? OFFSET ?",
        activity,
        limit,
        offset,
    )


async def has_generated(tx: Tx, activity: int) -> bool:
    """Whether an activity generated anything, be it in the trash can."""
    sql = "SELECT 1 FROM entity_version WHERE activity_id = ? LIMIT 1"
    return await scalar(tx, sql, activity) is not None


async def readers_of(tx: Tx, caller: Caller, activity: int) -> bool:
    """Whether an activity generated something that the caller may read."""
    sql = (
        "SELECT 1 FROM entity_version v JOIN entity e ON e.id = v.entity_id"
        f" WHERE v.activity_id = ? AND e.trash_root IS NULL AND {readable('e.benefactor_id')} LIMIT 1"
    )
    return await scalar(tx, sql, activity, *readable_values(caller)) is not None


_GRAPH = """
    SELECT e.id, e.type, e.name, e.version, v.number, v.modified_by, v.modified_on, v.activity_id
"""


async def readable_versions(
    tx: Tx, caller: Caller, versions: Sequence[tuple[int, int]]
) -> Sequence[Row]:
    """Those of these versions (entity and number, 0 for the current one) that the caller may
    read, with the activity that generated each."""
    found: list[Row] = []
    for start in range(0, len(versions), _AT_ONCE):
        some = versions[start : start + _AT_ONCE]
        # A join, not IN: SQLite would look at every version there is.
        sql = (
            f"WITH wanted (id, number) AS (VALUES {pairs(len(some))})"
            f"{_GRAPH} FROM wanted w CROSS JOIN entity e JOIN entity_version v"
            " ON v.entity_id = e.id"
            " AND v.number = CASE w.number WHEN 0 THEN e.version ELSE w.number END"
            " WHERE e.id = w.id"
        )
        found += await _readable(tx, caller, sql, [number for pair in some for number in pair])
    return found


async def readable_results(
    tx: Tx, caller: Caller, activities: Sequence[int], most: int
) -> Sequence[Row]:
    """At most so many of the versions that these activities generated and the caller may read."""
    found: list[Row] = []
    for start in range(0, len(activities), _AT_ONCE):
        some = activities[start : start + _AT_ONCE]
        sql = (
            f"{_GRAPH} FROM entity_version v JOIN entity e ON e.id = v.entity_id"
            f" WHERE v.activity_id IN {marks(len(some))}"
        )
        found += await _readable(tx, caller, sql, some, most)
    return found


async def _readable(
    tx: Tx, caller: Caller, sql: str, values: Sequence[int], most: int | None = None
) -> Sequence[Row]:
    more: tuple[Value, ...] = ()
    sql += " AND e.trash_root IS NULL"
    if not caller.is_admin:
        sql += " AND " + readable("e.benefactor_id")
        more = readable_values(caller)
    if most is not None:
        sql += f" ORDER BY e.id, v.number LIMIT {most}"
    return await tx.all(sql, *values, *more)


async def favorites(
    tx: Tx, caller: Caller, order: str, direction: str, offset: int, limit: int
) -> Sequence[Row]:
    """The caller's favorites that they may still read."""
    where, values = "f.user_id = ? AND e.trash_root IS NULL", (caller.id,)
    more: tuple[Value, ...] = ()
    if not caller.is_admin:
        where += " AND " + readable("e.benefactor_id")
        more = readable_values(caller)
    column = _NAME if order == "NAME" else "f.created_on"
    return await tx.all(
        f"{_CURRENT} JOIN favorite f ON f.entity_id = e.id WHERE {where}"
        f" ORDER BY {column} {direction}, e.id {direction} LIMIT ? OFFSET ?",
        *values,
        *more,
        limit,
        offset,
    )


async def projects_of(
    tx: Tx,
    caller: Caller,
    principal: int,
    kind: str,
    team: int | None,
    order: str,
    direction: str,
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """The projects a user created, or has been given access to by name or team."""
    named = f"SELECT owner_id FROM acl_entry WHERE kind = 'entity' AND access & {READ} <> 0 AND "
    groups = "principal_id IN (SELECT group_id FROM group_member WHERE member_id = ?)"
    by_kind: dict[str, tuple[str, tuple[Value, ...]]] = {
        "CREATED": ("e.created_by = ?", (principal,)),
        "PARTICIPATED": (
            f"e.created_by <> ? AND e.id IN ({named} (principal_id = ? OR {groups}))",
            (principal, principal, principal),
        ),
        "TEAM": (
            f"e.id IN ({named} principal_id = ?)" if team else f"e.id IN ({named} {groups})",
            (team or principal,),
        ),
        "ALL": (f"e.id IN ({named} (principal_id = ? OR {groups}))", (principal, principal)),
    }
    where, values = by_kind[kind]
    where += " AND e.type = 'project' AND e.trash_root IS NULL"
    if not caller.is_admin:
        where += " AND " + readable("e.benefactor_id")
        values += readable_values(caller)
    column = _NAME if order == "PROJECT_NAME" else "v.modified_on"
    return await tx.all(
        f"{_CURRENT} WHERE {where} ORDER BY {column} {direction}, e.id LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


# ------------------------------------------------------------------ whole subtrees


async def hand_over(tx: Tx, top: int, old: int, new: int) -> None:
    """In a subtree, let all that had one benefactor have another."""
    await tx.run(
        f"{_BELOW} UPDATE entity SET benefactor_id = ? WHERE benefactor_id = ?"
        " AND id IN (SELECT id FROM below)",
        top,
        new,
        old,
    )


async def restrict(tx: Tx, top: int, old: int, new: int) -> None:
    """In a subtree, let all that had one entity's access requirements have another's."""
    if old != new:
        await tx.run(
            f"{_BELOW} UPDATE entity SET restricted_by = ? WHERE restricted_by = ?"
            " AND id IN (SELECT id FROM below)",
            top,
            new,
            old,
        )


async def is_below(tx: Tx, id: int, top: int) -> bool:
    """Whether an entity is another or lies below it."""
    return any(row["id"] == top for row in await ancestors(tx, id))


async def depth_below(tx: Tx, top: int) -> int:
    """The levels of a subtree; 1 for a leaf."""
    sql = (
        "WITH RECURSIVE below (id, depth) AS (SELECT CAST(? AS BIGINT), 1 UNION ALL"
        " SELECT e.id, b.depth + 1 FROM entity e JOIN below b ON e.parent_id = b.id)"
        " SELECT max(depth) FROM below"
    )
    return int(await scalar(tx, sql, top))


async def count_containers(tx: Tx, top: int, most: int) -> int:
    """How many folders lie in a subtree; counting stops at ``most``."""
    sql = (
        f"{_BELOW} SELECT count(*) FROM (SELECT 1 FROM entity WHERE type = 'folder'"
        " AND id IN (SELECT id FROM below) LIMIT ?) AS few"
    )
    return int(await scalar(tx, sql, top, most))


async def to_trash(tx: Tx, top: int, parent: int, name: str, deleter: int) -> None:
    """Move a subtree to the trash can; ACLs and all else stay as they are."""
    await tx.run(
        f"{_BELOW} UPDATE entity SET trash_root = ? WHERE trash_root IS NULL"
        " AND id IN (SELECT id FROM below)",
        top,
        top,
    )
    await tx.run(
        "INSERT INTO trash (entity_id, parent_id, name, alias, deleted_by, deleted_on)"
        " SELECT id, ?, ?, alias, ?, ? FROM entity WHERE id = ?",
        parent,
        name,
        deleter,
        now(),
        top,
    )
    await tx.run("UPDATE entity SET parent_id = ?, alias = NULL WHERE id = ?", TRASH, top)


async def from_trash(tx: Tx, top: int, parent: int, alias: str | None) -> None:
    """Move a subtree back."""
    await tx.run("UPDATE entity SET trash_root = NULL WHERE trash_root = ?", top)
    await tx.run("UPDATE entity SET parent_id = ?, alias = ? WHERE id = ?", parent, alias, top)
    await tx.run("DELETE FROM trash WHERE entity_id = ?", top)


async def trashed(tx: Tx, id: int) -> Row | None:
    """The record of a thing in the trash can."""
    return await tx.one("SELECT * FROM trash WHERE entity_id = ?", id)


async def trash_of(tx: Tx, deleter: int, offset: int, limit: int) -> Sequence[Row]:
    """What a user has moved to the trash can and not marked for purging, latest first."""
    return await tx.all(
        "SELECT t.*, e.type FROM trash t JOIN entity e ON e.id = t.entity_id"
        " WHERE t.deleted_by = ? AND t.purge = 0 ORDER BY t.deleted_on DESC, t.entity_id"
        " LIMIT ? OFFSET ?",
        deleter,
        limit,
        offset,
    )


async def mark_for_purge(tx: Tx, id: int) -> None:
    """Nobody gets it back; the next sweep removes it."""
    await tx.run("UPDATE trash SET purge = 1 WHERE entity_id = ?", id)


async def to_purge(tx: Tx, before: int, limit: int) -> Sequence[Row]:
    """What lies in the trash can since long, or is marked."""
    return await tx.all(
        "SELECT entity_id FROM trash WHERE purge = 1 OR deleted_on < ? ORDER BY deleted_on LIMIT ?",
        before,
        limit,
    )


async def purge(tx: Tx, top: int) -> list[int]:
    """Remove a trashed subtree for good; what it was. Things trashed before it from inside go
    with it."""
    rows = await tx.all(f"{_BELOW} SELECT id FROM below", top)
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        within = marks(len(some))
        for table, column in (
            ("trash", "entity_id"),
            ("favorite", "entity_id"),
            ("entity_version", "entity_id"),
        ):
            await tx.run(f"DELETE FROM {table} WHERE {column} IN {within}", *some)
        for table in ("acl_entry", "acl"):
            await tx.run(
                f"DELETE FROM {table} WHERE kind = 'entity' AND owner_id IN {within}", *some
            )
        await tx.run(
            f"DELETE FROM requirement_subject WHERE kind = 'entity' AND subject_id IN {within}",
            *some,
        )
        await tx.run(f"DELETE FROM entity WHERE id IN {within}", *some)
    return ids
