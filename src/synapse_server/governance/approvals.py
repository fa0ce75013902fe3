"""The rules of access approvals: who gives them, how long they hold, who takes them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from synapse_server.auth.notices import Post
from synapse_server.governance import letters, requirements, store
from synapse_server.governance.requirements import parse_id, require_act
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import next_token, read_token
from synapse_server.users import service as users
from synapse_wire import governance as wire
from synapse_wire.base import iso, millis
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.governance import AccessApproval, AccessRequirement

_SELF_SERVICE = (wire.SelfSignAccessRequirement, wire.TermsOfUseAccessRequirement)
_BY_ACT = ("ACTAccessRequirement", "ManagedACTAccessRequirement")
_DAY = 24 * 3600 * 1000
_REMINDERS: tuple[tuple[wire.NotificationType, int, int], ...] = (
    ("FIRST_RENEWAL_REMINDER", 60 * _DAY, 30 * _DAY),
    ("SECOND_RENEWAL_REMINDER", 30 * _DAY, 0),
)
"""How long before expiry each reminder may go out, at the earliest and at the latest."""
_AT_ONCE = 50
_MOST_RECIPIENTS = 25


def to_approval(row: Row) -> AccessApproval:
    """The struct of a row."""
    return AccessApproval(
        id=row["id"],
        etag=row["etag"],
        created_on=iso(row["created_on"]),
        created_by=str(row["created_by"]),
        modified_on=iso(row["modified_on"]),
        modified_by=str(row["modified_by"]),
        requirement_id=row["requirement_id"],
        requirement_version=row["requirement_version"],
        submitter_id=str(row["submitter_id"]),
        accessor_id=str(row["accessor_id"]),
        expired_on=None if row["expires_on"] is None else iso(row["expires_on"]),
        state=_state(row),
    )


def _state(row: Row) -> wire.ApprovalState:
    """An approval whose time is over is one no more, whether it has been marked so or not."""
    over = row["expires_on"] is not None and row["expires_on"] <= now()
    return "APPROVED" if row["state"] == "APPROVED" and not over else "REVOKED"


def _moment(date: str | None, what: str) -> int | None:
    if date is None:
        return None
    try:
        return millis(date)
    except ValueError as error:
        raise BadRequest(f"{what}: {error}") from None


async def _find(tx: Tx, text: str) -> Row:
    row = None
    if text.isascii() and text.isdecimal() and len(text) < 19:
        row = await store.approval(tx, int(text))
    if row is None:
        raise NotFound(f"There is no access approval with the id {text!r}.")
    return row


# ------------------------------------------------------------------ giving


async def create(tx: Tx, caller: Caller, approval: AccessApproval) -> AccessApproval:
    """Agree to a requirement for oneself, or approve a user as the compliance team."""
    caller.require_sign_in()
    if approval.requirement_id is None:
        raise BadRequest("requirementId is missing.")
    row = await requirements.load(tx, approval.requirement_id, lock=True)
    requirement = await requirements.to_requirement(tx, row)
    version = row["version"]
    if isinstance(requirement, wire.LockAccessRequirement):
        raise BadRequest(
            "Nobody is approved under a lock. The compliance team replaces it when it has looked."
        )
    if isinstance(requirement, _SELF_SERVICE):
        if approval.accessor_id not in (None, str(caller.id)):
            raise Forbidden("Everybody agrees to this requirement for themself only.")
        if approval.requirement_version not in (None, version):
            raise BadRequest(
                f"The requirement is at version {version} now. Read it again before you agree."
            )
        accessor, expires_on = caller.id, None
    else:
        await require_act(tx, caller)
        if approval.accessor_id is None:
            raise BadRequest("accessorId is missing: who is approved.")
        accessor = users.parse_id(approval.accessor_id, "user")
        await users.require_user(tx, accessor)
        expires_on = _moment(approval.expired_on, "expiredOn")
        if expires_on is not None and expires_on <= now():
            raise BadRequest("expiredOn lies in the past.")
        version = (
            approval.requirement_version if approval.requirement_version is not None else version
        )
        if not 0 <= version <= row["version"]:
            raise BadRequest(f"The requirement has no version {version}.")
    await require_fit(tx, requirement, [accessor])
    id = await store.approve(tx, row["id"], version, caller.id, accessor, expires_on, caller.id)
    return to_approval(await _find(tx, str(id)))


async def require_fit(tx: Tx, requirement: AccessRequirement, accessors: Iterable[int]) -> None:
    """Refuse to approve users who are not what a requirement wants them to be."""
    certified = getattr(requirement, "is_certified_user_required", False)
    validated = getattr(requirement, "is_validated_profile_required", False)
    for user in accessors if certified or validated else ():
        if certified and not await users.is_certified(tx, user):
            raise Forbidden(
                f"Accessors must be Synapse Certified Users; the user {user} is not.",
                "USER_CERTIFICATION_REQUIRED",
            )
        if validated and not await users.is_verified(tx, user):
            raise BadRequest(f"Accessors must have validated profiles; the user {user} has none.")


# ------------------------------------------------------------------ reading


async def get(tx: Tx, caller: Caller, text: str) -> AccessApproval:
    """An approval, for those whom it concerns."""
    caller.require_sign_in()
    row = await _find(tx, text)
    if caller.id not in (row["accessor_id"], row["submitter_id"]):
        await require_act(tx, caller)
    return to_approval(row)


async def status(tx: Tx, caller: Caller, id: int) -> wire.AccessRequirementStatus:
    """Whether the caller meets a requirement, and until when."""
    caller.require_sign_in()
    row = await requirements.load(tx, id)
    active = await store.active_approvals(tx, id, caller.id)
    ends = active[0]["expires_on"] if active else None
    expired_on = None if ends is None else iso(ends)
    if row["type"] != "ManagedACTAccessRequirement":
        return wire.BasicAccessRequirementStatus(
            access_requirement_id=str(id), is_approved=bool(active), expired_on=expired_on
        )
    latest = await store.latest_submission(tx, id, caller.id)
    return wire.ManagedACTAccessRequirementStatus(
        access_requirement_id=str(id),
        is_approved=bool(active),
        expired_on=expired_on,
        current_submission_status=None if latest is None else to_submission_status(latest),
    )


def to_submission_status(row: Row) -> wire.SubmissionStatus:
    """How the submission of a row stands."""
    return wire.SubmissionStatus(
        submission_id=str(row["id"]),
        submitted_by=str(row["submitted_by"]),
        state=row["state"],
        modified_on=iso(row["modified_on"]),
        rejected_reason=row["reason"],
    )


async def information(
    tx: Tx, caller: Caller, request: wire.BatchAccessApprovalInfoRequest
) -> wire.BatchAccessApprovalInfoResponse:
    """Which of some requirements a user meets."""
    caller.require_sign_in()
    if request.user_id is None or request.access_requirement_ids is None:
        raise BadRequest("userId and accessRequirementIds are needed.")
    user = users.parse_id(request.user_id, "user")
    asked = [parse_id(each) for each in request.access_requirement_ids]
    if len(asked) > wire.MOST_AT_ONCE:
        raise BadRequest(f"At most {wire.MOST_AT_ONCE} requirements at a time.")
    if user != caller.id:
        for id in asked:
            if not await requirements.may_review(tx, caller, id):
                raise Forbidden(
                    "What others are approved for is for the compliance team and reviewers."
                )
    met = await store.approved_among(tx, user, asked)
    return wire.BatchAccessApprovalInfoResponse(
        results=[
            wire.AccessApprovalInfo(
                user_id=str(user), access_requirement_id=str(id), has_access_approval=id in met
            )
            for id in asked
        ]
    )


async def groups(
    tx: Tx, caller: Caller, request: wire.AccessorGroupRequest
) -> wire.AccessorGroupResponse:
    """Who is approved together with whom."""
    await require_act(tx, caller)
    limit, offset = read_token(request.next_page_token)
    rows = await store.groups(
        tx,
        requirement=_optional(request.access_requirement_id, parse_id),
        submitter=_optional(request.submitter_id, users.parse_id),
        accessor=_optional(request.accessor_id, users.parse_id),
        expire_before=_moment(request.expire_before, "expireBefore"),
        offset=offset,
        limit=limit + 1,
    )
    results = []
    for row in rows[:limit]:
        requirement, submitter, ends = row["requirement_id"], row["submitter_id"], row["expires_on"]
        members = await store.group_members(tx, requirement, submitter, ends)
        results.append(
            wire.AccessorGroup(
                access_requirement_id=str(requirement),
                submitter_id=str(submitter),
                accessor_ids=[str(each) for each in members],
                expired_on=None if ends is None else iso(ends),
            )
        )
    return wire.AccessorGroupResponse(
        results=results, next_page_token=next_token(limit, offset, len(rows))
    )


def _optional(text: str | None, parse: Callable[[str], int]) -> int | None:
    return None if text is None else parse(text)


async def search(
    tx: Tx, caller: Caller, request: wire.AccessApprovalSearchRequest
) -> wire.AccessApprovalSearchResponse:
    """All approvals that a user has and had."""
    await require_act(tx, caller)
    if not request.accessor_id:
        raise BadRequest("accessorId is missing: whose approvals to look for.")
    limit, offset = read_token(request.next_page_token)
    order = [(each.field, each.direction or "ASC") for each in request.sort or () if each.field]
    rows = await store.history(
        tx,
        users.parse_id(request.accessor_id, "user"),
        None if request.access_requirement_id is None else parse_id(request.access_requirement_id),
        list(dict(order).items()) or [("MODIFIED_ON", "DESC")],
        offset,
        limit + 1,
    )
    return wire.AccessApprovalSearchResponse(
        results=[
            wire.AccessApprovalSearchResult(
                id=str(row["id"]),
                access_requirement_id=str(row["requirement_id"]),
                access_requirement_version=str(row["requirement_version"]),
                access_requirement_name=row["requirement_name"],
                submitter_id=str(row["submitter_id"]),
                reviewer_id=str(row["modified_by"]),
                state=_state(row),
                modified_on=iso(row["modified_on"]),
                expired_on=None if row["expires_on"] is None else iso(row["expires_on"]),
            )
            for row in rows[:limit]
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


# ------------------------------------------------------------------ taking back


async def revoke(tx: Tx, caller: Caller, requirement: int, accessor: int, post: Post) -> None:
    """Take all approvals of a user under a requirement back."""
    caller.require_sign_in()
    row = await requirements.load(tx, requirement, lock=True)
    if accessor != caller.id:
        await require_act(tx, caller)
    if row["type"] not in _BY_ACT:
        raise BadRequest(f"What users agree to themselves, a {row['type']}, is not taken back.")
    await _tell_revoked(
        tx, post, row, await store.revoke(tx, requirement, caller.id, accessor=accessor)
    )


async def revoke_group(
    tx: Tx, caller: Caller, request: wire.AccessorGroupRevokeRequest, post: Post
) -> None:
    """Take the approvals back that a submitter got for a group."""
    await require_act(tx, caller)
    requirement = parse_id(request.access_requirement_id)
    submitter = users.parse_id(request.submitter_id or "", "user")
    row = await requirements.load(tx, requirement, lock=True)
    if row["type"] not in _BY_ACT:
        raise BadRequest(f"What users agree to themselves, a {row['type']}, is not taken back.")
    revoked = await store.revoke(tx, requirement, caller.id, submitter=submitter)
    await _tell_revoked(tx, post, row, revoked)


async def revoke_members(
    tx: Tx, caller: Caller, row: Row, submitter: int, accessors: Sequence[int], post: Post
) -> None:
    """Take the approvals of some users back that one got for them.

    NOTE: the caller may, and holds the requirement's row.
    """
    for accessor in accessors:
        revoked = await store.revoke(
            tx, row["id"], caller.id, accessor=accessor, submitter=submitter
        )
        await _tell_revoked(tx, post, row, revoked)


async def _tell_revoked(tx: Tx, post: Post, row: Row, accessors: Sequence[int]) -> None:
    for accessor in accessors:
        if await store.active_approvals(tx, row["id"], accessor):
            continue  # somebody else has got it for them, too
        await letters.once(
            tx,
            post,
            "REVOCATION",
            row["id"],
            accessor,
            now(),
            f"Your access under {row['name']!r} has ended",
            f"you do not meet the access requirement {row['id']}, {row['name']}, any more: what it"
            " is on is closed to you. Ask for access again if you still need it.",
        )


async def sweep(tx: Tx, post: Post, by: int) -> int:
    """Mark what has expired, and write to those whom it concerns or soon will; how many.

    NOTE: an approval whose time is over opens nothing, whether it is marked or not.

    Args:
        tx: The transaction.
        post: What it takes to write to users.
        by: The user in whose name approvals are marked.
    """
    done = 0
    for row in await store.expired(tx, _AT_ONCE):
        await store.mark_expired(tx, row["id"], by)
        requirement = await requirements.load(tx, row["requirement_id"])
        await _tell_revoked(tx, post, requirement, [row["accessor_id"]])
        done += 1
    for kind, earliest, latest in _REMINDERS:
        for row in await store.expiring(tx, kind, earliest, latest, _AT_ONCE):
            requirement = await requirements.load(tx, row["requirement_id"])
            ends = iso(row["expires_on"])[:10]
            await letters.once(
                tx,
                post,
                kind,
                requirement["id"],
                row["submitter_id"],
                row["expires_on"],
                f"Your access under {requirement['name']!r} ends on {ends}",
                f"the access that you asked for under the access requirement {requirement['id']},"
                f" {requirement['name']}, ends on {ends}. Renew your request before then.",
            )
            done += 1
    return done


async def notifications(
    tx: Tx, caller: Caller, request: wire.AccessApprovalNotificationRequest
) -> wire.AccessApprovalNotificationResponse:
    """The letters about a requirement that some users got."""
    await require_act(tx, caller)
    if request.requirement_id is None or not request.recipient_ids:
        raise BadRequest("requirementId and recipientIds are needed.")
    if len(request.recipient_ids) > _MOST_RECIPIENTS:
        raise BadRequest(f"At most {_MOST_RECIPIENTS} recipients at a time.")
    await requirements.load(tx, request.requirement_id)
    rows = await store.letters(tx, request.requirement_id, request.recipient_ids)
    return wire.AccessApprovalNotificationResponse(
        requirement_id=request.requirement_id,
        results=[
            wire.AccessApprovalNotification(
                notification_type=row["kind"],
                requirement_id=row["requirement_id"],
                recipient_id=row["recipient_id"],
                sent_on=iso(row["sent_on"]),
            )
            for row in rows
        ],
    )
