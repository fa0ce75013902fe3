"""Routes of evaluations and submissions."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.auth.notices import post_of
from synapse_server.blobs.base import blobs_of
from synapse_server.entities import ids
from synapse_server.evaluations import (
    eligibility,
    rounds,
    service,
    sharing,
    statuses,
    submissions,
)
from synapse_server.evaluations import query as submission_query
from synapse_server.files import handles
from synapse_server.files import service as files
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_server.wiki import owners
from synapse_server.wiki import service as wiki
from synapse_wire import evaluations as wire
from synapse_wire import submissions as submission_wire
from synapse_wire.access import AccessControlList
from synapse_wire.base import BooleanResult, Redirection, Results

routes = Routes()


# ------------------------------------------------------------------ evaluations


@routes.serve(wire.create_evaluation)
async def create_evaluation(call: Call, body: wire.Evaluation) -> wire.Evaluation:
    return await service.create(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.get_evaluation)
async def get_evaluation(call: Call, eval_id: str) -> wire.Evaluation:
    return await service.get(call.tx, call.caller, service.parse_id(eval_id))


@routes.serve(wire.find_evaluation)
async def find_evaluation(call: Call, name: str) -> wire.Evaluation:
    return await service.find(call.tx, call.caller, name)


@routes.serve(wire.update_evaluation)
async def update_evaluation(call: Call, eval_id: str, body: wire.Evaluation) -> wire.Evaluation:
    return await service.update(call.tx, call.caller, service.parse_id(eval_id), body)


@routes.serve(wire.delete_evaluation)
async def delete_evaluation(call: Call, eval_id: str) -> None:
    number = service.parse_id(eval_id)
    await service.delete(call.tx, call.caller, number)
    await wiki.delete_all(call.tx, owners.EVALUATION, [number])


@routes.serve(wire.list_evaluations)
async def list_evaluations(
    call: Call,
    access_type: str = "READ",
    active_only: bool = False,
    evaluation_ids: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[wire.Evaluation]:
    return await service.page(
        call.tx,
        call.caller,
        service.parse_access(access_type),
        offset,
        limit,
        evaluation_ids=evaluation_ids,
        active_only=active_only,
    )


@routes.serve(wire.list_available_evaluations)
async def list_available_evaluations(
    call: Call,
    active_only: bool = False,
    evaluation_ids: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[wire.Evaluation]:
    return await service.page(
        call.tx,
        call.caller,
        bits.SUBMIT,
        offset,
        limit,
        evaluation_ids=evaluation_ids,
        active_only=active_only,
    )


@routes.serve(wire.list_evaluations_of_project)
async def list_evaluations_of_project(
    call: Call,
    id: str,
    access_type: str = "READ",
    active_only: bool = False,
    evaluation_ids: str | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[wire.Evaluation]:
    return await service.page(
        call.tx,
        call.caller,
        service.parse_access(access_type),
        offset,
        limit,
        project=ids.parse(id),
        evaluation_ids=evaluation_ids,
        active_only=active_only,
    )


# ------------------------------------------------------------------ who may


@routes.serve(wire.has_evaluation_access)
async def has_evaluation_access(call: Call, eval_id: str, access_type: str) -> BooleanResult:
    return await sharing.has_access(call.tx, call.caller, service.parse_id(eval_id), access_type)


@routes.serve(wire.get_evaluation_permissions)
async def get_evaluation_permissions(call: Call, eval_id: str) -> wire.UserEvaluationPermissions:
    return await sharing.permissions(call.tx, call.caller, service.parse_id(eval_id))


@routes.serve(wire.get_evaluation_acl)
async def get_evaluation_acl(call: Call, eval_id: str) -> AccessControlList:
    return await sharing.get(call.tx, call.caller, service.parse_id(eval_id))


@routes.serve(wire.update_evaluation_acl)
async def update_evaluation_acl(call: Call, body: AccessControlList) -> AccessControlList:
    return await sharing.update(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.create_evaluation_acl)
async def create_evaluation_acl(call: Call, body: AccessControlList) -> AccessControlList:
    return await sharing.create(call.tx, call.caller, body, call.need(Policy))


@routes.serve(wire.delete_evaluation_acl)
async def delete_evaluation_acl(call: Call, eval_id: str) -> None:
    await sharing.delete(call.tx, call.caller, service.parse_id(eval_id))


# ------------------------------------------------------------------ rounds


@routes.serve(wire.create_round)
async def create_round(
    call: Call, eval_id: str, body: wire.EvaluationRound
) -> wire.EvaluationRound:
    return await rounds.create(call.tx, call.caller, service.parse_id(eval_id), body)


@routes.serve(wire.get_round)
async def get_round(call: Call, eval_id: str, round_id: str) -> wire.EvaluationRound:
    return await rounds.get(call.tx, call.caller, service.parse_id(eval_id), round_id)


@routes.serve(wire.update_round)
async def update_round(
    call: Call, eval_id: str, round_id: str, body: wire.EvaluationRound
) -> wire.EvaluationRound:
    return await rounds.update(call.tx, call.caller, service.parse_id(eval_id), round_id, body)


@routes.serve(wire.delete_round)
async def delete_round(call: Call, eval_id: str, round_id: str) -> None:
    await rounds.delete(call.tx, call.caller, service.parse_id(eval_id), round_id)


@routes.serve(wire.list_rounds, Work.READ)
async def list_rounds(
    call: Call, eval_id: str, body: wire.EvaluationRoundListRequest
) -> wire.EvaluationRoundListResponse:
    return await rounds.page(call.tx, call.caller, service.parse_id(eval_id), body)


@routes.serve(wire.migrate_quota)
async def migrate_quota(call: Call, eval_id: str) -> None:
    await rounds.migrate_quota(call.tx, call.caller, service.parse_id(eval_id))


@routes.serve(wire.get_team_eligibility)
async def get_team_eligibility(call: Call, eval_id: str, id: str) -> wire.TeamSubmissionEligibility:
    return await eligibility.get_of_team(
        call.tx, call.caller, service.parse_id(eval_id), users.parse_id(id, "team")
    )


# ------------------------------------------------------------------ submissions


@routes.serve(submission_wire.create_submission)
async def create_submission(
    call: Call,
    body: submission_wire.Submission,
    etag: str | None = None,
    submission_eligibility_hash: str | None = None,
    challenge_endpoint: str | None = None,
    notification_unsubscribe_endpoint: str | None = None,
) -> submission_wire.Submission:
    post = post_of(call, notification_unsubscribe_endpoint)
    return await submissions.create(
        call.tx,
        call.caller,
        body,
        etag,
        submission_eligibility_hash,
        call.need(Policy),
        post,
        challenge_endpoint,
    )


@routes.serve(submission_wire.query_submissions, Work.SCAN)
async def query_submissions(call: Call, query: str) -> submission_wire.QueryTableResults:
    return await submission_query.answer(call.tx, call.caller, query)


@routes.serve(submission_wire.get_submission)
async def get_submission(call: Call, sub_id: str) -> submission_wire.Submission:
    return await submissions.get(call.tx, call.caller, sub_id)


@routes.serve(submission_wire.delete_submission)
async def delete_submission(call: Call, sub_id: str) -> None:
    await submissions.delete(call.tx, call.caller, sub_id)


@routes.serve(submission_wire.cancel_submission)
async def cancel_submission(call: Call, sub_id: str) -> None:
    await submissions.cancel(call.tx, call.caller, sub_id)


@routes.serve(submission_wire.list_own_submissions)
async def list_own_submissions(
    call: Call, eval_id: str, offset: int = 0, limit: int = 10
) -> Results[submission_wire.Submission]:
    return await submissions.page(
        call.tx, call.caller, service.parse_id(eval_id), offset, limit, own=True
    )


@routes.serve(submission_wire.list_submissions, Work.SCAN)
async def list_submissions(
    call: Call,
    eval_id: str,
    offset: int = 0,
    limit: int = 10,
    status: submission_wire.Status | None = None,
) -> Results[submission_wire.Submission]:
    return await submissions.page(
        call.tx, call.caller, service.parse_id(eval_id), offset, limit, status=status
    )


@routes.serve(submission_wire.list_own_bundles)
async def list_own_bundles(
    call: Call, eval_id: str, offset: int = 0, limit: int = 10
) -> Results[submission_wire.SubmissionBundle]:
    return await submissions.page_of_bundles(
        call.tx, call.caller, service.parse_id(eval_id), offset, limit, own=True
    )


@routes.serve(submission_wire.list_bundles, Work.SCAN)
async def list_bundles(
    call: Call,
    eval_id: str,
    offset: int = 0,
    limit: int = 10,
    status: submission_wire.Status | None = None,
) -> Results[submission_wire.SubmissionBundle]:
    return await submissions.page_of_bundles(
        call.tx, call.caller, service.parse_id(eval_id), offset, limit, status=status
    )


@routes.serve(submission_wire.count_submissions)
async def count_submissions(call: Call, eval_id: str) -> int:
    return await submissions.count(call.tx, call.caller, service.parse_id(eval_id))


@routes.serve(submission_wire.get_submission_file, Work.OWN)
async def get_submission_file(
    call: Call, sub_id: str, file_handle_id: str, redirect: bool = True
) -> Redirection:
    number = handles.parse_id(file_handle_id)
    row = await call.db.read(lambda tx: submissions.submitted_file(tx, call.caller, sub_id, number))
    url = await files.url_of(blobs_of(call), row, call.need(Settings).download_url_seconds)
    return Redirection(url, redirect)


@routes.serve(submission_wire.add_contributor)
async def add_contributor(
    call: Call, sub_id: str, body: submission_wire.SubmissionContributor
) -> submission_wire.SubmissionContributor:
    return await submissions.add_contributor(call.tx, call.caller, sub_id, body)


# ------------------------------------------------------------------ statuses


@routes.serve(submission_wire.get_status)
async def get_status(call: Call, sub_id: str) -> submission_wire.SubmissionStatus:
    return await statuses.get(call.tx, call.caller, sub_id)


@routes.serve(submission_wire.update_status)
async def update_status(
    call: Call, sub_id: str, body: submission_wire.SubmissionStatus
) -> submission_wire.SubmissionStatus:
    return await statuses.update(call.tx, call.caller, sub_id, body)


@routes.serve(submission_wire.update_statuses)
async def update_statuses(
    call: Call, eval_id: str, body: submission_wire.SubmissionStatusBatch
) -> submission_wire.BatchUploadResponse:
    return await statuses.update_batch(call.tx, call.caller, service.parse_id(eval_id), body)


@routes.serve(submission_wire.list_statuses)
async def list_statuses(
    call: Call,
    eval_id: str,
    offset: int = 0,
    limit: int = 10,
    status: submission_wire.Status | None = None,
) -> Results[submission_wire.SubmissionStatus]:
    return await statuses.page(
        call.tx, call.caller, service.parse_id(eval_id), offset, limit, status
    )
