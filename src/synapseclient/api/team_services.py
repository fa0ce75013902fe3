"""Teams, their members and invitations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from synapse_wire import teams as wire
from synapse_wire.base import IdList
from synapseclient.api.api_client import rest_get_paginated_async
from synapseclient.client import Synapse

Json = dict[str, Any]


async def get_teams_for_user(
    user_id: str, *, synapse_client: Synapse | None = None
) -> AsyncIterator[Json]:
    """The teams that a user is a member of."""
    uri = f"/user/{user_id}/team"
    async for team in rest_get_paginated_async(uri, synapse_client=synapse_client):
        yield team


async def post_team_list(
    team_ids: list[int], *, synapse_client: Synapse | None = None
) -> list[dict[str, str | bool]] | None:
    """Several teams by id; unknown ones are left out, and it is None if that leaves none."""
    body = IdList(list_=[int(id) for id in team_ids])
    answer = await Synapse.get_client(synapse_client).call_json(wire.list_teams_by_id, body)
    return answer.get("list") or None


async def create_team(
    name: str,
    description: str | None = None,
    icon: str | None = None,
    can_public_join: bool = False,
    can_request_membership: bool = True,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Make a team, of which you are the first member and manager."""
    return await Synapse.get_client(synapse_client).create_team_async(
        name, description, icon, can_public_join, can_request_membership
    )


async def delete_team(id: int, *, synapse_client: Synapse | None = None) -> None:
    """Delete a team."""
    await Synapse.get_client(synapse_client).delete_team_async(id)


async def get_team(id: int | str, *, synapse_client: Synapse | None = None) -> Json:
    """A team, by its id or its name.

    Raises:
        ValueError: No team has this name.
    """
    return await Synapse.get_client(synapse_client).get_team_async(id)


async def find_team(name: str, *, synapse_client: Synapse | None = None) -> list[Json]:
    """The teams in whose name a word starts so."""
    return [team async for team in Synapse.get_client(synapse_client).find_teams_async(name)]


async def get_team_members(team: int | str, *, synapse_client: Synapse | None = None) -> list[Json]:
    """The members of a team, given by id or name."""
    syn = Synapse.get_client(synapse_client)
    return [member async for member in syn.get_team_members_async(team)]


async def send_membership_invitation(
    team_id: int,
    invitee_id: str | None = None,
    invitee_email: str | None = None,
    message: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Invite a user by id, or whoever reads mail to an address, to a team."""
    return await Synapse.get_client(synapse_client).send_membership_invitation_async(
        team_id, invitee_id, invitee_email, message
    )


async def get_team_open_invitations(
    team: int | str, *, synapse_client: Synapse | None = None
) -> list[Json]:
    """The invitations of a team that nobody has answered, for its managers."""
    syn = Synapse.get_client(synapse_client)
    return [each async for each in syn.get_team_open_invitations_async(team)]


async def get_membership_status(
    user_id: str, team: int | str, *, synapse_client: Synapse | None = None
) -> Json:
    """How a user stands to a team: ``isMember``, ``hasOpenInvitation``, ``canJoin`` …"""
    return await Synapse.get_client(synapse_client).get_membership_status_async(user_id, team)


async def delete_membership_invitation(
    invitation_id: str, *, synapse_client: Synapse | None = None
) -> None:
    """Withdraw an invitation of a team of yours, or decline one that you got."""
    await Synapse.get_client(synapse_client).delete_membership_invitation_async(invitation_id)


async def invite_to_team(
    team: int | str,
    user: str | None = None,
    invitee_email: str | None = None,
    message: str | None = None,
    force: bool = False,
    *,
    synapse_client: Synapse | None = None,
) -> Json | None:
    """Invite a user by name or id, or whoever reads mail to an address, to a team.

    Args:
        team: The team's id or name.
        user: The user's name or id.
        invitee_email: The address, instead.
        message: What to tell them.
        force: Invite them anew if they have not answered an earlier invitation.
        synapse_client: The session.

    Returns:
        The invitation; None if there was no need of one.
    """
    return await Synapse.get_client(synapse_client).invite_to_team_async(
        team, user, invitee_email, message, force
    )
