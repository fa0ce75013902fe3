"""Wiki pages of entities, their history, attachments and order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from synapse_wire import wiki as wire
from synapseclient.api.api_client import rest_get_paginated_async
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse


async def post_wiki_page(
    owner_id: str, request: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Create a page: the root page, or one below ``parentWikiId``."""
    return await _call(synapse_client, wire.ENTITY.create_page, owner_id, request)


async def get_wiki_page(
    owner_id: str,
    wiki_id: str | None = None,
    wiki_version: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """A page, or one of its versions; the root page without an id."""
    if wiki_id is None:
        return await _call(synapse_client, wire.ENTITY.get_root_page, owner_id)
    return await _call(
        synapse_client, wire.ENTITY.get_page, owner_id, str(wiki_id), wiki_version=wiki_version
    )


async def put_wiki_page(
    owner_id: str, wiki_id: str, request: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Make a new version of a page; the request has the current etag."""
    return await _call(synapse_client, wire.ENTITY.update_page, owner_id, str(wiki_id), request)


async def put_wiki_version(
    owner_id: str,
    wiki_id: str,
    wiki_version: str,
    request: Json | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Make a new version that says what an old one said. The request is not looked at."""
    return await _call(
        synapse_client, wire.ENTITY.restore_page, owner_id, str(wiki_id), int(wiki_version)
    )


async def delete_wiki_page(
    owner_id: str, wiki_id: str, *, synapse_client: Synapse | None = None
) -> None:
    """Delete a page with all its sub-pages."""
    await _call(synapse_client, wire.ENTITY.delete_page, owner_id, str(wiki_id))


async def get_wiki_header_tree(
    owner_id: str,
    offset: int | None = 0,
    limit: int | None = 20,
    *,
    synapse_client: Synapse | None = None,
) -> AsyncGenerator[Json, None]:
    """The headers of all pages, each after the page above it.

    Raises:
        SynapseHTTPError: 404 when there is no wiki.
    """
    uri = f"/entity/{owner_id}/wikiheadertree2"
    async for header in rest_get_paginated_async(
        uri, limit or 20, offset or 0, synapse_client=synapse_client
    ):
        yield header


async def get_wiki_history(
    owner_id: str,
    wiki_id: str,
    offset: int | None = 0,
    limit: int | None = 20,
    *,
    synapse_client: Synapse | None = None,
) -> AsyncGenerator[Json, None]:
    """The versions of a page, newest first."""
    uri = f"/entity/{owner_id}/wiki2/{wiki_id}/wikihistory"
    async for snapshot in rest_get_paginated_async(
        uri, limit or 20, offset or 0, synapse_client=synapse_client
    ):
        yield snapshot


async def get_attachment_handles(
    owner_id: str,
    wiki_id: str,
    wiki_version: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """The file handles of a page's attachments, in ``list``."""
    return await _call(
        synapse_client,
        wire.ENTITY.list_attachments,
        owner_id,
        str(wiki_id),
        wiki_version=wiki_version,
    )


async def _address(
    synapse_client: Synapse | None, endpoint: Any, *args: Any, **options: Any
) -> str:
    """The URL that an endpoint says as text."""
    syn = Synapse.get_client(synapse_client)
    return str((await syn._call(endpoint, *args, redirect=False, **options)).text)


async def get_attachment_url(
    owner_id: str,
    wiki_id: str,
    file_name: str,
    wiki_version: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> str:
    """Where the bytes of an attachment are to be had."""
    return await _address(
        synapse_client,
        wire.ENTITY.get_attachment_url,
        owner_id,
        str(wiki_id),
        file_name,
        wiki_version=wiki_version,
    )


async def get_attachment_preview_url(
    owner_id: str,
    wiki_id: str,
    file_name: str,
    wiki_version: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> str:
    """Where the preview of an attachment is to be had."""
    return await _address(
        synapse_client,
        wire.ENTITY.get_attachment_preview_url,
        owner_id,
        str(wiki_id),
        file_name,
        wiki_version=wiki_version,
    )


async def get_markdown_url(
    owner_id: str,
    wiki_id: str,
    wiki_version: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> str:
    """Where the markdown of a page is to be had, usually compressed by gzip."""
    return await _address(
        synapse_client,
        wire.ENTITY.get_markdown_url,
        owner_id,
        str(wiki_id),
        wiki_version=wiki_version,
    )


async def get_wiki_order_hint(owner_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """The order of an entity's pages."""
    return await _call(synapse_client, wire.get_order_hint, owner_id)


async def put_wiki_order_hint(
    owner_id: str, request: Json, *, synapse_client: Synapse | None = None
) -> Json:
    """Replace the order of an entity's pages; the request has the current etag."""
    return await _call(synapse_client, wire.update_order_hint, owner_id, request)
