"""Several parts of an entity at once."""

from __future__ import annotations

from synapse_wire import entities as wire
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse

_USUAL = {
    "includeEntity": True,
    "includeAnnotations": True,
    "includeFileHandles": True,
    "includeRestrictionInformation": True,
}


async def get_entity_id_bundle2(
    entity_id: str,
    request: dict[str, bool] | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """The parts of an entity that the request names; the usual ones without it."""
    return await _call(synapse_client, wire.get_bundle, entity_id, request or _USUAL)


async def get_entity_id_version_bundle2(
    entity_id: str,
    version: int,
    request: dict[str, bool] | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """The same of a version."""
    return await _call(
        synapse_client, wire.get_version_bundle, entity_id, version, request or _USUAL
    )


async def post_entity_bundle2_create(
    request: Json, generated_by: str | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """Create an entity with annotations and ACL in one transaction."""
    return await _call(synapse_client, wire.create_bundle, request, generated_by=generated_by)


async def put_entity_id_bundle2(
    entity_id: str,
    request: Json,
    generated_by: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Change an entity, its annotations and its ACL in one transaction."""
    return await _call(
        synapse_client, wire.update_bundle, entity_id, request, generated_by=generated_by
    )
