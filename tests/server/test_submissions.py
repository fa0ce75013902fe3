"""Submissions and their statuses: handing in, limits, scoring, and who sees what."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_evaluations import grant, moment, queue


def submit(user: User, evaluation: Any, file: Any, status: int = 201, **fields: Any) -> Any:
    """Submit a file."""
    asked = fields.pop("query", "")
    body = {"evaluationId": evaluation["id"], "entityId": file["id"], **fields}
    return user.post(f"/evaluation/submission?etag={file['etag']}{asked}", body, status)


@pytest.fixture
def open_queue(alice: User, bob: User) -> Any:
    """A queue of Alice's that Bob may submit to and read."""
    made = queue(alice)
    grant(alice, made, bob, "READ", "SUBMIT")
    return made


def test_a_submission(alice: User, bob: User, open_queue: Any) -> None:
    file = bob.file(bob.project()["id"], "answer.csv")
    made = submit(bob, open_queue, file, name="first try", submitterAlias="Bob's")
    bundle = json.loads(made.pop("entityBundleJSON"))
    assert made == {
        "id": made["id"],
        "userId": str(bob.id),
        "submitterAlias": "Bob's",
        "evaluationId": open_queue["id"],
        "entityId": file["id"],
        "versionNumber": 1,
        "name": "first try",
        "createdOn": made["createdOn"],
        "contributors": [{"principalId": str(bob.id), "createdOn": made["createdOn"]}],
    }
    assert bundle["entity"] == file
    assert bundle["fileHandles"][0]["id"] == file["dataFileHandleId"]
    # Alice may not read the entity, but what was submitted of it, also when it is gone.
    alice.get(f"/entity/{file['id']}", 403)
    bob.delete(f"/entity/{file['id']}")
    path = f"/evaluation/submission/{made['id']}"
    found = alice.get(path)
    assert json.loads(found["entityBundleJSON"]) == bundle
    handle = file["dataFileHandleId"]
    answer = alice.send("GET", f"{path}/file/{handle}?redirect=false")
    assert (answer.status_code, answer.text) == (200, "https://example.org/data.csv")
    assert alice.send("GET", f"{path}/file/{handle}").status_code == 307
    asked = {
        "requestedFiles": [
            {
                "fileHandleId": handle,
                "associateObjectId": made["id"],
                "associateObjectType": "SubmissionAttachment",
            }
        ],
        "includeFileHandles": True,
        "includePreSignedURLs": True,
        "includePreviewPreSignedURLs": False,
    }
    (result,) = alice.post("/file/v1/fileHandle/batch", asked, 201)["requestedFiles"]
    assert result["preSignedURL"] == "https://example.org/data.csv"
    (result,) = bob.post("/file/v1/fileHandle/batch", asked, 201)["requestedFiles"]
    assert result["failureCode"] == "UNAUTHORIZED"
    other = alice.external()
    alice.get(f"{path}/file/{other}?redirect=false", 404)
    reason = bob.delete(f"/file/v1/fileHandle/{handle}", 409)["reason"]
    assert reason


def test_a_handle_of_a_submission_stays(
    alice: User, bob: User, open_queue: Any, server: RunningServer
) -> None:
    file = bob.file(bob.project()["id"])
    made = submit(bob, open_queue, file)
    handle = file["dataFileHandleId"]
    bob.delete(f"/entity/{file['id']}")
    bob.put(f"/trashcan/purge/{file['id']}")
    server.do(server.app.sweep_once())
    reason = bob.delete(f"/file/v1/fileHandle/{handle}", 409)["reason"]
    assert "submission" in reason
    answer = alice.send("GET", f"/evaluation/submission/{made['id']}/file/{handle}?redirect=false")
    assert answer.status_code == 200


def test_older_versions_can_be_submitted(bob: User, open_queue: Any) -> None:
    file = bob.file(bob.project()["id"])
    newer = bob.put(f"/entity/{file['id']}?newVersion=true", {**file, "versionComment": "second"})
    assert submit(bob, open_queue, newer)["versionNumber"] == 2
    old = bob.get(f"/entity/{file['id']}/version/1")
    assert submit(bob, open_queue, old, versionNumber=1)["versionNumber"] == 1
    submit(bob, open_queue, newer, 404, versionNumber=3)


def test_submissions_that_cannot_be(
    alice: User, bob: User, open_queue: Any, server: RunningServer
) -> None:
    file = bob.file(bob.project()["id"])
    hidden = alice.file(alice.project()["id"])
    shown = alice.project()["id"]
    only_shown = alice.file(shown)
    alice.share(shown, bob.id, "READ")
    assert "out of date" in submit(bob, open_queue, {**file, "etag": "old"}, 400)["reason"]
    submit(bob, open_queue, hidden, 403)
    submit(bob, open_queue, only_shown, 403)
    submit(bob, open_queue, file, 400, entityId=None)
    submit(bob, open_queue, file, 400, evaluationId=None)
    submit(bob, open_queue, file, 404, evaluationId="9")
    submit(bob, open_queue, file, 400, evaluationId="x")
    submit(bob, open_queue, file, 400, name="x" * 300)
    submit(bob, open_queue, file, 404, teamId="9")
    submit(bob, open_queue, file, 400, contributors=[{"principalId": str(alice.id)}])
    submit(server.user(), open_queue, file, 403)
    submit(server.anonymous, open_queue, file, 401)
    path = f"/evaluation/{open_queue['id']}/submission"
    assert alice.get(path + "/count") == 0
    grant(alice, open_queue, bob, "READ")
    submit(bob, open_queue, file, 403)


def test_who_sees_submissions(
    alice: User, bob: User, open_queue: Any, server: RunningServer
) -> None:
    carol, nobody = server.user(), server.anonymous
    grant(alice, open_queue, carol, "READ", "SUBMIT")
    project = bob.project()["id"]
    mine = [submit(bob, open_queue, bob.file(project, f"{n}.csv")) for n in range(3)]
    hers = submit(carol, open_queue, carol.file(carol.project()["id"]))
    path = f"/evaluation/{open_queue['id']}/submission"
    assert [each["id"] for each in bob.get(path)["results"]] == [each["id"] for each in mine]
    assert [each["id"] for each in carol.get(path)["results"]] == [hers["id"]]
    page = bob.get(path + "/bundle?limit=2&offset=1")
    assert [each["submission"]["id"] for each in page["results"]] == [mine[1]["id"], mine[2]["id"]]
    assert page["results"][0]["submissionStatus"]["status"] == "RECEIVED"
    assert len(alice.get(path + "/all")["results"]) == 4
    assert len(alice.get(path + "/all?status=SCORED")["results"]) == 0
    assert len(alice.get(path + "/bundle/all?status=RECEIVED&limit=3")["results"]) == 3
    assert alice.get(path + "/count") == 4
    assert len(carol.get(path + "/status/all")["results"]) == 4
    for someone in (bob, carol, nobody):
        someone.get(path + "/all", 403)
        someone.get(path + "/bundle/all", 403)
        someone.get(path + "/count", 403)
        someone.get(f"/evaluation/submission/{mine[0]['id']}", 403)
        someone.delete(f"/evaluation/submission/{mine[0]['id']}", 403)
        someone.get(f"/evaluation/submission/{mine[0]['id']}/file/1", 403)
    nobody.get(path, 403)
    nobody.get(path + "/status/all", 403)
    alice.get(path + "/all?status=LOST", 400)
    alice.get("/evaluation/submission/x", 400)
    alice.get("/evaluation/submission/7", 404)
    alice.delete(f"/evaluation/submission/{hers['id']}")
    alice.get(f"/evaluation/submission/{hers['id']}", 404)
    alice.get(f"/evaluation/submission/{hers['id']}/status", 404)
    assert alice.get(path + "/count") == 3
    alice.delete(f"/evaluation/{open_queue['id']}")
    alice.get(f"/evaluation/submission/{mine[0]['id']}", 404)


OLD_FORM = {
    "stringAnnos": [
        {"key": "remark", "value": "late", "isPrivate": True},
        {"key": "team", "value": "blue", "isPrivate": False},
        {"key": "unsaid", "value": "x"},
    ],
    "longAnnos": [{"key": "rank", "value": 3, "isPrivate": False}],
    "doubleAnnos": [{"key": "auc", "value": 0.5, "isPrivate": True}],
}


def test_a_status(alice: User, bob: User, open_queue: Any, server: RunningServer) -> None:
    made = submit(bob, open_queue, bob.file(bob.project()["id"]))
    path = f"/evaluation/submission/{made['id']}/status"
    first = alice.get(path)
    assert first == {
        "id": made["id"],
        "etag": first["etag"],
        "modifiedOn": made["createdOn"],
        "status": "RECEIVED",
        "entityId": made["entityId"],
        "versionNumber": 1,
        "statusVersion": 0,
        "canCancel": False,
        "cancelRequested": False,
        "submissionAnnotations": {"id": made["id"], "etag": first["etag"], "annotations": {}},
    }
    newer = {"annotations": {"auc": {"type": "DOUBLE", "value": ["0.5", "0.75"]}}}
    body = {
        **first,
        "status": "SCORED",
        "score": 0.25,
        "report": "fine",
        "annotations": OLD_FORM,
        "submissionAnnotations": newer,
    }
    scored = alice.put(path, body)
    assert (scored["status"], scored["score"], scored["statusVersion"]) == ("SCORED", 0.25, 1)
    assert scored["annotations"] == {
        **OLD_FORM,
        "objectId": made["id"],
        "scopeId": open_queue["id"],
    }
    assert scored["submissionAnnotations"]["annotations"] == newer["annotations"]
    assert alice.get(path) == scored
    # Bob reads what is public, and no more.
    seen = bob.get(path)
    assert "submissionAnnotations" not in seen
    assert [each["key"] for each in seen["annotations"]["stringAnnos"]] == ["team"]
    assert [each["key"] for each in seen["annotations"]["longAnnos"]] == ["rank"]
    assert seen["annotations"]["doubleAnnos"] == []
    (listed,) = bob.get(f"/evaluation/{open_queue['id']}/submission/status/all")["results"]
    assert listed == seen
    (own,) = bob.get(f"/evaluation/{open_queue['id']}/submission/bundle")["results"]
    assert own["submissionStatus"] == seen
    assert "retrieve it again" in alice.put(path, body, 412)["reason"]
    bob.put(path, seen, 403)
    server.anonymous.get(path, 403)
    server.user().get(path, 403)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": None},
        {"status": "LOST"},
        {"score": 1.5},
        {"score": -0.1},
        {"report": "x" * 10_001},
        {"id": "5"},
        {"annotations": {"stringAnnos": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}},
        {"annotations": {"stringAnnos": [{"value": "1"}]}},
        {"annotations": {"stringAnnos": [{"key": "a", "value": "x" * 501}]}},
        {"submissionAnnotations": {"annotations": {"a b": {"type": "STRING", "value": ["x"]}}}},
        {"submissionAnnotations": {"annotations": {"a": {"type": "LONG", "value": ["x"]}}}},
    ],
)
def test_statuses_that_cannot_be(
    alice: User, bob: User, open_queue: Any, fields: dict[str, Any]
) -> None:
    made = submit(bob, open_queue, bob.file(bob.project()["id"]))
    path = f"/evaluation/submission/{made['id']}/status"
    first = alice.get(path)
    assert alice.put(path, {**first, **fields}, 400)["reason"]
    assert alice.get(path) == first


def test_cancellation(alice: User, bob: User, open_queue: Any) -> None:
    made = submit(bob, open_queue, bob.file(bob.project()["id"]))
    path = f"/evaluation/submission/{made['id']}"
    bob.put(path + "/cancellation", None, 409)
    alice.put(path + "/status", {**alice.get(path + "/status"), "canCancel": True})
    alice.put(path + "/cancellation", None, 403)
    bob.put(path + "/cancellation", None, 204)
    status = alice.get(path + "/status")
    assert (status["cancelRequested"], status["statusVersion"]) == (True, 2)
    # Scoring does not take the request back.
    assert alice.put(path + "/status", {**status, "status": "CLOSED"})["cancelRequested"]


def test_batches_of_statuses(alice: User, bob: User, open_queue: Any) -> None:
    project = bob.project()["id"]
    ids = [submit(bob, open_queue, bob.file(project, f"{n}"))["id"] for n in range(4)]
    path = f"/evaluation/{open_queue['id']}"

    def statuses(*some: int) -> list[Any]:
        found = [alice.get(f"/evaluation/submission/{ids[n]}/status") for n in some]
        return [{**each, "status": "SCORED", "score": 0.5} for each in found]

    whole = {"statuses": statuses(0, 1), "isFirstBatch": True, "isLastBatch": False}
    token = alice.put(path + "/statusBatch", whole)["nextUploadToken"]
    next_one = {
        "statuses": statuses(2),
        "isFirstBatch": False,
        "isLastBatch": False,
        "batchToken": token,
    }
    token = alice.put(path + "/statusBatch", next_one)["nextUploadToken"]
    # somebody else writes in between
    single = statuses(0)[0]
    alice.put(f"/evaluation/submission/{ids[0]}/status", single)
    last = {
        "statuses": statuses(3),
        "isFirstBatch": False,
        "isLastBatch": True,
        "batchToken": token,
    }
    assert "out of date" in alice.put(path + "/statusBatch", last, 412)["reason"]
    only = {"statuses": statuses(3), "isFirstBatch": True, "isLastBatch": True}
    assert alice.put(path + "/statusBatch", only) == {}
    assert len(alice.get(path + "/submission/all?status=SCORED")["results"]) == 4
    # all or none
    fresh = statuses(0, 1)
    broken = {"statuses": [fresh[0], {**fresh[1], "etag": "old"}]}
    alice.put(path + "/statusBatch", {**only, **broken}, 412)
    assert alice.get(f"/evaluation/submission/{ids[0]}/status")["etag"] == fresh[0]["etag"]
    foreign = submit(alice, queue(alice), alice.file(alice.project()["id"]))
    stray = {**fresh[0], "id": foreign["id"]}
    for wrong in (
        {"statuses": []},
        {"statuses": [fresh[0], fresh[0]]},
        {"statuses": [stray]},
        {"statuses": [fresh[0]] * 501},
        {"statuses": fresh, "isFirstBatch": None},
    ):
        assert alice.put(path + "/statusBatch", {**only, **wrong}, 400)["reason"]
    bob.put(path + "/statusBatch", {**only, "statuses": fresh}, 403)


def test_rounds_limit_submissions(alice: User, bob: User, open_queue: Any) -> None:
    path = f"/evaluation/{open_queue['id']}"
    file = bob.file(bob.project()["id"])
    early = submit(bob, open_queue, file)
    quota = {
        "firstRoundStart": moment(hours=-1),
        "numberOfRounds": 2,
        "roundDurationMillis": 7_200_000,
        "submissionLimit": 2,
    }
    alice.put(path, {**alice.get(path), "quota": quota})
    submit(bob, open_queue, file)
    assert "limit" in submit(bob, open_queue, file, 400)["reason"]
    alice.post(path + "/migratequota", None, 200)
    assert "limit" in submit(bob, open_queue, file, 400)["reason"]
    now_open = alice.post(path + "/round/list", {}, 200)["page"][0]
    assert alice.get(f"/evaluation/submission/{early['id']}")["evaluationRoundId"] == now_open["id"]
    reason = alice.delete(f"{path}/round/{now_open['id']}", 400)["reason"]
    assert "submitted" in reason
    alice.put(f"{path}/round/{now_open['id']}", {**now_open, "roundStart": moment(hours=0.5)}, 400)
    # what was refused is no attempt
    status = alice.get(f"/evaluation/submission/{early['id']}/status")
    alice.put(f"/evaluation/submission/{early['id']}/status", {**status, "status": "INVALID"})
    assert submit(bob, open_queue, file)["evaluationRoundId"] == now_open["id"]


def test_outside_of_all_rounds(alice: User, bob: User, open_queue: Any) -> None:
    path = f"/evaluation/{open_queue['id']}"
    alice.post(path + "/round", {"roundStart": moment(hours=1), "roundEnd": moment(hours=2)})
    file = bob.file(bob.project()["id"])
    assert "time range" in submit(bob, open_queue, file, 400)["reason"]


def test_two_at_once_do_not_pass_a_limit(alice: User, bob: User, open_queue: Any) -> None:
    path = f"/evaluation/{open_queue['id']}"
    quota = {"submissionLimit": 3}
    alice.put(path, {**alice.get(path), "quota": quota})
    file = bob.file(bob.project()["id"])
    body = {"evaluationId": open_queue["id"], "entityId": file["id"]}

    def attempt(_: int) -> int:
        url = f"/evaluation/submission?etag={file['etag']}"
        return bob.send("POST", url, body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(12)))
    assert sorted(statuses) == [201] * 3 + [400] * 9
    assert alice.get(path + "/submission/count") == 3


def test_contributors_are_added_by_administrators(
    alice: User, bob: User, open_queue: Any, server: RunningServer
) -> None:
    made = submit(bob, open_queue, bob.file(bob.project()["id"]))
    admin = server.user(admin=True)
    path = f"/admin/evaluation/submission/{made['id']}/contributor"
    body = {"principalId": str(alice.id)}
    bob.post(path, body, 403)
    server.anonymous.post(path, body, 401)
    added = admin.post(path, body)
    assert added["principalId"] == str(alice.id)
    admin.post(path, {"principalId": "7"}, 404)
    admin.post(path, {}, 400)
    found = alice.get(f"/evaluation/submission/{made['id']}")["contributors"]
    assert {each["principalId"] for each in found} == {str(alice.id), str(bob.id)}
    alice.post(f"/evaluation/submission/{made['id']}/contributor", body, 410)


# ------------------------------------------------------------------ the older query


def asked(user: User, query: str, status: int = 200) -> Any:
    return user.get(f"/evaluation/submission/query?query={quote(query)}", status)


def test_the_older_query(alice: User, bob: User, open_queue: Any) -> None:
    project = bob.project()["id"]
    made = [submit(bob, open_queue, bob.file(project, f"{n}.csv")) for n in range(4)]
    for number, each in enumerate(made[:3]):
        path = f"/evaluation/submission/{each['id']}/status"
        body = {
            **alice.get(path),
            "status": "SCORED",
            "score": number / 4,
            "annotations": {
                "doubleAnnos": [{"key": "auc", "value": number / 2, "isPrivate": False}],
                "stringAnnos": [{"key": "team", "value": f"t {number}", "isPrivate": True}],
            },
            "submissionAnnotations": {
                "annotations": {"rank": {"type": "LONG", "value": [str(3 - number)]}}
            },
        }
        alice.put(path, body)
    source = f"evaluation_{open_queue['id']}"

    def ids(rest: str, user: User = alice) -> list[int]:
        found = asked(user, f"SELECT objectId FROM {source} {rest}")
        assert found["headers"] == ["objectId"]
        numbers = [each["id"] for each in made]
        return [numbers.index(row["values"][0]) for row in found["rows"]]

    assert ids("") == [0, 1, 2, 3]
    assert ids("WHERE status == 'SCORED'") == [0, 1, 2]
    assert ids('where status="SCORED" AND auc >= 0.5 order by auc desc') == [2, 1]
    assert ids("WHERE rank < 3 ORDER BY rank") == [2, 1]
    assert ids("WHERE team = 't 1'") == [1]
    assert ids("WHERE auc != 0.5") == [0, 2]
    assert ids("ORDER BY auc DESC LIMIT 2 OFFSET 1") == [1, 0]
    # what is private is not there for Bob, neither to see nor to ask for
    assert ids("WHERE team = 't 1'", bob) == []
    assert ids("WHERE auc > 0", bob) == [1, 2]
    whole = asked(alice, f"SELECT * FROM {source} WHERE auc == 1.0")
    row = dict(zip(whole["headers"], whole["rows"][0]["values"], strict=True))
    assert whole["totalNumberOfResults"] == 1
    assert (row["auc"], row["rank"], row["team"], row["score"]) == ("1.0", "1", "t 2", "0.5")
    assert (row["entityId"], row["name"]) == (made[2]["entityId"], "2.csv")
    assert "team" not in asked(bob, f"SELECT * FROM {source}")["headers"]
    assert asked(alice, f"SELECT objectId FROM {source} LIMIT 1")["totalNumberOfResults"] == 4


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT",
        "SELECT *",
        "SELECT * FROM syn123",
        "SELECT * FROM evaluation_1 WHERE",
        "SELECT * FROM evaluation_1 WHERE a",
        "SELECT * FROM evaluation_1 WHERE a , 1",
        "SELECT * FROM evaluation_1 WHERE a = ;",
        "SELECT * FROM evaluation_1 LIMIT x",
        "SELECT * FROM evaluation_1 LIMIT 1.5",
        "SELECT * FROM evaluation_1 ORDER auc",
        "SELECT * FROM evaluation_1 nonsense",
        "DROP TABLE evaluation",
        "SELECT " + "a," * 6000 + "a FROM evaluation_1",
    ],
)
def test_queries_that_cannot_be(alice: User, query: str) -> None:
    assert asked(alice, query, 400)["reason"]


def test_who_may_not_query(bob: User, open_queue: Any, server: RunningServer) -> None:
    query = f"SELECT * FROM evaluation_{open_queue['id']}"
    asked(server.user(), query, 403)
    asked(server.anonymous, query, 403)
    asked(bob, "SELECT * FROM evaluation_7", 404)
