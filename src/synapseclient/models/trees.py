"""What projects and folders do with all that is in them."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from synapse_wire.entities import CONCRETE_TYPES
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking, run
from synapseclient.entity import CONTAINER_TYPES, LISTED_TYPES
from synapseclient.models.base import EntityModel

if TYPE_CHECKING:
    import asyncio

    from synapse_wire.entities import EntityHeader
    from synapseclient.models.file import File
    from synapseclient.models.folder import Folder
    from synapseclient.sync.tree import Tree

T = TypeVar("T", bound="TreeModel")
Place = tuple[str, str]
"""A path of names, and the id of what it leads to."""


class FailureStrategy(Enum):
    """What to do when something in a container cannot be stored."""

    RAISE_EXCEPTION = "RAISE_EXCEPTION"
    """Stop, and raise the error."""

    LOG_EXCEPTION = "LOG_EXCEPTION"
    """Log the error, and go on with the rest."""


class TreeModel(EntityModel):
    """A project or a folder, and the tree below it."""

    if TYPE_CHECKING:
        files: list[File]
        folders: list[Folder]

    async def sync_from_synapse_async(
        self: T,
        path: str | None = None,
        recursive: bool = True,
        download_file: bool = True,
        if_collision: str = "overwrite.local",
        failure_strategy: FailureStrategy = FailureStrategy.LOG_EXCEPTION,
        include_activity: bool = True,
        follow_link: bool = False,
        link_hops: int = 1,
        queue: asyncio.Queue[Any] | None = None,
        include_types: list[str] | None = None,
        manifest: Literal["all", "suppress", "root"] = "all",
        *,
        synapse_client: Synapse | None = None,
    ) -> T:
        """Bring all that is in it here. What is here already is not fetched again.

        Args:
            path: Where to; the cache if not given.
            recursive: Also what is in its folders.
            download_file: Bring the bytes, too.
            if_collision: What to do when another file of the same name is there:
                ``overwrite.local``, ``keep.local`` or ``keep.both``.
            failure_strategy: Raise when files could not be had, or (``LOG_EXCEPTION``, the
                default) log which.
            include_activity: Say what generated the files.
            follow_link: Bring what links point to: files, and folders with all in them.
            link_hops: Kept for compatibility: links are followed once.
            queue: Kept for compatibility: many files come at once anyway.
            include_types: Which types to bring of tables, views, datasets and the like, all if not
                given: ``table``, ``entityview``, ``dataset`` …
            manifest: Write ``manifest.csv`` into each folder (``all``), only into the first
                (``root``), or not (``suppress``).
            synapse_client: The session; the latest one if not given.

        Returns:
            Itself, with ``files`` and ``folders`` filled, and ``tables``, ``entityviews``,
            ``datasets`` and all the others.
        """
        from synapseclient.sync import tree
        from synapseclient.sync.manifest import CSV_NAME

        syn = Synapse.get_client(synapse_client)
        found = await tree.sync_down(
            syn,
            self._require_id(),
            path,
            if_collision=if_collision,
            follow_links=follow_link,
            download=download_file,
            recursive=recursive,
            manifests=manifest,
            manifest_name=CSV_NAME,
        )
        places = self._take_tree(found, include_activity)
        failures = await _take_others(syn, found, places, include_types)
        if failure_strategy is FailureStrategy.RAISE_EXCEPTION:
            found.synced.raise_for_failures("downloaded")
        for failure in found.synced.failures:
            syn.logger.error("%s was not downloaded.", failure)
        for id, error in failures.items():
            if failure_strategy is FailureStrategy.RAISE_EXCEPTION:
                raise error
            syn.logger.error("%s was not got: %s", id, error)
        return self

    def _take_tree(self, found: Tree, include_activity: bool) -> dict[str, Any]:
        from synapse_wire import entities as wire
        from synapseclient.core.packed import pack
        from synapseclient.models import Folder
        from synapseclient.models.file import ListedFile
        from synapseclient.sync.listing import key_of, place_of

        self.files, self.folders = [], []
        places: dict[str, Any] = {found.top: self}
        folders = [each for each in found.entries.others if isinstance(each.entity, wire.Folder)]
        for entry in folders:
            folder = Folder().fill_from_dict(msgspec.to_builtins(entry.entity))
            places[key_of(entry)] = folder
        for entry in folders:
            place = places.get(place_of(entry, found.top), self)
            place.folders.append(places[key_of(entry)])
        for entry, packed in found.files():
            if entry.activity is not None and not include_activity:
                entry.activity = None
                packed = pack(entry)
            file = ListedFile.of(packed, found.synced.paths.get(key_of(entry)))
            places.get(place_of(entry, found.top), self).files.append(file)
        return places

    async def sync_to_synapse_async(
        self: T,
        manifest_path: str,
        dry_run: bool = False,
        send_messages: bool = True,
        retries: int = 4,
        merge_existing_annotations: bool = True,
        associate_activity_to_new_version: bool = False,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[File]:
        """Store the files of a manifest. What Synapse has already is left as it is.

        Args:
            manifest_path: The manifest: CSV, or tab-separated.
            dry_run: Check everything and store nothing.
            send_messages: Send yourself a message when it has ended, if the server has messages.
            retries: Kept for compatibility: what can succeed is tried again.
            merge_existing_annotations: Keep annotations that the manifest does not name.
            associate_activity_to_new_version: New versions without provenance of their own
                take over that of the version before.
            synapse_client: The session; the latest one if not given.

        Returns:
            The files of the manifest.

        Raises:
            BadManifest: A row cannot be followed; nothing was stored.
            SynapseError: Some files could not be stored; all others were.
        """
        from synapseclient.models import File
        from synapseclient.sync import manifest, tree

        syn = Synapse.get_client(synapse_client)
        result = await tree.sync_up(
            syn,
            manifest.read(manifest_path),
            dry_run=dry_run,
            merge_annotations=merge_existing_annotations,
            associate_activity_to_new_version=associate_activity_to_new_version,
            subject=f"Upload of {manifest_path}" if send_messages else None,
        )
        return [
            await File(id=id, path=path, download_file=False).get_async(synapse_client=syn)
            for id, path in result.paths.items()
        ]

    async def generate_sync_manifest_async(
        self: T,
        directory_path: str,
        manifest_path: str,
        *,
        synapse_client: Synapse | None = None,
    ) -> None:
        """Write a manifest of all files below a folder here, to be stored below this one; the
        folders are made in Synapse.

        Args:
            directory_path: The folder here.
            manifest_path: The manifest to write; the ending decides the form.
            synapse_client: The session; the latest one if not given.
        """
        from synapseclient.sync import manifest, tree

        syn = Synapse.get_client(synapse_client)
        rows = await tree.rows_of_folder(syn, directory_path, self._require_id())
        manifest.write(manifest_path, rows)

    async def walk_async(
        self: T,
        follow_link: bool = False,
        include_types: list[str] | None = None,
        recursive: bool = True,
        display_ascii_tree: bool = False,
        *,
        synapse_client: Synapse | None = None,
    ) -> AsyncGenerator[tuple[Place, list[EntityHeader], list[EntityHeader]], None]:
        """Go through it from the top down, as ``os.walk`` does.

        Args:
            follow_link: Kept for compatibility: links are listed as links.
            include_types: Which types to list; folders are always walked.
            recursive: Also what is in its folders.
            display_ascii_tree: Print the tree, too.
            synapse_client: The session; the latest one if not given.

        Yields:
            The path and id of a container, the headers of its folders, and those of all else in
            it.
        """
        syn = Synapse.get_client(synapse_client)
        if self.name is None:
            self._fill(await syn.get_async(self._require_id(), downloadFile=False))
        types = list(dict.fromkeys([*(include_types or LISTED_TYPES), "folder"]))
        waiting: list[tuple[str, str, int]] = [(self.name or "", self._require_id(), 0)]
        while waiting:
            path, id, depth = waiting.pop(0)
            folders, others = await _children(syn, id, types)
            if display_ascii_tree:
                syn.logger.info("%s%s (%s)", "    " * depth, os.path.basename(path), id)
            yield (path, id), folders, others
            if recursive:
                below = [(f"{path}/{each.name}", each.id or "", depth + 1) for each in folders]
                waiting = below + waiting

    def walk(
        self: T,
        follow_link: bool = False,
        include_types: list[str] | None = None,
        recursive: bool = True,
        display_ascii_tree: bool = False,
        *,
        synapse_client: Synapse | None = None,
    ) -> Generator[tuple[Place, list[EntityHeader], list[EntityHeader]], None, None]:
        """``walk_async``, for a plain ``for``."""
        steps = self.walk_async(
            follow_link,
            include_types,
            recursive,
            display_ascii_tree,
            synapse_client=synapse_client,
        )

        async def following() -> Any:
            return await anext(steps, None)

        while (step := run(following())) is not None:
            yield step

    sync_from_synapse = blocking(sync_from_synapse_async)
    sync_to_synapse = blocking(sync_to_synapse_async)
    generate_sync_manifest = blocking(generate_sync_manifest_async)


_AT_ONCE = 8
LISTS = {
    CONCRETE_TYPES["table"]: ("tables", "Table"),
    CONCRETE_TYPES["entityview"]: ("entityviews", "EntityView"),
    CONCRETE_TYPES["submissionview"]: ("submissionviews", "SubmissionView"),
    CONCRETE_TYPES["dataset"]: ("datasets", "Dataset"),
    CONCRETE_TYPES["datasetcollection"]: ("datasetcollections", "DatasetCollection"),
    CONCRETE_TYPES["materializedview"]: ("materializedviews", "MaterializedView"),
    CONCRETE_TYPES["virtualtable"]: ("virtualtables", "VirtualTable"),
}
"""Which list of a container has what, and the name of its model, by its concreteType."""


async def _take_others(
    syn: Synapse, found: Tree, places: dict[str, Any], types: list[str] | None
) -> dict[str, Exception]:
    """Put what has columns into the lists of the containers that it is in; why some could not
    be got, by id."""
    import asyncio

    from synapseclient import models

    for place in places.values():
        for name, _ in LISTS.values():
            setattr(place, name, [])
    known = LISTS if types is None else {CONCRETE_TYPES.get(name, "") for name in types}
    gate = asyncio.Semaphore(_AT_ONCE)
    failures: dict[str, Exception] = {}

    async def get(model: Any) -> None:
        async with gate:
            try:
                await model.get_async(synapse_client=syn)
            except Exception as error:
                failures[model.id] = error

    waiting = []
    for each in sorted(found.others, key=lambda other: other.name):
        if each.type in LISTS and each.type in known:
            name, kind = LISTS[each.type]
            model = getattr(models, kind)(id=each.id, name=each.name)
            getattr(places.get(each.parent, places[found.top]), name).append(model)
            waiting.append(get(model))
    await asyncio.gather(*waiting)
    return failures


async def _children(
    syn: Synapse, id: str, types: list[str]
) -> tuple[list[EntityHeader], list[EntityHeader]]:
    from synapse_wire import entities as wire

    folders: list[EntityHeader] = []
    others: list[EntityHeader] = []
    request = msgspec.convert(
        {"parentId": id, "includeTypes": types}, type=wire.EntityChildrenRequest
    )
    while True:
        page = await syn.call(wire.list_children, request)
        for each in page.page:
            (folders if each.type in CONTAINER_TYPES else others).append(each)
        if page.next_page_token is None:
            return folders, others
        request.next_page_token = page.next_page_token
