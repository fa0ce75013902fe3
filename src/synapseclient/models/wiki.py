"""Wiki pages, their tree, history and order."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import pprint
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapseclient.api import wiki_services as api
from synapseclient.client import Synapse
from synapseclient.core.async_utils import wrap_async_generator_to_sync_generator
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.transfer.download import download_url
from synapseclient.wiki import must_pack, upload_attachment, upload_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def _require(value: Any, name: str, what: str) -> str:
    if not value:
        raise ValueError(f"Must provide {name} to {what}.")
    return str(value)


@dataclass
class WikiOrderHint:
    """In which order the pages of an entity are shown."""

    owner_id: str | None = None
    owner_object_type: str | None = None
    id_list: list[str] = field(default_factory=list)
    etag: str | None = field(default=None, compare=False)

    def fill_from_dict(self, wiki_order_hint: Mapping[str, Any]) -> WikiOrderHint:
        """Set the fields from what the server sends."""
        self.owner_id = wiki_order_hint.get("ownerId")
        self.owner_object_type = wiki_order_hint.get("ownerObjectType")
        self.id_list = list(wiki_order_hint.get("idList") or ())
        self.etag = wiki_order_hint.get("etag")
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        request = {
            "ownerId": self.owner_id,
            "ownerObjectType": self.owner_object_type,
            "idList": self.id_list,
            "etag": self.etag,
        }
        return {name: value for name, value in request.items() if value is not None}

    async def store_async(self, *, synapse_client: Synapse | None = None) -> WikiOrderHint:
        """Store it; get it first, for its etag."""
        owner = _require(self.owner_id, "owner_id", "store wiki order hint")
        request = self.to_synapse_request()
        return self.fill_from_dict(
            await api.put_wiki_order_hint(owner, request, synapse_client=synapse_client)
        )

    async def get_async(self, *, synapse_client: Synapse | None = None) -> WikiOrderHint:
        """Get it; without ids if nobody has given an order yet."""
        owner = _require(self.owner_id, "owner_id", "get wiki order hint")
        return self.fill_from_dict(
            await api.get_wiki_order_hint(owner, synapse_client=synapse_client)
        )

    store = blocking(store_async)
    get = blocking(get_async)


@dataclass
class WikiHistorySnapshot:
    """A version of a page: which, when and by whom."""

    version: str | None = None
    modified_on: str | None = None
    modified_by: str | None = None

    def fill_from_dict(self, wiki_history: Mapping[str, Any]) -> WikiHistorySnapshot:
        """Set the fields from what the server sends."""
        self.version = wiki_history.get("version")
        self.modified_on = wiki_history.get("modifiedOn")
        self.modified_by = wiki_history.get("modifiedBy")
        return self

    @classmethod
    async def get_async(
        cls,
        owner_id: str | None = None,
        id: str | None = None,
        *,
        offset: int = 0,
        limit: int = 20,
        synapse_client: Synapse | None = None,
    ) -> AsyncGenerator[WikiHistorySnapshot, None]:
        """The versions of a page, newest first; ``limit`` (at most 50) is how many are asked for
        at a time."""
        owner = _require(owner_id, "owner_id", "get wiki history")
        page = _require(id, "id", "get wiki history")
        async for each in api.get_wiki_history(
            owner, page, offset, limit, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    @classmethod
    def get(
        cls,
        owner_id: str | None = None,
        id: str | None = None,
        *,
        offset: int = 0,
        limit: int = 20,
        synapse_client: Synapse | None = None,
    ) -> Generator[WikiHistorySnapshot, None, None]:
        """The same, waiting for them."""
        return wrap_async_generator_to_sync_generator(
            cls.get_async,
            owner_id,
            id,
            offset=offset,
            limit=limit,
            synapse_client=synapse_client,
        )


@dataclass
class WikiHeader:
    """A page in the tree of pages."""

    id: str | None = None
    title: str | None = None
    parent_id: str | None = None

    def fill_from_dict(self, wiki_header: Mapping[str, Any]) -> WikiHeader:
        """Set the fields from what the server sends."""
        self.id = wiki_header.get("id")
        self.title = wiki_header.get("title")
        self.parent_id = wiki_header.get("parentId")
        return self

    @classmethod
    async def get_async(
        cls,
        owner_id: str | None = None,
        *,
        offset: int = 0,
        limit: int = 20,
        synapse_client: Synapse | None = None,
    ) -> AsyncGenerator[WikiHeader, None]:
        """The pages of an entity, each after the page above it; ``limit`` (at most 50) is how many
        are asked for at a time.

        Raises:
            SynapseHTTPError: 404 when there is no wiki.
        """
        owner = _require(owner_id, "owner_id", "get wiki header tree")
        async for each in api.get_wiki_header_tree(
            owner, offset, limit, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    @classmethod
    def get(
        cls,
        owner_id: str,
        *,
        offset: int = 0,
        limit: int = 20,
        synapse_client: Synapse | None = None,
    ) -> Generator[WikiHeader, None, None]:
        """The same, waiting for them."""
        return wrap_async_generator_to_sync_generator(
            cls.get_async, owner_id, offset=offset, limit=limit, synapse_client=synapse_client
        )


@dataclass
class WikiPage:
    """A page of an entity's wiki.

    ``markdown`` and ``attachments`` are for ``store``: the text (or the path of a file that has
    it), and the paths of files to attach, which become the attachments of the page.
    """

    id: str | None = None
    etag: str | None = field(default=None, compare=False)
    title: str | None = None
    parent_id: str | None = None
    """The page above; the one root page has none."""
    markdown: str | None = None
    attachments: list[Any] = field(default_factory=list)
    owner_id: str | None = None
    created_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    wiki_version: str | None = None
    """Which version to get or to restore; numbers start at 0."""
    markdown_file_handle_id: str | None = None
    attachment_file_handle_ids: list[str] = field(default_factory=list)

    def fill_from_dict(self, synapse_wiki: Mapping[str, Any]) -> WikiPage:
        """Set the fields from what the server sends; ``markdown`` and ``attachments`` stay."""
        self.id = synapse_wiki.get("id")
        self.etag = synapse_wiki.get("etag")
        self.title = synapse_wiki.get("title")
        self.parent_id = synapse_wiki.get("parentWikiId")
        self.created_on = synapse_wiki.get("createdOn")
        self.created_by = synapse_wiki.get("createdBy")
        self.modified_on = synapse_wiki.get("modifiedOn")
        self.modified_by = synapse_wiki.get("modifiedBy")
        self.markdown_file_handle_id = synapse_wiki.get("markdownFileHandleId")
        self.attachment_file_handle_ids = list(synapse_wiki.get("attachmentFileHandleIds") or ())
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        request = {
            "id": self.id,
            "etag": self.etag,
            "title": self.title,
            "parentWikiId": self.parent_id,
            "createdOn": self.created_on,
            "createdBy": self.created_by,
            "modifiedOn": self.modified_on,
            "modifiedBy": self.modified_by,
            "markdownFileHandleId": self.markdown_file_handle_id,
            "attachmentFileHandleIds": self.attachment_file_handle_ids,
        }
        return {name: value for name, value in request.items() if value is not None}

    @property
    def _version(self) -> int | None:
        return None if self.wiki_version is None else int(self.wiki_version)

    # -------------------------------------------------------------- files

    @staticmethod
    def unzip_gzipped_file(file_path: str) -> str:
        """Unpack ``name.gz`` beside it, and print it if it is markdown; the new path."""
        with gzip.open(file_path, "rb") as packed:
            data = packed.read()
        if file_path.endswith(".md.gz"):
            with contextlib.suppress(UnicodeDecodeError):
                pprint.pp(data.decode("utf-8"))
        path = file_path.removesuffix(".gz")
        with open(path, "wb") as file:
            file.write(data)
        return path

    @staticmethod
    def reformat_attachment_file_name(attachment_file_name: str) -> str:
        """A name as widgets in markdown want it.

        >>> WikiPage.reformat_attachment_file_name("my_figure.png")
        'my%5Ffigure%2Epng'
        """
        return attachment_file_name.replace(".", "%2E").replace("_", "%5F")

    async def _send_files(self, syn: Synapse) -> None:
        """Send the text and the attachments; note their file handles."""
        owner = _require(self.owner_id, "owner_id", "store a wiki page")
        if self.markdown is not None:
            text = await asyncio.to_thread(_text_of, self.markdown)
            self.markdown_file_handle_id = await upload_markdown(syn, owner, self.title, text)
        if self.attachments:
            sent = (upload_attachment(syn, owner, str(path)) for path in self.attachments)
            self.attachment_file_handle_ids = list(await asyncio.gather(*sent))

    # -------------------------------------------------------------- store, get, restore, delete

    async def store_async(self, *, synapse_client: Synapse | None = None) -> WikiPage:
        """Create the page, or change the one of this ``id``.

        A page with a ``parent_id`` is a sub-page; without one, it is the root page. What is None
        stays as it is on the server.

        Raises:
            ValueError: There is a root page already, and no ``id`` says that it is to be changed.
        """
        syn = Synapse.get_client(synapse_client)
        owner = _require(self.owner_id, "owner_id", "modify a wiki page")
        if self.id:
            return await self._change(syn, owner, self.id)
        if not self.parent_id and await self._has_root(syn, owner):
            raise ValueError(
                f"Must provide id to update existing wiki page: {owner} has a root page already."
                " For a sub-page, provide parent_id."
            )
        if self.markdown is None and self.markdown_file_handle_id is None:
            self.markdown = ""  # a page has some markdown, be it empty
        await self._send_files(syn)
        made = await api.post_wiki_page(owner, self.to_synapse_request(), synapse_client=syn)
        syn.logger.info("[%s]: Created wiki page: %s with ID: %s.", owner, self.title, made["id"])
        return self.fill_from_dict(made)

    async def _has_root(self, syn: Synapse, owner: str) -> bool:
        try:
            await api.get_wiki_page(owner, synapse_client=syn)
        except SynapseHTTPError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _change(self, syn: Synapse, owner: str, id: str) -> WikiPage:
        found = await api.get_wiki_page(owner, id, self._version, synapse_client=syn)
        existing = WikiPage().fill_from_dict(found)
        if self.etag is None and not self.attachment_file_handle_ids:
            # It was never got: that it has no attachments here says nothing.
            self.attachment_file_handle_ids = existing.attachment_file_handle_ids
        await self._send_files(syn)
        for name in ("etag", "title", "parent_id", "markdown_file_handle_id"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(existing, name))
        made = await api.put_wiki_page(owner, id, self.to_synapse_request(), synapse_client=syn)
        syn.logger.info("[%s]: Updated wiki page: %s with ID: %s.", owner, made.get("title"), id)
        return self.fill_from_dict(made)

    async def restore_async(self, *, synapse_client: Synapse | None = None) -> WikiPage:
        """Make a new version that says what ``wiki_version`` said."""
        owner = _require(self.owner_id, "owner_id", "restore a wiki page")
        id = _require(self.id, "id", "restore a wiki page")
        version = _require(self.wiki_version, "wiki_version", "restore a wiki page")
        return self.fill_from_dict(
            await api.put_wiki_version(owner, id, version, synapse_client=synapse_client)
        )

    async def get_async(self, *, synapse_client: Synapse | None = None) -> WikiPage:
        """Get the page of this ``id``, or the first of this ``title``; or its ``wiki_version``.

        Its text is a file: see ``get_markdown_file``.

        Raises:
            ValueError: Neither is given, or there is no page of this title.
        """
        owner = _require(self.owner_id, "owner_id", "get a wiki page")
        if not self.id:
            title = _require(self.title, "id or title", "get a wiki page")
            async for header in api.get_wiki_header_tree(
                owner, limit=50, synapse_client=synapse_client
            ):
                if header.get("title") == title:
                    self.id = header["id"]
                    break
            else:
                raise ValueError(f"No wiki page found with title: {title}")
        return self.fill_from_dict(
            await api.get_wiki_page(owner, self.id, self._version, synapse_client=synapse_client)
        )

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Delete the page with all its sub-pages."""
        owner = _require(self.owner_id, "owner_id", "delete a wiki page")
        id = _require(self.id, "id", "delete a wiki page")
        await api.delete_wiki_page(owner, id, synapse_client=synapse_client)

    # -------------------------------------------------------------- attachments and text

    async def get_attachment_handles_async(
        self, *, synapse_client: Synapse | None = None
    ) -> dict[str, Any]:
        """The file handles of the attachments, in ``list``."""
        owner = _require(self.owner_id, "owner_id", "get attachment handles")
        id = _require(self.id, "id", "get attachment handles")
        return await api.get_attachment_handles(
            owner, id, self._version, synapse_client=synapse_client
        )

    async def get_attachment_async(
        self,
        file_name: str,
        *,
        download_file: bool = True,
        download_location: str | None = None,
        redirect: bool | None = False,
        synapse_client: Synapse | None = None,
    ) -> str | None:
        """Download an attachment, or say where it is to be had.

        Args:
            file_name: Its name, with or without the ``.gz`` of what was compressed.
            download_file: Download it; else the URL is the answer.
            download_location: The folder to download to.
            redirect: Kept for compatibility.
            synapse_client: The session.

        Returns:
            The path of the file, unpacked; or the URL.
        """
        what = "get attachment URL"
        owner, id, name = self._named(what, file_name)
        return await self._fetch(
            Synapse.get_client(synapse_client),
            [f"{name}.gz", name] if must_pack(name) else [name],
            lambda each, syn: api.get_attachment_url(
                owner, id, each, self._version, synapse_client=syn
            ),
            download_location if download_file else "",
        )

    async def get_attachment_preview_async(
        self,
        file_name: str,
        *,
        download_file: bool = True,
        download_location: str | None = None,
        wiki_version: int | None = None,
        redirect: bool | None = False,
        synapse_client: Synapse | None = None,
    ) -> str | None:
        """The same for the preview of an attachment."""
        owner, id, name = self._named("get attachment preview URL", file_name)
        version = self._version if wiki_version is None else wiki_version
        return await self._fetch(
            Synapse.get_client(synapse_client),
            [f"{name}.gz", name] if must_pack(name) else [name],
            lambda each, syn: api.get_attachment_preview_url(
                owner, id, each, version, synapse_client=syn
            ),
            download_location if download_file else "",
        )

    async def get_markdown_file_async(
        self,
        *,
        download_file: bool = True,
        download_location: str | None = None,
        redirect: bool | None = False,
        synapse_client: Synapse | None = None,
    ) -> str | None:
        """Download the text of the page, or say where it is to be had; arguments as of
        ``get_attachment``."""
        owner = _require(self.owner_id, "owner_id", "get markdown URL")
        id = _require(self.id, "id", "get markdown URL")
        return await self._fetch(
            Synapse.get_client(synapse_client),
            [f"wiki_markdown_{id}.md.gz"],
            lambda each, syn: api.get_markdown_url(owner, id, self._version, synapse_client=syn),
            download_location if download_file else "",
        )

    def _named(self, what: str, file_name: str) -> tuple[str, str, str]:
        return (
            _require(self.owner_id, "owner_id", what),
            _require(self.id, "id", what),
            _require(file_name, "file_name", what),
        )

    async def _fetch(
        self,
        syn: Synapse,
        names: list[str],
        address: Callable[[str, Synapse], Coroutine[Any, Any, str]],
        location: str | None,
    ) -> str:
        """The URL of the first of these names that there is; or the path, with a location."""
        if location is None:
            raise ValueError("Must provide download_location to download a file.")
        name = names[0]
        for name in names:
            try:
                url = await address(name, syn)
                break
            except SynapseHTTPError as error:
                if error.status != 404 or name == names[-1]:
                    raise
        if not location:
            return url
        folder = os.path.expanduser(os.path.expandvars(location))
        # The name comes from who wrote the page; it must not choose a folder.
        destination = os.path.join(folder, os.path.basename(name.replace("\\", "/")))
        path, _ = await download_url(syn, url, destination, file_handle_id=f"{self.id}-{name}")
        return await asyncio.to_thread(_unpacked, path)

    async def copy_async(
        self,
        destination_owner_id: str,
        destination_sub_page_id: str | None = None,
        update_links: bool = True,
        entity_map: dict[str, str] | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[WikiHeader]:
        """Copy the page of this ``id`` with all below it, or the whole wiki, to another entity.

        Args:
            destination_owner_id: The entity.
            destination_sub_page_id: A page there that the top of what is copied is written over;
                needed if the entity has a root page already.
            update_links: Let links between copied pages, and to the entity, lead to the copies.
            entity_map: New ids by old ones, to be changed wherever the text has them.
            synapse_client: The session.

        Returns:
            All pages of the destination.

        Raises:
            ValueError: It cannot be; nothing was copied.
        """
        from synapseclient.sync.wikis import copy_wiki

        syn = Synapse.get_client(synapse_client)
        headers = await copy_wiki(
            syn,
            _require(self.owner_id, "owner_id", "copy a wiki"),
            destination_owner_id,
            page_id=self.id,
            into_page_id=destination_sub_page_id,
            update_links=update_links,
            entity_map=entity_map,
        )
        return [WikiHeader().fill_from_dict(each) for each in headers]

    store = blocking(store_async)
    restore = blocking(restore_async)
    get = blocking(get_async)
    delete = blocking(delete_async)
    get_attachment_handles = blocking(get_attachment_handles_async)
    get_attachment = blocking(get_attachment_async)
    get_attachment_preview = blocking(get_attachment_preview_async)
    get_markdown_file = blocking(get_markdown_file_async)
    copy = blocking(copy_async)


def _text_of(markdown: str) -> str:
    """A text, or that of the file whose path it is."""
    if "\n" not in markdown and len(markdown) < 4096 and os.path.isfile(markdown):
        with open(markdown, "rb") as file:
            data = file.read()
        return (gzip.decompress(data) if markdown.endswith(".gz") else data).decode("utf-8")
    return markdown


def _unpacked(path: str) -> str:
    """A file that was downloaded, unpacked if it is compressed."""
    if not path.endswith(".gz"):
        return path
    with open(path, "rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    if is_packed:
        plain = WikiPage.unzip_gzipped_file(path)
        os.remove(path)
        return plain
    plain = path.removesuffix(".gz")
    os.replace(path, plain)
    return plain
