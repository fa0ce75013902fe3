"""Put load on an HTTP server: so many connections, one request at a time on each.

Usage: ``python -m benchmarks.load http://host:port CONNECTIONS SECONDS < request.json``
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

NUMBERS = itertools.count(time.time_ns())


class Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last is whole."""

    def __init__(self, head: str, body: str, ids: list[int], times: list[float]) -> None:
        self.head = head
        self.body = body
        self.ids = ids
        self.times = times
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        body = self.body.replace("{n}", str(next(NUMBERS))).encode()
        head = f"{self.head}content-length: {len(body)}\r\n\r\n" if body else self.head + "\r\n"
        if "{id}" in head:
            head = head.replace("{id}", str(random.randrange(*self.ids)))
        self.started = time.perf_counter()
        self.transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        self.data = data = self.data + data if self.data else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = data[:end].lower()
        at = head.index(b"content-length: ") + 16
        length = int(head[at : (head + b"\r").index(b"\r", at)])
        if len(data) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 2"):
            if not self.failed.done():
                self.failed.set_exception(RuntimeError(data.decode()))
            return
        self.times.append(time.perf_counter() - self.started)
        self.data = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.failed.done():
            self.failed.set_exception(RuntimeError(f"The connection was closed: {exc}"))


async def main(address: str, connections: int, seconds: float) -> None:
    """Load, then print what was found."""
    request = json.load(sys.stdin)
    url = urlsplit(address)
    lines = [f"{request['method']} {request['path']} HTTP/1.1", f"host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in request["headers"].items()]
    head = "\r\n".join(lines) + "\r\n"
    loop = asyncio.get_running_loop()

    times: list[float] = []
    opened = [
        await loop.create_connection(
            lambda: Connection(head, request["body"], request["ids"], times), url.hostname, url.port
        )
        for _ in range(connections)
    ]
    waiting = [protocol.failed for _, protocol in opened]
    await asyncio.wait(waiting, timeout=0.3)  # the first requests fill caches
    times.clear()
    started = time.perf_counter()
    failed, _ = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    taken = time.perf_counter() - started
    for failure in failed:
        failure.result()
    times.sort()
    found = {
        "requests": len(times),
        "seconds": taken,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
    }
    print(json.dumps(found), flush=True)
    for transport, protocol in opened:
        protocol.failed.cancel()
        transport.abort()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
