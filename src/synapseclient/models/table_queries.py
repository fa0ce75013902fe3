"""What a table is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from synapse_wire import tables as wire
from synapseclient.core.constants import concrete_types
from synapseclient.models.asynchronous_job import AsynchronousCommunicator, Job
from synapseclient.models.columns import Column, ColumnType, sent
from synapseclient.models.records import fill
from synapseclient.tables.rowsets import cast_values, to_boolean


@dataclass
class SelectColumn:
    """A column of a result; it has an ``id`` if it is one of the table."""

    name: str | None = None
    column_type: ColumnType | None = None
    id: str | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> SelectColumn:
        """From what the server sends."""
        kind = data.get("columnType")
        return cls(data.get("name"), ColumnType(kind) if kind else None, data.get("id"))


@dataclass
class Row:
    """A row of a result."""

    row_id: int | None = None
    version_number: int | None = None
    etag: str | None = None
    values: list[Any] | None = None

    @staticmethod
    def to_boolean(value: Any) -> bool:
        """The truth of ``true``, ``t``, ``1`` and their opposites, whatever the case.

        Raises:
            ValueError: It is nothing of the kind.
        """
        return to_boolean(value)

    @staticmethod
    def cast_values(values: Sequence[Any], headers: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The values by the types of their columns: numbers, dates, lists …

        Raises:
            ValueError: There are not as many values as headers.
        """
        return cast_values(values, headers)

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> Row:
        """From what the server sends."""
        return cls(
            data.get("rowId"), data.get("versionNumber"), data.get("etag"), data.get("values")
        )


@dataclass
class RowSet:
    """A page of rows, with values by the types of the columns."""

    concrete_type: str | None = None
    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None
    rows: list[Row] | None = field(default_factory=list)

    @classmethod
    def cast_row(
        cls, row: Mapping[str, Any], headers: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """A row as the server sends it, its values by the types of the columns."""
        return {**row, "values": cast_values(row["values"], headers)}

    @classmethod
    def cast_row_set(
        cls, rows: Sequence[Mapping[str, Any]], headers: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Several of them."""
        return [cls.cast_row(row, headers) for row in rows]

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> RowSet:
        """From what the server sends."""
        headers, rows = data.get("headers"), data.get("rows")
        if rows and headers:
            rows = cls.cast_row_set(rows, headers)
        return cls(
            data.get("concreteType"),
            data.get("tableId"),
            data.get("etag"),
            [SelectColumn.fill_from_dict(each) for each in headers] if headers else None,
            [Row.fill_from_dict(each) for each in rows] if rows else None,
        )


@dataclass
class QueryNextPageToken:
    """What the page after this one is asked with."""

    concrete_type: str | None = None
    entity_id: str | None = None
    token: str | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> QueryNextPageToken:
        """From what the server sends."""
        return cls(data.get("concreteType"), data.get("entityId"), data.get("token"))


@dataclass
class QueryResult:
    """A page of rows, and whether there is another."""

    query_results: RowSet | None
    concrete_type: str | None = concrete_types.QUERY_RESULT
    next_page_token: QueryNextPageToken | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> QueryResult:
        """From what the server sends."""
        rows, token = data.get("queryResults"), data.get("nextPageToken")
        return cls(
            RowSet.fill_from_dict(rows) if rows else None,
            data.get("concreteType"),
            QueryNextPageToken.fill_from_dict(token) if token else None,
        )


@dataclass
class ActionRequiredCount:
    """What is to be done before so many files of a result can be had."""

    action: dict[str, Any] | None = None
    count: int | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> ActionRequiredCount:
        """From what the server sends."""
        return cls(data.get("action"), data.get("count"))


@dataclass
class CsvTableDescriptor:
    """How a CSV file is written."""

    separator: str = ","
    quote_character: str = '"'
    escape_character: str = "\\"
    line_end: str = "\n"
    is_first_line_header: bool = True

    def fill_from_dict(self, data: Mapping[str, Any]) -> CsvTableDescriptor:
        """Set the fields from what the server sends."""
        fill(self, data)
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class SumFileSizes:
    """The bytes of all files of a result, at least so many if ``greater_than``."""

    sum_file_size_bytes: int | None = None
    greater_than: bool | None = None


@dataclass
class QueryResultOutput:
    """The parts of a query's answer: ``result`` is a data frame of all rows."""

    result: Any
    count: int | None = None
    sum_file_sizes: SumFileSizes | None = None
    last_updated_on: str | None = None

    @classmethod
    def fill_from_dict(cls, result: Any, data: Mapping[str, Any]) -> QueryResultOutput:
        """From a data frame and the rest of the answer."""
        sizes = data.get("sum_file_sizes") or data.get("sumFileSizes")
        if isinstance(sizes, Mapping):
            sizes = SumFileSizes(sizes.get("sumFileSizesBytes"), sizes.get("greaterThan"))
        return cls(
            result,
            data.get("count", data.get("queryCount")),
            sizes,
            data.get("last_updated_on", data.get("lastUpdatedOn")),
        )


@dataclass
class Query:
    """A SELECT, what more rows must fulfil, and which page of them is asked."""

    sql: str
    additional_filters: list[dict[str, Any]] | None = None
    selected_facets: list[dict[str, Any]] | None = None
    include_entity_etag: bool | None = False
    select_file_column: int | None = None
    select_file_version_column: int | None = None
    offset: int | None = None
    limit: int | None = None
    sort: list[dict[str, Any]] | None = None

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class QueryJob(AsynchronousCommunicator):
    """Write the whole result of a query as a CSV file. The last six fields are the answer."""

    entity_id: str
    concrete_type: str = concrete_types.QUERY_TABLE_CSV_REQUEST
    write_header: bool | None = True
    include_row_id_and_row_version: bool | None = True
    csv_table_descriptor: CsvTableDescriptor | None = None
    file_name: str | None = None
    sql: str | None = None
    additional_filters: list[dict[str, Any]] | None = None
    selected_facets: list[dict[str, Any]] | None = None
    include_entity_etag: bool | None = False
    select_file_column: int | None = None
    select_file_version_column: int | None = None
    offset: int | None = None
    limit: int | None = None
    sort: list[dict[str, Any]] | None = None
    job_id: str | None = None
    results_file_handle_id: str | None = None
    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None
    response_concrete_type: str | None = concrete_types.QUERY_TABLE_CSV_RESULT

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self, but=_ANSWER_OF_CSV)

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> QueryJob:
        """Take the answer."""
        headers = synapse_response.get("headers")
        self.job_id = synapse_response.get("jobId")
        self.response_concrete_type = synapse_response.get("concreteType")
        self.results_file_handle_id = synapse_response.get("resultsFileHandleId")
        self.table_id = synapse_response.get("tableId")
        self.etag = synapse_response.get("etag")
        self.headers = [SelectColumn.fill_from_dict(each) for each in headers] if headers else None
        return self

    def _job(self) -> Job:
        body = msgspec.convert(
            self.to_synapse_request(), wire.DownloadFromTableRequest, strict=False
        )
        return Job(wire.start_csv_download, wire.get_csv_download, (self.entity_id,), body)


_ANSWER_OF_CSV = (
    "job_id",
    "results_file_handle_id",
    "table_id",
    "etag",
    "headers",
    "response_concrete_type",
)


@dataclass
class QueryResultBundle:
    """The parts of an answer that were asked for."""

    concrete_type: str | None = concrete_types.QUERY_TABLE_CSV_REQUEST
    query_result: QueryResult | None = None
    query_count: int | None = None
    select_columns: list[SelectColumn] | None = None
    max_rows_per_page: int | None = None
    column_models: list[Column] | None = None
    facets: list[dict[str, Any]] | None = None
    sum_file_sizes: SumFileSizes | None = None
    last_updated_on: str | None = None
    combined_sql: str | None = None
    actions_required: list[ActionRequiredCount] | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> QueryResultBundle:
        """From what the server sends."""
        made = cls()
        fill(made, data)
        result, sizes = data.get("queryResult"), data.get("sumFileSizes")
        made.concrete_type = data.get("concreteType")
        made.query_result = QueryResult.fill_from_dict(result) if result else None
        made.sum_file_sizes = (
            SumFileSizes(sizes.get("sumFileSizesBytes"), sizes.get("greaterThan"))
            if sizes
            else None
        )
        made.select_columns = [
            SelectColumn.fill_from_dict(each) for each in data.get("selectColumns") or ()
        ] or None
        made.column_models = [
            Column().fill_from_dict(each) for each in data.get("columnModels") or ()
        ] or None
        made.actions_required = [
            ActionRequiredCount.fill_from_dict(each) for each in data.get("actionsRequired") or ()
        ] or None
        return made


@dataclass
class QueryBundleRequest(AsynchronousCommunicator):
    """A query and the parts of its answer that are wanted. From ``query_result`` on, the fields
    are the answer."""

    entity_id: str
    query: Any
    concrete_type: str = concrete_types.QUERY_BUNDLE_REQUEST
    part_mask: int | None = None
    query_result: QueryResult | None = None
    query_count: int | None = None
    select_columns: list[SelectColumn] | None = None
    max_rows_per_page: int | None = None
    column_models: list[Any] | None = None
    facets: list[dict[str, Any]] | None = None
    sum_file_sizes: SumFileSizes | None = None
    last_updated_on: str | None = None
    combined_sql: str | None = None
    actions_required: list[ActionRequiredCount] | None = None

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self, but=_ANSWER_OF_BUNDLE)

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> QueryBundleRequest:
        """Take the answer."""
        bundle = QueryResultBundle.fill_from_dict(synapse_response)
        for name in _ANSWER_OF_BUNDLE:
            setattr(self, name, getattr(bundle, name))
        return self

    def _job(self) -> Job:
        body = msgspec.convert(self.to_synapse_request(), wire.QueryBundleRequest, strict=False)
        return Job(wire.start_query, wire.get_query, (self.entity_id,), body)


_ANSWER_OF_BUNDLE = (
    "query_result",
    "query_count",
    "select_columns",
    "max_rows_per_page",
    "column_models",
    "facets",
    "sum_file_sizes",
    "last_updated_on",
    "combined_sql",
    "actions_required",
)
