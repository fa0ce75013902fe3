"""Whole folders over broken lines: every run ends in the right bytes or a clear message.

Never a gap, never a hang: what a run could not do is named, and the next one does only that.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.proxy import Cut, Fault, Proxy, Say, Slow, Stall
from tests.servers import ServerProcess

import synapseutils
from synapseclient import File, Project
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseError
from synapseclient.sync import tree

pytestmark = pytest.mark.xdist_group("faults")  # they share a server

SIZES = [0, 1, 100, 5_000, 70_000, 300_000, 1_500_000] * 3 + [5_000_000, 18_000_000]
MANIFEST = synapseutils.sync.MANIFEST_FILENAME
PATIENCE = 90
"""Seconds in which a run of these small folders must end, whatever happens."""


class Line:
    """A server behind two proxies: one for the API, one for bytes."""

    def __init__(self, folder: Path) -> None:
        self.server = ServerProcess(folder / "data")
        self.api, self.blobs = Proxy(self.server.port), Proxy(self.server.blob_port)
        self.server.settings = {"public_blob_url": self.blobs.url}
        self.server.add_user()
        self.server.start()

    def decide(self, decide: Any) -> None:
        """What happens to requests from now on."""
        self.api.decide = self.blobs.decide = decide

    def mend(self) -> None:
        """All is well from now on."""
        self.decide(lambda verb, path: None)

    def client(self, home: Path) -> Synapse:
        """Our client, at the other end of the line."""
        return self.server.client(home, self.api.url)


@pytest.fixture(scope="module")
def whole_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One line for all tests."""
    found = Line(tmp_path_factory.mktemp("line"))
    yield found
    found.api.close()
    found.blobs.close()
    found.server.kill()


@pytest.fixture
def line(whole_line: Line) -> Iterator[Line]:
    """A line that is well when a test begins."""
    whole_line.mend()
    yield whole_line
    whole_line.mend()


@pytest.fixture(params=["bulk", "official"])
def syn(request: pytest.FixtureRequest, line: Line, tmp_path: Path) -> Synapse:
    """A client that knows the server's extensions, and one that does not."""
    found = line.client(tmp_path / "client")
    if request.param == "official":
        found._extensions = frozenset()
    return found


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def content(folder: Path) -> dict[str, str]:
    """The MD5s of all files below a folder by path; also of what should not be there."""
    return {
        str(path.relative_to(folder)): md5(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def make(folder: Path, seed: int = 1, sizes: list[int] = SIZES) -> dict[str, str]:
    """A folder of files."""
    source = random.Random(seed)
    for number, size in enumerate(sizes):
        path = folder / f"d{number % 3}" / f"file {number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.randbytes(size))
    return content(folder)


def send(syn: Synapse, folder: Path, project: str) -> None:
    rows = run(tree.rows_of_folder(syn, str(folder), project))
    run(tree.sync_up(syn, rows))


def fetch(syn: Synapse, project: str, folder: Path) -> None:
    synapseutils.syncFromSynapse(syn, project, path=str(folder))


def until_done(work: Any, times: int = 30) -> int:
    """Run again until it ends well, as a person would; how often it took. What went wrong must
    have been told."""
    for number in range(1, times + 1):
        started = time.monotonic()
        try:
            work()
            told = ""
        except (SynapseError, OSError) as error:
            told = str(error)
        assert time.monotonic() - started < PATIENCE
        if not told:
            return number
        assert len(told) > 15
    raise AssertionError(f"not done after {times} runs: {told}")


def check(line: Line, project: str, known: dict[str, str], home: Path) -> None:
    """Everything is in Synapse, once, in its first version."""
    line.mend()
    reader = line.client(home)
    found = {}
    for place, _, files in synapseutils.walk(reader, project):
        for name, id in files:
            entity = reader.get(id)
            assert entity.versionNumber == 1, name
            path = "/".join([*place[0].split("/")[1:], name])
            assert path not in found
            found[path] = md5(Path(entity.path))
    assert found == known


def at_random(seed: int, likely: float) -> Any:
    """Cut this share of all requests at a random byte."""
    source = random.Random(seed)

    def decide(verb: str, path: str) -> Fault | None:
        if source.random() > likely:
            return None
        size = int(10 ** source.uniform(0, 6.3))
        return Cut(up=size) if source.random() < 0.5 else Cut(down=size)

    return decide


@pytest.mark.parametrize("seed", [1, 2])
def test_connections_that_are_cut_at_a_random_byte(
    line: Line, syn: Synapse, tmp_path: Path, seed: int
) -> None:
    known = make(tmp_path / "source", seed)
    project = syn.store(Project()).id
    line.decide(at_random(seed, 0.25))
    until_done(lambda: send(syn, tmp_path / "source", project))
    check(line, project, known, tmp_path / "reader")
    line.decide(at_random(seed + 10, 0.25))
    until_done(lambda: fetch(syn, project, tmp_path / "target"))
    assert content(tmp_path / "target") == known


@pytest.mark.parametrize(
    ("status", "headers"), [(429, "Retry-After: 1\r\n"), (503, ""), (500, ""), (502, "")]
)
def test_bursts_of_refusals(
    line: Line, syn: Synapse, tmp_path: Path, status: int, headers: str
) -> None:
    known = make(tmp_path / "source", sizes=SIZES[-9:])
    project = syn.store(Project()).id
    often: dict[str, int] = defaultdict(int)

    def decide(verb: str, path: str) -> Fault | None:
        # Whether a POST was done before a 500 nobody knows: the client must not repeat it.
        if status in (500, 502) and verb == "POST":
            return None
        kind = f"{verb} {path.split('/')[1:4]}"
        often[kind] += 1
        return Say(status, headers) if often[kind] <= 2 else None

    line.decide(decide)
    assert until_done(lambda: send(syn, tmp_path / "source", project)) == 1
    check(line, project, known, tmp_path / "reader")
    often.clear()
    line.decide(decide)
    assert until_done(lambda: fetch(syn, project, tmp_path / "target")) == 1
    assert content(tmp_path / "target") == known


def test_a_server_that_always_refuses_is_given_up(
    line: Line, syn: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synapseclient.core.retry.random.uniform", lambda low, high: 0.01)
    make(tmp_path / "source", sizes=[10])
    project = syn.store(Project()).id
    send(syn, tmp_path / "source", project)
    syn.cache.cache_root_dir = str(tmp_path / "empty cache")
    line.blobs.decide = lambda verb, path: Say(503)
    started = time.monotonic()
    with pytest.raises(SynapseError, match="503"):
        fetch(syn, project, tmp_path / "target")
    assert time.monotonic() - started < PATIENCE
    assert content(tmp_path / "target") == {}


def test_a_slow_server(line: Line, syn: Synapse, tmp_path: Path) -> None:
    known = make(tmp_path / "source", sizes=[10, 1000, 100_000, 6_000_000])
    project = syn.store(Project()).id
    line.decide(lambda verb, path: Slow(0.3, 3e6))
    send(syn, tmp_path / "source", project)
    fetch(syn, project, tmp_path / "target")
    assert content(tmp_path / "target") == known
    check(line, project, known, tmp_path / "reader")


def test_a_server_that_falls_silent(line: Line, syn: Synapse, tmp_path: Path) -> None:
    known = make(tmp_path / "source", sizes=[10, 300_000, 12_000_000])
    project = syn.store(Project()).id
    send(syn, tmp_path / "source", project)
    syn.transport.silence = syn.transport.seconds = 1
    stalls = 6

    def decide(verb: str, path: str) -> Fault | None:
        nonlocal stalls
        stalls -= 1
        return Stall(200_000) if stalls >= 0 else None

    line.blobs.decide = decide
    until_done(lambda: fetch(syn, project, tmp_path / "target"))
    assert content(tmp_path / "target") == known
    line.api.decide = lambda verb, path: Stall(0)
    started = time.monotonic()
    with pytest.raises(SynapseError, match="No answer"):
        fetch(syn, project, tmp_path / "target")
    assert time.monotonic() - started < PATIENCE


@pytest.fixture
def hasty_line(tmp_path: Path) -> Iterator[Line]:
    """A line to a server whose URLs live for two seconds."""
    found = Line(tmp_path)
    found.server.kill()
    found.server.settings |= {"download_url_seconds": "2", "upload_url_seconds": "2"}
    found.server.start()
    yield found
    found.server.kill()
    found.api.close()
    found.blobs.close()


@pytest.mark.parametrize("extensions", [None, frozenset[str]()], ids=["bulk", "official"])
def test_urls_that_expire_in_the_middle(
    hasty_line: Line, tmp_path: Path, extensions: frozenset[str] | None
) -> None:
    syn = hasty_line.client(tmp_path / "client")
    syn._extensions = extensions
    known = make(tmp_path / "source", sizes=[10, 1_000_000, 40_000_000, 12_000_000])
    project = syn.store(Project()).id
    seen: set[str] = set()

    def decide(verb: str, path: str) -> Fault | None:
        place = path.partition("?")[0]
        is_first = place not in seen
        seen.add(place)
        return Slow(2.5 if is_first else 0.1, 4e6)

    hasty_line.blobs.decide = decide
    send(syn, tmp_path / "source", project)
    fetch(syn, project, tmp_path / "target")
    assert content(tmp_path / "target") == known


def test_a_server_that_dies_and_comes_back(line: Line, syn: Synapse, tmp_path: Path) -> None:
    known = make(tmp_path / "source")
    project = syn.store(Project()).id
    line.decide(lambda verb, path: Slow(0.02, 20e6))

    def with_deaths(work: Any) -> None:
        over = threading.Event()

        def murder() -> None:
            moments = random.Random(5)
            for _ in range(4):
                if over.wait(moments.uniform(0.3, 1)):
                    return
                line.server.kill()
                line.server.start()

        murderer = threading.Thread(target=murder)
        murderer.start()
        try:
            until_done(work)
        finally:
            over.set()
            murderer.join()

    with_deaths(lambda: send(syn, tmp_path / "source", project))
    with_deaths(lambda: fetch(syn, project, tmp_path / "target"))
    assert content(tmp_path / "target") == known
    check(line, project, known, tmp_path / "reader")


_PROGRAM = """
import sys
from tests.faults.test_faults import *
from tests.servers import PASSWORD, USER
url, home, verb, folder, project = sys.argv[1:]
syn = Synapse(repoEndpoint=url + "/repo/v1", authEndpoint=url + "/auth/v1",
    fileHandleEndpoint=url + "/file/v1", portalEndpoint=url, cache_root_dir=home + "/cache",
    configPath=home + "/none", silent=True)
syn.login(USER, PASSWORD, silent=True)
(send if verb == "up" else fetch)(syn, *((Path(folder), project) if verb == "up"
    else (project, Path(folder))))
"""


def program(line: Line, home: Path, verb: str, folder: Path, project: str) -> subprocess.Popen[str]:
    """A client as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, line.api.url, str(home), verb, str(folder), project],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path])},
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, errors


def test_a_client_that_is_killed_and_goes_on_from_a_copy(line: Line, tmp_path: Path) -> None:
    known = make(tmp_path / "source")
    project = line.client(tmp_path / "main").store(Project()).id
    line.decide(lambda verb, path: Slow(0.05, 10e6))
    total = sum(SIZES)
    moments = random.Random(3)
    source = tmp_path / "source"
    for number in range(6):
        process = program(line, tmp_path / f"home {number}", "up", source, project)
        time.sleep(moments.uniform(0.6, 1.6))
        process.send_signal(signal.SIGKILL)
        finish(process)
        copy = tmp_path / f"copy {number}"
        shutil.copytree(source, copy, copy_function=shutil.copyfile)  # with new times
        source = copy
    line.blobs.sent = 0
    status, errors = finish(program(line, tmp_path / "home", "up", source, project))
    assert status == 0, errors
    assert line.blobs.sent < total  # it went on, and did not begin again
    check(line, project, known, tmp_path / "reader")

    target = tmp_path / "target"
    line.decide(lambda verb, path: Slow(0.05, 10e6))
    for number in range(6):
        process = program(line, tmp_path / f"down {number}", "down", target, project)
        time.sleep(moments.uniform(0.6, 1.6))
        process.send_signal(signal.SIGKILL)
        finish(process)
        for path, found in content(target).items() if target.exists() else ():
            assert (
                ".synapse_download_" in path
                or "." in path.removesuffix(".bin")
                or (found == known[path])
            )
    status, errors = finish(program(line, tmp_path / "down", "down", target, project))
    assert status == 0, errors
    here = content(target)
    assert {path: here.get(path) for path in known} == known


def small_disk(folder: Path, size: str, options: str = "") -> None:
    """A file system of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only who may mount a file system can fill one")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    small_disk(tmp_path / "disk", "3m")
    yield tmp_path / "disk"
    subprocess.run(["umount", "--lazy", str(tmp_path / "disk")], check=True)


def test_a_disk_that_is_full(line: Line, syn: Synapse, tmp_path: Path, disk: Path) -> None:
    known = make(tmp_path / "source", sizes=[10, 1000, 2_000_000, 5_000_000])
    project = syn.store(Project()).id
    send(syn, tmp_path / "source", project)
    with pytest.raises(SynapseError, match="No space left"):
        fetch(syn, project, disk / "target")
    for path, found in content(disk / "target").items():
        assert found == known[path]  # what is there is whole, and nothing else is there
    subprocess.run(["mount", "-o", "remount,size=30m", str(disk)], check=True)
    fetch(syn, project, disk / "target")
    assert content(disk / "target") == known


def test_a_server_whose_disk_is_full(tmp_path: Path, disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=12m", str(disk)], check=True)
    line = Line(disk)
    try:
        known = make(tmp_path / "source", sizes=[10, 1000, 2_000_000, 20_000_000])
        syn = line.client(tmp_path / "client")
        project = syn.store(Project()).id
        with pytest.raises(SynapseError) as told:
            send(syn, tmp_path / "source", project)
        assert "file 3.bin" in str(told.value)
        assert "no room" in str(told.value)
        subprocess.run(["mount", "-o", "remount,size=80m", str(disk)], check=True)
        send(syn, tmp_path / "source", project)
        check(line, project, known, tmp_path / "reader")
    finally:
        line.server.kill()
        line.api.close()
        line.blobs.close()


def test_a_cache_that_is_read_only(line: Line, syn: Synapse, tmp_path: Path) -> None:
    known = make(tmp_path / "source", sizes=[10, 1000, 6_000_000])
    project = syn.store(Project()).id
    send(syn, tmp_path / "source", project)
    small_disk(tmp_path / "frozen", "1m", ",ro")
    try:
        syn.cache.cache_root_dir = str(tmp_path / "frozen" / "cache")
        fetch(syn, project, tmp_path / "target")
        assert content(tmp_path / "target") == known
        send(syn, tmp_path / "source", project)
        with pytest.raises((SynapseError, OSError), match=r"[Rr]ead-only"):
            synapseutils.syncFromSynapse(syn, project)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path / "frozen")], check=True)


def test_two_at_once_into_one_folder(line: Line, tmp_path: Path) -> None:
    known = make(tmp_path / "source")
    project = line.client(tmp_path / "main").store(Project()).id
    line.decide(lambda verb, path: Slow(0.02, 20e6))
    both = [program(line, tmp_path / f"u{n}", "up", tmp_path / "source", project) for n in (1, 2)]
    outcomes = [finish(each) for each in both]
    assert any(status == 0 for status, _ in outcomes), outcomes
    until_done(lambda: send(line.client(tmp_path / "u3"), tmp_path / "source", project), 3)
    check(line, project, known, tmp_path / "reader")
    line.decide(lambda verb, path: Slow(0.02, 20e6))
    both = [program(line, tmp_path / f"d{n}", "down", tmp_path / "target", project) for n in (1, 2)]
    assert [finish(each)[0] for each in both] == [0, 0]
    assert content(tmp_path / "target") == known


@pytest.mark.parametrize("size", [200_000, 20_000_000])
def test_a_file_that_changes_while_it_is_sent(
    line: Line, syn: Synapse, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "source" / "growing.bin"
    path.parent.mkdir()
    path.write_bytes(os.urandom(size))
    project = syn.store(Project()).id

    def decide(verb: str, where: str) -> Fault | None:
        if verb == "PUT":
            with path.open("r+b") as file:
                file.seek(size // 2)
                file.write(os.urandom(1000))
        return Slow(0.05)

    # What was read before it changed may be stored; what was read while it changed may not.
    line.blobs.decide = decide
    told = ""
    try:
        send(syn, path.parent, project)
    except SynapseError as error:
        told = str(error)
    if told:
        assert "growing.bin" in told
        assert "chang" in told
        assert list(syn.getChildren(project)) == []
    line.mend()
    send(syn, path.parent, project)
    (child,) = syn.getChildren(project)
    reader = line.client(tmp_path / "reader")
    assert md5(Path(reader.get(child["id"]).path)) == md5(path)


def test_a_single_file_over_a_bad_line(line: Line, syn: Synapse, tmp_path: Path) -> None:
    path = tmp_path / "one.bin"
    path.write_bytes(random.Random(2).randbytes(25_000_000))
    project = syn.store(Project()).id
    line.decide(at_random(4, 0.3))
    stored: list[Any] = []
    until_done(lambda: stored.append(syn.store(File(str(path), parent=project))))
    line.decide(at_random(5, 0.3))
    other = line.client(tmp_path / "other") if not stored else syn
    other.cache.cache_root_dir = str(tmp_path / "empty cache")
    got: list[Any] = []
    until_done(lambda: got.append(other.get(stored[0].id, downloadLocation=str(tmp_path / "down"))))
    assert md5(Path(got[0].path)) == md5(path)
    assert os.listdir(tmp_path / "down") == ["one.bin"]
