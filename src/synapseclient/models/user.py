"""Users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from synapse_wire.base import camel
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseNotFoundError
from synapseclient.models.base import blocking_classmethod


@dataclass
class UserPreference:
    """A choice of a user's."""

    name: str | None = None
    value: bool | None = None


@dataclass
class UserGroupHeader:
    """A user, a team or a group in short."""

    owner_id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_name: str | None = None
    is_individual: bool | None = None
    email: str | None = None

    def fill_from_dict(self, synapse_user_group_header: Mapping[str, Any]) -> UserGroupHeader:
        """Set the fields from what the server sends."""
        for each in fields(self):
            setattr(self, each.name, synapse_user_group_header.get(camel(each.name)))
        self.owner_id = None if self.owner_id is None else int(self.owner_id)
        return self


@dataclass
class UserProfile:
    """Who a user is. Addresses are seen by the user themself only."""

    id: int | None = None
    username: str | None = None
    etag: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    emails: list[str] = field(default_factory=list)
    open_ids: list[str] = field(default_factory=list)
    r_studio_url: str | None = None
    summary: str | None = None
    position: str | None = None
    location: str | None = None
    industry: str | None = None
    company: str | None = None
    profile_picure_file_handle_id: str | None = None
    url: str | None = None
    team_name: str | None = None
    send_email_notifications: bool | None = True
    mark_emailed_messages_as_read: bool | None = False
    preferences: list[UserPreference] | None = field(default_factory=list)
    created_on: str | None = None

    def fill_from_dict(self, synapse_user_profile: Mapping[str, Any]) -> UserProfile:
        """Set the fields from what the server sends."""
        raw = synapse_user_profile
        owner = raw.get("ownerId")
        self.id = int(owner) if owner else None
        self.username = raw.get("userName")
        for name in [
            "etag",
            "first_name",
            "last_name",
            "r_studio_url",
            "summary",
            "position",
            "location",
            "industry",
            "company",
            "profile_picure_file_handle_id",
            "url",
            "team_name",
            "created_on",
        ]:
            setattr(self, name, raw.get(camel(name)))
        self.emails = list(raw.get("emails") or ())
        self.open_ids = list(raw.get("openIds") or ())
        notify = raw.get("notificationSettings") or {}
        self.send_email_notifications = notify.get("sendEmailNotifications", True)
        self.mark_emailed_messages_as_read = notify.get("markEmailedMessagesAsRead", False)
        self.preferences = [
            UserPreference(each.get("name"), each.get("value"))
            for each in raw.get("preferences") or ()
        ]
        return self

    async def get_async(self, *, synapse_client: Synapse | None = None) -> UserProfile:
        """The profile of this id or name; your own without either."""
        syn = Synapse.get_client(synapse_client)
        found: Mapping[str, Any]
        if self.id:
            found = await syn.get_user_profile_by_id_async(self.id)
        elif self.username:
            found = await _by_name(syn, self.username)
        else:
            found = await syn.get_user_profile_by_id_async()
        return self.fill_from_dict(found)

    @classmethod
    async def from_id_async(
        cls, user_id: int, *, synapse_client: Synapse | None = None
    ) -> UserProfile:
        """The profile of a user."""
        return await cls(id=user_id).get_async(synapse_client=synapse_client)

    @classmethod
    async def from_username_async(
        cls, username: str, *, synapse_client: Synapse | None = None
    ) -> UserProfile:
        """The profile of a user of this name."""
        return await cls(username=username).get_async(synapse_client=synapse_client)

    async def is_certified_async(self, *, synapse_client: Synapse | None = None) -> bool:
        """Whether this user is certified."""
        if not (self.id or self.username):
            raise ValueError("Must specify id or username")
        return await Synapse.get_client(synapse_client).is_certified_async(self.id or self.username)

    get = blocking(get_async)
    is_certified = blocking(is_certified_async)
    from_id = blocking_classmethod(from_id_async)
    from_username = blocking_classmethod(from_username_async)


async def _by_name(syn: Synapse, username: str) -> Mapping[str, Any]:
    try:
        return await syn.get_user_profile_by_username_async(username)
    except ValueError as error:  # the older API has no better name for it
        raise SynapseNotFoundError(f"There is no user named {username!r}.") from error
