"""Verbs for any kind of entity: ``get``, ``store``, ``delete`` and small questions."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseNotFoundError
from synapseclient.core.utils import get_synid_and_version, id_of, is_synapse_id_str
from synapseclient.models.container import FailureStrategy
from synapseclient.models.file import File
from synapseclient.models.folder import Folder
from synapseclient.models.link import Link
from synapseclient.models.project import Project
from synapseclient.models.tabular import TabularModel
from synapseclient.models.targets import get_model, kind_of
from synapseclient.models.team import Team


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
    """Whether to get the columns of a table or view, too."""

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
    """How to store a project or folder: ``RAISE_EXCEPTION`` or ``LOG_EXCEPTION``."""

    failure_strategy: FailureStrategy | str | None = None


@dataclass
class StoreTableOptions:
    """How to store a table or view: ``dry_run`` only says what would be done; ``job_timeout`` is how many
    seconds a change of columns may take."""

    dry_run: bool = False
    job_timeout: int = 600


@dataclass
class StoreJSONSchemaOptions:
    """For JSON schemas, which come with a later release."""

    schema_body: dict[str, Any]
    version: str | None = None
    dry_run: bool = False


@dataclass
class StoreGridOptions:
    """For grids, which come with a later release."""

    attach_to_previous_session: bool = False
    timeout: int = 120


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
            raise SynapseNotFoundError(
                f"There is no entity named {entity_name!r} in {parent_id or 'Synapse'}."
            )
    id, named = get_synid_and_version(synapse_id)
    version = version_number if version_number is not None else named
    kind = await kind_of(syn, id)
    if kind == "Link":
        follow = (link_options or LinkOptions()).follow_link
        return await Link(id=id).get_async(
            follow_link=follow, file_options=file_options, synapse_client=syn
        )
    return await get_model(
        syn,
        kind,
        id,
        version,
        include_activity=bool(activity_options and activity_options.include_activity),
        file_options=file_options,
        include_columns=(table_options or TableOptions()).include_columns,
    )


async def store_async(
    entity: Any,
    parent: Folder | Project | None = None,
    *,
    file_options: StoreFileOptions | None = None,
    container_options: StoreContainerOptions | None = None,
    table_options: StoreTableOptions | None = None,
    json_schema_options: StoreJSONSchemaOptions | None = None,
    grid_options: StoreGridOptions | None = None,
    synapse_client: Synapse | None = None,
) -> Any:
    """Create or change an entity, or create a team.

    Args:
        entity: The model.
        parent: Where it is to be, instead of its ``parent_id``.
        file_options: For files.
        container_options: For projects and folders.
        table_options: For tables and views.
        json_schema_options: For JSON schemas, which come with a later release.
        grid_options: For grids, likewise.
        synapse_client: The session.
    """
    if isinstance(entity, Team):
        return await entity.create_async(synapse_client=synapse_client)
    if isinstance(entity, Project | Folder):
        strategy = FailureStrategy.LOG_EXCEPTION
        if container_options is not None and container_options.failure_strategy is not None:
            strategy = FailureStrategy(container_options.failure_strategy)
        if isinstance(entity, Project):
            return await entity.store_async(strategy, synapse_client=synapse_client)
        return await entity.store_async(parent, strategy, synapse_client=synapse_client)
    if isinstance(entity, TabularModel):
        options = table_options or StoreTableOptions()
        if parent is not None:
            entity.parent_id = id_of(parent)
        return await entity.store_async(
            options.dry_run, job_timeout=options.job_timeout, synapse_client=synapse_client
        )
    if isinstance(entity, File):
        for name, value in vars(file_options or StoreFileOptions()).items():
            if value is not None:
                setattr(entity, name, value)
    elif not isinstance(entity, Link):
        raise NotImplementedError(
            f"A {type(entity).__name__} cannot be stored yet; it comes with a later release."
        )
    return await entity.store_async(parent, synapse_client=synapse_client)


async def delete_async(
    entity: Any,
    version: int | str | None = None,
    version_only: bool = False,
    *,
    synapse_client: Synapse | None = None,
) -> None:
    """Move an entity to the trash can, or delete one of its versions only; delete a team.

    Args:
        entity: A model, or an id such as ``syn123``, or ``syn123.4`` for a version.
        version: Which version; needs ``version_only``.
        version_only: Delete the version, keep the rest. Must be said, so that nobody who means
            one of the two gets the other.
        synapse_client: The session.
    """
    if isinstance(entity, Team):
        if version is not None or version_only:
            raise ValueError("A team has no versions to delete.")
        await entity.delete_async(synapse_client=synapse_client)
        return
    id, named = get_synid_and_version(id_of(entity))
    chosen = version if version is not None else named
    if not version_only:
        if chosen is not None:
            raise ValueError(
                f"To delete version {chosen} of {id}, give version_only=True; to delete {id} with"
                " all its versions, give no version."
            )
        await Synapse.get_client(synapse_client).delete_async(id)
        return
    if isinstance(entity, Project | Folder | Link):
        raise ValueError(f"{id} is a {type(entity).__name__}, which has no versions to delete.")
    if chosen is None:
        chosen = getattr(entity, "version_number", None)
    if chosen is None or not str(chosen).isdecimal():
        raise ValueError(f"version_only needs the number of a version of {id}, not {chosen}.")
    await Synapse.get_client(synapse_client).delete_async(id, int(chosen))


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
    import webbrowser

    address = Synapse.get_client(synapse_client)._web_address(id_of(entity), subpage_id)
    webbrowser.open(address)
    return address


async def print_entity_async(
    entity: Any, ensure_ascii: bool = True, *, synapse_client: Synapse | None = None
) -> None:
    """Print an entity, given by id or as a model, or anything else, as JSON."""
    syn = Synapse.get_client(synapse_client)
    if is_synapse_id_str(entity):
        options = FileOptions(download_file=False)
        entity = await get_async(entity, file_options=options, synapse_client=syn)
    syn.printEntity(_plain(entity), ensure_ascii)


def _plain(value: Any) -> Any:
    """What JSON has for it. Of models, the fields that their ``repr`` shows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.repr}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, datetime) else value


get = blocking(get_async)
store = blocking(store_async)
delete = blocking(delete_async)
find_entity_id = blocking(find_entity_id_async)
is_synapse_id = blocking(is_synapse_id_async)
md5_query = blocking(md5_query_async)
onweb = blocking(onweb_async)
print_entity = blocking(print_entity_async)
