"""File handles, uploads in parts, downloads, and where bytes are kept."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from synapse_wire.base import Date, Redirection, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.jobs import AsyncJobId

_PACKAGE = "org.sagebionetworks.repo.model.file."

DEFAULT_STORAGE_LOCATION = 1
"""The storage location that every server has."""

MIN_PART_SIZE = 5 * 1024 * 1024
MAX_PART_SIZE = 5 * 1024 * 1024 * 1024
MAX_PARTS = 10_000
MAX_FILE_SIZE = 5 * 1024**4


class FileHandleBase(Wire, tag_field="concreteType"):
    """What all file handles have: a record of some bytes. Sizes are in bytes."""

    id: str | None = None
    etag: str | None = None
    created_by: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    content_type: str | None = None
    content_md5: str | None = None
    file_name: str | None = None
    storage_location_id: int | None = None
    content_size: int | None = None
    status: Literal["AVAILABLE", "UNLINKED", "ARCHIVED"] | None = None


class CloudFileHandle(FileHandleBase):
    """Bytes in a bucket."""

    bucket_name: str | None = None
    key: str | None = None
    preview_id: str | None = None
    is_preview: bool | None = None


class S3FileHandle(CloudFileHandle, tag=_PACKAGE + "S3FileHandle"):
    """Bytes that the server keeps, or that lie in an S3 bucket of the user's."""


class GoogleCloudFileHandle(CloudFileHandle, tag=_PACKAGE + "GoogleCloudFileHandle"):
    """Bytes in a Google Cloud bucket."""


class ExternalFileHandle(FileHandleBase, tag=_PACKAGE + "ExternalFileHandle"):
    """Bytes at a URL that the server never touches."""

    external_url: str | None = None


class ExternalObjectStoreFileHandle(FileHandleBase, tag=_PACKAGE + "ExternalObjectStoreFileHandle"):
    """Bytes in an object store that only the client can reach."""

    endpoint_url: str | None = None
    bucket: str | None = None
    file_key: str | None = None


class ProxyFileHandle(FileHandleBase, tag=_PACKAGE + "ProxyFileHandle"):
    """Bytes behind a proxy server."""

    file_path: str | None = None


FileHandle: TypeAlias = (
    S3FileHandle
    | GoogleCloudFileHandle
    | ExternalFileHandle
    | ExternalObjectStoreFileHandle
    | ProxyFileHandle
)
ExternalHandle: TypeAlias = ExternalFileHandle | ExternalObjectStoreFileHandle | ProxyFileHandle

AssociateType: TypeAlias = Literal[
    "FileEntity",
    "TableEntity",
    "WikiAttachment",
    "WikiMarkdown",
    "UserProfileAttachment",
    "MessageAttachment",
    "TeamAttachment",
    "SubmissionAttachment",
    "VerificationSubmission",
    "AccessRequirementAttachment",
    "DataAccessRequestAttachment",
    "DataAccessSubmissionAttachment",
    "FormData",
]


class FileHandleAssociation(Wire):
    """A file handle and the object through which the caller may reach it."""

    file_handle_id: str | None = None
    associate_object_id: str | None = None
    associate_object_type: AssociateType | None = None


FailureCode: TypeAlias = Literal["NOT_FOUND", "UNAUTHORIZED"]


class BatchFileRequest(Wire):
    """Handles and signed URLs of up to 100 files."""

    requested_files: list[FileHandleAssociation] | None = None
    include_pre_signed_urls: bool | None = None
    include_file_handles: bool | None = None
    include_preview_pre_signed_urls: bool | None = None


class BulkFileDownloadRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "BulkFileDownloadRequest"
):
    """Put the files that the caller may download into one zip file, by a job.

    Files over 100 MB, and those that would make it larger than 1 GB, are left out."""

    requested_files: list[FileHandleAssociation] | None = None
    zip_file_name: str | None = None
    zip_file_format: Literal["CommandLineCache", "Flat"] | None = None
    """``{id mod 1000}/{id}/{name}``, the default, or names alone."""


class FileDownloadSummary(Wire):
    """What became of one file of a bulk download."""

    file_handle_id: str | None = None
    associate_object_id: str | None = None
    associate_object_type: AssociateType | None = None
    zip_entry_name: str | None = None
    status: Literal["SUCCESS", "FAILURE"] | None = None
    failure_message: str | None = None
    failure_code: (
        Literal["NOT_FOUND", "UNAUTHORIZED", "DUPLICATE", "EXCEEDS_SIZE_LIMIT", "UNKNOWN_ERROR"]
        | None
    ) = None


class BulkFileDownloadResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "BulkFileDownloadResponse"
):
    """The file handle of the zip file, none if no file could be had, and a line for each."""

    result_zip_file_handle_id: str | None = None
    file_summary: list[FileDownloadSummary] | None = None
    user_id: str | None = None


class FileHandleRestoreRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FileHandleRestoreRequest"
):
    """Bring up to 1,000 archived file handles of one's own back, by a job."""

    file_handle_ids: list[str] | None = None


class FileHandleRestoreResult(Wire):
    """What became of one file handle."""

    file_handle_id: str
    status: Literal["NOT_FOUND", "UNAUTHORIZED", "FAILED", "NO_ACTION", "RESTORED", "RESTORING"]
    status_message: str | None = None


class FileHandleRestoreResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "FileHandleRestoreResponse"
):
    """In the order of the request."""

    restore_results: list[FileHandleRestoreResult]


class FileResult(Wire):
    """One file, or why not."""

    file_handle_id: str | None = None
    file_handle: FileHandle | None = None
    pre_signed_url: str | None = None
    preview_pre_signed_url: str | None = None
    failure_code: FailureCode | None = None


class BatchFileResult(Wire):
    """In the order of the request."""

    requested_files: list[FileResult]


class FileHandleCopyRequest(Wire):
    """Copy a handle, not its bytes; name and content type may change."""

    original_file: FileHandleAssociation | None = None
    new_file_name: str | None = None
    new_content_type: str | None = None


class BatchFileHandleCopyRequest(Wire):
    """Up to 100 copies."""

    copy_requests: list[FileHandleCopyRequest] | None = None


class FileHandleCopyResult(Wire):
    """One copy, or why not."""

    new_file_handle: FileHandle | None = None
    original_file_handle_id: str | None = None
    failure_code: FailureCode | None = None


class BatchFileHandleCopyResult(Wire):
    """In the order of the request."""

    copy_results: list[FileHandleCopyResult]


class MultipartRequest(Wire, tag_field="concreteType"):
    """What uploads and copies share. The same request of the same user resumes."""

    part_size_bytes: int | None = None
    file_name: str | None = None
    storage_location_id: int | None = None
    generate_preview: bool | None = None


class MultipartUploadRequest(MultipartRequest, tag=_PACKAGE + "MultipartUploadRequest"):
    """Start to upload bytes in parts, the last of which may be shorter."""

    content_md5_hex: str | None = None
    content_type: str | None = None
    file_size_bytes: int | None = None
    is_usual: ClassVar[bool] = True
    """Requests that do not say their ``concreteType`` are of this kind."""

    content_fingerprint: str | None = None
    """In place of the MD5 where the server has the extension ``late-md5``: at most 256
    characters that change whenever the content may have changed."""


class MultipartUploadCopyRequest(MultipartRequest, tag=_PACKAGE + "MultipartUploadCopyRequest"):
    """Start to copy the bytes of a file handle into another storage location."""

    source_file_handle_association: FileHandleAssociation | None = None


class MultipartUploadStatus(Wire):
    """``parts_state`` has one character per part, in order: 1 when it is there."""

    upload_id: str
    state: Literal["UPLOADING", "COMPLETED"]
    parts_state: str
    started_by: str | None = None
    started_on: Date | None = None
    updated_on: Date | None = None
    result_file_handle_id: str | None = None


class BatchPresignedUploadUrlRequest(Wire):
    """Ask for the URLs to PUT parts to; with ``content_type`` the PUT must carry it."""

    upload_id: str | None = None
    part_numbers: list[int] | None = None
    content_type: str | None = None


class PartPresignedUrl(Wire):
    """Where to PUT a part, and the headers to send with it. Good for 15 minutes."""

    part_number: int
    upload_presigned_url: str
    signed_headers: dict[str, str] | None = None


class BatchPresignedUploadUrlResponse(Wire):
    """In the order of the request."""

    part_presigned_urls: list[PartPresignedUrl]


class AddPartResponse(Wire):
    """Whether the part is there with the MD5 that was named."""

    upload_id: str
    part_number: int
    add_part_state: Literal["ADD_SUCCESS", "ADD_FAILED"]
    error_message: str | None = None


class UploadDestinationBase(Wire, tag_field="concreteType"):
    """Where new bytes of a container's files go."""

    storage_location_id: int | None = None
    upload_type: (
        Literal["S3", "GOOGLECLOUDSTORAGE", "SFTP", "HTTPS", "PROXYLOCAL", "NONE"] | None
    ) = None
    banner: str | None = None
    destination_project_id: str | None = None


class S3UploadDestination(UploadDestinationBase, tag=_PACKAGE + "S3UploadDestination"):
    """The server's own storage."""

    base_key: str | None = None
    sts_enabled: bool | None = None


UploadDestination: TypeAlias = S3UploadDestination


class UploadDestinationLocation(Wire):
    """A storage location that uploads may name."""

    storage_location_id: int
    upload_type: str | None = None
    description: str | None = None


class UploadDestinationLocations(Wire):
    """The storage locations of a container, the default first."""

    list_: list[UploadDestinationLocation]


class UploadDestinations(Wire):
    """The destinations of a container, the default first."""

    list_: list[UploadDestination]


# ------------------------------------------------------------------ handles


@endpoint("GET", "/file/v1/fileHandle/{handleId}")
def get_file_handle(handle_id: str) -> FileHandle:
    """A raw file handle; its creator and administrators only."""
    raise NotImplementedError


@endpoint("DELETE", "/file/v1/fileHandle/{handleId}")
def delete_file_handle(handle_id: str) -> None:
    """Delete a file handle that nothing links to; its creator and administrators only."""
    raise NotImplementedError


@endpoint("DELETE", "/file/v1/fileHandle/{handleId}/filepreview")
def clear_preview(handle_id: str) -> None:
    """Forget the preview of a file handle."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/fileHandle/{handleId}/url")
def get_file_handle_url(handle_id: str, redirect: bool = True) -> Redirection:
    """A signed URL of one's own file handle: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/file/{id}")
def get_file_url(
    id: str,
    file_associate_type: AssociateType,
    file_associate_id: str,
    redirect: bool = True,
) -> Redirection:
    """A signed URL of a file reached through an object: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/fileHandle/batch", repeatable=True)
def get_files(body: BatchFileRequest) -> BatchFileResult:
    """Handles and signed URLs of up to 100 files."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/filehandles/copy")
def copy_file_handles(body: BatchFileHandleCopyRequest) -> BatchFileHandleCopyResult:
    """New handles, owned by the caller, of the same bytes."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/fileHandle/{handleIdToCopyFrom}/copy")
def copy_file_handle(handle_id_to_copy_from: str, body: S3FileHandle) -> S3FileHandle:
    """A new handle of the bytes of one's own, with another name or content type."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/externalFileHandle")
def create_external_file_handle(body: ExternalHandle) -> ExternalHandle:
    """A handle of bytes that the server does not keep."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/externalFileHandle/s3")
def create_external_s3_file_handle(body: S3FileHandle) -> S3FileHandle:
    """A handle of bytes in the user's own bucket."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/externalFileHandle/googleCloud")
def create_external_google_file_handle(body: GoogleCloudFileHandle) -> GoogleCloudFileHandle:
    """A handle of bytes in the user's own Google Cloud bucket."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/externalFileHandle/proxy")
def create_proxy_file_handle(body: ProxyFileHandle) -> ProxyFileHandle:
    """A handle of bytes behind the user's own proxy."""
    raise NotImplementedError


# ------------------------------------------------------------------ uploads


@endpoint("POST", "/file/v1/file/multipart", repeatable=True)
def start_upload(
    body: MultipartUploadRequest | MultipartUploadCopyRequest, force_restart: bool = False
) -> MultipartUploadStatus:
    """Start an upload, or go on with the same one."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/file/multipart/{uploadId}/presigned/url/batch", repeatable=True)
def get_part_urls(
    upload_id: str, body: BatchPresignedUploadUrlRequest
) -> BatchPresignedUploadUrlResponse:
    """URLs to PUT parts to."""
    raise NotImplementedError


@endpoint("PUT", "/file/v1/file/multipart/{uploadId}/add/{partNumber}")
def add_part(upload_id: str, part_number: int, part_md5_hex: str) -> AddPartResponse:
    """Confirm a part; always 200, the state says whether it was taken.

    A part that was sent with its CRC32 (extension ``part-crc32``) is named by its ``ETag``.
    """
    raise NotImplementedError


@endpoint("PUT", "/file/v1/file/multipart/{uploadId}/complete")
def complete_upload(upload_id: str, content_md5_hex: str | None = None) -> MultipartUploadStatus:
    """Make a file handle of all parts. The MD5 of the whole is needed if the start did not
    name it (extension ``late-md5``)."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/entity/{id}/uploadDestination")
def get_upload_destination(id: str) -> UploadDestination:
    """Where bytes for files under this entity go."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/entity/{id}/uploadDestination/{storageLocationId}")
def get_upload_destination_at(id: str, storage_location_id: int) -> UploadDestination:
    """The same for one storage location."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/entity/{id}/uploadDestinations")
def list_upload_destinations(id: str) -> UploadDestinations:
    """Every destination of the project's setting."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/entity/{id}/uploadDestinationLocations")
def list_upload_locations(id: str) -> UploadDestinationLocations:
    """Every storage location of the project's setting."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/file/bulk/async/start")
def start_bulk_download(body: BulkFileDownloadRequest) -> AsyncJobId:
    """Start a job that zips files."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/file/bulk/async/get/{asyncToken}")
def get_bulk_download(async_token: str) -> BulkFileDownloadResponse:
    """What came of it; 202 with the status of the job until then."""
    raise NotImplementedError


@endpoint("POST", "/file/v1/fileHandle/restore/async/start")
def start_restore(body: FileHandleRestoreRequest) -> AsyncJobId:
    """Start a job that brings archived file handles back."""
    raise NotImplementedError


@endpoint("GET", "/file/v1/fileHandle/restore/async/get/{asyncToken}")
def get_restore(async_token: str) -> FileHandleRestoreResponse:
    """What came of it; 202 with the status of the job until then."""
    raise NotImplementedError
