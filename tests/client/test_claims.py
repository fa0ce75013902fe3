"""Who does what others want, too."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synapseclient.core import claims
from synapseclient.core.claims import Claim, one_at_a_time


def quick(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    """Let what takes half a minute take less."""
    for name, value in seconds.items():
        monkeypatch.setattr(claims, f"_{name.upper()}_SECONDS", value)


def dead() -> int:
    """The number of a process that was."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(60)
    return process.pid


def nobody() -> None:
    raise AssertionError("it was told that one waits")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claim"


async def wait_for(
    path: Path, look: Callable[[], str | None], tell: Callable[[], None] = nobody
) -> tuple[str | None, str]:
    """What somebody else has done; and what the claim said meanwhile."""
    async with asyncio.timeout(60), one_at_a_time(str(path), look, tell) as found:
        return found, path.read_text() if path.exists() else ""


def test_one_has_it(path: Path) -> None:
    first, second = Claim(str(path)), Claim(str(path))
    assert first.take()
    assert not second.take()
    second.drop()  # it is not its own
    assert path.exists()
    first.drop()
    assert second.take()


def test_where_none_can_be_made_all_go_on(tmp_path: Path) -> None:
    nowhere = tmp_path / "gone" / "claim"
    assert asyncio.run(wait_for(nowhere, lambda: None)) == (None, "")


def test_it_is_gone_afterwards_also_after_a_failure(path: Path) -> None:
    found, text = asyncio.run(wait_for(path, lambda: None))
    assert found is None
    assert text.split()[:2] == [socket.gethostname(), str(os.getpid())]
    assert not path.exists()

    async def fail() -> None:
        async with one_at_a_time(str(path), lambda: None, nobody):
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        asyncio.run(fail())
    assert not path.exists()


def test_who_waits_finds_what_was_done(path: Path) -> None:
    done: list[str] = []
    at_work: list[int] = []

    async def work() -> str:
        async with one_at_a_time(str(path), lambda: done[0] if done else None, nobody) as found:
            if found is not None:
                return found
            at_work.append(1)
            await asyncio.sleep(0.1)
            done.append("the file")
            return "done"

    async def both() -> list[str]:
        return await asyncio.gather(*(work() for _ in range(5)))

    assert sorted(asyncio.run(both())) == ["done", *["the file"] * 4]
    assert at_work == [1]


def test_a_dead_process_of_this_host_is_taken_over_from(path: Path) -> None:
    path.write_text(f"{socket.gethostname()} {dead()} x\n")
    found, text = asyncio.run(wait_for(path, lambda: None))
    assert found is None
    assert text.split()[1] == str(os.getpid())


def test_a_silent_owner_is_taken_over_from(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch, silent=0.1)
    path.write_text("another.example.org 1 x\n")
    found, text = asyncio.run(wait_for(path, lambda: None))
    assert found is None
    assert text.split()[1] == str(os.getpid())


def test_who_shows_itself_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However wrong its clock is."""
    quick(monkeypatch, silent=5.0)
    owner, waiter = Claim(str(path)), Claim(str(path))
    path.write_text("another.example.org 1 x\n")
    now = [100.0]
    monkeypatch.setattr(claims.time, "monotonic", lambda: now[0])
    for moment in range(10):
        os.utime(path, (1_000_000 + moment, 1_000_000 + moment))
        waiter.break_if_dead()
        now[0] += 4.0
    assert not owner.take()
    waiter.break_if_dead()
    now[0] += 4.0
    waiter.break_if_dead()
    assert owner.take()


def test_an_owner_shows_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch, refresh=0.01)

    async def work() -> None:
        async with asyncio.timeout(60), one_at_a_time(str(path), lambda: None, nobody):
            os.utime(path, (1_000_000, 1_000_000))
            while path.stat().st_mtime == 1_000_000:  # noqa: ASYNC110  a file has no event
                await asyncio.sleep(0.01)

    asyncio.run(work())


def test_who_was_taken_over_from_leaves_the_claim_alone(path: Path) -> None:
    first, second = Claim(str(path)), Claim(str(path))
    assert first.take()
    path.unlink()
    assert second.take()
    first.drop()
    assert path.exists()


def test_who_waits_is_told_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch, tell=0.0)
    path.write_text("another.example.org 1 x\n")
    told: list[int] = []
    looks: list[int] = []

    def look() -> str | None:
        looks.append(1)
        return "the file" if len(looks) == 5 else None

    found, _ = asyncio.run(wait_for(path, look, lambda: told.append(1)))
    assert found == "the file"
    assert told == [1]
    assert path.exists()  # it is not ours


def test_who_let_it_go_does_not_keep_the_next_ones_alive(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch, refresh=0.01)

    async def work() -> None:
        async with one_at_a_time(str(path), lambda: "done", nobody) as found:
            assert found == "done"
            assert Claim(str(path)).take()  # somebody else's, which may die
            os.utime(path, (1, 1))
            await asyncio.sleep(0.2)
            assert path.stat().st_mtime == 1

    asyncio.run(work())
    assert path.exists()
