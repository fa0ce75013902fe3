"""Materialized views: the result of a query, kept up to date, as a table."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synapseclient.models.tabular import TabularModel
from synapseclient.tables.views import MaterializedViewSchema

if TYPE_CHECKING:
    from synapseclient.entity import Entity


@dataclass
class DefinedBySql(TabularModel):
    """A table that is what a query finds; its columns follow from that."""

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
    is_search_enabled: bool | None = None
    defining_sql: str | None = None
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)

    _owns_columns: ClassVar[bool] = False

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from what the server sends."""
        super().fill_from_dict(entity, set_annotations)
        self.defining_sql = entity.get("definingSQL")
        return self

    def _own_properties(self) -> dict[str, Any]:
        return {
            "definingSQL": self.defining_sql,
            "isSearchEnabled": self.is_search_enabled,
        }


@dataclass
class MaterializedView(DefinedBySql):
    """What the query ``defining_sql`` finds in tables and views, which it may JOIN and UNION, as
    a table. Its columns follow from the query."""

    _kind: ClassVar[type[Entity]] = MaterializedViewSchema
