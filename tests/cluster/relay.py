"""What stands between callers and the data plane, and counts what is fetched."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections import Counter

_REQUEST = re.compile(rb"GET ([^ ?]+)\S* HTTP/1\.1\r\n")


class Relay:
    """Passes bytes on, both ways, and counts the GET requests by their paths."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.fetched: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pass(reader, back, count=True), self._pass(there, writer))

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, count: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(1 << 18):
                if count and (found := _REQUEST.match(data)):  # clients send no two at once
                    self.fetched[found[1].decode()] += 1
                target.write(data)
                await target.drain()
        target.close()

    def stop(self) -> None:
        """End it, with the connections that clients still hold."""

        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
