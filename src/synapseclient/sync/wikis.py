"""Copies of wikis. No bytes move but those of texts in which links change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapseclient.api import wiki_services as api
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import is_synapse_id_str
from synapseclient.transfer.handles import copied_id, copy_handles, copy_request
from synapseclient.wiki import read_markdown, to_text, upload_markdown

if TYPE_CHECKING:
    from synapseclient.client import Synapse

Json = dict[str, Any]
_AT_ONCE = 16


async def headers_of(syn: Synapse, owner: str) -> list[Json]:
    """All pages of an entity, none if it has no wiki."""
    found = []
    try:
        async for header in api.get_wiki_header_tree(owner, limit=50, synapse_client=syn):
            found.append(header)
    except SynapseHTTPError as error:
        if error.status != 404:
            raise
    return found


def branch(headers: Sequence[Json], top: str) -> list[Json]:
    """A page and all below it, each after the page above it; the top without a parent.

    >>> branch([{"id": "1"}, {"id": "2", "parentId": "1"}, {"id": "3", "parentId": "2"}], "2")
    [{'id': '2'}, {'id': '3', 'parentId': '2'}]
    """
    by_id = {each["id"]: each for each in headers}
    if top not in by_id:
        return []
    found = [{name: value for name, value in by_id[top].items() if name != "parentId"}]
    for header in found:  # which grows
        found += [each for each in headers if each.get("parentId") == header["id"]]
    return found


@dataclass(frozen=True, slots=True)
class WikiOptions:
    """How wikis are copied along with entities."""

    page_id: Any = None
    """The top of what is copied, if not all."""
    into_page_id: Any = None
    """A page of the destination that the top is written over."""
    update_links: bool = True
    """Let links between copied pages, and to the entity, lead to the copies."""
    update_ids: bool = True
    """Let the ids of copied entities become those of the copies."""


async def copy_wiki(
    syn: Synapse,
    owner: str,
    destination: str,
    *,
    page_id: Any = None,
    into_page_id: Any = None,
    update_links: bool = True,
    entity_map: Mapping[str, str] | None = None,
    over_root: bool = False,
) -> list[Json]:
    """Copy the wiki of an entity, or one page with all below it.

    Args:
        syn: A client that is logged in.
        owner: The entity.
        destination: The entity to copy to.
        page_id: The top of what is copied, if not all.
        into_page_id: A page of the destination that the top is written over.
        update_links: Let links between copied pages, and to the entity, lead to the copies.
        entity_map: New ids by old ones, to be changed wherever the text has them.
        over_root: If the destination has a root page, and ``into_page_id`` is not given, write
            the top over that, and what is below over pages of the same title; else this is an
            error.

    Returns:
        The headers of all pages of the destination; none if there was nothing to copy.

    Raises:
        ValueError: It cannot be; nothing was copied.
    """
    _check_ids(owner, destination, entity_map or {})
    page_id, into_page_id = _page_id(page_id), _page_id(into_page_id)
    headers = await headers_of(syn, owner)
    if page_id is not None:
        headers = branch(headers, page_id)
        if not headers:
            raise ValueError(f"The wiki page {page_id} does not exist in the owner entity {owner}.")
    elif headers:
        root = next(each["id"] for each in headers if not each.get("parentId"))
        headers = branch(headers, root)
    if not headers:
        return []
    into = await _target(syn, destination, into_page_id, over_root)
    there = await headers_of(syn, destination) if over_root and into is not None else []
    copying = _Copying(syn, owner, destination, there)
    await copying.read(headers, texts=update_links or bool(entity_map))
    await copying.create(headers, into)
    await copying.rewrite(update_links, entity_map or {})
    return await headers_of(syn, destination)


def _check_ids(owner: str, destination: str, entity_map: Mapping[str, str]) -> None:
    named = {"owner_id": [owner], "destination_owner_id": [destination]}
    named["entity_map"] = [*entity_map.keys(), *entity_map.values()]
    for name, ids in named.items():
        for id in ids:
            if not is_synapse_id_str(id):
                raise ValueError(f"{name} must be a Synapse ID such as syn123, got {id}.")


def _page_id(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not str(given).isdecimal():
        raise ValueError(f"The id of a wiki page is a number, not {given!r}.")
    return str(int(given))


async def _target(
    syn: Synapse, destination: str, page_id: str | None, over_root: bool
) -> Json | None:
    """The page that the top is written over, if any."""
    try:
        found = await api.get_wiki_page(destination, page_id, synapse_client=syn)
    except SynapseHTTPError as error:
        if error.status != 404:
            raise
        if page_id is None:
            return None
        raise ValueError(
            f"The wiki page {page_id} does not exist in the destination {destination}."
        ) from error
    if page_id is None and not over_root:
        raise ValueError(
            f"The destination entity {destination} already has a root wiki page. Provide"
            " destination_sub_page_id to write over one of its pages."
        )
    return found


class _Copying:
    """A copy under way."""

    def __init__(self, syn: Synapse, owner: str, destination: str, there: Sequence[Json]) -> None:
        self.syn = syn
        self.owner = owner
        self.destination = destination
        self.there = {(each.get("parentId"), each.get("title")): each["id"] for each in there}
        """The pages that may be written over, by parent and title."""
        self.gate = asyncio.Semaphore(_AT_ONCE)
        self.old: dict[str, Json] = {}
        self.texts: dict[str, str] = {}
        self.handles: dict[tuple[str, str], str] = {}
        """New file handles, by page and old ones."""
        self.new: dict[str, Json] = {}
        """The copies, by the ids of the originals."""

    async def read(self, headers: Sequence[Json], *, texts: bool) -> None:
        """Get the pages, and file handles of one's own of the same bytes.

        Raises:
            ValueError: Something may not be copied.
        """

        async def read_one(id: str) -> None:
            async with self.gate:
                self.old[id] = await api.get_wiki_page(self.owner, id, synapse_client=self.syn)
                if texts:
                    self.texts[id] = to_text(await read_markdown(self.syn, self.owner, id))
            self.syn.logger.info("Got wiki %s", id)

        await asyncio.gather(*(read_one(each["id"]) for each in headers))
        wanted = []
        for id, page in self.old.items():
            wanted.append((id, page["markdownFileHandleId"], "WikiMarkdown"))
            for handle in page.get("attachmentFileHandleIds") or ():
                wanted.append((id, handle, "WikiAttachment"))
        requests = [
            copy_request(handle, id, object_type=kind)  # type: ignore[arg-type]
            for id, handle, kind in wanted
        ]
        for (id, handle, _), result in zip(
            wanted, await copy_handles(self.syn, requests), strict=True
        ):
            self.handles[id, handle] = copied_id(result)

    async def create(self, headers: Sequence[Json], into: Json | None) -> None:
        """Make the copies, each after the page above it."""
        self.syn.logger.info("Storing new Wikis\n")
        for header in headers:
            id = header["id"]
            page = self.old[id]
            attached = page.get("attachmentFileHandleIds") or ()
            content: Json = {
                "title": page.get("title") or "",
                "markdownFileHandleId": self.handles[id, page["markdownFileHandleId"]],
                "attachmentFileHandleIds": [self.handles[id, handle] for handle in attached],
            }
            over = into
            if "parentId" in header:
                content["parentWikiId"] = self.new[header["parentId"]]["id"]
                over = await self._existing(content["parentWikiId"], page.get("title"))
            if over is None:
                made = await api.post_wiki_page(self.destination, content, synapse_client=self.syn)
            else:
                body = {**over, **content}
                made = await api.put_wiki_page(
                    self.destination, over["id"], body, synapse_client=self.syn
                )
            self.new[id] = made
            self.syn.logger.info("\tStored: %s\n", made["id"])

    async def _existing(self, parent: str, title: str | None) -> Json | None:
        found = self.there.pop((parent, title), None)
        if found is None:
            return None
        return await api.get_wiki_page(self.destination, found, synapse_client=self.syn)

    async def rewrite(self, update_links: bool, entity_map: Mapping[str, str]) -> None:
        """Change the links in the copies, where there are any to change."""
        pages = {old: new["id"] for old, new in self.new.items()}

        async def rewrite_one(id: str, text: str) -> None:
            changed = text
            if update_links:
                changed = relinked(changed, self.owner, self.destination, pages)
            if entity_map:
                changed = renamed(changed, entity_map)
            if changed == text:
                return
            page = self.new[id]
            async with self.gate:
                handle = await upload_markdown(
                    self.syn, self.destination, page.get("title"), changed
                )
                body = {**page, "markdownFileHandleId": handle}
                self.new[id] = await api.put_wiki_page(
                    self.destination, page["id"], body, synapse_client=self.syn
                )

        await asyncio.gather(*(rewrite_one(id, text) for id, text in self.texts.items()))


def relinked(text: str, owner: str, destination: str, pages: Mapping[str, str]) -> str:
    """A text whose links to an entity and its pages lead to the copies.

    Links to pages that were not copied stay as they are.

    >>> relinked("syn1/wiki/2, syn1/wiki/3, syn1, syn12", "syn1", "syn9", {"2": "7"})
    'syn9/wiki/7, syn1/wiki/3, syn9, syn12'
    """

    def link(found: re.Match[str]) -> str:
        page = found[1]
        if page is None:
            return destination
        return f"{destination}/wiki/{pages[page]}" if page in pages else found[0]

    pattern = rf"(?<![A-Za-z0-9]){re.escape(owner)}\b(?:/wiki/(\d+)\b)?"
    return re.sub(pattern, link, text, flags=re.IGNORECASE)


def renamed(text: str, entity_map: Mapping[str, str]) -> str:
    """A text that names new entities where it named old ones.

    >>> renamed("syn1, syn12, syn2", {"syn1": "syn2", "syn2": "syn3"})
    'syn2, syn12, syn3'
    """
    lower = {old.lower(): new for old, new in entity_map.items()}
    return re.sub(
        r"(?<![A-Za-z0-9])syn\d+\b",
        lambda found: lower.get(found[0].lower(), found[0]),
        text,
        flags=re.IGNORECASE,
    )
