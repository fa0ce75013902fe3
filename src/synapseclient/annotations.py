"""Annotations as scientists write them, and as the server wants them."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from synapse_wire.annotations import AnnotationType, AnnotationValue
from synapseclient.core.utils import from_unix_epoch_time, to_list, to_unix_epoch_time


class Annotations(dict[str, Any]):
    """A dictionary of annotations that remembers whose they are, and of which state.

    Values are lists of text, numbers, booleans or dates; ``id`` and ``etag`` are those of the
    entity.
    """

    def __init__(self, id: Any = None, etag: Any = None, values: Any = None, **kwargs: Any) -> None:
        super().__init__()
        self.id = _id(id)
        self.etag = etag
        self.update(values or {})
        self.update(kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("id", "etag"):
            if name == "id" and value is None:
                raise ValueError("id must not be None")
            super().__setattr__(name, value)
        else:
            self[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _id(owner: Any) -> str:
    if isinstance(owner, Mapping):
        owner = owner.get("id")
    if owner is None:
        raise ValueError("id must not be None")
    return str(owner)


def to_wire(values: Mapping[str, Any]) -> dict[str, AnnotationValue]:
    """Annotations with their types, as the server wants them; what is empty is left out."""
    wired = {}
    for key, value in values.items():
        each = [] if value is None or value == "" else to_list(value)
        each = [
            _plain(key, item) for item in each if item is not None and item == item
        ]  # NaN != NaN
        if each:
            kind, texts = _typed(each)
            wired[key] = AnnotationValue(type=kind, value=list(texts))
    return wired


def _plain(key: str, value: Any) -> Any:
    """One of Python's own values instead of numpy's; bytes are text."""
    if isinstance(value, Mapping):
        raise TypeError(
            f"The annotation {key!r} has a {type(value).__name__}: values are text, numbers,"
            " booleans or dates."
        )
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if hasattr(value, "item") else value


def _typed(values: list[Any]) -> tuple[AnnotationType, list[str]]:
    kinds = {_kind(value) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else "STRING"
    if kind == "BOOLEAN":
        return kind, ["true" if value else "false" for value in values]
    if kind == "TIMESTAMP_MS":
        return kind, [str(to_unix_epoch_time(value)) for value in values]
    return kind, [str(value) for value in values]


def _kind(value: Any) -> AnnotationType:
    if isinstance(value, datetime.date):
        return "TIMESTAMP_MS"
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "LONG"
    return "DOUBLE" if isinstance(value, float) else "STRING"


def from_wire(wired: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Lists of values in their own types."""
    return {
        key: [_value(each.get("type"), text) for text in each.get("value") or ()]
        for key, each in wired.items()
    }


def _value(kind: str | None, text: str) -> Any:
    if kind == "LONG":
        return int(text)
    if kind == "DOUBLE":
        return float(text)
    if kind == "BOOLEAN":
        return text.lower() == "true"
    if kind == "TIMESTAMP_MS":
        return from_unix_epoch_time(int(text))
    return text


def from_synapse_annotations(raw: Mapping[str, Any]) -> Annotations:
    """What the server answered, as a dictionary."""
    return Annotations(raw["id"], raw["etag"], from_wire(raw.get("annotations") or {}))


def to_synapse_annotations(annotations: Annotations) -> dict[str, Any]:
    """What to send to the server."""
    wired = to_wire(annotations)
    return {
        "id": annotations.id,
        "etag": annotations.etag,
        "annotations": {
            key: {"type": each.type, "value": each.value} for key, each in wired.items()
        },
    }


def is_synapse_annotations(annotations: Any) -> bool:
    """Whether a mapping has the form of the server's annotations."""
    return isinstance(annotations, Mapping) and set(annotations) >= {"id", "etag", "annotations"}


_OLDER_GROUPS = {
    "stringAnnotations": "STRING",
    "longAnnotations": "LONG",
    "doubleAnnotations": "DOUBLE",
    "dateAnnotations": "TIMESTAMP_MS",
    "blobAnnotations": "STRING",
}


def from_old_form(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The server's annotations, which older bundles have as one map per type; those of today
    stay as they are."""
    if "annotations" in raw or not set(raw) & set(_OLDER_GROUPS):
        return raw
    wired = {
        key: {"type": kind, "value": [str(value) for value in values]}
        for group, kind in _OLDER_GROUPS.items()
        for key, values in (raw.get(group) or {}).items()
    }
    return {"id": raw.get("id"), "etag": raw.get("etag"), "annotations": wired}


def check_annotations_changed(
    bundle_annotations: Mapping[str, Any], new_annotations: Mapping[str, Any]
) -> bool:
    """Whether new annotations differ from those in a bundle of the server."""
    old = to_wire(from_wire(bundle_annotations.get("annotations") or {}))
    return old != to_wire(new_annotations)


# ------------------------------------------------------------------ those of submissions

_OLD_GROUPS = ("stringAnnos", "longAnnos", "doubleAnnos")
_OLD_FORM = ("objectId", "scopeId", *_OLD_GROUPS)


def is_submission_status_annotations(annotations: Any) -> bool:
    """Whether a mapping has the form of a status's older annotations."""
    return isinstance(annotations, Mapping) and set(annotations) <= set(_OLD_FORM)


def to_submission_status_annotations(
    annotations: Mapping[str, Any], is_private: bool = True
) -> Mapping[str, Any]:
    """The older annotations of a status, one value a key.

    Args:
        annotations: Values by name; what has the server's form already stays as it is.
        is_private: Whether only those see them who may read private submissions.
    """
    if is_submission_status_annotations(annotations):
        return annotations
    found: dict[str, Any] = {}
    for key, value in annotations.items():
        if key in _OLD_FORM:
            found[key] = value
            continue
        group, plain = _grouped(value)
        entry = {"key": key, "value": plain, "isPrivate": is_private}
        found.setdefault(group, []).append(entry)
    return found


def _grouped(value: Any) -> tuple[str, Any]:
    kind = _kind(value)
    if kind == "LONG":
        return "longAnnos", value
    if kind == "DOUBLE":
        return "doubleAnnos", value
    if kind == "TIMESTAMP_MS":
        return "longAnnos", to_unix_epoch_time(value)
    return "stringAnnos", str(value).lower() if kind == "BOOLEAN" else str(value)


def from_submission_status_annotations(annotations: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, of a status's older annotations."""
    found: dict[str, Any] = {}
    for key, value in annotations.items():
        if key in _OLD_GROUPS:
            number = float if key == "doubleAnnos" else lambda text: text
            found |= {each["key"]: number(each["value"]) for each in value}
        else:
            found[key] = value
    return found


def to_submission_annotations(
    id: str | int,
    etag: str,
    annotations: Mapping[str, Any],
    logger: logging.Logger | None = None,
) -> dict[str, Any]:
    """The newer annotations of a status, as the server wants them.

    Tables over submissions know no booleans and dates of these: booleans are sent as text,
    dates as milliseconds since the epoch. What has no values is left out, and said so.
    """
    wired = {}
    for key, value in annotations.items():
        values = value if isinstance(value, list) else [value]
        if not values:
            (logger or logging.getLogger(__name__)).warning(
                "Annotation '%s' has an empty value list and will be skipped", key
            )
            continue
        kind = _kind(values[0])
        if kind == "TIMESTAMP_MS":
            kind, values = "LONG", [to_unix_epoch_time(each) for each in values]
        elif kind == "BOOLEAN":
            kind, values = "STRING", [str(each).lower() for each in values]
        elif kind == "STRING":
            values = [str(each) for each in values]
        wired[key] = {"type": kind, "value": values}
    return {"id": str(id), "etag": str(etag), "annotations": wired}
