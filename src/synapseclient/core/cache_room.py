"""What a cache holds, and what to drop of it: the largest it may be, ages, MD5s.

When a file was last used, the time of its folder says; ``Cache.get`` sets that every ten minutes
at most. Times of access are not kept on most clusters. What was used within the last hour
stays, and so does what somebody has changed, whatever the limit. Two processes that make room at
once drop the same things, and each finds half of them gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapseclient.core.claims import FETCHING, Claim
from synapseclient.core.utils import md5_of_file

if TYPE_CHECKING:
    from synapseclient.core.cache import Cache

IN_USE_SECONDS = 3600.0
_COUNTED_SECONDS = 3600.0
"""How long a count is believed; what others add meanwhile is in it only by and by."""
_LOW = 0.9
"""To which part of the limit room is made, so that not each file makes some."""
_STEP = 0.01
"""Which part of the limit may be added before that is written down."""
_ABANDONED_SECONDS = 3600.0
_USAGE = ".usage.json"
_CLAIM = ".usage.claim"
_DROPPED = ".dropped-"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?\s*\Z", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Bytes, from what a person writes: ``200GB``, ``1.5 TiB``, ``500000``.

    Raises:
        ValueError: It is not a size.

    >>> parse_size("1.5 GB"), parse_size("2KiB"), parse_size("17")
    (1500000000, 2048, 17)
    """
    match = _SIZE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a size: write 200GB, 1.5TB or a number of bytes.")
    number, unit, binary = match.groups()
    power = list(_UNITS).index(unit.lower())
    return int(float(number) * (1024**power if binary else _UNITS[unit.lower()]))


@dataclass(frozen=True, slots=True)
class Held:
    """What a cache holds of one file handle."""

    folder: str
    files: int
    size: int
    """Bytes of its own files; copies elsewhere are their owners'."""
    used: float
    """When it was last used, in seconds since the epoch."""

    @property
    def file_handle_id(self) -> str:
        """Whose folder it is."""
        return os.path.basename(self.folder)


def look(cache: Cache) -> Iterator[Held]:
    """All that a cache holds. Reads every folder of it."""
    for folder in cache.folders():
        files = size = 0
        try:
            used = os.stat(folder).st_mtime
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                        files += 1
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # somebody has dropped it
        yield Held(folder, files, size, used)


def make_room(cache: Cache, most: int, *, idle: float = 0.0, dry_run: bool = False) -> list[Held]:
    """Drop what was not used for longest, until the rest fits; what was dropped.

    Args:
        cache: The cache.
        most: Bytes that may stay.
        idle: Keep what was used within so many seconds.
        dry_run: Drop nothing.
    """
    held = sorted(look(cache), key=lambda each: each.used)
    total = sum(each.size for each in held)
    dropped = []
    for each in held:
        if total <= most or time.time() - each.used < idle:
            break
        if drop(cache, each, dry_run=dry_run):
            dropped.append(each)
            total -= each.size
    if not dry_run:
        _note(cache, total)
        _clear(cache)
    return dropped


def drop(cache: Cache, held: Held, *, dry_run: bool = False) -> bool:
    """Remove what is held of a file handle, unless somebody is fetching it or has changed it."""
    if os.path.lexists(os.path.join(held.folder, FETCHING)) or cache.changed(held.folder):
        return False
    try:
        if os.stat(held.folder).st_mtime > held.used:  # somebody uses it again
            return False
    except OSError:
        return False
    return dry_run or cache.drop(held.folder)


def grow(cache: Cache, bytes_: int) -> int:
    """Take account of so many bytes that were added, and make room if they are too many; how
    many of them are not written down yet."""
    assert cache.max_size is not None
    known = _noted(cache)
    if known is not None and bytes_ < cache.max_size * _STEP and known + bytes_ < cache.max_size:
        return bytes_
    if known is not None and known + bytes_ < cache.max_size:
        _note(cache, known + bytes_, counted=False)
        return 0
    claim = Claim(os.path.join(cache.cache_root_dir, _CLAIM))
    claim.break_if_dead()
    if claim.take():  # else somebody makes room at this moment
        try:
            make_room(cache, int(cache.max_size * _LOW), idle=IN_USE_SECONDS)
        finally:
            claim.drop()
    return 0


def _noted(cache: Cache) -> int | None:
    """What was counted, and added since; None if that was too long ago."""
    try:
        with open(os.path.join(cache.cache_root_dir, _USAGE), encoding="utf-8") as file:
            found = json.load(file)
        if abs(time.time() - found["counted"]) < _COUNTED_SECONDS:
            return int(found["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _note(cache: Cache, size: int, *, counted: bool = True) -> None:
    path = os.path.join(cache.cache_root_dir, _USAGE)
    temporary = f"{path}.{uuid.uuid4().hex}"
    when = time.time()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if not counted:
            with open(path, encoding="utf-8") as file:
                when = json.load(file)["counted"]
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"bytes": size, "counted": when}, file)
        os.replace(temporary, path)


def _clear(cache: Cache) -> None:
    """Remove what processes that died have left half removed."""
    with contextlib.suppress(OSError), os.scandir(cache.cache_root_dir) as entries:
        for entry in entries:
            old = time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_SECONDS
            if entry.name.startswith(_DROPPED) and old:
                shutil.rmtree(entry.path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Bad:
    """A file whose content is not what was noted."""

    path: str
    why: str


def verify(cache: Cache) -> Iterator[tuple[str, Bad | None]]:
    """Read every file of a cache that has a noted MD5; each with what is wrong, if anything."""
    for folder in cache.folders():
        for path, md5 in cache.noted(folder):
            try:
                found = md5_of_file(path)
            except OSError as error:
                yield path, Bad(path, f"it cannot be read: {error.strerror}")
                continue
            yield path, None if found == md5 else Bad(path, f"its MD5 is {found}, not {md5}")
