"""Routes of activities."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.provenance import graph, service
from synapse_server.provenance.activities import parse_id
from synapse_wire import provenance as wire
from synapse_wire.base import Results
from synapse_wire.provenance import Activity

routes = Routes()


@routes.serve(wire.create_activity)
async def create_activity(call: Call, body: Activity) -> Activity:
    return await service.create(call.tx, call.caller, body)


@routes.serve(wire.get_activity)
async def get_activity(call: Call, id: str) -> Activity:
    return await service.get(call.tx, call.caller, parse_id(id))


@routes.serve(wire.update_activity)
async def update_activity(call: Call, id: str, body: Activity) -> Activity:
    return await service.update(call.tx, call.caller, parse_id(id), body)


@routes.serve(wire.delete_activity)
async def delete_activity(call: Call, id: str) -> None:
    await service.delete(call.tx, call.caller, parse_id(id))


@routes.serve(wire.list_generated)
async def list_generated(
    call: Call, id: str, offset: int = 0, limit: int = 10
) -> Results[wire.Reference]:
    return await service.list_generated(
        call.tx, call.caller, parse_id(id), offset, limit, call.need(Policy)
    )


@routes.serve(wire.get_generated_by)
async def get_generated_by(call: Call, id: str) -> Activity:
    return await service.get_generated_by(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.get_version_generated_by)
async def get_version_generated_by(call: Call, id: str, version_number: int) -> Activity:
    return await service.get_generated_by(
        call.tx, call.caller, ids.parse(id), call.need(Policy), version_number
    )


@routes.serve(wire.set_generated_by)
async def set_generated_by(call: Call, id: str, generated_by: str) -> Activity:
    number = ids.parse(id)
    await service.set_generated_by(call.tx, call.caller, number, generated_by, call.need(Policy))
    return await service.get_generated_by(call.tx, call.caller, number, call.need(Policy))


@routes.serve(wire.delete_generated_by)
async def delete_generated_by(call: Call, id: str) -> None:
    await service.set_generated_by(call.tx, call.caller, ids.parse(id), None, call.need(Policy))


@routes.serve(wire.get_graph, Work.SCAN)
async def get_graph(
    call: Call,
    id: str,
    version: int | None = None,
    depth: int = 1000,
    direction: wire.GraphDirection = "UP",
    limit: int = 10_000,
) -> wire.ProvenanceGraph:
    number, named = ids.parse_versioned(id)
    chosen = version if version is not None else named
    return await graph.around(
        call.tx, call.caller, number, chosen, depth, direction, limit, call.need(Policy)
    )
