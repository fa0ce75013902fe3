"""The decision table, and the rules of ACLs.

``require`` is the one gate: every read and write of an entity passes it, or is filtered by
``store.readable``. The order of its steps is the order in which callers get their answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from synapse_server.access import bits, requirements, store
from synapse_server.access.bits import (
    CHANGE_PERMISSIONS,
    CHANGE_SETTINGS,
    CREATE,
    DELETE,
    DOWNLOAD,
    MODERATE,
    READ,
    UPDATE,
)
from synapse_server.kernel.caller import ANONYMOUS, AUTHENTICATED_USERS, PUBLIC, Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_server.users import store as principals
from synapse_wire import access as wire
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound, StaleEtag

ENTITY = store.ENTITY


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site demands of everybody; off on one's own server unless set."""

    require_certification: bool = False


class Subject(msgspec.Struct, frozen=True):  # made several times a request: quicker than others
    """What the table needs to know of an entity."""

    id: int
    type: str
    benefactor_id: int
    created_by: int
    is_open: bool
    in_trash: bool
    restricted_by: int
    """The nearest of it and what is above it that an access requirement is on; 0 for none."""

    @classmethod
    def of(cls, row: Row) -> Subject:
        """From a row of the entity table."""
        return cls(
            row["id"],
            row["type"],
            row["benefactor_id"],
            row["created_by"],
            bool(row["is_open"]),
            row["trash_root"] is not None,
            row["restricted_by"],
        )


def allowed(
    caller: Caller, subject: Subject, granted: int, policy: Policy, new_type: str = ""
) -> int:
    """All kinds of access that the caller has, access requirements apart: the table.

    Args:
        caller: Who asks.
        subject: The entity; it exists and is not in the trash can.
        granted: The bits that its benefactor's ACL gives the caller.
        policy: What the site demands.
        new_type: For CREATE, the type of the child.
    """
    if caller.is_admin:
        return bits.ALL
    if subject.is_open and granted & READ:
        granted |= DOWNLOAD
    if caller.is_anonymous:
        return granted & (READ | DOWNLOAD if subject.is_open else READ)
    if _must_certify(caller, policy):
        granted &= ~CHANGE_SETTINGS
        if subject.type != "project":
            granted &= ~UPDATE
        if new_type != "project":
            granted &= ~CREATE
    elif subject.created_by == caller.id:
        granted |= CHANGE_SETTINGS
    return granted


def _must_certify(caller: Caller, policy: Policy) -> bool:
    return policy.require_certification and not caller.is_certified


def _refusal(
    bit: int, caller: Caller, subject: Subject, policy: Policy, new_type: str
) -> Forbidden:
    """What the caller is told who lacks this kind of access."""
    if caller.is_anonymous and bit != READ:
        return Forbidden("Anonymous users have only READ access permission.")
    touched = {CREATE: new_type, UPDATE: subject.type, CHANGE_SETTINGS: ""}.get(bit, "project")
    if touched != "project" and _must_certify(caller, policy):
        return Forbidden(
            "Only certified users may create or update content in Synapse.",
            "USER_CERTIFICATION_REQUIRED",
        )
    return Forbidden(f"You lack {bits.name(bit)} access to the requested entity.")


async def require(
    tx: Tx,
    caller: Caller,
    subject: Subject,
    bit: int,
    policy: Policy,
    new_type: str = "",
) -> None:
    """Pass, or raise what the caller is to be told.

    Raises:
        NotFound: It lies in the trash can.
        Forbidden: The table says no.
    """
    if subject.in_trash:
        raise NotFound(f"Entity syn{subject.id} is in trash can.")
    may = await table(tx, caller, subject, policy, new_type)
    if bit == DOWNLOAD and (hindrance := await _hindrance(tx, caller, subject, may)) is not None:
        raise Forbidden(hindrance)
    if not may & bit:
        raise _refusal(bit, caller, subject, policy, new_type)


async def allows(tx: Tx, caller: Caller, subject: Subject, bit: int, policy: Policy) -> bool:
    """The same as a question."""
    if subject.in_trash:
        return False
    may = await table(tx, caller, subject, policy)
    if not may & bit:
        return False
    return bit != DOWNLOAD or await _hindrance(tx, caller, subject, may) is None


async def _hindrance(tx: Tx, caller: Caller, subject: Subject, may: int) -> str | None:
    """What access requirements have against a download."""
    if not subject.restricted_by or caller.is_admin:
        return None
    return await requirements.hindrance(
        tx, caller, subject.restricted_by, contributes=contributes(may)
    )


def contributes(may: int) -> bool:
    """Whether who has these kinds of access counts as a contributor of the data."""
    return may & UPDATE != 0 and may & DELETE != 0


async def table(
    tx: Tx, caller: Caller, subject: Subject, policy: Policy, new_type: str = ""
) -> int:
    """All kinds of access that the caller has, access requirements apart."""
    if caller.is_admin:
        return bits.ALL
    granted, _ = await store.granted_and_public(tx, caller, ENTITY, subject.benefactor_id)
    return allowed(caller, subject, granted, policy, new_type)


async def permissions(
    tx: Tx, caller: Caller, subject: Subject, policy: Policy, *, inherits: bool
) -> wire.UserEntityPermissions:
    """Everything that the caller may do."""
    granted, public = await store.granted_and_public(tx, caller, ENTITY, subject.benefactor_id)
    may = allowed(caller, subject, granted, policy, "folder")
    # What the ACL alone gives, whatever the site demands of everybody.
    given = -1 if caller.is_admin else 0 if caller.is_anonymous else granted
    downloads = may & DOWNLOAD != 0
    if downloads and subject.restricted_by:
        downloads = await _hindrance(tx, caller, subject, may) is None
    can_enable = given & CHANGE_PERMISSIONS != 0 and subject.type != "project" and not inherits
    said = _said(
        may,
        given,
        public,
        subject.created_by,
        caller.is_anonymous,
        caller.is_certified,
        subject.is_open,
        downloads,
        can_enable,
    )
    return msgspec.structs.replace(said)  # the caller's own, to change


@lru_cache(1024)  # a struct of so many fields takes longer to make than all that decides them
def _said(
    may: int,
    given: int,
    public: int,
    created_by: int,
    is_anonymous: bool,
    is_certified: bool,
    is_open: bool,
    downloads: bool,
    can_enable: bool,
) -> wire.UserEntityPermissions:
    return wire.UserEntityPermissions(
        can_view=may & READ != 0,
        can_edit=may & UPDATE != 0,
        can_move=may & UPDATE != 0 and may & CHANGE_PERMISSIONS != 0,
        can_add_child=may & CREATE != 0,
        can_certified_user_edit=given & UPDATE != 0,
        can_certified_user_add_child=given & CREATE != 0,
        is_certified_user=is_certified,
        can_change_permissions=may & CHANGE_PERMISSIONS != 0,
        can_change_settings=may & CHANGE_SETTINGS != 0,
        can_delete=may & DELETE != 0,
        can_download=downloads,
        can_upload=not is_anonymous,
        can_enable_inheritance=can_enable,
        owner_principal_id=created_by,
        can_public_read=public & READ != 0,
        can_moderate=may & MODERATE != 0,
        is_certification_required=True,
        is_entity_open_data=is_open,
        is_data_contributor=contributes(may),
    )


# ------------------------------------------------------------------ ACLs


async def read_acl(tx: Tx, owner: int) -> wire.AccessControlList | None:
    """An entity's own ACL."""
    return await read_acl_of(tx, ENTITY, owner, f"syn{owner}")


async def read_acl_of(tx: Tx, kind: str, owner: int, id: str) -> wire.AccessControlList | None:
    """The ACL of an object of any kind; ``id`` is the object's on the wire."""
    found = await store.get(tx, kind, owner)
    if found is None:
        return None
    acl, entries = found
    return wire.AccessControlList(
        id=id,
        creation_date=iso(acl["created_on"]),
        etag=acl["etag"],
        resource_access=[
            wire.ResourceAccess(
                principal_id=entry["principal_id"], access_type=bits.unpack(entry["access"])
            )
            for entry in entries
        ],
    )


async def sharers(tx: Tx, benefactor: int) -> list[int]:
    """The users, teams and groups who may change an entity's ACL."""
    found = await store.get(tx, ENTITY, benefactor)
    entries = () if found is None else found[1]
    return [entry["principal_id"] for entry in entries if entry["access"] & CHANGE_PERMISSIONS]


async def write_owner_acl(tx: Tx, owner: int, creator: int) -> None:
    """Give the creator of a project everything."""
    await store.put(tx, ENTITY, owner, new_etag(), {creator: bits.OWNER})


async def write_acl(
    tx: Tx, caller: Caller, subject: Subject, acl: wire.AccessControlList, policy: Policy
) -> None:
    """Create or replace an entity's own ACL, after all checks.

    NOTE: the caller has passed ``require(CHANGE_PERMISSIONS)``, and a replaced ACL's etag was
    checked.
    """
    await write_acl_of(tx, caller, ENTITY, subject.id, subject.created_by, acl, policy)


async def write_acl_of(
    tx: Tx,
    caller: Caller,
    kind: str,
    owner: int,
    created_by: int,
    acl: wire.AccessControlList,
    policy: Policy,
) -> None:
    """The same of anything that can have an ACL; ``owner`` is what the ACL protects."""
    entries = await check_entries(tx, caller, acl, policy)
    keeps = entries.get(caller.id, 0) & CHANGE_PERMISSIONS
    if not keeps and not caller.is_admin and caller.id != created_by:
        keeps = await _keeps_by_group(tx, caller, entries)
        if not keeps:
            raise BadRequest(
                "Caller is trying to revoke their own ACL editing permission. Leave yourself"
                " CHANGE_PERMISSIONS."
            )
    await store.put(tx, kind, owner, new_etag(), entries)


async def _keeps_by_group(tx: Tx, caller: Caller, entries: dict[int, int]) -> int:
    for principal, granted in entries.items():
        if granted & CHANGE_PERMISSIONS and (
            principal == AUTHENTICATED_USERS or await principals.is_member(tx, principal, caller.id)
        ):
            return CHANGE_PERMISSIONS
    return 0


async def check_entries(
    tx: Tx, caller: Caller, acl: wire.AccessControlList, policy: Policy
) -> dict[int, int]:
    """What each principal of an ACL may do; refuses what no ACL may say."""
    entries: dict[int, int] = {}
    if acl.resource_access is None:
        raise BadRequest("The ACL has no resourceAccess list.")
    for item in acl.resource_access:
        if item.principal_id is None:
            raise BadRequest("An entry of the ACL has no principalId.")
        if not item.access_type:
            raise BadRequest(f"The ACL's entry for {item.principal_id} has an empty accessType.")
        if item.principal_id in entries:
            raise BadRequest(f"The ACL has two entries for {item.principal_id}.")
        granted = bits.pack(item.access_type)
        if item.principal_id == ANONYMOUS:
            raise BadRequest(
                f"The anonymous user cannot be in an ACL. Name everybody with {PUBLIC}."
            )
        if item.principal_id == PUBLIC and granted != READ:
            raise BadRequest("Public (not signed in) users may have READ access only.")
        if (
            item.principal_id == AUTHENTICATED_USERS
            and granted & DOWNLOAD
            and policy.require_certification
            and not caller.is_certified
            and not caller.is_admin
        ):
            raise Forbidden(
                "Only certified users can allow authenticated users to download.",
                "USER_CERTIFICATION_REQUIRED",
            )
        entries[item.principal_id] = granted
    known = {row["id"] for row in await principals.find_many(tx, list(entries))}
    for principal in entries:
        if principal not in known:
            raise BadRequest(f"There is no user, team or group with the id {principal}.")
    return entries


def check_acl_etag(found: wire.AccessControlList, given: wire.AccessControlList) -> None:
    """Refuse to replace what the caller has not seen."""
    if given.etag != found.etag:
        raise StaleEtag(
            f"The ACL of {found.id} was updated since you last fetched it, retrieve it again and"
            " re-apply the update"
        )
