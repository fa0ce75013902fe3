"""Teams and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from synapse_wire.base import camel
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.base import blocking_classmethod
from synapseclient.models.user import UserGroupHeader


@dataclass
class TeamMember:
    """A member of a team; ``is_admin`` says whether they may change who is in it."""

    team_id: int | None = None
    member: UserGroupHeader | None = None
    is_admin: bool | None = None

    def fill_from_dict(self, synapse_team_member: Mapping[str, Any]) -> TeamMember:
        """Set the fields from what the server sends."""
        raw = synapse_team_member
        self.team_id = int(raw["teamId"]) if raw.get("teamId") else None
        self.member = UserGroupHeader().fill_from_dict(raw.get("member") or {})
        self.is_admin = raw.get("isAdmin")
        return self


@dataclass
class TeamMembershipStatus:
    """How a user stands to a team.

    ``can_join`` and ``can_send_email`` are about who asks: whether they may put the user into
    the team, and write to it.
    """

    team_id: str | None = None
    user_id: str | None = None
    is_member: bool | None = None
    has_open_invitation: bool | None = None
    has_open_request: bool | None = None
    can_join: bool | None = None
    membership_approval_required: bool | None = None
    has_unmet_access_requirement: bool | None = None
    can_send_email: bool | None = None

    def fill_from_dict(self, membership_status_dict: Mapping[str, Any]) -> TeamMembershipStatus:
        """Set the fields from what the server sends."""
        for each in fields(self):
            setattr(self, each.name, membership_status_dict.get(camel(each.name)))
        return self


@dataclass
class Team:
    """A group of users that an ACL can name.

    Attributes:
        id: Its id, which is a principal's.
        name: Its name, which no other team or user has.
        description: What it is for.
        icon: The id of a file handle, a picture.
        can_public_join: Whether everybody may join who wants to.
        can_request_membership: Whether people may ask to join.
        etag: The mark of this state of it.
        created_on: When it was made.
        modified_on: When it was last changed.
        created_by: By whom it was made.
        modified_by: By whom it was last changed.
    """

    id: int | None = None
    name: str | None = None
    description: str | None = None
    icon: str | None = None
    can_public_join: bool | None = False
    can_request_membership: bool | None = True
    etag: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    created_by: str | None = None
    modified_by: str | None = None

    def fill_from_dict(self, synapse_team: Mapping[str, Any]) -> Team:
        """Set the fields from what the server sends."""
        for each in fields(self):
            setattr(self, each.name, synapse_team.get(camel(each.name), each.default))
        self.id = int(synapse_team["id"]) if synapse_team.get("id") else None
        return self

    async def create_async(self, *, synapse_client: Synapse | None = None) -> Team:
        """Make the team; you are its first member and manager."""
        syn = Synapse.get_client(synapse_client)
        made = await syn.create_team_async(
            self.name or "",
            self.description,
            self.icon,
            bool(self.can_public_join),
            bool(self.can_request_membership),
        )
        return self.fill_from_dict(made)

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Delete the team; no ACL names it any more."""
        await Synapse.get_client(synapse_client).delete_team_async(self._id())

    def _id(self) -> int:
        if not self.id:
            raise ValueError("The team must have its id set; get() it by its name first.")
        return self.id

    async def get_async(self, *, synapse_client: Synapse | None = None) -> Team:
        """The team of this id or name."""
        wanted = self.id or self.name
        if not wanted:
            raise ValueError("Team must have either an id or a name")
        return self.fill_from_dict(await Synapse.get_client(synapse_client).get_team_async(wanted))

    @classmethod
    async def from_id_async(cls, id: int, *, synapse_client: Synapse | None = None) -> Team:
        """The team of an id."""
        return await cls(id=id).get_async(synapse_client=synapse_client)

    @classmethod
    async def from_name_async(cls, name: str, *, synapse_client: Synapse | None = None) -> Team:
        """The team of a name."""
        return await cls(name=name).get_async(synapse_client=synapse_client)

    async def members_async(self, *, synapse_client: Synapse | None = None) -> list[TeamMember]:
        """Its members."""
        members = Synapse.get_client(synapse_client).get_team_members_async(self._id())
        return [TeamMember().fill_from_dict(each) async for each in members]

    async def invite_async(
        self,
        user: str | int,
        message: str,
        force: bool = True,
        *,
        synapse_client: Synapse | None = None,
    ) -> dict[str, Any] | None:
        """Invite a user, unless they are in the team already.

        Args:
            user: The user's name or id.
            message: What to tell them.
            force: Invite them anew if they have not answered an earlier invitation.
            synapse_client: The session.

        Returns:
            The invitation; None if there was no need of one.
        """
        syn = Synapse.get_client(synapse_client)
        invitation = await syn.invite_to_team_async(self._id(), user, message=message, force=force)
        if invitation is not None:
            syn.logger.info(
                "Invited user %s to team %s", invitation["inviteeId"], invitation["teamId"]
            )
        return invitation

    async def open_invitations_async(
        self, *, synapse_client: Synapse | None = None
    ) -> list[dict[str, Any]]:
        """Its invitations that nobody has answered, for its managers."""
        syn = Synapse.get_client(synapse_client)
        return [each async for each in syn.get_team_open_invitations_async(self._id())]

    @staticmethod
    async def delete_invitation_async(
        invitation_id: str, *, synapse_client: Synapse | None = None
    ) -> None:
        """Withdraw an invitation of a team of yours, or decline one that you got."""
        await Synapse.get_client(synapse_client).delete_membership_invitation_async(invitation_id)

    async def get_user_membership_status_async(
        self, user_id: str, *, synapse_client: Synapse | None = None
    ) -> TeamMembershipStatus:
        """How a user, given by id, stands to the team."""
        syn = Synapse.get_client(synapse_client)
        found = await syn.get_membership_status_async(user_id, self._id())
        return TeamMembershipStatus().fill_from_dict(found)

    create = blocking(create_async)
    delete = blocking(delete_async)
    get = blocking(get_async)
    from_id = blocking_classmethod(from_id_async)
    from_name = blocking_classmethod(from_name_async)
    members = blocking(members_async)
    invite = blocking(invite_async)
    open_invitations = blocking(open_invitations_async)
    delete_invitation = staticmethod(blocking(delete_invitation_async))
    get_user_membership_status = blocking(get_user_membership_status_async)
