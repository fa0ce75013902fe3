"""The only file that sends.

``Transport.send`` takes one request to its answer, trying again when that can help; streams
are for bytes of files. Tests pass another ``Wire`` instead of patching.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from synapseclient.core.exceptions import SynapseError, SynapseTimeoutError
from synapseclient.core.retry import SAFE, Patience, worth_repeating
from synapseclient.core.wire import (
    Answer,
    CannotConnect,
    Stream,
    Wire,
    cannot_connect,
    no_answer,
    unsendable,
)

if TYPE_CHECKING:
    from pyreqwest.client import Client
    from pyreqwest.response import Response

__all__ = ["Answer", "CannotConnect", "FastWire", "Network", "Stream", "Transport", "Wire"]

_CONNECT_SECONDS = 20
_SILENCE = 60.0
"""Seconds in which some bytes of an answer must come."""
_TRIES_WITH_THE_SILENT = 3
_PATIENCE_WITH_STRANGERS = 2.5
"""Seconds to wait for a server that nobody has answered for yet: the address may be wrong."""


class _Stream:
    def __init__(self, response: Response, url: str) -> None:
        self.status_code = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._reader = response.body_reader
        self._url = url

    async def chunk(self) -> Any:
        with _Translated(self._url):
            return await self._reader.read_chunk()

    async def whole(self) -> bytes:
        with _Translated(self._url):
            return bytes(await self._reader.bytes())


def _proxy_is_secure() -> bool:
    """Whether plain HTTP goes through a proxy that is spoken to by HTTPS."""
    return any(
        os.environ.get(name, "").lower().startswith("https:")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    )


class FastWire:
    """HTTP and HTTPS through pyreqwest. Connections are kept and shared; redirects are not
    followed, because a signed URL must not get our token.

    Raises:
        RuntimeError: This process was forked from one that has used pyreqwest.
    """

    def __init__(self) -> None:
        self._clients: dict[bool, Client] = {}
        self._always_secure = _proxy_is_secure()
        self._client_for("http://")  # refused after a fork: to be known at once

    def _client_for(self, url: str) -> Client:
        """One for HTTPS, and one that never speaks it: to read the system's certificates takes
        a few hundred opened files, which who does not need them need not pay."""
        # No looser test: a parser that strips and folds must not make HTTPS of what this let pass.
        secure = self._always_secure or not url.startswith("http://")
        if secure not in self._clients:
            from pyreqwest.client import ClientBuilder  # late: 13 ms that `-h` need not pay

            self._clients[secure] = (
                ClientBuilder()
                .follow_redirects(False)
                .connect_timeout(timedelta(seconds=_CONNECT_SECONDS))
                .pool_idle_timeout(timedelta(seconds=50))
                .tcp_nodelay(True)
                .danger_accept_invalid_certs(not secure)
                .build()
            )
        return self._clients[secure]

    def _request(self, verb: str, url: str, headers: Mapping[str, str], seconds: float) -> Any:
        try:
            request = self._client_for(url).request(verb, url).headers(dict(headers))
        except ValueError:  # its text may be the token
            raise unsendable(url) from None
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
        async with AsyncExitStack() as opened:
            with _Translated(url):
                request = self._request(verb, url, headers, seconds)
                request = request.streamed_read_buffer_limit(1 << 20)
                response = await opened.enter_async_context(request.build_streamed())
            yield _Stream(response, url)


class Network:
    """The wire of this process, whichever it is.

    pyreqwest's runtime does not survive a fork and cannot be started again in the child. A
    child of a process that has used it, such as a worker of ``multiprocessing``, sends through
    threads instead.
    """

    def __init__(self) -> None:
        # By process. The parent's stays, unused: to end it, its lost threads would be awaited.
        self._wires: dict[int, Wire] = {}

    def _mine(self) -> Wire:
        found = self._wires.get(os.getpid())
        if found is None:
            try:
                found = FastWire()
            except RuntimeError:
                from synapseclient.core.threads_wire import ThreadsWire  # late: for forks alone

                found = ThreadsWire(_CONNECT_SECONDS)
            self._wires[os.getpid()] = found
        return found

    async def send(
        self, verb: str, url: str, headers: Mapping[str, str], body: Any, seconds: float
    ) -> Answer:
        """One request, one answer."""
        return await self._mine().send(verb, url, headers, body, seconds)

    def stream(self, verb: str, url: str, headers: Mapping[str, str], seconds: float) -> Any:
        """An answer to be read in pieces."""
        return self._mine().stream(verb, url, headers, seconds)


class _Translated:
    """Turn pyreqwest's errors into ours."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, SynapseError):
            return
        from pyreqwest.exceptions import PyreqwestError, RequestTimeoutError

        if isinstance(error, TimeoutError | RequestTimeoutError):
            raise no_answer(self.url) from error
        if isinstance(error, PyreqwestError | OSError):
            details = getattr(error, "details", None) or {}
            causes = [each["message"] for each in details.get("causes") or ()]
            raise cannot_connect(self.url, " ".join(causes) or str(error)) from error


class Transport:
    """Sends requests of one client, patiently."""

    def __init__(self, user_agent: str, wire: Wire | None = None, seconds: float = 70) -> None:
        self.wire: Wire = wire if wire is not None else Network()
        self.user_agent = user_agent
        self.seconds = seconds
        self.silence: float = _SILENCE
        self._met = False

    async def send(
        self,
        verb: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        tries: int = 8,
        seconds: float | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """The answer to a request, whatever its status, after all tries that could help.

        Args:
            verb: GET, POST and so on.
            url: Where to.
            headers: Beside our own.
            body: Bytes, if any.
            tries: How often at most.
            seconds: How long one of them may take.
            repeatable: Whether a request that perhaps arrived may be sent again; if not given,
                all but a POST may.

        Raises:
            CannotConnect: The server was not reached in any of them.
            SynapseTimeoutError: It did not answer in time.
        """
        patience = Patience(tries=tries)
        if repeatable is None:
            repeatable = verb in SAFE
        sent = {"user-agent": self.user_agent, **(headers or {})}
        while True:
            asked = None
            try:
                answer = await self.wire.send(verb, url, sent, body, seconds or self.seconds)
            except (CannotConnect, SynapseTimeoutError) as error:
                absent = isinstance(error, CannotConnect) and error.absent
                if absent and not self._met:
                    patience.total = min(patience.total, _PATIENCE_WITH_STRANGERS)
                elif isinstance(error, SynapseTimeoutError):
                    patience.tries = min(patience.tries, _TRIES_WITH_THE_SILENT)
                # It may have arrived before the line broke: doing it twice could do harm.
                pause = patience.wait() if absent or repeatable else None
                if pause is None:
                    raise
            else:
                self._met = True
                if not worth_repeating(answer.status_code, repeatable=repeatable):
                    return answer
                asked = answer.retry_after
                pause = patience.wait(asked)
                if pause is None:
                    return answer
            await asyncio.sleep(pause)

    @asynccontextmanager
    async def stream(
        self, verb: str, url: str, headers: Mapping[str, str], *, seconds: float = 3600
    ) -> AsyncIterator[Stream]:
        """An answer to be read in pieces, tried once: who reads knows where to go on.

        Raises:
            CannotConnect: The connection broke, perhaps in the middle of the answer.
            SynapseTimeoutError: Nothing has come for a minute.
        """
        sent = {"user-agent": self.user_agent, **headers}
        async with AsyncExitStack() as opened:
            async with _in_time(url, self.silence):
                found = await opened.enter_async_context(self.wire.stream(verb, url, sent, seconds))
            yield _Watched(found, url, self.silence)


class _Watched:
    """A stream that may not be silent for long."""

    def __init__(self, stream: Stream, url: str, silence: float) -> None:
        self.status_code, self.headers = stream.status_code, stream.headers
        self._stream, self._url, self._silence = stream, url, silence

    async def chunk(self) -> Any:
        async with _in_time(self._url, self._silence):
            return await self._stream.chunk()

    async def whole(self) -> bytes:
        async with _in_time(self._url, self._silence):
            return await self._stream.whole()


@asynccontextmanager
async def _in_time(url: str, seconds: float) -> AsyncIterator[None]:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise no_answer(url) from error
