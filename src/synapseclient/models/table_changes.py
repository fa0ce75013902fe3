"""What a table is told, and what comes of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from synapse_wire import tables as wire
from synapseclient.core.constants import concrete_types
from synapseclient.models.asynchronous_job import AsynchronousCommunicator, Job
from synapseclient.models.columns import Column, sent
from synapseclient.models.table_queries import CsvTableDescriptor, SelectColumn


class TableUpdateRequest(ABC):
    """A change of a table; several of them are a ``TableUpdateTransaction``."""

    concrete_type: str
    entity_id: Any

    @abstractmethod
    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""


@dataclass
class PartialRow:
    """New values of some cells of a row: each ``{"key": id of the column, "value": …}``."""

    row_id: str | None
    values: list[dict[str, Any]]
    etag: str | None = None

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)

    def size(self) -> int:
        """How many bytes it has, about."""
        return len(json.dumps(self.to_synapse_request(), default=str).encode())


@dataclass
class PartialRowSet:
    """Changes of single cells."""

    table_id: str
    rows: list[PartialRow]
    concrete_type: str = concrete_types.PARTIAL_ROW_SET

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class AppendableRowSetRequest(TableUpdateRequest):
    """A change of rows."""

    entity_id: str
    to_append: PartialRowSet
    concrete_type: str = field(init=False, default=concrete_types.APPENDABLE_ROWSET_REQUEST)

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class UploadToTableRequest(TableUpdateRequest):
    """A change by a CSV file that was uploaded."""

    entity_id: str | None = None
    table_id: str | None = None
    upload_file_handle_id: str = field(kw_only=True)
    update_etag: str | None = None
    lines_to_skip: int = 0
    csv_table_descriptor: CsvTableDescriptor = field(default_factory=CsvTableDescriptor)
    concrete_type: str = field(init=False, default=concrete_types.UPLOAD_TO_TABLE_REQUEST)

    def __post_init__(self) -> None:
        known = {each for each in (self.entity_id, self.table_id) if each is not None}
        if len(known) != 1:
            raise ValueError(
                "The table is named by entity_id or table_id; if both are given they are the same,"
                f" not {self.entity_id!r} and {self.table_id!r}."
            )
        self.entity_id = self.table_id = known.pop()

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class ColumnChange:
    """One column becomes another; it is added without the old one, removed without the new."""

    concrete_type: str = concrete_types.COLUMN_CHANGE
    old_column_id: str | None = None
    new_column_id: str | None = None

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class TableSchemaChangeRequest(TableUpdateRequest):
    """A change of columns; ``ordered_column_ids`` are all that there are then."""

    entity_id: str
    changes: list[ColumnChange]
    ordered_column_ids: list[str]
    concrete_type: str = field(init=False, default=concrete_types.TABLE_SCHEMA_CHANGE_REQUEST)

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class TableSearchChangeRequest(TableUpdateRequest):
    """Switch full-text search on or off."""

    entity_id: str
    search_enabled: bool
    concrete_type: str = field(init=False, default=concrete_types.TABLE_SEARCH_CHANGE_REQUEST)

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class SnapshotRequest:
    """How a snapshot is labelled; ``activity`` is the id of what made it."""

    comment: str | None = None
    label: str | None = None
    activity: str | None = None

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return {
            "snapshotComment": self.comment,
            "snapshotLabel": self.label,
            "snapshotActivityId": self.activity,
        }

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> SnapshotRequest:
        """Set the fields from what the server sends."""
        self.comment = synapse_response.get("snapshotComment")
        self.label = synapse_response.get("snapshotLabel")
        self.activity = synapse_response.get("snapshotActivityId")
        return self


# ------------------------------------------------------------------ what comes of it


class EntityUpdateFailureCode(StrEnum):
    """Why an entity was not changed through a view. A code of a newer server is kept as it is."""

    NOT_FOUND = "NOT_FOUND"
    UNAUTHORIZED = "UNAUTHORIZED"
    CONCURRENT_UPDATE = "CONCURRENT_UPDATE"
    ILLEGAL_ARGUMENT = "ILLEGAL_ARGUMENT"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> EntityUpdateFailureCode | None:
        if not isinstance(value, str):
            return None
        made = str.__new__(cls, value)
        made._name_ = made._value_ = value
        return made


@dataclass
class RowReference:
    """A row as of a version."""

    row_id: int | None = None
    version_number: int | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> RowReference:
        """From what the server sends."""
        return cls(data.get("rowId"), data.get("versionNumber"))


@dataclass
class RowReferenceSet:
    """The rows that a change touched."""

    table_id: str | None = None
    etag: str | None = None
    headers: list[SelectColumn] | None = None
    rows: list[RowReference] | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> RowReferenceSet:
        """From what the server sends."""
        return cls(
            data.get("tableId"),
            data.get("etag"),
            [SelectColumn.fill_from_dict(each) for each in data.get("headers") or ()] or None,
            [RowReference.fill_from_dict(each) for each in data.get("rows") or ()] or None,
        )


@dataclass
class EntityUpdateResult:
    """Whether an entity was changed through a view, and if not, why."""

    entity_id: str | None = None
    failure_code: EntityUpdateFailureCode | None = None
    failure_message: str | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> EntityUpdateResult:
        """From what the server sends."""
        code = data.get("failureCode")
        return cls(
            data.get("entityId"),
            EntityUpdateFailureCode(code) if code else None,
            data.get("failureMessage"),
        )

    @property
    def succeeded(self) -> bool:
        """Whether it was changed."""
        return not self.failure_code and not self.failure_message


@dataclass
class TableUpdateResponse(ABC):
    """What came of a change."""

    concrete_type: str | None

    @classmethod
    @abstractmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> TableUpdateResponse:
        """From what the server sends."""

    @property
    def rows_changed(self) -> int | None:
        """How many rows were changed; None if it is no change of rows."""
        return None


@dataclass
class EntityUpdateResults(TableUpdateResponse):
    """Of a change through a view: what became of each entity. Each is changed by itself."""

    concrete_type: str | None = field(init=False, default=concrete_types.ENTITY_UPDATE_RESULTS)
    update_results: list[EntityUpdateResult] | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> EntityUpdateResults:
        """From what the server sends."""
        results = data.get("updateResults") or ()
        return cls([EntityUpdateResult.fill_from_dict(each) for each in results] or None)

    @property
    def successful_entity_updates(self) -> list[EntityUpdateResult]:
        """Those that were changed."""
        return [each for each in self.update_results or () if each.succeeded]

    @property
    def successful_entity_ids(self) -> list[str]:
        """The ids of those that were changed."""
        return [each.entity_id for each in self.successful_entity_updates if each.entity_id]

    @property
    def failed_entity_updates(self) -> list[EntityUpdateResult]:
        """Those that were not."""
        return [each for each in self.update_results or () if not each.succeeded]

    @property
    def rows_changed(self) -> int:
        """How many were changed."""
        return len(self.successful_entity_updates)


@dataclass
class RowReferenceSetResults(TableUpdateResponse):
    """Of a change of rows: which."""

    concrete_type: str | None = field(init=False, default=concrete_types.ROW_REFERENCE_SET_RESULTS)
    row_reference_set: RowReferenceSet | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> RowReferenceSetResults:
        """From what the server sends."""
        rows = data.get("rowReferenceSet")
        return cls(RowReferenceSet.fill_from_dict(rows) if rows else None)

    @property
    def rows_changed(self) -> int:
        """How many rows were changed."""
        return 0 if self.row_reference_set is None else len(self.row_reference_set.rows or ())


@dataclass
class UploadToTableResult(TableUpdateResponse):
    """Of a CSV file: how many of its rows were taken."""

    concrete_type: str | None = field(init=False, default=concrete_types.UPLOAD_TO_TABLE_RESULT)
    rows_processed: int | None = None
    etag: str | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> UploadToTableResult:
        """From what the server sends."""
        return cls(data.get("rowsProcessed"), data.get("etag"))

    @property
    def rows_changed(self) -> int | None:
        """How many rows were taken."""
        return self.rows_processed


@dataclass
class TableSchemaChangeResponse(TableUpdateResponse):
    """The columns that a table has now."""

    concrete_type: str | None = field(
        init=False, default=concrete_types.TABLE_SCHEMA_CHANGE_RESPONSE
    )
    schema: list[Column] | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> TableSchemaChangeResponse:
        """From what the server sends."""
        return cls([Column().fill_from_dict(each) for each in data.get("schema") or ()] or None)


@dataclass
class TableSearchChangeResponse(TableUpdateResponse):
    """Whether full-text search is on now."""

    concrete_type: str | None = field(
        init=False, default=concrete_types.TABLE_SEARCH_CHANGE_RESPONSE
    )
    search_enabled: bool | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> TableSearchChangeResponse:
        """From what the server sends."""
        return cls(data.get("searchEnabled"))


@dataclass
class UnknownTableUpdateResponse(TableUpdateResponse):
    """What a newer server answers and this release does not know, as it was sent."""

    concrete_type: str | None = None
    data: dict[str, Any] | None = None

    @classmethod
    def fill_from_dict(cls, data: Mapping[str, Any]) -> UnknownTableUpdateResponse:
        """From what the server sends."""
        return cls(data.get("concreteType"), dict(data))


_ANSWERS: dict[str | None, type[TableUpdateResponse]] = {
    concrete_types.ENTITY_UPDATE_RESULTS: EntityUpdateResults,
    concrete_types.ROW_REFERENCE_SET_RESULTS: RowReferenceSetResults,
    concrete_types.UPLOAD_TO_TABLE_RESULT: UploadToTableResult,
    concrete_types.TABLE_SCHEMA_CHANGE_RESPONSE: TableSchemaChangeResponse,
    concrete_types.TABLE_SEARCH_CHANGE_RESPONSE: TableSearchChangeResponse,
}


def table_update_response_from_dict(data: Mapping[str, Any]) -> TableUpdateResponse:
    """What came of a change, as the class for its type."""
    return _ANSWERS.get(data.get("concreteType"), UnknownTableUpdateResponse).fill_from_dict(data)


@dataclass
class TableUpdateTransaction(AsynchronousCommunicator):
    """Changes of one table in this order: of a table all or none, through a view each entity by
    itself. The last two fields are the answer."""

    entity_id: str
    concrete_type: str = concrete_types.TABLE_UPDATE_TRANSACTION_REQUEST
    create_snapshot: bool = False
    changes: list[TableUpdateRequest] | None = None
    snapshot_options: SnapshotRequest | None = None
    results: list[TableUpdateResponse] | None = None
    snapshot_version_number: int | None = None

    @property
    def entities_with_changes_applied(self) -> list[str] | None:
        """The entities that were changed through a view; None if there are none."""
        found = [
            id
            for each in self.results or ()
            if isinstance(each, EntityUpdateResults)
            for id in each.successful_entity_ids
        ]
        return found or None

    @property
    def failed_entity_updates(self) -> list[EntityUpdateResult]:
        """The entities that were not changed through a view, and why."""
        return [
            failed
            for each in self.results or ()
            if isinstance(each, EntityUpdateResults)
            for failed in each.failed_entity_updates
        ]

    @property
    def total_rows_changed(self) -> int | None:
        """How many rows were changed; None before the answer."""
        if self.results is None:
            return None
        return sum(each.rows_changed or 0 for each in self.results)

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        request: dict[str, Any] = {
            "concreteType": self.concrete_type,
            "entityId": self.entity_id,
            "createSnapshot": self.create_snapshot,
        }
        if self.changes:
            request["changes"] = [each.to_synapse_request() for each in self.changes]
        if self.snapshot_options:
            request["snapshotOptions"] = self.snapshot_options.to_synapse_request()
        return request

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> TableUpdateTransaction:
        """Take the answer."""
        results = synapse_response.get("results")
        self.snapshot_version_number = synapse_response.get("snapshotVersionNumber")
        self.results = (
            None if results is None else [table_update_response_from_dict(each) for each in results]
        )
        return self

    def _job(self) -> Job:
        body = msgspec.convert(
            self.to_synapse_request(), wire.TableUpdateTransactionRequest, strict=False
        )
        return Job(wire.start_transaction, wire.get_transaction, (self.entity_id,), body)
