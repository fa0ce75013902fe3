"""Annotations of entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_wire import annotations as wire
from synapseclient.annotations import to_wire
from synapseclient.api.entity_services import _call
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking

if TYPE_CHECKING:
    from synapseclient.models import Annotations


async def set_annotations_async(
    annotations: Annotations, *, synapse_client: Synapse | None = None
) -> Any:
    """Replace the annotations of an entity; the etag must be current."""
    body = wire.Annotations(
        id=annotations.id, etag=annotations.etag, annotations=to_wire(annotations.annotations or {})
    )
    return await _call(synapse_client, wire.update_annotations, annotations.id or "", body)


set_annotations = blocking(set_annotations_async)
