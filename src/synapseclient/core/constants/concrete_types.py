"""The ``concreteType`` of what this release knows."""

from typing import Any

from synapse_wire import files as _files
from synapse_wire import provenance as _provenance
from synapse_wire.entities import CONCRETE_TYPES as _TYPES


def _of(struct: Any) -> str:
    return str(struct.__struct_config__.tag)


PROJECT_ENTITY = _TYPES["project"]
FOLDER_ENTITY = _TYPES["folder"]
FILE_ENTITY = _TYPES["file"]
LINK_ENTITY = _TYPES["link"]
TABLE_ENTITY = _TYPES["table"]
ENTITY_VIEW = _TYPES["entityview"]
SUBMISSION_VIEW = _TYPES["submissionview"]
DATASET_ENTITY = _TYPES["dataset"]
DATASET_COLLECTION_ENTITY = _TYPES["datasetcollection"]
MATERIALIZED_VIEW = _TYPES["materializedview"]
VIRTUAL_TABLE = _TYPES["virtualtable"]
DOCKER_REPOSITORY = _TYPES["dockerrepo"]
RECORD_SET_ENTITY = _TYPES["recordset"]
SEARCH_INDEX_ENTITY = _TYPES["searchindex"]

S3_FILE_HANDLE = _of(_files.S3FileHandle)
EXTERNAL_FILE_HANDLE = _of(_files.ExternalFileHandle)
EXTERNAL_OBJECT_STORE_FILE_HANDLE = _of(_files.ExternalObjectStoreFileHandle)
MULTIPART_UPLOAD_REQUEST = _of(_files.MultipartUploadRequest)
MULTIPART_UPLOAD_COPY_REQUEST = _of(_files.MultipartUploadCopyRequest)
SYNAPSE_S3_UPLOAD_DESTINATION = _of(_files.S3UploadDestination)

USED_ENTITY = _of(_provenance.UsedEntity)
USED_URL = _of(_provenance.UsedURL)
