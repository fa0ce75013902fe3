"""A line to the server that breaks, stalls and lies, as told."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_BLOCK = 16 * 1024


@dataclass(frozen=True)
class Say:
    """Answer so, and do not ask the server."""

    status: int
    headers: str = ""


@dataclass(frozen=True)
class Cut:
    """End the connection after so many bytes of the request, or of the answer."""

    up: int | None = None
    down: int | None = None


@dataclass(frozen=True)
class Slow:
    """Wait before asking the server, and pass at most so many bytes of its answer a second."""

    wait: float = 0.0
    rate: float = 1e12


@dataclass(frozen=True)
class Stall:
    """Pass so many bytes of the answer, and then nothing, for ever."""

    after: int


Fault = Say | Cut | Slow | Stall
Decide = Callable[[str, str], Fault | None]
"""What happens to a request, by its verb and path."""


class Proxy:
    """Passes requests on to a port of this machine, each on a connection of its own."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.decide: Decide = lambda verb, path: None
        self.seen: list[tuple[str, str]] = []
        self.sent = 0
        """Bytes of request bodies that were passed on."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._end = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections, and let go of those that stall."""
        self._end.set()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = client.recv(_BLOCK)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        verb, path, _ = lines[0].split(" ")
        length = 0
        kept = [lines[0], "Connection: close"]
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            if name.lower() != "connection":
                kept.append(line)
        self.seen.append((verb, path))
        fault = self.decide(verb, path)
        if isinstance(fault, Say):
            self._drain(client, length - len(body))
            client.sendall(
                f"HTTP/1.1 {fault.status} No\r\n{fault.headers}Content-Length: 0\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            return
        if isinstance(fault, Slow):
            time.sleep(fault.wait)
        with socket.create_connection(("127.0.0.1", self._target), timeout=60) as server:
            budget = fault.up if isinstance(fault, Cut) and fault.up is not None else None
            if not self._up(
                client, server, "\r\n".join(kept).encode("latin-1"), body, length, budget
            ):
                return
            self._down(client, server, fault)

    def _drain(self, client: socket.socket, left: int) -> None:
        while left > 0 and (more := client.recv(_BLOCK)):
            left -= len(more)

    def _up(
        self,
        client: socket.socket,
        server: socket.socket,
        head: bytes,
        body: bytes,
        length: int,
        budget: int | None,
    ) -> bool:
        """Pass the request on; whether all of it has gone."""
        block = head + b"\r\n\r\n" + body
        left = length - len(body)
        while True:
            if budget is not None:
                block = block[:budget]
                budget -= len(block)
            server.sendall(block)
            self.sent += len(block)
            if budget == 0:
                return False
            if left <= 0:
                return True
            block = client.recv(_BLOCK)
            if not block:
                return False
            left -= len(block)

    def _down(self, client: socket.socket, server: socket.socket, fault: Fault | None) -> None:
        most = None
        if isinstance(fault, Cut):
            most = fault.down
        elif isinstance(fault, Stall):
            most = fault.after
        while block := server.recv(_BLOCK):
            if most is not None:
                block = block[:most]
                most -= len(block)
            client.sendall(block)
            if isinstance(fault, Slow):
                time.sleep(len(block) / fault.rate)
            if most == 0:
                if isinstance(fault, Stall):
                    self._end.wait()
                return
