"""Evaluations and submissions through our client, old names and new, on a real server."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_challenges import Contest

import synapseclient
from synapseclient import annotations
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.models import Evaluation, File, Submission, SubmissionBundle, SubmissionStatus


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Iterator[Synapse]:
    session = alice.client(tmp_path)
    Synapse.set_client(session)
    yield session
    Synapse.set_client(None)


@pytest.fixture
def queue(syn: Synapse, alice: User) -> Evaluation:
    project = alice.project()["id"]
    made = Evaluation(name=f"Queue of {project}", description="d", content_source=project)
    return made.store()


def answer(syn: Synapse, alice: User, folder: Path, text: str = "1,2\n") -> synapseclient.File:
    path = folder / "answer.csv"
    path.write_text(text)
    stored: synapseclient.File = syn.store(synapseclient.File(str(path), alice.project()["id"]))
    return stored


# ------------------------------------------------------------------ new names


def test_an_evaluation(syn: Synapse, queue: Evaluation, caplog: pytest.LogCaptureFixture) -> None:
    assert all((queue.id, queue.etag, queue.owner_id, queue.created_on))
    assert not queue.has_changed
    again = Evaluation(name=queue.name).get()
    assert again == queue
    assert Evaluation(id=queue.id).get() == queue
    queue.submission_receipt_message = "Thank you"
    queue.description = None  # not said again, so it stays
    assert queue.has_changed
    queue.store()
    assert (queue.description, queue.submission_receipt_message) == ("d", "Thank you")
    again.description = "other"
    with pytest.raises(SynapseHTTPError, match="412"):
        again.store()
    queue.store()
    assert "has not changed" in caplog.text
    ids = [each.id for each in Evaluation.get_evaluations_by_project(queue.content_source)]
    assert ids == [queue.id]
    found = Evaluation.get_all_evaluations(evaluation_ids=[queue.id], access_type="SUBMIT")
    assert found == [queue]
    assert Evaluation.get_available_evaluations(evaluation_ids=[queue.id], limit=1) == [queue]
    assert queue.get_permissions()["canSubmit"]
    queue.delete()
    with pytest.raises(SynapseHTTPError, match="404"):
        Evaluation(id=queue.id).get()


def test_what_an_evaluation_needs(syn: Synapse) -> None:
    with pytest.raises(ValueError, match="'description'"):
        Evaluation(name="a", content_source="syn1").store()
    with pytest.raises(ValueError, match="id or name"):
        Evaluation().get()
    for verb in ("delete", "get_acl", "get_permissions"):
        with pytest.raises(ValueError, match="id must be set"):
            getattr(Evaluation(), verb)()
    with pytest.raises(ValueError, match="acl must be provided"):
        Evaluation(id="1").update_acl()


def test_sharing_an_evaluation(syn: Synapse, queue: Evaluation, bob: User) -> None:
    queue.update_acl(principal_id=bob.id, access_type=["read", "SUBMIT"])
    entries = {
        each["principalId"]: each["accessType"] for each in queue.get_acl()["resourceAccess"]
    }
    assert entries[bob.id] == ["READ", "SUBMIT"]
    queue.update_acl(principal_id=str(bob.id), access_type=[])
    acl = queue.get_acl()
    assert [each["principalId"] for each in acl["resourceAccess"]] == [int(queue.owner_id or 0)]
    assert queue.update_acl(acl=acl)["etag"] != acl["etag"]


def test_a_submission(
    syn: Synapse, queue: Evaluation, alice: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = answer(syn, alice, tmp_path)
    made = Submission(entity_id=file.id, evaluation_id=queue.id, name="first").store()
    assert (made.name, made.version_number, made.user_id) == ("first", 1, str(alice.id))
    assert all((made.id, made.entity_bundle_json, made.created_on))
    assert Submission(id=made.id).get() == made
    newer = File(id=file.id, path=file.path).get()
    newer.version_comment = "second"
    newer.store()
    old = Submission(entity_id=file.id, evaluation_id=queue.id, version_number=1).store()
    assert old.version_number == 1
    assert {each.id for each in Submission.get_evaluation_submissions(queue.id)} == {
        made.id,
        old.id,
    }
    assert [each.id for each in Submission.get_user_submissions(queue.id)] == [made.id, old.id]
    assert Submission.get_submission_count(queue.id) == 2
    assert list(Submission.get_evaluation_submissions(queue.id, "SCORED")) == []
    with caplog.at_level("INFO", logger=syn.logger.name):
        old.delete()
    assert "successfully been deleted" in caplog.text
    with pytest.raises(SynapseHTTPError, match="404"):
        Submission(id=old.id).get()
    status = SubmissionStatus(id=made.id).get()
    status.can_cancel = True
    status.store()
    made.cancel()
    assert SubmissionStatus(id=made.id).get().cancel_requested


def test_what_a_submission_needs(syn: Synapse, queue: Evaluation) -> None:
    with pytest.raises(ValueError, match="entity_id"):
        Submission(evaluation_id=queue.id).store()
    with pytest.raises(LookupError, match="syn9"):
        Submission(evaluation_id=queue.id, entity_id="syn9").store()
    with pytest.raises(ValueError, match="'evaluation_id'"):
        Submission(entity_id="syn9").to_synapse_request()
    for verb in ("get", "delete", "cancel"):
        with pytest.raises(ValueError, match="must have an ID"):
            getattr(Submission(), verb)()


def test_more_submissions_than_a_page(
    syn: Synapse, queue: Evaluation, alice: User, tmp_path: Path
) -> None:
    file = answer(syn, alice, tmp_path)
    ids = [
        alice.post(
            f"/evaluation/submission?etag={file.etag}",
            {"evaluationId": queue.id, "entityId": file.id},
        )["id"]
        for _ in range(101)
    ]
    assert [each.id for each in Submission.get_evaluation_submissions(queue.id)] == ids
    bundles = list(SubmissionBundle.get_user_submission_bundles(queue.id))
    assert [each.submission and each.submission.id for each in bundles] == ids
    legacy = [each["id"] for each in syn.getSubmissions(queue.id, limit=30, offset=1)]
    assert legacy == ids[1:]


def test_a_status(syn: Synapse, queue: Evaluation, alice: User, tmp_path: Path) -> None:
    made = Submission(entity_id=answer(syn, alice, tmp_path).id, evaluation_id=queue.id).store()
    status = SubmissionStatus(id=made.id).get()
    assert (status.status, status.status_version, status.annotations) == ("RECEIVED", 0, {})
    day = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    status.status, status.score = "SCORED", 0.5
    status.submission_annotations = {"auc": [0.5, 0.75], "ok": True, "n": 3, "day": day, "t": "x"}
    status.annotations = {"rank": 1, "note": "late", "ratio": 0.25, "valid": False}
    status.store()
    assert not status.has_changed
    stored = SubmissionStatus(id=made.id).get()
    assert stored == status
    assert stored.submission_annotations == {
        "auc": [0.5, 0.75],
        "ok": ["true"],
        "n": [3],
        "day": [1767312000000],
        "t": ["x"],
    }
    assert stored.annotations == {"rank": 1, "note": "late", "ratio": 0.25, "valid": "false"}
    other = SubmissionStatus(id=made.id).get()
    stored.report = "fine"
    stored.store()
    other.report = "bad"
    with pytest.raises(SynapseHTTPError, match="412"):
        other.store()
    (bundle,) = SubmissionBundle.get_evaluation_submission_bundles(queue.id, "SCORED")
    assert bundle.submission_status == stored
    assert bundle.submission == Submission(id=made.id).get()


def test_batches_of_statuses(syn: Synapse, queue: Evaluation, alice: User, tmp_path: Path) -> None:
    file = answer(syn, alice, tmp_path)
    for _ in range(3):
        Submission(entity_id=file.id, evaluation_id=queue.id).store()
    statuses = SubmissionStatus.get_all_submission_statuses(queue.id, limit=2)
    assert len(statuses) == 2
    statuses += SubmissionStatus.get_all_submission_statuses(queue.id, limit=2, offset=2)
    for number, each in enumerate(statuses):
        each.status, each.score = "SCORED", number / 10
        each.submission_annotations = {"rank": [number]}
    first = SubmissionStatus.batch_update_submission_statuses(
        queue.id, statuses[:2], is_last_batch=False
    )
    last = SubmissionStatus.batch_update_submission_statuses(
        queue.id, statuses[2:], is_first_batch=False, batch_token=first["nextUploadToken"]
    )
    assert "nextUploadToken" not in last
    scored = SubmissionStatus.get_all_submission_statuses(queue.id, "SCORED")
    assert [each.score for each in scored] == [0, 0.1, 0.2]
    assert [each.submission_annotations for each in scored] == [{"rank": [n]} for n in range(3)]


def test_the_async_verbs(alice: User, tmp_path: Path) -> None:
    syn = alice.client(tmp_path)
    project = alice.project()["id"]
    file = alice.file(project)
    queue = Evaluation(name=f"Queue of {project}", description="d", content_source=project)

    async def work() -> list[str | None]:
        await queue.store_async(synapse_client=syn)
        submission = Submission(entity_id=file["id"], evaluation_id=queue.id)
        made = await submission.store_async(synapse_client=syn)
        found = Submission.get_evaluation_submissions_async(str(queue.id), synapse_client=syn)
        return [made.id, *[each.id async for each in found]]

    first, second = run(work())
    assert first == second


# ------------------------------------------------------------------ old names


def test_the_older_forms(
    syn: Synapse, alice: User, bob: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = alice.project()["id"]
    queue = syn.store(
        synapseclient.Evaluation(
            name=f"Old queue of {project}",
            contentSource=project,
            submissionReceiptMessage="Received, thank you",
        )
    )
    assert isinstance(queue, synapseclient.Evaluation)
    assert syn.getEvaluation(queue.id) == syn.getEvaluation(queue) == queue
    assert syn.getEvaluationByName(queue.name) == queue
    assert list(syn.getEvaluationByContentSource(project)) == [queue]
    queue.description = "changed"
    queue = syn.store(queue)
    assert queue.description == "changed"
    # one of its name is there already, so that is changed
    same = syn.store(
        synapseclient.Evaluation(name=queue.name, contentSource=project, description="again")
    )
    assert (same.id, same.description) == (queue.id, "again")
    with pytest.raises(SynapseHTTPError, match="409"):
        syn.store(
            synapseclient.Evaluation(name=queue.name, contentSource=project), createOrUpdate=False
        )
    syn.setPermissions(queue, bob.id, ["READ", "SUBMIT"])
    assert set(syn.getPermissions(queue, bob.id)) == {"READ", "SUBMIT"}
    assert len(syn._getACL(queue)["resourceAccess"]) == 2
    file = answer(syn, alice, tmp_path)
    with caplog.at_level("INFO", logger=syn.logger.name):
        made = syn.submit(queue, file, name="mine", submitterAlias="A")
    assert "Received, thank you" in caplog.text
    assert (made.name, made.submitterAlias, made.entityId) == ("mine", "A", file.id)
    assert syn.submit(queue.id, file.id, silent=True).versionNumber == 1
    assert syn.submit(queue.id, File(id=file.id).get(), silent=True).entityId == file.id
    # The file as it was submitted comes back, wherever it is wanted.
    got = syn.getSubmission(made, downloadLocation=str(tmp_path / "submitted"))
    assert Path(got.filePath).read_text() == "1,2\n"
    assert Path(got.filePath).parent == tmp_path / "submitted"
    assert got.entity.name == "answer.csv"
    assert syn.getSubmission(made.id, downloadFile=False).filePath is None
    status = syn.getSubmissionStatus(made)
    status.status = "SCORED"
    status.submissionAnnotations["auc"] = [0.5]
    status = syn.store(status)
    assert (status.status, status.submissionAnnotations) == ("SCORED", {"auc": [0.5]})
    status.submissionAnnotations = {"auc": [0.75], "note": ["x"]}
    assert syn.store(status).submissionAnnotations == {"auc": [0.75], "note": ["x"]}
    ((submission, scored),) = syn.getSubmissionBundles(queue, status="SCORED")
    assert (submission.id, scored.status) == (made.id, "SCORED")
    assert len(list(syn.getSubmissions(queue, myOwn=True))) == 3
    syn.delete(submission)
    assert len(list(syn.getSubmissions(queue))) == 2
    syn.delete(queue)
    with pytest.raises(SynapseHTTPError, match="404"):
        syn.getEvaluation(queue.id)


def test_the_file_of_somebody_elses_submission(
    syn: Synapse, queue: Evaluation, alice: User, bob: User, tmp_path: Path
) -> None:
    """Who scores gets the bytes without any access to the entity."""
    queue.update_acl(principal_id=bob.id, access_type=["READ", "SUBMIT"])
    theirs = bob.client(tmp_path / "bob")
    (tmp_path / "bob").mkdir(exist_ok=True)
    file = answer(theirs, bob, tmp_path / "bob", "secret\n")
    made = theirs.submit(queue.id, file, silent=True)
    with pytest.raises(SynapseHTTPError, match="403"):
        syn.get(file.id)
    got = syn.getSubmission(made.id)
    assert Path(got.filePath).read_text() == "secret\n"
    assert str(got.filePath).startswith(syn.cache.cache_root_dir)


def test_a_team_submits(server: RunningServer, alice: User, tmp_path: Path) -> None:
    contest = Contest(server, alice)
    first, second = contest.enter(), contest.enter()
    team = contest.team(first, second)
    syn = first.client(tmp_path)
    file = first.file(first.project()["id"])
    made = syn.submit(contest.queue["id"], file["id"], team=team["name"], silent=True)
    assert (made.teamId, made.submitterAlias) == (team["id"], team["name"])
    assert {each["principalId"] for each in made.contributors} == {str(first.id), str(second.id)}
    model = Submission(
        entity_id=file["id"], evaluation_id=contest.queue["id"], team_id=team["id"]
    ).store(synapse_client=syn)
    assert len(model.contributors) == 2
    unregistered = first.post("/team", {"name": f"Others than {team['name']}"})
    with pytest.raises(SynapseError, match="is not registered"):
        syn.submit(contest.queue["id"], file["id"], team=unregistered["id"], silent=True)
    alice.put(
        f"/evaluation/{contest.queue['id']}",
        {**alice.get(f"/evaluation/{contest.queue['id']}"), "quota": {"submissionLimit": 2}},
    )
    with pytest.raises(SynapseError, match="full quota"):
        syn.submit(contest.queue["id"], file["id"], team=team["id"], silent=True)


def test_what_the_older_forms_need() -> None:
    with pytest.raises(ValueError, match="contentSource"):
        synapseclient.Evaluation(name="a")
    with pytest.raises(KeyError):
        synapseclient.Submission(evaluationId="1", entityId="syn1")
    status = synapseclient.SubmissionStatus(
        "1", "e", submissionAnnotations={"id": "1", "etag": "e", "annotations": {}}
    )
    assert status.submissionAnnotations == {}
    assert '"submissionAnnotations"' in status.json()


@pytest.mark.parametrize(
    ("given", "found"),
    [("97", "97"), (97, "97"), ({"id": "97"}, "97"), ("97.6", "97"), (" 97 ", "97")],
)
def test_ids_of_submissions(given: Any, found: str) -> None:
    from synapseclient.core.utils import validate_submission_id

    assert validate_submission_id(given) == found
    with pytest.raises(ValueError, match="digits only"):
        validate_submission_id("syn97")


def test_annotations_of_statuses() -> None:
    values = {"a": "x", "b": 1, "c": 0.5, "d": True, "e": [1]}
    older = annotations.to_submission_status_annotations(values, is_private=False)
    assert older["longAnnos"] == [{"key": "b", "value": 1, "isPrivate": False}]
    assert annotations.to_submission_status_annotations(older) is older
    assert annotations.from_submission_status_annotations(older) == {
        **values,
        "d": "true",
        "e": "[1]",
    }
    assert annotations.to_submission_annotations(1, "e", {"a": [], "b": [1]}) == {
        "id": "1",
        "etag": "e",
        "annotations": {"b": {"type": "LONG", "value": [1]}},
    }


def test_signatures_are_shown() -> None:
    for verb in (Submission.get_evaluation_submissions, Evaluation.get_all_evaluations):
        assert "evaluation_id" in str(inspect.signature(verb)), verb
