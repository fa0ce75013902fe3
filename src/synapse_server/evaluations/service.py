"""The rules of evaluations."""

from __future__ import annotations

import msgspec

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.evaluations import store, submission_store
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, results
from synapse_wire import evaluations as wire
from synapse_wire.base import Results, iso, millis
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag
from synapse_wire.evaluations import Evaluation, SubmissionQuota

_MOST_TEXT = 100_000
_MOST_IDS = 500
_MOST_ROUNDS = 10_000
OWNER = (
    bits.CREATE
    | bits.READ
    | bits.SUBMIT
    | bits.READ_PRIVATE_SUBMISSION
    | bits.UPDATE_SUBMISSION
    | bits.CHANGE_PERMISSIONS
    | bits.UPDATE
    | bits.DELETE
    | bits.DELETE_SUBMISSION
)
"""What the creator of an evaluation gets."""


class _Body(msgspec.Struct, omit_defaults=True):
    """What is kept of an evaluation in its JSON column."""

    description: str | None = None
    submission_instructions_message: str | None = None
    submission_receipt_message: str | None = None
    quota: SubmissionQuota | None = None


_read_body = msgspec.json.Decoder(_Body).decode


def parse_id(text: str | None, what: str = "evaluation") -> int:
    """The number of an evaluation, a round or a submission."""
    return numbers.parse_id(text, what)


def to_evaluation(row: Row) -> Evaluation:
    """The struct of a row."""
    body = _read_body(row["body"])
    return Evaluation(
        id=str(row["id"]),
        etag=row["etag"],
        name=row["name"],
        description=body.description,
        owner_id=str(row["owner_id"]),
        created_on=iso(row["created_on"]),
        content_source=ids.wire(row["content_source"]),
        submission_instructions_message=body.submission_instructions_message,
        submission_receipt_message=body.submission_receipt_message,
        quota=body.quota,
    )


def quota_of(row: Row) -> SubmissionQuota | None:
    """The older form of rounds, where an evaluation still has it."""
    return _read_body(row["body"]).quota


# ------------------------------------------------------------------ the gate


async def granted(tx: Tx, caller: Caller, id: int) -> int:
    """All kinds of access that the caller has to an evaluation."""
    if caller.is_admin:
        return bits.ALL
    given = await acls.granted(tx, caller, acls.EVALUATION, id)
    return given & bits.READ if caller.is_anonymous else given


async def load(tx: Tx, caller: Caller, id: int, bit: int, *, lock: bool = False) -> Row:
    """An evaluation that the caller may treat so.

    Raises:
        NotFound: There is none.
        Forbidden: Its ACL says no.
    """
    row = await store.find(tx, id, lock=lock)
    if row is None:
        raise NotFound(f"The evaluation {id} does not exist.")
    if not await granted(tx, caller, id) & bit:
        if caller.is_anonymous and bit != bits.READ:
            raise Forbidden("Anonymous users have only READ access permission.")
        raise Forbidden(
            f"You lack {bits.name(bit)} access to the evaluation {id}. Its owner can share it"
            " with you."
        )
    return row


# ------------------------------------------------------------------ verbs


async def create(tx: Tx, caller: Caller, given: Evaluation, policy: Policy) -> Evaluation:
    """Make an evaluation of a project; its creator may do everything with it."""
    caller.require_sign_in()
    if not given.content_source:
        raise BadRequest("An evaluation needs its contentSource: the id of a project.")
    project = ids.parse(given.content_source)
    row = await entities.load(tx, caller, project, bits.CREATE, policy)
    if row["type"] != "project":
        raise BadRequest(f"The contentSource {ids.wire(project)} is not a project.")
    name = await _check_name(tx, given.name)
    id = await store.add(tx, name, caller.id, now(), project, _body(given), _takes(given.quota))
    await acls.put(tx, acls.EVALUATION, id, new_etag(), {caller.id: OWNER})
    return await _stored(tx, id)


async def _stored(tx: Tx, id: int) -> Evaluation:
    row = await store.find(tx, id)
    assert row is not None
    return to_evaluation(row)


async def _check_name(tx: Tx, name: str | None, id: int | None = None) -> str:
    checked = entities.check_name(name or "")
    other = await store.find_named(tx, checked)
    if other is not None and other["id"] != id:
        raise Conflict(
            f"An evaluation with the name {checked!r} already exists. Names of evaluations are"
            " unique in all of Synapse; choose another."
        )
    return checked


def _body(given: Evaluation) -> str:
    texts = (
        given.description,
        given.submission_instructions_message,
        given.submission_receipt_message,
    )
    if any(len(text or "") > _MOST_TEXT for text in texts):
        raise BadRequest(f"The texts of an evaluation have at most {_MOST_TEXT} characters each.")
    _check_quota(given.quota)
    kept = _Body(*texts, given.quota)
    return msgspec.json.encode(kept).decode()


def _check_quota(quota: SubmissionQuota | None) -> None:
    if quota is None:
        return
    if quota.round_duration_millis is not None and quota.round_duration_millis < 1:
        raise BadRequest("The quota's roundDurationMillis must be 1 or more.")
    if quota.number_of_rounds is not None and not 1 <= quota.number_of_rounds <= _MOST_ROUNDS:
        raise BadRequest(f"The quota's numberOfRounds must be between 1 and {_MOST_ROUNDS}.")
    if quota.submission_limit is not None and quota.submission_limit < 0:
        raise BadRequest("The quota's submissionLimit must be 0 or more.")
    if (quota.number_of_rounds or 1) > 1 and quota.round_duration_millis is None:
        raise BadRequest("A quota of several rounds needs its roundDurationMillis.")
    if quota.round_duration_millis is not None and quota.first_round_start is None:
        raise BadRequest("A quota with roundDurationMillis needs its firstRoundStart.")
    first, last = _takes(quota)
    if last is not None and first is not None and last > 2**53:
        raise BadRequest("The quota's rounds end too late: make them fewer or shorter.")


def _takes(quota: SubmissionQuota | None) -> tuple[int | None, int | None]:
    """From when until when an evaluation with this quota takes submissions."""
    if quota is None or quota.first_round_start is None:
        return None, None
    try:
        first = millis(quota.first_round_start)
    except ValueError as error:
        raise BadRequest(f"The quota's firstRoundStart: {error}") from None
    if quota.number_of_rounds is None or quota.round_duration_millis is None:
        return first, None
    return first, first + quota.number_of_rounds * quota.round_duration_millis


async def get(tx: Tx, caller: Caller, id: int) -> Evaluation:
    """An evaluation that the caller may read."""
    return to_evaluation(await load(tx, caller, id, bits.READ))


async def find(tx: Tx, caller: Caller, name: str) -> Evaluation:
    """The evaluation of exactly this name."""
    row = await store.find_named(tx, name)
    if row is None:
        raise NotFound(f"There is no evaluation with the name {name!r}.")
    return to_evaluation(await load(tx, caller, row["id"], bits.READ))


async def update(tx: Tx, caller: Caller, id: int, given: Evaluation) -> Evaluation:
    """Change an evaluation; what only the server sets must be as it was, or be left out."""
    row = await load(tx, caller, id, bits.UPDATE, lock=True)
    if given.id is not None and given.id != str(id):
        raise BadRequest(f"The body is of the evaluation {given.id}, the path of {id}.")
    if given.etag != row["etag"]:
        raise StaleEtag(
            f"The evaluation {id} was updated since you last fetched it, retrieve it again and"
            " re-apply the update"
        )
    old = to_evaluation(row)
    if given.owner_id not in (None, old.owner_id):
        raise BadRequest("The owner of an evaluation cannot be changed.")
    if (
        given.content_source is not None
        and ids.parse(given.content_source) != row["content_source"]
    ):
        raise BadRequest("An evaluation stays with its project: contentSource cannot be changed.")
    if given.quota is not None and await store.has_rounds(tx, id):
        raise BadRequest("This evaluation has rounds; it cannot have a quota, too.")
    name = await _check_name(tx, given.name, id)
    await store.change(tx, id, name, _body(given), _takes(given.quota))
    return await _stored(tx, id)


async def drop_quota(tx: Tx, row: Row) -> None:
    """Let rounds hold in place of the quota."""
    body = _read_body(row["body"])
    body.quota = None
    text = msgspec.json.encode(body).decode()
    await store.change(tx, row["id"], row["name"], text, (None, None))


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Delete an evaluation with everything in it."""
    await load(tx, caller, id, bits.DELETE, lock=True)
    await submission_store.delete_all(tx, id)
    await acls.delete(tx, acls.EVALUATION, id)
    await store.delete(tx, id)


async def page(
    tx: Tx,
    caller: Caller,
    bit: int,
    offset: int,
    limit: int,
    *,
    project: int | None = None,
    evaluation_ids: str | None = None,
    active_only: bool = False,
) -> Results[Evaluation]:
    """Evaluations to which the caller has one kind of access, by name."""
    offset, limit = check_page(offset, limit, wire.MOST_PAGE)
    if caller.is_anonymous and bit != bits.READ:
        return Results(results=[], total_number_of_results=0)
    rows = await store.page(
        tx,
        caller,
        bit,
        offset,
        limit,
        content_source=project,
        ids=_parse_ids(evaluation_ids),
        takes_at=now() if active_only else None,
    )
    return results([to_evaluation(row) for row in rows], offset, limit)


def _parse_ids(text: str | None) -> list[int] | None:
    if not text or not text.strip():
        return None
    found = [parse_id(each.strip()) for each in text.split(",")]
    if len(found) > _MOST_IDS:
        raise BadRequest(f"At most {_MOST_IDS} evaluationIds; these are {len(found)}.")
    return found


def parse_access(name: str) -> int:
    """The kind of access of this name."""
    if name not in bits.BIT:
        raise BadRequest(f"{name!r} is not a kind of access: {', '.join(bits.NAMES)}.")
    return bits.BIT[name]
