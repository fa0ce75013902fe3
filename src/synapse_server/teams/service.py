"""The rules of teams."""

from __future__ import annotations

from synapse_server.kernel.database import Tx
from synapse_server.kernel.paging import check_page
from synapse_server.users import store as principals
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.teams import Team


async def of_user(tx: Tx, user: int, offset: int, limit: int) -> Results[Team]:
    """The teams that a user is a member of, by id."""
    offset, limit = check_page(offset, limit)
    rows = await principals.teams_of(tx, user, offset, limit)
    results = [
        Team(
            id=str(row["id"]),
            name=row["name"],
            etag=row["etag"],
            created_on=iso(row["created_on"]),
            can_public_join=False,
        )
        for row in rows
    ]
    return Results(
        results=results, total_number_of_results=estimate_total(offset, limit, len(rows))
    )
