"""Who may do what with an evaluation."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access import service as access
from synapse_server.access import store as acls
from synapse_server.access.service import Policy
from synapse_server.evaluations import service, store
from synapse_server.kernel.caller import PUBLIC, Caller
from synapse_server.kernel.database import Row, Tx
from synapse_wire.access import AccessControlList
from synapse_wire.base import BooleanResult
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.evaluations import UserEvaluationPermissions


async def permissions(tx: Tx, caller: Caller, id: int) -> UserEvaluationPermissions:
    """Everything that the caller may do; also asked of what they may not even read."""
    row = await _find(tx, id)
    may = await service.granted(tx, caller, id)
    public = await acls.entry(tx, acls.EVALUATION, id, PUBLIC)
    return UserEvaluationPermissions(
        can_change_permissions=bool(may & bits.CHANGE_PERMISSIONS),
        can_view=bool(may & bits.READ),
        can_public_read=bool(public & bits.READ),
        can_edit=bool(may & bits.UPDATE),
        can_delete=bool(may & bits.DELETE),
        can_participate=bool(may & bits.PARTICIPATE),
        can_submit=bool(may & bits.SUBMIT),
        can_view_private_submission_status_annotations=bool(may & bits.READ_PRIVATE_SUBMISSION),
        can_edit_submission_statuses=bool(may & bits.UPDATE_SUBMISSION),
        can_delete_submissions=bool(may & bits.DELETE_SUBMISSION),
        owner_principal_id=row["owner_id"],
    )


async def has_access(tx: Tx, caller: Caller, id: int, name: str) -> BooleanResult:
    """Whether the caller has one kind of access."""
    bit = service.parse_access(name)
    await _find(tx, id)
    return BooleanResult(result=bool(await service.granted(tx, caller, id) & bit))


async def _find(tx: Tx, id: int) -> Row:
    row = await store.find(tx, id)
    if row is None:
        raise NotFound(f"The evaluation {id} does not exist.")
    return row


async def get(tx: Tx, caller: Caller, id: int) -> AccessControlList:
    """The ACL of an evaluation."""
    row = await service.load(tx, caller, id, bits.READ)
    return await _acl(tx, row)


async def _acl(tx: Tx, row: Row) -> AccessControlList:
    acl = await access.read_acl_of(tx, acls.EVALUATION, row["id"], str(row["id"]))
    if acl is None:
        raise NotFound(
            f"The evaluation {row['id']} has no ACL: it was deleted. Its owner can POST one."
        )
    acl.created_by = str(row["owner_id"])
    return acl


async def update(
    tx: Tx, caller: Caller, given: AccessControlList, policy: Policy
) -> AccessControlList:
    """Replace an evaluation's ACL."""
    id = service.parse_id(given.id)
    row = await service.load(tx, caller, id, bits.CHANGE_PERMISSIONS, lock=True)
    access.check_acl_etag(await _acl(tx, row), given)
    return await _write(tx, caller, row, given, policy)


async def create(
    tx: Tx, caller: Caller, given: AccessControlList, policy: Policy
) -> AccessControlList:
    """Give an evaluation an ACL whose own was deleted."""
    caller.require_sign_in()
    row = await store.find(tx, service.parse_id(given.id), lock=True)
    if row is None:
        raise NotFound(f"The evaluation {given.id} does not exist.")
    if row["owner_id"] != caller.id and not caller.is_admin:
        raise Forbidden("Only the owner of an evaluation may give it an ACL.")
    if await acls.get(tx, acls.EVALUATION, row["id"]) is not None:
        raise BadRequest(f"The evaluation {row['id']} has an ACL already; update it.")
    return await _write(tx, caller, row, given, policy)


async def _write(
    tx: Tx, caller: Caller, row: Row, given: AccessControlList, policy: Policy
) -> AccessControlList:
    owner: int = row["owner_id"]
    await access.write_acl_of(tx, caller, acls.EVALUATION, row["id"], owner, given, policy)
    return await _acl(tx, row)


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Take all access from everybody but administrators."""
    await service.load(tx, caller, id, bits.CHANGE_PERMISSIONS, lock=True)
    await acls.delete(tx, acls.EVALUATION, id)
