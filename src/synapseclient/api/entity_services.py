"""Entities, their children, paths, ACLs and provenance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from synapse_wire import access as access_wire
from synapse_wire import entities as wire
from synapse_wire import provenance as provenance_wire
from synapse_wire.base import camel
from synapse_wire.files import get_upload_destination as upload_destination
from synapse_wire.files import get_upload_destination_at
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import get_synid_and_version
from synapseclient.entity import LISTED_TYPES

Json = dict[str, Any]


@dataclass
class EntityHeader:
    """An entity in short."""

    name: str | None = None
    id: str | None = None
    type: str | None = None
    version_number: int | None = None
    version_label: str | None = None
    is_latest_version: bool | None = None
    benefactor_id: int | None = None
    created_on: str | None = None
    modified_on: str | None = None
    created_by: str | None = None
    modified_by: str | None = None

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> EntityHeader:
        """Set the fields from what the server sends."""
        for each in fields(self):
            setattr(self, each.name, synapse_response.get(camel(each.name)))
        return self


# ------------------------------------------------------------------ entities


async def post_entity(
    request: Json, generated_by: str | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """Create an entity."""
    return await _call(synapse_client, wire.create_entity, request, generated_by=generated_by)


async def put_entity(
    entity_id: str,
    request: Json,
    new_version: bool = False,
    generated_by: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Change an entity, whose etag must be current."""
    options = {"generated_by": generated_by, "new_version": new_version or None}
    return await _call(synapse_client, wire.update_entity, entity_id, request, **options)


async def get_entity(
    entity_id: str, version_number: int | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """An entity, or one of its versions."""
    if version_number is None:
        return await _call(synapse_client, wire.get_entity, entity_id)
    return await _call(synapse_client, wire.get_entity_version, entity_id, version_number)


async def delete_entity(
    entity_id: str, version_number: int | None = None, *, synapse_client: Synapse | None = None
) -> None:
    """Move an entity to the trash can, or delete one of its versions."""
    if version_number is None:
        await _call(synapse_client, wire.delete_entity, entity_id)
    else:
        await _call(synapse_client, wire.delete_entity_version, entity_id, version_number)


async def get_entity_type(entity_id: str, *, synapse_client: Synapse | None = None) -> EntityHeader:
    """An entity in short."""
    return EntityHeader().fill_from_dict(
        await _call(synapse_client, wire.get_entity_type, entity_id)
    )


async def get_entity_path(entity_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """The headers from the root to an entity."""
    return await _call(synapse_client, wire.get_entity_path, entity_id)


async def get_entities_by_md5(md5: str, *, synapse_client: Synapse | None = None) -> Json:
    """The headers of files whose content has this MD5."""
    return await _call(synapse_client, wire.look_up_md5, md5)


async def get_child(
    entity_name: str, parent_id: str | None = None, *, synapse_client: Synapse | None = None
) -> str | None:
    """The id of the child of a name, of a project without a parent; None if there is none."""
    return await Synapse.get_client(synapse_client).find_entity_id_async(entity_name, parent_id)


async def get_children(
    parent: str | None = None,
    include_types: Iterable[str] | None = None,
    sort_by: str = "NAME",
    sort_direction: str = "ASC",
    *,
    synapse_client: Synapse | None = None,
) -> AsyncIterator[Json]:
    """The headers of all children that you may read; of all projects without a parent."""
    syn = Synapse.get_client(synapse_client)
    types = LISTED_TYPES if include_types is None else include_types
    async for child in syn.get_children_async(parent, types, sort_by, sort_direction):
        yield child


async def is_synapse_id(syn_id: str, *, synapse_client: Synapse | None = None) -> bool:
    """Whether something is the id of an entity that exists, even if you may not read it."""
    if not isinstance(syn_id, str):
        return False
    try:
        await get_entity_type(syn_id, synapse_client=synapse_client)
    except SynapseHTTPError as error:
        if error.status in (400, 404):
            return False
        if error.status != 403:
            raise
    return True


async def get_upload_destination(entity_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """Where new bytes of files in a container go."""
    return await _call(synapse_client, upload_destination, entity_id)


async def get_upload_destination_location(
    entity_id: str, location: str, *, synapse_client: Synapse | None = None
) -> Json:
    """The same for one storage location."""
    return await _call(synapse_client, get_upload_destination_at, entity_id, int(location))


async def create_access_requirements_if_none(
    entity_id: str, *, synapse_client: Synapse | None = None
) -> None:
    """Ask for conditions of use to be set, unless there are some."""
    await Synapse.get_client(synapse_client).lock_async(entity_id)


# ------------------------------------------------------------------ access


async def get_entity_permissions(entity_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """What you may do with an entity."""
    return await _call(synapse_client, access_wire.get_permissions, entity_id)


async def get_entity_benefactor(
    entity_id: str, *, synapse_client: Synapse | None = None
) -> EntityHeader:
    """The entity whose ACL holds for this one."""
    return EntityHeader().fill_from_dict(
        await _call(synapse_client, wire.get_benefactor, entity_id)
    )


async def get_entity_acl(entity_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """The ACL of an entity's own."""
    return await _call(synapse_client, access_wire.get_acl, entity_id)


async def get_entity_acl_with_benefactor(
    entity_id: str, check_benefactor: bool = True, *, synapse_client: Synapse | None = None
) -> Json:
    """The ACL that holds for an entity. With ``check_benefactor`` false its own, or an empty one
    if it has none."""
    syn = Synapse.get_client(synapse_client)
    try:
        return await syn._get_raw_acl(entity_id, check_benefactor)
    except SynapseHTTPError as error:
        if check_benefactor or error.status != 404:
            raise
        return {"resourceAccess": []}


async def get_entity_acl_list(
    entity_id: str,
    principal_id: str | None = None,
    check_benefactor: bool = True,
    *,
    synapse_client: Synapse | None = None,
) -> list[str]:
    """What a user, team or group may do, through all their groups; everybody if not given."""
    syn = Synapse.get_client(synapse_client)
    return await syn.get_acl_async(entity_id, principal_id, check_benefactor)


async def post_entity_acl(
    entity_id: str, acl: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Give an entity an ACL of its own instead of the inherited one."""
    return await _call(synapse_client, access_wire.create_acl, entity_id, acl)


async def put_entity_acl(
    entity_id: str, acl: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Replace the ACL of an entity's own."""
    return await _call(synapse_client, access_wire.update_acl, entity_id, acl)


async def update_entity_acl(
    entity_id: str, acl: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Store an ACL, whether the entity has one of its own already or not."""
    return await Synapse.get_client(synapse_client)._store_raw_acl(entity_id, acl)


async def delete_entity_acl(entity_id: str, *, synapse_client: Synapse | None = None) -> None:
    """Let an entity inherit its permissions again."""
    await _call(synapse_client, access_wire.delete_acl, entity_id)


async def set_entity_permissions(
    entity_id: str,
    principal_id: str | None = None,
    access_type: list[str] | None = None,
    modify_benefactor: bool = False,
    warn_if_inherits: bool = True,
    overwrite: bool = True,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Let a user, team or group do certain things with an entity; nothing any more without
    ``access_type``. See ``Synapse.setPermissions``."""
    return await Synapse.get_client(synapse_client).set_permissions_async(
        entity_id, principal_id, access_type, modify_benefactor, warn_if_inherits, overwrite
    )


# ------------------------------------------------------------------ provenance


async def create_activity(activity: Json, *, synapse_client: Synapse | None = None) -> Json:
    """Record an activity."""
    return await _call(synapse_client, provenance_wire.create_activity, activity)


async def update_activity(activity: Json, *, synapse_client: Synapse | None = None) -> Json:
    """Change an activity of your own.

    Raises:
        ValueError: It has no id.
    """
    if not activity.get("id"):
        raise ValueError("The activity you want to update must exist on Synapse")
    return await _call(synapse_client, provenance_wire.update_activity, activity["id"], activity)


async def get_activity(activity_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """An activity."""
    return await _call(synapse_client, provenance_wire.get_activity, activity_id)


async def get_entity_provenance(
    entity_id: str, version_number: int | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """What generated an entity, or one of its versions; ``syn123.4`` names one, too."""
    id, named = get_synid_and_version(entity_id)
    version = named if named is not None else version_number
    if version is None:
        return await _call(synapse_client, provenance_wire.get_generated_by, id)
    return await _call(synapse_client, provenance_wire.get_version_generated_by, id, version)


async def set_entity_provenance(
    entity_id: str, activity: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Record an activity, or change it if it has an id, and say that it generated an entity."""
    save = update_activity if activity.get("id") else create_activity
    saved = await save(activity, synapse_client=synapse_client)
    return await _call(
        synapse_client, provenance_wire.set_generated_by, entity_id, generated_by=saved["id"]
    )


async def delete_entity_generated_by(
    entity_id: str, *, synapse_client: Synapse | None = None
) -> None:
    """Forget what generated an entity; the activity stays."""
    await _call(synapse_client, provenance_wire.delete_generated_by, entity_id)


async def delete_entity_provenance(
    entity_id: str, *, synapse_client: Synapse | None = None
) -> None:
    """Forget what generated an entity, and delete the activity; nothing if there is none."""
    try:
        await Synapse.get_client(synapse_client).delete_provenance_async(entity_id)
    except SynapseHTTPError as error:
        if error.status != 404:
            raise


async def _call(synapse_client: Synapse | None, endpoint: Any, *args: Any, **options: Any) -> Json:
    """Call an endpoint with JSON as it is, whether we know all of its fields or not."""
    syn = Synapse.get_client(synapse_client)
    return cast(Json, await syn.call_json(endpoint, *args, **options))
