"""Routes of files."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.blobs.base import blobs_of
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.files import associations, handles, service
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.jobs import Jobs
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_wire import entities as entities_wire
from synapse_wire import files as wire
from synapse_wire import users as users_wire
from synapse_wire.base import Redirection
from synapse_wire.errors import BadRequest, NotFound, NotImplementedYet
from synapse_wire.jobs import AsyncJobId

routes = Routes()


# ------------------------------------------------------------------ uploads


@routes.serve(wire.start_upload, Work.OWN)
async def start_upload(
    call: Call,
    body: wire.MultipartUploadRequest | wire.MultipartUploadCopyRequest,
    force_restart: bool = False,
) -> wire.MultipartUploadStatus:
    return await service.start_upload(call.db, blobs_of(call), call.caller, body, force_restart)


@routes.serve(wire.get_part_urls, Work.OWN)
async def get_part_urls(
    call: Call, upload_id: str, body: wire.BatchPresignedUploadUrlRequest
) -> wire.BatchPresignedUploadUrlResponse:
    seconds = call.need(Settings).upload_url_seconds
    return await service.part_urls(call.db, blobs_of(call), call.caller, upload_id, body, seconds)


@routes.serve(wire.add_part, Work.OWN)
async def add_part(
    call: Call, upload_id: str, part_number: int, part_md5_hex: str
) -> wire.AddPartResponse:
    return await service.add_part(
        call.db, blobs_of(call), call.caller, upload_id, part_number, part_md5_hex
    )


@routes.serve(wire.complete_upload, Work.OWN)
async def complete_upload(
    call: Call, upload_id: str, content_md5_hex: str | None = None
) -> wire.MultipartUploadStatus:
    return await service.complete_upload(
        call.db, blobs_of(call), call.caller, upload_id, content_md5_hex
    )


# ------------------------------------------------------------------ handles


@routes.serve(wire.get_file_handle)
async def get_file_handle(call: Call, handle_id: str) -> wire.FileHandle:
    call.caller.require_sign_in()
    return await service.get_handle(call.tx, call.caller, handle_id)


@routes.serve(wire.delete_file_handle, Work.OWN)
async def delete_file_handle(call: Call, handle_id: str) -> None:
    await service.delete_handle(call.db, blobs_of(call), call.caller, handle_id)


@routes.serve(wire.clear_preview, Work.READ)
async def clear_preview(call: Call, handle_id: str) -> None:
    call.caller.require_sign_in()
    await handles.own(call.tx, call.caller, handle_id)  # no handle has a preview yet


@routes.serve(wire.copy_file_handles)
async def copy_file_handles(
    call: Call, body: wire.BatchFileHandleCopyRequest
) -> wire.BatchFileHandleCopyResult:
    return await service.copy_handles(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.copy_file_handle)
async def copy_file_handle(
    call: Call, handle_id_to_copy_from: str, body: wire.S3FileHandle
) -> wire.S3FileHandle:
    return await service.copy_own(call.tx, call.caller, handle_id_to_copy_from, body)


@routes.serve(wire.create_external_file_handle)
async def create_external_file_handle(call: Call, body: wire.ExternalHandle) -> wire.ExternalHandle:
    return await service.create_external(call.tx, call.caller, body)


def _own_bucket(call: Call) -> NotImplementedYet:
    call.caller.require_sign_in()
    return NotImplementedYet("Storage locations other than 1 are not served here yet.")


@routes.serve(wire.create_external_s3_file_handle, Work.READ)
async def create_external_s3_file_handle(call: Call, body: wire.S3FileHandle) -> wire.S3FileHandle:
    raise _own_bucket(call)


@routes.serve(wire.create_external_google_file_handle, Work.READ)
async def create_external_google_file_handle(
    call: Call, body: wire.GoogleCloudFileHandle
) -> wire.GoogleCloudFileHandle:
    raise _own_bucket(call)


@routes.serve(wire.create_proxy_file_handle, Work.READ)
async def create_proxy_file_handle(call: Call, body: wire.ProxyFileHandle) -> wire.ProxyFileHandle:
    raise _own_bucket(call)


# ------------------------------------------------------------------ downloads


@routes.serve(wire.get_files, Work.OWN)
async def get_files(call: Call, body: wire.BatchFileRequest) -> wire.BatchFileResult:
    return await service.get_files(
        call.db, blobs_of(call), call.caller, body, call.need(Policy), call.need(Settings)
    )


async def _send(call: Call, row: Row, redirect: bool) -> Redirection:
    seconds = call.need(Settings).download_url_seconds
    return Redirection(await service.url_of(blobs_of(call), row, seconds), redirect)


@routes.serve(wire.get_file_url, Work.OWN)
async def get_file_url(
    call: Call,
    id: str,
    file_associate_type: wire.AssociateType,
    file_associate_id: str,
    redirect: bool = True,
) -> Redirection:
    association = wire.FileHandleAssociation(
        file_handle_id=id,
        associate_object_id=file_associate_id,
        associate_object_type=file_associate_type,
    )
    policy = call.need(Policy)
    row = await call.db.read(
        lambda tx: associations.reachable(tx, call.caller, association, policy)
    )
    return await _send(call, row, redirect)


@routes.serve(wire.get_file_handle_url, Work.OWN)
async def get_file_handle_url(call: Call, handle_id: str, redirect: bool = True) -> Redirection:
    call.caller.require_sign_in()
    row = await call.db.read(lambda tx: handles.own(tx, call.caller, handle_id))
    return await _send(call, row, redirect)


async def _entity_file(call: Call, id: str, version: int | None, redirect: bool) -> Redirection:
    policy = call.need(Policy)

    async def look(tx: Tx) -> Row:
        row = await entities.load(
            tx, call.caller, ids.parse(id), bits.DOWNLOAD, policy, version=version
        )
        return await handles.find(tx, service.check_version_file(row))

    return await _send(call, await call.db.read(look), redirect)


@routes.serve(entities_wire.get_entity_file_url, Work.OWN)
async def get_entity_file_url(call: Call, id: str, redirect: bool = True) -> Redirection:
    return await _entity_file(call, id, None, redirect)


@routes.serve(entities_wire.get_version_file_url, Work.OWN)
async def get_version_file_url(
    call: Call, id: str, version_number: int, redirect: bool = True
) -> Redirection:
    return await _entity_file(call, id, version_number, redirect)


async def _no_preview(call: Call, id: str, version: int | None) -> Redirection:
    policy = call.need(Policy)
    number = ids.parse(id)
    row = await entities.load(call.tx, call.caller, number, bits.DOWNLOAD, policy, version=version)
    service.check_version_file(row)
    raise NotFound(f"The file of syn{number} has no preview.")  # no file has one yet


@routes.serve(entities_wire.get_entity_preview_url)
async def get_entity_preview_url(call: Call, id: str, redirect: bool = True) -> Redirection:
    return await _no_preview(call, id, None)


@routes.serve(entities_wire.get_version_preview_url)
async def get_version_preview_url(
    call: Call, id: str, version_number: int, redirect: bool = True
) -> Redirection:
    return await _no_preview(call, id, version_number)


async def _picture(call: Call, profile_id: str, redirect: bool) -> Redirection:
    user = users.parse_id(profile_id, "user")

    async def look(tx: Tx) -> Row:
        handle = await users.picture(tx, user)
        if handle is None:
            raise NotFound(f"The user {user} has no picture.")
        return await handles.find(tx, handle)

    return await _send(call, await call.db.read(look), redirect)


@routes.serve(users_wire.get_profile_image_url, Work.OWN)
async def get_profile_image_url(call: Call, profile_id: str, redirect: bool = True) -> Redirection:
    return await _picture(call, profile_id, redirect)


@routes.serve(users_wire.get_profile_image_preview_url, Work.OWN)
async def get_profile_image_preview_url(
    call: Call, profile_id: str, redirect: bool = True
) -> Redirection:
    return await _picture(call, profile_id, redirect)


# ------------------------------------------------------------------ many files in one


@routes.serve(wire.start_bulk_download)
async def start_bulk_download(call: Call, body: wire.BulkFileDownloadRequest) -> AsyncJobId:
    if not body.requested_files:
        raise BadRequest("requestedFiles names no file.")
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.get_bulk_download)
async def get_bulk_download(call: Call, async_token: str) -> wire.BulkFileDownloadResponse:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.BulkFileDownloadResponse
    )


@routes.serve(wire.start_restore)
async def start_restore(call: Call, body: wire.FileHandleRestoreRequest) -> AsyncJobId:
    service.check_restore(body)
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.get_restore)
async def get_restore(call: Call, async_token: str) -> wire.FileHandleRestoreResponse:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.FileHandleRestoreResponse
    )


# ------------------------------------------------------------------ destinations


@routes.serve(wire.get_upload_destination)
async def get_upload_destination(call: Call, id: str) -> wire.UploadDestination:
    return await service.destination(call.tx, call.caller, ids.parse(id), call.need(Policy))


@routes.serve(wire.get_upload_destination_at)
async def get_upload_destination_at(
    call: Call, id: str, storage_location_id: int
) -> wire.UploadDestination:
    return await service.destination(
        call.tx, call.caller, ids.parse(id), call.need(Policy), storage_location_id
    )


@routes.serve(wire.list_upload_destinations)
async def list_upload_destinations(call: Call, id: str) -> wire.UploadDestinations:
    found = await service.destination(call.tx, call.caller, ids.parse(id), call.need(Policy))
    return wire.UploadDestinations(list_=[found])


@routes.serve(wire.list_upload_locations)
async def list_upload_locations(call: Call, id: str) -> wire.UploadDestinationLocations:
    found = await service.destination(call.tx, call.caller, ids.parse(id), call.need(Policy))
    location = wire.UploadDestinationLocation(
        storage_location_id=wire.DEFAULT_STORAGE_LOCATION,
        upload_type=found.upload_type,
        description="The server's own storage",
    )
    return wire.UploadDestinationLocations(list_=[location])
