"""Tables against a model: whatever writers do at once, and whenever servers are killed and indexes
are lost, a table is what its acknowledged changes make of it, and each of them is whole.

Each transaction ends with a row of its own, whose version is the number of its last change. So
all changes can be put in order, and none may be missing between them. ``make proof`` kills as often
as its other proofs do, the tests a few times.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from tests.conftest import RunningServer, User
from tests.crash.table_model import (
    BECOMES,
    KINDS,
    Cells,
    Column,
    Columns,
    Rows,
    State,
    Step,
    Text,
    after,
    value,
)
from tests.crash.test_kill import KILLS as PROOF_KILLS
from tests.server.tables import tabling
from tests.server.tables.tabling import PACKAGE
from tests.servers import PASSWORD, USER, ServerProcess
from tests.services import fresh_database

from synapse_wire.csv_form import Writer
from synapse_wire.tables import CsvTableDescriptor
from synapseclient.core.exceptions import SynapseError
from synapseclient.core.transport import Transport

T = TypeVar("T")

KILLS = PROOF_KILLS // 2 if PROOF_KILLS > 10 else 1
LONGEST = 1.5 if KILLS > 1 else 0.6
"""Seconds that a server lives."""
WRITERS = 3
_MOST_ROWS = 60
_CHECK_EVERY = 5
_PATIENCE = 120
_KILLED = "never came to an end"
"""Why a job fails whose server was killed again and again, as happens on a busy machine."""
REFUSALS = (
    "was changed since you read it",
    "were changed meanwhile",
    "it may have been deleted",
    "which the table does not have",
    "The table has no column",
    "has no column",
    "is not the name of a column",
    "columnIds names",
    "cannot become",
    "can only be changed by the first change",
    "Two columns have the name",
    "the same column twice",
    "which is not",
    "orderedColumnIds must have exactly the columns",
    _KILLED,  # then it has changed nothing, which is looked at
)
"""Why a change may be refused that was right when its writer last looked."""


# ------------------------------------------------------------------ the servers


class Machine:
    """Servers that are killed, on one database; their indexes lie in one folder."""

    def __init__(self, folder: Path, database: str, count: int) -> None:
        self.folder = folder
        self.database = database
        self.servers = [
            ServerProcess(folder / "data", **({"database": database} if database else {}))
            for _ in range(count)
        ]
        self.transport = Transport("tests/1.0.0")
        for server in self.servers:
            server.environment["TMPDIR"] = str(folder)
        self.servers[0].add_user()
        self.up = [threading.Event() for _ in self.servers]

    def start(self, number: int) -> None:
        self.servers[number].start()
        self.up[number].set()

    def kill(self, number: int) -> None:
        """Kill a server. What it had begun is begun again at once, not after half a minute."""
        self.up[number].clear()
        self.servers[number].kill()
        if self.database:
            self.ask("UPDATE job SET lease_until = 0 WHERE state = 'PROCESSING'")

    def lose_indexes(self, chance: random.Random) -> None:
        """Delete some index files, or what was written ahead of them, or all."""
        files = sorted(self.folder.rglob("*.duckdb*"))
        share = chance.choice((0.3, 1.0))
        for path in files:
            if chance.random() < share:
                path.unlink(missing_ok=True)

    def ask(self, sql: str) -> list[Any]:
        """Look into the database."""
        if self.database:
            return asyncio.run(self._ask_postgres(sql))
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "synapse.db")) as db:
            return db.execute(sql).fetchall()

    async def _ask_postgres(self, sql: str) -> list[Any]:
        import asyncpg

        connection = await asyncpg.connect(self.database)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()


class Somebody(User):
    """A user of one of the servers, who asks again after a while when it is away."""

    def __init__(self, machine: Machine, number: int) -> None:
        self.machine = machine
        self.number = number
        # Of a server, a user needs its address and what sends: both are here.
        super().__init__(cast(RunningServer, self), 0, USER, None)
        self.transport = machine.transport
        self.url = machine.servers[number].url
        login = {"username": USER, "password": PASSWORD}
        self.token = self.patiently(lambda: self.post("/auth/v1/login2", login)["accessToken"])

    def patiently(self, work: Callable[[], T]) -> T:
        """Do what does no harm when it is done twice."""
        until = time.monotonic() + _PATIENCE
        while True:
            assert self.machine.up[self.number].wait(_PATIENCE)
            try:
                return work()
            except SynapseError:
                assert time.monotonic() < until
                time.sleep(0.02)

    def job(self, path: str, body: Any, mark: str) -> tuple[int, Any]:
        """Do a job once, whatever happens: the status and the JSON of its outcome."""
        token = None
        while token is None:
            assert self.machine.up[self.number].wait(_PATIENCE)
            try:
                token = self.post(f"{path}/async/start", body)["token"]
            except SynapseError:  # was it begun? the server that was asked is dead
                assert self.machine.up[self.number].wait(_PATIENCE)
                found = self.machine.ask(f"SELECT id FROM job WHERE request LIKE '%{mark}%'")
                token = str(found[0][0]) if found else None
        answer = self.patiently(lambda: tabling.wait(self, path, token, _PATIENCE))
        return answer.status_code, answer.json()

    def query(self, sql: str, **more: Any) -> Any:
        """The answer to a query, which must be given."""
        mark = f"{self.number} {time.time_ns()}"  # tells queries of the same text apart
        table = sql.split(" from ")[1].split(" ")[0].split(".")[0]
        body = {
            "concreteType": PACKAGE + "QueryBundleRequest",
            "entityId": table,
            "query": {"sql": f"{sql} where mark is null or mark <> '{mark}'", **more},
            "partMask": 0x1 | 0x4,
        }
        status, found = self.job(f"/entity/{table}/table/query", body, mark)
        if status == 400 and _KILLED in found["reason"]:
            return self.query(sql, **more)
        assert status == 201, found
        return found


# ------------------------------------------------------------------ what is seen and done


@dataclass(frozen=True)
class Seen:
    """A table as a query has shown it, or a first page of it."""

    etag: str
    columns: list[str]
    rows: dict[int, tuple[int, list[Text]]]
    is_whole: bool


@dataclass(frozen=True)
class Transaction:
    """Changes that were acknowledged: the number and the etag of the last, and what was told."""

    steps: Sequence[Step]
    number: int
    etag: str
    told: list[Any]
    snapshot: int | None = None


@dataclass
class World:
    """What all writers know together."""

    machine: Machine
    table: str
    columns: dict[str, Column]
    mark: str
    done: list[Transaction] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    """Whether writers may begin a turn."""


def look(user: Somebody, table: str) -> Seen:
    """The first page of everything."""
    found = user.query(f"select * from {table}")["queryResult"]
    result = found["queryResults"]
    rows = {row["rowId"]: (row["versionNumber"], row["values"]) for row in result["rows"]}
    return Seen(
        result["etag"],
        [each["id"] for each in result["headers"]],
        rows,
        "nextPageToken" not in found,
    )


class Worker(threading.Thread):
    """Looks, and changes what it saw, again and again."""

    def __init__(self, world: World, number: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.world = world
        self.number = number
        self.chance = random.Random(f"{seed} {number}")
        self.users = [Somebody(world.machine, i) for i in range(len(world.machine.servers))]
        self.count = 0
        self.turn = threading.Lock()
        self.stop = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.world.go.wait()
                with self.turn:
                    self.step()
        except BaseException as error:
            self.error = error

    def step(self) -> None:
        user = self.chance.choice(self.users)
        world, chance = self.world, self.chance
        seen = look(user, world.table)
        world.seen.append(seen)
        columns = tuple(world.columns[id] for id in seen.columns)
        self.count += 1
        mark = f"w{self.number}n{self.count}."
        steps: list[Step] = []
        changes: list[Any] = []
        for _ in range(chance.choice((1, 1, 1, 2))):
            if chance.random() < 0.25:
                step, change, columns = self.restructure(user, columns)
            else:
                step, change = self.change_rows(user, columns, seen)
                seen = replace(seen, rows={})  # a row is changed but once
            steps.append(step)
            changes.append(change)
        steps.append(Rows([{world.mark: mark}]))
        changes.append(tabling.partial(world.table, (None, {world.mark: mark})))
        body = {
            "concreteType": PACKAGE + "TableUpdateTransactionRequest",
            "entityId": world.table,
            "changes": [{"entityId": world.table, **each} for each in changes],
            "createSnapshot": chance.random() < 0.1,
        }
        path = f"/entity/{world.table}/table/transaction"
        status, answer = user.job(path, body, f'"{mark}"')
        if status != 201:
            assert any(each in answer["reason"] for each in REFUSALS), answer
            return
        told = [_told(each) for each in answer["results"]]
        last = answer["results"][-1]["rowReferenceSet"]
        world.done.append(
            Transaction(
                steps,
                last["rows"][0]["versionNumber"],
                last["etag"],
                told,
                answer.get("snapshotVersionNumber"),
            )
        )

    # -------------------------------------------------------------- rows

    def change_rows(
        self, user: Somebody, columns: Sequence[Column], seen: Seen
    ) -> tuple[Rows, Any]:
        chance = self.chance
        form = chance.choice((self.as_set, self.as_partial, self.as_csv))
        some = [each for each in columns if chance.random() < 0.8] or list(columns)
        ids = list(seen.rows)
        chance.shuffle(ids)
        is_full = len(ids) > _MOST_ROWS
        appended = [self.cells(some) for _ in range(chance.randrange(0 if ids else 1, 8))]
        updated = {ids.pop(): self.cells(some) for _ in range(min(len(ids), chance.randrange(5)))}
        deleted = [ids.pop() for _ in range(min(len(ids), chance.randrange(20 if is_full else 3)))]
        if form == self.as_csv:  # such a file changes rows or deletes some, but not both
            appended = [_without_empty(each) for each in appended]
            updated = {id: _without_empty(each) for id, each in updated.items()}
            if chance.random() < 0.3 and deleted:
                appended, updated = [], {}
            else:
                deleted = []
        if not (appended or updated or deleted):
            appended = [{each.id: None for each in some}]
        versions = {id: seen.rows[id][0] for id in [*updated, *deleted]}
        base = max((versions[id] for id in updated), default=None)
        rows = Rows(appended, updated, deleted, None if form == self.as_partial else base)
        return rows, form(user, rows, some, versions)

    def cells(self, columns: Sequence[Column]) -> Cells:
        large = self.chance.random() < 0.1
        return {each.id: value(each.kind, self.chance, large=large) for each in columns}

    def as_set(
        self, user: Somebody, rows: Rows, columns: Sequence[Column], versions: dict[int, int]
    ) -> Any:
        some = [*rows.appended, *rows.updated.values()]
        ids = [(id, versions.get(id or 0)) for id in rows.order]
        change = tabling.rows(
            self.world.table,
            [each.id for each in columns],
            [[cells[each.id] for each in columns] for cells in some] + [[]] * len(rows.deleted),
            ids,
        )
        return change

    def as_partial(
        self, user: Somebody, rows: Rows, columns: Sequence[Column], versions: dict[int, int]
    ) -> Any:
        some = [*rows.appended, *rows.updated.values(), *[None] * len(rows.deleted)]
        return tabling.partial(
            self.world.table,
            *(
                (id, None if cells is None else dict(cells))
                for id, cells in zip(rows.order, some, strict=True)
            ),
        )

    def as_csv(
        self, user: Somebody, rows: Rows, columns: Sequence[Column], versions: dict[int, int]
    ) -> Any:
        file = io.StringIO()
        writer = Writer(file.write, CsvTableDescriptor())
        if rows.deleted:
            writer.row(["ROW_ID", "ROW_VERSION"])
            writer.rows([id, versions[id]] for id in rows.deleted)
        else:
            heads = ["ROW_ID", "ROW_VERSION"] if rows.updated else []
            writer.row([*heads, *(each.name for each in columns)])
            some = [*rows.appended, *rows.updated.values()]
            for id, cells in zip(rows.order, some, strict=True):
                front = [id, versions.get(id or 0)] if heads else []
                writer.row([*front, *(cells[each.id] for each in columns)])
        name = f"w{self.number}n{self.count}.csv"  # uploads of the same file would be one
        return user.patiently(lambda: tabling.csv_change(user, file.getvalue(), name))

    # -------------------------------------------------------------- columns

    def restructure(
        self, user: Somebody, columns: Sequence[Column]
    ) -> tuple[Columns, Any, tuple[Column, ...]]:
        chance = self.chance
        listed = list(columns)
        changes: list[tuple[Column | None, Column | None]] = []
        others = [each for each in columns if each.id != self.world.mark]
        chance.shuffle(others)
        for _ in range(chance.choice((1, 1, 2))):
            what = chance.choice(("add", "remove", "become", "become", "swap"))
            if what == "add" and len(listed) < 8:
                new = self.column(user, chance.choice(KINDS), listed)
                listed.append(new)
                changes.append((None, new))
            elif what == "remove" and len(others) > 2:
                old = others.pop()
                listed.remove(old)
                changes.append((old, None))
            elif what == "swap" and len(others) > 1 and _are_alike(others[-1], others[-2]):
                one, other = others.pop(), others.pop()
                places = listed.index(one), listed.index(other)
                listed[places[0]], listed[places[1]] = other, one
                changes += [(one, other), (other, one)]
            elif what == "become" and others:
                old = others.pop()
                new = self.column(user, chance.choice(BECOMES[old.kind]), [*columns, *listed])
                listed[listed.index(old)] = new
                changes.append((old, new))
        order = None
        if chance.random() < 0.5 or not changes:
            chance.shuffle(listed)
            order = [each.id for each in listed]
        ids = [(old and old.id, new and new.id) for old, new in changes]
        return Columns(changes, order), tabling.restructure(*ids, order=order), tuple(listed)

    def column(self, user: Somebody, kind: str, beside: Sequence[Column]) -> Column:
        names = {each.name for each in beside}
        name = next(
            name
            for i in range(self.chance.randrange(4), 100)
            if (name := f"{kind.lower()}{i}") not in names
        )
        return new_column(user, self.world.columns, name, kind)


def new_column(user: Somebody, known: dict[str, Column], name: str, kind: str) -> Column:
    """A column of a type, perhaps with a default. CSV files name columns, so that a name is that of
    one column all the time."""
    chance = random.Random(name)
    default = None
    if kind not in ("LARGETEXT", "ENTITYID", "STRING_LIST") and chance.random() < 0.4:
        default = value(kind, chance) or None
    more: dict[str, Any] = {} if default is None else {"defaultValue": default}
    if kind.startswith("STRING"):
        more["maximumSize"] = 60
    if kind.endswith("_LIST"):
        more["maximumListLength"] = 5
    id = user.patiently(lambda: tabling.column(user, name, kind, **more))
    found = known[id] = Column(id, name, kind, default)
    return found


def _are_alike(one: Column, other: Column) -> bool:
    """Whether each can become the other."""
    return other.kind in BECOMES[one.kind] and one.kind in BECOMES[other.kind]


def _without_empty(cells: Cells) -> Cells:
    """What a CSV file says: an empty text is null."""
    return {id: text or None for id, text in cells.items()}


def _told(result: Any) -> Any:
    """What an answer says of a change: the rows and their versions, the columns, or how many rows."""
    if "rowReferenceSet" in result:
        rows = result["rowReferenceSet"]["rows"]
        return [(each["rowId"], each["versionNumber"]) for each in rows]
    if "schema" in result:
        return [each["id"] for each in result["schema"]]
    return result["rowsProcessed"]


def _expected(before: State, step: Step, now: State) -> tuple[Any, ...]:
    """What an answer may say."""
    if isinstance(step, Columns):
        return ([each.id for each in now.columns],)
    new = iter(range(before.next_row, now.next_row))
    rows = [next(new) if id is None else id for id in step.order]
    return [(id, now.number) for id in rows], len(rows)


# ------------------------------------------------------------------ the comparison


class History:
    """The model, change by change, beside the table."""

    def __init__(self, world: World, state: State, etag: str) -> None:
        self.world = world
        self.state = state
        self.etags = {etag: state.number}
        self.snapshots: dict[int, State] = {}
        self.done = 0

    def check(self) -> None:
        """Compare: what was done since, what was seen since, and what is there now.

        NOTE: nobody changes anything meanwhile.
        """
        states = {self.state.number: self.state}
        for each in sorted(self.world.done, key=lambda each: each.number):
            self._take(each, states)
        self.done += len(self.world.done)
        self.world.done.clear()
        for seen in self.world.seen:
            if seen.is_whole:
                self._check_seen(seen, states)
        self.world.seen.clear()
        for number in range(len(self.world.machine.servers)):
            user = Somebody(self.world.machine, number)
            self._compare(user, self.world.table, self.state)
            for version, state in list(self.snapshots.items())[-3:]:
                self._compare(user, f"{self.world.table}.{version}", state)

    def _take(self, done: Transaction, states: dict[int, State]) -> None:
        assert done.number == self.state.number + len(done.steps), "changes that nobody made"
        for step, told in zip(done.steps, done.told, strict=True):
            before = self.state
            self.state = after(before, step)
            assert told in _expected(before, step, self.state)
        states[self.state.number] = self.state
        self.etags[done.etag] = self.state.number
        if done.snapshot is not None:
            self.snapshots[done.snapshot] = self.state

    def _check_seen(self, seen: Seen, states: dict[int, State]) -> None:
        least = self.etags[seen.etag]
        later = (state for number, state in states.items() if number >= least)
        assert any(
            [each.id for each in state.columns] == seen.columns and state.shown() == seen.rows
            for state in later
        ), "a query showed what never was"

    def _compare(self, user: Somebody, table: str, state: State) -> None:
        shown: dict[int, Any] = {}
        etag = ""
        while True:
            found = user.query(f"select * from {table}", offset=len(shown))
            result = found["queryResult"]["queryResults"]
            assert [each["id"] for each in result["headers"]] == [e.id for e in state.columns]
            for row in result["rows"]:
                shown[row["rowId"]] = (row["versionNumber"], row["values"])
            etag = result["etag"]
            if "nextPageToken" not in found["queryResult"]:
                break
        assert shown == state.shown()
        assert self.etags[etag] == state.number


# ------------------------------------------------------------------ the test


@contextlib.contextmanager
def machine(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """One server on SQLite, or two on PostgreSQL."""
    database = ""
    if kind == "postgres":
        database = asyncio.run(fresh_database(request.getfixturevalue("postgres_url")))
    found = Machine(folder, database, 2 if database else 1)
    numbers = range(len(found.servers))
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(found.start, numbers))
        yield found
    finally:
        for number in numbers:
            if found.up[number].is_set():
                found.kill(number)


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_tables_are_what_was_acknowledged(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with machine(kind, tmp_path, request) as servers:
        user = Somebody(servers, 0)
        chance = random.Random(17)
        known: dict[str, Column] = {}
        mark = new_column(user, known, "mark", "LARGETEXT")
        first = [mark, *(new_column(user, known, f"{each.lower()}0", each) for each in KINDS[:4])]
        table = tabling.table(user, [each.id for each in first])["id"]
        world = World(servers, table, known, mark.id)
        history = History(world, State(1, tuple(first)), look(user, table).etag)
        writers = [Worker(world, number, 17) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        world.go.set()
        for kill in range(1, KILLS + 1):
            time.sleep(chance.uniform(0.2, LONGEST))
            if chance.random() < 0.3:
                servers.lose_indexes(chance)
                time.sleep(chance.uniform(0.0, 0.3))
            victim = chance.randrange(len(servers.servers))
            servers.kill(victim)
            if chance.random() < 0.5:
                servers.lose_indexes(chance)
            servers.start(victim)
            if kill % _CHECK_EVERY == 0:
                check(history, writers)
        until = time.monotonic() + _PATIENCE
        while history.done + len(world.done) <= KILLS and not any(w.error for w in writers):
            assert time.monotonic() < until, "the writers get nowhere"
            time.sleep(0.05)
        check(history, writers)
        for writer in writers:
            writer.stop.set()
            writer.join(_PATIENCE)
        assert history.done > KILLS


def check(history: History, writers: Sequence[Worker]) -> None:
    """Compare while the writers wait."""
    go = history.world.go
    go.clear()
    with contextlib.ExitStack() as held:
        for writer in writers:
            held.enter_context(writer.turn)
        for writer in writers:
            if writer.error is not None:
                raise writer.error
        history.check()
    go.set()
