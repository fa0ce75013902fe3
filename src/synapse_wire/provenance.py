"""Provenance: activities, what they used and what they generated."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint

_PACKAGE = "org.sagebionetworks.repo.model.provenance."


class Reference(Wire):
    """An entity, or one version of it."""

    target_id: str | None = None
    target_version_number: int | None = None


class UsedBase(Wire, tag_field="concreteType"):
    """Something an activity used; ``was_executed`` marks code and programs."""

    was_executed: bool | None = None


class UsedEntity(UsedBase, tag=_PACKAGE + "UsedEntity"):
    """An entity that was used. It need not exist any more."""

    reference: Reference | None = None


class UsedURL(UsedBase, tag=_PACKAGE + "UsedURL"):
    """Something outside Synapse that was used."""

    name: str | None = None
    url: str | None = None


Used: TypeAlias = UsedEntity | UsedURL


class Activity(Wire):
    """A step of work: what was used and executed to generate something."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None
    used: list[Used] | None = None


class GraphEntity(Wire):
    """A version of an entity in a graph. One that the caller may not read, or that is gone, has
    nothing but the reference that an activity has to it."""

    target_id: str
    is_readable: bool
    target_version_number: int | None = None
    name: str | None = None
    type: str | None = None
    is_latest_version: bool | None = None
    modified_by: str | None = None
    modified_on: Date | None = None
    generated_by: str | None = None
    """The activity."""


class ProvenanceGraph(Wire):
    """What something was made from and what was made from it, as far as the caller may know."""

    root: Reference
    entities: list[GraphEntity]
    activities: list[Activity]
    is_complete: bool
    """False if there is more than was asked for."""


GraphDirection = Literal["UP", "DOWN", "BOTH"]
"""What it was made from, what was made from it, or both."""
MOST_NODES = 50_000


@endpoint("POST", "/repo/v1/activity")
def create_activity(body: Activity) -> Activity:
    """Record an activity."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/activity/{id}")
def get_activity(id: str) -> Activity:
    """An activity."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/activity/{id}")
def update_activity(id: str, body: Activity) -> Activity:
    """Replace an activity; the etag must be current."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/activity/{id}")
def delete_activity(id: str) -> None:
    """Delete an activity that generated nothing."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/activity/{id}/generated")
def list_generated(id: str, offset: int = 0, limit: int = 10) -> Results[Reference]:
    """The entity versions that an activity generated."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/generatedBy")
def get_generated_by(id: str) -> Activity:
    """The activity that generated the current version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/generatedBy")
def get_version_generated_by(id: str, version_number: int) -> Activity:
    """The activity that generated a version."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/generatedBy")
def set_generated_by(id: str, generated_by: str) -> Activity:
    """Say which activity generated the current version."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/entity/{id}/generatedBy")
def delete_generated_by(id: str) -> None:
    """Forget which activity generated the current version; the activity stays."""
    raise NotImplementedError


@endpoint(
    "GET",
    "/repo/v1/entity/{id}/provenanceGraph",
    ours="Provenance Graph Services (not official)",
    scopes=("view",),
)
def get_graph(
    id: str,
    version: int | None = None,
    depth: int = 1000,
    direction: GraphDirection = "UP",
    limit: int = 10_000,
) -> ProvenanceGraph:
    """The graph around a version, the current one if none is named: ``depth`` activities far,
    with at most ``limit`` entities and activities. Beyond the official API: a server that has it
    names the extension ``provenance-graph`` in ``/version``."""
    raise NotImplementedError
