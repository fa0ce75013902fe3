"""The older tables: columns, schemas, rows, and files and results of rows.

table = syn.store(Table(Schema("Birds", [Column(name="size", columnType="INTEGER")], project), [[9]]))
for row in syn.tableQuery(f"select * from {table.tableId}"): ...
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from typing import Any

from synapseclient.core.more_utils import escape_column_name, join_column_names
from synapseclient.tables import cells
from synapseclient.tables.csv_tables import CsvFileTable, read_columns
from synapseclient.tables.results import RowSetTable, TableAbstractBaseClass, TableQueryResult
from synapseclient.tables.rowsets import (
    AppendableRowset,
    PartialRow,
    PartialRowset,
    Row,
    RowMetadata,
    RowSet,
    cast_row,
    cast_row_set,
    cast_values,
    delete_rows,
    row_labels_from_id_and_version,
    row_labels_from_rows,
    to_boolean,
)
from synapseclient.tables.schemas import (
    MAX_NUM_TABLE_COLUMNS,
    Column,
    Schema,
    SchemaBase,
    SelectColumn,
    column_ids,
)
from synapseclient.tables.sheets import PLAIN
from synapseclient.tables.views import (
    Dataset,
    EntityViewSchema,
    EntityViewType,
    MaterializedViewSchema,
    SubmissionViewSchema,
    ViewBase,
)

__all__ = [
    "DEFAULT_ESCAPE_CHAR",
    "DEFAULT_QUOTE_CHARACTER",
    "DEFAULT_SEPARATOR",
    "LIST_COLUMN_TYPES",
    "MAX_NUM_TABLE_COLUMNS",
    "AppendableRowset",
    "Column",
    "CsvFileTable",
    "Dataset",
    "EntityViewSchema",
    "EntityViewType",
    "MaterializedViewSchema",
    "PartialRow",
    "PartialRowset",
    "Row",
    "RowMetadata",
    "RowSet",
    "RowSetTable",
    "Schema",
    "SchemaBase",
    "SelectColumn",
    "SubmissionViewSchema",
    "Table",
    "TableAbstractBaseClass",
    "TableQueryResult",
    "ViewBase",
    "as_table_columns",
    "build_table",
    "cast_row",
    "cast_row_set",
    "cast_values",
    "column_ids",
    "delete_rows",
    "df2Table",
    "escape_column_name",
    "join_column_names",
    "row_labels_from_id_and_version",
    "row_labels_from_rows",
    "to_boolean",
]

DEFAULT_QUOTE_CHARACTER = PLAIN.quote
DEFAULT_SEPARATOR = PLAIN.separator
DEFAULT_ESCAPE_CHAR = PLAIN.escape
LIST_COLUMN_TYPES = {
    "STRING_LIST",
    "INTEGER_LIST",
    "BOOLEAN_LIST",
    "DATE_LIST",
    "ENTITYID_LIST",
    "USERID_LIST",
}


def Table(schema: Any, values: Any, **kwargs: Any) -> TableAbstractBaseClass:
    """Rows and the table that they are of, to be stored.

    Args:
        schema: A ``Schema``, stored or not, or the id of a table.
        values: The path of a CSV file; a data frame; a mapping of columns; rows, each a list of
            values; or a ``RowSet``.
        kwargs: What the kinds of tables take: ``etag``, ``separator`` …

    Raises:
        ValueError: The values are nothing of the kind.
    """
    if isinstance(values, RowSet):
        return RowSetTable(schema, values)
    if isinstance(values, str | os.PathLike):
        return CsvFileTable(schema, filepath=os.fspath(values), **kwargs)
    if isinstance(values, Mapping) or hasattr(values, "columns"):
        return CsvFileTable.from_data_frame(schema, values, **kwargs)
    if hasattr(values, "to_pydict") or hasattr(values, "get_columns"):
        return CsvFileTable.from_data_frame(schema, values, **kwargs)
    if isinstance(values, Iterable) and not isinstance(values, bytes):
        return CsvFileTable.from_list_of_rows(schema, values, **kwargs)
    raise ValueError(f"Don't know how to make a table of a {type(values).__name__}.")


def as_table_columns(values: Any) -> list[Column]:
    """Columns that fit a data frame, a mapping of columns, or the CSV file at a path."""
    if isinstance(values, str | os.PathLike):
        values = read_columns(os.fspath(values), PLAIN)
    return [Column(**each) for each in cells.fitting_columns(cells.columns_of(values))]


def build_table(name: str, parent: Any, values: Any) -> TableAbstractBaseClass:
    """A table to be stored, with columns that fit its values.

    Raises:
        ValueError: The values are neither a data frame nor the path of a CSV file.
    """
    try:
        columns = as_table_columns(values)
    except csv.Error as error:
        raise ValueError(f"{values} cannot be read as CSV: {error}") from error
    return Table(Schema(name=name, columns=columns, parent=parent), values)


def df2Table(df: Any, syn: Any, tableName: str, parentProject: Any) -> Any:
    """Store a data frame as a new table; its schema."""
    columns = as_table_columns(df)
    return syn.store(Table(Schema(tableName, columns, parent=parentProject), df)).schema
