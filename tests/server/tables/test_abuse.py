"""What people should not send to tables: it is refused with a clear word, and the server stays up.

The second half runs on a server process of its own whose memory is limited and watched.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import (
    PACKAGE,
    column,
    csv_change,
    job,
    query,
    rows,
    table,
    transact,
    values,
    view,
    wait,
)
from tests.server.tables.test_derived import derived, materialized
from tests.servers import PASSWORD, USER, ServerProcess

from synapseclient.core.transport import Transport

IS_PROOF = "SYNAPSE_PROOF_QUERIES" in os.environ
ADDRESS_SPACE = 12 << 30
MEMORY = 4 << 30
"""What the process may have at most, of which a quarter is a single index."""


@pytest.fixture
def target(alice: User) -> Any:
    """A table with a row, and one of somebody else."""
    text = column(alice, "text", maximumSize=1000)
    big = column(alice, "big", "LARGETEXT")
    number = column(alice, "n", "INTEGER")
    id = table(alice, [text, big, number])["id"]
    transact(alice, id, rows(id, [text, big, number], [["a" * 1000, "b" * 100_000, "1"]]))
    return {"id": id, "text": text, "big": big, "n": number}


# ------------------------------------------------------------------ what is no query

STRANGE = [
    "select * from r",
    "select * from state",
    "select * from information_schema.tables",
    "select * from duckdb_settings()",
    "select * from 'file.csv'",
    "select * from read_csv('/etc/passwd')",
    "select * from read_parquet('{}.parquet')",
    "select text from {} join r",
    "select text from {}, syn1",
    "select text from {} cross join syn1",
    "select text from {} natural join syn1",
    "select text from {} where text in (select text from syn1)",
    "select (select 1) from {}",
    "select text from {} where exists (select 1 from syn1)",
    "select read_text('/etc/passwd') from {}",
    "select getenv('HOME') from {}",
    "select current_setting('memory_limit') from {}",
    "select pg_sleep(10) from {}",
    "select version() from {}",
    "select query('select 1') from {}",
    "select * exclude (text) from {}",
    "select * replace (1 as text) from {}",
    "select columns(*) from {}",
    "select text::integer from {}",
    "select text || text from {}",
    "select text[1] from {}",
    "select [x for x in [1]] from {}",
    "select {'a': 1} from {}",
    "select {fn now()} from {}",
    "select $1 from {}",
    "select ? from {}",
    "select :name from {}",
    "select @@version from {}",
    "select text from {} -- comment",
    "select /* comment */ text from {}",
    "select text from {} # comment",
    "select text from {}; select 1 from {}",
    "select count(*) over () from {}",
    "select text from {} qualify 1",
    "select text from {} limit 1, 2",
    "select text from {} limit -1",
    "select text from {} limit 1e9",
    "select text from {} limit 9999999999999999999",
    "select text from {} for update",
    "select text into outfile '/tmp/x' from {}",
    "select text from {} as of timestamp",
    "select text from {} tablesample 1%",
    "select distinct on (text) text from {}",
    "select text from {} group by all",
    "select text from {} order by all",
    "select text from {} group by rollup (text)",
    "insert into {} values (1)",
    "update {} set n = 2",
    "drop table r",
    "attach 'x.duckdb' as x",
    "copy r to '/tmp/x'",
    "pragma database_list",
    "set memory_limit = '100GB'",
    "install httpfs",
    "load httpfs",
    "call pragma_version()",
    "explain select text from {}",
    "with recursive c as (select text from {}) select text from c",
    "values (1)",
    "select",
    "",
    ";",
    "'",
    '"',
    "select 'x from {}",
    'select "x from {}',
    "select 'it\\'s' from {}",
    "select text from {} where text = 'a' or 1=1 --'",
    "select text from {} where 1=1",
    "select C1 from {}",
    'select "r.C1" from {}',
    'select "C1"" from r; --" from {}',
    "select ROW_SEARCH_CONTENT from {}",
    "select rowid from {}",
    "select o0 from {}",
    "select r from {}",
    "select q0 from {}",
    "select \u2018x\u2019 text from {}",
]


@pytest.mark.parametrize("sql", STRANGE)
def test_what_is_no_query(alice: User, target: Any, sql: str) -> None:
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "query": {"sql": sql.replace("{}", target["id"])},
        "partMask": 0x1,
    }
    failed = job(alice, f"/entity/{target['id']}/table/query", body, 400)
    reason = failed["reason"]
    assert reason
    # The engine was not even asked.
    assert "cannot be run" not in reason
    assert "Error" not in reason
    assert query(alice, f"select * from {target['id']}", 0x2)["queryCount"] == 1


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select " + "(" * 5000 + "n" + ")" * 5000 + " from {}", "less nesting"),
        ("select n from {} where " + "(" * 5000 + "n = 1" + ")" * 5000, "less nesting"),
        ("select " + "upper(" * 1000 + "text" + ")" * 1000 + " from {}", "less nesting"),
        ("select " + "case when n = 1 then " * 500 + "1" + " end" * 500 + " from {}", "nesting"),
        ("select " + "+".join(["n"] * 5000) + " from {}", "at most 400 operators"),
        ("select " + "n," * 200_000 + "n from {}", "at most 256000 characters"),
        ("select " + "n," * 5_000 + "n from {}", "at most 1000 items"),
        ("select " + "crc32(" * 8 + "text" + ")" * 8 + " from {}", "too large"),
        ("select " + "crc32(" * 3 + "text" + ")" * 3 + " from {}", None),
        ("select " + "json_overlaps(text," * 10 + "text" + ",'1')" * 10 + " from {}", ""),
        ("select " + "replace(" * 3 + "text" + (",'a','" + "b" * 900 + "')") * 3 + " from {}", "bytes of text"),
        ("select replace(text, text, big) from {}", "bytes of text"),
        ("select " + "concat(" * 40 + "text" + ",big,big,big,big)" * 40 + " from {}", "bytes of text"),
        ("select n from {} where text like '" + "%a" * 490 + "%z'", None),
        ("select '" + "x" * 1001 + "' from {}", "at most 1000 characters"),
        ("select n + interval 9223372036854775807 year from {}", "moment is expected"),
        ("select '2020-01-01' + interval 9223372036854775807 year from {}", "cannot be run"),
        ("select from_unixtime(9223372036854775807) from {}", "cannot be run"),
        ("select round(n, 2147483648), round(n, -2147483649) from {}", None),
        ("select 1e999 from {}", "larger than a DOUBLE"),
        ("select sum(9223372036854775807) from {}", None),
        ("select n * 9223372036854775807 * 2 from {}", "cannot be run"),
        ("select n from {} where n in (" + "1," * 50_000 + "1)", None),
        ("select n from {} where " + " or ".join(["n = 1"] * 20_000), None),
        ("select n from {} where " + " and ".join(["not n = 2"] * 10_000), None),
    ],
    ids=lambda each: str(each)[:40],
)  # fmt: skip
def test_large_and_deep_queries(alice: User, target: Any, sql: str, reason: str | None) -> None:
    sql = sql.replace("{}", target["id"])
    started = time.monotonic()
    if reason is None:
        assert len(values(alice, sql)) == 1 or "like" in sql
    else:
        assert reason in query(alice, sql, status=400)["reason"]
    assert time.monotonic() - started < 60
    assert values(alice, f"select n from {target['id']}") == [["1"]]


def test_other_tables_stay_closed(alice: User, bob: User, target: Any) -> None:
    mine = table(bob, [column(bob, "n", "INTEGER")])["id"]
    secret = target["id"]
    for sql in (
        f"select * from {secret}",
        f"select {secret}.n from {mine}",
        f"with c as (select n from {secret}) select n from c",
        f"select n from {mine} {secret} where {secret}.text is null",
    ):
        body = {
            "concreteType": PACKAGE + "QueryBundleRequest",
            "query": {"sql": sql},
            "partMask": 0x1,
        }
        assert job(bob, f"/entity/{mine}/table/query", body, 400)["reason"]
        token = {
            "concreteType": PACKAGE + "QueryNextPageToken",
            "token": base64.urlsafe_b64encode(json.dumps({"sql": sql}).encode()).decode(),
        }
        assert job(bob, f"/entity/{mine}/table/query/nextPage", token, 400)["reason"]
    project = bob.project()["id"]
    for sql in (
        f"select n from {secret}",
        f"select a.n from {mine} a join {secret} b on a.n = b.n",
        f"select n from {mine} union select n from {secret}",
        f"with c as (select n from {secret}) select n from c",
    ):
        for kind in ("MaterializedView", "VirtualTable"):
            answer = bob.send(
                "POST",
                "/entity",
                {"concreteType": PACKAGE + kind, "definingSQL": sql, "parentId": project},
            )
            assert answer.status_code in (400, 403), answer.text
    # One who could, and can no more.
    shared = alice.get(f"/entity/{secret}")["parentId"]
    alice.share(shared, bob.id, "READ", "DOWNLOAD")
    made = materialized(
        bob, f"select a.n from {mine} a right join {secret} b on a.n = b.n", project
    )
    assert len(values(bob, f"select * from {made}")) == 1
    alice.share(shared, bob.id)
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "query": {"sql": f"select * from {made}"},
    }
    bob.post(f"/entity/{made}/table/query/async/start", body, 403)
    bob.get(f"/entity/{made}/column")


# ------------------------------------------------------------------ what is no CSV, no row


def test_strange_files(alice: User, target: Any) -> None:
    id = target["id"]
    zipped = gzip.compress(b"text,n\n" + b"x,1\n" * 1_000_000)
    for data, reason in (
        (zipped, "is not text in UTF-8"),
        (b"\x00\x01\x02\xff", "is not text in UTF-8"),
        (b"text," * 1_000_000 + b"n\n", "values; at most 2000"),
        (b"n\n" + b"1," * 3_000_000 + b"1\n", "values; at most 2000"),
        (b"text\n" + b"x" * 17_000_000 + b"\n", "more than 16000000 characters"),
        (b'text\n"' + b"x\n" * 2_000_000, "cannot be read at line"),
        (b"text\n" + b"x" * 3_000_000 + b"\n", "cannot be read at line"),
        (b"big\n" + b"x" * 600_000 + b"\n", "the column takes 524288"),
        (b"n,n\n1,1\n", "is named twice"),
        (b"ROW_ID,ROW_VERSION,n\n1,99999999999999999999,1\n", "ROW_ID or ROW_VERSION"),
        (b"ROW_ID,ROW_VERSION,n\n-1,1,1\n", "ROW_ID or ROW_VERSION"),
        (b"ROW_ID,n\n1,1\n", "needs ROW_VERSION"),
    ):
        change = csv_change(alice, "")
        change["uploadFileHandleId"] = _upload(alice, data)
        failed = transact(alice, id, change, status=400)
        assert reason in failed["reason"], failed
        preview = {
            "concreteType": PACKAGE + "UploadToTablePreviewRequest",
            "uploadFileHandleId": change["uploadFileHandleId"],
            "doFullFileScan": True,
        }
        body = alice.post("/table/upload/csv/preview/async/start", preview)
        assert wait(alice, "/table/upload/csv/preview", body["token"]).status_code in (201, 400)
    assert values(alice, f"select n from {id}") == [["1"]]


def _upload(user: User, data: bytes) -> str:
    from tests.server.test_files import upload

    return str(upload(user, data, fileName="rows.csv", contentType="text/csv"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: rows(t["id"], [t["n"]], [["1" * 100_000]]), "is not an INTEGER"),
        (lambda t: rows(t["id"], [t["n"]], [[10**30]]), "is not an INTEGER"),
        (lambda t: rows(t["id"], [t["big"]], [["x" * 600_000]]), "the column takes 524288"),
        (lambda t: rows(t["id"], [t["n"]] * 500, [["1"] * 500]), "is named twice"),
        (lambda t: rows(t["id"], [t["n"]], [["1", "2"]]), "has 2 values"),
        (lambda t: rows(t["id"], [t["n"]], [["1"]], [(2**62, 1)]), "There cannot be a row"),
        (lambda t: rows("syn1", [t["n"]], [["1"]]), "toAppend is of syn1"),
    ],
)
def test_strange_rows(alice: User, target: Any, change: Any, reason: str) -> None:
    failed = transact(alice, target["id"], change(target), status=400)
    assert reason in failed["reason"]
    assert values(alice, f"select n from {target['id']}") == [["1"]]


def test_a_body_that_says_it_is_huge(server: RunningServer, alice: User, target: Any) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    for length in ("2147483648", "99999999999999999999"):
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        connection.putrequest(
            "POST", f"/repo/v1/entity/{target['id']}/table/transaction/async/start"
        )
        connection.putheader("Authorization", f"Bearer {alice.token}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        connection.send(b'{"changes": [')
        answer = connection.getresponse()
        assert answer.status in (400, 413)
        connection.close()
    big = {"changes": [rows(target["id"], [target["n"]], [["1"]] * 300_000)]}
    assert (
        alice.send("POST", f"/entity/{target['id']}/table/append/async/start", big).status_code
        == 413
    )
    assert values(alice, f"select n from {target['id']}") == [["1"]]


def test_deep_json(alice: User) -> None:
    j = column(alice, "j", "JSON")
    id = table(alice, [j])["id"]
    deep = "[" * 900 + "]" * 900
    transact(alice, id, rows(id, [j], [[deep]]))
    failed = transact(alice, id, rows(id, [j], [["[" * 200_000 + "]" * 200_000]]), status=400)
    assert "is not JSON" in failed["reason"]
    assert values(alice, f"select json_extract(j, '$[0]') from {id}") == [[deep[1:-1]]]
    for expression in ("json_overlaps(j, j)", "json_search(j, 'all', '%')", "json_array(j, j)"):
        assert len(values(alice, f"select {expression} from {id}")) == 1


# ------------------------------------------------------------------ a process of its own


class Fortress:
    """A server process of its own, whose memory is limited and watched."""

    def __init__(self, folder: Path) -> None:
        self.process = ServerProcess(folder / "data")
        self.process.add_user()
        self.process.start()
        self.pid = self.process.process.pid
        resource.prlimit(self.pid, resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        self.url = self.process.url
        self.transport = Transport("tests/1.0.0")
        self.user = User(cast(RunningServer, self), 0, USER, None)
        body = {"username": USER, "password": PASSWORD}
        self.user.token = self.user.post("/auth/v1/login2", body)["accessToken"]

    @property
    def peak(self) -> int:
        """The most memory that it ever had."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the process is gone")

    def forget_peak(self) -> int:
        """Let the peak be what it has now, and answer that."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.peak


@pytest.fixture(scope="module")
def fortress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortress]:
    """The process."""
    found = Fortress(tmp_path_factory.mktemp("fortress"))
    yield found
    assert found.process.process.poll() is None
    found.process.kill()


@pytest.mark.proof
def test_heavy_work_of_many(fortress: Fortress) -> None:
    user = fortress.user
    count = 30_000 if IS_PROOF else 6_000
    text, n = column(user, "text", maximumSize=1000), column(user, "n", "INTEGER")
    id = table(user, [text, n])["id"]
    lines = "".join(f"{'word ' * 40}{number},{number}\n" for number in range(count))
    transact(user, id, csv_change(user, "text,n\n" + lines))
    project = user.get(f"/entity/{id}")["parentId"]
    heavy = [
        f"select group_concat(text) from {id}",
        f"select json_arrayagg(text) from {id}",
        f"select count(distinct concat(text, n, text, n)) from {id}",
        "select text, count(*) from {} where {} group by text order by text desc".format(
            id,
            " or ".join(
                f"text like '%{'%'.join(map(str, range(each, each + 40)))}%'" for each in range(20)
            ),
        ),
        f"select max(replace(text, 'w', '{'x' * 900}')) from {id}",
        f"select max(upper(concat({', '.join(['text'] * 60)}))) from {id}",
        f"select crc32(text), crc32(concat(text, text)) from {id} order by crc32(text)",
    ]
    crosses = [
        f"select a.text, b.n from {id} a join {id} b",
        f"select a.text from {id} a join {id} b join {id} c join {id} d order by a.text",
        f"select count(*) as n from {id} a join {id} b on a.text <> b.text and a.n > b.n",
    ]
    made = [materialized(user, each, project) for each in crosses[: 3 if IS_PROOF else 1]]
    answers: list[Any] = []

    def ask(sql: str, table: str) -> None:
        body = {
            "concreteType": PACKAGE + "QueryBundleRequest",
            "query": {"sql": sql},
            "partMask": 0x1,
        }
        path = f"/entity/{table}/table/query"
        token = user.post(f"{path}/async/start", body)["token"]
        answers.append(wait(user, path, token, 400))

    work = [(sql, id) for sql in heavy * (3 if IS_PROOF else 1)] + [
        (f"select * from {each}", each) for each in made
    ]
    threads = [threading.Thread(target=ask, args=each) for each in work]
    for thread in threads:
        thread.start()
    # Meanwhile others are answered.
    while any(thread.is_alive() for thread in threads):
        assert user.get(f"/entity/{id}")["id"] == id
        time.sleep(0.2)
    assert len(answers) == len(work)
    for answer in answers:
        assert answer.status_code in (201, 400), answer.text
        if answer.status_code == 400:
            assert answer.json()["reason"]
    assert values(user, f"select count(*) from {id}") == [[str(count)]]
    print(f"{fortress.peak >> 20} MB at most")
    assert fortress.peak < MEMORY


@pytest.mark.proof
def test_results_are_written_in_bounded_memory(fortress: Fortress) -> None:
    user = fortress.user
    text, n = column(user, "text", maximumSize=1000), column(user, "n", "INTEGER")
    id = table(user, [text, n])["id"]
    lines = "".join(f"{'long ' * 40}{number},{number}\n" for number in range(2_000))
    transact(user, id, csv_change(user, "text,n\n" + lines))
    project = user.get(f"/entity/{id}")["parentId"]
    most = 1_500 if IS_PROOF else 50  # 600 MB of text, or 20
    sql = f"select a.text, b.n from {id} a join {id} b on b.n < {most}"
    made = materialized(user, sql, project)
    before = fortress.peak
    for format in ("CSV", "PARQUET", "ARROW"):
        body = {
            "concreteType": PACKAGE + "DownloadFromTableRequest",
            "sql": f"select * from {made}",
            "format": format,
        }
        path = f"/entity/{made}/table/download/csv"
        token = user.post(f"{path}/async/start", body)["token"]
        answer = wait(user, path, token, 400)
        assert answer.status_code == 201, answer.text
        handle = user.get(f"/file/v1/fileHandle/{answer.json()['resultsFileHandleId']}")
        if format == "CSV":
            assert handle["contentSize"] > most * 2_000 * 200
    print(f"{before >> 20} MB before, {fortress.peak >> 20} MB at most")
    # An index and what the server has else, but never the result.
    assert fortress.peak < before + (1 << 30) + (300 << 20)


@pytest.mark.proof
def test_views_are_edited_in_bounded_memory(fortress: Fortress) -> None:
    user = fortress.user
    big = column(user, "big", "LARGETEXT")
    project = user.project()["id"]
    id = view(user, [big], project)["id"]
    file = user.file(project)
    text = "long " * 60_000
    count = 3_000 if IS_PROOF else 400  # 900 MB, or 120
    lines = (f"{number},none,{text}\n" for number in range(1, count))  # there is no such row
    change = csv_change(
        user, f"ROW_ID,ROW_ETAG,big\n{''.join(lines)}{file['id']},{file['etag']},here\n"
    )
    before = fortress.forget_peak()
    told = transact(user, id, change)["results"][0]["updateResults"]
    assert [each.get("failureCode") for each in told] == ["NOT_FOUND"] * (count - 1) + [None]
    assert values(user, f"select big from {id}") == [["here"]]
    print(f"{before >> 20} MB before, {fortress.peak >> 20} MB at most")
    assert fortress.peak < before + (70 << 20)


def test_large_files_of_nothing(fortress: Fortress) -> None:
    user = fortress.user
    text = column(user, "text", maximumSize=1000)
    id = table(user, [text])["id"]
    for data, reason in (
        (b"," * 10_000_000 + b"\n", "values; at most 2000"),
        (b"text\n" + b"ab," * 5_000_000 + b"\n", "values; at most 2000"),
        (b"text\n" + b"x" * 60_000_000, "more than 16000000 characters"),
    ):
        change = {
            "concreteType": PACKAGE + "UploadToTableRequest",
            "uploadFileHandleId": _upload(user, data),
        }
        assert reason in transact(user, id, change, status=400)["reason"]
    failed = derived(
        user,
        "MaterializedView",
        f"select text from {id} {'union select text from ' + id + ' '}" * 60,
        user.project()["id"],
        400,
    )
    assert failed["reason"]
    assert fortress.peak < MEMORY


def test_a_page_that_is_too_large(alice: User) -> None:
    ids = [column(alice, "text", "LARGETEXT")]
    made = table(alice, ids)["id"]
    for _ in range(10):  # a request has at most 2 MB
        transact(alice, made, rows(made, ids, [["x" * 200_000]] * 9))
    every = f"select group_concat(text) as every from {made}"
    failed = query(alice, every, status=400)
    assert "16 million characters" in failed["reason"]
    assert len(values(alice, every + " where ROW_ID < 9")[0][0] or "") > 1_000_000
