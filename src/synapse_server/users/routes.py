"""Routes of users; favorites and projects are in ``entities.routes``, which knows entities."""

from __future__ import annotations

from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.users import service
from synapse_wire import users as wire
from synapse_wire.base import ListWrapper, Results

routes = Routes()


@routes.serve(wire.get_own_profile)
async def get_own_profile(call: Call) -> wire.UserProfile:
    return await service.get_profile(call.tx, call.caller, call.caller.id)


@routes.serve(wire.update_own_profile)
async def update_own_profile(call: Call, body: wire.UserProfile) -> wire.UserProfile:
    return await service.update_profile(call.tx, call.caller, body)


@routes.serve(wire.list_profiles_by_id, Work.READ)
async def list_profiles_by_id(call: Call, body: ListWrapper) -> wire.UserProfiles:
    return await service.get_profiles(call.tx, call.caller, body.list_ or [])


@routes.serve(wire.get_profile)
async def get_profile(call: Call, profile_id: str) -> wire.UserProfile:
    return await service.get_profile(call.tx, call.caller, service.parse_id(profile_id, "user"))


@routes.serve(wire.list_profiles, Work.SCAN)
async def list_profiles(
    call: Call,
    offset: int = 0,
    limit: int = 100,
    sort: str | None = None,
    ascending: bool | None = None,
) -> Results[wire.UserProfile]:
    return await service.list_profiles(call.tx, call.caller, offset, limit)


@routes.serve(wire.list_groups, Work.SCAN)
async def list_groups(
    call: Call,
    offset: int = 0,
    limit: int = 100,
    sort: str | None = None,
    ascending: bool | None = None,
) -> Results[wire.UserGroup]:
    return await service.list_groups(call.tx, offset, limit)


@routes.serve(wire.get_own_bundle)
async def get_own_bundle(call: Call, mask: int) -> wire.UserBundle:
    return await service.get_bundle(call.tx, call.caller, call.caller.id, mask)


@routes.serve(wire.get_user_bundle)
async def get_user_bundle(call: Call, id: str, mask: int) -> wire.UserBundle:
    return await service.get_bundle(call.tx, call.caller, service.parse_id(id, "user"), mask)


@routes.serve(wire.find_headers, Work.SCAN)
async def find_headers(
    call: Call,
    prefix: str | None = None,
    type_filter: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> wire.UserGroupHeaderPage:
    return await service.find_headers(call.tx, prefix or "", type_filter, offset, limit)


@routes.serve(wire.get_headers)
async def get_headers(call: Call, ids: str) -> wire.UserGroupHeaderPage:
    return await service.get_headers(call.tx, ids.split(","))


@routes.serve(wire.get_headers_by_alias, Work.READ)
async def get_headers_by_alias(call: Call, body: ListWrapper) -> wire.UserGroupHeaders:
    return await service.get_headers_by_alias(call.tx, body.list_ or [])


@routes.serve(wire.look_up_principal, Work.READ)
async def look_up_principal(call: Call, body: wire.AliasRequest) -> wire.PrincipalId:
    return await service.look_up_principal(call.tx, body)


@routes.serve(wire.check_alias, Work.READ)
async def check_alias(call: Call, body: wire.AliasRequest) -> wire.AliasCheck:
    return await service.check_alias(call.tx, body)


@routes.serve(wire.get_notification_email)
async def get_notification_email(call: Call) -> wire.NotificationEmail:
    return await service.get_notification_email(call.tx, call.caller)


@routes.serve(wire.set_notification_email)
async def set_notification_email(call: Call, body: wire.EmailAddress) -> None:
    await service.set_notification_email(call.tx, call.caller, body.email)


@routes.serve(wire.remove_email)
async def remove_email(call: Call, email: str) -> None:
    await service.remove_email(call.tx, call.caller, email)
