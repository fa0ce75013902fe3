"""The contract of a blob store, run over every store: a folder with its data plane, and S3."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from synapse_server.blobs.base import BlobStore, Part, PartRejected, Whole
from synapse_server.blobs.dataplane import DataPlane
from synapse_server.blobs.local import LocalStore
from synapse_server.blobs.s3 import S3Store
from synapse_wire.errors import ApiError
from synapseclient.core.blocking import run
from synapseclient.core.transport import Answer, Transport

T = TypeVar("T")

KEY = b"k" * 32
MB = 1024 * 1024
transport = Transport("tests/1.0.0")


def http(verb: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    """One request to the store."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return run(transport.send(verb, url, sent, body, tries=1))


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class BlobStoreContract:
    """What every store keeps to."""

    @pytest.fixture
    def loop(self) -> Iterator[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        yield loop
        loop.close()

    @pytest.fixture
    def store(self) -> BlobStore:
        raise NotImplementedError

    @pytest.fixture
    def key(self, request: pytest.FixtureRequest) -> str:
        return f"7/{md5(request.node.name.encode())}/a file (1) é.txt"

    def put(
        self, loop: Any, store: BlobStore, upload: str, key: str, part: int, data: bytes
    ) -> Part:
        url = loop.run_until_complete(store.sign_put(upload, key, part, len(data), 60, None))
        answer = http("PUT", url.url, data, **url.headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"].strip('"') == md5(data)
        loop.run_until_complete(store.confirm(upload, key, part, md5(data), len(data)))
        return Part(part, md5(data))

    def stored(self, loop: Any, store: BlobStore, key: str, *contents: bytes) -> bytes:
        """Make a blob of these parts."""
        upload = loop.run_until_complete(store.begin(key))
        parts = [
            self.put(loop, store, upload, key, number, data)
            for number, data in enumerate(contents, 1)
        ]
        whole = b"".join(contents)
        assert loop.run_until_complete(store.assemble(upload, key, parts)) == len(whole)
        return whole

    def test_parts_become_one_blob(self, loop: Any, store: BlobStore, key: str) -> None:
        assert loop.run_until_complete(store.size(key)) is None
        whole = self.stored(loop, store, key, b"a" * (5 * MB), b"b" * (5 * MB), b"end")
        assert loop.run_until_complete(store.size(key)) == len(whole)
        assert loop.run_until_complete(store.read(key)) == whole
        url = loop.run_until_complete(store.sign_get(key, 60, "ein Name é.txt", "text/x-tsv"))
        answer = http("GET", url)
        assert answer.content == whole
        assert answer.headers["content-type"] == "text/x-tsv"
        assert "ein%20Name%20%C3%A9.txt" in answer.headers["content-disposition"]
        seam = http("GET", url, range=f"bytes={5 * MB - 2}-{5 * MB + 1}")
        assert (seam.status_code, seam.content) == (206, b"aabb")
        assert seam.headers["content-range"] == f"bytes {5 * MB - 2}-{5 * MB + 1}/{len(whole)}"
        assert http("GET", url, range="bytes=-3").content == b"end"
        assert http("GET", url, range=f"bytes={len(whole)}-").status_code == 416

    @pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, MB, MB + 1])
    def test_one_part_of_any_size(self, loop: Any, store: BlobStore, key: str, size: int) -> None:
        whole = self.stored(
            loop, store, key, bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        )
        assert loop.run_until_complete(store.read(key)) == whole

    def test_the_last_content_of_a_part_counts(self, loop: Any, store: BlobStore, key: str) -> None:
        upload = loop.run_until_complete(store.begin(key))
        self.put(loop, store, upload, key, 1, b"first")
        last = self.put(loop, store, upload, key, 1, b"second")
        loop.run_until_complete(store.assemble(upload, key, [last]))
        assert loop.run_until_complete(store.read(key)) == b"second"

    def test_parts_that_are_not_there_are_rejected(
        self, loop: Any, store: BlobStore, key: str
    ) -> None:
        upload = loop.run_until_complete(store.begin(key))
        with pytest.raises(PartRejected, match="not on the server"):
            loop.run_until_complete(store.confirm(upload, key, 1, md5(b""), 0))
        self.put(loop, store, upload, key, 1, b"content")
        with pytest.raises(PartRejected, match=md5(b"content")):
            loop.run_until_complete(store.confirm(upload, key, 1, md5(b"other"), 5))
        loop.run_until_complete(store.abort(upload, key))

    def test_a_blob_may_come_whole(self, loop: Any, store: BlobStore, key: str) -> None:
        datas = [b"few bytes", b"", b"as many as those"]
        wholes = [
            Whole(f"{key}/{number}", md5(data), len(data)) for number, data in enumerate(datas)
        ]

        def held() -> set[str]:
            found: set[str] = loop.run_until_complete(store.held(wholes))
            assert loop.run_until_complete(store.held(wholes[:1])) == found & {wholes[0].key}
            return found

        assert held() == set()
        for number, (each, data) in enumerate(zip(wholes, datas, strict=True)):
            sign = store.sign_put_whole(each.key, each.md5, each.size, 60)
            url = loop.run_until_complete(sign)
            assert http("PUT", url.url, data + b"!", **url.headers).status_code >= 400
            assert len(held()) == number
            for _ in range(2):
                assert http("PUT", url.url, data, **url.headers).status_code == 200
            assert held() == {each.key for each in wholes[: number + 1]}
            assert loop.run_until_complete(store.read(each.key)) == data
        others = [Whole(each.key, each.md5, each.size + 1) for each in wholes]
        assert loop.run_until_complete(store.held(others)) == set()

    def test_assembling_may_be_repeated(self, loop: Any, store: BlobStore, key: str) -> None:
        upload = loop.run_until_complete(store.begin(key))
        parts = [self.put(loop, store, upload, key, 1, b"again")]

        async def twice() -> list[int]:
            return await asyncio.gather(*(store.assemble(upload, key, parts) for _ in range(2)))

        assert loop.run_until_complete(twice()) == [5, 5]
        assert loop.run_until_complete(store.assemble(upload, key, parts)) == 5
        assert loop.run_until_complete(store.read(key)) == b"again"

    def test_what_is_aborted_or_deleted_is_gone(
        self, loop: Any, store: BlobStore, key: str, tmp_path: Path
    ) -> None:
        upload = loop.run_until_complete(store.begin(key))
        part = self.put(loop, store, upload, key, 1, b"given up")
        for _ in range(2):
            loop.run_until_complete(store.abort(upload, key))
        with pytest.raises((OSError, ApiError)):
            loop.run_until_complete(store.assemble(upload, key, [part]))
        assert loop.run_until_complete(store.size(key)) is None
        self.stored(loop, store, key, b"deleted")
        url = loop.run_until_complete(store.sign_get(key, 60, None, None))
        for _ in range(2):
            loop.run_until_complete(store.delete(key))
        assert loop.run_until_complete(store.size(key)) is None
        assert http("GET", url).status_code == 404
        with pytest.raises(FileNotFoundError):
            loop.run_until_complete(store.read(key))
        with pytest.raises(FileNotFoundError):
            loop.run_until_complete(store.fetch(key, tmp_path / "none"))

    def test_the_server_s_own_blobs(
        self, loop: Any, store: BlobStore, key: str, tmp_path: Path
    ) -> None:
        loop.run_until_complete(store.write(key, b"small"))
        assert loop.run_until_complete(store.read(key)) == b"small"
        path = tmp_path / "made"
        path.write_bytes(b"large" * MB)
        loop.run_until_complete(store.take(key + "2", path, md5(b"large" * MB)))
        assert loop.run_until_complete(store.size(key + "2")) == 5 * MB
        loop.run_until_complete(store.fetch(key + "2", path))
        assert path.read_bytes() == b"large" * MB

    def test_signed_urls_are_good_for_what_they_say(
        self, loop: Any, store: BlobStore, key: str
    ) -> None:
        self.stored(loop, store, key, b"secret")
        url = loop.run_until_complete(store.sign_get(key, 60, None, None))
        assert http("GET", url).content == b"secret"
        other = "0" if url[-1] != "0" else "1"
        for bad in (url[:-1] + other, url.split("?")[0], url.replace("Expires=60", "Expires=61")):
            assert http("GET", bad).status_code == 403
        assert http("PUT", url, b"changed").status_code == 403
        assert http("DELETE", url).status_code in (403, 405)
        assert loop.run_until_complete(store.read(key)) == b"secret"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DataPlane]]:
    """A folder, and the process that serves it."""
    root = tmp_path_factory.mktemp("blobs")
    LocalStore(root, KEY, "")
    plane = DataPlane(root, KEY, "127.0.0.1", 0)
    yield root, plane
    plane.stop()


class TestLocal(BlobStoreContract):
    """A folder."""

    @pytest.fixture
    def store(self, plane: tuple[Path, DataPlane]) -> BlobStore:
        return LocalStore(plane[0], KEY, f"http://127.0.0.1:{plane[1].port}")


class TestS3(BlobStoreContract):
    """A bucket."""

    @pytest.fixture
    def store(self, s3_url: str) -> BlobStore:
        return S3Store.open(s3_url)


def test_urls_name_what_the_caller_has_called(tmp_path: Path) -> None:
    everywhere = LocalStore(tmp_path, KEY, "http://{host}:99")
    for host, address in (
        ("lab.example:8080", "http://lab.example:99/"),
        ("lab.example", "http://lab.example:99/"),
        ("[::1]:8080", "http://[::1]:99/"),
    ):
        url = asyncio.run(everywhere.seen_from(host).sign_get("k", 60, None, None))
        assert url.startswith(address)
    fixed = LocalStore(tmp_path, KEY, "http://here:99")
    assert fixed.seen_from("evil.example") is fixed
    assert everywhere.seen_from("evil.example/x?") is everywhere
