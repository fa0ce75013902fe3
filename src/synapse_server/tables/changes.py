"""Change sets: the truth of a table. What the index shows can be made of them at any time.

A change has a number, counted from 1 in each table, and parts that happen in order. A row's
version is the number of the last change that touched it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Tx
from synapse_server.tables import columns, store
from synapse_server.tables.store import Part
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

APPEND = "append"
UPDATE = "update"
DELETE = "delete"
SCHEMA = "schema"

MOST_INLINE = 256 * 1024
"""Characters of a part's detail; a larger part is Parquet in the blob store."""
MOST_INLINE_OF_ALL = 16 * 1024 * 1024
"""Characters of the details of all parts of a transaction; those beyond are Parquet as well."""
MOST_CHANGES = 45_000


class Cells(msgspec.Struct, omit_defaults=True):
    """Rows column by column, as text; ``rows`` are their ids unless they are new."""

    columns: list[int]
    cells: list[list[str | None]] = []
    rows: list[int] = []


class Deleted(msgspec.Struct):
    """The ids of rows that are no more."""

    rows: list[int]


class Column(msgspec.Struct, omit_defaults=True):
    """What the index has to know of a column."""

    id: int
    type: str
    default: str | None = None


class Schema(msgspec.Struct):
    """All columns after the change; ``became`` has the old column of each one that had one."""

    columns: list[Column]
    became: dict[int, int]


_encode = msgspec.json.Encoder().encode


def appended(count: int, cells: Cells, blob: str | None = None) -> Part:
    """New rows; their ids are given when they are committed."""
    return Part(0, APPEND, None, count, _encode(cells).decode(), blob)


def updated(count: int, cells: Cells, blob: str | None = None) -> Part:
    """New values of some columns of some rows."""
    return Part(0, UPDATE, None, count, _encode(cells).decode(), blob)


def deleted(rows: list[int]) -> Part:
    """Rows that are no more."""
    return Part(0, DELETE, None, len(rows), _encode(Deleted(rows)).decode(), None)


def restructured(
    old: Sequence[ColumnModel], new: Sequence[ColumnModel], became: dict[int, int]
) -> Part:
    """Other columns. ``became``: the new id of an old column's values, by the new one."""
    kept = {int(each.id or 0): int(each.id or 0) for each in old}
    source = {int(each.id or 0): kept.get(int(each.id or 0)) for each in new}
    mapping = {id: was for id, was in source.items() if was is not None} | became
    schema = Schema([_column(each) for each in new], mapping)
    return Part(0, SCHEMA, None, 0, _encode(schema).decode(), None)


def _column(model: ColumnModel) -> Column:
    assert model.id is not None
    assert model.column_type is not None
    return Column(int(model.id), model.column_type, model.default_value)


@dataclass(frozen=True, slots=True)
class Committed:
    """A change that was written: its number and etag, and the id of its first new row."""

    number: int
    etag: str
    first_row: int


async def commit(tx: Tx, caller: Caller, table: int, parts: Sequence[Part]) -> Committed:
    """Write one change.

    NOTE: the caller may do it, and holds the entity's row.
    """
    state = await store.state(tx, table)
    number = state.version + 1
    if number > MOST_CHANGES:
        raise BadRequest(f"syn{table} has {MOST_CHANGES} changes, the most it can have.")
    etag = new_etag()
    next_row = state.next_row
    numbered = []
    for part in parts:
        first = None
        if part.kind == APPEND:
            first, next_row = next_row, next_row + part.row_count
        numbered.append(replace(part, number=number, first_row=first))
    await store.add_change(tx, table, number, etag, caller.id)
    await store.add_parts(tx, table, numbered)
    await store.set_state(tx, table, number, next_row, etag)
    return Committed(number, etag, state.next_row)


async def create(tx: Tx, caller: Caller, table: int, column_ids: Sequence[str]) -> list[int]:
    """Give a new table its columns; their numbers."""
    models = await columns.schema(tx, column_ids)
    await commit(tx, caller, table, [restructured([], models, {})])
    return [int(each.id or 0) for each in models]


async def set_columns(
    tx: Tx, caller: Caller, table: int, old: Sequence[int], column_ids: Sequence[str]
) -> list[int]:
    """Replace the columns of a table: what is not in the list goes with its values."""
    ids = [columns.parse_id(each) for each in column_ids]
    if ids == list(old):
        return ids
    models = await columns.schema(tx, column_ids)
    before = await columns.load(tx, old)
    await commit(tx, caller, table, [restructured(before, models, {})])
    return ids
