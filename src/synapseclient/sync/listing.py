"""What lies in a project or folder: one request for thousands, or the official calls."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.provenance import Activity
from synapse_wire.system import Extension
from synapseclient.core.packed import pack, share, unpack
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


class Listing(Sequence[bulk.TreeEntry]):
    """Entries of which files take little room, and are made anew each time they are asked for:
    what is changed in them is not kept."""

    def __init__(self) -> None:
        self.files: list[bytes] = []
        """Files, as ``core.packed`` has them."""
        self._ids = array("q")
        """Their ids, without ``syn``: to put them in order without a look at each."""
        self.others: list[bulk.TreeEntry] = []
        """Folders and links, and what links led to."""

    def add(self, entries: Iterable[bulk.TreeEntry]) -> None:
        """Add some, in this order."""
        for entry in entries:
            if isinstance(entry.entity, wire.FileEntity) and not isinstance(entry, Followed):
                self.files.append(pack(entry))
                self._ids.append(_number(entry))
            else:
                self.others.append(entry)

    def __len__(self) -> int:
        return len(self.files) + len(self.others)

    def __iter__(self) -> Iterator[bulk.TreeEntry]:
        yield from map(unpack, self.files)
        yield from self.others

    @overload
    def __getitem__(self, index: int) -> bulk.TreeEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[bulk.TreeEntry]: ...
    def __getitem__(self, index: int | slice) -> bulk.TreeEntry | list[bulk.TreeEntry]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        index = range(len(self))[index]
        packed = len(self.files)
        return unpack(self.files[index]) if index < packed else self.others[index - packed]

    def is_file(self, index: int) -> bool:
        """Whether an entry is a file."""
        place = index - len(self.files)
        return place < 0 or isinstance(self.others[place].entity, wire.FileEntity)

    def packed(self, index: int) -> bytes:
        """A file as ``core.packed`` has it."""
        return self.files[index] if index < len(self.files) else pack(self[index])

    def keys(self) -> list[str]:
        """What tells each from all others."""
        return [f"syn{id}" for id in self._ids] + [key_of(each) for each in self.others]

    def by_key(self) -> list[int]:
        """The indices in the order of the keys."""
        keys = self.keys()
        return sorted(range(len(keys)), key=keys.__getitem__)

    def by_id(self) -> list[int]:
        """The indices in the order of the entities' ids."""
        numbers = [*self._ids, *map(_number, self.others)]
        return sorted(range(len(numbers)), key=numbers.__getitem__)


def _number(entry: bulk.TreeEntry) -> int:
    return int((entry.entity.id or "syn0")[3:])


async def pages_below(
    syn: Synapse,
    id: str,
    *,
    recursive: bool = True,
    annotations: bool = False,
    activities: bool = False,
    whole_folders: bool = False,
    others: list[Other] | None = None,
) -> AsyncIterator[list[bulk.TreeEntry]]:
    """Folders, files and links below a container that the caller may read, in no order; some at a
    time, for there may be a million.

    Args:
        syn: A client.
        id: The container.
        recursive: Also what lies in its folders.
        annotations: With their annotations.
        activities: With what generated them.
        whole_folders: With descriptions and annotations of folders, too, where that takes a
            request each; else folders may have no more than name and parent.
        others: Takes what is no folder, file or link.
    """
    if Extension.BULK in await syn.extensions():
        request = bulk.TreeRequest(
            id=id,
            recursive=recursive,
            include_annotations=annotations,
            include_activities=activities,
        )
        async for page in _by_pages(syn, request, others):
            yield page
    else:
        yield await _one_by_one(syn, id, recursive, activities, whole_folders, others)


async def kept(
    pages: AsyncIterator[list[bulk.TreeEntry]],
    keep: Callable[[bulk.TreeEntry], bool] | None = None,
) -> list[bulk.TreeEntry]:
    """All entries of these pages, or those to ``keep``, which may also strip them of what is not
    needed: see ``without_details``."""
    found: list[bulk.TreeEntry] = []
    async for page in pages:
        found += filter(keep or whole, page)
    return found


def whole(entry: bulk.TreeEntry) -> bool:
    """Keep an entry with all that it has; what many have alike is one text in memory."""
    share(entry)
    return True


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
    syn: Synapse, request: bulk.TreeRequest, others: list[Other] | None
) -> AsyncIterator[list[bulk.TreeEntry]]:
    def wanted(entry: bulk.TreeEntry) -> bool:
        entity = entry.entity
        if isinstance(entity, wire.Folder | wire.FileEntity | wire.Link):
            return True
        if others is not None:
            kind = str(type(entity).__struct_config__.tag)
            others.append(Other(entity.id or "", entity.name or "", kind, entity.parent_id or ""))
        return False

    while True:
        page = await syn.call(bulk.list_tree, request)
        yield list(filter(wanted, page.entries))
        if page.next_page_token is None:
            return
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
