"""Many processes hammer one cache, and are killed at random: it never gives a wrong byte.

Ours and official ones get the same files, into the cache and to places of their own, while what
is old is dropped. ``make proof`` runs 64 processes for two minutes, the tests a few for seconds.

No two official ones get the same file. They write it under one name until it is whole: one empties
it as the other gives it its place, and reads a part of it, or appends to it. Two official clients
alone on a cache that get a file at the same moment read a wrong one about once in ten times.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.interop.clients import python
from tests.servers import ServerProcess

from synapseclient import File, Project
from synapseclient.core.cache import Cache

SECONDS = int(os.environ.get("SYNAPSE_PROOF_HAMMER_SECONDS", "12"))
OURS, OFFICIAL, DROPPING = (56, 6, 2) if SECONDS > 60 else (9, 2, 1)
SIZES = [1_000, 30_000, 200_000, 1_500_000, 5_000_000] * 4

_GET = """
import hashlib, json, os, random, sys, time, warnings
warnings.simplefilter("ignore")
import synapseclient
url, token, cache, own, log, plan, number, crew = sys.argv[1:]
ours = "+" in synapseclient.__version__
syn = synapseclient.Synapse(repoEndpoint=url + "/repo/v1", authEndpoint=url + "/auth/v1",
    fileHandleEndpoint=url + "/file/v1", portalEndpoint=url, skip_checks=True, silent=True,
    cache_root_dir=cache)
syn.login(authToken=token, silent=True)
known = json.load(open(plan))
# Official clients copy from wherever a file is noted, and do not look whether it was replaced
# meanwhile: places that versions share are for files that they do not get.
shared = [each[0] for each in known if int(each[0][3:]) % 2 == 0]
if not ours:
    known = [each for each in known if each[0] not in shared][int(number) :: int(crew)]
out = open(log, "a", buffering=1)
source = random.Random()
while True:
    id, version, md5 = source.choice(known)
    # Into the cache, to a place of its own, or to one that the versions share.
    place = source.choice(["", "", "", f"{id}.{version}", id if id in shared else ""])
    where = {"downloadLocation": os.path.join(own, place), "ifcollision": "overwrite.local"}
    begun = time.monotonic()
    gone = lambda: print("gone", id, version, begun, time.monotonic(), file=out)
    try:
        got = syn.get(id, version=version, **(where if place else {}))
    except FileNotFoundError:
        # Between an official client's look at a folder and its first byte there, the folder grew
        # "old" below and was dropped: outside this test that takes an hour.
        assert not ours
        gone()
        continue
    if got.path is None:
        assert not ours
        gone()  # the same, after its last byte
        continue
    try:
        with open(got.path, "rb") as file:
            found = hashlib.md5(file.read()).hexdigest()
    except FileNotFoundError:
        gone()  # dropped between the two lines above
        continue
    word = "right" if found == md5 else "WRONG"
    if not got.path.startswith((own, cache)):
        word = "elsewhere"  # a copy in a place of another process, which may replace it any time
    print(word, id, version, got.dataFileHandleId, got.path, file=out)
"""

_DROP = """
import os, random, sys, time
from synapseclient.core import cache_room
from synapseclient.core.cache import Cache
cache = Cache(sys.argv[1])
out = open(sys.argv[2], "a", buffering=1)
while True:
    held = [each for each in cache_room.look(cache) if int(each.file_handle_id) % 2 == 0]
    for each in random.sample(held, min(3, len(held))):
        try:
            os.utime(each.folder, (time.time() - 7200,) * 2)  # as if nobody had used it for long
        except OSError:
            pass
    begun = time.monotonic()
    print("drops", begun, file=out)
    swept = cache_room.make_room(cache, 10_000_000, idle=3600)
    dropped = [each.held.file_handle_id for each in swept if each.kept is None]
    print("dropped", begun, time.monotonic(), *dropped, file=out)
    time.sleep(0.3)
"""


class Crew:
    """Processes of one kind, which are killed and begin again."""

    def __init__(self, folder: Path, name: str, count: int, command: list[str]) -> None:
        self.folder = folder / name
        self.command = command
        self.starts = 0
        self.folder.mkdir()
        self.logs = [Path()] * count
        self.running = [self._start(place) for place in range(count)]

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        self.starts += 1
        own = self.folder / f"own {self.starts}"
        own.mkdir()
        self.logs[place] = self.folder / f"log {self.starts}"
        words = {
            "{own}": str(own),
            "{log}": str(self.logs[place]),
            "{number}": str(place),
            "{crew}": str(len(self.logs)),
        }
        environment = {**os.environ, "HOME": str(own)}
        if self.command[0] != sys.executable:
            environment.pop("PYTHONPATH", None)  # it may name our own packages
        with (self.folder / f"errors {self.starts}").open("wb") as errors:
            return subprocess.Popen(
                [words.get(word, word) for word in self.command],
                stderr=errors,
                stdout=subprocess.DEVNULL,
                env=environment,
            )

    def kill_one(self, source: random.Random) -> None:
        """End one of them that has begun its work, and start another."""
        places = [i for i, log in enumerate(self.logs) if log.exists()]
        if not places:
            return
        place = source.choice(places)
        self.running[place].send_signal(signal.SIGKILL)
        self.running[place].wait()
        self.running[place] = self._start(place)

    def end(self) -> bool:
        """Kill them all; whether all were still at work."""
        well = all(each.poll() is None for each in self.running)
        for each in self.running:
            each.send_signal(signal.SIGKILL)
            each.wait()
        return well

    def said(self) -> list[list[str]]:
        """The lines of all logs; the last one of a killed process may be cut off."""
        lines = []
        for path in self.folder.glob("log *"):
            lines += [line.split(" ", 4) for line in path.read_text().split("\n")[:-1]]
        return lines

    def is_experienced(self) -> bool:
        """Whether they have had so many files that it says something."""
        return sum(line[0] == "right" for line in self.said()) > 3 * len(self.running)

    def noted(self) -> set[tuple[str, str]]:
        """The file handles and paths of what the cache must know for good."""
        return {
            (line[3], line[4])
            for line in self.said()
            # Those with even numbers are dropped now and then, and forgotten; a place that versions
            # share has the last one.
            if line[0] == "right" and int(line[3]) % 2 and f"/{line[1]}/" not in line[4]
        }

    def has_dropped(self) -> bool:
        """Whether they have dropped something, if this is what they do."""
        return any(line[0] == "dropped" and line[3:] for line in self.said())

    def errors(self) -> str:
        """What went wrong; the official client tells there, too, what went well."""
        said = [path.read_text() for path in self.folder.glob("errors *")]
        return "".join(text for text in said if "Traceback" in text)


@pytest.mark.proof
@pytest.mark.interop
def test_one_cache_for_many(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.add_user()
    server.start()
    main = server.client(tmp_path / "main")
    project = main.store(Project())
    plan, md5s, handles = [], {}, {}
    for number, size in enumerate(SIZES):
        path = tmp_path / f"file {number % 12}.bin"
        path.write_bytes(os.urandom(size))
        stored = main.store(File(str(path), parent=project))
        found = hashlib.md5(path.read_bytes()).hexdigest()
        plan.append((stored.id, stored.versionNumber, found))
        md5s[str(stored.dataFileHandleId)] = found
        handles[stored.id, str(stored.versionNumber)] = str(stored.dataFileHandleId)
    (tmp_path / "plan").write_text(json.dumps(plan))
    token = main.restPOST(
        "/personalAccessToken",
        json.dumps({"scope": ["view", "download", "modify"]}),
        endpoint=server.url + "/auth/v1",
    )["token"]
    cache = tmp_path / "cache"
    get = ["-c", _GET, server.url, token, str(cache), "{own}", "{log}", str(tmp_path / "plan")]
    get += ["{number}", "{crew}"]
    drop = [sys.executable, "-c", _DROP, str(cache), "{log}"]
    crews = {
        "ours": Crew(tmp_path, "ours", OURS, [sys.executable, *get]),
        "official": Crew(tmp_path, "official", OFFICIAL, [python("4.14.0"), *get]),
        "dropping": Crew(tmp_path, "dropping", DROPPING, drop),
    }
    source = random.Random(11)
    begun = time.monotonic()

    def is_enough() -> bool:
        # On a busy machine a process takes long to get anywhere: it is given the time.
        seconds = time.monotonic() - begun
        enough = all(crews[name].is_experienced() for name in ("ours", "official"))
        enough = enough and crews["dropping"].has_dropped()
        enough = enough and len(crews["ours"].noted()) > len(md5s) / 2
        return seconds > SECONDS and (enough or seconds > 10 * SECONDS)

    try:
        while not is_enough():
            time.sleep(source.uniform(0.2, 0.8))
            crews["ours"].kill_one(source)
    finally:
        well = {name: crew.end() for name, crew in crews.items()}
        server.kill()
    assert all(well.values()), [crew.errors() for crew in crews.values()]
    check(crews, Cache(str(cache)), md5s)
    check_gone(crews, handles)


def check(crews: dict[str, Crew], cache: Cache, md5s: dict[str, str]) -> None:
    """No torn file, no wrong file, no lost entry, and nobody was disturbed."""
    for name, crew in crews.items():
        assert crew.errors() == "", name
        words = [line[0] for line in crew.said()]
        assert "WRONG" not in words, name
        if name != "dropping":
            assert crew.is_experienced(), name
    whole = 0
    for folder in cache.folders():
        for path in Path(folder).iterdir():
            if not path.name.startswith(".") and ".synapse_download_" not in path.name:
                assert hashlib.md5(path.read_bytes()).hexdigest() == md5s[Path(folder).name]
                whole += 1
    assert whole
    noted = crews["ours"].noted()
    assert len(noted) > len(md5s) / 2
    assert [each for each in sorted(noted) if not cache.contains(*each)] == []


def check_gone(crews: dict[str, Crew], handles: dict[tuple[str, str], str]) -> None:
    """What was gone was dropped by somebody while it was being got, and not before."""
    # Each dropping process has made room again and again; what it did last it may not have told.
    rounds = []
    for path in crews["dropping"].folder.glob("log *"):
        lines = [line.split(" ") for line in path.read_text().split("\n")[:-1]]
        for word, begun, *rest in lines:
            if word == "dropped":
                rounds.append((float(begun), float(rest[0]), frozenset(rest[1:])))
        if lines and lines[-1][0] == "drops":
            rounds.append((float(lines[-1][1]), math.inf, frozenset(handles.values())))
    assert crews["dropping"].has_dropped()
    for name in ("ours", "official"):
        for id, version, begun, ended in (e[1:] for e in crews[name].said() if e[0] == "gone"):
            assert any(
                start < float(ended) and float(begun) < end and handles[id, version] in dropped
                for start, end, dropped in rounds
            ), (name, id, version, begun, ended)
