"""Rounds: when an evaluation takes submissions, and how many."""

from __future__ import annotations

import datetime
from typing import NamedTuple

import msgspec

from synapse_server.access import bits
from synapse_server.evaluations import service, store, submission_store
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import next_token, read_token
from synapse_wire import evaluations as wire
from synapse_wire.base import iso, millis
from synapse_wire.errors import BadRequest, NotFound, StaleEtag
from synapse_wire.evaluations import EvaluationRound, EvaluationRoundLimit, LimitType

_read_limits = msgspec.json.Decoder(list[EvaluationRoundLimit]).decode


class Window(NamedTuple):
    """A time in which submissions are taken: a round, a part of a quota, or always."""

    round_id: int | None
    start: int
    limits: list[EvaluationRoundLimit]


async def window_at(tx: Tx, evaluation: Row, moment: int) -> Window | None:
    """The window that is open at a moment; None while submissions are not taken."""
    row = await store.round_at(tx, evaluation["id"], moment)
    if row is not None:
        return Window(row["id"], row["starts"], _read_limits(row["limits"]))
    if await store.has_rounds(tx, evaluation["id"]):
        return None
    first, last = evaluation["takes_from"], evaluation["takes_until"]
    if (first is not None and moment < first) or (last is not None and moment >= last):
        return None
    quota = service.quota_of(evaluation)
    start, limits = first or 0, list[EvaluationRoundLimit]()
    if quota is not None:
        if first is not None and quota.round_duration_millis is not None:
            start += (moment - first) // quota.round_duration_millis * quota.round_duration_millis
        if quota.submission_limit is not None:
            limits.append(
                EvaluationRoundLimit(limit_type="TOTAL", maximum_submissions=quota.submission_limit)
            )
    return Window(None, start, limits)


def counts_since(window: Window, kind: LimitType, moment: int) -> int:
    """From when on submissions count against a limit: days, weeks and months are those of UTC,
    weeks begin on Monday."""
    if kind == "TOTAL":
        return window.start
    day = datetime.datetime.fromtimestamp(moment / 1000, datetime.UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if kind == "WEEKLY":
        day -= datetime.timedelta(days=day.weekday())
    elif kind == "MONTHLY":
        day = day.replace(day=1)
    return max(window.start, int(day.timestamp() * 1000))


# ------------------------------------------------------------------ verbs


def _to_round(row: Row) -> EvaluationRound:
    return EvaluationRound(
        id=str(row["id"]),
        etag=row["etag"],
        evaluation_id=str(row["evaluation_id"]),
        round_start=iso(row["starts"]),
        round_end=iso(row["ends"]),
        limits=_read_limits(row["limits"]),
    )


async def _find(tx: Tx, evaluation: int, text: str) -> Row:
    row = await store.find_round(tx, evaluation, service.parse_id(text, "round"))
    if row is None:
        raise NotFound(f"The evaluation {evaluation} has no round {text}.")
    return row


async def create(tx: Tx, caller: Caller, id: int, given: EvaluationRound) -> EvaluationRound:
    """Add a round that begins in the future and overlaps no other."""
    row = await service.load(tx, caller, id, bits.UPDATE, lock=True)
    if service.quota_of(row) is not None:
        raise BadRequest(
            "This evaluation has a quota; turn it into rounds first, with"
            f" POST /evaluation/{id}/migratequota."
        )
    starts, ends = _check_times(given)
    if starts < now():
        raise BadRequest(f"roundStart lies in the past: {given.round_start}.")
    limits = _check_limits(given)
    await _check_overlap(tx, id, starts, ends)
    return await _stored(tx, id, await store.add_round(tx, id, starts, ends, limits))


async def _stored(tx: Tx, evaluation: int, id: int) -> EvaluationRound:
    row = await store.find_round(tx, evaluation, id)
    assert row is not None
    return _to_round(row)


def _check_times(given: EvaluationRound) -> tuple[int, int]:
    if given.round_start is None or given.round_end is None:
        raise BadRequest("A round needs its roundStart and roundEnd.")
    try:
        starts, ends = millis(given.round_start), millis(given.round_end)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if starts >= ends:
        raise BadRequest("A round must end after its start.")
    if ends <= now():
        raise BadRequest(f"roundEnd lies in the past: {given.round_end}.")
    return starts, ends


def _check_limits(given: EvaluationRound) -> str:
    limits = given.limits or []
    kinds = [limit.limit_type for limit in limits]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise BadRequest(f"A round can have one {kind} limit, not {kinds.count(kind)}.")
    for limit in limits:
        if limit.maximum_submissions < 1:
            raise BadRequest("maximumSubmissions must be 1 or more.")
    return msgspec.json.encode(limits).decode()


async def _check_overlap(tx: Tx, evaluation: int, starts: int, ends: int, but: int = 0) -> None:
    other = await store.round_between(tx, evaluation, starts, ends, but=but)
    if other is not None:
        raise BadRequest(
            f"Rounds may not overlap: round {other['id']} lasts from {iso(other['starts'])} to"
            f" {iso(other['ends'])}."
        )


async def get(tx: Tx, caller: Caller, id: int, text: str) -> EvaluationRound:
    """One round."""
    await service.load(tx, caller, id, bits.READ)
    return _to_round(await _find(tx, id, text))


async def page(
    tx: Tx, caller: Caller, id: int, request: wire.EvaluationRoundListRequest
) -> wire.EvaluationRoundListResponse:
    """A page of rounds, by their start."""
    await service.load(tx, caller, id, bits.READ)
    limit, offset = read_token(request.next_page_token)
    rows = await store.page_of_rounds(tx, id, offset, limit + 1)
    return wire.EvaluationRoundListResponse(
        page=[_to_round(row) for row in rows[:limit]],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def update(
    tx: Tx, caller: Caller, id: int, text: str, given: EvaluationRound
) -> EvaluationRound:
    """Change a round; one that people submitted in keeps its start."""
    await service.load(tx, caller, id, bits.UPDATE, lock=True)
    row = await _find(tx, id, text)
    if given.etag != row["etag"]:
        raise StaleEtag(
            f"Round {row['id']} was updated since you last fetched it, retrieve it again and"
            " re-apply the update"
        )
    starts, ends = _check_times(given)
    if starts != row["starts"]:
        if await submission_store.is_round_used(tx, row["id"]):
            raise BadRequest("People have submitted in this round; its start cannot move.")
        if starts < now():
            raise BadRequest(f"roundStart lies in the past: {given.round_start}.")
    limits = _check_limits(given)
    await _check_overlap(tx, id, starts, ends, row["id"])
    await store.change_round(tx, row["id"], starts, ends, limits)
    return await _stored(tx, id, row["id"])


async def delete(tx: Tx, caller: Caller, id: int, text: str) -> None:
    """Delete a round that nobody has submitted in."""
    await service.load(tx, caller, id, bits.UPDATE, lock=True)
    row = await _find(tx, id, text)
    if await submission_store.is_round_used(tx, row["id"]):
        raise BadRequest("People have submitted in this round; it cannot be deleted.")
    await store.delete_round(tx, row["id"])


async def migrate_quota(tx: Tx, caller: Caller, id: int) -> None:
    """Turn the older quota into rounds, those of the past included."""
    row = await service.load(tx, caller, id, bits.UPDATE, lock=True)
    quota = service.quota_of(row)
    if quota is None:
        raise BadRequest(f"The evaluation {id} has no quota.")
    first, length = row["takes_from"], quota.round_duration_millis
    if first is None or length is None or quota.number_of_rounds is None:
        raise BadRequest(
            "Only a quota with firstRoundStart, roundDurationMillis and numberOfRounds can be"
            " turned into rounds."
        )
    limits = []
    if quota.submission_limit is not None:
        limits.append(
            EvaluationRoundLimit(limit_type="TOTAL", maximum_submissions=quota.submission_limit)
        )
    text = msgspec.json.encode(limits).decode()
    for number in range(quota.number_of_rounds):
        starts = first + number * length
        round_id = await store.add_round(tx, id, starts, starts + length, text)
        await submission_store.assign_round(tx, id, round_id, starts, starts + length)
    await service.drop_quota(tx, row)
