"""The files in cells of tables."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx
from synapse_server.tables import store


async def has_file(tx: Tx, caller: Caller, table: str, handle: int, policy: Policy) -> bool:
    """Whether a file handle is or was in a cell of a table that the caller may download from.

    The results of one's own queries go with the table, too: clients ask for them so. They need
    no more than the query did, which of a view is READ.

    Raises:
        NotFound: There is no such entity.
        Forbidden: The caller may not.
    """
    number = ids.parse(table)
    if (await handles.find(tx, handle))["created_by"] == caller.id:
        await entities.load(tx, caller, number, bits.READ, policy)
        return True
    await entities.load(tx, caller, number, bits.DOWNLOAD, policy)
    return bool(await store.files_in(tx, number, [handle]))


holds = store.holds_file
