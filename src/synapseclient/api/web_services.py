"""The web interface."""

from __future__ import annotations

from typing import Any

from synapseclient.client import Synapse
from synapseclient.operations import onweb_async


async def open_entity_in_browser(
    entity: Any, subpage_id: str | None = None, *, synapse_client: Synapse | None = None
) -> str:
    """Open an entity in the browser; the address."""
    return await onweb_async(entity, subpage_id, synapse_client=synapse_client)
