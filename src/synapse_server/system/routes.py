"""Routes of the server itself."""

from __future__ import annotations

from functools import cache
from typing import Any

from synapse_server.blobs.base import BlobStore
from synapse_server.kernel.jobs import Jobs
from synapse_server.kernel.serving import Api, Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.system import openapi, service
from synapse_server.tables import arrow
from synapse_wire import jobs as jobs_wire
from synapse_wire import system as wire
from synapse_wire.base import Results

VERSION = "open.1"
routes = Routes()


@routes.serve(wire.get_version)
async def get_version(call: Call) -> wire.VersionInfo:
    always = (
        wire.Extension.LATE_MD5,
        wire.Extension.BULK,
        wire.Extension.PROVENANCE_GRAPH,
        wire.Extension.WIKI_HTML,
        wire.Extension.TABLE_PARQUET,
        wire.Extension.OPENAPI,
    )
    extensions = [each.value for each in always]
    if arrow.is_installed():
        extensions.append(wire.Extension.TABLE_ARROW.value)
    if call.need(BlobStore).checks_crc32:  # type: ignore[type-abstract]
        extensions.append(wire.Extension.PART_CRC32.value)
    return wire.VersionInfo(
        version=VERSION,
        stack_instance=call.need(Settings).stack_instance,
        extensions=extensions,
    )


@cache
def _document(api: Api) -> dict[str, Any]:
    return openapi.document(api.routes, VERSION)


@routes.serve(wire.get_openapi)
async def get_openapi(call: Call) -> dict[str, Any]:
    return _document(call.need(Api))


@routes.serve(wire.get_status)
async def get_status(call: Call) -> wire.StackStatus:
    return wire.StackStatus(
        status="READ_WRITE", current_message="Synapse is ready for read and write."
    )


@routes.serve(jobs_wire.start_job)
async def start_job(call: Call, body: dict[str, Any]) -> jobs_wire.AsynchronousJobStatus:
    jobs = call.need(Jobs)
    id = await jobs.start_any(call.tx, call.caller, body)
    return await jobs.status(call.tx, call.caller, str(id))


@routes.serve(jobs_wire.get_job)
async def get_job(call: Call, job_id: str) -> jobs_wire.AsynchronousJobStatus:
    return await call.need(Jobs).status(call.tx, call.caller, job_id)


@routes.serve(jobs_wire.cancel_job, Work.WRITE)
async def cancel_job(call: Call, job_id: str) -> None:
    await call.need(Jobs).cancel(call.tx, call.caller, job_id)


@routes.serve(wire.get_overview, Work.SCAN)
async def get_overview(call: Call) -> wire.Overview:
    return await service.overview(call.tx, call.caller, VERSION)


@routes.serve(wire.list_accounts, Work.SCAN)
async def list_accounts(
    call: Call, fragment: str | None = None, offset: int = 0, limit: int = 50
) -> Results[wire.Account]:
    return await service.accounts(call.tx, call.caller, fragment or "", offset, limit)


@routes.serve(wire.check_health)
async def check_health(call: Call) -> None:
    return None
