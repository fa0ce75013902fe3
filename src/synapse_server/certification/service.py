"""The rules of the quiz: who may take it, when it is passed, and what comes of it."""

from __future__ import annotations

import msgspec

from synapse_server.certification import questions, store
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.users import service as users
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.certification import (
    MultichoiceResponse,
    PassingRecord,
    Quiz,
    QuizResponse,
    ResponseCorrectness,
)
from synapse_wire.errors import BadRequest, Forbidden, NotFound

_decode = msgspec.json.Decoder(QuizResponse)


def _require_person(caller: Caller) -> None:
    if caller.is_anonymous:
        raise Forbidden("You need to log in before you can take the quiz.")


def get(caller: Caller) -> Quiz:
    """The quiz, without the right answers."""
    _require_person(caller)
    return questions.quiz()


async def answer(tx: Tx, caller: Caller, given: QuizResponse) -> PassingRecord:
    """Count the right answers; enough of them certify the caller."""
    _require_person(caller)
    row = await users.require_user(tx, caller.id)
    if row["is_certified"]:
        raise Forbidden("You are a certified user already.")
    if given.quiz_id != questions.QUIZ_ID:
        raise BadRequest(f"The quiz is {questions.QUIZ_ID} now, not {given.quiz_id}. Fetch it.")
    corrections = _correct(given)
    score = sum(each.is_correct for each in corrections)
    passed = score >= questions.NEEDED
    kept = QuizResponse(question_responses=given.question_responses)
    body = msgspec.json.encode(kept).decode()
    record = _to_record(await store.add_response(tx, caller.id, score, passed, body))
    if passed:
        await users.certify(tx, caller.id, True)
    record.corrections = corrections
    return record


def _correct(given: QuizResponse) -> list[ResponseCorrectness]:
    """Which answers are right. A question without an answer is not.

    Raises:
        BadRequest: They are not answers to these questions.
    """
    seen: set[int] = set()
    corrections = []
    for each in given.question_responses or ():
        index = each.question_index
        if index is None or not 0 <= index < len(questions.ITEMS) or index in seen:
            raise BadRequest(f"There is no question {index}, or it is answered twice.")
        if not isinstance(each, MultichoiceResponse):
            raise BadRequest(f"Question {index} has answers to choose from.")
        seen.add(index)
        chosen = set(each.answer_index or ())
        asked = questions.question(index)
        if not chosen <= {each.answer_index for each in asked.answers or ()}:
            raise BadRequest(f"Question {index} has no such answer: {sorted(chosen)}.")
        is_right = chosen == questions.right(index)
        corrections.append(ResponseCorrectness(question=asked, response=each, is_correct=is_right))
    return corrections


def _to_record(row: Row) -> PassingRecord:
    revoked = row["revoked_on"] is not None
    return PassingRecord(
        user_id=str(row["user_id"]),
        quiz_id=questions.QUIZ_ID,
        response_id=row["id"],
        score=row["score"],
        passed=bool(row["passed"]),
        passed_on=iso(row["created_on"]),
        created_on=iso(row["created_on"]),
        certified=bool(row["passed"]) and not revoked,
        revoked=revoked,
        revoked_on=iso(row["revoked_on"]) if revoked else None,
    )


def _without_quiz(user: Row) -> PassingRecord:
    """What is said of who was certified by an administrator."""
    certified = bool(user["is_certified"])
    revoked_on = user["certification_revoked_on"]
    return PassingRecord(
        user_id=str(user["id"]),
        passed=True,
        passed_on=iso(user["certified_on"]),
        certified=certified,
        revoked=not certified,
        revoked_on=None if certified or revoked_on is None else iso(revoked_on),
    )


async def passing_record(tx: Tx, id: int) -> PassingRecord:
    """How a user did last, or since when they are certified."""
    return (await _records(tx, id, 0, 1))[0]


async def _records(tx: Tx, id: int, offset: int, limit: int) -> list[PassingRecord]:
    user = await users.require_user(tx, id)
    found = [_to_record(row) for row in await store.responses(tx, id, offset, limit)]
    now_certified = bool(user["is_certified"])
    by_quiz = any(each.passed and each.certified is now_certified for each in found)
    if offset == 0 and user["certified_on"] is not None and not by_quiz:
        found.append(_without_quiz(user))
    if offset == 0 and not found:
        raise NotFound(f"The user {id} has not taken the quiz, and is not certified.")
    return sorted(found, key=lambda each: each.passed_on or "", reverse=True)


async def passing_records(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int
) -> Results[PassingRecord]:
    """All such records, the latest first."""
    caller.require_admin()
    offset, limit = check_page(offset, limit)
    try:
        found = await _records(tx, id, offset, limit)
    except NotFound:
        await users.require_user(tx, id)
        found = []
    return Results(results=found, total_number_of_results=estimate_total(offset, limit, len(found)))


async def responses(
    tx: Tx, caller: Caller, user: int | None, offset: int, limit: int
) -> Results[QuizResponse]:
    """What everybody, or one user, has answered."""
    caller.require_admin()
    offset, limit = check_page(offset, limit)
    results = []
    for row in await store.responses(tx, user, offset, limit):
        found = _decode.decode(row["body"])
        found.id, found.quiz_id = row["id"], questions.QUIZ_ID
        found.created_by, found.created_on = str(row["user_id"]), iso(row["created_on"])
        results.append(found)
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(results))
    )


async def delete_response(tx: Tx, caller: Caller, id: int) -> None:
    """Forget what somebody answered; whether they are certified stays."""
    caller.require_admin()
    if not await store.delete_response(tx, id):
        raise NotFound(f"There is no response {id} to the quiz.")


async def set_certification(tx: Tx, caller: Caller, id: int, certified: bool) -> None:
    """Certify a user without the quiz, or take it back."""
    caller.require_admin()
    await _certify(tx, id, certified)


async def _certify(tx: Tx, id: int, certified: bool) -> None:
    await users.certify(tx, id, certified)
    if not certified:
        await store.revoke_responses(tx, id)


async def revoke(tx: Tx, caller: Caller, id: int) -> PassingRecord:
    """Take a certification back."""
    caller.require_sign_in()
    if not await users.is_act(tx, caller):
        raise Forbidden(
            "Only the Synapse Access and Compliance Team may take a certification back."
        )
    if not (await users.require_user(tx, id))["is_certified"]:
        raise BadRequest(f"The user {id} is not certified.")
    await _certify(tx, id, False)
    return await passing_record(tx, id)
