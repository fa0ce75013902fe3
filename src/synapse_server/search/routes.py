"""Routes of search."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.search import service
from synapse_wire import search as wire

routes = Routes()


@routes.serve(wire.search, Work.OWN)
async def search(call: Call, body: wire.SearchQuery) -> wire.SearchResults:
    asked = service.read(body)
    found = await call.need(service.Search).find(call.caller, asked)
    policy = call.need(Policy)
    return await call.db.read(lambda tx: service.show(tx, call.caller, body, asked, found, policy))
