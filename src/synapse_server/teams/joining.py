"""The rules of invitations to teams and of requests to join them."""

from __future__ import annotations

from synapse_server.access.bits import TEAM_MEMBERSHIP_UPDATE
from synapse_server.access.service import Policy
from synapse_server.auth import links
from synapse_server.auth.notices import LINK_SECONDS, Post, tell
from synapse_server.auth.service import caller_of
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, results
from synapse_server.teams import service, store
from synapse_server.teams.store import Pending
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.base import Count, ResponseMessage, Results, iso, millis
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.signed import InvitationToken, InviteeVerificationToken, JoinTeamToken
from synapse_wire.teams import MembershipInvitation, MembershipRequest

_DAY = 24 * 3600
_MOST_TEXT = 10_000
_NAMES: dict[Pending, str] = {
    "membership_invitation": "invitation",
    "membership_request": "membership request",
}


def _parse(text: str | None, table: Pending) -> int:
    return users.parse_id(text or "", _NAMES[table])


async def _load(tx: Tx, id: int, table: Pending) -> Row:
    row = await store.pending(tx, table, id)
    if row is None:
        raise NotFound(f"There is no {_NAMES[table]} with the id {id}.")
    return row


def _expiry(date: str | None) -> int | None:
    if date is None:
        return None
    try:
        moment = millis(date)
    except ValueError as error:
        raise BadRequest(f"expiresOn: {error}") from None
    if moment <= now():
        raise BadRequest("expiresOn must lie in the future.")
    return moment


def _check_message(text: str | None) -> str | None:
    if len(text or "") > _MOST_TEXT:
        raise BadRequest(f"The message has at most {_MOST_TEXT} characters.")
    return text


def _quoted(message: str | None) -> str:
    return f"\n\n{message}" if message else ""


# ------------------------------------------------------------------ invitations


def _invitation(row: Row) -> MembershipInvitation:
    return MembershipInvitation(
        id=str(row["id"]),
        team_id=str(row["team_id"]),
        invitee_id=None if row["invitee_id"] is None else str(row["invitee_id"]),
        invitee_email=row["invitee_email"],
        message=row["message"],
        expires_on=None if row["expires_on"] is None else iso(row["expires_on"]),
        created_on=iso(row["created_on"]),
        created_by=str(row["created_by"]),
    )


async def invite(
    tx: Tx,
    caller: Caller,
    invitation: MembershipInvitation,
    policy: Policy,
    post: Post,
    page: str | None,
) -> MembershipInvitation:
    """Invite a user, or whoever reads mail to an address.

    Args:
        tx: The transaction.
        caller: A manager of the team.
        invitation: Of which team, and either ``invitee_id`` or ``invitee_email``.
        policy: What the site demands.
        post: How to tell the invitee.
        page: The page that a mailed token is appended to; the usual one if not given.
    """
    caller.require_sign_in()
    team = service.parse_id(invitation.team_id)
    row = await service.load(tx, team, lock=True)
    await service.require(tx, caller, team, TEAM_MEMBERSHIP_UPDATE)
    if (invitation.invitee_id is None) == (invitation.invitee_email is None):
        raise BadRequest("Name one invitee: either inviteeId or inviteeEmail.")
    message, expires = _check_message(invitation.message), _expiry(invitation.expires_on)
    usual = links.JOIN_TEAM if invitation.invitee_id is not None else links.INVITATION
    page = links.page(post.settings, page, usual)
    if invitation.invitee_email is not None:
        return await _invite_by_mail(
            tx, caller, row, invitation.invitee_email, message, expires, policy, post, page
        )
    invitee = await users.require_user(tx, users.parse_id(invitation.invitee_id or "", "user"))
    if await principals.is_member(tx, team, invitee["id"]):
        raise BadRequest(f"{invitee['name']} is a member of this team already.")
    id = await store.add_invitation(tx, team, invitee["id"], None, message, expires, caller.id)
    user = str(invitee["id"])
    token = JoinTeamToken(user_id=user, member_id=user, team_id=str(team))
    link = links.with_token(page, post.tokens.sign(token, LINK_SECONDS))
    inviter = await principals.find(tx, caller.id)
    assert inviter is not None
    tell(tx, post, invitee, f"Join the team {row['name']}", _letter(inviter, row, message, link))
    return _invitation(await _load(tx, id, "membership_invitation"))


async def _invite_by_mail(
    tx: Tx,
    caller: Caller,
    row: Row,
    email: str,
    message: str | None,
    expires: int | None,
    policy: Policy,
    post: Post,
    page: str,
) -> MembershipInvitation:
    if not users.EMAIL.match(email):
        raise BadRequest(f"{email!r} is not an e-mail address.")
    if policy.require_certification and not caller.is_certified and not caller.is_admin:
        raise Forbidden("Only certified users may invite by e-mail.", "USER_CERTIFICATION_REQUIRED")
    post.mail.allow(email.lower())
    id = await store.add_invitation(tx, row["id"], None, email, message, expires, caller.id)
    token = post.tokens.sign(InvitationToken(membership_invitation_id=str(id)), LINK_SECONDS)
    inviter = await principals.find(tx, caller.id)
    assert inviter is not None
    text = "Hello,\n\n" + _letter(inviter, row, message, links.with_token(page, token))

    async def send() -> None:
        await post.mail.send(email, f"Join the team {row['name']}", text + "\n")

    post.mail.later(tx, send)
    return _invitation(await _load(tx, id, "membership_invitation"))


def _letter(inviter: Row, team: Row, message: str | None, link: str) -> str:
    return (
        f"{inviter['name']} invites you to join the team {team['name']}.{_quoted(message)}\n\n"
        f"Open this link to join:\n\n{link}\n\nIf you do not want to, do nothing."
    )


async def get_invitation(tx: Tx, caller: Caller, id: str) -> MembershipInvitation:
    """An invitation, for the invitee and the team's managers."""
    return _invitation(await _invitation_of(tx, caller, id))


async def _invitation_of(tx: Tx, caller: Caller, id: str) -> Row:
    caller.require_sign_in()
    row = await _load(tx, _parse(id, "membership_invitation"), "membership_invitation")
    if row["invitee_id"] != caller.id:
        await _require_manager(tx, caller, row, "This invitation is not yours.")
    return row


async def _require_manager(tx: Tx, caller: Caller, row: Row, otherwise: str) -> None:
    if not await service.may(tx, caller, row["team_id"], TEAM_MEMBERSHIP_UPDATE):
        raise Forbidden(otherwise)


async def get_invitation_by_token(
    tx: Tx, id: str, token: InvitationToken, post: Post
) -> MembershipInvitation:
    """An invitation, for whoever has the token that was mailed with it."""
    post.tokens.check(token)
    if token.membership_invitation_id != id:
        raise BadRequest("This link belongs to another invitation.")
    row = await _load(tx, _parse(id, "membership_invitation"), "membership_invitation")
    return _invitation(row)


async def delete_invitation(tx: Tx, caller: Caller, id: str) -> None:
    """Withdraw an invitation, or decline it."""
    row = await _invitation_of(tx, caller, id)
    await store.delete_pending(tx, "membership_invitation", row["id"])


async def invitee_token(tx: Tx, caller: Caller, id: str, post: Post) -> InviteeVerificationToken:
    """The proof that an invitation by mail went to an address of the caller."""
    caller.require_sign_in()
    row = await _load(tx, _parse(id, "membership_invitation"), "membership_invitation")
    email = (row["invitee_email"] or "").lower()
    mine = [each.lower() for each in await principals.aliases(tx, caller.id, "USER_EMAIL")]
    if email not in mine:
        raise Forbidden(
            "This invitation did not go to an e-mail address of yours. Add the address to your"
            " account first."
        )
    token = InviteeVerificationToken(
        invitee_id=str(caller.id), membership_invitation_id=str(row["id"])
    )
    return post.tokens.sign(token, _DAY)


async def set_invitee(
    tx: Tx, caller: Caller, id: str, token: InviteeVerificationToken, post: Post
) -> None:
    """Make an invitation by mail the caller's."""
    caller.require_sign_in()
    post.tokens.check(token)
    if token.membership_invitation_id != id or token.invitee_id != str(caller.id):
        raise Forbidden("This proof was made for another user or another invitation.")
    row = await _load(tx, _parse(id, "membership_invitation"), "membership_invitation")
    if not await store.set_invitee(tx, row["id"], caller.id):
        raise BadRequest("This invitation has an inviteeId already.")


async def team_invitations(
    tx: Tx, caller: Caller, id: int, invitee: str | None, offset: int, limit: int
) -> Results[MembershipInvitation]:
    """The open invitations of a team, for its managers."""
    rows, offset, limit = await _of_team(
        tx, caller, "membership_invitation", id, invitee, offset, limit
    )
    return results([_invitation(row) for row in rows], offset, limit)


async def user_invitations(
    tx: Tx, caller: Caller, user: int, team: str | None, offset: int, limit: int
) -> Results[MembershipInvitation]:
    """A user's open invitations, for themself."""
    rows, offset, limit = await _of_user(
        tx, caller, "membership_invitation", user, team, offset, limit
    )
    return results([_invitation(row) for row in rows], offset, limit)


async def _of_team(
    tx: Tx, caller: Caller, table: Pending, id: int, user: str | None, offset: int, limit: int
) -> tuple[list[Row], int, int]:
    caller.require_sign_in()
    offset, limit = check_page(offset, limit, service.PAGE)
    who = None if user is None else users.parse_id(user, "user")
    await service.load(tx, id)
    await service.require(tx, caller, id, TEAM_MEMBERSHIP_UPDATE)
    return list(await store.open_pending(tx, table, id, who, offset, limit)), offset, limit


async def _of_user(
    tx: Tx, caller: Caller, table: Pending, user: int, team: str | None, offset: int, limit: int
) -> tuple[list[Row], int, int]:
    caller.require_sign_in()
    offset, limit = check_page(offset, limit, service.PAGE)
    if user != caller.id and not caller.is_admin:
        raise Forbidden(f"You may see your own {_NAMES[table]}s only.")
    id = None if team is None else service.parse_id(team)
    return list(await store.open_pending(tx, table, id, user, offset, limit)), offset, limit


async def count_invitations(tx: Tx, caller: Caller) -> Count:
    """How many open invitations the caller has."""
    caller.require_sign_in()
    return Count(count=await store.count_invitations(tx, caller.id))


# ------------------------------------------------------------------ requests


def _request(row: Row) -> MembershipRequest:
    return MembershipRequest(
        id=str(row["id"]),
        team_id=str(row["team_id"]),
        user_id=str(row["user_id"]),
        message=row["message"],
        expires_on=None if row["expires_on"] is None else iso(row["expires_on"]),
        created_on=iso(row["created_on"]),
        created_by=str(row["created_by"]),
    )


async def ask(
    tx: Tx, caller: Caller, request: MembershipRequest, post: Post, page: str | None
) -> MembershipRequest:
    """Ask to join a team; what the caller has asked before counts no more.

    Args:
        tx: The transaction.
        caller: Who wants to join.
        request: Which team.
        post: How to tell its managers.
        page: The page that a mailed token is appended to; the usual one if not given.
    """
    caller.require_sign_in()
    if request.user_id is not None and request.user_id != str(caller.id):
        raise Forbidden("You can ask to join a team for yourself only.")
    team = service.parse_id(request.team_id)
    row = await service.load(tx, team, lock=True)
    message, expires = _check_message(request.message), _expiry(request.expires_on)
    page = links.page(post.settings, page, links.JOIN_TEAM)
    if await principals.is_member(tx, team, caller.id):
        raise BadRequest("You are a member of this team already.")
    if row["can_public_join"]:
        raise BadRequest("This team is open to everybody: join it, there is no need to ask.")
    if row["can_request_membership"] == 0:
        raise BadRequest("This team takes no membership requests. Ask its managers to invite you.")
    if await service.unmet_requirements(tx, team, caller.id):
        raise Forbidden("There are unmet access requirements that must be met to join the team.")
    await store.forget_pending(tx, "membership_request", team, caller.id)
    id = await store.add_request(tx, team, caller.id, message, expires)
    me = await principals.find(tx, caller.id)
    assert me is not None
    for manager in await store.managers(tx, team):
        token = JoinTeamToken(
            user_id=str(manager["id"]), member_id=str(caller.id), team_id=str(team)
        )
        link = links.with_token(page, post.tokens.sign(token, LINK_SECONDS))
        text = (
            f"{me['name']} asks to join the team {row['name']}.{_quoted(message)}\n\n"
            f"Open this link to let them in:\n\n{link}\n\nIf you do not want to, do nothing."
        )
        tell(tx, post, manager, f"{me['name']} asks to join the team {row['name']}", text)
    return _request(await _load(tx, id, "membership_request"))


async def get_request(tx: Tx, caller: Caller, id: str) -> MembershipRequest:
    """A request, for who made it and the team's managers, who see it in their list anyway."""
    return _request(await _request_of(tx, caller, id))


async def _request_of(tx: Tx, caller: Caller, id: str) -> Row:
    caller.require_sign_in()
    row = await _load(tx, _parse(id, "membership_request"), "membership_request")
    if row["user_id"] != caller.id:
        await _require_manager(tx, caller, row, "This membership request is not yours.")
    return row


async def delete_request(tx: Tx, caller: Caller, id: str) -> None:
    """Withdraw a request, or decline it."""
    row = await _request_of(tx, caller, id)
    await store.delete_pending(tx, "membership_request", row["id"])


async def team_requests(
    tx: Tx, caller: Caller, id: int, requestor: str | None, offset: int, limit: int
) -> Results[MembershipRequest]:
    """The open requests to a team, for its managers."""
    rows, offset, limit = await _of_team(
        tx, caller, "membership_request", id, requestor, offset, limit
    )
    return results([_request(row) for row in rows], offset, limit)


async def user_requests(
    tx: Tx, caller: Caller, user: int, team: str | None, offset: int, limit: int
) -> Results[MembershipRequest]:
    """A user's open requests, for themself."""
    rows, offset, limit = await _of_user(
        tx, caller, "membership_request", user, team, offset, limit
    )
    return results([_request(row) for row in rows], offset, limit)


async def count_requests(tx: Tx, caller: Caller) -> Count:
    """How many open requests there are to the teams that the caller manages."""
    caller.require_sign_in()
    return Count(count=await store.count_requests(tx, caller.id))


# ------------------------------------------------------------------ links


async def join_by_token(
    tx: Tx, token: JoinTeamToken, post: Post, page: str | None
) -> ResponseMessage:
    """Do what a mailed link says, as the user that it was mailed to stands now."""
    post.tokens.check(token)
    team, member = service.parse_id(token.team_id), users.parse_id(token.member_id or "", "user")
    who = await caller_of(tx, users.parse_id(token.user_id or "", "user"))
    joined = await service.add_member(tx, who, team, member, post, page)
    row, person = await service.load(tx, team), await users.require_user(tx, member)
    if joined:
        return ResponseMessage(message=f"{person['name']} has joined the team {row['name']}.")
    return ResponseMessage(message=f"{person['name']} is in the team {row['name']} already.")
