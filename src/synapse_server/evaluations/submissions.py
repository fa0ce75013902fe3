"""Submissions: handing in a version of an entity, and reading what was handed in."""

from __future__ import annotations

import msgspec

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.auth.notices import Post
from synapse_server.entities import bundles, ids
from synapse_server.entities import service as entities
from synapse_server.evaluations import eligibility, letters, service, statuses
from synapse_server.evaluations import store as evaluation_store
from synapse_server.evaluations import submission_store as store
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.teams import service as teams
from synapse_server.users import service as users
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.entities import EntityBundleRequest
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound
from synapse_wire.evaluations import MOST_PAGE
from synapse_wire.submissions import Submission, SubmissionBundle, SubmissionContributor

_SUBMITTED = EntityBundleRequest(
    include_entity=True, include_annotations=True, include_file_handles=True
)
_MOST_ALIAS = 256
_MOST_NAME = 256


# ------------------------------------------------------------------ handing in


async def create(
    tx: Tx,
    caller: Caller,
    given: Submission,
    etag: str | None,
    told_hash: str | None,
    policy: Policy,
    post: Post,
    page: str | None = None,
) -> Submission:
    """Submit a version of an entity, with the bytes of its file.

    The evaluation is locked, so that two submissions at once cannot both be the last one that a
    limit allows. The members of the team are told; ``page`` is the caller's page of projects.
    """
    caller.require_sign_in()
    if not given.evaluation_id:
        raise BadRequest("A submission needs its evaluationId.")
    if not given.entity_id:
        raise BadRequest("A submission needs its entityId.")
    evaluation_id = service.parse_id(given.evaluation_id)
    evaluation = await service.load(tx, caller, evaluation_id, bits.SUBMIT, lock=True)
    number = ids.parse(given.entity_id)
    row = await entities.load(tx, caller, number, bits.READ, policy, version=given.version_number)
    if row["file_handle_id"] is not None:  # or whoever scores it could not
        await entities.load(tx, caller, number, bits.DOWNLOAD, policy)
    if etag not in (row["etag"], entities.etag_of(row)):
        raise BadRequest(
            "The supplied Etag is out of date. Fetch the entity again and submit with its etag."
        )
    team = None if not given.team_id else users.parse_id(given.team_id, "team")
    moment = now()
    window = await eligibility.open_window(tx, evaluation, moment)
    contributors = await _contributors(tx, caller, given, team)
    if team is None:
        await eligibility.check_user(tx, evaluation, window, caller.id, moment)
    else:
        await eligibility.check_team(tx, evaluation, window, team, contributors, told_hash, moment)
    bundle = await bundles.get(tx, caller, number, _SUBMITTED, policy, row["number"])
    name = _check_text("name", given.name or row["name"], _MOST_NAME)
    id = await store.add(
        tx,
        evaluation=evaluation_id,
        round_id=window.round_id,
        user=caller.id,
        team=team,
        entity=number,
        version=row["number"],
        name=name,
        alias=_check_text("submitterAlias", given.submitter_alias or "", _MOST_ALIAS) or None,
        bundle=msgspec.json.encode(bundle).decode(),
        contributors=contributors,
        files=[int(handle.id) for handle in bundle.file_handles or () if handle.id is not None],
    )
    await evaluation_store.renew_batch_etag(tx, evaluation_id)
    if team is not None:
        await letters.of_team(tx, caller, evaluation, team, name, page, post)
    return (await _to_submissions(tx, [await store.find(tx, id)]))[0]


def _check_text(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise BadRequest(f"The {what} has {len(text)} characters; at most {most}.")
    return text


async def _contributors(tx: Tx, caller: Caller, given: Submission, team: int | None) -> list[int]:
    """Who worked on a submission: the submitter, and those of the team who are named."""
    named = {
        users.parse_id(each.principal_id or "", "contributor") for each in given.contributors or ()
    }
    named.add(caller.id)
    if team is None:
        if len(named) > 1:
            raise BadRequest(
                "Only a team's submission has contributors besides the submitter; name the teamId."
            )
        return [caller.id]
    await teams.load(tx, team)
    if not await teams.is_member(tx, team, caller.id):
        raise Forbidden(f"You are not a member of the team {team}; join it to submit for it.")
    return sorted(named)


# ------------------------------------------------------------------ reading


async def _to_submissions(tx: Tx, rows: list[Row]) -> list[Submission]:
    contributors = await store.contributors(tx, [row["id"] for row in rows])
    return [
        Submission(
            id=str(row["id"]),
            user_id=str(row["user_id"]),
            submitter_alias=row["submitter_alias"],
            evaluation_id=str(row["evaluation_id"]),
            evaluation_round_id=None if row["round_id"] is None else str(row["round_id"]),
            entity_id=ids.wire(row["entity_id"]),
            entity_bundle_json=row["bundle"],
            version_number=row["version"],
            name=row["name"],
            created_on=iso(row["created_on"]),
            team_id=None if row["team_id"] is None else str(row["team_id"]),
            contributors=[
                SubmissionContributor(
                    principal_id=str(each["principal_id"]), created_on=iso(each["created_on"])
                )
                for each in contributors[row["id"]]
            ],
        )
        for row in rows
    ]


async def _load(tx: Tx, caller: Caller, text: str, bit: int) -> Row:
    row = await store.find(tx, service.parse_id(text, "submission"))
    await service.load(tx, caller, row["evaluation_id"], bit)
    return row


async def get(tx: Tx, caller: Caller, text: str) -> Submission:
    """A submission with all that was submitted."""
    row = await _load(tx, caller, text, bits.READ_PRIVATE_SUBMISSION)
    return (await _to_submissions(tx, [row]))[0]


async def page(
    tx: Tx,
    caller: Caller,
    id: int,
    offset: int,
    limit: int,
    *,
    own: bool = False,
    status: str | None = None,
) -> Results[Submission]:
    """Submissions in the order in which they came: the caller's own, or all."""
    rows, total = await _rows(tx, caller, id, offset, limit, own, status)
    return Results(results=await _to_submissions(tx, rows), total_number_of_results=total)


async def _rows(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int, own: bool, status: str | None
) -> tuple[list[Row], int]:
    offset, limit = check_page(offset, limit, MOST_PAGE)
    await service.load(tx, caller, id, bits.READ if own else bits.READ_PRIVATE_SUBMISSION)
    user = caller.id if own else None
    rows = await store.page(tx, id, offset, limit, user=user, status=status)
    return list(rows), estimate_total(offset, limit, len(rows))


async def page_of_bundles(
    tx: Tx,
    caller: Caller,
    id: int,
    offset: int,
    limit: int,
    *,
    own: bool = False,
    status: str | None = None,
) -> Results[SubmissionBundle]:
    """The same with their statuses."""
    rows, total = await _rows(tx, caller, id, offset, limit, own, status)
    found = await store.statuses(tx, [row["id"] for row in rows])
    private = await statuses.sees_private(tx, caller, id)
    results = [
        SubmissionBundle(
            submission=submission,
            submission_status=statuses.to_status(found[row["id"]], private=private),
        )
        for row, submission in zip(rows, await _to_submissions(tx, rows), strict=True)
    ]
    return Results(results=results, total_number_of_results=total)


async def count(tx: Tx, caller: Caller, id: int) -> int:
    """How many submissions an evaluation has."""
    await service.load(tx, caller, id, bits.READ_PRIVATE_SUBMISSION)
    return await store.count(tx, id)


async def has_file(tx: Tx, caller: Caller, text: str, handle: int) -> bool:
    """Whether a submission has a file handle.

    Raises:
        NotFound: No such submission.
        Forbidden: The caller may not read private submissions.
    """
    row = await _load(tx, caller, text, bits.READ_PRIVATE_SUBMISSION)
    return await store.has_file(tx, row["id"], handle)


async def submitted_file(tx: Tx, caller: Caller, text: str, handle: int) -> Row:
    """A file handle that was submitted.

    Raises:
        NotFound: No such submission, or it does not have the handle.
        Forbidden: The caller may not read private submissions.
    """
    if not await has_file(tx, caller, text, handle):
        raise NotFound(f"The submission {text} does not have the file handle {handle}.")
    return await handles.find(tx, handle)


async def holds(tx: Tx, handle: int) -> bool:
    """Whether a file handle was submitted anywhere, so that it may not be deleted."""
    return await store.is_submitted(tx, handle)


# ------------------------------------------------------------------ changing


async def delete(tx: Tx, caller: Caller, text: str) -> None:
    """Delete a submission with its status."""
    row = await _load(tx, caller, text, bits.DELETE_SUBMISSION)
    await store.delete(tx, row["id"])
    await evaluation_store.renew_batch_etag(tx, row["evaluation_id"])


async def cancel(tx: Tx, caller: Caller, text: str) -> None:
    """Ask for one's own submission to be cancelled."""
    caller.require_sign_in()
    row = await store.find_status(tx, service.parse_id(text, "submission"), lock=True)
    if row["user_id"] != caller.id:
        raise Forbidden("Only the submitter may ask for a submission to be cancelled.")
    if not row["can_cancel"]:
        raise Conflict(
            f"The submission {row['id']} cannot be cancelled now. Whoever scores it allows that"
            " in its status (canCancel)."
        )
    await store.request_cancellation(tx, row)
    await evaluation_store.renew_batch_etag(tx, row["evaluation_id"])


async def add_contributor(
    tx: Tx, caller: Caller, text: str, given: SubmissionContributor
) -> SubmissionContributor:
    """Name one more who worked on a submission."""
    caller.require_sign_in()
    if not caller.is_admin:
        raise Forbidden("Only an administrator may add a contributor to a submission.")
    row = await store.find(tx, service.parse_id(text, "submission"))
    principal = users.parse_id(given.principal_id or "", "contributor")
    await users.get_profile(tx, caller, principal)  # there is such a user
    await store.add_contributor(tx, row["id"], principal)
    for each in (await store.contributors(tx, [row["id"]]))[row["id"]]:
        if each["principal_id"] == principal:
            return SubmissionContributor(
                principal_id=str(principal), created_on=iso(each["created_on"])
            )
    raise AssertionError("a contributor was added and is not there")
