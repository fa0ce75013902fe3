"""Annotations as scientists write them, and as the server wants them."""

from __future__ import annotations

import datetime
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


def check_annotations_changed(
    bundle_annotations: Mapping[str, Any], new_annotations: Mapping[str, Any]
) -> bool:
    """Whether new annotations differ from those in a bundle of the server."""
    old = to_wire(from_wire(bundle_annotations.get("annotations") or {}))
    return old != to_wire(new_annotations)
