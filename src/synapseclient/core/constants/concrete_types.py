"""The ``concreteType`` of what this release knows."""

from typing import Any

from synapse_wire import files as _files
from synapse_wire import provenance as _provenance
from synapse_wire import tables as _tables
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

_PACKAGE = "org.sagebionetworks.repo.model.table."

COLUMN_MODEL = _PACKAGE + "ColumnModel"
COLUMN_CHANGE = _PACKAGE + "ColumnChange"
PARTIAL_ROW_SET = _of(_tables.PartialRowSet)
APPENDABLE_ROWSET_REQUEST = _of(_tables.AppendableRowSetRequest)
UPLOAD_TO_TABLE_REQUEST = _of(_tables.UploadToTableRequest)
UPLOAD_TO_TABLE_RESULT = _of(_tables.UploadToTableResult)
TABLE_SCHEMA_CHANGE_REQUEST = _of(_tables.TableSchemaChangeRequest)
TABLE_SCHEMA_CHANGE_RESPONSE = _of(_tables.TableSchemaChangeResponse)
TABLE_SEARCH_CHANGE_REQUEST = _of(_tables.TableSearchChangeRequest)
TABLE_SEARCH_CHANGE_RESPONSE = _of(_tables.TableSearchChangeResponse)
TABLE_UPDATE_TRANSACTION_REQUEST = _of(_tables.TableUpdateTransactionRequest)
ROW_REFERENCE_SET_RESULTS = _of(_tables.RowReferenceSetResults)
ENTITY_UPDATE_RESULTS = _PACKAGE + "EntityUpdateResults"
QUERY_BUNDLE_REQUEST = _of(_tables.QueryBundleRequest)
QUERY_RESULT = _of(_tables.QueryResult)
QUERY_TABLE_CSV_REQUEST = _of(_tables.DownloadFromTableRequest)
QUERY_TABLE_CSV_RESULT = _of(_tables.DownloadFromTableResult)
