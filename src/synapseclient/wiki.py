"""The older forms of wiki pages, and the text of all of them."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import tempfile
import zlib
from typing import TYPE_CHECKING, Any

from synapseclient.core.dicts import DictObject
from synapseclient.core.utils import id_of

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_GZIP = b"\x1f\x8b"


class Wiki(DictObject):
    """A wiki page of an entity, with its markdown as text.

    Args:
        owner: The entity, or its id.
        title: What the page is called.
        markdown: Its text; or else
        markdownFile: the path of a file that has it.
        attachments: Paths of files to attach.
        fileHandles: Ids of file handles to attach.
        parentWikiId: The page above, for a sub-page.
    """

    _SENT = (
        "title",
        "markdown",
        "attachmentFileHandleIds",
        "id",
        "etag",
        "createdBy",
        "createdOn",
        "modifiedBy",
        "modifiedOn",
        "parentWikiId",
    )

    def __init__(self, **kwargs: Any) -> None:
        if "owner" not in kwargs:
            raise ValueError("A Wiki needs its owner: an entity, or the id of one.")
        owner = kwargs.pop("owner")
        handles = kwargs.pop("fileHandles", None) or ()
        kwargs["attachmentFileHandleIds"] = [
            *(kwargs.get("attachmentFileHandleIds") or ()),
            *handles,
        ]
        if "parentWikiId" in kwargs:
            kwargs["parentWikiId"] = kwargs["parentWikiId"] or None
        text, path = kwargs.pop("markdown", None), kwargs.pop("markdownFile", None)
        super().__init__(kwargs)
        self.update_markdown(text, path)
        self.ownerId = id_of(owner)

    def update_markdown(
        self, markdown: str | None = None, markdown_file: str | None = None
    ) -> None:
        """Set the text, given as such or as the path of a file.

        Raises:
            ValueError: Both are given, or there is no such file.
        """
        if markdown and markdown_file:
            raise ValueError("Please use only one argument: markdown or markdownFile")
        if markdown_file:
            path = os.path.expandvars(os.path.expanduser(markdown_file))
            if not os.path.isfile(path):
                raise ValueError(f"{markdown_file} is not a valid file")
            with open(path, encoding="utf-8") as file:
                markdown = file.read()
        self["markdown"] = markdown

    def json(self, ensure_ascii: bool = True) -> str:
        """As the server wants it."""
        sent = {key: value for key, value in self.items() if key in self._SENT}
        return json.dumps(sent, ensure_ascii=ensure_ascii)

    def getURI(self) -> str:
        """Where it is to be had."""
        return f"/entity/{self.ownerId}/wiki/{self.id}"

    def postURI(self) -> str:
        """Where it is to be created."""
        return f"/entity/{self.ownerId}/wiki"

    def putURI(self) -> str:
        """Where it is to be changed."""
        return f"/entity/{self.ownerId}/wiki/{self.id}"

    def deleteURI(self) -> str:
        """Where it is to be deleted."""
        return f"/entity/{self.ownerId}/wiki/{self.id}"


class WikiAttachment(DictObject):
    """A file that is attached to a page: ``fileName``, ``contentType``, ``contentSize`` …"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs)


# ------------------------------------------------------------------ the text of pages


def unpack(data: bytes) -> bytes:
    """What was compressed by gzip; other bytes as they are."""
    if data.startswith(_GZIP):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            return gzip.decompress(data)
    return data


def to_text(data: bytes) -> str:
    """The text of a page, given the bytes that it is kept as."""
    return unpack(data).decode("utf-8", errors="replace")


async def read_markdown(
    syn: Synapse, owner_id: str, wiki_id: str, version: int | None = None
) -> bytes:
    """The bytes that the text of a page is kept as."""
    from synapse_wire.wiki import ENTITY

    said = await syn._call(
        ENTITY.get_markdown_url, owner_id, str(wiki_id), redirect=False, wiki_version=version
    )
    data: bytes = (await syn._send("GET", said.text, headers={})).content
    return data


async def upload_markdown(syn: Synapse, owner_id: str, title: str | None, text: str) -> str:
    """Send a text, compressed; the id of its file handle."""
    name = "".join(each if each.isalnum() or each in " ._-" else "_" for each in title or "page")
    return await upload_bytes(
        syn, owner_id, f"wiki_markdown_{name[:100]}.md.gz", gzip.compress(text.encode(), mtime=0)
    )


async def upload_bytes(syn: Synapse, owner_id: str, name: str, data: bytes) -> str:
    """Send a few bytes as a file of this name; the id of its file handle."""
    from synapse_wire.files import get_upload_destination
    from synapseclient.transfer.upload import upload_file

    def write(folder: str) -> str:
        path = os.path.join(folder, "content")
        with open(path, "wb") as file:
            file.write(data)
        return path

    destination = await syn.call(get_upload_destination, owner_id)
    with tempfile.TemporaryDirectory(prefix="synapse-wiki-") as folder:
        path = await asyncio.to_thread(write, folder)
        sent = await upload_file(
            syn, path, name=name, storage_location_id=destination.storage_location_id
        )
    return sent.file_handle_id


def must_pack(name: str) -> bool:
    """Whether attachments of this name are compressed: all but images, and what is already."""
    return not name.endswith((".gz", ".png", ".jpg", ".jpeg"))


async def upload_attachment(syn: Synapse, owner_id: str, path: str) -> str:
    """Send a file to attach; the id of its file handle. The file stays as it is."""
    path = os.path.expandvars(os.path.expanduser(path))
    name = os.path.basename(path)
    if not must_pack(name):
        from synapse_wire.files import get_upload_destination
        from synapseclient.transfer.upload import upload_file

        destination = await syn.call(get_upload_destination, owner_id)
        location = destination.storage_location_id
        return (await upload_file(syn, path, storage_location_id=location)).file_handle_id

    def packed() -> bytes:
        with open(path, "rb") as file:
            return gzip.compress(file.read(), mtime=0)

    return await upload_bytes(syn, owner_id, name + ".gz", await asyncio.to_thread(packed))
