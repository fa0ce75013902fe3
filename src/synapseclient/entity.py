"""The older entity classes: mappings and attributes at once.

An entity has *properties*, which the server defines, *annotations*, which users make up, and
*local state*, such as where a file lies on this machine. ``entity.name``, ``entity["name"]``
and ``entity.properties.name`` are the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_wire.entities import CONCRETE_TYPES
from synapseclient.core.dicts import DictObject
from synapseclient.core.exceptions import SynapseMalformedEntityError
from synapseclient.core.utils import guess_file_name, id_of, is_url

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_ENTITY = [
    "name",
    "description",
    "id",
    "etag",
    "createdOn",
    "createdBy",
    "modifiedOn",
    "modifiedBy",
    "parentId",
    "concreteType",
    "uri",
]
_VERSION = [
    "versionNumber",
    "versionLabel",
    "versionComment",
    "isLatestVersion",
    "versionUrl",
    "versions",
]
LISTED_TYPES = (
    "folder",
    "file",
    "table",
    "link",
    "entityview",
    "dockerrepo",
    "submissionview",
    "dataset",
    "materializedview",
)
"""What a listing shows unless other types are asked for."""
CONTAINER_TYPES = (CONCRETE_TYPES["project"], CONCRETE_TYPES["folder"])
"""The ``concreteType`` of what can have children."""
_UNPRINTED = ("isLatestVersion",)
_SEPARATE = ("properties", "annotations")


class Entity(MutableMapping[str, Any]):
    """Base of the older classes."""

    _synapse_entity_type = "org.sagebionetworks.repo.model.Entity"
    _property_keys: ClassVar[list[str]] = _ENTITY
    _local_keys: ClassVar[list[str]] = []
    _by_type: ClassVar[dict[str, type[Entity]]] = {}
    _can_force_version: ClassVar[bool] = True
    """Whether storing it again makes a version, if that is asked for."""

    def __init_subclass__(cls) -> None:
        if "_synapse_entity_type" in vars(cls):  # not classes of users, of files for example
            Entity._by_type[cls._synapse_entity_type] = cls

    @classmethod
    def create(
        cls,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
    ) -> Entity:
        """The entity that the properties describe; its class follows the concreteType."""
        kind = (properties or {}).get("concreteType", "")
        made = _class_of(kind) or cls
        return made(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            concreteType=kind or made._synapse_entity_type,
        )

    def __init__(
        self,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        parent: Any = None,
        concreteType: str | None = None,
        **kwargs: Any,
    ) -> None:
        state = self.__dict__
        state["properties"] = given = DictObject(properties or {})
        state["annotations"] = DictObject(annotations or {})
        for key in self._local_keys:
            if key in given:
                state[key] = given.pop(key)
        state.update(local_state or {})
        if parent is not None:
            self.properties["parentId"] = _parent_id(parent)
        for key, value in kwargs.items():
            if value is not None or key not in self._property_keys:
                self[key] = value
        if "concreteType" not in self.properties:
            self.properties["concreteType"] = concreteType or self._synapse_entity_type

    async def _prepare(self, syn: Synapse) -> None:
        """Store what must be there before it."""

    # -------------------------------------------------------------- one name for all three

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __setitem__(self, key: str, value: Any) -> None:
        if key in _SEPARATE:
            self.__dict__[key] = DictObject(value)
        elif key in self.__dict__ or key in self._local_keys or key.startswith("_"):
            self.__dict__[key] = value
        elif key == "parent":
            self.properties["parentId"] = _parent_id(value)
        elif key in self._property_keys:
            self.properties[key] = value
        else:
            self.annotations[key] = value

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self[key]
        except KeyError:
            raise AttributeError(key) from None

    def __getitem__(self, key: str) -> Any:
        for place in (self.__dict__, self.__dict__["properties"], self.__dict__["annotations"]):
            if key in place:
                return place[key]
        raise KeyError(key)

    def __delitem__(self, key: str) -> None:
        for place in (self.__dict__, self.properties, self.annotations):
            if key in place and key not in _SEPARATE:
                del place[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def keys(self) -> Any:
        """The names of properties and annotations."""
        return dict.fromkeys([*self.properties, *self.annotations]).keys()

    def has_key(self, key: str) -> bool:
        """Whether there is such a property, annotation or local state."""
        return key in self

    def local_state(self, state: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What is known on this machine only; ``state`` is added to it."""
        if state:
            self.__dict__.update(
                {key: value for key, value in state.items() if key not in _SEPARATE}
            )
        return {key: value for key, value in self.__dict__.items() if key not in _SEPARATE}

    # -------------------------------------------------------------- text

    def _local_lines(self) -> list[str]:
        return []

    def __str__(self) -> str:
        known = [self.properties.get(key) or "-" for key in ("name", "id")]
        lines = [f"{type(self).__name__}: {known[0]} ({known[1]})"]
        lines += [f"  {line}" for line in self._local_lines()]
        lines.append("properties:")
        lines += [
            f"  {key}={self.properties[key]}"
            for key in sorted(self.properties)
            if key not in _UNPRINTED and self.properties[key] is not None
        ]
        lines.append("annotations:")
        lines += [f"  {key}={self.annotations[key]}" for key in sorted(self.annotations)]
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        local = {key: value for key, value in self.__dict__.items() if key not in _SEPARATE}
        known = {**self.properties, **self.annotations, **local}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in known.items())})"

    # -------------------------------------------------------------- where it is

    @classmethod
    def getURI(cls, id: str) -> str:
        """The path of an entity."""
        return f"/entity/{id}"

    def postURI(self) -> str:
        """The path to create it at."""
        return "/entity"

    def putURI(self) -> str:
        """The path to change it at."""
        return f"/entity/{self.id}"

    def deleteURI(self, versionNumber: int | None = None) -> str:
        """The path to delete it, or a version of it, at."""
        return self.putURI() + (f"/version/{versionNumber}" if versionNumber else "")


def _parent_id(parent: Any) -> str:
    if isinstance(parent, Entity | Mapping) and not parent.get("id"):
        raise SynapseMalformedEntityError(
            "Couldn't find 'id' of parent. Has it been stored in Synapse?"
        )
    return id_of(parent)


_LATE = {
    CONCRETE_TYPES["table"]: "synapseclient.tables.schemas",
    **{
        CONCRETE_TYPES[kind]: "synapseclient.tables.views"
        for kind in (
            "entityview",
            "submissionview",
            "dataset",
            "datasetcollection",
            "materializedview",
            "virtualtable",
        )
    },
}
"""Where the classes are that few programs need: loaded with the first entity of their type."""


def _class_of(kind: str) -> type[Entity] | None:
    """The class of a concreteType, if it has one of its own."""
    if kind in _LATE and kind not in Entity._by_type:
        import_module(_LATE[kind])
    return Entity._by_type.get(kind)


class Versionable:
    """Entities with versions."""


class Storable:
    """What is no entity, and knows how it is stored and deleted."""

    async def _store(self, syn: Synapse) -> Any:
        raise NotImplementedError

    async def _delete(self, syn: Synapse) -> None:
        raise NotImplementedError


class Project(Entity):
    """The top of a tree of entities."""

    _synapse_entity_type = CONCRETE_TYPES["project"]
    _property_keys: ClassVar[list[str]] = [*_ENTITY, "alias"]
    _can_force_version = False

    def __init__(
        self,
        name: str | None = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        alias: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            name=name,
            alias=alias,
            **kwargs,
        )


class Folder(Entity):
    """A container in a project or another folder."""

    _synapse_entity_type = CONCRETE_TYPES["folder"]

    def __init__(
        self,
        name: str | None = None,
        parent: Any = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            parent=parent,
            name=name,
            **kwargs,
        )


class Link(Entity):
    """A pointer to an entity, or to one version of it."""

    _synapse_entity_type = CONCRETE_TYPES["link"]
    _property_keys: ClassVar[list[str]] = [*_ENTITY, *_VERSION, "linksTo", "linksToClassName"]
    _local_keys: ClassVar[list[str]] = ["linksToId", "linksToVersion"]

    def __init__(
        self,
        targetId: Any = None,
        targetVersion: Any = None,
        parent: Any = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if targetId is not None:
            reference: dict[str, Any] = {"targetId": id_of(targetId)}
            if targetVersion is not None:
                reference["targetVersionNumber"] = targetVersion
            kwargs["linksTo"] = reference
        elif not (properties or {}).get("linksTo"):
            raise SynapseMalformedEntityError("Must provide a target id")
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            parent=parent,
            **kwargs,
        )


class File(Entity, Versionable):
    """A file: give its path, or a URL, and where it is to go."""

    _synapse_entity_type = CONCRETE_TYPES["file"]
    _property_keys: ClassVar[list[str]] = [*_ENTITY, *_VERSION, "dataFileHandleId"]
    _local_keys: ClassVar[list[str]] = [
        "path",
        "cacheDir",
        "files",
        "synapseStore",
        "externalURL",
        "md5",
        "fileSize",
        "contentType",
        "fileNameOverride",
        "_file_handle",
    ]

    def __init__(
        self,
        path: str | None = None,
        parent: Any = None,
        synapseStore: bool = True,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        state = self.__dict__
        state["_file_handle"] = DictObject()
        state["path"] = os.fspath(path) if path is not None else None
        state["cacheDir"], state["files"] = None, []
        if path is not None and "://" not in str(path):
            state["cacheDir"] = os.path.dirname(os.fspath(path))
            state["files"] = [os.path.basename(os.fspath(path))]
        state["synapseStore"] = synapseStore
        kwargs = {
            key: value for key, value in kwargs.items() if key not in ("dataFileHandleId",) or value
        }
        if path is not None and not kwargs.get("name") and not (properties or {}).get("name"):
            kwargs["name"] = guess_file_name(str(path))
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            parent=parent,
            **kwargs,
        )

    def _put_path(self, path: str | None) -> None:
        """Note where the content is."""
        if path is None or is_url(path):
            self.__dict__.update(path=path, cacheDir=None, files=[])
            return
        folder, name = os.path.split(path)
        self.__dict__.update(path=path, cacheDir=folder, files=[name])

    def __getitem__(self, key: str) -> Any:
        if key in _OF_HANDLE and key not in self.__dict__:
            return self.__dict__["_file_handle"].get(_OF_HANDLE[key])
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "_file_handle":
            value = DictObject(value or {})
        super().__setitem__(key, value)

    def _set_handle(self, handle: Mapping[str, Any]) -> None:
        self.__dict__["_file_handle"] = DictObject(handle)
        for key in _OF_HANDLE:
            self.__dict__.pop(key, None)

    def _local_lines(self) -> list[str]:
        known = (
            "md5",
            "fileSize",
            "contentType",
            "externalURL",
            "cacheDir",
            "files",
            "path",
            "synapseStore",
        )
        return [f"{key}={self[key]}" for key in known]


_OF_HANDLE = {
    "md5": "contentMd5",
    "fileSize": "contentSize",
    "contentType": "contentType",
    "externalURL": "externalURL",
}


class DockerRepository(Entity):
    """A Docker repository in a project."""

    _synapse_entity_type = CONCRETE_TYPES["dockerrepo"]
    _property_keys: ClassVar[list[str]] = [*_ENTITY, "repositoryName"]

    def __init__(
        self,
        repositoryName: str | None = None,
        parent: Any = None,
        properties: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
        local_state: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            properties=properties,
            annotations=annotations,
            local_state=local_state,
            parent=parent,
            repositoryName=repositoryName,
            **kwargs,
        )


ENTITY_TYPES = list(CONCRETE_TYPES.values())


def split_entity_namespaces(
    entity: Any,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Properties, annotations and local state of an entity or of a plain mapping."""
    if isinstance(entity, Entity):
        return dict(entity.properties), dict(entity.annotations), entity.local_state()
    if not isinstance(entity, Mapping):
        raise SynapseMalformedEntityError(f"Can't split a {type(entity).__name__} object.")
    if "concreteType" in entity and entity["concreteType"] not in ENTITY_TYPES:
        raise SynapseMalformedEntityError(f"Unknown entity type: {entity['concreteType']}")
    kind = _class_of(entity.get("concreteType", "")) or Entity
    split: tuple[dict[str, Any], dict[str, Any], dict[str, Any]] = ({}, {}, {})
    for key, value in entity.items():
        place = 0 if key in kind._property_keys else 2 if key in kind._local_keys else 1
        split[place][key] = value
    return split


def is_versionable(entity: Any) -> bool:
    """Whether an entity has versions."""
    if isinstance(entity, Versionable):
        return True
    kind = entity.get("concreteType", "") if isinstance(entity, Mapping | Entity) else ""
    return kind in (CONCRETE_TYPES["file"], CONCRETE_TYPES["table"], CONCRETE_TYPES["entityview"])


def is_container(entity: Any) -> bool:
    """Whether an entity can have children."""
    if isinstance(entity, Project | Folder):
        return True
    kind = (
        entity.get("concreteType") or entity.get("type", "") if isinstance(entity, Mapping) else ""
    )
    return kind in CONTAINER_TYPES


def is_synapse_entity(entity: Any) -> bool:
    """Whether something is an entity, or a mapping that describes one."""
    if isinstance(entity, Entity):
        return True
    return isinstance(entity, Mapping) and entity.get("concreteType") in ENTITY_TYPES
