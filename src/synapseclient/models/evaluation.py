"""Evaluations: queues that people submit to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from synapseclient.api import evaluation_services as services
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.records import fill

_NEEDED = ("name", "description", "content_source")
_SET_ONCE = ("id", "etag", "content_source", "owner_id", "created_on")


class RequestType(Enum):
    """What a request body is for."""

    CREATE = "create"
    UPDATE = "update"


@dataclass
class Evaluation:
    """A queue that people submit to. ``content_source`` is the project that it belongs to;
    the two messages are shown before and after a submission."""

    id: str | None = None
    etag: str | None = None
    name: str | None = None
    description: str | None = None
    owner_id: str | None = None
    created_on: str | None = None
    content_source: str | None = None
    submission_instructions_message: str | None = None
    submission_receipt_message: str | None = None
    _last_persistent_instance: Evaluation | None = field(default=None, repr=False, compare=False)

    @property
    def has_changed(self) -> bool:
        """Whether it differs from what was last got or stored."""
        return self._last_persistent_instance is None or self._last_persistent_instance != self

    def _set_last_persistent_instance(self) -> None:
        self._last_persistent_instance = replace(self, _last_persistent_instance=None)

    def fill_from_dict(self, evaluation: Mapping[str, Any]) -> Evaluation:
        """Set the fields from what the server sends."""
        fill(self, evaluation)
        return self

    def to_synapse_request(self, request_type: RequestType) -> dict[str, Any]:
        """As the server wants it.

        Raises:
            ValueError: Something is missing.
        """
        needed = (*_NEEDED, "id", "etag") if request_type == RequestType.UPDATE else _NEEDED
        for name in needed:
            if not getattr(self, name):
                raise ValueError(
                    f"Your evaluation object is missing the '{name}' attribute. This attribute is"
                    f" required to {request_type.value} an evaluation"
                )
        body = {
            "name": self.name,
            "description": self.description,
            "contentSource": self.content_source,
            "submissionInstructionsMessage": self.submission_instructions_message,
            "submissionReceiptMessage": self.submission_receipt_message,
        }
        if request_type == RequestType.UPDATE:
            body |= {"id": self.id, "etag": self.etag}
        return {key: value for key, value in body.items() if value is not None}

    async def store_async(self, *, synapse_client: Synapse | None = None) -> Evaluation:
        """Make it, or change it if it has an id and an etag.

        Raises:
            ValueError: Something is missing.
        """
        last = self._last_persistent_instance
        if last is not None and not self.has_changed:
            Synapse.get_client(synapse_client).logger.warning(
                "Evaluation %s (ID: %s) has not changed since last 'store' or 'get' event, so it"
                " will not be updated in Synapse. Please get the evaluation again if you want to"
                " refresh its state.",
                self.name,
                self.id,
            )
            return self
        if last is not None:
            for name in vars(last):
                # Who leaves a field empty does not mean to clear it.
                if name in _SET_ONCE or getattr(self, name) is None:
                    setattr(self, name, getattr(last, name))
            self._last_persistent_instance = last
        kind = RequestType.UPDATE if self.id else RequestType.CREATE
        body = self.to_synapse_request(kind)
        self.fill_from_dict(
            await services.create_or_update_evaluation(body, synapse_client=synapse_client)
        )
        self._set_last_persistent_instance()
        return self

    async def get_async(self, *, synapse_client: Synapse | None = None) -> Evaluation:
        """Get it by its id or its name."""
        if not self.id and not self.name:
            raise ValueError("Either id or name must be set to get an evaluation")
        self.fill_from_dict(
            await services.get_evaluation(self.id, self.name, synapse_client=synapse_client)
        )
        self._set_last_persistent_instance()
        return self

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Delete it with its submissions."""
        id = self._require_id("delete an evaluation")
        await services.delete_evaluation(id, synapse_client=synapse_client)
        self._last_persistent_instance = None

    def _require_id(self, verb: str) -> str:
        if not self.id:
            raise ValueError(f"id must be set to {verb}")
        return self.id

    async def get_acl_async(self, *, synapse_client: Synapse | None = None) -> dict[str, Any]:
        """Who may do what with it, as the server sends it."""
        id = self._require_id("get evaluation ACL")
        return await services.get_evaluation_acl(id, synapse_client=synapse_client)

    async def update_acl_async(
        self,
        principal_id: str | int | None = None,
        access_type: list[str] | None = None,
        acl: dict[str, Any] | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> dict[str, Any]:
        """Let a user, team or group do certain things, nothing any more if the list is empty;
        or replace the whole ACL.

        Returns:
            The ACL as it is stored.
        """
        id = self._require_id("update evaluation ACL")
        if principal_id is not None and access_type is not None:
            acl = await services.get_evaluation_acl(id, synapse_client=synapse_client)
            number = int(principal_id)
            entries = [one for one in acl["resourceAccess"] if int(one["principalId"]) != number]
            if access_type:
                wanted = [each.upper() for each in access_type]
                entries.append({"principalId": number, "accessType": wanted})
            acl["resourceAccess"] = entries
        if acl is None:
            raise ValueError("Either (principal_id and access_type) or acl must be provided")
        return await services.update_evaluation_acl(acl, synapse_client=synapse_client)

    async def get_permissions_async(
        self, *, synapse_client: Synapse | None = None
    ) -> dict[str, Any]:
        """What you may do with it."""
        id = self._require_id("get evaluation permissions")
        return await services.get_evaluation_permissions(id, synapse_client=synapse_client)

    @staticmethod
    async def get_all_evaluations_async(
        access_type: str | None = None,
        active_only: bool | None = None,
        evaluation_ids: list[str] | None = None,
        offset: int | None = None,
        limit: int | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[Evaluation]:
        """Those that you may read, or treat as ``access_type`` says: a page of them."""
        found = await services.get_all_evaluations(
            access_type, active_only, evaluation_ids, offset, limit, synapse_client=synapse_client
        )
        return _all(found)

    @staticmethod
    async def get_available_evaluations_async(
        active_only: bool | None = None,
        evaluation_ids: list[str] | None = None,
        offset: int | None = None,
        limit: int | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[Evaluation]:
        """Those that you may submit to: a page of them."""
        found = await services.get_available_evaluations(
            active_only, evaluation_ids, offset, limit, synapse_client=synapse_client
        )
        return _all(found)

    @staticmethod
    async def get_evaluations_by_project_async(
        project_id: str,
        access_type: str | None = None,
        active_only: bool | None = None,
        evaluation_ids: list[str] | None = None,
        offset: int | None = None,
        limit: int | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[Evaluation]:
        """Those of a project: a page of them."""
        found = await services.get_evaluations_by_project(
            project_id,
            access_type,
            active_only,
            evaluation_ids,
            offset,
            limit,
            synapse_client=synapse_client,
        )
        return _all(found)

    store = blocking(store_async)
    get = blocking(get_async)
    delete = blocking(delete_async)
    get_acl = blocking(get_acl_async)
    update_acl = blocking(update_acl_async)
    get_permissions = blocking(get_permissions_async)
    get_all_evaluations = staticmethod(blocking(get_all_evaluations_async))
    get_available_evaluations = staticmethod(blocking(get_available_evaluations_async))
    get_evaluations_by_project = staticmethod(blocking(get_evaluations_by_project_async))


def _all(page: Mapping[str, Any]) -> list[Evaluation]:
    found = []
    for each in page["results"]:
        one = Evaluation().fill_from_dict(each)
        one._set_last_persistent_instance()
        found.append(one)
    return found
