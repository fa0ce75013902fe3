"""Asynchronous jobs: work that outlives a request."""

from __future__ import annotations

from typing import Any, Literal

from synapse_wire.base import Date, Wire
from synapse_wire.endpoint import endpoint


class AsyncJobId(Wire):
    """What a start answers; the token goes into the path of the matching get."""

    token: str


class AsynchronousJobStatus(Wire):
    """How far a job is. ``request_body`` and ``response_body`` name their ``concreteType``."""

    job_state: Literal["PROCESSING", "FAILED", "COMPLETE"]
    job_id: str
    job_canceling: bool = False
    request_body: Any = None
    response_body: Any = None
    etag: str | None = None
    started_by_user_id: int | None = None
    started_on: Date | None = None
    changed_on: Date | None = None
    progress_message: str | None = None
    progress_current: int | None = None
    progress_total: int | None = None
    exception: str | None = None
    error_message: str | None = None
    error_details: str | None = None
    runtime_ms: int | None = None


@endpoint("POST", "/repo/v1/asynchronous/job")
def start_job(body: dict[str, Any]) -> AsynchronousJobStatus:
    """Start a job of any kind; ``concreteType`` of the body says which."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/asynchronous/job/{jobId}")
def get_job(job_id: str) -> AsynchronousJobStatus:
    """The status of a job that the caller started."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/asynchronous/job/{jobId}/cancel")
def cancel_job(job_id: str) -> None:
    """Ask a job to stop. It may be done before it notices."""
    raise NotImplementedError
