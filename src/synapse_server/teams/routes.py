"""Routes of teams, their members, invitations and requests."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.auth.notices import post_of
from synapse_server.blobs.base import blobs_of
from synapse_server.files import service as files
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.teams import joining, service
from synapse_server.teams.service import parse_id
from synapse_server.users.service import parse_id as parse_user
from synapse_wire import teams as wire
from synapse_wire.access import AccessControlList
from synapse_wire.base import Count, IdList, Redirection, ResponseMessage, Results
from synapse_wire.signed import InvitationToken, InviteeVerificationToken, JoinTeamToken

routes = Routes()


# ------------------------------------------------------------------ teams


@routes.serve(wire.create_team)
async def create_team(call: Call, body: wire.Team) -> wire.Team:
    return await service.create(call.tx, call.caller, body)


@routes.serve(wire.update_team)
async def update_team(call: Call, body: wire.Team) -> wire.Team:
    return await service.update(call.tx, call.caller, body)


@routes.serve(wire.get_team)
async def get_team(call: Call, id: str) -> wire.Team:
    return await service.get(call.tx, parse_id(id))


@routes.serve(wire.delete_team)
async def delete_team(call: Call, id: str) -> None:
    await service.delete(call.tx, call.caller, parse_id(id))


@routes.serve(wire.list_teams, Work.SCAN)
async def list_teams(
    call: Call, fragment: str | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.Team]:
    return await service.search(call.tx, fragment, offset, limit)


@routes.serve(wire.list_teams_by_id, Work.READ)
async def list_teams_by_id(call: Call, body: IdList) -> wire.TeamList:
    return await service.list_by_id(call.tx, body.list_)


@routes.serve(wire.list_teams_of)
async def list_teams_of(
    call: Call, id: str, limit: int = 10, offset: int = 0
) -> Results[wire.Team]:
    return await service.of_user(call.tx, parse_user(id, "user"), offset, limit)


@routes.serve(wire.list_team_ids_of)
async def list_team_ids_of(
    call: Call,
    id: str,
    next_page_token: str | None = None,
    sort: wire.TeamOrder | None = None,
    ascending: bool | None = None,
) -> wire.TeamIds:
    user = parse_user(id, "user")
    return await service.ids_of_user(call.tx, user, next_page_token, sort, ascending)


async def _icon(call: Call, id: str, redirect: bool) -> Redirection:
    team = parse_id(id)
    row = await call.db.read(lambda tx: service.icon(tx, team))
    seconds = call.need(Settings).download_url_seconds
    return Redirection(await files.url_of(blobs_of(call), row, seconds), redirect)


@routes.serve(wire.get_team_icon_url, Work.OWN)
async def get_team_icon_url(call: Call, id: str, redirect: bool = True) -> Redirection:
    return await _icon(call, id, redirect)


@routes.serve(wire.get_team_icon_preview_url, Work.OWN)
async def get_team_icon_preview_url(call: Call, id: str, redirect: bool = True) -> Redirection:
    return await _icon(call, id, redirect)


@routes.serve(wire.get_team_acl)
async def get_team_acl(call: Call, id: str) -> AccessControlList:
    return await service.get_acl(call.tx, call.caller, parse_id(id))


@routes.serve(wire.update_team_acl)
async def update_team_acl(call: Call, body: AccessControlList) -> AccessControlList:
    return await service.update_acl(call.tx, call.caller, body, call.need(Policy))


# ------------------------------------------------------------------ members


@routes.serve(wire.list_members, Work.SCAN)
async def list_members(
    call: Call,
    id: str,
    fragment: str | None = None,
    member_type: wire.MemberType | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Results[wire.TeamMember]:
    kind = member_type or "ALL"
    return await service.list_members(call.tx, parse_id(id), fragment, kind, offset, limit)


@routes.serve(wire.count_members, Work.SCAN)
async def count_members(call: Call, id: str, fragment: str | None = None) -> Count:
    return await service.count_members(call.tx, parse_id(id), fragment)


@routes.serve(wire.list_members_by_id, Work.READ)
async def list_members_by_id(call: Call, id: str, body: IdList) -> wire.TeamMemberList:
    return await service.list_members_by_id(call.tx, parse_id(id), body.list_)


@routes.serve(wire.list_memberships_by_id, Work.READ)
async def list_memberships_by_id(call: Call, id: str, body: IdList) -> wire.TeamMemberList:
    return await service.list_memberships_by_id(call.tx, parse_user(id, "user"), body.list_)


@routes.serve(wire.get_member)
async def get_member(call: Call, id: str, principal_id: str) -> wire.TeamMember:
    return await service.get_member(call.tx, parse_id(id), parse_user(principal_id, "user"))


@routes.serve(wire.add_member)
async def add_member(
    call: Call,
    id: str,
    principal_id: str,
    team_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> None:
    await service.add_member(
        call.tx,
        call.caller,
        parse_id(id),
        parse_user(principal_id, "user"),
        post_of(call, notification_unsubscribe_endpoint),
        team_endpoint,
    )


@routes.serve(wire.add_member_by_token)
async def add_member_by_token(
    call: Call,
    body: JoinTeamToken,
    team_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> ResponseMessage:
    post = post_of(call, notification_unsubscribe_endpoint)
    return await joining.join_by_token(call.tx, body, post, team_endpoint)


@routes.serve(wire.remove_member)
async def remove_member(call: Call, id: str, principal_id: str) -> None:
    user = parse_user(principal_id, "user")
    await service.remove_member(call.tx, call.caller, parse_id(id), user)


@routes.serve(wire.set_manager)
async def set_manager(call: Call, id: str, principal_id: str, is_admin: bool) -> None:
    user = parse_user(principal_id, "user")
    await service.set_manager(call.tx, call.caller, parse_id(id), user, is_admin)


@routes.serve(wire.get_membership_status)
async def get_membership_status(
    call: Call, id: str, principal_id: str
) -> wire.TeamMembershipStatus:
    user = parse_user(principal_id, "user")
    return await service.membership_status(call.tx, call.caller, parse_id(id), user)


# ------------------------------------------------------------------ invitations


@routes.serve(wire.create_invitation)
async def create_invitation(
    call: Call,
    body: wire.MembershipInvitation,
    accept_invitation_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> wire.MembershipInvitation:
    return await joining.invite(
        call.tx,
        call.caller,
        body,
        call.need(Policy),
        post_of(call, notification_unsubscribe_endpoint),
        accept_invitation_endpoint,
    )


@routes.serve(wire.count_invitations)
async def count_invitations(call: Call) -> Count:
    return await joining.count_invitations(call.tx, call.caller)


@routes.serve(wire.get_invitation)
async def get_invitation(call: Call, id: str) -> wire.MembershipInvitation:
    return await joining.get_invitation(call.tx, call.caller, id)


@routes.serve(wire.get_invitation_by_token, Work.READ)
async def get_invitation_by_token(
    call: Call, id: str, body: InvitationToken
) -> wire.MembershipInvitation:
    return await joining.get_invitation_by_token(call.tx, id, body, post_of(call))


@routes.serve(wire.delete_invitation)
async def delete_invitation(call: Call, id: str) -> None:
    await joining.delete_invitation(call.tx, call.caller, id)


@routes.serve(wire.set_invitee)
async def set_invitee(call: Call, id: str, body: InviteeVerificationToken) -> None:
    await joining.set_invitee(call.tx, call.caller, id, body, post_of(call))


@routes.serve(wire.get_invitee_token)
async def get_invitee_token(call: Call, id: str) -> InviteeVerificationToken:
    return await joining.invitee_token(call.tx, call.caller, id, post_of(call))


@routes.serve(wire.list_team_invitations)
async def list_team_invitations(
    call: Call, id: str, invitee_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.MembershipInvitation]:
    return await joining.team_invitations(
        call.tx, call.caller, parse_id(id), invitee_id, offset, limit
    )


@routes.serve(wire.list_user_invitations)
async def list_user_invitations(
    call: Call, id: str, team_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.MembershipInvitation]:
    user = parse_user(id, "user")
    return await joining.user_invitations(call.tx, call.caller, user, team_id, offset, limit)


# ------------------------------------------------------------------ requests


@routes.serve(wire.create_request)
async def create_request(
    call: Call,
    body: wire.MembershipRequest,
    accept_request_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> wire.MembershipRequest:
    post = post_of(call, notification_unsubscribe_endpoint)
    return await joining.ask(call.tx, call.caller, body, post, accept_request_endpoint)


@routes.serve(wire.count_requests)
async def count_requests(call: Call) -> Count:
    return await joining.count_requests(call.tx, call.caller)


@routes.serve(wire.get_request)
async def get_request(call: Call, id: str) -> wire.MembershipRequest:
    return await joining.get_request(call.tx, call.caller, id)


@routes.serve(wire.delete_request)
async def delete_request(call: Call, id: str) -> None:
    await joining.delete_request(call.tx, call.caller, id)


@routes.serve(wire.list_team_requests)
async def list_team_requests(
    call: Call, id: str, requestor_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.MembershipRequest]:
    return await joining.team_requests(
        call.tx, call.caller, parse_id(id), requestor_id, offset, limit
    )


@routes.serve(wire.list_user_requests)
async def list_user_requests(
    call: Call, id: str, team_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[wire.MembershipRequest]:
    user = parse_user(id, "user")
    return await joining.user_requests(call.tx, call.caller, user, team_id, offset, limit)
