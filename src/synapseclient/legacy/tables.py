"""Tables: columns, rows, queries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from synapse_wire import tables as wire
from synapse_wire import views as view_wire
from synapse_wire.entities import CONCRETE_TYPES, get_entity_type
from synapseclient.core.blocking import blocking, run
from synapseclient.core.jobs import run_job
from synapseclient.core.utils import id_of, is_synapse_id_str
from synapseclient.legacy.base import Session

if TYPE_CHECKING:
    from synapseclient.client import Synapse
    from synapseclient.table import (
        Column,
        CsvFileTable,
        TableAbstractBaseClass,
        TableQueryResult,
    )

_FILES = "FILEHANDLEID"
_AT_ONCE = 8


class TableMethods(Session):
    """Verbs of tables."""

    # -------------------------------------------------------------- queries

    def tableQuery(
        self, query: str, resultsAs: str = "csv", **kwargs: Any
    ) -> CsvFileTable | TableQueryResult:
        """Query a table with SQL.

        Args:
            query: A SELECT, such as ``select * from syn123 where size > 9``.
            resultsAs: ``csv``, the whole result as a file; ``rowset``, page by page.
            kwargs: Of ``csv``: ``quoteCharacter``, ``escapeCharacter``, ``lineEnd``,
                ``separator``, ``header``, ``includeRowIdAndRowVersion``, ``downloadLocation``.
                Of ``rowset``: ``limit``, ``offset``, ``partMask``, ``isConsistent``.

        Raises:
            SynapseHTTPError: The table cannot be queried so.
        """
        from synapseclient.table import CsvFileTable, TableQueryResult

        syn = cast("Synapse", self)
        if resultsAs.lower() == "rowset":
            return TableQueryResult(syn, query, **kwargs)
        if resultsAs.lower() == "csv":
            kwargs.pop("isConsistent", None)  # what it asks for is always so
            return CsvFileTable.from_table_query(syn, query, **kwargs)
        raise ValueError(f"Unknown return type requested from tableQuery: {resultsAs}")

    # -------------------------------------------------------------- columns

    def _column(self, raw: Mapping[str, Any]) -> Column:
        from synapseclient.table import Column

        return Column(**raw)

    async def get_column_async(self, id: Any) -> Column:
        """A column by its id."""
        return self._column(await self.call_json(wire.get_column, id_of(id)))

    def getColumns(self, x: Any, limit: int = 100, offset: int = 0) -> Iterator[Column]:
        """Columns: of a table, of a result, or all whose names begin so.

        Args:
            x: A ``Schema`` or the id of a table; the headers of a result; the beginning of a
                name; None for all.
            limit: How many to ask for at a time, of all columns.
            offset: How many of them to skip.
        """
        from synapseclient.table import SchemaBase

        if isinstance(x, SchemaBase) and "id" not in x.properties:
            for id in x.properties["columnIds"]:
                yield run(self.get_column_async(id))
        elif isinstance(x, SchemaBase) or (isinstance(x, str) and is_synapse_id_str(x)):
            yield from self.getTableColumns(x)
        elif isinstance(x, list | tuple):
            for header in x:
                known = isinstance(header, Mapping) and "id" not in header
                yield header if known else run(self.get_column_async(header))
        elif x is None or isinstance(x, str):
            while True:
                page = run(self.call_json(wire.list_columns, x or None, limit, offset))["results"]
                yield from map(self._column, page)
                if len(page) < limit:
                    return
                offset += limit
        else:
            raise ValueError(f"Can't get columns for a {type(x).__name__}")

    def getTableColumns(self, table: Any) -> Iterator[Column]:
        """The columns of a table, in their order."""
        yield from run(self._table_columns(id_of(table)))

    async def _table_columns(self, id: str) -> list[Column]:
        found = await self.call_json(wire.get_table_columns, id)
        return [self._column(each) for each in found["results"]]

    async def create_columns_async(self, columns: Iterable[Any]) -> list[Column]:
        """Store definitions of columns; of those that are the same as one that is there, that."""
        models = [msgspec.convert(dict(each), wire.ColumnModel) for each in columns]
        if not models:
            return []
        found = await self.call_json(wire.create_columns, wire.ColumnModels(list_=models))
        return [self._column(each) for each in found["list"]]

    async def create_column_async(
        self,
        name: str,
        columnType: str,
        maximumSize: int | None = None,
        defaultValue: Any = None,
        enumValues: list[str] | None = None,
    ) -> Column:
        """Store the definition of a column.

        Args:
            name: What it is called.
            columnType: ``STRING``, ``INTEGER``, ``DOUBLE``, ``BOOLEAN``, ``DATE`` …
            maximumSize: Of text: how many characters a value has at most.
            defaultValue: What rows have that say nothing.
            enumValues: What the values can be.
        """
        body = wire.ColumnModel(
            name=name,
            column_type=cast(Any, columnType),
            maximum_size=maximumSize,
            default_value=defaultValue,
            enum_values=enumValues,
        )
        return self._column(await self.call_json(wire.create_column, body))

    # -------------------------------------------------------------- what is stored

    async def create_snapshot_version_async(
        self,
        table: Any,
        comment: str | None = None,
        label: str | None = None,
        activity: Any = None,
        wait: bool = True,
    ) -> int | None:
        """Keep a table as it is now, as a version that can be queried later.

        Args:
            table: The table.
            comment: What is to be remembered of it.
            label: What the version is called.
            activity: What made it.
            wait: Wait until it is there.

        Returns:
            The number of the version; None if it was not waited for.
        """
        from synapseclient.tables import work

        syn, id = cast("Synapse", self), id_of(table)
        if isinstance(activity, Mapping):
            activity = await syn._save_changed(activity)
        body = wire.SnapshotRequest(
            snapshot_comment=comment,
            snapshot_label=label,
            snapshot_activity_id=None if activity is None else str(activity),
        )
        kind = (await self.call(get_entity_type, id)).type or ""
        if kind == CONCRETE_TYPES["table"]:
            found = await self.call_json(wire.create_snapshot, id, body)
        elif wait:
            found = await work.transact(syn, id, [], snapshot=body)
        else:
            await self.call(wire.start_transaction, id, work.transaction(id, [], body))
        return int(found["snapshotVersionNumber"]) if wait else None

    # -------------------------------------------------------------- columns of views

    async def default_view_columns_async(
        self, view_type: str | None = None, view_type_mask: int | None = None
    ) -> list[Column]:
        """The columns that a view has unless it says otherwise.

        Args:
            view_type: ``entityview``, ``submissionview``, ``dataset`` or ``datasetcollection``.
            view_type_mask: What it shows.
        """
        kind = cast(Any, None if view_type is None else str(view_type))
        found = await self.call_json(view_wire.get_default_columns, kind, view_type_mask)
        return [self._column(each) for each in found["list"]]

    async def annotation_view_columns_async(
        self, scope_ids: list[str], view_type: str, view_type_mask: int | None = None
    ) -> list[Column]:
        """A column for each annotation of what a view shows.

        Args:
            scope_ids: The containers or evaluations, or the items of a dataset.
            view_type: As for ``default_view_columns_async``.
            view_type_mask: What it shows.
        """
        scope = view_wire.ViewScope(
            scope=[str(id) for id in scope_ids],
            view_entity_type=cast(Any, str(view_type)),
            view_type_mask=view_type_mask,
        )
        columns: list[Column] = []
        token = None
        while True:
            page = await run_job(
                cast("Synapse", self),
                view_wire.start_suggestion,
                view_wire.get_suggestion,
                body=view_wire.ViewColumnModelRequest(view_scope=scope, next_page_token=token),
            )
            columns += [self._column(each) for each in page["results"]]
            token = page.get("nextPageToken")
            if token is None:
                return columns

    async def download_table_columns_async(
        self, table: TableAbstractBaseClass, columns: Any, downloadLocation: str | None = None
    ) -> dict[str, str]:
        """Get the files that are in cells of a result.

        Args:
            table: What ``tableQuery`` found.
            columns: The names of columns of file handles, or one of them.
            downloadLocation: A folder; the cache if not given.

        Returns:
            The path of each file handle.
        """
        headers = {each["name"]: place for place, each in enumerate(table.headers or [])}
        names = [columns] if isinstance(columns, str | Mapping) else list(columns)
        places = []
        for each in names:
            name = each["name"] if isinstance(each, Mapping) else each
            header = (table.headers or [])[headers[name]] if name in headers else None
            if header is None or header.get("columnType") != _FILES:
                raise ValueError(f"The result has no column of file handles named {name!r}.")
            places.append(headers[name])
        owner = str(table.tableId)
        handles = dict.fromkeys(
            str(values[place])
            for row in table
            for values in [row["values"] if isinstance(row, Mapping) else row]
            for place in places
            if values[place] is not None
        )
        syn, gate = cast("Synapse", self), asyncio.Semaphore(_AT_ONCE)

        async def fetch(handle: str) -> str | None:
            async with gate:
                return await syn.fetch_file_async(
                    handle,
                    owner,
                    download_location=downloadLocation,
                    through=(owner, "TableEntity"),
                )

        paths = await asyncio.gather(*map(fetch, handles))
        return {handle: path for handle, path in zip(handles, paths, strict=True) if path}

    getColumn = blocking(get_column_async)
    createColumns = blocking(create_columns_async)
    createColumn = blocking(create_column_async)
    create_snapshot_version = blocking(create_snapshot_version_async)
    _get_default_view_columns = blocking(default_view_columns_async)
    _get_annotation_view_columns = blocking(annotation_view_columns_async)
    downloadTableColumns_async = download_table_columns_async
    downloadTableColumns = blocking(download_table_columns_async)
