"""Utilities over synapseclient: whole trees up and down, copies, walks, and being told.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapseclient.core.lazy import first_use

if TYPE_CHECKING:
    from synapseutils.copy_functions import changeFileMetaData, copy, copyFileHandles, copyWiki
    from synapseutils.describe_functions import describe
    from synapseutils.monitor import notify_me_async, notifyMe, with_progress_bar
    from synapseutils.sync import generate_sync_manifest, syncFromSynapse, syncToSynapse
    from synapseutils.walk_functions import walk

_HOME = {
    "changeFileMetaData": "copy_functions",
    "copy": "copy_functions",
    "copyFileHandles": "copy_functions",
    "copyWiki": "copy_functions",
    "describe": "describe_functions",
    "generate_sync_manifest": "sync",
    "notifyMe": "monitor",
    "notify_me_async": "monitor",
    "syncFromSynapse": "sync",
    "syncToSynapse": "sync",
    "walk": "walk_functions",
    "with_progress_bar": "monitor",
}

__all__ = [
    "changeFileMetaData",
    "copy",
    "copyFileHandles",
    "copyWiki",
    "describe",
    "generate_sync_manifest",
    "notifyMe",
    "notify_me_async",
    "syncFromSynapse",
    "syncToSynapse",
    "walk",
    "with_progress_bar",
]


def __getattr__(name: str) -> Any:
    value = globals()[name] = first_use(__name__, name, _HOME)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
