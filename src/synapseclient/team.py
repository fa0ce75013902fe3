"""The older forms of people and teams."""

from __future__ import annotations

from typing import Any

from synapseclient.core.dicts import DictObject


class UserProfile(DictObject):
    """What is known of a user: ``ownerId``, ``userName``, ``firstName`` …"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs)


class UserGroupHeader(DictObject):
    """A user, a team or a group in short: ``ownerId``, ``userName``, ``isIndividual`` …"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs)


class Team(DictObject):
    """A team: ``id``, ``name``, ``description``, ``icon``, ``canPublicJoin`` …

    ``Synapse.store`` makes or changes it, ``Synapse.delete`` deletes it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kwargs)

    @classmethod
    def getURI(cls, id: Any) -> str:
        """Where the team of an id is."""
        return f"/team/{id}"

    def postURI(self) -> str:
        """Where teams are made."""
        return "/team"

    def putURI(self) -> str:
        """Where teams are changed."""
        return "/team"

    def deleteURI(self) -> str:
        """Where it is deleted."""
        return f"/team/{self.id}"

    def getACLURI(self) -> str:
        """Where its ACL is."""
        return f"/team/{self.id}/acl"

    def putACLURI(self) -> str:
        """Where its ACL is changed."""
        return "/team/acl"


class TeamMember(DictObject):
    """A member of a team: ``teamId``, ``member``, which is a ``UserGroupHeader``, ``isAdmin``."""

    def __init__(self, **kwargs: Any) -> None:
        if "member" in kwargs:
            kwargs["member"] = UserGroupHeader(**kwargs["member"])
        super().__init__(kwargs)
