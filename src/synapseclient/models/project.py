"""Projects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.container import ContainerModel, FailureStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapseclient.models.file import File
    from synapseclient.models.folder import Folder


@dataclass
class Project(ContainerModel):
    """A project: the top of a tree, and what is usually shared."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    etag: str | None = None
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    alias: str | None = None
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
    create_or_update: bool = field(default=True, repr=False)
    parent_id: str | None = None
    _last_persistent_instance: Project | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Project

    def _parent_to_look_in(self) -> str | None:
        return None

    def fill_from_dict(
        self, synapse_project: Mapping[str, Any], set_annotations: bool = True
    ) -> Project:
        """Set the fields from a project as the server sends it."""
        return self._fill(synapse_project, set_annotations)

    async def get_async(self, *, synapse_client: Synapse | None = None) -> Project:
        """Get it by its id, or by its name; what is in it is not got."""
        return await self._get(Synapse.get_client(synapse_client))

    async def store_async(
        self,
        failure_strategy: FailureStrategy = FailureStrategy.LOG_EXCEPTION,
        *,
        synapse_client: Synapse | None = None,
    ) -> Project:
        """Create or change it, with the files and folders that are in its lists.

        Args:
            failure_strategy: Whether something in it that cannot be stored ends all.
            synapse_client: The session.
        """
        return await self._store(Synapse.get_client(synapse_client), failure_strategy)

    async def copy_async(
        self,
        destination_id: str,
        copy_annotations: bool = True,
        copy_wiki: bool = True,
        exclude_types: list[str] | None = None,
        file_update_existing: bool = False,
        file_copy_activity: str | None = "traceback",
        *,
        synapse_client: Synapse | None = None,
    ) -> Project:
        """Copy all that is in it into another project; no bytes are sent.

        Args:
            destination_id: The other project.
            copy_annotations: With the annotations.
            copy_wiki: With the wikis of all that is copied; links in them lead to the copies.
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
        from synapseclient.sync.wikis import WikiOptions

        syn = Synapse.get_client(synapse_client)
        new = await copy_to(
            syn,
            self._require_id(),
            destination_id,
            annotations=copy_annotations,
            wikis=WikiOptions() if copy_wiki else None,
            exclude=exclude_types or (),
            update_existing=file_update_existing,
            provenance=file_copy_activity,
        )
        copy = await Project(id=new).get_async(synapse_client=syn)
        return await copy.sync_from_synapse_async(download_file=False, synapse_client=syn)

    get = blocking(get_async)
    store = blocking(store_async)
    copy = blocking(copy_async)
