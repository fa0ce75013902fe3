"""The cache: the official layout, both forms of the map, many writers, sites."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from synapseclient.core.cache import Cache, compare_timestamps, epoch_time_to_iso, iso_time_to_epoch
from synapseclient.entity import File


def put(cache: Cache, handle: int, name: str = "f.txt", text: str = "x") -> str:
    folder = Path(cache.get_cache_dir(handle))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    cache.add(handle, str(path), "md5-" + text)
    return str(path)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "cache"))


def test_layout(cache: Cache, tmp_path: Path) -> None:
    assert cache.get_cache_dir(30117) == str(tmp_path / "cache" / "117" / "30117")
    assert cache.get_cache_dir("7") == str(tmp_path / "cache" / "7" / "7")


def test_there_and_back(cache: Cache) -> None:
    path = put(cache, 1)
    assert cache.get(1) == path
    assert cache.contains(1, path)
    assert cache.md5(1, path) == "md5-x"
    assert cache.get(2) is None
    entry = json.loads(Path(cache.get_cache_dir(1), ".cacheMap").read_text())[path]
    assert entry["modified_time"].endswith(".000Z")


def test_modified_files_do_not_count(cache: Cache) -> None:
    path = put(cache, 1)
    os.utime(path, (1_000_000, 1_000_000))
    assert cache.get(1) is None
    assert not cache.contains(1, path)
    assert cache.md5(1, path) is None


def test_the_older_form_is_read(cache: Cache) -> None:
    path = put(cache, 1)
    when = epoch_time_to_iso(os.stat(path).st_mtime)
    Path(cache.get_cache_dir(1), ".cacheMap").write_text(json.dumps({path: when}) + "\n")
    assert cache.get(1) == path


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": 7}'])
def test_a_broken_map_counts_as_empty(cache: Cache, text: str) -> None:
    path = put(cache, 1)
    Path(cache.get_cache_dir(1), ".cacheMap").write_text(text)
    assert cache.get(1) is None
    cache.add(1, path)
    assert cache.get(1) == path


def test_copies_elsewhere(cache: Cache, tmp_path: Path) -> None:
    inside = put(cache, 1)
    other = tmp_path / "work"
    other.mkdir()
    copy = other / "f.txt"
    copy.write_text("x")
    os.utime(inside, (1_000_000_000, 1_000_000_000))
    cache.add(1, inside)
    cache.add(1, str(copy))
    assert cache.get(1) == str(copy)  # the latest
    assert cache.get(1, str(other)) == str(copy)
    assert cache.get(1, str(copy)) == str(copy)
    assert cache.get(1, str(tmp_path)) is None
    assert cache.remove(1, str(copy), delete=True) == [str(copy)]
    assert not copy.exists()
    assert cache.get(1) == inside
    cache.remove(1)
    assert cache.get(1) is None
    with pytest.raises(ValueError, match="Can't find file"):
        cache.add(1, str(copy))


def files_of(cache: Cache, handle: int, count: int) -> list[str]:
    """So many files of a file handle, noted nowhere."""
    folder = Path(cache.get_cache_dir(handle))
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"f{number}.txt").write_text("x")
    return [str(folder / f"f{number}.txt") for number in range(count)]


def noted(cache: Cache, handle: int) -> dict[str, Any]:
    """The map; nothing else may be left beside it."""
    folder = Path(cache.get_cache_dir(handle))
    assert not [name for name in os.listdir(folder) if name.startswith(".cacheMap.")]
    found: dict[str, Any] = json.loads((folder / ".cacheMap").read_text())
    return found


def together(*work: Callable[[], None]) -> None:
    """Run these at once, in threads."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(work))

    def run(each: Callable[[], None]) -> None:
        start.wait(60)
        try:
            each()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_many_threads_lose_nothing(cache: Cache) -> None:
    """Not even the first entries of a map, which are written at the same moment."""
    for handle in range(10):
        paths = files_of(cache, handle, 8)
        together(*(partial(cache.add, handle, path) for path in paths))
        assert set(noted(cache, handle)) == set(paths)


_ADD = """
import sys
from synapseclient.core.cache import Cache
cache = Cache(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for path in sys.argv[2:]:
    cache.add(1, path)
"""


def test_many_processes_lose_nothing(cache: Cache) -> None:
    paths = files_of(cache, 1, 60)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _ADD, cache.cache_root_dir, *paths[number::3]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in writers:
        each.communicate("go\n", timeout=60)
        assert each.returncode == 0
    assert set(noted(cache, 1)) == set(paths)


def test_beside_a_client_that_writes_maps_in_place(cache: Cache) -> None:
    """As the official ones do: under their lock, a piece at a time, so that whoever reads
    meanwhile sees the half of it."""
    first = put(cache, 1, "first.txt")
    folder = Path(cache.get_cache_dir(1))
    lock, map = folder / ".cacheMap.lock", folder / ".cacheMap"
    mine = [str(folder / f"mine{number}.txt") for number in range(20)]
    theirs = [f"/elsewhere/theirs{number}.txt" for number in range(20)]
    for path in mine:
        Path(path).write_text("x")

    def write() -> None:
        for path in theirs:
            while True:
                try:
                    lock.mkdir()
                    break
                except FileExistsError:
                    time.sleep(0.001)
            entries = json.loads(map.read_text())
            entries[path] = {"modified_time": "2026-01-01T00:00:00.000Z", "content_md5": None}
            text = json.dumps(entries)
            with map.open("w") as file:
                for at in range(0, len(text), len(text) // 3 + 1):
                    file.write(text[at : at + len(text) // 3 + 1])
                    file.flush()
                    time.sleep(0.001)
            lock.rmdir()

    def add() -> None:
        for path in mine:
            cache.add(1, path)

    def read() -> None:
        for _ in range(100):
            assert cache.contains(1, first)

    together(write, add, read)
    assert set(noted(cache, 1)) == {first, *mine, *theirs}


def test_a_lock_that_was_left_behind_stops_nobody(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synapseclient.core.cache._STALE_SECONDS", 0.1)
    (path,) = files_of(cache, 1, 1)
    lock = Path(cache.get_cache_dir(1), ".cacheMap.lock")
    lock.mkdir()
    cache.add(1, path)
    assert cache.get(1) == path
    assert not lock.exists()


def test_a_lock_that_stays_is_not_waited_for_forever(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synapseclient.core.cache._STALE_SECONDS", 0.1)
    (path,) = files_of(cache, 1, 1)
    lock = Path(cache.get_cache_dir(1), ".cacheMap.lock")
    lock.mkdir()
    (lock / "of something else").touch()
    cache.add(1, path)
    assert cache.get(1) == path


def test_a_file_that_nobody_has_noted_is_found_by_its_md5(cache: Cache) -> None:
    folder = Path(cache.get_cache_dir(1))
    folder.mkdir(parents=True)
    for name, text in (("f.txt", "right"), ("g.txt", "wrong"), (".hidden", "right")):
        (folder / name).write_text(text)
    (folder / "f.txt.synapse_download_1").write_text("right")
    md5 = hashlib.md5(b"right").hexdigest()
    assert cache.get(1) is None
    assert cache.get(1, md5=hashlib.md5(b"other").hexdigest()) is None
    assert cache.get(1, md5=md5, size=6) is None
    assert cache.get(1, md5=md5, size=5) == str(folder / "f.txt")
    assert set(noted(cache, 1)) == {str(folder / "f.txt")}
    assert cache.get(1) == str(folder / "f.txt")


def test_caches_of_a_site_are_looked_at_last(tmp_path: Path) -> None:
    first, second = Cache(str(tmp_path / "first")), Cache(str(tmp_path / "second"))
    own = Cache(str(tmp_path / "own"), sites=[first.cache_root_dir, second.cache_root_dir])
    there = {handle: put(first, handle) for handle in (1, 2)}
    there[3] = put(second, 3)
    mine = put(own, 2)
    before = sorted(tmp_path.rglob("*"))
    assert [own.get(handle) for handle in (1, 2, 3, 4)] == [there[1], mine, there[3], None]
    Path(there[1]).write_text("changed by the site")
    assert own.get(1) is None
    assert sorted(tmp_path.rglob("*")) == before  # nothing is written


def test_a_cache_of_a_site_may_be_mounted_elsewhere(tmp_path: Path) -> None:
    site = Cache(str(tmp_path / "filled"))
    put(site, 1001)
    outside = tmp_path / "elsewhere" / "f.txt"
    outside.parent.mkdir()
    outside.write_text("x")
    site.add(2001, str(outside))
    os.rename(tmp_path / "filled", tmp_path / "mounted")
    own = Cache(str(tmp_path / "own"), sites=[str(tmp_path / "mounted")])
    assert own.get(1001) == str(tmp_path / "mounted" / "1" / "1001" / "f.txt")
    assert own.get(2001) is None  # it is not the site's


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_a_group_shares_a_cache_whatever_the_umask(cache: Cache, umask: int) -> None:
    root = Path(cache.cache_root_dir)
    root.mkdir()
    root.chmod(0o2770)
    old = os.umask(umask)
    try:
        cache.make(cache.get_cache_dir(1001))
        path = put(cache, 1001)
        put(cache, 1001, "second.txt")  # the map is written anew
    finally:
        os.umask(old)
    folder = Path(cache.get_cache_dir(1001))
    for each in (folder.parent, folder):
        assert each.stat().st_mode & 0o2070 == 0o2070, each
    for each in (Path(path), folder / ".cacheMap", folder / "second.txt"):
        assert each.stat().st_mode & 0o060 == 0o060, each


def test_a_cache_of_one_person_stays_closed(cache: Cache) -> None:
    Path(cache.cache_root_dir).mkdir(mode=0o755)
    old = os.umask(0o077)
    try:
        path = put(cache, 1)
    finally:
        os.umask(old)
    assert os.stat(path).st_mode & 0o077 == 0


def test_purge(cache: Cache) -> None:
    for handle in (1, 2, 1001):
        put(cache, handle)
    old = os.path.join(cache.get_cache_dir(2), ".cacheMap")
    os.utime(old, (1_000_000, 1_000_000))
    assert cache.purge(before_date=2_000_000, dry_run=True) == 1
    assert cache.get(2) is not None
    assert cache.purge(before_date=2_000_000) == 1
    assert cache.get(2) is None
    assert cache.get(1001) is not None
    assert cache.purge(after_date=2_000_000) == 2
    with pytest.raises(ValueError, match="should be provided"):
        cache.purge()
    with pytest.raises(ValueError, match="larger"):
        cache.purge(before_date=1, after_date=2)


def test_times() -> None:
    assert epoch_time_to_iso(0.9) == "1970-01-01T00:00:00.000Z"
    assert iso_time_to_epoch("1970-01-02T00:00:00.000Z") == 86400
    assert compare_timestamps(5.7, "1970-01-01T00:00:05.000Z")
    assert not compare_timestamps(6.0, "1970-01-01T00:00:05.000Z")
    assert not compare_timestamps(None, "1970-01-01T00:00:05.000Z")
    assert not compare_timestamps(1.0, None)


def test_entities_name_their_file_handle(cache: Cache) -> None:
    path = put(cache, 7)
    file = File(dataFileHandleId="7", parent="syn1")
    assert cache.get_cache_dir(file) == cache.get_cache_dir(7)
    assert cache.get(file) == path
    assert cache.remove(file) == [path]
    assert cache.get(7) is None


def test_the_md5_that_an_official_client_noted_counts(cache: Cache) -> None:
    path = put(cache, 1, text="right")
    when = epoch_time_to_iso(os.stat(path).st_mtime)
    for text, found in (("right", path), ("wrong", None)):
        md5 = hashlib.md5(text.encode()).hexdigest()
        entry = {path: {"modified_time": when, "content_md5": md5}}
        Path(cache.get_cache_dir(1), ".cacheMap").write_text(json.dumps(entry))
        assert cache.get(1) == found


def test_a_full_disk_costs_the_note_alone(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("synapseclient.core.cache.os.replace", replace)
    monkeypatch.setattr("synapseclient.core.cache.os.link", replace)
    path = put(cache, 1)
    assert cache.get(1) is None
    assert os.listdir(cache.get_cache_dir(1)) == [os.path.basename(path)]
