"""The SQL of views: what changed, what lies in a scope, and what rows are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from synapse_server.access.store import granting, readable, readable_values
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx, marks, pairs, scalar

T = TypeVar("T")

_AT_ONCE = 500
_CONTAINERS = "('project', 'folder')"

# ------------------------------------------------------------------ checks


async def briefs(tx: Tx, caller: Caller, ids: Sequence[int]) -> dict[int, Row]:
    """Type, place and whether the caller may read it, of those entities that exist."""
    found: dict[int, Row] = {}
    may = "1 = 1" if caller.is_admin else readable("e.benefactor_id")
    values = () if caller.is_admin else readable_values(caller)
    for some in chunks(ids):
        for row in await tx.all(
            f"SELECT e.id, e.type, e.trash_root, {may} AS may_read FROM entity e"
            f" WHERE e.id IN {marks(len(some))}",
            *values,
            *some,
        ):
            found[row["id"]] = row
    return found


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


async def existing_versions(tx: Tx, versions: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these versions (entity and number) that exist."""
    rows = await _of_versions(tx, "SELECT v.entity_id, v.number", "", versions)
    return {(row["entity_id"], row["number"]) for row in rows}


async def sizes(tx: Tx, versions: Sequence[tuple[int, int]]) -> list[tuple[int | None, str | None]]:
    """Bytes and MD5 of the files of these versions."""
    join = " JOIN file_handle f ON f.id = v.file_handle_id"
    rows = await _of_versions(tx, "SELECT f.size, f.md5", join, versions)
    return [(row["size"], row["md5"]) for row in rows]


async def _of_versions(
    tx: Tx, select: str, join: str, versions: Sequence[tuple[int, int]]
) -> list[Row]:
    found: list[Row] = []
    for some in chunks(versions):
        # CROSS JOIN: SQLite begins with what stands first.
        found += await tx.all(
            f"WITH wanted (id, number) AS (VALUES {pairs(len(some))})"
            f" {select} FROM wanted w CROSS JOIN entity_version v{join}"
            " WHERE v.entity_id = w.id AND v.number = w.number",
            *(number for pair in some for number in pair),
        )
    return found


# ------------------------------------------------------------------ what changed


async def watermark(tx: Tx) -> int:
    """From which moment on changes may come that this transaction does not see."""
    return int(await scalar(tx, tx.dialect.watermark()))


async def changed(tx: Tx, kind: str, since: int) -> list[int]:
    """The objects of a kind that changed at this moment or later."""
    sql = "SELECT id FROM object_change WHERE moment >= ? AND kind = ? ORDER BY id"
    return [row["id"] for row in await tx.all(sql, since, kind)]


async def below(tx: Tx, tops: Sequence[int]) -> set[int]:
    """All that lies below these containers."""
    found: set[int] = set()
    for some in chunks(tops):
        rows = await tx.all(
            "WITH RECURSIVE below (id) AS ("
            f" SELECT id FROM entity WHERE parent_id IN {marks(len(some))}"
            " UNION SELECT e.id FROM entity e JOIN below b ON e.parent_id = b.id)"
            " SELECT id FROM below",
            *some,
        )
        found.update(row["id"] for row in rows)
    return found


# ------------------------------------------------------------------ entities


async def containers(tx: Tx, scope: Sequence[int]) -> set[int]:
    """The containers of a scope with all that lie below them."""
    found: set[int] = set()
    for some in chunks(scope):
        rows = await tx.all(
            "WITH RECURSIVE below (id) AS ("
            f" SELECT id FROM entity WHERE id IN {marks(len(some))}"
            f" AND trash_root IS NULL AND type IN {_CONTAINERS}"
            " UNION SELECT e.id FROM entity e JOIN below b ON e.parent_id = b.id"
            f" WHERE e.trash_root IS NULL AND e.type IN {_CONTAINERS})"
            " SELECT id FROM below",
            *some,
        )
        found.update(row["id"] for row in rows)
    return found


async def children(
    tx: Tx, parents: Sequence[int], types: Sequence[str], after: int, most: int
) -> list[int]:
    """A page of what lies directly in these containers, by id."""
    rows = await tx.all(
        f"SELECT id FROM entity WHERE parent_id IN {marks(len(parents))} AND id > ?"
        f" AND trash_root IS NULL AND type IN {marks(len(types))} ORDER BY id LIMIT ?",
        *parents,
        after,
        *types,
        most,
    )
    return [row["id"] for row in rows]


async def child_counts(tx: Tx, parents: Sequence[int]) -> dict[int, int]:
    """How much lies directly in each of these containers, where something does."""
    rows = await tx.all(
        "SELECT parent_id, count(*) AS number FROM entity"
        f" WHERE parent_id IN {marks(len(parents))} GROUP BY parent_id",
        *parents,
    )
    return {row["parent_id"]: row["number"] for row in rows}


async def places(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """Name, type and parent of these entities."""
    found: dict[int, Row] = {}
    for some in chunks(ids):
        for row in await tx.all(
            f"SELECT id, parent_id, name, type FROM entity WHERE id IN {marks(len(some))}", *some
        ):
            found[row["id"]] = row
    return found


async def entities(tx: Tx, wanted: Sequence[tuple[int, int]], types: Sequence[str]) -> list[Row]:
    """What rows of views are made of: versions of entities (0 for the current one) of these types,
    without those that are in the trash can."""
    found: list[Row] = []
    for some in chunks(wanted):
        found += await tx.all(
            f"WITH wanted (id, number) AS (VALUES {pairs(len(some))})"
            " SELECT e.id, e.type, e.name, e.parent_id, e.benefactor_id, e.etag, e.version,"
            " e.created_by, e.created_on, v.number, v.modified_by, v.modified_on, v.file_handle_id,"
            " v.fields, v.annotations, f.size, f.md5, f.body"
            " FROM wanted w CROSS JOIN entity e JOIN entity_version v ON v.entity_id = e.id"
            " AND v.number = CASE w.number WHEN 0 THEN e.version ELSE w.number END"
            " LEFT JOIN file_handle f ON f.id = v.file_handle_id"
            f" WHERE e.id = w.id AND e.trash_root IS NULL AND e.type IN {marks(len(types))}",
            *(number for pair in some for number in pair),
            *types,
        )
    return found


async def readable_annotations(
    tx: Tx, caller: Caller, ids: Sequence[int], types: Sequence[str]
) -> list[str]:
    """The annotations of those of these entities, of these types, that the caller may read."""
    found: list[str] = []
    may = "" if caller.is_admin else f" AND {readable('e.benefactor_id')}"
    values = () if caller.is_admin else readable_values(caller)
    for some in chunks(ids):
        rows = await tx.all(
            "SELECT v.annotations FROM entity e"
            " JOIN entity_version v ON v.entity_id = e.id AND v.number = e.version"
            f" WHERE e.id IN {marks(len(some))} AND e.type IN {marks(len(types))}"
            f" AND e.trash_root IS NULL AND v.annotations IS NOT NULL{may}",
            *some,
            *types,
            *values,
        )
        found += [row["annotations"] for row in rows]
    return found


async def benefactors(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    """Whose ACL holds for each of these entities that exist, be they in the trash can."""
    found: dict[int, int] = {}
    for some in chunks(ids):
        rows = await tx.all(
            f"SELECT id, benefactor_id FROM entity WHERE id IN {marks(len(some))}", *some
        )
        found |= {row["id"]: row["benefactor_id"] for row in rows}
    return found


async def fields(tx: Tx, id: int) -> str | None:
    """The JSON column of an entity's current version."""
    sql = (
        "SELECT v.fields FROM entity e JOIN entity_version v"
        " ON v.entity_id = e.id AND v.number = e.version WHERE e.id = ?"
    )
    found: str | None = await scalar(tx, sql, id)
    return found


# ------------------------------------------------------------------ submissions


async def submission_ids(tx: Tx, evaluations: Sequence[int], after: int, most: int) -> list[int]:
    """A page of the submissions to these evaluations, by id."""
    rows = await tx.all(
        f"SELECT id FROM submission WHERE evaluation_id IN {marks(len(evaluations))} AND id > ?"
        " ORDER BY id LIMIT ?",
        *evaluations,
        after,
        most,
    )
    return [row["id"] for row in rows]


async def submissions(tx: Tx, ids: Sequence[int]) -> list[Row]:
    """Submissions with their statuses, and the projects of their evaluations."""
    found: list[Row] = []
    for some in chunks(ids):
        found += await tx.all(
            "SELECT s.*, st.etag, st.modified_on, st.status, st.score, st.status_version,"
            " st.can_cancel, st.cancel_requested, st.body, ev.content_source"
            " FROM submission s JOIN submission_status st ON st.id = s.id"
            " JOIN evaluation ev ON ev.id = s.evaluation_id"
            f" WHERE s.id IN {marks(len(some))}",
            *some,
        )
    return found


# ------------------------------------------------------------------ snapshots


async def add_snapshot(tx: Tx, view: int, version: int, blob: str, changed_on: int) -> None:
    """Remember where the rows are that a version of a view shows."""
    await tx.run(
        "INSERT INTO view_snapshot (view_id, version, blob, changed_on) VALUES (?, ?, ?, ?)",
        view,
        version,
        blob,
        changed_on,
    )


async def snapshot(tx: Tx, view: int, version: int) -> Row | None:
    """Where the rows are that a version of a view shows; None if it is no snapshot."""
    return await tx.one(
        "SELECT * FROM view_snapshot WHERE view_id = ? AND version = ?", view, version
    )


async def forget(tx: Tx, views: Sequence[int]) -> None:
    """Remove the snapshots of views; entities that are no views do no harm."""
    for some in chunks(views):
        await tx.run(f"DELETE FROM view_snapshot WHERE view_id IN {marks(len(some))}", *some)


def chunks(items: Sequence[T], size: int = _AT_ONCE) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
