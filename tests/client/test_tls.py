"""To whom the client speaks over HTTPS: to nobody whose certificate it cannot trust, and plain HTTP
costs no certificates."""

from __future__ import annotations

import asyncio
import http.server
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from synapseclient.core.exceptions import SynapseError
from synapseclient.core.threads_wire import ThreadsWire
from synapseclient.core.transport import FastWire
from synapseclient.core.wire import CannotConnect

WIRES: list[Any] = [FastWire, lambda: ThreadsWire(10)]


@contextmanager
def serving(authority: trustme.CA | None) -> Iterator[tuple[int, list[str]]]:
    """A server with a certificate, or without one; its port and the paths that came in."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(context)
            found.socket = context.wrap_socket(found.socket, server_side=True)
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        try:
            yield found.server_address[1], asked
        finally:
            found.shutdown()
            thread.join()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "form",
    ["https://{}", "HTTPS://{}", "hTtps://{}", " https://{}", "\thttps://{}", "ht\ntps://{}"],
)
@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
def test_no_stranger_is_told_anything(
    wire: Any, form: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with serving(trustme.CA()) as (port, asked):
        url = form.format(f"localhost:{port}/secret")
        with pytest.raises((CannotConnect, SynapseError)):
            asyncio.run(wire().send("GET", url, {"Authorization": "Bearer x"}, None, 20))
        assert asked == []


_TRUSTING = """
import asyncio, sys
from synapseclient.core.transport import Network
answer = asyncio.run(Network().send("GET", sys.argv[1], {}, None, 20))
print(answer.status_code)
"""


def test_who_is_trusted_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(authority) as (port, asked):
        command = [sys.executable, "-c", _TRUSTING, f"https://localhost:{port}/hello"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, asked) == ("200\n", ["/hello"]), done.stderr


def test_plain_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")  # HTTPS would trust nobody
    with serving(None) as (port, asked):
        answer = asyncio.run(FastWire().send("GET", f"http://localhost:{port}/", {}, None, 20))
        assert (answer.status_code, asked) == (200, ["/"])
