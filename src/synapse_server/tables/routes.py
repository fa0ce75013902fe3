"""Routes of tables."""

from __future__ import annotations

from functools import partial

import msgspec

from synapse_server.access.service import Policy
from synapse_server.blobs.base import blobs_of
from synapse_server.derived import definition
from synapse_server.entities import ids
from synapse_server.files.service import url_of
from synapse_server.kernel.database import Row
from synapse_server.kernel.jobs import Jobs
from synapse_server.kernel.paging import check_page
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.tables import cells, columns, service, sources, updates
from synapse_server.tables.index import Indexes
from synapse_server.tables.source import looked_anew
from synapse_wire import tables as wire
from synapse_wire.base import Redirection, Wire
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.jobs import AsyncJobId

routes = Routes()

_MOST_COLUMNS_OF_A_PAGE = 100


# ------------------------------------------------------------------ columns


@routes.serve(wire.create_column)
async def create_column(call: Call, body: wire.ColumnModel) -> wire.ColumnModel:
    call.caller.require_sign_in()
    return await columns.create(call.tx, body)


@routes.serve(wire.create_columns)
async def create_columns(call: Call, body: wire.ColumnModels) -> wire.ColumnModels:
    call.caller.require_sign_in()
    made = await columns.create_many(call.tx, body.list_ or [])
    return wire.ColumnModels(list_=made, concrete_type=body.concrete_type)


@routes.serve(wire.get_column)
async def get_column(call: Call, column_id: str) -> wire.ColumnModel:
    return (await columns.load(call.tx, [columns.parse_id(column_id)]))[0]


@routes.serve(wire.list_columns)
async def list_columns(
    call: Call, prefix: str | None = None, limit: int = 10, offset: int = 0
) -> wire.PaginatedColumnModels:
    offset, limit = check_page(offset, limit, _MOST_COLUMNS_OF_A_PAGE)
    return await columns.list_all(call.tx, prefix or "", offset, limit)


@routes.serve(wire.get_table_columns)
async def get_table_columns(call: Call, id: str) -> wire.PaginatedColumnModels:
    number, version = ids.parse_versioned(id)
    models = await sources.columns(call.tx, call.caller, number, call.need(Policy), version)
    return wire.PaginatedColumnModels(results=models, total_number_of_results=len(models))


# ------------------------------------------------------------------ changes


async def _start(call: Call, table: str, body: Wire) -> AsyncJobId:
    """Start a job that changes a table; who may not is told at once."""
    number = service.parse_table(table)
    await updates.require(call.tx, call.caller, number, call.need(Policy))
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.start_append)
async def start_append(call: Call, id: str, body: wire.AppendableRowSetRequest) -> AsyncJobId:
    table = service.named(id, body.entity_id)
    return await _start(call, table, msgspec.structs.replace(body, entity_id=table))


@routes.serve(wire.get_append)
async def get_append(call: Call, id: str, async_token: str) -> wire.RowReferenceSetResults:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.RowReferenceSetResults
    )


@routes.serve(wire.delete_rows)
async def delete_rows(call: Call, id: str, body: wire.RowSelection) -> wire.RowReferenceSet:
    table = service.parse_table(service.named(id, body.table_id))
    return await service.delete_rows(call.tx, call.caller, table, body, call.need(Policy))


@routes.serve(wire.create_snapshot)
async def create_snapshot(call: Call, id: str, body: wire.SnapshotRequest) -> wire.SnapshotResponse:
    table = service.parse_table(id)
    number = await service.snapshot(call.tx, call.caller, table, body, call.need(Policy))
    return wire.SnapshotResponse(snapshot_version_number=number)


@routes.serve(wire.start_transaction)
async def start_transaction(
    call: Call, id: str, body: wire.TableUpdateTransactionRequest
) -> AsyncJobId:
    table = service.named(id, body.entity_id)
    return await _start(call, table, msgspec.structs.replace(body, entity_id=table))


@routes.serve(wire.get_transaction)
async def get_transaction(
    call: Call, id: str, async_token: str
) -> wire.TableUpdateTransactionResponse:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.TableUpdateTransactionResponse
    )


@routes.serve(wire.start_csv_upload)
async def start_csv_upload(call: Call, id: str, body: wire.UploadToTableRequest) -> AsyncJobId:
    table = service.named(id, body.entity_id, body.table_id)
    return await _start(call, table, msgspec.structs.replace(body, entity_id=table))


@routes.serve(wire.get_csv_upload)
async def get_csv_upload(call: Call, id: str, async_token: str) -> wire.UploadToTableResult:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.UploadToTableResult
    )


@routes.serve(wire.start_csv_upload_to)
async def start_csv_upload_to(call: Call, body: wire.UploadToTableRequest) -> AsyncJobId:
    return await _start(call, body.entity_id or body.table_id or "", body)


@routes.serve(wire.get_csv_upload_to)
async def get_csv_upload_to(call: Call, async_token: str) -> wire.UploadToTableResult:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.UploadToTableResult
    )


@routes.serve(wire.start_csv_preview)
async def start_csv_preview(call: Call, body: wire.UploadToTablePreviewRequest) -> AsyncJobId:
    if body.upload_file_handle_id is None:
        raise BadRequest("uploadFileHandleId names no file.")
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.get_csv_preview)
async def get_csv_preview(call: Call, async_token: str) -> wire.UploadToTablePreviewResult:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.UploadToTablePreviewResult
    )


# ------------------------------------------------------------------ queries


async def _start_query(call: Call, table: str, body: Wire) -> AsyncJobId:
    number, version = ids.parse_versioned(table)
    await sources.look(call.tx, call.caller, number, call.need(Policy), version)
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.start_query)
async def start_query(call: Call, id: str, body: wire.QueryBundleRequest) -> AsyncJobId:
    return await _start_query(call, id, msgspec.structs.replace(body, entity_id=id))


@routes.serve(wire.get_query)
async def get_query(call: Call, id: str, async_token: str) -> wire.QueryResultBundle:
    return await call.need(Jobs).outcome(call.tx, call.caller, async_token, wire.QueryResultBundle)


@routes.serve(wire.start_next_page)
async def start_next_page(call: Call, id: str, body: wire.QueryNextPageToken) -> AsyncJobId:
    return await _start_query(call, id, msgspec.structs.replace(body, entity_id=id))


@routes.serve(wire.get_next_page)
async def get_next_page(call: Call, id: str, async_token: str) -> wire.QueryResult:
    return await call.need(Jobs).outcome(call.tx, call.caller, async_token, wire.QueryResult)


@routes.serve(wire.start_csv_download)
async def start_csv_download(
    call: Call, id: str, body: wire.DownloadFromTableRequest
) -> AsyncJobId:
    return await _start_query(call, id, msgspec.structs.replace(body, entity_id=id))


@routes.serve(wire.get_csv_download)
async def get_csv_download(call: Call, id: str, async_token: str) -> wire.DownloadFromTableResult:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.DownloadFromTableResult
    )


@routes.serve(wire.start_csv_download_of)
async def start_csv_download_of(call: Call, body: wire.DownloadFromTableRequest) -> AsyncJobId:
    if not body.entity_id:
        raise BadRequest("The request names no table: entityId is needed.")
    return await _start_query(call, body.entity_id, body)


@routes.serve(wire.get_csv_download_of)
async def get_csv_download_of(call: Call, async_token: str) -> wire.DownloadFromTableResult:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.DownloadFromTableResult
    )


# ------------------------------------------------------------------ files in cells


@routes.serve(wire.get_cell_file_handles, Work.OWN)
async def get_cell_file_handles(
    call: Call, id: str, body: wire.RowReferenceSet
) -> wire.TableFileHandleResults:
    table = service.named(id, body.table_id)
    indexes, policy = call.need(Indexes), call.need(Policy)
    return await looked_anew(
        partial(cells.in_cells, call.db, indexes, call.caller, policy, table, body)
    )


async def _cell(call: Call, id: str, column_id: str, row_id: int, version: int) -> Row:
    indexes, policy = call.need(Indexes), call.need(Policy)
    at = (id, column_id, row_id, version)
    return await looked_anew(partial(cells.in_cell, call.db, indexes, call.caller, policy, *at))


@routes.serve(wire.get_cell_file_url, Work.OWN)
async def get_cell_file_url(
    call: Call,
    id: str,
    column_id: str,
    row_id: int,
    version_number: int,
    redirect: bool = True,
) -> Redirection:
    row = await _cell(call, id, column_id, row_id, version_number)
    seconds = call.need(Settings).download_url_seconds
    return Redirection(await url_of(blobs_of(call), row, seconds), redirect)


@routes.serve(wire.get_cell_preview_url, Work.OWN)
async def get_cell_preview_url(
    call: Call,
    id: str,
    column_id: str,
    row_id: int,
    version_number: int,
    redirect: bool = True,
) -> Redirection:
    row = await _cell(call, id, column_id, row_id, version_number)
    raise NotFound(f"The file {row['id']} has no preview.")  # no file has one yet


# ------------------------------------------------------------------ definitions


@routes.serve(wire.validate_defining_sql, Work.READ)
async def validate_defining_sql(
    call: Call, body: wire.ValidateDefiningSqlRequest
) -> wire.ValidateDefiningSqlResponse:
    if body.entity_type is None:
        raise BadRequest("entityType is needed: materializedview or virtualtable.")
    policy = call.need(Policy)
    try:
        await definition.check(
            call.tx, call.caller, None, body.entity_type, body.defining_sql_, policy
        )
    except (BadRequest, Forbidden, NotFound) as error:
        return wire.ValidateDefiningSqlResponse(is_valid=False, invalid_reason=error.reason)
    return wire.ValidateDefiningSqlResponse(is_valid=True)
