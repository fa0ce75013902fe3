"""What links point to, as if it lay where the links do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.entity import CONTAINER_TYPES
from synapseclient.sync.down import Failure
from synapseclient.sync.listing import Followed, entry_of, kept, pages_below

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_AT_ONCE = 8


async def follow(
    syn: Synapse, entries: Sequence[bulk.TreeEntry]
) -> tuple[list[Followed], list[Failure]]:
    """The files and folders that the links of a listing point to, and what could not be had.

    Folders come with all that is in them; links in there are not followed. Of a file, it is the
    version that the link names. A folder has the name of the link.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(link: wire.Link) -> list[Followed] | Failure:
        target = link.links_to
        try:
            async with gate:
                return await _target(syn, link, target.target_id if target else None)
        except SynapseHTTPError as error:
            why = " ".join(str(error).split())
            return Failure(f"{link.id} (the link {link.name})", f"what it points to: {why}")

    links = [entry.entity for entry in entries if isinstance(entry.entity, wire.Link)]
    found: list[Followed] = []
    failures: list[Failure] = []
    for got in await asyncio.gather(*(one(link) for link in links)):
        if isinstance(got, Failure):
            failures.append(got)
        else:
            found += got
    return found, failures


async def _target(syn: Synapse, link: wire.Link, id: str | None) -> list[Followed]:
    link_id, place = link.id or "", link.parent_id or ""
    kind = (await syn.call(wire.get_entity_type, id or "")).type
    if kind == wire.CONCRETE_TYPES["file"]:
        version = link.links_to.target_version_number if link.links_to else None
        entry = await entry_of(syn, id or "", version, activities=True)
        return [_followed(entry, f"{link_id}/{id}", place)]
    if kind not in CONTAINER_TYPES:
        return []
    folder = wire.Folder(id=id, name=link.name, parent_id=link.parent_id)
    found = [Followed(entity=folder, key=f"{link_id}/{id}", place=place)]
    for entry in await kept(pages_below(syn, id or "", annotations=True, activities=True)):
        entity = entry.entity
        if not isinstance(entity, wire.Link):
            keys = (f"{link_id}/{entity.id}", f"{link_id}/{entity.parent_id}")
            found.append(_followed(entry, *keys))
    return found


def _followed(entry: bulk.TreeEntry, key: str, place: str) -> Followed:
    return Followed(**msgspec.structs.asdict(entry), key=key, place=place)
