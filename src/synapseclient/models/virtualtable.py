"""Virtual tables: a query over one table or view under a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.materializedview import DefinedBySql
from synapseclient.tables import work
from synapseclient.tables.views import VirtualTableSchema

if TYPE_CHECKING:
    from synapseclient.entity import Entity

_SEVERAL = re.compile(r"(^|\s)(JOIN|UNION)(\s|$)", re.IGNORECASE)


@dataclass
class VirtualTable(DefinedBySql):
    """What the query ``defining_sql`` finds in one table or view, asked anew each time, as a
    table. Its columns follow from the query."""

    _kind: ClassVar[type[Entity]] = VirtualTableSchema

    async def store_async(
        self,
        dry_run: bool = False,
        *,
        job_timeout: int = int(work.TIMEOUT),
        synapse_client: Synapse | None = None,
    ) -> Self:
        """Create or change it.

        Args:
            dry_run: Only say what would be done.
            job_timeout: Accepted for compatibility: there is no job.
            synapse_client: The session.

        Raises:
            ValueError: It has no defining_sql, or one over several tables.
        """
        if not self.defining_sql:
            raise ValueError("The defining_sql attribute must be set for a VirtualTable.")
        if _SEVERAL.search(self.defining_sql):
            raise ValueError(
                "VirtualTables do not support JOIN or UNION operations in the defining_sql. If you"
                " need to combine data from multiple tables, consider using a MaterializedView"
                " instead."
            )
        return await super().store_async(
            dry_run, job_timeout=job_timeout, synapse_client=synapse_client
        )

    store = blocking(store_async)
