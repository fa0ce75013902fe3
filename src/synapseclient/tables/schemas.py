"""The older classes of columns and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_wire.entities import CONCRETE_TYPES
from synapseclient.core.dicts import DictObject
from synapseclient.core.utils import id_of
from synapseclient.entity import _ENTITY, _VERSION, Entity, Versionable

if TYPE_CHECKING:
    from synapseclient.client import Synapse


MAX_NUM_TABLE_COLUMNS = 152
"""Columns that a table or view has at most."""


class Column(DictObject):
    """The definition of a column: ``name``, ``columnType``, ``maximumSize``, ``defaultValue``,
    ``enumValues``, ``facetType`` …"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setdefault("concreteType", "org.sagebionetworks.repo.model.table.ColumnModel")

    @classmethod
    def getURI(cls, id: str) -> str:
        """Its path."""
        return f"/column/{id}"

    def postURI(self) -> str:
        """The path to create it at."""
        return "/column"


class SelectColumn(DictObject):
    """A column of a result; it has an ``id`` if it is one of the table."""

    def __init__(
        self,
        id: str | None = None,
        columnType: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        for key, value in (("id", id), ("name", name), ("columnType", columnType)):
            if value:
                self[key] = value
        for key in kwargs:
            if key not in ("concreteType",):
                self[key] = kwargs[key]

    @classmethod
    def from_column(cls, column: Mapping[str, Any]) -> SelectColumn:
        """That of a column of a table."""
        return cls(column.get("id"), column.get("columnType"), column.get("name"))


class SchemaBase(Entity):
    """What entities with columns share."""

    _property_keys: ClassVar[list[str]] = [*_ENTITY, *_VERSION, "columnIds"]
    _local_keys: ClassVar[list[str]] = ["columns_to_store"]
    _can_force_version = False

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        parent: Any = None,
        **kwargs: Any,
    ) -> None:
        self.__dict__["columns_to_store"] = []
        if name is not None:
            kwargs["name"] = name
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            parent=parent,
            **kwargs,
        )
        self.properties.setdefault("columnIds", [])
        self.properties["columnIds"] = list(self.properties["columnIds"] or [])
        self.addColumns(columns or [])

    def addColumn(self, column: Any) -> None:
        """Add a column: its definition, or the id of one that is stored. ``store`` makes it so."""
        if isinstance(column, Mapping) and not column.get("id"):
            self.__dict__["columns_to_store"].append(column)
        else:
            self.properties["columnIds"].append(id_of(column))

    def addColumns(self, columns: Iterable[Any]) -> None:
        """Add several columns."""
        for each in columns:
            self.addColumn(each)

    def removeColumn(self, column: Any) -> None:
        """Remove a column with all its values, once the schema is stored.

        Raises:
            ValueError: It has no such column.
        """
        if isinstance(column, Mapping) and not column.get("id"):
            self.__dict__["columns_to_store"].remove(column)
        else:
            self.properties["columnIds"].remove(id_of(column))

    async def _prepare(self, syn: Synapse) -> None:
        if len(self.columns_to_store) + len(self.properties["columnIds"]) > MAX_NUM_TABLE_COLUMNS:
            raise ValueError(
                f"Too many columns. The limit is {MAX_NUM_TABLE_COLUMNS} columns per table"
            )
        made = await syn.create_columns_async(self.__dict__["columns_to_store"])
        self.properties["columnIds"] += [each["id"] for each in made]
        self.__dict__["columns_to_store"] = []

    def has_columns(self) -> bool:
        """Whether it has any columns, stored or not."""
        return bool(self.properties["columnIds"] or self.__dict__["columns_to_store"])


class Schema(SchemaBase, Versionable):
    """A table: its name, its columns and where it is; the rows are told apart from it."""

    _synapse_entity_type = CONCRETE_TYPES["table"]
    _property_keys: ClassVar[list[str]] = [*SchemaBase._property_keys, "isSearchEnabled"]

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        parent: Any = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, columns, properties, annotations, local_state, parent, **kwargs)


def column_ids(columns: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """The ids of columns, of those that have one."""
    return [each["id"] for each in columns or () if "id" in each]
