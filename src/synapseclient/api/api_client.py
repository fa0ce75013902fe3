"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from synapseclient.client import Synapse


async def rest_get_paginated_async(
    uri: str,
    limit: int = 20,
    offset: int = 0,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    retry_policy: Mapping[str, Any] | None = None,
    requests_session_async_synapse: Any = None,
    *,
    synapse_client: Synapse | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """All items of a list that is counted by ``limit`` and ``offset``, page by page.

    Args:
        uri: The list; a query may be part of it.
        limit: Items of a page.
        offset: Where to begin.
        endpoint: The services that it belongs to, unless the repository's.
        headers: Instead of the usual ones.
        retry_policy: Its ``retries`` says how often to try again.
        requests_session_async_synapse: Kept for compatibility.
        synapse_client: The session.
    """
    syn = Synapse.get_client(synapse_client)
    sign = "&" if "?" in uri else "?"
    while True:
        page = f"{uri}{sign}limit={limit}&offset={offset}"
        answer = await syn.rest_get_async(page, endpoint, headers, retry_policy)
        items = answer["results"] if "results" in answer else answer["children"]
        for item in items:
            yield item
        if not items:
            return
        offset += len(items)


async def rest_post_paginated_async(
    uri: str,
    body: dict[str, Any] | None = None,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    retry_policy: Mapping[str, Any] | None = None,
    requests_session_async_synapse: Any = None,
    *,
    synapse_client: Synapse | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """All items of a list whose pages name the next one; arguments as above, and the ``body``."""
    syn = Synapse.get_client(synapse_client)
    asked = dict(body or {})
    while True:
        answer = await syn.rest_post_async(uri, asked, endpoint, headers, retry_policy)
        for item in answer.get("page", ()):
            yield item
        if answer.get("nextPageToken") is None:
            return
        asked["nextPageToken"] = answer["nextPageToken"]
