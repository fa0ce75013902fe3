"""Which model an id stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_wire.entities import get_entity_type
from synapseclient.client import Synapse
from synapseclient.models.dataset import Dataset, DatasetCollection
from synapseclient.models.entityview import EntityView
from synapseclient.models.file import File
from synapseclient.models.folder import Folder
from synapseclient.models.materializedview import MaterializedView
from synapseclient.models.project import Project
from synapseclient.models.submissionview import SubmissionView
from synapseclient.models.table import Table
from synapseclient.models.tabular import TabularModel
from synapseclient.models.virtualtable import VirtualTable

if TYPE_CHECKING:
    from synapseclient.operations import FileOptions


TABULAR: dict[str, type[TabularModel]] = {
    "TableEntity": Table,
    "EntityView": EntityView,
    "SubmissionView": SubmissionView,
    "Dataset": Dataset,
    "DatasetCollection": DatasetCollection,
    "MaterializedView": MaterializedView,
    "VirtualTable": VirtualTable,
}
"""What has columns, by the last word of its type."""


async def kind_of(syn: Synapse, id: str) -> str:
    """The last word of an entity's type: ``Project``, ``Folder``, ``FileEntity``, ``Link`` …"""
    header = await syn.call(get_entity_type, id)
    return (header.type or "").rsplit(".", 1)[-1]


async def get_model(
    syn: Synapse,
    kind: str,
    id: str,
    version: int | None = None,
    *,
    include_activity: bool = False,
    file_options: FileOptions | None = None,
    include_columns: bool = True,
) -> Project | Folder | File | TabularModel:
    """An entity that is not a link, got from the server.

    Args:
        syn: The session.
        kind: What ``kind_of`` says.
        id: Which one.
        version: Which version of a file, a table or a view.
        include_activity: With what generated it, likewise.
        file_options: Whether and where to get a file's bytes.
        include_columns: With the columns of a table or view.

    Raises:
        NotImplementedError: Its type comes with a later release.
    """
    if kind == "FileEntity":
        file = File(id=id, version_number=version)
        if file_options is not None:
            file.path = file_options.download_location
            file.download_file = file_options.download_file
            file.if_collision = file_options.if_collision
        return await file.get_async(include_activity=include_activity, synapse_client=syn)
    if kind in TABULAR:
        return await TABULAR[kind](id=id, version_number=version).get_async(
            include_columns, include_activity, synapse_client=syn
        )
    if kind == "Folder":
        return await Folder(id=id).get_async(synapse_client=syn)
    if kind == "Project":
        return await Project(id=id).get_async(synapse_client=syn)
    raise NotImplementedError(f"{id} is a {kind}, which comes with a later release.")
