"""Teams: so far, those of a user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from synapseclient.api.api_client import rest_get_paginated_async
from synapseclient.client import Synapse


async def get_teams_for_user(
    user_id: str, *, synapse_client: Synapse | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The teams that a user is a member of."""
    uri = f"/user/{user_id}/team"
    async for team in rest_get_paginated_async(uri, synapse_client=synapse_client):
        yield team
