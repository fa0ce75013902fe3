"""A folder for files that go with this process.

It is held by a lock on one of its files for as long as the process lives. What is held no more was
left by a process that was killed, and is removed by the next one that begins beside it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "synapse-scratch-"
_HELD = "held"


class Scratch:
    """A folder with a subfolder for each purpose; made when it is first asked for."""

    def __init__(self, place: Path) -> None:
        """
        Args:
            place: Where the folder is to be; other processes may have theirs there, too.
        """
        self._place = place
        self._own: Path | None = None
        self._lock = -1

    def folder(self, purpose: str) -> Path:
        """A subfolder; made again when somebody cleaned up."""
        if self._own is None:
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_left(self._place)
            self._own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._place))
            self._lock = _hold(self._own)
        folder = self._own / purpose
        # What is in it is as secret as the database.
        self._own.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def close(self) -> None:
        """Remove the folder."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            os.close(self._lock)
            self._own = None


def _hold(folder: Path) -> int:
    """Hold a folder; what to close to let it go. Nobody ever sees the file without its lock."""
    new = folder / "new"
    lock = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    new.rename(folder / _HELD)
    return lock


def _remove_left(place: Path) -> None:
    for held in place.glob(f"{_PREFIX}*/{_HELD}"):
        # It is held, somebody else's, or gone by now.
        with contextlib.suppress(OSError), held.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(held.parent)
