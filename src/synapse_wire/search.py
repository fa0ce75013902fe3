"""Search: entities by the words in their names, descriptions and annotations."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from synapse_wire.base import Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.entities import EntityPath

FieldName: TypeAlias = Literal[
    "Id",
    "Name",
    "Description",
    "EntityType",
    "ModifiedBy",
    "ModifiedOn",
    "CreatedBy",
    "CreatedOn",
    "Consortium",
    "Diagnosis",
    "Organ",
    "Tissue",
]
MOST_HITS = 100
"""On a page."""


class KeyValue(Wire):
    """A field that must have a value, or must not. ``node_type`` is the type of the entity."""

    key: str | None = None
    value: str | None = None
    not_: bool | None = msgspec.field(name="not", default=None)


class KeyRange(Wire):
    """A field that must lie between two values, both inclusive, either one open; moments are
    seconds since the epoch."""

    key: str | None = None
    min: str | None = None
    max: str | None = None


class SearchFacetOption(Wire):
    """A field whose values are to be counted."""

    name: FieldName | None = None
    max_result_count: int | None = None
    sort_type: Literal["ALPHA", "COUNT"] | None = None


class SearchQuery(Wire):
    """What is sought.

    All words of ``query_term`` must occur. A word that begins with ``-`` must not, one that ends
    with ``*`` may go on, words in ``"quotes"`` stand side by side.
    """

    query_term: list[str] | None = None
    boolean_query: list[KeyValue] | None = None
    range_query: list[KeyRange] | None = None
    facet_options: list[SearchFacetOption] | None = None
    return_fields: list[str] | None = None
    start: int | None = None
    size: int | None = None


class Hit(Wire):
    """An entity that was found. Moments are seconds since the epoch."""

    id: str
    name: str
    etag: str
    node_type: str = msgspec.field(name="node_type")
    created_on: int = msgspec.field(name="created_on")
    created_by: str = msgspec.field(name="created_by")
    modified_on: int = msgspec.field(name="modified_on")
    modified_by: str = msgspec.field(name="modified_by")
    description: str | None = None
    alias: str | None = None
    path: EntityPath | None = None
    consortium: str | None = None
    diagnosis: str | None = None
    organ: str | None = None
    tissue: str | None = None


class FacetConstraint(Wire):
    """How many of what was found have a value."""

    value: str
    count: int


class Facet(Wire):
    """The values of a field among all that was found."""

    name: str
    type: Literal["LITERAL", "DATE", "CONTINUOUS"]
    constraints: list[FacetConstraint]


class SearchResults(Wire):
    """A page of what was found, the best first."""

    found: int
    start: int
    hits: list[Hit]
    facets: list[Facet]


@endpoint("POST", "/repo/v1/search", repeatable=True)
def search(body: SearchQuery) -> SearchResults:
    """Search for entities that the caller may read."""
    raise NotImplementedError
