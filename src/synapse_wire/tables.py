"""Tables: column models, rows, transactions over rows and columns, and SQL queries."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.access import ActionRequiredCount
from synapse_wire.base import Date, Redirection, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.files import FileHandle
from synapse_wire.jobs import AsyncJobId

_PACKAGE = "org.sagebionetworks.repo.model.table."

ColumnType: TypeAlias = Literal[
    "STRING",
    "DOUBLE",
    "INTEGER",
    "BOOLEAN",
    "DATE",
    "FILEHANDLEID",
    "ENTITYID",
    "SUBMISSIONID",
    "EVALUATIONID",
    "LINK",
    "MEDIUMTEXT",
    "LARGETEXT",
    "USERID",
    "STRING_LIST",
    "INTEGER_LIST",
    "BOOLEAN_LIST",
    "DATE_LIST",
    "ENTITYID_LIST",
    "USERID_LIST",
    "JSON",
]
FacetType: TypeAlias = Literal["enumeration", "range"]
Cell: TypeAlias = str | int | float | bool | None
"""A value of a row as clients send it; answers have text or null, lists as JSON text."""


# ------------------------------------------------------------------ columns


class FacetColumnSortConfig(Wire):
    """The order of the values of an enumeration facet."""

    property: Literal["FREQUENCY", "VALUE"] | None = None
    direction: Literal["ASC", "DESC"] | None = None


class JsonSubColumnModel(Wire):
    """A facet over a value inside of a JSON column."""

    name: str | None = None
    column_type: ColumnType | None = None
    json_path: str | None = None
    facet_type: FacetType | None = None


class ColumnModel(Wire):
    """The definition of a column. It never changes: an equal one has the same id.

    ``maximum_size`` counts characters, ``maximum_list_length`` the values of a list.
    """

    id: str | None = None
    name: str | None = None
    column_type: ColumnType | None = None
    facet_type: FacetType | None = None
    facet_sort_config: FacetColumnSortConfig | None = None
    default_value: str | None = None
    maximum_size: int | None = None
    maximum_list_length: int | None = None
    enum_values: list[str] | None = None
    json_sub_columns: list[JsonSubColumnModel] | None = None


class ColumnModels(Wire):
    """Several column models, in the order of the request."""

    list_: list[ColumnModel] | None = None
    concrete_type: str | None = None


class PaginatedColumnModels(Wire):
    """A page of column models, or all of a table in their order."""

    results: list[ColumnModel]
    total_number_of_results: int


class TableBundle(Wire):
    """What a bundle of a table has beside the entity."""

    column_models: list[ColumnModel]
    max_rows_per_page: int | None = None


class SelectColumn(Wire):
    """A column of a result; ``id`` only for a plain column of the table under its own name."""

    name: str | None = None
    column_type: ColumnType | None = None
    id: str | None = None


# ------------------------------------------------------------------ rows


class Row(Wire):
    """A row. Without ``row_id`` it is new; without ``values`` it is to be deleted."""

    row_id: int | None = None
    version_number: int | None = None
    etag: str | None = None
    values: list[Cell] | None = None


class RowSet(Wire, tag_field="concreteType", tag=_PACKAGE + "RowSet"):
    """Rows whose values are in the order of the headers."""

    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None
    rows: list[Row] | None = None


class CellChange(Wire):
    """The new value of one column, named by its id."""

    key: str
    value: Cell = None


class PartialRow(Wire):
    """Some cells of a row; the others stay. Without ``row_id`` it is a new row."""

    row_id: int | None = None
    values: list[CellChange] | None = None
    etag: str | None = None


class PartialRowSet(Wire, tag_field="concreteType", tag=_PACKAGE + "PartialRowSet"):
    """Changes of cells."""

    table_id: str | None = None
    rows: list[PartialRow] | None = None


class RowReference(Wire):
    """A row as of a version."""

    row_id: int | None = None
    version_number: int | None = None


class RowReferenceSet(Wire):
    """The rows that a change touched."""

    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None
    rows: list[RowReference] | None = None


class FileHandles(Wire):
    """The files of one row; null where a cell is empty."""

    list_: list[FileHandle | None]


class TableFileHandleResults(Wire):
    """The files of rows, a list for each row and in it one for each header."""

    table_id: str
    headers: list[SelectColumn]
    rows: list[FileHandles]


class RowSelection(Wire):
    """Rows to delete."""

    table_id: str | None = None
    etag: str | None = None
    row_ids: list[int] | None = None


# ------------------------------------------------------------------ changes


class CsvTableDescriptor(Wire):
    """How a CSV file is written."""

    separator: str | None = None
    quote_character: str | None = None
    escape_character: str | None = None
    line_end: str | None = None
    is_first_line_header: bool | None = None


class AppendableRowSetRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "AppendableRowSetRequest"
):
    """Add, change and delete the rows of a set."""

    entity_id: str | None = None
    to_append: RowSet | PartialRowSet | None = None


class UploadToTableRequest(Wire, tag_field="concreteType", tag=_PACKAGE + "UploadToTableRequest"):
    """Add or change the rows of an uploaded CSV file.

    Columns are matched by the header, or by ``column_ids``. A file with the columns ROW_ID and
    ROW_VERSION changes the rows that it names.
    """

    entity_id: str | None = None
    table_id: str | None = None
    upload_file_handle_id: str | None = None
    update_etag: str | None = None
    lines_to_skip: int | None = None
    csv_table_descriptor: CsvTableDescriptor | None = None
    column_ids: list[str] | None = None


class ColumnChange(Wire):
    """One column becomes another; without the old one it is added, without the new one removed."""

    old_column_id: str | None = None
    new_column_id: str | None = None


class TableSchemaChangeRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableSchemaChangeRequest"
):
    """Change the columns. ``ordered_column_ids`` are all that the table has then, in order."""

    entity_id: str | None = None
    changes: list[ColumnChange] | None = None
    ordered_column_ids: list[str] | None = None


class TableSearchChangeRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableSearchChangeRequest"
):
    """Switch full-text search on or off."""

    entity_id: str | None = None
    search_enabled: bool | None = None


TableUpdateRequest: TypeAlias = (
    AppendableRowSetRequest
    | UploadToTableRequest
    | TableSchemaChangeRequest
    | TableSearchChangeRequest
)


class SnapshotRequest(Wire):
    """How a snapshot is labelled."""

    snapshot_comment: str | None = None
    snapshot_label: str | None = None
    snapshot_activity_id: str | None = None


class SnapshotResponse(Wire):
    """The version that shows a table as it was."""

    snapshot_version_number: int


class TableUpdateTransactionRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableUpdateTransactionRequest"
):
    """Changes of one table that happen in this order, all or none."""

    entity_id: str | None = None
    changes: list[TableUpdateRequest] | None = None
    create_snapshot: bool | None = None
    snapshot_options: SnapshotRequest | None = None


class RowReferenceSetResults(
    Wire, tag_field="concreteType", tag=_PACKAGE + "RowReferenceSetResults"
):
    """The rows that a set added, changed or deleted, in its order."""

    row_reference_set: RowReferenceSet


class UploadToTableResult(Wire, tag_field="concreteType", tag=_PACKAGE + "UploadToTableResult"):
    """How many rows of a CSV file were taken."""

    rows_processed: int
    etag: str | None = None


class TableSchemaChangeResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableSchemaChangeResponse"
):
    """The columns that the table has now."""

    schema: list[ColumnModel]


class TableSearchChangeResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableSearchChangeResponse"
):
    """Whether full-text search is on now."""

    search_enabled: bool


EntityUpdateFailureCode: TypeAlias = Literal[
    "NOT_FOUND", "UNAUTHORIZED", "CONCURRENT_UPDATE", "ILLEGAL_ARGUMENT", "UNKNOWN"
]


class EntityUpdateResult(Wire):
    """What came of the change of one row of a view; no code means that it was made."""

    entity_id: str
    failure_code: EntityUpdateFailureCode | None = None
    failure_message: str | None = None


class EntityUpdateResults(Wire, tag_field="concreteType", tag=_PACKAGE + "EntityUpdateResults"):
    """What came of each row of a change of a view, in its order."""

    update_results: list[EntityUpdateResult]


TableUpdateResponse: TypeAlias = (
    RowReferenceSetResults
    | EntityUpdateResults
    | UploadToTableResult
    | TableSchemaChangeResponse
    | TableSearchChangeResponse
)


class TableUpdateTransactionResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TableUpdateTransactionResponse"
):
    """What came of each change."""

    results: list[TableUpdateResponse]
    snapshot_version_number: int | None = None


class UploadToTablePreviewRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "UploadToTablePreviewRequest"
):
    """Look into a CSV file and suggest columns for it; 1,000 rows are read unless all are asked."""

    upload_file_handle_id: str | None = None
    lines_to_skip: int | None = None
    csv_table_descriptor: CsvTableDescriptor | None = None
    do_full_file_scan: bool | None = None


class UploadToTablePreviewResult(
    Wire, tag_field="concreteType", tag=_PACKAGE + "UploadToTablePreviewResult"
):
    """Columns that fit the file, and its first rows."""

    suggested_columns: list[ColumnModel]
    sample_rows: list[Row]
    rows_scanned: int


# ------------------------------------------------------------------ queries


class SortItem(Wire):
    """A column to sort by before what the SQL says."""

    column: str | None = None
    direction: Literal["ASC", "DESC"] | None = None


class ColumnSingleValueQueryFilter(
    Wire, tag_field="concreteType", tag=_PACKAGE + "ColumnSingleValueQueryFilter"
):
    """The column has one of the values, or is like one of them."""

    is_defining_condition: bool | None = None
    column_name: str | None = None
    operator: Literal["LIKE", "EQUAL", "IN"] | None = None
    values: list[str] | None = None


class ColumnMultiValueFunctionQueryFilter(
    Wire, tag_field="concreteType", tag=_PACKAGE + "ColumnMultiValueFunctionQueryFilter"
):
    """The list has one of the values, or one that is like one of them."""

    is_defining_condition: bool | None = None
    column_name: str | None = None
    function: Literal["HAS", "HAS_LIKE"] | None = None
    values: list[str] | None = None


class TextMatchesQueryFilter(
    Wire, tag_field="concreteType", tag=_PACKAGE + "TextMatchesQueryFilter"
):
    """The row has these words."""

    is_defining_condition: bool | None = None
    search_expression: str | None = None
    search_mode: Literal["NATURAL_LANGUAGE", "BOOLEAN"] | None = None


QueryFilter: TypeAlias = (
    ColumnSingleValueQueryFilter | ColumnMultiValueFunctionQueryFilter | TextMatchesQueryFilter
)

NULL_FACET = "org.sagebionetworks.UNDEFINED_NULL_NOTSET"
"""The value of a facet that stands for rows without one."""


class FacetColumnValuesRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FacetColumnValuesRequest"
):
    """Values picked of an enumeration facet."""

    column_name: str | None = None
    json_path: str | None = None
    facet_values: list[str] | None = None


class FacetColumnRangeRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FacetColumnRangeRequest"
):
    """A range picked of a range facet; both ends belong to it, either may be open."""

    column_name: str | None = None
    json_path: str | None = None
    min: str | None = None
    max: str | None = None


FacetColumnRequest: TypeAlias = FacetColumnValuesRequest | FacetColumnRangeRequest


class Query(Wire):
    """A SELECT, what more rows must fulfil, and which page of them is asked."""

    sql: str | None = None
    additional_filters: list[QueryFilter] | None = None
    selected_facets: list[FacetColumnRequest] | None = None
    include_entity_etag: bool | None = None
    select_file_column: int | None = None
    select_file_version_column: int | None = None
    offset: int | None = None
    limit: int | None = None
    sort: list[SortItem] | None = None


class QueryBundleRequest(Wire, tag_field="concreteType", tag=_PACKAGE + "QueryBundleRequest"):
    """A query and the parts of the answer.

    Rows 0x1, count 0x2, select columns 0x4, rows of a page 0x8, column models 0x10, facets 0x20,
    sum of file sizes 0x40, last update 0x80, combined SQL 0x100, actions required 0x200; no mask
    asks for all.
    """

    entity_id: str | None = None
    query: Query | None = None
    part_mask: int | None = None


class QueryNextPageToken(Wire, tag_field="concreteType", tag=_PACKAGE + "QueryNextPageToken"):
    """The page after one that was full."""

    entity_id: str | None = None
    token: str | None = None


class QueryResult(Wire, tag_field="concreteType", tag=_PACKAGE + "QueryResult"):
    """A page of rows."""

    query_results: RowSet
    next_page_token: QueryNextPageToken | None = None


class FacetColumnResultValueCount(Wire):
    """How many rows have a value."""

    value: str
    count: int
    is_selected: bool


class FacetColumnResultValues(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FacetColumnResultValues"
):
    """The values of an enumeration facet."""

    column_name: str
    facet_type: FacetType
    facet_values: list[FacetColumnResultValueCount]


class FacetColumnResultRange(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FacetColumnResultRange"
):
    """Least and greatest value of a range facet."""

    column_name: str
    facet_type: FacetType
    column_min: str | None = None
    column_max: str | None = None
    selected_min: str | None = None
    selected_max: str | None = None


class SumFileSizes(Wire):
    """The bytes of all files of a result; a table has none in this sense."""

    sum_file_sizes_bytes: int
    greater_than: bool


class QueryResultBundle(Wire, tag_field="concreteType", tag=_PACKAGE + "QueryResultBundle"):
    """The parts asked for."""

    query_result: QueryResult | None = None
    query_count: int | None = None
    select_columns: list[SelectColumn] | None = None
    max_rows_per_page: int | None = None
    column_models: list[ColumnModel] | None = None
    facets: list[FacetColumnResultValues | FacetColumnResultRange] | None = None
    sum_file_sizes: SumFileSizes | None = None
    last_updated_on: Date | None = None
    combined_sql: str | None = None
    actions_required: list[ActionRequiredCount] | None = None


class DownloadFromTableRequest(
    Query, tag_field="concreteType", tag=_PACKAGE + "DownloadFromTableRequest"
):
    """Write the whole result of a query as CSV into a file handle of the caller.

    ``format`` is an addition of this server: with PARQUET or ARROW (an Arrow IPC file) the file
    has typed columns, dates as moments, and no CSV descriptor.
    """

    entity_id: str | None = None
    format: Literal["CSV", "PARQUET", "ARROW"] | None = None
    write_header: bool | None = None
    include_row_id_and_row_version: bool | None = None
    csv_table_descriptor: CsvTableDescriptor | None = None
    file_name: str | None = None


class DownloadFromTableResult(
    Wire, tag_field="concreteType", tag=_PACKAGE + "DownloadFromTableResult"
):
    """Where the file is."""

    results_file_handle_id: str
    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None


# ------------------------------------------------------------------ definitions


class ValidateDefiningSqlRequest(Wire):
    """SQL that may define a materialized view or a virtual table."""

    defining_sql_: str | None = None
    entity_type: Literal["materializedview", "virtualtable"] | None = None


class ValidateDefiningSqlResponse(Wire):
    """Whether it can, and if not, why."""

    is_valid: bool
    invalid_reason: str | None = None


# ------------------------------------------------------------------ endpoints: columns


@endpoint("POST", "/repo/v1/column", repeatable=True)
def create_column(body: ColumnModel) -> ColumnModel:
    """Store a column model, or find the equal one."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/column/batch", repeatable=True)
def create_columns(body: ColumnModels) -> ColumnModels:
    """Store several column models, all or none."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/column/{columnId}")
def get_column(column_id: str) -> ColumnModel:
    """A column model."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/column")
def list_columns(
    prefix: str | None = None, limit: int = 10, offset: int = 0
) -> PaginatedColumnModels:
    """A page of all column models whose name begins so, whatever the case."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/column")
def get_table_columns(id: str) -> PaginatedColumnModels:
    """All columns of a table, in their order."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: changes


@endpoint("POST", "/repo/v1/entity/{id}/table/append/async/start")
def start_append(id: str, body: AppendableRowSetRequest) -> AsyncJobId:
    """Add, change and delete rows, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/append/async/get/{asyncToken}")
def get_append(id: str, async_token: str) -> RowReferenceSetResults:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/deleteRows")
def delete_rows(id: str, body: RowSelection) -> RowReferenceSet:
    """Delete rows by their ids."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/snapshot")
def create_snapshot(id: str, body: SnapshotRequest) -> SnapshotResponse:
    """Keep a table as it is now, as a version that can be queried and never changes."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/transaction/async/start")
def start_transaction(id: str, body: TableUpdateTransactionRequest) -> AsyncJobId:
    """Change rows and columns, all or nothing, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/transaction/async/get/{asyncToken}")
def get_transaction(id: str, async_token: str) -> TableUpdateTransactionResponse:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/upload/csv/async/start")
def start_csv_upload(id: str, body: UploadToTableRequest) -> AsyncJobId:
    """Add or change the rows of a CSV file, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/upload/csv/async/get/{asyncToken}")
def get_csv_upload(id: str, async_token: str) -> UploadToTableResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/table/upload/csv/async/start")
def start_csv_upload_to(body: UploadToTableRequest) -> AsyncJobId:
    """Add or change the rows of a CSV file, by a job; the body names the table."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/table/upload/csv/async/get/{asyncToken}")
def get_csv_upload_to(async_token: str) -> UploadToTableResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/table/upload/csv/preview/async/start", repeatable=True)
def start_csv_preview(body: UploadToTablePreviewRequest) -> AsyncJobId:
    """Suggest columns for a CSV file, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/table/upload/csv/preview/async/get/{asyncToken}")
def get_csv_preview(async_token: str) -> UploadToTablePreviewResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: queries


@endpoint("POST", "/repo/v1/entity/{id}/table/query/async/start", repeatable=True)
def start_query(id: str, body: QueryBundleRequest) -> AsyncJobId:
    """Query a table, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/query/async/get/{asyncToken}")
def get_query(id: str, async_token: str) -> QueryResultBundle:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/query/nextPage/async/start", repeatable=True)
def start_next_page(id: str, body: QueryNextPageToken) -> AsyncJobId:
    """The next page of a query, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/query/nextPage/async/get/{asyncToken}")
def get_next_page(id: str, async_token: str) -> QueryResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/table/download/csv/async/start", repeatable=True)
def start_csv_download(id: str, body: DownloadFromTableRequest) -> AsyncJobId:
    """Write the result of a query as a CSV file, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/table/download/csv/async/get/{asyncToken}")
def get_csv_download(id: str, async_token: str) -> DownloadFromTableResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/table/download/csv/async/start", repeatable=True)
def start_csv_download_of(body: DownloadFromTableRequest) -> AsyncJobId:
    """Write the result of a query as a CSV file, by a job; the body names the table."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/table/download/csv/async/get/{asyncToken}")
def get_csv_download_of(async_token: str) -> DownloadFromTableResult:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: files in cells


@endpoint("POST", "/repo/v1/entity/{id}/table/filehandles", repeatable=True)
def get_cell_file_handles(id: str, body: RowReferenceSet) -> TableFileHandleResults:
    """The file handles in columns of FILEHANDLEID of some rows of a table."""
    raise NotImplementedError


@endpoint(
    "GET",
    "/repo/v1/entity/{id}/table/column/{columnId}/row/{rowId}/version/{versionNumber}/file",
)
def get_cell_file_url(
    id: str, column_id: str, row_id: int, version_number: int, redirect: bool = True
) -> Redirection:
    """Where the file in a cell can be downloaded."""
    raise NotImplementedError


@endpoint(
    "GET",
    "/repo/v1/entity/{id}/table/column/{columnId}/row/{rowId}/version/{versionNumber}/filepreview",
)
def get_cell_preview_url(
    id: str, column_id: str, row_id: int, version_number: int, redirect: bool = True
) -> Redirection:
    """Where the preview of the file in a cell can be downloaded."""
    raise NotImplementedError


# ------------------------------------------------------------------ endpoints: definitions


@endpoint("POST", "/repo/v1/validateDefiningSql", repeatable=True)
def validate_defining_sql(body: ValidateDefiningSqlRequest) -> ValidateDefiningSqlResponse:
    """Whether SQL can define a materialized view or a virtual table for the caller."""
    raise NotImplementedError
