"""The only file that sends.

``Transport.send`` takes one request to its answer, trying again when that can help; streams
are for bytes of files. Tests pass another ``Wire`` instead of patching.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from synapseclient.core.exceptions import SynapseError, SynapseTimeoutError
from synapseclient.core.retry import Patience, worth_repeating

if TYPE_CHECKING:
    from pyreqwest.client import Client
    from pyreqwest.response import Response


class CannotConnect(SynapseError, ConnectionError):
    """The server was not reached, or the connection broke."""


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
            return self.text.strip()[:500]
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


class _Stream:
    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._reader = response.body_reader

    async def chunk(self) -> Any:
        return await self._reader.read_chunk()

    async def whole(self) -> bytes:
        return bytes(await self._reader.bytes())


class Network:
    """HTTP and HTTPS through pyreqwest. Connections are kept and shared; redirects are not
    followed, because a signed URL must not get our token."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def _get(self) -> Client:
        if self._client is None:
            from pyreqwest.client import ClientBuilder  # late: 13 ms that `-h` need not pay

            self._client = (
                ClientBuilder()
                .follow_redirects(False)
                .connect_timeout(timedelta(seconds=20))
                .pool_idle_timeout(timedelta(seconds=50))
                .tcp_nodelay(True)
                .build()
            )
        return self._client

    def _request(self, verb: str, url: str, headers: Mapping[str, str], seconds: float) -> Any:
        request = self._get().request(verb, url).headers(dict(headers))
        return request.timeout(timedelta(seconds=seconds))

    async def send(
        self, verb: str, url: str, headers: Mapping[str, str], body: Any, seconds: float
    ) -> Answer:
        """One request, one answer."""
        with _Translated(url):
            request = self._request(verb, url, headers, seconds)
            if body is not None:
                request = request.body_bytes(body)
            response = await request.build().send()
            data = bytes(await response.bytes())
            found = dict(response.headers.items())
            return Answer(response.status, found, data, url)

    @asynccontextmanager
    async def stream(
        self, verb: str, url: str, headers: Mapping[str, str], seconds: float
    ) -> AsyncIterator[Stream]:
        """An answer to be read in pieces."""
        with _Translated(url):
            request = self._request(verb, url, headers, seconds)
            request = request.streamed_read_buffer_limit(1 << 20)
            async with request.build_streamed() as response:
                yield _Stream(response)


class _Translated:
    """Turn the library's errors into ours."""

    def __init__(self, url: str) -> None:
        self.url = url.split("?", 1)[0]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, SynapseError):
            return
        from pyreqwest.exceptions import PyreqwestError, RequestTimeoutError

        if isinstance(error, TimeoutError | RequestTimeoutError):
            raise SynapseTimeoutError(f"No answer from {self.url} in time.") from error
        if isinstance(error, PyreqwestError | OSError):
            cause = error.__cause__ or error
            raise CannotConnect(f"Cannot reach {self.url}: {cause}") from error


class Transport:
    """Sends requests of one client, patiently."""

    def __init__(self, user_agent: str, wire: Wire | None = None, seconds: float = 70) -> None:
        self.wire: Wire = wire if wire is not None else Network()
        self.user_agent = user_agent
        self.seconds = seconds

    async def send(
        self,
        verb: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        tries: int = 8,
        seconds: float | None = None,
    ) -> Answer:
        """The answer to a request, whatever its status, after all tries that could help.

        Raises:
            CannotConnect: The server was not reached in any of them.
            SynapseTimeoutError: It did not answer in time.
        """
        patience = Patience(tries=tries)
        sent = {"user-agent": self.user_agent, **(headers or {})}
        while True:
            asked = None
            try:
                answer = await self.wire.send(verb, url, sent, body, seconds or self.seconds)
            except (CannotConnect, SynapseTimeoutError):
                # A POST may have arrived before the line broke: doing it twice could do harm.
                pause = patience.wait() if verb != "POST" else None
                if pause is None:
                    raise
            else:
                if not worth_repeating(verb, answer.status_code):
                    return answer
                asked = answer.retry_after
                pause = patience.wait(asked)
                if pause is None:
                    return answer
            await asyncio.sleep(pause)

    def stream(
        self, verb: str, url: str, headers: Mapping[str, str], *, seconds: float = 3600
    ) -> Any:
        """An answer to be read in pieces, tried once: who reads knows where to go on."""
        return self.wire.stream(verb, url, {"user-agent": self.user_agent, **headers}, seconds)
