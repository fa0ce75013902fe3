"""The older forms of people."""

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
