"""Teams: groups of users that ACLs can name; who is in them, is invited, and asks to join."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.access import AccessControlList
from synapse_wire.base import Count, Date, IdList, Redirection, ResponseMessage, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.signed import InvitationToken, InviteeVerificationToken, JoinTeamToken
from synapse_wire.users import UserGroupHeader

MemberType: TypeAlias = Literal["ADMIN", "MEMBER", "ALL"]
TeamOrder: TypeAlias = Literal["TEAM_NAME"]


class Team(Wire):
    """A team; its id is a principal's."""

    id: str | None = None
    name: str | None = None
    """Unique among the names of users and teams, but for case and punctuation."""
    description: str | None = None
    icon: str | None = None
    """The file handle of a picture."""
    can_public_join: bool | None = None
    """Whether everybody may join without being asked or asking."""
    can_request_membership: bool | None = None
    """Whether one may ask to join; so unless said. Where all may join, there is no need to."""
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None


class TeamList(Wire):
    """Teams found by id."""

    list_: list[Team]


class TeamIds(Wire):
    """A page of the ids of teams."""

    team_ids: list[str]
    next_page_token: str | None = None


class TeamMember(Wire):
    """A member of a team; ``is_admin`` says whether they may change who is in it."""

    team_id: str
    member: UserGroupHeader
    is_admin: bool


class TeamMemberList(Wire):
    """Members found by id."""

    list_: list[TeamMember]


class TeamMembershipStatus(Wire):
    """How a user stands to a team. ``can_join`` and ``can_send_email`` are about the caller:
    whether they may put the user into the team, and write to it."""

    team_id: str
    user_id: str
    is_member: bool
    has_open_invitation: bool
    has_open_request: bool
    can_join: bool
    membership_approval_required: bool
    has_unmet_access_requirement: bool
    can_send_email: bool


class MembershipInvitation(Wire):
    """A team asks a user, or whoever reads mail to an address, to join it."""

    id: str | None = None
    team_id: str | None = None
    invitee_id: str | None = None
    invitee_email: str | None = None
    message: str | None = None
    expires_on: Date | None = None
    """From when on it does not count any more; never unless said."""
    created_on: Date | None = None
    created_by: str | None = None


class MembershipRequest(Wire):
    """A user asks to join a team."""

    id: str | None = None
    team_id: str | None = None
    user_id: str | None = None
    message: str | None = None
    expires_on: Date | None = None
    """From when on it does not count any more; never unless said."""
    created_on: Date | None = None
    created_by: str | None = None


# ------------------------------------------------------------------ teams


@endpoint("POST", "/repo/v1/team")
def create_team(body: Team) -> Team:
    """Make a team; the caller is its first member and manager."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/team")
def update_team(body: Team) -> Team:
    """Change a team; the etag must be current."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}")
def get_team(id: str) -> Team:
    """A team."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/team/{id}")
def delete_team(id: str) -> None:
    """Delete a team; no ACL names it any more."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/teams")
def list_teams(fragment: str | None = None, limit: int = 10, offset: int = 0) -> Results[Team]:
    """The teams in whose name a word starts so, by name."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/teamList", repeatable=True)
def list_teams_by_id(body: IdList) -> TeamList:
    """Several teams; unknown ones are left out."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/team")
def list_teams_of(id: str, limit: int = 10, offset: int = 0) -> Results[Team]:
    """The teams that a user is a member of."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/team/id")
def list_team_ids_of(
    id: str,
    next_page_token: str | None = None,
    sort: TeamOrder | None = None,
    ascending: bool | None = None,
) -> TeamIds:
    """The ids of these teams, page by page."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/icon")
def get_team_icon_url(id: str, redirect: bool = True) -> Redirection:
    """A signed URL of a team's picture: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/icon/preview")
def get_team_icon_preview_url(id: str, redirect: bool = True) -> Redirection:
    """The same of a smaller picture: the picture itself while it has no preview."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/acl")
def get_team_acl(id: str) -> AccessControlList:
    """Who may do what with a team."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/team/acl")
def update_team_acl(body: AccessControlList) -> AccessControlList:
    """Replace the ACL of the team that its ``id`` names; the etag must be current."""
    raise NotImplementedError


# ------------------------------------------------------------------ members


@endpoint("GET", "/repo/v1/teamMembers/{id}")
def list_members(
    id: str,
    fragment: str | None = None,
    member_type: MemberType | None = None,
    limit: int = 10,
    offset: int = 0,
) -> Results[TeamMember]:
    """The members of a team, by name; those one of whose names starts so."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/teamMembers/count/{id}")
def count_members(id: str, fragment: str | None = None) -> Count:
    """How many there are."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/team/{id}/memberList", repeatable=True)
def list_members_by_id(id: str, body: IdList) -> TeamMemberList:
    """Those of several users who are in a team."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/user/{id}/memberList", repeatable=True)
def list_memberships_by_id(id: str, body: IdList) -> TeamMemberList:
    """A user as a member of several teams; 404 if they are in none of them."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/member/{principalId}")
def get_member(id: str, principal_id: str) -> TeamMember:
    """One member; 404 if the user is none."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/team/{id}/member/{principalId}")
def add_member(
    id: str,
    principal_id: str,
    team_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> None:
    """Join a team, or let somebody in who has asked.

    With ``teamEndpoint``, the page of this site to which a team's id is appended, those whom it
    concerns are told by mail.
    """
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/teamMember")
def add_member_by_token(
    body: JoinTeamToken,
    team_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> ResponseMessage:
    """The same with the token of a mailed link, which says who does it."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/team/{id}/member/{principalId}")
def remove_member(id: str, principal_id: str) -> None:
    """Leave a team, or take a member out of it. The last manager stays."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/team/{id}/member/{principalId}/permission")
def set_manager(id: str, principal_id: str, is_admin: bool) -> None:
    """Make a manager of a member, or a plain member of a manager."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/member/{principalId}/membershipStatus")
def get_membership_status(id: str, principal_id: str) -> TeamMembershipStatus:
    """How a user stands to a team."""
    raise NotImplementedError


# ------------------------------------------------------------------ invitations


@endpoint("POST", "/repo/v1/membershipInvitation")
def create_invitation(
    body: MembershipInvitation,
    accept_invitation_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> MembershipInvitation:
    """Invite a user, or whoever reads mail to an address, and tell them by mail."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/membershipInvitation/openInvitationCount")
def count_invitations() -> Count:
    """How many open invitations the caller has."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/membershipInvitation/{id}")
def get_invitation(id: str) -> MembershipInvitation:
    """An invitation, for the invitee and the team's managers."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/membershipInvitation/{id}", repeatable=True)
def get_invitation_by_token(id: str, body: InvitationToken) -> MembershipInvitation:
    """An invitation, for whoever has the token of the mailed link."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/membershipInvitation/{id}")
def delete_invitation(id: str) -> None:
    """Withdraw or decline an invitation."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/membershipInvitation/{id}/inviteeId")
def set_invitee(id: str, body: InviteeVerificationToken) -> None:
    """Make an invitation by mail the caller's, who has proved that the address is theirs."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/membershipInvitation/{id}/inviteeVerificationSignedToken")
def get_invitee_token(id: str) -> InviteeVerificationToken:
    """The proof that an invitation by mail went to an address of the caller; 403 if not."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/openInvitation")
def list_team_invitations(
    id: str, invitee_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[MembershipInvitation]:
    """The open invitations of a team, for its managers; latest first."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/openInvitation")
def list_user_invitations(
    id: str, team_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[MembershipInvitation]:
    """The caller's open invitations; latest first."""
    raise NotImplementedError


# ------------------------------------------------------------------ requests


@endpoint("POST", "/repo/v1/membershipRequest")
def create_request(
    body: MembershipRequest,
    accept_request_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> MembershipRequest:
    """Ask to join a team; its managers are told by mail. It replaces what one asked before."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/membershipRequest/openRequestCount")
def count_requests() -> Count:
    """How many open requests there are to the teams that the caller manages."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/membershipRequest/{id}")
def get_request(id: str) -> MembershipRequest:
    """A request, for who made it."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/membershipRequest/{id}")
def delete_request(id: str) -> None:
    """Withdraw a request; a manager of the team declines it so."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/team/{id}/openRequest")
def list_team_requests(
    id: str, requestor_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[MembershipRequest]:
    """The open requests to a team, for its managers; latest first."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/openRequest")
def list_user_requests(
    id: str, team_id: str | None = None, limit: int = 10, offset: int = 0
) -> Results[MembershipRequest]:
    """The caller's open requests; latest first."""
    raise NotImplementedError
