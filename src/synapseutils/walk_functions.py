"""Walking over what lies in a project or folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from synapseclient import Synapse
from synapseclient.core.utils import id_of
from synapseclient.entity import LISTED_TYPES, is_container

Place = tuple[str, str]
"""Name, or path of names, and id."""


def walk(
    syn: Synapse, synId: Any, includeTypes: Iterable[str] = LISTED_TYPES
) -> Iterator[tuple[Place, list[Place], list[Place]]]:
    """Go through a project or folder from the top down, as ``os.walk`` does.

    Args:
        syn: A client that is logged in.
        synId: A project or folder, or its id.
        includeTypes: Which types to list; folders are always walked.

    Yields:
        The path and id of a container, its folders, and what else is in it, each as name and id.
    """
    entity = syn.get(synId, downloadFile=False)
    types = list(dict.fromkeys([*includeTypes, "folder"]))
    yield from _walk(syn, entity.properties["name"], id_of(entity), types)


def _walk(
    syn: Synapse, path: str, id: str, types: list[str]
) -> Iterator[tuple[Place, list[Place], list[Place]]]:
    folders: list[Place] = []
    others: list[Place] = []
    for child in syn.getChildren(id, includeTypes=types):
        kind = folders if is_container(child) else others
        kind.append((child["name"], child["id"]))
    yield (path, id), folders, others
    for name, below in folders:
        yield from _walk(syn, f"{path}/{name}", below, types)
