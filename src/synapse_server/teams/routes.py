"""Routes of teams."""

from __future__ import annotations

from synapse_server.kernel.serving import Call, Routes
from synapse_server.teams import service
from synapse_server.users.service import parse_id
from synapse_wire import teams as wire
from synapse_wire.base import Results

routes = Routes()


@routes.serve(wire.list_teams_of)
async def list_teams_of(
    call: Call, id: str, limit: int = 10, offset: int = 0
) -> Results[wire.Team]:
    return await service.of_user(call.tx, parse_id(id, "user"), offset, limit)
