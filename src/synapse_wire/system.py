"""The server itself: version and status."""

from __future__ import annotations

import enum
from typing import Literal

from synapse_wire.base import Wire
from synapse_wire.endpoint import endpoint


class Extension(enum.StrEnum):
    """What a server may do beyond the official API."""

    LATE_MD5 = "late-md5"
    """An upload may start with a ``contentFingerprint`` in place of ``contentMD5Hex``; the MD5
    of the whole is then told at its completion. So a file is read once, and nobody waits until
    a large one is hashed."""
    PART_CRC32 = "part-crc32"
    """A PUT of a part may carry ``x-amz-checksum-crc32``; the bytes are checked against it
    before they are acknowledged. The ``ETag`` of the answer then stands where the API wants
    the MD5 of the part, which nobody need compute."""
    BULK = "bulk"
    """Subtrees are listed in pages, small files are sent in one request each, and many changes
    are committed at once: see ``synapse_wire.bulk``."""
    PROVENANCE_GRAPH = "provenance-graph"
    """What something was made from, and what was made from it, is told in one request, however
    far: see ``synapse_wire.provenance.get_graph``."""


class VersionInfo(Wire):
    """Which software answers. ``extensions`` names what it can beyond the official API:
    values of ``Extension``, and others that later servers may have."""

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
