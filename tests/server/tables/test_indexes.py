"""What indexes leave behind, and what they survive."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import (
    PACKAGE,
    column,
    restructure,
    rows,
    table,
    transact,
    values,
    view,
)

from synapse_server.access.service import Policy
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.scratch import Scratch
from synapse_server.tables import service
from synapse_server.tables.deadlines import Deadlines
from synapse_server.tables.index import Damaged, Index, Restructured
from synapse_wire.errors import BadRequest


def files(server: RunningServer, id: str) -> set[str]:
    """The indexes of an entity, by the kind and what they show."""
    number = id.removeprefix("syn")
    found = server.app.indexes.folder().glob(f"*{number}*.duckdb")
    return {path.stem.partition(number)[0] for path in found}


def sweep(server: RunningServer) -> None:
    server.do(server.app.sweep_once())


@pytest.fixture
def numbers(alice: User) -> Any:
    """A table of two numbers."""
    made = table(alice, [column(alice, "n", "INTEGER")])
    transact(alice, made["id"], rows(made["id"], made["columnIds"], [["1"], ["2"]]))
    return made


def test_indexes_go_with_what_they_are_of(server: RunningServer, alice: User, numbers: Any) -> None:
    project = alice.project()["id"]
    gone = table(alice, numbers["columnIds"], project)["id"]
    alice.post(f"/entity/{gone}/table/snapshot", {})
    seen = view(alice, [column(alice, "name")], project)["id"]
    transact(alice, seen, createSnapshot=True)
    body = {"parentId": project, "definingSQL": f"select n from {gone}"}
    made = alice.post("/entity", {"concreteType": PACKAGE + "MaterializedView", **body})["id"]
    for each in (gone, f"{gone}.1", seen, f"{seen}.1", made, numbers["id"]):
        values(alice, f"select * from {each}")
    assert (files(server, gone), files(server, seen), files(server, made)) == (
        {""},
        {"s", "v"},
        {"m"},
    )
    left = server.app.indexes.folder() / f"{gone[3:]}-1.duckdb.wal"  # of a file that was deleted
    left.touch()
    alice.delete(f"/entity/{project}")
    sweep(server)
    assert files(server, gone), "what is in the trash can may come back"
    alice.put(f"/trashcan/purge/{project}")
    sweep(server)
    assert not any(files(server, each) for each in (gone, seen, made))
    assert not left.exists()
    assert files(server, numbers["id"]) == {""}
    assert values(alice, f"select * from {numbers['id']}") == [["1"], ["2"]]


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _spoil(data: bytes) -> bytes:
    return data[:8192] + bytes(255 - each for each in data[8192:])


@pytest.mark.parametrize("damage", [_cut, _spoil, lambda _: b"this is no index"])
def test_damaged_indexes_are_made_anew(
    server: RunningServer, alice: User, numbers: Any, damage: Callable[[bytes], bytes]
) -> None:
    id = numbers["id"]
    assert values(alice, f"select * from {id}") == [["1"], ["2"]]
    server.do(server.app.indexes.close())
    path = server.app.indexes.folder() / f"{id[3:]}.duckdb"
    path.write_bytes(damage(path.read_bytes()))
    transact(alice, id, rows(id, numbers["columnIds"], [["3"]]))
    assert values(alice, f"select * from {id}") == [["1"], ["2"], ["3"]]


def test_an_index_that_turns_out_to_be_damaged_fails_one_query(
    server: RunningServer, alice: User, numbers: Any
) -> None:
    id, indexes = int(numbers["id"][3:]), server.app.indexes

    def torn(index: Index) -> None:
        with index.reading():
            raise duckdb.IOException("a block is torn")

    before = server.do(indexes.use_table(id, 1, lambda index: index))
    with pytest.raises(Damaged):
        server.do(indexes.use_table(id, 1, torn))
    assert values(alice, f"select * from {numbers['id']}") == [["1"], ["2"]]
    assert server.do(indexes.use_table(id, 1, lambda index: index)) is not before


def test_what_takes_too_long_is_stopped(server: RunningServer, alice: User, numbers: Any) -> None:
    id, indexes = int(numbers["id"][3:]), server.app.indexes

    def endless(index: Index) -> None:
        with index.reading(0.2) as db:
            db.execute("SELECT sum(hash(a, b)) FROM range(10000000) x(a), range(10000000) y(b)")

    with pytest.raises(BadRequest, match=r"longer than 0\.2 seconds"):
        server.do(indexes.use_table(id, 1, endless))
    assert values(alice, f"select * from {numbers['id']}") == [["1"], ["2"]]


def test_rows_are_read_with_the_columns_that_were_seen(
    server: RunningServer, alice: User, numbers: Any
) -> None:
    """Columns that are changed between the look and the query are noticed, not mistaken."""
    id = int(numbers["id"][3:])
    caller, indexes = Caller(alice.id), server.app.indexes
    seen = server.do(
        server.app.database.read(lambda tx: service.look_to_query(tx, caller, id, Policy()))
    )
    other = column(alice, "other", "INTEGER")
    transact(alice, numbers["id"], restructure((numbers["columnIds"][0], other)))
    assert values(alice, f"select * from {numbers['id']}") == [["1"], ["2"]]

    def look(index: Index) -> None:
        with seen.reading(index):
            raise AssertionError("the columns are others")

    with pytest.raises(Restructured):
        server.do(indexes.use_table(id, seen.state.version, look))


_HOLDER = """
import sys
import threading
from pathlib import Path
from synapse_server.kernel.scratch import Scratch
print(Scratch(Path(sys.argv[1])).folder("spool"), flush=True)
sys.stdin.read()
"""


def test_scratch_of_the_dead_is_removed_and_of_the_living_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dead,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as alive,
    ):
        assert dead.stdout is not None
        assert alive.stdout is not None
        left = Path(dead.stdout.readline().strip())
        kept = Path(alive.stdout.readline().strip())
        (left / "rows.parquet").touch()
        dead.kill()
        dead.wait()
        mine = Scratch(tmp_path)
        folder = mine.folder("spool")
        assert not left.parent.exists()
        assert kept.is_dir()
        assert folder.stat().st_mode & 0o777 == 0o700
        mine.close()
        assert sorted(tmp_path.iterdir()) == [kept.parent]
        alive.kill()


def test_a_deadline_that_cannot_be_kept_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def closed() -> None:
        raise duckdb.ConnectionException("closed")

    interrupted = threading.Event()
    deadlines = Deadlines()
    with deadlines.within(0, closed), deadlines.within(0.1, interrupted.set) as kept:
        assert interrupted.wait(60)
    assert kept.is_over
    assert "could not be interrupted" in caplog.text
