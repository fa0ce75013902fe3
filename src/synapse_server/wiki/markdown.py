"""The text of a page, and the bytes that it is kept as: gzip, or plain UTF-8."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import uuid
import zlib

from synapse_server.blobs.base import BlobStore
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row
from synapse_wire import files as wire
from synapse_wire.errors import BadRequest
from synapse_wire.wiki import MOST_MARKDOWN

_NAME = "wiki_markdown.md.gz"
"""Clients save the file under its name, and unpack what ends so."""
_GZIP = b"\x1f\x8b"


async def write(blobs: BlobStore, caller: Caller, text: str) -> wire.S3FileHandle:
    """Keep a text as bytes of the caller's; a handle that is not in the database yet."""
    raw = text.encode()
    if len(raw) > MOST_MARKDOWN:
        raise BadRequest(
            f"The markdown has {len(raw)} bytes, at most {MOST_MARKDOWN} are taken as text."
            " Upload it as a file and name its handle in a page of the second generation (wiki2)."
        )
    data = gzip.compress(raw, mtime=0)
    key = f"{caller.id}/{uuid.uuid4()}/{_NAME}"
    await blobs.write(key, data)
    return wire.S3FileHandle(
        content_md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        content_size=len(data),
        content_type="application/gzip",
        file_name=_NAME,
        storage_location_id=wire.DEFAULT_STORAGE_LOCATION,
        bucket_name=blobs.bucket,
        key=key,
        is_preview=False,
    )


async def read(blobs: BlobStore, handle: Row) -> str:
    """The text of a page, given the row of its markdown's file handle.

    Raises:
        BadRequest: It is too long to be given as text.
    """
    too_long = BadRequest(
        f"The markdown of this page has more than {MOST_MARKDOWN} bytes. Download it as a file:"
        " GET …/wiki2/{wikiId}/markdown."
    )
    if (handle["size"] or 0) > MOST_MARKDOWN:
        raise too_long
    data = await blobs.read(handle["blob"])
    if data.startswith(_GZIP):
        unpack = zlib.decompressobj(wbits=31)
        with contextlib.suppress(zlib.error):  # it only looks like gzip: shown as it is
            data = unpack.decompress(data, MOST_MARKDOWN + 1)
    if len(data) > MOST_MARKDOWN:
        raise too_long
    return data.decode(errors="replace")


def check(handle: Row) -> None:
    """Refuse to keep a page whose text the server could not read.

    Raises:
        BadRequest: The bytes are elsewhere.
    """
    if handle["blob"] is None:
        raise BadRequest(
            f"The file handle {handle['id']} ({handles.to_handle(handle).file_name}) is of bytes"
            " elsewhere. Upload the markdown and name the handle of that."
        )
