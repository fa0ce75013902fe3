"""The local cache, in the official layout, correct without locks.

    <root>/<file handle id % 1000>/<file handle id>/.cacheMap
    <root>/<file handle id % 1000>/<file handle id>/<file>

A ``.cacheMap`` is a JSON object from absolute paths, with forward slashes, to what the file
was when it was put there: ``{"modified_time": "…", "content_md5": "…"}`` (4.x), or just the
time (3.0.0). Both are read; the newer is written, with ``size`` and ``modified_ns`` beside, which
the official clients do not look at.

Locks lie on shared file systems, so nothing here relies on one. A map is replaced by a rename
and never torn. Two writers at once may lose one's entry: the file is then fetched once more,
never wrong. A map that cannot be read counts as empty.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

from synapseclient.core.utils import md5_of_file

CACHE_ROOT_DIR = os.path.join("~", ".synapseCache")
_MAP = ".cacheMap"
_FANOUT = 1000


def epoch_time_to_iso(epoch_time: float) -> str:
    """Seconds since the epoch as the map writes them: whole seconds, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(epoch_time))


def iso_time_to_epoch(iso_time: str) -> float:
    """The seconds since the epoch that the map means."""
    return float(calendar.timegm(time.strptime(iso_time[:19], "%Y-%m-%dT%H:%M:%S")))


def compare_timestamps(modified_time: float | None, cached_time: str | None) -> bool:
    """Whether a file's time is the one in the map, which has whole seconds."""
    if cached_time is None or modified_time is None:
        return False
    if cached_time.endswith(".000Z"):
        return cached_time == epoch_time_to_iso(modified_time)
    return cached_time[:19] == epoch_time_to_iso(modified_time)[:19]


def _slashes(path: str) -> str:
    return os.path.abspath(path).replace("\\", "/")


def _modified(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None


class Cache:
    """Finds files that were fetched or sent before."""

    def __init__(self, cache_root_dir: str = CACHE_ROOT_DIR, fanout: int = _FANOUT) -> None:
        self.cache_root_dir = os.path.expandvars(os.path.expanduser(cache_root_dir))
        self.fanout = fanout
        self.cache_map_file_name = _MAP

    def get_cache_dir(self, file_handle_id: str | int | Mapping[str, Any]) -> str:
        """The folder of a file handle, or of a file's one; it need not exist."""
        if isinstance(file_handle_id, Mapping):
            file_handle_id = file_handle_id["dataFileHandleId"]
        number = int(cast(str, file_handle_id))
        return os.path.join(self.cache_root_dir, str(number % self.fanout), str(number))

    # -------------------------------------------------------------- the map

    def _read(self, folder: str) -> dict[str, Any]:
        try:
            with open(os.path.join(folder, _MAP), encoding="utf-8") as file:
                found = json.load(file)
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, folder: str, entries: dict[str, Any]) -> None:
        """Note what is in the cache, if that can be.

        A quota, a full disk or a read-only cache are no reason to lose what was fetched or sent:
        the file itself is there, only its note is not, and some day it is fetched once more.
        """
        temporary = os.path.join(folder, f"{_MAP}.{uuid.uuid4().hex}")
        try:
            os.makedirs(folder, exist_ok=True)
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(entries, file)
                file.write("\n")
            os.replace(temporary, os.path.join(folder, _MAP))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

    @staticmethod
    def _unpack(entry: Any) -> tuple[str | None, str | None]:
        if isinstance(entry, dict):
            return entry.get("modified_time"), entry.get("content_md5")
        return (entry if isinstance(entry, str) else None), None

    def _unchanged(self, path: str, entry: Any) -> bool:
        try:
            found = os.stat(path)
        except OSError:
            return False
        if isinstance(entry, dict) and "modified_ns" in entry:
            # Whole seconds miss a change within the same one; this is what we wrote ourselves.
            return [found.st_size, found.st_mtime_ns] == [entry.get("size"), entry["modified_ns"]]
        noted, md5 = self._unpack(entry)
        if not compare_timestamps(found.st_mtime, noted):
            return False
        try:
            return md5 is None or md5_of_file(path) == md5
        except OSError:
            return False

    # -------------------------------------------------------------- verbs

    def contains(self, file_handle_id: str | int | Mapping[str, Any], path: str) -> bool:
        """Whether a file is the unmodified content of a file handle."""
        entries = self._read(self.get_cache_dir(file_handle_id))
        entry = entries.get(_slashes(path))
        return entry is not None and self._unchanged(path, entry)

    def get(
        self, file_handle_id: str | int | Mapping[str, Any], path: str | None = None
    ) -> str | None:
        """Where an unmodified copy of a file handle's content lies.

        Args:
            file_handle_id: Whose content.
            path: A file that it must be, or a folder that it must lie in; anywhere if not given.

        Returns:
            The path, or None.
        """
        entries = self._read(self.get_cache_dir(file_handle_id))
        if path is not None:
            if not os.path.isdir(path):
                entry = entries.get(_slashes(path))
                return path if entry is not None and self._unchanged(path, entry) else None
            wanted = os.path.normcase(_slashes(path))
            for found, entry in entries.items():
                inside = os.path.normcase(os.path.dirname(found).replace("\\", "/")) == wanted
                if inside and self._unchanged(found, entry):
                    return found
            return None
        good = [
            (self._unpack(entry)[0] or "", found)
            for found, entry in entries.items()
            if self._unchanged(found, entry)
        ]
        return max(good)[1] if good else None

    def md5(self, file_handle_id: str | int | Mapping[str, Any], path: str) -> str | None:
        """The MD5 that was noted for an unmodified copy, to save hashing it again."""
        entry = self._read(self.get_cache_dir(file_handle_id)).get(_slashes(path))
        return self._unpack(entry)[1] if entry and self._unchanged(path, entry) else None

    def add(
        self, file_handle_id: str | int | Mapping[str, Any], path: str, md5: str | None = None
    ) -> dict[str, Any]:
        """Note that a file has the content of a file handle.

        Raises:
            ValueError: There is no such file.
        """
        if not os.path.isfile(path):
            raise ValueError(f'Can\'t find file "{path}"')
        found = os.stat(path)
        folder = self.get_cache_dir(file_handle_id)
        entries = self._read(folder)
        entries[_slashes(path)] = {
            "modified_time": epoch_time_to_iso(found.st_mtime),
            "content_md5": md5,
            "size": found.st_size,
            "modified_ns": found.st_mtime_ns,
        }
        self._write(folder, entries)
        return entries

    def remove(
        self,
        file_handle_id: str | int | Mapping[str, Any],
        path: str | None = None,
        delete: bool | None = None,
    ) -> list[str]:
        """Forget a copy, or all copies, of a file handle's content; ``delete`` the files, too."""
        folder = self.get_cache_dir(file_handle_id)
        entries = self._read(folder)
        removed = list(entries) if path is None else [_slashes(path)]
        removed = [each for each in removed if each in entries]
        for each in removed:
            del entries[each]
            if delete and os.path.exists(each):
                os.remove(each)
        self._write(folder, entries)
        return removed

    def _folders(self) -> Iterator[str]:
        for outer in _numbers(self.cache_root_dir):
            yield from _numbers(outer)

    def purge(self, before_date: Any = None, after_date: Any = None, dry_run: bool = False) -> int:
        """Remove whole file handles last noted before and after these moments; how many.

        Dates are ``datetime`` or seconds since the epoch; at least one must be given.
        """
        before, after = _seconds(before_date), _seconds(after_date)
        if before is None and after is None:
            raise ValueError("Either before date or after date should be provided")
        if before is not None and after is not None and before < after:
            raise ValueError("Before date should be larger than after date")
        count = 0
        for folder in self._folders():
            modified = _modified(os.path.join(folder, _MAP))
            if modified is None:
                continue
            if (before is None or modified < before) and (after is None or modified > after):
                count += 1
                if not dry_run:
                    shutil.rmtree(folder, ignore_errors=True)
        return count


def _numbers(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.isdecimal() and entry.is_dir():
                    yield entry.path
    except OSError:
        return


def _seconds(moment: Any) -> float | None:
    if moment is None:
        return None
    if hasattr(moment, "timestamp"):
        return float(moment.timestamp())
    return float(moment)
