"""Provenance of entities."""

from __future__ import annotations

from typing import Any

import msgspec

from synapse_wire import provenance as wire
from synapseclient.activity import Activity
from synapseclient.core.blocking import blocking
from synapseclient.core.utils import get_synid_and_version, id_of, is_synapse_id_str
from synapseclient.legacy.base import Session


class ProvenanceMethods(Session):
    """Verbs of provenance."""

    async def get_provenance_async(self, entity: Any, version: int | None = None) -> Activity:
        """The activity that generated an entity, or one of its versions.

        Raises:
            SynapseHTTPError: 404 when none is recorded.
        """
        id = id_of(entity)
        if isinstance(entity, str) and is_synapse_id_str(entity):
            id, named = get_synid_and_version(entity)
            version = version if version is not None else named
        elif version is None and not isinstance(entity, str | int):
            version = entity.get("versionNumber")
        if version is not None:
            raw = await self.call_json(wire.get_version_generated_by, id, int(version))
        else:
            raw = await self.call_json(wire.get_generated_by, id)
        return Activity(data=raw)

    async def set_provenance_async(self, entity: Any, activity: Any) -> Activity:
        """Say which activity generated the current version of an entity."""
        saved = await self._save_activity(activity)
        raw = await self.call_json(wire.set_generated_by, id_of(entity), generated_by=saved["id"])
        return Activity(data=raw)

    async def delete_provenance_async(self, entity: Any) -> None:
        """Forget which activity generated an entity, and delete the activity."""
        activity = await self.get_provenance_async(id_of(entity))
        await self.call(wire.delete_generated_by, id_of(entity))
        await self.call(wire.delete_activity, str(activity["id"]))

    async def update_activity_async(self, activity: Any) -> Activity:
        """Change an activity that is stored already."""
        if "id" not in activity:
            raise ValueError("The activity you want to update must exist on Synapse")
        return Activity(data=await self._save_activity(activity))

    async def _save_activity(self, activity: Any) -> Any:
        body = msgspec.convert(dict(activity), wire.Activity)
        if body.id is not None:
            return await self.call_json(wire.update_activity, body.id, body)
        return await self.call_json(wire.create_activity, body)

    async def _save_changed(self, activity: Any) -> str:
        """The id of an activity, which is stored unless the server has it like this already.

        An activity of somebody else may be referred to, but not changed.
        """
        id = activity.get("id")
        if id is not None and set(activity) <= {"id"}:
            return str(id)
        if id is not None:
            found = Activity(data=await self.call_json(wire.get_activity, str(id)))
            if all(found.get(key) == activity.get(key) for key in ("name", "description", "used")):
                return str(id)
        return str((await self._save_activity(activity))["id"])

    getProvenance = blocking(get_provenance_async)
    setProvenance = blocking(set_provenance_async)
    deleteProvenance = blocking(delete_provenance_async)
    updateActivity = blocking(update_activity_async)
