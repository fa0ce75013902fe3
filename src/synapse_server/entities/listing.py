"""Finding entities: children, names, aliases, MD5s, favorites, one's projects, the trash can."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids, service, store
from synapse_server.entities.ids import ROOT, TRASH
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import (
    PAGE,
    check_page,
    place_token,
    read_place,
)
from synapse_server.users import store as principals
from synapse_wire import entities as wire
from synapse_wire import users as users_wire
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound

_MOST_BY_MD5 = 200
_MD5 = re.compile(r"[0-9a-fA-F]{32}\Z")


async def children(
    tx: Tx, caller: Caller, request: wire.EntityChildrenRequest, policy: Policy
) -> wire.EntityChildrenResponse:
    """A page of the children that the caller may read; projects without a parent."""
    if not request.include_types:
        raise BadRequest("EntityChildrenRequest.includeTypes must name at least one type.")
    parent = ROOT
    types: tuple[str, ...] = tuple(dict.fromkeys(request.include_types))
    if request.parent_id is not None:
        parent = ids.parse(request.parent_id)
    if parent == ROOT:
        types = tuple(kind for kind in types if kind == "project")
    else:
        await service.load(tx, caller, parent, bits.READ, policy)
    sort = request.sort_by or "NAME"
    after = read_place(request.next_page_token, str if sort == "NAME" else int)
    response = wire.EntityChildrenResponse(page=[])
    if types:
        direction = request.sort_direction or "ASC"
        rows = await store.children(tx, caller, parent, types, sort, direction, after, PAGE + 1)
        response.page = [service.to_header(row) for row in rows[:PAGE]]
        if len(rows) > PAGE:
            last = rows[PAGE - 1]
            response.next_page_token = place_token(last["sorted_by"], last["id"])
    if request.include_total_child_count or request.include_sum_file_sizes:
        count, size = await store.sum_children(tx, caller, parent, types) if types else (0, 0)
        response.total_child_count = count if request.include_total_child_count else None
        response.sum_file_sizes_bytes = size if request.include_sum_file_sizes else None
    return response


async def subtree(
    tx: Tx, caller: Caller, top: int, after: int, limit: int, *, recursive: bool
) -> Sequence[Row]:
    """What lies below a container and the caller may read, by id, from behind ``after`` on.

    NOTE: the caller may read the container.
    """
    return await store.subtree(tx, caller, top, after, limit, recursive=recursive)


async def child(
    tx: Tx, caller: Caller, request: wire.EntityLookupRequest, policy: Policy
) -> wire.EntityId:
    """The child of a name that the caller may read."""
    if not request.entity_name:
        raise BadRequest("EntityLookupRequest.entityName is missing.")
    parent = ROOT if request.parent_id is None else ids.parse(request.parent_id)
    if parent != ROOT:
        await service.load(tx, caller, parent, bits.READ, policy)
    row = await store.child_named(tx, parent, request.entity_name)
    if row is None:
        raise NotFound(f"There is no entity named {request.entity_name!r} in {ids.wire(parent)}.")
    if not await service.may(tx, caller, row, bits.READ, policy):
        raise Forbidden("You lack READ access to the requested entity.")
    return wire.EntityId(id=ids.wire(row["id"]))


async def by_alias(tx: Tx, alias: str) -> wire.EntityId:
    """The project of an alias. Aliases are public, the projects may not be."""
    row = await store.with_alias(tx, alias)
    if row is None:
        raise NotFound(f"There is no project with the alias {alias!r}.")
    return wire.EntityId(id=ids.wire(row["id"]))


async def by_md5(tx: Tx, caller: Caller, md5: str) -> Results[wire.EntityHeader]:
    """The file versions of this content that the caller may read."""
    if not _MD5.match(md5):
        raise BadRequest(f"{md5!r} is not an MD5: 32 hexadecimal digits.")
    rows = await store.with_md5(tx, caller, md5.lower(), _MOST_BY_MD5)
    return Results(
        results=[service.to_header(row) for row in rows], total_number_of_results=len(rows)
    )


async def versions(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int, policy: Policy
) -> Results[wire.VersionInfo]:
    """The versions of an entity, newest first."""
    offset, limit = check_page(offset, limit)
    row = await service.load(tx, caller, id, bits.READ, policy)
    rows = await store.versions(tx, id, offset, limit)
    names = {
        user["id"]: user["name"]
        for user in await principals.find_many(tx, list({each["modified_by"] for each in rows}))
    }
    results = [
        wire.VersionInfo(
            id=ids.wire(id),
            version_number=each["number"],
            version_label=each["label"] or str(each["number"]),
            version_comment=each["comment"],
            is_latest_version=each["number"] == row["version"],
            modified_by=names.get(each["modified_by"]),
            modified_by_principal_id=str(each["modified_by"]),
            modified_on=iso(each["modified_on"]),
            content_size=None if each["size"] is None else str(each["size"]),
            content_md5=each["md5"],
            file_handle_id=None if each["file_handle_id"] is None else str(each["file_handle_id"]),
        )
        for each in rows
    ]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(rows))
    )


async def trash(tx: Tx, caller: Caller, offset: int, limit: int) -> Results[wire.TrashedEntity]:
    """What the caller has moved to the trash can."""
    caller.require_sign_in()
    offset, limit = check_page(offset, limit)
    rows = await store.trash_of(tx, caller.id, offset, limit)
    results = [
        wire.TrashedEntity(
            entity_id=ids.wire(row["entity_id"]),
            entity_name=row["name"],
            entity_type=cast(wire.EntityType, row["type"]),
            deleted_by_principal_id=str(row["deleted_by"]),
            deleted_on=iso(row["deleted_on"]),
            original_parent_id=ids.wire(row["parent_id"]),
        )
        for row in rows
    ]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(rows))
    )


async def favorites(
    tx: Tx, caller: Caller, order: str, direction: str, offset: int, limit: int
) -> Results[wire.EntityHeader]:
    """The caller's favorites."""
    caller.require_sign_in()
    offset, limit = check_page(offset, limit)
    rows = await store.favorites(tx, caller, order, direction, offset, limit)
    return Results(
        results=[service.to_header(row) for row in rows],
        total_number_of_results=estimate_total(offset, limit, len(rows)),
    )


async def add_favorite(tx: Tx, caller: Caller, id: int, policy: Policy) -> wire.EntityHeader:
    """Make an entity a favorite."""
    caller.require_sign_in()
    row = await service.load(tx, caller, id, bits.READ, policy)
    if id in (ROOT, TRASH):
        raise BadRequest("This entity belongs to the server and cannot be a favorite.")
    await principals.add_favorite(tx, caller.id, id)
    return service.to_header(row)


async def projects(
    tx: Tx,
    caller: Caller,
    principal: int,
    kind: users_wire.ProjectFilter,
    team: int | None,
    order: users_wire.ProjectOrder | None,
    direction: users_wire.Direction | None,
    offset: int,
    limit: int,
) -> list[users_wire.ProjectHeader]:
    """The projects that a user has to do with and the caller may read, the latest first."""
    if principal == caller.id:
        caller.require_sign_in()
    order = order or "LAST_ACTIVITY"
    usual = "DESC" if order == "LAST_ACTIVITY" else "ASC"
    rows = await store.projects_of(
        tx, caller, principal, kind, team, order, direction or usual, offset, limit
    )
    return [
        users_wire.ProjectHeader(
            id=ids.wire(row["id"]),
            name=row["name"],
            last_activity=iso(row["modified_on"]),
            modified_on=iso(row["modified_on"]),
            modified_by=row["modified_by"],
        )
        for row in rows
    ]
