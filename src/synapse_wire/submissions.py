"""Submissions: versions of entities that were submitted to evaluations, and what became of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.annotations import Annotations
from synapse_wire.base import Date, Redirection, Results, Wire
from synapse_wire.endpoint import endpoint

Status: TypeAlias = Literal[
    "OPEN",
    "CLOSED",
    "SCORED",
    "INVALID",
    "VALIDATED",
    "EVALUATION_IN_PROGRESS",
    "RECEIVED",
    "REJECTED",
    "ACCEPTED",
]
MOST_STATUSES = 500
"""In one batch."""


class SubmissionContributor(Wire):
    """Somebody who worked on a submission."""

    principal_id: str | None = None
    created_on: Date | None = None


class Submission(Wire):
    """A version of an entity, handed in by a user or a team. What it was at that moment stays
    readable in ``entity_bundle_json``, whatever becomes of the entity."""

    id: str | None = None
    user_id: str | None = None
    submitter_alias: str | None = None
    evaluation_id: str | None = None
    evaluation_round_id: str | None = None
    entity_id: str | None = None
    entity_bundle_json: str | None = None
    version_number: int | None = None
    docker_repository_name: str | None = None
    docker_digest: str | None = None
    name: str | None = None
    created_on: Date | None = None
    team_id: str | None = None
    contributors: list[SubmissionContributor] | None = None


class StringAnnotation(Wire):
    """A text; a private one is for those who may read private submissions."""

    key: str | None = None
    value: str | None = None
    is_private: bool | None = None


class LongAnnotation(Wire):
    """An integer."""

    key: str | None = None
    value: int | None = None
    is_private: bool | None = None


class DoubleAnnotation(Wire):
    """A number."""

    key: str | None = None
    value: float | None = None
    is_private: bool | None = None


class StatusAnnotations(Wire):
    """The older annotations of a status: one value a key, each private or for all readers."""

    object_id: str | None = None
    scope_id: str | None = None
    string_annos: list[StringAnnotation] | None = None
    long_annos: list[LongAnnotation] | None = None
    double_annos: list[DoubleAnnotation] | None = None


class SubmissionStatus(Wire):
    """What became of a submission. ``status_version`` counts its changes."""

    id: str | None = None
    etag: str | None = None
    modified_on: Date | None = None
    status: Status | None = None
    score: float | None = None
    report: str | None = None
    annotations: StatusAnnotations | None = None
    submission_annotations: Annotations | None = None
    entity_id: str | None = None
    version_number: int | None = None
    status_version: int | None = None
    can_cancel: bool | None = None
    cancel_requested: bool | None = None


class SubmissionBundle(Wire):
    """A submission with its status."""

    submission: Submission
    submission_status: SubmissionStatus


class SubmissionStatusBatch(Wire):
    """Many statuses to write. A series of batches is chained: all but the first carry the token
    that the one before was answered with."""

    statuses: list[SubmissionStatus] | None = None
    batch_token: str | None = None
    is_first_batch: bool | None = None
    is_last_batch: bool | None = None


class BatchUploadResponse(Wire):
    """The token of the next batch; none after the last."""

    next_upload_token: str | None = None


class QueryRow(Wire):
    """Values in the order of the headers."""

    values: list[str | None]


class QueryTableResults(Wire):
    """What the older query found; ``total_number_of_results`` counts what no limit cuts off."""

    headers: list[str]
    rows: list[QueryRow]
    total_number_of_results: int


@endpoint("POST", "/repo/v1/evaluation/submission")
def create_submission(
    body: Submission,
    etag: str | None = None,
    submission_eligibility_hash: str | None = None,
    challenge_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> Submission:
    """Submit a version of an entity; ``etag`` is the entity's. A team's submission needs its
    id, its contributors and the hash of its eligibility."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/submission/query")
def query_submissions(query: str) -> QueryTableResults:
    """The older query of an evaluation's submissions and their annotations."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/submission/{subId}")
def get_submission(sub_id: str) -> Submission:
    """A submission with all that was submitted."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/evaluation/submission/{subId}")
def delete_submission(sub_id: str) -> None:
    """Delete a submission with its status."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/submission/{subId}/cancellation")
def cancel_submission(sub_id: str) -> None:
    """Ask for one's own submission to be cancelled, if its status says that it can be."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/submission/{subId}/status")
def get_status(sub_id: str) -> SubmissionStatus:
    """What became of a submission; its private parts only for those who may read them."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/submission/{subId}/status")
def update_status(sub_id: str, body: SubmissionStatus) -> SubmissionStatus:
    """Say what became of a submission; the etag must be current."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/evaluation/{evalId}/statusBatch")
def update_statuses(eval_id: str, body: SubmissionStatusBatch) -> BatchUploadResponse:
    """Say so of many submissions at once: all, or none when one cannot be."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission")
def list_own_submissions(eval_id: str, offset: int = 0, limit: int = 10) -> Results[Submission]:
    """The caller's own submissions."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission/all")
def list_submissions(
    eval_id: str, offset: int = 0, limit: int = 10, status: Status | None = None
) -> Results[Submission]:
    """All submissions, or those of one status."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission/bundle")
def list_own_bundles(eval_id: str, offset: int = 0, limit: int = 10) -> Results[SubmissionBundle]:
    """The caller's own submissions with their statuses."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission/bundle/all")
def list_bundles(
    eval_id: str, offset: int = 0, limit: int = 10, status: Status | None = None
) -> Results[SubmissionBundle]:
    """All submissions with their statuses, or those of one status."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission/status/all")
def list_statuses(
    eval_id: str, offset: int = 0, limit: int = 10, status: Status | None = None
) -> Results[SubmissionStatus]:
    """The statuses of all submissions, or those of one status."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/{evalId}/submission/count")
def count_submissions(eval_id: str) -> int:
    """How many submissions there are."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/evaluation/submission/{subId}/file/{fileHandleId}")
def get_submission_file(sub_id: str, file_handle_id: str, redirect: bool = True) -> Redirection:
    """The bytes of a file that was submitted."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/admin/evaluation/submission/{subId}/contributor")
def add_contributor(sub_id: str, body: SubmissionContributor) -> SubmissionContributor:
    """For administrators: name one more who worked on a submission."""
    raise NotImplementedError
