"""The quiz, and what it is to be certified."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import User
from tests.governing import requirement

from synapse_server.certification import questions
from synapse_server.users import service as users
from synapse_server.users import store as principals

PACKAGE = "org.sagebionetworks.repo.model.quiz."


def answers(right: int) -> dict[str, Any]:
    """Answers to all questions, of which so many are right."""
    given = []
    for index in range(len(questions.ITEMS)):
        good = sorted(questions.right(index))
        chosen = good if index < right else [each for each in range(3) if each not in good][:1]
        given.append(
            {
                "concreteType": PACKAGE + "MultichoiceResponse",
                "questionIndex": index,
                "answerIndex": chosen,
            }
        )
    return {"quizId": 1, "questionResponses": given}


@pytest.fixture
def act(alice: User) -> User:
    """A member of the compliance team."""
    user = alice.server.user()
    alice.server.write(lambda tx: principals.add_member(tx, users.ACT, user.id))
    return user


def test_the_quiz_does_not_tell_the_answers(alice: User) -> None:
    quiz = alice.get("/certifiedUserTest")
    assert (quiz["id"], len(quiz["questions"])) == (1, 12)
    assert "isCorrect" not in str(quiz)
    for index, question in enumerate(quiz["questions"]):
        assert question["concreteType"] == PACKAGE + "MultichoiceQuestion"
        assert question["questionIndex"] == index
        assert [each["answerIndex"] for each in question["answers"]] == list(
            range(len(question["answers"]))
        )
        assert len({each["prompt"] for each in question["answers"]}) == len(question["answers"])
        assert question["exclusive"] is (len(questions.right(index)) == 1)
    alice.server.anonymous.get("/certifiedUserTest", 403)
    alice.server.anonymous.post("/certifiedUserTestResponse", answers(12), 403)


def test_passing_it(alice: User, bob: User) -> None:
    path = f"/user/{alice.id}/certifiedUserPassingRecord"
    bob.get(path, 404)
    failed = alice.post("/certifiedUserTestResponse", answers(9))
    corrections = failed.pop("corrections")
    assert [each["isCorrect"] for each in corrections] == [True] * 9 + [False] * 3
    assert corrections[0]["question"] == alice.get("/certifiedUserTest")["questions"][0]
    assert failed == {
        "userId": str(alice.id),
        "quizId": 1,
        "responseId": failed["responseId"],
        "score": 9,
        "passed": False,
        "passedOn": failed["createdOn"],
        "createdOn": failed["createdOn"],
        "certified": False,
        "revoked": False,
    }
    assert bob.get(path) == failed
    assert alice.get("/user/bundle?mask=8")["isCertified"] is False
    passed = alice.post("/certifiedUserTestResponse", answers(10))
    assert (passed["score"], passed["passed"], passed["certified"]) == (10, True, True)
    assert alice.get("/user/bundle?mask=8")["isCertified"] is True
    passed.pop("corrections")
    assert bob.get(path) == passed
    again = alice.post("/certifiedUserTestResponse", answers(12), 403)
    assert "already" in again["reason"]


@pytest.mark.parametrize(
    "change",
    [
        {"quizId": 2},
        {"quizId": None},
        {"questionResponses": [{"concreteType": PACKAGE + "MultichoiceResponse"}]},
        {"questionResponses": [answers(1)["questionResponses"][0]] * 2},
        {"questionResponses": [{**answers(1)["questionResponses"][0], "answerIndex": [99]}]},
        {"questionResponses": [{**answers(1)["questionResponses"][0], "questionIndex": 12}]},
        {"questionResponses": [{**answers(1)["questionResponses"][0], "questionIndex": -1}]},
        {
            "questionResponses": [
                {
                    "concreteType": PACKAGE + "TextFieldResponse",
                    "questionIndex": 0,
                    "response": "all",
                }
            ]
        },
        {"questionResponses": [{"questionIndex": 0}]},
    ],
)
def test_answers_to_other_questions(alice: User, change: dict[str, Any]) -> None:
    alice.post("/certifiedUserTestResponse", {**answers(12), **change}, 400)
    assert alice.get("/user/bundle?mask=8")["isCertified"] is False


def test_choosing_everything_is_not_right(alice: User) -> None:
    body = answers(12)
    for each in body["questionResponses"]:
        each["answerIndex"] = list(range(len(questions.question(each["questionIndex"]).answers)))
    assert alice.post("/certifiedUserTestResponse", body)["score"] == 0
    assert alice.post("/certifiedUserTestResponse", {"quizId": 1})["score"] == 0


def test_a_certification_can_be_taken_back(alice: User, bob: User, act: User, admin: User) -> None:
    path = f"/user/{alice.id}/revokeCertification"
    alice.post("/certifiedUserTestResponse", answers(12))
    bob.put(path, status=403)
    alice.put(path, status=403)
    alice.server.anonymous.put(path, status=401)
    record = act.put(path)
    assert (record["passed"], record["certified"], record["revoked"]) == (True, False, True)
    assert record["revokedOn"] >= record["createdOn"]
    assert alice.get("/user/bundle?mask=8")["isCertified"] is False
    act.put(path, status=400)
    act.put("/user/999999999/revokeCertification", status=404)
    assert alice.post("/certifiedUserTestResponse", answers(12))["certified"] is True
    records = admin.get(f"/user/{alice.id}/certifiedUserPassingRecords")["results"]
    assert [each["certified"] for each in records] == [True, False]
    admin.put(f"/admin/user/{alice.id}/certificationStatus?isCertified=false", status=204)
    records = admin.get(f"/user/{alice.id}/certifiedUserPassingRecords")["results"]
    assert [each["revoked"] for each in records] == [True, True]
    # Certified without the quiz.
    admin.put(f"/admin/user/{alice.id}/certificationStatus?isCertified=true", status=204)
    latest = bob.get(f"/user/{alice.id}/certifiedUserPassingRecord")
    assert latest["certified"] is True
    assert "score" not in latest


def test_what_administrators_see(alice: User, bob: User, admin: User) -> None:
    given = answers(5)
    made = alice.post("/certifiedUserTestResponse", given)
    path = "/admin/certifiedUserTestResponse"
    (mine,) = admin.get(f"{path}?principalId={alice.id}")["results"]
    assert mine["questionResponses"] == given["questionResponses"]
    assert (mine["id"], mine["createdBy"]) == (made["responseId"], str(alice.id))
    assert mine["id"] in [each["id"] for each in admin.get(path)["results"]]
    for user in (alice, bob):
        user.get(path, 403)
        user.delete(f"{path}/{mine['id']}", 403)
    admin.delete(f"{path}/{mine['id']}", 200)
    admin.delete(f"{path}/{mine['id']}", 404)
    assert admin.get(f"{path}?principalId={alice.id}")["results"] == []


def test_certified_users_meet_what_others_cannot(alice: User, act: User) -> None:
    project = alice.project()["id"]
    made = act.post(
        "/accessRequirement", requirement("SelfSign", project, isCertifiedUserRequired=True)
    )
    body = {"requirementId": made["id"]}
    alice.post("/accessApproval", body, 403)
    alice.post("/certifiedUserTestResponse", answers(12))
    alice.post("/accessApproval", body)
