"""Submissions: versions of entities that were submitted to evaluations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from synapse_wire.evaluations import get_team_eligibility
from synapseclient.api import entity_services
from synapseclient.api import evaluation_services as services
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseError
from synapseclient.evaluation import eligible_contributors
from synapseclient.models.records import blocking_generator, fill


@dataclass
class Submission:
    """A version of an entity, handed in by a user or a team.

    ``entity_bundle_json`` has what it was at that moment, whatever became of it since.
    """

    id: str | None = None
    user_id: str | None = None
    submitter_alias: str | None = None
    entity_id: str | None = None
    version_number: int | None = field(default=None, compare=False)
    evaluation_id: str | None = None
    evaluation_round_id: str | None = field(default=None, compare=False)
    name: str | None = None
    created_on: str | None = field(default=None, compare=False)
    team_id: str | None = None
    contributors: list[Any] = field(default_factory=list)
    """Ids of users, or the server's ``{"principalId": …}``."""
    submission_status: dict[str, Any] | None = None
    entity_bundle_json: str | None = None
    docker_repository_name: str | None = None
    docker_digest: str | None = None
    docker_tag: str | None = None
    etag: str | None = None

    def fill_from_dict(self, synapse_submission: Mapping[str, Any]) -> Submission:
        """Set the fields from what the server sends."""
        fill(self, synapse_submission, "docker_tag", "etag")
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it.

        Raises:
            ValueError: Something is missing.
        """
        for name in ("entity_id", "evaluation_id"):
            if not getattr(self, name):
                raise ValueError(
                    f"Your submission object is missing the '{name}' attribute. This attribute is"
                    " required to create a submission"
                )
        body = {
            "entityId": self.entity_id,
            "evaluationId": self.evaluation_id,
            "versionNumber": self.version_number,
        }
        more = {
            "name": self.name,
            "submitterAlias": self.submitter_alias,
            "teamId": self.team_id,
            "contributors": [_contributor(each) for each in self.contributors or ()] or None,
            "dockerRepositoryName": self.docker_repository_name,
            "dockerDigest": self.docker_digest,
        }
        return body | {key: value for key, value in more.items() if value is not None}

    async def store_async(self, *, synapse_client: Synapse | None = None) -> Submission:
        """Submit the entity: the version that is named, else the current one.

        For a team, all its members who may are contributors unless some are named.

        Raises:
            ValueError: Something is missing.
            LookupError: There is no such entity, or you may not read it.
        """
        if not self.entity_id:
            raise ValueError("entity_id is required to create a submission")
        syn = Synapse.get_client(synapse_client)
        try:
            entity = await entity_services.get_entity(
                self.entity_id, self.version_number, synapse_client=syn
            )
        except SynapseError as error:
            raise LookupError(
                f"Unable to fetch entity information for {self.entity_id}: {error}"
            ) from error
        self.version_number = entity.get("versionNumber", self.version_number)
        told_hash = None
        if self.team_id and self.evaluation_id:
            found = await syn.call_json(get_team_eligibility, self.evaluation_id, self.team_id)
            told_hash = str(found["eligibilityStateHash"])
            self.contributors = self.contributors or eligible_contributors(found, self.team_id)
        answer = await services.create_submission(
            self.to_synapse_request(),
            entity["etag"],
            syn,
            submission_eligibility_hash=told_hash,
        )
        return self.fill_from_dict(answer)

    async def get_async(self, *, synapse_client: Synapse | None = None) -> Submission:
        """Get it by its id."""
        id = self._require_id("get")
        return self.fill_from_dict(await services.get_submission(id, synapse_client))

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Delete it with its status."""
        syn = Synapse.get_client(synapse_client)
        await services.delete_submission(self._require_id("delete"), syn)
        syn.logger.info("Submission %s has successfully been deleted.", self.id)

    async def cancel_async(self, *, synapse_client: Synapse | None = None) -> Submission:
        """Ask for it to be cancelled."""
        syn = Synapse.get_client(synapse_client)
        await services.cancel_submission(self._require_id("cancel"), syn)
        syn.logger.info("A request to cancel Submission %s has been submitted.", self.id)
        return self

    def _require_id(self, verb: str) -> str:
        if not self.id:
            raise ValueError(f"The submission must have an ID to {verb}.")
        return self.id

    @classmethod
    async def get_evaluation_submissions_async(
        cls, evaluation_id: str, status: str | None = None, *, synapse_client: Synapse | None = None
    ) -> AsyncGenerator[Submission, None]:
        """All submissions of an evaluation, or those of one status."""
        async for each in services.get_evaluation_submissions(
            evaluation_id, status, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    @classmethod
    async def get_user_submissions_async(
        cls, evaluation_id: str, *, synapse_client: Synapse | None = None
    ) -> AsyncGenerator[Submission, None]:
        """Your own submissions."""
        async for each in services.get_user_submissions(
            evaluation_id, synapse_client=synapse_client
        ):
            yield cls().fill_from_dict(each)

    @staticmethod
    async def get_submission_count_async(
        evaluation_id: str, *, synapse_client: Synapse | None = None
    ) -> Any:
        """How many submissions an evaluation has."""
        return await services.get_submission_count(evaluation_id, synapse_client)

    store = blocking(store_async)
    get = blocking(get_async)
    delete = blocking(delete_async)
    cancel = blocking(cancel_async)
    get_evaluation_submissions = blocking_generator(get_evaluation_submissions_async)
    get_user_submissions = blocking_generator(get_user_submissions_async)
    get_submission_count = staticmethod(blocking(get_submission_count_async))


def _contributor(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    return {"principalId": str(given)}
