"""The rules of teams and of who is in them."""

from __future__ import annotations

from synapse_server.access import bits, requirements
from synapse_server.access import service as access
from synapse_server.access import store as acls
from synapse_server.access.bits import DELETE, READ, SEND_MESSAGE, TEAM_MEMBERSHIP_UPDATE, UPDATE
from synapse_server.access.service import Policy
from synapse_server.auth import links
from synapse_server.auth.notices import Post, tell
from synapse_server.files import handles
from synapse_server.kernel.caller import ADMINISTRATORS, ANONYMOUS, AUTHENTICATED_USERS, Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, next_token, read_token, results
from synapse_server.teams import store
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.access import AccessControlList
from synapse_wire.base import Count, Results, iso
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag
from synapse_wire.teams import (
    MemberType,
    Team,
    TeamIds,
    TeamList,
    TeamMember,
    TeamMemberList,
    TeamMembershipStatus,
    TeamOrder,
)

TEAM = acls.TEAM
MEMBER = READ | SEND_MESSAGE
"""What members and all users who are signed in may do with a new team."""
MANAGER = MEMBER | UPDATE | DELETE | TEAM_MEMBERSHIP_UPDATE
"""What its managers may."""
BOOTSTRAPPED = tuple(id for id, kind, _ in users.BOOTSTRAPPED if kind == "team")
PAGE = 50
MOST_IDS = 1000
_MOST_NAME = 256
_MOST_TEXT = 10_000


async def bootstrap(tx: Tx) -> None:
    """Make the teams that every Synapse has of their principals."""
    for id in BOOTSTRAPPED:
        await store.add(tx, id, None, None, False, None, users.MIGRATION_ADMIN)
        await _begin(tx, id, users.MIGRATION_ADMIN)


async def _begin(tx: Tx, id: int, creator: int) -> None:
    await principals.add_member(tx, id, creator)
    entries = {creator: MANAGER, id: MEMBER, AUTHENTICATED_USERS: MEMBER}
    await acls.put(tx, TEAM, id, new_etag(), entries)


def parse_id(text: str | None) -> int:
    """The number of a team."""
    return users.parse_id(text or "", "team")


async def load(tx: Tx, id: int, *, lock: bool = False) -> Row:
    """A team; with ``lock`` to change it or who is in it.

    Raises:
        NotFound: There is none.
    """
    row = await store.find(tx, id, lock=lock)
    if row is None:
        raise NotFound(f"There is no team with the id {id}.")
    return row


async def may(tx: Tx, caller: Caller, team: int, bit: int) -> bool:
    """Whether the team's ACL, or being an administrator, lets the caller."""
    return caller.is_admin or bool(await acls.granted(tx, caller, TEAM, team) & bit)


async def require(tx: Tx, caller: Caller, team: int, bit: int) -> None:
    """The gate of a team: pass, or raise what the caller is to be told."""
    if not await may(tx, caller, team, bit):
        raise Forbidden(f"You lack {bits.name(bit)} access to the requested team.")


async def unmet_requirements(tx: Tx, team: int, user: int) -> bool:
    """Whether a user has yet to meet an access requirement on a team before they may join."""
    return await requirements.keeps_out(tx, Caller(user), team)


# ------------------------------------------------------------------ teams


async def create(tx: Tx, caller: Caller, team: Team) -> Team:
    """Make a team of which the caller is the first member and manager."""
    caller.require_sign_in()
    name = _check(team)
    icon = await _own_icon(tx, caller, team.icon)
    id = await principals.next_id(tx)
    await principals.add_principal(tx, id, "team", name)
    await _take_name(tx, id, name)
    await store.add(
        tx,
        id,
        team.description,
        icon,
        bool(team.can_public_join),
        team.can_request_membership,
        caller.id,
    )
    await _begin(tx, id, caller.id)
    return await get(tx, id)


def _check(team: Team) -> str:
    name = (team.name or "").strip()
    if not users.TEAM_NAME.match(name) or not principals.normal(name) or len(name) > _MOST_NAME:
        raise BadRequest(
            f"{name[:_MOST_NAME]!r} cannot be the name of a team: at least 3 letters, digits,"
            f" spaces, dots, dashes or underscores, and at most {_MOST_NAME}."
        )
    if len(team.description or "") > _MOST_TEXT:
        raise BadRequest(f"The description has at most {_MOST_TEXT} characters.")
    return name


async def _take_name(tx: Tx, id: int, name: str) -> None:
    if not await principals.add_alias(tx, id, "TEAM_NAME", name):
        raise Conflict(f"The name {name!r} is taken by a team or a user. Choose another.")
    words = name.split(" ")
    await principals.set_words(tx, id, [" ".join(words[start:]) for start in range(len(words))])


async def _own_icon(tx: Tx, caller: Caller, handle: str | None) -> int | None:
    if not handle:
        return None
    # Whoever may see the team may see its picture, so it must be the caller's to show.
    row = await handles.own(tx, caller, handle, keep=True)
    if row["blob"] is None:
        raise BadRequest("The icon of a team must be a file that this server keeps.")
    return int(row["id"])


async def get(tx: Tx, id: int) -> Team:
    """A team, which everybody may see."""
    return to_team(await load(tx, id))


def to_team(row: Row) -> Team:
    """The struct of a row."""
    requests = row["can_request_membership"]
    return Team(
        id=str(row["id"]),
        name=row["name"],
        description=row["description"],
        icon=None if row["icon"] is None else str(row["icon"]),
        can_public_join=bool(row["can_public_join"]),
        can_request_membership=None if requests is None else bool(requests),
        etag=row["etag"],
        created_on=iso(row["created_on"]),
        modified_on=iso(row["modified_on"]),
        created_by=str(row["created_by"]),
        modified_by=str(row["modified_by"]),
    )


async def update(tx: Tx, caller: Caller, team: Team) -> Team:
    """Change what a team says of itself."""
    caller.require_sign_in()
    id = parse_id(team.id)
    row = await load(tx, id, lock=True)
    await require(tx, caller, id, UPDATE)
    if team.etag != row["etag"]:
        raise StaleEtag(
            f"The team {id} was updated since you last fetched it, retrieve it again and re-apply"
            " the update"
        )
    name = _check(team)
    if id in BOOTSTRAPPED and (team.can_public_join or name != row["name"]):
        raise BadRequest("A team that Synapse relies on keeps its name and is not open to all.")
    same_icon = bool(team.icon) and handles.parse_id(team.icon) == row["icon"]
    icon = row["icon"] if same_icon else await _own_icon(tx, caller, team.icon)
    if name != row["name"]:
        await principals.remove_alias(tx, id, "TEAM_NAME", row["name"])
        await _take_name(tx, id, name)
        await principals.set_name(tx, id, name)
    await store.update(
        tx,
        id,
        team.description,
        icon,
        bool(team.can_public_join),
        team.can_request_membership,
        caller.id,
    )
    await principals.set_etag(tx, id, new_etag())
    return await get(tx, id)


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Delete a team: nobody is in it and no ACL names it any more."""
    caller.require_sign_in()
    await load(tx, id, lock=True)
    await require(tx, caller, id, DELETE)
    if id in BOOTSTRAPPED:
        raise BadRequest("Synapse relies on this team; it cannot be deleted.")
    await acls.delete(tx, TEAM, id)
    await acls.forget_principal(tx, id, new_etag())
    await store.delete(tx, id)
    await principals.remove_principal(tx, id)


async def search(tx: Tx, fragment: str | None, offset: int, limit: int) -> Results[Team]:
    """Teams by name."""
    offset, limit = check_page(offset, limit, PAGE)
    rows = await store.search(tx, fragment or "", offset, limit)
    return results([to_team(row) for row in rows], offset, limit)


def _check_ids(ids: list[int] | None) -> list[int]:
    if ids is None:
        raise BadRequest("The list of ids is missing.")
    if len(ids) > MOST_IDS:
        raise BadRequest(f"At most {MOST_IDS} ids at a time.")
    return [id for id in dict.fromkeys(ids) if 0 <= id < 2**63]


async def list_by_id(tx: Tx, ids: list[int] | None) -> TeamList:
    """Known teams, in the order of the ids."""
    wanted = _check_ids(ids)
    rows = {row["id"]: row for row in await store.find_many(tx, wanted)}
    return TeamList(list_=[to_team(rows[id]) for id in wanted if id in rows])


async def of_user(tx: Tx, user: int, offset: int, limit: int) -> Results[Team]:
    """The teams that a user is a member of, by id."""
    offset, limit = check_page(offset, limit, PAGE)
    rows = await store.of_user(tx, user, offset, limit)
    return results([to_team(row) for row in rows], offset, limit)


async def ids_of_user(
    tx: Tx, user: int, token: str | None, sort: TeamOrder | None, ascending: bool | None
) -> TeamIds:
    """Their ids, by id or by name."""
    if (sort is None) != (ascending is None):
        raise BadRequest("sort and ascending go together: give both or neither.")
    limit, offset = read_token(token)
    order = "t.id" if sort is None else f"lower(p.name) {'ASC' if ascending else 'DESC'}, t.id"
    rows = await store.of_user(tx, user, offset, limit + 1, order)
    return TeamIds(
        team_ids=[str(row["id"]) for row in rows[:limit]],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def icon(tx: Tx, id: int) -> Row:
    """The file handle of a team's picture, which everybody may see."""
    row = await load(tx, id)
    if row["icon"] is None:
        raise NotFound(f"The team {id} has no icon.")
    return await handles.find(tx, row["icon"])


async def shows(tx: Tx, handle: int) -> bool:
    """Whether a file handle is some team's picture."""
    return await store.with_icon(tx, handle) is not None


# ------------------------------------------------------------------ ACLs


async def get_acl(tx: Tx, caller: Caller, id: int) -> AccessControlList:
    """Who may do what with a team."""
    await load(tx, id)
    await require(tx, caller, id, READ)
    return await _acl(tx, id)


async def _acl(tx: Tx, id: int) -> AccessControlList:
    found = await access.read_acl_of(tx, TEAM, id, str(id))
    assert found is not None
    return found


async def update_acl(
    tx: Tx, caller: Caller, acl: AccessControlList, policy: Policy
) -> AccessControlList:
    """Replace a team's ACL; at least one member stays a manager."""
    caller.require_sign_in()
    id = parse_id(acl.id)
    await load(tx, id, lock=True)
    await require(tx, caller, id, UPDATE)
    access.check_acl_etag(await _acl(tx, id), acl)
    entries = await access.check_entries(tx, caller, acl, policy)
    for principal, granted in entries.items():
        if granted & TEAM_MEMBERSHIP_UPDATE and await principals.is_member(tx, id, principal):
            break
    else:
        raise BadRequest(_LAST_MANAGER)
    await acls.put(tx, TEAM, id, new_etag(), entries)
    return await _acl(tx, id)


_LAST_MANAGER = (
    "Team must have at least one administrator. Give another member TEAM_MEMBERSHIP_UPDATE first."
)


# ------------------------------------------------------------------ members


def _member(row: Row) -> TeamMember:
    return TeamMember(
        team_id=str(row["group_id"]), member=users.header(row), is_admin=bool(row["is_admin"])
    )


async def list_members(
    tx: Tx, id: int, fragment: str | None, kind: MemberType, offset: int, limit: int
) -> Results[TeamMember]:
    """The members of a team, by name."""
    offset, limit = check_page(offset, limit, PAGE)
    await load(tx, id)
    rows = await store.members(tx, id, fragment or "", kind, offset, limit)
    return results([_member(row) for row in rows], offset, limit)


async def count_members(tx: Tx, id: int, fragment: str | None) -> Count:
    """How many there are."""
    await load(tx, id)
    return Count(count=await store.count_members(tx, id, fragment or ""))


async def list_members_by_id(tx: Tx, id: int, ids: list[int] | None) -> TeamMemberList:
    """Those of these users who are members, in the order of the ids."""
    wanted = _check_ids(ids)
    await load(tx, id)
    rows = {row["id"]: row for row in await store.members_of(tx, id, wanted)}
    return TeamMemberList(list_=[_member(rows[user]) for user in wanted if user in rows])


async def list_memberships_by_id(tx: Tx, user: int, ids: list[int] | None) -> TeamMemberList:
    """A user in those of these teams that they are in, in the order of the ids."""
    wanted = _check_ids(ids)
    rows = {row["group_id"]: row for row in await store.memberships_of(tx, user, wanted)}
    if wanted and not rows:
        raise NotFound(f"The user {user} is in none of these teams.")
    return TeamMemberList(list_=[_member(rows[id]) for id in wanted if id in rows])


async def get_member(tx: Tx, id: int, user: int) -> TeamMember:
    """One member."""
    await load(tx, id)
    rows = await store.members_of(tx, id, [user])
    if not rows:
        raise NotFound(f"The user {user} is not a member of the team {id}.")
    return _member(rows[0])


async def _refusal(tx: Tx, caller: Caller, row: Row, user: int) -> str | None:
    """Why the caller may not put a user into a team; None if they may."""
    id: int = row["id"]
    if caller.is_admin:
        return None
    if caller.is_anonymous:
        return "You are not signed in. Log in, or send an access token."
    if await unmet_requirements(tx, id, user):
        return "There are unmet access requirements that must be met to join the team."
    manages = await may(tx, caller, id, TEAM_MEMBERSHIP_UPDATE)
    is_member = await principals.is_member(tx, id, user)
    if user == caller.id:
        if manages or is_member or row["can_public_join"]:
            return None
        if await store.is_open(tx, "membership_invitation", id, user):
            return None
        return "You have no open invitation to this team. Ask its managers to let you in."
    if not manages:
        return "Only a manager of the team may let others in."
    if is_member or await store.is_open(tx, "membership_request", id, user):
        return None
    return "The user has not asked to join this team. Invite them."


async def add_member(
    tx: Tx, caller: Caller, id: int, user: int, post: Post, page: str | None = None
) -> bool:
    """Put a user into a team; False if they are in it already.

    Args:
        tx: The transaction.
        caller: Themself, or a manager of the team whom they have asked.
        id: The team.
        user: Who joins.
        post: How to tell whom it concerns.
        page: The page to which the team's id is appended in mail; without it nobody is told.
    """
    caller.require_sign_in()
    if page is not None:
        page = links.own_page(post.settings, page)
    row = await load(tx, id, lock=True)
    person = await users.require_user(tx, user)
    refusal = await _refusal(tx, caller, row, user)
    if refusal is not None:
        raise Forbidden(refusal)
    if await principals.is_member(tx, id, user):
        return False
    await principals.add_member(tx, id, user)
    await store.forget_pending(tx, "membership_invitation", id, user)
    await store.forget_pending(tx, "membership_request", id, user)
    if page is not None:
        await _tell_of(tx, caller, row, person, post, f"{page}{id}")
    return True


async def _tell_of(tx: Tx, caller: Caller, row: Row, person: Row, post: Post, link: str) -> None:
    team = row["name"]
    if person["id"] != caller.id:
        text = f"you are now a member of the team {team}:\n\n{link}"
        tell(tx, post, person, f"You have joined the team {team}", text)
        return
    for manager in await store.managers(tx, row["id"]):
        if manager["id"] != caller.id:
            text = f"{person['name']} is now a member of the team {team}:\n\n{link}"
            tell(tx, post, manager, f"{person['name']} has joined the team {team}", text)


async def remove_member(tx: Tx, caller: Caller, id: int, user: int) -> None:
    """Take a user out of a team; nothing happens if they are not in it.

    Raises:
        Forbidden: The caller is neither the user nor a manager.
        BadRequest: They are its last member or its last manager.
    """
    caller.require_sign_in()
    await load(tx, id, lock=True)
    if user != caller.id:
        await require(tx, caller, id, TEAM_MEMBERSHIP_UPDATE)
    if not await principals.is_member(tx, id, user):
        return
    if await store.count_members(tx, id, "") == 1:
        raise BadRequest("The last member of a team cannot leave it. Delete the team instead.")
    await _require_other_manager(tx, id, user)
    if id == ADMINISTRATORS and user == users.MIGRATION_ADMIN:
        raise BadRequest("Synapse relies on this member of its administrators.")
    await principals.remove_member(tx, id, user)
    await acls.put_entry(tx, TEAM, id, new_etag(), user, 0)


async def _require_other_manager(tx: Tx, id: int, user: int) -> None:
    if [row["id"] for row in await store.managers(tx, id)] == [user]:
        raise BadRequest(_LAST_MANAGER)


async def set_manager(tx: Tx, caller: Caller, id: int, user: int, is_manager: bool) -> None:
    """Make a manager of a member, or a plain member of a manager."""
    caller.require_sign_in()
    await load(tx, id, lock=True)
    await require(tx, caller, id, UPDATE)
    if not await principals.is_member(tx, id, user):
        raise NotFound(f"The user {user} is not a member of the team {id}.")
    if not is_manager:
        await _require_other_manager(tx, id, user)
    await acls.put_entry(tx, TEAM, id, new_etag(), user, MANAGER if is_manager else 0)


async def membership_status(tx: Tx, caller: Caller, id: int, user: int) -> TeamMembershipStatus:
    """How a user stands to a team."""
    row = await load(tx, id)
    person = await principals.find(tx, user)
    if person is None or person["profile"] is None:
        raise NotFound(f"There is no user with the id {user}.")
    is_admin = await principals.is_member(tx, ADMINISTRATORS, user)
    is_manager = bool(await acls.entry(tx, TEAM, id, user) & TEAM_MEMBERSHIP_UPDATE)
    return TeamMembershipStatus(
        team_id=str(id),
        user_id=str(user),
        is_member=await principals.is_member(tx, id, user),
        has_open_invitation=await store.is_open(tx, "membership_invitation", id, user),
        has_open_request=await store.is_open(tx, "membership_request", id, user),
        can_join=user != ANONYMOUS and await _refusal(tx, caller, row, user) is None,
        membership_approval_required=not (is_admin or is_manager or row["can_public_join"]),
        has_unmet_access_requirement=await unmet_requirements(tx, id, user),
        can_send_email=await may(tx, caller, id, SEND_MESSAGE),
    )


async def is_member(tx: Tx, id: int, user: int) -> bool:
    """Whether a user is in a team."""
    return await principals.is_member(tx, id, user)


async def member_ids(tx: Tx, id: int) -> list[int]:
    """Who is in a team, by id."""
    return await users.members_of(tx, id)


async def members_to_write_to(tx: Tx, caller: Caller, id: int) -> list[int]:
    """All members of a team, for who may send messages to it."""
    await load(tx, id)
    await require(tx, caller, id, SEND_MESSAGE)
    return await users.members_of(tx, id)
