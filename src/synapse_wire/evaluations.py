"""Evaluations: queues that people submit to, the rounds in which they may, and who may do what."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.access import AccessControlList
from synapse_wire.base import BooleanResult, Date, Results, Wire
from synapse_wire.endpoint import endpoint

LimitType: TypeAlias = Literal["TOTAL", "DAILY", "WEEKLY", "MONTHLY"]
MOST_PAGE = 100


class SubmissionQuota(Wire):
    """The older way to say rounds: so many of one length, one after another."""

    first_round_start: Date | None = None
    round_duration_millis: int | None = None
    number_of_rounds: int | None = None
    submission_limit: int | None = None
    """How often each user or team may submit in a round."""


class Evaluation(Wire):
    """A queue of submissions. ``content_source`` is the project that it belongs to."""

    id: str | None = None
    etag: str | None = None
    name: str | None = None
    description: str | None = None
    owner_id: str | None = None
    created_on: Date | None = None
    content_source: str | None = None
    submission_instructions_message: str | None = None
    submission_receipt_message: str | None = None
    quota: SubmissionQuota | None = None


class EvaluationRoundLimit(Wire):
    """How often each user or team may submit, in a round or in a day, week or month of it."""

    limit_type: LimitType
    maximum_submissions: int


class EvaluationRound(Wire):
    """A time in which an evaluation takes submissions."""

    id: str | None = None
    etag: str | None = None
    evaluation_id: str | None = None
    round_start: Date | None = None
    round_end: Date | None = None
    limits: list[EvaluationRoundLimit] | None = None


class EvaluationRoundListRequest(Wire):
    """Which page of rounds?"""

    next_page_token: str | None = None


class EvaluationRoundListResponse(Wire):
    """A page of rounds, by their start."""

    page: list[EvaluationRound]
    next_page_token: str | None = None


class UserEvaluationPermissions(Wire):
    """What the caller may do with an evaluation."""

    can_change_permissions: bool
    can_view: bool
    can_public_read: bool
    can_edit: bool
    can_delete: bool
    can_participate: bool
    can_submit: bool
    can_view_private_submission_status_annotations: bool
    can_edit_submission_statuses: bool
    can_delete_submissions: bool
    owner_principal_id: int


class SubmissionEligibility(Wire):
    """Whether a team may submit now, and what stands in its way."""

    is_eligible: bool
    is_registered: bool
    is_quota_filled: bool


class MemberSubmissionEligibility(Wire):
    """The same of a member; ``has_conflicting_submission``: they submitted without this team."""

    principal_id: int
    is_eligible: bool
    is_registered: bool
    is_quota_filled: bool
    has_conflicting_submission: bool


class TeamSubmissionEligibility(Wire):
    """Who of a team may submit now. ``eligibility_state_hash`` goes with the submission: it is
    refused when all this has changed since."""

    team_id: str
    evaluation_id: str
    team_eligibility: SubmissionEligibility
    members_eligibility: list[MemberSubmissionEligibility]
    eligibility_state_hash: int


@endpoint("POST", "/repo/v1/evaluation")
def create_evaluation(body: Evaluation) -> Evaluation:
    """Make an evaluation of a project in which the caller may create things."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}")
def get_evaluation(eval_id: str) -> Evaluation:
    """An evaluation that the caller may read."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/name/{name}")
def find_evaluation(name: str) -> Evaluation:
    """The evaluation of exactly this name."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/{evalId}")
def update_evaluation(eval_id: str, body: Evaluation) -> Evaluation:
    """Change an evaluation; the etag must be current."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/evaluation/{evalId}")
def delete_evaluation(eval_id: str) -> None:
    """Delete an evaluation with its rounds and submissions."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation")
def list_evaluations(
    access_type: str = "READ",
    active_only: bool = False,
    evaluation_ids: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[Evaluation]:
    """The evaluations to which the caller has one kind of access."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/available")
def list_available_evaluations(
    active_only: bool = False, evaluation_ids: str | None = None, offset: int = 0, limit: int = 10
) -> Results[Evaluation]:
    """The evaluations that the caller may submit to."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/evaluation")
def list_evaluations_of_project(
    id: str,
    access_type: str = "READ",
    active_only: bool = False,
    evaluation_ids: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[Evaluation]:
    """The evaluations of a project to which the caller has one kind of access."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/access")
def has_evaluation_access(eval_id: str, access_type: str) -> BooleanResult:
    """Whether the caller has one kind of access."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/permissions")
def get_evaluation_permissions(eval_id: str) -> UserEvaluationPermissions:
    """What the caller may do."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/acl")
def get_evaluation_acl(eval_id: str) -> AccessControlList:
    """Who may do what with an evaluation."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/acl")
def update_evaluation_acl(body: AccessControlList) -> AccessControlList:
    """Replace an evaluation's ACL; the body has its id and the ACL's current etag."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/evaluation/acl")
def create_evaluation_acl(body: AccessControlList) -> AccessControlList:
    """Give an evaluation an ACL again after its own was deleted."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/evaluation/{evalId}/acl")
def delete_evaluation_acl(eval_id: str) -> None:
    """Take all access from everybody; the owner can give it an ACL again."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/evaluation/{evalId}/round")
def create_round(eval_id: str, body: EvaluationRound) -> EvaluationRound:
    """Add a round that begins in the future and overlaps no other."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/round/{roundId}")
def get_round(eval_id: str, round_id: str) -> EvaluationRound:
    """One round."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/{evalId}/round/{roundId}")
def update_round(eval_id: str, round_id: str, body: EvaluationRound) -> EvaluationRound:
    """Change a round; the etag must be current. One with submissions keeps its start."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/evaluation/{evalId}/round/{roundId}")
def delete_round(eval_id: str, round_id: str) -> None:
    """Delete a round that nobody has submitted in."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/evaluation/{evalId}/round/list", repeatable=True)
def list_rounds(eval_id: str, body: EvaluationRoundListRequest) -> EvaluationRoundListResponse:
    """The rounds of an evaluation."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/evaluation/{evalId}/migratequota")
def migrate_quota(eval_id: str) -> None:
    """Turn the older quota into rounds."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/team/{id}/submissionEligibility")
def get_team_eligibility(eval_id: str, id: str) -> TeamSubmissionEligibility:
    """Whether a team and each of its members may submit now."""
    raise NotImplementedError
