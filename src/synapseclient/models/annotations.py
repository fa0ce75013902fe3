"""Annotations by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synapseclient.annotations import Annotations as Record
from synapseclient.annotations import from_wire
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking


@dataclass
class Annotations:
    """The annotations of an entity; ``id`` and ``etag`` are the entity's."""

    annotations: dict[str, Any] | None = field(default_factory=dict)
    id: str | None = None
    etag: str | None = None

    @classmethod
    def from_dict(cls, synapse_annotations: Mapping[str, Any]) -> dict[str, Any] | None:
        """Plain lists of values from what the server sends."""
        found = synapse_annotations.get("annotations")
        return from_wire(found) if found else None

    async def store_async(self, *, synapse_client: Synapse | None = None) -> Annotations:
        """Replace the annotations of the entity."""
        if not self.id or not self.etag:
            raise ValueError("Annotations need the entity's id and etag.")
        record = Record(self.id, self.etag, self.annotations)
        stored = await Synapse.get_client(synapse_client).set_annotations_async(record)
        self.etag = stored.etag
        self.annotations = dict(stored)
        return self

    store = blocking(store_async)
