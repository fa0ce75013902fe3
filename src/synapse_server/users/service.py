"""The rules of users: names, profiles, who sees what of whom."""

from __future__ import annotations

import re
from typing import cast

import msgspec

from synapse_server.files import handles
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import (
    ADMINISTRATORS,
    ANONYMOUS,
    AUTHENTICATED_USERS,
    CERTIFIED_USERS,
    PUBLIC,
    Caller,
)
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.users import store
from synapse_wire.base import Results, camel, estimate_total, iso
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag
from synapse_wire.users import (
    AliasCheck,
    AliasRequest,
    NotificationEmail,
    NotificationSettings,
    PrincipalId,
    UserBundle,
    UserGroup,
    UserGroupHeader,
    UserGroupHeaderPage,
    UserGroupHeaders,
    UserProfile,
    UserProfiles,
)

MIGRATION_ADMIN = 1
ACT = 464532
BOOTSTRAPPED = (
    # id, kind, name
    (MIGRATION_ADMIN, "user", "migrationAdmin"),
    (ADMINISTRATORS, "team", "Administrators"),
    (CERTIFIED_USERS, "group", "CERTIFIED_USERS"),
    (4, "team", "Trusted Message Senders"),
    (5, "team", "Synapse Report Team"),
    (6, "group", "TESTING_USERS"),
    (AUTHENTICATED_USERS, "group", "AUTHENTICATED_USERS"),
    (PUBLIC, "group", "PUBLIC"),
    (ANONYMOUS, "user", "anonymous"),
    (273957, "group", "Sage Bionetworks"),
    (ACT, "team", "Synapse Access and Compliance Team"),
    (3412389, "user", "ACTAccessManagement"),
)
"""Principals that every Synapse has, with the ids that clients know."""

USER_NAME = re.compile(r"[A-Za-z0-9._-]{3,}\Z")
TEAM_NAME = re.compile(r"[A-Za-z0-9 ._-]{3,}\Z")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,63}\Z")
ORCID = re.compile(r"https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]\Z")
_PATTERNS = {
    "USER_NAME": USER_NAME,
    "TEAM_NAME": TEAM_NAME,
    "USER_EMAIL": EMAIL,
    "USER_ORCID": ORCID,
}
_MOST_ALIASES = 100
_PRIVATE = (
    "email",
    "emails",
    "open_ids",
    "notification_settings",
    "preferences",
    "r_studio_url",
    "two_factor_auth_enabled",
)
_MOST_NAME = 256
_MOST_TEXT = 10_000


async def bootstrap(tx: Tx) -> None:
    """Make the principals that every Synapse has; does nothing the second time."""
    for id, kind, name in BOOTSTRAPPED:
        if await store.find(tx, id) is not None:
            continue
        await store.add_principal(tx, id, kind, name)
        await store.set_words(tx, id, [name])
        if kind == "user":
            await store.add_account(tx, id, _stored(UserProfile()), None, "")
            await store.add_alias(tx, id, "USER_NAME", name)
        elif kind == "team":
            await store.add_alias(tx, id, "TEAM_NAME", name)
    await store.add_member(tx, ADMINISTRATORS, MIGRATION_ADMIN)


def parse_id(text: str, what: str = "principal") -> int:
    """The number that a principal's id is."""
    return numbers.parse_id(text, what)


def check_user_name(name: str) -> None:
    """Refuse what cannot be a user name."""
    if not USER_NAME.match(name) or not store.normal(name) or len(name) > _MOST_NAME:
        raise BadRequest(
            f"{name[:_MOST_NAME]!r} cannot be a user name: at least 3 letters, digits, dots, dashes"
            f" or underscores, and at most {_MOST_NAME}."
        )


def _check_texts(profile: UserProfile) -> None:
    for name in profile.__struct_fields__:
        value = getattr(profile, name)
        most = _MOST_NAME if name in ("first_name", "last_name", "display_name") else _MOST_TEXT
        if isinstance(value, str) and len(value) > most:
            raise BadRequest(f"{camel(name)} has at most {most} characters.")
    if len(_stored(profile)) > 10 * _MOST_TEXT:
        raise BadRequest("The profile is too large.")


async def create_user(
    tx: Tx,
    name: str,
    *,
    password: str | None,
    email: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    number: int | None = None,
) -> int:
    """Make an account; its id.

    Args:
        tx: The transaction.
        name: The user name, unique but for case and punctuation.
        password: The hash of the password, or None to allow no login by password.
        email: An address that is known to be the user's.
        first_name: As the user writes it.
        last_name: As the user writes it.
        number: The user's id, a new one unless given.

    Raises:
        BadRequest: The name or the address is not well formed.
        Conflict: Somebody has the name or the address.
    """
    check_user_name(name)
    if email is not None and not EMAIL.match(email):
        raise BadRequest(f"{email!r} is not an e-mail address.")
    id = await store.next_id(tx) if number is None else number
    await store.add_principal(tx, id, "user", name)
    if not await store.add_alias(tx, id, "USER_NAME", name):
        raise Conflict(f"The user name {name!r} is taken.")
    if email is not None and not await store.add_alias(tx, id, "USER_EMAIL", email):
        raise Conflict(f"The e-mail address {email!r} belongs to another account.")
    profile = UserProfile(first_name=first_name, last_name=last_name)
    _check_texts(profile)
    await store.add_account(tx, id, _stored(profile), password, email or "")
    await _index(tx, id, name, profile)
    return id


async def is_act(tx: Tx, caller: Caller) -> bool:
    """Whether the caller speaks for the compliance team; administrators do."""
    return caller.is_admin or await store.is_member(tx, ACT, caller.id)


async def require_user(tx: Tx, id: int) -> Row:
    """The row of a user.

    Raises:
        NotFound: There is no such user; groups, teams and the anonymous user are none.
    """
    row = await store.find(tx, id)
    if row is None or row["profile"] is None or id == ANONYMOUS:
        raise NotFound(f"There is no user with the id {id}.")
    return row


async def is_certified(tx: Tx, id: int) -> bool:
    """Whether a user is certified."""
    row = await store.find(tx, id)
    return row is not None and bool(row["is_certified"])


async def is_verified(tx: Tx, id: int) -> bool:
    """Whether a user's profile has been validated: nobody's, as that is not served yet."""
    return False


async def mail_address(tx: Tx, id: int) -> str | None:
    """An address at which a user can be reached, whatever mail they wish for."""
    addresses = await store.aliases(tx, id, "USER_EMAIL")
    return addresses[0] if addresses else None


async def members_of(tx: Tx, group: int) -> list[int]:
    """The members of a group or team."""
    return await store.members(tx, group)


async def look_up(tx: Tx, name: str) -> int | None:
    """The user of a user name or e-mail address."""
    return await store.owner_of(tx, name, "USER_EMAIL" if "@" in name else "USER_NAME")


def _stored(profile: UserProfile) -> str:
    return msgspec.json.encode(profile).decode()


async def _index(tx: Tx, id: int, name: str, profile: UserProfile) -> None:
    first, last = profile.first_name or "", profile.last_name or ""
    await store.set_words(tx, id, [name, first, last, f"{first} {last}".strip()])


# ------------------------------------------------------------------ profiles


async def get_profile(tx: Tx, caller: Caller, id: int) -> UserProfile:
    """A profile; all of it for its owner and administrators."""
    row = await store.find(tx, id)
    if row is None or row["kind"] != "user" or row["profile"] is None:
        raise NotFound(f"There is no user with the id {id}.")
    return await _profile(tx, row, caller.id == id or caller.is_admin)


async def _profile(tx: Tx, row: Row, whole: bool) -> UserProfile:
    profile = msgspec.json.decode(row["profile"], type=UserProfile)
    profile.owner_id = str(row["id"])
    profile.etag = row["etag"]
    profile.user_name = row["name"]
    profile.created_on = iso(row["created_on"])
    profile.first_name = profile.first_name or ""
    profile.last_name = profile.last_name or ""
    if whole and row["id"] != ANONYMOUS:
        profile.emails = await store.aliases(tx, row["id"], "USER_EMAIL")
        profile.email = row["notification_email"] or None
        profile.two_factor_auth_enabled = row["two_factor_on"] is not None
        profile.open_ids = []
    else:
        for name in _PRIVATE:
            setattr(profile, name, None)
    return profile


async def get_profiles(tx: Tx, caller: Caller, ids: list[str]) -> UserProfiles:
    """Several profiles, in the order of the ids; unknown ones are left out."""
    if len(ids) > _MOST_ALIASES:
        raise BadRequest(f"At most {_MOST_ALIASES} ids at a time.")
    numbers = [parse_id(id, "user") for id in ids]
    rows = {row["id"]: row for row in await store.find_many(tx, numbers)}
    found = [rows[id] for id in numbers if id in rows and rows[id]["profile"] is not None]
    return UserProfiles(
        list_=[await _profile(tx, row, caller.is_admin or caller.id == row["id"]) for row in found]
    )


async def list_profiles(tx: Tx, caller: Caller, offset: int, limit: int) -> Results[UserProfile]:
    """All users by id."""
    offset, limit = check_page(offset, limit)
    rows = await store.list_kind(tx, True, offset, limit)
    results = [await _profile(tx, row, caller.is_admin or caller.id == row["id"]) for row in rows]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(rows))
    )


async def list_groups(tx: Tx, offset: int, limit: int) -> Results[UserGroup]:
    """All groups and teams by id."""
    offset, limit = check_page(offset, limit)
    rows = await store.list_kind(tx, False, offset, limit)
    results = [
        UserGroup(
            id=str(row["id"]),
            is_individual=False,
            creation_date=iso(row["created_on"]),
            etag=row["etag"],
        )
        for row in rows
    ]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(rows))
    )


async def picture(tx: Tx, id: int) -> int | None:
    """The file handle of a user's picture, which everybody may see."""
    row = await store.find(tx, id)
    if row is None or row["profile"] is None:
        raise NotFound(f"There is no user with the id {id}.")
    return cast("int | None", row["picture"])


async def shows(tx: Tx, handle: int) -> bool:
    """Whether a file handle is some user's picture."""
    return await store.with_picture(tx, handle) is not None


async def _choose_picture(tx: Tx, caller: Caller, row: Row, handle: str | None) -> None:
    number = handles.parse_id(handle) if handle else None
    if number == row["picture"]:
        return
    # Whoever may see the profile may see the picture, so it must be the caller's to show.
    if number is not None and (await handles.own(tx, caller, handle, keep=True))["blob"] is None:
        raise BadRequest("A picture must be a file that this server keeps.")
    await store.set_picture(tx, caller.id, number)


async def update_profile(tx: Tx, caller: Caller, profile: UserProfile) -> UserProfile:
    """Change one's own profile; a new user name must be free."""
    caller.require_sign_in()
    row = await store.find(tx, caller.id, lock=True)
    assert row is not None
    if profile.owner_id is not None and profile.owner_id != str(caller.id):
        raise Forbidden("You can change your own profile only.")
    if profile.etag != row["etag"]:
        raise StaleEtag(
            "Your profile was updated since you last fetched it, retrieve it again and re-apply"
            " the update"
        )
    name = profile.user_name or row["name"]
    if name != row["name"]:
        check_user_name(name)
        await store.remove_alias(tx, caller.id, "USER_NAME", row["name"])
        if not await store.add_alias(tx, caller.id, "USER_NAME", name):
            raise Conflict(f"The user name {name!r} is taken.")
        await store.set_name(tx, caller.id, name)
    _check_texts(profile)
    await _choose_picture(tx, caller, row, profile.profile_picure_file_handle_id)
    kept = msgspec.structs.replace(
        profile,
        owner_id=None,
        etag=None,
        user_name=None,
        created_on=None,
        email=None,
        emails=None,
        open_ids=None,
        two_factor_auth_enabled=None,
    )
    await store.set_profile(tx, caller.id, _stored(kept), new_etag())
    await _index(tx, caller.id, name, kept)
    return await get_profile(tx, caller, caller.id)


async def set_notification_settings(tx: Tx, id: int, settings: NotificationSettings) -> None:
    """Change what a user wants of mail; what is not said stays as it is."""
    row = await store.find(tx, id, lock=True)
    if row is None or row["profile"] is None:
        raise NotFound(f"There is no user with the id {id}.")
    profile = msgspec.json.decode(row["profile"], type=UserProfile)
    kept = profile.notification_settings or NotificationSettings()
    for name in settings.__struct_fields__:
        if (value := getattr(settings, name)) is not None:
            setattr(kept, name, value)
    profile.notification_settings = kept
    await store.set_profile(tx, id, _stored(profile), new_etag())


# ------------------------------------------------------------------ headers


def header(row: Row) -> UserGroupHeader:
    """The short form of a principal."""
    profile = msgspec.json.decode(row["profile"], type=UserProfile) if row["profile"] else None
    return UserGroupHeader(
        owner_id=str(row["id"]),
        user_name=row["name"],
        first_name=profile.first_name if profile else None,
        last_name=profile.last_name if profile else None,
        is_individual=row["kind"] == "user",
    )


async def get_headers(tx: Tx, ids: list[str]) -> UserGroupHeaderPage:
    """The headers of known ids, in their order."""
    if len(ids) > _MOST_ALIASES:
        raise BadRequest(f"At most {_MOST_ALIASES} ids at a time.")
    numbers = [parse_id(id.strip()) for id in ids if id.strip()]
    rows = {row["id"]: row for row in await store.find_many(tx, numbers)}
    found = [header(rows[id]) for id in numbers if id in rows]
    return UserGroupHeaderPage(children=found, prefix_filter="", total_number_of_results=len(found))


async def find_headers(
    tx: Tx, prefix: str, type_filter: str | None, offset: int, limit: int
) -> UserGroupHeaderPage:
    """Users and teams by the start of their names."""
    offset, limit = check_page(offset, limit, 100)
    kinds = {"USERS_ONLY": ("user",), "TEAMS_ONLY": ("team",)}.get(
        type_filter or "ALL", ("user", "team", "group")
    )
    rows = await store.search(tx, prefix, kinds, offset, limit)
    return UserGroupHeaderPage(
        children=[header(row) for row in rows],
        prefix_filter=prefix,
        total_number_of_results=estimate_total(offset, limit, len(rows)),
    )


async def get_headers_by_alias(tx: Tx, aliases: list[str]) -> UserGroupHeaders:
    """The headers of user and team names; e-mail addresses find nobody."""
    if len(aliases) > _MOST_ALIASES:
        raise BadRequest(f"At most {_MOST_ALIASES} aliases at a time.")
    found = []
    for alias in aliases:
        id = await store.owner_of(tx, alias)
        row = None if id is None or "@" in alias else await store.find(tx, id)
        if row is not None:
            found.append(header(row))
    return UserGroupHeaders(list_=found)


async def look_up_principal(tx: Tx, request: AliasRequest) -> PrincipalId:
    """Whose user or team name it is."""
    if not request.alias or request.type not in ("USER_NAME", "TEAM_NAME"):
        raise BadRequest("Give an alias and its type: USER_NAME or TEAM_NAME.")
    id = await store.owner_of(tx, request.alias, request.type)
    if id is None:
        raise NotFound(f"Did not find a principal with alias: {request.alias}")
    return PrincipalId(principal_id=id)


async def check_alias(tx: Tx, request: AliasRequest) -> AliasCheck:
    """Whether an alias is well formed, and free."""
    if not request.alias or request.type is None:
        raise BadRequest("Give an alias and its type.")
    pattern = _PATTERNS.get(request.type)
    valid = pattern is not None and pattern.match(request.alias) is not None
    free = valid and await store.owner_of(tx, request.alias) is None
    return AliasCheck(available=free, valid=valid)


async def get_bundle(tx: Tx, caller: Caller, id: int, mask: int) -> UserBundle:
    """The facts that the mask names."""
    row = await store.find(tx, id)
    if row is None or row["profile"] is None:
        raise NotFound(f"There is no user with the id {id}.")
    bundle = UserBundle(user_id=str(id))
    if mask & 0x1:
        bundle.user_profile = await get_profile(tx, caller, id)
    if mask & 0x2:
        found = await store.aliases(tx, id, "USER_ORCID")
        bundle.orcid = found[0] if found else None
    if mask & 0x8:
        bundle.is_certified = bool(row["is_certified"])
    if mask & 0x10:
        bundle.is_verified = await is_verified(tx, id)
    if mask & 0x20:
        bundle.is_act_member = await store.is_member(tx, ACT, id)
    if mask & 0x40:
        bundle.is_ar_reviewer = False
    return bundle


# ------------------------------------------------------------------ e-mail


async def get_notification_email(tx: Tx, caller: Caller) -> NotificationEmail:
    """Where the caller's messages go."""
    caller.require_sign_in()
    row = await store.find(tx, caller.id)
    if row is None or not row["notification_email"]:
        raise NotFound("You have no e-mail address yet; add one first.")
    return NotificationEmail(email=row["notification_email"])


async def set_notification_email(tx: Tx, caller: Caller, email: str | None) -> None:
    """Choose one of one's addresses."""
    caller.require_sign_in()
    if email is None or email not in await store.aliases(tx, caller.id, "USER_EMAIL"):
        raise NotFound(f"{email!r} is not one of your e-mail addresses.")
    await store.set_notification_email(tx, caller.id, email)


async def remove_email(tx: Tx, caller: Caller, email: str) -> None:
    """Give up an address that is not the one for messages."""
    caller.require_sign_in()
    row = await store.find(tx, caller.id)
    if row is not None and (row["notification_email"] or "").lower() == email.lower():
        raise BadRequest("Your messages go there; choose another address for them first.")
    if not await store.remove_alias(tx, caller.id, "USER_EMAIL", email):
        raise NotFound(f"{email!r} is not one of your e-mail addresses.")


async def add_email(tx: Tx, id: int, email: str, *, notify: bool) -> None:
    """Give a user an address that is known to be theirs."""
    if not EMAIL.match(email):
        raise BadRequest(f"{email!r} is not an e-mail address.")
    if not await store.add_alias(tx, id, "USER_EMAIL", email):
        raise Conflict(f"The e-mail address {email!r} belongs to another account.")
    row = await store.find(tx, id)
    if notify or (row is not None and not row["notification_email"]):
        await store.set_notification_email(tx, id, email)


# ------------------------------------------------------------------ certification


async def certify(tx: Tx, id: int, certified: bool) -> None:
    """Make a user a certified one, or not any more.

    NOTE: whether the caller may has been checked.
    """
    await require_user(tx, id)
    await store.set_certified(tx, id, certified)
    change = store.add_member if certified else store.remove_member
    await change(tx, CERTIFIED_USERS, id)
