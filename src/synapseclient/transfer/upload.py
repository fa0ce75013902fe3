"""Uploads in parts: each part is checked by the server before it counts.

Hashing is what limits a fast upload, so no byte is hashed more often than a server demands.
Any server takes a file whose MD5 is known before the first part is sent. One with the
extension ``late-md5`` takes it after the last, so that the file is read only once; one with
``part-crc32`` checks parts by a sum that costs a seventh of an MD5.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import mimetypes
import os
from dataclasses import dataclass
from io import FileIO
from typing import TYPE_CHECKING

from synapse_wire import files as wire
from synapse_wire.system import Extension
from synapseclient.core.exceptions import (
    SynapseHTTPError,
    SynapseTimeoutError,
    SynapseUploadFailedException,
)
from synapseclient.core.progress import Progress
from synapseclient.core.transport import CannotConnect
from synapseclient.core.utils import md5_of_file
from synapseclient.transfer import plan

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_URLS_AT_ONCE = 50
_PARTS_AT_ONCE = 8
_MOST_MEMORY = 128 * 1024 * 1024
_TRIES = 6
_SLOWEST = 16 * 1024
"""Bytes a second; who sends a part more slowly is taken for stuck."""
_BY_CRC32 = "crc32-"
_OVER = (404, 409, 412)
"""Answers about an upload that is finished or was given up."""


Stamp = tuple[int, int]


def stamp_of(path: str) -> Stamp:
    """What changes when a file is written to: its size and time."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file."""

    file_handle_id: str
    md5: str | None
    """Of its content; None if an earlier run has sent it."""
    stamp: Stamp
    """What the file was when it was read."""


def guess_type(path: str) -> str:
    """The content type that a file's name suggests."""
    return mimetypes.guess_type(path, strict=False)[0] or "application/octet-stream"


def _md5s_of_parts(path: str, size: int, each: int) -> list[str]:
    buffer = bytearray(min(size, each))
    with FileIO(path) as file:
        spans = [plan.part_span(number, size, each) for number in range(1, -(-size // each) + 1)]
        return [_md5(_read(file, span, buffer)) for span in spans]


def _md5(data: bytes | memoryview) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _read(file: FileIO, span: plan.Span, buffer: bytearray) -> memoryview:
    """The bytes of a span, in a buffer that is used again: fresh memory costs as much as reading."""
    data = memoryview(buffer)[: span.length]
    file.seek(span.start)
    filled = 0
    while filled < span.length:  # a network file system may give less at a time
        count = file.readinto(data[filled:])
        if not count:
            raise SynapseUploadFailedException(f"{file.name} became shorter during its upload.")
        filled += count
    return data


def _fingerprint(path: str, found: os.stat_result) -> str:
    """What changes whenever the content may have changed, the same on all hosts that share
    the file system."""
    known = (os.path.realpath(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return hashlib.sha256(repr((*known, found.st_ino)).encode()).hexdigest()


async def upload_file(
    syn: Synapse,
    path: str,
    *,
    name: str | None = None,
    content_type: str | None = None,
    storage_location_id: int | None = None,
    md5: str | None = None,
    force_restart: bool = False,
) -> Uploaded:
    """Upload a file.

    An upload that was interrupted goes on where it was: the server knows it by the file's
    MD5, size and name, or by its fingerprint.

    Args:
        syn: A client that is logged in.
        path: The file.
        name: What the file is called in Synapse, its own name if not given.
        content_type: Guessed from the name if not given.
        storage_location_id: Where the bytes are to go, the default location if not given.
        md5: The file's MD5, if it is known already.
        force_restart: Do not go on with an earlier upload.

    Raises:
        SynapseUploadFailedException: The file changed meanwhile, or the server keeps refusing.
    """
    found = os.stat(path)
    stamp = stamp_of(path)
    size = found.st_size
    name = name or os.path.basename(path)
    request = wire.MultipartUploadRequest(
        file_name=name,
        file_size_bytes=size,
        part_size_bytes=plan.part_size(size),
        content_type=content_type or guess_type(name),
        storage_location_id=storage_location_id,
        generate_preview=True,
    )
    extensions: frozenset[str] = frozenset()
    if size > plan.PART_SIZE:  # for one part it is not worth the question
        extensions = await syn.extensions()
    part_md5s: list[str] = []
    if md5 is not None:
        request.content_md5_hex = md5
    elif Extension.LATE_MD5 in extensions:
        request.content_fingerprint = _fingerprint(path, found)
    elif size > plan.PART_SIZE:
        request.content_md5_hex, part_md5s = await asyncio.gather(
            asyncio.to_thread(md5_of_file, path),
            asyncio.to_thread(_md5s_of_parts, path, size, plan.part_size(size)),
        )
    else:
        request.content_md5_hex = await asyncio.to_thread(md5_of_file, path)
    if request.content_md5_hex is not None and size <= plan.PART_SIZE:
        part_md5s = [request.content_md5_hex]
    by_crc32 = Extension.PART_CRC32 in extensions
    whole: str | None = None
    for again in (True, True, False):
        status = await syn.call(wire.start_upload, request, force_restart=force_restart)
        if status.state == "COMPLETED":
            with Progress("Uploading", name, size, silent=syn.silent) as progress:
                progress.resume(size)
            break
        force_restart = False
        try:
            with Progress("Uploading", name, size, silent=syn.silent) as progress:
                work = _Upload(syn, path, request, status, progress, part_md5s, by_crc32=by_crc32)
                whole = await work.send_parts()
                if stamp_of(path) != stamp:
                    raise SynapseUploadFailedException(f"{path} changed during its upload.")
                status = await syn.call(
                    wire.complete_upload, status.upload_id, content_md5_hex=whole
                )
                break
        except SynapseHTTPError as error:
            # Somebody else who sends the same file may have finished meanwhile.
            if not (again and error.response is not None and error.response.status_code in _OVER):
                raise
    if status.result_file_handle_id is None:
        raise SynapseUploadFailedException(f"The server did not finish the upload of {path}.")
    return Uploaded(status.result_file_handle_id, request.content_md5_hex or whole, stamp)


class _Upload:
    """One upload that is under way."""

    def __init__(
        self,
        syn: Synapse,
        path: str,
        request: wire.MultipartUploadRequest,
        status: wire.MultipartUploadStatus,
        progress: Progress,
        part_md5s: list[str],
        *,
        by_crc32: bool,
    ) -> None:
        self.syn = syn
        self.path = path
        self.id = status.upload_id
        self.size = request.file_size_bytes or 0
        self.each = request.part_size_bytes or plan.PART_SIZE
        self.count = len(status.parts_state)
        self.todo = plan.missing_parts(status.parts_state)
        self.part_md5s = part_md5s
        self.by_crc32 = by_crc32
        self.whole = None if request.content_md5_hex else hashlib.md5(usedforsecurity=False)
        self.urls: dict[int, wire.PartPresignedUrl] = {}
        self.progress = progress
        self._asking = asyncio.Lock()

    async def send_parts(self) -> str | None:
        """Send all parts that are missing, several at a time; the MD5 of the whole, if the
        server has not been told yet."""
        missing = set(self.todo)
        self.progress.resume(self.size - sum(self._span(number).length for number in missing))
        numbers = iter(range(1, self.count + 1) if self.whole else self.todo)
        reading, hashing = asyncio.Lock(), asyncio.Lock()

        async def worker(file: FileIO) -> None:
            buffer = bytearray(min(self.size, self.each))
            while True:
                async with reading:
                    number = next(numbers, None)
                    if number is None:
                        return
                    data = await asyncio.to_thread(_read, file, self._span(number), buffer)
                    if self.whole is not None:
                        await hashing.acquire()  # before the next part is read: in order
                if self.whole is not None:
                    try:
                        await asyncio.to_thread(self.whole.update, data)
                    finally:
                        hashing.release()
                if number in missing:
                    await self._send_part(number, data)
                else:
                    await self._check_part(number, data)

        with FileIO(self.path) as file:
            fitting = max(1, _MOST_MEMORY // self.each)
            workers = min(self.syn.max_threads, _PARTS_AT_ONCE, self.count, fitting)
            tasks = [asyncio.ensure_future(worker(file)) for _ in range(workers)]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return self.whole.hexdigest() if self.whole else None

    def _span(self, number: int) -> plan.Span:
        return plan.part_span(number, self.size, self.each)

    async def _url(self, number: int) -> wire.PartPresignedUrl:
        async with self._asking:
            if number not in self.urls:
                start = self.todo.index(number)
                batch = self.todo[start : start + _URLS_AT_ONCE]
                body = wire.BatchPresignedUploadUrlRequest(upload_id=self.id, part_numbers=batch)
                answer = await self.syn.call(wire.get_part_urls, self.id, body)
                self.urls |= {url.part_number: url for url in answer.part_presigned_urls}
            return self.urls[number]

    async def _check_part(self, number: int, data: memoryview) -> None:
        """Make sure that a part of an earlier run is still what the file has there."""
        checksum = await self._checksum(number, data)
        added = await self.syn.call(wire.add_part, self.id, number, checksum)
        if added.add_part_state != "ADD_SUCCESS":
            self.todo.append(number)
            await self._send_part(number, data)

    async def _checksum(self, number: int, data: memoryview) -> str:
        """What the server calls the bytes of a part: their MD5, or their CRC32."""
        if self.part_md5s:
            return self.part_md5s[number - 1]
        if self.by_crc32:
            return f"{_BY_CRC32}{await asyncio.to_thread(_crc32, data):08x}"
        return await asyncio.to_thread(_md5, data)

    async def _send_part(self, number: int, data: memoryview) -> None:
        checksum = await self._checksum(number, data)
        sums: dict[str, str] = {}
        if checksum.startswith(_BY_CRC32):
            sum32 = bytes.fromhex(checksum.removeprefix(_BY_CRC32))
            sums["x-amz-checksum-crc32"] = base64.b64encode(sum32).decode()
        problem = ""
        for attempt in range(_TRIES):
            url = await self._url(number)
            headers = {**(url.signed_headers or {}), **sums}
            try:
                answer = await self.syn.transport.send(
                    "PUT",
                    url.upload_presigned_url,
                    headers,
                    data,
                    seconds=max(self.syn.transport.seconds, len(data) / _SLOWEST),
                )
            except (CannotConnect, SynapseTimeoutError) as error:
                problem = str(error)
                self.urls.pop(number, None)  # perhaps the server is elsewhere now
                await asyncio.sleep(min(2**attempt, 20))
                continue
            if answer.status_code >= 300:
                problem = f"{answer.status_code} {answer.reason}"
                self.urls.pop(number, None)  # 403 is an expired URL: ask for a new one
                if answer.status_code not in (400, 403, 408):
                    raise SynapseHTTPError(f"Part {number}: {problem}", response=answer)
                continue
            added = await self.syn.call(wire.add_part, self.id, number, checksum)
            if added.add_part_state == "ADD_SUCCESS":
                self.progress.advance(len(data))
                return
            problem = added.error_message or "the server did not take it"
        raise SynapseUploadFailedException(
            f"Part {number} of {self.path} could not be uploaded: {problem}"
        )


def _crc32(data: bytes | memoryview) -> int:
    try:
        from isal.isal_zlib import crc32  # four times as fast, and not everywhere
    except ImportError:
        from zlib import crc32
    return crc32(data)
