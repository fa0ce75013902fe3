"""Access approvals: who gives them, how long they hold, who takes them back."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.governing import DAY, PACKAGE, Clock, Data, requirement

from synapse_wire.base import iso


@pytest.fixture
def managed(data: Data, act: User) -> int:
    """A requirement that the compliance team decides."""
    return int(act.post("/accessRequirement", requirement("ManagedACT", data.folder))["id"])


def sweep(server: RunningServer, *users: User) -> list[tuple[str, str]]:
    """Let the server tell of what has expired or soon will; what these users are told of it."""
    sent: list[tuple[str, str]] = []

    async def send(to: str, subject: str, text: str) -> None:
        sent.append((to, subject))

    mail = server.app.mail
    usual, mail.send = mail.send, send  # type: ignore[method-assign]
    try:
        server.do(server.app.sweep_once())
        server.do(_letters_out(mail))
    finally:
        mail.send = usual  # type: ignore[method-assign]
    mine = [user.name + "@example.org" for user in users]
    return [(to, subject) for to, subject in sent if to in mine]


async def _letters_out(mail: Any) -> None:
    for task in list(mail._under_way):
        await task


def test_agreeing_for_oneself(data: Data, act: User, bob: User) -> None:
    made = act.post("/accessRequirement", requirement("SelfSign", data.folder))
    body = {"requirementId": made["id"]}
    data.owner.server.anonymous.post("/accessApproval", body, 401)
    bob.post("/accessApproval", {**body, "accessorId": str(data.owner.id)}, 403)
    act.post("/accessApproval", {**body, "accessorId": str(bob.id)}, 403)
    bob.post("/accessApproval", {**body, "requirementVersion": 7}, 400)
    bob.post("/accessApproval", {}, 400)
    bob.post("/accessApproval", {"requirementId": 1}, 404)
    assert not data.may(bob)
    expired = {**body, "accessorId": str(bob.id), "expiredOn": "2020-01-01T00:00:00.000Z"}
    found = bob.post("/accessApproval", expired)
    assert found == {
        "id": found["id"],
        "etag": found["etag"],
        "createdOn": found["createdOn"],
        "createdBy": str(bob.id),
        "modifiedOn": found["createdOn"],
        "modifiedBy": str(bob.id),
        "requirementId": made["id"],
        "requirementVersion": 0,
        "submitterId": str(bob.id),
        "accessorId": str(bob.id),
        "state": "APPROVED",
    }
    assert data.may(bob)
    assert bob.post("/accessApproval", body)["id"] == found["id"]
    for user in (bob, act):
        assert user.get(f"/accessApproval/{found['id']}")["accessorId"] == str(bob.id)
    data.owner.get(f"/accessApproval/{found['id']}", 403)
    data.owner.server.anonymous.get(f"/accessApproval/{found['id']}", 401)
    bob.get("/accessApproval/99999", 404)
    bob.get("/accessApproval/x", 404)
    # What people agreed to by themselves, nobody takes back.
    query = f"requirementId={made['id']}&accessorId={bob.id}"
    act.delete(f"/accessApproval?{query}", 400)
    assert data.may(bob)


def test_only_certified_users_if_so_required(data: Data, act: User, bob: User) -> None:
    fields = {"isCertifiedUserRequired": True}
    made = act.post("/accessRequirement", requirement("SelfSign", data.folder, **fields))
    body = {"requirementId": made["id"]}
    error = bob.post("/accessApproval", body, 403)
    assert error["errorCode"] == "USER_CERTIFICATION_REQUIRED"
    certified = data.owner.server.user(certified=True)
    certified.post("/accessApproval", body)
    assert data.may(certified)
    assert not data.may(bob)
    validated = {"isValidatedProfileRequired": True}
    other = act.post("/accessRequirement", requirement("SelfSign", data.file, **validated))
    error = certified.post("/accessApproval", {"requirementId": other["id"]}, 400)
    assert "validated profiles" in error["reason"]


def test_the_compliance_team_approves(data: Data, managed: int, act: User, bob: User) -> None:
    body = {"requirementId": managed, "accessorId": str(bob.id)}
    for user, status in ((bob, 403), (data.owner, 403), (data.owner.server.anonymous, 401)):
        user.post("/accessApproval", body, status)
    act.post("/accessApproval", {"requirementId": managed}, 400)
    act.post("/accessApproval", {**body, "accessorId": "1234567"}, 404)
    act.post("/accessApproval", {**body, "accessorId": "nobody"}, 400)
    act.post("/accessApproval", {**body, "accessorId": "273950"}, 404)
    act.post("/accessApproval", {**body, "expiredOn": "tomorrow"}, 400)
    act.post("/accessApproval", {**body, "expiredOn": "2020-01-01T00:00:00.000Z"}, 400)
    act.post("/accessApproval", {**body, "requirementVersion": 3}, 400)
    assert not data.may(bob)
    found = act.post("/accessApproval", body)
    assert (found["submitterId"], found["accessorId"]) == (str(act.id), str(bob.id))
    assert data.may(bob)
    assert not data.may(data.owner)
    assert not data.may(act)


def test_expiry_closes_again_at_once(
    data: Data, managed: int, act: User, bob: User, moving_clock: Clock
) -> None:
    body = {"requirementId": managed, "accessorId": str(bob.id)}
    ends = iso(moving_clock.now() + DAY)
    found = act.post("/accessApproval", {**body, "expiredOn": ends})
    assert data.may(bob)
    status = bob.get(f"/accessRequirement/{managed}/status")
    assert (status["isApproved"], status["expiredOn"]) == (True, ends)
    moving_clock.forward(DAY - 60_000)
    assert data.may(bob)
    moving_clock.forward(60_000)
    assert not data.may(bob)
    assert bob.get(f"/accessRequirement/{managed}/status")["isApproved"] is False
    assert bob.get(f"/accessApproval/{found['id']}")["state"] == "REVOKED"
    asked = {"userId": str(bob.id), "accessRequirementIds": [str(managed)]}
    (info,) = bob.post("/accessApproval/information", asked, 200)["results"]
    assert info["hasAccessApproval"] is False
    everybody = (bob, act, data.owner)
    letters = sweep(data.owner.server, *everybody)
    assert [to for to, _ in letters] == [f"{bob.name}@example.org"]
    assert "has ended" in letters[0][1]
    assert sweep(data.owner.server, *everybody) == []
    # Approved anew, and for ever.
    assert act.post("/accessApproval", body)["id"] == found["id"]
    assert data.may(bob)
    moving_clock.forward(1000 * DAY)
    assert data.may(bob)


def test_the_longest_of_several_approvals_holds(
    data: Data, managed: int, act: User, admin: User, bob: User, moving_clock: Clock
) -> None:
    body = {"requirementId": managed, "accessorId": str(bob.id)}
    act.post("/accessApproval", {**body, "expiredOn": iso(moving_clock.now() + DAY)})
    later = iso(moving_clock.now() + 2 * DAY)
    admin.post("/accessApproval", {**body, "expiredOn": later})
    assert bob.get(f"/accessRequirement/{managed}/status")["expiredOn"] == later
    moving_clock.forward(DAY + 1)
    assert data.may(bob)
    assert sweep(data.owner.server, act, bob) == []
    assert data.may(bob)
    moving_clock.forward(DAY)
    assert not data.may(bob)


def test_the_newest_approval_holds_when_the_requirement_has_changed(
    data: Data, managed: int, act: User, bob: User, moving_clock: Clock
) -> None:
    body = {"requirementId": managed, "accessorId": str(bob.id)}
    first = act.post("/accessApproval", body)
    act.put(f"/accessRequirement/{managed}", act.get(f"/accessRequirement/{managed}"))
    assert data.may(bob)
    ends = iso(moving_clock.now() + DAY)
    second = act.post("/accessApproval", {**body, "expiredOn": ends})
    assert second["requirementVersion"] == first["requirementVersion"] + 1
    assert bob.get(f"/accessApproval/{first['id']}")["state"] == "REVOKED"
    assert bob.get(f"/accessRequirement/{managed}/status")["expiredOn"] == ends
    assert sweep(data.owner.server, act, bob) == []
    moving_clock.forward(DAY)
    assert not data.may(bob)


def test_reminders(data: Data, managed: int, act: User, bob: User, moving_clock: Clock) -> None:
    server = data.owner.server
    ends = moving_clock.now() + 90 * DAY
    body = {"requirementId": managed, "accessorId": str(bob.id), "expiredOn": iso(ends)}
    act.post("/accessApproval", body)
    subject = f"Your access under {act.get(f'/accessRequirement/{managed}')['name']!r} ends on"
    mine = (f"{act.name}@example.org", f"{subject} {iso(ends)[:10]}")
    assert sweep(server, act, bob) == []
    moving_clock.forward(31 * DAY)
    assert sweep(server, act, bob) == [mine]
    assert sweep(server, act, bob) == []
    moving_clock.forward(30 * DAY)
    assert sweep(server, act, bob) == [mine]
    assert sweep(server, act, bob) == []
    asked = {"requirementId": managed, "recipientIds": [act.id, bob.id]}
    found = act.post("/accessApproval/notifications", asked, 200)
    assert found["requirementId"] == managed
    assert [(each["notificationType"], each["recipientId"]) for each in found["results"]] == [
        ("SECOND_RENEWAL_REMINDER", act.id),
        ("FIRST_RENEWAL_REMINDER", act.id),
    ]
    bob.post("/accessApproval/notifications", asked, 403)
    server.anonymous.post("/accessApproval/notifications", asked, 401)
    for wrong in ({}, {**asked, "recipientIds": list(range(1, 27))}):
        act.post("/accessApproval/notifications", wrong, 400)
    act.post("/accessApproval/notifications", {**asked, "requirementId": 1}, 404)


def test_who_was_just_approved_is_not_reminded(
    data: Data, managed: int, act: User, bob: User, moving_clock: Clock
) -> None:
    ends = iso(moving_clock.now() + 20 * DAY)
    body = {"requirementId": managed, "accessorId": str(bob.id), "expiredOn": ends}
    act.post("/accessApproval", body)
    assert sweep(data.owner.server, act, bob) == []


def test_revoking(data: Data, managed: int, act: User, bob: User) -> None:
    body = {"requirementId": managed, "accessorId": str(bob.id)}
    act.post("/accessApproval", body)
    query = f"/accessApproval?requirementId={managed}&accessorId={bob.id}"
    data.owner.delete(query, 403)
    data.owner.server.anonymous.delete(query, 401)
    act.delete("/accessApproval?requirementId=1&accessorId=1", 404)
    act.delete("/accessApproval?requirementId=x&accessorId=1", 400)
    act.delete("/accessApproval", 400)
    assert data.may(bob)
    act.delete(query, 200)
    assert not data.may(bob)
    act.delete(query, 200)
    act.post("/accessApproval", body)
    assert data.may(bob)
    bob.delete(query, 200)  # nobody must keep access that they do not want
    assert not data.may(bob)


def test_groups(data: Data, managed: int, act: User, admin: User, bob: User) -> None:
    carol = data.owner.server.user()
    for user in (bob, carol):
        act.post("/accessApproval", {"requirementId": managed, "accessorId": str(user.id)})
    admin.post("/accessApproval", {"requirementId": managed, "accessorId": str(carol.id)})
    asked = {"accessRequirementId": str(managed)}
    group = {
        "accessRequirementId": str(managed),
        "submitterId": str(act.id),
        "accessorIds": sorted([str(bob.id), str(carol.id)]),
    }
    other = {**group, "submitterId": str(admin.id), "accessorIds": [str(carol.id)]}
    found = act.post("/accessApproval/group", asked, 200)["results"]
    assert found == sorted([group, other], key=lambda each: int(each["submitterId"]))
    mine = {**asked, "submitterId": str(act.id), "accessorId": str(bob.id)}
    assert act.post("/accessApproval/group", mine, 200)["results"] == [group]
    soon = {**asked, "expireBefore": "2100-01-01T00:00:00.000Z"}
    assert act.post("/accessApproval/group", soon, 200)["results"] == []
    bob.post("/accessApproval/group", asked, 403)
    data.owner.server.anonymous.post("/accessApproval/group", asked, 401)
    act.post("/accessApproval/group", {"expireBefore": "never"}, 400)
    revoke = {"accessRequirementId": str(managed), "submitterId": str(act.id)}
    bob.put("/accessApproval/group/revoke", revoke, 403)
    data.owner.server.anonymous.put("/accessApproval/group/revoke", revoke, 401)
    act.put("/accessApproval/group/revoke", {}, 400)
    act.put("/accessApproval/group/revoke", revoke, 204)
    assert not data.may(bob)
    assert data.may(carol)  # by the other group
    assert act.post("/accessApproval/group", asked, 200)["results"] == [other]


def test_information_and_history(data: Data, managed: int, act: User, bob: User) -> None:
    terms = act.post("/accessRequirement", requirement("SelfSign", data.file))["id"]
    bob.post("/accessApproval", {"requirementId": terms})
    made = act.post("/accessApproval", {"requirementId": managed, "accessorId": str(bob.id)})
    act.delete(f"/accessApproval?requirementId={managed}&accessorId={bob.id}", 200)
    asked = {"userId": str(bob.id), "accessRequirementIds": [str(managed), str(terms), "1"]}
    for user in (bob, act):
        found = user.post("/accessApproval/information", asked, 200)["results"]
        assert [each["hasAccessApproval"] for each in found] == [False, True, False]
        assert found[1]["accessRequirementId"] == str(terms)
    data.owner.post("/accessApproval/information", asked, 403)
    data.owner.server.anonymous.post("/accessApproval/information", asked, 401)
    for wrong in ({}, {**asked, "accessRequirementIds": ["1"] * 51}):
        bob.post("/accessApproval/information", wrong, 400)
    search = {"accessorId": str(bob.id), "accessRequirementId": str(managed)}
    (line,) = act.post("/accessApproval/search", search, 200)["results"]
    assert line == {
        "id": str(made["id"]),
        "accessRequirementId": str(managed),
        "accessRequirementVersion": "0",
        "accessRequirementName": act.get(f"/accessRequirement/{managed}")["name"],
        "submitterId": str(act.id),
        "reviewerId": str(act.id),
        "state": "REVOKED",
        "modifiedOn": line["modifiedOn"],
    }
    every = {"accessorId": str(bob.id), "sort": [{"field": "EXPIRED_ON", "direction": "DESC"}]}
    assert len(act.post("/accessApproval/search", every, 200)["results"]) == 2
    bob.post("/accessApproval/search", search, 403)
    data.owner.server.anonymous.post("/accessApproval/search", search, 401)
    act.post("/accessApproval/search", {}, 400)


def test_two_factor_may_be_required(data: Data, act: User, bob: User) -> None:
    fields = {"isTwoFaRequired": True}
    made = act.post("/accessRequirement", requirement("ManagedACT", data.folder, **fields))
    act.post("/accessApproval", {"requirementId": made["id"], "accessorId": str(bob.id)})
    assert not data.may(bob)
    reason = "You need to enable two factor authentication to access the requested entity."
    assert bob.get(f"/entity/{data.file}/file?redirect=false", 403)["reason"] == reason
    assert bob.get(f"/entity/{data.file}/actions/download")["actions"] == [
        {
            "concreteType": PACKAGE + "download.EnableTwoFa",
            "accessRequirementId": made["id"],
        }
    ]
    body = {"restrictableObjectType": "ENTITY", "objectId": data.file}
    assert bob.post("/restrictionInformation", body, 200)["hasUnmetAccessRequirement"] is False


def test_approvals_go_with_their_requirement(
    data: Data, managed: int, act: User, bob: User
) -> None:
    made = act.post("/accessApproval", {"requirementId": managed, "accessorId": str(bob.id)})
    act.delete(f"/accessRequirement/{managed}", 200)
    act.get(f"/accessApproval/{made['id']}", 404)
    assert data.may(bob)
