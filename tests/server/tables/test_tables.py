"""Tables through the front door: columns, rows, transactions and queries."""

from __future__ import annotations

import datetime
import math
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import duckdb
import polars
import pyarrow
import pyarrow.ipc
import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import (
    PACKAGE,
    column,
    csv_change,
    job,
    partial,
    query,
    restructure,
    rows,
    table,
    transact,
    values,
)
from tests.server.test_files import upload


@pytest.fixture
def people(alice: User) -> Any:
    """A table of people with three rows, and its columns by name."""
    columns = {
        "name": column(alice, "name", facetType="enumeration"),
        "age": column(alice, "age", "INTEGER", facetType="range"),
        "tags": column(alice, "tags", "STRING_LIST", facetType="enumeration"),
    }
    made = table(alice, list(columns.values()))
    change = rows(
        made["id"],
        list(columns.values()),
        [["Ann", "30", '["a","b"]'], ["Bob", 25, None], ["ann", None, '["b"]']],
    )
    transact(alice, made["id"], change)
    return {"id": made["id"], **columns}


# ------------------------------------------------------------------ columns


def test_equal_columns_are_one(alice: User, bob: User) -> None:
    body = {"name": " height ", "columnType": "STRING"}
    made = alice.post("/column", body)
    assert made["name"] == "height"
    assert made["maximumSize"] == 50
    again = {"name": "height", "columnType": "STRING", "maximumSize": 50, "id": "99"}
    assert bob.post("/column", again) == made
    assert bob.get(f"/column/{made['id']}") == made
    other = bob.post("/column", {**body, "maximumSize": 51})
    assert other["id"] != made["id"]
    batch = alice.post("/column/batch", {"list": [again, {"name": "w", "columnType": "DOUBLE"}]})
    assert batch["list"][0] == made
    assert batch["list"][1]["name"] == "w"
    page = alice.get("/column?prefix=HEIGHT&limit=1")
    assert page["results"] == [made]
    assert page["totalNumberOfResults"] >= 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"columnType": "STRING"}, "needs a name"),
        ({"name": "a"}, "columnType"),
        ({"name": "row_id", "columnType": "STRING"}, "reserved"),
        ({"name": "a", "columnType": "STRING", "maximumSize": 1001}, "between 1 and 1000"),
        ({"name": "a", "columnType": "STRING_LIST", "maximumListLength": 1}, "between 2 and 100"),
        ({"name": "a", "columnType": "INTEGER", "defaultValue": "x"}, "is not an INTEGER"),
        ({"name": "a", "columnType": "USERID", "defaultValue": "1"}, "cannot have a defaultValue"),
        ({"name": "a", "columnType": "LINK", "facetType": "range"}, "cannot have the facetType"),
        ({"name": "a", "columnType": "BLOB"}, "not as expected"),
        ({"name": "x" * 257, "columnType": "STRING"}, "at most 256"),
    ],
)
def test_columns_that_cannot_be(alice: User, body: Any, reason: str) -> None:
    answer = alice.send("POST", "/column", body)
    assert answer.status_code == 400, answer.text
    assert reason in answer.json()["reason"]


def test_columns_of_a_table(server: RunningServer, alice: User, bob: User, people: Any) -> None:
    found = alice.get(f"/entity/{people['id']}/column")
    assert [each["name"] for each in found["results"]] == ["name", "age", "tags"]
    bob.get(f"/entity/{people['id']}/column", 403)
    entity = alice.get(f"/entity/{people['id']}")
    assert entity["columnIds"] == [people["name"], people["age"], people["tags"]]
    bundle = alice.post(
        f"/entity/{people['id']}/bundle2", {"includeTableBundle": True, "includeEntity": True}, 200
    )
    assert [each["name"] for each in bundle["tableBundle"]["columnModels"]] == [
        "name",
        "age",
        "tags",
    ]
    assert bundle["tableBundle"]["maxRowsPerPage"] > 1
    answer = alice.send("POST", "/entity", {**entity, "name": "x", "columnIds": ["999999999"]})
    assert answer.status_code == 404
    assert server.anonymous.send(
        "POST", "/column", {"name": "a", "columnType": "STRING"}
    ).status_code in (401, 403)


def test_put_replaces_the_columns(alice: User, people: Any) -> None:
    entity = alice.get(f"/entity/{people['id']}")
    more = column(alice, "more", defaultValue="m")
    changed = alice.put(f"/entity/{people['id']}", {**entity, "columnIds": [more, people["name"]]})
    assert changed["columnIds"] == [more, people["name"]]
    assert values(alice, f"select * from {people['id']}")[0] == ["m", "Ann"]


# ------------------------------------------------------------------ rows


def test_rows_come_back(alice: User, people: Any) -> None:
    found = query(alice, f"select * from {people['id']}")["queryResult"]["queryResults"]
    assert [(row["rowId"], row["versionNumber"]) for row in found["rows"]] == [
        (1, 2),
        (2, 2),
        (3, 2),
    ]
    assert [row["values"] for row in found["rows"]] == [
        ["Ann", "30", '["a", "b"]'],
        ["Bob", "25", None],
        ["ann", None, '["b"]'],
    ]
    assert [header["id"] for header in found["headers"]] == [
        people["name"],
        people["age"],
        people["tags"],
    ]
    assert found["etag"]


def test_rows_change_and_go(alice: User, people: Any) -> None:
    id = people["id"]
    before = alice.get(f"/entity/{id}")["etag"]
    done = transact(
        alice,
        id,
        rows(id, [people["age"]], [[31]], [(1, 2)]),
        partial(id, (2, {people["name"]: "Rob"}), (None, {people["age"]: "7"}), (3, None)),
    )
    references = done["results"][1]["rowReferenceSet"]["rows"]
    assert [row["rowId"] for row in references] == [2, 4, 3]
    assert alice.get(f"/entity/{id}")["etag"] != before
    assert values(alice, f"select name, age from {id}") == [
        ["Ann", "31"],
        ["Rob", "25"],
        [None, "7"],
    ]
    # Somebody who has read the rows before is told.
    failed = transact(alice, id, rows(id, [people["age"]], [[9]], [(1, 2)]), status=400)
    assert "Row 1" in failed["reason"]
    gone = alice.post(f"/entity/{id}/table/deleteRows", {"tableId": id, "rowIds": [1, 4]})
    assert [row["rowId"] for row in gone["rows"]] == [1, 4]
    assert values(alice, f"select name from {id}") == [["Rob"]]
    failed = transact(alice, id, partial(id, (1, {people["age"]: "7"})), status=400)
    assert "no row 1" in failed["reason"]


def test_all_or_nothing(alice: User, people: Any) -> None:
    id = people["id"]
    before = values(alice, f"select * from {id}")
    failed = transact(
        alice,
        id,
        rows(id, [people["name"]], [["Eve"]]),
        rows(id, [people["age"]], [["1"], ["old"]]),
        status=400,
    )
    assert failed["reason"] == "Row 2, column 'age': 'old' is not an INTEGER of 64 bits."
    assert values(alice, f"select * from {id}") == before


CELLS = [
    ("STRING", "é", "é"),
    ("STRING", "", ""),
    ("INTEGER", " 9223372036854775807 ", "9223372036854775807"),
    ("INTEGER", "", None),
    ("DOUBLE", "nan", "NaN"),
    ("DOUBLE", "-inf", "-Infinity"),
    ("DOUBLE", 1, "1.0"),
    ("BOOLEAN", "TRUE", "true"),
    ("BOOLEAN", False, "false"),
    ("DATE", "1970-01-02", "86400000"),
    ("DATE", "2013-05-30T21:58:47.103Z", "1369951127103"),
    ("ENTITYID", "123", "syn123"),
    ("USERID", "273949", "273949"),
    ("LINK", "https://example.org", "https://example.org"),
    ("LARGETEXT", "x" * 100_000, "x" * 100_000),
    ("JSON", '{"a": [1]}', '{"a": [1]}'),
    ("STRING_LIST", '["é", "b"]', '["é", "b"]'),
    ("STRING_LIST", "[]", None),
    ("STRING_LIST", """['it\\'s', "b, c"]""", '["it\'s", "b, c"]'),
    ("BOOLEAN_LIST", "[True, False]", "[true, false]"),
    ("INTEGER_LIST", "[1, 2]", "[1, 2]"),
    ("BOOLEAN_LIST", "[true, false]", "[true, false]"),
    ("DATE_LIST", '["1970-01-02"]', "[86400000]"),
    ("ENTITYID_LIST", '["syn1", "2"]', '["syn1", "syn2"]'),
    ("USERID_LIST", "[1]", "[1]"),
]


def test_every_type(alice: User) -> None:
    columns = [
        # Shorter lists than by default: all of them must fit into one row.
        column(alice, f"c{i}", kind, **({"maximumListLength": 9} if "_LIST" in kind else {}))
        for i, (kind, _, _) in enumerate(CELLS)
    ]
    id = table(alice, columns)["id"]
    transact(alice, id, rows(id, columns, [[value for _, value, _ in CELLS]]))
    assert values(alice, f"select * from {id}") == [[value for _, _, value in CELLS]]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("STRING", "x" * 51),
        ("INTEGER", "9223372036854775808"),
        ("DOUBLE", "1_0"),
        ("BOOLEAN", "yes"),
        ("DATE", "2013-13-01"),
        ("ENTITYID", "abc"),
        ("JSON", "1"),
        ("STRING_LIST", "a"),
        ("INTEGER_LIST", '["a"]'),
        ("STRING_LIST", "[null]"),
        ("FILEHANDLEID", "x"),
    ],
)
def test_values_that_do_not_fit(alice: User, kind: str, value: str) -> None:
    it = column(alice, "it", kind)
    id = table(alice, [it])["id"]
    failed = transact(alice, id, rows(id, [it], [[value]]), status=400)
    assert failed["reason"].startswith("Row 1, column 'it': ")
    assert query(alice, f"select * from {id}", 0x2)["queryCount"] == 0


def test_files_in_cells_are_the_writers(alice: User, bob: User) -> None:
    file = column(alice, "file", "FILEHANDLEID")
    id = table(alice, [file])["id"]
    failed = transact(alice, id, rows(id, [file], [[bob.external()]]), status=400)
    assert "Cannot access files" in failed["reason"]
    handle = alice.external()
    transact(alice, id, rows(id, [file], [[handle]]))
    assert values(alice, f"select * from {id}") == [[handle]]
    # Who may download from the table, may have the file.
    path = (
        f"/file/v1/file/{handle}?fileAssociateType=TableEntity&fileAssociateId={id}&redirect=false"
    )
    assert bob.send("GET", path).status_code == 403
    alice.share(alice.get(f"/entity/{id}")["parentId"], bob.id, "READ", "DOWNLOAD")
    assert bob.send("GET", path).text == "https://example.org/data.csv"
    other = path.replace(handle, alice.external())
    assert bob.send("GET", other).status_code == 403
    answer = alice.send("DELETE", f"/file/v1/fileHandle/{handle}")
    assert answer.status_code == 409
    assert "is in a table" in answer.json()["reason"]


# ------------------------------------------------------------------ CSV


def test_csv_up_and_down(alice: User, people: Any) -> None:
    id = people["id"]
    text = 'age,name,tags\n40,"Zoë, ""the"" one","[""x""]"\n,,\n'
    done = transact(alice, id, csv_change(alice, text))
    assert done["results"][0]["rowsProcessed"] == 2
    assert values(alice, f"select name, age from {id} where age = 40") == [['Zoë, "the" one', "40"]]
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select name, age from {id} where age is not null order by age",
    }
    result = job(alice, f"/entity/{id}/table/download/csv", body)
    url = alice.send(
        "GET", f"/file/v1/fileHandle/{result['resultsFileHandleId']}/url?redirect=false"
    )
    with urlopen(url.text) as answer:
        lines = answer.read().decode().splitlines()
    assert lines[0] == "ROW_ID,ROW_VERSION,name,age"
    assert lines[1] == "2,2,Bob,25"
    assert lines[3] == '4,3,"Zoë, ""the"" one",40'
    # A file with ROW_ID changes the rows.
    change = csv_change(alice, "ROW_ID,ROW_VERSION,age\n2,2,26\n,,1\n")
    assert transact(alice, id, change)["results"][0]["rowsProcessed"] == 2
    assert values(alice, f"select age from {id} where ROW_ID in (2, 6)") == [["26"], ["1"]]
    # One of nothing but ids deletes them.
    transact(alice, id, csv_change(alice, "ROW_ID,ROW_VERSION\n1,2\n6,4\n"))
    assert values(alice, f"select ROW_ID from {id}") == [["2"], ["3"], ["4"], ["5"]]


def test_csv_errors_name_the_line(alice: User, people: Any) -> None:
    id = people["id"]
    for text, reason in (
        ("age\n1\nx\n", "Line 3, column 'age': 'x' is not an INTEGER"),
        ("age,what\n1,2\n", "'what', which is not the name of a column"),
        ("age,name\n1\n", "Line 2 has 1 values; 2 are expected"),
        ("", "is empty"),
    ):
        failed = transact(alice, id, csv_change(alice, text or "\n"), status=400)
        assert reason in failed["reason"]
    assert query(alice, f"select * from {id}", 0x2)["queryCount"] == 3


def test_csv_of_many_rows_goes_to_the_blob_store(server: RunningServer, alice: User) -> None:
    columns = [column(alice, "n", "INTEGER"), column(alice, "text")]
    id = table(alice, columns)["id"]
    count = 45_000
    text = "n,text\n" + "".join(f"{n},row number {n}\n" for n in range(count))
    done = job(alice, f"/entity/{id}/table/upload/csv", csv_change(alice, text, tableId=id))
    assert done["rowsProcessed"] == count
    found = query(alice, f"select max(n), count(*), count(distinct text) from {id}")
    assert found["queryResult"]["queryResults"]["rows"][0]["values"] == [
        str(count - 1),
        str(count),
        str(count),
    ]
    assert values(alice, f"select text from {id} where ROW_ID = {count}") == [
        [f"row number {count - 1}"]
    ]


def test_csv_preview(alice: User) -> None:
    text = "a,b,c,d,e\n1,x,true,2020-01-01,syn1\n2.5,,false,2020-01-02,syn2\n"
    handle = upload(alice, text.encode(), fileName="p.csv", contentType="text/csv")
    body = {
        "concreteType": PACKAGE + "UploadToTablePreviewRequest",
        "uploadFileHandleId": handle,
    }
    found = job(alice, "/table/upload/csv/preview", body)
    kinds = [each["columnType"] for each in found["suggestedColumns"]]
    assert kinds == ["DOUBLE", "STRING", "BOOLEAN", "DATE", "ENTITYID"]
    assert found["rowsScanned"] == 2
    assert found["sampleRows"][0]["values"][0] == "1"


def test_a_result_as_parquet(alice: User, people: Any, tmp_path: Path) -> None:
    id = people["id"]
    assert "table-parquet" in alice.get("/version")["extensions"]
    when, about = column(alice, "when", "DATE"), column(alice, "about", "ENTITYID")
    odd = column(alice, 'odd "name", x')
    transact(alice, id, restructure((None, when), (None, about), (None, odd)))
    transact(alice, id, partial(id, (1, {when: "2020-01-02", about: "syn7", odd: "é"})))
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select * from {id} where age > 1 order by age desc",
        "format": "PARQUET",
    }
    result = job(alice, f"/entity/{id}/table/download/csv", body)
    handle = alice.get(f"/file/v1/fileHandle/{result['resultsFileHandleId']}")
    assert handle["fileName"].endswith(".parquet")
    assert handle["contentType"] == "application/vnd.apache.parquet"
    path = _download(alice, result["resultsFileHandleId"], tmp_path)
    found = duckdb.sql(f"select * from read_parquet('{path}')")
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        "ROW_ID": "BIGINT",
        "ROW_VERSION": "BIGINT",
        "name": "VARCHAR",
        "age": "BIGINT",
        "tags": "VARCHAR[]",
        "when": "TIMESTAMP",
        "about": "VARCHAR",
        'odd "name", x': "VARCHAR",
    }
    first, second = found.fetchall()
    moment = datetime.datetime(2020, 1, 2)
    assert first == (1, 4, "Ann", 30, ["a", "b"], moment, "syn7", "é")
    assert second == (2, 2, "Bob", 25, None, None, None, None)
    # Groups have no ids.
    body |= {"sql": f"select age as a, count(*) as n from {id} group by a order by a limit 1"}
    result = job(alice, f"/entity/{id}/table/download/csv", body)
    path = _download(alice, result["resultsFileHandleId"], tmp_path)
    assert duckdb.sql(f"select * from read_parquet('{path}')").fetchall() == [(None, 1)]
    for more, reason in (
        ({"sql": f"select age as A, age as a from {id}"}, "rename one with AS"),
        ({"csvTableDescriptor": {"separator": ";"}}, "are of CSV files"),
        ({"sql": f"select nothing from {id}"}, "Column does not exist"),
    ):
        failed = job(alice, f"/entity/{id}/table/download/csv", {**body, **more}, 400)
        assert reason in failed["reason"]
    alice.post(f"/entity/{id}/table/download/csv/async/start", {**body, "format": "XLS"}, 400)


def test_a_result_as_arrow(alice: User, tmp_path: Path) -> None:
    assert "table-arrow" in alice.get("/version")["extensions"]
    kinds = {
        "n": "INTEGER",
        "yes": "BOOLEAN",
        "x": "DOUBLE",
        "day": "DATE",
        "about": "ENTITYID",
        "who": "USERID",
        "big": "LARGETEXT",
        "more": "JSON",
        "tags": "STRING_LIST",
        "counts": "INTEGER_LIST",
        "flags": "BOOLEAN_LIST",
        "days": "DATE_LIST",
    }
    ids = [column(alice, name, kind) for name, kind in kinds.items()]
    id = table(alice, ids)["id"]
    big = "é漢🐦" * 30_000
    full = ["9007199254740993", "true", "nan", "2020-01-02", "syn7", "12", big, '{"a": 1}']
    full += ['["a", "b, \\"c"]', "[1, 2]", "[true, false]", "[1577923200000]"]
    odd = [None, "false", "-Infinity", *[None] * 9]
    transact(alice, id, rows(id, ids, [full, odd, [None] * 12]))
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select * from {id} order by row_id",
        "format": "ARROW",
    }
    result = job(alice, f"/entity/{id}/table/download/csv", body)
    handle = alice.get(f"/file/v1/fileHandle/{result['resultsFileHandleId']}")
    assert handle["fileName"].endswith(".arrow")
    assert handle["contentType"] == "application/vnd.apache.arrow.file"
    path = _download(alice, result["resultsFileHandleId"], tmp_path)
    with pyarrow.ipc.open_file(str(path)) as file:
        found = file.read_all()
    assert {each.name: str(each.type) for each in found.schema} == {
        "ROW_ID": "int64",
        "ROW_VERSION": "int64",
        "n": "int64",
        "yes": "bool",
        "x": "double",
        "day": "timestamp[us]",
        "about": "string",
        "who": "int64",
        "big": "string",
        "more": "string",
        "tags": "list<element: string>",
        "counts": "list<element: int64>",
        "flags": "list<element: bool>",
        "days": "list<element: timestamp[us]>",
    }
    day = datetime.datetime(2020, 1, 2)
    first, second, third = (list(row.values()) for row in found.to_pylist())
    assert math.isnan(first.pop(4))
    assert first == [
        *(1, 2, 2**53 + 1, True, day, "syn7", 12, big, '{"a": 1}'),
        *(["a", 'b, "c'], [1, 2], [True, False], [day]),
    ]
    assert second == [2, 2, None, False, -math.inf, *[None] * 9]
    assert third == [3, 2, *[None] * 12]
    frame = polars.read_ipc(path)
    assert frame.equals(polars.DataFrame(found))
    assert frame["n"].to_list() == [2**53 + 1, None, None]
    # Nothing has its columns, too, and groups have no ids.
    body |= {"sql": f"select n, count(*) as c from {id} where n < 0 group by n"}
    result = job(alice, f"/entity/{id}/table/download/csv", body)
    path = _download(alice, result["resultsFileHandleId"], tmp_path)
    assert polars.read_ipc(path).schema == {"n": polars.Int64, "c": polars.Int64}
    for more, reason in (
        ({"sql": f"select n as A, yes as a from {id}"}, "rename one with AS"),
        ({"writeHeader": False}, "are of CSV files"),
        ({"sql": f"select nothing from {id}"}, "Column does not exist"),
    ):
        failed = job(alice, f"/entity/{id}/table/download/csv", {**body, **more}, 400)
        assert reason in failed["reason"]


def test_a_server_without_pyarrow_says_so(
    alice: User, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "table-arrow" not in alice.get("/version")["extensions"]
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select * from {people['id']}",
        "format": "ARROW",
    }
    failed = job(alice, f"/entity/{people['id']}/table/download/csv", body, 400)
    assert "PyArrow is not installed" in failed["reason"]


def _download(user: User, handle: str, folder: Path) -> Path:
    url = user.send("GET", f"/file/v1/fileHandle/{handle}/url?redirect=false").text
    path = folder / f"{handle}.parquet"
    with urlopen(url) as answer:
        path.write_bytes(answer.read())
    return path


# ------------------------------------------------------------------ columns change


def test_columns_are_added_renamed_retyped_and_removed(alice: User, people: Any) -> None:
    id = people["id"]
    title = column(alice, "title")
    text = column(alice, "age", "STRING", maximumSize=20)
    extra = column(alice, "extra", "INTEGER", defaultValue="5")
    done = transact(
        alice,
        id,
        restructure(
            (people["name"], title),
            (people["age"], text),
            (people["tags"], None),
            (None, extra),
            order=[extra, title, text],
        ),
    )
    assert [each["name"] for each in done["results"][0]["schema"]] == ["extra", "title", "age"]
    assert alice.get(f"/entity/{id}")["columnIds"] == [extra, title, text]
    assert values(alice, f"select * from {id}") == [
        ["5", "Ann", "30"],
        ["5", "Bob", "25"],
        ["5", "ann", None],
    ]
    back = column(alice, "age2", "INTEGER")
    transact(alice, id, restructure((text, back)))
    assert values(alice, f"select age2 from {id} where age2 > 26") == [["30"]]
    number = column(alice, "title", "INTEGER")
    failed = transact(alice, id, restructure((title, number)), status=400)
    assert "row 1 has 'Ann'" in failed["reason"]
    failed = transact(alice, id, restructure((None, number), order=[number]), status=400)
    assert "orderedColumnIds must have exactly" in failed["reason"]


def test_columns_change_places_and_values_at_once(alice: User) -> None:
    a, b, c = (column(alice, name) for name in "abc")
    id = table(alice, [a, b, c])["id"]
    transact(alice, id, rows(id, [a, b, c], [["1", "2", "3"]]))
    done = transact(alice, id, restructure((a, b), (b, a)))
    assert [each["name"] for each in done["results"][0]["schema"]] == ["b", "a", "c"]
    assert values(alice, f"select a, b, c from {id}") == [["2", "1", "3"]]
    transact(alice, id, restructure((c, None), (a, c)))
    assert values(alice, f"select b, c from {id}") == [["1", "2"]]
    cases = [
        ([(b, a), (b, None)], f"The column {b} is changed twice."),
        ([(b, a), (a, c)], f"{id} has no column {a}."),
        ([(b, c)], "the same column twice"),
    ]
    for changes, reason in cases:
        assert reason in transact(alice, id, restructure(*changes), status=400)["reason"]


# ------------------------------------------------------------------ queries


def test_parts_of_a_bundle(alice: User, people: Any) -> None:
    id = people["id"]
    found = query(alice, f"select name, age from {id} where age > 20", 0x3FF)
    assert found["queryCount"] == 2
    assert found["selectColumns"] == [
        {"name": "name", "columnType": "STRING", "id": people["name"]},
        {"name": "age", "columnType": "INTEGER", "id": people["age"]},
    ]
    assert [each["name"] for each in found["columnModels"]] == ["name", "age", "tags"]
    assert found["maxRowsPerPage"] == 512_000 // (4 * 50 + 20)
    assert found["lastUpdatedOn"].endswith("Z")
    assert found["sumFileSizes"] == {"sumFileSizesBytes": 0, "greaterThan": False}
    facets = {each["columnName"]: each for each in found["facets"]}
    assert facets["age"]["columnMin"] == "25"
    assert facets["age"]["columnMax"] == "30"
    assert facets["name"]["facetValues"] == [
        {"value": "Ann", "count": 1, "isSelected": False},
        {"value": "Bob", "count": 1, "isSelected": False},
    ]
    assert {each["value"] for each in facets["tags"]["facetValues"]} == {
        "a",
        "b",
        "org.sagebionetworks.UNDEFINED_NULL_NOTSET",
    }


def test_facets_filters_and_sorting(alice: User, people: Any) -> None:
    id = people["id"]
    picked = {
        "concreteType": PACKAGE + "FacetColumnValuesRequest",
        "columnName": "name",
        "facetValues": ["Ann"],
    }
    sql = f"select ROW_ID from {id}"
    assert values(alice, sql, selectedFacets=[picked]) == [["1"], ["3"]]
    found = query(alice, sql, 0x20, selectedFacets=[picked])["facets"]
    names = next(each for each in found if each["columnName"] == "name")
    assert [
        (each["value"], each["count"], each["isSelected"]) for each in names["facetValues"]
    ] == [
        ("Ann", 2, True),
        ("Bob", 1, False),
    ]
    bounds = {
        "concreteType": PACKAGE + "FacetColumnRangeRequest",
        "columnName": "age",
        "min": "26",
    }
    assert values(alice, sql, selectedFacets=[bounds]) == [["1"]]
    has = {
        "concreteType": PACKAGE + "ColumnMultiValueFunctionQueryFilter",
        "columnName": "tags",
        "function": "HAS",
        "values": ["a"],
    }
    like = {
        "concreteType": PACKAGE + "ColumnSingleValueQueryFilter",
        "columnName": "name",
        "operator": "LIKE",
        "values": ["%nn", "b%"],
    }
    assert values(alice, sql, additionalFilters=[has]) == [["1"]]
    order = [{"column": "age", "direction": "DESC"}]
    assert values(alice, sql, additionalFilters=[like], sort=order) == [["1"], ["2"], ["3"]]
    wrong = {**picked, "columnName": "age"}
    failed = query(alice, sql, status=400, selectedFacets=[wrong])
    assert "no facet of this kind" in failed["reason"]


def test_the_combined_sql(alice: User, people: Any) -> None:
    id = people["id"]
    picked = {
        "concreteType": PACKAGE + "FacetColumnValuesRequest",
        "columnName": "name",
        "facetValues": ["it's", "org.sagebionetworks.UNDEFINED_NULL_NOTSET"],
    }
    has = {
        "concreteType": PACKAGE + "ColumnMultiValueFunctionQueryFilter",
        "columnName": "tags",
        "function": "HAS",
        "values": ["a", "b"],
    }
    found = query(
        alice,
        f'select name, age as "an age" from {id} x where not x.age in (1, -2) limit 10 offset 1',
        0x100,
        selectedFacets=[picked],
        additionalFilters=[has],
        sort=[{"column": "age", "direction": "DESC"}],
        limit=5,
        offset=2,
    )
    assert found["combinedSql"] == (
        f'SELECT name, age AS "an age" FROM {id} AS x WHERE NOT (x.age IN (1, -2))'
        " AND tags HAS ('a', 'b') AND (name IS NULL OR name IN ('it''s'))"
        " ORDER BY age DESC LIMIT 5 OFFSET 3"
    )
    assert query(alice, f"select * from {id}", 0x100)["combinedSql"] == f"SELECT * FROM {id}"
    found = query(alice, f"select name from {id}", 0x100, offset=4)
    assert values(alice, found["combinedSql"]) == []


def test_pages(alice: User) -> None:
    it = column(alice, "it", "STRING", maximumSize=1000)
    id = table(alice, [it])["id"]
    transact(alice, id, rows(id, [it], [[f"{n:04}"] for n in range(300)]))
    found = query(alice, f"select * from {id} limit 290", 0x3)
    assert found["queryCount"] == 290
    page = found["queryResult"]
    seen = []
    while True:
        seen += [row["values"][0] for row in page["queryResults"]["rows"]]
        if "nextPageToken" not in page:
            break
        page = job(alice, f"/entity/{id}/table/query/nextPage", page["nextPageToken"])
    assert seen == [f"{n:04}" for n in range(290)]
    assert values(alice, f"select * from {id} limit 10 offset 5", offset=2, limit=3) == [
        ["0007"],
        ["0008"],
        ["0009"],
    ]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select what from {}", "Column does not exist: what"),
        ("select name from {} where", "column"),
        ("select name from {} join syn2", "JOIN keyword is not supported"),
        ("select name from {} union select 1 from {}", "UNION keyword is not supported"),
        ("select read_csv('/etc/passwd') from {}", "no function read_csv"),
        ("select name from {}; drop table r", "the end of the query"),
        ("delete from {}", "'delete' was found where SELECT is expected"),
        ("select name from {} where age != 3", "'!' has no place here"),
        ("select name from {} where age = 'x'", "is not a DOUBLE"),
        ("select C1 from {}", "Column does not exist: C1"),
        ("select name from {} -- comment", "was found where"),
        ("select " + "(" * 100 + "1" + ")" * 100 + " from {}", "less nesting"),
    ],
)
def test_queries_that_cannot_be(alice: User, people: Any, sql: str, reason: str) -> None:
    failed = query(alice, sql.replace("{}", people["id"]), status=400)
    assert reason in failed["reason"]


# ------------------------------------------------------------------ who may


def test_who_may_query_and_change(alice: User, bob: User, people: Any) -> None:
    id = people["id"]
    asked = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "entityId": id,
        "query": {"sql": f"select * from {id}"},
    }
    change = {
        "concreteType": PACKAGE + "TableUpdateTransactionRequest",
        "entityId": id,
        "changes": [rows(id, [people["name"]], [["x"]])],
    }
    project = alice.get(f"/entity/{id}")["parentId"]
    bob.post(f"/entity/{id}/table/query/async/start", asked, 403)
    alice.share(project, bob.id, "READ")
    bob.post(f"/entity/{id}/table/query/async/start", asked, 403)
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    assert (
        len(job(bob, f"/entity/{id}/table/query", asked)["queryResult"]["queryResults"]["rows"])
        == 3
    )
    bob.post(f"/entity/{id}/table/transaction/async/start", change, 403)
    # By the general way of starting jobs nobody gets further.
    status = bob.post("/asynchronous/job", change)
    while (found := bob.get(f"/asynchronous/job/{status['jobId']}"))["jobState"] == "PROCESSING":
        pass
    assert found["jobState"] == "FAILED"
    assert query(alice, f"select * from {id}", 0x2)["queryCount"] == 3
    # A query of another table through the path of a readable one is refused.
    secret = table(alice, [people["name"]])["id"]
    other = {**asked, "query": {"sql": f"select * from {secret}"}}
    failed = job(bob, f"/entity/{id}/table/query", other, 400)
    assert "The query is over" in failed["reason"]
    alice.share(project, bob.id)
    bob.post(f"/entity/{id}/table/query/async/start", asked, 403)


# ------------------------------------------------------------------ snapshots


def test_snapshots_stay_as_they_were(server: RunningServer, alice: User, people: Any) -> None:
    id, age = people["id"], people["age"]
    options = {"snapshotLabel": "first", "snapshotComment": "for the paper"}
    assert alice.post(f"/entity/{id}/table/snapshot", options) == {"snapshotVersionNumber": 1}
    draft = alice.get(f"/entity/{id}")
    assert (draft["versionNumber"], draft["versionLabel"]) == (2, "in progress")
    assert alice.get(f"/entity/{id}/version/1")["versionLabel"] == "first"
    # Columns, rows and cells change, and a second snapshot is made with the last change.
    transact(alice, id, partial(id, (1, {age: "31"}), (2, None)))
    done = transact(
        alice,
        id,
        restructure((people["tags"], None)),
        createSnapshot=True,
        snapshotOptions={"snapshotLabel": "second"},
    )
    assert done["snapshotVersionNumber"] == 2
    transact(alice, id, rows(id, [people["name"]], [["Zoë"]]))
    first = [["Ann", "30", '["a", "b"]'], ["Bob", "25", None], ["ann", None, '["b"]']]
    second = [["Ann", "31"], ["ann", None]]
    now = [*second, ["Zoë", None]]
    for _ in range(2):
        assert values(alice, f"select * from {id}.1") == first
        assert values(alice, f"select * from {id}.2") == second
        assert values(alice, f"select * from {id}") == now
        assert values(alice, f"select * from {id}.3") == now
        # All indexes are made anew from the changes.
        server.do(server.app.indexes.close())
        for path in server.app.indexes.folder().glob("*.duckdb*"):
            path.unlink()
    names = [each["name"] for each in alice.get(f"/entity/{id}.1/column")["results"]]
    assert names == ["name", "age", "tags"]


def test_snapshots_that_cannot_be(alice: User, bob: User, people: Any) -> None:
    id = people["id"]
    path = f"/entity/{id}/table/snapshot"
    alice.post(path, {"snapshotLabel": "one"})
    assert "label" in alice.post(path, {"snapshotLabel": "one"}, 400)["reason"]
    empty = table(alice, [])["id"]
    assert "no columns" in alice.post(f"/entity/{empty}/table/snapshot", {}, 400)["reason"]
    bob.post(path, {}, 403)
    immutable = alice.post(f"/entity/{id}.1/table/snapshot", {}, 400)
    assert immutable["reason"] == "A snapshot is immutable and cannot be updated."
    failed = transact(alice, id, snapshotOptions={"snapshotLabel": "x"}, status=400)
    assert "createSnapshot" in failed["reason"]
    _no_version(alice, f"{id}.7")
    # The version that is edited stays; a snapshot may go.
    answer = alice.send("DELETE", f"/entity/{id}/version/2")
    assert answer.status_code == 400
    assert alice.send("DELETE", f"/entity/{id}/version/1").status_code == 204
    _no_version(alice, f"{id}.1")
    assert len(values(alice, f"select * from {id}")) == 3


def _no_version(user: User, id: str) -> None:
    kind = PACKAGE + "QueryBundleRequest"
    body = {"concreteType": kind, "query": {"sql": f"select * from {id}"}}
    assert "no version" in user.post(f"/entity/{id}/table/query/async/start", body, 404)["reason"]


def test_csv_without_the_table_in_the_path(alice: User, people: Any) -> None:
    id = people["id"]
    done = job(alice, "/table/upload/csv", {"entityId": id, **csv_change(alice, "name\nEve\n")})
    assert done["rowsProcessed"] == 1
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "entityId": id,
        "sql": f"select name from {id} where name = 'Eve'",
    }
    assert job(alice, "/table/download/csv", body)["headers"][0]["name"] == "name"
    del body["entityId"]
    alice.post("/table/download/csv/async/start", body, 400)
    alice.post("/table/upload/csv/async/start", {}, 400)


# ------------------------------------------------------------------ full-text search


@pytest.fixture
def library(alice: User) -> Any:
    """A table that can be searched."""
    columns = [
        column(alice, "title"),
        column(alice, "subjects", "STRING_LIST"),
        column(alice, "about", "ENTITYID"),
        column(alice, "year", "INTEGER"),
    ]
    made = table(alice, columns, isSearchEnabled=True)
    assert made["isSearchEnabled"] is True
    texts = [
        ["The Élan of Birds", '["wings","flight paths"]', "syn123", 1999],
        ["Birdsong, recorded", None, None, 2001],
        ["Notes on flight", '["aeroplane"]', "syn45", 1999],
        [None, None, None, 3],
    ]
    transact(alice, made["id"], rows(made["id"], columns, texts))
    return made


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("birds", "1"),
        ("ELAN", "1"),
        ("flight", "1,3"),
        ("birdsong aeroplane", "2,3"),
        ("bird", ""),
        ("syn45", "3"),
        ("1999", ""),
        ("it''s (wings)", "1"),
    ],
)
def test_words_of_a_row(alice: User, library: Any, words: str, found: str) -> None:
    sql = f"select ROW_ID from {library['id']} where text_matches('{words}')"
    assert ",".join(row[0] for row in values(alice, sql) if row[0]) == found


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("+flight -aeroplane", "1"),
        ("bird*", "1,2"),
        ('"flight paths"', "1"),
        ('"paths flight"', ""),
        ("-wings", ""),
        ("notes +birds", "1"),
        ("recorded notes", "2,3"),
    ],
)
def test_searches_of_signs(alice: User, library: Any, search: str, found: str) -> None:
    kind = PACKAGE + "TextMatchesQueryFilter"
    filters = [{"concreteType": kind, "searchExpression": search, "searchMode": "BOOLEAN"}]
    sql = f"select ROW_ID from {library['id']}"
    rows = values(alice, sql, additionalFilters=filters)
    assert ",".join(row[0] for row in rows if row[0]) == found


def test_search_is_switched(alice: User, people: Any) -> None:
    id = people["id"]
    sql = f"select name from {id} where text_matches('bob') and age = 25"
    assert "isSearchEnabled" in query(alice, sql, status=400)["reason"]
    done = transact(
        alice,
        id,
        restructure((people["tags"], None)),
        {"concreteType": PACKAGE + "TableSearchChangeRequest", "searchEnabled": True},
    )
    assert done["results"][1]["searchEnabled"] is True
    assert values(alice, sql) == [["Bob"]]
    there = alice.get(f"/entity/{id}")
    assert there["isSearchEnabled"] is True
    assert len(there["columnIds"]) == 2
    del there["isSearchEnabled"]  # as an older client sends it
    assert alice.send("PUT", f"/entity/{id}", there).json()["isSearchEnabled"] is True
    change = {"concreteType": PACKAGE + "TableSearchChangeRequest", "searchEnabled": False}
    transact(alice, id, change)
    assert "isSearchEnabled" in query(alice, sql, status=400)["reason"]


@pytest.mark.parametrize("search", ["", " ", "+", "a (b c)", '"', "+-a", "x " * 51])
def test_searches_that_cannot_be(alice: User, library: Any, search: str) -> None:
    kind = PACKAGE + "TextMatchesQueryFilter"
    filters = [{"concreteType": kind, "searchExpression": search, "searchMode": "BOOLEAN"}]
    sql = f"select ROW_ID from {library['id']}"
    reason = query(alice, sql, status=400, additionalFilters=filters)["reason"]
    assert "search" in reason


# ------------------------------------------------------------------ the index


def test_the_index_is_made_anew(server: RunningServer, alice: User, people: Any) -> None:
    id = people["id"]
    before = values(alice, f"select * from {id}")
    server.do(server.app.indexes.close())
    for path in server.app.indexes.folder().glob("*.duckdb*"):
        path.unlink()
    assert values(alice, f"select * from {id}") == before
    server.do(server.app.indexes.close())
    path = server.app.indexes.folder() / f"{id[3:]}.duckdb"
    if path.exists():
        path.write_bytes(b"this is no index")
    assert values(alice, f"select * from {id}") == before
