"""Routes of doing many things at once."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.blobs.base import blobs_of
from synapse_server.bulk import service
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_wire import bulk as wire

routes = Routes()


@routes.serve(wire.list_tree, Work.OWN)
async def list_tree(call: Call, body: wire.TreeRequest) -> wire.TreePage:
    blobs = blobs_of(call)
    return await service.list_tree(
        call.db, blobs, call.caller, body, call.need(Policy), call.need(Settings)
    )


@routes.serve(wire.start_small_uploads, Work.OWN)
async def start_small_uploads(call: Call, body: wire.SmallFilesRequest) -> wire.SmallUploads:
    blobs = blobs_of(call)
    return await service.start_uploads(call.db, blobs, call.caller, body, call.need(Settings))


@routes.serve(wire.commit, Work.OWN)
async def commit(call: Call, body: wire.Commit) -> wire.CommitResult:
    blobs = blobs_of(call)
    return await service.commit(call.db, blobs, call.caller, body, call.need(Policy))
