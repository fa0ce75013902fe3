"""``synapse cache``: it needs neither a login nor a server."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from synapseclient.__main__ import main
from synapseclient.core.cache import FETCHING, Cache

HOUR = 3600


class Shell:
    """Types ``synapse cache``, beside a cache and nothing else."""

    def __init__(self, cache: Cache, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.cache = cache
        self.config = config
        self.capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """The exit code and what was printed to both channels."""
        try:
            code = main(["-c", str(self.config), "cache", *words])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        return (code, *self.capsys.readouterr())

    def ok(self, *words: str) -> str:
        """What a command printed that must succeed."""
        code, out, err = self.run(*words)
        assert (code, err) == (0, "")
        return out

    def put(self, handle: int, text: str = "x" * 100, *, idle: float = 0) -> Path:
        """A file in the cache, last noted and used so many seconds ago."""
        folder = Path(self.cache.get_cache_dir(handle))
        folder.mkdir(parents=True)
        path = folder / f"file-{handle}.txt"
        path.write_text(text)
        self.cache.add(handle, str(path), hashlib.md5(text.encode()).hexdigest())
        for each in (folder / ".cacheMap", folder):
            os.utime(each, (time.time() - idle,) * 2)
        return path


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    # Were anything asked of a server, it would not be there.
    monkeypatch.setenv("SYNAPSE_ENDPOINT", "http://127.0.0.1:1")
    for name in ("SYNAPSE_CACHE", "SYNAPSE_CACHE_MAX_SIZE", "SYNAPSE_SITE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text(f"[cache]\nlocation = {tmp_path / 'cache'}\n")
    return Shell(Cache(str(tmp_path / "cache")), config, capsys)


def test_info(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "holds\t0 bytes, 0 files of 0 file handles\n" in shell.ok("info")
    shell.put(1)
    shell.put(2, "y" * 2400, idle=2 * HOUR)
    shell.put(3, idle=40 * 24 * HOUR)
    monkeypatch.setenv("SYNAPSE_CACHE_MAX_SIZE", "1.5kB")
    monkeypatch.setenv("SYNAPSE_SITE_CACHE", f"{tmp_path}{os.pathsep}{tmp_path / 'gone'}")

    lines = shell.ok("info").splitlines()

    assert lines[0] == f"place\t{tmp_path / 'cache'} ([cache] location in {shell.config})"
    assert lines[1] == "holds\t2.6 KB, 3 files of 3 file handles"
    assert lines[2].startswith("used\tfirst 2")
    assert lines[3] == "limit\t1.5 KB (SYNAPSE_CACHE_MAX_SIZE); 1.1 KB over it"
    assert lines[4:6] == [f"site\t{tmp_path}", f"site\t{tmp_path / 'gone'}: it cannot be read"]
    assert lines[6:] == [
        "last used\tfile handles\tsize",
        "within an hour\t1\t100 bytes",
        "within a day\t1\t2.4 KB",
        "within a week\t0\t0 bytes",
        "within 30 days\t0\t0 bytes",
        "longer ago\t1\t100 bytes",
    ]


def test_info_as_json(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.put(1)
    monkeypatch.setenv("SYNAPSE_CACHE", str(tmp_path / "cache"))
    found = json.loads(shell.ok("info", "--json"))
    assert found["location"] == str(tmp_path / "cache")
    assert found["set_by"] == "SYNAPSE_CACHE"
    assert (found["size"], found["files"], found["file_handles"]) == (100, 1, 1)
    assert (found["limit"], found["limit_set_by"], found["over"]) == (None, None, 0)
    assert found["oldest_use"] == found["newest_use"]
    assert [each["file_handles"] for each in found["last_used"]] == [1, 0, 0, 0, 0]
    assert found["sites"] == []


def test_a_limit_that_is_none_is_said(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNAPSE_CACHE_MAX_SIZE", "much")
    code, out, err = shell.run("info")
    assert (code, out) == (1, "")
    assert "'much' is not a size: write 200GB" in err


def test_purge_by_use(shell: Shell) -> None:
    new, old = shell.put(1), shell.put(2, idle=31 * 24 * HOUR)
    said = shell.ok("purge", "--older-than", "30d", "--dry-run")
    assert said == (
        "would remove\t2\t1 files\t100 bytes\nWould remove 1 files of 1 file handles, 100 bytes.\n"
    )
    assert old.exists()
    said = shell.ok("purge", "--older-than", "30d")
    assert said == (
        "removed\t2\t1 files\t100 bytes\nRemoved 1 files of 1 file handles, 100 bytes.\n"
    )
    assert new.exists()
    assert not old.parent.exists()


def test_purge_by_the_time_of_the_note(shell: Shell) -> None:
    new, old = shell.put(1), shell.put(2, idle=31 * 24 * HOUR)
    os.utime(old.parent)  # used just now, noted long ago
    date = time.strftime("%Y-%m-%d", time.localtime(time.time() - 3 * 24 * HOUR))
    assert shell.ok("purge", "--before", date).startswith("removed\t2\t")
    assert not old.exists()
    assert shell.ok("purge", "--after", date + "T12:00").startswith("removed\t1\t")
    assert not new.exists()


def test_purge_to_a_size(shell: Shell) -> None:
    paths = {age: shell.put(age, idle=age * 60) for age in (1, 2, 3, 4)}
    said = shell.ok("purge", "--keep", "250")
    assert [line.split("\t")[1] for line in said.splitlines()[:-1]] == ["4", "3"]
    assert [age for age, path in paths.items() if path.exists()] == [1, 2]


def test_what_is_needed_stays_and_is_named(shell: Shell) -> None:
    changed, fetched, other = shell.put(1), shell.put(2), shell.put(3)
    changed.write_text("a person's own work")
    (fetched.parent / FETCHING).write_text("another.example.org 1 x\n")
    said = shell.ok("purge", "--all").splitlines()
    assert sorted(said[:-1]) == [
        "removed\t3\t1 files\t100 bytes",
        "stays\t1\tsomebody has changed it",
        "stays\t2\tsomebody is fetching it",
    ]
    assert said[-1] == "Removed 1 files of 1 file handles, 100 bytes; 2 file handles stay."
    assert [path.exists() for path in (changed, fetched, other)] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "one of the arguments --before --after --older-than --keep --all is required"),
        (["--all", "--keep", "1GB"], "not allowed with argument"),
        (["--older-than", "a month"], "'a month' is not an age: write 90m, 12h, 30d or 4w"),
        (["--before", "yesterday"], "'yesterday' is not a date: write 2026-01-31"),
        (["--keep", "some"], "'some' is not a size: write 200GB"),
    ],
)
def test_what_to_purge_must_be_said(shell: Shell, words: list[str], why: str) -> None:
    path = shell.put(1)
    code, out, err = shell.run("purge", *words)
    assert (code, out) == (2, "")
    assert why in err
    assert path.exists()


def test_verify(shell: Shell) -> None:
    right, bad, changed = shell.put(1), shell.put(2), shell.put(3)
    changed.write_text("a person's own work")
    time_of = os.stat(bad)
    bad.write_text("z" * 100)  # as a disk does that forgets: neither size nor time tell
    os.utime(bad, ns=(time_of.st_atime_ns, time_of.st_mtime_ns))
    md5s = [hashlib.md5(letter * 100).hexdigest() for letter in (b"z", b"x")]
    why = f"bad\t{bad}\tits MD5 is {md5s[0]}, not {md5s[1]}"
    count = (
        "1 files are right, 1 are bad, 1 were not compared: changed since, noted without an MD5, or"
        " not yours to read."
    )

    code, out, _ = shell.run("verify")
    assert code == 1
    assert out.splitlines()[:2] == [why, count]
    assert bad.exists()

    assert shell.ok("verify", "--fix").splitlines() == [f"{why} (removed)", count]
    assert not bad.exists()
    assert shell.cache.get(2) is None
    assert right.exists()
    assert changed.exists()
    assert shell.ok("verify").startswith("1 files are right, 0 are bad, 1 were not compared")


def test_a_bad_file_that_cannot_be_removed_is_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = shell.put(1)
    time_of = os.stat(bad)
    bad.write_text("z" * 100)
    os.utime(bad, ns=(time_of.st_atime_ns, time_of.st_mtime_ns))

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("synapseclient.core.cache.os.remove", refuse)
    code, out, _ = shell.run("verify", "--fix")
    assert code == 1
    assert "(it cannot be removed: Permission denied)" in out
