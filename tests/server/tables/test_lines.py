"""The CSV files that the engine writes are those that Python's module writes, value by value."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from synapse_server.tables.index import physical
from synapse_server.tables.queries import cell_text
from synapse_server.tables.sql import engine, lines, parser
from synapse_wire.csv_form import Writer
from synapse_wire.tables import ColumnModel, ColumnType, CsvTableDescriptor

_TEXTS = [
    "",
    "a",
    "é ",
    '"',
    'a"b',
    "a,b",
    "a;b",
    "a\\b",
    "\\",
    '\\"',
    "a\tb",
    "a\nb",
    "a\r",
    "a'b",
]
_DOUBLES = [0.0, -0.0, 1.5, 1e16, 1e-5, 123456789.25, 5e-324, 1.7e308, math.inf, -math.inf]
_VALUES: dict[ColumnType, list[Any]] = {
    "STRING": [*_TEXTS, None],
    "LARGETEXT": [None, *reversed(_TEXTS)],
    "INTEGER": [-1, 0, 2**63 - 1, None],
    "DOUBLE": [*_DOUBLES, math.nan, None],
    "BOOLEAN": [True, False, None],
    "DATE": [1_600_000_000_000, None, -5],
    "ENTITYID": [7, None],
    "JSON": ['{"a": "b,c\\n"}', None],
    "STRING_LIST": [["a", "b, c"], [], None, ['"', "\\", "é", "\n"]],
    "INTEGER_LIST": [[1, -2], None],
    "ENTITYID_LIST": [[1, 2], None],
    "BOOLEAN_LIST": [[True, False], None],
}
_FORMS = [
    CsvTableDescriptor(),
    CsvTableDescriptor(separator="\t", escape_character='"'),
    CsvTableDescriptor(separator=";", quote_character="'", line_end="\r\n"),
    CsvTableDescriptor(separator="a", quote_character=".", escape_character="-", line_end="|"),
    CsvTableDescriptor(separator="1", quote_character="e", line_end="\r"),
]
_ROWS = 15


@pytest.mark.parametrize("form", _FORMS, ids=range(len(_FORMS)))
@pytest.mark.parametrize("names", [["STRING"], list(_VALUES)], ids=["one", "all"])
def test_a_file_is_that_of_the_module(
    names: list[ColumnType], form: CsvTableDescriptor, tmp_path: Path
) -> None:
    models = [
        ColumnModel(id=str(i), name=f"the {kind}, {i}", column_type=kind, maximum_size=50)
        for i, kind in enumerate(names)
    ]
    columns = [(_VALUES[kind] * _ROWS)[:_ROWS] for kind in names]
    rows = [list(row) for row in zip(*columns, strict=True)]
    db = duckdb.connect()
    kinds = "".join(f", C{i} {physical(kind)}" for i, kind in enumerate(names))
    db.execute(f"CREATE TABLE r (ROW_ID BIGINT, ROW_VERSION BIGINT{kinds})")
    marks = ", ".join("?" * (len(names) + 2))
    db.executemany(f"INSERT INTO r VALUES ({marks})", [[i, 3, *row] for i, row in enumerate(rows)])
    statement = engine.state(parser.parse("select * from syn1"), engine.Scope(models, 1, 0))
    for with_heads in (True, False):
        path = tmp_path / "result.csv"
        db.execute(
            lines.export(
                statement,
                statement.sql,
                path,
                form,
                with_header=with_heads,
                with_heads=with_heads,
            )
        )
        expected: list[str] = []
        writer = Writer(expected.append, form)
        if with_heads:
            writer.row(["ROW_ID", "ROW_VERSION", *(each.name for each in models)])
        for i, row in enumerate(rows):
            texts = [cell_text(value, kind) for value, kind in zip(row, names, strict=True)]
            writer.row([i, 3, *texts] if with_heads else texts)
        assert path.read_bytes().decode() == "".join(expected)
