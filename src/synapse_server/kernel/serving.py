"""Serving: an ASGI application that answers declared endpoints.

A domain's ``routes.py`` binds handlers to endpoints; both sides are checked against the same
declaration::

    routes = Routes()

    @routes.serve(wire.get_entity)
    async def get_entity(call: Call, id: str) -> Entity: ...

The edge reads the request, opens the transaction, identifies the caller, checks the scopes,
calls the handler, commits, and only then answers.
"""

from __future__ import annotations

import enum
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, get_args, get_origin
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from synapse_server.kernel.bodies import Body
from synapse_server.kernel.caller import NOBODY, Caller
from synapse_server.kernel.database import Database, Tx
from synapse_wire.base import Page, Redirection, camel
from synapse_wire.endpoint import Endpoint, Known, catalogue
from synapse_wire.errors import (
    ApiError,
    BadRequest,
    ErrorResponse,
    Forbidden,
    Gone,
    MethodNotAllowed,
    NotFound,
    NotImplementedYet,
    TooLarge,
    Unavailable,
)

P = ParamSpec("P")
R = TypeVar("R")
Scope = Mapping[str, Any]
Headers = list[tuple[bytes, bytes]]

log = logging.getLogger("synapse.request")
_encode = msgspec.json.Encoder().encode

_JSON: Headers = [(b"content-type", b"application/json;charset=UTF-8")]
_TEXT: Headers = [(b"content-type", b"text/plain;charset=UTF-8")]
_HTML: Headers = [
    (b"content-type", b"text/html;charset=UTF-8"),
    # Pages are sanitised where they are made; should that fail, nothing in them runs or is sent.
    (
        b"content-security-policy",
        b"default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; base-uri 'none';"
        b" form-action 'none'; frame-ancestors 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_CHALLENGE = (b"www-authenticate", b'Bearer realm="Synapse Repository Services"')
_COMMON: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"strict-transport-security", b"max-age=31536000"),
]
_PREFLIGHT: Headers = [
    (b"access-control-max-age", b"600"),
    (b"access-control-allow-methods", b"POST, GET, PUT, DELETE"),
    (
        b"access-control-allow-headers",
        b"Origin, X-Requested-With, Content-Type, Accept, sessionToken, Authorization",
    ),
]


_BEFORE_TERMS = ("/auth/v1/termsOfUse2", "/auth/v1/sessionAccessToken")
"""What those may do who have not signed: read and sign the terms, and leave."""
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_PATIENCE = 1.0
"""Seconds that a request for something pending is held at most."""
_AGAIN = 0.1
"""Seconds until it is looked at again: another process may have done it."""
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
"""What is counted by name; callers may invent others."""


class Work(enum.Enum):
    """How a handler uses the database."""

    READ = enum.auto()
    """A few rows."""
    SCAN = enum.auto()
    """Perhaps many rows: must not hold up others."""
    WRITE = enum.auto()
    """Changes something: committed before the answer."""
    OWN = enum.auto()
    """Opens its transactions itself, because it awaits other things, too."""


class Call:
    """One request as a handler sees it."""

    __slots__ = (
        "_services",
        "afterwards",
        "body",
        "caller",
        "db",
        "headers",
        "method",
        "path",
        "query",
        "raw_path",
        "template",
        "tx",
    )

    def __init__(self, scope: Scope, db: Database, services: Mapping[type, Any]) -> None:
        self._services = services
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        raw = scope.get("raw_path") or self.path.encode()
        self.raw_path: str = raw.decode("latin-1").partition("?")[0]
        """As it was sent: signatures cover this, and its segments may hold escaped slashes."""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        """As they were sent, names in small letters; ``header`` says one as text."""
        self.query: bytes = scope["query_string"]
        self.afterwards: Callable[[Tx], Coroutine[Any, Any, None]] | None = None
        """A write that nobody waits for: done after the answer, lost if the server dies."""
        self.template = "-"  # set by the edge once it knows the endpoint
        self.body = b""
        self.db = db
        self.caller: Caller = NOBODY
        self.tx: Tx = cast(Tx, None)  # set by the edge before the handler runs

    def need(self, kind: type[R]) -> R:
        """The one object of this class that the application was put together with."""
        service: R = self._services[kind]
        return service

    def header(self, name: bytes) -> str | None:
        """The value of a header."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        cookies = self.header(b"cookie") or ""
        for item in cookies.split(";"):
            key, _, value = item.strip().partition("=")
            if key == name:
                return value
        return None


class Identify(Protocol):
    """How the application finds out who calls. Raises ``Unauthenticated`` for a bad proof."""

    async def __call__(self, tx: Tx, call: Call, /) -> Caller: ...


@dataclass(slots=True)
class Route:
    """A handler bound to an endpoint, with all that can be prepared before the first call."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[..., Awaitable[Any]]
    work: Work
    known: Known = field(init=False)
    scopes: frozenset[str] = field(init=False)
    body: Body | None = field(init=False)
    path_types: tuple[tuple[str, str, Any], ...] = field(init=False)
    """Name, spelling in messages and type of each open segment of the path."""

    def __post_init__(self) -> None:
        self.known = self.endpoint.known
        self.scopes = frozenset(self.known.scopes)
        request = self.endpoint.request
        self.body = None if request is None else Body(request)
        hints = self.endpoint._hints
        self.path_types = tuple(
            (name, camel(name), hints[name]) for name in self.endpoint.path_parameters
        )


class Routes:
    """The handlers of a domain."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def serve(
        self, endpoint: Endpoint[P, R], work: Work | None = None
    ) -> Callable[
        [Callable[Concatenate[Call, P], Awaitable[R]]], Callable[Concatenate[Call, P], Awaitable[R]]
    ]:
        """Bind a handler. ``work`` is READ for GET and WRITE for all else unless said."""

        def bind(
            handler: Callable[Concatenate[Call, P], Awaitable[R]],
        ) -> Callable[Concatenate[Call, P], Awaitable[R]]:
            usual = Work.READ if endpoint.method in ("GET", "HEAD") else Work.WRITE
            self.routes.append(Route(endpoint, handler, work or usual))
            return handler

        return bind


class Node:
    """One segment of the paths: fixed texts first, then any text."""

    __slots__ = ("any", "fixed", "methods")

    def __init__(self) -> None:
        self.fixed: dict[str, Node] = {}
        self.any: Node | None = None
        self.methods: dict[str, Route | Known] = {}

    def add(self, method: str, path: str, target: Route | Known) -> None:
        """Put a target under a path template."""
        node = self
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                node.any = node.any or Node()
                node = node.any
            else:
                node = node.fixed.setdefault(segment, Node())
        node.methods[method] = target

    def find(self, segments: list[str], at: int = 0) -> tuple[Node, tuple[str, ...]] | None:
        """The node of a path, and the texts of its open segments."""
        node = self
        texts: tuple[str, ...] = ()
        for position in range(at, len(segments)):
            fixed, any = node.fixed.get(segments[position]), node.any
            if fixed is None:
                if any is None:
                    return None
                texts += (segments[position],)
                node = any
            elif any is None:
                node = fixed
            else:  # either may lead to the end
                if (found := fixed.find(segments, position + 1)) is None:
                    texts += (segments[position],)
                    found = any.find(segments, position + 1)
                return None if found is None else (found[0], (*texts, *found[1]))
        return (node, texts) if node.methods else None


class Answer(Exception):
    """Something other than the endpoint's struct: thrown to the edge to be sent as it is."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Pending(Answer):
    """What is asked for is not done yet: 202 with its status, unless it is done in a moment."""

    def __init__(self, status: bytes, change: Callable[[float], Awaitable[None]]) -> None:
        """
        Args:
            status: The body.
            change: Waits for so many seconds at most, until it may be done.
        """
        super().__init__(202, [(b"content-type", b"application/json;charset=UTF-8")], status)
        self.change = change


Observe = Callable[[str, str, int, float], None]


class Api:
    """The ASGI application of all endpoints."""

    def __init__(
        self,
        routes: Iterable[Routes],
        db: Database,
        identify: Identify,
        services: Mapping[type, Any],
        *,
        max_body: int,
        required_terms: str | None = None,
        later_types: frozenset[str] = frozenset(),
        observe: Observe | None = None,
    ) -> None:
        self.db = db
        self._identify = identify
        self._services = services
        self._max_body = max_body
        self._required_terms = required_terms
        self._later_types = later_types
        self._observe = observe
        self._root = Node()
        for known in catalogue().values():
            self._root.add(known.method, known.path, known)
        self.routes = [route for group in routes for route in group.routes]
        for route in self.routes:
            self._root.add(route.endpoint.method, route.endpoint.path, route)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        started = time.perf_counter()
        call = Call(scope, self.db, self._services)
        new_id = _new_id()
        request_id = call.header(b"x-request-id")
        if request_id is None or not _REQUEST_ID.match(request_id):
            request_id = new_id
        try:
            status, headers, body = await self._answer(call, receive)
        except Answer as answer:
            status, headers, body = answer.status, answer.headers, answer.body
        except ApiError as error:
            status, headers, body = error_answer(error)
        except Exception as error:
            log.exception(
                "%s %s failed", call.method, call.raw_path, extra={"request_id": request_id}
            )
            status, headers, body = error_answer(
                ApiError(
                    f"The server failed ({type(error).__name__}). Its log has more under request {request_id}."
                )
            )
        headers = [
            *headers,
            *_COMMON,
            (b"x-request-id", request_id.encode()),
            (b"content-length", b"%d" % len(body)),
        ]
        if b"cookie" not in call.headers or call.cookie("sessionID") is None:
            session = f"sessionID={new_id}; Path=/; HttpOnly; SameSite=Lax"
            headers.append((b"set-cookie", session.encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else body})
        if call.afterwards is not None:
            try:
                await self.db.write(call.afterwards)
            except Exception:
                log.exception("A note after the answer failed", extra={"request_id": request_id})
        seconds = time.perf_counter() - started
        if self._observe is not None:
            method = call.method if call.method in _METHODS else "other"
            self._observe(method, call.template, status, seconds)
        if log.isEnabledFor(logging.INFO):
            log.info(
                "%s %s %d %.1f ms",
                call.method,
                call.raw_path,
                status,
                seconds * 1000,
                extra={"request_id": request_id, "caller": call.caller.id, "status": status},
            )

    async def _answer(self, call: Call, receive: Any) -> tuple[int, Headers, bytes]:
        if call.method == "OPTIONS":
            return 200, _PREFLIGHT, b""
        path = call.raw_path[1:-1] if call.raw_path.endswith("/") else call.raw_path[1:]
        found = self._root.find(path.split("/"))
        if found is None:
            raise NotFound(f"{call.path} is not a path of the Synapse API. See docs/reference.")
        node, texts = found
        target = node.methods.get(call.method)
        if target is None and call.method == "HEAD":
            target = node.methods.get("GET")
        if target is None:
            verbs = ", ".join(sorted(node.methods))
            status, headers, body = error_answer(
                MethodNotAllowed(f"{call.path} takes {verbs}, not {call.method}.")
            )
            raise Answer(status, [*headers, (b"allow", verbs.encode())], body)
        if isinstance(target, Known):
            if target.state == "gone":
                raise Gone(f"{target.method} {target.path} was removed from the Synapse API.")
            raise NotImplementedYet(
                f"{target.method} {target.path} ({target.service}) is not served here yet."
            )
        call.template = target.endpoint.path
        if call.method not in ("GET", "HEAD"):
            call.body = await _read_body(call, receive, self._max_body)
        return await self._handle(target, call, texts)

    async def _read(self, whole: Callable[[Tx], Coroutine[Any, Any, Any]]) -> Any:
        """Run a handler that reads, and again while what it is asked for is pending: a client that
        is told to come back stays away for longer than most jobs take."""
        until = None
        while True:
            try:
                return await self.db.read(whole)
            except Pending as pending:
                until = until or time.monotonic() + _PATIENCE
                left = until - time.monotonic()
                if left <= 0:
                    raise
                await pending.change(min(left, _AGAIN))

    async def _handle(
        self, route: Route, call: Call, texts: tuple[str, ...]
    ) -> tuple[int, Headers, bytes]:
        async def identified(tx: Tx) -> None:
            call.tx = tx
            call.caller = caller = await self._identify(tx, call)
            if caller.is_anonymous:
                return
            if not route.scopes <= caller.scopes:
                raise _insufficient_scope(route.scopes - caller.scopes)
            if (
                self._required_terms is not None
                and caller.signed_terms != self._required_terms
                and not caller.is_admin
                and not route.known.path.startswith(_BEFORE_TERMS)
                and route.known.scopes
            ):
                raise Forbidden("Terms of use have not been signed.")

        # Read before the transaction, which others wait for; told after the caller is known,
        # because who may not call at all learns nothing about what they sent.
        arguments: dict[str, Any] = {}
        wrong: ApiError | None = None
        try:
            arguments = self._arguments(route, call, texts)
        except ApiError as error:
            wrong = error

        async def whole(tx: Tx) -> Any:
            await identified(tx)
            if wrong is not None:
                raise wrong
            return await route.handler(call, **arguments)

        if route.work is Work.WRITE:
            result = await self.db.write(whole)
        elif route.work is Work.READ:
            result = await self._read(whole)
        elif route.work is Work.SCAN:
            result = await self.db.scan(whole)
        else:
            await self.db.read(identified)
            if wrong is not None:
                raise wrong
            result = await route.handler(call, **arguments)
        if isinstance(result, Redirection):
            if result.redirect:
                return 307, [(b"location", quote(result.url, safe=_URL_CHARACTERS).encode())], b""
            return 200, _TEXT, result.url.encode()
        if isinstance(result, Page):
            return route.known.status, _HTML, result.html.encode()
        if result is None:
            return route.known.status, [], b""
        return route.known.status, _JSON, _encode(result)

    def _arguments(self, route: Route, call: Call, texts: tuple[str, ...]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for (name, spelling, kind), text in zip(route.path_types, texts, strict=True):
            arguments[name] = _convert(spelling, unquote(text), kind)
        if route.endpoint.query:
            given = dict(parse_qsl(call.query.decode("latin-1"), keep_blank_values=True))
            for query in route.endpoint.query:
                if query.wire_name in given:
                    arguments[query.name] = _convert(
                        query.wire_name, given[query.wire_name], query.type
                    )
                elif query.required:
                    raise BadRequest(f"The query parameter {query.wire_name} is missing.")
        if route.body is not None:
            kind = call.header(b"content-type") or ""
            arguments["body"] = route.body.read(call.body, kind, self._later_types)
        return arguments


_random = random.Random()  # noqa: S311  see _new_id


def _new_id() -> str:
    """An id that tells requests, or visits, apart; it guards nothing, so the kernel is not asked."""
    return _random.randbytes(16).hex()


def error_answer(error: ApiError) -> tuple[int, Headers, bytes]:
    """Status, headers and body of an error."""
    headers = list(_JSON)
    if error.status == 401:
        headers.append(_CHALLENGE)
    if isinstance(error, Unavailable):
        headers.append((b"retry-after", b"1"))
    return error.status, headers, _encode(ErrorResponse(reason=error.reason, error_code=error.code))


def unauthenticated(body: msgspec.Struct) -> Answer:
    """The answer to who has not proved enough, with more than an ``ErrorResponse`` says."""
    return Answer(401, [*_JSON, _CHALLENGE], _encode(body))


def _insufficient_scope(missing: frozenset[str]) -> Answer:
    reason = f"Request lacks scope(s) required by this service: {', '.join(sorted(missing))}"
    body = {"error": "insufficient_scope", "error_description": reason, "reason": reason}
    body["concreteType"] = "org.sagebionetworks.repo.model.OAuthErrorResponse"
    return Answer(403, _JSON, _encode(body))


async def _read_body(call: Call, receive: Any, most: int) -> bytes:
    length = call.headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    message = await receive()
    if not message.get("more_body"):
        first: bytes = message.get("body", b"")
        if len(first) > most:
            raise _too_large(most)
        return first
    chunks = [message.get("body", b"")]
    size = len(chunks[0])
    while message.get("more_body"):
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most:
            raise _too_large(most)
    return b"".join(chunks)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes, the most that is taken.")


def _convert(name: str, text: str, kind: Any) -> Any:
    if "\0" in text:
        raise BadRequest(f"{name} has a NUL character, which no text may have.")
    if kind is str:
        return text
    choices = (
        [kind]
        if get_origin(kind) is not None and not _is_union(kind)
        else [*get_args(kind)] or [kind]
    )
    if str in choices:
        return text
    if text == "" and type(None) in choices:
        return None
    if bool in choices:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise BadRequest(f"{name} must be true or false, not {text!r}.")
    if int in choices:
        if (
            text.removeprefix("-").isdecimal()
            and text.isascii()
            and len(text) < 20
            and abs(int(text)) < 2**63
        ):
            return int(text)
        raise BadRequest(f"{name} must be a whole number, not {text!r}.")
    allowed = [value for choice in choices for value in get_args(choice)]
    if text in allowed:
        return text
    raise BadRequest(f"{name} must be one of {', '.join(allowed)}, not {text!r}.")


def _is_union(kind: Any) -> bool:
    return type(None) in get_args(kind)
