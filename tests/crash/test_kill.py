"""kill -9 at random moments: what was acknowledged is there, nothing is half there.

The server and its data plane are killed while four clients store files and write metadata. After
each restart every acknowledged thing is read back and compared; the clients go on where they
were. ``make proof`` kills 200 times, the tests a few.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.servers import ServerProcess

from synapseclient import File, Folder, Project
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError

KILLS = int(os.environ.get("SYNAPSE_PROOF_KILLS", "6"))


class Writer(threading.Thread):
    """Stores things until told to stop, and remembers what was acknowledged."""

    def __init__(self, syn: Synapse, parent: str, folder: Path, number: int) -> None:
        super().__init__(daemon=True)
        self.syn = syn
        self.parent = parent
        self.folder = folder
        self.number = number
        self.files: dict[str, tuple[int, str]] = {}
        self.annotated: dict[str, int] = {}
        self.stop = threading.Event()
        self.errors: list[BaseException] = []

    def run(self) -> None:
        source = random.Random(self.number)
        count = 0
        while not self.stop.is_set():
            count += 1
            size = source.choice([0, 10, 70_000, 6 << 20, 17 << 20])
            path = self.folder / f"w{self.number}-{count % 5}.bin"
            data = source.randbytes(size)
            path.write_bytes(data)
            try:
                self.patiently(lambda path=path: self.store(path))
                stored = self.last
                self.files[stored.id] = (stored.versionNumber, hashlib.md5(data).hexdigest())
                self.patiently(lambda stored=stored, count=count: self.annotate(stored.id, count))
                self.annotated[stored.id] = count
            except BaseException as error:
                self.errors.append(error)
                return

    def store(self, path: Path) -> None:
        self.last = self.syn.store(File(str(path), parent=self.parent))

    def annotate(self, id: str, count: int) -> None:
        self.syn.setAnnotations(id, {"count": count})

    def patiently(self, work: Any) -> None:
        """The server is away now and then; a person would try again."""
        deadline = time.monotonic() + 120
        while True:
            try:
                work()
            except SynapseError:
                # Also when it is to stop: what it has begun, as a version whose annotations are
                # still to come, it brings to an end.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.add_user()
    process.start()
    yield process
    process.kill()


@pytest.mark.proof
def test_what_was_acknowledged_survives(victim: ServerProcess, tmp_path: Path) -> None:
    def client(name: str) -> Synapse:
        return victim.client(tmp_path / name)

    syn = client("main")
    project = syn.store(Project("killed"))
    writers = []
    for number in range(4):
        folder = tmp_path / f"files-{number}"
        folder.mkdir()
        place = syn.store(Folder(f"writer {number}", parent=project))
        writers.append(Writer(client(f"w{number}"), place.id, folder, number))
    for writer in writers:
        writer.start()
    moments = random.Random(7)
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.1, 1.2))
        victim.kill()
        victim.start()
    until = time.monotonic() + 120
    while sum(len(writer.files) for writer in writers) < 4 and not any(
        writer.errors for writer in writers
    ):
        assert time.monotonic() < until, [writer.files for writer in writers]
        time.sleep(0.05)
    for writer in writers:
        writer.stop.set()
    for writer in writers:
        writer.join(180)
        assert not writer.is_alive()
        assert writer.errors == []
    stored = {id: known for writer in writers for id, known in writer.files.items()}
    assert len(stored) >= 4
    reader = client("reader")
    for id, (version, md5) in stored.items():
        entity = reader.get(id, version=version)
        assert hashlib.md5(Path(entity.path).read_bytes()).hexdigest() == md5
    for writer in writers:
        for id, count in writer.annotated.items():
            assert reader.get_annotations(id)["count"][0] >= count
    check_nothing_is_half_there(victim, reader, project.id)


def check_nothing_is_half_there(victim: ServerProcess, reader: Synapse, project: str) -> None:
    """Every file that can be listed can be read whole; every handle has its bytes."""
    count = 0
    for folder in reader.getChildren(project):
        for child in reader.getChildren(folder["id"]):
            entity = reader.get(child["id"])
            assert hashlib.md5(Path(entity.path).read_bytes()).hexdigest() == entity.md5
            assert os.path.getsize(entity.path) == entity.fileSize
            count += 1
    assert count >= 4
    import sqlite3

    connection = sqlite3.connect(victim.data / "synapse.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
