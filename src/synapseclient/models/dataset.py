"""Datasets: chosen versions of files as a table; and collections of datasets."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.file import File
from synapseclient.models.folder import Folder
from synapseclient.models.view import RowUpdates, ViewBase
from synapseclient.tables import views as legacy
from synapseclient.tables.kinds import ViewEntityType, ViewTypeMask

if TYPE_CHECKING:
    from synapseclient.entity import Entity


@dataclass
class EntityRef:
    """A version of an entity."""

    id: str
    version: int

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        return {"entityId": self.id, "versionNumber": self.version}


class _ItemView(RowUpdates, ViewBase):
    """A view whose rows are picked one by one."""

    if TYPE_CHECKING:
        items: list[EntityRef]

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from what the server sends."""
        super().fill_from_dict(entity, set_annotations)
        self.items = [
            EntityRef(each["entityId"], each["versionNumber"]) for each in entity.get("items") or ()
        ]
        return self

    def _own_properties(self) -> dict[str, Any]:
        items = [each.to_synapse_request() for each in self.items or ()]
        return {**super()._own_properties(), "items": items}

    def _join(self, existing: Entity) -> None:
        mine = {each.id for each in self.items}
        stored = type(self)().fill_from_dict(existing.properties, False).items
        self.items = [*self.items, *(each for each in stored if each.id not in mine)]

    def _add(self, item: EntityRef) -> None:
        if item not in self.items:
            self.items.append(item)


@dataclass
class Dataset(_ItemView):
    """Versions of files, its ``items``, as a table: a row for each, their annotations and
    properties in its columns. ``size`` is that of all files, ``checksum`` that of their MD5s."""

    view_entity_type: ViewEntityType | None = ViewEntityType.DATASET
    view_type_mask: Any = ViewTypeMask.DATASET
    description: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = field(default=None, compare=False)
    is_search_enabled: bool | None = None
    items: list[EntityRef] = field(default_factory=list, compare=False)
    size: int | None = field(default=None, compare=False)
    checksum: str | None = field(default=None, compare=False)
    count: int | None = field(default=None, compare=False)
    columns: Any = field(default_factory=OrderedDict, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)

    _kind: ClassVar[type[Entity]] = legacy.Dataset

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from a dataset as the server sends it."""
        super().fill_from_dict(entity, set_annotations)
        self.size = entity.get("size")
        self.checksum = entity.get("checksum")
        self.count = entity.get("count")
        return self

    async def add_item_async(
        self, item: EntityRef | File | Folder, *, synapse_client: Synapse | None = None
    ) -> None:
        """Add a version of a file, a file as it is now, or all files of a folder and of those in
        it; ``store`` makes it so.

        Args:
            item: An ``EntityRef``, a ``File`` or a ``Folder``.
            synapse_client: The session.

        Raises:
            ValueError: It is nothing of the kind.
        """
        for each in await _items_of(item, synapse_client):
            self._add(each)

    async def remove_item_async(
        self, item: EntityRef | File | Folder, *, synapse_client: Synapse | None = None
    ) -> None:
        """Remove a version of a file, a file as it is now, or all files of a folder and of those
        in it; ``store`` makes it so.

        Args:
            item: An ``EntityRef``, a ``File`` or a ``Folder``.
            synapse_client: The session.

        Raises:
            ValueError: It is nothing of the kind, or one of the files is not in the dataset; then
                nothing was removed.
        """
        gone = await _items_of(item, synapse_client)
        for each in gone:
            if each not in self.items:
                raise ValueError(f"Entity {each.id} not found in items list")
        self.items = [each for each in self.items if each not in gone]

    add_item = blocking(add_item_async)
    remove_item = blocking(remove_item_async)


async def _items_of(item: Any, synapse_client: Synapse | None) -> list[EntityRef]:
    """The versions of files that something stands for."""
    if isinstance(item, EntityRef):
        return [item]
    syn = Synapse.get_client(synapse_client)
    if isinstance(item, File):
        if item.id is None or item.version_number is None:
            wanted = File(id=item.id, name=item.name, parent_id=item.parent_id, download_file=False)
            item = await wanted.get_async(synapse_client=syn)
        return [EntityRef(str(item.id), int(item.version_number or 1))]
    if not isinstance(item, Folder):
        raise ValueError(
            f"item must be one of EntityRef, File, or Folder. {item} is a {type(item)}"
        )
    found: list[EntityRef] = []
    waiting = [item.id or (await item.get_async(synapse_client=syn)).id]
    while waiting:
        async for child in syn.get_children_async(waiting.pop(), ["folder", "file"]):
            if child["type"] == Folder._kind._synapse_entity_type:
                waiting.append(child["id"])
            else:
                found.append(EntityRef(child["id"], child["versionNumber"]))
    return found


@dataclass
class DatasetCollection(_ItemView):
    """Versions of datasets, its ``items``, as a table."""

    view_entity_type: ViewEntityType | None = ViewEntityType.DATASET_COLLECTION
    view_type_mask: Any = ViewTypeMask.DATASET_COLLECTION
    description: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = field(default=None, compare=False)
    is_search_enabled: bool | None = None
    items: list[EntityRef] = field(default_factory=list, compare=False)
    columns: Any = field(default_factory=OrderedDict, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)

    _kind: ClassVar[type[Entity]] = legacy.DatasetCollection

    def add_item(self, item: Dataset | EntityRef) -> None:
        """Add a version of a dataset; ``store`` makes it so.

        Raises:
            ValueError: It is none.
        """
        self._add(_reference(item))

    def remove_item(self, item: Dataset | EntityRef) -> None:
        """Remove a version of a dataset, or without a version all of them; ``store`` makes it so.

        Raises:
            ValueError: It is no dataset.
        """
        gone = _reference(item)
        self.items = [
            each
            for each in self.items
            if each.id != gone.id or (gone.version and each.version != gone.version)
        ]


def _reference(item: Any) -> EntityRef:
    if isinstance(item, Dataset):
        return EntityRef(item._require_id(), item.version_number)  # type: ignore[arg-type]
    if not isinstance(item, EntityRef):
        raise ValueError(f"item must be a Dataset or EntityRef. {item} is a {type(item)}")
    return item
