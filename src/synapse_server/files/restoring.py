"""The job that brings archived file handles back."""

from __future__ import annotations

from synapse_server.files import service
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Job, Workers
from synapse_wire import files as wire
from synapse_wire.base import Wire

workers = Workers()


@workers.does(wire.FileHandleRestoreRequest)
async def restore(job: Job) -> Work[Wire]:
    """Say of each file handle what became of it."""
    request: wire.FileHandleRestoreRequest = job.body
    service.check_restore(request)

    async def finish(tx: Tx) -> wire.FileHandleRestoreResponse:
        asked = request.file_handle_ids or []
        return wire.FileHandleRestoreResponse(
            restore_results=[await service.restore(tx, job.caller, id) for id in asked]
        )

    return finish
