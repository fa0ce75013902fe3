"""The rules of research projects and data access requests: each user's own, until handed in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from synapse_server.files import handles
from synapse_server.governance import requirements, store
from synapse_server.governance.requirements import parse_id
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import next_token, read_token
from synapse_server.users import service as users
from synapse_wire import governance as wire
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag
from synapse_wire.governance import DataAccessRequest, ResearchProject

PROJECT, REQUEST = "project", "request"
MOST_ACCESSORS = 500
_MOST_FILES = 100
_MOST_TEXT = 20_000
_NAMES = {PROJECT: "research project", REQUEST: "data access request"}
_STATUS: dict[str | None, wire.AccessRequestStatus] = {
    None: "created",
    "SUBMITTED": "submitted",
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "CANCELLED": "cancelled",
}
_decode_request: msgspec.json.Decoder[DataAccessRequest] = msgspec.json.Decoder(DataAccessRequest)
_decode_project = msgspec.json.Decoder(ResearchProject)


async def load_managed(tx: Tx, id: int) -> Row:
    """The row of a requirement that requests are made under.

    Raises:
        BadRequest: Access under it is had in another way.
    """
    row = await requirements.load(tx, id)
    if row["type"] != "ManagedACTAccessRequirement":
        raise BadRequest(
            f"Nothing is requested under a {row['type']}, only under a ManagedACTAccessRequirement."
        )
    return row


def _stamp(found: ResearchProject | DataAccessRequest, row: Row) -> None:
    found.id = str(row["id"])
    found.access_requirement_id = str(row["requirement_id"])
    found.etag = row["etag"]
    found.created_by = str(row["created_by"])
    found.created_on = iso(row["created_on"])
    found.modified_by = str(row["modified_by"])
    found.modified_on = iso(row["modified_on"])


def _body(found: ResearchProject | DataAccessRequest) -> str:
    kept = msgspec.structs.replace(
        found,
        id=None,
        access_requirement_id=None,
        etag=None,
        created_by=None,
        created_on=None,
        modified_by=None,
        modified_on=None,
    )
    return msgspec.json.encode(kept).decode()


async def load(tx: Tx, caller: Caller, what: str, id: str | None) -> Row:
    """The row of a research project or request of the caller's own."""
    caller.require_sign_in()
    row = None
    if id and id.isascii() and id.isdecimal() and len(id) < 19:
        row = await store.asked(tx, what, int(id))
    if row is None:
        raise NotFound(f"There is no {_NAMES[what]} with the id {id!r}.")
    if row["created_by"] != caller.id:
        raise Forbidden(f"This {_NAMES[what]} is not yours.")
    return row


async def _put(
    tx: Tx, caller: Caller, what: str, given: ResearchProject | DataAccessRequest
) -> Row:
    """Insert, or replace what has the etag that the caller has seen.

    NOTE: all else has been checked.
    """
    requirement = parse_id(given.access_requirement_id)
    if given.id is None:
        id = await store.add_asked(tx, what, requirement, caller.id, _body(given))
        if id is None:
            raise Conflict(f"You have a {_NAMES[what]} for this requirement; fetch and change it.")
    else:
        id = int(given.id)
        if not await store.set_asked(tx, what, id, given.etag or "", caller.id, _body(given)):
            raise StaleEtag(
                f"The {_NAMES[what]} {id} was updated since you last fetched it, retrieve it again"
                " and re-apply the update"
            )
    row = await store.asked(tx, what, id)
    assert row is not None, "it was stored in this transaction"
    return row


async def _check_own(
    tx: Tx, caller: Caller, what: str, given: ResearchProject | DataAccessRequest
) -> Row | None:
    """The row that is to be replaced, if any; refuse to take it to another requirement."""
    if given.id is None:
        return None
    row = await load(tx, caller, what, given.id)
    if row["requirement_id"] != parse_id(given.access_requirement_id):
        raise BadRequest(f"A {_NAMES[what]} stays with its access requirement.")
    return row


# ------------------------------------------------------------------ research projects


def to_project(row: Row) -> ResearchProject:
    """The struct of a row."""
    found = _decode_project.decode(row["body"])
    _stamp(found, row)
    return found


async def get_project(tx: Tx, caller: Caller, requirement: int) -> ResearchProject:
    """The caller's research project, or an empty one to fill in."""
    caller.require_sign_in()
    await load_managed(tx, requirement)
    row = await store.asked_by(tx, PROJECT, requirement, caller.id)
    if row is None:
        return ResearchProject(access_requirement_id=str(requirement))
    return to_project(row)


async def put_project(tx: Tx, caller: Caller, project: ResearchProject) -> ResearchProject:
    """Make the caller's research project, or change it."""
    caller.require_sign_in()
    row = await load_managed(tx, parse_id(project.access_requirement_id))
    await _check_own(tx, caller, PROJECT, project)
    for name in ("institution", "project_lead"):
        if not (getattr(project, name) or "").strip():
            raise BadRequest("A research project needs its institution and its projectLead.")
    for name in ("institution", "project_lead", "intended_data_use_statement"):
        if len(getattr(project, name) or "") > _MOST_TEXT:
            raise BadRequest(f"A text of a research project has at most {_MOST_TEXT} characters.")
    requirement = await requirements.to_requirement(tx, row)
    if (
        getattr(requirement, "is_idu_required", False)
        and not (project.intended_data_use_statement or "").strip()
    ):
        raise BadRequest("This requirement wants an intendedDataUseStatement.")
    return to_project(await _put(tx, caller, PROJECT, project))


# ------------------------------------------------------------------ requests


def to_request(row: Row) -> DataAccessRequest:
    """The struct of a row."""
    found = _decode_request.decode(row["body"])
    _stamp(found, row)
    return found


async def get_request(tx: Tx, caller: Caller, requirement: int) -> DataAccessRequest:
    """The caller's request, or an empty one; once approved, what a renewal begins with."""
    caller.require_sign_in()
    await load_managed(tx, requirement)
    row = await store.asked_by(tx, REQUEST, requirement, caller.id)
    if row is None:
        return wire.Request(access_requirement_id=str(requirement))
    found = to_request(row)
    approved = await store.latest_submission_of(tx, row["id"])
    if approved is None or approved["state"] != "APPROVED":
        return found
    if row["modified_on"] > approved["submitted_on"]:
        return found  # the caller is at it already
    return _renewal(found)


def _renewal(old: DataAccessRequest) -> wire.Renewal:
    """A request to keep the access that an approved one has given."""
    fields = {name: getattr(old, name) for name in wire.RequestBase.__struct_fields__}
    fields["accessor_changes"] = [
        wire.AccessorChange(user_id=each.user_id, type="RENEW_ACCESS")
        for each in old.accessor_changes or ()
        if each.type != "REVOKE_ACCESS"
    ]
    return wire.Renewal(**fields)


async def put_request(tx: Tx, caller: Caller, request: DataAccessRequest) -> DataAccessRequest:
    """Make the caller's request, or change it. What must be complete is looked at when it is
    handed in."""
    caller.require_sign_in()
    requirement = parse_id(request.access_requirement_id)
    await load_managed(tx, requirement)
    row = await _check_own(tx, caller, REQUEST, request)
    project = await load(tx, caller, PROJECT, request.research_project_id)
    if project["requirement_id"] != requirement:
        raise BadRequest("The research project is for another access requirement.")
    if isinstance(request, wire.Renewal):
        if not await store.latest_submission(tx, requirement, caller.id, "APPROVED"):
            raise BadRequest("There is nothing to renew yet; send a Request.")
        for text in (request.publication, request.summary_of_use):
            if len(text or "") > _MOST_TEXT:
                raise BadRequest(f"A text of a request has at most {_MOST_TEXT} characters.")
    await _check_accessors(tx, request.accessor_changes or ())
    await _check_files(tx, caller, request, None if row is None else to_request(row))
    return to_request(await _put(tx, caller, REQUEST, request))


async def list_own(
    tx: Tx, caller: Caller, given: wire.AccessRequestListRequest
) -> wire.AccessRequestList:
    """The caller's requests and how they stand. None is signed electronically here."""
    caller.require_sign_in()
    limit, offset = read_token(given.next_page_token)
    if given.is_e_duc:
        return wire.AccessRequestList(results=[])
    rows = await store.requests_of(
        tx,
        caller.id,
        None if given.access_requirement_id is None else parse_id(given.access_requirement_id),
        given.sort_by or "MODIFIED_ON",
        given.sort_direction or "DESC",
        offset,
        limit + 1,
    )
    return wire.AccessRequestList(
        results=[
            wire.AccessRequestSummary(
                request_id=str(row["id"]),
                access_requirement_id=str(row["requirement_id"]),
                access_requirement_name=row["name"],
                status=_STATUS[row["state"]],
                modified_on=iso(row["modified_on"]),
                submitted_on=None if row["submitted_on"] is None else iso(row["submitted_on"]),
                expires_on=None if row["expires_on"] is None else iso(row["expires_on"]),
                is_e_duc=False,
            )
            for row in rows[:limit]
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def _check_accessors(tx: Tx, changes: Iterable[wire.AccessorChange]) -> None:
    seen: set[int] = set()
    for each in changes:
        if each.type is None or each.user_id is None:
            raise BadRequest("Each of the accessorChanges needs userId and type.")
        user = users.parse_id(each.user_id, "user")
        if user in seen:
            raise BadRequest(f"The user {user} is among the accessorChanges twice.")
        if len(seen) == MOST_ACCESSORS:
            raise BadRequest(f"A request has at most {MOST_ACCESSORS} accessors.")
        seen.add(user)
        await users.require_user(tx, user)


def files_of(request: DataAccessRequest | wire.Submission) -> list[str]:
    """The file handles that a request or a submission has."""
    found = [request.duc_file_handle_id, request.irb_file_handle_id, *(request.attachments or ())]
    return [each for each in found if each]


async def _check_files(
    tx: Tx, caller: Caller, request: DataAccessRequest, old: DataAccessRequest | None
) -> None:
    """Reviewers will be able to read them, so they must be the caller's to show."""
    if len(request.attachments or ()) > _MOST_FILES:
        raise BadRequest(f"A request has at most {_MOST_FILES} attachments.")
    known = set() if old is None else set(files_of(old))
    for handle in files_of(request):
        if handle not in known:
            await handles.own(tx, caller, handle, keep=True)
