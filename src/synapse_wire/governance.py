"""Governance: access requirements, the approvals that meet them, and requests for approval."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.access import AccessControlList, AccessType, RestrictableObjectType
from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint

_PACKAGE = "org.sagebionetworks.repo.model."
_DATA_ACCESS = _PACKAGE + "dataaccess."

MOST_AT_ONCE = 50
"""The ids that a batch may name."""

SortDirection: TypeAlias = Literal["ASC", "DESC"]


# ------------------------------------------------------------------ access requirements


class RestrictableObjectDescriptor(Wire):
    """Something that an access requirement is on."""

    id: str | None = None
    type: RestrictableObjectType | None = None


class AccessRequirementBase(Wire, tag_field="concreteType"):
    """What all access requirements have: a condition for downloading, or for joining a team."""

    id: int | None = None
    version_number: int | None = None
    name: str | None = None
    description: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None
    subjects_defined_by_annotations: bool | None = None
    subject_ids: list[RestrictableObjectDescriptor] | None = None
    access_type: AccessType | None = None


class SelfSignAccessRequirement(AccessRequirementBase, tag=_PACKAGE + "SelfSignAccessRequirement"):
    """Users approve themselves, by agreeing; perhaps only certified or validated ones."""

    is_certified_user_required: bool | None = None
    is_validated_profile_required: bool | None = None


class TermsOfUseAccessRequirement(
    AccessRequirementBase, tag=_PACKAGE + "TermsOfUseAccessRequirement"
):
    """Users approve themselves, by agreeing to terms of use."""

    terms_of_use: str | None = None


class ACTAccessRequirement(AccessRequirementBase, tag=_PACKAGE + "ACTAccessRequirement"):
    """The compliance team approves users whose wish reaches it by other ways."""

    act_contact_info: str | None = None
    open_jira_issue: bool | None = None


class ManagedACTAccessRequirement(
    AccessRequirementBase, tag=_PACKAGE + "ManagedACTAccessRequirement"
):
    """The compliance team, or reviewers that it names, approve data access requests."""

    act_contact_info: str | None = None
    open_jira_issue: bool | None = None
    is_certified_user_required: bool | None = None
    is_validated_profile_required: bool | None = None
    is_duc_required: bool | None = None
    duc_template_file_handle_id: str | None = None
    is_irb_approval_required: bool | None = None
    are_other_attachments_required: bool | None = None
    expiration_period: int | None = None
    """How long an approval holds, in milliseconds; 0 for ever."""
    is_idu_public: bool | None = None
    is_idu_required: bool | None = None
    is_two_fa_required: bool | None = None


class LockAccessRequirement(AccessRequirementBase, tag=_PACKAGE + "LockAccessRequirement"):
    """Nobody is approved until the compliance team has looked at it."""

    jira_key: str | None = None


AccessRequirement: TypeAlias = (
    SelfSignAccessRequirement
    | TermsOfUseAccessRequirement
    | ACTAccessRequirement
    | ManagedACTAccessRequirement
    | LockAccessRequirement
)


class AccessRequirementConversionRequest(Wire):
    """Which ACTAccessRequirement is to become a managed one."""

    access_requirement_id: str | None = None
    etag: str | None = None
    current_version: int | None = None


class RestrictableObjectDescriptorResponse(Wire):
    """A page of what a requirement is on."""

    subjects: list[RestrictableObjectDescriptor]
    next_page_token: str | None = None


class AccessRequirementSearchSort(Wire):
    """One key of an order."""

    field: Literal["CREATED_ON", "NAME", "CONCRETE_TYPE"] | None = None
    direction: SortDirection | None = None


class AccessRequirementSearchRequest(Wire):
    """Which requirements: all conditions that are given must hold."""

    name_contains: str | None = None
    ids: list[int] | None = None
    related_project_id: str | None = None
    reviewer_id: str | None = None
    access_type: AccessType | None = None
    type: str | None = None
    sort: list[AccessRequirementSearchSort] | None = None
    next_page_token: str | None = None


class AccessRequirementSearchResult(Wire):
    """The short form of a requirement."""

    id: str
    type: str
    created_on: Date
    modified_on: Date
    name: str
    version: str
    related_project_ids: list[str]
    reviewer_ids: list[str]


class AccessRequirementSearchResponse(Wire):
    """A page of them."""

    results: list[AccessRequirementSearchResult]
    next_page_token: str | None = None


SubmissionState: TypeAlias = Literal["SUBMITTED", "APPROVED", "REJECTED", "CANCELLED"]


class SubmissionStatus(Wire):
    """How a submission stands."""

    submission_id: str
    submitted_by: str
    state: SubmissionState
    modified_on: Date
    rejected_reason: str | None = None


class AccessRequirementStatusBase(Wire, tag_field="concreteType"):
    """Whether the caller meets a requirement."""

    access_requirement_id: str
    is_approved: bool
    expired_on: Date | None = None


class BasicAccessRequirementStatus(
    AccessRequirementStatusBase, tag=_DATA_ACCESS + "BasicAccessRequirementStatus"
):
    """The same."""


class ManagedACTAccessRequirementStatus(
    AccessRequirementStatusBase, tag=_DATA_ACCESS + "ManagedACTAccessRequirementStatus"
):
    """The same, and what has become of the caller's latest submission."""

    current_submission_status: SubmissionStatus | None = None


AccessRequirementStatus: TypeAlias = (
    BasicAccessRequirementStatus | ManagedACTAccessRequirementStatus
)


# ------------------------------------------------------------------ access approvals

ApprovalState: TypeAlias = Literal["APPROVED", "REVOKED"]


class AccessApproval(Wire):
    """That one user meets one requirement: the accessor, for whom the submitter asked."""

    id: int | None = None
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None
    requirement_id: int | None = None
    requirement_version: int | None = None
    submitter_id: str | None = None
    accessor_id: str | None = None
    expired_on: Date | None = None
    state: ApprovalState | None = None


class BatchAccessApprovalInfoRequest(Wire):
    """Which of these requirements does a user meet?"""

    user_id: str | None = None
    access_requirement_ids: list[str] | None = None


class AccessApprovalInfo(Wire):
    """Whether a user meets a requirement."""

    user_id: str
    access_requirement_id: str
    has_access_approval: bool


class BatchAccessApprovalInfoResponse(Wire):
    """One for each that was asked for."""

    results: list[AccessApprovalInfo]


class AccessorGroupRequest(Wire):
    """Which groups of accessors: all conditions that are given must hold."""

    access_requirement_id: str | None = None
    submitter_id: str | None = None
    accessor_id: str | None = None
    expire_before: Date | None = None
    next_page_token: str | None = None


class AccessorGroup(Wire):
    """The users who were approved together, and until when."""

    access_requirement_id: str
    submitter_id: str
    accessor_ids: list[str]
    expired_on: Date | None = None


class AccessorGroupResponse(Wire):
    """A page of them."""

    results: list[AccessorGroup]
    next_page_token: str | None = None


class AccessorGroupRevokeRequest(Wire):
    """Whose group is to lose its approvals."""

    access_requirement_id: str | None = None
    submitter_id: str | None = None


NotificationType: TypeAlias = Literal[
    "REVOCATION", "FIRST_RENEWAL_REMINDER", "SECOND_RENEWAL_REMINDER"
]


class AccessApprovalNotificationRequest(Wire):
    """Whose letters about a requirement?"""

    requirement_id: int | None = None
    recipient_ids: list[int] | None = None


class AccessApprovalNotification(Wire):
    """A letter that was sent."""

    notification_type: NotificationType
    requirement_id: int
    recipient_id: int
    sent_on: Date


class AccessApprovalNotificationResponse(Wire):
    """The letters."""

    requirement_id: int
    results: list[AccessApprovalNotification]


class AccessApprovalSearchSort(Wire):
    """One key of an order."""

    field: Literal["MODIFIED_ON", "EXPIRED_ON"] | None = None
    direction: SortDirection | None = None


class AccessApprovalSearchRequest(Wire):
    """Whose approvals, of all requirements or of one."""

    accessor_id: str | None = None
    access_requirement_id: str | None = None
    sort: list[AccessApprovalSearchSort] | None = None
    next_page_token: str | None = None


class AccessApprovalSearchResult(Wire):
    """One approval, now or once."""

    id: str
    access_requirement_id: str
    access_requirement_version: str
    access_requirement_name: str
    submitter_id: str
    reviewer_id: str
    state: ApprovalState
    modified_on: Date
    expired_on: Date | None = None


class AccessApprovalSearchResponse(Wire):
    """A page of them."""

    results: list[AccessApprovalSearchResult]
    next_page_token: str | None = None


# ------------------------------------------------------------------ data access requests


class ResearchProject(Wire):
    """What somebody wants data for."""

    id: str | None = None
    access_requirement_id: str | None = None
    institution: str | None = None
    project_lead: str | None = None
    intended_data_use_statement: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    created_by: str | None = None
    modified_on: Date | None = None
    modified_by: str | None = None


class AccessorChange(Wire):
    """What a request wants for one user."""

    user_id: str | None = None
    type: Literal["GAIN_ACCESS", "RENEW_ACCESS", "REVOKE_ACCESS"] | None = None


class RequestBase(Wire, tag_field="concreteType"):
    """A data access request: who is to have access, and what they hand in for it."""

    id: str | None = None
    access_requirement_id: str | None = None
    research_project_id: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    created_by: str | None = None
    modified_on: Date | None = None
    modified_by: str | None = None
    duc_file_handle_id: str | None = None
    """The data use certificate."""
    irb_file_handle_id: str | None = None
    """The approval of an institutional review board."""
    attachments: list[str] | None = None
    accessor_changes: list[AccessorChange] | None = None


class Request(RequestBase, tag=_DATA_ACCESS + "Request"):
    """The first request of a user."""


class Renewal(RequestBase, tag=_DATA_ACCESS + "Renewal"):
    """A later one, with what came of the data."""

    publication: str | None = None
    summary_of_use: str | None = None


DataAccessRequest: TypeAlias = Request | Renewal


class CreateSubmissionRequest(Wire):
    """Hand in a request as it stands; the subject is where the user came from."""

    request_id: str | None = None
    request_etag: str | None = None
    subject_id: str | None = None
    subject_type: RestrictableObjectType | None = None


class Submission(Wire):
    """A request as it was handed in, and what became of it."""

    id: str
    access_requirement_id: str
    access_requirement_version: int
    request_id: str
    research_project_snapshot: ResearchProject
    accessor_changes: list[AccessorChange]
    submitted_on: Date
    submitted_by: str
    modified_on: Date
    modified_by: str
    state: SubmissionState
    etag: str
    is_renewal_submission: bool
    duc_file_handle_id: str | None = None
    irb_file_handle_id: str | None = None
    attachments: list[str] | None = None
    publication: str | None = None
    summary_of_use: str | None = None
    rejected_reason: str | None = None
    subject_id: str | None = None
    subject_type: RestrictableObjectType | None = None


class SubmissionStateChangeRequest(Wire):
    """What a reviewer decides."""

    submission_id: str | None = None
    new_state: SubmissionState | None = None
    rejected_reason: str | None = None


class SubmissionPageRequest(Wire):
    """Which submissions to a requirement."""

    access_requirement_id: str | None = None
    filter_by: SubmissionState | None = None
    accessor_id: str | None = None
    order_by: Literal["CREATED_ON", "MODIFIED_ON"] | None = None
    is_ascending: bool | None = None
    next_page_token: str | None = None


class SubmissionPage(Wire):
    """A page of them."""

    results: list[Submission]
    next_page_token: str | None = None


class OpenSubmission(Wire):
    """How many submissions wait under a requirement."""

    access_requirement_id: str
    number_of_submitted_submission: int


class OpenSubmissionPage(Wire):
    """A page of them."""

    open_submission_list: list[OpenSubmission]
    next_page_token: str | None = None


class SubmissionInfoPageRequest(Wire):
    """A page of what approved submissions are for."""

    access_requirement_id: str | None = None
    next_page_token: str | None = None


class SubmissionInfo(Wire):
    """What an approved submission is for; who got access is for the compliance team."""

    institution: str | None
    project_lead: str | None
    intended_data_use_statement: str | None
    modified_on: Date
    submitted_by: str
    accessor_changes: list[AccessorChange] | None = None


class SubmissionInfoPage(Wire):
    """A page of them."""

    results: list[SubmissionInfo]
    next_page_token: str | None = None


class SubmissionSearchSort(Wire):
    """One key of an order."""

    field: Literal["CREATED_ON", "MODIFIED_ON"] | None = None
    direction: SortDirection | None = None


class SubmissionSearchRequest(Wire):
    """Which of the submissions that the caller may review."""

    accessor_id: str | None = None
    access_requirement_id: str | None = None
    submission_state: SubmissionState | None = None
    reviewer_id: str | None = None
    reviewer_filter_type: Literal["ALL", "ACT_ONLY", "DELEGATED_ONLY"] | None = None
    sort: list[SubmissionSearchSort] | None = None
    next_page_token: str | None = None


class SubmissionSearchResult(Wire):
    """The short form of a submission."""

    id: str
    created_on: Date
    modified_on: Date
    access_requirement_id: str
    access_requirement_version: str
    access_requirement_name: str
    access_requirement_reviewer_ids: list[str]
    submitter_id: str
    accessor_changes: list[AccessorChange]
    state: SubmissionState


class SubmissionSearchResponse(Wire):
    """A page of them."""

    results: list[SubmissionSearchResult]
    next_page_token: str | None = None


class UserSubmissionSearchRequest(Wire):
    """Which of the submissions that are about the caller."""

    access_requirement_id: str | None = None
    submission_state: SubmissionState | None = None
    sort: list[SubmissionSearchSort] | None = None
    next_page_token: str | None = None


class UserSubmissionSearchResult(Wire):
    """The short form of a submission, for one of its accessors."""

    id: str
    created_on: Date
    modified_on: Date
    access_requirement_id: str
    access_requirement_version: str
    access_requirement_name: str
    submitter_id: str
    state: SubmissionState
    user_access_approval: AccessApproval | None = None


class UserSubmissionSearchResponse(Wire):
    """A page of them."""

    results: list[UserSubmissionSearchResult]
    next_page_token: str | None = None


class AccessRequestListRequest(Wire):
    """Which of the caller's requests, and in which order."""

    access_requirement_id: str | None = None
    is_e_duc: bool | None = None
    sort_by: (
        Literal["ACCESS_REQUIREMENT_NAME", "SUBMITTED_ON", "MODIFIED_ON", "EXPIRES_ON"] | None
    ) = None
    sort_direction: SortDirection | None = None
    next_page_token: str | None = None


AccessRequestStatus: TypeAlias = Literal[
    "created", "submitted", "approved", "rejected", "cancelled"
]


class AccessRequestSummary(Wire):
    """A request, how it stands, and until when its user has access."""

    request_id: str
    access_requirement_id: str
    access_requirement_name: str
    status: AccessRequestStatus
    modified_on: Date
    submitted_on: Date | None = None
    expires_on: Date | None = None
    is_e_duc: bool | None = None


class AccessRequestList(Wire):
    """A page of them."""

    results: list[AccessRequestSummary]
    next_page_token: str | None = None


# ------------------------------------------------------------------ endpoints: requirements


@endpoint("POST", "/repo/v1/accessRequirement")
def create_access_requirement(body: AccessRequirement) -> AccessRequirement:
    """Put a requirement on entities or teams; for the compliance team."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}")
def get_access_requirement(requirement_id: str) -> AccessRequirement:
    """A requirement; requirements are public."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/accessRequirement/{requirementId}")
def update_access_requirement(requirement_id: str, body: AccessRequirement) -> AccessRequirement:
    """Change a requirement, which makes a new version of it; for the compliance team."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/accessRequirement/{requirementId}")
def delete_access_requirement(requirement_id: str) -> None:
    """Delete a requirement with its approvals and requests; for the compliance team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/accessRequirement/conversion")
def convert_access_requirement(body: AccessRequirementConversionRequest) -> AccessRequirement:
    """Let an ACTAccessRequirement be managed from now on; for the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessRequirement/search", repeatable=True)
def search_access_requirements(
    body: AccessRequirementSearchRequest,
) -> AccessRequirementSearchResponse:
    """Requirements by name, project, reviewer or type."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}/subjects")
def list_subjects(
    requirement_id: str, next_page_token: str | None = None
) -> RestrictableObjectDescriptorResponse:
    """The entities and teams that a requirement is on."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}/status")
def get_access_requirement_status(requirement_id: str) -> AccessRequirementStatus:
    """Whether the caller meets a requirement, and until when."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}/acl")
def get_requirement_acl(requirement_id: str) -> AccessControlList:
    """Who may review submissions to a requirement, and whom it may exempt."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessRequirement/{requirementId}/acl")
def create_requirement_acl(requirement_id: str, body: AccessControlList) -> AccessControlList:
    """Name reviewers of a requirement; for the compliance team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/accessRequirement/{requirementId}/acl")
def update_requirement_acl(requirement_id: str, body: AccessControlList) -> AccessControlList:
    """Replace the reviewers of a requirement; for the compliance team."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/accessRequirement/{requirementId}/acl")
def delete_requirement_acl(requirement_id: str) -> None:
    """Leave a requirement to the compliance team again; for that team."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/accessRequirement")
def list_access_requirements(
    id: str, limit: int = 10, offset: int = 0
) -> Results[AccessRequirement]:
    """The access requirements on an entity, inherited ones included."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/accessRequirement")
def list_team_access_requirements(
    id: str, limit: int = 10, offset: int = 0
) -> Results[AccessRequirement]:
    """The access requirements on a team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/lockAccessRequirement")
def create_lock_access_requirement(id: str) -> AccessRequirement:
    """Lock an entity until the compliance team has looked at it; for who may create and update
    there."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: approvals


@endpoint("POST", "/repo/v1/accessApproval")
def create_access_approval(body: AccessApproval) -> AccessApproval:
    """Meet a requirement by agreeing to it, or as the compliance team approve a user."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessApproval/{approvalId}")
def get_access_approval(approval_id: str) -> AccessApproval:
    """An approval; for its accessor, its submitter and the compliance team."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/accessApproval")
def revoke_access_approvals(requirement_id: str, accessor_id: str) -> None:
    """Take a user's approvals under a requirement back; for that user and the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessApproval/group", repeatable=True)
def list_accessor_groups(body: AccessorGroupRequest) -> AccessorGroupResponse:
    """Who was approved together with whom; for the compliance team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/accessApproval/group/revoke")
def revoke_accessor_group(body: AccessorGroupRevokeRequest) -> None:
    """Take the approvals back that a submitter got for a group; for the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessApproval/information", repeatable=True)
def get_access_approval_info(
    body: BatchAccessApprovalInfoRequest,
) -> BatchAccessApprovalInfoResponse:
    """Which of some requirements a user meets; for that user, reviewers, the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessApproval/notifications", repeatable=True)
def list_approval_notifications(
    body: AccessApprovalNotificationRequest,
) -> AccessApprovalNotificationResponse:
    """The letters about expiry and revocation that were sent; for the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessApproval/search", repeatable=True)
def search_access_approvals(body: AccessApprovalSearchRequest) -> AccessApprovalSearchResponse:
    """The history of a user's approvals; for the compliance team."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: data access


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}/researchProjectForUpdate")
def get_research_project(requirement_id: str) -> ResearchProject:
    """The caller's research project for a requirement, or an empty one to fill in."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/researchProject", repeatable=True)
def put_research_project(body: ResearchProject) -> ResearchProject:
    """Make the caller's research project for a requirement, or change it."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/accessRequirement/{requirementId}/dataAccessRequestForUpdate")
def get_data_access_request(requirement_id: str) -> DataAccessRequest:
    """The caller's request under a requirement, or an empty one; a renewal once approved."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/dataAccessRequest", repeatable=True)
def put_data_access_request(body: DataAccessRequest) -> DataAccessRequest:
    """Make the caller's request under a requirement, or change it."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/dataAccessRequest/list", repeatable=True)
def list_data_access_requests(body: AccessRequestListRequest) -> AccessRequestList:
    """The caller's requests and how they stand."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/dataAccessRequest/{requestId}/submission")
def create_access_submission(request_id: str, body: CreateSubmissionRequest) -> SubmissionStatus:
    """Hand the caller's request in for review."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/dataAccessSubmission/{submissionId}")
def get_access_submission(submission_id: str) -> Submission:
    """A submission; for its accessors, its reviewers and the compliance team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/dataAccessSubmission/{submissionId}")
def review_access_submission(submission_id: str, body: SubmissionStateChangeRequest) -> Submission:
    """Approve or reject a submission; for its reviewers and the compliance team."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/dataAccessSubmission/{submissionId}")
def delete_access_submission(submission_id: str) -> None:
    """Delete a submission; what it brought stays. For the compliance team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/dataAccessSubmission/{submissionId}/cancellation")
def cancel_access_submission(submission_id: str) -> SubmissionStatus:
    """Take a submission back that nobody has decided; for its submitter."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/dataAccessSubmission/{submissionId}/userAccessApproval")
def get_own_approval(submission_id: str) -> AccessApproval:
    """The approval that a submission brought the caller, one of its accessors."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/accessRequirement/{requirementId}/submissions", repeatable=True)
def list_access_submissions(requirement_id: str, body: SubmissionPageRequest) -> SubmissionPage:
    """The submissions to a requirement; for the compliance team."""
    raise NotImplementedError


@endpoint(
    "POST", "/repo/v1/accessRequirement/{requirementId}/approvedSubmissionInfo", repeatable=True
)
def list_approved_submissions(
    requirement_id: str, body: SubmissionInfoPageRequest
) -> SubmissionInfoPage:
    """What data are used for under a requirement that makes it public."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/dataAccessSubmission/openSubmissions")
def list_open_submissions(next_page_token: str | None = None) -> OpenSubmissionPage:
    """Requirements with submissions that wait, and how many; for the compliance team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/dataAccessSubmission/search", repeatable=True)
def search_access_submissions(body: SubmissionSearchRequest) -> SubmissionSearchResponse:
    """The submissions that the caller may review."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/dataAccessSubmission/userRequests", repeatable=True)
def search_own_submissions(body: UserSubmissionSearchRequest) -> UserSubmissionSearchResponse:
    """The submissions that are about the caller."""
    raise NotImplementedError
