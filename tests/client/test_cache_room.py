"""What a cache holds and what is dropped of it."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from synapseclient.core import cache_room
from synapseclient.core.cache import FETCHING, Cache

HOUR = 3600
SIZE = 100


def put(cache: Cache, handle: int, *, idle: float = 0, text: str = "x" * SIZE) -> Path:
    """A file in the cache that was last used so many seconds ago."""
    folder = Path(cache.get_cache_dir(handle))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "f.txt"
    path.write_text(text)
    cache.add(handle, str(path), hashlib.md5(text.encode()).hexdigest())
    os.utime(folder, (time.time() - idle,) * 2)
    return path


def held(cache: Cache) -> set[str]:
    """The file handles that are there."""
    return {each.file_handle_id for each in cache_room.look(cache)}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("500000", 500_000),
        ("200GB", 200 * 10**9),
        ("200 gb", 200 * 10**9),
        ("200G", 200 * 10**9),
        ("1.5 TiB", 3 * 2**39),
        (" 2KiB ", 2048),
        ("10b", 10),
        ("1PB", 10**15),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert cache_room.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1 2", "GB", "1e9", "5 files", "1,5GB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size: write 200GB"):
        cache_room.parse_size(text)


@pytest.mark.parametrize("size", [0, 999, 1000, 1500, 200 * 10**9, 3 * 10**15])
def test_sizes_are_written_as_they_are_read(size: int) -> None:
    text = cache_room.format_size(size).replace(" bytes", "")
    assert cache_room.parse_size(text) == size


def test_look(cache: Cache) -> None:
    path = put(cache, 1, idle=100)
    (path.parent / "second").write_text("yy")
    os.utime(path.parent, (1_000_000, 1_000_000))
    put(cache, 1001)
    (first,) = [each for each in cache_room.look(cache) if each.file_handle_id == "1"]
    assert (first.files, first.size, first.used) == (2, SIZE + 2, 1_000_000)
    assert held(cache) == {"1", "1001"}


def test_what_was_not_used_for_longest_goes_first(cache: Cache) -> None:
    for handle, hours in ((1, 5), (2, 9), (3, 7), (4, 2)):
        put(cache, handle, idle=hours * HOUR)
    swept = cache_room.make_room(cache, 2 * SIZE, dry_run=True)
    assert [each.held.file_handle_id for each in swept] == ["2", "3"]
    assert held(cache) == {"1", "2", "3", "4"}
    assert cache_room.make_room(cache, 2 * SIZE) == swept
    assert held(cache) == {"1", "4"}
    assert cache_room.make_room(cache, 2 * SIZE) == []


def test_copies_elsewhere_stay_noted_when_room_is_made(cache: Cache, tmp_path: Path) -> None:
    inside = put(cache, 1, idle=9 * HOUR)
    copy = tmp_path / "f.txt"
    copy.write_bytes(inside.read_bytes())
    cache.add(1, str(copy))
    os.utime(inside.parent, (time.time() - 9 * HOUR,) * 2)
    assert [each.kept for each in cache_room.make_room(cache, 0)] == [None]
    assert not inside.exists()
    assert cache.get(1) == str(copy)
    assert cache_room.make_room(cache, -1) == [], "there is nothing more to remove"
    assert cache.get(1) == str(copy)


def test_a_hit_is_a_use(cache: Cache) -> None:
    old = put(cache, 1, idle=9 * HOUR)
    put(cache, 2, idle=5 * HOUR)
    assert cache.get(1) == str(old)
    cache_room.make_room(cache, SIZE)
    assert held(cache) == {"1"}


def test_what_is_in_use_stays(cache: Cache) -> None:
    put(cache, 1, idle=HOUR / 2)
    put(cache, 2, idle=2 * HOUR)
    cache_room.make_room(cache, 0, idle=cache_room.IN_USE_SECONDS)
    assert held(cache) == {"1"}


def test_what_was_used_since_the_look_stays(cache: Cache) -> None:
    put(cache, 1, idle=2 * HOUR)
    seen = list(cache_room.look(cache))
    assert cache.get(1) is not None
    (swept,) = cache_room.sweep(cache, seen)
    assert swept.kept == "somebody has used it just now"
    assert held(cache) == {"1"}


def test_what_somebody_has_changed_stays(cache: Cache) -> None:
    """Also within the second in which it was noted."""
    quick, late, other = put(cache, 1), put(cache, 2), put(cache, 3)
    moment = os.stat(quick).st_mtime_ns
    quick.write_text("a person's own work")
    os.utime(quick, ns=(moment, moment // 10**9 * 10**9 + 999_999_999))
    os.utime(late, (1_000_000, 1_000_000))
    kept = {each.held.file_handle_id: each.kept for each in cache_room.make_room(cache, 0)}
    assert kept == {"1": "somebody has changed it", "2": "somebody has changed it", "3": None}
    assert [path.exists() for path in (quick, late, other)] == [True, True, False]


def test_a_change_is_seen_from_where_the_cache_has_another_name(
    cache: Cache, tmp_path: Path
) -> None:
    put(cache, 1).write_text("a person's own work")
    link = tmp_path / "link"
    link.symlink_to(cache.cache_root_dir)
    cache_room.make_room(Cache(str(link)), 0)
    assert held(cache) == {"1"}


def test_what_is_being_fetched_stays_unless_nobody_is_at_it(cache: Cache) -> None:
    claims = [put(cache, handle, idle=HOUR).parent / FETCHING for handle in (1, 2)]
    for claim in claims:
        claim.write_text("another.example.org 1 x\n")
        os.utime(claim.parent, (time.time() - HOUR,) * 2)
    os.utime(claims[1], (time.time() - 2 * HOUR,) * 2)  # its process was killed
    cache_room.make_room(cache, 0)
    assert held(cache) == {"1"}


def test_what_was_half_removed_goes_with_the_next(cache: Cache) -> None:
    put(cache, 1, idle=2 * HOUR)
    old, young = (Path(cache.cache_root_dir, f".dropped-{name}") for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "f.txt").write_text("x")
    os.utime(old, (time.time() - 2 * HOUR,) * 2)
    assert held(cache) == {"1"}
    cache_room.make_room(cache, 0)
    assert not old.exists()
    assert young.exists()  # somebody may be at it


def limited(cache: Cache, files: int) -> Cache:
    """The same cache, which may hold so many files."""
    return Cache(cache.cache_root_dir, max_size=files * SIZE)


def test_a_limit_is_kept_as_files_come(cache: Cache) -> None:
    cache = limited(cache, 10)
    for handle in range(1, 31):
        put(cache, handle, idle=(100 - handle) * HOUR)
        assert len(held(cache)) <= 10
    assert max(held(cache), key=int) == "30"
    assert "1" not in held(cache)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"bytes": "many", "counted": 1}', '{"bytes": 1}']
)
def test_a_broken_count_is_counted_anew(cache: Cache, text: str) -> None:
    for handle in range(1, 6):
        put(cache, handle, idle=2 * HOUR)
    Path(cache.cache_root_dir, ".usage.json").write_text(text)
    put(limited(cache, 3), 6)
    assert "6" in held(cache)
    assert len(held(cache)) == 2  # nine tenths of three
    count = json.loads(Path(cache.cache_root_dir, ".usage.json").read_text())
    assert count["bytes"] == 2 * SIZE


def test_an_old_count_is_not_believed(cache: Cache) -> None:
    for handle in range(1, 6):
        put(cache, handle, idle=2 * HOUR)
    count = json.dumps({"bytes": 0, "counted": time.time() - 2 * HOUR})
    Path(cache.cache_root_dir, ".usage.json").write_text(count)
    put(limited(cache, 3), 6)
    assert len(held(cache)) == 2


def test_who_was_killed_while_making_room_does_not_keep_others_from_it(cache: Cache) -> None:
    for handle in range(1, 6):
        put(cache, handle, idle=2 * HOUR)
    claim = Path(cache.cache_root_dir, ".usage.claim")
    claim.write_text("another.example.org 1 x\n")
    put(limited(cache, 3), 6)
    assert len(held(cache)) == 6  # it may be at it
    os.utime(claim, (time.time() - 2 * HOUR,) * 2)
    put(limited(cache, 3), 7)
    assert len(held(cache)) == 2
    assert not claim.exists()


def test_a_cache_full_of_what_is_in_use_is_not_counted_for_each_file(cache: Cache) -> None:
    for handle in range(1, 6):
        put(cache, handle)
    cache = limited(cache, 3)
    put(cache, 6)
    counted = json.loads(Path(cache.cache_root_dir, ".usage.json").read_text())
    put(cache, 7)
    noted = json.loads(Path(cache.cache_root_dir, ".usage.json").read_text())
    assert noted == {**counted, "bytes": 7 * SIZE}
    assert len(held(cache)) == 7


def test_the_count_is_open_to_the_group_that_shares_the_cache(cache: Cache) -> None:
    root = Path(cache.cache_root_dir)
    root.mkdir()
    root.chmod(0o2770)
    old = os.umask(0o077)
    try:
        put(limited(cache, 3), 1)
    finally:
        os.umask(old)
    assert (root / ".usage.json").stat().st_mode & 0o060 == 0o060


def test_verify(cache: Cache) -> None:
    right, bad = put(cache, 1), put(cache, 2)
    moment = os.stat(bad)
    bad.write_text("z" * SIZE)
    os.utime(bad, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    put(cache, 3).write_text("changed since: nothing to be said against it")
    found = dict(cache_room.verify(cache))
    assert set(found) == {str(right), str(bad)}
    assert found[str(right)] is None
    wrong = found[str(bad)]
    assert wrong is not None
    assert "its MD5 is" in wrong.why
