"""What users ask for: a tree down with its manifests, a manifest up, a manifest for a folder."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapse_wire.provenance import Activity, UsedURL
from synapseclient.annotations import from_wire
from synapseclient.core.exceptions import SynapseError
from synapseclient.core.packed import share
from synapseclient.core.utils import md5_of_file
from synapseclient.sync import check, down, manifest, up
from synapseclient.sync.links import follow
from synapseclient.sync.listing import (
    Listing,
    Other,
    folders_of,
    kept,
    key_of,
    pages_below,
    place_of,
    without_details,
)
from synapseclient.sync.manifest import Row

if TYPE_CHECKING:
    from synapseclient.client import Synapse
    from synapseclient.entity import File

MANIFESTS = ("all", "root", "suppress")


@dataclass(slots=True)
class Tree:
    """A tree that was listed, and perhaps fetched."""

    top: str
    entries: Listing
    synced: down.Synced
    others: list[Other] = field(default_factory=list)
    """Tables, views and the like, which are not fetched."""

    def files(self) -> Iterator[tuple[bulk.TreeEntry, bytes]]:
        """Its files by id, each also as the listing has it packed."""
        for index in self.entries.by_id():
            entry = self.entries[index]
            if isinstance(entry.entity, wire.FileEntity):
                yield entry, self.entries.packed(index)

    def packed_files(self) -> Iterator[tuple[str, bytes]]:
        """The same without a look at each: the key, and the file as the listing has it packed."""
        keys = self.entries.keys()
        for index in self.entries.by_id():
            if self.entries.is_file(index):
                yield keys[index], self.entries.packed(index)


async def sync_down(
    syn: Synapse,
    id: str,
    folder: str | None = None,
    *,
    if_collision: str = "overwrite.local",
    follow_links: bool = False,
    download: bool = True,
    recursive: bool = True,
    manifests: str = "all",
    manifest_name: str = manifest.TSV_NAME,
    details: bool = True,
) -> Tree:
    """Bring a project or folder here, with a manifest of what was brought.

    Args:
        syn: A client.
        id: The project, folder, or a single file.
        folder: Where to; into the cache, and without manifests, if not given.
        if_collision: What to do about other files of the same names, as for ``get``.
        follow_links: Bring what links point to: files, and folders with all that is in them.
        download: Bring bytes, too.
        recursive: Also what lies in folders.
        manifests: One for each folder (``all``), one for all (``root``), or none (``suppress``).
        manifest_name: What they are called, and their form.
        details: Keep what only users of the entities look at.

    Returns:
        The tree; its failures have not been raised.
    """
    if manifests not in MANIFESTS:
        raise ValueError(f"manifest must be one of {', '.join(MANIFESTS)}, not {manifests!r}.")
    others: list[Other] = []
    entries = Listing()
    pages = pages_below(
        syn, id, recursive=recursive, annotations=True, activities=True, others=others
    )
    async for page in pages:
        entries.add(page if details else filter(without_details, page))
    failures: list[down.Failure] = []
    if follow_links:
        followed, failures = await follow(syn, entries)
        entries.add(followed)
    tree = Tree(id, entries, down.Synced(), others)
    if download:
        tree.synced = await down.fetch_tree(syn, id, entries, folder, if_collision=if_collision)
    tree.synced.failures += failures
    if folder is not None and manifests != "suppress":
        await asyncio.to_thread(_write_manifests, tree, folder, manifests, manifest_name)
    return tree


def _write_manifests(tree: Tree, folder: str, which: str, name: str) -> None:
    rows: dict[str, list[Row]] = defaultdict(list)
    names = folders_of(tree.top, tree.entries.others)
    parents = {
        key_of(each): place_of(each, tree.top)
        for each in tree.entries.others
        if isinstance(each.entity, wire.Folder)
    }
    for entry, _ in tree.files():
        share(entry)  # all rows are kept until each manifest knows its columns
        row = row_of(entry, tree.synced.paths.get(key_of(entry)))
        place: str | None = place_of(entry, tree.top)
        while place is not None:
            if which == "all" or place == tree.top:
                rows[place].append(row)
            place = parents.get(place) if place != tree.top else None
    for place, some in rows.items():
        into = os.path.join(folder, *names.get(place, ()))
        os.makedirs(into, exist_ok=True)
        manifest.write(os.path.join(into, name), some)


def row_of(entry: bulk.TreeEntry, path: str | None) -> Row:
    """How a file stands in a manifest."""
    entity, handle = entry.entity, entry.file_handle
    row = Row(
        path=path or "",
        parent=entity.parent_id or "",
        name=entity.name,
        id=entity.id,
        store=not isinstance(handle, files_wire.ExternalFileHandle),
        content_type=handle.content_type if handle is not None else None,
        annotations=from_wire(msgspec.to_builtins(entry.annotations or {})),
    )
    if entry.activity is not None:
        tell_activity(row, entry.activity)
    return row


def tell_activity(row: Row, activity: Activity) -> None:
    """Put what generated a file into its row."""
    row.activity_name, row.activity_description = activity.name, activity.description
    references: dict[bool, list[str]] = {False: [], True: []}
    for used in activity.used or ():
        into = references[bool(used.was_executed)]
        if isinstance(used, UsedURL):
            into.append(used.url or "")
        elif used.reference is not None:
            version = used.reference.target_version_number
            id = used.reference.target_id or ""
            into.append(f"{id}.{version}" if version else id)
    row.used, row.executed = references[False], references[True]


# ------------------------------------------------------------------ up


async def sync_up(
    syn: Synapse,
    rows: Sequence[Row],
    *,
    dry_run: bool = False,
    merge_annotations: bool = True,
    associate_activity_to_new_version: bool = False,
    subject: str | None = None,
    expected: bool = False,
) -> down.Synced:
    """Store what a manifest says; what is there already is left as it is.

    With a ``subject``, who is logged in gets a message when it has ended; ``expected`` says that
    they have asked for it.

    Raises:
        BadManifest: A row cannot be followed; nothing was stored.
        SynapseError: Some files could not be stored; all others were.
    """
    syn.logger.info("Validation of %d files ...", len(rows))
    plan = await check.check(syn, rows)
    syn.logger.info(
        "%s\nWe are about to upload %d files with a total size of %s.\n%s",
        "=" * 50,
        len(rows),
        _human(sum(plan.sizes.values())),
        "=" * 50,
    )
    if dry_run:
        return down.Synced()
    syn.logger.info("Starting upload...")
    result = await up.store_rows(
        syn,
        plan,
        merge_annotations=merge_annotations,
        associate_activity_to_new_version=associate_activity_to_new_version,
    )
    if subject is not None:
        told = [f"{len(result.paths)} files are stored, {len(result.failures)} are not."]
        body = "\n".join([*told, *map(str, result.failures)])
        await syn._tell_me(subject, body, expected=expected)
    result.raise_for_failures("stored")
    return result


def _human(size: int) -> str:
    from synapseclient.core.progress import human

    return human(size)


async def rows_of_folder(syn: Synapse, folder: str, parent: str, *, make: bool = True) -> list[Row]:
    """A row for each file below a folder; the folders are made in Synapse where they are missing.

    Without ``make``, files in folders that are missing there count as if they lay in ``parent``.

    Raises:
        SynapseError: The folder is not there, or a folder cannot be made.
    """
    if not os.path.isdir(folder):
        raise SynapseError(f"{folder} is not a folder.")
    entries = await kept(
        pages_below(syn, parent), lambda each: isinstance(each.entity, wire.Folder)
    )
    there = {(each.entity.parent_id, each.entity.name): each.entity.id or "" for each in entries}
    rows: list[Row] = []
    places = {os.path.abspath(folder): parent}
    for place, folders, files in os.walk(os.path.abspath(folder)):
        folders.sort()
        here = places[place]
        for name in folders:
            id = there.get((here, name))
            if id is None:
                id = await _make_folder(syn, here, name) if make else here
            places[os.path.join(place, name)] = id
        for name in sorted(files):
            if name not in (manifest.TSV_NAME, manifest.CSV_NAME):
                rows.append(Row(path=os.path.join(place, name), parent=here))
    return rows


async def _make_folder(syn: Synapse, parent: str, name: str) -> str:
    made: Any = await syn.call(wire.create_entity, wire.Folder(name=name, parent_id=parent))
    return str(made.id)


# ------------------------------------------------------------------ comparing


@dataclass(slots=True)
class Comparison:
    """How a folder here and one in Synapse differ; paths below the folder."""

    same: int
    missing: list[str]
    different: list[str]
    extra: list[str]


async def compare(syn: Synapse, folder: str, id: str) -> Comparison:
    """Compare by the MD5 of each file; every file here is read."""
    entries = Listing()
    async for page in pages_below(syn, id):
        entries.add(filter(without_details, page))
    wanted = {
        place: each.file_handle.content_md5 if each.file_handle else None
        for each, place in down.placed(id, entries)
    }
    here = {
        os.path.relpath(os.path.join(place, name), folder)
        for place, _, files in os.walk(folder)
        for name in files
        if name not in (manifest.TSV_NAME, manifest.CSV_NAME)
    }
    different = [
        path
        for path in sorted(here & set(wanted))
        if await asyncio.to_thread(md5_of_file, os.path.join(folder, path)) != wanted[path]
    ]
    return Comparison(
        same=len(here & set(wanted)) - len(different),
        missing=sorted(set(wanted) - here),
        different=different,
        extra=sorted(here - set(wanted)),
    )


# ------------------------------------------------------------------ entities


def to_entities(tree: Tree) -> list[File]:
    """The files of a tree as entities of the legacy API, by id. Each is filled when it is first
    looked at: there may be many."""
    from synapseclient.sync.listed import ListedFile

    paths = tree.synced.paths
    return [ListedFile.of(packed, paths.get(key)) for key, packed in tree.packed_files()]
