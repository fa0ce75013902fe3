"""The rules of submissions: a data access request as it was handed in, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from synapse_server.auth.notices import Post
from synapse_server.files import handles
from synapse_server.governance import approvals, letters, requests, requirements, store
from synapse_server.governance.requirements import parse_id, require_act
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import next_token, read_token
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire import governance as wire
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.governance import AccessApproval, Submission

_MOST_TEXT = 20_000


class _Body(msgspec.Struct, omit_defaults=True):
    """What is kept of a request at the moment when it was handed in."""

    request: wire.DataAccessRequest
    project: wire.ResearchProject
    subject_id: str | None = None
    subject_type: str | None = None


_decode = msgspec.json.Decoder(_Body)


def _to_submission(row: Row) -> Submission:
    body = _decode.decode(row["body"])
    request = body.request
    return Submission(
        id=str(row["id"]),
        access_requirement_id=str(row["requirement_id"]),
        access_requirement_version=row["requirement_version"],
        request_id=str(row["request_id"]),
        research_project_snapshot=body.project,
        accessor_changes=request.accessor_changes or [],
        submitted_on=iso(row["submitted_on"]),
        submitted_by=str(row["submitted_by"]),
        modified_on=iso(row["modified_on"]),
        modified_by=str(row["modified_by"]),
        state=row["state"],
        etag=row["etag"],
        is_renewal_submission=isinstance(request, wire.Renewal),
        duc_file_handle_id=request.duc_file_handle_id,
        irb_file_handle_id=request.irb_file_handle_id,
        attachments=request.attachments,
        publication=getattr(request, "publication", None),
        summary_of_use=getattr(request, "summary_of_use", None),
        rejected_reason=row["reason"],
        subject_id=body.subject_id,
        subject_type=body.subject_type,  # type: ignore[arg-type]  # it was checked on its way in
    )


async def _load(tx: Tx, text: str, *, lock: bool = False) -> Row:
    row = None
    if text.isascii() and text.isdecimal() and len(text) < 19:
        row = await store.submission(tx, int(text), lock=lock)
    if row is None:
        raise NotFound(f"There is no submission with the id {text!r}.")
    return row


# ------------------------------------------------------------------ handing in


async def create(
    tx: Tx, caller: Caller, id: str, given: wire.CreateSubmissionRequest, post: Post
) -> wire.SubmissionStatus:
    """Hand the caller's request in as it stands."""
    caller.require_sign_in()
    if given.request_id not in (None, id):
        raise BadRequest(f"The body is of the request {given.request_id}, the path of {id}.")
    if not given.subject_id or given.subject_type is None:
        raise BadRequest("subjectId and subjectType are needed: what the caller wants to reach.")
    row = await requests.load(tx, caller, requests.REQUEST, id)
    if given.request_etag != row["etag"]:
        raise BadRequest("The request was changed since you looked at it. Fetch and check it.")
    request = requests.to_request(row)
    requirement = await requests.load_managed(tx, row["requirement_id"])
    project = await requests.load(tx, caller, requests.PROJECT, request.research_project_id)
    await _check(tx, caller, request, requests.to_project(project), requirement)
    body = _Body(request, requests.to_project(project), given.subject_id, given.subject_type)
    made = await store.add_submission(
        tx,
        requirement["id"],
        requirement["version"],
        row["id"],
        caller.id,
        [int(each.user_id or 0) for each in request.accessor_changes or ()],
        msgspec.json.encode(body).decode(),
    )
    if made is None:
        raise BadRequest(
            "A submission has been created. It has to be reviewed or cancelled before another"
            " submission can be created."
        )
    for handle in requests.files_of(request):
        await handles.find(tx, handles.parse_id(handle), keep=True)
        await store.hold_file(tx, store.SUBMISSION_FILE, made, int(handle))
    asker = await principals.find(tx, caller.id)
    assert asker is not None
    await letters.to_reviewers(
        tx,
        post,
        requirement["id"],
        f"A request for access under {requirement['name']!r}",
        f"the user {asker['name']} asks for access under the access requirement {requirement['id']},"
        f" {requirement['name']}. Submission {made} waits for you.",
    )
    return approvals.to_submission_status(await _load(tx, str(made)))


async def _check(
    tx: Tx,
    caller: Caller,
    request: wire.DataAccessRequest,
    project: wire.ResearchProject,
    row: Row,
) -> None:
    """Refuse to hand in what a requirement does not let pass."""
    requirement = await requirements.to_requirement(tx, row)
    assert isinstance(requirement, wire.ManagedACTAccessRequirement)
    if requirement.is_duc_required and not request.duc_file_handle_id:
        raise BadRequest("You must provide a Data Use Certification document.")
    if requirement.is_irb_approval_required and not request.irb_file_handle_id:
        raise BadRequest("You must provide an Institutional Review Board approval document.")
    if requirement.are_other_attachments_required and not request.attachments:
        raise BadRequest("You must provide the required attachment(s).")
    if requirement.is_idu_required and not project.intended_data_use_statement:
        raise BadRequest("You must provide an Intended Data Use Statement.")
    changes = {int(each.user_id or 0): each.type for each in request.accessor_changes or ()}
    if changes.get(caller.id) not in ("GAIN_ACCESS", "RENEW_ACCESS"):
        raise BadRequest("Who hands a request in must be among those who are to have access.")
    is_renewal = isinstance(request, wire.Renewal)
    if not is_renewal and set(changes.values()) != {"GAIN_ACCESS"}:
        raise BadRequest("A first request can only be to gain access (GAIN_ACCESS).")
    before = set(await store.ever_approved_by_submitter(tx, row["id"], caller.id))
    for user, change in changes.items():
        if change != "GAIN_ACCESS" and user not in before:
            raise BadRequest(
                f"The user {user} was not given access by a request of yours; there is nothing to"
                " renew or to revoke."
            )
    stay = [user for user, change in changes.items() if change != "REVOKE_ACCESS"]
    await approvals.require_fit(tx, requirement, stay)


async def cancel(tx: Tx, caller: Caller, id: str) -> wire.SubmissionStatus:
    """Take a submission back that nobody has decided."""
    caller.require_sign_in()
    row = await _load(tx, id, lock=True)
    if row["submitted_by"] != caller.id:
        raise Forbidden("Only who handed a submission in may cancel it.")
    _check_waits(row)
    await store.set_submission(tx, row["id"], "CANCELLED", None, caller.id)
    return approvals.to_submission_status(await _load(tx, id))


def _check_waits(row: Row) -> None:
    if row["state"] != "SUBMITTED":
        raise BadRequest(f"This submission is {row['state']}; only one that waits can be changed.")


# ------------------------------------------------------------------ review


async def review(
    tx: Tx, caller: Caller, id: str, given: wire.SubmissionStateChangeRequest, post: Post
) -> Submission:
    """Approve a submission, which lets its accessors in, or reject it."""
    caller.require_sign_in()
    if given.submission_id not in (None, id):
        raise BadRequest(f"The body is of the submission {given.submission_id}, the path of {id}.")
    row = await _load(tx, id, lock=True)
    if not await requirements.may_review(tx, caller, row["requirement_id"]):
        raise Forbidden(
            "Only the compliance team and the reviewers of the access requirement may decide."
        )
    if given.new_state not in ("APPROVED", "REJECTED"):
        raise BadRequest("newState is APPROVED or REJECTED.")
    reason = given.rejected_reason if given.new_state == "REJECTED" else None
    if len(reason or "") > _MOST_TEXT:
        raise BadRequest(f"rejectedReason has at most {_MOST_TEXT} characters.")
    _check_waits(row)
    requirement = await requirements.load(tx, row["requirement_id"], lock=True)
    await store.set_submission(tx, row["id"], given.new_state, reason, caller.id)
    if given.new_state == "APPROVED":
        await _let_in(tx, caller, row, requirement, post)
    done = "is approved" if given.new_state == "APPROVED" else "was not approved"
    await letters.to_user(
        tx,
        post,
        row["submitted_by"],
        f"Your request for access under {requirement['name']!r} {done}",
        f"your submission {row['id']} under the access requirement {requirement['id']},"
        f" {requirement['name']}, {done}." + ("" if not reason else f"\n\n{reason}"),
    )
    return _to_submission(await _load(tx, id))


async def _let_in(tx: Tx, caller: Caller, row: Row, requirement: Row, post: Post) -> None:
    """Do what an approved submission asks for.

    NOTE: what it asks for was right when it was handed in, and its requirement is locked.
    """
    managed = await requirements.to_requirement(tx, requirement)
    lasts = getattr(managed, "expiration_period", None) or 0
    expires_on = now() + lasts if lasts else None
    leave = []
    submitter = row["submitted_by"]
    for each in _decode.decode(row["body"]).request.accessor_changes or ():
        accessor = int(each.user_id or 0)
        if each.type == "REVOKE_ACCESS":
            leave.append(accessor)
            continue
        # An approval that is renewed ends when the new one does, not when the old one would.
        await store.revoke(tx, requirement["id"], caller.id, accessor=accessor, submitter=submitter)
        await store.approve(
            tx,
            requirement["id"],
            row["requirement_version"],
            submitter,
            accessor,
            expires_on,
            caller.id,
        )
    await approvals.revoke_members(tx, caller, requirement, submitter, leave, post)


async def delete(tx: Tx, caller: Caller, id: str) -> None:
    """Delete a submission; what it brought stays."""
    await require_act(tx, caller)
    row = await _load(tx, id, lock=True)
    await store.delete_submission(tx, row["id"])


# ------------------------------------------------------------------ reading


async def get(tx: Tx, caller: Caller, id: str) -> Submission:
    """A submission, for those whom it concerns."""
    caller.require_sign_in()
    row = await _load(tx, id)
    if not await _may_read(tx, caller, row):
        raise Forbidden("A submission is for its accessors, its reviewers and the compliance team.")
    return _to_submission(row)


async def _may_read(tx: Tx, caller: Caller, row: Row) -> bool:
    return (
        row["submitted_by"] == caller.id
        or await store.is_accessor(tx, row["id"], caller.id)
        or await requirements.may_review(tx, caller, row["requirement_id"])
    )


async def own_approval(tx: Tx, caller: Caller, id: str) -> AccessApproval:
    """The approval that a submission brought the caller."""
    caller.require_sign_in()
    row = await _load(tx, id)
    if not await store.is_accessor(tx, row["id"], caller.id):
        raise Forbidden("You are not an accessor of this submission.")
    found = await _approval(tx, row, caller)
    if found is None:
        raise NotFound(f"The submission {id} has brought you no approval.")
    return found


async def _approval(tx: Tx, row: Row, caller: Caller) -> AccessApproval | None:
    if row["state"] != "APPROVED":
        return None
    found = await store.approval_of(tx, row, caller.id)
    return None if found is None else approvals.to_approval(found)


async def page(
    tx: Tx, caller: Caller, requirement: int, given: wire.SubmissionPageRequest
) -> wire.SubmissionPage:
    """The submissions to a requirement."""
    await require_act(tx, caller)
    await requirements.load(tx, requirement)
    limit, offset = read_token(given.next_page_token)
    rows = await store.submissions(
        tx,
        reviewer=None,
        requirement=requirement,
        accessor=_user(given.accessor_id),
        state=given.filter_by,
        order=[(given.order_by or "CREATED_ON", "DESC" if given.is_ascending is False else "ASC")],
        offset=offset,
        limit=limit + 1,
    )
    return wire.SubmissionPage(
        results=[_to_submission(row) for row in rows[:limit]],
        next_page_token=next_token(limit, offset, len(rows)),
    )


def _user(text: str | None) -> int | None:
    return None if text is None else users.parse_id(text)


def _order(given: Iterable[wire.SubmissionSearchSort] | None) -> Sequence[tuple[str, str]]:
    order = [(each.field, each.direction or "ASC") for each in given or () if each.field]
    return list(dict(order).items()) or [("CREATED_ON", "ASC")]


async def search(
    tx: Tx, caller: Caller, given: wire.SubmissionSearchRequest
) -> wire.SubmissionSearchResponse:
    """The submissions that the caller may review."""
    caller.require_sign_in()
    limit, offset = read_token(given.next_page_token)
    delegated = {"ACT_ONLY": False, "DELEGATED_ONLY": True}.get(given.reviewer_filter_type or "ALL")
    rows = await store.submissions(
        tx,
        reviewer=None if await users.is_act(tx, caller) else caller,
        requirement=_requirement(given.access_requirement_id),
        accessor=_user(given.accessor_id),
        state=given.submission_state,
        reviewed_by=_user(given.reviewer_id),
        delegated=delegated,
        order=_order(given.sort),
        offset=offset,
        limit=limit + 1,
    )
    found = rows[:limit]
    reviewers: dict[int, list[str]] = defaultdict(list)
    reviewers |= await requirements.reviewers_of(tx, [row["requirement_id"] for row in found])
    return wire.SubmissionSearchResponse(
        results=[
            wire.SubmissionSearchResult(
                id=str(row["id"]),
                created_on=iso(row["submitted_on"]),
                modified_on=iso(row["modified_on"]),
                access_requirement_id=str(row["requirement_id"]),
                access_requirement_version=str(row["requirement_version"]),
                access_requirement_name=row["requirement_name"],
                access_requirement_reviewer_ids=reviewers[row["requirement_id"]],
                submitter_id=str(row["submitted_by"]),
                accessor_changes=_to_submission(row).accessor_changes,
                state=row["state"],
            )
            for row in found
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


def _requirement(text: str | None) -> int | None:
    return None if text is None else parse_id(text)


async def search_own(
    tx: Tx, caller: Caller, given: wire.UserSubmissionSearchRequest
) -> wire.UserSubmissionSearchResponse:
    """The submissions that are about the caller."""
    caller.require_sign_in()
    limit, offset = read_token(given.next_page_token)
    rows = await store.submissions(
        tx,
        reviewer=None,
        requirement=_requirement(given.access_requirement_id),
        accessor=caller.id,
        state=given.submission_state,
        order=_order(given.sort),
        offset=offset,
        limit=limit + 1,
    )
    return wire.UserSubmissionSearchResponse(
        results=[
            wire.UserSubmissionSearchResult(
                id=str(row["id"]),
                created_on=iso(row["submitted_on"]),
                modified_on=iso(row["modified_on"]),
                access_requirement_id=str(row["requirement_id"]),
                access_requirement_version=str(row["requirement_version"]),
                access_requirement_name=row["requirement_name"],
                submitter_id=str(row["submitted_by"]),
                state=row["state"],
                user_access_approval=await _approval(tx, row, caller),
            )
            for row in rows[:limit]
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def waiting(tx: Tx, caller: Caller, token: str | None) -> wire.OpenSubmissionPage:
    """Requirements with submissions that wait, and how many."""
    await require_act(tx, caller)
    limit, offset = read_token(token)
    rows = await store.open_submissions(tx, offset, limit + 1)
    return wire.OpenSubmissionPage(
        open_submission_list=[
            wire.OpenSubmission(
                access_requirement_id=str(row["requirement_id"]),
                number_of_submitted_submission=row["waiting"],
            )
            for row in rows[:limit]
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def approved(
    tx: Tx, caller: Caller, requirement: int, given: wire.SubmissionInfoPageRequest
) -> wire.SubmissionInfoPage:
    """What data are used for, the latest first; who uses them is for the compliance team."""
    row = await requests.load_managed(tx, requirement)
    managed = await requirements.to_requirement(tx, row)
    reviews = await requirements.may_review(tx, caller, requirement)
    if not reviews and not getattr(managed, "is_idu_public", False):
        raise Forbidden("What data are used for under this access requirement is not public.")
    knows_all = not caller.is_anonymous and await users.is_act(tx, caller)
    limit, offset = read_token(given.next_page_token)
    rows = await store.submissions(
        tx,
        reviewer=None,
        requirement=requirement,
        state="APPROVED",
        order=[("MODIFIED_ON", "DESC")],
        offset=offset,
        limit=limit + 1,
    )
    results = []
    for each in map(_to_submission, rows[:limit]):
        project = each.research_project_snapshot
        results.append(
            wire.SubmissionInfo(
                institution=project.institution,
                project_lead=project.project_lead,
                intended_data_use_statement=project.intended_data_use_statement,
                modified_on=each.modified_on,
                submitted_by=each.submitted_by,
                accessor_changes=each.accessor_changes if knows_all else None,
            )
        )
    return wire.SubmissionInfoPage(
        results=results, next_page_token=next_token(limit, offset, len(rows))
    )


# ------------------------------------------------------------------ files


async def has_file(tx: Tx, caller: Caller, kind: str, object_id: str, handle: int) -> bool:
    """Whether a requirement, a request or a submission has a file handle.

    Raises:
        NotFound: There is no such thing.
        Forbidden: It is not for the caller.
    """
    if caller.is_anonymous:
        raise Forbidden("Anonymous users have only READ access permission.")
    if kind == "AccessRequirementAttachment":
        found = await requirements.get(tx, parse_id(object_id))
        files = [getattr(found, "duc_template_file_handle_id", None)]
    elif kind == "DataAccessRequestAttachment":
        # What is not handed in is nobody else's.
        row = await requests.load(tx, caller, requests.REQUEST, object_id)
        files = list(requests.files_of(requests.to_request(row)))
    else:
        files = list(requests.files_of(await get(tx, caller, object_id)))
    return str(handle) in files


async def holds(tx: Tx, handle: int) -> bool:
    """Whether a file handle is part of what people agree to or were asked for."""
    return await store.holds_file(tx, handle)
