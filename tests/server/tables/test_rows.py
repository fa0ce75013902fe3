"""Rows of large files come a part at a time."""

from __future__ import annotations

import io

from synapse_server.tables import rows
from synapse_server.tables.rows import RowIds
from synapse_wire.tables import ColumnModel


def test_large_cells_come_in_small_parts() -> None:
    models = [ColumnModel(id="1", name="text", column_type="LARGETEXT")]
    file = io.StringIO("text\n" + f"{'x' * 500_000}\n" * 100)
    found = [len(each.order) for each in rows.from_csv(file, None, 0, None, models)]
    assert found == [64, 36]


def test_many_cells_come_in_small_parts() -> None:
    models = [ColumnModel(id="1", name="n", column_type="INTEGER")]
    file = io.StringIO("n\n" + "1\n" * 45_000)
    found = [len(each.order) for each in rows.from_csv(file, None, 0, None, models)]
    assert found == [20_000, 20_000, 5_000]


def test_sets_of_ids() -> None:
    found = RowIds()
    assert 5 not in found
    assert found.first is None
    for row in (1_000, 7, 8, 0):
        found.add(row)
    assert [row for row in range(1_100) if row in found] == [0, 7, 8, 1_000]
    assert 10**12 not in found
    assert found.first == 1_000


def test_columns_are_suggested_for_all_values() -> None:
    lines = [["1", "true", "x", ""], ["2.5", "FALSE", ""], ["1e3", "", "y", "syn1", "more"]]
    found = rows.suggest(["a", "b", "c", "d"], lines)
    assert [(each.name, each.column_type, each.maximum_size) for each in found] == [
        ("a", "DOUBLE", None),
        ("b", "BOOLEAN", None),
        ("c", "STRING", 50),
        ("d", "ENTITYID", None),
        ("col5", "STRING", 50),
    ]
