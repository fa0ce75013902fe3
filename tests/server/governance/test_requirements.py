"""Access requirements: who makes them, on what; what they open and close, and for whom."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.governing import DAY, EVERYBODY, PACKAGE, UNMET, Clock, Data, requirement
from tests.server.test_files import raw, upload
from tests.server.test_jobs import ask, wait

from synapse_server.users import store as principals
from synapse_wire.base import iso


def approve(user: User, requirement: int, status: int = 201, **fields: Any) -> Any:
    return user.post("/accessApproval", {"requirementId": requirement, **fields}, status)


def test_a_requirement_closes_what_lies_below_until_it_is_met(
    data: Data, act: User, bob: User
) -> None:
    assert data.may(bob)
    made = act.post(
        "/accessRequirement", requirement("TermsOfUse", data.folder, termsOfUse="Cite.")
    )
    assert {
        **made,
        "etag": "",
        "createdOn": "",
        "modifiedOn": "",
        "name": "",
    } == {
        "concreteType": PACKAGE + "TermsOfUseAccessRequirement",
        "id": made["id"],
        "versionNumber": 0,
        "name": "",
        "etag": "",
        "createdOn": "",
        "modifiedOn": "",
        "createdBy": str(act.id),
        "modifiedBy": str(act.id),
        "accessType": "DOWNLOAD",
        "subjectsDefinedByAnnotations": False,
        "subjectIds": [{"id": data.folder, "type": "ENTITY"}],
        "termsOfUse": "Cite.",
    }
    assert not data.may(bob)
    assert bob.get(f"/entity/{data.file}/file?redirect=false", 403)["reason"] == UNMET
    # Also for its owner, who may still read and change it.
    assert not data.may(data.owner)
    assert data.owner.get(f"/entity/{data.file}")["id"] == data.file
    assert bob.get(f"/entity/{data.file}/accessRequirement")["results"] == [made]
    assert bob.get(f"/entity/{data.project}/accessRequirement")["results"] == []
    approve(bob, made["id"])
    assert data.may(bob)
    assert not data.may(data.owner)
    assert bob.get(f"/accessRequirement/{made['id']}/status") == {
        "concreteType": PACKAGE + "dataaccess.BasicAccessRequirementStatus",
        "accessRequirementId": str(made["id"]),
        "isApproved": True,
    }


def test_what_one_approval_opens(data: Data, act: User, bob: User) -> None:
    above = act.post("/accessRequirement", requirement("SelfSign", data.project))
    other = data.owner.folder(data.project, "other")["id"]
    below = act.post("/accessRequirement", requirement("SelfSign", data.folder, other))
    aside = data.owner.file(other)["id"]
    approve(bob, above["id"])
    assert not data.may(bob)
    listed = bob.get(f"/entity/{data.file}/accessRequirement")["results"]
    assert [each["id"] for each in listed] == [above["id"], below["id"]]
    approve(bob, below["id"])
    assert data.may(bob)
    assert bob.get(f"/entity/{aside}/access?accessType=DOWNLOAD")["result"] is True
    act.send("DELETE", f"/accessRequirement/{above['id']}")
    assert data.may(bob)
    found = bob.get(f"/entity/{data.file}/accessRequirement")["results"]
    assert [each["id"] for each in found] == [below["id"]]
    assert bob.get(f"/accessRequirement/{above['id']}", 404)["reason"]


def test_two_on_the_same_thing(data: Data, act: User, bob: User) -> None:
    first, second = (
        act.post("/accessRequirement", requirement("SelfSign", data.folder)) for _ in range(2)
    )
    approve(bob, first["id"])
    assert not data.may(bob)
    act.delete(f"/accessRequirement/{first['id']}", 200)
    assert not data.may(bob)
    approve(bob, second["id"])
    assert data.may(bob)
    elsewhere = {**second, "subjectIds": []}
    act.put(f"/accessRequirement/{second['id']}", elsewhere)
    assert data.may(data.owner)


def test_restriction_information(data: Data, act: User, bob: User) -> None:
    def ask(user: User) -> Any:
        body = {"restrictableObjectType": "ENTITY", "objectId": data.file}
        return user.post("/restrictionInformation", body, 200)

    assert ask(bob)["restrictionLevel"] == "OPEN"
    terms = act.post("/accessRequirement", requirement("SelfSign", data.project))["id"]
    found = ask(bob)
    assert found["restrictionLevel"] == "RESTRICTED_BY_TERMS_OF_USE"
    assert found["hasUnmetAccessRequirement"] is True
    managed = act.post("/accessRequirement", requirement("ManagedACT", data.file))["id"]
    approve(bob, terms)
    found = ask(bob)
    permissions = found.pop("userEntityPermissions")
    assert permissions == bob.get(f"/entity/{data.file}/permissions")
    assert found == {
        "objectId": int(data.file[3:]),
        "restrictionLevel": "CONTROLLED_BY_ACT",
        "hasUnmetAccessRequirement": True,
        "restrictionDetails": [
            {"accessRequirementId": terms, "isApproved": True, "isMet": True, "isExempt": False},
            {
                "accessRequirementId": managed,
                "isApproved": False,
                "isMet": False,
                "isExempt": False,
            },
        ],
    }
    batch = {"restrictableObjectType": "ENTITY", "objectIds": [data.file, data.folder]}
    both = bob.post("/restrictionInformation/batch", batch, 200)["restrictionInformation"]
    assert [each["restrictionLevel"] for each in both] == [
        "CONTROLLED_BY_ACT",
        "RESTRICTED_BY_TERMS_OF_USE",
    ]
    assert [each["hasUnmetAccessRequirement"] for each in both] == [True, False]
    for wrong in ([], ["syn1"] * 51):
        bob.post("/restrictionInformation/batch", {**batch, "objectIds": wrong}, 400)
    bob.post("/restrictionInformation/batch", {**batch, "objectIds": ["syn1"]}, 404)
    bob.post("/restrictionInformation", {**batch, "restrictableObjectType": "EVALUATION"}, 400)
    assert bob.get(f"/entity/{data.file}/actions/download")["actions"] == [
        {"concreteType": PACKAGE + "download.MeetAccessRequirement", "accessRequirementId": managed}
    ]
    nobody = data.owner.server.anonymous
    assert ask(nobody)["restrictionDetails"][0]["isMet"] is False
    mask = bob.get(f"/entity/{data.file}/bundle?mask={0x600}")
    assert [each["id"] for each in mask["accessRequirements"]] == [terms, managed]
    assert [each["id"] for each in mask["unmetAccessRequirements"]] == [managed]


def test_who_may_not_make_requirements(data: Data, act: User, bob: User) -> None:
    body = requirement("SelfSign", data.folder)
    for user, status in ((bob, 403), (data.owner, 403), (data.owner.server.anonymous, 401)):
        user.post("/accessRequirement", body, status)
    made = act.post("/accessRequirement", body)
    id = made["id"]
    for user, status in ((bob, 403), (data.owner.server.anonymous, 401)):
        user.put(f"/accessRequirement/{id}", made, status)
        user.delete(f"/accessRequirement/{id}", status)
        conversion = {"accessRequirementId": str(id), "etag": made["etag"]}
        user.put("/accessRequirement/conversion", conversion, status)
    assert data.owner.server.anonymous.get(f"/accessRequirement/{id}") == made
    subjects = {"subjects": [{"id": data.folder, "type": "ENTITY"}]}
    assert bob.get(f"/accessRequirement/{id}/subjects") == subjects


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": None}, 400),
        ({"name": "x" * 51}, 400),
        ({"name": "  "}, 400),
        ({"accessType": None}, 400),
        ({"accessType": "READ"}, 400),
        ({"accessType": "PARTICIPATE"}, 400),
        ({"subjectIds": None}, 400),
        ({"subjectIds": [{"type": "ENTITY"}]}, 400),
        ({"subjectIds": [{"type": "ENTITY", "id": "syn1"}]}, 404),
        ({"subjectIds": [{"type": "ENTITY", "id": "syn4489"}]}, 400),
        ({"subjectIds": [{"type": "ENTITY", "id": "no"}]}, 400),
        ({"subjectIds": [{"type": "EVALUATION", "id": "1"}]}, 400),
        ({"subjectIds": [{"type": "ENTITY", "id": "syn1"}] * 1001}, 400),
        ({"subjectsDefinedByAnnotations": True}, 501),
        ({"concreteType": "org.example.Requirement"}, 400),
        ({"concreteType": None}, 400),
        ({"isCertifiedUserRequired": "perhaps"}, 400),
        ({"name": "Bedingungen für Daten ✓"}, 201),
        ({"subjectIds": []}, 201),
    ],
)
def test_what_a_requirement_may_say(
    data: Data, act: User, change: dict[str, Any], status: int
) -> None:
    body = {**requirement("SelfSign", data.folder), **change}
    found = act.post("/accessRequirement", body, status)
    if status == 201:
        assert act.get(f"/accessRequirement/{found['id']}") == found
        act.delete(f"/accessRequirement/{found['id']}", 200)
    assert data.owner.get(f"/entity/{data.file}/access?accessType=DOWNLOAD")["result"] is True


def test_names_are_unique(data: Data, act: User) -> None:
    first = act.post("/accessRequirement", requirement("SelfSign", data.folder))
    second = act.post("/accessRequirement", requirement("SelfSign", data.folder))
    again = {**requirement("SelfSign", data.folder), "name": first["name"]}
    assert "exists already" in act.post("/accessRequirement", again, 409)["reason"]
    act.put(f"/accessRequirement/{second['id']}", {**second, "name": first["name"]}, 409)


def test_an_update_moves_what_is_restricted(data: Data, act: User, bob: User) -> None:
    other = data.owner.folder(data.project, "other")["id"]
    made = act.post("/accessRequirement", requirement("SelfSign", other))
    path = f"/accessRequirement/{made['id']}"
    assert data.may(bob)
    subjects = [{"id": data.folder, "type": "ENTITY"}]
    changed = act.put(path, {**made, "subjectIds": subjects})
    assert (changed["versionNumber"], changed["subjectIds"]) == (1, subjects)
    assert not data.may(bob)
    assert bob.get(f"/entity/{other}/accessRequirement")["results"] == []
    assert "retrieve it again" in act.put(path, made, 412)["reason"]
    act.put(path, {**changed, "concreteType": PACKAGE + "ACTAccessRequirement"}, 400)
    act.put(path, {**changed, "id": 1}, 400)
    act.put("/accessRequirement/1", {**changed, "id": 1}, 404)
    act.put("/accessRequirement/nonsense", changed, 400)
    assert act.get(path) == changed
    act.delete(path, 200)
    assert data.may(bob)
    act.delete(path, 404)


def test_what_a_requirement_is_on_may_be_deleted(data: Data, act: User, bob: User) -> None:
    other = data.owner.folder(data.project, "other")["id"]
    made = act.post("/accessRequirement", requirement("SelfSign", other, data.folder))
    data.owner.delete(f"/entity/{other}")
    path = f"/accessRequirement/{made['id']}"
    changed = act.put(path, {**made, "name": made["name"] + "x"})
    assert changed["subjectIds"] == made["subjectIds"]
    act.post("/accessRequirement", requirement("SelfSign", other), 404)
    data.owner.put(f"/trashcan/restore/{other}")
    aside = data.owner.file(other)["id"]
    assert bob.get(f"/entity/{aside}/access?accessType=DOWNLOAD")["result"] is False


def test_what_moves_follows_the_requirements_above(data: Data, act: User, bob: User) -> None:
    made = act.post("/accessRequirement", requirement("SelfSign", data.folder))
    aside = data.owner.folder(data.project, "aside")["id"]
    inner = data.owner.folder(aside, "inner")["id"]
    file = data.owner.get(f"/entity/{data.file}")
    moved = data.owner.put(f"/entity/{data.file}", {**file, "parentId": inner})
    assert data.may(bob)
    outer = data.owner.get(f"/entity/{aside}")
    outer = data.owner.put(f"/entity/{aside}", {**outer, "parentId": data.folder})
    assert not data.may(bob)
    # What comes to be below is restricted from the start.
    new = data.owner.file(inner, "new.csv")["id"]
    assert bob.get(f"/entity/{new}/access?accessType=DOWNLOAD")["result"] is False
    # In the trash can and back to another place.
    data.owner.delete(f"/entity/{aside}")
    data.owner.put(f"/trashcan/restore/{aside}/{data.project}")
    assert data.may(bob)
    # A requirement of its own goes where it goes.
    own = act.post("/accessRequirement", requirement("SelfSign", inner))
    there = data.owner.get(f"/entity/{inner}")
    data.owner.put(f"/entity/{inner}", {**there, "parentId": data.folder})
    found = bob.get(f"/entity/{data.file}/accessRequirement")["results"]
    assert [each["id"] for each in found] == [made["id"], own["id"]]
    act.delete(f"/accessRequirement/{own['id']}", 200)
    found = bob.get(f"/entity/{data.file}/accessRequirement")["results"]
    assert [each["id"] for each in found] == [made["id"]]
    assert moved["parentId"] == inner


def test_requirements_that_change_while_something_is_in_the_trash_can(
    data: Data, act: User, bob: User
) -> None:
    made = act.post("/accessRequirement", requirement("SelfSign", data.project))
    data.owner.delete(f"/entity/{data.folder}")
    act.delete(f"/accessRequirement/{made['id']}", 200)
    data.owner.put(f"/trashcan/restore/{data.folder}")
    assert data.may(bob)
    data.owner.delete(f"/entity/{data.folder}")
    act.post("/accessRequirement", requirement("SelfSign", data.project))
    data.owner.put(f"/trashcan/restore/{data.folder}")
    assert not data.may(bob)


def test_a_lock_holds_until_the_compliance_team_has_looked(
    data: Data, act: User, bob: User, admin: User
) -> None:
    bob.post(f"/entity/{data.folder}/lockAccessRequirement", status=403)
    data.owner.server.anonymous.post(f"/entity/{data.folder}/lockAccessRequirement", status=403)
    lock = data.owner.post(f"/entity/{data.folder}/lockAccessRequirement")
    assert lock["concreteType"] == PACKAGE + "LockAccessRequirement"
    assert lock["subjectIds"] == [{"id": data.folder, "type": "ENTITY"}]
    assert not data.may(bob)
    assert not data.may(data.owner)
    assert data.may(admin)
    for user in (bob, data.owner, act):
        reason = approve(user, lock["id"], 400, accessorId=str(bob.id))["reason"]
        assert "lock" in reason
    for entity in (data.folder, data.file):
        again = data.owner.post(f"/entity/{entity}/lockAccessRequirement", status=400)
        assert again["reason"] == f"Entity {entity} is already restricted."
    act.delete(f"/accessRequirement/{lock['id']}", 200)
    assert data.may(bob)
    data.owner.post("/entity/syn1/lockAccessRequirement", status=404)


def test_contributors_may_be_exempt(data: Data, act: User, bob: User) -> None:
    made = act.post("/accessRequirement", requirement("ManagedACT", data.folder))
    path = f"/accessRequirement/{made['id']}/acl"
    assert not data.may(data.owner)
    acl = {
        "resourceAccess": [{"principalId": EVERYBODY, "accessType": ["EXEMPTION_ELIGIBLE"]}],
    }
    act.post(path, acl)
    # Who contributes, with UPDATE and DELETE, passes; who only downloads does not.
    assert data.may(data.owner)
    assert not data.may(bob)
    body = {"restrictableObjectType": "ENTITY", "objectId": data.file}
    found = data.owner.post("/restrictionInformation", body, 200)
    (detail,) = found["restrictionDetails"]
    assert (detail["isApproved"], detail["isMet"], detail["isExempt"]) == (False, True, True)
    assert found["hasUnmetAccessRequirement"] is False
    data.owner.share(data.project, bob.id, "READ", "DOWNLOAD", "UPDATE")
    assert not data.may(bob)
    data.owner.share(data.project, bob.id, "READ", "DOWNLOAD", "UPDATE", "DELETE")
    assert data.may(bob)
    act.delete(path, 200)
    assert not data.may(bob)
    assert not data.may(data.owner)


def test_the_acl_of_a_requirement(data: Data, act: User, bob: User) -> None:
    made = act.post("/accessRequirement", requirement("ManagedACT", data.folder))
    path = f"/accessRequirement/{made['id']}/acl"
    entry = {"principalId": bob.id, "accessType": ["REVIEW_SUBMISSIONS"]}
    acl = {"resourceAccess": [entry]}
    assert "has no ACL" in bob.get(path, 404)["reason"]
    act.put(path, acl, 404)
    for wrong in (
        {},
        {"resourceAccess": []},
        {"resourceAccess": [{"principalId": bob.id}]},
        {"resourceAccess": [{**entry, "accessType": ["READ"]}]},
        {"resourceAccess": [{**entry, "principalId": 273949}]},
        {"resourceAccess": [{**entry, "principalId": EVERYBODY}]},
        {"resourceAccess": [{**entry, "principalId": 99999999}]},
    ):
        act.post(path, wrong, 400)
    for user, status in ((bob, 403), (data.owner.server.anonymous, 401)):
        user.post(path, acl, status)
    found = act.post(path, acl)
    assert found["resourceAccess"] == [entry]
    assert bob.get(path) == found
    data.owner.server.anonymous.get(path, 401)
    act.post(path, acl, 400)
    act.put(path, acl, 412)
    both = {**found, "resourceAccess": [{**entry, "accessType": ["EXEMPTION_ELIGIBLE"]}]}
    assert act.put(path, both)["resourceAccess"] == both["resourceAccess"]
    bob.delete(path, 403)
    act.delete(path, 200)
    terms = act.post("/accessRequirement", requirement("SelfSign", data.folder))
    act.post(f"/accessRequirement/{terms['id']}/acl", acl, 400)
    act.get("/accessRequirement/1/acl", 404)


def test_conversion(data: Data, act: User, bob: User) -> None:
    made = act.post("/accessRequirement", requirement("ACT", data.folder, actContactInfo="Ask."))
    approve(act, made["id"], accessorId=str(bob.id))
    body = {"accessRequirementId": str(made["id"]), "etag": made["etag"], "currentVersion": 0}
    act.put("/accessRequirement/conversion", {**body, "etag": "old"}, 412)
    act.put("/accessRequirement/conversion", {**body, "currentVersion": 3}, 412)
    found = act.put("/accessRequirement/conversion", body)
    assert found["concreteType"] == PACKAGE + "ManagedACTAccessRequirement"
    assert (found["id"], found["versionNumber"]) == (made["id"], 1)
    assert (found["actContactInfo"], found["expirationPeriod"]) == ("Ask.", 0)
    assert found["isDUCRequired"] is found["isIDUPublic"] is False
    assert data.may(bob)
    again = {**body, "etag": found["etag"], "currentVersion": 1}
    act.put("/accessRequirement/conversion", again, 400)


def test_search(data: Data, act: User, bob: User) -> None:
    mark = data.folder[3:]
    first = act.post(
        "/accessRequirement", {**requirement("ManagedACT", data.folder), "name": f"b_{mark} Genes"}
    )
    second = act.post(
        "/accessRequirement", {**requirement("SelfSign", data.file), "name": f"a%{mark} Images"}
    )
    acl = {"resourceAccess": [{"principalId": bob.id, "accessType": ["REVIEW_SUBMISSIONS"]}]}
    act.post(f"/accessRequirement/{first['id']}/acl", acl)

    def search(**body: Any) -> list[int]:
        nobody = data.owner.server.anonymous
        found = nobody.post("/accessRequirement/search", body, 200)
        return [int(each["id"]) for each in found["results"]]

    assert search(nameContains=mark) == [first["id"], second["id"]]
    assert search(nameContains=f"_{mark} GENES") == [first["id"]]
    assert search(nameContains=f"%{mark}") == [second["id"]]
    assert search(relatedProjectId=data.project) == [first["id"], second["id"]]
    assert search(relatedProjectId=data.project, sort=[{"field": "NAME"}]) == [
        second["id"],
        first["id"],
    ]
    assert search(reviewerId=str(bob.id)) == [first["id"]]
    assert search(ids=[second["id"], 1]) == [second["id"]]
    assert search(ids=[]) == []
    assert search(nameContains=mark, type=PACKAGE + "SelfSignAccessRequirement") == [second["id"]]
    assert search(nameContains=mark, accessType="PARTICIPATE") == []
    found = bob.post("/accessRequirement/search", {"ids": [first["id"]]}, 200)
    assert found == {
        "results": [
            {
                "id": str(first["id"]),
                "type": PACKAGE + "ManagedACTAccessRequirement",
                "createdOn": first["createdOn"],
                "modifiedOn": first["modifiedOn"],
                "name": first["name"],
                "version": "0",
                "relatedProjectIds": [data.project],
                "reviewerIds": [str(bob.id)],
            }
        ]
    }
    bob.post("/accessRequirement/search", {"nextPageToken": "x"}, 400)
    bob.post("/accessRequirement/search", {"relatedProjectId": "x"}, 400)


def test_requirements_on_teams(server: RunningServer, act: User, alice: User, bob: User) -> None:
    async def team(tx: Any) -> int:
        id = await principals.next_id(tx)
        await principals.add_principal(tx, id, "team", f"team {id}")
        return id

    id = server.write(team)
    subject = [{"type": "TEAM", "id": str(id)}]
    body = {**requirement("TermsOfUse"), "accessType": "PARTICIPATE", "subjectIds": subject}
    act.post("/accessRequirement", {**body, "accessType": "DOWNLOAD"}, 400)
    missing = [{"type": "TEAM", "id": str(alice.id)}]
    act.post("/accessRequirement", {**body, "subjectIds": missing}, 404)
    made = act.post("/accessRequirement", body)
    assert made["subjectIds"] == subject
    assert bob.get(f"/team/{id}/accessRequirement")["results"] == [made]
    bob.get(f"/team/{bob.id}/accessRequirement", 404)

    def unmet(user: User) -> bool:
        body = {"restrictableObjectType": "TEAM", "objectId": str(id)}
        return bool(user.post("/restrictionInformation", body, 200)["hasUnmetAccessRequirement"])

    assert unmet(bob)
    approve(bob, made["id"])
    assert not unmet(bob)
    assert unmet(alice)


def test_real_bytes_one_by_one_and_in_a_zip(
    alice: User, act: User, bob: User, moving_clock: Clock
) -> None:
    project = alice.project()["id"]
    alice.share(project, EVERYBODY, "READ", "DOWNLOAD")
    handle = upload(alice, b"measured")
    file = alice.file(project, handle=handle)["id"]
    made = act.post("/accessRequirement", requirement("ManagedACT", project))["id"]

    def zipped(user: User) -> Any:
        start = "/file/v1/file/bulk/async/start"
        answer = wait(user, user.post(start, ask([(handle, file)]))["token"])
        (line,) = answer.json()["fileSummary"]
        return line.get("failureCode"), "resultZipFileHandleId" in answer.json()

    def tree(user: User) -> bool:
        body = {"id": project, "recursive": True, "includeUrls": True}
        (entry,) = user.post("/bulk/tree", body, 200)["entries"]
        return "preSignedURL" in entry

    assert (zipped(bob), tree(bob)) == (("UNAUTHORIZED", False), False)
    ends = iso(moving_clock.now() + DAY)
    act.post(
        "/accessApproval",
        {"requirementId": made, "accessorId": str(bob.id), "expiredOn": ends},
    )
    assert (zipped(bob), tree(bob)) == ((None, True), True)
    url = bob.send("GET", f"/entity/{file}/file?redirect=false").text
    assert raw(bob, "GET", url).content == b"measured"
    moving_clock.forward(DAY)
    assert (zipped(bob), tree(bob)) == (("UNAUTHORIZED", False), False)


def test_requirements_hold_for_open_data(data: Data, act: User, admin: User, bob: User) -> None:
    admin.put(f"/entity/{data.file}/datatype?type=OPEN_DATA")
    made = act.post("/accessRequirement", requirement("SelfSign", data.project))
    assert not data.may(bob)
    approve(bob, made["id"])
    assert data.may(bob)
    data.owner.share(data.project, EVERYBODY, "READ")
    assert data.may(bob)


def test_a_purged_entity_leaves_no_subject(data: Data, act: User) -> None:
    made = act.post("/accessRequirement", requirement("SelfSign", data.folder, data.project))
    data.owner.delete(f"/entity/{data.folder}")
    data.owner.put(f"/trashcan/purge/{data.folder}")
    data.owner.server.do(data.owner.server.app.sweep_once())
    assert act.get(f"/accessRequirement/{made['id']}")["subjectIds"] == [
        {"id": data.project, "type": "ENTITY"}
    ]
