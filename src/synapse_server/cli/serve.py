"""``synapse-server serve``"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn

from synapse_server.blobs.dataplane import IDLE_SECONDS
from synapse_server.cli import settings_of
from synapse_server.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--host", help="address to listen on [127.0.0.1]")
    parser.add_argument("--port", type=int, help="port of the API, 0 for a free one [8080]")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from synapse_server.kernel.logs import configure

    settings = settings_of(args)
    configure(settings.log_format, settings.log_level)
    sock = listen(settings.host, settings.port)
    try:
        import uvloop  # late: not on every platform
    except ImportError:
        asyncio.run(_serve(settings, sock))
    else:
        uvloop.run(_serve(settings, sock))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.create_server((host, port), family=family, backlog=2048, reuse_port=False)
    # asyncio does it only for sockets that name their protocol, which this one does not;
    # without it every answer waits 40 ms for the client's acknowledgement.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


class _Server(uvicorn.Server):
    """uvicorn without its signals: it would raise them again in the end, and we exit with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the loop."""
        yield


async def _serve(settings: Settings, sock: socket.socket) -> None:
    from synapse_server.app import ADMIN, create_admin, running

    async with running(settings) as server:
        password = await create_admin(server.database)
        if password is not None:
            print(f"Created the administrator {ADMIN!r} with the password {password}", flush=True)
        config = uvicorn.Config(
            server,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing depends on where a request comes from
            timeout_graceful_shutdown=10,
            timeout_keep_alive=IDLE_SECONDS,
            backlog=2048,
        )
        uv = _Server(config)
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, uv.handle_exit, signum, None)
        task = asyncio.create_task(uv.serve([sock]))
        while not uv.started and not task.done():  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.005)
        host, port = sock.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        print(f"Synapse is ready at {settings.public_url or f'http://{host}:{port}'}", flush=True)
        await task
