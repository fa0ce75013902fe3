"""The object-oriented API: dataclasses with verbs, each verb async and blocking.

``await File(id="syn1").get_async()`` and ``File(id="syn1").get()`` are the same. All verbs take
``synapse_client``, the session to use; without it they use the latest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapseclient.core.lazy import first_use

if TYPE_CHECKING:
    from synapseclient.models.activity import Activity, UsedEntity, UsedURL
    from synapseclient.models.annotations import Annotations
    from synapseclient.models.columns import (
        Column,
        ColumnExpansionStrategy,
        ColumnType,
        FacetType,
        JsonSubColumn,
        SchemaStorageStrategy,
    )
    from synapseclient.models.container import FailureStrategy
    from synapseclient.models.dataset import Dataset, DatasetCollection, EntityRef
    from synapseclient.models.entityview import EntityView, ViewTypeMask
    from synapseclient.models.evaluation import Evaluation
    from synapseclient.models.file import File, FileHandle
    from synapseclient.models.folder import Folder
    from synapseclient.models.link import Link
    from synapseclient.models.materializedview import MaterializedView
    from synapseclient.models.project import Project
    from synapseclient.models.queries import (
        query,
        query_async,
        query_part_mask,
        query_part_mask_async,
    )
    from synapseclient.models.submission import Submission
    from synapseclient.models.submission_bundle import SubmissionBundle
    from synapseclient.models.submission_status import SubmissionStatus
    from synapseclient.models.submissionview import SubmissionView
    from synapseclient.models.table import Table
    from synapseclient.models.table_changes import (
        AppendableRowSetRequest,
        ColumnChange,
        EntityUpdateFailureCode,
        EntityUpdateResult,
        EntityUpdateResults,
        PartialRow,
        PartialRowSet,
        RowReference,
        RowReferenceSet,
        RowReferenceSetResults,
        TableSchemaChangeRequest,
        TableSchemaChangeResponse,
        TableSearchChangeRequest,
        TableSearchChangeResponse,
        TableUpdateRequest,
        TableUpdateResponse,
        TableUpdateTransaction,
        UnknownTableUpdateResponse,
        UploadToTableRequest,
        UploadToTableResult,
        table_update_response_from_dict,
    )
    from synapseclient.models.table_queries import (
        ActionRequiredCount,
        CsvTableDescriptor,
        Query,
        QueryBundleRequest,
        QueryJob,
        QueryNextPageToken,
        QueryResult,
        QueryResultBundle,
        QueryResultOutput,
        Row,
        RowSet,
        SelectColumn,
        SumFileSizes,
    )
    from synapseclient.models.team import Team, TeamMember, TeamMembershipStatus
    from synapseclient.models.user import UserGroupHeader, UserPreference, UserProfile
    from synapseclient.models.virtualtable import VirtualTable
    from synapseclient.models.wiki import WikiHeader, WikiHistorySnapshot, WikiOrderHint, WikiPage

_HOME = {
    "ActionRequiredCount": "table_queries",
    "Activity": "activity",
    "Annotations": "annotations",
    "AppendableRowSetRequest": "table_changes",
    "Column": "columns",
    "ColumnChange": "table_changes",
    "ColumnExpansionStrategy": "columns",
    "ColumnType": "columns",
    "CsvTableDescriptor": "table_queries",
    "Dataset": "dataset",
    "DatasetCollection": "dataset",
    "EntityRef": "dataset",
    "EntityUpdateFailureCode": "table_changes",
    "EntityUpdateResult": "table_changes",
    "EntityUpdateResults": "table_changes",
    "EntityView": "entityview",
    "Evaluation": "evaluation",
    "FacetType": "columns",
    "FailureStrategy": "container",
    "File": "file",
    "FileHandle": "file",
    "Folder": "folder",
    "JsonSubColumn": "columns",
    "Link": "link",
    "MaterializedView": "materializedview",
    "PartialRow": "table_changes",
    "PartialRowSet": "table_changes",
    "Project": "project",
    "Query": "table_queries",
    "QueryBundleRequest": "table_queries",
    "QueryJob": "table_queries",
    "QueryNextPageToken": "table_queries",
    "QueryResult": "table_queries",
    "QueryResultBundle": "table_queries",
    "QueryResultOutput": "table_queries",
    "Row": "table_queries",
    "RowReference": "table_changes",
    "RowReferenceSet": "table_changes",
    "RowReferenceSetResults": "table_changes",
    "RowSet": "table_queries",
    "SchemaStorageStrategy": "columns",
    "SelectColumn": "table_queries",
    "Submission": "submission",
    "SubmissionBundle": "submission_bundle",
    "SubmissionStatus": "submission_status",
    "SubmissionView": "submissionview",
    "SumFileSizes": "table_queries",
    "Table": "table",
    "TableSchemaChangeRequest": "table_changes",
    "TableSchemaChangeResponse": "table_changes",
    "TableSearchChangeRequest": "table_changes",
    "TableSearchChangeResponse": "table_changes",
    "TableUpdateRequest": "table_changes",
    "TableUpdateResponse": "table_changes",
    "TableUpdateTransaction": "table_changes",
    "Team": "team",
    "TeamMember": "team",
    "TeamMembershipStatus": "team",
    "UnknownTableUpdateResponse": "table_changes",
    "UploadToTableRequest": "table_changes",
    "UploadToTableResult": "table_changes",
    "UsedEntity": "activity",
    "UsedURL": "activity",
    "UserGroupHeader": "user",
    "UserPreference": "user",
    "UserProfile": "user",
    "ViewTypeMask": "entityview",
    "VirtualTable": "virtualtable",
    "WikiHeader": "wiki",
    "WikiHistorySnapshot": "wiki",
    "WikiOrderHint": "wiki",
    "WikiPage": "wiki",
    "query": "queries",
    "query_async": "queries",
    "query_part_mask": "queries",
    "query_part_mask_async": "queries",
    "table_update_response_from_dict": "table_changes",
}

__all__ = [
    "ActionRequiredCount",
    "Activity",
    "Annotations",
    "AppendableRowSetRequest",
    "Column",
    "ColumnChange",
    "ColumnExpansionStrategy",
    "ColumnType",
    "CsvTableDescriptor",
    "Dataset",
    "DatasetCollection",
    "EntityRef",
    "EntityUpdateFailureCode",
    "EntityUpdateResult",
    "EntityUpdateResults",
    "EntityView",
    "Evaluation",
    "FacetType",
    "FailureStrategy",
    "File",
    "FileHandle",
    "Folder",
    "JsonSubColumn",
    "Link",
    "MaterializedView",
    "PartialRow",
    "PartialRowSet",
    "Project",
    "Query",
    "QueryBundleRequest",
    "QueryJob",
    "QueryNextPageToken",
    "QueryResult",
    "QueryResultBundle",
    "QueryResultOutput",
    "Row",
    "RowReference",
    "RowReferenceSet",
    "RowReferenceSetResults",
    "RowSet",
    "SchemaStorageStrategy",
    "SelectColumn",
    "Submission",
    "SubmissionBundle",
    "SubmissionStatus",
    "SubmissionView",
    "SumFileSizes",
    "Table",
    "TableSchemaChangeRequest",
    "TableSchemaChangeResponse",
    "TableSearchChangeRequest",
    "TableSearchChangeResponse",
    "TableUpdateRequest",
    "TableUpdateResponse",
    "TableUpdateTransaction",
    "Team",
    "TeamMember",
    "TeamMembershipStatus",
    "UnknownTableUpdateResponse",
    "UploadToTableRequest",
    "UploadToTableResult",
    "UsedEntity",
    "UsedURL",
    "UserGroupHeader",
    "UserPreference",
    "UserProfile",
    "ViewTypeMask",
    "VirtualTable",
    "WikiHeader",
    "WikiHistorySnapshot",
    "WikiOrderHint",
    "WikiPage",
    "query",
    "query_async",
    "query_part_mask",
    "query_part_mask_async",
    "table_update_response_from_dict",
]


def __getattr__(name: str) -> Any:
    value = globals()[name] = first_use(__name__, name, _HOME)
    return value
