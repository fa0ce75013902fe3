"""A tree comes down: what is here already is left, the rest is fetched, many files at once.

Nothing is hashed whose size and time are those that were noted with its MD5. A file is written
under a name of its own and renamed when its MD5 is right, so that two of these may run into one
folder. What could not be had is told at the end, and the next run fetches only that.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapseclient.core.claims import FETCHING, one_at_a_time
from synapseclient.core.exceptions import (
    SynapseError,
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseMd5MismatchError,
)
from synapseclient.core.inline import Inline
from synapseclient.core.progress import Progress
from synapseclient.core.utils import md5_of_file, temporary_name, unique_filename, write_new
from synapseclient.sync.listing import Listing, folders_of, key_of, place_of, safe_name
from synapseclient.transfer.download import download_url

if TYPE_CHECKING:
    from synapseclient.client import Synapse

COLLISIONS = ("keep.both", "keep.local", "overwrite.local")
_SMALL = 4 * 1024 * 1024
"""Files up to this size come in one answer and are checked in memory."""
_AT_ONCE = 16
_LARGE_AT_ONCE = 2
"""Others come in several ranges each."""
_URLS_AT_ONCE = 100


@dataclass(slots=True)
class Failure:
    """What could not be done, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(slots=True)
class Synced:
    """What came of it."""

    paths: dict[str, str] = field(default_factory=dict)
    """Where each file is, by the entity's id; of a listing, by its key."""
    failures: list[Failure] = field(default_factory=list)

    def raise_for_failures(self, verb: str) -> None:
        """Raise if anything is missing, and name it.

        Raises:
            SynapseError: So many could not be done; with their names and the reasons.
        """
        count = len(self.paths) + len(self.failures)
        raise_for_failures(self.failures, count, verb, "Run it again to do only these:")


def raise_for_failures(failures: Sequence[Failure], count: int, verb: str, advice: str) -> None:
    """Raise if there are failures: how many of ``count``, what to do, and each of them."""
    if failures:
        lines = "\n".join(f"  {each}" for each in failures[:50])
        more = len(failures) - 50
        if more > 0:
            lines += f"\n  … and {more} more"
        raise SynapseError(
            f"{len(failures)} of {count} files could not be {verb}. {advice}\n{lines}"
        )


@dataclass(slots=True)
class _Wanted:
    """A file, and where it is to be."""

    key: str
    id: str
    """The entity's."""
    handle_id: str
    md5: str | None
    size: int | None
    path: str


async def fetch_tree(
    syn: Synapse,
    top: str,
    entries: Listing,
    folder: str | None,
    *,
    if_collision: str = "overwrite.local",
) -> Synced:
    """Put the files of a listing below a folder, or into the cache.

    Args:
        syn: A client.
        top: The id of what was listed.
        entries: The listing.
        folder: Where to; the cache if not given.
        if_collision: What to do about another file of the same name, as for ``get``.

    Returns:
        Paths and failures; nothing is raised for single files.
    """
    if if_collision not in COLLISIONS:
        raise ValueError(f"ifcollision must be one of {', '.join(COLLISIONS)}.")
    result = Synced()
    wanted = list(_plan(syn, top, entries, folder, result))
    missing = await asyncio.to_thread(_look_here, syn, wanted, folder, if_collision, result)
    await _Fetching(syn, result, into_cache=folder is None).fetch(missing)
    return result


def placed(top: str, entries: Listing) -> Iterator[tuple[bulk.TreeEntry, str]]:
    """The files of a listing, and where each belongs below the top.

    Two of one name in one folder get different ones, always the same: ``a.txt``, ``a(1).txt``.

    Raises:
        ValueError: A name leads out of its folder.
    """
    folders = folders_of(top, entries.others)
    places = {key: os.path.join(*names, "") if names else "" for key, names in folders.items()}
    taken: set[str] = set()
    for entry in map(entries.__getitem__, entries.by_key()):
        entity, handle = entry.entity, entry.file_handle
        if not isinstance(entity, wire.FileEntity):
            continue
        given = handle.file_name if handle is not None else None
        name = safe_name(os.path.basename(given or entity.name or ""))
        path = places[place_of(entry, top)] + name
        base, extension = os.path.splitext(path)
        number = 0
        while path in taken:
            number += 1
            path = f"{base}({number}){extension}"
        taken.add(path)
        yield entry, path


def _plan(
    syn: Synapse, top: str, entries: Listing, folder: str | None, result: Synced
) -> Iterator[_Wanted]:
    """Which file goes where."""
    if folder is not None:
        folder = os.path.abspath(folder)
    for entry, place in placed(top, entries):
        entity, handle = entry.entity, entry.file_handle
        key = key_of(entry)
        if handle is None:
            result.failures.append(
                Failure(entity.id or "", "you have READ permission, and not DOWNLOAD permission")
            )
            continue
        if not isinstance(handle, files_wire.S3FileHandle):
            url = getattr(handle, "external_url", None)
            if url is None or not url.startswith(("http://", "https://", "ftp://", "file://")):
                continue  # only described in Synapse; there is nothing that we could fetch
        if folder is None:
            cached = syn.cache.get_cache_dir(handle.id or "0")
            path = os.path.join(cached, os.path.basename(place))
        else:
            path = os.path.join(folder, place)
        md5, size = handle.content_md5, handle.content_size
        id = key if key == entity.id else entity.id or ""
        yield _Wanted(key, id, handle.id or "", md5, size, path)


def _look_here(
    syn: Synapse,
    wanted: Iterable[_Wanted],
    folder: str | None,
    if_collision: str,
    result: Synced,
) -> list[_Wanted]:
    """Which of the files are not here yet."""
    missing = []
    made: set[str] = set()
    for each in wanted:
        if folder is None:
            found = syn.cache.get(each.handle_id, md5=each.md5, size=each.size)
            if found is not None:
                result.paths[each.id] = found
                continue
            syn.cache.make(os.path.dirname(each.path))
            missing.append(each)
            continue
        place = os.path.dirname(each.path)
        if place not in made:
            os.makedirs(place, exist_ok=True)
            made.add(place)
        if syn.cache.get(each.handle_id, each.path) is not None:
            result.paths[each.key] = each.path
            continue
        if os.path.lexists(each.path):
            if _is_same(each):
                syn.cache.add(each.handle_id, each.path, each.md5)
                result.paths[each.key] = each.path
                continue
            if if_collision == "keep.local":
                continue
            if if_collision == "keep.both":
                each.path = unique_filename(each.path)
        missing.append(each)
    return missing


def _is_same(each: _Wanted) -> bool:
    try:
        if os.path.getsize(each.path) != each.size:
            return False
        return md5_of_file(each.path) == (each.md5 or "").lower()
    except OSError:
        return False


_Queue = asyncio.Queue[tuple[_Wanted, str | None] | None]
"""Files to fetch, and where from; None when that was all."""


class _Fetching:
    """Downloads under way."""

    def __init__(self, syn: Synapse, result: Synced, *, into_cache: bool) -> None:
        self.syn = syn
        self.result = result
        self.into_cache = into_cache
        # Short queues, for URLs expire: not all are asked for at once.
        self._small: _Queue = asyncio.Queue(_URLS_AT_ONCE)
        """Files that come in one answer, with their URLs."""
        self._large: _Queue = asyncio.Queue(_URLS_AT_ONCE)
        self._inline = Inline()

    async def fetch(self, missing: list[_Wanted]) -> None:
        """Fetch all; failures are noted."""
        if not missing:
            return
        total = sum(each.size or 0 for each in missing)
        name = f"{len(missing)} files" if len(missing) > 1 else os.path.basename(missing[0].path)
        with Progress("Downloading", name, total, silent=self.syn.silent) as self.progress:
            workers = [self._work(self._small) for _ in range(min(_AT_ONCE, len(missing)))]
            workers += [self._work(self._large) for _ in range(_LARGE_AT_ONCE)]
            tasks = [asyncio.create_task(each) for each in (self._feed(missing), *workers)]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    async def _feed(self, missing: list[_Wanted]) -> None:
        """Ask for URLs, and give the files to those who fetch them."""
        for start in range(0, len(missing), _URLS_AT_ONCE):
            some = missing[start : start + _URLS_AT_ONCE]
            try:
                urls = await self._urls(some)
            except SynapseError as error:
                self.result.failures += [Failure(each.id, str(error)) for each in some]
                continue
            for each in some:
                small = each.size is not None and each.size <= _SMALL
                await (self._small if small else self._large).put((each, urls.get(each.key)))
        for queue in (self._small, self._large):
            await queue.put(None)

    async def _work(self, queue: _Queue) -> None:
        """Fetch one file of a queue after the other."""
        while (item := await queue.get()) is not None:
            await self._one(*item)
        await queue.put(None)  # for the next one who asks

    async def _urls(self, some: list[_Wanted]) -> dict[str, str]:
        body = files_wire.BatchFileRequest(
            requested_files=[
                files_wire.FileHandleAssociation(
                    file_handle_id=each.handle_id,
                    associate_object_id=each.id,
                    associate_object_type="FileEntity",
                )
                for each in some
            ],
            include_pre_signed_urls=True,
        )
        answer = await self.syn.call(files_wire.get_files, body)
        return {
            each.key: found.pre_signed_url
            for each, found in zip(some, answer.requested_files, strict=True)
            if found.pre_signed_url is not None
        }

    async def _one(self, each: _Wanted, url: str | None) -> None:
        try:
            if url is None:
                raise SynapseFileNotFoundError("the server gives no address for its bytes")
            if self.into_cache:
                await self._alone(each, url)
            else:
                await self._bytes(each, url)
        except (SynapseError, OSError) as error:
            self.result.failures.append(Failure(f"{each.id} ({each.path})", str(error)))
        else:
            self.result.paths[each.key] = each.path

    async def _alone(self, each: _Wanted, url: str) -> None:
        """Fetch into the cache, unless somebody else is at it."""
        find = partial(
            self.syn.cache.get,
            each.handle_id,
            md5=each.md5,
            size=each.size,
        )

        def tell() -> None:
            self.syn.logger.warning("Another process is fetching %s: waiting.", each.path)

        claim = os.path.join(os.path.dirname(each.path), FETCHING)
        async with one_at_a_time(claim, find, tell) as found:
            if found is None:
                await self._bytes(each, url)
            else:
                each.path = found
                self.progress.advance(each.size or 0)

    async def _bytes(self, each: _Wanted, url: str) -> None:
        size, md5 = each.size, each.md5
        elsewhere = self.syn.cache.get(each.handle_id)
        if size is not None and md5 is not None and size <= _SMALL:
            if elsewhere is None or not await self._copied(each, elsewhere, md5):
                await self._keep(each, await self._fetched(each, url), md5)
            self.progress.advance(size)
            return
        source = url if elsewhere is None else "file://" + quote(os.path.abspath(elsewhere))

        async def renew() -> str:
            return (await self._urls([each])).get(each.key, "")

        _, md5 = await download_url(
            self.syn,
            source,
            each.path,
            file_handle_id=each.handle_id,
            size=size,
            md5=md5,
            renew=renew,
            shown=False,
        )
        self.progress.advance(size or 0)
        await asyncio.to_thread(self.syn.cache.add, each.handle_id, each.path, md5)

    async def _copied(self, each: _Wanted, elsewhere: str, md5: str) -> bool:
        """Whether a copy that the cache knows had the right bytes, and is now here, too."""
        try:
            data = await self._inline(each.size or 0, Path(elsewhere).read_bytes)
            await self._keep(each, data, md5)
        except (OSError, SynapseMd5MismatchError):
            return False
        return True

    async def _fetched(self, each: _Wanted, url: str) -> bytes:
        answer = await self.syn.transport.send("GET", url)
        if answer.status_code in (401, 403):  # it took long to come to this one
            url = (await self._urls([each])).get(each.key, url)
            answer = await self.syn.transport.send("GET", url)
        if answer.status_code != 200:
            raise SynapseHTTPError(f"{answer.status_code} {answer.reason}", response=answer)
        return answer.content

    async def _keep(self, each: _Wanted, data: bytes, md5: str) -> None:
        def keep() -> None:
            _write(each.path, data, md5)
            self.syn.cache.add(each.handle_id, each.path, md5)

        await self._inline(len(data), keep)


def _write(path: str, data: bytes, md5: str) -> None:
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != md5.lower():
        raise SynapseMd5MismatchError(f"the MD5 is {found}, and should be {md5}")
    temporary = temporary_name(path)
    try:
        write_new(temporary, data)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
