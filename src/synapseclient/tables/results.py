"""Rows together with their table: a ``RowSet``, or what a query found, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synapse_wire import tables as wire
from synapseclient.core.blocking import run
from synapseclient.core.more_utils import extract_synapse_id_from_query
from synapseclient.core.utils import id_of
from synapseclient.entity import Storable
from synapseclient.tables import work
from synapseclient.tables.rowsets import (
    Row,
    RowMetadata,
    RowSet,
    cast_values,
    frame_of_rows,
    metadata_of_rows,
    store_rows,
)
from synapseclient.tables.schemas import Column, SchemaBase

if TYPE_CHECKING:
    from synapseclient.client import Synapse


class TableAbstractBaseClass(Storable, Iterable[Any]):
    """What rows with their table have in common."""

    RowMetadataTuple = RowMetadata
    filepath: str | None = None

    def __init__(
        self,
        schema: Any,
        headers: Sequence[Mapping[str, Any]] | None = None,
        etag: str | None = None,
    ) -> None:
        self.schema: Any = None
        self.tableId: str | None = None
        self.headers: list[Any] | None = None if headers is None else list(headers)
        self.etag = etag
        if isinstance(schema, SchemaBase):
            self.schema = schema
            self.tableId = schema.properties.get("id")
        elif schema is not None:
            self.tableId = id_of(schema)

    def asDataFrame(self) -> Any:
        """The rows as a data frame of pandas."""
        raise NotImplementedError

    def asRowSet(self) -> RowSet:
        """The rows as a ``RowSet``."""
        raise NotImplementedError

    def iter_row_metadata(self) -> Iterator[RowMetadata]:
        """Which rows of the table they are."""
        raise NotImplementedError

    async def _take_schema(self, syn: Synapse) -> str:
        """Store the schema if need be; the id of the table."""
        if self.tableId is None and self.schema is not None:
            self.schema = await syn.store_async(self.schema)
            self.tableId = self.schema.properties["id"]
        if self.tableId is None:
            raise ValueError("The rows have no table: give a Schema, or the id of a table.")
        return self.tableId

    async def _delete(self, syn: Synapse) -> None:
        table = await self._take_schema(syn)
        rows = [(each.row_id, each.row_version) for each in self.iter_row_metadata()]
        await work.delete_rows(syn, table, rows)


class RowSetTable(TableAbstractBaseClass):
    """A ``RowSet`` and its table."""

    def __init__(self, schema: Any, rowset: RowSet) -> None:
        super().__init__(schema, rowset.get("headers"), rowset.get("etag"))
        self.rowset = rowset

    async def _store(self, syn: Synapse) -> RowSetTable:
        self.rowset["tableId"] = await self._take_schema(syn)
        await store_rows(syn, self.rowset)
        return self

    def asDataFrame(self) -> Any:
        """The rows as a data frame; the index says which they are."""
        return frame_of_rows(self.rowset["headers"], self.rowset["rows"])

    def asRowSet(self) -> RowSet:
        """The rows as they are."""
        return self.rowset

    def __iter__(self) -> Iterator[list[Any]]:
        headers = self.rowset["headers"]
        return (cast_values(row["values"], headers) for row in self.rowset["rows"])

    def __len__(self) -> int:
        return len(self.rowset["rows"])

    def iter_row_metadata(self) -> Iterator[RowMetadata]:
        """Which rows of the table they are."""
        return metadata_of_rows(self.rowset["rows"])


class TableQueryResult(TableAbstractBaseClass):
    """The rows that a query found, page by page; iterate over it to get all of them.

    It also has ``rowset``, the page that is there, ``count``, ``columnModels``, ``facets``,
    ``maxRowsPerPage``, ``sumFileSizes`` and ``lastUpdatedOn``, those that were asked for.
    """

    def __init__(
        self,
        synapse: Synapse,
        query: str,
        limit: int | None = None,
        offset: int | None = None,
        isConsistent: bool = True,
        partMask: int | None = None,
    ) -> None:
        self.syn = synapse
        self.query = query
        self.limit = limit
        self.offset = offset
        self.isConsistent = isConsistent
        self.partMask = partMask
        asked = wire.Query(sql=query, limit=limit, offset=offset, include_entity_etag=True)
        mask = _USUAL_PARTS if partMask is None else partMask
        bundle = run(work.query_bundle(synapse, asked, mask))
        self.rowset = RowSet(headers=bundle.get("selectColumns") or [])
        self.nextPageToken: Any = None
        result = bundle.get("queryResult") or {}
        if result:
            self._take_page(result)
        super().__init__(
            self.rowset.get("tableId") or extract_synapse_id_from_query(query),
            self.rowset["headers"],
            self.rowset.get("etag"),
        )
        self.count: int | None = bundle.get("queryCount")
        self.maxRowsPerPage: int | None = bundle.get("maxRowsPerPage")
        self.columnModels = [Column(**each) for each in bundle.get("columnModels") or []]
        self.facets = bundle.get("facets")
        self.sumFileSizes = bundle.get("sumFileSizes")
        self.lastUpdatedOn = bundle.get("lastUpdatedOn")
        self._place = -1

    def _take_page(self, result: Mapping[str, Any]) -> None:
        self.rowset = RowSet.from_json(result["queryResults"])
        self.nextPageToken = result.get("nextPageToken")

    async def _next_page(self) -> bool:
        """Get the next page; false if this is the last."""
        if self.nextPageToken is None:
            return False
        self._take_page(await work.next_page(self.syn, self.nextPageToken))
        self.etag = self.rowset.get("etag")
        return True

    def _turn_page(self) -> bool:
        return self.nextPageToken is not None and run(self._next_page())

    def asDataFrame(self, rowIdAndVersionInIndex: bool = True) -> Any:
        """All rows, those of later pages included, as a data frame."""
        headers = self.rowset["headers"]
        rows = [row for page in self._pages() for row in page]
        return frame_of_rows(headers, rows, rowIdAndVersionInIndex)

    def asRowSet(self) -> RowSet:
        """The rows of the page that is there and of all later ones."""
        headers, table, etag = self.rowset["headers"], self.tableId, self.etag
        rows = [row for page in self._pages() for row in page]
        return RowSet(headers=headers, rows=rows, tableId=table, etag=etag)

    def _pages(self) -> Iterator[list[Row]]:
        """The rows of the page that is there and of each later one; then all is read."""
        yield self.rowset["rows"]
        while self._turn_page():
            yield self.rowset["rows"]
        self._place = len(self.rowset["rows"])

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        self._place += 1
        while self._place >= len(self.rowset["rows"]):
            if not self._turn_page():
                raise StopIteration
            self._place = 0
        row: Row = self.rowset["rows"][self._place]
        return row

    def next(self) -> Row:
        """The next row."""
        return self.__next__()

    def __len__(self) -> int:
        """How many rows the page that is there has."""
        return len(self.rowset["rows"])

    def iter_row_metadata(self) -> Iterator[RowMetadata]:
        """Which rows of the table those of this page and of all later ones are."""
        return (each for page in self._pages() for each in metadata_of_rows(page))

    async def _store(self, syn: Synapse) -> TableAbstractBaseClass:
        raise ValueError("A result of a query cannot be stored; make a Table of its rows.")

    async def _delete(self, syn: Synapse) -> None:
        found = [*metadata_of_rows(self.rowset["rows"])]
        while await self._next_page():
            found += metadata_of_rows(self.rowset["rows"])
        self._place = len(self.rowset["rows"])
        rows = [(each.row_id, each.row_version) for each in found]
        await work.delete_rows(syn, await self._take_schema(syn), rows)


_USUAL_PARTS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10
