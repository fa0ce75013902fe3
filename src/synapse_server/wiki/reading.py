"""Pages as HTML, for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.wiki import dialect, html, markdown, owners, service
from synapse_server.wiki.owners import Owner
from synapse_server.wiki.widgets import Context


@dataclass(frozen=True, slots=True)
class Shown:
    """A page."""

    title: str
    body: str
    """HTML that is clean."""
    links: list[tuple[str, str]]
    """Address and title of the pages around it."""


async def page(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    owner: Owner,
    id: int | None,
    policy: Policy,
    version: int | None = None,
) -> Shown:
    """A page, the root page if none is named, as the caller may see it."""
    wiki = f"/repo/v1/{owner.kind}/{owners.spell(owner)}/wiki2"

    async def look(tx: Tx) -> tuple[Row, Row, frozenset[str], list[tuple[int, str]]]:
        row = await service.load(tx, caller, owner, id, policy, version)
        return (
            row,
            await handles.find(tx, row["markdown_id"]),
            await service.attachments_here(tx, row),
            await service.neighbours(tx, owner, row),
        )

    row, handle, attached, pages = await db.read(look)
    text = await markdown.read(blobs, handle)
    images = await _images(db, caller, text, policy)
    context = Context(f"{wiki}/{row['id']}", version, attachments=attached, images=images)
    links = [(f"{wiki}/{number}/html", title) for number, title in pages]
    body = await html.render(text, context)
    return Shown(row["title"] or owners.spell(owner), body, links)


async def _images(db: Database, caller: Caller, text: str, policy: Policy) -> frozenset[str]:
    """The entities that a text shows as pictures, as far as the caller may have them."""
    named = dialect.image_entities(text)
    if not named:
        return frozenset()
    return await db.read(lambda tx: service.files_here(tx, caller, named, policy))


async def draft(
    db: Database, caller: Caller, owner: Owner, id: int | None, text: str, policy: Policy
) -> Shown:
    """A text as the page that it would be; ``id`` is the page that it would replace."""
    wiki = f"/repo/v1/{owner.kind}/{owners.spell(owner)}/wiki2"

    async def look(tx: Tx) -> frozenset[str]:
        if id is None:
            await owners.require(tx, caller, owner, bits.READ, policy)
            return frozenset()
        row = await service.load(tx, caller, owner, id, policy)
        return await service.attachments_here(tx, row)

    attached = await db.read(look)
    images = await _images(db, caller, text, policy)
    context = Context(f"{wiki}/{id or ''}", attachments=attached, images=images)
    return Shown("", await html.render(text, context), [])
