"""What lies in a project or folder: one request for thousands, or the official calls."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.provenance import Activity
from synapse_wire.system import Extension

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_AT_ONCE = 8
_CONTAINERS = ("org.sagebionetworks.repo.model.Project", "org.sagebionetworks.repo.model.Folder")


async def list_below(
    syn: Synapse,
    id: str,
    *,
    recursive: bool = True,
    annotations: bool = False,
    activities: bool = False,
    keep: Callable[[bulk.TreeEntry], bool] | None = None,
) -> list[bulk.TreeEntry]:
    """Folders, files and links below a container that the caller may read, in no order.

    Args:
        syn: A client.
        id: The container.
        recursive: Also what lies in its folders.
        annotations: With their annotations.
        activities: With what generated them.
        keep: Which entries to keep, if not all; it may also strip them of what is not needed,
            for a listing may have a million. See ``without_details``.
    """
    keep = keep or _everything
    if Extension.BULK in await syn.extensions():
        return await _by_pages(syn, id, recursive, annotations, activities, keep)
    return [entry for entry in await _one_by_one(syn, id, recursive, activities) if keep(entry)]


def _everything(_: bulk.TreeEntry) -> bool:
    return True


def without_details(entry: bulk.TreeEntry) -> bool:
    """Keep an entry, but of its entity and file handle only what a sync looks at."""
    entity, handle = entry.entity, entry.file_handle
    entity.created_by = entity.created_on = entity.modified_by = entity.modified_on = None
    entity.description = None
    entity.parent_id = sys.intern(entity.parent_id or "") or None
    if isinstance(entity, wire.VersionedEntity):
        entity.version_label = entity.version_comment = None
    entry.annotations = entry.annotations or None
    if handle is not None:
        if isinstance(entity, wire.FileEntity) and handle.id == entity.data_file_handle_id:
            handle.id = entity.data_file_handle_id  # one text in memory, not two
        handle.etag = handle.created_by = handle.created_on = handle.modified_on = None
        handle.content_type = sys.intern(handle.content_type or "") or None
        handle.file_name = None if handle.file_name == entity.name else handle.file_name
        if isinstance(handle, files_wire.S3FileHandle):
            handle.bucket_name = handle.key = handle.status = None
    return True


async def _by_pages(
    syn: Synapse,
    id: str,
    recursive: bool,
    annotations: bool,
    activities: bool,
    keep: Callable[[bulk.TreeEntry], bool],
) -> list[bulk.TreeEntry]:
    request = bulk.TreeRequest(
        id=id,
        recursive=recursive,
        include_annotations=annotations,
        include_activities=activities,
    )
    found: list[bulk.TreeEntry] = []
    while True:
        page = await syn.call(bulk.list_tree, request)
        found += filter(keep, page.entries)
        if page.next_page_token is None:
            return found
        request.next_page_token = page.next_page_token


async def _one_by_one(
    syn: Synapse, top: str, recursive: bool, activities: bool
) -> list[bulk.TreeEntry]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def container(id: str) -> list[bulk.TreeEntry]:
        headers = await _children(syn, id, gate)
        folders = [header for header in headers if header.type in _CONTAINERS]
        found = [
            bulk.TreeEntry(entity=wire.Folder(id=each.id, name=each.name, parent_id=id))
            for each in folders
        ]
        files = [header for header in headers if header.type not in _CONTAINERS]
        found += await asyncio.gather(*(bundle(each.id or "") for each in files))
        if recursive:
            for below in await asyncio.gather(*(container(each.id or "") for each in folders)):
                found += below
        return found

    async def bundle(id: str) -> bulk.TreeEntry:
        async with gate:
            return await _bundle(syn, id, activities)

    return await container(top)


async def _children(syn: Synapse, id: str, gate: asyncio.Semaphore) -> list[wire.EntityHeader]:
    request = wire.EntityChildrenRequest(parent_id=id, include_types=["folder", "file", "link"])
    found: list[wire.EntityHeader] = []
    while True:
        async with gate:
            page = await syn.call(wire.list_children, request)
        found += page.page
        if page.next_page_token is None:
            return found
        request.next_page_token = page.next_page_token


async def _bundle(syn: Synapse, id: str, activities: bool) -> bulk.TreeEntry:
    request = wire.EntityBundleRequest(
        include_entity=True,
        include_annotations=True,
        include_file_handles=True,
    )
    raw = await syn.call_json(wire.get_bundle, id, request)
    entity = msgspec.convert(raw["entity"], wire.Entity)
    entry = bulk.TreeEntry(
        entity=entity,
        annotations=msgspec.convert(
            raw.get("annotations", {}).get("annotations", {}), dict[str, AnnotationValue]
        ),
    )
    if isinstance(entity, wire.FileEntity):
        handles: list[Any] = raw.get("fileHandles") or []
        mine = [each for each in handles if str(each["id"]) == entity.data_file_handle_id]
        if mine:
            entry.file_handle = msgspec.convert(mine[0], files_wire.FileHandle)
    if activities:
        entry.activity = await _activity(syn, id)
    return entry


async def _activity(syn: Synapse, id: str) -> Activity | None:
    from synapse_wire.provenance import get_generated_by
    from synapseclient.core.exceptions import SynapseHTTPError

    try:
        return await syn.call(get_generated_by, id)
    except SynapseHTTPError as error:
        if error.response is not None and error.response.status_code == 404:
            return None
        raise


def folders_of(top: str, entries: list[bulk.TreeEntry]) -> dict[str, tuple[str, ...]]:
    """The names that lead from the top to each folder, by its id.

    Raises:
        ValueError: A folder has a name that leads out of its parent.
    """
    known = {
        each.entity.id: each.entity for each in entries if isinstance(each.entity, wire.Folder)
    }
    found: dict[str, tuple[str, ...]] = {top: ()}

    def names(id: str) -> tuple[str, ...]:
        if id not in found:
            folder = known[id]
            found[id] = (*names(folder.parent_id or top), safe_name(folder.name or id))
        return found[id]

    for id in known:
        names(id or "")
    return found


def safe_name(name: str) -> str:
    """A name that stays in its folder.

    Raises:
        ValueError: It does not.
    """
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ValueError(f"The name {name!r} cannot be that of a file or folder here.")
    return name
