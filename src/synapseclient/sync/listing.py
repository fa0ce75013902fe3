"""What lies in a project or folder: one request for thousands, or the official calls."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.provenance import Activity
from synapse_wire.system import Extension
from synapseclient.entity import CONTAINER_TYPES

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_AT_ONCE = 8
_TYPES: tuple[wire.EntityType, ...] = ("folder", "file", "link")
_KINDS = {wire.CONCRETE_TYPES[name] for name in _TYPES}
_OTHER_TYPES: tuple[wire.EntityType, ...] = (
    "table",
    "entityview",
    "dockerrepo",
    "submissionview",
    "dataset",
    "datasetcollection",
    "materializedview",
    "virtualtable",
)


class Other(NamedTuple):
    """Something that is no folder, file or link: a table, a view and the like."""

    id: str
    name: str
    type: str
    """Its concreteType."""
    parent: str


class Followed(bulk.TreeEntry, kw_only=True):
    """What a link points to. The same may be in the listing already, at its own place."""

    key: str
    """Tells it from all other entries."""
    place: str
    """The key of the folder that it is to lie in."""


def key_of(entry: bulk.TreeEntry) -> str:
    """What tells an entry from all others of its listing: the id, unless a link led there."""
    return entry.key if isinstance(entry, Followed) else entry.entity.id or ""


def place_of(entry: bulk.TreeEntry, top: str) -> str:
    """The key of the folder that an entry lies in; ``top`` is what was listed."""
    return entry.place if isinstance(entry, Followed) else entry.entity.parent_id or top


async def list_below(
    syn: Synapse,
    id: str,
    *,
    recursive: bool = True,
    annotations: bool = False,
    activities: bool = False,
    keep: Callable[[bulk.TreeEntry], bool] | None = None,
    whole_folders: bool = False,
    others: list[Other] | None = None,
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
        whole_folders: With descriptions and annotations of folders, too, where that takes a
            request each; else folders may have no more than name and parent.
        others: Takes what is no folder, file or link.
    """
    keep = keep or whole
    if Extension.BULK in await syn.extensions():
        return await _by_pages(syn, id, recursive, annotations, activities, keep, others)
    found = await _one_by_one(syn, id, recursive, activities, whole_folders, others)
    return [entry for entry in found if keep(entry)]


def whole(entry: bulk.TreeEntry) -> bool:
    """Keep an entry with all that it has; what many have alike is one text in memory."""
    entity, handle = entry.entity, entry.file_handle
    entity.parent_id = _shared(entity.parent_id)
    entity.created_by = _shared(entity.created_by)
    entity.modified_by = _shared(entity.modified_by)
    if entity.modified_on == entity.created_on:
        entity.modified_on = entity.created_on
    if isinstance(entity, wire.VersionedEntity):
        entity.version_label = _shared(entity.version_label)
    entry.annotations = entry.annotations or None
    if handle is not None:
        if isinstance(entity, wire.FileEntity) and handle.id == entity.data_file_handle_id:
            handle.id = entity.data_file_handle_id
        if handle.modified_on == handle.created_on:
            handle.modified_on = handle.created_on
        if handle.file_name == entity.name:
            handle.file_name = entity.name
        handle.created_by = _shared(handle.created_by)
        handle.content_type = _shared(handle.content_type)
        if isinstance(handle, files_wire.S3FileHandle):
            handle.bucket_name = _shared(handle.bucket_name)
    return True


def _shared(text: str | None) -> str | None:
    return None if text is None else sys.intern(text)


def without_details(entry: bulk.TreeEntry) -> bool:
    """Keep an entry, but of its entity and file handle only what a sync looks at."""
    entity, handle = entry.entity, entry.file_handle
    entity.created_by = entity.created_on = entity.modified_by = entity.modified_on = None
    entity.description = None
    if isinstance(entity, wire.VersionedEntity):
        entity.version_label = entity.version_comment = None
    if handle is not None:
        handle.etag = handle.created_by = handle.created_on = handle.modified_on = None
        handle.file_name = None if handle.file_name == entity.name else handle.file_name
        if isinstance(handle, files_wire.S3FileHandle):
            handle.bucket_name = handle.key = handle.status = None
    return whole(entry)


async def _by_pages(
    syn: Synapse,
    id: str,
    recursive: bool,
    annotations: bool,
    activities: bool,
    keep: Callable[[bulk.TreeEntry], bool],
    others: list[Other] | None,
) -> list[bulk.TreeEntry]:
    def wanted(entry: bulk.TreeEntry) -> bool:
        entity = entry.entity
        if isinstance(entity, wire.Folder | wire.FileEntity | wire.Link):
            return keep(entry)
        if others is not None:
            kind = str(type(entity).__struct_config__.tag)
            others.append(Other(entity.id or "", entity.name or "", kind, entity.parent_id or ""))
        return False

    request = bulk.TreeRequest(
        id=id,
        recursive=recursive,
        include_annotations=annotations,
        include_activities=activities,
    )
    found: list[bulk.TreeEntry] = []
    while True:
        page = await syn.call(bulk.list_tree, request)
        found += filter(wanted, page.entries)
        if page.next_page_token is None:
            return found
        request.next_page_token = page.next_page_token


async def _one_by_one(
    syn: Synapse,
    top: str,
    recursive: bool,
    activities: bool,
    whole_folders: bool,
    others: list[Other] | None,
) -> list[bulk.TreeEntry]:
    gate = asyncio.Semaphore(_AT_ONCE)
    types = _TYPES if others is None else _TYPES + _OTHER_TYPES

    async def container(id: str) -> list[bulk.TreeEntry]:
        headers = []
        for each in await _children(syn, id, gate, types):
            if each.type in _KINDS:
                headers.append(each)
            elif others is not None:
                others.append(Other(each.id or "", each.name or "", each.type or "", id))
        folders = [header for header in headers if header.type in CONTAINER_TYPES]
        if whole_folders:
            found = list(await asyncio.gather(*(bundle(each.id or "") for each in folders)))
        else:
            found = [
                bulk.TreeEntry(entity=wire.Folder(id=each.id, name=each.name, parent_id=id))
                for each in folders
            ]
        files = [header for header in headers if header.type not in CONTAINER_TYPES]
        found += await asyncio.gather(*(bundle(each.id or "") for each in files))
        if recursive:
            for below in await asyncio.gather(*(container(each.id or "") for each in folders)):
                found += below
        return found

    async def bundle(id: str) -> bulk.TreeEntry:
        async with gate:
            return await entry_of(syn, id, activities=activities)

    return await container(top)


async def _children(
    syn: Synapse,
    id: str,
    gate: asyncio.Semaphore,
    types: Sequence[wire.EntityType],
) -> list[wire.EntityHeader]:
    request = wire.EntityChildrenRequest(parent_id=id, include_types=list(types))
    found: list[wire.EntityHeader] = []
    while True:
        async with gate:
            page = await syn.call(wire.list_children, request)
        found += page.page
        if page.next_page_token is None:
            return found
        request.next_page_token = page.next_page_token


async def entry_of(
    syn: Synapse, id: str, version: int | None = None, *, activities: bool = False
) -> bulk.TreeEntry:
    """One entity, or one version of it, as a listing shows it."""
    request = wire.EntityBundleRequest(
        include_entity=True,
        include_annotations=True,
        include_file_handles=True,
    )
    if version is None:
        raw = await syn.call_json(wire.get_bundle, id, request)
    else:
        raw = await syn.call_json(wire.get_version_bundle, id, version, request)
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
        entry.activity = await _activity(syn, id, version)
    return entry


async def _activity(syn: Synapse, id: str, version: int | None) -> Activity | None:
    from synapse_wire.provenance import get_generated_by, get_version_generated_by
    from synapseclient.core.exceptions import SynapseHTTPError

    try:
        if version is not None:
            return await syn.call(get_version_generated_by, id, version)
        return await syn.call(get_generated_by, id)
    except SynapseHTTPError as error:
        if error.status == 404:
            return None
        raise


def folders_of(top: str, entries: Iterable[bulk.TreeEntry]) -> dict[str, tuple[str, ...]]:
    """The names that lead from the top to each folder, by its key.

    Raises:
        ValueError: A folder has a name that leads out of its parent.
    """
    known = {key_of(each): each for each in entries if isinstance(each.entity, wire.Folder)}
    found: dict[str, tuple[str, ...]] = {top: ()}

    def names(key: str) -> tuple[str, ...]:
        if key not in found:
            folder = known[key]
            found[key] = (*names(place_of(folder, top)), safe_name(folder.entity.name or key))
        return found[key]

    for key in known:
        names(key)
    return found


def safe_name(name: str) -> str:
    """A name that stays in its folder.

    Raises:
        ValueError: It does not.
    """
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise ValueError(f"The name {name!r} cannot be that of a file or folder here.")
    return name
