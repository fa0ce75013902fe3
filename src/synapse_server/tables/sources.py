"""Which source a query asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.derived import definition as derived
from synapse_server.derived.service import derive
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.tables import columns as models
from synapse_server.tables import service
from synapse_server.tables.source import Source
from synapse_server.tables.sql import tree
from synapse_server.views import service as views
from synapse_wire.errors import BadRequest, NotFound
from synapse_wire.tables import ColumnModel

_Look = Callable[[Tx, Caller, int, Policy, int | None], Awaitable[Source]]
_LOOKS: dict[str, _Look] = {
    "table": service.look_to_query,
    **dict.fromkeys(views.TYPES, views.look),
}
"""How each type of entity is looked at by somebody who may read it."""


async def look(
    tx: Tx,
    caller: Caller,
    entity: int,
    policy: Policy,
    version: int | None = None,
    above: tuple[int, ...] = (),
    known: dict[tuple[int, int | None], Source] | None = None,
) -> Source:
    """What an entity's rows are asked of, for a caller who may query it.

    What is defined by a query of others may be queried by whoever may query all of them as well.

    Args:
        tx: Where to look.
        caller: Who asks.
        entity: What is asked.
        policy: What is asked of users.
        version: Which version of it.
        above: What is defined by it.
        known: What was looked at already: definitions may name the same many times.

    Raises:
        BadRequest: It has no rows, or is made of too much.
        Forbidden: The caller may not query it.
    """
    known = {} if known is None else known
    if (entity, version) in known:
        return known[entity, version]
    derived.check_count(len(known))
    row = await entities.load(tx, caller, entity, bits.READ, policy, version=version)
    if row["type"] in derived.TYPES:
        found = await _derived(tx, caller, row, policy, above, known)
    elif row["type"] in _LOOKS:
        found = await _LOOKS[row["type"]](tx, caller, entity, policy, version)
    else:
        raise BadRequest(f"syn{entity} is a {row['type']}, which cannot be queried.")
    known[entity, version] = found
    return found


async def _derived(
    tx: Tx,
    caller: Caller,
    row: Row,
    policy: Policy,
    above: tuple[int, ...],
    known: dict[tuple[int, int | None], Source],
) -> Source:
    id = row["id"]
    derived.check_depth(id, above)
    if row["number"] != row["version"]:
        raise BadRequest(
            f"syn{id} is a {row['type']}, of which there are no snapshots; query it without a"
            " version."
        )
    shown = await models.load(tx, entities.column_ids(row))
    query = derived.parse(row["type"], entities.fields_of(row).defining_sql)
    found: dict[str, Source] = {}
    for written in tree.tables(query):
        number, version = ids.parse_versioned(written)
        try:
            found[written] = await look(tx, caller, number, policy, version, (*above, id), known)
        except NotFound as error:
            raise NotFound(
                f"syn{id} is defined by {written}, which is not there: {error.reason}"
            ) from None
    query = derived.frozen(query, shown, {name: each.columns for name, each in found.items()})
    return derive(row, shown, caller, query, found)


async def columns(
    tx: Tx, caller: Caller, entity: int, policy: Policy, version: int | None = None
) -> list[ColumnModel]:
    """The columns of what can be queried, for a caller who may read it.

    Raises:
        BadRequest: It has none.
    """
    row = await entities.load(tx, caller, entity, bits.READ, policy, version=version)
    if row["type"] not in (*_LOOKS, *derived.TYPES):
        raise BadRequest(f"syn{entity} is a {row['type']}, which has no columns.")
    return await models.load(tx, entities.column_ids(row))
