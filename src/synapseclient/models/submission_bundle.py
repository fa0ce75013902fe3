"""Submissions with their statuses."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from synapseclient.api import evaluation_services as services
from synapseclient.client import Synapse
from synapseclient.models.records import blocking_generator
from synapseclient.models.submission import Submission
from synapseclient.models.submission_status import SubmissionStatus


@dataclass
class SubmissionBundle:
    """A submission with its status."""

    submission: Submission | None = None
    submission_status: SubmissionStatus | None = None

    def fill_from_dict(self, synapse_submission_bundle: Mapping[str, Any]) -> SubmissionBundle:
        """Set both from what the server sends."""
        submission = synapse_submission_bundle.get("submission")
        status = synapse_submission_bundle.get("submissionStatus")
        self.submission = Submission().fill_from_dict(submission) if submission else None
        self.submission_status = None
        if status:
            self.submission_status = SubmissionStatus().fill_from_dict(status)
            self.submission_status._set_last_persistent_instance()
        return self

    @classmethod
    async def get_evaluation_submission_bundles_async(
        cls, evaluation_id: str, status: str | None = None, *, synapse_client: Synapse | None = None
    ) -> AsyncGenerator[SubmissionBundle, None]:
        """All submissions of an evaluation, or those of one status."""
        async for each in services.get_evaluation_submission_bundles(
            evaluation_id, status, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    @classmethod
    async def get_user_submission_bundles_async(
        cls, evaluation_id: str, *, synapse_client: Synapse | None = None
    ) -> AsyncGenerator[SubmissionBundle, None]:
        """Your own submissions."""
        async for each in services.get_user_submission_bundles(
            evaluation_id, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    get_evaluation_submission_bundles = blocking_generator(get_evaluation_submission_bundles_async)
    get_user_submission_bundles = blocking_generator(get_user_submission_bundles_async)
