"""Annotations of entities."""

from __future__ import annotations

from typing import Any

from synapse_wire import annotations as wire
from synapseclient.annotations import Annotations, from_synapse_annotations, to_wire
from synapseclient.core.blocking import blocking
from synapseclient.core.utils import id_of
from synapseclient.legacy.base import Session


class AnnotationMethods(Session):
    """Verbs of annotations."""

    async def get_annotations_async(
        self, entity: Any, version: str | int | None = None
    ) -> Annotations:
        """The annotations of an entity, or of one of its versions."""
        if version is None:
            raw = await self.call_json(wire.get_annotations, id_of(entity))
        else:
            raw = await self.call_json(wire.get_version_annotations, id_of(entity), int(version))
        return from_synapse_annotations(raw)

    async def set_annotations_async(self, annotations: Annotations) -> Annotations:
        """Replace the annotations of an entity by these, which were got from it."""
        if not isinstance(annotations, Annotations):
            raise TypeError("Expected a synapseclient.Annotations object")
        body = wire.Annotations(
            id=annotations.id, etag=annotations.etag, annotations=to_wire(annotations)
        )
        raw = await self.call_json(wire.update_annotations, annotations.id, body)
        return from_synapse_annotations(raw)

    async def set_old_annotations_async(
        self, entity: Any, annotations: Any = None, **kwargs: Any
    ) -> Annotations:
        """Replace the annotations of an entity by a dictionary."""
        current = await self.get_annotations_async(entity)
        return await self.set_annotations_async(
            Annotations(current.id, current.etag, {**(annotations or {}), **kwargs})
        )

    get_annotations = blocking(get_annotations_async)
    set_annotations = blocking(set_annotations_async)
    getAnnotations = get_annotations
    setAnnotations = blocking(set_old_annotations_async)
