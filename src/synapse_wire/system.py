"""The server itself: version and status."""

from __future__ import annotations

from typing import Literal

from synapse_wire.base import Wire
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
