"""The data plane: a process of threads that sends and receives the bytes of a local store.

It knows neither users nor the database: a signed URL says all it needs. Downloads go through
``sendfile``; uploads are received into one buffer, hashed and written as they come, synced,
and renamed before they are acknowledged. It ends when its standard input does, so it never
outlives the server that started it.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import hashlib
import json
import os
import queue
import re
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, unquote

from synapse_server.blobs import layout, signing

try:
    from isal.isal_zlib import crc32  # four times as fast, and not for every processor
except ImportError:
    from zlib import crc32

_BUFFER = 1 << 20
_HEAD = 64 * 1024
IDLE_SECONDS = 75
"""How long a connection may be idle: longer than clients and proxies, which give theirs up after 50
or 60 seconds, or else one is closed here at the moment when it is used there."""
_LINGER_SECONDS = 0.05
"""How long a thread waits for the next request itself: it often comes at once."""
_STALL_SECONDS = 60
_THREADS = 128
_LAST_SECONDS = 5
"""What transfers get that are running when the process is told to end."""
_NICE = 10
"""Where both want a processor, requests of the API come before bytes."""
_MOST_WAITING = 4096
"""Connections that wait for a request; they take no thread, and anybody may open them."""
_CORS = (
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, HEAD, PUT, OPTIONS\r\n"
    "Access-Control-Allow-Headers: *\r\n"
    "Access-Control-Expose-Headers: ETag, Content-Range, Content-Disposition\r\n"
)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


class _Refused(Exception):
    """An answer other than success; the connection closes unless the body was read."""

    def __init__(self, status: int, code: str, text: str, *, keep: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.keep = keep


class _Request:
    """The head of a request."""

    def __init__(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        try:
            self.verb, target, self.version = lines[0].split(" ")
        except ValueError:
            raise _Refused(400, "BadRequest", "This is not HTTP.") from None
        self.path, _, self.query = target.partition("?")
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        asked = self.headers.get("connection", "").lower()
        self.keep = asked != "close" if self.version == "HTTP/1.1" else asked == "keep-alive"


class _Sums:
    """What is computed of a body while it arrives, and compared with what its headers say."""

    def __init__(self, md5: str | None, sum32: str | None, *, whole: bool) -> None:
        self._wanted_md5, self._wanted32 = md5, sum32
        by_sum32 = sum32 is not None and md5 is None and not whole
        self._md5 = None if by_sum32 else hashlib.md5(usedforsecurity=False)
        self._sum32 = 0

    @classmethod
    def wanted_by(cls, request: _Request, *, whole: bool) -> _Sums:
        """The sums for a part, or for a whole blob, which must have its MD5."""
        headers = request.headers
        return cls(headers.get("content-md5"), headers.get("x-amz-checksum-crc32"), whole=whole)

    def update(self, data: memoryview) -> None:
        """More bytes."""
        if self._md5 is not None:
            self._md5.update(data)
        if self._wanted32 is not None:
            self._sum32 = crc32(data, self._sum32)

    def check(self) -> str:
        """The name of these bytes among others: their MD5, or their CRC32 where that is what
        they were sent with.

        Raises:
            _Refused: They are not what the headers say.
        """
        if self._wanted32 is not None and self._wanted32 != crc32_text(self._sum32):
            raise _Refused(400, "BadDigest", "The bytes do not have this CRC32.", keep=True)
        if self._md5 is None:
            return f"crc32-{self._sum32:08x}"
        found = base64.b64encode(self._md5.digest()).decode()
        if self._wanted_md5 not in (None, found):
            raise _Refused(400, "BadDigest", "The bytes do not have this Content-MD5.", keep=True)
        return self._md5.hexdigest()


class _Connection:
    """One client; requests are answered one after the other."""

    def __init__(self, sock: socket.socket, root: Path, key: bytes, accel: str) -> None:
        self.sock = sock
        self.root = root
        self.key = key
        self.accel = accel
        self.rest = b""
        self.deadline = 0.0
        """When to give up waiting for a request, on the monotonic clock."""
        self.buffer: memoryview | None = None

    def serve(self) -> bool:
        """Answer requests whose heads have come; whether the client may send more."""
        with contextlib.suppress(OSError):
            while (head := self._next_head()) is not None:
                self.sock.settimeout(_STALL_SECONDS)
                keep = False
                try:
                    request = _Request(head)
                    keep = request.keep
                    self._answer(request)
                except _Refused as refused:
                    keep = keep and refused.keep
                    self._refuse(refused, keep)
                if not keep:
                    return False
            return len(self.rest) <= _HEAD and not self._gone()
        return False

    def _next_head(self) -> bytes | None:
        """The head of the next request, if it is there in a moment."""
        self.sock.settimeout(_LINGER_SECONDS)
        while b"\r\n\r\n" not in self.rest and len(self.rest) <= _HEAD:
            try:
                more = self.sock.recv(65536)
            except TimeoutError:
                return None
            if not more:
                return None
            self.rest += more
        if len(self.rest) > _HEAD and b"\r\n\r\n" not in self.rest:
            return None
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head

    def _gone(self) -> bool:
        self.sock.setblocking(False)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False

    def receive_some(self) -> bool | None:
        """Take what has come without waiting: True when a head is complete, None when it never
        will be."""
        try:
            more = self.sock.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            return None
        self.rest += more
        if b"\r\n\r\n" in self.rest:
            return True
        return None if not more or len(self.rest) > _HEAD else False

    def _answer(self, request: _Request) -> None:
        if request.verb == "OPTIONS":
            self._send_head(200, ["Content-Length: 0", "Access-Control-Max-Age: 600"])
        elif request.verb in ("GET", "HEAD"):
            self._get(request)
        elif request.verb == "PUT":
            self._put(request)
        else:
            raise _Refused(405, "MethodNotAllowed", f"{request.verb} is not served here.")

    def _check(self, request: _Request, verb: str) -> dict[str, str]:
        try:
            return signing.check(self.key, verb, request.path, request.query)
        except signing.BadSignature as error:
            raise _Refused(403, "AccessDenied", str(error), keep=verb == "GET") from None

    # -------------------------------------------------------------- down

    def _get(self, request: _Request) -> None:
        parameters = self._check(request, "GET")
        path = self.root / unquote(request.path).lstrip("/")
        try:
            parts = layout.parts_of(path)
        except OSError:
            raise _Refused(404, "NoSuchKey", "These bytes are gone.", keep=True) from None
        size = sum(length for _, length in parts)
        etag = f'"{path.name[:32]}"'
        headers = [f"ETag: {etag}", "Accept-Ranges: bytes", "Cache-Control: private"]
        content_type = parameters.get("response-content-type", "application/octet-stream")
        if content_type.isprintable() and content_type.isascii():
            headers.append(f"Content-Type: {content_type}")
        if "name" in parameters:
            headers.append(f"Content-Disposition: {disposition(parameters['name'])}")
        known = request.headers.get("if-none-match", "")
        if etag in known or known == "*":
            self._send_head(304, headers)
            return
        start, length, status = self._range(request, size, etag)
        if status == 206:
            headers.append(f"Content-Range: bytes {start}-{start + length - 1}/{size}")
        headers.append(f"Content-Length: {length}")
        if self.accel and len(parts) == 1:
            headers.append(f"X-Accel-Redirect: {self.accel.rstrip('/')}{request.path}")
        self._send_head(status, headers)
        if request.verb == "GET" and not (self.accel and len(parts) == 1):
            self._send_file(layout.segments(parts, start, length))

    def _range(self, request: _Request, size: int, etag: str) -> tuple[int, int, int]:
        asked = request.headers.get("range")
        if asked is None or request.headers.get("if-range", etag) != etag:
            return 0, size, 200
        match = _RANGE.match(asked)
        if match is None or match.groups() == ("", ""):
            return 0, size, 200  # several ranges, or another unit: the whole is a good answer
        first, last = match.groups()
        if not first:
            start = max(0, size - int(last))
            end = size - 1
        else:
            start = int(first)
            end = min(int(last), size - 1) if last else size - 1
        if start >= size or end < start or (not first and last == "0"):
            raise _Refused(416, "InvalidRange", f"bytes */{size}", keep=True)
        return start, end - start + 1, 206

    def _send_file(self, segments: Iterable[layout.Segment]) -> None:
        for segment in segments:
            with segment.path.open("rb") as file:
                offset, left = segment.offset, segment.length
                while left:
                    sent = self._sendfile(file.fileno(), offset, min(left, 1 << 30))
                    if sent == 0:
                        raise OSError("the file is shorter than it was")
                    offset += sent
                    left -= sent

    def _sendfile(self, file: int, offset: int, count: int) -> int:
        # A socket with a timeout is non-blocking underneath: wait until it takes bytes.
        while True:
            try:
                return os.sendfile(self.sock.fileno(), file, offset, count)
            except BlockingIOError:
                if not select.select([], [self.sock], [], _STALL_SECONDS)[1]:
                    raise OSError("the client stalled") from None

    # -------------------------------------------------------------- up

    def _put(self, request: _Request) -> None:
        parameters = self._check(request, "PUT")
        size = self._length(request, int(parameters["size"]))
        if request.headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "md5" in parameters:
            found = self._put_whole(request, size, parameters)
        else:
            found = self._put_part(request, size)
        self._send_head(200, [f'ETag: "{found}"', "Content-Length: 0"])

    def _length(self, request: _Request, most: int) -> int:
        # Without either header, a request has no body; that is how an empty part is sent.
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or "transfer-encoding" in request.headers:
            raise _Refused(411, "MissingContentLength", "Send a Content-Length.")
        if int(length) > most:
            raise _Refused(413, "EntityTooLarge", f"At most {most} bytes are taken here.")
        return int(length)

    def _put_part(self, request: _Request, size: int) -> str:
        _, _, upload, part = request.path.split("/")
        folder = layout.upload_path(self.root, upload)
        temporary = folder / f"{part}.{uuid.uuid4().hex}.part"
        return self._keep(request, size, temporary, lambda found: folder / f"{part}.{found}")

    def _put_whole(self, request: _Request, size: int, parameters: dict[str, str]) -> str:
        _, _, first, digest = request.path.split("/")
        folder = self.root / "blobs" / first
        try:
            folder.mkdir()
            layout.sync_folder(folder.parent)
        except FileExistsError:
            pass

        def target(md5: str) -> Path:
            if size != int(parameters["size"]) or md5 != parameters["md5"]:
                raise _Refused(400, "BadDigest", "These are not the bytes of the URL.", keep=True)
            return folder / digest

        temporary = self.root / "uploads" / f"{uuid.uuid4().hex}.part"
        return self._keep(request, size, temporary, target, whole=True)

    def _keep(
        self,
        request: _Request,
        size: int,
        temporary: Path,
        target: Callable[[str], Path],
        *,
        whole: bool = False,
    ) -> str:
        """Receive a body durably and give it the name that its sum decides; the sum."""
        try:
            file = _create(temporary, size)
        except FileNotFoundError:
            raise _Refused(404, "NoSuchUpload", "This upload is over, or was given up.") from None
        try:
            try:
                found = self._receive(file, size, _Sums.wanted_by(request, whole=whole))
                path = target(found)
                _sync(file)
            finally:
                os.close(file)
            os.rename(temporary, path)
            layout.sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        return found

    def _receive(self, file: int, size: int, sums: _Sums) -> str:
        if self.buffer is None:
            self.buffer = memoryview(bytearray(_BUFFER))
        early, self.rest = self.rest[:size], self.rest[size:]
        filled = len(early)
        self.buffer[:filled] = early
        left = size
        full: OSError | None = None
        while left:
            wanted = min(left, _BUFFER)
            while filled < wanted:
                count = self.sock.recv_into(self.buffer[filled:wanted])
                if count == 0:
                    raise OSError("the client went away in the middle of a part")
                filled += count
            sums.update(self.buffer[:wanted])
            if full is None:
                try:
                    _write_all(file, self.buffer[:wanted])
                except OSError as error:
                    if error.errno not in _FULL:
                        raise
                    full = error  # take the rest, or the client never reads the answer
            left -= wanted
            filled = 0
        if full is not None:
            raise _no_room(full)
        return sums.check()

    # -------------------------------------------------------------- answers

    def _send_head(self, status: int, headers: list[str]) -> None:
        lines = "".join(f"{header}\r\n" for header in headers)
        phrase = HTTPStatus(status).phrase
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nDate: {formatdate(usegmt=True)}\r\n{_CORS}{lines}\r\n"
        )
        self.sock.sendall(head.encode("latin-1", "replace"))

    def _refuse(self, refused: _Refused, keep: bool) -> None:
        body = json.dumps({"code": refused.code, "reason": refused.text}).encode()
        headers = ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        if refused.status == 416:
            headers.append(f"Content-Range: {refused.text}")
        if not keep:
            headers.append("Connection: close")
        self._send_head(refused.status, headers)
        self.sock.sendall(body)
        if not keep:
            # Take what the client still sends, or it sees a reset instead of the answer.
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.settimeout(2)
                while self.sock.recv(65536):
                    pass


def crc32_text(sum32: int) -> str:
    """A checksum as S3 writes it: base64 of its four bytes, the highest first."""
    return base64.b64encode(sum32.to_bytes(4, "big")).decode()


def disposition(name: str) -> str:
    """The header that names the file to save, for old and new browsers."""
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _create(path: Path, size: int) -> int:
    """A new file with room for so many bytes.

    A file whose blocks are there before they are written is written and synced with a fifth of
    the processor time. Not ``os.posix_fallocate``: where a file system cannot allocate, that
    writes into every block.
    """
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o640)
    if _fallocate is not None and size >= _BUFFER:
        _fallocate(file, 0, 0, size)  # it is only faster; what fails here fails in the write
    return file


def _find_fallocate() -> Callable[[int, int, int, int], int] | None:
    function = getattr(ctypes.CDLL(None), "fallocate64", None)
    if function is not None:
        function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return function


_fallocate = _find_fallocate()


def _no_room(error: OSError) -> _Refused:
    text = f"The server has no room for these bytes ({error.strerror}). Tell its administrator."
    return _Refused(507, "InsufficientStorage", text, keep=True)


def _sync(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        raise _no_room(error) if error.errno in _FULL else error from None


def _write_all(file: int, data: memoryview) -> None:
    while data:
        data = data[os.write(file, data) :]


class _Lobby:
    """Where connections wait until their next request has come, without a thread each."""

    def __init__(self, sock: socket.socket, root: Path, key: bytes, accel: str) -> None:
        self._listener = sock
        self._root, self._key, self._accel = root, key, accel
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        self._back: queue.SimpleQueue[_Connection] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._waiting: dict[_Connection, None] = {}
        """The first has waited longest."""

    def run(self, pool: ThreadPoolExecutor, done: threading.Event) -> None:
        """Hand requests to the pool until ``done``."""
        while not done.is_set():
            for key, _ in self._selector.select(0.5):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                else:
                    self._hear(key.data, pool)
            while not self._back.empty():
                self._wait_for(self._back.get())
            self._forget_idle()

    def wake(self) -> None:
        """Let ``run`` look what there is to do."""
        with contextlib.suppress(OSError):
            self._wake.send(b"1")

    def close(self) -> None:
        """Let go of all that waits."""
        while not self._back.empty():
            self._back.get().sock.close()
        for connection in list(self._waiting):
            self._drop(connection)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._wait_for(_Connection(client, self._root, self._key, self._accel))

    def _wait_for(self, connection: _Connection) -> None:
        connection.sock.setblocking(False)
        connection.deadline = time.monotonic() + IDLE_SECONDS
        self._selector.register(connection.sock, selectors.EVENT_READ, connection)
        self._waiting[connection] = None
        if len(self._waiting) > _MOST_WAITING:
            self._drop(next(iter(self._waiting)))

    def _leave(self, connection: _Connection) -> None:
        self._selector.unregister(connection.sock)
        del self._waiting[connection]

    def _drop(self, connection: _Connection) -> None:
        self._leave(connection)
        connection.sock.close()

    def _hear(self, connection: _Connection, pool: ThreadPoolExecutor) -> None:
        complete = connection.receive_some()
        if complete is None:
            self._drop(connection)
        elif complete:
            self._leave(connection)
            pool.submit(self._serve, connection)

    def _serve(self, connection: _Connection) -> None:
        try:
            more = connection.serve()
        except BaseException:
            connection.sock.close()
            raise
        if not more:
            connection.sock.close()
            return
        self._back.put(connection)
        self.wake()

    def _forget_idle(self) -> None:
        moment = time.monotonic()
        while self._waiting and (first := next(iter(self._waiting))).deadline < moment:
            self._drop(first)


def serve(sock: socket.socket, root: Path, key: bytes, accel: str, done: threading.Event) -> None:
    """Answer clients until ``done``; then finish what is running for a few seconds."""
    sock.setblocking(False)
    lobby = _Lobby(sock, root, key, accel)

    def wake() -> None:
        done.wait()
        lobby.wake()

    threading.Thread(target=wake, daemon=True).start()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="bytes") as pool:
        lobby.run(pool, done)
        sock.close()
        end = threading.Timer(_LAST_SECONDS, os._exit, [0])
        end.daemon = True  # or the process would wait for it in any case
        end.start()
    lobby.close()


class DataPlane:
    """The running process, seen from the server."""

    def __init__(self, root: Path, key: bytes, host: str, port: int, accel: str = "") -> None:
        """Start it and wait until it listens.

        The key goes through a pipe: command lines and environments can be read by others.
        """
        self._order = {"root": str(root), "key": key.hex(), "host": host, "accel": accel}
        self.port = port
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synapse_server.blobs.dataplane"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {**self._order, "port": self.port}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            host = self._order["host"]
            raise OSError(f"The data plane cannot listen on {host}:{self.port}; see above.")
        self.port = int(answer)
        self.pid = self._process.pid

    def revive(self) -> bool:
        """Start it again if it has died, on the port that URLs name; whether it had.

        Raises:
            OSError: It does not start; to be tried again.
        """
        if self.alive():
            return False
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._start()
        return True

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it; transfers that are running get a few seconds."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(8)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """What the process does: read the order, listen, say the port, serve until told to stop."""
    order = json.loads(sys.stdin.readline())
    family = socket.AF_INET6 if ":" in order["host"] else socket.AF_INET
    sock = socket.create_server(
        (order["host"], order["port"]), family=family, backlog=512, reuse_port=False
    )
    print(sock.getsockname()[1], flush=True)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server, which stops us

    def wait_for_parent() -> None:
        sys.stdin.read()
        done.set()

    threading.Thread(target=wait_for_parent, daemon=True).start()
    serve(sock, Path(order["root"]), bytes.fromhex(order["key"]), order["accel"], done)


if __name__ == "__main__":
    main()
