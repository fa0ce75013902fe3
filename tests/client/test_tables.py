"""Tables with our client: the older classes and the models, with pandas and without."""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import User

import synapseclient
from synapseclient import Column as OldColumn
from synapseclient import (
    PartialRowset,
    Project,
    Row,
    RowSet,
    Schema,
    as_table_columns,
    build_table,
    delete_rows,
    models,
    operations,
)
from synapseclient import Table as OldTable
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseHTTPError, SynapseTimeoutError
from synapseclient.core.jobs import waits
from synapseclient.models import (
    Column,
    ColumnExpansionStrategy,
    ColumnType,
    CsvTableDescriptor,
    FacetType,
    FailureStrategy,
    JsonSubColumn,
    SchemaStorageStrategy,
    Table,
    query,
    query_async,
    query_part_mask,
)
from synapseclient.table import PartialRow
from synapseclient.tables import cells, upsert
from synapseclient.tables.sheets import Dialect, parts_of

UTC = datetime.UTC
NASTY = [
    'say "hi"',
    "back\\slash\\",
    "a,b\nnext\r\nline",
    "Zaunkönig 🐦",
    " padded ",
    "'",
    "\\",
    '\\"',
]


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def project(syn: Synapse) -> str:
    return str(syn.store(Project(name=f"Tables {os.urandom(4).hex()}")).id)


def values(syn: Synapse, sql: str) -> list[list[Any]]:
    """The rows of a query, without their ids."""
    return [list(row) for row in syn.tableQuery(sql, includeRowIdAndRowVersion=False)]


BIRDS = [
    {"name": "name", "columnType": "STRING", "maximumSize": 40},
    {"name": "size", "columnType": "INTEGER"},
    {"name": "weight", "columnType": "DOUBLE"},
    {"name": "seen", "columnType": "BOOLEAN"},
]
ROWS = [["wren", 9, 8.5, True], ["robin", 14, None, False], ["dipper", None, 60.25, None]]


@pytest.fixture
def birds(syn: Synapse, project: str) -> Schema:
    schema = Schema("Birds", [OldColumn(**each) for each in BIRDS], parent=project)
    stored = syn.store(OldTable(schema, ROWS)).schema
    assert isinstance(stored, Schema)
    return stored


# ------------------------------------------------------------------ the older classes


def test_rows_come_back_as_they_were(syn: Synapse, birds: Schema) -> None:
    assert birds.id.startswith("syn")
    assert birds.columns_to_store == []
    found = syn.tableQuery(f"select * from {birds.id}")
    assert list(found) == [[str(n), "2", *row] for n, row in enumerate(ROWS, 1)]
    assert len(found) == 3
    assert found.etag
    assert found.tableId == birds.id
    assert [each["name"] for each in found.headers] == [
        "ROW_ID",
        "ROW_VERSION",
        *(each["name"] for each in BIRDS),
    ]
    assert [tuple(each) for each in found.iter_row_metadata()] == [(n, 2, None) for n in (1, 2, 3)]
    rowset = found.asRowSet()
    assert [each["values"] for each in rowset["rows"]] == ROWS
    assert [each["rowId"] for each in rowset["rows"]] == [1, 2, 3]
    assert values(syn, f"select sum(size) from {birds.id}") == [[23]]
    found = syn.tableQuery(f"select count(*) as n from {birds.id}")
    assert (list(found), found.includeRowIdAndRowVersion) == ([[3]], False)
    with pytest.raises(ValueError, match="ROW_ID"):
        list(found.iter_row_metadata())
    with pytest.raises(ValueError, match="Unknown return type"):
        syn.tableQuery(f"select * from {birds.id}", resultsAs="xml")
    with pytest.raises(SynapseHTTPError, match="Column does not exist: nothing"):
        syn.tableQuery(f"select nothing from {birds.id}")


def test_a_result_row_by_row(syn: Synapse, birds: Schema) -> None:
    sql = f"select name, size from {birds.id}"
    found = syn.tableQuery(sql, resultsAs="rowset", limit=2)
    assert [row["values"] for row in found] == [["wren", 9], ["robin", 14]]
    assert (found.count, len(found)) == (3, 2)
    assert [each["name"] for each in found.columnModels] == [each["name"] for each in BIRDS]
    assert [tuple(each) for each in found.iter_row_metadata()] == [(1, 2, None), (2, 2, None)]
    frame = syn.tableQuery(sql, resultsAs="rowset").asDataFrame()
    assert list(frame.index) == ["1_2", "2_2", "3_2"]
    assert frame["size"].tolist() == [9, 14, pd.NA]
    assert str(frame["size"].dtype) == "Int64"
    only = syn.tableQuery(sql, resultsAs="rowset", partMask=0x2)
    assert (only.count, list(only)) == (3, [])


def test_pages_follow_one_another(syn: Synapse, project: str) -> None:
    columns = [OldColumn(name="text", columnType="STRING", maximumSize=1000)]
    count = 300  # a page has 512,000 bytes: 128 rows of 1,000 characters
    schema = Schema("Long", columns, parent=project)
    table = syn.store(OldTable(schema, [[f"{n:05}"] for n in range(count)]))
    sql = f"select * from {table.tableId} order by text"
    found = syn.tableQuery(sql, resultsAs="rowset")
    assert len(found) < count
    assert [row["values"][0] for row in found] == [f"{n:05}" for n in range(count)]
    frame = syn.tableQuery(sql, resultsAs="rowset").asDataFrame()
    assert frame["text"].tolist() == [f"{n:05}" for n in range(count)]
    found = query_part_mask(sql, 0x1 | 0x2 | 0x80, synapse_client=syn)
    assert len(found.result) == found.count == count
    assert found.last_updated_on.startswith("20")
    assert found.result["ROW_ID"].tolist() == list(range(1, count + 1))
    found = syn.tableQuery(f"{sql} limit 200", resultsAs="rowset")
    assert len(found) < 200
    assert len(found.asRowSet()["rows"]) == 200
    assert list(found) == [], "all was read"
    # All rows that were found are deleted, not those of the first page.
    syn.delete(syn.tableQuery(f"{sql} limit 200", resultsAs="rowset"))
    assert len(syn.tableQuery(sql, isConsistent=True)) == count - 200


def test_frames_have_exact_types(syn: Synapse, project: str) -> None:
    moment = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_000, tzinfo=UTC)
    kinds = {
        "text": "STRING",
        "whole": "INTEGER",
        "real": "DOUBLE",
        "flag": "BOOLEAN",
        "day": "DATE",
        "words": "STRING_LIST",
        "numbers": "INTEGER_LIST",
        "flags": "BOOLEAN_LIST",
        "days": "DATE_LIST",
        "thing": "ENTITYID",
        "data": "JSON",
    }
    columns = [OldColumn(name=name, columnType=kind) for name, kind in kinds.items()]
    full = ["007", 2**53 + 1, 0.1, False, moment, ["a,b", 'c"'], [1, 2], [True, False]]
    full += [[moment], project, {"a": [1, None]}]
    table = syn.store(OldTable(Schema("T", columns, parent=project), [full, [None] * len(full)]))
    found = syn.tableQuery(f"select * from {table.tableId}")
    frame = found.asDataFrame(convert_to_datetime=True)
    types = {name: str(kind) for name, kind in frame.dtypes.items() if str(kind) != "object"}
    day = types.pop("day")
    assert day.startswith("datetime64[")
    assert day.endswith(", UTC]")
    assert types == {"whole": "Int64", "real": "float64", "flag": "boolean"}
    first = frame.iloc[0].tolist()
    assert first == [*full[:-1], '{"a": [1, null]}']
    assert frame.iloc[1].isna().all()
    plain = found.asDataFrame()
    millis = int(moment.timestamp() * 1000)
    assert (plain["day"].tolist()[0], plain["days"].tolist()[0]) == (millis, [millis])
    apart = found.asDataFrame(rowIdAndVersionInIndex=False)
    assert apart[["ROW_ID", "ROW_VERSION"]].values.tolist() == [[1, 2], [2, 2]]
    # What was got can be stored again, and is then the same.
    syn.store(OldTable(table.tableId, frame, etag=found.etag))
    again = syn.tableQuery(f"select * from {table.tableId}").asDataFrame(convert_to_datetime=True)
    assert list(again.index) == ["1_3", "2_3"]
    assert again.iloc[0].tolist() == first
    empty = syn.tableQuery(f"select * from {table.tableId} where whole = 5").asDataFrame()
    assert (len(empty), str(empty["whole"].dtype)) == (0, "Int64")


def test_text_survives_both_ways(syn: Synapse, project: str) -> None:
    columns = [OldColumn(name='odd "name", \\', columnType="STRING", maximumSize=100)]
    schema = syn.store(Schema("Nasty", columns, parent=project))
    syn.store(OldTable(schema, [[each] for each in NASTY]))
    sql = f"select * from {schema.id}"
    assert values(syn, sql) == [[each] for each in NASTY]
    frame = syn.tableQuery(sql).asDataFrame()
    assert list(frame.columns) == ['odd "name", \\']
    syn.store(OldTable(schema, frame))
    assert values(syn, sql) == [[each] for each in NASTY]
    options = {"separator": "\t", "quoteCharacter": "'", "escapeCharacter": "~"}
    found = syn.tableQuery(sql, includeRowIdAndRowVersion=False, **options)
    assert [row[0] for row in found] == NASTY
    bare = syn.tableQuery(sql, header=False, includeRowIdAndRowVersion=False)
    assert [row[0] for row in bare] == NASTY
    assert len(bare) == len(NASTY)


def test_changes_of_rows(syn: Synapse, birds: Schema) -> None:
    found = syn.tableQuery(f"select * from {birds.id}")
    frame = found.asDataFrame()
    frame.loc["1_2", "size"] = 10
    syn.store(OldTable(birds, frame.loc[["1_2"]], etag=found.etag))
    sql = f"select size from {birds.id} where name = 'wren'"
    assert values(syn, sql) == [[10]]
    with pytest.raises(SynapseHTTPError, match="was changed since"):
        syn.store(OldTable(birds, frame.loc[["1_2"]], etag=found.etag))
    found = syn.tableQuery(f"select name, size from {birds.id}", resultsAs="rowset")
    changes = {1: {"size": 11}, 2: {"name": "Robin", "size": None}}
    syn.store(PartialRowset.from_mapping(changes, found))
    assert values(syn, f"select name, size from {birds.id} where ROW_ID < 3") == [
        ["wren", 11],
        ["Robin", None],
    ]
    for wrong in ({9: {"size": 1}}, {1: {"length": 1}}):
        with pytest.raises(ValueError, match="not in the result"):
            PartialRowset.from_mapping(wrong, found)
    with pytest.raises(ValueError, match="Mapping"):
        PartialRow([], 1)  # type: ignore[arg-type]
    columns = list(syn.getTableColumns(birds))
    rowset = RowSet(columns=columns, schema=birds, rows=[Row(["owl", 35, 300, None])])
    answer = syn.store(rowset)
    assert [each["rowId"] for each in answer["rows"]] == [4]
    assert syn.store(OldTable(birds, rowset)).rowset is rowset
    assert values(syn, f"select count(*) from {birds.id} where name = 'owl'") == [[2]]
    syn.delete(
        syn.tableQuery(f"select name from {birds.id} where name = 'owl'", resultsAs="rowset")
    )
    assert values(syn, f"select count(*) from {birds.id}") == [[3]]
    delete_rows(syn, birds.id, [(1, 4)])
    syn.delete(syn.tableQuery(f"select * from {birds.id} where ROW_ID = 2").asRowSet())
    assert values(syn, f"select name from {birds.id}") == [["dipper"]]


def test_schemas_change(syn: Synapse, birds: Schema) -> None:
    names = [each["name"] for each in BIRDS]
    schema = syn.get(birds.id)
    assert isinstance(schema, Schema)
    assert schema.has_columns()
    first = next(syn.getTableColumns(schema))
    schema.removeColumn(first)
    schema.addColumn(OldColumn(name="note", columnType="STRING", defaultValue="none"))
    schema = syn.store(schema)
    assert [each["name"] for each in syn.getColumns(schema)] == [*names[1:], "note"]
    assert values(syn, f"select distinct note from {birds.id}") == [["none"]]
    with pytest.raises(ValueError):
        schema.removeColumn(first)
    later = OldColumn(name="x", columnType="DATE")
    schema.addColumns([later, first])
    schema.removeColumn(later)
    assert schema.columns_to_store == []
    assert syn.get(birds.id).versionNumber == 1, "changes are no versions"


def test_columns(syn: Synapse, birds: Schema) -> None:
    name = f"c{os.urandom(6).hex()}"
    one = syn.createColumn(name + "a", "STRING", 10, "x", ["x", "y"])
    assert (one.maximumSize, one.defaultValue, one.enumValues) == (10, "x", ["x", "y"])
    two, same = syn.createColumns([OldColumn(name=name + "b", columnType="DATE"), one])
    assert same.id == one.id
    assert syn.createColumns([]) == []
    stored = syn.store(OldColumn(name=name + "b", columnType="DATE"))
    assert stored.id == two.id
    assert syn.getColumn(two.id) == two
    assert [each.id for each in syn.getColumns(name, limit=1)] == [one.id, two.id]
    assert [each.id for each in syn.getColumns(Schema("n", [one, two.id]))] == [one.id, two.id]
    headers = syn.tableQuery(f"select name from {birds.id}").headers
    assert [each["name"] for each in syn.getColumns(headers)] == ["ROW_ID", "ROW_VERSION", "name"]
    with pytest.raises(ValueError, match="float"):
        list(syn.getColumns(0.5))


def test_tables_of_what_there_is(syn: Synapse, project: str, tmp_path: Path) -> None:
    path = tmp_path / "birds.csv"
    path.write_text('name,size,weight,seen,note\nwren,9,8.5,true,\n"robin, the",14,18,false,00\n')
    kinds = [(each["name"], each["columnType"]) for each in as_table_columns(str(path))]
    assert kinds == [
        ("name", "STRING"),
        ("size", "INTEGER"),
        ("weight", "DOUBLE"),
        ("seen", "BOOLEAN"),
        ("note", "STRING"),
    ]
    table = syn.store(build_table("From CSV", project, str(path)))
    rows = [["wren", 9, 8.5, True, None], ["robin, the", 14, 18.0, False, "00"]]
    assert values(syn, f"select * from {table.tableId}") == rows
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2024-01-01T00:00:00Z", None]),
            "gaps": pd.array([1, None], dtype="Int64"),
            "words": [["a"], ["b", "c"]],
            "long": ["x" * 1001, "y"],
            "mixed": [1, "two"],
        }
    )
    table = syn.store(build_table("From a frame", project, frame))
    kinds = [each["columnType"] for each in syn.getTableColumns(table.tableId)]
    assert kinds == ["DATE", "INTEGER", "STRING_LIST", "LARGETEXT", "STRING"]
    found = syn.tableQuery(f"select * from {table.tableId}").asDataFrame()
    assert found["gaps"].tolist() == [1, pd.NA]
    assert found["words"].tolist() == [["a"], ["b", "c"]]
    assert found["mixed"].tolist() == ["1", "two"]
    table = syn.store(build_table("From columns", project, {"n": [1, 2]}))
    assert values(syn, f"select n from {table.tableId}") == [[1], [2]]
    for wrong in (5, b"x"):
        with pytest.raises(ValueError, match="Don't know how"):
            OldTable("syn1", wrong)
    with pytest.raises(ValueError, match="no table"):
        syn.store(OldTable(None, [[1]]))


def test_files_in_cells(syn: Synapse, project: str, tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_text("tweet")
    handle = syn.uploadFileHandle(str(path), project)["id"]
    columns = [OldColumn(name="song", columnType="FILEHANDLEID")]
    table = syn.store(OldTable(Schema("Songs", columns, parent=project), [[handle], [None]]))
    syn.cache.purge(after_date=0)
    found = syn.tableQuery(f"select * from {table.tableId}")
    got = syn.downloadTableColumns(found, "song", downloadLocation=str(tmp_path / "songs"))
    assert list(got) == [handle]
    assert Path(got[handle]).read_text() == "tweet"
    with pytest.raises(ValueError, match="no column of file handles"):
        syn.downloadTableColumns(found, ["sung"])


# ------------------------------------------------------------------ the models


@pytest.fixture
def table(syn: Synapse, project: str) -> Table:
    columns = [
        Column(name="name", column_type=ColumnType.STRING, maximum_size=10),
        Column(name="size", column_type=ColumnType.INTEGER, facet_type=FacetType.RANGE),
        Column(name="tags", column_type=ColumnType.STRING_LIST, maximum_size=20),
    ]
    made = Table(name="Birds", parent_id=project, columns=columns)
    return made.store(synapse_client=syn)


def frame_of(syn: Synapse, table: Table, what: str = "*") -> Any:
    return query(
        f"select {what} from {table.id}",
        include_row_id_and_row_version=False,
        synapse_client=syn,
    )


def test_a_table_is_made_and_changed(syn: Synapse, table: Table, project: str) -> None:
    assert (table.version_number, table.etag is None) == (1, False)
    assert [each.column_type for each in table.columns.values()] == [
        ColumnType.STRING,
        ColumnType.INTEGER,
        ColumnType.STRING_LIST,
    ]
    assert not table.has_changed
    rows = {"name": ["wren", "robin"], "size": [9, None], "tags": [["a"], None]}
    table.store_rows(rows, synapse_client=syn)
    again = Table(name="Birds", parent_id=project).get(synapse_client=syn)
    assert (again.id, list(again.columns)) == (table.id, ["name", "size", "tags"])
    again.columns["size"].name = "length"
    again.columns["size"].column_type = ColumnType.DOUBLE
    again.columns["size"].facet_type = None
    again.add_column(Column(name="note", column_type=ColumnType.STRING, default_value="?"), index=0)
    again.add_column([Column(name="day", column_type=ColumnType.DATE)])
    again.reorder_column("day", 1)
    again.delete_column("tags")
    again.description = "of the garden"
    again.annotations = {"season": ["spring"]}
    before = [(each.id, each.name) for each in table.columns.values()]
    again.store(dry_run=True, synapse_client=syn)
    assert [
        (c.id, c.name) for c in Table(id=table.id).get(synapse_client=syn).columns.values()
    ] == before
    again = again.store(synapse_client=syn)
    assert list(again.columns) == ["note", "day", "name", "length"]
    found = frame_of(syn, table)
    assert found.to_dict("list")["length"][0] == 9.0
    assert found["note"].tolist() == ["?", "?"]
    got = Table(id=table.id).get(synapse_client=syn)
    assert (got.description, got.annotations) == ("of the garden", {"season": ["spring"]})
    # Who names one column of a table that is there adds it, and changes nothing else.
    more = Table(
        name="Birds",
        parent_id=project,
        columns=[Column(name="extra", column_type=ColumnType.BOOLEAN)],
    ).store(synapse_client=syn)
    assert more.id == table.id
    assert set(more.columns) == {"note", "day", "name", "length", "extra"}
    # A name may go to another column in the same change.
    more.columns["name"].name = "species"
    more.columns = [*more.columns.values(), Column(name="name", column_type=ColumnType.STRING)]
    more = more.store(synapse_client=syn)
    found = frame_of(syn, table, "species, name")
    assert found.values.tolist() == [["wren", None], ["robin", None]]
    same = more.store(synapse_client=syn)
    assert same.etag == got.etag or same.etag == more.etag
    for wrong in (
        lambda: again.delete_column("nothing"),
        lambda: again.add_column(Column(name="note")),
        lambda: Table(columns=[Column(name="a"), Column(name="a")]),
        lambda: Table(columns=[Column()]),
        lambda: Table().get(synapse_client=syn),
        lambda: Table(name="x").store(synapse_client=syn),
    ):
        with pytest.raises(ValueError):
            wrong()  # type: ignore[no-untyped-call]
    # What made it is stored with it, and only once.
    more.activity = models.Activity(name="watching")
    more = more.store(synapse_client=syn)
    assert more.activity is not None
    got = Table(id=table.id).get(include_activity=True, synapse_client=syn)
    assert got.activity == more.activity
    assert got.store(synapse_client=syn).activity == got.activity
    more.delete(synapse_client=syn)
    with pytest.raises(SynapseHTTPError):
        Table(id=table.id).get(synapse_client=syn)


def test_storing_rows(syn: Synapse, table: Table, tmp_path: Path) -> None:
    table.store_rows(pd.DataFrame({"name": ["wren"], "size": [9.0]}), synapse_client=syn)
    table.store_rows([{"name": "robin"}, {"size": 3}], synapse_client=syn)
    path = tmp_path / "more.csv"
    path.write_text("size;name\n18;wagtail\n")
    table.store_rows(
        str(path), csv_table_descriptor=CsvTableDescriptor(separator=";"), synapse_client=syn
    )
    found = frame_of(syn, table, "name, size")
    assert found["name"].tolist() == ["wren", "robin", None, "wagtail"]
    assert found["size"].tolist() == [9, pd.NA, 3, 18]
    # Many rows go as a file, few as they are: the meaning is the same.
    count = 1200
    many = {"name": ["" if n % 2 else f"b{n}" for n in range(count)], "size": list(range(count))}
    table.store_rows(many, synapse_client=syn)
    table.store_rows({name: each[:2] for name, each in many.items()}, synapse_client=syn)
    found = frame_of(syn, table, "name, size")
    assert len(found) == 4 + count + 2
    assert found["name"].tolist()[4:6] == found["name"].tolist()[-2:] == ["b0", None]
    # In parts of one transaction.
    big = tmp_path / "big.csv"
    big.write_text("name,size\n" + "".join(f"c{n},{n}\n" for n in range(100)))
    table.store_rows(str(big), insert_size_bytes=200, synapse_client=syn)
    assert frame_of(syn, table, "count(*) as n")["n"].tolist() == [4 + count + 102]
    with pytest.raises(ValueError, match="no column 'colour'"):
        table.store_rows({"colour": ["red"]}, synapse_client=syn)
    with pytest.raises(SynapseHTTPError, match="10"):
        table.store_rows({"name": ["x" * 11]}, synapse_client=syn)
    with pytest.raises(ValueError, match="different length"):
        table.store_rows({"name": ["x"], "size": []}, synapse_client=syn)
    with pytest.raises(ValueError, match="cannot be a int"):
        table.store_rows(5, synapse_client=syn)


def test_columns_follow_the_values(syn: Synapse, table: Table) -> None:
    rows = {"name": ["x" * 60], "weight": [1.5], "born": ["2024-02-29 10:00"]}
    options: Any = {
        "schema_storage_strategy": SchemaStorageStrategy.INFER_FROM_DATA,
        "column_expansion_strategy": ColumnExpansionStrategy.AUTO_EXPAND_CONTENT_LENGTH,
        "date_columns": ["born"],
        "date_format": "%Y-%m-%d %H:%M",
    }
    table.store_rows(rows, dry_run=True, synapse_client=syn, **options)
    assert list(frame_of(syn, table).columns) == ["name", "size", "tags"]
    table.store_rows(rows, synapse_client=syn, **options)
    assert table.columns["name"].maximum_size == 60
    found = frame_of(syn, table).iloc[0]
    millis = int(datetime.datetime(2024, 2, 29, 10, tzinfo=UTC).timestamp() * 1000)
    assert (found["name"], found["weight"], found["born"]) == ("x" * 60, 1.5, millis)


def test_upserting(syn: Synapse, table: Table) -> None:
    rows = {"name": ["wren", "robin"], "size": [9, 14], "tags": [["a"], None]}
    table.store_rows(rows, synapse_client=syn)
    new = pd.DataFrame({"name": ["robin", "o'wl", "wren"], "size": [15, None, 9]})
    table.upsert_rows(new, ["name"], dry_run=True, synapse_client=syn)
    assert len(frame_of(syn, table)) == 2
    table.upsert_rows(new, ["name"], synapse_client=syn)
    found = frame_of(syn, table)
    assert found["name"].tolist() == ["wren", "robin", "o'wl"]
    assert found["size"].tolist() == [9, 15, pd.NA]
    assert found["tags"].tolist() == [["a"], None, None]
    versions = query(f"select * from {table.id}", synapse_client=syn)["ROW_VERSION"].tolist()
    table.upsert_rows(new, ["name"], synapse_client=syn)
    again = query(f"select * from {table.id}", synapse_client=syn)["ROW_VERSION"].tolist()
    assert again == versions, "what is the same is not stored again"
    # Names are compared exactly, though SQL does not tell WREN from wren.
    table.upsert_rows({"name": ["WREN"], "size": [1]}, ["name"], synapse_client=syn)
    assert frame_of(syn, table, "name")["name"].tolist()[-1] == "WREN"
    # By several keys, one of them null, and more than are looked for by SQL; in small requests.
    many: dict[str, list[Any]] = {"name": [], "size": [], "tags": []}
    for n in range(700):
        many["name"].append(f"m{n}" if n else None)
        many["size"].append(n)
        many["tags"].append([str(n)])
    table.upsert_rows(many, ["name", "size"], synapse_client=syn)
    many["tags"] = [["changed"]] * 700
    table.upsert_rows(many, ["name", "size"], update_size_bytes=5_000, synapse_client=syn)
    found = frame_of(syn, table, "count(*) as n")
    assert found["n"].tolist() == [704]
    sql = f"select count(*) as n from {table.id} where tags has ('changed')"
    assert query(sql, synapse_client=syn)["n"].tolist() == [700]
    for wrong, text in (
        ((many, []), "at least one"),
        ((many, ["colour"]), "no column 'colour'"),
        (({"name": ["a"]}, ["size"]), "primary key"),
        (({"name": ["a", "a"]}, ["name"]), "the same primary key"),
    ):
        with pytest.raises(ValueError, match=text):
            table.upsert_rows(*wrong, synapse_client=syn)
    table.upsert_rows({"name": []}, ["name"], synapse_client=syn)


def test_deleting_rows(syn: Synapse, table: Table) -> None:
    table.store_rows({"name": ["a", "b", "c"]}, synapse_client=syn)
    gone = table.delete_rows(query=f"select * from {table.id} where name = 'a'", synapse_client=syn)
    assert gone["name"].tolist() == ["a"]
    found = query(f"select * from {table.id} where name = 'b'", synapse_client=syn)
    asyncio.run(table.delete_rows_async(df=found, synapse_client=syn))
    assert frame_of(syn, table)["name"].tolist() == ["c"]
    with pytest.raises(ValueError, match="ROW_ID"):
        table.delete_rows(f"select count(*) from {table.id}", synapse_client=syn)
    with pytest.raises(ValueError, match="either"):
        asyncio.run(table.delete_rows_async(synapse_client=syn))


def test_querying(syn: Synapse, table: Table, tmp_path: Path) -> None:
    table.store_rows({"name": ["a"], "size": [1]}, synapse_client=syn)
    folder = str(tmp_path / "out")
    sql = f"select name, size from {table.id}"
    path = query(sql, download_location=folder, separator="\t", synapse_client=syn)
    assert Path(path).read_text() == "ROW_ID\tROW_VERSION\tname\tsize\n1\t2\ta\t1\n"
    assert os.path.dirname(path) == folder

    async def twice() -> list[Any]:
        return list(await asyncio.gather(*(query_async(sql, synapse_client=syn) for _ in "ab")))

    assert [each["size"].tolist() for each in asyncio.run(twice())] == [[1], [1]]
    assert Table.query(sql, synapse_client=syn)["name"].tolist() == ["a"]
    only = Table.query_part_mask(sql, 0x2, synapse_client=syn)
    assert (only.count, only.result) == (1, None)


def test_operations(syn: Synapse, table: Table, project: str) -> None:
    got = operations.get(table.id, synapse_client=syn)
    assert isinstance(got, Table)
    assert list(got.columns) == ["name", "size", "tags"]
    bare = operations.get(
        entity_name="Birds",
        parent_id=project,
        table_options=operations.TableOptions(include_columns=False),
        synapse_client=syn,
    )
    assert (bare.id, list(bare.columns)) == (table.id, [])
    got.description = "by operations"
    options = operations.StoreTableOptions(dry_run=True)
    operations.store(got, table_options=options, synapse_client=syn)
    assert operations.get(table.id, synapse_client=syn).description is None
    operations.store(got, synapse_client=syn)
    assert operations.get(table.id, synapse_client=syn).description == "by operations"
    operations.delete(got, synapse_client=syn)
    with pytest.raises(SynapseHTTPError):
        operations.get(table.id, synapse_client=syn)


def test_models_of_columns(syn: Synapse, table: Table) -> None:
    column = Column(
        name="data",
        column_type=ColumnType.JSON,
        json_sub_columns=[JsonSubColumn("a", ColumnType.STRING, "$.a", FacetType.ENUMERATION)],
    )
    assert column.to_synapse_request() == {
        "concreteType": "org.sagebionetworks.repo.model.table.ColumnModel",
        "name": "data",
        "columnType": "JSON",
        "jsonSubColumns": [
            {"name": "a", "columnType": "STRING", "jsonPath": "$.a", "facetType": "enumeration"}
        ],
    }
    again = Column().fill_from_dict(column.to_synapse_request())
    assert again == column
    assert not again.has_changed
    name = table.columns["name"]
    assert Column(id=name.id).get(synapse_client=syn) == name
    assert name in list(Column.list("name", limit=5, synapse_client=syn))
    with pytest.raises(ValueError, match="ID is required"):
        Column().get(synapse_client=syn)


def test_tables_lie_in_containers(syn: Synapse, caplog: pytest.LogCaptureFixture) -> None:
    def made(name: str) -> Table:
        return Table(name=name, columns=[Column(name="n", column_type=ColumnType.INTEGER)])

    folder = models.Folder(name="low", tables=[made("low table")])
    project = models.Project(
        name=f"With tables {os.urandom(4).hex()}", folders=[folder], tables=[made("b"), made("a")]
    ).store(synapse_client=syn)
    assert [each.parent_id for each in project.tables] == [project.id, project.id]
    assert folder.tables[0].parent_id == folder.id
    got = models.Project(id=project.id).sync_from_synapse(download_file=False, synapse_client=syn)
    assert [each.name for each in got.tables] == ["a", "b"]
    assert list(got.tables[0].columns) == ["n"]
    assert [each.name for each in got.folders[0].tables] == ["low table"]
    # What was changed is stored with its container, and nothing else is.
    table = got.folders[0].tables[0]
    table.add_column(Column(name="more", column_type=ColumnType.STRING))
    got.tables[1].description = "changed"
    before = {each.name: each.etag for each in got.tables}
    got.store(FailureStrategy.RAISE_EXCEPTION, synapse_client=syn)
    again = models.Project(id=project.id)
    again.sync_from_synapse(download_file=False, synapse_client=syn)
    assert {each.name: each.etag == before[each.name] for each in again.tables} == {
        "a": True,
        "b": False,
    }
    assert again.tables[1].description == "changed"
    assert list(again.folders[0].tables[0].columns) == ["n", "more"]
    flat = models.Project(id=project.id).sync_from_synapse(
        recursive=False, include_types=["file"], download_file=False, synapse_client=syn
    )
    assert (flat.tables, flat.folders[0].tables) == ([], [])
    with pytest.raises(NotImplementedError, match="searchindexes"):
        models.Project(name="x", searchindexes=[1]).store(synapse_client=syn)
    # A copy says what it leaves out.
    syn.logger = logging.getLogger("tests.tables")
    other = models.Project(name=f"Copy {os.urandom(4).hex()}").store(synapse_client=syn)
    copied = again.copy(destination_id=str(other.id), synapse_client=syn)
    assert (len(copied.folders), copied.tables) == (1, [])
    assert f"{table.id} not copied - a TableEntity" in caplog.text


# ------------------------------------------------------------------ without the server


def test_the_guide(syn: Synapse, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "tables.md"
    blocks = re.findall(
        r"^    .*\n(?:^    .*\n|^\n(?=    ))*", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    code = [textwrap.dedent(block) for block in blocks if not block.startswith("    synapse ")]
    monkeypatch.setattr(synapseclient, "login", lambda: syn)
    monkeypatch.setattr(Synapse, "_synapse_client", syn)
    known: dict[str, Any] = {}
    for block in code[:3]:
        exec(block, known)
    assert known["frame"].values.tolist() == [[1, 2, "wren", 9]]
    assert query(f"select name, size from {known['table'].id}", False)["size"].tolist() == [9, 15]
    exec(code[3], known)
    assert query(f"select size from {known['table'].id}", False)["size"].tolist() == [10, 16]
    exec(code[4], known)
    assert list(known["table"].columns) == ["name", "length", "seen"]
    exec(code[5], known)
    assert [each["name"] for each in known["birds"]] == ["wren", "robin"]
    exec(code[-1].replace('"Birds"', '"Old birds"'), known)
    assert known["found"].asDataFrame()["name"].tolist() == ["wren", "robin"]
    assert values(syn, f"select * from {known['table'].tableId}") == []


def test_temporary_files_go_away(tmp_path: Path) -> None:
    kept = OldTable("syn1", [[1]], filepath=str(tmp_path / "kept.csv"))
    for some in ([[1]], {"a": [1]}):
        made = OldTable("syn1", some)
        assert made.filepath is not None
        path = Path(made.filepath)
        assert path.exists()
        del made
        assert not path.exists()
    del kept
    assert (tmp_path / "kept.csv").exists()


def test_without_pandas(alice: User, syn: Synapse, birds: Schema, tmp_path: Path) -> None:
    code = f"""
import sys
sys.modules["pandas"] = None
import synapseclient
from synapseclient.models import Table
syn = synapseclient.Synapse(repoEndpoint={alice.server.url!r} + "/repo/v1", authEndpoint={alice.server.url!r} + "/auth/v1",
    fileHandleEndpoint={alice.server.url!r} + "/file/v1", cache_root_dir={str(tmp_path / "c")!r}, silent=True)
syn.login(authToken={alice.token!r}, silent=True)
syn.store(synapseclient.Table({birds.id!r}, {{"name": ["owl"], "size": [35]}}))
found = syn.tableQuery("select name, size from {birds.id} where size > 14")
assert [row[2:] for row in found] == [["owl", 35]], list(found)
table = Table(id={birds.id!r})
table.upsert_rows([{{"name": "owl", "size": 36}}], ["name"])
gone = table.delete_rows("select name, size from {birds.id} where name = 'owl'")
assert gone["size"] == [36], gone
try:
    found.asDataFrame()
except ImportError as error:
    assert "synapseclient[pandas]" in str(error)
    print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("done", "")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
DIALECTS = st.sampled_from([Dialect(), Dialect("\t", "'", "~"), Dialect(";", '"', '"', "\r\n")])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=6), DIALECTS)
def test_files_are_read_as_they_were_written(rows: list[list[str]], dialect: Dialect) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.csv")
        dialect.write(path, ["a", "b"], rows)
        assert list(dialect.read(path)) == [["a", "b"], *rows]
        parts = list(parts_of(path, dialect, 20, folder))
        read = [line for part in parts for line in list(dialect.read(part))[1:]]
        assert read == rows


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_numbers_are_exact(number: float) -> None:
    text = cells.text_of(number)
    assert text is not None
    assert float(text) == number
    assert str(float(text)) == str(number)


def test_texts_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as somewhere:
        somewhere.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        check_texts()
    time.tzset()


def check_texts() -> None:
    for value, text in (
        (None, None),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (float("-inf"), "-Infinity"),
        (True, "true"),
        (ColumnType.DATE, "DATE"),
        (datetime.date(1970, 1, 2), "86400000"),
        (pd.Timestamp("1970-01-02", tz="UTC"), "86400000"),
        (pd.Timestamp("1970-01-02").to_datetime64(), "86400000"),
        (datetime.datetime(1970, 1, 2), "86400000"),
        ((1, 2), "[1, 2]"),
        ([datetime.datetime(1970, 1, 2, tzinfo=UTC)], "[86400000]"),
        (pd.array([1, 2]).to_numpy(), "[1, 2]"),
        ({"a": "ü"}, '{"a": "ü"}'),
    ):
        assert cells.text_of(value) == text
    for text, kind, value in (
        ("-Infinity", "DOUBLE", float("-inf")),
        ("TRUE", "BOOLEAN", True),
        ("86400000", "DATE", datetime.datetime(1970, 1, 2, tzinfo=UTC)),
        ("syn1", "ENTITYID", "syn1"),
        (5, "INTEGER", 5),
        ("", "STRING", None),
    ):
        assert cells.value_of(text, kind) == value
    same = [
        ("1.50", "1.5", "DOUBLE"),
        ("SYN1", "1", "ENTITYID"),
        ("[1,2]", "[1, 2]", "INTEGER_LIST"),
    ]
    for left, right, kind in (*same, ("True", "true", "BOOLEAN"), ('{"a":1}', '{"a": 1}', "JSON")):
        assert upsert.normal(left, kind) == upsert.normal(right, kind)
    assert upsert.normal("x", "DOUBLE") == "x"


class Arrow:
    """What an Arrow table offers."""

    def to_pydict(self) -> dict[str, list[int]]:
        return {"a": [1]}


class Series:
    """What a column of polars offers."""

    name = "a"

    def to_list(self) -> list[int]:
        return [1]


class Polars:
    """What a data frame of polars offers."""

    def get_columns(self) -> list[Series]:
        return [Series()]


def test_other_frames() -> None:
    assert cells.columns_of(Arrow()) == cells.columns_of(Polars()) == {"a": [1]}
    frame = pd.DataFrame({"a": [1]}, index=["5_2_some-etag"])
    assert cells.columns_of(frame) == {
        "ROW_ID": ["5"],
        "ROW_VERSION": ["2"],
        "ROW_ETAG": ["some-etag"],
        "a": [1],
    }
    assert cells.columns_of(pd.DataFrame({"a": [1]}, index=["5_2x"])) == {"a": [1]}


def test_jobs_are_asked_less_and_less_often() -> None:
    every = list(waits(60))
    assert sum(every) == pytest.approx(60)
    assert every[0] < 0.01
    assert max(every) == 1
    assert len(every) < 80


class Endless:
    """A session whose jobs never end."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []
        self.asked = asyncio.Event()

    async def call_json(self, endpoint: Any, *path: str, **rest: Any) -> Any:
        if "body" in rest:
            return {"token": "7"}
        self.asked.set()
        return {"jobState": "PROCESSING"}

    async def call(self, endpoint: Any, token: str) -> None:
        self.cancelled.append(f"{endpoint.name} {token}")


def test_who_stops_waiting_cancels_the_job() -> None:
    from synapse_wire import tables as wire
    from synapseclient.core.jobs import run_job

    syn = Endless()

    async def stopped() -> None:
        work = run_job(syn, wire.start_query, wire.get_query, "syn1", body={})  # type: ignore[arg-type]
        task = asyncio.ensure_future(work)
        await syn.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert syn.cancelled == ["cancel_job 7"]


def test_a_job_that_takes_too_long(syn: Synapse, birds: Schema) -> None:
    from synapseclient.tables import work

    with pytest.raises(SynapseTimeoutError, match="not done"):
        synapseclient.core.blocking.run(work.query_csv(syn, f"select * from {birds.id}", seconds=0))
