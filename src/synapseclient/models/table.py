"""Tables: columns and rows, and SQL over them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_wire import tables as wire
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.columns import Column, ColumnExpansionStrategy, SchemaStorageStrategy
from synapseclient.models.queries import (
    query as query,
)
from synapseclient.models.queries import (
    query_async as query_async,
)
from synapseclient.models.queries import (
    query_part_mask as query_part_mask,
)
from synapseclient.models.queries import (
    query_part_mask_async as query_part_mask_async,
)
from synapseclient.models.rows import (
    INSERT_BYTES,
    UPDATE_BYTES,
    Keyed,
    change_of,
    dialect_of,
    expanded,
    put_rows,
    with_dates,
)
from synapseclient.models.table_queries import CsvTableDescriptor
from synapseclient.models.tabular import ColumnVerbs, TabularModel, by_name, create
from synapseclient.tables import cells, csv_tables, work
from synapseclient.tables.cells import ROW_COLUMNS
from synapseclient.tables.schemas import Schema
from synapseclient.tables.sheets import PLAIN, parts_of

if TYPE_CHECKING:
    from synapseclient.entity import Entity


@dataclass
class Table(ColumnVerbs, TabularModel):
    """A table. ``columns`` can be given as a list; later they are by name, in their order."""

    description: str | None = None
    columns: Any = field(default_factory=OrderedDict, compare=False)
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = field(default=None, compare=False)
    is_search_enabled: bool | None = None
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)

    _kind: ClassVar[type[Entity]] = Schema

    def _more_changes(self, existing: Entity) -> list[wire.TableUpdateRequest]:
        wanted = self.is_search_enabled
        if wanted is None or wanted == bool(existing.get("isSearchEnabled")):
            return []
        return [wire.TableSearchChangeRequest(entity_id=self.id, search_enabled=wanted)]

    async def snapshot_async(
        self,
        comment: str | None = None,
        label: str | None = None,
        include_activity: bool = True,
        associate_activity_to_new_version: bool = True,
        *,
        timeout: int = 120,  # noqa: ASYNC109  its name in the official client
        synapse_client: Synapse | None = None,
    ) -> dict[str, Any]:
        """Keep it as it is now, as a version that can be queried later: ``syn123.4``.

        Args:
            comment: What is to be remembered of it.
            label: What the version is called.
            include_activity: With what generated it.
            associate_activity_to_new_version: Say that the same made what comes after it.
            timeout: Seconds to wait for it.
            synapse_client: The session.

        Returns:
            What the server says; ``snapshotVersionNumber`` is the version.
        """
        syn = Synapse.get_client(synapse_client)
        await self.get_async(include_activity=True, synapse_client=syn)
        activity = self.activity if include_activity else None
        options = wire.SnapshotRequest(
            snapshot_comment=comment,
            snapshot_label=label,
            snapshot_activity_id=None if activity is None else activity.id,
        )
        id = self._require_id()
        found = await work.transact(syn, id, [], snapshot=options, seconds=timeout)
        if activity is not None and associate_activity_to_new_version:
            await activity.store_async(id, synapse_client=syn)
        self.version_number = None
        await self.get_async(include_activity=True, synapse_client=syn)
        return found

    # -------------------------------------------------------------- rows

    async def store_rows_async(
        self,
        values: Any,
        schema_storage_strategy: SchemaStorageStrategy | None = None,
        column_expansion_strategy: ColumnExpansionStrategy | None = None,
        dry_run: bool = False,
        additional_changes: list[Any] | None = None,
        *,
        insert_size_bytes: int = INSERT_BYTES,
        csv_table_descriptor: CsvTableDescriptor | None = None,
        date_columns: list[str] | None = None,
        date_format: str | dict[str, str] | None = None,
        read_csv_kwargs: dict[str, Any] | None = None,
        to_csv_kwargs: dict[str, Any] | None = None,
        job_timeout: int = int(work.TIMEOUT),
        synapse_client: Synapse | None = None,
    ) -> None:
        """Add rows; change those that have ROW_ID and ROW_VERSION of a query.

        Args:
            values: A data frame of pandas or polars, an Arrow table, a mapping of columns, rows
                that each are a mapping, or the path of a CSV file.
            schema_storage_strategy: ``INFER_FROM_DATA`` adds columns that the table lacks.
            column_expansion_strategy: ``AUTO_EXPAND_CONTENT_LENGTH`` makes columns of text as
                long as the values.
            dry_run: Only say what would be done.
            additional_changes: Changes to make before, in the same transaction.
            insert_size_bytes: The server takes a CSV file of up to 1 GB: of one that is larger
                than this, the parts are changes of one transaction.
            csv_table_descriptor: How the CSV file is written.
            date_columns: Columns whose texts are dates, to be read by
            date_format: a format of ``strptime``, of all or by name; ISO-8601 if not given.
            read_csv_kwargs: Accepted for compatibility: pandas reads no file here.
            to_csv_kwargs: Accepted for compatibility.
            job_timeout: Seconds to wait.
            synapse_client: The session.

        Raises:
            ValueError: The table has no such column, or a date cannot be read.
        """
        syn = Synapse.get_client(synapse_client)
        known = await self._known_columns(syn)
        path = os.fspath(values) if isinstance(values, str | os.PathLike) else None
        dialect = dialect_of(csv_table_descriptor)
        columns: dict[str, list[Any]] | None = None
        if path is None:
            columns = cells.columns_of(values)
        elif schema_storage_strategy or column_expansion_strategy or date_columns:
            columns = await asyncio.to_thread(csv_tables.read_columns, path, dialect)
        if columns is not None and date_columns:
            columns = with_dates(columns, date_columns, date_format)
            path = None
        schema: list[Column] = []
        if columns is not None:
            if schema_storage_strategy is not None:
                fitting = cells.fitting_columns(columns)
                schema += [
                    Column().fill_from_dict(each) for each in fitting if each["name"] not in known
                ]
            if column_expansion_strategy is not None:
                schema += expanded(columns, known)
        if dry_run:
            for each in schema:
                verb = "changed" if each.name in known else "added"
                syn.logger.info("The column %s would be %s.", each.name, verb)
            syn.logger.info("Rows would be stored in %s.", self.id)
            return
        changes = [change_of(each) for each in additional_changes or []]
        if schema:
            change, known = await self._grow(syn, known, schema)
            changes.append(change)
        id = self._require_id()
        if path is not None:
            with tempfile.TemporaryDirectory(prefix="synapse-table-") as folder:
                for part in parts_of(path, dialect, insert_size_bytes, folder):
                    changes.append(await work.csv_change(syn, id, part, dialect=dialect))
        elif columns is not None and len(next(iter(columns.values()), [])):
            ids = {name: str(each.id) for name, each in known.items()}
            changes.append(await work.rows_change(syn, id, columns, ids))
        if changes:
            await work.transact(syn, id, changes, seconds=job_timeout)
        if schema:
            self.columns = by_name(await self._columns(syn))

    async def _grow(
        self, syn: Synapse, known: dict[str, Column], schema: list[Column]
    ) -> tuple[wire.TableUpdateRequest, dict[str, Column]]:
        """The change that adds columns, or replaces those of the same name."""
        made = await create(syn, schema)
        after = dict(known)
        changes = []
        for each, id in zip(schema, made, strict=True):
            old = known.get(str(each.name))
            changes.append(
                wire.ColumnChange(old_column_id=None if old is None else old.id, new_column_id=id)
            )
            each.id = id
            after[str(each.name)] = each
        request = wire.TableSchemaChangeRequest(
            entity_id=self.id,
            changes=changes,
            ordered_column_ids=[str(each.id) for each in after.values()],
        )
        return request, after

    async def upsert_rows_async(
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
        """Change the rows that have the same keys, and add those that are not there.

        Only cells that differ are sent; columns that are not given stay as they are.

        Args:
            values: As for ``store_rows``.
            primary_keys: The columns that tell rows apart.
            dry_run: Only say what would be done.
            rows_per_query: Look for at most so many keys by SQL; for more, read the table.
            update_size_bytes: The size of one request.
            insert_size_bytes: Accepted for compatibility.
            job_timeout: Seconds to wait for each transaction.
            date_columns: As for ``store_rows``.
            date_format: As for ``store_rows``.
            wait_for_eventually_consistent_view: Accepted for compatibility, of views.
            wait_for_eventually_consistent_view_timeout: Likewise.
            synapse_client: The session.
            kwargs: Accepted for compatibility.

        Raises:
            ValueError: A key is missing, or two rows have the same keys.
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
        await put_rows(syn, self._require_id(), known, given, insert=True)

    async def delete_rows_async(
        self,
        query: str | None = None,
        df: Any = None,
        *,
        job_timeout: int = int(work.TIMEOUT),
        synapse_client: Synapse | None = None,
    ) -> Any:
        """Delete rows.

        Args:
            query: A SELECT that finds them; ROW_ID and ROW_VERSION are had with any that does
                not aggregate.
            df: A data frame, or a mapping, with the columns ROW_ID and ROW_VERSION, instead.
            job_timeout: Seconds to wait.
            synapse_client: The session.

        Returns:
            The rows, as the data frame that was given or found; with a query and without pandas,
            a mapping of columns.

        Raises:
            ValueError: What was found does not say which rows they are.
        """
        syn = Synapse.get_client(synapse_client)
        if (query is None) == (df is None):
            raise ValueError("Give either a query or a data frame.")
        gone: Any = df
        if query is not None:
            found = await work.query_csv(syn, query, seconds=job_timeout)
            columns = await asyncio.to_thread(csv_tables.read_columns, found.path, PLAIN)
            gone = csv_tables.frame_or_columns(csv_tables.table_of(found, PLAIN), columns)
        else:
            columns = cells.columns_of(df)
        if not {*ROW_COLUMNS[:2]} <= set(columns):
            raise ValueError("ROW_ID and ROW_VERSION are needed, to tell which rows to delete.")
        rows = list(zip(columns["ROW_ID"], columns["ROW_VERSION"], strict=True))
        table = await self._find_id(syn)
        await work.delete_rows(syn, table, rows, seconds=job_timeout)
        return gone

    snapshot = blocking(snapshot_async)
    store_rows = blocking(store_rows_async)
    upsert_rows = blocking(upsert_rows_async)
    delete_rows = blocking(delete_rows_async)
