"""Routes of entities with their versions, annotations, ACLs, bundles and trash."""

from __future__ import annotations

from typing import Any, Literal

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.annotations import service as annotation_rules
from synapse_server.entities import bundles, ids, listing, service, sharing
from synapse_server.kernel.clock import now
from synapse_server.kernel.paging import check_page, next_token, read_token
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire import access as access_wire
from synapse_wire import annotations as annotations_wire
from synapse_wire import entities as wire
from synapse_wire import users as users_wire
from synapse_wire.base import BooleanResult, Results, estimate_total, iso
from synapse_wire.entities import Entity
from synapse_wire.errors import BadRequest

routes = Routes()


# ------------------------------------------------------------------ one entity


@routes.serve(wire.create_entity)
async def create_entity(call: Call, body: Entity, generated_by: str | None = None) -> Entity:
    id = await service.create(call.tx, call.caller, body, call.need(Policy), generated_by)
    return await service.stored(call.tx, id)


@routes.serve(wire.get_entity)
async def get_entity(call: Call, id: str) -> Entity:
    number, version = ids.parse_versioned(id)
    return await service.get(call.tx, call.caller, number, call.need(Policy), version)


@routes.serve(wire.update_entity)
async def update_entity(
    call: Call,
    id: str,
    body: Entity,
    generated_by: str | None = None,
    new_version: bool | None = None,
) -> Entity:
    number = ids.parse(id)
    await service.update(
        call.tx,
        call.caller,
        number,
        body,
        call.need(Policy),
        activity=generated_by,
        new_version=bool(new_version),
    )
    return await service.stored(call.tx, number)


@routes.serve(wire.delete_entity)
async def delete_entity(call: Call, id: str, skip_trash_can: bool | None = None) -> None:
    number = ids.parse(id)
    await service.move_to_trash(call.tx, call.caller, number, call.need(Policy))
    if skip_trash_can:
        await service.purge(call.tx, call.caller, number)


@routes.serve(wire.get_entity_version)
async def get_entity_version(call: Call, id: str, version_number: int) -> Entity:
    return await service.get(call.tx, call.caller, ids.parse(id), call.need(Policy), version_number)


@routes.serve(wire.delete_entity_version)
async def delete_entity_version(call: Call, id: str, version_number: int) -> None:
    await service.delete_version(
        call.tx, call.caller, ids.parse(id), version_number, call.need(Policy)
    )


@routes.serve(wire.create_entity_version)
async def create_entity_version(call: Call, id: str, generated_by: str | None = None) -> Entity:
    number = ids.parse(id)
    await service.new_version(call.tx, call.caller, number, call.need(Policy), generated_by)
    return await service.stored(call.tx, number)


@routes.serve(wire.list_versions)
async def list_versions(
    call: Call, id: str, offset: int = 0, limit: int = 10
) -> Results[wire.VersionInfo]:
    return await listing.versions(
        call.tx, call.caller, ids.parse(id), offset, limit, call.need(Policy)
    )


@routes.serve(wire.update_version_file_handle)
async def update_version_file_handle(
    call: Call, id: str, version_number: int, body: wire.FileHandleUpdateRequest
) -> None:
    await service.replace_file_handle(
        call.tx, call.caller, ids.parse(id), version_number, body, call.need(Policy)
    )


@routes.serve(wire.change_data_type)
async def change_data_type(call: Call, id: str, type: str) -> wire.DataTypeResponse:
    number = ids.parse(id)
    is_act = await users.is_act(call.tx, call.caller)
    await service.set_data_type(call.tx, call.caller, number, type, call.need(Policy), is_act)
    return wire.DataTypeResponse(
        object_id=ids.wire(number),
        object_type="ENTITY",
        data_type=type,
        updated_by=str(call.caller.id),
        updated_on=iso(now()),
    )


# ------------------------------------------------------------------ annotations and JSON


@routes.serve(annotations_wire.get_annotations)
async def get_annotations(
    call: Call, id: str, include_derived: bool | None = None
) -> annotations_wire.Annotations:
    row = await service.load(call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy))
    return service.to_annotations(row)


@routes.serve(annotations_wire.get_version_annotations)
async def get_version_annotations(
    call: Call, id: str, version_number: int
) -> annotations_wire.Annotations:
    row = await service.load(
        call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy), version=version_number
    )
    return service.to_annotations(row)


@routes.serve(annotations_wire.update_annotations)
async def update_annotations(
    call: Call, id: str, body: annotations_wire.Annotations
) -> annotations_wire.Annotations:
    number = ids.parse(id)
    await service.replace_annotations(call.tx, call.caller, number, body, call.need(Policy))
    return service.to_annotations(await service.stored_row(call.tx, number))


async def _old(call: Call, id: str, version: int | None = None) -> annotations_wire.OldAnnotations:
    row = await service.load(
        call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy), version=version
    )
    return service.to_old_annotations(row)


@routes.serve(annotations_wire.get_old_annotations)
async def get_old_annotations(call: Call, id: str) -> annotations_wire.OldAnnotations:
    return await _old(call, id)


@routes.serve(annotations_wire.get_old_version_annotations)
async def get_old_version_annotations(
    call: Call, id: str, version_number: int
) -> annotations_wire.OldAnnotations:
    return await _old(call, id, version_number)


@routes.serve(annotations_wire.update_old_annotations)
async def update_old_annotations(
    call: Call, id: str, body: annotations_wire.OldAnnotations
) -> annotations_wire.OldAnnotations:
    given = annotations_wire.Annotations(
        etag=body.etag, annotations=annotation_rules.from_old(body)
    )
    await service.replace_annotations(call.tx, call.caller, ids.parse(id), given, call.need(Policy))
    return await _old(call, id)


async def _json(call: Call, id: str, version: int | None = None) -> dict[str, Any]:
    row = await service.load(
        call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy), version=version
    )
    return service.to_flat(row)


@routes.serve(wire.get_entity_json)
async def get_entity_json(
    call: Call, id: str, include_derived_annotations: bool | None = None
) -> dict[str, Any]:
    return await _json(call, id)


@routes.serve(wire.get_entity_version_json)
async def get_entity_version_json(call: Call, id: str, version_number: int) -> dict[str, Any]:
    return await _json(call, id, version_number)


@routes.serve(wire.update_entity_json)
async def update_entity_json(call: Call, id: str, body: dict[str, Any]) -> dict[str, Any]:
    etag = body.get("etag")
    if not isinstance(etag, str):
        raise BadRequest("The JSON must have the entity's current etag.")
    await service.replace_flat(call.tx, call.caller, ids.parse(id), body, etag, call.need(Policy))
    return await _json(call, id)


# ------------------------------------------------------------------ finding


@routes.serve(wire.get_entity_type)
async def get_entity_type(call: Call, id: str) -> wire.EntityHeader:
    row = await service.load(call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy))
    return service.to_header(row)


@routes.serve(wire.get_version_type)
async def get_version_type(call: Call, id: str, version_number: int) -> wire.EntityHeader:
    row = await service.load(
        call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy), version=version_number
    )
    return service.to_header(row)


def _page(headers: list[wire.EntityHeader]) -> Results[wire.EntityHeader]:
    return Results(results=headers, total_number_of_results=len(headers))


@routes.serve(wire.get_entity_types, Work.SCAN)
async def get_entity_types(call: Call, batch: str) -> Results[wire.EntityHeader]:
    references: list[tuple[int, int | None]] = [
        (ids.parse(text), None) for text in batch.split(",") if text.strip()
    ]
    return _page(await service.get_headers(call.tx, call.caller, references, call.need(Policy)))


@routes.serve(wire.get_entity_headers, Work.SCAN)
async def get_entity_headers(call: Call, body: wire.ReferenceList) -> Results[wire.EntityHeader]:
    references = []
    for reference in body.references or []:
        if reference.target_id is None:
            raise BadRequest("A reference needs its targetId.")
        number, version = ids.parse_versioned(reference.target_id)
        references.append((number, reference.target_version_number or version))
    return _page(await service.get_headers(call.tx, call.caller, references, call.need(Policy)))


@routes.serve(wire.get_entity_path)
async def get_entity_path(call: Call, id: str) -> wire.EntityPath:
    return await service.get_path(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.get_benefactor)
async def get_benefactor(call: Call, id: str) -> wire.EntityHeader:
    return await sharing.benefactor(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.list_children, Work.SCAN)
async def list_children(
    call: Call, body: wire.EntityChildrenRequest
) -> wire.EntityChildrenResponse:
    return await listing.children(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.look_up_child, Work.READ)
async def look_up_child(call: Call, body: wire.EntityLookupRequest) -> wire.EntityId:
    return await listing.child(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.look_up_alias)
async def look_up_alias(call: Call, alias: str) -> wire.EntityId:
    return await listing.by_alias(call.tx, alias)


@routes.serve(wire.look_up_md5, Work.SCAN)
async def look_up_md5(call: Call, md5: str) -> Results[wire.EntityHeader]:
    return await listing.by_md5(call.tx, call.caller, md5)


# ------------------------------------------------------------------ bundles


@routes.serve(wire.get_bundle, Work.READ)
async def get_bundle(call: Call, id: str, body: wire.EntityBundleRequest) -> wire.EntityBundle:
    number, version = ids.parse_versioned(id)
    return await bundles.get(call.tx, call.caller, number, body, call.need(Policy), version)


@routes.serve(wire.get_version_bundle, Work.READ)
async def get_version_bundle(
    call: Call, id: str, version_number: int, body: wire.EntityBundleRequest
) -> wire.EntityBundle:
    return await bundles.get(
        call.tx, call.caller, ids.parse(id), body, call.need(Policy), version_number
    )


@routes.serve(wire.create_bundle)
async def create_bundle(
    call: Call, body: wire.EntityBundleCreate, generated_by: str | None = None
) -> wire.EntityBundle:
    return await bundles.create(call.tx, call.caller, body, call.need(Policy), generated_by)


@routes.serve(wire.update_bundle)
async def update_bundle(
    call: Call, id: str, body: wire.EntityBundleCreate, generated_by: str | None = None
) -> wire.EntityBundle:
    return await bundles.update(
        call.tx, call.caller, ids.parse(id), body, call.need(Policy), generated_by
    )


@routes.serve(wire.get_old_bundle)
async def get_old_bundle(call: Call, id: str, mask: int) -> wire.OldEntityBundle:
    return await bundles.get_old(call.tx, call.caller, ids.parse(id), mask, call.need(Policy))


@routes.serve(wire.get_old_version_bundle)
async def get_old_version_bundle(
    call: Call, id: str, version_number: int, mask: int
) -> wire.OldEntityBundle:
    return await bundles.get_old(
        call.tx, call.caller, ids.parse(id), mask, call.need(Policy), version_number
    )


@routes.serve(wire.get_entity_file_handles)
async def get_entity_file_handles(call: Call, id: str) -> wire.FileHandleResults:
    row = await service.load(call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy))
    return wire.FileHandleResults(
        list_=await bundles.file_handles(call.tx, call.caller, row, call.need(Policy))
    )


@routes.serve(wire.get_version_file_handles)
async def get_version_file_handles(
    call: Call, id: str, version_number: int
) -> wire.FileHandleResults:
    row = await service.load(
        call.tx, call.caller, ids.parse(id), bits.READ, call.need(Policy), version=version_number
    )
    return wire.FileHandleResults(
        list_=await bundles.file_handles(call.tx, call.caller, row, call.need(Policy))
    )


# ------------------------------------------------------------------ access


@routes.serve(access_wire.get_acl)
async def get_acl(call: Call, id: str) -> access_wire.AccessControlList:
    return await sharing.get(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(access_wire.create_acl)
async def create_acl(
    call: Call, id: str, body: access_wire.AccessControlList
) -> access_wire.AccessControlList:
    return await sharing.create(call.tx, call.caller, ids.parse(id), body, call.need(Policy))


@routes.serve(access_wire.update_acl)
async def update_acl(
    call: Call, id: str, body: access_wire.AccessControlList
) -> access_wire.AccessControlList:
    return await sharing.update(call.tx, call.caller, ids.parse(id), body, call.need(Policy))


@routes.serve(access_wire.delete_acl)
async def delete_acl(call: Call, id: str) -> None:
    await sharing.delete(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(access_wire.get_permissions)
async def get_permissions(call: Call, id: str) -> access_wire.UserEntityPermissions:
    return await sharing.permissions(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(access_wire.has_access)
async def has_access(call: Call, id: str, access_type: str) -> BooleanResult:
    return await sharing.has_access(
        call.tx, call.caller, ids.parse(id), access_type, call.need(Policy)
    )


@routes.serve(access_wire.get_download_actions)
async def get_download_actions(call: Call, id: str) -> access_wire.ActionRequiredList:
    return await sharing.download_actions(call.tx, call.caller, ids.parse(id), call.need(Policy))


# ------------------------------------------------------------------ trash


@routes.serve(wire.move_to_trash)
async def move_to_trash(call: Call, id: str) -> None:
    await service.move_to_trash(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.restore_from_trash)
async def restore_from_trash(call: Call, id: str) -> None:
    await service.restore(call.tx, call.caller, ids.parse(id), None, call.need(Policy))


@routes.serve(wire.restore_from_trash_to)
async def restore_from_trash_to(call: Call, id: str, parent_id: str) -> None:
    await service.restore(
        call.tx, call.caller, ids.parse(id), ids.parse(parent_id), call.need(Policy)
    )


@routes.serve(wire.purge_from_trash)
async def purge_from_trash(call: Call, id: str) -> None:
    await service.purge(call.tx, call.caller, ids.parse(id))


@routes.serve(wire.view_trash)
async def view_trash(call: Call, offset: int = 0, limit: int = 10) -> Results[wire.TrashedEntity]:
    return await listing.trash(call.tx, call.caller, offset, limit)


# ------------------------------------------------------------------ a user's entities


@routes.serve(users_wire.list_favorites, Work.SCAN)
async def list_favorites(
    call: Call,
    offset: int = 0,
    limit: int = 10,
    sort: Literal["FAVORITED_ON", "NAME"] | None = None,
    sort_direction: users_wire.Direction | None = None,
) -> Results[wire.EntityHeader]:
    return await listing.favorites(
        call.tx, call.caller, sort or "FAVORITED_ON", sort_direction or "DESC", offset, limit
    )


@routes.serve(users_wire.add_favorite)
async def add_favorite(call: Call, id: str) -> wire.EntityHeader:
    return await listing.add_favorite(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(users_wire.remove_favorite)
async def remove_favorite(call: Call, id: str) -> None:
    call.caller.require_sign_in()
    await principals.remove_favorite(call.tx, call.caller.id, ids.parse(id))


@routes.serve(users_wire.list_own_projects, Work.SCAN)
async def list_own_projects(
    call: Call,
    team_id: int | None = None,
    filter: users_wire.ProjectFilter | None = None,
    sort: users_wire.ProjectOrder | None = None,
    sort_direction: users_wire.Direction | None = None,
    next_page_token: str | None = None,
) -> users_wire.ProjectHeaderList:
    return await list_projects_of(
        call, call.caller.id, team_id, filter, sort, sort_direction, next_page_token
    )


@routes.serve(users_wire.list_projects_of, Work.SCAN)
async def list_projects_of(
    call: Call,
    principal_id: int,
    team_id: int | None = None,
    filter: users_wire.ProjectFilter | None = None,
    sort: users_wire.ProjectOrder | None = None,
    sort_direction: users_wire.Direction | None = None,
    next_page_token: str | None = None,
) -> users_wire.ProjectHeaderList:
    limit, offset = read_token(next_page_token)
    page = await listing.projects(
        call.tx,
        call.caller,
        principal_id,
        filter or "ALL",
        team_id,
        sort,
        sort_direction,
        offset,
        limit + 1,
    )
    return users_wire.ProjectHeaderList(
        results=page[:limit], next_page_token=next_token(limit, offset, len(page))
    )


_OLD_FILTERS: dict[users_wire.OldProjectFilter, users_wire.ProjectFilter] = {
    "MY_PROJECTS": "ALL",
    "MY_CREATED_PROJECTS": "CREATED",
    "MY_PARTICIPATED_PROJECTS": "PARTICIPATED",
    "MY_TEAM_PROJECTS": "TEAM",
    "OTHER_USER_PROJECTS": "ALL",
    "TEAM_PROJECTS": "TEAM",
}


async def _old_page(
    call: Call,
    principal: int,
    team: int | None,
    filter: users_wire.ProjectFilter,
    sort: users_wire.ProjectOrder | None,
    direction: users_wire.Direction | None,
    offset: int,
    limit: int,
) -> Results[users_wire.ProjectHeader]:
    offset, limit = check_page(offset, limit)
    page = await listing.projects(
        call.tx, call.caller, principal, filter, team, sort, direction, offset, limit
    )
    return Results(results=page, total_number_of_results=estimate_total(offset, limit, len(page)))


@routes.serve(users_wire.list_projects_by_old_filter, Work.SCAN)
async def list_projects_by_old_filter(
    call: Call,
    deprecated_type: users_wire.OldProjectFilter,
    sort: users_wire.ProjectOrder | None = None,
    sort_direction: users_wire.Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[users_wire.ProjectHeader]:
    filter = _OLD_FILTERS[deprecated_type]
    return await _old_page(call, call.caller.id, None, filter, sort, sort_direction, offset, limit)


@routes.serve(users_wire.list_projects_of_by_old_filter, Work.SCAN)
async def list_projects_of_by_old_filter(
    call: Call,
    deprecated_type: users_wire.OldProjectFilter,
    principal_id: int,
    sort: users_wire.ProjectOrder | None = None,
    sort_direction: users_wire.Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[users_wire.ProjectHeader]:
    filter = _OLD_FILTERS[deprecated_type]
    return await _old_page(call, principal_id, None, filter, sort, sort_direction, offset, limit)


@routes.serve(users_wire.list_team_projects_by_old_filter, Work.SCAN)
async def list_team_projects_by_old_filter(
    call: Call,
    deprecated_type: users_wire.OldProjectFilter,
    team_id: int,
    sort: users_wire.ProjectOrder | None = None,
    sort_direction: users_wire.Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[users_wire.ProjectHeader]:
    return await _old_page(
        call, call.caller.id, team_id, "TEAM", sort, sort_direction, offset, limit
    )
