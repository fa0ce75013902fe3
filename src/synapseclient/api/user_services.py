"""Users."""

from __future__ import annotations

from typing import Any, cast

from synapse_wire import users as wire
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError, SynapseNotFoundError


async def get_user_profile_by_id(
    id: int | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """The profile of a user, your own without an id."""
    if id is not None and not isinstance(id, int):
        raise TypeError("id must be an 'ownerId' integer")
    if not id:
        return await _call(synapse_client, wire.get_own_profile)
    return await _call(synapse_client, wire.get_profile, str(id))


async def get_user_profile_by_username(
    username: str | None = None, *, synapse_client: Synapse | None = None
) -> Json:
    """The profile of a user of a name, your own without one.

    Raises:
        SynapseNotFoundError: There is no such user.
    """
    if username is not None and not isinstance(username, str):
        raise TypeError("username must be string or None")
    syn = Synapse.get_client(synapse_client)
    try:
        return dict(await syn.get_user_profile_by_username_async(username))
    except ValueError as error:
        raise SynapseNotFoundError(f"Can't find user '{username}'") from error


async def is_user_certified(user: str | int, *, synapse_client: Synapse | None = None) -> bool:
    """Whether a user, given by id or name, is certified."""
    return await Synapse.get_client(synapse_client).is_certified_async(user)


async def get_user_bundle(user_id: int, mask: int, *, synapse_client: Synapse | None = None) -> Any:
    """The parts that are known of a user and that the mask names; None if there is no user."""
    try:
        return await _call(synapse_client, wire.get_user_bundle, str(user_id), mask)
    except SynapseHTTPError as error:
        if error.status == 404:
            return None
        raise


async def get_user_group_headers_batch(
    ids: list[str], *, synapse_client: Synapse | None = None
) -> list[dict[str, Any]]:
    """Users, teams and groups in short."""
    answer = await _call(synapse_client, wire.get_headers, ",".join(map(str, ids)))
    return cast("list[dict[str, Any]]", answer.get("children") or [])


async def get_user_by_principal_id_or_name(
    principal_id: str | int | None = None, *, synapse_client: Synapse | None = None
) -> int:
    """The number of a user, team or group; everybody's if not given.

    Raises:
        SynapseError: Nobody has this name.
    """
    try:
        return await Synapse.get_client(synapse_client)._principal(principal_id)
    except SynapseHTTPError as error:
        raise SynapseError(f"Unknown Synapse user ({principal_id}). No matches.") from error
