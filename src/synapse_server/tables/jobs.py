"""The jobs of tables."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import duckdb

from synapse_server.blobs.base import BlobStore
from synapse_server.entities import ids
from synapse_server.files import archive, handles
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Found, Job, Workers
from synapse_server.tables import arrow, queries, rows, service, updates
from synapse_server.tables.index import Indexes, in_thread
from synapse_server.tables.source import looked_anew
from synapse_server.tables.sql import engine, lines
from synapse_wire import tables as wire
from synapse_wire.base import Wire
from synapse_wire.errors import BadRequest
from synapse_wire.files import DEFAULT_STORAGE_LOCATION, S3FileHandle

workers = Workers()

_SCANNED = 1000
_SAMPLE = 5
_EXPORT_SECONDS = 600.0


@workers.does(wire.AppendableRowSetRequest)
async def append(job: Job) -> Work[Wire]:
    """Add, change and delete the rows of a set."""
    request: wire.AppendableRowSetRequest = job.body
    return await updates.change(job, service.parse_table(request.entity_id), request)


@workers.does(wire.UploadToTableRequest)
async def upload(job: Job) -> Work[Wire]:
    """Add or change the rows of a CSV file."""
    request: wire.UploadToTableRequest = job.body
    table = service.parse_table(request.entity_id or request.table_id)
    return await updates.change(job, table, request)


@workers.does(wire.TableUpdateTransactionRequest)
async def transact(job: Job) -> Work[Wire]:
    """Several changes, and a snapshot."""
    request: wire.TableUpdateTransactionRequest = job.body
    options = request.snapshot_options or wire.SnapshotRequest()
    # The official clients send options that say nothing.
    if not request.create_snapshot and options != wire.SnapshotRequest():
        raise BadRequest("snapshotOptions need createSnapshot.")
    if not request.changes and not request.create_snapshot:
        raise BadRequest("The transaction has no changes, and no snapshot is asked for.")
    table = service.parse_table(request.entity_id)
    for change in request.changes or []:
        if change.entity_id is not None and service.parse_table(change.entity_id) != table:
            raise BadRequest(f"A change is of {change.entity_id}, the transaction of syn{table}.")
    return await updates.transact(job, table, request)


@workers.does(wire.UploadToTablePreviewRequest)
async def preview(job: Job) -> Work[Wire]:
    """Suggest columns for a CSV file."""
    request: wire.UploadToTablePreviewRequest = job.body
    most = None if request.do_full_file_scan else _SCANNED
    async with service.csv_file(job, request.upload_file_handle_id) as file:
        return Found(await asyncio.to_thread(_preview, file, request, most))


def _preview(
    file: TextIO, request: wire.UploadToTablePreviewRequest, most: int | None
) -> wire.UploadToTablePreviewResult:
    descriptor = request.csv_table_descriptor
    found = rows.lines(file, descriptor, request.lines_to_skip or 0)
    names = None
    if descriptor is None or descriptor.is_first_line_header is not False:
        names = next((line for _, line in found), None)
    sample: list[wire.Row] = []
    count = 0

    def scanned() -> Iterator[list[str]]:
        nonlocal count
        for _, line in islice(found, most):
            count += 1
            if count <= _SAMPLE:
                sample.append(wire.Row(values=list(line)))
            yield line

    return wire.UploadToTablePreviewResult(
        suggested_columns=rows.suggest(names, scanned()), sample_rows=sample, rows_scanned=count
    )


@workers.does(wire.QueryBundleRequest)
async def query(job: Job) -> Work[Wire]:
    """The parts of a query's answer."""
    request: wire.QueryBundleRequest = job.body
    return Found(await queries.bundle(job, request))


@workers.does(wire.QueryNextPageToken)
async def next_page(job: Job) -> Work[Wire]:
    """The page after one that was full."""
    token: wire.QueryNextPageToken = job.body
    asked = queries.read_token(token.token)
    request = wire.QueryBundleRequest(
        entity_id=token.entity_id, query=asked, part_mask=queries.ROWS
    )
    found = await queries.bundle(job, request)
    assert found.query_result is not None
    return Found(found.query_result)


@workers.does(wire.DownloadFromTableRequest)
async def download(job: Job) -> Work[Wire]:
    """Write the result of a query as CSV, Parquet or Arrow."""
    request: wire.DownloadFromTableRequest = job.body
    blobs = job.need(BlobStore)  # type: ignore[type-abstract]
    suffix, kind, write = _FORMS[request.format or "CSV"]
    name = handles.check_name(request.file_name or f"Job-{job.id}.{suffix}")
    key = f"{job.caller.id}/{uuid.uuid4()}/{name}"
    # The engine writes into the spool and nowhere else.
    with tempfile.TemporaryDirectory(dir=job.need(Indexes).spool) as folder:
        path = Path(folder) / "result"

        async def export() -> queries.Asked:
            asked = await queries.ask(job, request, request.entity_id)
            await asked.source.use(job, lambda db: write(db, asked, request, path), _EXPORT_SECONDS)
            return asked

        asked = await looked_anew(export)
        if request.format == "ARROW":
            made_of, path = path, path.with_suffix(f".{suffix}")
            await in_thread(arrow.of_parquet, made_of, path)
        size = path.stat().st_size
        md5 = await asyncio.to_thread(archive.md5_of, path)
        await blobs.take(key, path, md5)

    async def finish(tx: Tx) -> Wire:
        handle = S3FileHandle(
            content_md5=md5,
            content_size=size,
            content_type=kind,
            file_name=name,
            storage_location_id=DEFAULT_STORAGE_LOCATION,
            bucket_name=blobs.bucket,
            key=key,
            is_preview=False,
        )
        id = await handles.add(tx, job.caller.id, handle, key)
        return wire.DownloadFromTableResult(
            results_file_handle_id=str(id),
            table_id=ids.wire(asked.source.row["id"]),
            etag=asked.source.etag,
            headers=asked.headers(),
        )

    return finish


def _write_parquet(
    db: duckdb.DuckDBPyConnection,
    asked: queries.Asked,
    request: wire.DownloadFromTableRequest,
    path: Path,
) -> None:
    if request.csv_table_descriptor is not None or request.write_header is False:
        raise BadRequest("csvTableDescriptor and writeHeader are of CSV files, not of others.")
    if request.format == "ARROW" and not arrow.is_installed():
        raise BadRequest(arrow.MISSING)
    with_heads = request.include_row_id_and_row_version is not False
    db.execute(engine.export(asked.statement, asked.limited(), path, with_heads=with_heads))


def _write(
    db: duckdb.DuckDBPyConnection,
    asked: queries.Asked,
    request: wire.DownloadFromTableRequest,
    path: Path,
) -> None:
    try:
        sql = lines.export(
            asked.statement,
            asked.limited(),
            path,
            request.csv_table_descriptor or wire.CsvTableDescriptor(),
            with_header=request.write_header is not False,
            with_heads=request.include_row_id_and_row_version is not False,
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(f"The CSV descriptor cannot be used: {error}") from None
    db.execute(sql)


_FORMS = {
    "CSV": ("csv", "text/csv", _write),
    "PARQUET": ("parquet", "application/vnd.apache.parquet", _write_parquet),
    "ARROW": ("arrow", "application/vnd.apache.arrow.file", _write_parquet),
}
"""How a result is named, of which type it is, and what the engine writes; Arrow is made of that."""
