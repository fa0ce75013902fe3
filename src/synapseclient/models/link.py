"""Links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.annotations import from_wire, to_wire
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseNotFoundError
from synapseclient.core.utils import id_of
from synapseclient.models.activity import Activity
from synapseclient.models.base import EntityModel
from synapseclient.models.targets import get_model, kind_of

if TYPE_CHECKING:
    from synapseclient.models.folder import Folder
    from synapseclient.models.project import Project
    from synapseclient.operations import FileOptions


@dataclass
class Link(EntityModel):
    """A pointer to an entity, or to one version of it."""

    name: str | None = None
    description: str | None = None
    id: str | None = None
    etag: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    created_by: str | None = None
    modified_by: str | None = None
    parent_id: str | None = None
    target_id: str | None = None
    target_version_number: int | None = None
    links_to_class_name: str | None = None
    activity: Activity | None = field(default=None, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    _last_persistent_instance: Link | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Link

    def fill_from_dict(
        self, synapse_entity: Mapping[str, Any], set_annotations: bool = True
    ) -> Link:
        """Set the fields from a link as the server sends it."""
        self._fill(synapse_entity, set_annotations)
        target = synapse_entity.get("linksTo") or {}
        self.target_id = target.get("targetId")
        self.target_version_number = target.get("targetVersionNumber")
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        request = {
            "name": self.name,
            "description": self.description,
            "id": self.id,
            "etag": self.etag,
            "createdOn": self.created_on,
            "modifiedOn": self.modified_on,
            "createdBy": self.created_by,
            "modifiedBy": self.modified_by,
            "parentId": self.parent_id,
            "concreteType": self._kind._synapse_entity_type,
            "linksTo": self._links_to(),
            "linksToClassName": self.links_to_class_name,
        }
        return {name: value for name, value in request.items() if value is not None}

    def _links_to(self) -> dict[str, Any] | None:
        if self.target_id is None:
            return None
        if self.target_version_number is None:
            return {"targetId": self.target_id}
        return {
            "targetId": self.target_id,
            "targetVersionNumber": self.target_version_number,
        }

    async def get_async(
        self,
        parent: Folder | Project | None = None,
        follow_link: bool = True,
        file_options: FileOptions | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> Any:
        """What it points to; with ``follow_link`` false the link itself.

        Args:
            parent: Where it is, instead of ``parent_id``.
            follow_link: Get what it points to.
            file_options: How to get that, if it is a file.
            synapse_client: The session.
        """
        syn = Synapse.get_client(synapse_client)
        if parent is not None:
            self.parent_id = id_of(parent)
        self._take_link(await syn.get_async(await self._find(syn), downloadFile=False))
        if not follow_link or self.target_id is None:
            return self
        kind = await kind_of(syn, self.target_id)
        if kind == "Link":
            target = Link(id=self.target_id)
            return await target.get_async(file_options=file_options, synapse_client=syn)
        return await get_model(
            syn, kind, self.target_id, self.target_version_number, file_options=file_options
        )

    async def _find(self, syn: Synapse) -> str:
        if self.id:
            return self.id
        if not (self.name and self.parent_id):
            raise ValueError("The link must have an id, or a name and a parent.")
        id = await syn.find_entity_id_async(self.name, self.parent_id)
        if id is None:
            raise SynapseNotFoundError(f"There is no link named {self.name!r}.")
        return id

    def _take_link(self, entity: legacy.Entity) -> Link:
        self.fill_from_dict(entity)
        self._set_last_persistent_instance()
        return self

    async def store_async(
        self, parent: Folder | Project | None = None, *, synapse_client: Synapse | None = None
    ) -> Link:
        """Create or change it."""
        syn = Synapse.get_client(synapse_client)
        if parent is not None:
            self.parent_id = id_of(parent)
        if not self.id and not (self.target_id and self.parent_id):
            raise ValueError("The link must have an id, or a target_id and a parent.")
        if not self.id and not self.name:
            target = await syn.get_async(self.target_id, downloadFile=False)
            self.name = target["name"]
        if self.has_changed:
            await self._store_itself(syn)
        if self.activity is not None:
            self.activity = await self.activity.store_async(self._require_id(), synapse_client=syn)
        return self

    async def _store_itself(self, syn: Synapse) -> None:
        id = self.id or await syn.find_entity_id_async(self.name or "", self.parent_id)
        existing = None if id is None else await syn.get_async(id, downloadFile=False)
        properties = self._merged(existing)
        last = self._last_persistent_instance
        links_to = self._links_to()
        if links_to is not None and (last is None or last._links_to() != links_to):
            properties["linksTo"] = links_to
        annotations = self._merged_annotations(existing)
        entity = legacy.Link(properties=properties, annotations=annotations)
        if existing is None:
            # Not Synapse.store: that allows no link next to what it points to, this does.
            made = await syn._create(entity.properties, to_wire(annotations), None, None)
            wired = (made.get("annotations") or {}).get("annotations") or {}
            stored = legacy.Link(properties=made["entity"], annotations=from_wire(wired))
        else:
            stored = await syn.store_async(entity, forceVersion=False)
        self._take_link(stored)

    get = blocking(get_async)
    store = blocking(store_async)
