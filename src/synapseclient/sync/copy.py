"""Copies of files, links, folders and whole projects. No bytes move: a copy has the same.

Everything is listed and looked at before the first copy is made, so that what cannot be is told
while nothing has changed. Where the server has the extension ``bulk``, hundreds of copies are
committed in one request.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec

from synapse_wire import access as access_wire
from synapse_wire import bulk, governance
from synapse_wire import entities as wire
from synapse_wire import provenance as provenance_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.files import ExternalFileHandle
from synapse_wire.system import Extension
from synapseclient.annotations import Annotations
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.entity import CONTAINER_TYPES
from synapseclient.sync import commits
from synapseclient.sync.down import Failure, raise_for_failures
from synapseclient.sync.listing import Other, entry_of, kept, pages_below
from synapseclient.sync.wikis import WikiOptions, copy_wiki
from synapseclient.transfer.handles import copied_id, copy_handles, copy_request

if TYPE_CHECKING:
    from synapseclient.client import Synapse

PROVENANCE = ("traceback", "existing", None)
EXCLUDABLE = ("file", "link", "table")
_AT_ONCE = 16
_WITH_WIKIS = WikiOptions()
_KINDS = {wire.CONCRETE_TYPES[name]: name for name in ("project", "folder", "file", "link")}


@dataclass
class Copied:
    """What came of it: the new ids by the old ones, and what could not be."""

    mapping: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def raise_for_failures(self) -> None:
        """Raise if anything could not be copied, and name it.

        Raises:
            SynapseError: So many could not be copied, which, and why.
        """
        raise_for_failures(
            self.failures,
            len(self.mapping) + len(self.failures),
            "copied",
            "With updateExisting, another run leaves what is there and copies these:",
        )


@dataclass
class _Item:
    """Something to be copied."""

    entry: bulk.TreeEntry
    existing: bulk.TreeEntry | None = None
    """What has its name at the destination already."""
    handle_id: str | None = None
    """The file handle that the copy gets."""

    @property
    def id(self) -> str:
        return self.entry.entity.id or ""

    @property
    def name(self) -> str:
        return self.entry.entity.name or ""

    @property
    def parent(self) -> str:
        return self.entry.entity.parent_id or ""


async def copy_tree(
    syn: Synapse,
    id: str,
    destination: str,
    *,
    version: int | None = None,
    annotations: bool = True,
    wikis: WikiOptions | None = _WITH_WIKIS,
    provenance: str | None = "traceback",
    update_existing: bool = False,
    exclude: Iterable[str] = (),
) -> Copied:
    """Copy an entity into a project or folder, with all that is in it.

    Args:
        syn: A client.
        id: A file, link, folder, or project; the content of a project goes into another one.
        destination: Where to.
        version: Of a file: which version.
        annotations: With annotations.
        wikis: How wikis are copied; None leaves them out. Where the destination has one, its
            root page is written over, and pages of the same title; older versions stay.
        provenance: Of files: ``traceback`` records that they were copied, and from what;
            ``existing`` has the activity of the original; None records nothing.
        update_existing: What has the same name there is changed, unless it is the same already.
        exclude: Of ``file``, ``link`` and ``table``, those to leave out.

    Returns:
        What was copied, and what could not be; the latter is not raised.

    Raises:
        ValueError: It cannot be; nothing was copied.
    """
    if provenance not in PROVENANCE:
        raise ValueError(
            f"The provenance of copies is 'traceback', 'existing' or None, not {provenance!r}."
        )
    unknown = sorted(set(exclude) - set(EXCLUDABLE))
    if unknown:
        raise ValueError(
            f"Of types, only {', '.join(EXCLUDABLE)} can be left out, not {', '.join(unknown)}."
        )
    work = _Copying(syn, destination, annotations, provenance, update_existing, frozenset(exclude))
    return await work.run(id, version, wikis)


async def copy_to(syn: Synapse, id: str, destination: str, **options: Any) -> str:
    """``copy_tree``; the id of the copy.

    Raises:
        SynapseError: It, or something in it, could not be copied.
        ValueError: It cannot be; nothing was copied.
    """
    copied = await copy_tree(syn, id, destination, **options)
    copied.raise_for_failures()
    if id not in copied.mapping:
        raise SynapseError(f"{id} was not copied; the warnings say why.")
    return copied.mapping[id]


class _Copying:
    """A copy under way."""

    def __init__(
        self,
        syn: Synapse,
        destination: str,
        annotations: bool,
        provenance: str | None,
        update: bool,
        exclude: frozenset[str],
    ) -> None:
        self.syn = syn
        self.destination = destination
        self.annotations = annotations
        self.provenance = provenance
        self.update = update
        self.exclude = exclude
        self.result = Copied()
        self.gate = asyncio.Semaphore(_AT_ONCE)
        self.places: dict[str, str] = {}
        """Where the children of a source container go."""

    async def run(self, id: str, version: int | None, wikis: WikiOptions | None) -> Copied:
        kind = await self._kind(id, version)
        if not await self._may_copy(id, kind):
            return self.result
        entries = await self._entries(id, kind, version)
        items = await self._chosen(entries)
        if kind == "project":
            self.places[id] = self.destination
        elif items:
            self.places[items[0].parent] = self.destination
        await self._find_existing(items)
        await self._copy(items)
        if kind == "project":
            if self.annotations:
                await self._annotate_project(id)
            self._done(id, self.destination)
        if wikis is not None:
            await self._copy_wikis(wikis)
        return self.result

    # -------------------------------------------------------------- what there is to copy

    async def _kind(self, id: str, version: int | None) -> str:
        """The type of the source: project, folder, file or link."""
        if id == self.destination:
            raise ValueError("The destination cannot be the same as what is copied.")
        source = await self.syn.call(wire.get_entity_type, id)
        target = await self.syn.call(wire.get_entity_type, self.destination)
        kind = _KINDS.get(source.type or "")
        if kind is None:
            raise NotImplementedError(
                f"{id} is a {(source.type or '').rsplit('.', 1)[-1]}: this release copies files,"
                " links, folders and projects."
            )
        if version is not None and kind in ("project", "folder"):
            raise ValueError(f"{id} is a {kind}, of which no version can be copied.")
        if target.type not in CONTAINER_TYPES:
            raise ValueError(f"{self.destination} is neither a project nor a folder.")
        if kind == "project" and target.type != wire.CONCRETE_TYPES["project"]:
            raise ValueError(f"A project is copied into another project; {target.id} is none.")
        return kind

    async def _may_copy(self, id: str, kind: str) -> bool:
        permissions = await self.syn.call(access_wire.get_permissions, id)
        if not permissions.can_download:
            self._refuse(id, "lacks download permission")
            return False
        # All but a project is among the entries, each of which is looked at.
        return kind != "project" or not await self._is_restricted(id)

    async def _is_restricted(self, id: str) -> bool:
        """Whether there are conditions of use, which a copy would escape."""
        async with self.gate:
            found = await self.syn.call_json(governance.list_access_requirements, id)
        if found["results"]:
            self._refuse(id, "has access restrictions")
        return bool(found["results"])

    def _refuse(self, id: str, why: str) -> None:
        self.syn.logger.warning("%s not copied - this file %s", id, why)

    async def _entries(self, id: str, kind: str, version: int | None) -> list[bulk.TreeEntry]:
        with_activities = self.provenance == "existing"
        entries = []
        if kind != "project":
            is_file = kind == "file"
            entries = [
                await entry_of(
                    self.syn, id, version if is_file else None, activities=with_activities
                )
            ]
        if kind in ("project", "folder"):
            others: list[Other] = []
            pages = pages_below(
                self.syn,
                id,
                annotations=self.annotations,
                activities=with_activities,
                whole_folders=True,
                others=others,
            )
            entries += await kept(pages)
            for other in others:
                name = other.type.rsplit(".", 1)[-1]
                self.syn.logger.warning(
                    "%s not copied - a %s, which this release cannot copy", other.id, name
                )
        return entries

    async def _chosen(self, entries: Sequence[bulk.TreeEntry]) -> list[_Item]:
        """What is to be copied, without what was excluded, is restricted, or leads nowhere.

        A folder all of whose files may not be copied is not copied either.
        """
        refused: set[str] = set()

        async def look(entry: bulk.TreeEntry) -> None:
            entity = entry.entity
            id = entity.id or ""
            if await self._is_restricted(id):
                refused.add(id)
            elif isinstance(entity, wire.FileEntity) and entry.file_handle is None:
                self._refuse(id, "lacks download permission")
                refused.add(id)
            elif isinstance(entity, wire.Link) and await self._is_broken(entity):
                self.syn.logger.warning("The target of this link %s no longer exists", id)
                refused.add(id)

        chosen = [each for each in entries if _kind_of(each) not in self.exclude]
        await asyncio.gather(*(look(each) for each in chosen))
        below: dict[str, list[bulk.TreeEntry]] = defaultdict(list)
        for each in chosen:
            below[each.entity.parent_id or ""].append(each)

        def stays(entry: bulk.TreeEntry) -> bool:
            if entry.entity.id in refused:
                return False
            inner = below[entry.entity.id or ""]
            return not _is_folder(entry) or not inner or any(stays(each) for each in inner)

        def kept(entry: bulk.TreeEntry) -> Iterator[bulk.TreeEntry]:
            if stays(entry):
                yield entry
                for each in below[entry.entity.id or ""]:
                    yield from kept(each)

        known = {each.entity.id for each in chosen}
        tops = [each for each in chosen if each.entity.parent_id not in known]
        left = [each for top in tops for each in kept(top)]
        ids = {each.entity.id for each in left}
        for each in entries:
            if each.entity.id not in ids:
                self.syn.logger.info("%s not copied", each.entity.id)
        return [_Item(each) for each in left]

    async def _is_broken(self, link: wire.Link) -> bool:
        target = link.links_to.target_id if link.links_to else None
        try:
            async with self.gate:
                await self.syn.call(wire.get_entity_type, target or "")
        except SynapseHTTPError as error:
            return error.status == 404
        return False

    async def _copy_wikis(self, options: WikiOptions) -> None:
        """Copy the wikis of all that was copied.

        NOTE: everything else was copied: the texts are to name the copies.
        """
        mapping = dict(self.result.mapping)
        entity_map = mapping if options.update_ids else None

        async def copy_one(old: str, new: str) -> None:
            try:
                async with self.gate:
                    await copy_wiki(
                        self.syn,
                        old,
                        new,
                        page_id=options.page_id,
                        into_page_id=options.into_page_id,
                        update_links=options.update_links,
                        entity_map=entity_map,
                        over_root=True,
                    )
            except SynapseHTTPError as error:
                if error.status != 501:  # then the server has no wikis at all
                    self.result.failures.append(Failure(f"the wiki of {old}", str(error)))
            except (SynapseError, ValueError, OSError) as error:
                self.result.failures.append(Failure(f"the wiki of {old}", str(error)))

        await asyncio.gather(*(copy_one(*pair) for pair in mapping.items()))

    # -------------------------------------------------------------- what is there already

    async def _find_existing(self, items: Sequence[_Item]) -> None:
        """Find what has the names of the copies at the destination.

        Raises:
            ValueError: There is something, and nothing may be changed, or it is of another type.
        """
        tops = [each for each in items if each.parent in self.places]
        there = await self._there(tops)
        taken = [each.name for each in tops if (self.destination, each.name) in there]
        if taken and not self.update:
            raise ValueError(
                f"{self.destination} has an entity named {taken[0]!r} already. Nothing was copied:"
                " rename one of them, or let copies change what has their name"
                " (updateExisting=True, or synapse cp --updateExisting)."
            )
        places = dict(self.places)
        for item in items:  # parents stand before their children
            parent = places.get(item.parent)
            item.existing = there.get((parent, item.name))
            if item.existing is None:
                continue
            if type(item.existing.entity) is not type(item.entry.entity):
                raise ValueError(
                    f"{parent} has a {_kind_of(item.existing)} named {item.name!r}, which"
                    f" cannot become a copy of the {_kind_of(item.entry)} {item.id}. Nothing was"
                    " copied."
                )
            if _is_folder(item.entry):
                places[item.id] = item.existing.entity.id or ""

    async def _there(
        self, tops: Sequence[_Item]
    ) -> dict[tuple[str | None, str | None], bulk.TreeEntry]:
        """What is at the destination, by parent and name, as far as the names meet."""
        if len(tops) == 1:  # a destination may be large
            found_id = await self.syn.find_entity_id_async(tops[0].name, self.destination)
            if found_id is None:
                return {}
            header = await self.syn.call(wire.get_entity_type, found_id)
            if header.type not in _KINDS:
                raise ValueError(
                    f"{self.destination} has an entity named {tops[0].name!r} of another type."
                )
            found = [await entry_of(self.syn, found_id, activities=True)]
        elif tops:
            found = await self._listed(self.destination, recursive=False)
        else:
            return {}
        names = {each.name for each in tops}
        if self.update:
            for each in [each for each in found if _is_folder(each) and each.entity.name in names]:
                found += await self._listed(each.entity.id or "")
        return {(each.entity.parent_id, each.entity.name): each for each in found}

    async def _listed(self, id: str, *, recursive: bool = True) -> list[bulk.TreeEntry]:
        pages = pages_below(
            self.syn,
            id,
            recursive=recursive,
            annotations=True,
            activities=True,
            whole_folders=True,
        )
        return await kept(pages)

    # -------------------------------------------------------------- copying

    def _done(self, old: str, new: str) -> None:
        self.result.mapping[old] = new
        self.syn.logger.info("Copied %s to %s", old, new)

    def _fail(self, item: _Item, error: BaseException) -> None:
        self.result.failures.append(Failure(f"{item.id} ({item.name})", str(error)))

    async def _copy(self, items: Sequence[_Item]) -> None:
        bulky = Extension.BULK in await self.syn.extensions()
        waiting = [each for each in items if _is_folder(each.entry)]
        while waiting:  # a level of folders at a time
            level = [each for each in waiting if each.parent in self.places]
            waiting = [each for each in waiting if each.parent not in self.places]
            if not level:
                break
            await self._copy_some(level, bulky)
            for item in level:
                if item.id in self.result.mapping:
                    self.places[item.id] = self.result.mapping[item.id]
        for item in items:
            if item.parent not in self.places:
                self._fail(item, ValueError("its folder could not be copied"))
        leaves = [each for each in items if not _is_folder(each.entry)]
        await self._copy_some([each for each in leaves if each.parent in self.places], bulky)

    async def _copy_some(self, items: Sequence[_Item], bulky: bool) -> None:
        wanted = []
        for item in items:
            if item.existing is not None and self._is_current(item, item.existing):
                self._done(item.id, item.existing.entity.id or "")
            else:
                wanted.append(item)
        for some in commits.chunks(wanted, _weight):
            ready = await self._with_handles(some)
            # The extension changes no link; nobody needs that often.
            singles = [
                each
                for each in ready
                if not bulky or (each.existing and isinstance(each.entry.entity, wire.Link))
            ]
            await asyncio.gather(*(self._guarded(each, self._copy_one(each)) for each in singles))
            rest = [each for each in ready if each not in singles]
            if rest:
                await commits.commit(
                    self.syn,
                    rest,
                    lambda some: [self._to_wire(each) for each in some],
                    lambda item, made: self._done(item.id, made.id),
                    self._fail,
                )

    async def _with_handles(self, items: Sequence[_Item]) -> list[_Item]:
        """Give each file a handle that is the caller's own; what needs none as it is."""
        own = str((self.syn._profile or {}).get("ownerId"))
        foreign = []
        for item in items:
            handle = item.entry.file_handle
            if handle is None or not isinstance(item.entry.entity, wire.FileEntity):
                continue
            if handle.created_by == own:
                item.handle_id = handle.id
            else:
                foreign.append(item)
        failed: list[_Item] = []
        requests = [copy_request(_handle_id(each), each.id) for each in foreign]
        for item, result in zip(foreign, await copy_handles(self.syn, requests), strict=True):
            try:
                item.handle_id = copied_id(result)
            except ValueError as error:
                self._fail(item, error)
                failed.append(item)
        return [each for each in items if each not in failed]

    async def _guarded(self, item: _Item, work: Coroutine[Any, Any, str]) -> None:
        try:
            async with self.gate:
                new = await work
        except (SynapseError, ValueError, OSError) as error:
            self._fail(item, error)
        else:
            self._done(item.id, new)

    # -------------------------------------------------------------- what a copy has

    def _annotations(self, item: _Item) -> dict[str, AnnotationValue] | None:
        """Those of the copy; None to leave them as they are. A folder keeps those it has."""
        if not self.annotations:
            return None
        found = item.entry.annotations or {}
        if item.existing is not None and _is_folder(item.entry):
            return {**(item.existing.annotations or {}), **found}
        return found

    def _activity(self, item: _Item) -> provenance_wire.Activity | None:
        entity = item.entry.entity
        if not isinstance(entity, wire.FileEntity):
            return None
        if self.provenance == "existing" and item.entry.activity is not None:
            return provenance_wire.Activity(id=item.entry.activity.id)
        if self.provenance != "traceback":
            return None
        source = provenance_wire.Reference(
            target_id=entity.id, target_version_number=entity.version_number
        )
        return provenance_wire.Activity(
            name="Copied file",
            used=[provenance_wire.UsedEntity(reference=source, was_executed=False)],
        )

    def _is_current(self, item: _Item, existing: bulk.TreeEntry) -> bool:
        """Whether what is there is what the copy would be."""
        old, new = existing.entity, item.entry.entity
        wanted = self._annotations(item)
        if new.description not in (None, old.description):
            return False
        if wanted is not None and wanted != (existing.annotations or {}):
            return False
        if isinstance(new, wire.Link):
            return isinstance(old, wire.Link) and new.links_to == old.links_to
        return _same_bytes(item.entry, existing) and self._same_activity(item, existing)

    def _same_activity(self, item: _Item, existing: bulk.TreeEntry) -> bool:
        wanted, there = self._activity(item), existing.activity
        if wanted is None:
            return True
        if there is None:
            return False
        if wanted.id is not None:
            return wanted.id == there.id
        return (wanted.name, wanted.used) == (there.name, there.used)

    def _entity(self, item: _Item) -> wire.Entity:
        """The copy as it is to be made."""
        source = item.entry.entity
        parent = self.places[item.parent]
        if isinstance(source, wire.FileEntity):
            return wire.FileEntity(
                name=source.name,
                description=source.description,
                parent_id=parent,
                data_file_handle_id=item.handle_id,
            )
        if isinstance(source, wire.Link):
            return wire.Link(
                name=source.name,
                description=source.description,
                parent_id=parent,
                links_to=source.links_to,
                links_to_class_name=source.links_to_class_name,
            )
        return wire.Folder(name=source.name, description=source.description, parent_id=parent)

    def _to_wire(self, item: _Item) -> bulk.Change:
        entity, annotations = self._entity(item), self._annotations(item)
        content = None
        if isinstance(entity, wire.FileEntity):
            content = bulk.Content(data_file_handle_id=entity.data_file_handle_id)
        if item.existing is None:
            return bulk.Create(
                entity=entity,
                content=content,
                annotations=annotations,
                activity=self._activity(item),
            )
        return bulk.Update(
            id=item.existing.entity.id or "",
            description=entity.description,
            new_version=content is not None,
            content=content,
            annotations=annotations,
            activity=self._activity(item),
        )

    async def _copy_one(self, item: _Item) -> str:
        """With the official calls; the new id."""
        entity, annotations = self._entity(item), self._annotations(item)
        activity = self._activity(item)
        generated_by = activity.id if activity is not None else None
        if activity is not None and generated_by is None:
            generated_by = str((await self.syn.call(provenance_wire.create_activity, activity)).id)
        properties = msgspec.to_builtins(entity)
        if item.existing is None:
            made = await self.syn._create(properties, annotations or {}, None, generated_by)
            return str(made["entity"]["id"])
        old = await self.syn._existing({**properties, "id": item.existing.entity.id}, True)
        assert old is not None
        changed = await self.syn._update(
            {**old["entity"], **properties},
            annotations,
            old,
            isinstance(entity, wire.FileEntity),
            None,
            generated_by,
        )
        return str(changed["entity"]["id"])

    async def _annotate_project(self, id: str) -> None:
        """Give the destination the annotations of the project, besides those that it has."""
        found = await self.syn.get_annotations_async(id)
        there = await self.syn.get_annotations_async(self.destination)
        if found and {**there, **found} != dict(there):
            await self.syn.set_annotations_async(
                Annotations(there.id, there.etag, {**there, **found})
            )


def _kind_of(entry: bulk.TreeEntry) -> str:
    for kind in (wire.Project, wire.Folder, wire.Link):
        if isinstance(entry.entity, kind):
            return kind.__name__.lower()
    return "file"


def _is_folder(entry: bulk.TreeEntry) -> bool:
    return isinstance(entry.entity, wire.Folder)


def _handle_id(item: _Item) -> str:
    return cast(wire.FileEntity, item.entry.entity).data_file_handle_id or ""


def _same_bytes(entry: bulk.TreeEntry, other: bulk.TreeEntry) -> bool:
    if not isinstance(entry.entity, wire.FileEntity):
        return True
    mine, theirs = entry.file_handle, other.file_handle
    if mine is None or theirs is None:
        return False
    if mine.id == theirs.id:
        return True
    if isinstance(mine, ExternalFileHandle):
        return isinstance(theirs, ExternalFileHandle) and mine.external_url == theirs.external_url
    same = mine.content_md5 is not None and mine.content_md5 == theirs.content_md5
    return same and mine.content_size == theirs.content_size


def _weight(item: _Item) -> int:
    return 500 + len(msgspec.json.encode((item.entry.annotations, item.entry.entity.description)))
