"""Folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.utils import id_of
from synapseclient.models.container import ContainerModel, FailureStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapseclient.models.file import File
    from synapseclient.models.project import Project


@dataclass
class Folder(ContainerModel):
    """A folder in a project or in another folder."""

    id: str | None = None
    name: str | None = None
    parent_id: str | None = None
    description: str | None = None
    etag: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    created_by: str | None = None
    modified_by: str | None = None
    files: list[File] = field(default_factory=list, compare=False)
    folders: list[Folder] = field(default_factory=list, compare=False)
    tables: list[Any] = field(default_factory=list, compare=False)
    entityviews: list[Any] = field(default_factory=list, compare=False)
    submissionviews: list[Any] = field(default_factory=list, compare=False)
    datasets: list[Any] = field(default_factory=list, compare=False)
    datasetcollections: list[Any] = field(default_factory=list, compare=False)
    materializedviews: list[Any] = field(default_factory=list, compare=False)
    virtualtables: list[Any] = field(default_factory=list, compare=False)
    searchindexes: list[Any] = field(default_factory=list, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    is_restricted: bool = field(default=False, repr=False)
    create_or_update: bool = field(default=True, repr=False)
    _last_persistent_instance: Folder | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Folder

    def fill_from_dict(
        self, synapse_folder: Mapping[str, Any], set_annotations: bool = True
    ) -> Folder:
        """Set the fields from a folder as the server sends it."""
        return self._fill(synapse_folder, set_annotations)

    async def get_async(
        self, parent: Folder | Project | None = None, *, synapse_client: Synapse | None = None
    ) -> Folder:
        """Get it by its id, or by its name and parent; what is in it is not got."""
        if parent is not None:
            self.parent_id = id_of(parent)
        return await self._get(Synapse.get_client(synapse_client))

    async def store_async(
        self,
        parent: Folder | Project | None = None,
        failure_strategy: FailureStrategy = FailureStrategy.LOG_EXCEPTION,
        *,
        synapse_client: Synapse | None = None,
    ) -> Folder:
        """Create or change it, with the files and folders that are in its lists.

        Args:
            parent: Where it is to be, instead of ``parent_id``.
            failure_strategy: Whether something in it that cannot be stored ends all.
            synapse_client: The session.
        """
        if parent is not None:
            self.parent_id = id_of(parent)
        return await self._store(Synapse.get_client(synapse_client), failure_strategy)

    async def copy_async(
        self,
        parent_id: str,
        copy_annotations: bool = True,
        exclude_types: list[str] | None = None,
        file_update_existing: bool = False,
        file_copy_activity: str | None = "traceback",
        *,
        synapse_client: Synapse | None = None,
    ) -> Folder:
        """A copy elsewhere, with all that is in it; no bytes are sent.

        Args:
            parent_id: The project or folder to put it into.
            copy_annotations: With the annotations.
            exclude_types: Of ``file``, ``link`` and ``table``, those to leave out.
            file_update_existing: Change what has the same name there, unless it is the same
                already.
            file_copy_activity: Of files: ``traceback`` records that they were copied, and from
                what; ``existing`` has the activity of the original; None records nothing.
            synapse_client: The session; the latest one if not given.

        Raises:
            ValueError: It cannot be; nothing was copied.
            SynapseError: Something in it could not be copied; all else was.
        """
        from synapseclient.sync.copy import copy_to

        syn = Synapse.get_client(synapse_client)
        new = await copy_to(
            syn,
            self._require_id(),
            parent_id,
            annotations=copy_annotations,
            exclude=exclude_types or (),
            update_existing=file_update_existing,
            provenance=file_copy_activity,
        )
        copy = await Folder(id=new).get_async(synapse_client=syn)
        return await copy.sync_from_synapse_async(download_file=False, synapse_client=syn)

    get = blocking(get_async)
    store = blocking(store_async)
    copy = blocking(copy_async)
