"""The rules of provenance."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.entities import store as rows
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.provenance import activities
from synapse_wire.base import Results, estimate_total
from synapse_wire.errors import BadRequest, Forbidden, NotFound, StaleEtag
from synapse_wire.provenance import Activity, Reference, UsedEntity, UsedURL

_MOST_USED = 1000
_MOST_NAME = 1000
_MOST_TEXT = 10_000


async def create(tx: Tx, caller: Caller, activity: Activity) -> Activity:
    """Record an activity. What it used need not exist (any more)."""
    caller.require_sign_in()
    _check(activity)
    id = await activities.add(tx, caller, activity)
    return activities.to_activity(await activities.find(tx, id))


def _check(activity: Activity) -> None:
    if len(activity.name or "") > _MOST_NAME or len(activity.description or "") > _MOST_TEXT:
        raise BadRequest(
            f"An activity's name has at most {_MOST_NAME} characters, its description {_MOST_TEXT}."
        )
    if activity.used and len(activity.used) > _MOST_USED:
        raise BadRequest(f"An activity uses at most {_MOST_USED} things.")
    for used in activity.used or ():
        if isinstance(used, UsedEntity):
            if used.reference is None or used.reference.target_id is None:
                raise BadRequest("A UsedEntity needs reference.targetId.")
            ids.parse(used.reference.target_id)
        elif isinstance(used, UsedURL) and not used.url:
            raise BadRequest("A UsedURL needs its url.")


async def get(tx: Tx, caller: Caller, id: int) -> Activity:
    """An activity: for who made it, and for who may read something that it generated."""
    row = await activities.find(tx, id)
    mine = row["created_by"] == caller.id or caller.is_admin
    if not mine and not await rows.readers_of(tx, caller, id):
        raise Forbidden("You lack READ access to the requested activity.")
    return activities.to_activity(row)


async def update(tx: Tx, caller: Caller, id: int, activity: Activity) -> Activity:
    """Replace what an activity says."""
    row = await _own(tx, caller, id)
    if activity.etag != row["etag"]:
        raise StaleEtag(
            f"Activity {id} was updated since you last fetched it, retrieve it again and re-apply"
            " the update"
        )
    _check(activity)
    await activities.replace(tx, caller, id, activity)
    return activities.to_activity(await activities.find(tx, id))


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Delete an activity that generated nothing any more."""
    await _own(tx, caller, id)
    if await rows.has_generated(tx, id):
        raise BadRequest(f"Activity {id} generated entities; delete their generatedBy first.")
    await activities.delete(tx, id)


async def _own(tx: Tx, caller: Caller, id: int) -> Row:
    caller.require_sign_in()
    row = await activities.find(tx, id, lock=True)
    if row["created_by"] != caller.id and not caller.is_admin:
        raise Forbidden("Only the creator of an activity may change it.")
    return row


async def list_generated(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int, policy: Policy
) -> Results[Reference]:
    """The versions that an activity generated and the caller may read."""
    offset, limit = check_page(offset, limit)
    await get(tx, caller, id)
    found = await rows.generated_by(tx, id, offset, limit)
    results = [
        Reference(target_id=ids.wire(row["id"]), target_version_number=row["number"])
        for row in found
        if await entities.may(tx, caller, row, bits.READ, policy)
    ]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(found))
    )


async def get_generated_by(
    tx: Tx, caller: Caller, id: int, policy: Policy, version: int | None = None
) -> Activity:
    """The activity that generated a version."""
    row = await entities.load(tx, caller, id, bits.READ, policy, version=version)
    if row["activity_id"] is None:
        raise NotFound(f"No activity is recorded for version {row['number']} of syn{id}.")
    return activities.to_activity(await activities.find(tx, row["activity_id"]))


async def set_generated_by(
    tx: Tx, caller: Caller, id: int, activity: str | None, policy: Policy
) -> None:
    """Say which activity generated the current version, or that none did."""
    row = await entities.load(tx, caller, id, bits.UPDATE, policy, lock=True)
    number = None if activity is None else await activities.require_own(tx, caller, activity)
    await rows.set_activity(tx, id, row["number"], number)
    await rows.set_etag(tx, id, new_etag())
