"""The rules of access requirements: who makes them, on what, and who is told what of them.

What they make of a download is decided in ``access.requirements``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from synapse_server.access import bits
from synapse_server.access import requirements as decisions
from synapse_server.access import service as access
from synapse_server.access import store as acls
from synapse_server.access.service import Policy
from synapse_server.auth.notices import Post
from synapse_server.entities import ids, sharing
from synapse_server.entities import service as entities
from synapse_server.files import handles
from synapse_server.governance import letters, store
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import ANONYMOUS, AUTHENTICATED_USERS, PUBLIC, Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, next_token, read_token
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire import access as access_wire
from synapse_wire import governance as wire
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    NotImplementedYet,
    StaleEtag,
)
from synapse_wire.governance import AccessRequirement

_PACKAGE = "org.sagebionetworks.repo.model."
_decode: msgspec.json.Decoder[AccessRequirement] = msgspec.json.Decoder(AccessRequirement)
_MOST_NAME = 50
_MOST_TEXT = 100_000
_MOST_SUBJECTS = 1_000
_GRANTS = bits.REVIEW_SUBMISSIONS | bits.EXEMPTION_ELIGIBLE

Subjects = list[tuple[str, int]]


# ------------------------------------------------------------------ rows into structs


def parse_id(text: str | None) -> int:
    """The number of an access requirement."""
    return numbers.parse_id(text, "access requirement")


def type_of(requirement: AccessRequirement) -> str:
    """The name by which a kind of requirement is kept."""
    return type(requirement).__name__


def _subject(kind: str, id: int) -> wire.RestrictableObjectDescriptor:
    if kind == acls.ENTITY:
        return wire.RestrictableObjectDescriptor(id=ids.wire(id), type="ENTITY")
    return wire.RestrictableObjectDescriptor(id=str(id), type="TEAM")


async def _to_requirements(tx: Tx, rows: Sequence[Row]) -> list[AccessRequirement]:
    on = defaultdict(list)
    for each in await store.subjects(tx, [row["id"] for row in rows]):
        on[each["requirement_id"]].append(_subject(each["kind"], each["subject_id"]))
    found = []
    for row in rows:
        requirement = _decode.decode(row["body"])
        requirement.id = row["id"]
        requirement.version_number = row["version"]
        requirement.name = row["name"]
        requirement.etag = row["etag"]
        requirement.created_by = str(row["created_by"])
        requirement.created_on = iso(row["created_on"])
        requirement.modified_by = str(row["modified_by"])
        requirement.modified_on = iso(row["modified_on"])
        requirement.access_type = row["access"]
        requirement.subjects_defined_by_annotations = False
        requirement.subject_ids = on[row["id"]]
        found.append(requirement)
    return found


def _body(requirement: AccessRequirement) -> str:
    kept = msgspec.structs.replace(
        requirement,
        id=None,
        version_number=None,
        name=None,
        etag=None,
        created_by=None,
        created_on=None,
        modified_by=None,
        modified_on=None,
        access_type=None,
        subjects_defined_by_annotations=None,
        subject_ids=None,
    )
    return msgspec.json.encode(kept).decode()


async def load(tx: Tx, id: int, *, lock: bool = False) -> Row:
    """The row of a requirement.

    Raises:
        NotFound: There is none.
    """
    row = await store.requirement(tx, id, lock=lock)
    if row is None:
        raise NotFound(f"An access requirement with the id {id} cannot be found.")
    return row


async def to_requirement(tx: Tx, row: Row) -> AccessRequirement:
    """The struct of a row."""
    return (await _to_requirements(tx, [row]))[0]


async def get(tx: Tx, id: int) -> AccessRequirement:
    """A requirement; they are public."""
    return await to_requirement(tx, await load(tx, id))


# ------------------------------------------------------------------ checks


async def require_act(tx: Tx, caller: Caller) -> None:
    """Refuse who does not speak for the compliance team."""
    caller.require_sign_in()
    if not await users.is_act(tx, caller):
        raise Forbidden(
            "Only members of the Synapse Access and Compliance Team may do this. An operator makes"
            " one with: synapse-server user act NAME"
        )


def _check_texts(requirement: AccessRequirement) -> str:
    """Refuse texts that are too long; the name."""
    # ``description`` is what the name was called once.
    name = (requirement.name or requirement.description or "").strip()
    if not name or len(name) > _MOST_NAME:
        raise BadRequest(f"The name of an access requirement has 1 to {_MOST_NAME} characters.")
    for text in (requirement.name, requirement.description):
        if len(text or "") > _MOST_NAME:
            raise BadRequest(f"name and description have at most {_MOST_NAME} characters.")
    for field in ("terms_of_use", "act_contact_info", "jira_key"):
        if len(getattr(requirement, field, None) or "") > _MOST_TEXT:
            raise BadRequest(f"A text of a requirement has at most {_MOST_TEXT} characters.")
    return name


def _complete(requirement: AccessRequirement) -> None:
    """Say what a requirement leaves open."""
    for field in requirement.__struct_fields__:
        if field.startswith(("is_", "are_", "open_")) and getattr(requirement, field) is None:
            setattr(requirement, field, False)
    if isinstance(requirement, wire.ManagedACTAccessRequirement):
        requirement.expiration_period = requirement.expiration_period or 0
        if not 0 <= requirement.expiration_period < 2**53:
            raise BadRequest("expirationPeriod is a number of milliseconds; 0 for no expiry.")


async def _check_subjects(
    tx: Tx, requirement: AccessRequirement, present: Sequence[tuple[str, int]] = ()
) -> Subjects:
    """What a requirement is to be on: entities that are there, or teams.

    NOTE: what it is on already may have gone meanwhile and may stay.
    """
    if requirement.subjects_defined_by_annotations:
        raise NotImplementedYet(
            "Requirements that annotations bind to entities are not served here yet: name the"
            " entities in subjectIds."
        )
    if requirement.subject_ids is None:
        raise BadRequest("subjectIds is missing: the entities or teams that are restricted.")
    if len(requirement.subject_ids) > _MOST_SUBJECTS:
        raise BadRequest(f"A requirement can be on at most {_MOST_SUBJECTS} things.")
    if requirement.access_type not in ("DOWNLOAD", "PARTICIPATE"):
        raise BadRequest("accessType must be DOWNLOAD, for entities, or PARTICIPATE, for teams.")
    wanted = "ENTITY" if requirement.access_type == "DOWNLOAD" else "TEAM"
    found: dict[tuple[str, int], None] = {}
    for each in requirement.subject_ids:
        if each.type != wanted or not each.id:
            raise BadRequest(
                f"A requirement for {requirement.access_type} is on things of the type {wanted},"
                f" each with its id; not on {each.type} {each.id}."
            )
        if wanted == "ENTITY":
            found[acls.ENTITY, ids.parse(each.id)] = None
        else:
            found[acls.TEAM, users.parse_id(each.id, "team")] = None
    for kind, id in found:
        if (kind, id) not in present:
            await _check_subject(tx, kind, id)
    return list(found)


async def _check_subject(tx: Tx, kind: str, id: int) -> None:
    if kind == acls.ENTITY:
        await entities.require_restrictable(tx, id)
        return
    row = await principals.find(tx, id)
    if row is None or row["kind"] != "team":
        raise NotFound(f"There is no team with the id {id}.")


async def _keep_template(
    tx: Tx, caller: Caller, id: int, requirement: AccessRequirement, old: AccessRequirement | None
) -> None:
    """Whoever asks for access may have the template, so it must be the caller's to give."""
    new = getattr(requirement, "duc_template_file_handle_id", None)
    if new and new != getattr(old, "duc_template_file_handle_id", None):
        handle = await handles.require_own(tx, caller, new)
        await store.hold_file(tx, store.REQUIREMENT_FILE, id, handle)


# ------------------------------------------------------------------ create, update, delete


async def create(tx: Tx, caller: Caller, requirement: AccessRequirement) -> AccessRequirement:
    """Put a requirement on entities or teams."""
    await require_act(tx, caller)
    return await _create(tx, caller, requirement)


async def _create(tx: Tx, caller: Caller, requirement: AccessRequirement) -> AccessRequirement:
    name = _check_texts(requirement)
    _complete(requirement)
    await _hold(tx, requirement.subject_ids or ())
    subjects = await _check_subjects(tx, requirement)
    id = await store.next_requirement(tx)
    await _keep_template(tx, caller, id, requirement, None)
    added = await store.add_requirement(
        tx,
        id,
        name,
        type_of(requirement),
        requirement.access_type or "",
        bool(getattr(requirement, "is_two_fa_required", False)),
        caller.id,
        _body(requirement),
    )
    if not added:
        raise _name_taken(name)
    await store.set_subjects(tx, id, subjects)
    await entities.restrict(tx, _entities(subjects))
    return await get(tx, id)


def _name_taken(name: str) -> Conflict:
    return Conflict(f"An access requirement with the name {name!r} exists already.")


def _entities(subjects: Iterable[tuple[str, int]]) -> list[int]:
    return [id for kind, id in subjects if kind == acls.ENTITY]


async def _hold(
    tx: Tx, new: Iterable[wire.RestrictableObjectDescriptor], old: Sequence[int] = ()
) -> None:
    named = [ids.parse(each.id) for each in new if each.type == "ENTITY" and each.id]
    await entities.hold_trees(tx, [*named, *old])


async def _on(tx: Tx, id: int) -> Subjects:
    return [(row["kind"], row["subject_id"]) for row in await store.subjects(tx, [id])]


async def update(
    tx: Tx, caller: Caller, id: int, requirement: AccessRequirement
) -> AccessRequirement:
    """Change a requirement. Approvals stay: who has agreed to the old version has agreed."""
    await require_act(tx, caller)
    if requirement.id is not None and requirement.id != id:
        raise BadRequest(f"The body is of the requirement {requirement.id}, the path of {id}.")
    name = _check_texts(requirement)
    _complete(requirement)
    await load(tx, id)
    await _hold(tx, requirement.subject_ids or (), _entities(await _on(tx, id)))
    row = await load(tx, id, lock=True)
    if type_of(requirement) != row["type"]:
        raise BadRequest(f"The requirement {id} is a {row['type']}; it cannot change its type.")
    _check_etag(row, requirement.etag)
    before = await _on(tx, id)
    subjects = await _check_subjects(tx, requirement, before)
    await _keep_template(tx, caller, id, requirement, await to_requirement(tx, row))
    owner = await store.named(tx, name)
    if owner is not None and owner != id:
        raise _name_taken(name)
    await _replace(tx, caller, row, name, requirement)
    await store.set_subjects(tx, id, subjects)
    await entities.restrict(tx, set(_entities(subjects)) - set(_entities(before)))
    await _let_go(tx, set(_entities(before)) - set(_entities(subjects)))
    return await get(tx, id)


async def _replace(
    tx: Tx, caller: Caller, row: Row, name: str, requirement: AccessRequirement
) -> None:
    await store.set_requirement(
        tx,
        row["id"],
        row["version"] + 1,
        name,
        type_of(requirement),
        requirement.access_type or row["access"],
        bool(getattr(requirement, "is_two_fa_required", False)),
        caller.id,
        _body(requirement),
    )


def _check_etag(row: Row, etag: str | None) -> None:
    if etag != row["etag"]:
        raise StaleEtag(
            f"The access requirement {row['id']} was updated since you last fetched it, retrieve"
            " it again and re-apply the update"
        )


async def _let_go(tx: Tx, left: Iterable[int]) -> None:
    """NOTE: the caller holds their trees alone."""
    free = [id for id in sorted(left) if not await store.is_restricted(tx, acls.ENTITY, id)]
    await entities.unrestrict(tx, free)


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Delete a requirement, all approvals and all requests."""
    await require_act(tx, caller)
    await load(tx, id)
    await _hold(tx, (), _entities(await _on(tx, id)))
    await load(tx, id, lock=True)
    on = _entities(await _on(tx, id))
    await acls.delete(tx, acls.REQUIREMENT, id)
    await store.delete_requirement(tx, id)
    await _let_go(tx, on)


async def convert(
    tx: Tx, caller: Caller, request: wire.AccessRequirementConversionRequest
) -> AccessRequirement:
    """Let an ACTAccessRequirement be managed. Who was approved stays so."""
    await require_act(tx, caller)
    id = parse_id(request.access_requirement_id)
    row = await load(tx, id, lock=True)
    old = await to_requirement(tx, row)
    if not isinstance(old, wire.ACTAccessRequirement):
        raise BadRequest(f"Only an ACTAccessRequirement can be converted, not a {row['type']}.")
    _check_etag(row, request.etag)
    if request.current_version not in (None, row["version"]):
        raise StaleEtag(f"The requirement {id} is at version {row['version']} now.")
    managed = wire.ManagedACTAccessRequirement(
        description=old.description,
        act_contact_info=old.act_contact_info,
        open_jira_issue=old.open_jira_issue,
        access_type=old.access_type,
    )
    _complete(managed)
    await _replace(tx, caller, row, row["name"], managed)
    return await get(tx, id)


async def lock(tx: Tx, caller: Caller, id: int, policy: Policy, post: Post) -> AccessRequirement:
    """Lock an entity until the compliance team has looked at it, and write to the team."""
    await entities.hold_trees(tx, [id])
    row = await entities.load(tx, caller, id, bits.CREATE, policy, lock=True)
    await entities.load(tx, caller, id, bits.UPDATE, policy)
    await entities.require_restrictable(tx, id)
    if row["restricted_by"]:
        raise BadRequest(f"Entity {ids.wire(id)} is already restricted.")
    made = await _create(
        tx,
        caller,
        wire.LockAccessRequirement(
            name=f"Lock of {ids.wire(id)}, {new_etag()[:8]}",
            access_type="DOWNLOAD",
            subject_ids=[wire.RestrictableObjectDescriptor(id=ids.wire(id), type="ENTITY")],
        ),
    )
    await letters.to_compliance_team(
        tx,
        post,
        f"{ids.wire(id)} is locked",
        f"The user {caller.id} asks for conditions on the use of {ids.wire(id)}. Until the access"
        f" requirement {made.id}, a lock, is deleted or others take its place, nobody can"
        " download from there.",
    )
    return made


# ------------------------------------------------------------------ listings


async def _page(
    tx: Tx, found: Sequence[int], offset: int, limit: int
) -> Results[AccessRequirement]:
    page = found[offset : offset + limit]
    rows = await store.requirements(tx, page)
    results = await _to_requirements(tx, [rows[id] for id in page])
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(page))
    )


async def list_of_entity(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int, policy: Policy
) -> Results[AccessRequirement]:
    """The requirements that hold for an entity."""
    offset, limit = check_page(offset, limit, wire.MOST_AT_ONCE)
    row = await entities.load(tx, caller, id, bits.READ, policy)
    found = await decisions.above(tx, caller, row["restricted_by"])
    return await _page(tx, [each.id for each in found], offset, limit)


async def list_of_team(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int
) -> Results[AccessRequirement]:
    """The requirements that hold for a team."""
    offset, limit = check_page(offset, limit, wire.MOST_AT_ONCE)
    await _check_subject(tx, acls.TEAM, id)
    found = await decisions.on_team(tx, caller, id)
    return await _page(tx, [each.id for each in found], offset, limit)


async def above(
    tx: Tx, caller: Caller, id: int, policy: Policy
) -> tuple[list[AccessRequirement], list[AccessRequirement]]:
    """The requirements that hold for an entity, and those of them that the caller does not meet."""
    row = await entities.load(tx, caller, id, bits.READ, policy)
    standings = await decisions.above(tx, caller, row["restricted_by"])
    may = await access.table(tx, caller, access.Subject.of(row), policy)
    rows = await store.requirements(tx, [each.id for each in standings])
    every = await _to_requirements(tx, [rows[each.id] for each in standings])
    met = {each.id for each in standings if each.is_met(access.contributes(may))}
    return every, [each for each in every if each.id not in met]


async def subjects(tx: Tx, id: int, token: str | None) -> wire.RestrictableObjectDescriptorResponse:
    """A page of what a requirement is on."""
    await load(tx, id)
    limit, offset = read_token(token)
    rows = await store.subject_page(tx, id, offset, limit + 1)
    return wire.RestrictableObjectDescriptorResponse(
        subjects=[_subject(row["kind"], row["subject_id"]) for row in rows[:limit]],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def search(
    tx: Tx, request: wire.AccessRequirementSearchRequest
) -> wire.AccessRequirementSearchResponse:
    """Requirements of which all that is given holds."""
    limit, offset = read_token(request.next_page_token)
    if len(request.ids or ()) > wire.MOST_AT_ONCE:
        raise BadRequest(f"At most {wire.MOST_AT_ONCE} ids at a time.")
    if request.ids is not None and not request.ids:
        return wire.AccessRequirementSearchResponse(results=[])
    order = [(each.field, each.direction or "ASC") for each in request.sort or () if each.field]
    rows = await store.search_requirements(
        tx,
        name=request.name_contains,
        ids=request.ids,
        project=ids.parse(request.related_project_id) if request.related_project_id else None,
        reviewer=users.parse_id(request.reviewer_id) if request.reviewer_id else None,
        access=request.access_type,
        type=None if request.type is None else request.type.removeprefix(_PACKAGE),
        order=list(dict(order).items()) or [("CREATED_ON", "ASC")],
        offset=offset,
        limit=limit + 1,
    )
    page = rows[:limit]
    numbers = [row["id"] for row in page]
    projects, reviewers = defaultdict(list), await reviewers_of(tx, numbers)
    for each in await store.projects(tx, numbers):
        projects[each["requirement_id"]].append(ids.wire(each["id"]))
    return wire.AccessRequirementSearchResponse(
        results=[
            wire.AccessRequirementSearchResult(
                id=str(row["id"]),
                type=_PACKAGE + row["type"],
                created_on=iso(row["created_on"]),
                modified_on=iso(row["modified_on"]),
                name=row["name"],
                version=str(row["version"]),
                related_project_ids=projects[row["id"]],
                reviewer_ids=reviewers[row["id"]],
            )
            for row in page
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def reviewers_of(tx: Tx, requirements: Sequence[int]) -> dict[int, list[str]]:
    """Who may review submissions to each, the compliance team apart."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in await store.reviewers(tx, requirements):
        found[row["owner_id"]].append(str(row["principal_id"]))
    return found


# ------------------------------------------------------------------ restriction information


async def restrictions(
    tx: Tx,
    caller: Caller,
    kind: access_wire.RestrictableObjectType | None,
    id: str | None,
    policy: Policy,
) -> access_wire.RestrictionInformation:
    """How an entity or a team is restricted, and what of it the caller meets."""
    if kind in (None, "ENTITY"):
        return await sharing.restrictions_of(tx, caller, ids.parse(id), policy)
    if kind != "TEAM":
        raise BadRequest(f"There are access requirements on entities and teams, not on {kind}.")
    team = users.parse_id(id or "", "team")
    await _check_subject(tx, acls.TEAM, team)
    standings = await decisions.on_team(tx, caller, team)
    return decisions.information(team, standings, contributes=False)


async def batch(
    tx: Tx,
    caller: Caller,
    request: access_wire.RestrictionInformationBatchRequest,
    policy: Policy,
) -> access_wire.RestrictionInformationBatchResponse:
    """The same of several."""
    asked = request.object_ids or []
    if not 1 <= len(asked) <= wire.MOST_AT_ONCE:
        raise BadRequest(f"objectIds names 1 to {wire.MOST_AT_ONCE} objects, not {len(asked)}.")
    kind = request.restrictable_object_type
    return access_wire.RestrictionInformationBatchResponse(
        restriction_information=[await restrictions(tx, caller, kind, id, policy) for id in asked]
    )


# ------------------------------------------------------------------ ACLs: reviewers, the exempt


async def may_review(tx: Tx, caller: Caller, id: int) -> bool:
    """Whether the caller reviews submissions to a requirement."""
    if caller.is_anonymous:
        return False
    if await users.is_act(tx, caller):
        return True
    granted = await acls.granted(tx, caller, acls.REQUIREMENT, id)
    return bool(granted & bits.REVIEW_SUBMISSIONS)


async def get_acl(tx: Tx, caller: Caller, id: int) -> access_wire.AccessControlList:
    """Who reviews submissions to a requirement, and whom it may exempt."""
    caller.require_sign_in()
    await load(tx, id)
    found = await acls.get(tx, acls.REQUIREMENT, id)
    if found is None:
        raise NotFound(f"The access requirement {id} has no ACL; the compliance team reviews it.")
    acl, entries = found
    return access_wire.AccessControlList(
        id=str(id),
        creation_date=iso(acl["created_on"]),
        etag=acl["etag"],
        resource_access=[
            access_wire.ResourceAccess(
                principal_id=each["principal_id"], access_type=bits.unpack(each["access"])
            )
            for each in entries
        ],
    )


async def put_acl(
    tx: Tx, caller: Caller, id: int, acl: access_wire.AccessControlList, *, is_new: bool
) -> access_wire.AccessControlList:
    """Name the reviewers of a requirement, or others."""
    await require_act(tx, caller)
    row = await load(tx, id, lock=True)
    if row["type"] not in ("ManagedACTAccessRequirement", "ACTAccessRequirement"):
        raise BadRequest(f"Nobody reviews a {row['type']}; it has no ACL.")
    found = await acls.get(tx, acls.REQUIREMENT, id)
    if is_new and found is not None:
        raise BadRequest(f"The access requirement {id} has an ACL already; update it.")
    if not is_new:
        if found is None:
            raise NotFound(f"The access requirement {id} has no ACL; create it.")
        if acl.etag != found[0]["etag"]:
            raise StaleEtag(
                f"The ACL of the access requirement {id} was updated since you last fetched it,"
                " retrieve it again and re-apply the update"
            )
    entries = await _check_entries(tx, acl)
    await acls.put(tx, acls.REQUIREMENT, id, new_etag(), entries)
    return await get_acl(tx, caller, id)


async def _check_entries(tx: Tx, acl: access_wire.AccessControlList) -> dict[int, int]:
    entries: dict[int, int] = {}
    for item in acl.resource_access or ():
        if item.principal_id is None or not item.access_type:
            raise BadRequest("Each entry of the ACL needs its principalId and its accessType.")
        granted = bits.pack(item.access_type)
        if granted & ~_GRANTS:
            raise BadRequest(
                "The ACL of an access requirement grants REVIEW_SUBMISSIONS and"
                " EXEMPTION_ELIGIBLE only."
            )
        if item.principal_id in (PUBLIC, ANONYMOUS) or (
            item.principal_id == AUTHENTICATED_USERS and granted & bits.REVIEW_SUBMISSIONS
        ):
            raise BadRequest("Reviewers are users or teams, not everybody.")
        entries[item.principal_id] = entries.get(item.principal_id, 0) | granted
    if not entries:
        raise BadRequest("The ACL has no entries; delete it instead.")
    known = {row["id"] for row in await principals.find_many(tx, list(entries))}
    for principal in entries:
        if principal not in known:
            raise BadRequest(f"There is no user, team or group with the id {principal}.")
    return entries


async def delete_acl(tx: Tx, caller: Caller, id: int) -> None:
    """Leave a requirement to the compliance team again."""
    await require_act(tx, caller)
    await load(tx, id, lock=True)
    await acls.delete(tx, acls.REQUIREMENT, id)
