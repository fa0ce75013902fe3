"""What sends bytes, seen from above: requests, answers, streams, and how connecting fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from synapseclient.core.exceptions import SynapseError, SynapseHTTPError, SynapseTimeoutError


class CannotConnect(SynapseError, ConnectionError):
    """The server was not reached, or the connection broke."""

    absent = False
    """Nobody listens there at all, so that nothing can have arrived."""


class Answer:
    """What came back, with the names that users of ``requests`` know."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, url: str) -> None:
        self.status_code = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.content = body
        self.url = url

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    @property
    def reason(self) -> str:
        """What the server says is wrong, in one sentence."""
        try:
            said = self.json()
        except ValueError:
            text = self.text.strip()
            if text.startswith("<") and "html" in self.headers.get("content-type", "html"):
                return f"{_shown(self.url)} answers with a web page.{_ADVICE}"
            return text[:500]
        if isinstance(said, dict):
            return str(said.get("reason") or said.get("error_description") or self.text)
        return self.text

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isdigit() else None


class Stream(Protocol):
    """An answer whose body is read in pieces."""

    status_code: int
    headers: dict[str, str]

    async def chunk(self) -> Any:
        """The next bytes, as a buffer; None at the end."""

    async def whole(self) -> bytes:
        """All that is left."""


class Wire(Protocol):
    """One way to send: the real one below, an application in the same process in tests."""

    async def send(
        self, verb: str, url: str, headers: Mapping[str, str], body: Any, seconds: float
    ) -> Answer:
        """One request, one answer. Raises ``CannotConnect`` or ``SynapseTimeoutError``."""

    def stream(self, verb: str, url: str, headers: Mapping[str, str], seconds: float) -> Any:
        """An async context manager of a ``Stream``."""


def http_error(answer: Answer) -> SynapseHTTPError:
    """The error for an answer that says no."""
    status = answer.status_code
    side = "Client" if status < 500 else "Server"
    message = f"{status} {side} Error: {_PHRASES.get(status, '')}\n{answer.reason}"
    return SynapseHTTPError(message.rstrip(), response=answer)


_PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    423: "Locked",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def cannot_connect(url: str, why: str) -> CannotConnect:
    """The error for a connection that failed, in words that help."""
    lower = why.lower()
    refused = "refused" in lower
    unknown = any(word in lower for word in ("dns error", "failed to resolve", "lookup address"))
    if refused:
        why = "connection refused"
    elif unknown:
        why = "host not found"
    error = CannotConnect(f"Cannot reach {_shown(url)}: {why}.{_ADVICE * (refused or unknown)}")
    error.absent = refused or unknown
    return error


_ADVICE = " Check SYNAPSE_ENDPOINT, or [endpoints] in the configuration file."


def no_answer(url: str) -> SynapseTimeoutError:
    """The error for a server that is silent."""
    return SynapseTimeoutError(f"No answer from {_shown(url)} in time.")


def unsendable(url: str) -> SynapseError:
    """The error for a request that HTTP cannot express. It does not repeat the headers."""
    return SynapseError(
        f"No request can be made to {_shown(url)!r}: the address or a header is not valid."
    )


def _shown(url: str) -> str:
    """A URL without its query, which may be a signature."""
    return url.split("?", 1)[0]
