"""Snapshots of views: their rows as they were, each still ruled by the ACL that rules it today."""

from __future__ import annotations

import asyncio
import uuid

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import service as entities
from synapse_server.files import archive
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Job
from synapse_server.tables.index import Indexes
from synapse_server.views import service, store
from synapse_wire import tables as wire
from synapse_wire.errors import BadRequest, StaleEtag


async def snapshot(job: Job, view: int, options: wire.SnapshotRequest) -> Work[int]:
    """Keep all rows of a view; what is answered makes the version that shows them.

    It has the rows that the caller may not read, too: who may read them sees them in it.
    """
    policy = job.need(Policy)

    async def look(tx: Tx) -> service.View:
        await entities.load(tx, job.caller, view, bits.UPDATE, policy)
        return await service.look(tx, job.caller, view, policy)

    found = await job.db.read(look)
    if not found.columns:
        raise BadRequest(f"syn{view} has no columns yet; a snapshot of it would show nothing.")
    name = str(uuid.uuid4())

    path = job.need(Indexes).spool / f"{name}.parquet"
    blobs = job.need(BlobStore)  # type: ignore[type-abstract]
    key = f"{job.caller.id}/{name}/rows.parquet"
    try:
        await found.use_all(job, lambda index: index.save(path))
        await blobs.take(key, path, await asyncio.to_thread(archive.md5_of, path))
    finally:
        path.unlink(missing_ok=True)

    async def finish(tx: Tx) -> int:
        row = await entities.load(tx, job.caller, view, bits.UPDATE, policy, lock=True)
        if row["etag"] != found.row["etag"]:
            raise StaleEtag(f"syn{view} was changed meanwhile. Try again.")
        await store.add_snapshot(tx, view, row["number"], key, found.changed_on or now())
        return await entities.snapshot(
            tx,
            job.caller,
            row,
            options.snapshot_label,
            options.snapshot_comment,
            options.snapshot_activity_id,
        )

    return finish
