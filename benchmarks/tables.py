"""How fast are tables?

A table of a million rows (``--rows``) of twelve columns, loaded from CSV files by our client, then
asked as a client asks, by asynchronous jobs: the first page, a filter, the count, the groups, the
whole bundle with three enumerations and a range as facets, and a CSV file of everything. The same
questions of DuckDB itself, in the benchmark's process, and of MariaDB with an index on each column
that is counted or filtered by. Goals: at most 1.3 times DuckDB's time and 5 ms; a tenth of MariaDB's
for facets and groups; a row added in 20 ms, by our client and by the official 4.14.0. Told as well:
a thousand rows changed, and the server's memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import harness, mariadb
from benchmarks.transfer import Client
from benchmarks.workload import Workload

_PACKAGE = "org.sagebionetworks.repo.model.table."
_AT_ONCE = 1_000_000
"""Rows of a CSV file."""
_CHANGED = 1_000
_MORE = 0.005
_APPENDED = 0.02
_ALL, _ROWS, _COUNT, _FACETS = 0x3FF, 0x1, 0x2, 0x20


@dataclass
class Column:
    """A column, here and in the peers."""

    name: str
    kind: str
    said: str
    """What row number i has, as DuckDB says it."""
    type: str
    """MariaDB's."""
    size: int | None = None
    length: int | None = None
    facet: str | None = None
    is_indexed: bool = False

    @property
    def model(self) -> dict[str, Any]:
        """As our server takes it."""
        found = {
            "name": self.name,
            "columnType": self.kind,
            "maximumSize": self.size,
            "maximumListLength": self.length,
            "facetType": self.facet,
        }
        return {key: value for key, value in found.items() if value is not None}


def _enumeration(name: str, values: int, stride: int) -> Column:
    said = f"'{name} ' || (hash(i * {stride}) % {values})"
    return Column(name, "STRING", said, "VARCHAR(30)", 30, facet="enumeration", is_indexed=True)


_COLUMNS = (
    Column("sample", "STRING", "'sample ' || i", "VARCHAR(30)", 30),
    _enumeration("tissue", 12, 3),
    _enumeration("species", 5, 5),
    _enumeration("assay", 40, 7),
    Column("age", "INTEGER", "hash(i * 11) % 90", "BIGINT", facet="range", is_indexed=True),
    Column("depth", "INTEGER", "hash(i * 13) % 1000000", "BIGINT", is_indexed=True),
    Column("score", "DOUBLE", "(hash(i * 17) % 1000003) / 1000.0", "DOUBLE"),
    Column("passed", "BOOLEAN", "hash(i * 19) % 2 = 0", "BOOLEAN"),
    Column("taken", "DATE", "1500000000000 + i * 1000", "BIGINT"),
    Column("file", "ENTITYID", "'syn' || (1000000 + i)", "VARCHAR(20)"),
    Column("tags", "STRING_LIST", "to_json(['a' || (i % 7), 'b' || (i % 11)])", "TEXT", 20, 5),
    Column("note", "STRING", "'measured ' || md5(CAST(i AS VARCHAR))", "VARCHAR(100)", 100),
)
_ENGINE = {"INTEGER": "BIGINT", "DATE": "BIGINT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN"}
_WHERE = "depth > 500000 and species = 'species 3'"
_PAGE = "select * from {}"
_FILTERED = f"select * from {{}} where {_WHERE} order by score desc limit 25"
_GROUPED = (
    "select tissue, assay, count(*), avg(score) from {} group by tissue, assay"
    " order by tissue, assay"
)
_BUNDLE = f"select * from {{}} where {_WHERE}"
_COUNTED_ROWS = f"select count(*) from {{}} where {_WHERE}"
_FACET_QUERIES = [
    *(
        f"select {each.name}, count(*) as n from {{}} where {_WHERE} group by {each.name}"
        f" order by n desc, {each.name} limit 100"
        for each in _COLUMNS
        if each.facet == "enumeration"
    ),
    f"select min(age), max(age) from {{}} where {_WHERE}",
]


# ------------------------------------------------------------------ the three that are asked


class Ours:
    """A table on our server."""

    def __init__(self, work: Workload, client: Client) -> None:
        self.work = work
        self.client = client
        models = {"list": [each.model for each in _COLUMNS]}
        columns = work.send("POST", "/repo/v1/column/batch", models)["list"]
        self.columns = [each["id"] for each in columns]
        body = {
            "concreteType": _PACKAGE + "TableEntity",
            "parentId": work.project,
            "columnIds": self.columns,
        }
        self.id: str = work.send("POST", "/repo/v1/entity", body)["id"]

    def load(self, files: list[Path]) -> float:
        """Add the rows of CSV files."""
        started = time.perf_counter()
        for path in files:
            self.client.run(_LOAD, self.id, str(path))
        self.ask(_PAGE, _COUNT)
        return time.perf_counter() - started

    def ask(self, sql: str, mask: int) -> tuple[float, Any]:
        """Seconds until the answer is here, and the answer."""
        body = {
            "concreteType": _PACKAGE + "QueryBundleRequest",
            "query": {"sql": sql.format(self.id)},
            "partMask": mask,
        }
        return self.job("query", body)

    def export(self) -> float:
        """Seconds until a CSV file of everything is there."""
        sql = _PAGE.format(self.id)
        body = {"concreteType": _PACKAGE + "DownloadFromTableRequest", "sql": sql}
        return self.job("download/csv", body)[0]

    def change(self, values: dict[str, str], rows: list[int | None]) -> float:
        """Seconds until rows are changed; None is a new one."""
        ids = dict(zip((each.name for each in _COLUMNS), self.columns, strict=True))
        cells = [{"key": ids[name], "value": value} for name, value in values.items()]
        part = {
            "concreteType": _PACKAGE + "PartialRowSet",
            "tableId": self.id,
            "rows": [{"rowId": row, "values": cells} for row in rows],
        }
        append = {
            "concreteType": _PACKAGE + "AppendableRowSetRequest",
            "entityId": self.id,
            "toAppend": part,
        }
        body = {
            "concreteType": _PACKAGE + "TableUpdateTransactionRequest",
            "entityId": self.id,
            "changes": [append],
        }
        return self.job("transaction", body)[0]

    def job(self, what: str, body: dict[str, Any]) -> tuple[float, Any]:
        """Seconds until a job is done, and what came of it."""
        path = f"/repo/v1/entity/{self.id}/table/{what}/async"
        started = time.perf_counter()
        token = self.work.send("POST", f"{path}/start", body)["token"]
        while True:
            answer = self.work.send("GET", f"{path}/get/{token}")
            if "jobState" not in answer:
                return time.perf_counter() - started, answer


class Engine:
    """The same rows in DuckDB itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db = duckdb.connect(str(folder / "rows.duckdb"), config={"threads": 2})

    def write_csv(self, rows: int) -> list[Path]:
        """The files to load."""
        said = ", ".join(f"{each.said} AS {each.name}" for each in _COLUMNS)
        files = []
        for first in range(0, rows, _AT_ONCE):
            path = self._folder / f"{first}.csv"
            last = min(rows, first + _AT_ONCE)
            self._db.execute(f"COPY (SELECT {said} FROM range({first}, {last}) t(i)) TO '{path}'")
            files.append(path)
        return files

    def load(self, files: list[Path]) -> float:
        """Read CSV files."""
        kinds = {each.name: _ENGINE.get(each.kind, "VARCHAR") for each in _COLUMNS}
        types = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items())
        names = ", ".join(f"'{path}'" for path in files)
        tags = "CAST(CAST(tags AS JSON) AS VARCHAR[]) AS tags"
        return self.ask(
            f"CREATE TABLE t AS SELECT * REPLACE ({tags}) FROM read_csv([{names}],"
            f" columns = {{{types}}}, header = true)",
            "CHECKPOINT",
        )

    def ask(self, *statements: str) -> float:
        """Seconds until the rows are here."""
        started = time.perf_counter()
        for statement in statements:
            self._db.execute(statement).fetchall()
        return time.perf_counter() - started

    def export(self) -> float:
        """Seconds until a CSV file of everything is there."""
        return self.ask(f"COPY t TO '{self._folder / 'export.csv'}'")


def _load_mariadb(db: mariadb.Database, files: list[Path]) -> float:
    columns = ", ".join(f"{each.name} {each.type}" for each in _COLUMNS)
    keys = "".join(f", KEY ({each.name})" for each in _COLUMNS if each.is_indexed)
    db.ask(f"CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, {columns}{keys})")
    names = ", ".join(f"@{e.name}" if e.kind == "BOOLEAN" else e.name for e in _COLUMNS)
    loads = [
        f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE t CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','"
        f" OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' IGNORE 1 LINES ({names})"
        " SET passed = @passed = 'true'"
        for path in files
    ]
    return db.ask(*loads, "ANALYZE TABLE t")


# ------------------------------------------------------------------ clients

_LOAD = """
import sys
from synapseclient import login
from synapseclient.models import Table
syn = login(silent=True)
Table(id=sys.argv[1]).store_rows(sys.argv[2])
print("done")
"""
_APPEND = """
import asyncio, statistics, sys, time
from synapseclient import login
from synapseclient.models import (
    AppendableRowSetRequest, PartialRow, PartialRowSet, Table, TableUpdateTransaction,
)
syn = login(silent=True)
id, column, times = sys.argv[1:]
table = Table(id=id).get(include_columns=True)
runner = asyncio.Runner()
def sent():
    rows = PartialRowSet(table_id=id, rows=[PartialRow(None, [{"key": column, "value": "more"}])])
    change = AppendableRowSetRequest(entity_id=id, to_append=rows)
    transaction = TableUpdateTransaction(entity_id=id, changes=[change])
    runner.run(transaction.send_job_and_wait_async())
def stored():
    # Another one each time: an upload of the same bytes would be over before it begins.
    table.store_rows({"sample": [f"more at {time.time_ns()}"]})
def median(what):
    found = []
    for _ in range(int(times)):
        started = time.perf_counter()
        what()
        found.append(time.perf_counter() - started)
    return statistics.median(found)
print(median(sent), median(stored), sep=",")
"""


def _append(ours: Ours, clients: dict[str, Client], times: int) -> None:
    raw = statistics.median(ours.change({"sample": "more"}, [None]) for _ in range(times))
    print(f"a row added by two requests: {raw * 1e3:.1f} ms")
    for name, client in clients.items():
        _, told = client.run(_APPEND, ours.id, ours.columns[0], str(times))
        for how, seconds in zip(("sent as it is", "by store_rows"), told.split(","), strict=True):
            print(f"a row added by {name}, {how}: {float(seconds) * 1e3:.1f} ms")
            harness.verdict("  over 20 ms", float(seconds) / _APPENDED, 1.0)


# ------------------------------------------------------------------ the run


class Comparison:
    """Asks all of them in turn, and prints what was found."""

    def __init__(self, rounds: int, server: harness.Served) -> None:
        self._rounds = rounds
        self._clocks = (lambda: server.cpu_seconds, time.process_time)
        """Processor time of our server, and of DuckDB in this process."""

    def measure(
        self, name: str, *asked: Callable[[], float], is_tenfold: bool = False, rounds: int = 0
    ) -> None:
        """Ours, DuckDB, and MariaDB, if it is there. ``is_tenfold``: ten times as fast as that.
        ``rounds``: with one, nothing is asked before it."""
        rounds = rounds or self._rounds
        if rounds > 1:
            for each in asked:
                each()
        spent = [0.0, 0.0]

        def metered(place: int) -> Callable[[], float]:
            def ask() -> float:
                before = self._clocks[place]()
                seconds = asked[place]()
                spent[place] += self._clocks[place]() - before
                return seconds

            return ask

        found = harness.alternately(rounds, metered(0), metered(1), *asked[2:])
        self.tell(name, *found, is_tenfold=is_tenfold)
        ours, engine = (each / rounds * 1e3 for each in spent)
        print(f"  processor time: ours {ours:,.1f} ms, DuckDB {engine:,.1f} ms")

    def tell(
        self, name: str, ours: float, engine: float, *other: float, is_tenfold: bool = False
    ) -> None:
        """The seconds of each, beside the goals."""
        named = zip(("ours", "DuckDB", "MariaDB"), (ours, engine, *other), strict=False)
        print(f"{name}: {', '.join(f'{who} {each * 1e3:,.1f} ms' for who, each in named)}")
        harness.verdict("  5 ms less than ours over DuckDB's", max(0, ours - _MORE) / engine, 1.3)
        for each in other:
            if is_tenfold:
                harness.verdict("  MariaDB's over ours", each / ours, 10, more_is_better=True)
            else:
                print(f"  MariaDB's over ours {each / ours:.1f}")


def _update(ours: Ours, engine: Engine, peer: mariadb.Database | None, rounds: int) -> None:
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        first = 1 + number * _CHANGED
        rows: list[int | None] = list(range(first, first + _CHANGED))
        update = f"UPDATE t SET depth = 1, note = 'changed' WHERE id BETWEEN {first} AND {rows[-1]}"
        changed = ours.change({"depth": "1", "note": "changed"}, rows)
        found.setdefault("ours", []).append(changed)
        found.setdefault("the count after it", []).append(ours.ask(_FILTERED, _COUNT)[0])
        found.setdefault("DuckDB", []).append(engine.ask(update.replace(" id ", " rowid ")))
        if peer is not None:
            found.setdefault("MariaDB", []).append(peer.ask(update))
    told = (f"{who} {statistics.median(each) * 1e3:.1f} ms" for who, each in found.items())
    print(f"{_CHANGED:,} rows changed: {', '.join(told)}")


def _peak(server: harness.Served, when: str) -> None:
    """The most memory that the server has had so far."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    print(f"the server's memory at most, {when}: {int(line.split()[1]) / 1024:,.0f} MiB")


def _read(compared: Comparison, ours: Ours, engine: Engine, peer: mariadb.Database | None) -> None:
    _, answer = ours.ask(_PAGE, _ROWS)
    page = len(answer["queryResult"]["queryResults"]["rows"])

    def compare(name: str, sql: str, mask: int, *plain: str, is_tenfold: bool = False) -> None:
        others = [engine.ask, *([] if peer is None else [peer.ask])]
        asked = [lambda ask=ask: ask(*(each.format("t") for each in plain)) for ask in others]
        compared.measure(name, lambda: ours.ask(sql, mask)[0], *asked, is_tenfold=is_tenfold)

    compare(f"the first page, {page:,} rows", _PAGE, _ROWS, f"{_PAGE} limit {page}")
    compare("a filter, 25 rows", _FILTERED, _ROWS, _FILTERED)
    compare("the count", _BUNDLE, _COUNT, _COUNTED_ROWS)
    compare("groups", _GROUPED, _ROWS, _GROUPED, is_tenfold=True)
    compare("facets", _BUNDLE, _FACETS, *_FACET_QUERIES, is_tenfold=True)
    parts = (f"{_BUNDLE} limit {page}", _COUNTED_ROWS, *_FACET_QUERIES)
    compare("the bundle of all parts", _BUNDLE, _ALL, *parts, is_tenfold=True)


def main() -> None:
    """Load, ask, change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with (
        harness.folder() as there,
        harness.ours(there / "data") as server,
        mariadb.database(there / "mariadb") as peer,
    ):
        work = Workload(server.address, harness.token(there / "data"))
        client = Client(sys.executable, there / "ours", work)
        official = Client(str(harness.OFFICIAL / "python"), there / "official", work)
        ours, engine = Ours(work, client), Engine(there)
        print(f"a table of {args.rows:,} rows and {len(_COLUMNS)} columns")
        files = engine.write_csv(args.rows)
        compared = Comparison(args.rounds, server)
        loads = [lambda: ours.load(files), lambda: engine.load(files)]
        if peer is not None:
            loads.append(lambda: _load_mariadb(peer, files))
        compared.measure("the load, ready to be asked", *loads, rounds=1)
        _peak(server, "after the load")
        _read(compared, ours, engine, peer)
        compared.measure("a CSV file of all", ours.export, engine.export, rounds=3)
        _peak(server, "after the export")
        _append(ours, {"our client": client, "4.14.0": official}, 3 * args.rounds)
        _update(ours, engine, peer, args.rounds)
        _peak(server, "in all")


if __name__ == "__main__":
    main()
