"""File handles, and uploads in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from synapse_wire import files as wire
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseAuthorizationError, SynapseFileNotFoundError
from synapseclient.core.utils import as_url


@dataclass
class AddPartResponse:
    """Whether a part was taken: ``add_part_state`` is ADD_SUCCESS or ADD_FAILED."""

    upload_id: str
    part_number: int
    add_part_state: str
    error_message: str | None = None


async def get_file_handle(file_handle_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """A file handle of your own."""
    return await _call(synapse_client, wire.get_file_handle, str(file_handle_id))


async def get_file_handle_presigned_url(
    file_handle_id: str, *, synapse_client: Synapse | None = None
) -> str:
    """An address for the bytes of a file handle of your own."""
    syn = Synapse.get_client(synapse_client)
    uri = f"/fileHandle/{file_handle_id}/url?redirect=false"
    return str(await syn.rest_get_async(uri, syn.fileHandleEndpoint))


async def get_file_handle_for_download_async(
    file_handle_id: str,
    synapse_id: str,
    entity_type: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """A file handle with an address for its bytes, reached through an entity.

    Raises:
        SynapseFileNotFoundError: The entity does not have it.
        SynapseAuthorizationError: You may not download it.
    """
    association = wire.FileHandleAssociation(
        file_handle_id=str(file_handle_id),
        associate_object_id=synapse_id,
        associate_object_type=cast(wire.AssociateType, entity_type or "FileEntity"),
    )
    body = wire.BatchFileRequest(
        requested_files=[association], include_file_handles=True, include_pre_signed_urls=True
    )
    (found,) = (await _call(synapse_client, wire.get_files, body))["requestedFiles"]
    if found.get("failureCode") == "NOT_FOUND":
        raise SynapseFileNotFoundError(f"{synapse_id} has no file handle {file_handle_id}.")
    if found.get("failureCode") == "UNAUTHORIZED":
        raise SynapseAuthorizationError(
            f"You may not download the file handle {file_handle_id} of {synapse_id}. Ask its owner"
            " for DOWNLOAD access."
        )
    return cast(Json, found)


get_file_handle_for_download = blocking(get_file_handle_for_download_async)


async def post_file_handles_copy(
    copy_requests: list[dict[str, Any]], *, synapse_client: Synapse | None = None
) -> list[dict[str, Any]]:
    """Make new handles, owned by you, of bytes that you may download; at most 100."""
    body = {"copyRequests": copy_requests}
    answer = await _call(synapse_client, wire.copy_file_handles, body)
    return cast("list[dict[str, Any]]", answer["copyResults"])


async def post_external_filehandle(
    external_url: str,
    mimetype: str | None = None,
    md5: str | None = None,
    file_size: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Note a URL, or a path, as a file handle; no bytes move."""
    return await Synapse.get_client(synapse_client).upload_file_handle_async(
        as_url(external_url), "", False, mimetype, md5, file_size
    )


# ------------------------------------------------------------------ uploads in parts


async def post_file_multipart(
    upload_request_payload: Json,
    force_restart: bool,
    endpoint: str,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Start an upload, or go on with the same one."""
    syn = Synapse.get_client(synapse_client)
    uri = f"/file/multipart?forceRestart={str(force_restart).lower()}"
    return cast(Json, await syn.rest_post_async(uri, upload_request_payload, endpoint))


async def post_file_multipart_presigned_urls(
    upload_id: str, part_numbers: list[int], *, synapse_client: Synapse | None = None
) -> Json:
    """Where to PUT parts to."""
    body = wire.BatchPresignedUploadUrlRequest(upload_id=upload_id, part_numbers=part_numbers)
    return await _call(synapse_client, wire.get_part_urls, upload_id, body)


async def put_file_multipart_add(
    upload_id: str, part_number: int, md5_hex: str, *, synapse_client: Synapse | None = None
) -> AddPartResponse:
    """Confirm a part."""
    answer = await Synapse.get_client(synapse_client).call(
        wire.add_part, upload_id, part_number, md5_hex
    )
    return AddPartResponse(
        answer.upload_id, answer.part_number, answer.add_part_state, answer.error_message
    )


async def put_file_multipart_complete(
    upload_id: str, endpoint: str, *, synapse_client: Synapse | None = None
) -> Json:
    """Make a file handle of all parts."""
    syn = Synapse.get_client(synapse_client)
    return cast(
        Json, await syn.rest_put_async(f"/file/multipart/{upload_id}/complete", None, endpoint)
    )
