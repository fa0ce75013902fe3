"""The older classes of views: entity views, submission views, datasets; and of tables that are
what a query finds."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, cast

from synapse_wire.entities import CONCRETE_TYPES
from synapseclient.core.utils import id_of
from synapseclient.entity import Versionable
from synapseclient.tables.schemas import SchemaBase

if TYPE_CHECKING:
    from synapseclient.client import Synapse

Given = Mapping[str, Any] | None


class EntityViewType(Enum):
    """What an entity view shows."""

    FILE = 0x01
    PROJECT = 0x02
    TABLE = 0x04
    FOLDER = 0x08
    VIEW = 0x10
    DOCKER = 0x20
    SUBMISSION_VIEW = 0x40
    DATASET = 0x80
    DATASET_COLLECTION = 0x100
    MATERIALIZED_VIEW = 0x200


_OLDER_TYPES = {"file": 0x1, "project": 0x2, "file_and_table": 0x5}


def mask_of(types: Iterable[Any] | None) -> int:
    """The mask of several types.

    Raises:
        ValueError: There are none, or one is no ``EntityViewType``.
    """
    mask = 0
    for each in types or ():
        if not isinstance(each, EntityViewType):
            raise ValueError(
                "Please use EntityViewType to specify the type you want to include in a View."
            )
        mask |= each.value
    if not mask:
        raise ValueError(
            "Please include at least one of the entity types specified in EntityViewType."
        )
    return mask


def mask_of_older(kind: str) -> int:
    """The mask of a type as the oldest clients name it.

    Raises:
        ValueError: It is none of them.
    """
    if kind not in _OLDER_TYPES:
        raise ValueError(
            f"The provided value is not a valid type: {kind!r}; they are {', '.join(_OLDER_TYPES)}."
        )
    return _OLDER_TYPES[kind]


class ViewBase(SchemaBase, Versionable):
    """What views share. Unless switched off, storing a new one adds the columns that such a view
    usually has, and one for each annotation of what it shows."""

    _property_keys: ClassVar[list[str]] = [
        *SchemaBase._property_keys,
        "viewTypeMask",
        "scopeIds",
        "isSearchEnabled",
    ]
    _local_keys: ClassVar[list[str]] = [
        *SchemaBase._local_keys,
        "addDefaultViewColumns",
        "addAnnotationColumns",
        "ignoredAnnotationColumnNames",
    ]
    _at_first: ClassVar[dict[str, Any]] = {"scopeIds": []}
    """Properties of a view that says nothing of them."""

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        parent: Any = None,
        scopes: Any = None,
        addDefaultViewColumns: bool = True,
        addAnnotationColumns: bool = True,
        ignoredAnnotationColumnNames: Iterable[str] = (),
        properties: Given = None,
        annotations: Given = None,
        local_state: Given = None,
        **kwargs: Any,
    ) -> None:
        is_new = not (properties or local_state)
        self.__dict__["addDefaultViewColumns"] = addDefaultViewColumns and is_new
        self.__dict__["addAnnotationColumns"] = addAnnotationColumns and is_new
        self.__dict__["ignoredAnnotationColumnNames"] = set(ignoredAnnotationColumnNames)
        super().__init__(name, columns, properties, annotations, local_state, parent, **kwargs)
        for key, value in copy.deepcopy(self._at_first).items():
            self.properties.setdefault(key, value)
        if scopes is not None:
            self.add_scope(scopes)

    def add_scope(self, entities: Any) -> None:
        """Add a container, or an evaluation, whose content the view shows; or a list of them."""
        each = entities if isinstance(entities, list) else [entities]
        scope = self.properties.setdefault("scopeIds", [])
        scope += [id_of(one) for one in each]

    def _scope(self) -> list[str]:
        return [str(id) for id in self.properties.get("scopeIds") or ()]

    async def _prepare(self, syn: Synapse) -> None:
        kind = self._synapse_entity_type.rsplit(".", 1)[-1].lower()
        mask = self.properties.get("viewTypeMask")
        wanted: list[Any] = []
        if self.addDefaultViewColumns:
            wanted += await syn.default_view_columns_async(kind, mask)
        if self.addAnnotationColumns:
            found = await syn.annotation_view_columns_async(self._scope(), kind, mask)
            wanted += [
                each for each in found if each["name"] not in self.ignoredAnnotationColumnNames
            ]
        if wanted:
            self.addColumns(await self._new_of(syn, wanted))
        self.__dict__["addDefaultViewColumns"] = self.__dict__["addAnnotationColumns"] = False
        await super()._prepare(syn)

    async def _new_of(self, syn: Synapse, wanted: Sequence[Any]) -> list[Any]:
        """Those of these columns that it does not have; of two with the same name the first."""
        known = {each["name"]: each for each in self.columns_to_store}
        for id in self.properties["columnIds"]:
            column = await syn.get_column_async(id)
            known[column["name"]] = column
        new = []
        for each in wanted:
            mine = known.setdefault(each["name"], each)
            if mine is each:
                new.append(each)
            elif mine["columnType"] != each["columnType"]:
                syn.logger.warning(
                    "The column %s is %s; it is not added again as %s.",
                    each["name"],
                    mine["columnType"],
                    each["columnType"],
                )
        return new


class EntityViewSchema(ViewBase):
    """The entities of some types below projects and folders, as a table.

    Args:
        name: What it is called.
        columns: Its columns, or their ids.
        parent: The project that it is in.
        scopes: The projects and folders, or one of them.
        type: What it shows, as older clients name it: ``file``, ``project``, ``file_and_table``.
        includeEntityTypes: What it shows: a list of ``EntityViewType``; files if not given.
        addDefaultViewColumns: Add the columns that such a view usually has.
        addAnnotationColumns: Add a column for each annotation of what it shows.
        ignoredAnnotationColumnNames: But not for these.
        properties: What the server defines.
        annotations: Annotations of the view itself.
        local_state: What is known on this machine only.
        kwargs: More of properties and annotations.

    Raises:
        ValueError: There is no such type.
    """

    _synapse_entity_type = CONCRETE_TYPES["entityview"]
    _at_first: ClassVar[dict[str, Any]] = {
        "viewTypeMask": EntityViewType.FILE.value,
        "scopeIds": [],
    }

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        parent: Any = None,
        scopes: Any = None,
        type: str | None = None,
        includeEntityTypes: Iterable[EntityViewType] | None = None,
        addDefaultViewColumns: bool = True,
        addAnnotationColumns: bool = True,
        ignoredAnnotationColumnNames: Iterable[str] = (),
        properties: Given = None,
        annotations: Given = None,
        local_state: Given = None,
        **kwargs: Any,
    ) -> None:
        given = dict(properties or {})
        older = type or given.pop("type", None)
        if includeEntityTypes:
            kwargs["viewTypeMask"] = mask_of(includeEntityTypes)
        elif older:
            kwargs["viewTypeMask"] = mask_of_older(older)
        super().__init__(
            name,
            columns,
            parent,
            scopes,
            addDefaultViewColumns,
            addAnnotationColumns,
            ignoredAnnotationColumnNames,
            given,
            annotations,
            local_state,
            **kwargs,
        )

    def set_entity_types(self, includeEntityTypes: Iterable[EntityViewType]) -> None:
        """Say what it shows; ``store`` makes it so.

        Raises:
            ValueError: There are none, or one is no ``EntityViewType``.
        """
        self.properties["viewTypeMask"] = mask_of(includeEntityTypes)


class SubmissionViewSchema(ViewBase):
    """The submissions to evaluations, its ``scopes``, as a table."""

    _synapse_entity_type = CONCRETE_TYPES["submissionview"]


class _ItemView(ViewBase):
    """A view whose rows are picked one by one: ``datasetItems``, each a mapping of ``entityId``
    and ``versionNumber``."""

    _property_keys: ClassVar[list[str]] = [*ViewBase._property_keys, "items"]

    def _items(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self.properties.setdefault("items", []))

    def __getitem__(self, key: str) -> Any:
        return self._items() if key == "datasetItems" else super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "datasetItems":
            self.properties["items"] = list(value or ())
        else:
            super().__setitem__(key, value)

    def _scope(self) -> list[str]:
        return [str(each["entityId"]) for each in self._items()]


class Dataset(_ItemView):
    """Versions of files as a table.

    Args:
        name: What it is called.
        columns: Its columns, or their ids.
        parent: The project that it is in.
        properties: What the server defines.
        addDefaultViewColumns: Add the columns that a dataset usually has.
        addAnnotationColumns: Add a column for each annotation of the files.
        ignoredAnnotationColumnNames: But not for these.
        annotations: Annotations of the dataset itself.
        local_state: What is known on this machine only.
        dataset_items: Its files, each a mapping of ``entityId`` and ``versionNumber``.
        folders: Folders whose files are added when it is stored.
        force: Replace a file that is there by the version that is added; else that is an error.
        kwargs: More of properties and annotations.
    """

    _synapse_entity_type = CONCRETE_TYPES["dataset"]
    _at_first: ClassVar[dict[str, Any]] = {"viewTypeMask": EntityViewType.DATASET.value}
    _property_keys: ClassVar[list[str]] = [*_ItemView._property_keys, "size", "checksum", "count"]
    _local_keys: ClassVar[list[str]] = [*_ItemView._local_keys, "folders_to_add", "force"]

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        parent: Any = None,
        properties: Given = None,
        addDefaultViewColumns: bool = True,
        addAnnotationColumns: bool = True,
        ignoredAnnotationColumnNames: Iterable[str] = (),
        annotations: Given = None,
        local_state: Given = None,
        dataset_items: Sequence[Mapping[str, Any]] | None = None,
        folders: Iterable[Any] | None = None,
        force: bool = False,
        **kwargs: Any,
    ) -> None:
        self.__dict__["folders_to_add"] = set()
        self.__dict__["force"] = force
        super().__init__(
            name,
            columns,
            parent,
            None,
            addDefaultViewColumns,
            addAnnotationColumns,
            ignoredAnnotationColumnNames,
            properties,
            annotations,
            local_state,
            **kwargs,
        )
        self.add_items(dataset_items or (), force)
        if folders:
            self.add_folders(folders, force)

    def __len__(self) -> int:
        """How many files it has."""
        return len(self._items())

    def __bool__(self) -> bool:
        return True  # one without files is there all the same

    def add_item(self, dataset_item: Mapping[str, Any], force: bool = True) -> None:
        """Add a file.

        Args:
            dataset_item: Its ``entityId`` and ``versionNumber``.
            force: Let it replace another version of the file.

        Raises:
            LookupError: One of the two is missing.
            ValueError: It is nothing of the kind, or another version is there.
        """
        if not isinstance(dataset_item, Mapping):
            raise ValueError(f"Not a DatasetItem? {dataset_item}")
        missing = {"entityId", "versionNumber"} - set(dataset_item)
        if missing:
            raise LookupError(f"DatasetItem missing a required property: {missing}")
        id = dataset_item["entityId"]
        if self.has_item(id):
            if not force:
                raise ValueError(
                    f"Duplicate item found: {id}. Set force=True to overwrite the existing item."
                )
            self.remove_item(id)
        self._items().append(dict(dataset_item))

    def add_items(self, dataset_items: Iterable[Mapping[str, Any]], force: bool = True) -> None:
        """Add several files."""
        for each in dataset_items:
            self.add_item(each, force)

    def remove_item(self, item_id: Any) -> None:
        """Remove a file, if it is there.

        Raises:
            ValueError: It is no id.
        """
        id = id_of(item_id)
        if not id.startswith("syn"):
            raise ValueError(f"Not a Synapse ID: {id}")
        self.datasetItems = [each for each in self._items() if each["entityId"] != id]

    def empty(self) -> None:
        """Remove all files."""
        self.datasetItems = []

    def has_item(self, item_id: str) -> bool:
        """Whether a file is there, in whichever version."""
        return any(each["entityId"] == item_id for each in self._items())

    def add_folder(self, folder: Any, force: bool = True) -> None:
        """Add all files below a folder, when the dataset is stored."""
        self.__dict__["folders_to_add"].add(id_of(folder))
        self.__dict__["force"] = force

    def add_folders(self, folders: Iterable[Any], force: bool = True) -> None:
        """Add all files below several folders, when the dataset is stored.

        Raises:
            ValueError: It is no list of folders.
        """
        if not isinstance(folders, list | set | tuple):
            raise ValueError(f"Not a list of Folder IDs: {folders}")
        for each in folders:
            self.add_folder(each, force)

    async def _prepare(self, syn: Synapse) -> None:
        for folder in sorted(self.folders_to_add):
            self.add_items(await _files_below(syn, folder), self.force)
        self.__dict__["folders_to_add"] = set()
        await super()._prepare(syn)
        self.__dict__["force"] = True


async def _files_below(syn: Synapse, folder: str) -> list[dict[str, Any]]:
    found, waiting = [], [folder]
    while waiting:
        async for child in syn.get_children_async(waiting.pop()):
            if child["type"] == CONCRETE_TYPES["folder"]:
                waiting.append(child["id"])
            elif child["type"] == CONCRETE_TYPES["file"]:
                found.append({"entityId": child["id"], "versionNumber": child["versionNumber"]})
            else:
                raise ValueError(
                    f"{child['id']} in {folder} is no file: a dataset has nothing else. Add the"
                    " files themselves."
                )
    return found


class DatasetCollection(_ItemView):
    """Versions of datasets as a table."""

    _synapse_entity_type = CONCRETE_TYPES["datasetcollection"]
    _at_first: ClassVar[dict[str, Any]] = {"viewTypeMask": EntityViewType.DATASET_COLLECTION.value}


class _DefinedBySql(SchemaBase, Versionable):
    """A table that is what the query ``definingSQL`` finds; its columns follow from that."""

    _property_keys: ClassVar[list[str]] = [
        *SchemaBase._property_keys,
        "definingSQL",
        "isSearchEnabled",
    ]

    def __init__(
        self,
        name: str | None = None,
        columns: Iterable[Any] | None = None,
        parent: Any = None,
        definingSQL: str | None = None,
        properties: Given = None,
        annotations: Given = None,
        local_state: Given = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            name,
            columns,
            properties,
            annotations,
            local_state,
            parent,
            definingSQL=definingSQL,
            **kwargs,
        )


class MaterializedViewSchema(_DefinedBySql):
    """What a query over tables and views finds, kept up to date, as a table."""

    _synapse_entity_type = CONCRETE_TYPES["materializedview"]


class VirtualTableSchema(_DefinedBySql):
    """What a query over one table or view finds, asked anew each time, as a table."""

    _synapse_entity_type = CONCRETE_TYPES["virtualtable"]
