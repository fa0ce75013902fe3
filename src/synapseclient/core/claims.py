"""Who does something that others want, too: told by a file, so that they wait for it.

A claim saves work and guards nothing. Who is wrong about one, because a file system is slow to
tell or a host has died, does the work a second time, and what comes of it is the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

R = TypeVar("R")

FETCHING = ".fetching"
"""The claim, in the cache's folder of a file handle, of who fetches its content."""
_REFRESH_SECONDS = 5.0
_SILENT_SECONDS = 30.0
"""A claim that was not refreshed for so long is nobody's."""
_TELL_SECONDS = 3.0
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0


class Claim:
    """A file that says who does something."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._text = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}\n"
        self._watched: tuple[str, float] | None = None
        self._since = 0.0

    def take(self) -> bool:
        """Whether it is ours now: it was nobody's. Also if none can be made here."""
        try:
            file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        except OSError:
            return True
        with contextlib.suppress(OSError):
            os.write(file, self._text.encode())
        os.close(file)
        return True

    def refresh(self) -> None:
        """Show that we are still at it."""
        with contextlib.suppress(OSError):
            os.utime(self.path)

    def drop(self) -> None:
        """Let it go, unless somebody has taken it over."""
        with contextlib.suppress(OSError):
            if _text(self.path) == self._text:
                os.unlink(self.path)

    def break_if_dead(self, *, after: float | None = None) -> None:
        """Remove a claim whose owner is gone: a process of this host that is no more, or one
        that has not shown itself for long, by our clock and not by that of the file system.

        Args:
            after: Who looks but once has not seen it for long, and must trust that clock: for so
                many seconds, far more than two clocks differ by.
        """
        text = _text(self.path)
        try:
            seen = text, os.stat(self.path).st_mtime
        except OSError:
            return
        now = time.monotonic()
        if seen != self._watched:
            self._watched, self._since = seen, now
        host, _, rest = text.partition(" ")
        pid = rest.partition(" ")[0]
        gone = host == socket.gethostname() and pid.isdecimal() and not _lives(int(pid))
        old = after is not None and time.time() - seen[1] > after
        if gone or old or now - self._since > _SILENT_SECONDS:
            with contextlib.suppress(OSError):
                if _text(self.path) == text:
                    os.unlink(self.path)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1000)
    except OSError:
        return ""


def _lives(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, signal 0 is Ctrl-C
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@asynccontextmanager
async def one_at_a_time(
    path: str, look: Callable[[], R | None], tell: Callable[[], None], *, seen_by_all: bool = True
) -> AsyncIterator[R | None]:
    """Let one of many do something, while the others wait for what comes of it.

    Args:
        path: The file of the claim, in a folder that exists.
        look: What came of it, if it is there.
        tell: Called once, when one has waited for some time.
        seen_by_all: Whoever waits can see what came of it. Else, who has waited and sees nothing
            does not keep others waiting: it may lie on the disk of another host.

    Yields:
        What somebody else has done; None to whom it falls to do it.
    """
    claim = Claim(path)
    started = time.monotonic()
    pause = _FIRST_PAUSE
    told = waited = False
    while not claim.take():
        waited = True
        found = await asyncio.to_thread(look)
        if found is not None:
            yield found
            return
        if not told and time.monotonic() - started > _TELL_SECONDS:
            told = True
            tell()
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)
        await asyncio.to_thread(claim.break_if_dead)
    refreshing = asyncio.ensure_future(_refresh(claim))
    try:
        # Somebody may have been done with it just before.
        found = await asyncio.to_thread(look)
        if found is not None or (waited and not seen_by_all):
            refreshing.cancel()  # or it would keep the next one's alive
            claim.drop()
        yield found
    finally:
        refreshing.cancel()
        claim.drop()


async def _refresh(claim: Claim) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        await asyncio.to_thread(claim.refresh)
