"""The object-oriented API: dataclasses with verbs, each verb async and blocking.

``await File(id="syn1").get_async()`` and ``File(id="syn1").get()`` are the same. All verbs take
``synapse_client``, the session to use; without it they use the latest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapseclient.models.activity import Activity, UsedEntity, UsedURL
    from synapseclient.models.annotations import Annotations
    from synapseclient.models.container import FailureStrategy
    from synapseclient.models.file import File, FileHandle
    from synapseclient.models.folder import Folder
    from synapseclient.models.link import Link
    from synapseclient.models.project import Project
    from synapseclient.models.user import UserPreference, UserProfile

_HOME = {
    "Activity": "activity",
    "Annotations": "annotations",
    "FailureStrategy": "container",
    "File": "file",
    "FileHandle": "file",
    "Folder": "folder",
    "Link": "link",
    "Project": "project",
    "UsedEntity": "activity",
    "UsedURL": "activity",
    "UserPreference": "user",
    "UserProfile": "user",
}

__all__ = [
    "Activity",
    "Annotations",
    "FailureStrategy",
    "File",
    "FileHandle",
    "Folder",
    "Link",
    "Project",
    "UsedEntity",
    "UsedURL",
    "UserPreference",
    "UserProfile",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
