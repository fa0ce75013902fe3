"""The contract of a blob store; ``tests/contract`` runs one suite over every store.

Bytes never pass through the API process: it signs URLs, and clients send and fetch there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from synapse_server.kernel.serving import Call


class PartRejected(Exception):
    """A part is not there, or not with the MD5 or size that was named; the text says which."""


PART_CHECKSUM = re.compile(r"(?:[0-9a-f]{32}|crc32-[0-9a-f]{8})\Z")
"""What a store calls the bytes of a part, as their ``ETag``: their MD5, or their CRC32 if they
were sent with that."""


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """Where to send something, and the headers to send with it."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload that was confirmed."""

    number: int
    checksum: str
    """As ``PART_CHECKSUM`` has it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A blob that was to be sent whole."""

    key: str
    md5: str
    size: int


class BlobStore(Protocol):
    """Keys look like ``{user}/{uuid}/{file name}``. All verbs may be repeated safely.

    Bytes come in parts (``begin``, ``sign_put``, ``confirm``, ``assemble``) or, when there are
    few, whole (``sign_put_whole``, ``held``).
    """

    bucket: str
    """The name of the bucket that file handles show."""
    checks_crc32: bool
    """Whether a PUT may carry ``x-amz-checksum-crc32`` (extension ``part-crc32``)."""

    def seen_from(self, host: str) -> BlobStore:
        """The same store, with URLs for who reached the server under this name."""

    async def begin(self, key: str) -> str:
        """Start an upload; the store's own name for it."""

    async def sign_put(
        self, upload: str, key: str, part: int, size: int, seconds: int, content_type: str | None
    ) -> SignedUrl:
        """Where to PUT a part of at most ``size`` bytes within so many seconds."""

    async def sign_put_whole(self, key: str, md5: str, size: int, seconds: int) -> SignedUrl:
        """Where to PUT a whole blob of so many bytes with this MD5, and of no others."""

    async def held(self, blobs: Sequence[Whole]) -> set[str]:
        """The keys of those that are durably there, just as they were to be. Many whose keys
        differ only in the last segment are cheap."""

    async def confirm(self, upload: str, key: str, part: int, checksum: str, size: int) -> None:
        """Make sure that a part is durably there with this checksum and size in bytes.

        Raises:
            PartRejected: It is not.
        """

    async def assemble(self, upload: str, key: str, parts: Sequence[Part]) -> int:
        """Make one blob of all parts; its size in bytes. All of it is readable, or none."""

    async def abort(self, upload: str, key: str) -> None:
        """Forget an upload and its parts."""

    async def sign_get(
        self, key: str, seconds: int, file_name: str | None, content_type: str | None
    ) -> str:
        """A URL that gives the bytes to who has it, for so many seconds."""

    async def write(self, key: str, data: bytes) -> None:
        """Make a small blob at once, for the server's own use."""

    async def take(self, key: str, path: Path, md5: str) -> None:
        """Make a blob of a file of the server's own, which may be moved; its MD5 is known."""

    async def read(self, key: str) -> bytes:
        """A small blob whole, for the server's own use.

        Raises:
            FileNotFoundError: There is none.
        """

    async def fetch(self, key: str, path: Path) -> None:
        """Make a file of the server's own of a blob, however large.

        Raises:
            FileNotFoundError: There is none.
        """

    async def size(self, key: str) -> int | None:
        """The size in bytes; None when there is no such blob."""

    async def delete(self, key: str) -> None:
        """Remove a blob; nothing happens when it is gone already."""

    async def close(self) -> None:
        """Let go of connections and processes."""


def blobs_of(call: Call) -> BlobStore:
    """The store, with URLs that fit the caller of this request."""
    # A protocol cannot be instantiated, but names its one implementation all the same.
    store = call.need(BlobStore)  # type: ignore[type-abstract]
    return store.seen_from(call.header(b"host") or "")
