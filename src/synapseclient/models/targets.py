"""Which model an id stands for."""

from __future__ import annotations

from typing import Any

from synapse_wire.entities import get_entity_type
from synapseclient.client import Synapse
from synapseclient.models.file import File
from synapseclient.models.folder import Folder
from synapseclient.models.project import Project


async def kind_of(syn: Synapse, id: str) -> str:
    """The last word of an entity's type: ``Project``, ``Folder``, ``FileEntity``, ``Link`` …"""
    header = await syn.call(get_entity_type, id)
    return (header.type or "").rsplit(".", 1)[-1]


async def get_model(
    syn: Synapse,
    kind: str,
    id: str,
    version: int | None = None,
    *,
    include_activity: bool = False,
    **file_fields: Any,
) -> Project | Folder | File:
    """An entity that is not a link, got from the server.

    Args:
        syn: The session.
        kind: What ``kind_of`` says.
        id: Which one.
        version: Which version of a file.
        include_activity: With what generated a file.
        file_fields: How to get a file: ``path``, ``download_file``, ``if_collision``.

    Raises:
        NotImplementedError: Its type comes with a later release.
    """
    if kind == "FileEntity":
        file = File(id=id, version_number=version, **file_fields)
        return await file.get_async(include_activity=include_activity, synapse_client=syn)
    if kind == "Folder":
        return await Folder(id=id).get_async(synapse_client=syn)
    if kind == "Project":
        return await Project(id=id).get_async(synapse_client=syn)
    raise NotImplementedError(f"{id} is a {kind}, which comes with a later release.")
