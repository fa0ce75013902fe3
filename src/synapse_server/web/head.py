"""What a page says before any script has run: for search engines, previews of links, readers
without scripts, and all others until theirs have. Only what everybody may read is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

import msgspec

from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import listing, service
from synapse_server.kernel.caller import NOBODY
from synapse_server.kernel.database import Database, Tx
from synapse_server.wiki import reading
from synapse_server.wiki.owners import ENTITY, Owner
from synapse_wire import entities as wire
from synapse_wire.entities import EntityHeader, EntityType
from synapse_wire.errors import ApiError

_ENTITY = re.compile(r"/Synapse:syn(\d{1,18})(?:[./]|\Z)", re.IGNORECASE)
_MOST_CHILDREN = 200
_MOST_DESCRIPTION = 300
_LISTED: tuple[EntityType, ...] = ("project", "folder", "file", "link", "table")


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an entity."""

    id: str
    name: str
    description: str = ""
    modified_on: str | None = None
    wiki: str = ""
    """HTML that is clean."""
    children: list[EntityHeader] = field(default_factory=list)
    is_container: bool = False


async def told(path: str, database: Database, blobs: BlobStore, policy: Policy) -> Told | None:
    """What can be told of the entity of this page to everybody; None if there is nothing."""
    found = _ENTITY.match(path)
    if found is None:
        return None
    number = int(found[1])

    async def look(tx: Tx) -> tuple[wire.Entity, list[EntityHeader]]:
        entity = await service.get(tx, NOBODY, number, policy)
        children: list[EntityHeader] = []
        if isinstance(entity, wire.Project | wire.Folder):
            request = wire.EntityChildrenRequest(
                parent_id=f"syn{number}", include_types=list(_LISTED)
            )
            children = (await listing.children(tx, NOBODY, request, policy)).page
        return entity, children[:_MOST_CHILDREN]

    try:
        entity, children = await database.read(look)
    except ApiError:
        return None
    wiki = ""
    try:
        page = await reading.page(database, blobs, NOBODY, Owner(ENTITY, number), None, policy)
        wiki = page.body
    except ApiError:
        pass  # it has none, or one that is not for everybody
    return Told(
        entity.id or "",
        entity.name or "",
        entity.description or "",
        entity.modified_on,
        wiki,
        children,
        isinstance(entity, wire.Project | wire.Folder),
    )


def fill(index: str, entity: Told | None, address: str) -> str:
    """The HTML of a page with what is told of its entity in it."""
    if entity is None:
        return index
    name = f"{entity.name} ({entity.id})"
    description = entity.description or _words(entity.wiki) or f"{entity.name} in Synapse"
    description = " ".join(description.split())[:_MOST_DESCRIPTION]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": entity.name,
        "identifier": entity.id,
        "description": description,
        "url": f"{address}/Synapse:{entity.id}",
        "isAccessibleForFree": True,
    }
    if entity.modified_on:
        data["dateModified"] = entity.modified_on
    if entity.is_container:
        data["hasPart"] = [
            {
                "@type": "CreativeWork",
                "name": each.name,
                "identifier": each.id,
                "url": f"{address}/Synapse:{each.id}",
            }
            for each in entity.children
        ]
    # A text inside of a script element ends at the next "</script", whatever it stands in.
    linked = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    lines = "".join(
        f'<li><a href="/Synapse:{escape(each.id or "")}">{escape(each.name or "")}</a></li>'
        for each in entity.children
    )
    head = (
        f"<title>{escape(name)} | Synapse</title>"
        f'<meta name="description" content="{escape(description)}">'
        f'<meta property="og:title" content="{escape(name)}">'
        f'<meta property="og:description" content="{escape(description)}">'
        f'<script type="application/ld+json">{linked}</script>'
    )
    body = (
        f'<div id="root"><main class="first page-text"><h1>{escape(entity.name)}</h1>'
        f"<p>{escape(entity.id)}</p><p>{escape(entity.description)}</p>{entity.wiki}"
        f"<ul>{lines}</ul></main></div>"
    )
    index = re.sub(r"<title>[^<]*</title>", lambda _: head, index, count=1)
    index = re.sub(r"<noscript>.*?</noscript>", "", index, count=1, flags=re.DOTALL)
    return index.replace('<div id="root"></div>', body, 1)


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
