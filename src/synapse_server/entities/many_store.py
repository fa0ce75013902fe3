"""Many entities at once, for what is made of them: rows of views, the index of the search."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.access.store import readable, readable_values
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx, chunks, marks, pairs, scalar

_CONTAINERS = "('project', 'folder')"


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


async def existing(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Those of these entities that exist, be it in the trash can."""
    found: set[int] = set()
    for some in chunks(ids):
        rows = await tx.all(f"SELECT id FROM entity WHERE id IN {marks(len(some))}", *some)
        found |= {row["id"] for row in rows}
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


async def download_groups(tx: Tx, caller: Caller, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Those of these files that the caller may read, in groups about which all decisions of a
    download are the same: one of each, and how many there are."""
    alike = "e.benefactor_id, e.restricted_by, e.is_open"
    may = "" if caller.is_admin else f" AND {readable('e.benefactor_id')}"
    values = () if caller.is_admin else readable_values(caller)
    found: dict[tuple[int | bool, ...], tuple[int, int]] = {}
    for some in chunks(ids):
        for row in await tx.all(
            f"SELECT min(e.id) AS id, count(*) AS number, {alike}, e.created_by = ? AS is_own"
            f" FROM entity e WHERE e.id IN {marks(len(some))} AND e.type = 'file'"
            f" AND e.trash_root IS NULL{may} GROUP BY {alike}, is_own",
            caller.id,
            *some,
            *values,
        ):
            key = tuple(
                row[each] for each in ("benefactor_id", "restricted_by", "is_open", "is_own")
            )
            one, number = found.get(key, (row["id"], 0))
            found[key] = one, number + row["number"]
    return list(found.values())


async def fields(tx: Tx, id: int) -> str | None:
    """The JSON column of an entity's current version."""
    sql = (
        "SELECT v.fields FROM entity e JOIN entity_version v"
        " ON v.entity_id = e.id AND v.number = e.version WHERE e.id = ?"
    )
    found: str | None = await scalar(tx, sql, id)
    return found
