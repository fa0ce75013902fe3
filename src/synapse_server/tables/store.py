"""The SQL of column models, and of the changes that tables are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_server.kernel.dialect import like_prefix

_AT_ONCE = 500

# ------------------------------------------------------------------ column models


async def add_column(tx: Tx, name: str, digest: str, body: str) -> int:
    """Insert a column model, or find the one of this digest; its id."""
    sql = "SELECT id FROM column_model WHERE digest = ?"
    found = await scalar(tx, sql, digest)
    if found is not None:
        return int(found)
    id = int(await scalar(tx, tx.dialect.next_id("column")))
    await tx.run(
        "INSERT INTO column_model (id, name, name_lower, digest, body) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        id,
        name,
        name.lower(),
        digest,
        body,
    )
    return int(await scalar(tx, sql, digest))


async def columns(tx: Tx, ids: Sequence[int]) -> dict[int, str]:
    """The bodies of those that exist, by id."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = await tx.all(
            f"SELECT id, body FROM column_model WHERE id IN {marks(len(some))}", *some
        )
        found |= {row["id"]: row["body"] for row in rows}
    return found


async def list_columns(tx: Tx, prefix: str, offset: int, limit: int) -> tuple[Sequence[Row], int]:
    """A page of the column models whose name begins so, by name, and how many there are."""
    where = tx.dialect.starts_with("name_lower")
    pattern = like_prefix(prefix.lower())
    rows = await tx.all(
        f"SELECT id, body FROM column_model WHERE {where} ORDER BY name_lower, id LIMIT ? OFFSET ?",
        pattern,
        limit,
        offset,
    )
    count = await scalar(tx, f"SELECT count(*) FROM column_model WHERE {where}", pattern)
    return rows, int(count)


# ------------------------------------------------------------------ changes


@dataclass(frozen=True, slots=True)
class State:
    """Where a table stands: its last change, the next row's id, and when it was changed."""

    version: int = 0
    next_row: int = 1
    etag: str = ""
    changed_on: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a change; ``detail`` is JSON, and more may be in the blob."""

    number: int
    kind: str
    first_row: int | None
    row_count: int
    detail: str
    blob: str | None


async def state(tx: Tx, table: int) -> State:
    """Where a table stands."""
    row = await tx.one("SELECT * FROM table_state WHERE entity_id = ?", table)
    if row is None:
        return State()
    return State(row["version"], row["next_row"], row["etag"], row["changed_on"])


async def set_state(tx: Tx, table: int, version: int, next_row: int, etag: str) -> None:
    """NOTE: the caller holds the entity's row."""
    await tx.run(
        "INSERT INTO table_state (entity_id, version, next_row, etag, changed_on)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (entity_id) DO UPDATE SET version = excluded.version,"
        " next_row = excluded.next_row, etag = excluded.etag, changed_on = excluded.changed_on",
        table,
        version,
        next_row,
        etag,
        now(),
    )


async def add_change(tx: Tx, table: int, number: int, etag: str, user: int) -> None:
    """Insert a change; its parts follow."""
    await tx.run(
        "INSERT INTO table_change (table_id, number, etag, made_by, made_on)"
        " VALUES (?, ?, ?, ?, ?)",
        table,
        number,
        etag,
        user,
        now(),
    )


async def add_parts(tx: Tx, table: int, parts: Sequence[Part]) -> None:
    """Insert the parts of one change, in order."""
    await tx.many(
        "INSERT INTO table_change_part"
        " (table_id, number, part, kind, first_row, row_count, detail, blob)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (table, p.number, i, p.kind, p.first_row, p.row_count, p.detail, p.blob)
            for i, p in enumerate(parts)
        ],
    )


async def changes_after(tx: Tx, table: int, number: int, most: int) -> list[Part]:
    """The parts of the next changes, whole changes only, at most about so many parts."""
    last = await scalar(
        tx,
        "SELECT number FROM table_change_part WHERE table_id = ? AND number > ?"
        " ORDER BY number, part LIMIT 1 OFFSET ?",
        table,
        number,
        most,
    )
    until = "" if last is None else f" AND number <= {max(int(last) - 1, number + 1)}"
    rows = await tx.all(
        "SELECT number, kind, first_row, row_count, detail, blob FROM table_change_part"
        f" WHERE table_id = ? AND number > ?{until} ORDER BY number, part",
        table,
        number,
    )
    return [Part(*(row[i] for i in range(6))) for row in rows]


async def version_of_etag(tx: Tx, table: int, etag: str) -> int | None:
    """The change that had this etag."""
    sql = "SELECT number FROM table_change WHERE table_id = ? AND etag = ?"
    found = await scalar(tx, sql, table, etag)
    return None if found is None else int(found)


# ------------------------------------------------------------------ snapshots


async def add_snapshot(tx: Tx, table: int, version: int, state: State) -> None:
    """Remember which change a version of a table shows."""
    await tx.run(
        "INSERT INTO table_snapshot (table_id, version, change_number, etag, changed_on)"
        " VALUES (?, ?, ?, ?, ?)",
        table,
        version,
        state.version,
        state.etag,
        state.changed_on,
    )


async def snapshot(tx: Tx, table: int, version: int) -> State | None:
    """Where a table stood when a version of it was made; None if the version is no snapshot."""
    row = await tx.one(
        "SELECT * FROM table_snapshot WHERE table_id = ? AND version = ?", table, version
    )
    if row is None:
        return None
    return State(row["change_number"], etag=row["etag"], changed_on=row["changed_on"])


# ------------------------------------------------------------------ files in cells


async def files_in(tx: Tx, table: int, handles: Sequence[int]) -> set[int]:
    """Those of these file handles that are or were in a cell of the table."""
    found: set[int] = set()
    for start in range(0, len(handles), _AT_ONCE):
        some = handles[start : start + _AT_ONCE]
        rows = await tx.all(
            "SELECT file_handle_id FROM table_file WHERE table_id = ?"
            f" AND file_handle_id IN {marks(len(some))}",
            table,
            *some,
        )
        found |= {row[0] for row in rows}
    return found


async def holds_file(tx: Tx, handle: int) -> bool:
    """Whether a file handle is or was in a cell of any table."""
    sql = "SELECT 1 FROM table_file WHERE file_handle_id = ? LIMIT 1"
    return await scalar(tx, sql, handle) is not None


async def add_files(tx: Tx, table: int, handles: Sequence[int]) -> None:
    """Remember that cells of the table have these file handles."""
    await tx.many(
        "INSERT INTO table_file (table_id, file_handle_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(table, handle) for handle in handles],
    )


# ------------------------------------------------------------------ the end


async def forget(tx: Tx, tables: Sequence[int]) -> None:
    """Remove tables with all their changes; entities that are no tables do no harm."""
    if not tables:
        return
    for name in ("table_change_part", "table_change", "table_file", "table_snapshot"):
        await tx.run(f"DELETE FROM {name} WHERE table_id IN {marks(len(tables))}", *tables)
    await tx.run(f"DELETE FROM table_state WHERE entity_id IN {marks(len(tables))}", *tables)
