"""Verbs for any kind of entity: ``get``, ``store``, ``delete`` and small questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.utils import get_synid_and_version, id_of
from synapseclient.models.file import File
from synapseclient.models.folder import Folder
from synapseclient.models.link import Link
from synapseclient.models.project import Project
from synapseclient.models.targets import get_model, kind_of


@dataclass
class ActivityOptions:
    """Whether to get what generated a thing, too."""

    include_activity: bool = False


@dataclass
class FileOptions:
    """Whether and where to get a file's bytes."""

    download_file: bool = True
    download_location: str | None = None
    if_collision: str = "keep.both"


@dataclass
class TableOptions:
    """For tables, which come with a later release."""

    include_columns: bool = True


@dataclass
class LinkOptions:
    """Whether to get what a link points to."""

    follow_link: bool = True


@dataclass
class StoreFileOptions:
    """How to store a file; None keeps what the file says."""

    synapse_store: bool | None = None
    content_type: str | None = None
    merge_existing_annotations: bool | None = None
    associate_activity_to_new_version: bool | None = None


@dataclass
class StoreContainerOptions:
    """How to store a project or folder."""

    failure_strategy: str | None = None


async def get_async(
    synapse_id: str | None = None,
    *,
    entity_name: str | None = None,
    parent_id: str | None = None,
    version_number: int | None = None,
    activity_options: ActivityOptions | None = None,
    file_options: FileOptions | None = None,
    table_options: TableOptions | None = None,
    link_options: LinkOptions | None = None,
    synapse_client: Synapse | None = None,
) -> Any:
    """An entity as the model of its type, by its id or by its name and parent."""
    syn = Synapse.get_client(synapse_client)
    if (synapse_id is None) == (entity_name is None):
        raise ValueError("Give either synapse_id or entity_name.")
    if synapse_id is None:
        synapse_id = await syn.find_entity_id_async(entity_name or "", parent_id)
        if synapse_id is None:
            raise ValueError(
                f"There is no entity named {entity_name!r} in {parent_id or 'Synapse'}."
            )
    id, named = get_synid_and_version(synapse_id)
    version = version_number if version_number is not None else named
    kind = await kind_of(syn, id)
    if kind == "Link":
        follow = (link_options or LinkOptions()).follow_link
        return await Link(id=id).get_async(follow_link=follow, synapse_client=syn)
    files = file_options or FileOptions()
    return await get_model(
        syn,
        kind,
        id,
        version,
        include_activity=bool(activity_options and activity_options.include_activity),
        path=files.download_location,
        download_file=files.download_file,
        if_collision=files.if_collision,
    )


async def store_async(
    entity: Any,
    parent: Folder | Project | None = None,
    *,
    file_options: StoreFileOptions | None = None,
    container_options: StoreContainerOptions | None = None,
    synapse_client: Synapse | None = None,
    **_: Any,
) -> Any:
    """Create or change an entity."""
    if not isinstance(entity, File | Folder | Project | Link):
        raise NotImplementedError(
            f"A {type(entity).__name__} cannot be stored yet; it comes with a later release."
        )
    if isinstance(entity, File) and file_options is not None:
        for name, value in vars(file_options).items():
            if value is not None:
                setattr(entity, name, value)
    return await entity.store_async(parent, synapse_client=synapse_client)


async def delete_async(
    entity: Any,
    version: int | str | None = None,
    version_only: bool = False,
    *,
    synapse_client: Synapse | None = None,
) -> None:
    """Move an entity, given by id or as a model, to the trash can, or delete a version."""
    syn = Synapse.get_client(synapse_client)
    named = get_synid_and_version(entity)[1] if isinstance(entity, str) else None
    chosen = version if version is not None else named
    if chosen is None and version_only:
        chosen = getattr(entity, "version_number", None)
        if chosen is None:
            raise ValueError("version_only needs a version.")
    id = get_synid_and_version(id_of(entity))[0]
    await syn.delete_async(id, None if chosen is None else int(chosen))


async def find_entity_id_async(
    name: str, parent: Any = None, *, synapse_client: Synapse | None = None
) -> str | None:
    """The id of the entity of a name in a parent, of a project without one; None if none."""
    return await Synapse.get_client(synapse_client).find_entity_id_async(name, parent)


async def is_synapse_id_async(syn_id: str, *, synapse_client: Synapse | None = None) -> bool:
    """Whether something is the id of an entity that exists."""
    import asyncio

    syn = Synapse.get_client(synapse_client)
    return await asyncio.to_thread(syn.is_synapse_id, syn_id)


async def md5_query_async(
    md5: str, *, synapse_client: Synapse | None = None
) -> list[dict[str, Any]]:
    """The headers of entities whose file has this MD5."""
    return await Synapse.get_client(synapse_client).md5_query_async(md5)


async def onweb_async(
    entity: Any, subpage_id: str | None = None, *, synapse_client: Synapse | None = None
) -> str:
    """Open an entity in the browser; the address."""
    return Synapse.get_client(synapse_client).onweb(id_of(entity), subpage_id)


async def print_entity_async(
    entity: Any, ensure_ascii: bool = True, *, synapse_client: Synapse | None = None
) -> None:
    """Print an entity."""
    syn = Synapse.get_client(synapse_client)
    shown = entity
    if isinstance(entity, str):
        shown = await syn.get_async(entity, downloadFile=False)
    syn.printEntity(shown, ensure_ascii)


get = blocking(get_async)
store = blocking(store_async)
delete = blocking(delete_async)
find_entity_id = blocking(find_entity_id_async)
is_synapse_id = blocking(is_synapse_id_async)
md5_query = blocking(md5_query_async)
onweb = blocking(onweb_async)
print_entity = blocking(print_entity_async)
