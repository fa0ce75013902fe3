"""The texts of whole wikis, for who looks for words in them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from synapse_server.blobs.base import BlobStore
from synapse_server.kernel.database import Database, Row
from synapse_server.wiki import markdown, store
from synapse_server.wiki.owners import ENTITY
from synapse_wire.errors import BadRequest

log = logging.getLogger("synapse.wiki")
_AT_ONCE = 16
MOST = 2_000_000
"""Characters of a wiki; what comes after them is left out."""


async def of_entities(db: Database, blobs: BlobStore, ids: Sequence[int]) -> dict[int, str]:
    """Titles and texts of all pages, by the entities that have wikis.

    NOTE: no permission is checked.
    """
    rows = await db.scan(partial(store.texts, kind=ENTITY, owners=ids))
    gate = asyncio.Semaphore(_AT_ONCE)

    async def text(row: Row) -> str:
        async with gate:
            try:
                return await markdown.read(blobs, row)
            except (BadRequest, FileNotFoundError) as error:
                log.info("The text of the wiki page %d is not read: %s", row["page_id"], error)
                return ""

    found: dict[int, list[str]] = defaultdict(list)
    for row, said in zip(rows, await asyncio.gather(*map(text, rows)), strict=True):
        found[row["owner_id"]] += [row["title"] or "", said]
    return {owner: "\n".join(parts)[:MOST] for owner, parts in found.items()}
