"""The server itself: version, status, asynchronous jobs."""

from __future__ import annotations

from typing import Any, Literal

from synapse_wire.base import Date, Wire
from synapse_wire.endpoint import endpoint


class VersionInfo(Wire):
    """Which software answers. ``extensions`` names what it can beyond the official API."""

    version: str
    stack_instance: str | None = None
    extensions: list[str] | None = None


class StackStatus(Wire):
    """Whether the server takes requests."""

    status: Literal["READ_WRITE", "READ_ONLY", "DOWN"]
    current_message: str | None = None
    pending_maintenance_message: str | None = None


class AsyncJobId(Wire):
    """The token to ask for the answer of a job with."""

    token: str


class AsyncJobStatus(Wire):
    """How far a job is. Times in milliseconds, progress in units of the job's own."""

    job_state: Literal["PROCESSING", "FAILED", "COMPLETE"]
    job_id: str
    etag: str | None = None
    job_canceling: bool | None = None
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
    request_body: dict[str, Any] | None = None
    response_body: dict[str, Any] | None = None


@endpoint("GET", "/repo/v1/version")
def get_version() -> VersionInfo:
    """Which software answers."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/status")
def get_status() -> StackStatus:
    """Whether the server takes requests."""
    raise NotImplementedError


@endpoint("HEAD", "/repo/v1/healthcheck")
def check_health() -> None:
    """Nothing but success."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/asynchronous/job/{jobId}")
def get_job(job_id: str) -> AsyncJobStatus:
    """How far a job of the caller's is."""
    raise NotImplementedError
