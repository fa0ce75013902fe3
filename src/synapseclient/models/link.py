"""Links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.utils import id_of
from synapseclient.models.activity import Activity
from synapseclient.models.base import EntityModel
from synapseclient.models.targets import get_model, kind_of


@dataclass
class Link(EntityModel):
    """A pointer to an entity, or to one version of it."""

    name: str | None = None
    description: str | None = None
    id: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    parent_id: str | None = None
    target_id: str | None = None
    target_version_number: int | None = None
    links_to_class_name: str | None = None
    activity: Activity | None = field(default=None, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    _last_persistent_instance: Link | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Link

    def _take_link(self, entity: legacy.Entity) -> Link:
        self.fill_from_dict(entity)
        target = entity.properties.get("linksTo") or {}
        self.target_id = target.get("targetId")
        self.target_version_number = target.get("targetVersionNumber")
        self._set_last_persistent_instance()
        return self

    async def get_async(
        self,
        parent: Any = None,
        follow_link: bool = True,
        *,
        synapse_client: Synapse | None = None,
        **_: Any,
    ) -> Any:
        """What it points to; with ``follow_link`` false the link itself."""
        syn = Synapse.get_client(synapse_client)
        if parent is not None:
            self.parent_id = id_of(parent)
        id = self.id
        if not id:
            if not (self.name and self.parent_id):
                raise ValueError("The link must have an id, or a name and a parent.")
            id = await syn.find_entity_id_async(self.name, self.parent_id)
            if id is None:
                raise ValueError(f"There is no link named {self.name!r}.")
        entity = await syn.get_async(id, downloadFile=False)
        self._take_link(entity)
        if not follow_link or self.target_id is None:
            return self
        kind = await kind_of(syn, self.target_id)
        if kind == "Link":
            return await Link(id=self.target_id).get_async(synapse_client=syn)
        return await get_model(syn, kind, self.target_id, self.target_version_number)

    async def store_async(
        self, parent: Any = None, *, synapse_client: Synapse | None = None
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
        target_of: dict[str, Any] = {"targetId": self.target_id}
        if self.target_version_number is not None:
            target_of["targetVersionNumber"] = self.target_version_number
        entity = legacy.Link(
            properties={**self._properties(), "linksTo": target_of},
            annotations=dict(self.annotations or {}),
        )
        self._take_link(await syn.store_async(entity, forceVersion=False))
        if self.activity is not None:
            self.activity = await self.activity.store_async(self._require_id(), synapse_client=syn)
        return self

    get = blocking(get_async)
    store = blocking(store_async)
