"""Views: which columns they can have."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.jobs import AsyncJobId
from synapse_wire.tables import ColumnModel, ColumnModels

_PACKAGE = "org.sagebionetworks.repo.model.table."

ViewType: TypeAlias = Literal["file", "project", "file_and_table"]
"""The older words for the masks 0x1, 0x2 and 0x5."""
ViewEntityType: TypeAlias = Literal["entityview", "submissionview", "dataset", "datasetcollection"]


class ViewScope(Wire):
    """What a view would show: see ``EntityView``. The scope of a dataset are its items."""

    scope: list[str] | None = None
    view_entity_type: ViewEntityType | None = None
    view_type_mask: int | None = None
    view_type: ViewType | None = None


class ViewColumnModelRequest(
    Wire, tag_field="concreteType", tag=_PACKAGE + "ViewColumnModelRequest"
):
    """Suggest columns for the annotations of what a view would show."""

    view_scope: ViewScope | None = None
    include_derived_annotations: bool | None = None
    next_page_token: str | None = None


class ViewColumnModelResponse(
    Wire, tag_field="concreteType", tag=_PACKAGE + "ViewColumnModelResponse"
):
    """A page of columns that no one has stored yet, by name."""

    results: list[ColumnModel]
    next_page_token: str | None = None


@endpoint("GET", "/repo/v1/column/tableview/defaults")
def get_default_columns(
    view_entity_type: ViewEntityType | None = None, view_type_mask: int | None = None
) -> ColumnModels:
    """The columns that a view of this type has unless others are chosen."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/column/tableview/defaults/{viewtype}")
def get_default_columns_of_type(viewtype: ViewType) -> ColumnModels:
    """The same for the older view types."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/column/view/scope/async/start", repeatable=True)
def start_suggestion(body: ViewColumnModelRequest) -> AsyncJobId:
    """Suggest columns for the annotations of what a view would show, by a job."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/column/view/scope/async/get/{asyncToken}")
def get_suggestion(async_token: str) -> ViewColumnModelResponse:
    """What came of it; 202 while it is not done."""
    raise NotImplementedError
