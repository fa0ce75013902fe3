"""The job that zips files."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.files import associations, handles
from synapse_server.kernel.database import Row, Tx, Work
from synapse_server.kernel.jobs import Job, Workers
from synapse_server.kernel.scratch import Scratch
from synapse_wire import files as wire
from synapse_wire.base import Wire
from synapse_wire.errors import BadRequest, Forbidden, NotFound

workers = Workers()

_MOST_BYTES = 1 << 30
_MOST_BYTES_EACH = 100 << 20
_BUFFER = 1 << 20


@workers.does(wire.BulkFileDownloadRequest)
async def zip_files(job: Job) -> Work[Wire]:
    """Zip what the caller may download; the rest is told with the reason."""
    request: wire.BulkFileDownloadRequest = job.body
    blobs = job.need(BlobStore)  # type: ignore[type-abstract]
    asked = request.requested_files or []
    name = handles.check_name(request.zip_file_name or f"Job-{job.id}.zip")
    key = f"{job.caller.id}/{uuid.uuid4()}/{name}"
    with tempfile.TemporaryDirectory(dir=job.need(Scratch).folder("zip")) as folder:
        path = Path(folder) / "files.zip"
        summary = await _fill(job, blobs, asked, path, flat=request.zip_file_format == "Flat")
        found = any(each.status == "SUCCESS" for each in summary)
        size = path.stat().st_size
        if found:
            md5 = await asyncio.to_thread(md5_of, path)
            await blobs.take(key, path, md5)

    async def finish(tx: Tx) -> wire.BulkFileDownloadResponse:
        response = wire.BulkFileDownloadResponse(file_summary=summary, user_id=str(job.caller.id))
        if found:
            handle = wire.S3FileHandle(
                content_md5=md5,
                content_size=size,
                content_type="application/zip",
                file_name=name,
                storage_location_id=wire.DEFAULT_STORAGE_LOCATION,
                bucket_name=blobs.bucket,
                key=key,
                is_preview=False,
            )
            id = await handles.add(tx, job.caller.id, handle, key)
            response.result_zip_file_handle_id = str(id)
        return response

    return finish


async def _fill(
    job: Job,
    blobs: BlobStore,
    asked: list[wire.FileHandleAssociation],
    path: Path,
    *,
    flat: bool,
) -> list[wire.FileDownloadSummary]:
    summary = []
    names: set[str] = set()
    total = 0
    told = time.monotonic()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, association in enumerate(asked):
            line = wire.FileDownloadSummary(
                file_handle_id=association.file_handle_id,
                associate_object_id=association.associate_object_id,
                associate_object_type=association.associate_object_type,
                status="FAILURE",
            )
            summary.append(line)
            row = await _look(job, association, line)
            if row is None:
                continue
            entry = _entry_name(row, flat=flat)
            size = row["size"] or 0
            if entry in names:
                line.failure_code, line.failure_message = "DUPLICATE", f"{entry} is there already."
            elif size > _MOST_BYTES_EACH or total + size > _MOST_BYTES:
                line.failure_code = "EXCEEDS_SIZE_LIMIT"
                line.failure_message = "Too large for a zip file; download it by itself."
            else:
                data = await blobs.read(row["blob"])
                await asyncio.to_thread(archive.writestr, entry, data)
                line.status, line.zip_entry_name = "SUCCESS", entry
                names.add(entry)
                total += size
            if time.monotonic() - told > 1:
                told = time.monotonic()
                await job.progress(number + 1, len(asked), f"Added {entry}")
    return summary


async def _look(
    job: Job, association: wire.FileHandleAssociation, line: wire.FileDownloadSummary
) -> Row | None:
    """The handle of bytes that the caller may have; or None, and the reason in the line."""
    policy = job.need(Policy)
    try:
        row = await job.db.read(
            lambda tx: associations.reachable(tx, job.caller, association, policy)
        )
    except (NotFound, BadRequest) as error:
        line.failure_code, line.failure_message = "NOT_FOUND", error.reason
    except Forbidden as error:
        line.failure_code, line.failure_message = "UNAUTHORIZED", error.reason
    else:
        if row["blob"] is not None:
            return row
        line.failure_code = "UNKNOWN_ERROR"
        line.failure_message = "The bytes are elsewhere; this server cannot reach them."
    return None


def _entry_name(row: Row, *, flat: bool) -> str:
    name = handles.to_handle(row).file_name or str(row["id"])
    name = name.replace("/", "_").replace("\\", "_")
    return name if flat else f"{row['id'] % 1000}/{row['id']}/{name}"


def md5_of(path: Path) -> str:
    """The MD5 of a file of the server's own; call it in a thread."""
    md5 = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while data := file.read(_BUFFER):
            md5.update(data)
    return md5.hexdigest()
