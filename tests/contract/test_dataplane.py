"""The data plane at the level of bytes on a socket, in a thread of this process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from synapse_server.blobs import dataplane
from synapse_server.blobs.base import Part
from synapse_server.blobs.dataplane import DataPlane, disposition
from synapse_server.blobs.local import LocalStore
from synapse_server.blobs.signing import sign

KEY = b"k" * 32
DATA = os.urandom(3 * 1024 * 1024 + 17)


class Plane:
    """A data plane that listens, and a store whose URLs point to it."""

    def __init__(self, root: Path, accel: str = "") -> None:
        self.root = root
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.address = self.sock.getsockname()
        self.store = LocalStore(root, KEY, "http://{}:{}".format(*self.address))
        self.done = threading.Event()
        self.thread = threading.Thread(
            target=dataplane.serve, args=(self.sock, root, KEY, accel, self.done), daemon=True
        )
        self.thread.start()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=20)

    def upload(self) -> str:
        return asyncio.run(self.store.begin("1/2/name"))

    def put_path(self, upload: str, part: int, size: int) -> str:
        url = asyncio.run(self.store.sign_put(upload, "1/2/name", part, size, 60, None)).url
        return url.removeprefix("http://{}:{}".format(*self.address))

    def get_path(self, key: str = "1/2/name") -> str:
        url = asyncio.run(self.store.sign_get(key, 60, None, None))
        return url.removeprefix("http://{}:{}".format(*self.address))

    def files(self, upload: str) -> list[str]:
        return sorted(path.name for path in (self.root / "uploads" / upload).iterdir())


@pytest.fixture
def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plane]:
    # ``serve`` ends its process a few seconds after it was told to stop; this one must live.
    monkeypatch.setattr("os._exit", lambda code: None)
    found = Plane(tmp_path)
    yield found
    found.done.set()
    found.thread.join(20)


def talk(sock: socket.socket, *pieces: bytes) -> tuple[bytes, bytes]:
    """Send, then read one whole answer: its head and its body."""
    for piece in pieces:
        sock.sendall(piece)
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return data, b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        more = sock.recv(65536)
        if not more:
            break
        body += more
    return head, body


def request(verb: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{verb} {path} HTTP/1.1", "Host: here", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def put(plane: Plane, upload: str, part: int, data: bytes, *headers: str) -> tuple[bytes, bytes]:
    path = plane.put_path(upload, part, len(data))
    with plane.connect() as sock:
        return talk(sock, request("PUT", path, f"Content-Length: {len(data)}", *headers, body=data))


def stored(plane: Plane, data: bytes = DATA) -> str:
    """A blob of this content; the path to GET it."""
    upload = plane.upload()
    assert put(plane, upload, 1, data)[0].startswith(b"HTTP/1.1 200")
    md5 = hashlib.md5(data).hexdigest()
    asyncio.run(plane.store.assemble(upload, "1/2/name", [Part(1, md5)]))
    return plane.get_path()


def test_connections_that_say_nothing_are_in_nobodys_way(plane: Plane) -> None:
    path = stored(plane)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(plane.connect()) for _ in range(300)]
        for sock in idle[:150]:
            sock.sendall(b"GET /half-a-request")
        with plane.connect() as sock:
            assert talk(sock, request("GET", path))[1] == DATA
        head, _ = talk(idle[0], b" HTTP/1.1\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403")
        assert talk(idle[200], request("GET", path))[1] == DATA


def test_heads_without_end_and_ranges_beyond_everything(plane: Plane) -> None:
    path = stored(plane)
    with plane.connect() as sock:
        head, _ = talk(sock, request("GET", path, f"Range: bytes={'9' * 5000}-"))
        assert head.startswith(b"HTTP/1.1 200")  # no range that anybody means
        sock.sendall(b"x" * 200_000)
        with contextlib.suppress(ConnectionError):
            assert sock.recv(10) == b""


def test_two_requests_in_one_piece(plane: Plane) -> None:
    path = stored(plane, b"short")
    with plane.connect() as sock:
        two = request("GET", path) * 2
        sock.sendall(two)
        data = b""
        while data.count(b"short") < 2:
            data += sock.recv(65536)
        time.sleep(0.2)  # by now it waits among the others
        assert talk(sock, request("GET", path))[1] == b"short"


def test_a_dead_data_plane_is_started_again_on_its_port(tmp_path: Path) -> None:
    LocalStore(tmp_path, KEY, "")
    plane = DataPlane(tmp_path, KEY, "127.0.0.1", 0)
    try:
        port = plane.port
        assert not plane.revive()
        os.kill(plane.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while plane.alive():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert plane.revive()
        assert plane.port == port
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            assert talk(sock, request("GET", "/x"))[0].startswith(b"HTTP/1.1 403")
    finally:
        plane.stop()


def test_several_requests_on_one_connection(plane: Plane) -> None:
    path = stored(plane)
    with plane.connect() as sock:
        head, body = talk(sock, request("GET", path))
        assert (head[:12], body) == (b"HTTP/1.1 200", DATA)
        head, body = talk(sock, request("GET", path, "Range: bytes=5-9"))
        assert (head[:12], body) == (b"HTTP/1.1 206", DATA[5:10])
        etag = next(line for line in head.split(b"\r\n") if line.startswith(b"ETag")).decode()[6:]
        assert talk(sock, request("GET", path, f"If-None-Match: {etag}"))[0][:12] == (
            b"HTTP/1.1 304"
        )
        head, body = talk(sock, request("GET", path, "Range: bytes=5-9", 'If-Range: "other"'))
        assert (head[:12], body) == (b"HTTP/1.1 200", DATA)
        for many in ("bytes=0-1,4-5", "lines=1-2", "bytes=-"):
            assert talk(sock, request("GET", path, f"Range: {many}"))[0][:12] == b"HTTP/1.1 200"
        head, _ = talk(sock, request("GET", path, f"Range: bytes={len(DATA)}-"))
        assert head[:12] == b"HTTP/1.1 416"
        assert f"bytes */{len(DATA)}".encode() in head
        assert talk(sock, request("OPTIONS", "/anything"))[0][:12] == b"HTTP/1.1 200"


def test_a_head_has_no_body(plane: Plane) -> None:
    path = stored(plane)
    with plane.connect() as sock:
        sock.sendall(request("HEAD", path, "Connection: close"))
        data = b""
        while more := sock.recv(65536):
            data += more
    head, _, body = data.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(DATA)}".encode() in head
    assert body == b""


def test_old_http_closes_after_the_answer(plane: Plane) -> None:
    path = stored(plane, b"short")
    with plane.connect() as sock:
        sock.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while more := sock.recv(65536):
            data += more
    assert data.endswith(b"\r\n\r\nshort")


@pytest.mark.parametrize("size", [0, 1, 4096, 4097, len(DATA)])
def test_a_part_is_whole_or_not_there(plane: Plane, size: int) -> None:
    upload = plane.upload()
    data = DATA[:size]
    head, _ = put(plane, upload, 1, data)
    md5 = hashlib.md5(data).hexdigest()
    assert f'ETag: "{md5}"'.encode() in head
    assert plane.files(upload) == [f"1.{md5}"]
    assert (plane.root / "uploads" / upload / f"1.{md5}").read_bytes() == data


def test_a_client_that_goes_away_leaves_nothing(plane: Plane) -> None:
    upload = plane.upload()
    path = plane.put_path(upload, 1, len(DATA))
    with plane.connect() as sock:
        sock.sendall(request("PUT", path, f"Content-Length: {len(DATA)}", body=DATA[: 1 << 21]))
    plane.done.set()
    plane.thread.join(20)  # the connection's thread has ended
    assert plane.files(upload) == []


def test_wrong_sums_are_refused_and_the_connection_goes_on(plane: Plane) -> None:
    upload = plane.upload()
    path = plane.put_path(upload, 1, 100)
    right = base64.b64encode(hashlib.md5(b"right").digest()).decode()
    with plane.connect() as sock:
        for header in (f"Content-MD5: {right}", "x-amz-checksum-crc32: AAAAAA=="):
            head, body = talk(
                sock, request("PUT", path, "Content-Length: 5", header, body=b"wrong")
            )
            assert head[:12] == b"HTTP/1.1 400"
            assert b"BadDigest" in body
        assert plane.files(upload) == []
        head, _ = talk(
            sock, request("PUT", path, "Content-Length: 5", f"Content-MD5: {right}", body=b"right")
        )
        assert head[:12] == b"HTTP/1.1 200"


def test_a_client_may_wait_to_be_told_to_go_on(plane: Plane) -> None:
    path = plane.put_path(plane.upload(), 1, 5)
    with plane.connect() as sock:
        sock.sendall(request("PUT", path, "Content-Length: 5", "Expect: 100-continue"))
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert talk(sock, b"going")[0][:12] == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Content-Length: 6"], 413),
        (["Content-Length: many"], 411),
        (["Transfer-Encoding: chunked"], 411),
    ],
)
def test_bodies_without_a_proper_length(plane: Plane, headers: list[str], status: int) -> None:
    upload = plane.upload()
    with plane.connect() as sock:
        head, body = talk(
            sock, request("PUT", plane.put_path(upload, 1, 5), *headers, body=b"123456")
        )
    assert head.startswith(f"HTTP/1.1 {status}".encode())
    assert b"reason" in body
    assert plane.files(upload) == []


def test_nobody_gets_or_puts_without_a_signature(plane: Plane) -> None:
    (plane.root / "secret").write_text("key")
    path = stored(plane)
    name = urlsplit(path).path
    for bad in (
        name,
        path + "0",
        "/../secret",
        "/secret",
        "/blobs/../secret",
        "/%2e%2e/secret",
        "/",
    ):
        with plane.connect() as sock:
            assert talk(sock, request("GET", bad))[0][:12] == b"HTTP/1.1 403", bad
        with plane.connect() as sock:
            head, _ = talk(sock, request("PUT", bad, "Content-Length: 1", body=b"x"))
            assert head[:12] == b"HTTP/1.1 403", bad
    with plane.connect() as sock:
        assert talk(sock, request("DELETE", path))[0][:12] == b"HTTP/1.1 405"
    expired = sign(KEY, "GET", name, {}, -10)
    with plane.connect() as sock:
        head, body = talk(sock, request("GET", expired))
    assert head[:12] == b"HTTP/1.1 403"
    assert b"expired" in body
    with plane.connect() as sock:
        assert talk(sock, request("GET", sign(KEY, "GET", "/blobs/none", {}, 60)))[0][:12] == (
            b"HTTP/1.1 404"
        )


def test_an_upload_that_is_over_takes_no_parts(plane: Plane) -> None:
    upload = plane.upload()
    path = plane.put_path(upload, 1, 1)
    asyncio.run(plane.store.abort(upload, "1/2/name"))
    with plane.connect() as sock:
        head, _ = talk(sock, request("PUT", path, "Content-Length: 1", body=b"x"))
    assert head[:12] == b"HTTP/1.1 404"


@pytest.mark.parametrize("said", [b"\x16\x03\x01 hello\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_not_http_is_told_so(plane: Plane, said: bytes) -> None:
    with plane.connect() as sock:
        assert talk(sock, said)[0][:12] == b"HTTP/1.1 400"


def test_a_head_without_end_is_cut_off(plane: Plane) -> None:
    with plane.connect() as sock, contextlib.suppress(ConnectionError):
        sock.sendall(b"x" * 200_000)
        assert sock.recv(1) == b""


def test_many_ranges_at_once(plane: Plane) -> None:
    path = stored(plane)

    def fetch(start: int) -> bytes:
        with plane.connect() as sock:
            return talk(sock, request("GET", path, f"Range: bytes={start}-{start + 99_999}"))[1]

    with ThreadPoolExecutor(16) as pool:
        found = b"".join(pool.map(fetch, range(0, len(DATA), 100_000)))
    assert found == DATA


def test_nginx_may_send_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os._exit", lambda code: None)
    plane = Plane(tmp_path, accel="/internal/")
    path = stored(plane)
    with plane.connect() as sock:
        sock.sendall(request("GET", path, "Connection: close"))
        head = b""
        while more := sock.recv(65536):
            head += more
    assert f"X-Accel-Redirect: /internal{urlsplit(path).path}".encode() in head
    assert head.endswith(b"\r\n\r\n")
    plane.done.set()
    plane.thread.join(20)


def test_names_of_downloads() -> None:
    assert disposition('a "b" é.txt') == (
        "attachment; filename=\"a _b_ _.txt\"; filename*=UTF-8''a%20%22b%22%20%C3%A9.txt"
    )


def test_a_killed_data_plane_acknowledged_nothing_halfway(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, KEY, "")
    upload = asyncio.run(store.begin("1/2/name"))
    process = DataPlane(tmp_path, KEY, "127.0.0.1", 0)
    assert process.alive()
    url = asyncio.run(store.sign_put(upload, "1/2/name", 1, len(DATA), 60, None)).url
    with socket.create_connection(("127.0.0.1", process.port)) as sock:
        sock.sendall(request("PUT", url, f"Content-Length: {len(DATA)}", body=DATA[: 2 << 20]))
        os.kill(process.pid, signal.SIGKILL)
        with contextlib.suppress(ConnectionError):
            assert talk(sock) == (b"", b"")
    process.stop()
    assert not process.alive()
    finished = [name for name in os.listdir(tmp_path / "uploads" / upload) if ".part" not in name]
    assert finished == []
    process = DataPlane(tmp_path, KEY, "127.0.0.1", 0)
    with socket.create_connection(("127.0.0.1", process.port)) as sock:
        head, _ = talk(sock, request("PUT", url, f"Content-Length: {len(DATA)}", body=DATA))
        assert head[:12] == b"HTTP/1.1 200"
    process.stop()
