"""Submission views: the submissions to evaluations, as a table."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synapseclient.models.view import ViewBase
from synapseclient.tables.kinds import ViewEntityType
from synapseclient.tables.views import SubmissionViewSchema

if TYPE_CHECKING:
    from synapseclient.entity import Entity


@dataclass
class SubmissionView(ViewBase):
    """The submissions to the evaluations ``scope_ids``, as a table."""

    view_entity_type: ViewEntityType | None = ViewEntityType.SUBMISSION_VIEW
    description: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = field(default=None, compare=False)
    columns: Any = field(default_factory=OrderedDict, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    is_search_enabled: bool | None = None
    scope_ids: list[str] = field(default_factory=list)

    _kind: ClassVar[type[Entity]] = SubmissionViewSchema

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from a submission view as the server sends it."""
        super().fill_from_dict(entity, set_annotations)
        self.scope_ids = list(entity.get("scopeIds") or ())
        return self

    def _own_properties(self) -> dict[str, Any]:
        scope = [str(id) for id in self.scope_ids or ()]
        return {**super()._own_properties(), "scopeIds": scope}
