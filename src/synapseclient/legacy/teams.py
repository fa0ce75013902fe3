"""Teams: who is in them, is invited, and may join."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from synapse_wire import teams as wire
from synapse_wire.users import AliasRequest, look_up_principal
from synapseclient.core.blocking import blocking, iterate
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import id_of
from synapseclient.legacy.base import Session
from synapseclient.team import Team, TeamMember

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_PAGE = 50


class TeamMethods(Session):
    """Verbs of teams."""

    async def create_team_async(
        self,
        name: str,
        description: str | None = None,
        icon: str | None = None,
        can_public_join: bool = False,
        can_request_membership: bool = True,
    ) -> Team:
        """Make a team, of which you are the first member and manager.

        Args:
            name: Its name, which no other team or user has.
            description: What it is for.
            icon: The id of a file handle of yours, a picture.
            can_public_join: Let everybody join who wants to.
            can_request_membership: Let people ask to join.
        """
        body = wire.Team(
            name=name,
            description=description,
            icon=icon,
            can_public_join=can_public_join,
            can_request_membership=can_request_membership,
        )
        return Team(**await self.call_json(wire.create_team, body))

    async def delete_team_async(self, id: Any) -> None:
        """Delete a team; no ACL names it any more."""
        await self.call(wire.delete_team, id_of(id))

    async def get_team_async(self, id: Any) -> Team:
        """A team, by its id or its name.

        Raises:
            ValueError: No team has this name.
        """
        return Team(**await self.call_json(wire.get_team, await self._team_id(id)))

    async def _team_id(self, team: Any) -> str:
        text = id_of(team)
        if text.isdecimal():
            return text
        try:
            asked = AliasRequest(alias=text, type="TEAM_NAME")
            found = str((await self.call(look_up_principal, asked)).principal_id)
            # Names are looked up in any spelling; who says a name means just this one.
            if (await self.call(wire.get_team, found)).name == text:
                return found
        except SynapseHTTPError as error:
            if error.status not in (400, 404):
                raise
        raise ValueError(f'Can\'t find team "{text}"')

    async def find_teams_async(self, name: str) -> AsyncIterator[Team]:
        """The teams in whose name a word starts so."""
        async for each in self._pages(wire.list_teams, name, limit=_PAGE):
            yield Team(**each)

    async def get_team_members_async(self, team: Any) -> AsyncIterator[TeamMember]:
        """The members of a team."""
        id = await self._team_id(team)
        async for each in self._pages(wire.list_members, id, limit=_PAGE):
            yield TeamMember(**each)

    async def get_team_open_invitations_async(self, team: Any) -> AsyncIterator[dict[str, Any]]:
        """The invitations of a team that nobody has answered, for its managers."""
        id = await self._team_id(team)
        async for each in self._pages(wire.list_team_invitations, id, limit=_PAGE):
            yield each

    async def get_membership_status_async(self, userid: Any, team: Any) -> dict[str, Any]:
        """How a user stands to a team: ``isMember``, ``hasOpenInvitation``, ``canJoin`` …"""
        id = await self._team_id(team)
        found = await self.call_json(wire.get_membership_status, id, str(userid))
        return cast(dict[str, Any], found)

    async def send_membership_invitation_async(
        self,
        teamId: Any,
        inviteeId: Any = None,
        inviteeEmail: str | None = None,
        message: str | None = None,
    ) -> dict[str, Any]:
        """Invite a user, or whoever reads mail to an address, to a team.

        Args:
            teamId: The team's id.
            inviteeId: The user's id.
            inviteeEmail: The address, instead.
            message: What to tell them.
        """
        body = wire.MembershipInvitation(
            team_id=str(teamId),
            message=message,
            invitee_id=None if inviteeId is None else str(inviteeId),
            invitee_email=None if inviteeEmail is None else str(inviteeEmail),
        )
        return cast(dict[str, Any], await self.call_json(wire.create_invitation, body))

    async def invite_to_team_async(
        self,
        team: Any,
        user: Any = None,
        inviteeEmail: str | None = None,
        message: str | None = None,
        force: bool = False,
    ) -> dict[str, Any] | None:
        """Invite a user, or whoever reads mail to an address, unless they are in the team already.

        Args:
            team: The team, its id or its name.
            user: The user's name, id or profile.
            inviteeEmail: The address, instead.
            message: What to tell them.
            force: Invite them anew if they have not answered an earlier invitation.

        Returns:
            The invitation; None if there was no need of one.
        """
        if (user is None) == (inviteeEmail is None):
            raise ValueError("Must specify either 'user' or 'inviteeEmail'")
        id = await self._team_id(team)
        invitee: str | None = None
        name = inviteeEmail
        if user is not None:
            profile = await cast("Synapse", self).get_any_profile_async(
                getattr(user, "id", None) or user
            )
            invitee, name = str(profile["ownerId"]), profile.get("userName")
            if (await self.get_membership_status_async(invitee, id))["isMember"]:
                self.logger.warning("No invitation sent: `%s` is already a member", name)
                return None
        pending = [
            each["id"]
            async for each in self.get_team_open_invitations_async(id)
            if (each.get("inviteeId") == invitee if invitee else each.get("inviteeEmail") == name)
        ]
        if pending and not force:
            self.logger.warning(
                "No invitation sent: `%s` already has an open invitation Set `force=True` to send"
                " new invite.",
                name,
            )
            return None
        for each in pending:
            await self.delete_membership_invitation_async(each)
        return await self.send_membership_invitation_async(id, invitee, inviteeEmail, message)

    async def delete_membership_invitation_async(self, invitationid: Any) -> None:
        """Withdraw an invitation of a team of yours, or decline one that you got."""
        await self.call(wire.delete_invitation, str(invitationid))

    def getTeamMembers(self, team: Any) -> Iterator[TeamMember]:
        """The members of a team, given by id, name or itself."""
        return iterate(self.get_team_members_async(team))

    def get_team_open_invitations(self, team: Any) -> Iterator[dict[str, Any]]:
        """The invitations of a team that nobody has answered, for its managers."""
        return iterate(self.get_team_open_invitations_async(team))

    def _findTeam(self, name: str) -> Iterator[Team]:
        return iterate(self.find_teams_async(name))

    create_team = blocking(create_team_async)
    delete_team = blocking(delete_team_async)
    getTeam = blocking(get_team_async)
    get_membership_status = blocking(get_membership_status_async)
    send_membership_invitation = blocking(send_membership_invitation_async)
    invite_to_team = blocking(invite_to_team_async)
    _delete_membership_invitation = blocking(delete_membership_invitation_async)
