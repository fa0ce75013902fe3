"""Evaluations, submissions and their statuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast
from urllib.parse import quote

import msgspec

from synapse_wire import evaluations as wire
from synapse_wire import submissions as submission_wire
from synapse_wire.access import AccessControlList
from synapseclient.api.api_client import rest_get_paginated_async
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse

_PAGE = wire.MOST_PAGE


# ------------------------------------------------------------------ evaluations


async def create_or_update_evaluation(
    request_body: Mapping[str, Any], *, synapse_client: Synapse | None = None
) -> Json:
    """Make an evaluation, or change the one whose id is given."""
    logger = Synapse.get_client(synapse_client).logger
    body = msgspec.convert(request_body, wire.Evaluation)
    if body.id:
        answer = await _call(synapse_client, wire.update_evaluation, body.id, body)
        logger.info("Evaluation '%s' (ID: %s) has been updated", body.name, body.id)
    else:
        answer = await _call(synapse_client, wire.create_evaluation, body)
        logger.info("Evaluation '%s' has been created with ID: %s", body.name, answer["id"])
    return answer


async def get_evaluation(
    evaluation_id: str | None = None,
    name: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """An evaluation by its id or its name."""
    if evaluation_id:
        return await _call(synapse_client, wire.get_evaluation, str(evaluation_id))
    if name:
        return await _call(synapse_client, wire.find_evaluation, name)
    raise ValueError("Either 'evaluation_id' or 'name' must be provided")


def _asked(
    active_only: bool | None,
    evaluation_ids: list[str] | None,
    offset: int | None,
    limit: int | None,
) -> dict[str, Any]:
    return {
        "active_only": active_only,
        "evaluation_ids": None if evaluation_ids is None else ",".join(map(str, evaluation_ids)),
        "offset": offset,
        "limit": limit,
    }


async def get_evaluations_by_project(
    project_id: str,
    access_type: str | None = None,
    active_only: bool | None = None,
    evaluation_ids: list[str] | None = None,
    offset: int | None = None,
    limit: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """A page of the evaluations of a project, under ``results``."""
    options = _asked(active_only, evaluation_ids, offset, limit)
    return await _call(
        synapse_client,
        wire.list_evaluations_of_project,
        project_id,
        access_type=access_type,
        **options,
    )


async def get_all_evaluations(
    access_type: str | None = None,
    active_only: bool | None = None,
    evaluation_ids: list[str] | None = None,
    offset: int | None = None,
    limit: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """A page of the evaluations that you may read, or treat as ``access_type`` says."""
    options = _asked(active_only, evaluation_ids, offset, limit)
    return await _call(synapse_client, wire.list_evaluations, access_type=access_type, **options)


async def get_available_evaluations(
    active_only: bool | None = None,
    evaluation_ids: list[str] | None = None,
    offset: int | None = None,
    limit: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """A page of the evaluations that you may submit to."""
    options = _asked(active_only, evaluation_ids, offset, limit)
    return await _call(synapse_client, wire.list_available_evaluations, **options)


async def delete_evaluation(evaluation_id: str, *, synapse_client: Synapse | None = None) -> None:
    """Delete an evaluation with its submissions."""
    await Synapse.get_client(synapse_client).call(wire.delete_evaluation, str(evaluation_id))


async def get_evaluation_acl(evaluation_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """Who may do what with an evaluation."""
    return await _call(synapse_client, wire.get_evaluation_acl, str(evaluation_id))


async def update_evaluation_acl(
    acl: Mapping[str, Any], *, synapse_client: Synapse | None = None
) -> Json:
    """Replace an evaluation's ACL."""
    body = msgspec.convert(acl, AccessControlList)
    return await _call(synapse_client, wire.update_evaluation_acl, body)


async def get_evaluation_permissions(
    evaluation_id: str, *, synapse_client: Synapse | None = None
) -> Json:
    """What you may do with an evaluation."""
    return await _call(synapse_client, wire.get_evaluation_permissions, str(evaluation_id))


# ------------------------------------------------------------------ submissions


async def create_submission(
    request_body: Mapping[str, Any],
    etag: str,
    synapse_client: Synapse | None = None,
    *,
    submission_eligibility_hash: str | None = None,
) -> Json:
    """Submit; ``etag`` is the entity's. A team's submission needs the hash of its eligibility."""
    body = msgspec.convert(request_body, submission_wire.Submission, strict=False)
    return await _call(
        synapse_client,
        submission_wire.create_submission,
        body,
        etag=etag,
        submission_eligibility_hash=submission_eligibility_hash,
    )


async def get_submission(submission_id: str, synapse_client: Synapse | None = None) -> Json:
    """A submission with all that was submitted."""
    return await _call(synapse_client, submission_wire.get_submission, str(submission_id))


def _pages(
    uri: str, status: str | None, synapse_client: Synapse | None
) -> AsyncIterator[dict[str, Any]]:
    if status:
        uri += f"?status={quote(status)}"
    return rest_get_paginated_async(uri, _PAGE, synapse_client=synapse_client)


async def get_evaluation_submissions(
    evaluation_id: str, status: str | None = None, *, synapse_client: Synapse | None = None
) -> AsyncIterator[dict[str, Any]]:
    """All submissions of an evaluation, or those of one status."""
    uri = f"/evaluation/{evaluation_id}/submission/all"
    async for each in _pages(uri, status, synapse_client):
        yield each


async def get_user_submissions(
    evaluation_id: str, *, synapse_client: Synapse | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Your own submissions."""
    async for each in _pages(f"/evaluation/{evaluation_id}/submission", None, synapse_client):
        yield each


async def get_submission_count(evaluation_id: str, synapse_client: Synapse | None = None) -> Any:
    """How many submissions an evaluation has."""
    syn = Synapse.get_client(synapse_client)
    return await syn.call_json(submission_wire.count_submissions, str(evaluation_id))


async def delete_submission(submission_id: str, synapse_client: Synapse | None = None) -> None:
    """Delete a submission with its status."""
    syn = Synapse.get_client(synapse_client)
    await syn.call(submission_wire.delete_submission, str(submission_id))


async def cancel_submission(submission_id: str, synapse_client: Synapse | None = None) -> None:
    """Ask for your own submission to be cancelled."""
    syn = Synapse.get_client(synapse_client)
    await syn.call(submission_wire.cancel_submission, str(submission_id))


# ------------------------------------------------------------------ statuses


async def get_submission_status(submission_id: str, synapse_client: Synapse | None = None) -> Json:
    """What became of a submission."""
    return await _call(synapse_client, submission_wire.get_status, str(submission_id))


async def update_submission_status(
    submission_id: str, request_body: Mapping[str, Any], synapse_client: Synapse | None = None
) -> Json:
    """Say what became of a submission."""
    body = _status(request_body)
    return await _call(synapse_client, submission_wire.update_status, str(submission_id), body)


def _status(raw: Mapping[str, Any]) -> submission_wire.SubmissionStatus:
    # Numbers among the values of annotations are sent as text, as the server keeps them.
    return msgspec.convert(_with_texts(raw), submission_wire.SubmissionStatus, strict=False)


def _with_texts(raw: Mapping[str, Any]) -> dict[str, Any]:
    newer = raw.get("submissionAnnotations")
    if not newer:
        return dict(raw)
    wired = {
        key: {**each, "value": [None if value is None else str(value) for value in each["value"]]}
        for key, each in (newer.get("annotations") or {}).items()
    }
    return {**raw, "submissionAnnotations": {**newer, "annotations": wired}}


async def get_all_submission_statuses(
    evaluation_id: str,
    status: str | None = None,
    limit: int = 10,
    offset: int = 0,
    synapse_client: Synapse | None = None,
) -> Json:
    """A page of the statuses of an evaluation's submissions, under ``results``."""
    return await _call(
        synapse_client,
        submission_wire.list_statuses,
        str(evaluation_id),
        status=cast("submission_wire.Status | None", status),
        limit=limit,
        offset=offset,
    )


async def batch_update_submission_statuses(
    evaluation_id: str, request_body: Mapping[str, Any], synapse_client: Synapse | None = None
) -> Json:
    """Write up to 500 statuses at once: all, or none when one cannot be."""
    asked = {**request_body, "statuses": [_with_texts(one) for one in request_body["statuses"]]}
    body = msgspec.convert(asked, submission_wire.SubmissionStatusBatch, strict=False)
    return await _call(synapse_client, submission_wire.update_statuses, str(evaluation_id), body)


async def get_evaluation_submission_bundles(
    evaluation_id: str, status: str | None = None, *, synapse_client: Synapse | None = None
) -> AsyncIterator[dict[str, Any]]:
    """All submissions of an evaluation with their statuses, or those of one status."""
    uri = f"/evaluation/{evaluation_id}/submission/bundle/all"
    async for each in _pages(uri, status, synapse_client):
        yield each


async def get_user_submission_bundles(
    evaluation_id: str, *, synapse_client: Synapse | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Your own submissions with their statuses."""
    uri = f"/evaluation/{evaluation_id}/submission/bundle"
    async for each in _pages(uri, None, synapse_client):
        yield each
