"""Downloads: in parallel ranges when large, verified before they get their name.

Bytes go to a file of this process's own beside the destination, whose MD5 is computed as the
file grows, and which is renamed when it is right. So a reader never sees part of a file, and
many processes may fetch the same one at once, on any file system. What a dead process left is
claimed by renaming it, and gone on with.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from synapseclient.core.exceptions import (
    SynapseError,
    SynapseHTTPError,
    SynapseMd5MismatchError,
    SynapseTimeoutError,
)
from synapseclient.core.progress import Progress
from synapseclient.core.retry import Patience
from synapseclient.core.utils import md5_of_file, put_over, short_name, temporary_name, unique
from synapseclient.core.wire import Answer, CannotConnect, http_error
from synapseclient.transfer import plan

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_BUFFER = 1 << 20
_HASH_AT_ONCE = 4 << 20
_BLOCK = 1 << 20
"""No file system has larger blocks."""
_STALE_SECONDS = 120
_LEFT = ".left"
_REDIRECTS = 5
_BUSY = (408, 429, 500, 502, 503, 504)

Renew = Callable[[], Awaitable[str]]
Place = Callable[[str, str], str]
"""Gives a finished file its name, and says which it got."""


async def download_url(
    syn: Synapse,
    url: str,
    destination: str,
    *,
    file_handle_id: str,
    size: int | None = None,
    md5: str | None = None,
    renew: Renew | None = None,
    place: Place = put_over,
    shown: bool = True,
) -> tuple[str, str]:
    """Fetch bytes into a file; the file's path and MD5.

    Args:
        syn: The client.
        url: Where the bytes are; signed, or anything public.
        destination: The file, or the name to begin with.
        file_handle_id: Whose bytes, to recognise what an earlier process left.
        size: How many bytes to expect, if known.
        md5: What their MD5 must be, if known.
        renew: How to get another URL when this one has expired.
        place: What to do when all bytes have come; replaces what is there if not given.
        shown: Show the progress of this one.

    Raises:
        SynapseMd5MismatchError: The bytes are not the right ones, even the second time.
        SynapseHTTPError: The server does not give them.
    """
    folder = os.path.dirname(os.path.abspath(destination))
    os.makedirs(folder, exist_ok=True)
    scheme = urlsplit(url).scheme
    name = os.path.basename(destination)
    if scheme in ("file", "ftp", "ftps"):
        return await asyncio.to_thread(_copy_url, url, destination, md5, place)
    for attempt in (1, 2):
        temporary, start = _claim(destination, file_handle_id, size if attempt == 1 else None)
        download = _Download(syn, url, temporary, start, size, renew)
        try:
            silent = syn.silent or not shown
            with Progress("Downloading", name, size or 0, silent=silent) as progress:
                found = await download.run(progress)
        except BaseException:
            download.leave()
            raise
        if md5 is None or found == md5.lower():
            return place(temporary, destination), found
        os.unlink(temporary)
        if attempt == 1 and start:
            continue  # what another process left was no prefix of these bytes
        break
    raise SynapseMd5MismatchError(
        f"The MD5 of {name} is {found}, and should be {md5}. Nothing was kept; try again."
    )


def _claim(destination: str, file_handle_id: str, size: int | None) -> tuple[str, int]:
    """A file of our own to write to, and how many good bytes are in it.

    A partial file has its owner in its name. One that was left in good order ends where its
    good bytes do; any other, official clients' too, may be written to, unless it has not been
    for long.
    """
    folder, name = os.path.split(destination)
    base = os.path.join(folder, f"{short_name(name)}.synapse_download_{file_handle_id}")
    own = f"{base}.{unique()}"
    in_order = base + _LEFT
    if size is not None:
        for left in glob.glob(glob.escape(base) + "*"):
            with contextlib.suppress(OSError):
                found = os.stat(left)
                quiet = time.time() - found.st_mtime > _STALE_SECONDS
                if (left == in_order or quiet) and found.st_size <= size:
                    os.rename(left, own)  # one of many claimants gets it
                    return own, found.st_size if left == in_order else _written(own)
    return own, 0


def _written(path: str) -> int:
    """How many bytes from the start a dead process has surely written.

    Who was killed had no time to cut the file off before the first of its gaps. File systems
    tell in whole blocks where it is; one that cannot tell names the end, and the MD5 decides.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not hasattr(os, "SEEK_HOLE") or size == 0:
            return size
        hole = os.lseek(file.fileno(), 0, os.SEEK_HOLE)
        return size if hole >= size else max(0, hole - _BLOCK)


def _copy_url(url: str, destination: str, md5: str | None, place: Place) -> tuple[str, str]:
    temporary = temporary_name(destination)
    try:
        found = _read_url(url, temporary)
        if md5 is not None and found != md5.lower():
            raise SynapseMd5MismatchError(f"The MD5 of {url} is {found}, and should be {md5}.")
        return place(temporary, destination), found
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _read_url(url: str, temporary: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "file":
        shutil.copyfile(unquote(parts.path), temporary)
    else:
        import urllib.request  # late: few files are behind FTP

        with urllib.request.urlopen(url, timeout=60) as source, open(temporary, "wb") as out:  # noqa: S310  ftp only
            shutil.copyfileobj(source, out, _BUFFER)
    return md5_of_file(temporary)


class _Download:
    """One download that is under way."""

    def __init__(
        self,
        syn: Synapse,
        url: str,
        temporary: str,
        start: int,
        size: int | None,
        renew: Renew | None,
    ) -> None:
        self.syn = syn
        self.url = url
        self.temporary = temporary
        self.size = size
        self.renew = renew
        self.prefix = plan.Prefix(start)
        self.start = start
        self.file = os.open(temporary, os.O_CREAT | os.O_RDWR, 0o666)
        self._renewing = asyncio.Lock()

    async def run(self, progress: Progress) -> str:
        """Fetch everything; the MD5."""
        self.progress = progress
        self.progress.resume(self.start)
        md5 = hashlib.md5(usedforsecurity=False)
        try:
            if self.size is None or self.size <= plan.ONE_STREAM:
                await self._fetch_patiently(plan.Span(self.start, self.size or 0), whole=True)
                await asyncio.to_thread(self._hash, md5, 0, self.prefix.end)
            else:
                await self._fetch_ranges(md5)
        except BaseException:
            os.ftruncate(self.file, self.prefix.end)  # cut off what lies beyond the first gap
            raise
        finally:
            os.close(self.file)
        return md5.hexdigest()

    def leave(self) -> None:
        """Leave the good bytes to who comes next, under a name that has no owner."""
        with contextlib.suppress(OSError):
            if self.prefix.end == 0 or self.size is None:
                os.unlink(self.temporary)
            else:
                os.replace(self.temporary, self.temporary.rpartition(".")[0] + _LEFT)

    async def _fetch_ranges(self, md5: Any) -> None:
        assert self.size is not None
        waiting = plan.ranges(self.prefix.end, self.size)
        grown = asyncio.Event()

        async def worker() -> None:
            for span in waiting:
                await self._fetch_patiently(span)
                self.prefix.add(span)
                grown.set()

        async def follow() -> None:
            done = 0
            while done < (self.size or 0):
                if self.prefix.end - done < _HASH_AT_ONCE and self.prefix.end < (self.size or 0):
                    grown.clear()
                    await grown.wait()
                    continue
                end = self.prefix.end
                await asyncio.to_thread(self._hash, md5, done, end)
                done = end

        workers = min(self.syn.max_threads, 6)
        tasks = [asyncio.ensure_future(worker()) for _ in range(workers)]
        tasks.append(asyncio.ensure_future(follow()))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _hash(self, md5: Any, start: int, end: int) -> None:
        buffer = bytearray(_BUFFER)
        view = memoryview(buffer)
        while start < end:
            count = os.preadv(self.file, [view[: min(_BUFFER, end - start)]], start)
            if count == 0:
                raise OSError(f"{self.temporary} was cut short by somebody else.")
            md5.update(view[:count])
            start += count

    async def _fetch_patiently(self, span: plan.Span, *, whole: bool = False) -> None:
        patience = Patience(total=300)
        while True:
            before = span.start
            try:
                span = await self._fetch(span, whole)
            except SynapseHTTPError as error:
                status = error.response.status_code if error.response is not None else 0
                expired = status in (401, 403) and self.renew is not None
                pause = patience.wait() if expired or status in _BUSY else None
                if pause is None:
                    raise
                if expired:
                    await self._new_url()
                else:
                    await asyncio.sleep(pause)
                continue
            except (CannotConnect, SynapseTimeoutError):
                if whole:
                    span = plan.Span(self.prefix.end, span.end)
                pause = patience.wait()
                if pause is None:
                    raise
                await asyncio.sleep(pause)
                continue
            if span.length <= 0:
                return
            if span.start > before:
                patience = Patience(total=300)  # it moves: be patient anew

    async def _new_url(self) -> None:
        old = self.url
        async with self._renewing:
            if self.url == old and self.renew is not None:
                self.url = await self.renew()

    async def _fetch(self, span: plan.Span, whole: bool) -> plan.Span:
        """Fetch as much of a span as comes; what is left of it."""
        headers = {}
        ranged = not whole or span.start > 0
        if ranged:
            last = "" if whole else str(span.end - 1)
            headers["Range"] = f"bytes={span.start}-{last}"
        for _ in range(_REDIRECTS):
            async with self.syn.transport.stream("GET", self.url, headers) as stream:
                if stream.status_code in (301, 302, 303, 307, 308):
                    self.url = urljoin(self.url, stream.headers["location"])
                    continue
                if stream.status_code == 416 and whole:
                    return plan.Span(span.start, span.start)
                await self._check(stream, ranged)
                if ranged and stream.status_code == 200:
                    # This server knows no ranges: take everything from the start.
                    self.prefix = plan.Prefix(0)
                    span = plan.Span(0, span.end)
                at = span.start
                while (data := await stream.chunk()) is not None:
                    view = memoryview(data)
                    if not whole:
                        view = view[: span.end - at]
                    while view:
                        count = os.pwrite(self.file, view, at)
                        at += count
                        self.progress.advance(count)
                        view = view[count:]
                    if whole:
                        self.prefix = plan.Prefix(at)
                if whole:
                    if self.size is not None and at < self.size:
                        return plan.Span(at, self.size)
                    return plan.Span(at, at)
                return plan.Span(at, span.end)
        raise SynapseError(f"{self.url} redirects too often.")

    async def _check(self, stream: Any, ranged: bool) -> None:
        status = stream.status_code
        if status == 206 or status == 200:
            return
        text = (await stream.whole()).decode("utf-8", "replace")[:500]
        answer = Answer(status, stream.headers, text.encode(), self.url)
        raise http_error(answer)
