"""Several parts of an entity in one request."""

from __future__ import annotations

from typing import cast

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.discussions import service as discussions
from synapse_server.entities import ids, service, sharing, store
from synapse_server.files import handles
from synapse_server.governance import requirements as governance
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.provenance import activities
from synapse_server.tables import columns as table_columns
from synapse_server.wiki import owners as wiki_owners
from synapse_server.wiki import service as wikis
from synapse_wire import entities as wire
from synapse_wire.errors import BadRequest
from synapse_wire.files import FileHandle
from synapse_wire.tables import TableBundle


async def get(
    tx: Tx,
    caller: Caller,
    id: int,
    request: wire.EntityBundleRequest,
    policy: Policy,
    version: int | None = None,
) -> wire.EntityBundle:
    """The parts asked for."""
    row = await service.load(tx, caller, id, bits.READ, policy, version=version)
    return await _parts(tx, caller, row, request, policy)


async def _parts(
    tx: Tx, caller: Caller, row: Row, request: wire.EntityBundleRequest, policy: Policy
) -> wire.EntityBundle:
    """NOTE: the caller may read the entity, or has just stored it."""
    id = row["id"]
    bundle = wire.EntityBundle(entity_type=cast(wire.EntityType, row["type"]))
    if request.include_entity:
        bundle.entity = service.to_entity(row)
    if request.include_annotations:
        bundle.annotations = service.to_annotations(row)
    permissions = None
    if request.include_permissions or request.include_restriction_information:
        permissions = await sharing.of_row(tx, caller, row, policy)
        if request.include_restriction_information:
            found = await sharing.restrictions(tx, caller, row, permissions)
            bundle.restriction_information = found
    if request.include_permissions:
        bundle.permissions = permissions
    if request.include_entity_path:
        headers = [service.to_header(each) for each in await store.ancestors(tx, id)]
        bundle.path = wire.EntityPath(path=headers)
    if request.include_has_children:
        bundle.has_children = await store.has_children(tx, id)
    if request.include_access_control_list and row["benefactor_id"] == id:
        bundle.access_control_list = await sharing.own(tx, row)
    if request.include_benefactor_acl:
        bundle.benefactor_acl = await sharing.benefactor_acl(tx, row)
    if request.include_file_handles:
        # Permissions that were worked out already are not worked out again.
        known = None if permissions is None else permissions.can_download
        bundle.file_handles = await file_handles(tx, caller, row, policy, known)
    if request.include_table_bundle and row["type"] in service.QUERYABLE:
        models = await table_columns.load(tx, service.column_ids(row))
        page = table_columns.rows_per_page(models)
        bundle.table_bundle = TableBundle(column_models=models, max_rows_per_page=page)
    if request.include_file_name and row["file_handle_id"] is not None:
        handle = handles.to_handle(await handles.find(tx, row["file_handle_id"]))
        bundle.file_name = handle.file_name
    if request.include_root_wiki_id:
        owner = wiki_owners.Owner(wiki_owners.ENTITY, id)
        bundle.root_wiki_id = await wikis.root_id(tx, owner)
    if request.include_thread_count:
        bundle.thread_count = await discussions.count_of(tx, caller, id)
    if request.include_activity and row["activity_id"] is not None:
        bundle.activity = activities.to_activity(await activities.find(tx, row["activity_id"]))
    return bundle


_OLD_MASK = {
    0x1: "include_entity",
    0x2: "include_annotations",
    0x4: "include_permissions",
    0x8: "include_entity_path",
    0x20: "include_has_children",
    0x40: "include_access_control_list",
    0x800: "include_file_handles",
    0x2000: "include_root_wiki_id",
    0x4000: "include_benefactor_acl",
    0x10000: "include_file_name",
    0x20000: "include_thread_count",
    0x40000: "include_restriction_information",
}
_OLD_REQUIREMENTS = 0x200
_OLD_UNMET_REQUIREMENTS = 0x400


async def get_old(
    tx: Tx, caller: Caller, id: int, mask: int, policy: Policy, version: int | None = None
) -> wire.OldEntityBundle:
    """The parts that a mask names, in the form of the first generation."""
    if mask < 0:
        raise BadRequest(f"The mask is a sum of flags, not {mask}.")
    asked = {name: True for bit, name in _OLD_MASK.items() if mask & bit}
    row = await service.load(tx, caller, id, bits.READ, policy, version=version)
    found = await _parts(tx, caller, row, wire.EntityBundleRequest(**asked), policy)
    parts = {name: getattr(found, name) for name in found.__struct_fields__}
    parts.pop("activity")
    parts.pop("table_bundle")
    if found.annotations is not None:
        parts["annotations"] = service.to_old_annotations(row)
    old = wire.OldEntityBundle(**parts)
    if mask & (_OLD_REQUIREMENTS | _OLD_UNMET_REQUIREMENTS):
        every, unmet = await governance.above(tx, caller, id, policy)
        old.access_requirements = every if mask & _OLD_REQUIREMENTS else None
        old.unmet_access_requirements = unmet if mask & _OLD_UNMET_REQUIREMENTS else None
    return old


async def file_handles(
    tx: Tx, caller: Caller, row: Row, policy: Policy, downloads: bool | None = None
) -> list[FileHandle]:
    """The file handle of a version, for those who may download it.

    ``downloads`` says whether the caller may; it is found out if not given.
    """
    if row["file_handle_id"] is None:
        return []
    if downloads is None:
        downloads = await service.may(tx, caller, row, bits.DOWNLOAD, policy)
    if not downloads:
        return []
    return [handles.to_handle(await handles.find(tx, row["file_handle_id"]))]


async def create(
    tx: Tx, caller: Caller, bundle: wire.EntityBundleCreate, policy: Policy, activity: str | None
) -> wire.EntityBundle:
    """Create an entity with annotations and ACL, all or nothing."""
    if bundle.entity is None:
        raise BadRequest("The bundle has no entity.")
    if bundle.access_control_list is not None and bundle.entity.parent_id is not None:
        await store.hold_trees(tx, ids.parse(bundle.entity.parent_id), alone=True)
    id = await service.create(tx, caller, bundle.entity, policy, activity)
    return await _store_parts(tx, caller, id, bundle, policy)


async def update(
    tx: Tx,
    caller: Caller,
    id: int,
    bundle: wire.EntityBundleCreate,
    policy: Policy,
    activity: str | None,
) -> wire.EntityBundle:
    """Change an entity, its annotations and its ACL, all or nothing."""
    if bundle.entity is not None:
        if bundle.entity.id is not None and ids.parse(bundle.entity.id) != id:
            raise BadRequest(f"The entity is {bundle.entity.id}, not syn{id}.")
        await service.update(tx, caller, id, bundle.entity, policy, activity=activity)
    elif bundle.annotations is not None:
        row = await service.load(tx, caller, id, bits.UPDATE, policy, lock=True)
        service.check_etag(row, bundle.annotations.etag)
    elif bundle.access_control_list is None:
        raise BadRequest("The bundle has no entity, annotations or accessControlList to change.")
    return await _store_parts(tx, caller, id, bundle, policy)


async def _store_parts(
    tx: Tx, caller: Caller, id: int, bundle: wire.EntityBundleCreate, policy: Policy
) -> wire.EntityBundle:
    if bundle.annotations is not None:
        # The entity of the same request has changed the etag; the annotations' is not looked at.
        row = await service.load(tx, caller, id, bits.UPDATE, policy, lock=True)
        await service.store_annotations(tx, caller, row, bundle.annotations)
    if bundle.access_control_list is not None:
        row = await service.load(tx, caller, id, bits.CHANGE_PERMISSIONS, policy)
        change = sharing.update if row["benefactor_id"] == id else sharing.create
        acl = bundle.access_control_list
        if acl.etag is None and row["benefactor_id"] == id:
            acl.etag = (await sharing.own(tx, row)).etag
        await change(tx, caller, id, acl, policy)
    request = wire.EntityBundleRequest(
        include_entity=bundle.entity is not None,
        include_annotations=bundle.annotations is not None,
        include_access_control_list=bundle.access_control_list is not None,
    )
    return await _parts(tx, caller, await service.stored_row(tx, id), request, policy)
