"""Users."""

from __future__ import annotations

from typing import Any, cast

from synapse_wire import users as wire
from synapse_wire.certification import get_passing_record
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.legacy.base import Session
from synapseclient.team import UserProfile


class UserMethods(Session):
    """Verbs of users."""

    async def get_user_profile_by_id_async(
        self, id: int | None = None, sessionToken: str | None = None
    ) -> UserProfile:
        """The profile of a user, your own without an id."""
        if id is None:
            return UserProfile(**await self.call_json(wire.get_own_profile))
        return UserProfile(**await self.call_json(wire.get_profile, str(int(id))))

    async def get_user_profile_by_username_async(
        self, username: str | None = None, sessionToken: str | None = None
    ) -> UserProfile:
        """The profile of a user of a name, your own without one."""
        if username is None:
            return await self.get_user_profile_by_id_async()
        body = wire.AliasRequest(alias=username, type="USER_NAME")
        try:
            found = await self.call(wire.look_up_principal, body)
        except SynapseHTTPError as error:
            raise ValueError(f"Can't find user {username!r}") from error
        return await self.get_user_profile_by_id_async(found.principal_id)

    async def get_any_profile_async(
        self, id: Any = None, sessionToken: str | None = None
    ) -> UserProfile:
        """The profile of a user, given by id, name or profile; your own without any."""
        if isinstance(id, dict):
            id = id["ownerId"]
        if id is None or str(id).isdecimal():
            return await self.get_user_profile_by_id_async(None if id is None else int(id))
        return await self.get_user_profile_by_username_async(str(id))

    async def is_certified_async(self, user: Any) -> bool:
        """Whether a user is certified."""
        profile = await self.get_any_profile_async(user)
        try:
            record = await self.call_json(get_passing_record, profile["ownerId"])
        except SynapseHTTPError as error:
            if error.response is not None and error.response.status_code == 404:
                return False
            raise
        return cast(bool, record.get("certified", record.get("passed", False)))

    get_user_profile_by_id = blocking(get_user_profile_by_id_async)
    get_user_profile_by_username = blocking(get_user_profile_by_username_async)
    getUserProfile = blocking(get_any_profile_async)
    is_certified = blocking(is_certified_async)
