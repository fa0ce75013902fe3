"""The files that cells of tables hold, to be downloaded."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.tables import rows, service
from synapse_server.tables.index import Index, Indexes, cells
from synapse_server.tables.service import Seen
from synapse_wire import tables as wire
from synapse_wire.errors import BadRequest, NotFound
from synapse_wire.tables import ColumnModel

_MOST_ROWS = 1_000


async def _look(db: Database, caller: Caller, table: str, policy: Policy) -> Seen:
    number, version = ids.parse_versioned(table)
    return await db.read(lambda tx: service.look_to_query(tx, caller, number, policy, version))


async def _cells(
    indexes: Indexes, seen: Seen, found: Sequence[int], columns: Sequence[int]
) -> dict[int, tuple[int, list[int | None]]]:
    """The version and the cells of those of these rows that exist."""

    def ask(index: Index) -> dict[int, tuple[int, list[int | None]]]:
        with seen.reading(index) as db:
            return cells(db, found, columns)

    return await indexes.use_table(seen.table, seen.state.version, ask, no_later=seen.is_snapshot)


def _of_files(column: ColumnModel) -> int:
    if column.column_type != "FILEHANDLEID":
        raise BadRequest(f"The column {column.name!r} is {column.column_type}, not FILEHANDLEID.")
    return int(column.id or 0)


async def in_cell(
    db: Database,
    indexes: Indexes,
    caller: Caller,
    policy: Policy,
    table: str,
    column_id: str,
    row_id: int,
    version: int,
) -> Row:
    """The file handle in a cell of a table that the caller may download from.

    Raises:
        BadRequest: The table has no such column of files.
        NotFound: No such row, it was changed since, or the cell is empty.
        Forbidden: The caller may not.
    """
    seen = await _look(db, caller, table, policy)
    column = next((each for each in seen.columns if each.id == column_id), None)
    if column is None:
        raise BadRequest(f"{table} has no column {column_id}.")
    rows.check_row_id(row_id)
    found = await _cells(indexes, seen, [row_id], [_of_files(column)])
    if row_id not in found:
        raise NotFound(f"{table} has no row {row_id}; it may have been deleted.")
    current, (handle,) = found[row_id]
    if current != version:
        raise NotFound(
            f"Row {row_id} of {table} has version {current}, not {version}. Query it again; older"
            " versions are in snapshots."
        )
    if handle is None:
        raise NotFound(f"Row {row_id} of {table} has no file in the column {column.name!r}.")
    return await db.read(lambda tx: handles.find(tx, handle))


async def in_cells(
    db: Database,
    indexes: Indexes,
    caller: Caller,
    policy: Policy,
    table: str,
    references: wire.RowReferenceSet,
) -> wire.TableFileHandleResults:
    """The file handles of some rows and columns, in the order of the request.

    Raises:
        BadRequest: A column has no files, or a row is not there.
        Forbidden: The caller may not download from the table.
    """
    seen = await _look(db, caller, table, policy)
    headers = references.headers or []
    wanted = [each.row_id or 0 for each in references.rows or []]
    if not headers or not wanted:
        raise BadRequest("The request needs headers, of columns of FILEHANDLEID, and rows.")
    if len(wanted) > _MOST_ROWS:
        raise BadRequest(f"At most {_MOST_ROWS} rows at a time, not {len(wanted)}.")
    for row in wanted:
        rows.check_row_id(row)
    by_id = {int(each.id or 0): each for each in seen.columns}
    columns = [by_id[rows.header_column(each, seen.columns)] for each in headers]
    found = await _cells(indexes, seen, wanted, [_of_files(each) for each in columns])
    missing = [row for row in wanted if row not in found]
    if missing:
        raise BadRequest(f"{table} has no rows {missing[:20]}; they may have been deleted.")
    cells = [found[row][1] for row in wanted]
    every = sorted({handle for row in cells for handle in row if handle is not None})

    async def find(tx: Tx) -> dict[int, Row]:
        known: dict[int, Row] = {}
        for start in range(0, len(every), 500):
            known |= await handles.find_many(tx, every[start : start + 500])
        return known

    known = await db.read(find)
    return wire.TableFileHandleResults(
        table_id=ids.wire(seen.table),
        headers=[
            wire.SelectColumn(name=each.name, column_type=each.column_type, id=each.id)
            for each in columns
        ],
        rows=[
            wire.FileHandles(
                list_=[
                    None if each is None or each not in known else handles.to_handle(known[each])
                    for each in row
                ]
            )
            for row in cells
        ],
    )
