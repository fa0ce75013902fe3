"""ACLs of entities: whose ACL holds, giving one, changing it, going back to the inherited one;
and what ACLs and access requirements together let the caller do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from synapse_server.access import bits, requirements
from synapse_server.access import service as access
from synapse_server.access import store as acls
from synapse_server.access.service import Policy, Subject
from synapse_server.entities import ids, many_store, service, store
from synapse_server.entities.ids import ROOT, TRASH
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_wire import access as wire
from synapse_wire.base import BooleanResult
from synapse_wire.entities import EntityHeader
from synapse_wire.errors import BadRequest, Forbidden, NotFound


async def get(tx: Tx, caller: Caller, id: int, policy: Policy) -> wire.AccessControlList:
    """The ACL of an entity that has its own."""
    row = await service.load(tx, caller, id, bits.READ, policy)
    if row["benefactor_id"] != id:
        raise NotFound(
            f"The requested ACL does not exist. This entity inherits its permissions from:"
            f" {ids.wire(row['benefactor_id'])}"
        )
    return await own(tx, row)


async def own(tx: Tx, row: Row) -> wire.AccessControlList:
    """The ACL of an entity that is its own benefactor.

    NOTE: permission was checked.
    """
    acl = await access.read_acl(tx, row["id"])
    assert acl is not None, "an entity that is its own benefactor has an ACL"
    acl.created_by = str(row["created_by"])
    return acl


async def benefactor(tx: Tx, caller: Caller, id: int, policy: Policy) -> EntityHeader:
    """The entity whose ACL holds."""
    row = await service.load(tx, caller, id, bits.READ, policy)
    found = await store.find(tx, row["benefactor_id"])
    assert found is not None
    return service.to_header(found)


async def benefactor_acl(tx: Tx, row: Row) -> wire.AccessControlList:
    """The ACL that holds for an entity.

    NOTE: permission was checked.
    """
    found = await store.find(tx, row["benefactor_id"])
    assert found is not None
    return await own(tx, found)


async def create(
    tx: Tx, caller: Caller, id: int, acl: wire.AccessControlList, policy: Policy
) -> wire.AccessControlList:
    """Give an entity an ACL of its own."""
    await store.hold_trees(tx, id, alone=True)
    row = await _to_change(tx, caller, id, policy)
    if row["benefactor_id"] == id:
        raise BadRequest(f"syn{id} has its own ACL already; update it.")
    await access.write_acl(tx, caller, Subject.of(row), acl, policy)
    await store.hand_over(tx, id, row["benefactor_id"], id)
    await store.set_etag(tx, id, new_etag())
    return await own(tx, row)


async def update(
    tx: Tx, caller: Caller, id: int, acl: wire.AccessControlList, policy: Policy
) -> wire.AccessControlList:
    """Replace an entity's own ACL."""
    row = await _to_change(tx, caller, id, policy)
    if row["benefactor_id"] != id:
        raise Forbidden(
            f"Cannot update the ACL of syn{id}, which inherits its permissions; create one first."
        )
    access.check_acl_etag(await own(tx, row), acl)
    await access.write_acl(tx, caller, Subject.of(row), acl, policy)
    await store.set_etag(tx, id, new_etag())
    return await own(tx, row)


async def _to_change(tx: Tx, caller: Caller, id: int, policy: Policy) -> Row:
    row = await service.load(tx, caller, id, bits.CHANGE_PERMISSIONS, policy, lock=True)
    if id in (ROOT, TRASH) and not caller.is_admin:
        raise Forbidden("This entity belongs to the server.")
    return row


async def delete(tx: Tx, caller: Caller, id: int, policy: Policy) -> None:
    """Let an entity inherit again."""
    await store.hold_trees(tx, id, alone=True)
    row = await _to_change(tx, caller, id, policy)
    if row["type"] == "project":
        raise Forbidden("Cannot remove the ACL of a project")
    if row["benefactor_id"] != id:
        raise Forbidden(f"syn{id} inherits its permissions already.")
    parent = await store.find(tx, row["parent_id"])
    assert parent is not None
    await acls.delete(tx, access.ENTITY, id)
    await store.hand_over(tx, id, id, parent["benefactor_id"])
    await store.set_etag(tx, id, new_etag())


async def permissions(
    tx: Tx, caller: Caller, id: int, policy: Policy
) -> wire.UserEntityPermissions:
    """What the caller may do; also asked of what they may not even read."""
    row = await _present(tx, id)
    return await of_row(tx, caller, row, policy)


async def _present(tx: Tx, id: int) -> Row:
    """The row of an entity that is not in the trash can. NOTE: no permission is checked."""
    row = await store.find(tx, id)
    if row is None:
        raise service.missing(id)
    if row["trash_root"] is not None:
        raise NotFound(f"Entity syn{id} is in trash can.")
    return row


async def of_row(tx: Tx, caller: Caller, row: Row, policy: Policy) -> wire.UserEntityPermissions:
    """What the caller may do with the entity of this row."""
    inherits = row["benefactor_id"] != row["id"]
    return await access.permissions(tx, caller, Subject.of(row), policy, inherits=inherits)


async def has_access(tx: Tx, caller: Caller, id: int, name: str, policy: Policy) -> BooleanResult:
    """Whether the caller has one kind of access."""
    if name not in bits.BIT:
        raise BadRequest(f"{name!r} is not a kind of access: {', '.join(bits.NAMES)}.")
    row = await _present(tx, id)
    return BooleanResult(result=await service.may(tx, caller, row, bits.BIT[name], policy))


async def restrictions(
    tx: Tx, caller: Caller, row: Row, permissions: wire.UserEntityPermissions
) -> wire.RestrictionInformation:
    """The access requirements that stand between the caller and a download."""
    found = requirements.information(
        row["id"],
        await requirements.above(tx, caller, row["restricted_by"]),
        contributes=permissions.is_data_contributor,
    )
    found.user_entity_permissions = permissions
    return found


async def restrictions_of(
    tx: Tx, caller: Caller, id: int, policy: Policy
) -> wire.RestrictionInformation:
    """The same of any entity; that it exists is no secret."""
    row = await _present(tx, id)
    return await restrictions(tx, caller, row, await of_row(tx, caller, row, policy))


async def download_actions(
    tx: Tx, caller: Caller, id: int, policy: Policy
) -> wire.ActionRequiredList:
    """What the caller must do before a download: meet requirements, ask for permission."""
    row = await service.load(tx, caller, id, bits.READ, policy)
    return wire.ActionRequiredList(actions=await _actions(tx, caller, row, policy))


async def count_download_actions(
    tx: Tx, caller: Caller, files: Sequence[int], policy: Policy, most: int
) -> list[wire.ActionRequiredCount]:
    """What the caller must do before they can have these files, those that most of them need
    first; entities that are no files, or that the caller may not read, are left out."""
    counts: Counter[str] = Counter()
    known: dict[str, wire.Action] = {}
    for id, alike in await many_store.download_groups(tx, caller, files):
        row = await store.find(tx, id)
        assert row is not None
        for action in await _actions(tx, caller, row, policy):
            known[repr(action)] = action
            counts[repr(action)] += alike
    return [
        wire.ActionRequiredCount(action=known[name], count=count)
        for name, count in counts.most_common(most)
    ]


async def _actions(tx: Tx, caller: Caller, row: Row, policy: Policy) -> list[wire.Action]:
    if await service.may(tx, caller, row, bits.DOWNLOAD, policy):
        return []
    may = await access.table(tx, caller, Subject.of(row), policy)
    actions: list[wire.Action] = []
    for each in await requirements.above(tx, caller, row["restricted_by"]):
        if not each.is_met(access.contributes(may)):
            actions.append(wire.MeetAccessRequirement(access_requirement_id=each.id))
        if each.wants_two_factor and not caller.has_two_factor:
            actions.append(wire.EnableTwoFa(access_requirement_id=each.id))
    if not may & bits.DOWNLOAD:
        actions.append(wire.RequestDownload(benefactor_id=row["benefactor_id"]))
    return actions
