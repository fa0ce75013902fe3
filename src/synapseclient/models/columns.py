"""What tables are made of: columns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Container, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum, StrEnum
from typing import Any

from synapse_wire import tables as wire
from synapse_wire.base import camel
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.records import blocking_generator, fill


class ColumnType(StrEnum):
    """The type of a column."""

    STRING = "STRING"
    DOUBLE = "DOUBLE"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    FILEHANDLEID = "FILEHANDLEID"
    ENTITYID = "ENTITYID"
    SUBMISSIONID = "SUBMISSIONID"
    EVALUATIONID = "EVALUATIONID"
    LINK = "LINK"
    MEDIUMTEXT = "MEDIUMTEXT"
    LARGETEXT = "LARGETEXT"
    USERID = "USERID"
    STRING_LIST = "STRING_LIST"
    INTEGER_LIST = "INTEGER_LIST"
    BOOLEAN_LIST = "BOOLEAN_LIST"
    DATE_LIST = "DATE_LIST"
    ENTITYID_LIST = "ENTITYID_LIST"
    USERID_LIST = "USERID_LIST"
    JSON = "JSON"


class FacetType(StrEnum):
    """How a column can be picked from in a web page."""

    ENUMERATION = "enumeration"
    RANGE = "range"


class SchemaStorageStrategy(StrEnum):
    """What to do about columns that rows have and a table has not."""

    INFER_FROM_DATA = "INFER_FROM_DATA"
    """Add columns that fit the values."""


class ColumnExpansionStrategy(StrEnum):
    """What to do about text that is longer than a column takes."""

    AUTO_EXPAND_CONTENT_LENGTH = "AUTO_EXPAND_CONTENT_LENGTH"
    """Make the column as long as the text, up to 1,000 characters."""


def sent(thing: Any, but: Container[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass, but these, as the server spells them; those that say nothing
    are left out."""
    found = {}
    for each in fields(thing):
        value = getattr(thing, each.name)
        if value is None or each.name.startswith("_") or each.name in but:
            continue
        if isinstance(value, list):
            value = [_one(item) for item in value]
        found[camel(each.name)] = _one(value)
    return found


def _one(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.to_synapse_request() if hasattr(value, "to_synapse_request") else value


@dataclass
class JsonSubColumn:
    """A facet over a value inside of a JSON column; ``json_path`` is like ``$.a.b``."""

    name: str
    column_type: ColumnType
    json_path: str
    facet_type: FacetType | None = None

    @classmethod
    def fill_from_dict(cls, synapse_sub_column: Mapping[str, Any]) -> JsonSubColumn:
        """From what the server sends."""
        facet = synapse_sub_column.get("facetType")
        return cls(
            synapse_sub_column.get("name", ""),
            ColumnType(synapse_sub_column["columnType"]),
            synapse_sub_column.get("jsonPath", ""),
            FacetType(facet) if facet else None,
        )

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return sent(self)


@dataclass
class Column:
    """The definition of a column. ``maximum_size`` counts characters, ``maximum_list_length``
    the values of a list."""

    id: str | None = None
    name: str | None = None
    column_type: ColumnType | None = None
    facet_type: FacetType | None = None
    default_value: str | None = None
    maximum_size: int | None = None
    maximum_list_length: int | None = None
    enum_values: list[str] | None = None
    json_sub_columns: list[JsonSubColumn] | None = None
    _last_persistent_instance: Column | None = field(default=None, repr=False, compare=False)

    @property
    def has_changed(self) -> bool:
        """Whether it differs from what was last got or stored."""
        return self._last_persistent_instance is None or self._last_persistent_instance != self

    def _set_last_persistent_instance(self) -> None:
        self._last_persistent_instance = None
        self._last_persistent_instance = replace(self)

    def fill_from_dict(self, synapse_column: Mapping[str, Any]) -> Column:
        """Set the fields from what the server sends."""
        fill(self, synapse_column)
        if self.column_type is not None:
            self.column_type = ColumnType(self.column_type)
        if self.facet_type is not None:
            self.facet_type = FacetType(self.facet_type)
        subs = synapse_column.get("jsonSubColumns")
        if subs is not None:
            self.json_sub_columns = [JsonSubColumn.fill_from_dict(each) for each in subs]
        self._set_last_persistent_instance()
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        concrete = "org.sagebionetworks.repo.model.table.ColumnModel"
        return {"concreteType": concrete, **sent(self)}

    async def get_async(self, *, synapse_client: Synapse | None = None) -> Column:
        """Get it by its id.

        Raises:
            ValueError: It has none.
        """
        if not self.id:
            raise ValueError("Column ID is required to get a column")
        syn = Synapse.get_client(synapse_client)
        return self.fill_from_dict(await syn.call_json(wire.get_column, self.id))

    @classmethod
    async def list_async(
        cls,
        prefix: str | None = None,
        limit: int = 100,
        offset: int = 0,
        *,
        synapse_client: Synapse | None = None,
    ) -> AsyncGenerator[Column, None]:
        """All columns whose names begin so, whatever the table.

        Args:
            prefix: The beginning; all if not given.
            limit: How many to ask for at a time.
            offset: How many to skip.
            synapse_client: The session.
        """
        syn = Synapse.get_client(synapse_client)
        while True:
            page = (await syn.call_json(wire.list_columns, prefix, limit, offset))["results"]
            for each in page:
                yield cls().fill_from_dict(each)
            if len(page) < limit:
                return
            offset += limit

    get = blocking(get_async)
    list = blocking_generator(list_async)
