"""What administrators see of the server."""

from __future__ import annotations

from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.kernel.paging import results as page_of
from synapse_server.system import store
from synapse_wire import system as wire
from synapse_wire.base import Results, iso

_MOST_ACCOUNTS = 100


async def overview(tx: Tx, caller: Caller, version: str) -> wire.Overview:
    """What the server holds and how it is doing."""
    caller.require_admin()
    handles, size = await store.sum_files(tx)
    return wire.Overview(
        version=version,
        database=tx.dialect.name,
        database_bytes=await store.database_bytes(tx),
        users=await store.count_users(tx),
        entities=[
            wire.EntityCount(type=row["type"], count=row["number"])
            for row in await store.count_entities(tx)
        ],
        trashed=await store.count_trashed(tx),
        file_handles=handles,
        file_bytes=size,
        jobs=[
            wire.JobCount(state=row["state"], count=row["number"])
            for row in await store.count_jobs(tx)
        ],
        failed_jobs=[
            wire.FailedJob(
                job_id=str(row["id"]),
                kind=row["kind"],
                started_by_user_id=str(row["user_id"]),
                changed_on=iso(row["changed_on"]),
                error_message=row["error"],
            )
            for row in await store.failed_jobs(tx)
        ],
    )


async def accounts(
    tx: Tx, caller: Caller, fragment: str, offset: int, limit: int
) -> Results[wire.Account]:
    """A page of users."""
    caller.require_admin()
    offset, limit = check_page(offset, limit, _MOST_ACCOUNTS)
    rows = await store.accounts(tx, fragment, offset, limit)
    return page_of([_account(row) for row in rows], offset, limit)


def _account(row: Row) -> wire.Account:
    seen = row["authenticated_on"]
    return wire.Account(
        owner_id=str(row["id"]),
        user_name=row["name"],
        created_on=iso(row["created_on"]),
        is_admin=bool(row["is_admin"]),
        is_certified=bool(row["is_certified"]),
        is_disabled=bool(row["is_disabled"]),
        email=row["notification_email"],
        authenticated_on=None if seen is None else iso(seen),
        file_bytes=int(row["bytes"]),
    )
