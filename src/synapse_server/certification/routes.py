"""Routes of the quiz and of certifications."""

from __future__ import annotations

from synapse_server.certification import service
from synapse_server.kernel.serving import Call, Routes
from synapse_server.users.service import parse_id
from synapse_wire import certification as wire
from synapse_wire.base import Results

routes = Routes()


@routes.serve(wire.get_quiz)
async def get_quiz(call: Call) -> wire.Quiz:
    return service.get(call.caller)


@routes.serve(wire.answer_quiz)
async def answer_quiz(call: Call, body: wire.QuizResponse) -> wire.PassingRecord:
    return await service.answer(call.tx, call.caller, body)


@routes.serve(wire.list_quiz_responses)
async def list_quiz_responses(
    call: Call, principal_id: int | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.QuizResponse]:
    return await service.responses(call.tx, call.caller, principal_id, offset, limit)


@routes.serve(wire.delete_quiz_response)
async def delete_quiz_response(call: Call, id: int) -> None:
    await service.delete_response(call.tx, call.caller, id)


@routes.serve(wire.get_passing_record)
async def get_passing_record(call: Call, id: str) -> wire.PassingRecord:
    return await service.passing_record(call.tx, parse_id(id, "user"))


@routes.serve(wire.list_passing_records)
async def list_passing_records(
    call: Call, id: str, limit: int = 10, offset: int = 0
) -> Results[wire.PassingRecord]:
    return await service.passing_records(call.tx, call.caller, parse_id(id, "user"), offset, limit)


@routes.serve(wire.set_certification)
async def set_certification(call: Call, id: str, is_certified: bool) -> None:
    await service.set_certification(call.tx, call.caller, parse_id(id, "user"), is_certified)


@routes.serve(wire.revoke_certification)
async def revoke_certification(call: Call, id: str) -> wire.PassingRecord:
    return await service.revoke(call.tx, call.caller, parse_id(id, "user"))
