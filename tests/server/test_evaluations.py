"""Evaluations: who may do what with them, their rounds, and the lists they are in."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from tests.conftest import RunningServer, User

ALL = [
    "CREATE",
    "READ",
    "UPDATE",
    "DELETE",
    "CHANGE_PERMISSIONS",
    "SUBMIT",
    "READ_PRIVATE_SUBMISSION",
    "UPDATE_SUBMISSION",
    "DELETE_SUBMISSION",
]


def queue(user: User, name: str | None = None, **fields: Any) -> Any:
    """A new evaluation of a new project."""
    source = fields.pop("contentSource", None) or user.project()["id"]
    body = {"name": name or f"Queue of {source}", "contentSource": source, **fields}
    return user.post("/evaluation", body)


def grant(owner: User, evaluation: Any, who: User | int, *kinds: str) -> None:
    """Add an entry to an evaluation's ACL, or take it away."""
    principal = who if isinstance(who, int) else who.id
    acl = owner.get(f"/evaluation/{evaluation['id']}/acl")
    kept = [each for each in acl["resourceAccess"] if each["principalId"] != principal]
    if kinds:
        kept.append({"principalId": principal, "accessType": list(kinds)})
    owner.put("/evaluation/acl", {**acl, "resourceAccess": kept})


def moment(**later: float) -> str:
    """A date from now."""
    found = datetime.datetime.now(datetime.UTC) + datetime.timedelta(**later)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_evaluation(alice: User) -> None:
    project = alice.project()["id"]
    made = queue(
        alice,
        "Tumour subtypes",
        contentSource=project,
        description="Predict the subtype",
        submissionInstructionsMessage="One CSV",
        submissionReceiptMessage="Thank you",
    )
    assert made == {
        "id": made["id"],
        "etag": made["etag"],
        "name": "Tumour subtypes",
        "description": "Predict the subtype",
        "ownerId": str(alice.id),
        "createdOn": made["createdOn"],
        "contentSource": project,
        "submissionInstructionsMessage": "One CSV",
        "submissionReceiptMessage": "Thank you",
    }
    path = f"/evaluation/{made['id']}"
    assert alice.get(path) == made
    assert alice.get("/evaluation/name/Tumour%20subtypes") == made
    changed = alice.put(path, {**made, "name": "Tumour subtypes, again", "description": None})
    assert changed["name"] == "Tumour subtypes, again"
    assert "description" not in changed
    assert "retrieve it again" in alice.put(path, made, 412)["reason"]
    alice.delete(path)
    alice.get(path, 404)
    alice.get("/evaluation/name/Tumour%20subtypes%2C%20again", 404)


@pytest.mark.parametrize(
    "fields",
    [
        {"contentSource": None},
        {"contentSource": "folder"},
        {"contentSource": "nothing"},
        {"name": None},
        {"name": "a/b"},
        {"name": "x" * 257},
        {"description": "x" * 100_001},
        {"quota": {"numberOfRounds": 3}},
        {"quota": {"numberOfRounds": 0}},
        {"quota": {"firstRoundStart": "yesterday"}},
        {"quota": {"submissionLimit": -1}},
        {"quota": {"roundDurationMillis": 5}},
    ],
)
def test_evaluations_that_cannot_be(alice: User, fields: dict[str, Any]) -> None:
    project = alice.project()["id"]
    body = {"name": f"Queue {project}", "contentSource": project, **fields}
    if fields.get("contentSource") == "folder":
        body["contentSource"] = alice.folder(project)["id"]
    assert alice.post("/evaluation", body, 400)["reason"]
    assert alice.get(f"/entity/{project}/evaluation")["results"] == []


def test_names_are_unique(alice: User, bob: User) -> None:
    made = queue(alice)
    source = bob.project()["id"]
    bob.post("/evaluation", {"name": made["name"], "contentSource": source}, 409)
    other = queue(bob)
    bob.put(f"/evaluation/{other['id']}", {**other, "name": made["name"]}, 409)


def test_what_cannot_be_changed(alice: User, bob: User) -> None:
    made = queue(alice)
    path = f"/evaluation/{made['id']}"
    other = alice.project()["id"]
    alice.put(path, {**made, "contentSource": other}, 400)
    alice.put(path, {**made, "ownerId": str(bob.id)}, 400)
    alice.put(path, {**made, "id": "1"}, 400)
    assert alice.get(path) == made


def test_who_may(alice: User, bob: User, server: RunningServer) -> None:
    """Strangers, nobody, and what each kind of access opens, until it is taken away."""
    made = queue(alice)
    path = f"/evaluation/{made['id']}"
    nobody, admin = server.anonymous, server.user(admin=True)
    body = {"name": "Mine", "contentSource": made["contentSource"]}
    bob.post("/evaluation", body, 403)
    nobody.post("/evaluation", body, 401)
    for someone in (bob, nobody):
        someone.get(path, 403)
        someone.put(path, made, 403)
        someone.delete(path, 403)
        someone.get(path + "/acl", 403)
        someone.get(f"/evaluation/name/{made['name'].replace(' ', '%20')}", 403)
        someone.post(path + "/round/list", {}, 403)
        assert someone.get("/evaluation")["results"] == []
        assert someone.get(path + "/access?accessType=READ") == {"result": False}
        allowed = someone.get(path + "/permissions")
        assert not any(value for name, value in allowed.items() if name.startswith("can"))
        assert allowed["ownerPrincipalId"] == alice.id
    acl = alice.get(path + "/acl")
    assert [set(each["accessType"]) for each in acl["resourceAccess"]] == [set(ALL)]
    grant(alice, made, bob, "READ", "UPDATE")
    bob.put(path, bob.get(path))
    bob.delete(path, 403)
    bob.put("/evaluation/acl", bob.get(path + "/acl"), 403)
    grant(alice, made, bob)
    bob.get(path, 403)
    grant(alice, made, 273949, "READ")
    assert nobody.get(path)["id"] == made["id"]
    assert nobody.get("/evaluation")["results"][0]["id"] == made["id"]
    assert nobody.get(path + "/permissions")["canPublicRead"]
    assert nobody.get("/evaluation/available")["results"] == []
    grant(alice, made, 273948, "READ", "SUBMIT")
    assert bob.get("/evaluation/available")["results"][0]["id"] == made["id"]
    assert not nobody.get(path + "/permissions")["canSubmit"]
    assert all(admin.get(path + "/permissions").values())
    alice.get("/evaluation/9/permissions", 404)
    alice.get(path + "/access?accessType=DANCE", 400)
    alice.get("/evaluation/nine", 400)


def test_acls(alice: User, bob: User) -> None:
    made = queue(alice)
    path = f"/evaluation/{made['id']}/acl"
    acl = alice.get(path)
    assert acl["id"] == made["id"]
    for entries in (
        [{"principalId": 273949, "accessType": ["SUBMIT"]}],
        [{"principalId": 273950, "accessType": ["READ"]}],
        [{"principalId": 77, "accessType": ["READ"]}],
        [{"principalId": bob.id, "accessType": []}],
        None,
    ):
        alice.put("/evaluation/acl", {**acl, "resourceAccess": entries}, 400)
    assert alice.get(path) == acl
    alice.put("/evaluation/acl", {**acl, "etag": "old"}, 412)
    alice.post("/evaluation/acl", acl, 400)
    bob.post("/evaluation/acl", acl, 403)
    alice.delete(path)
    alice.get(path, 403)
    again = alice.post("/evaluation/acl", acl)
    assert again["resourceAccess"] == acl["resourceAccess"]
    # who may change permissions, and does not own it, keeps them
    grant(alice, made, bob, "READ", "CHANGE_PERMISSIONS")
    acl = bob.get(path)
    mine = [each for each in acl["resourceAccess"] if each["principalId"] != bob.id]
    reason = bob.put("/evaluation/acl", {**acl, "resourceAccess": mine}, 400)["reason"]
    assert "CHANGE_PERMISSIONS" in reason


def test_lists(alice: User, bob: User) -> None:
    source = alice.project()["id"]
    first, second = (queue(alice, f"{n} of {source}", contentSource=source) for n in "ab")
    queue(alice)
    path = f"/entity/{source}/evaluation"
    found = alice.get(path)
    assert found["results"] == [first, second]
    assert alice.get(path + "?limit=1&offset=1")["results"] == [second]
    assert alice.get(path + f"?evaluationIds={second['id']}")["results"] == [second]
    ids = f"evaluationIds={first['id']}, {second['id']}".replace(" ", "%20")
    assert alice.get(f"/evaluation?{ids}")["results"] == [first, second]
    alice.get("/evaluation?evaluationIds=x", 400)
    alice.get("/evaluation?limit=0", 400)
    assert bob.get(path)["results"] == []
    grant(alice, second, bob, "READ")
    assert [each["id"] for each in bob.get(path)["results"]] == [second["id"]]
    assert bob.get(path + "?accessType=SUBMIT")["results"] == []
    later = {"firstRoundStart": moment(days=1)}
    alice.put(f"/evaluation/{first['id']}", {**first, "quota": later})
    active = alice.get(path + "?activeOnly=true")["results"]
    assert [each["id"] for each in active] == [second["id"]]


def test_rounds(alice: User, bob: User) -> None:
    made = queue(alice)
    path = f"/evaluation/{made['id']}/round"
    grant(alice, made, bob, "READ")
    body = {
        "evaluationId": made["id"],
        "roundStart": moment(hours=1),
        "roundEnd": moment(hours=2),
        "limits": [{"limitType": "DAILY", "maximumSubmissions": 2}],
    }
    first = alice.post(path, body)
    assert first == {**body, "id": first["id"], "etag": first["etag"]}
    assert bob.get(f"{path}/{first['id']}") == first
    bob.post(path, body, 403)
    bob.put(f"{path}/{first['id']}", first, 403)
    bob.delete(f"{path}/{first['id']}", 403)
    for wrong in (
        {"roundStart": moment(hours=-1)},
        {"roundEnd": moment(minutes=1)},
        {"roundStart": None},
        {"roundStart": "soon"},
        {"roundStart": moment(hours=1.5), "roundEnd": moment(hours=3)},
        {"limits": [{"limitType": "DAILY", "maximumSubmissions": 1}] * 2},
        {"limits": [{"limitType": "HOURLY", "maximumSubmissions": 1}]},
        {"limits": [{"limitType": "DAILY", "maximumSubmissions": 0}]},
    ):
        assert alice.post(path, {**body, **wrong}, 400)["reason"]
    second = alice.post(path, {"roundStart": body["roundEnd"], "roundEnd": moment(hours=3)})
    page = bob.post(path + "/list", {}, 200)
    assert page == {"page": [first, second]}
    moved = alice.put(f"{path}/{second['id']}", {**second, "roundEnd": moment(hours=4)})
    alice.put(f"{path}/{second['id']}", second, 412)
    reason = alice.put(f"{path}/{second['id']}", {**moved, **body}, 400)["reason"]
    assert "overlap" in reason
    alice.put(f"{path}/{second['id']}", {**moved, "roundStart": moment(hours=1.5)}, 400)
    alice.delete(f"{path}/{first['id']}")
    alice.get(f"{path}/{first['id']}", 404)
    other = queue(alice)
    alice.get(f"/evaluation/{other['id']}/round/{second['id']}", 404)
    quota = {"firstRoundStart": moment(), "submissionLimit": 1}
    evaluation = alice.get(f"/evaluation/{made['id']}")
    alice.put(f"/evaluation/{made['id']}", {**evaluation, "quota": quota}, 400)


def test_pages_of_rounds(alice: User) -> None:
    made = queue(alice)
    quota = {
        "firstRoundStart": moment(days=-1),
        "numberOfRounds": 60,
        "roundDurationMillis": 3_600_000,
        "submissionLimit": 3,
    }
    path = f"/evaluation/{made['id']}"
    alice.post(path + "/migratequota", status=400)
    alice.put(path, {**made, "quota": quota})
    alice.post(path + "/round", {"roundStart": moment(days=9), "roundEnd": moment(days=10)}, 400)
    alice.post(path + "/migratequota", status=200)
    assert "quota" not in alice.get(path)
    page = alice.post(path + "/round/list", {}, 200)
    assert len(page["page"]) == 50
    rest = alice.post(path + "/round/list", {"nextPageToken": page["nextPageToken"]}, 200)
    assert len(rest["page"]) == 10
    assert "nextPageToken" not in rest
    assert page["page"][0]["limits"] == [{"limitType": "TOTAL", "maximumSubmissions": 3}]
    assert page["page"][0]["roundStart"] == quota["firstRoundStart"]
    assert page["page"][1]["roundStart"] == page["page"][0]["roundEnd"]
    alice.post(path + "/round/list", {"nextPageToken": "x"}, 400)
