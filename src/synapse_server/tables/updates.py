"""Changes of tables and views, each done where its kind belongs."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.derived import definition as derived
from synapse_server.entities import service as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx, Work
from synapse_server.kernel.jobs import Job
from synapse_server.tables import service
from synapse_server.views import edits, snapshots
from synapse_server.views import service as views
from synapse_wire import tables as wire
from synapse_wire.errors import BadRequest


async def require(tx: Tx, caller: Caller, entity: int, policy: Policy) -> Row:
    """A table or view that the caller may change.

    Raises:
        BadRequest: It is neither.
        Forbidden: The caller may not.
    """
    row = await entities.load(tx, caller, entity, bits.UPDATE, policy)
    if row["type"] in derived.TYPES:
        raise BadRequest(
            f"syn{entity} is a {row['type']}: its rows are made of those of its sources, and it has"
            " no snapshots. Change the sources, or its definingSQL."
        )
    if row["type"] != "table" and row["type"] not in views.TYPES:
        raise BadRequest(f"syn{entity} is a {row['type']}, not a table.")
    return row


async def transact(
    job: Job, entity: int, request: wire.TableUpdateTransactionRequest
) -> Work[wire.TableUpdateTransactionResponse]:
    """Do the changes of a transaction, and make a snapshot if one is asked for.

    Those of a table happen all or not at all; those of a view row by row.
    """
    policy = job.need(Policy)
    row = await job.db.read(lambda tx: require(tx, job.caller, entity, policy))
    changes = request.changes or []
    options = request.snapshot_options or wire.SnapshotRequest()
    if row["type"] == "table":
        finish = await service.transact(job, entity, changes)
    elif request.create_snapshot and changes:
        raise BadRequest(
            "A snapshot of a view is made by a transaction of its own, without other changes."
        )
    elif request.create_snapshot:
        keep = await snapshots.snapshot(job, entity, options)

        async def kept(tx: Tx) -> wire.TableUpdateTransactionResponse:
            number = await keep(tx)
            return wire.TableUpdateTransactionResponse(results=[], snapshot_version_number=number)

        return kept
    else:
        finish = await edits.transact(job, entity, changes)

    async def answer(tx: Tx) -> wire.TableUpdateTransactionResponse:
        done = wire.TableUpdateTransactionResponse(results=await finish(tx))
        if request.create_snapshot:
            done.snapshot_version_number = await service.snapshot(
                tx, job.caller, entity, options, policy
            )
        return done

    return answer


async def change(
    job: Job, entity: int, request: wire.TableUpdateRequest
) -> Work[wire.TableUpdateResponse]:
    """One change of a table, by the older way.

    Raises:
        BadRequest: It is a view: what came of each row has no place in the answer.
    """
    policy = job.need(Policy)
    row = await job.db.read(lambda tx: require(tx, job.caller, entity, policy))
    if row["type"] != "table":
        raise BadRequest(
            f"syn{entity} is a {row['type']}; change it by a transaction:"
            " POST /entity/{id}/table/transaction/async/start."
        )
    finish = await service.transact(job, entity, [request])

    async def answer(tx: Tx) -> wire.TableUpdateResponse:
        return (await finish(tx))[0]

    return answer
