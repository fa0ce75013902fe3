"""Provenance: what was used and executed to make something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_wire import provenance as wire
from synapseclient.activity import Activity as Record
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import get_synid_and_version, id_of
from synapseclient.models.base import blocking_classmethod

if TYPE_CHECKING:
    from synapseclient.models.file import File


@dataclass
class UsedEntity:
    """An entity that was used, perhaps one version of it."""

    target_id: str | None = None
    target_version_number: int | None = None

    def format_for_manifest(self) -> str:
        """As manifests name it."""
        version = self.target_version_number
        return f"{self.target_id}.{version}" if version is not None else f"{self.target_id}"

    def to_synapse_request(self, was_executed: bool = False) -> dict[str, Any]:
        """As the server wants it."""
        reference = {"targetId": self.target_id}
        if self.target_version_number is not None:
            reference["targetVersionNumber"] = self.target_version_number  # type: ignore[assignment]
        return {
            "concreteType": "org.sagebionetworks.repo.model.provenance.UsedEntity",
            "reference": reference,
            "wasExecuted": was_executed,
        }


@dataclass
class UsedURL:
    """Something outside Synapse that was used."""

    name: str | None = None
    url: str | None = None

    def format_for_manifest(self) -> str:
        """As manifests name it."""
        return self.name or self.url or ""

    def to_synapse_request(self, was_executed: bool = False) -> dict[str, Any]:
        """As the server wants it."""
        return {
            "concreteType": "org.sagebionetworks.repo.model.provenance.UsedURL",
            "name": self.name,
            "url": self.url,
            "wasExecuted": was_executed,
        }


def _used(raw: Mapping[str, Any]) -> UsedEntity | UsedURL:
    if "reference" in raw:
        reference = raw["reference"]
        return UsedEntity(reference.get("targetId"), reference.get("targetVersionNumber"))
    return UsedURL(raw.get("name"), raw.get("url"))


@dataclass
class Activity:
    """A step of work."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    etag: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    created_by: str | None = None
    modified_by: str | None = None
    used: list[UsedEntity | UsedURL] = field(default_factory=list)
    executed: list[UsedEntity | UsedURL] = field(default_factory=list)
    _as_stored: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def has_changed(self) -> bool:
        """Whether it was changed since it was got or stored.

        One that has only an id stands for the activity of that id as it is.
        """
        return self._as_stored is not None and self._as_stored != self.to_synapse_request()

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        used = [each.to_synapse_request(False) for each in self.used]
        used += [each.to_synapse_request(True) for each in self.executed]
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "etag": self.etag,
            "used": used,
        }

    def fill_from_dict(self, synapse_activity: Mapping[str, Any]) -> Activity:
        """Set the fields from what the server sends."""
        self.id = synapse_activity.get("id")
        self.name = synapse_activity.get("name")
        self.description = synapse_activity.get("description")
        self.etag = synapse_activity.get("etag")
        self.created_on = synapse_activity.get("createdOn")
        self.modified_on = synapse_activity.get("modifiedOn")
        self.created_by = synapse_activity.get("createdBy")
        self.modified_by = synapse_activity.get("modifiedBy")
        everything = synapse_activity.get("used") or []
        self.used = [_used(each) for each in everything if not each.get("wasExecuted")]
        self.executed = [_used(each) for each in everything if each.get("wasExecuted")]
        self._as_stored = self.to_synapse_request()
        return self

    async def store_async(
        self, parent: File | str | None = None, *, synapse_client: Synapse | None = None
    ) -> Activity:
        """Store it; with a parent, say that it generated the parent's current version."""
        syn = Synapse.get_client(synapse_client)
        record = Record(data={k: v for k, v in self.to_synapse_request().items() if v is not None})
        if parent is None:
            return self.fill_from_dict(await syn._save_activity(record))
        return self.fill_from_dict(await syn.set_provenance_async(id_of(parent), record))

    @classmethod
    async def from_parent_async(
        cls,
        parent: File | str,
        parent_version_number: int | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> Activity | None:
        """What generated an entity, or None if that is not known."""
        syn = Synapse.get_client(synapse_client)
        id, named = get_synid_and_version(id_of(parent))
        version = parent_version_number or named
        if version is None and not isinstance(parent, str):
            version = parent.version_number
        try:
            return cls().fill_from_dict(await syn.get_provenance_async(id, version))
        except SynapseHTTPError as error:
            if _is_missing(error):
                return None
            raise

    @classmethod
    async def get_async(
        cls,
        activity_id: str | None = None,
        parent_id: str | None = None,
        parent_version_number: int | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> Activity | None:
        """An activity by its id, or by what it generated; None if there is none."""
        if activity_id is None:
            if parent_id is None:
                raise ValueError("Either activity_id or parent_id must be provided")
            return await cls.from_parent_async(
                parent_id, parent_version_number, synapse_client=synapse_client
            )
        syn = Synapse.get_client(synapse_client)
        try:
            return cls().fill_from_dict(await syn.call_json(wire.get_activity, activity_id))
        except SynapseHTTPError as error:
            if _is_missing(error):
                return None
            raise

    @classmethod
    async def disassociate_from_entity_async(
        cls, parent: File | str, *, synapse_client: Synapse | None = None
    ) -> None:
        """Forget what generated an entity; the activity stays."""
        await Synapse.get_client(synapse_client).call(wire.delete_generated_by, id_of(parent))

    @classmethod
    async def delete_async(
        cls, parent: File | str, *, synapse_client: Synapse | None = None
    ) -> None:
        """Forget what generated an entity, and delete the activity; nothing if there is none."""
        try:
            await Synapse.get_client(synapse_client).delete_provenance_async(id_of(parent))
        except SynapseHTTPError as error:
            if not _is_missing(error):
                raise

    store = blocking(store_async)
    from_parent = blocking_classmethod(from_parent_async)
    get = blocking_classmethod(get_async)
    disassociate_from_entity = blocking_classmethod(disassociate_from_entity_async)
    delete = blocking_classmethod(delete_async)


def _is_missing(error: SynapseHTTPError) -> bool:
    return error.response is not None and error.response.status_code == 404
