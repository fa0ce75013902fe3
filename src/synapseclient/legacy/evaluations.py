"""Evaluations and submissions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from synapse_wire import evaluations as wire
from synapse_wire import submissions as submission_wire
from synapse_wire.base import Results
from synapse_wire.endpoint import Endpoint
from synapse_wire.entities import get_entity, get_entity_version
from synapseclient.annotations import from_old_form
from synapseclient.core.blocking import blocking, iterate
from synapseclient.core.utils import get_synid_and_version, id_of, validate_submission_id
from synapseclient.entity import Entity, File
from synapseclient.evaluation import (
    Evaluation,
    Submission,
    SubmissionStatus,
    eligible_contributors,
)
from synapseclient.legacy.entities import EntityMethods, entity_of
from synapseclient.legacy.teams import TeamMethods

_PAGE = wire.MOST_PAGE


class EvaluationMethods(EntityMethods, TeamMethods):
    """Verbs of evaluations and submissions."""

    # -------------------------------------------------------------- evaluations

    async def get_evaluation_async(self, id: Any) -> Evaluation:
        """An evaluation by its id."""
        return Evaluation(**await self.call_json(wire.get_evaluation, id_of(id)))

    async def get_evaluation_by_name_async(self, name: str) -> Evaluation:
        """An evaluation by its name."""
        return Evaluation(**await self.call_json(wire.find_evaluation, name))

    def getEvaluationByContentSource(self, entity: Any) -> Iterator[Evaluation]:
        """The evaluations of a project that you may read."""
        pages = self._pages(wire.list_evaluations_of_project, id_of(entity), limit=_PAGE)
        for each in iterate(pages):
            yield Evaluation(**each)

    # -------------------------------------------------------------- submitting

    async def submit_async(
        self,
        evaluation: Any,
        entity: Any,
        name: str | None = None,
        team: Any = None,
        silent: bool = False,
        submitterAlias: str | None = None,
        teamName: str | None = None,
        dockerTag: str | None = "latest",
    ) -> Submission:
        """Submit an entity to an evaluation.

        Args:
            evaluation: The evaluation or its id.
            entity: The entity or its id, ``syn123.4`` for a version.
            name: What the submission is called, as the entity unless given.
            team: A team, its name or id, for which to submit; its members who may are
                contributors.
            silent: Do not print what the organisers say to those who submit.
            submitterAlias: Under which name it is shown, as the team unless given.
            teamName: The older name of the same.
            dockerTag: Kept for compatibility: container images are not served here yet.

        Returns:
            The submission as it is stored.

        Raises:
            SynapseError: The team may not submit.
        """
        evaluation_id = id_of(evaluation)
        found = await self._to_submit(entity)
        body: dict[str, Any] = {
            "evaluationId": evaluation_id,
            "entityId": found["id"],
            "versionNumber": found.get("versionNumber", 1),
            "name": name or found.get("name"),
        }
        told_hash = None
        if team:
            team = await self.get_team_async(team)
            eligibility = await self.call_json(
                wire.get_team_eligibility, evaluation_id, str(team["id"])
            )
            body["teamId"] = str(team["id"])
            body["contributors"] = eligible_contributors(eligibility, team["name"])
            told_hash = str(eligibility["eligibilityStateHash"])
        body["submitterAlias"] = submitterAlias or teamName or (team["name"] if team else None)
        raw = await self._rest(
            "POST",
            f"/evaluation/submission?etag={found['etag']}"
            + (f"&submissionEligibilityHash={told_hash}" if told_hash else ""),
            json.dumps({key: value for key, value in body.items() if value is not None}),
        )
        if not silent:
            if not isinstance(evaluation, Evaluation):
                evaluation = await self.get_evaluation_async(evaluation_id)
            if evaluation.get("submissionReceiptMessage"):
                self.logger.info("%s", evaluation["submissionReceiptMessage"])
        return Submission(**raw)

    async def _to_submit(self, entity: Any) -> Mapping[str, Any]:
        """What the server has of an entity, the version that is meant."""
        version: int | None
        if isinstance(entity, str | int):
            id, version = get_synid_and_version(str(entity))
        elif isinstance(entity, Entity):
            if entity.properties.get("etag") and entity.properties.get("versionNumber"):
                return dict(entity.properties)
            id, version = id_of(entity), entity.properties.get("versionNumber")
        else:
            id, version = id_of(entity), getattr(entity, "version_number", None)
        if version is None:
            return dict(await self.call_json(get_entity, id))
        return dict(await self.call_json(get_entity_version, id, version))

    # -------------------------------------------------------------- submissions

    def getSubmissions(
        self,
        evaluation: Any,
        status: str | None = None,
        myOwn: bool = False,
        limit: int = 20,
        offset: int = 0,
    ) -> Iterator[Submission]:
        """Submissions to an evaluation: all, those of one status, or your own.

        Args:
            evaluation: The evaluation or its id.
            status: Only those of this status: OPEN, CLOSED, SCORED, INVALID …
            myOwn: Only your own.
            limit: How many to ask for at a time.
            offset: How many to skip.
        """
        own, every = submission_wire.list_own_submissions, submission_wire.list_submissions
        for each in self._submitted(own, every, evaluation, status, myOwn, limit, offset):
            yield Submission(**each)

    def getSubmissionBundles(
        self,
        evaluation: Any,
        status: str | None = None,
        myOwn: bool = False,
        limit: int = 20,
        offset: int = 0,
    ) -> Iterator[tuple[Submission, SubmissionStatus]]:
        """The same with their statuses."""
        own, every = submission_wire.list_own_bundles, submission_wire.list_bundles
        for each in self._submitted(own, every, evaluation, status, myOwn, limit, offset):
            yield Submission(**each["submission"]), SubmissionStatus(**each["submissionStatus"])

    def _submitted(
        self,
        own: Endpoint[Any, Results[Any]],
        every: Endpoint[Any, Results[Any]],
        evaluation: Any,
        status: str | None,
        mine: bool,
        limit: int,
        offset: int,
    ) -> Iterator[dict[str, Any]]:
        options: dict[str, Any] = {"limit": limit, "offset": offset}
        if status is not None and not mine:
            options["status"] = status
        pages = self._pages(own if mine else every, id_of(evaluation), **options)
        yield from iterate(pages)

    async def get_submission_async(
        self,
        id: Any,
        *,
        downloadFile: bool = True,
        downloadLocation: str | None = None,
        ifcollision: str | None = None,
        **kwargs: Any,
    ) -> Submission:
        """A submission, with the file that was submitted on this machine.

        Args:
            id: The submission or its id.
            downloadFile: Fetch the file.
            downloadLocation: The folder to fetch it to; the cache if not given.
            ifcollision: ``keep.both``, ``keep.local`` or ``overwrite.local``.
            kwargs: Other options of ``get`` are accepted and mean nothing here.

        Returns:
            The submission; its ``entity`` is what was submitted, as it was then, its
            ``filePath`` where the file is.
        """
        submission_id = validate_submission_id(id)
        submission = Submission(
            **await self.call_json(submission_wire.get_submission, submission_id)
        )
        bundle = json.loads(submission["entityBundleJSON"])
        bundle["annotations"] = from_old_form(bundle.get("annotations") or {})
        got = entity_of(bundle)
        if isinstance(got, File):
            await self._complete(
                got,
                bundle,
                downloadFile,
                downloadLocation,
                ifcollision,
                (submission_id, "SubmissionAttachment"),
            )
        submission.entity = got
        submission.filePath = got.get("path")
        return submission

    async def get_submission_status_async(self, submission: Any) -> SubmissionStatus:
        """What became of a submission, given as such or by id."""
        id = validate_submission_id(submission)
        return SubmissionStatus(**await self.call_json(submission_wire.get_status, id))

    getEvaluation = blocking(get_evaluation_async)
    getEvaluationByName = blocking(get_evaluation_by_name_async)
    submit = blocking(submit_async)
    getSubmission_async = get_submission_async
    getSubmission = blocking(get_submission_async)
    getSubmissionStatus = blocking(get_submission_status_async)
