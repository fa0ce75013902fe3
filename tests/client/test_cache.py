"""The cache: the official layout, both forms of the map, no locks."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
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


def test_many_writers_leave_a_whole_map(cache: Cache) -> None:
    paths = [put(cache, 1, f"f{number}.txt") for number in range(8)]

    def write(path: str) -> None:
        for _ in range(30):
            cache.add(1, path)
            assert isinstance(cache._read(cache.get_cache_dir(1)), dict)

    threads = [threading.Thread(target=write, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folder = Path(cache.get_cache_dir(1))
    assert json.loads((folder / ".cacheMap").read_text())
    assert not [name for name in os.listdir(folder) if name.startswith(".cacheMap.")]


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
    monkeypatch.setattr("synapseclient.core.cache.os.write", replace)
    path = put(cache, 1)
    assert cache.get(1) is None
    assert os.listdir(cache.get_cache_dir(1)) == [os.path.basename(path)]
