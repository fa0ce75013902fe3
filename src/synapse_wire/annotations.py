"""Annotations: typed lists of values under keys of the user's choice."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Wire
from synapse_wire.endpoint import endpoint

AnnotationType: TypeAlias = Literal["STRING", "DOUBLE", "LONG", "TIMESTAMP_MS", "BOOLEAN"]


class AnnotationValue(Wire):
    """Values are sent as strings whatever their type; times are milliseconds since the epoch."""

    type: AnnotationType | None = None
    value: list[str | None] | None = None


class Annotations(Wire):
    """All annotations of an entity; ``etag`` is the entity's."""

    id: str | None = None
    etag: str | None = None
    annotations: dict[str, AnnotationValue] | None = None


class OldAnnotations(Wire):
    """The older form, one map per type. Dates are milliseconds since the epoch."""

    id: str | None = None
    etag: str | None = None
    string_annotations: dict[str, list[str | None]] | None = None
    long_annotations: dict[str, list[int | None]] | None = None
    double_annotations: dict[str, list[float | None]] | None = None
    date_annotations: dict[str, list[int | None]] | None = None


@endpoint("GET", "/repo/v1/entity/{id}/annotations2")
def get_annotations(id: str, include_derived: bool | None = None) -> Annotations:
    """The annotations of the current version."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/annotations2")
def update_annotations(id: str, body: Annotations) -> Annotations:
    """Replace the annotations of the current version; the etag must be current."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/annotations2")
def get_version_annotations(id: str, version_number: int) -> Annotations:
    """The annotations of a version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/annotations")
def get_old_annotations(id: str) -> OldAnnotations:
    """The annotations in the older form."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/annotations")
def update_old_annotations(id: str, body: OldAnnotations) -> OldAnnotations:
    """Replace the annotations, given in the older form."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/annotations")
def get_old_version_annotations(id: str, version_number: int) -> OldAnnotations:
    """The annotations of a version in the older form."""
    raise NotImplementedError
