"""Uploads in parts: each part's MD5 is checked by the server before it counts."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
from typing import TYPE_CHECKING

from synapse_wire import files as wire
from synapseclient.core.exceptions import SynapseHTTPError, SynapseUploadFailedException
from synapseclient.core.progress import Progress
from synapseclient.core.transport import CannotConnect
from synapseclient.transfer import plan

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_BUFFER = 1 << 20
_URLS_AT_ONCE = 50
_TRIES = 6


def md5_of_file(path: str) -> str:
    """The MD5 of a file, as hex. Takes 1.3 s per GiB: call it in a thread."""
    md5 = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(_BUFFER)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            md5.update(view[:count])
    return md5.hexdigest()


def guess_type(path: str) -> str:
    """The content type that a file's name suggests."""
    return mimetypes.guess_type(path, strict=False)[0] or "application/octet-stream"


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def _read_part(path: str, span: plan.Span) -> tuple[bytes, str]:
    with open(path, "rb", buffering=0) as file:
        file.seek(span.start)
        data = bytearray(span.length)
        view = memoryview(data)
        filled = 0
        while filled < span.length:
            count = file.readinto(view[filled:])
            if not count:
                raise SynapseUploadFailedException(f"{path} became shorter during its upload.")
            filled += count
    return bytes(data), hashlib.md5(data, usedforsecurity=False).hexdigest()


async def upload_file(
    syn: Synapse,
    path: str,
    *,
    name: str | None = None,
    content_type: str | None = None,
    storage_location_id: int | None = None,
    md5: str | None = None,
    force_restart: bool = False,
) -> str:
    """Upload a file; the id of its file handle.

    An upload that was interrupted goes on where it was, from any machine, because the server
    knows it by the file's MD5, size and name.

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
    stamp = _stamp(path)
    size = stamp[0]
    name = name or os.path.basename(path)
    md5 = md5 or await asyncio.to_thread(md5_of_file, path)
    request = wire.MultipartUploadRequest(
        file_name=name,
        file_size_bytes=size,
        part_size_bytes=plan.part_size(size),
        content_md5_hex=md5,
        content_type=content_type or guess_type(name),
        storage_location_id=storage_location_id,
        generate_preview=True,
    )
    status = await syn.call(wire.start_upload, request, force_restart=force_restart)
    with Progress("Uploading", name, size, silent=syn.silent) as progress:
        if status.state != "COMPLETED":
            work = _Upload(syn, path, request, status, progress)
            await work.send_parts()
            if _stamp(path) != stamp:
                raise SynapseUploadFailedException(f"{path} changed during its upload.")
            status = await syn.call(wire.complete_upload, status.upload_id)
        else:
            progress.resume(size)
    if status.result_file_handle_id is None:
        raise SynapseUploadFailedException(f"The server did not finish the upload of {path}.")
    return status.result_file_handle_id


class _Upload:
    """One upload that is under way."""

    def __init__(
        self,
        syn: Synapse,
        path: str,
        request: wire.MultipartUploadRequest,
        status: wire.MultipartUploadStatus,
        progress: Progress,
    ) -> None:
        self.syn = syn
        self.path = path
        self.id = status.upload_id
        self.size = request.file_size_bytes or 0
        self.each = request.part_size_bytes or plan.PART_SIZE
        self.todo = plan.missing_parts(status.parts_state)
        self.urls: dict[int, wire.PartPresignedUrl] = {}
        self.progress = progress
        self._asking = asyncio.Lock()

    async def send_parts(self) -> None:
        """Send all parts that are missing, several at a time."""
        everything = self.size - sum(self._span(number).length for number in self.todo)
        self.progress.resume(everything)
        waiting = iter(list(self.todo))

        async def worker() -> None:
            for number in waiting:
                await self._send_part(number)

        workers = min(self.syn.max_threads, 8, len(self.todo))
        tasks = [asyncio.ensure_future(worker()) for _ in range(workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

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

    async def _send_part(self, number: int) -> None:
        span = self._span(number)
        data, md5 = await asyncio.to_thread(_read_part, self.path, span)
        problem = ""
        for attempt in range(_TRIES):
            url = await self._url(number)
            try:
                answer = await self.syn.transport.send(
                    "PUT", url.upload_presigned_url, url.signed_headers, data, seconds=3600
                )
            except CannotConnect as error:
                problem = str(error)
                self.urls.pop(number, None)  # perhaps the server is elsewhere now
                await asyncio.sleep(min(2**attempt, 20))
                continue
            if answer.status_code >= 300:
                problem = f"{answer.status_code} {answer.reason}"
                self.urls.pop(number, None)  # 403 is an expired URL: ask for a new one
                if answer.status_code not in (400, 403, 404, 408):
                    raise SynapseHTTPError(f"Part {number}: {problem}", response=answer)
                continue
            added = await self.syn.call(wire.add_part, self.id, number, md5)
            if added.add_part_state == "ADD_SUCCESS":
                self.progress.advance(span.length)
                return
            problem = added.error_message or "the server did not take it"
        raise SynapseUploadFailedException(
            f"Part {number} of {self.path} could not be uploaded: {problem}"
        )
