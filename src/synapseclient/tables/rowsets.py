"""The older classes of rows, and how they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from synapse_wire import tables as wire
from synapseclient.core.blocking import run
from synapseclient.core.dicts import DictObject
from synapseclient.core.utils import id_of
from synapseclient.entity import Storable
from synapseclient.tables import cells, frames, work
from synapseclient.tables.cells import ROW_COLUMNS
from synapseclient.tables.schemas import SelectColumn

if TYPE_CHECKING:
    from synapseclient.client import Synapse


class RowMetadata(NamedTuple):
    """Which row of a table, as of which version."""

    row_id: int
    row_version: int
    row_etag: str | None = None


def cast_values(values: Sequence[Any], headers: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The values of a row, by the types of its columns: numbers, dates, lists …

    Raises:
        ValueError: There are not as many values as headers.
    """
    if len(values) != len(headers):
        raise ValueError(
            f"The number of columns in the csv file does not match the given headers. {len(values)}"
            f" fields, {len(headers)} headers"
        )
    return [
        cells.value_of(value, header.get("columnType"))
        for value, header in zip(values, headers, strict=True)
    ]


def cast_row(row: dict[str, Any], headers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row with its values by the types of the columns."""
    row["values"] = cast_values(row["values"], headers)
    return row


def cast_row_set(rowset: dict[str, Any]) -> dict[str, Any]:
    """Rows with their values by the types of the columns."""
    for row in rowset["rows"]:
        cast_row(row, rowset["headers"])
    return rowset


def to_boolean(value: Any) -> bool:
    """The truth of ``true``, ``t``, ``1`` and their opposites, whatever the case.

    Raises:
        ValueError: It is nothing of the kind.
    """
    if isinstance(value, bool):
        return value
    text = value.lower() if isinstance(value, str) else ""
    if text in ("true", "t", "1"):
        return True
    if text in ("false", "f", "0"):
        return False
    raise ValueError(f"Can't convert {value} to boolean.")


class Row(DictObject):
    """A row: its values, and, if it is stored, its ``rowId`` and ``versionNumber``."""

    def __init__(
        self,
        values: Sequence[Any],
        rowId: int | None = None,
        versionNumber: int | None = None,
        etag: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(values=values, rowId=rowId, versionNumber=versionNumber, **kwargs)
        if etag is not None:
            self["etag"] = etag


class PartialRow(DictObject):
    """Some cells of a row; the others stay.

    Args:
        values: The new value of each column, by its id; or by its name with ``nameToColumnId``.
        rowId: Which row.
        etag: In views: as of which etag.
        nameToColumnId: The id of each column.
    """

    def __init__(
        self,
        values: Mapping[Any, Any],
        rowId: int,
        etag: str | None = None,
        nameToColumnId: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(values, Mapping):
            raise ValueError("values must be a Mapping")
        ids = nameToColumnId
        self["values"] = [
            {"key": ids[name] if ids is not None else name, "value": value}
            for name, value in values.items()
        ]
        self["rowId"] = int(rowId)
        if etag is not None:
            self["etag"] = etag


class AppendableRowset(Storable, DictObject):
    """Rows that can be stored: they are added, or change those whose ids they have."""

    _kind: ClassVar[str]

    def __init__(self, schema: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self["concreteType"] = self._kind
        if schema is not None:
            self["tableId"] = id_of(schema)

    async def _store(self, syn: Synapse) -> Any:
        return await store_rows(syn, self)

    async def _delete(self, syn: Synapse) -> None:
        raise ValueError("Only a RowSet or the result of a query says which rows to delete.")


class PartialRowset(AppendableRowset):
    """Changes of single cells."""

    _kind = "org.sagebionetworks.repo.model.table.PartialRowSet"

    def __init__(self, schema: Any, rows: PartialRow | Sequence[PartialRow]) -> None:
        super().__init__(schema, rows=[rows] if isinstance(rows, PartialRow) else list(rows))

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[int, Mapping[str, Any]], originalQueryResult: Any
    ) -> PartialRowset:
        """Changes of rows that a query found: row id to name of column to value.

        Raises:
            ValueError: The query did not find a row or a column.
        """
        if not isinstance(mapping, Mapping):
            raise ValueError("mapping must be a Mapping of row id to changes")
        ids = {each["name"]: each["id"] for each in originalQueryResult.headers if "id" in each}
        known = {each.row_id: each for each in originalQueryResult.iter_row_metadata()}
        rows = []
        for row_id, changes in mapping.items():
            if int(row_id) not in known:
                raise ValueError(f"The row {row_id} is not in the result of the query.")
            unknown = [name for name in changes if name not in ids]
            if unknown:
                raise ValueError(f"The column {unknown[0]!r} is not in the result of the query.")
            rows.append(PartialRow(changes, int(row_id), known[int(row_id)].row_etag, ids))
        return cls(originalQueryResult.tableId, rows)


class RowSet(AppendableRowset):
    """Rows whose values are in the order of the headers.

    Args:
        columns: The columns; or
        schema: The table that has them.
        kwargs: ``rows``, ``headers``, ``tableId``, ``etag``.
    """

    _kind = "org.sagebionetworks.repo.model.table.RowSet"

    def __init__(
        self, columns: Iterable[Mapping[str, Any]] | None = None, schema: Any = None, **kwargs: Any
    ) -> None:
        kwargs.pop("concreteType", None)
        super().__init__(schema, **kwargs)
        self["headers"] = [SelectColumn(**each) for each in kwargs.get("headers") or ()]
        if columns is not None:
            self["headers"] += [SelectColumn.from_column(each) for each in columns]
        self["rows"] = [
            each if isinstance(each, Row) else Row(**each) for each in kwargs.get("rows") or ()
        ]

    async def _delete(self, syn: Synapse) -> None:
        if self.get("tableId") is None:
            raise ValueError("The rows have no table: give the RowSet its schema or tableId.")
        rows = [(each.row_id, each.row_version) for each in metadata_of_rows(self["rows"])]
        await work.delete_rows(syn, self["tableId"], rows)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> RowSet:
        """The rows that the server sends, with values by the types of the columns."""
        headers = json.get("headers") or []
        rows = [
            Row(**{**row, "values": cast_values(row.get("values") or [], headers)})
            for row in json.get("rows") or []
        ]
        kept = {key: json[key] for key in ("etag", "tableId") if json.get(key)}
        return cls(headers=headers, rows=rows, **kept)


def metadata_of_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[RowMetadata]:
    """Which rows of a table they are; those that are new are left out."""
    for row in rows:
        if row.get("rowId") is not None:
            yield RowMetadata(int(row["rowId"]), int(row["versionNumber"]), row.get("etag"))


def label_of(row_id: Any, version: Any, etag: Any = None) -> str:
    """How the index of a data frame names a row."""
    return f"{row_id}_{version}" + (f"_{etag}" if etag else "")


def row_labels_from_id_and_version(rows: Iterable[Sequence[Any]]) -> list[str]:
    """How the index of a data frame names rows, each an id, a version, and perhaps an etag."""
    return ["_".join(map(str, each)) for each in rows]


def row_labels_from_rows(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """How the index of a data frame names rows."""
    return [label_of(each["rowId"], each["versionNumber"], each.get("etag")) for each in rows]


def frame_of_rows(headers: Sequence[Any], rows: Sequence[Any], labels: bool = True) -> Any:
    """Rows as a data frame; which they are in the index, or else in ROW_ID and ROW_VERSION."""
    columns = frames.transposed((row["values"] for row in rows), len(headers))
    texts = [[cells.text_of(each) for each in column] for column in columns]
    names = [each["name"] for each in headers]
    kinds = [each.get("columnType") for each in headers]
    index = None
    if rows and all(row.get("rowId") is not None for row in rows):
        if labels:
            index = [label_of(row["rowId"], row["versionNumber"], row.get("etag")) for row in rows]
        else:
            fields = ["rowId", "versionNumber"]
            if any(row.get("etag") for row in rows):
                fields.append("etag")
            names = [*ROW_COLUMNS[: len(fields)], *names]
            kinds = [*["INTEGER", "INTEGER", "STRING"][: len(fields)], *kinds]
            which = [[cells.text_of(row.get(key)) for row in rows] for key in fields]
            texts = [*which, *texts]
    return frames.frame_of(names, kinds, texts, index=index)


async def store_rows(syn: Synapse, rowset: AppendableRowset) -> Any:
    """Add, change and delete rows; which they are now."""
    import msgspec

    kind: Any = wire.PartialRowSet if isinstance(rowset, PartialRowset) else wire.RowSet
    body = dict(rowset)
    key = "value" if isinstance(rowset, PartialRowset) else None
    rows = []
    for row in body.get("rows") or []:
        sent = {name: value for name, value in row.items() if value is not None}
        if "values" in sent:
            sent["values"] = [
                {**cell, key: cells.text_of(cell.get(key))} if key else cells.text_of(cell)
                for cell in sent["values"]
            ]
        rows.append(sent)
    body["rows"] = rows
    body = {name: value for name, value in body.items() if value is not None}
    table = str(body["tableId"])
    change = wire.AppendableRowSetRequest(entity_id=table, to_append=msgspec.convert(body, kind))
    answer = work.checked((await work.transact(syn, table, [change]))["results"][0])
    return answer.get("rowReferenceSet", answer)


def delete_rows(syn: Synapse, table_id: str, row_id_vers_list: Iterable[tuple[int, int]]) -> None:
    """Delete rows, each told by its id and version."""
    run(work.delete_rows(syn, table_id, list(row_id_vers_list)))
