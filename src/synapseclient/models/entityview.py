"""Entity views: what lies in projects and folders, as a table."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synapseclient.models.view import RowUpdates, ViewBase
from synapseclient.tables.kinds import ViewTypeMask as ViewTypeMask
from synapseclient.tables.views import EntityViewSchema

if TYPE_CHECKING:
    from synapseclient.entity import Entity


@dataclass
class EntityView(RowUpdates, ViewBase):
    """The entities of some types below projects and folders, as a table: a row for each, their
    annotations and properties in its columns.

    ``scope_ids`` are the projects and folders; ``view_type_mask`` says which types, such as
    ``ViewTypeMask.FILE | ViewTypeMask.FOLDER``.
    """

    view_type_mask: Any = None
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
    scope_ids: Any = field(default_factory=set)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)

    _kind: ClassVar[type[Entity]] = EntityViewSchema

    def __post_init__(self) -> None:
        super().__post_init__()
        self.scope_ids = set(self.scope_ids or ())

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from an entity view as the server sends it."""
        super().fill_from_dict(entity, set_annotations)
        self.view_type_mask = entity.get("viewTypeMask")
        self.scope_ids = {f"syn{_number(id)}" for id in entity.get("scopeIds") or ()}
        return self

    def _own_properties(self) -> dict[str, Any]:
        scope = sorted((_number(id) for id in self.scope_ids or ()), key=int)
        return {**super()._own_properties(), "viewTypeMask": self._mask(), "scopeIds": scope}


def _number(id: Any) -> str:
    """The number of an entity.

    Raises:
        ValueError: It is no id.
    """
    text = str(id).strip().lower().removeprefix("syn")
    if not text.isdecimal():
        raise ValueError(f"A scope is the id of a project or folder, not {id!r}.")
    return text
