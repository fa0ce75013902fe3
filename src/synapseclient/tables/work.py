"""What a table is asked and told: queries, CSV files up and down, transactions."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from synapse_wire import tables as wire
from synapse_wire.system import Extension
from synapseclient.core.exceptions import SynapseError
from synapseclient.core.jobs import run_job
from synapseclient.core.more_utils import extract_synapse_id_from_query
from synapseclient.tables.cells import ROW_COLUMNS, text_of
from synapseclient.tables.sheets import PLAIN, Dialect
from synapseclient.transfer.upload import upload_file

if TYPE_CHECKING:
    from synapseclient.client import Synapse

Typed = Literal["PARQUET", "ARROW"]
"""What a file is in whose columns have types."""
TIMEOUT = 600.0
"""Seconds to wait for a job unless said."""
ROWS = 0x1
_MOST_DIRECT = 500
_MOST_DIRECT_BYTES = 500_000


@dataclass(frozen=True)
class CsvResult:
    """The result of a query as a file on this machine."""

    path: str
    table_id: str
    etag: str | None
    headers: list[dict[str, Any]]
    """Name, type and, of columns of the table, the id."""
    which: int
    """How many columns come before these and say which rows they are: ROW_ID and ROW_VERSION, and
    in views ROW_ETAG. Results of aggregation have none."""


async def query_csv(
    syn: Synapse,
    sql: str,
    *,
    dialect: Dialect = PLAIN,
    ids: bool = True,
    etags: bool = False,
    folder: str | None = None,
    seconds: float = TIMEOUT,
) -> CsvResult:
    """Query a table; the whole result as a CSV file, however large, in the cache or a folder.

    With ``etags``, rows of views have ROW_ETAG, too.
    """
    table = extract_synapse_id_from_query(sql)
    request = wire.DownloadFromTableRequest(
        entity_id=table,
        sql=sql,
        write_header=dialect.header,
        include_row_id_and_row_version=ids,
        include_entity_etag=etags or None,
        csv_table_descriptor=dialect.descriptor(),
    )
    found, path = await _download(syn, request, table, folder, seconds)
    headers = found.get("headers") or []
    first = next(dialect.read(path), [])
    return CsvResult(path, table, found.get("etag"), headers, max(0, len(first) - len(headers)))


_TYPED: dict[Typed, tuple[Extension, str]] = {
    "PARQUET": (Extension.TABLE_PARQUET, "Parquet"),
    "ARROW": (Extension.TABLE_ARROW, "Arrow files"),
}
"""The extension that a server has who writes a form, and what people call the form."""


async def query_typed(
    syn: Synapse,
    sql: str,
    form: Typed,
    *,
    ids: bool = True,
    etags: bool = False,
    folder: str | None = None,
    seconds: float = TIMEOUT,
) -> tuple[str, dict[str, str]]:
    """Query a table; the whole result as a file whose columns have types, in the cache or a folder,
    and the type of each column of the table.

    Raises:
        SynapseError: The server does not write such files.
    """
    extension, name = _TYPED[form]
    if extension not in await syn.extensions():
        raise SynapseError(
            f"This server does not write {name}. Ask for CSV, or make an Arrow table of the"
            " result: query(…, results_as='arrow')."
        )
    table = extract_synapse_id_from_query(sql)
    request = wire.DownloadFromTableRequest(
        entity_id=table,
        sql=sql,
        format=form,
        include_row_id_and_row_version=ids,
        include_entity_etag=etags or None,
    )
    found, path = await _download(syn, request, table, folder, seconds)
    return path, {each["name"]: each["columnType"] for each in found.get("headers") or []}


async def _download(
    syn: Synapse,
    request: wire.DownloadFromTableRequest,
    table: str,
    folder: str | None,
    seconds: float,
) -> tuple[dict[str, Any], str]:
    """What the server says of a result, and the file."""
    found = await run_job(
        syn,
        wire.start_csv_download,
        wire.get_csv_download,
        table,
        body=request,
        seconds=seconds,
    )
    handle = str(found["resultsFileHandleId"])
    path = await syn.fetch_file_async(
        handle, table, download_location=folder, through=(table, "TableEntity")
    )
    if path is None:
        raise SynapseError(f"The result of the query over {table} was not fetched.")
    return found, path


async def query_bundle(
    syn: Synapse, query: wire.Query, mask: int | None, *, seconds: float = TIMEOUT
) -> dict[str, Any]:
    """The parts of a query's answer, and a page of rows."""
    table = extract_synapse_id_from_query(query.sql or "")
    body = wire.QueryBundleRequest(entity_id=table, query=query, part_mask=mask)
    found: dict[str, Any] = await run_job(
        syn, wire.start_query, wire.get_query, table, body=body, seconds=seconds
    )
    return found


async def next_page(
    syn: Synapse, token: dict[str, Any], *, seconds: float = TIMEOUT
) -> dict[str, Any]:
    """The page after one that was full."""
    body = msgspec.convert(token, wire.QueryNextPageToken)
    table = str(token["entityId"])
    found: dict[str, Any] = await run_job(
        syn, wire.start_next_page, wire.get_next_page, table, body=body, seconds=seconds
    )
    return found


async def transact(
    syn: Synapse,
    table: str,
    changes: Sequence[wire.TableUpdateRequest],
    *,
    snapshot: wire.SnapshotRequest | None = None,
    seconds: float = TIMEOUT,
) -> dict[str, Any]:
    """Make changes, all or none; what came of each."""
    body = transaction(table, changes, snapshot)
    found: dict[str, Any] = await run_job(
        syn, wire.start_transaction, wire.get_transaction, table, body=body, seconds=seconds
    )
    return found


def transaction(
    table: str,
    changes: Sequence[wire.TableUpdateRequest],
    snapshot: wire.SnapshotRequest | None = None,
) -> wire.TableUpdateTransactionRequest:
    """The request of a transaction."""
    return wire.TableUpdateTransactionRequest(
        entity_id=table,
        changes=list(changes) or None,
        create_snapshot=True if snapshot is not None else None,
        snapshot_options=snapshot,
    )


def checked(result: dict[str, Any]) -> dict[str, Any]:
    """What came of a change, if nothing of it failed.

    Raises:
        SynapseError: Of the entities that were to be changed through a view, some were not; all
            others were.
    """
    updates = result.get("updateResults") or ()
    failed = [each for each in updates if each.get("failureCode") or each.get("failureMessage")]
    if failed:
        done = [each.get("entityId") for each in updates if each not in failed]
        raise SynapseError(
            f"Not all of the entities were updated. Successful updates: {done}. "
            f" Failed updates: {failed}"
        )
    return result


async def csv_change(
    syn: Synapse,
    table: str,
    path: str,
    *,
    dialect: Dialect = PLAIN,
    skip: int = 0,
    etag: str | None = None,
    column_ids: list[str] | None = None,
) -> wire.UploadToTableRequest:
    """Send a CSV file; the change that adds its rows, or changes those that it names."""
    uploaded = await upload_file(syn, path, content_type="text/csv")
    return wire.UploadToTableRequest(
        entity_id=table,
        table_id=table,
        upload_file_handle_id=uploaded.file_handle_id,
        update_etag=etag,
        lines_to_skip=skip,
        csv_table_descriptor=dialect.descriptor(),
        column_ids=column_ids,
    )


async def rows_change(
    syn: Synapse,
    table: str,
    columns: dict[str, list[Any]],
    ids: dict[str, str],
    etag: str | None = None,
) -> wire.TableUpdateRequest:
    """The change that adds rows, or changes those of ROW_ID and ROW_VERSION.

    A few rows are sent as they are, many as a CSV file. For the two to mean the same, the empty
    text is null.

    Args:
        syn: The session.
        table: Which.
        columns: The values of each column.
        ids: The id of each column.
        etag: Change rows only if nobody has since the table had this etag.

    Raises:
        ValueError: The table does not have such a column.
    """
    texts = {name: [text_of(each) or None for each in column] for name, column in columns.items()}
    names = [name for name in texts if name not in ROW_COLUMNS]
    unknown = [name for name in names if name not in ids]
    if unknown:
        raise ValueError(
            f"{table} has no column {unknown[0]!r}. Its columns are: {', '.join(ids)}."
        )
    count = len(next(iter(texts.values()), []))
    size = sum(len(text or "") + 8 for column in texts.values() for text in column)
    if count <= _MOST_DIRECT and size <= _MOST_DIRECT_BYTES and names:
        return _direct(table, texts, [(name, ids[name]) for name in names], count, etag)
    with tempfile.TemporaryDirectory(prefix="synapse-table-") as folder:
        path = os.path.join(folder, "rows.csv")
        rows = zip(*texts.values(), strict=True)
        await asyncio.to_thread(PLAIN.write, path, list(texts), rows)
        return await csv_change(syn, table, path, etag=etag)


def _direct(
    table: str,
    texts: dict[str, list[str | None]],
    named: list[tuple[str, str]],
    count: int,
    etag: str | None,
) -> wire.AppendableRowSetRequest:
    row_ids, versions = texts.get("ROW_ID"), texts.get("ROW_VERSION")
    rows = []
    for place in range(count):
        row = wire.Row(values=[texts[name][place] for name, _ in named])
        if row_ids is not None and row_ids[place] is not None:
            version = None if versions is None else versions[place]
            if version is None:
                raise ValueError("Rows with a ROW_ID need their ROW_VERSION, too; query both.")
            row.row_id, row.version_number = int(row_ids[place] or 0), int(version)
        rows.append(row)
    rowset = wire.RowSet(
        table_id=table,
        etag=etag,
        headers=[wire.SelectColumn(name=name, id=id) for name, id in named],
        rows=rows,
    )
    return wire.AppendableRowSetRequest(entity_id=table, to_append=rowset)


async def delete_rows(
    syn: Synapse, table: str, rows: Sequence[tuple[Any, Any]], *, seconds: float = TIMEOUT
) -> None:
    """Delete rows by their ids and versions."""
    if not rows:
        return
    with tempfile.TemporaryDirectory(prefix="synapse-table-") as folder:
        path = os.path.join(folder, "delete.csv")
        await asyncio.to_thread(PLAIN.write, path, ROW_COLUMNS[:2], rows)
        change = await csv_change(syn, table, path)
    await transact(syn, table, [change], seconds=seconds)
