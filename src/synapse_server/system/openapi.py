"""The OpenAPI document of this server: what the declarations of the endpoints say, once more.

Types of the web interface are made from it, and requests that nobody thought of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from synapse_server.kernel.serving import Route
from synapse_wire.base import Page, Redirection, camel
from synapse_wire.endpoint import Endpoint
from synapse_wire.errors import ErrorResponse

_REFERENCE = "#/components/schemas/{name}"
_NOT_JSON = (type(None), Redirection, Page)


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document of these routes, as OpenAPI 3.1 has it."""
    served = sorted(routes, key=lambda route: (route.known.path, route.known.method))
    types: dict[str, Any] = {}
    for route in served:
        for kind in _types(route.endpoint):
            types.setdefault(repr(kind), kind)
    kinds = [ErrorResponse, *types.values()]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    schema_of = {repr(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    paths: dict[str, Any] = {}
    names: set[str] = set()
    for route in served:
        operation = _operation(route, schema_of, names)
        paths.setdefault(route.known.path, {})[route.known.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Synapse",
            "version": version,
            "description": "The REST API of Synapse, the collaborative workspace for reproducible,"
            " data-intensive research, as this server has it.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _types(endpoint: Endpoint[Any, Any]) -> list[Any]:
    hints = [endpoint._hints[name] for name in endpoint.path_parameters]
    hints += [query.type for query in endpoint.query]
    if endpoint.request is not None:
        hints.append(endpoint.request)
    if endpoint.response not in _NOT_JSON:
        hints.append(endpoint.response)
    return hints


def _operation(route: Route, schema_of: dict[str, Any], names: set[str]) -> dict[str, Any]:
    endpoint = route.endpoint
    hints = endpoint._hints
    parameters = [
        {
            "name": camel(name),
            "in": "path",
            "required": True,
            "schema": schema_of[repr(hints[name])],
        }
        for name in endpoint.path_parameters
    ]
    parameters += [
        {
            "name": query.wire_name,
            "in": "query",
            "required": query.required,
            "schema": _without_null(schema_of[repr(query.type)]),
        }
        for query in endpoint.query
    ]
    operation: dict[str, Any] = {
        "operationId": _unique(endpoint.name, route.known.path, names),
        "summary": " ".join((endpoint.stub.__doc__ or "").split()),
        "tags": [route.known.service],
        "parameters": parameters,
        "responses": _responses(route, schema_of),
        # Nobody may be enough; what a token must hold stands with it.
        "security": [{}, {"bearer": list(route.known.scopes)}],
    }
    if endpoint.request is not None:
        schema = schema_of[repr(endpoint.request)]
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _unique(name: str, path: str, names: set[str]) -> str:
    """A name for an operation: endpoints of several owners have one name."""
    if name in names:
        owner = path.split("/")[3]
        name = f"{name}_of_{re.sub(r'[^a-z]', '_', owner.lower())}"
        while name in names:
            name += "_old"
    names.add(name)
    return name


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What a query parameter may be: it is left out instead of being null."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _responses(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    kind = route.endpoint.response
    text = {"type": "string"}
    if kind is Redirection:
        found = {
            "200": {"description": "The URL.", "content": {"text/plain": {"schema": text}}},
            "307": {"description": "The bytes are there."},
        }
    elif kind is Page:
        found = {"200": {"description": "A page.", "content": {"text/html": {"schema": text}}}}
    elif kind is type(None):
        found = {str(route.known.status): {"description": "It is done."}}
    else:
        content = {"application/json": {"schema": schema_of[repr(kind)]}}
        found = {str(route.known.status): {"description": "It is done.", "content": content}}
    error = {"application/json": {"schema": schema_of[repr(ErrorResponse)]}}
    return {**found, "default": {"description": "What was wrong.", "content": error}}
