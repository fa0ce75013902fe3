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
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from synapseclient.core.claims import Claim
from synapseclient.core.utils import md5_of_file, unique

if TYPE_CHECKING:
    from synapseclient.core.cache import Cache

IN_USE_SECONDS = 3600.0
_COUNTED_SECONDS = 3600.0
"""How long a count is believed; what others add meanwhile is in it only by and by."""
_LOW = 0.9
"""To which part of the limit room is made, so that not each file makes some."""
_STEP = 0.01
"""Which part of the limit may be added before that is written down."""
_AGAIN_SECONDS = 60.0
"""How long nobody counts again when all that was left was in use and still too much."""
_ABANDONED_SECONDS = 3600.0
"""When what a process was at is left to nobody, by a clock that may be wrong by minutes."""
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


def format_size(count: int) -> str:
    """Bytes as ``parse_size`` reads them, and a person.

    >>> format_size(1_500_000_000), format_size(17), format_size(200 * 10**9)
    ('1.5 GB', '17 bytes', '200 GB')
    """
    for unit, one in reversed(_UNITS.items()):
        if unit and count >= one:
            return f"{count / one:.1f}".removesuffix(".0") + f" {unit.upper()}B"
    return f"{count} bytes"


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


@dataclass(frozen=True, slots=True)
class Swept:
    """What was to go."""

    held: Held
    kept: str | None
    """Why it stays; None if it is gone."""


def sweep(
    cache: Cache, wanted: Iterable[Held], *, dry_run: bool = False, forget: bool = True
) -> Iterator[Swept]:
    """Drop file handles, but not what somebody is fetching or has changed.

    Args:
        cache: The cache.
        wanted: What is to go.
        dry_run: Drop nothing.
        forget: Forget copies outside the cache, too.
    """
    for each in wanted:
        kept = _needed(cache, each)
        failed = kept is None and not dry_run and not cache.drop(each.folder, forget=forget)
        if failed and os.path.lexists(each.folder):  # else somebody else has dropped it just now
            kept = "it cannot be removed: look at who may write to its folder"
        yield Swept(each, kept)
    if not dry_run:
        _clear(cache)


def make_room(cache: Cache, most: int, *, idle: float = 0.0, dry_run: bool = False) -> list[Swept]:
    """Drop what was not used for longest, until the rest fits; what became of each.

    Args:
        cache: The cache.
        most: Bytes that may stay.
        idle: Keep what was used within so many seconds.
        dry_run: Drop nothing.
    """
    held = sorted(look(cache), key=lambda each: each.used)
    total = sum(each.size for each in held)

    def too_many() -> Iterator[Held]:
        for each in held:
            if total <= most or time.time() - each.used < idle:
                return
            if each.files:  # else there are but notes of copies elsewhere
                yield each

    swept = []
    for each in sweep(cache, too_many(), dry_run=dry_run, forget=False):
        swept.append(each)
        if each.kept is None:
            total -= each.held.size
    if not dry_run:
        _note(cache, total, full=total > most)
    return swept


def _needed(cache: Cache, held: Held) -> str | None:
    """Why the folder of a file handle must stay."""
    now = time.time()
    with contextlib.suppress(OSError):
        # Whoever fetches shows it every few seconds; one that was killed leaves its claim behind.
        if now - os.lstat(cache.claim(held.folder)).st_mtime < _ABANDONED_SECONDS:
            return "somebody is fetching it"
    if cache.changed(held.folder):
        return "somebody has changed it"
    with contextlib.suppress(OSError):
        if os.stat(held.folder).st_mtime > held.used:
            return "somebody has used it just now"
    return None


def grow(cache: Cache, bytes_: int) -> int:
    """Take account of so many bytes that were added, and make room if they are too many; how
    many of them are not written down yet."""
    assert cache.max_size is not None
    known = _noted(cache)
    if known is not None and (known.bytes + bytes_ < cache.max_size or known.in_vain):
        if bytes_ < cache.max_size * _STEP:
            return bytes_
        _note(cache, known.bytes + bytes_, known)
        return 0
    claim = Claim(os.path.join(cache.cache_root_dir, _CLAIM))
    claim.break_if_dead(after=_ABANDONED_SECONDS)
    if claim.take():  # else somebody makes room at this moment
        try:
            make_room(cache, int(cache.max_size * _LOW), idle=IN_USE_SECONDS)
        finally:
            claim.drop()
    return 0


@dataclass(frozen=True, slots=True)
class _Count:
    """What was counted, and added since."""

    bytes: int
    counted: float
    full: bool
    """All that could go was gone, and the rest was still too much."""

    @property
    def in_vain(self) -> bool:
        """Whether it is too early to count once more what does not fit."""
        return self.full and abs(time.time() - self.counted) < _AGAIN_SECONDS


def _noted(cache: Cache) -> _Count | None:
    """What is written down; None if nothing is, or it was counted too long ago."""
    try:
        with open(os.path.join(cache.cache_root_dir, _USAGE), encoding="utf-8") as file:
            found = json.load(file)
        count = _Count(int(found["bytes"]), float(found["counted"]), bool(found.get("full")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return count if abs(time.time() - count.counted) < _COUNTED_SECONDS else None


def _note(cache: Cache, size: int, count: _Count | None = None, *, full: bool = False) -> None:
    """Write down a new count, or what was added to one."""
    path = os.path.join(cache.cache_root_dir, _USAGE)
    temporary = f"{path}.{unique()}"
    fresh = _Count(size, time.time(), full) if count is None else replace(count, bytes=size)
    with contextlib.suppress(OSError):
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(asdict(fresh), file)
        cache.share(temporary)
        os.replace(temporary, path)


def _clear(cache: Cache) -> None:
    """Remove what processes that died have left half removed."""
    with contextlib.suppress(OSError), os.scandir(cache.cache_root_dir) as entries:
        for entry in entries:
            if entry.name.startswith(_DROPPED):
                modified = entry.stat(follow_symlinks=False).st_mtime
                if time.time() - modified > _ABANDONED_SECONDS:
                    shutil.rmtree(entry.path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Bad:
    """A file whose content is not what was noted."""

    path: str
    why: str


def verify(cache: Cache) -> Iterator[tuple[str, Bad | None]]:
    """Read every file of a cache that we may and that has a noted MD5; each with what is wrong, if anything."""
    for folder in cache.folders():
        for path, md5 in cache.noted(folder):
            try:
                found = md5_of_file(path)
            except (FileNotFoundError, PermissionError):
                continue  # dropped just now, or somebody else's
            except OSError as error:
                yield path, Bad(path, f"it cannot be read: {error.strerror}")
                continue
            yield path, None if found == md5 else Bad(path, f"its MD5 is {found}, not {md5}")
