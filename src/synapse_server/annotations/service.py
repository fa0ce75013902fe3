"""The rules of annotations, and how their forms turn into one another.

Annotations have no table of their own: they are part of an entity's version, and every one
of their routes is an entity's route.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from synapse_wire.annotations import AnnotationType, AnnotationValue, OldAnnotations
from synapse_wire.base import EARLIEST, LATEST, iso, millis
from synapse_wire.errors import BadRequest

MOST_KEYS = 100
MOST_VALUES = 100
MOST_CHARACTERS = 500

_KEY = re.compile(r"[a-zA-Z0-9,_.]+\Z")
_INTEGER = re.compile(r"[+-]?\d{1,19}\Z")
_FIELDS = frozenset(
    [
        "name",
        "description",
        "id",
        "etag",
        "createdOn",
        "modifiedOn",
        "createdBy",
        "modifiedBy",
        "parentId",
        "concreteType",
        "entityType",
        "alias",
        "versionNumber",
        "versionLabel",
        "versionComment",
        "isLatestVersion",
        "dataFileHandleId",
        "fileNameOverride",
        "linksTo",
        "linksToClassName",
        "columnIds",
        "uri",
        "accessControlList",
        "annotations",
        "benefactorId",
        "path",
        "_accessRequirementIds",
    ]
)
_decode = msgspec.json.Decoder(dict[str, AnnotationValue]).decode
_encode = msgspec.json.Encoder().encode

Stored = Mapping[str, AnnotationValue]


def load(text: str | None) -> dict[str, AnnotationValue]:
    """From the database's form."""
    return {} if text is None else _decode(text)


def as_kept(text: str | None) -> dict[str, AnnotationValue]:
    """The same for an answer that only passes them on: the database's form is that of the wire."""
    return {} if text is None else cast("dict[str, AnnotationValue]", msgspec.Raw(text))


def dump(annotations: Stored) -> str | None:
    """Into the database's form; None when there are none."""
    return _encode(annotations).decode() if annotations else None


def check(given: Mapping[str, AnnotationValue] | None) -> dict[str, AnnotationValue]:
    """The annotations in their plain form, if they keep all rules.

    Raises:
        BadRequest: The text names the key and the rule.
    """
    given = given or {}
    if len(given) > MOST_KEYS:
        raise BadRequest(f"At most {MOST_KEYS} annotations; these are {len(given)}.")
    checked = {}
    for key, annotation in given.items():
        if len(key) > MOST_CHARACTERS or not _KEY.match(key):
            raise BadRequest(
                f"Invalid annotation name: {key[:MOST_CHARACTERS]!r}. Names hold letters, digits, underscores,"
                " commas and dots."
            )
        if key in _FIELDS:
            raise BadRequest(f"{key!r} is a field of entities and cannot name an annotation.")
        values = annotation.value or []
        if annotation.type is None:
            raise BadRequest(f"The annotation {key!r} has no type.")
        if len(values) > MOST_VALUES:
            raise BadRequest(f"{key!r} has {len(values)} values; at most {MOST_VALUES}.")
        plain: list[str | None] = [_check_value(key, annotation.type, value) for value in values]
        checked[key] = AnnotationValue(type=annotation.type, value=plain)
    return checked


def _check_value(key: str, kind: AnnotationType, value: str | None) -> str:
    if value is None:
        raise BadRequest(f"{key!r} has a null among its values; leave it out.")
    if kind == "STRING":
        if len(value) > MOST_CHARACTERS:
            raise BadRequest(
                f"{key!r} has a value of {len(value)} characters; at most {MOST_CHARACTERS}."
            )
        return value
    if kind == "BOOLEAN":
        if value.lower() in ("true", "false"):
            return value.lower()
    elif kind == "DOUBLE":
        if _is_double(value):
            return value
    elif _INTEGER.match(value):
        first, last = (EARLIEST, LATEST) if kind == "TIMESTAMP_MS" else (-(2**63), 2**63 - 1)
        if first <= int(value) <= last:
            return str(int(value))
    raise BadRequest(f"{key!r} has the value {value!r}, which is not of the type {kind}.")


def _is_double(value: str) -> bool:
    if "_" in value:
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


# ------------------------------------------------------------------ the older form


def to_old(annotations: Stored) -> OldAnnotations:
    """The form with one map per type; booleans become strings."""
    old = OldAnnotations(
        string_annotations={},
        long_annotations={},
        double_annotations={},
        date_annotations={},
    )
    assert old.string_annotations is not None
    assert old.long_annotations is not None
    assert old.double_annotations is not None
    assert old.date_annotations is not None
    for key, annotation in annotations.items():
        values = [value for value in annotation.value or [] if value is not None]
        if annotation.type == "LONG":
            old.long_annotations[key] = [int(value) for value in values]
        elif annotation.type == "DOUBLE":
            old.double_annotations[key] = [float(value) for value in values]
        elif annotation.type == "TIMESTAMP_MS":
            old.date_annotations[key] = [int(value) for value in values]
        else:
            old.string_annotations[key] = list(values)
    return old


def from_old(old: OldAnnotations) -> dict[str, AnnotationValue]:
    """From the form with one map per type."""
    groups: tuple[tuple[AnnotationType, Mapping[str, list[Any]] | None], ...] = (
        ("STRING", old.string_annotations),
        ("LONG", old.long_annotations),
        ("DOUBLE", old.double_annotations),
        ("TIMESTAMP_MS", old.date_annotations),
    )
    return {
        key: AnnotationValue(type=kind, value=[str(value) for value in values if value is not None])
        for kind, group in groups
        for key, values in (group or {}).items()
    }


# ------------------------------------------------------------------ the flat JSON form


def to_json(annotations: Stored) -> dict[str, Any]:
    """One value bare, several as an array, none as an empty string."""
    flat: dict[str, Any] = {}
    for key, annotation in annotations.items():
        values = [_to_plain(annotation.type, value) for value in annotation.value or []]
        flat[key] = "" if not values else values[0] if len(values) == 1 else values
    return flat


def _to_plain(kind: AnnotationType | None, value: str | None) -> Any:
    if value is None:
        return None
    if kind == "LONG":
        return int(value)
    if kind == "DOUBLE":
        number = float(value)
        return number if math.isfinite(number) else value  # JSON has no NaN
    if kind == "BOOLEAN":
        return value == "true"
    if kind == "TIMESTAMP_MS":
        return iso(int(value))
    return value


def from_json(flat: Mapping[str, Any]) -> dict[str, AnnotationValue]:
    """What is not a field of entities is an annotation; types follow the values."""
    annotations = {}
    for key, value in flat.items():
        if key in _FIELDS:
            continue
        values = value if isinstance(value, list) else [value]
        if values == [""]:
            values = []
        kind, texts = _typed(key, [item for item in values if item is not None])
        annotations[key] = AnnotationValue(type=kind, value=list(texts))
    return annotations


def _typed(key: str, values: list[Any]) -> tuple[AnnotationType, list[str]]:
    if any(isinstance(value, dict | list) for value in values):
        raise BadRequest(f"The annotation {key!r} is nested; values are single or a flat list.")
    if values and all(isinstance(value, bool) for value in values):
        return "BOOLEAN", [str(value).lower() for value in values]
    if values and all(type(value) is int for value in values):
        return "LONG", [str(value) for value in values]
    if values and all(type(value) in (int, float) for value in values):
        return "DOUBLE", [repr(float(value)) for value in values]
    if values and all(_is_date(value) for value in values):
        return "TIMESTAMP_MS", [str(millis(value)) for value in values]
    return "STRING", [
        str(value).lower() if isinstance(value, bool) else str(value) for value in values
    ]


def _is_date(value: Any) -> bool:
    try:
        millis(value)
    except (ValueError, TypeError):
        return False
    return True
