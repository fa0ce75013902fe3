"""HTTP through urllib3 in threads: for forked children, where pyreqwest cannot run.

What it promises is what ``FastWire`` does: one time for the whole exchange, bodies in pieces,
connections that are kept, and no redirect followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from synapseclient.core.wire import Answer, Stream, cannot_connect, no_answer, unsendable

R = TypeVar("R")

_CHUNK = 1 << 18
_THREADS = 32
_IDLE_SECONDS = 300
"""How long a thread waits for the next bytes; one that was given up must end some time."""


class _Stream:
    def __init__(self, wire: ThreadsWire, response: Any, url: str) -> None:
        self.status_code: int = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._wire = wire
        self._response = response
        self._url = url

    async def chunk(self) -> bytes | None:
        data = await self._wire.do(self._url, lambda: self._response.read1(_CHUNK))
        return data or None

    async def whole(self) -> bytes:
        data: bytes = await self._wire.do(self._url, self._response.read)
        return data


class ThreadsWire:
    """HTTP and HTTPS through urllib3."""

    def __init__(self, connect_seconds: float) -> None:
        self._connect_seconds = connect_seconds
        self._threads = ThreadPoolExecutor(_THREADS, "synapse-wire")
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The connections for a URL, through the proxy that the environment names, if any."""
        parts = urlsplit(url)
        proxies = getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        if proxy is not None and proxy_bypass(parts.hostname or ""):
            proxy = None
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = (
                    urllib3.ProxyManager(proxy, maxsize=_THREADS, retries=False)
                    if proxy
                    else urllib3.PoolManager(maxsize=_THREADS, retries=False)
                )
            return self._pools[proxy]

    async def do(self, url: str, work: Callable[[], R]) -> R:
        """Run something in a thread; its errors are ours."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except urllib3.exceptions.LocationValueError:
            raise unsendable(url) from None
        except urllib3.exceptions.NewConnectionError as error:
            raise cannot_connect(url, str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
                raise cannot_connect(url, "no answer to the connection") from error
            raise no_answer(url) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise cannot_connect(url, str(error)) from error

    async def send(
        self, verb: str, url: str, headers: Mapping[str, str], body: Any, seconds: float
    ) -> Answer:
        """One request, one answer."""
        async with self._exchange(verb, url, headers, body, seconds) as stream:
            return Answer(stream.status_code, stream.headers, await stream.whole(), url)

    def stream(self, verb: str, url: str, headers: Mapping[str, str], seconds: float) -> Any:
        """An answer to be read in pieces."""
        return self._exchange(verb, url, headers, None, seconds)

    @asynccontextmanager
    async def _exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: Any, seconds: float
    ) -> AsyncIterator[Stream]:
        times = urllib3.Timeout(self._connect_seconds, min(seconds, _IDLE_SECONDS))

        def ask() -> urllib3.BaseHTTPResponse:
            try:
                return self._pool(url).request(
                    verb,
                    url,
                    body=body,
                    headers=dict(headers),
                    timeout=times,
                    redirect=False,
                    preload_content=False,
                )
            except ValueError:  # its text may be the token
                raise unsendable(url) from None

        response: Any = None
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                response = await self.do(url, ask)
                yield _Stream(self, response, url)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise no_answer(url) from error
        finally:
            _end(response)


def _end(response: Any) -> None:
    """End a connection that was not read to its end; else it waits for the next request."""
    if response is None or response.connection is None:
        return
    with contextlib.suppress(ValueError, RuntimeError, OSError):
        response.shutdown()  # wakes a thread that still waits for bytes
    response.close()
