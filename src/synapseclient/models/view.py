"""What all views of objects share: default columns, snapshots, changes of rows."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_wire import tables as wire
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.models.columns import Column
from synapseclient.models.rows import INSERT_BYTES, UPDATE_BYTES, Keyed, put_rows, wait_for_view
from synapseclient.models.table_changes import TableUpdateTransaction
from synapseclient.models.tabular import ColumnVerbs, TabularModel
from synapseclient.tables import work
from synapseclient.tables.kinds import ViewEntityType

_NOT_YET = "create a version of a view that is not available"
"""What a server says whose views lag behind, as those of the official one do."""


@dataclass
class ViewBase(ColumnVerbs, TabularModel):
    """A table whose rows are entities or submissions."""

    view_entity_type: ViewEntityType | None = field(default=None, compare=False)
    view_type_mask: Any = field(default=None, compare=False)
    include_default_columns: bool | None = field(default=True, compare=False)

    def _own_properties(self) -> dict[str, Any]:
        return {"isSearchEnabled": self.is_search_enabled}

    def _mask(self) -> int | None:
        return None if self.view_type_mask is None else int(self.view_type_mask)

    # -------------------------------------------------------------- default columns

    async def _complete(self, syn: Synapse) -> None:
        if self.include_default_columns:
            await self._append_default_columns(syn)

    async def _append_default_columns(self, synapse_client: Synapse | None = None) -> None:
        """Add the columns that such a view has unless it says otherwise; ``store`` makes it so."""
        syn = Synapse.get_client(synapse_client)
        for raw in await syn.default_view_columns_async(self.view_entity_type, self._mask()):
            each = Column().fill_from_dict(raw)
            mine = self.columns.get(each.name)
            if mine is not None and mine != each:
                syn.logger.warning(
                    "The column %r is replaced by the default column of that name.", each.name
                )
            self.columns[each.name] = each

    # -------------------------------------------------------------- snapshots

    async def snapshot_async(
        self,
        *,
        comment: str | None = None,
        label: str | None = None,
        include_activity: bool = True,
        associate_activity_to_new_version: bool = True,
        timeout: int = 120,  # noqa: ASYNC109  its name in the official client
        synapse_client: Synapse | None = None,
    ) -> TableUpdateTransaction:
        """Keep it as it is now, as a version that can be queried later: ``syn123.4``.

        Args:
            comment: What is to be remembered of it.
            label: What the version is called.
            include_activity: With what generated it.
            associate_activity_to_new_version: Say that the same made what comes after it.
            timeout: Seconds to wait for it.
            synapse_client: The session.

        Returns:
            What the server says; ``snapshot_version_number`` is the version.
        """
        syn = Synapse.get_client(synapse_client)
        self.version_number = None
        await self.get_async(include_activity=True, synapse_client=syn)
        activity = self.activity if include_activity else None
        options = wire.SnapshotRequest(
            snapshot_comment=comment,
            snapshot_label=label,
            snapshot_activity_id=None if activity is None else activity.id,
        )
        id = self._require_id()
        found = await _keep(syn, id, options, timeout)
        if activity is not None and associate_activity_to_new_version:
            await activity.store_async(id, synapse_client=syn)
        self.version_number = None
        await self.get_async(include_activity=True, synapse_client=syn)
        done = TableUpdateTransaction(entity_id=id, create_snapshot=True)
        return done.fill_from_dict(found)

    snapshot = blocking(snapshot_async)


async def _keep(
    syn: Synapse, id: str, options: wire.SnapshotRequest, seconds: float
) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while True:
        try:
            return await work.transact(syn, id, [], snapshot=options, seconds=seconds)
        except SynapseHTTPError as error:
            if _NOT_YET not in str(error) or time.monotonic() > until:
                raise
        await asyncio.sleep(1)


class RowUpdates:
    """Changes of entities through the view that shows them."""

    if TYPE_CHECKING:

        async def _known_columns(self, syn: Synapse) -> dict[str, Any]: ...

        def _require_id(self) -> str: ...

    async def update_rows_async(
        self,
        values: Any,
        primary_keys: list[str],
        dry_run: bool = False,
        *,
        rows_per_query: int = 50_000,
        update_size_bytes: float = UPDATE_BYTES,
        insert_size_bytes: int = INSERT_BYTES,
        job_timeout: int = int(work.TIMEOUT),
        date_columns: list[str] | None = None,
        date_format: str | dict[str, str] | None = None,
        wait_for_eventually_consistent_view: bool = False,
        wait_for_eventually_consistent_view_timeout: int = 600,
        synapse_client: Synapse | None = None,
        **kwargs: Any,
    ) -> None:
        """Change annotations of the entities that a view shows: those of the rows with the same
        keys. Rows that it does not show are left out.

        Only cells that differ are sent. Each entity is changed by itself, unless somebody else
        has changed it in the meantime; those that could not be changed are logged.

        Args:
            values: A data frame of pandas or polars, an Arrow table, a mapping of columns, rows
                that each are a mapping, or the path of a CSV file.
            primary_keys: The columns that tell rows apart.
            dry_run: Only say what would be done.
            rows_per_query: Look for at most so many keys by SQL; for more, read the view.
            update_size_bytes: The size of one request.
            insert_size_bytes: Accepted for compatibility: a view takes no new rows.
            job_timeout: Seconds to wait for each transaction.
            date_columns: Columns whose texts are dates, to be read by
            date_format: a format of ``strptime``, of all or by name; ISO-8601 if not given.
            wait_for_eventually_consistent_view: Wait until the view shows the changes, for servers
                whose views lag behind.
            wait_for_eventually_consistent_view_timeout: Seconds to wait for that.
            synapse_client: The session.
            kwargs: Accepted for compatibility.

        Raises:
            ValueError: A key is missing, or two rows have the same keys.
            SynapseTimeoutError: The view does not show the changes yet.
        """
        syn = Synapse.get_client(synapse_client)
        given = Keyed(
            values,
            primary_keys,
            dry_run,
            rows_per_query,
            update_size_bytes,
            job_timeout,
            date_columns,
            date_format,
        )
        known = await self._known_columns(syn)
        id = self._require_id()
        etags = await put_rows(syn, id, known, given, insert=False)
        if wait_for_eventually_consistent_view:
            await wait_for_view(syn, id, etags, wait_for_eventually_consistent_view_timeout)

    update_rows = blocking(update_rows_async)
