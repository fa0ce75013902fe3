"""The rules of files: uploads in parts, who may have which bytes, copies of handles.

Verbs that touch the blob store take the database, not a transaction: they must not hold one
while they wait for bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import uuid

import msgspec

from synapse_server.access.service import Policy
from synapse_server.blobs.base import PART_CHECKSUM, BlobStore, Part, PartRejected
from synapse_server.entities import service as entities
from synapse_server.files import associations, handles, uploads
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.settings import Settings
from synapse_wire import files as wire
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, NotImplementedYet

MOST_FILES = 100
_URL = re.compile(r"(?:https?|ftps?|sftp|s3|gs|file)://?[^\s\x00-\x20\x7f]+\Z", re.IGNORECASE)
_MOST_URL = 4000
_MD5 = re.compile(r"[0-9a-fA-F]{32}\Z")
_ABANDONED = 7 * 24 * 3600 * 1000
_MOST_RESTORED = 1000


# ------------------------------------------------------------------ uploads


def _check_request(
    body: wire.MultipartUploadRequest | wire.MultipartUploadCopyRequest,
) -> wire.MultipartUploadRequest:
    if isinstance(body, wire.MultipartUploadCopyRequest):
        raise NotImplementedYet(
            "There is one storage location here, so there is nowhere to copy bytes to."
            " Use POST /file/v1/filehandles/copy for a handle of the same bytes."
        )
    if body.content_md5_hex is not None or body.content_fingerprint is None:
        if not _MD5.match(body.content_md5_hex or ""):
            raise BadRequest("contentMD5Hex must be the file's MD5: 32 hexadecimal digits.")
    elif not 1 <= len(body.content_fingerprint) <= 256:
        raise BadRequest("contentFingerprint must have 1 to 256 characters.")
    if body.file_size_bytes is None or not 0 <= body.file_size_bytes <= wire.MAX_FILE_SIZE:
        raise BadRequest(f"fileSizeBytes must be between 0 and {wire.MAX_FILE_SIZE}.")
    handles.check_name(body.file_name)
    if body.part_size_bytes is None:
        raise BadRequest("partSizeBytes is missing.")
    if not wire.MIN_PART_SIZE <= body.part_size_bytes <= wire.MAX_PART_SIZE:
        raise BadRequest(
            f"partSizeBytes must be between {wire.MIN_PART_SIZE} and {wire.MAX_PART_SIZE}."
        )
    if _count_parts(body) > wire.MAX_PARTS:
        raise BadRequest(f"That makes more than {wire.MAX_PARTS} parts; make the parts larger.")
    if body.storage_location_id not in (None, wire.DEFAULT_STORAGE_LOCATION):
        raise NotFound(f"There is no storage location {body.storage_location_id}.")
    return body


def _count_parts(request: wire.MultipartUploadRequest) -> int:
    size, part = request.file_size_bytes or 0, request.part_size_bytes or 1
    return max(1, -(-size // part))


def _part_length(request: wire.MultipartUploadRequest, number: int, count: int) -> int:
    size, part = request.file_size_bytes or 0, request.part_size_bytes or 0
    return part if number < count else size - part * (count - 1)


async def start_upload(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    body: wire.MultipartUploadRequest | wire.MultipartUploadCopyRequest,
    force: bool,
) -> wire.MultipartUploadStatus:
    """Start an upload, or find the one that the same request started."""
    if caller.is_anonymous:
        raise Forbidden("Anonymous cannot upload files. Log in first.")
    request = _check_request(body)
    text = json.dumps(msgspec.to_builtins(request), sort_keys=True)
    fingerprint = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    async def find(tx: Tx) -> tuple[Row | None, bool]:
        row = await uploads.find_same(tx, caller.id, fingerprint)
        if row is None or row["state"] != "COMPLETED":
            return row, False
        # What became of it may have been deleted since.
        return row, not await handles.find_many(tx, [row["file_handle_id"]])

    found, gone = await db.read(find)
    if found is not None and (force or gone):
        old = found
        await db.write(lambda tx: uploads.forget(tx, old["id"]))
        if old["state"] != "COMPLETED":
            await blobs.abort(old["store_upload"], old["blob"])
        found = None
    if found is None:
        key = f"{caller.id}/{uuid.uuid4()}/{request.file_name}"
        begun = await blobs.begin(key)
        count = _count_parts(request)
        added = await db.write(
            lambda tx: uploads.add(tx, caller.id, fingerprint, begun, key, count, text)
        )
        if not added:  # the same request came twice at once; the other one won
            await blobs.abort(begun, key)

    async def status(tx: Tx) -> wire.MultipartUploadStatus:
        row = await uploads.find_same(tx, caller.id, fingerprint)
        if row is None:
            raise Conflict("The same upload was started anew just now. Start it again.")
        return await _status(tx, row)

    return await db.read(status)


async def _status(tx: Tx, row: Row) -> wire.MultipartUploadStatus:
    there = ["0"] * row["parts"]
    if row["state"] == "COMPLETED":
        there = ["1"] * row["parts"]
    else:
        for part in await uploads.parts(tx, row["id"]):
            there[part["number"] - 1] = "1"
    return wire.MultipartUploadStatus(
        upload_id=str(row["id"]),
        state=row["state"],
        parts_state="".join(there),
        started_by=str(row["user_id"]),
        started_on=iso(row["started_on"]),
        updated_on=iso(row["updated_on"]),
        result_file_handle_id=None if row["file_handle_id"] is None else str(row["file_handle_id"]),
    )


async def _own_upload(tx: Tx, caller: Caller, id: str) -> Row:
    caller.require_sign_in()
    row = await uploads.find(tx, int(id)) if id.isdecimal() and len(id) < 19 else None
    if row is None:
        raise NotFound(f"There is no upload {id!r}. Start it again.")
    if row["user_id"] != caller.id:
        raise Forbidden("Only the user that started a multipart upload can use it.")
    return row


def _request_of(row: Row) -> wire.MultipartUploadRequest:
    return msgspec.json.decode(row["request"], type=wire.MultipartUploadRequest)


def _check_part_number(row: Row, number: int) -> None:
    if not 1 <= number <= row["parts"]:
        raise BadRequest(f"Part numbers run from 1 to {row['parts']}; {number} is not one.")


async def part_urls(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    id: str,
    body: wire.BatchPresignedUploadUrlRequest,
    seconds: int,
) -> wire.BatchPresignedUploadUrlResponse:
    """URLs to PUT parts to."""
    row = await db.read(lambda tx: _own_upload(tx, caller, id))
    if not body.part_numbers:
        raise BadRequest("partNumbers must name at least one part.")
    if len(body.part_numbers) > wire.MAX_PARTS:
        raise BadRequest(f"At most {wire.MAX_PARTS} part numbers at a time.")
    request = _request_of(row)
    signed = []
    for number in dict.fromkeys(body.part_numbers):
        _check_part_number(row, number)
        size = _part_length(request, number, row["parts"])
        url = await blobs.sign_put(
            row["store_upload"], row["blob"], number, size, seconds, body.content_type
        )
        signed.append(
            wire.PartPresignedUrl(
                part_number=number, upload_presigned_url=url.url, signed_headers=url.headers
            )
        )
    return wire.BatchPresignedUploadUrlResponse(part_presigned_urls=signed)


async def add_part(
    db: Database, blobs: BlobStore, caller: Caller, id: str, number: int, checksum: str
) -> wire.AddPartResponse:
    """Confirm a part, once the store has it with this checksum."""
    row = await db.read(lambda tx: _own_upload(tx, caller, id))
    _check_part_number(row, number)
    answer = wire.AddPartResponse(upload_id=id, part_number=number, add_part_state="ADD_SUCCESS")
    if row["state"] == "COMPLETED":
        return answer
    checksum = checksum.lower()
    try:
        if not PART_CHECKSUM.match(checksum):
            raise PartRejected(f"{checksum!r} is not an MD5: 32 hexadecimal digits.")
        whole = _request_of(row).content_md5_hex
        if row["parts"] == 1 and whole is not None and checksum != whole.lower():
            raise PartRejected("The only part of a file must have the file's MD5.")
        length = _part_length(_request_of(row), number, row["parts"])
        await blobs.confirm(row["store_upload"], row["blob"], number, checksum, length)
    except PartRejected as error:
        answer.add_part_state = "ADD_FAILED"
        answer.error_message = str(error)
        return answer
    await db.write(lambda tx: uploads.add_part(tx, row["id"], number, checksum))
    return answer


async def complete_upload(
    db: Database, blobs: BlobStore, caller: Caller, id: str, told: str | None
) -> wire.MultipartUploadStatus:
    """Make a file handle of all parts. May be repeated: it answers the same handle."""

    async def begin(tx: Tx) -> tuple[Row, list[Part]]:
        row = await _own_upload(tx, caller, id)
        parts = await uploads.parts(tx, row["id"])
        return row, [Part(part["number"], part["md5"]) for part in parts]

    row, parts = await db.read(begin)
    md5 = ""
    if row["state"] != "COMPLETED":
        missing = row["parts"] - len(parts)
        if missing:
            raise BadRequest(f"Missing {missing} part(s). Cannot complete the upload.")
        request = _request_of(row)
        md5 = _md5_of_whole(request, told, parts)
        size = await blobs.assemble(row["store_upload"], row["blob"], parts)
        if size != request.file_size_bytes:
            raise BadRequest(
                f"The parts have {size} bytes, the upload was to have {request.file_size_bytes}."
            )

    async def finish(tx: Tx) -> wire.MultipartUploadStatus:
        current = await uploads.find(tx, row["id"], lock=True)
        if current is None:
            raise NotFound(f"The upload {id} was started anew meanwhile.")
        if current["state"] != "COMPLETED":
            handle = await handles.add(
                tx, caller.id, _new_handle(row, md5, blobs.bucket), row["blob"]
            )
            await uploads.complete(tx, row["id"], handle)
            current = await uploads.find(tx, row["id"])
            assert current is not None
        return await _status(tx, current)

    return await db.write(finish)


def _md5_of_whole(request: wire.MultipartUploadRequest, told: str | None, parts: list[Part]) -> str:
    """The MD5 that the caller named at the start or names now."""
    if told is not None and not _MD5.match(told):
        raise BadRequest("contentMD5Hex must be the file's MD5: 32 hexadecimal digits.")
    only = parts[0].checksum if len(parts) == 1 else ""
    known = request.content_md5_hex or (only if _MD5.match(only) else told)
    if known is None:
        raise BadRequest("The upload started without contentMD5Hex; name it now.")
    if told is not None and told.lower() != known.lower():
        raise BadRequest(f"The upload is of content with the MD5 {known}, not {told}.")
    return known.lower()


def _new_handle(row: Row, md5: str, bucket: str) -> wire.S3FileHandle:
    request = _request_of(row)
    return wire.S3FileHandle(
        content_md5=md5,
        content_size=request.file_size_bytes,
        content_type=request.content_type or "application/octet-stream",
        file_name=request.file_name,
        storage_location_id=wire.DEFAULT_STORAGE_LOCATION,
        bucket_name=bucket,
        key=row["blob"],
        is_preview=False,
    )


async def sweep_uploads(db: Database, blobs: BlobStore, most: int = 20) -> None:
    """Give up what nobody went on with for a week."""
    rows = await db.read(lambda tx: uploads.abandoned(tx, now() - _ABANDONED, most))
    for row in rows:
        if row["state"] != "COMPLETED":
            await blobs.abort(row["store_upload"], row["blob"])
        id = row["id"]
        await db.write(lambda tx, id=id: uploads.forget(tx, id))  # type: ignore[misc]


# ------------------------------------------------------------------ who may have the bytes


async def url_of(blobs: BlobStore, row: Row, seconds: int) -> str:
    """Where the bytes of a handle are to be had."""
    handle = handles.to_handle(row)
    if row["blob"] is not None:
        return await blobs.sign_get(row["blob"], seconds, handle.file_name, handle.content_type)
    if isinstance(handle, wire.ExternalFileHandle) and handle.external_url:
        return handle.external_url
    raise BadRequest("This server cannot reach the bytes of this file handle; only clients can.")


async def get_files(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    request: wire.BatchFileRequest,
    policy: Policy,
    settings: Settings,
) -> wire.BatchFileResult:
    """Handles and URLs of several files; each may fail by itself."""
    asked = request.requested_files or []
    if len(asked) > MOST_FILES:
        raise BadRequest(f"At most {MOST_FILES} files at a time; these are {len(asked)}.")
    if not (
        request.include_file_handles
        or request.include_pre_signed_urls
        or request.include_preview_pre_signed_urls
    ):
        raise BadRequest("Ask for file handles, URLs or both: one of the include flags is needed.")

    async def look(tx: Tx) -> list[Row | wire.FailureCode]:
        found: list[Row | wire.FailureCode] = []
        for association in asked:
            try:
                found.append(await associations.reachable(tx, caller, association, policy))
            except (NotFound, BadRequest):
                found.append("NOT_FOUND")
            except Forbidden:
                found.append("UNAUTHORIZED")
        return found

    results = []
    for association, row in zip(asked, await db.read(look), strict=True):
        result = wire.FileResult(file_handle_id=association.file_handle_id)
        if isinstance(row, str):
            result.failure_code = row
        else:
            if request.include_file_handles:
                result.file_handle = handles.to_handle(row)
            if request.include_pre_signed_urls:
                # Without a URL, only the client can reach it, by what the handle says.
                with contextlib.suppress(BadRequest):
                    result.pre_signed_url = await url_of(blobs, row, settings.download_url_seconds)
        results.append(result)
    return wire.BatchFileResult(requested_files=results)


async def get_handle(tx: Tx, caller: Caller, id: str) -> wire.FileHandle:
    """A raw handle, for who made it."""
    return handles.to_handle(await handles.own(tx, caller, id))


async def delete_handle(db: Database, blobs: BlobStore, caller: Caller, id: str) -> None:
    """Delete a handle that nothing links to; the bytes go with the last handle."""

    async def delete(tx: Tx) -> str | None:
        caller.require_sign_in()
        row = await handles.own(tx, caller, id, lock=True)
        await associations.require_free(tx, row["id"])
        await handles.delete(tx, row["id"])
        blob: str | None = row["blob"]
        return None if blob is None or await handles.shares(tx, blob) else blob

    blob = await db.write(delete)
    if blob is not None:
        await blobs.delete(blob)


def check_restore(request: wire.FileHandleRestoreRequest) -> None:
    """Refuse what no restore can do."""
    if not request.file_handle_ids:
        raise BadRequest("fileHandleIds names no file handle.")
    if len(request.file_handle_ids) > _MOST_RESTORED:
        raise BadRequest(f"At most {_MOST_RESTORED} file handles at a time.")


async def restore(tx: Tx, caller: Caller, id: str) -> wire.FileHandleRestoreResult:
    """Bring a file handle back. This server archives none, so none is away."""
    result = wire.FileHandleRestoreResult(file_handle_id=id, status="NO_ACTION")
    try:
        await handles.own(tx, caller, id)
    except (NotFound, BadRequest) as error:
        result.status, result.status_message = "NOT_FOUND", error.reason
    except Forbidden as error:
        result.status, result.status_message = "UNAUTHORIZED", error.reason
    else:
        result.status_message = "The file handle is available."
    return result


# ------------------------------------------------------------------ copies and external files


async def copy_handles(
    tx: Tx, caller: Caller, request: wire.BatchFileHandleCopyRequest, policy: Policy
) -> wire.BatchFileHandleCopyResult:
    """New handles, owned by the caller, of bytes that they may download."""
    caller.require_sign_in()
    asked = request.copy_requests or []
    if len(asked) > MOST_FILES:
        raise BadRequest(f"At most {MOST_FILES} copies at a time; these are {len(asked)}.")
    results = []
    for each in asked:
        if each.original_file is None:
            raise BadRequest("A copy needs its originalFile.")
        result = wire.FileHandleCopyResult(
            original_file_handle_id=each.original_file.file_handle_id
        )
        try:
            row = await associations.reachable(tx, caller, each.original_file, policy)
        except (NotFound, BadRequest):
            result.failure_code = "NOT_FOUND"
        except Forbidden:
            result.failure_code = "UNAUTHORIZED"
        else:
            row = await handles.find(tx, row["id"], keep=True)
            new = await _copy(tx, caller, row, each.new_file_name, each.new_content_type)
            result.new_file_handle = handles.to_handle(new)
        results.append(result)
    return wire.BatchFileHandleCopyResult(copy_results=results)


async def copy_own(tx: Tx, caller: Caller, id: str, body: wire.S3FileHandle) -> wire.S3FileHandle:
    """A new handle of one's own bytes, with another name or content type."""
    caller.require_sign_in()
    row = await handles.own(tx, caller, id, keep=True)
    new = handles.to_handle(await _copy(tx, caller, row, body.file_name, body.content_type))
    if not isinstance(new, wire.S3FileHandle):
        raise BadRequest("Only handles of stored bytes can be copied so.")
    return new


async def _copy(
    tx: Tx, caller: Caller, row: Row, name: str | None, content_type: str | None
) -> Row:
    handle = handles.to_handle(row)
    if name is not None:
        handle.file_name = handles.check_name(name)
    handle.content_type = content_type or handle.content_type
    return await handles.find(tx, await handles.add(tx, caller.id, handle, row["blob"]))


def _plain(name: str) -> str:
    """A name that stays in its folder wherever it is saved; URLs end in anything."""
    name = re.sub(r"[/\\\x00-\x1f\x7f]", "_", name)[-256:]
    return "_" if name in ("", ".", "..") else name


async def create_external(
    tx: Tx, caller: Caller, handle: wire.ExternalHandle
) -> wire.ExternalHandle:
    """A handle of bytes that the server does not keep."""
    caller.require_sign_in()
    if handle.content_md5 is not None and not _MD5.match(handle.content_md5):
        raise BadRequest("contentMd5 must be 32 hexadecimal digits.")
    if isinstance(handle, wire.ExternalFileHandle):
        url = handle.external_url or ""
        if len(url) > _MOST_URL or not _URL.match(url):
            raise BadRequest("externalURL must be an http, https, ftp, sftp, s3, gs or file URL.")
        name = handle.file_name or url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
        handle.file_name = _plain(name)
        if (handle.content_size or 0) < 0:
            raise BadRequest("contentSize must be 0 or more.")
    else:
        raise NotImplementedYet("Storage locations other than 1 are not served here yet.")
    id = await handles.add(tx, caller.id, handle, None)
    stored = handles.to_handle(await handles.find(tx, id))
    assert isinstance(stored, wire.ExternalFileHandle)
    return stored


# ------------------------------------------------------------------ destinations


async def destination(
    tx: Tx, caller: Caller, id: int, policy: Policy, location: int | None = None
) -> wire.UploadDestination:
    """Where bytes for files under an entity go: the one storage location there is."""
    if location not in (None, wire.DEFAULT_STORAGE_LOCATION):
        raise NotFound(f"There is no storage location {location}.")
    path = await entities.get_path(tx, caller, id, policy)
    project = path.path[1].id if len(path.path) > 1 else None
    return wire.S3UploadDestination(
        storage_location_id=wire.DEFAULT_STORAGE_LOCATION,
        upload_type="S3",
        banner="",
        destination_project_id=project,
        sts_enabled=False,
    )


def check_version_file(row: Row) -> int:
    """The file handle of an entity's version that is to be downloaded."""
    if row["file_handle_id"] is None:
        raise BadRequest(f"syn{row['id']} is a {row['type']}, not a file.")
    return int(row["file_handle_id"])
