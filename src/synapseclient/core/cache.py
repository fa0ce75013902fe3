"""The local cache, in the official layout, correct without locks.

    <root>/<file handle id % 1000>/<file handle id>/.cacheMap
    <root>/<file handle id % 1000>/<file handle id>/<file>

A ``.cacheMap`` is a JSON object from absolute paths, with forward slashes, to what the file
was when it was put there: ``{"modified_time": "…", "content_md5": "…"}`` (4.x), or just the
time (3.0.0). Both are read; the newer is written, with ``size`` and ``modified_ns`` beside, which
the official clients do not look at.

Locks lie on shared file systems, so nothing here relies on one. A file gets its name when it is
whole and right, and a map is replaced by a rename, so that neither is ever seen in part. The
official clients' lock, a folder ``.cacheMap.lock``, is respected for their sake, who write a map
in place, and because it saves what two writers at once would lose. If an entry is lost in spite
of that, its file is found by its MD5, or fetched once more; it is never wrong.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import os
import random
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from synapseclient.core.claims import FETCHING
from synapseclient.core.utils import md5_of_file, unique, write_new

CACHE_ROOT_DIR = os.path.join("~", ".synapseCache")
_MAP = ".cacheMap"
_LOCK = ".cacheMap.lock"
_FANOUT = 1000
_LOOKS = 50
_PAUSE = 0.01
_YOUNG_SECONDS = 2.0
_STALE_SECONDS = 10.0
USED_SECONDS = 600
"""How often, at most, it is noted that a file is in use."""


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

    def __init__(
        self,
        cache_root_dir: str = CACHE_ROOT_DIR,
        fanout: int = _FANOUT,
        *,
        max_size: int | None = None,
        sites: Sequence[str] = (),
    ) -> None:
        """Use a folder, which need not exist.

        Args:
            cache_root_dir: The folder; variables and ``~`` are put in.
            fanout: Into how many folders those of the file handles are spread.
            max_size: Bytes that it may hold; what was not used for longest goes first.
            sites: Folders of other caches, which are only read, and looked at after this one.
        """
        self.cache_root_dir = os.path.expandvars(os.path.expanduser(cache_root_dir))
        self.fanout = fanout
        self.cache_map_file_name = _MAP
        self.max_size = max_size
        self.sites = [Cache(each, fanout) for each in sites]
        self._grown = 0

    def get_cache_dir(self, file_handle_id: str | int | Mapping[str, Any]) -> str:
        """The folder of a file handle, or of a file's one; it need not exist."""
        if isinstance(file_handle_id, Mapping):
            file_handle_id = file_handle_id["dataFileHandleId"]
        number = int(cast(str, file_handle_id))
        return os.path.join(self.cache_root_dir, str(number % self.fanout), str(number))

    # -------------------------------------------------------------- the map

    def _read(self, folder: str) -> dict[str, Any]:
        path = os.path.join(folder, _MAP)
        for _ in range(_LOOKS):
            try:
                with open(path, encoding="utf-8") as file:
                    found = json.load(file)
                return found if isinstance(found, dict) else {}
            except OSError:
                return {}
            except ValueError:
                # Somebody may be writing it at this moment, as official clients do, in place.
                modified = _modified(path)
                if modified is None or abs(time.time() - modified) > _YOUNG_SECONDS:
                    return {}
                time.sleep(_PAUSE)
        return {}

    def _update(self, folder: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a map, if that can be.

        A quota, a full disk or a read-only cache are no reason to lose what was fetched or sent:
        the file itself is there, only its note is not, and some day it is fetched once more.
        """
        temporary = os.path.join(folder, f"{_MAP}.{unique()}")
        try:
            self.make(folder)
            with _courtesy(os.path.join(folder, _LOCK)):
                entries = self._read(folder)
                change(entries)
                with open(temporary, "w", encoding="utf-8") as file:
                    file.write(json.dumps(entries) + "\n")
                self.share(temporary)
                os.replace(temporary, os.path.join(folder, _MAP))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

    def _begin(self, folder: str, entries: dict[str, Any], *, new: bool) -> bool:
        """Whether a map was made with its first entries; there was none, and nobody at it.

        In a ``new`` folder nobody is: it has just been made.
        """
        path = os.path.join(folder, _MAP)
        if not new and (os.path.lexists(path) or os.path.lexists(os.path.join(folder, _LOCK))):
            return False
        temporary = f"{path}.{unique()}"
        try:
            write_new(temporary, json.dumps(entries).encode() + b"\n")
            self.share(temporary)
            os.link(temporary, path)  # unlike a rename it replaces nobody's
        except (OSError, AttributeError):  # also where a file cannot have two names
            return False
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return True

    def make(self, folder: str) -> bool:
        """Make a folder of the cache, open to the group if the cache is; whether it is new.

        Raises:
            OSError: The cache cannot be written.
        """
        try:
            os.mkdir(folder)  # of a hundred thousand, most are in a folder that is there
            new = True
        except OSError:
            if os.path.isdir(folder):
                return False
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                text = (
                    f"{error.strerror}: the cache {self.cache_root_dir} cannot be written. Choose"
                    " another place by SYNAPSE_CACHE or [cache] location, or say where the file is"
                    " to go (downloadLocation)."
                )
                raise OSError(error.errno, text) from error
            new = False  # or somebody else was faster
        self.share(os.path.dirname(folder), folder)
        return new

    def share(self, *paths: str) -> None:
        """Give a group that shares the cache what its folder gives it, whatever the umask."""
        theirs = 0
        with contextlib.suppress(OSError):
            theirs = os.stat(self.cache_root_dir).st_mode & 0o2070
        for path in paths if theirs & 0o020 else ():
            with contextlib.suppress(OSError):
                mode = os.stat(path).st_mode
                wanted = mode | (theirs if stat.S_ISDIR(mode) else theirs & 0o060)
                if wanted != mode:
                    os.chmod(path, stat.S_IMODE(wanted))

    @staticmethod
    def _unpack(entry: Any) -> tuple[str | None, str | None]:
        if isinstance(entry, dict):
            return entry.get("modified_time"), entry.get("content_md5")
        return (entry if isinstance(entry, str) else None), None

    def _unchanged(self, path: str, entry: Any) -> bool:
        if not self._untouched(path, entry):
            return False
        md5 = self._unpack(entry)[1]
        try:
            return md5 is None or _exact(entry) or md5_of_file(path) == md5
        except OSError:
            return False

    def _untouched(self, path: str, entry: Any) -> bool:
        """Whether a file has the time, and the size if that was noted, that it had."""
        try:
            found = os.stat(path)
        except OSError:
            return False
        if _exact(entry):
            return [found.st_size, found.st_mtime_ns] == [entry.get("size"), entry["modified_ns"]]
        return compare_timestamps(found.st_mtime, self._unpack(entry)[0])

    def _own(self, folder: str) -> Iterator[tuple[str, Any]]:
        """The files of a handle's folder and their entries, under whatever name of the cache
        they were noted: it may be mounted at several places."""
        for noted, entry in self._read(folder).items():
            if os.path.dirname(noted).endswith(folder_name(folder)):
                yield os.path.join(folder, os.path.basename(noted)), entry

    # -------------------------------------------------------------- verbs

    def contains(self, file_handle_id: str | int | Mapping[str, Any], path: str) -> bool:
        """Whether a file is the unmodified content of a file handle."""
        entries = self._read(self.get_cache_dir(file_handle_id))
        entry = entries.get(_slashes(path))
        return entry is not None and self._unchanged(path, entry)

    def get(
        self,
        file_handle_id: str | int | Mapping[str, Any],
        path: str | None = None,
        *,
        md5: str | None = None,
        size: int | None = None,
    ) -> str | None:
        """Where an unmodified copy of a file handle's content lies.

        Args:
            file_handle_id: Whose content.
            path: A file that it must be, or a folder that it must lie in; anywhere if not given,
                in this cache or in one that is only read.
            md5: Of the content, if it is known: a file that nobody has noted is then found, too.
            size: Its bytes.

        Returns:
            The path, or None.
        """
        folder = self.get_cache_dir(file_handle_id)
        entries = self._read(folder)
        if path is not None and not os.path.isdir(path):
            entry = entries.get(_slashes(path))
            return path if entry is not None and self._unchanged(path, entry) else None
        if path is not None:
            wanted = os.path.normcase(_slashes(path))
            for found, entry in entries.items():
                inside = os.path.normcase(os.path.dirname(found).replace("\\", "/")) == wanted
                if inside and self._unchanged(found, entry):
                    self._used(folder, found)
                    return found
            return None
        good = [
            (self._unpack(entry)[0] or "", found)
            for found, entry in entries.items()
            if self._unchanged(found, entry)
        ]
        if good:
            found = max(good)[1]
            self._used(folder, found)
            return found
        if md5 is not None and (unlisted := self._unlisted(folder, md5, size)) is not None:
            with contextlib.suppress(ValueError, OSError):  # it may be renamed at this moment
                self.add(file_handle_id, unlisted, md5)
                return unlisted
        for site in self.sites:
            if (there := site._get_moved(file_handle_id)) is not None:
                return there
        return None

    def _unlisted(self, folder: str, md5: str, size: int | None) -> str | None:
        """A file of a handle's folder that has its content, although no map says so."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if (
                        not entry.name.startswith(".")
                        and ".synapse_download_" not in entry.name
                        and entry.is_file(follow_symlinks=False)
                        and (size is None or entry.stat().st_size == size)
                        and md5_of_file(entry.path) == md5
                    ):
                        return entry.path
        except OSError:
            pass
        return None

    def _get_moved(self, file_handle_id: str | int | Mapping[str, Any]) -> str | None:
        """The same as ``get`` for a cache that may be seen under another name than where it was
        filled: its files are those of its own folders."""
        folder = self.get_cache_dir(file_handle_id)
        for path, entry in self._own(folder):
            if self._unchanged(path, entry):
                return path
        return None

    def _used(self, folder: str, path: str) -> None:
        """Note, not often, that a file of the cache is in use: see ``core.cache_room``."""
        if path.startswith(_slashes(folder) + "/"):
            with contextlib.suppress(OSError):
                if time.time() - os.stat(folder).st_mtime > USED_SECONDS:
                    os.utime(folder)

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
        try:
            found = os.stat(path)
        except OSError:
            found = None
        if found is None or not stat.S_ISREG(found.st_mode):
            raise ValueError(f'Can\'t find file "{path}"')
        folder = self.get_cache_dir(file_handle_id)
        noted = _slashes(path)
        inside = noted.startswith(_slashes(folder) + "/")
        if inside:
            self.share(path)  # first: whoever reads the note reads the file
        entry = {
            "modified_time": epoch_time_to_iso(found.st_mtime),
            "content_md5": md5,
            "size": found.st_size,
            "modified_ns": found.st_mtime_ns,
        }
        entries: dict[str, Any] = {noted: entry}
        new = False
        with contextlib.suppress(OSError):
            new = self.make(folder)
        if not self._begin(folder, entries, new=new):

            def change(known: dict[str, Any]) -> None:
                known[noted] = entry
                entries.update(known)

            self._update(folder, change)
        if inside and self.max_size is not None:
            from synapseclient.core import cache_room  # late: few caches have a limit

            self._grown = cache_room.grow(self, self._grown + found.st_size)
        return entries

    def remove(
        self,
        file_handle_id: str | int | Mapping[str, Any],
        path: str | None = None,
        delete: bool | None = None,
    ) -> list[str]:
        """Forget a copy, or all copies, of a file handle's content; ``delete`` the files, too."""
        folder = self.get_cache_dir(file_handle_id)
        removed: list[str] = []

        def change(entries: dict[str, Any]) -> None:
            wanted = list(entries) if path is None else [_slashes(path)]
            for each in wanted:
                if entries.pop(each, None) is not None:
                    removed.append(each)

        self._update(folder, change)
        for each in removed if delete else ():
            if os.path.exists(each):
                os.remove(each)
        return removed

    @staticmethod
    def claim(folder: str) -> str:
        """The claim of who fetches what belongs into a handle's folder."""
        return os.path.join(folder, FETCHING)

    def folders(self) -> Iterator[str]:
        """The folders of all file handles."""
        for outer in _numbers(self.cache_root_dir):
            yield from _numbers(outer)

    def noted(self, folder: str) -> Iterator[tuple[str, str]]:
        """The files of a handle's folder that nobody has changed since, with their MD5s."""
        for path, entry in self._read(folder).items():
            md5 = self._unpack(entry)[1]
            inside = path.startswith(_slashes(folder) + "/")
            if md5 is not None and inside and self._untouched(path, entry):
                yield path, md5

    def noted_at(self, folder: str) -> float | None:
        """When something was last noted of a file handle, in seconds since the epoch."""
        return _modified(os.path.join(folder, _MAP))

    def changed(self, folder: str) -> bool:
        """Whether somebody has changed a file of a handle's folder since it was put there."""
        for path, entry in self._own(folder):
            if os.path.exists(path) and not self._untouched(path, entry):
                return True
        return False

    def drop(self, folder: str, *, forget: bool = True) -> bool:
        """Remove the folder of a file handle: whoever has a file of it open may read on, and
        whoever looks for one finds all of it or nothing. Whether it is gone.

        Args:
            folder: The folder.
            forget: Forget copies outside the cache, too; else they stay noted.
        """
        outside = {} if forget else self._outside(folder)
        gone = os.path.join(self.cache_root_dir, f".dropped-{unique()}")
        try:
            os.rename(folder, gone)
        except OSError:
            return False
        if outside:
            self._update(folder, lambda entries: entries.update(outside))
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def _outside(self, folder: str) -> dict[str, Any]:
        """The copies of a handle's content that lie elsewhere, as they were."""
        return {
            path: entry
            for path, entry in self._read(folder).items()
            if not os.path.dirname(path).endswith(folder_name(folder))
            and self._untouched(path, entry)
        }

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
        for folder in self.folders():
            noted = self.noted_at(folder)
            if noted is None:
                continue
            if (before is None or noted < before) and (after is None or noted > after):
                count += 1
                if not dry_run:
                    self.drop(folder)
        return count


@contextlib.contextmanager
def _courtesy(lock: str) -> Iterator[None]:
    """Hold the official clients' lock of a map, or go on without it when that takes long.

    It is theirs: a folder, void when it is ten seconds old.
    """
    started = time.monotonic()
    seen: float | None = None
    since = started
    held = False
    while time.monotonic() - started < 2 * _STALE_SECONDS:
        try:
            os.mkdir(lock)
            held = True
            break
        except FileExistsError:
            modified = _modified(lock)
            if modified != seen:
                seen, since = modified, time.monotonic()
            elif time.monotonic() - since > _STALE_SECONDS:
                with contextlib.suppress(OSError):
                    os.rmdir(lock)
            time.sleep(_PAUSE * random.uniform(0.5, 1.5))  # noqa: S311  so that not all meet again
        except OSError:
            break
    try:
        yield
    finally:
        if held:
            with contextlib.suppress(OSError):
                os.rmdir(lock)


def _exact(entry: Any) -> bool:
    """Whether an entry is ours: whole seconds miss a change within the same one."""
    return isinstance(entry, dict) and "modified_ns" in entry


def folder_name(folder: str) -> str:
    """The last two segments of a handle's folder, with forward slashes."""
    return "/".join(_slashes(folder).rsplit("/", 2)[1:])


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
