"""What lies beside a SQLite database and is made from it: indexes, which know up to where they have
read.

A database that is put back from a backup, or taken from elsewhere, is behind or beside what they have
read. Then all of them go, and are made anew.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import msgspec

from synapse_server.kernel import secrets
from synapse_server.kernel.database import Tx, scalar

log = logging.getLogger("synapse.indexes")
_FOLDERS = ("tables", "search")


class _Seen(msgspec.Struct):
    """Which database was seen here last, and what its latest change was."""

    database: str
    moment: int


async def _state(tx: Tx) -> _Seen:
    name = await secrets.obtain(tx, "name of this database", secrets.random_key)
    return _Seen(name, int(await scalar(tx, tx.dialect.watermark())))


async def check(tx: Tx, folder: Path) -> None:
    """Remove what was not made from this database as it is now. Call it before anything is read."""
    now = await _state(tx)
    try:
        before = msgspec.json.decode(_path(folder).read_bytes(), type=_Seen)
    except FileNotFoundError:
        before = now
    except msgspec.DecodeError:
        before = _Seen("", 0)  # torn: nothing is known
    if before.database != now.database or before.moment > now.moment:
        log.warning("The database is not the one that was here before: its indexes are made anew.")
        for name in _FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
    _keep(folder, now)


async def note(tx: Tx, folder: Path) -> None:
    """Remember how far the database has come: indexes may have read as far."""
    _keep(folder, await _state(tx))


def _path(folder: Path) -> Path:
    return folder / "seen.json"


def _keep(folder: Path, state: _Seen) -> None:
    new = _path(folder).with_suffix(".new")
    new.write_bytes(msgspec.json.encode(state))
    new.replace(_path(folder))
