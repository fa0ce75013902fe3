"""Routes of access requirements, approvals and requests for approval."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.auth.notices import Post
from synapse_server.auth.tokens import Tokens
from synapse_server.entities import ids
from synapse_server.governance import approvals, requests, requirements, submissions
from synapse_server.governance.requirements import parse_id
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_server.wiki import owners
from synapse_server.wiki import service as wiki
from synapse_wire import access as access_wire
from synapse_wire import governance as wire
from synapse_wire.access import AccessControlList
from synapse_wire.base import Results
from synapse_wire.governance import AccessApproval, AccessRequirement, DataAccessRequest

routes = Routes()


def _post(call: Call) -> Post:
    return Post(call.need(Mail), call.need(Tokens), call.need(Settings))


# ------------------------------------------------------------------ requirements


@routes.serve(wire.create_access_requirement)
async def create_access_requirement(call: Call, body: AccessRequirement) -> AccessRequirement:
    return await requirements.create(call.tx, call.caller, body)


@routes.serve(wire.get_access_requirement)
async def get_access_requirement(call: Call, requirement_id: str) -> AccessRequirement:
    return await requirements.get(call.tx, parse_id(requirement_id))


@routes.serve(wire.update_access_requirement)
async def update_access_requirement(
    call: Call, requirement_id: str, body: AccessRequirement
) -> AccessRequirement:
    return await requirements.update(call.tx, call.caller, parse_id(requirement_id), body)


@routes.serve(wire.delete_access_requirement)
async def delete_access_requirement(call: Call, requirement_id: str) -> None:
    number = parse_id(requirement_id)
    await requirements.delete(call.tx, call.caller, number)
    await wiki.delete_all(call.tx, owners.REQUIREMENT, [number])


@routes.serve(wire.convert_access_requirement)
async def convert_access_requirement(
    call: Call, body: wire.AccessRequirementConversionRequest
) -> AccessRequirement:
    return await requirements.convert(call.tx, call.caller, body)


@routes.serve(wire.search_access_requirements, Work.SCAN)
async def search_access_requirements(
    call: Call, body: wire.AccessRequirementSearchRequest
) -> wire.AccessRequirementSearchResponse:
    return await requirements.search(call.tx, body)


@routes.serve(wire.list_subjects)
async def list_subjects(
    call: Call, requirement_id: str, next_page_token: str | None = None
) -> wire.RestrictableObjectDescriptorResponse:
    return await requirements.subjects(call.tx, parse_id(requirement_id), next_page_token)


@routes.serve(wire.get_access_requirement_status)
async def get_access_requirement_status(
    call: Call, requirement_id: str
) -> wire.AccessRequirementStatus:
    return await approvals.status(call.tx, call.caller, parse_id(requirement_id))


@routes.serve(wire.get_requirement_acl)
async def get_requirement_acl(call: Call, requirement_id: str) -> AccessControlList:
    return await requirements.get_acl(call.tx, call.caller, parse_id(requirement_id))


@routes.serve(wire.create_requirement_acl)
async def create_requirement_acl(
    call: Call, requirement_id: str, body: AccessControlList
) -> AccessControlList:
    number = parse_id(requirement_id)
    return await requirements.put_acl(call.tx, call.caller, number, body, is_new=True)


@routes.serve(wire.update_requirement_acl)
async def update_requirement_acl(
    call: Call, requirement_id: str, body: AccessControlList
) -> AccessControlList:
    number = parse_id(requirement_id)
    return await requirements.put_acl(call.tx, call.caller, number, body, is_new=False)


@routes.serve(wire.delete_requirement_acl)
async def delete_requirement_acl(call: Call, requirement_id: str) -> None:
    await requirements.delete_acl(call.tx, call.caller, parse_id(requirement_id))


@routes.serve(wire.list_access_requirements)
async def list_access_requirements(
    call: Call, id: str, limit: int = 10, offset: int = 0
) -> Results[AccessRequirement]:
    return await requirements.list_of_entity(
        call.tx, call.caller, ids.parse(id), offset, limit, call.need(Policy)
    )


@routes.serve(wire.list_team_access_requirements)
async def list_team_access_requirements(
    call: Call, id: str, limit: int = 10, offset: int = 0
) -> Results[AccessRequirement]:
    team = users.parse_id(id, "team")
    return await requirements.list_of_team(call.tx, call.caller, team, offset, limit)


@routes.serve(wire.create_lock_access_requirement)
async def create_lock_access_requirement(call: Call, id: str) -> AccessRequirement:
    return await requirements.lock(
        call.tx, call.caller, ids.parse(id), call.need(Policy), _post(call)
    )


@routes.serve(access_wire.get_restriction_information, Work.READ)
async def get_restriction_information(
    call: Call, body: access_wire.RestrictionInformationRequest
) -> access_wire.RestrictionInformation:
    kind = body.restrictable_object_type
    return await requirements.restrictions(
        call.tx, call.caller, kind, body.object_id, call.need(Policy)
    )


@routes.serve(access_wire.list_restriction_information, Work.READ)
async def list_restriction_information(
    call: Call, body: access_wire.RestrictionInformationBatchRequest
) -> access_wire.RestrictionInformationBatchResponse:
    return await requirements.batch(call.tx, call.caller, body, call.need(Policy))


# ------------------------------------------------------------------ approvals


@routes.serve(wire.create_access_approval)
async def create_access_approval(call: Call, body: AccessApproval) -> AccessApproval:
    return await approvals.create(call.tx, call.caller, body)


@routes.serve(wire.get_access_approval)
async def get_access_approval(call: Call, approval_id: str) -> AccessApproval:
    return await approvals.get(call.tx, call.caller, approval_id)


@routes.serve(wire.revoke_access_approvals)
async def revoke_access_approvals(call: Call, requirement_id: str, accessor_id: str) -> None:
    requirement, accessor = parse_id(requirement_id), users.parse_id(accessor_id, "user")
    await approvals.revoke(call.tx, call.caller, requirement, accessor, _post(call))


@routes.serve(wire.list_accessor_groups, Work.SCAN)
async def list_accessor_groups(
    call: Call, body: wire.AccessorGroupRequest
) -> wire.AccessorGroupResponse:
    return await approvals.groups(call.tx, call.caller, body)


@routes.serve(wire.revoke_accessor_group)
async def revoke_accessor_group(call: Call, body: wire.AccessorGroupRevokeRequest) -> None:
    await approvals.revoke_group(call.tx, call.caller, body, _post(call))


@routes.serve(wire.get_access_approval_info, Work.READ)
async def get_access_approval_info(
    call: Call, body: wire.BatchAccessApprovalInfoRequest
) -> wire.BatchAccessApprovalInfoResponse:
    return await approvals.information(call.tx, call.caller, body)


@routes.serve(wire.list_approval_notifications, Work.READ)
async def list_approval_notifications(
    call: Call, body: wire.AccessApprovalNotificationRequest
) -> wire.AccessApprovalNotificationResponse:
    return await approvals.notifications(call.tx, call.caller, body)


@routes.serve(wire.search_access_approvals, Work.SCAN)
async def search_access_approvals(
    call: Call, body: wire.AccessApprovalSearchRequest
) -> wire.AccessApprovalSearchResponse:
    return await approvals.search(call.tx, call.caller, body)


# ------------------------------------------------------------------ requests and submissions


@routes.serve(wire.get_research_project)
async def get_research_project(call: Call, requirement_id: str) -> wire.ResearchProject:
    return await requests.get_project(call.tx, call.caller, parse_id(requirement_id))


@routes.serve(wire.put_research_project)
async def put_research_project(call: Call, body: wire.ResearchProject) -> wire.ResearchProject:
    return await requests.put_project(call.tx, call.caller, body)


@routes.serve(wire.get_data_access_request)
async def get_data_access_request(call: Call, requirement_id: str) -> DataAccessRequest:
    return await requests.get_request(call.tx, call.caller, parse_id(requirement_id))


@routes.serve(wire.put_data_access_request)
async def put_data_access_request(call: Call, body: DataAccessRequest) -> DataAccessRequest:
    return await requests.put_request(call.tx, call.caller, body)


@routes.serve(wire.list_data_access_requests, Work.SCAN)
async def list_data_access_requests(
    call: Call, body: wire.AccessRequestListRequest
) -> wire.AccessRequestList:
    return await requests.list_own(call.tx, call.caller, body)


@routes.serve(wire.create_access_submission)
async def create_access_submission(
    call: Call, request_id: str, body: wire.CreateSubmissionRequest
) -> wire.SubmissionStatus:
    return await submissions.create(call.tx, call.caller, request_id, body, _post(call))


@routes.serve(wire.get_access_submission)
async def get_access_submission(call: Call, submission_id: str) -> wire.Submission:
    return await submissions.get(call.tx, call.caller, submission_id)


@routes.serve(wire.review_access_submission)
async def review_access_submission(
    call: Call, submission_id: str, body: wire.SubmissionStateChangeRequest
) -> wire.Submission:
    return await submissions.review(call.tx, call.caller, submission_id, body, _post(call))


@routes.serve(wire.delete_access_submission)
async def delete_access_submission(call: Call, submission_id: str) -> None:
    await submissions.delete(call.tx, call.caller, submission_id)


@routes.serve(wire.cancel_access_submission)
async def cancel_access_submission(call: Call, submission_id: str) -> wire.SubmissionStatus:
    return await submissions.cancel(call.tx, call.caller, submission_id)


@routes.serve(wire.get_own_approval)
async def get_own_approval(call: Call, submission_id: str) -> AccessApproval:
    return await submissions.own_approval(call.tx, call.caller, submission_id)


@routes.serve(wire.list_access_submissions, Work.SCAN)
async def list_access_submissions(
    call: Call, requirement_id: str, body: wire.SubmissionPageRequest
) -> wire.SubmissionPage:
    return await submissions.page(call.tx, call.caller, parse_id(requirement_id), body)


@routes.serve(wire.list_approved_submissions, Work.SCAN)
async def list_approved_submissions(
    call: Call, requirement_id: str, body: wire.SubmissionInfoPageRequest
) -> wire.SubmissionInfoPage:
    return await submissions.approved(call.tx, call.caller, parse_id(requirement_id), body)


@routes.serve(wire.list_open_submissions, Work.SCAN)
async def list_open_submissions(
    call: Call, next_page_token: str | None = None
) -> wire.OpenSubmissionPage:
    return await submissions.waiting(call.tx, call.caller, next_page_token)


@routes.serve(wire.search_access_submissions, Work.SCAN)
async def search_access_submissions(
    call: Call, body: wire.SubmissionSearchRequest
) -> wire.SubmissionSearchResponse:
    return await submissions.search(call.tx, call.caller, body)


@routes.serve(wire.search_own_submissions, Work.SCAN)
async def search_own_submissions(
    call: Call, body: wire.UserSubmissionSearchRequest
) -> wire.UserSubmissionSearchResponse:
    return await submissions.search_own(call.tx, call.caller, body)
