"""What became of submissions."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synapseclient.annotations import (
    from_submission_status_annotations,
    from_wire,
    to_submission_annotations,
    to_submission_status_annotations,
)
from synapseclient.api import evaluation_services as services
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.records import fill

_SET_BY_SERVER = ("id", "etag", "modified_on", "entity_id", "version_number")
_SENT = {
    "status": "status",
    "score": "score",
    "report": "report",
    "entity_id": "entityId",
    "version_number": "versionNumber",
    "can_cancel": "canCancel",
    "cancel_requested": "cancelRequested",
}


@dataclass
class SubmissionStatus:
    """What became of a submission, whose ``id`` it has.

    ``submission_annotations`` are lists of values, which tables over submissions show;
    ``annotations`` are the older ones, one value a name, private unless
    ``private_status_annotations`` is False. A score lies between 0 and 1.
    """

    id: str | None = None
    etag: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    status: str | None = None
    score: float | None = None
    report: str | None = None
    annotations: dict[str, Any] | None = field(default_factory=dict)
    submission_annotations: dict[str, Any] | None = field(default_factory=dict)
    private_status_annotations: bool | None = field(default=True)
    entity_id: str | None = None
    version_number: int | None = field(default=None, compare=False)
    status_version: int | None = field(default=None, compare=False)
    can_cancel: bool | None = field(default=False)
    cancel_requested: bool | None = field(default=False, compare=False)
    _last_persistent_instance: SubmissionStatus | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def has_changed(self) -> bool:
        """Whether it differs from what was last got or stored."""
        return self._last_persistent_instance is None or self._last_persistent_instance != self

    def _set_last_persistent_instance(self) -> None:
        self._last_persistent_instance = None
        self._last_persistent_instance = copy.deepcopy(self)

    def fill_from_dict(self, synapse_submission_status: Mapping[str, Any]) -> SubmissionStatus:
        """Set the fields from what the server sends."""
        raw = synapse_submission_status
        fill(self, raw, "annotations", "submission_annotations", "private_status_annotations")
        older = raw.get("annotations") or {}
        self.annotations = from_submission_status_annotations(
            {key: value for key, value in older.items() if key.endswith("Annos")}
        )
        newer = (raw.get("submissionAnnotations") or {}).get("annotations")
        self.submission_annotations = from_wire(newer or {})
        return self

    def to_synapse_request(self, synapse_client: Synapse | None = None) -> dict[str, Any]:
        """As the server wants it.

        Raises:
            ValueError: Something is missing.
        """
        for name in ("id", "etag", "status_version"):
            if getattr(self, name) is None:
                raise ValueError(
                    f"Your submission status object is missing the '{name}' attribute. This"
                    " attribute is required to update a submission status"
                )
        body = {"id": self.id, "etag": self.etag, "statusVersion": self.status_version}
        for name, spelling in _SENT.items():
            value = getattr(self, name)
            if value is not None:
                body[spelling] = value
        if self.annotations:
            body["annotations"] = to_submission_status_annotations(  # type: ignore[assignment]
                self.annotations, bool(self.private_status_annotations)
            )
        if self.submission_annotations:
            body["submissionAnnotations"] = to_submission_annotations(  # type: ignore[assignment]
                str(self.id),
                str(self.etag),
                self.submission_annotations,
                Synapse.get_client(synapse_client).logger,
            )
        return body

    async def get_async(self, *, synapse_client: Synapse | None = None) -> SubmissionStatus:
        """Get it by its id."""
        if not self.id:
            raise ValueError("The submission status must have an ID to get.")
        self.fill_from_dict(await services.get_submission_status(self.id, synapse_client))
        self._set_last_persistent_instance()
        return self

    async def store_async(self, *, synapse_client: Synapse | None = None) -> SubmissionStatus:
        """Write it; somebody else's change since it was got is not overwritten (412)."""
        if not self.id:
            raise ValueError("The submission status must have an ID to update.")
        last = self._last_persistent_instance
        if last is not None and not self.has_changed:
            Synapse.get_client(synapse_client).logger.warning(
                "SubmissionStatus (ID: %s) has not changed since last 'store' or 'get' event, so it"
                " will not be updated in Synapse. Please get the submission status again if you"
                " want to refresh its state.",
                self.id,
            )
            return self
        if last is not None:
            for name in vars(last):
                # Who leaves a field empty does not mean to clear it.
                if name in _SET_BY_SERVER or getattr(self, name) is None:
                    setattr(self, name, getattr(last, name))
            self._last_persistent_instance = last
        body = self.to_synapse_request(synapse_client)
        answer = await services.update_submission_status(self.id, body, synapse_client)
        self.fill_from_dict(answer)
        self._set_last_persistent_instance()
        return self

    @staticmethod
    async def get_all_submission_statuses_async(
        evaluation_id: str,
        status: str | None = None,
        limit: int = 10,
        offset: int = 0,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[SubmissionStatus]:
        """A page of the statuses of an evaluation's submissions."""
        page = await services.get_all_submission_statuses(
            evaluation_id, status, limit, offset, synapse_client
        )
        found = []
        for each in page["results"]:
            one = SubmissionStatus().fill_from_dict(each)
            one._set_last_persistent_instance()
            found.append(one)
        return found

    @staticmethod
    async def batch_update_submission_statuses_async(
        evaluation_id: str,
        statuses: list[SubmissionStatus],
        is_first_batch: bool = True,
        is_last_batch: bool = True,
        batch_token: str | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> dict[str, Any]:
        """Write up to 500 statuses at once: all, or none when one cannot be.

        Returns:
            ``nextUploadToken``, which the next batch of a series needs; nothing after the last.
        """
        body: dict[str, Any] = {
            "statuses": [each.to_synapse_request(synapse_client) for each in statuses],
            "isFirstBatch": is_first_batch,
            "isLastBatch": is_last_batch,
        }
        if batch_token:
            body["batchToken"] = batch_token
        return await services.batch_update_submission_statuses(evaluation_id, body, synapse_client)

    get = blocking(get_async)
    store = blocking(store_async)
    get_all_submission_statuses = staticmethod(blocking(get_all_submission_statuses_async))
    batch_update_submission_statuses = staticmethod(
        blocking(batch_update_submission_statuses_async)
    )
