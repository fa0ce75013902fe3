"""SQL of wikis."""

from __future__ import annotations

import json
from collections.abc import Sequence

from synapse_server.kernel.database import Row, Tx, chunks, marks, scalar
from synapse_server.wiki.owners import Owner

_PAGE = (
    "SELECT p.id, p.owner_kind, p.owner_id, p.parent_id, p.depth, p.etag, p.version, p.created_by,"
    " p.created_on, v.number, v.title, v.markdown_id, v.modified_by, v.modified_on"
    " FROM wiki_page p JOIN wiki_version v ON v.page_id = p.id"
)
_CURRENT = f"{_PAGE} AND v.number = p.version"
_AT_ONCE = 400


async def find(tx: Tx, owner: Owner, id: int, version: int | None = None) -> Row | None:
    """A page of an owner, or one of its versions."""
    where = "WHERE p.id = ? AND p.owner_kind = ? AND p.owner_id = ?"
    if version is None:
        return await tx.one(f"{_CURRENT} {where}", id, *owner)
    return await tx.one(f"{_PAGE} AND v.number = ? {where}", version, id, *owner)


async def find_root(tx: Tx, owner: Owner) -> Row | None:
    """The root page of an owner."""
    where = "WHERE p.owner_kind = ? AND p.owner_id = ? AND p.parent_id IS NULL"
    return await tx.one(f"{_CURRENT} {where}", *owner)


async def root_id(tx: Tx, owner: Owner, *, lock: bool = False) -> int | None:
    """The number of an owner's root page; with ``lock`` nobody else changes the wiki."""
    suffix = tx.dialect.lock_row() if lock else ""
    found = await scalar(
        tx,
        "SELECT id FROM wiki_page WHERE owner_kind = ? AND owner_id = ? AND parent_id IS NULL"
        + suffix,
        *owner,
    )
    return None if found is None else int(found)


async def owner_of(tx: Tx, id: int) -> Owner | None:
    """Whose page it is."""
    row = await tx.one("SELECT owner_kind, owner_id FROM wiki_page WHERE id = ?", id)
    return None if row is None else Owner(row["owner_kind"], row["owner_id"])


async def next_id(tx: Tx) -> int:
    """A number for a new page."""
    return int(await scalar(tx, tx.dialect.next_id("wiki")))


async def add(
    tx: Tx,
    id: int,
    owner: Owner,
    parent: int | None,
    depth: int,
    etag: str,
    creator: int,
    moment: int,
) -> bool:
    """Insert a page without a version; False when the owner has got a root page meanwhile."""
    changed = await tx.run(
        "INSERT INTO wiki_page (id, owner_kind, owner_id, parent_id, depth, etag, version,"
        " created_by, created_on) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING",
        id,
        *owner,
        parent,
        depth,
        etag,
        creator,
        moment,
    )
    return changed == 1


async def add_version(
    tx: Tx,
    id: int,
    number: int,
    title: str | None,
    markdown: int,
    attachments: Sequence[int],
    modifier: int,
    moment: int,
) -> None:
    """Insert a version of a page."""
    await tx.run(
        "INSERT INTO wiki_version (page_id, number, title, markdown_id, modified_by, modified_on)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        id,
        number,
        title,
        markdown,
        modifier,
        moment,
    )
    await tx.many(
        "INSERT INTO wiki_attachment (page_id, number, position, file_handle_id)"
        " VALUES (?, ?, ?, ?)",
        [(id, number, position, handle) for position, handle in enumerate(attachments)],
    )


async def set_page(tx: Tx, id: int, parent: int | None, etag: str, version: int) -> None:
    """Change what all versions share, and which is the current one."""
    await tx.run(
        "UPDATE wiki_page SET parent_id = ?, etag = ?, version = ? WHERE id = ?",
        parent,
        etag,
        version,
        id,
    )


async def sink(tx: Tx, id: int, levels: int) -> None:
    """Note that a page and all below it lie so many levels deeper, or higher if it is negative."""
    await tx.run(
        "WITH RECURSIVE below (id) AS (SELECT id FROM wiki_page WHERE id = ?"
        " UNION ALL SELECT p.id FROM wiki_page p JOIN below b ON p.parent_id = b.id)"
        " UPDATE wiki_page SET depth = depth + ? WHERE id IN (SELECT id FROM below)",
        id,
        levels,
    )


async def forget_versions(tx: Tx, id: int, up_to: int) -> None:
    """Remove the versions up to this one."""
    for table in ("wiki_attachment", "wiki_version"):
        await tx.run(f"DELETE FROM {table} WHERE page_id = ? AND number <= ?", id, up_to)


async def attachments(tx: Tx, id: int, number: int) -> list[int]:
    """The file handles that are attached to a version, in order."""
    rows = await tx.all(
        "SELECT file_handle_id FROM wiki_attachment WHERE page_id = ? AND number = ?"
        " ORDER BY position",
        id,
        number,
    )
    return [row[0] for row in rows]


async def attachments_ever(tx: Tx, id: int) -> set[int]:
    """The file handles that are attached to any version."""
    rows = await tx.all("SELECT file_handle_id FROM wiki_attachment WHERE page_id = ?", id)
    return {row[0] for row in rows}


async def has_attachment(tx: Tx, id: int, handle: int) -> bool:
    """Whether a file handle is attached to any version."""
    sql = "SELECT 1 FROM wiki_attachment WHERE file_handle_id = ? AND page_id = ? LIMIT 1"
    return await scalar(tx, sql, handle, id) is not None


async def has_markdown(tx: Tx, id: int, handle: int) -> bool:
    """Whether a file handle is the markdown of any version."""
    sql = "SELECT 1 FROM wiki_version WHERE markdown_id = ? AND page_id = ? LIMIT 1"
    return await scalar(tx, sql, handle, id) is not None


async def uses(tx: Tx, handle: int) -> bool:
    """Whether any page has this file handle."""
    for sql in (
        "SELECT 1 FROM wiki_version WHERE markdown_id = ? LIMIT 1",
        "SELECT 1 FROM wiki_attachment WHERE file_handle_id = ? LIMIT 1",
    ):
        if await scalar(tx, sql, handle) is not None:
            return True
    return False


async def history(tx: Tx, id: int, offset: int, limit: int) -> Sequence[Row]:
    """The versions, newest first."""
    return await tx.all(
        "SELECT number, modified_by, modified_on FROM wiki_version WHERE page_id = ?"
        " ORDER BY number DESC LIMIT ? OFFSET ?",
        id,
        limit,
        offset,
    )


async def headers(tx: Tx, owner: Owner, offset: int, limit: int) -> Sequence[Row]:
    """The pages of an owner by depth: each comes after the page above it."""
    return await tx.all(
        "WITH page (id, parent_id, version, depth) AS (SELECT id, parent_id, version, depth"
        " FROM wiki_page WHERE owner_kind = ? AND owner_id = ? ORDER BY depth, id"
        " LIMIT ? OFFSET ?)"
        " SELECT t.id, t.parent_id, v.title FROM page t"
        " JOIN wiki_version v ON v.page_id = t.id AND v.number = t.version"
        " ORDER BY t.depth, t.id",
        *owner,
        limit,
        offset,
    )


async def texts(tx: Tx, kind: str, owners: Sequence[int]) -> list[Row]:
    """Titles and markdown files of all pages of these owners, those of each from its root on."""
    found: list[Row] = []
    for some in chunks(owners):
        found += await tx.all(
            "SELECT p.id AS page_id, p.owner_id, v.title, f.blob, f.size"
            " FROM wiki_page p JOIN wiki_version v ON v.page_id = p.id AND v.number = p.version"
            " JOIN file_handle f ON f.id = v.markdown_id"
            f" WHERE p.owner_kind = ? AND p.owner_id IN {marks(len(some))}"
            " ORDER BY p.owner_id, p.depth, p.id",
            kind,
            *some,
        )
    return found


async def children(tx: Tx, id: int, most: int) -> Sequence[Row]:
    """The sub-pages right below a page."""
    return await tx.all(f"{_CURRENT} WHERE p.parent_id = ? ORDER BY p.id LIMIT ?", id, most)


async def above(tx: Tx, id: int) -> list[int]:
    """A page and the pages above it."""
    rows = await tx.all(
        "WITH RECURSIVE up (id, parent_id) AS (SELECT id, parent_id FROM wiki_page WHERE id = ?"
        " UNION ALL SELECT p.id, p.parent_id FROM wiki_page p JOIN up u ON p.id = u.parent_id)"
        " SELECT id FROM up",
        id,
    )
    return [row[0] for row in rows]


async def delete_below(tx: Tx, id: int) -> None:
    """Remove a page and all below it."""
    rows = await tx.all(
        "WITH RECURSIVE below (id, depth) AS (SELECT id, depth FROM wiki_page WHERE id = ?"
        " UNION ALL SELECT p.id, p.depth FROM wiki_page p JOIN below b ON p.parent_id = b.id)"
        " SELECT id FROM below ORDER BY depth DESC",
        id,
    )
    found = [row[0] for row in rows]
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        within = marks(len(some))
        for table in ("wiki_attachment", "wiki_version"):
            await tx.run(f"DELETE FROM {table} WHERE page_id IN {within}", *some)
        await tx.run(f"DELETE FROM wiki_page WHERE id IN {within}", *some)


async def order(tx: Tx, owner: Owner, *, lock: bool = False) -> tuple[str, list[str]] | None:
    """The etag and the ids of the hint of order, if there is one."""
    suffix = tx.dialect.lock_row() if lock else ""
    row = await tx.one(
        f"SELECT etag, ids FROM wiki_order WHERE owner_kind = ? AND owner_id = ?{suffix}", *owner
    )
    return None if row is None else (row["etag"], json.loads(row["ids"]))


async def set_order(tx: Tx, owner: Owner, etag: str, page_ids: list[str]) -> None:
    """Keep a hint of order."""
    await tx.run(
        "INSERT INTO wiki_order (owner_kind, owner_id, etag, ids) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (owner_kind, owner_id) DO UPDATE SET etag = excluded.etag,"
        " ids = excluded.ids",
        *owner,
        etag,
        json.dumps(page_ids),
    )


async def delete_order(tx: Tx, owner: Owner) -> None:
    """Forget the hint of order."""
    await tx.run("DELETE FROM wiki_order WHERE owner_kind = ? AND owner_id = ?", *owner)
