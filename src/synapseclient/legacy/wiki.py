"""Wiki pages of entities."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synapse_wire import wiki as wire
from synapseclient.core.blocking import blocking
from synapseclient.core.dicts import DictObject
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import id_of, put_over, temporary_name
from synapseclient.legacy.base import Session
from synapseclient.wiki import Wiki, read_markdown, to_text

if TYPE_CHECKING:
    from synapseclient.client import Synapse


class WikiMethods(Session):
    """Verbs of wiki pages."""

    async def get_wiki_async(
        self, owner: Any, subpageId: Any = None, version: int | None = None
    ) -> Wiki:
        """A wiki page with its markdown: the root page, or ``subpageId``; or one of its versions."""
        id = id_of(owner)
        if subpageId is None and version is None:
            raw = await self.call_json(wire.ENTITY.get_root_page, id)
        else:
            if subpageId is None:  # the root page has no version in the path of its own
                root = await self.call_json(wire.ENTITY.get_root_page, id)
                subpageId = root["id"]
            raw = await self.call_json(
                wire.ENTITY.get_page, id, str(subpageId), wiki_version=version
            )
        page = Wiki(owner=id, **raw)
        page.markdown, page.markdown_path = await self._markdown(id, page, version)
        return page

    async def _markdown(self, owner: str, page: Wiki, version: int | None) -> tuple[str, str]:
        """The text, and the file in the cache that it is kept in, usually compressed."""
        handle = page.markdownFileHandleId
        cached = await asyncio.to_thread(self.cache.get, handle)
        if cached is not None:
            return to_text(await asyncio.to_thread(Path(cached).read_bytes)), cached
        data = await read_markdown(cast("Synapse", self), owner, page.id, version)

        def keep() -> str:
            folder = self.cache.get_cache_dir(handle)
            self.cache.make(folder)
            path = os.path.join(folder, f"{handle}.md")
            temporary = temporary_name(path)
            Path(temporary).write_bytes(data)
            self.cache.add(handle, put_over(temporary, path))
            return path

        return to_text(data), await asyncio.to_thread(keep)

    async def get_wiki_headers_async(self, owner: Any) -> list[DictObject]:
        """The pages of an entity, each with ``id``, ``title`` and ``parentId``."""
        found: list[DictObject] = []
        while True:
            page = await self.call_json(
                wire.OLD_ENTITY.list_headers, id_of(owner), len(found), wire.MOST_HEADERS
            )
            found += [DictObject(each) for each in page["results"]]
            if len(page["results"]) < wire.MOST_HEADERS:
                return found

    async def get_wiki_attachments_async(self, wiki: Wiki) -> list[DictObject]:
        """The file handles of what is attached to a page."""
        found = await self.call_json(wire.OLD_ENTITY.list_attachments, wiki.ownerId, wiki.id)
        return [DictObject(each) for each in found["list"]]

    async def store_wiki_async(self, wiki: Wiki, createOrUpdate: bool = True) -> Wiki:
        """Create or change a page, and send what is to be attached.

        A root page that is there already is changed instead if ``createOrUpdate``.
        """
        owner = wiki.ownerId
        for path in wiki.pop("attachments", None) or ():
            handle = await cast(Any, self).upload_file_handle_async(path, owner)
            wiki["attachmentFileHandleIds"].append(handle["id"])
        if "id" in wiki:
            return Wiki(owner=owner, **await self._rest("PUT", wiki.putURI(), wiki.json()))
        try:
            return Wiki(owner=owner, **await self._rest("POST", wiki.postURI(), wiki.json()))
        except SynapseHTTPError as error:
            # The official server says 400 in some releases.
            taken = error.status == 409 or (error.status == 400 and "Duplicate" in str(error))
            if not (createOrUpdate and taken and not wiki.get("parentWikiId")):
                raise
        existing = await self.get_wiki_async(owner)
        kept = {
            "id": existing.id,
            "etag": existing.etag,
            "title": wiki.get("title") or existing.get("title"),
            # Who did not look at the page does not mean to drop what is attached to it.
            "attachmentFileHandleIds": [
                *existing.attachmentFileHandleIds,
                *wiki.attachmentFileHandleIds,
            ],
        }
        changed = Wiki(owner=owner, **{**wiki, **kept})
        return Wiki(owner=owner, **await self._rest("PUT", changed.putURI(), changed.json()))

    getWiki = blocking(get_wiki_async)
    getWiki_async = get_wiki_async
    getWikiHeaders = blocking(get_wiki_headers_async)
    getWikiAttachments = blocking(get_wiki_attachments_async)
    _storeWiki_async = store_wiki_async
    _storeWiki = blocking(store_wiki_async)
