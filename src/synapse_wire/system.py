"""The server itself: version and status."""

from __future__ import annotations

import enum
from typing import Any, Literal

from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.entities import EntityType


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
    WIKI_HTML = "wiki-html"
    """Wiki pages as HTML that needs no JavaScript: see ``synapse_wire.wiki``."""
    TABLE_PARQUET = "table-parquet"
    """The result of a query can be written as Parquet: ``format`` of
    ``DownloadFromTableRequest``."""
    TABLE_ARROW = "table-arrow"
    """Likewise as an Arrow file."""
    OPENAPI = "openapi"
    """The API of this server as an OpenAPI document: see ``get_openapi``."""


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


class EntityCount(Wire):
    """How many entities of a type there are, outside of the trash can."""

    type: EntityType
    count: int


class JobCount(Wire):
    """How many jobs are in a state; those that have ended are counted for 30 days."""

    state: Literal["PROCESSING", "FAILED", "COMPLETE"]
    count: int


class FailedJob(Wire):
    """A job that ended badly, and why."""

    job_id: str
    kind: str
    started_by_user_id: str
    changed_on: Date
    error_message: str | None = None


class Overview(Wire):
    """What a server holds and how it is doing."""

    version: str
    database: str
    """The engine, and the bytes that it takes."""
    database_bytes: int
    users: int
    entities: list[EntityCount]
    trashed: int
    file_handles: int
    file_bytes: int
    """Of all files that lie in this server's store, each counted once."""
    jobs: list[JobCount]
    failed_jobs: list[FailedJob]
    """The latest ten."""


class Account(Wire):
    """A user as administrators see them."""

    owner_id: str
    user_name: str
    created_on: Date
    is_admin: bool
    is_certified: bool
    is_disabled: bool
    file_bytes: int
    """Of the files that they have uploaded."""
    email: str | None = None
    authenticated_on: Date | None = None
    """When they signed in last."""


@endpoint("GET", "/repo/v1/admin/overview", ours="Administration", scopes=("view",))
def get_overview() -> Overview:
    """What the server holds and how it is doing; administrators only."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/admin/accounts", ours="Administration", scopes=("view",))
def list_accounts(
    fragment: str | None = None, offset: int = 0, limit: int = 50
) -> Results[Account]:
    """The users whose name or e-mail address has a text in it, by name; administrators only."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/version")
def get_version() -> VersionInfo:
    """Which software answers."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/openapi", ours="Health & Version")
def get_openapi() -> dict[str, Any]:
    """What this server serves, as OpenAPI 3.1 describes it."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/status")
def get_status() -> StackStatus:
    """Whether the server takes requests."""
    raise NotImplementedError


@endpoint("HEAD", "/repo/v1/healthcheck")
def check_health() -> None:
    """Nothing but success."""
    raise NotImplementedError
