"""The older forms that know their own addresses: evaluations, submissions, teams."""

from __future__ import annotations

from typing import Any

from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.legacy.base import Session


def is_record(thing: Any) -> bool:
    """Whether a thing is a dictionary that knows where it is stored."""
    return isinstance(thing, dict) and hasattr(thing, "getURI")


class RecordMethods(Session):
    """How they are stored and deleted."""

    async def _store_record(self, record: Any, create_or_update: bool) -> Any:
        """Make it, or change it if it has an id, or if one of its name is there already."""
        kind = type(record)
        if record.get("id") is not None:
            return kind(**await self._rest("PUT", record.putURI(), record.json()))
        try:
            return kind(**await self._rest("POST", record.postURI(), record.json()))
        except SynapseHTTPError as error:
            taken = error.response is not None and error.response.status_code == 409
            if not (taken and create_or_update and hasattr(record, "getByNameURI")):
                raise
        found = kind(**await self._rest("GET", record.getByNameURI(record.name)))
        found.update(record)
        return kind(**await self._rest("PUT", found.putURI(), found.json()))

    async def _delete_record(self, record: Any) -> None:
        await self._rest("DELETE", record.deleteURI())
