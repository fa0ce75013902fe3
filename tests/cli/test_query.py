"""synapse query, store-table and get -q."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_commands import Shell, project, shell, store  # noqa: F401  fixtures

CSV = 'name,size,seen\nwren,9,true\n"robin, the",14,\n'


@pytest.fixture
def birds(shell: Shell, project: str) -> str:  # noqa: F811
    Path("birds.csv").write_text(CSV)
    out = shell.ok("store-table", "--name", "Birds", "--parentid", project, "--csv", "birds.csv")
    id = str(json.loads(out)["tableId"])
    assert out == f'{{"tableId": "{id}"}}\n'
    return id


def test_a_table_of_a_file(shell: Shell, birds: str) -> None:  # noqa: F811
    found = shell.user.get(f"/entity/{birds}/column")["results"]
    kinds = [(each["name"], each["columnType"]) for each in found]
    assert kinds == [("name", "STRING"), ("size", "INTEGER"), ("seen", "BOOLEAN")]
    assert shell.user.get(f"/entity/{birds}")["name"] == "Birds"


def test_rows_are_printed(shell: Shell, birds: str) -> None:  # noqa: F811
    rows = "ROW_ID\tROW_VERSION\tname\tsize\tseen\n1\t2\twren\t9\ttrue\n2\t2\trobin, the\t14\t\n"
    assert shell.ok("query", f"select * from {birds}") == rows
    assert shell.ok("query", "select", "*", "FROM", birds) == rows
    assert shell.ok("query", f"select count(*) from {birds}") == "count(*)\n2\n"


def test_forms_of_output(shell: Shell, birds: str) -> None:  # noqa: F811
    sql = f"select name, size, seen from {birds} where size > 9"
    out = shell.ok("query", "--format", "csv", sql)
    assert out == 'ROW_ID,ROW_VERSION,name,size,seen\n2,2,"robin, the",14,\n'
    out = shell.ok("query", "--format", "json", sql)
    assert json.loads(out) == {
        "ROW_ID": "2",
        "ROW_VERSION": "2",
        "name": "robin, the",
        "size": 14,
        "seen": None,
    }
    out = shell.ok("query", "--format", "table", f"select name, size from {birds} order by size")
    assert out.splitlines() == [
        "ROW_ID  ROW_VERSION  name        size",
        "------  -----------  ----------  ----",
        "1       2            wren        9",
        "2       2            robin, the  14",
    ]
    Path("out.tsv").write_text("old")
    assert shell.ok("query", "-o", "out.tsv", sql) == ""
    assert Path("out.tsv").read_text().splitlines()[1:] == ["2\t2\trobin, the\t14\t"]
    code, out, err = shell.run("query", "-o", "out.tsv", f"select x from {birds}")
    assert (code, out) == (1, "")
    assert "Column does not exist: x" in err
    assert "robin" in Path("out.tsv").read_text(), "what was there stays"
    assert [each.name for each in Path().iterdir() if "out.tsv" in each.name] == ["out.tsv"]


def test_what_is_no_query(shell: Shell) -> None:  # noqa: F811
    for words in ([], ["select", "*"], ["select * from file"]):
        code, out, err = shell.run("query", *words)
        assert (code, out) == (0, "")
        assert err.startswith("Input query cannot be parsed. Please see our documentation")


def test_getting_what_a_query_finds(shell: Shell, project: str) -> None:  # noqa: F811
    ids = [store(shell, project, f"f{n}.txt", f"text {n}") for n in range(3)]
    Path("files.csv").write_text("id,n\n" + "".join(f"{id},{n}\n" for n, id in enumerate(ids)))
    words = ["--name", "Files", "--parentId", project, "--csv", "files.csv"]
    table = json.loads(shell.ok("store-table", *words))["tableId"]
    where = ["--downloadLocation", "got"]
    shell.ok("get", "-q", f"select id from {table} where n < 2", *where)
    assert sorted(each.name for each in Path("got").iterdir()) == ["f0.txt", "f1.txt"]
    assert Path("got/f1.txt").read_text() == "text 1"
    code, _, err = shell.run("get", "-q", f"select n from {table}")
    assert code == 1
    assert "does not include the id column" in err


def test_a_view_is_queried(shell: Shell, project: str) -> None:  # noqa: F811
    id = store(shell, project, "bird.txt", "a bird")
    view = shell.user.post(
        "/entity",
        {
            "concreteType": "org.sagebionetworks.repo.model.table.EntityView",
            "name": "Files",
            "parentId": project,
            "scopeIds": [project],
            "viewTypeMask": 1,
            "columnIds": [
                shell.user.post("/column", {"name": name, "columnType": kind})["id"]
                for name, kind in (("name", "STRING"), ("createdOn", "DATE"))
            ],
        },
    )["id"]
    file = shell.user.get(f"/entity/{id}")
    header, line = shell.ok("query", f"select name from {view}").splitlines()
    assert header.split("\t") == ["ROW_ID", "ROW_VERSION", "ROW_ETAG", "name"]
    assert line.split("\t") == [id[3:], "1", file["etag"], "bird.txt"]
    out = shell.ok("query", "--format", "json", f"select name, createdOn from {view}")
    assert json.loads(out) == {
        "ROW_ID": id[3:],
        "ROW_VERSION": "1",
        "ROW_ETAG": file["etag"],
        "name": "bird.txt",
        "createdOn": file["createdOn"].replace("Z", "000+00:00"),
    }
    out = shell.ok("query", "--format", "table", f"select name from {view}")
    assert out.splitlines()[0].split() == ["ROW_ID", "ROW_VERSION", "ROW_ETAG", "name"]


def test_a_parquet_file(shell: Shell, birds: str) -> None:  # noqa: F811
    import duckdb

    sql = f"select name, size from {birds} order by size"
    assert shell.ok("query", "--format", "parquet", "-o", "birds.parquet", sql) == ""
    found = duckdb.sql("from 'birds.parquet'").fetchall()
    assert found == [(1, 2, "wren", 9), (2, 2, "robin, the", 14)]
    code, _, err = shell.run("query", "--format", "parquet", sql)
    assert code == 1
    assert "with --output FILE" in err
    code, _, err = shell.run(
        "query", "--format", "parquet", "-o", "birds.parquet", f"select x from {birds}"
    )
    assert code == 1
    assert duckdb.sql("from 'birds.parquet'").fetchall() == found, "what was there stays"


def test_an_arrow_file(shell: Shell, birds: str) -> None:  # noqa: F811
    import polars

    sql = f"select name, size from {birds} order by size"
    assert shell.ok("query", "--format", "arrow", "-o", "birds.arrow", sql) == ""
    found = polars.read_ipc("birds.arrow")
    assert found.rows() == [(1, 2, "wren", 9), (2, 2, "robin, the", 14)]
    code, _, err = shell.run("query", "--format", "arrow", sql)
    assert code == 1
    assert "with --output FILE" in err
