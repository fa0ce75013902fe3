"""Results of queries as data frames of pandas and Polars, as Arrow tables and as plain rows."""

from __future__ import annotations

import datetime
import importlib
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

from synapseclient import Column as OldColumn
from synapseclient import Project, Schema
from synapseclient import Table as OldTable
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseError
from synapseclient.models import Table, query
from synapseclient.tables import work

UTC = datetime.UTC
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_000, tzinfo=UTC)
MILLIS = int(MOMENT.timestamp() * 1000)
KINDS = {
    "text": "STRING",
    "whole": "INTEGER",
    "real": "DOUBLE",
    "flag": "BOOLEAN",
    "day": "DATE",
    "words": "STRING_LIST",
    "numbers": "INTEGER_LIST",
    "flags": "BOOLEAN_LIST",
    "days": "DATE_LIST",
    "people": "USERID_LIST",
    "thing": "ENTITYID",
    "data": "JSON",
}


def installed(name: str) -> Any:
    """A module that results can be made with."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: pip install -e .[dev]")
        pytest.skip(f"{name} is not installed: pip install -e .[dev]")


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def full(syn: Synapse) -> list[Any]:
    """A value of each type, exact ones that are easily spoilt among them."""
    project = str(syn.store(Project(name=f"Frames {os.urandom(4).hex()}")).id)
    me = str(syn.getUserProfile()["ownerId"])
    values: list[Any] = ["007", 2**53 + 1, 0.1, False, MILLIS, ["a,b", 'c"', "Zaunkönig 🐦"]]
    return [*values, [1, 2], [True, False], [MILLIS], [me], project, {"a": [1, None]}]


@pytest.fixture
def table(syn: Synapse, full: list[Any]) -> str:
    """A table with that row, and one of nulls."""
    columns = [OldColumn(name=name, columnType=kind) for name, kind in KINDS.items()]
    schema = Schema("T", columns, parent=full[-2])
    return str(syn.store(OldTable(schema, [full, [None] * len(full)])).tableId)


def test_plain_rows_need_nothing(syn: Synapse, table: str, full: list[Any]) -> None:
    sql = f"select * from {table}"
    rows = query(sql, results_as="dicts", synapse_client=syn)
    assert rows == [
        {
            "ROW_ID": 1,
            "ROW_VERSION": 2,
            **dict(zip(KINDS, full, strict=True)),
            "people": [int(full[9][0])],  # numbers in JSON, as the real Synapse has them
        },
        {"ROW_ID": 2, "ROW_VERSION": 2, **dict.fromkeys(KINDS)},
    ]
    rows = Table.query(sql, False, True, results_as="dicts", synapse_client=syn)
    assert list(rows[0]) == list(KINDS)
    assert (rows[0]["day"], rows[0]["days"]) == (MOMENT, [MOMENT])
    assert query(f"{sql} where whole = 5", results_as="dicts", synapse_client=syn) == []
    with pytest.raises(ValueError, match="one of pandas, polars, arrow, dicts, not 'xml'"):
        query(sql, results_as="xml", synapse_client=syn)


def test_json_is_parsed_in_a_frame_of_a_model(syn: Synapse, table: str) -> None:
    installed("pandas")
    frame = query(f"select * from {table}", synapse_client=syn)
    assert frame["data"].tolist() == [{"a": [1, None]}, None]
    Table(id=table).store_rows(frame, synapse_client=syn)  # and can be stored again
    again = query(f"select data from {table}", False, synapse_client=syn)
    assert again["data"].tolist() == [{"a": [1, None]}, None]


@pytest.mark.parametrize("parquet", [True, False])
def test_polars(syn: Synapse, table: str, full: list[Any], parquet: bool) -> None:
    pl = installed("polars")
    if not parquet:
        syn._extensions = frozenset()  # as with the official server
    sql = f"select * from {table}"
    frame = query(sql, results_as="polars", synapse_client=syn)
    assert dict(zip(frame.columns, frame.dtypes, strict=True)) == {
        "ROW_ID": pl.Int64,
        "ROW_VERSION": pl.Int64,
        "text": pl.String,
        "whole": pl.Int64,
        "real": pl.Float64,
        "flag": pl.Boolean,
        "day": pl.Int64,
        "words": pl.List(pl.String),
        "numbers": pl.List(pl.Int64),
        "flags": pl.List(pl.Boolean),
        "days": pl.List(pl.Int64),
        "people": pl.List(pl.String),
        "thing": pl.String,
        "data": pl.String,
    }
    assert frame.row(0) == (1, 2, *full[:-1], '{"a": [1, null]}')
    assert frame.row(1) == (2, 2, *[None] * len(KINDS))
    dates = query(sql, False, True, results_as="polars", synapse_client=syn)
    assert dates.schema["day"] == pl.Datetime("ms", "UTC")
    assert dates.schema["days"] == pl.List(pl.Datetime("ms", "UTC"))
    assert dates.row(0)[4] == MOMENT
    empty = query(f"{sql} where whole = 5", False, results_as="polars", synapse_client=syn)
    assert (empty.height, empty.schema["numbers"]) == (0, pl.List(pl.Int64))
    with pytest.raises(ValueError, match="by AS"):
        query(f"select text, text from {table}", results_as="polars", synapse_client=syn)
    # What was got can be changed and stored again.
    changed = changed_of(pl, frame)
    Table(id=table).store_rows(changed, synapse_client=syn)
    again = query(sql, results_as="polars", synapse_client=syn)
    assert again.drop("ROW_VERSION").equals(changed.drop("ROW_VERSION"))
    assert again["ROW_VERSION"].to_list() == [3, 3]


def changed_of(pl: Any, frame: Any) -> Any:
    """The frame with a number changed in one row, and a text in the other."""
    return frame.with_columns(
        whole=pl.Series([2**53 + 3, None], dtype=pl.Int64), text=pl.Series(["007", "new"])
    )


@pytest.mark.parametrize("parquet", [True, False])
def test_arrow(syn: Synapse, table: str, full: list[Any], parquet: bool) -> None:
    pa = installed("pyarrow")
    if not parquet:
        syn._extensions = frozenset()  # as with the official server
    sql = f"select * from {table}"
    got = query(sql, results_as="arrow", synapse_client=syn)
    kinds = {
        "ROW_ID": pa.int64(),
        "ROW_VERSION": pa.int64(),
        "text": pa.string(),
        "whole": pa.int64(),
        "real": pa.float64(),
        "flag": pa.bool_(),
        "day": pa.int64(),
        "words": pa.list_(pa.string()),
        "numbers": pa.list_(pa.int64()),
        "flags": pa.list_(pa.bool_()),
        "days": pa.list_(pa.int64()),
        "people": pa.list_(pa.string()),
        "thing": pa.string(),
        "data": pa.string(),
    }
    assert got.schema == pa.schema(list(kinds.items()))
    first, second = got.to_pylist()
    assert list(first.values()) == [1, 2, *full[:-1], '{"a": [1, null]}']
    assert list(second.values()) == [2, 2, *[None] * len(KINDS)]
    dates = query(sql, False, True, results_as="arrow", synapse_client=syn)
    assert dates.schema.field("day").type == pa.timestamp("ms", tz="UTC")
    assert dates.schema.field("days").type == pa.list_(pa.timestamp("ms", tz="UTC"))
    assert dates["day"].cast(pa.int64()).to_pylist() == [MILLIS, None]
    twice = query(f"select text, text from {table}", False, results_as="arrow", synapse_client=syn)
    assert twice.column_names == ["text", "text"]
    Table(id=table).store_rows(got.slice(0, 1), synapse_client=syn)
    again = query(sql, results_as="arrow", synapse_client=syn)
    assert again.drop_columns(["ROW_VERSION"]) == got.drop_columns(["ROW_VERSION"])


def test_the_older_result(syn: Synapse, table: str) -> None:
    found = syn.tableQuery(f"select text, whole from {table}")
    assert found.asDicts()[1] == {"ROW_ID": 2, "ROW_VERSION": 2, "text": None, "whole": None}
    for module, make in (("polars", found.asPolars), ("pyarrow", found.asArrow)):
        installed(module)
        assert make().shape == (2, 4)


def test_what_is_not_installed(syn: Synapse, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    sql = f"select * from {table}"
    with pytest.raises(ImportError, match=r"pip install 'synapseclient\[polars\]'"):
        query(sql, results_as="polars", synapse_client=syn)
    with pytest.raises(ImportError, match=r"pip install 'synapseclient\[arrow\]'"):
        syn.tableQuery(sql).asArrow()
    syn._extensions = frozenset()  # as with the official server
    with pytest.raises(SynapseError, match="does not write Parquet"):
        run(work.query_typed(syn, sql, "PARQUET"))
    with pytest.raises(SynapseError, match="does not write Arrow files"):
        run(work.query_typed(syn, sql, "ARROW"))
