"""Routes of challenges."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.challenges import service
from synapse_server.entities import ids
from synapse_server.kernel.serving import Call, Routes
from synapse_wire import challenges as wire
from synapse_wire.base import Results

routes = Routes()


@routes.serve(wire.create_challenge)
async def create_challenge(call: Call, body: wire.Challenge) -> wire.Challenge:
    return await service.create(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.get_challenge)
async def get_challenge(call: Call, challenge_id: str) -> wire.Challenge:
    return await service.get(call.tx, call.caller, challenge_id, call.need(Policy))


@routes.serve(wire.get_challenge_of_project)
async def get_challenge_of_project(call: Call, id: str) -> wire.Challenge:
    return await service.get_of_project(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.update_challenge)
async def update_challenge(call: Call, challenge_id: str, body: wire.Challenge) -> wire.Challenge:
    return await service.update(call.tx, call.caller, challenge_id, body, call.need(Policy))


@routes.serve(wire.delete_challenge)
async def delete_challenge(call: Call, challenge_id: str) -> None:
    await service.delete(call.tx, call.caller, challenge_id, call.need(Policy))


@routes.serve(wire.list_challenges)
async def list_challenges(
    call: Call, participant_id: str, limit: int = 10, offset: int = 0
) -> Results[wire.Challenge]:
    return await service.list_of_participant(call.tx, call.caller, participant_id, offset, limit)


@routes.serve(wire.list_participants)
async def list_participants(
    call: Call,
    challenge_id: str,
    affiliated: bool | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Results[str]:
    return await service.list_participants(
        call.tx, call.caller, challenge_id, affiliated, offset, limit, call.need(Policy)
    )


@routes.serve(wire.list_challenge_teams)
async def list_challenge_teams(
    call: Call, challenge_id: str, limit: int = 10, offset: int = 0
) -> Results[wire.ChallengeTeam]:
    return await service.list_teams(
        call.tx, call.caller, challenge_id, offset, limit, call.need(Policy)
    )


@routes.serve(wire.register_team)
async def register_team(
    call: Call, challenge_id: str, body: wire.ChallengeTeam
) -> wire.ChallengeTeam:
    return await service.register(call.tx, call.caller, challenge_id, body, call.need(Policy))


@routes.serve(wire.update_challenge_team)
async def update_challenge_team(
    call: Call, challenge_id: str, challenge_team_id: str, body: wire.ChallengeTeam
) -> wire.ChallengeTeam:
    return await service.change_registration(
        call.tx, call.caller, challenge_id, challenge_team_id, body
    )


@routes.serve(wire.unregister_team)
async def unregister_team(call: Call, challenge_team_id: str) -> None:
    await service.unregister(call.tx, call.caller, challenge_team_id)


@routes.serve(wire.list_registratable_teams)
async def list_registratable_teams(
    call: Call, challenge_id: str, limit: int = 10, offset: int = 0
) -> Results[str]:
    return await service.list_registratable(
        call.tx, call.caller, challenge_id, offset, limit, call.need(Policy)
    )


@routes.serve(wire.list_submission_teams)
async def list_submission_teams(
    call: Call, challenge_id: str, limit: int = 10, offset: int = 0
) -> Results[str]:
    return await service.list_submission_teams(
        call.tx, call.caller, challenge_id, offset, limit, call.need(Policy)
    )
