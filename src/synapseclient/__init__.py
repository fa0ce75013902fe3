"""The client of Synapse, the collaborative workspace for reproducible, data-intensive research.

Names are imported when they are first used, so that ``import synapseclient`` costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapseclient.core.version import __version__

if TYPE_CHECKING:
    from synapseclient.activity import Activity
    from synapseclient.annotations import Annotations
    from synapseclient.client import Synapse, login
    from synapseclient.core.permissions import Permissions
    from synapseclient.core.version_check import check_for_updates, release_notes
    from synapseclient.entity import DockerRepository, Entity, File, Folder, Link, Project
    from synapseclient.team import UserGroupHeader, UserProfile

_HOME = {
    "Activity": "synapseclient.activity",
    "Annotations": "synapseclient.annotations",
    "DockerRepository": "synapseclient.entity",
    "Entity": "synapseclient.entity",
    "File": "synapseclient.entity",
    "Folder": "synapseclient.entity",
    "Link": "synapseclient.entity",
    "Permissions": "synapseclient.core.permissions",
    "Project": "synapseclient.entity",
    "Synapse": "synapseclient.client",
    "UserGroupHeader": "synapseclient.team",
    "UserProfile": "synapseclient.team",
    "check_for_updates": "synapseclient.core.version_check",
    "release_notes": "synapseclient.core.version_check",
    "login": "synapseclient.client",
}

AUTHENTICATED_USERS = 273948
"""The group of everybody who is signed in."""
PUBLIC = 273949
"""The group of everybody."""
USER_AGENT = {"User-Agent": f"synapseclient/{__version__}"}
"""How requests name the client."""

__all__ = [
    "AUTHENTICATED_USERS",
    "PUBLIC",
    "USER_AGENT",
    "Activity",
    "Annotations",
    "DockerRepository",
    "Entity",
    "File",
    "Folder",
    "Link",
    "Permissions",
    "Project",
    "Synapse",
    "UserGroupHeader",
    "UserProfile",
    "__version__",
    "check_for_updates",
    "login",
    "release_notes",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
