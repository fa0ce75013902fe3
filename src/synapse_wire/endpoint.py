"""Endpoints as values: declared once, served by the server, called by the client.

An endpoint is a function without a body. Its parameters named in the path are path
parameters, ``body`` is the JSON body, all others are query parameters (camelCase on the
wire)::

    @endpoint("GET", "/repo/v1/entity/{id}")
    def get_entity(id: str) -> Entity:
        "The current version of an entity."

The status, OAuth scopes and service of the official endpoints come from ``catalogue.tsv``;
only our own additions name them in the decorator.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import resources
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

from synapse_wire.base import camel

P = ParamSpec("P")
R = TypeVar("R")


class Known(NamedTuple):
    """One line of the official catalogue."""

    method: str
    path: str
    status: int
    """The HTTP status of success."""
    scopes: tuple[str, ...]
    """OAuth scopes a token must all hold."""
    state: str
    """``-``, ``deprecated`` or ``gone`` (answered 410 by the official server, too)."""
    service: str


def _read_catalogue() -> dict[tuple[str, str], Known]:
    text = resources.files("synapse_wire").joinpath("catalogue.tsv").read_text(encoding="utf-8")
    known = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            method, path, status, scopes, state, service = line.split("\t")
            holds = () if scopes == "-" else tuple(scopes.split(","))
            known[method, path] = Known(method, path, int(status), holds, state, service)
    return known


_catalogue: dict[tuple[str, str], Known] | None = None


def catalogue() -> Mapping[tuple[str, str], Known]:
    """All endpoints of the official API, by method and path; read once, on first use."""
    global _catalogue
    if _catalogue is None:
        _catalogue = _read_catalogue()
    return _catalogue


class Query(NamedTuple):
    """A query parameter of an endpoint."""

    name: str
    wire_name: str
    type: Any
    required: bool
    default: Any


class Endpoint(Generic[P, R]):
    """A method and a path with the types of what goes in and what comes out."""

    def __init__(
        self,
        stub: Callable[P, R],
        method: str,
        path: str,
        own: Known | None,
        *,
        repeatable: bool,
    ) -> None:
        self.stub = stub
        self.method = method
        self.path = path
        self.own = own
        self.repeatable = repeatable
        """Whether a request that perhaps arrived may be sent again."""
        self.name = stub.__name__
        spelled = {camel(name): name for name in inspect.signature(stub).parameters}
        self.path_parameters = tuple(
            spelled[part[1:-1]] for part in path.split("/") if part.startswith("{")
        )
        """Python names of the path's parameters, in the order of the path."""

    def __repr__(self) -> str:
        return f"<{self.method} {self.path}>"

    @cached_property
    def known(self) -> Known:
        """Status, scopes and service."""
        if self.own is not None:
            return self.own
        return catalogue()[self.method, self.path]

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return typing.get_type_hints(self.stub)

    @cached_property
    def request(self) -> Any:
        """The type of the JSON body, or None."""
        return self._hints.get("body")

    @cached_property
    def response(self) -> Any:
        """The type of the answer, ``NoneType`` when it has no body."""
        return self._hints["return"]

    @cached_property
    def query(self) -> tuple[Query, ...]:
        """The query parameters in the order of declaration."""
        found = []
        for parameter in inspect.signature(self.stub).parameters.values():
            if parameter.name in self.path_parameters or parameter.name == "body":
                continue
            required = parameter.default is inspect.Parameter.empty
            found.append(
                Query(
                    parameter.name,
                    camel(parameter.name),
                    self._hints[parameter.name],
                    required,
                    None if required else parameter.default,
                )
            )
        return tuple(found)

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.stub)

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> tuple[str, dict[str, Any], Any]:
        """The path, the query and the body of one call, unencoded."""
        values = self._signature.bind(*args, **kwargs).arguments
        path = self.path
        for name in self.path_parameters:
            path = path.replace("{" + camel(name) + "}", _quote(str(values.pop(name))))
        body = values.pop("body", None)
        query = {camel(name): value for name, value in values.items() if value is not None}
        return path, query, body


def _quote(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    from urllib.parse import quote  # late: most path parameters are plain ids

    return quote(text, safe="")


def endpoints_of(module: object) -> list[Endpoint[..., Any]]:
    """All endpoints that a module declares, by themselves or as attributes of an object."""
    found: list[Endpoint[..., Any]] = []
    for value in vars(module).values():
        if isinstance(value, Endpoint):
            found.append(value)
        elif type(value).__module__ == getattr(module, "__name__", ""):
            inner = vars(value).values() if hasattr(value, "__dict__") else ()
            found += [each for each in inner if isinstance(each, Endpoint)]
    return found


def endpoint(
    method: str,
    path: str,
    *,
    ours: str | None = None,
    scopes: tuple[str, ...] = (),
    status: int = 200,
    repeatable: bool = False,
) -> Callable[[Callable[P, R]], Endpoint[P, R]]:
    """Declare an endpoint.

    Args:
        method: HTTP verb.
        path: Full path with ``{name}`` for its parameters, as in the catalogue.
        ours: The service that an endpoint of our own belongs to; ``scopes`` and ``status``
            are read for those only.
        scopes: OAuth scopes a token must hold.
        status: HTTP status of success.
        repeatable: A POST that does no harm when it is done twice: it only reads, or the server
            knows it again. All other verbs are so anyway.
    """
    own = None if ours is None else Known(method, path, status, scopes, "-", ours)

    def declare(stub: Callable[P, R]) -> Endpoint[P, R]:
        return Endpoint(stub, method, path, own, repeatable=repeatable or method != "POST")

    return declare
