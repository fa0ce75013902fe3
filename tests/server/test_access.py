"""Who may do what: ACLs, inheritance, the decision table, what strangers learn."""

from __future__ import annotations

import pytest
from tests.conftest import User

from synapse_wire.endpoint import catalogue

PUBLIC, EVERYBODY, ANONYMOUS = 273949, 273948, 273950


def test_the_creator_of_a_project_may_do_everything(alice: User) -> None:
    project = alice.project()["id"]
    acl = alice.get(f"/entity/{project}/acl")
    (entry,) = acl["resourceAccess"]
    assert entry["principalId"] == alice.id
    assert set(entry["accessType"]) == {
        "READ",
        "DOWNLOAD",
        "UPDATE",
        "DELETE",
        "CREATE",
        "CHANGE_PERMISSIONS",
        "CHANGE_SETTINGS",
        "MODERATE",
    }


def test_strangers_are_told_no_and_nothing_else(alice: User, bob: User) -> None:
    project = alice.project()
    folder = alice.folder(project["id"])
    for path in ("", "/acl", "/annotations2", "/path", "/benefactor", "/type", "/version", "/json"):
        error = bob.get(f"/entity/{folder['id']}{path}", 403)
        assert error["reason"] == "You lack READ access to the requested entity."
    bob.put(f"/entity/{folder['id']}", folder, 403)
    bob.delete(f"/entity/{folder['id']}", 403)
    bob.post(f"/entity/{folder['id']}/bundle2", {"includeEntity": True}, 403)
    permissions = bob.get(f"/entity/{folder['id']}/permissions")
    assert not any(
        permissions[name] for name in permissions if name.startswith("can") and name != "canUpload"
    )


def test_a_folder_inherits_until_it_has_its_own_acl(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    outer = alice.folder(project)["id"]
    inner = alice.folder(outer)["id"]
    error = alice.get(f"/entity/{inner}/acl", 404)
    assert project in error["reason"]
    alice.share(outer, bob.id, "READ", "DOWNLOAD")
    assert bob.get(f"/entity/{inner}")["id"] == inner
    bob.get(f"/entity/{project}", 403)
    assert alice.get(f"/entity/{inner}/benefactor")["id"] == outer
    acl = alice.get(f"/entity/{outer}/acl")
    assert alice.post(f"/entity/{outer}/acl", acl, 400)["reason"]
    alice.delete(f"/entity/{outer}/acl")
    bob.get(f"/entity/{inner}", 403)
    assert alice.get(f"/entity/{inner}/benefactor")["id"] == project
    assert "project" in alice.delete(f"/entity/{project}/acl", 403)["reason"]


def test_an_acl_needs_its_current_etag(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    acl = alice.get(f"/entity/{project}/acl")
    alice.share(project, bob.id, "READ")
    alice.put(f"/entity/{project}/acl", acl, 412)


@pytest.mark.parametrize(
    ("principal", "access", "status"),
    [
        (ANONYMOUS, ["READ"], 400),
        (PUBLIC, ["READ", "DOWNLOAD"], 400),
        (EVERYBODY, [], 400),
        (999_999_999, ["READ"], 400),
        (EVERYBODY, ["FLY"], 400),
        (EVERYBODY, ["READ", "DOWNLOAD"], 200),
        (PUBLIC, ["READ"], 200),
    ],
)
def test_what_an_acl_may_say(alice: User, principal: int, access: list[str], status: int) -> None:
    project = alice.project()["id"]
    acl = alice.get(f"/entity/{project}/acl")
    acl["resourceAccess"].append({"principalId": principal, "accessType": access})
    alice.put(f"/entity/{project}/acl", acl, status)
    if status != 200:
        assert len(alice.get(f"/entity/{project}/acl")["resourceAccess"]) == 1


def test_nobody_locks_themself_out(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "UPDATE", "CHANGE_PERMISSIONS")
    acl = bob.get(f"/entity/{project}/acl")
    acl["resourceAccess"] = [
        each for each in acl["resourceAccess"] if each["principalId"] != bob.id
    ]
    bob.put(f"/entity/{project}/acl", acl, 400)


def test_public_reads_and_no_more(alice: User) -> None:
    nobody = alice.server.anonymous
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    nobody.get(f"/entity/{file}", 403)
    alice.share(project, PUBLIC, "READ")
    assert nobody.get(f"/entity/{file}")["id"] == file
    error = nobody.get(f"/entity/{file}/file?redirect=false", 403)
    assert error["reason"] == "Anonymous users have only READ access permission."
    nobody.delete(f"/entity/{file}", 403)
    assert nobody.get(f"/entity/{file}/permissions")["canPublicRead"] is True


def test_has_access(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    for access, result in (("READ", True), ("DOWNLOAD", True), ("UPDATE", False)):
        assert bob.get(f"/entity/{project}/access?accessType={access}") == {"result": result}
    bob.get(f"/entity/{project}/access?accessType=FLY", 400)
    bob.get(f"/entity/{project}/access", 400)
    assert bob.get(f"/entity/{project}/actions/download") == {"actions": []}
    none = {"results": [], "totalNumberOfResults": 0}
    assert bob.get(f"/entity/{project}/accessRequirement") == none
    alice.server.user().get(f"/entity/{project}/accessRequirement", 403)
    information = {"objectId": project, "restrictableObjectType": "ENTITY"}
    found = bob.post("/restrictionInformation", information, 200)
    assert (found["restrictionLevel"], found["hasUnmetAccessRequirement"]) == ("OPEN", False)


def test_moving_needs_more_than_update(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    folder = alice.folder(project)
    alice.share(project, bob.id, "READ", "UPDATE", "CREATE")
    other = bob.project()["id"]
    bob.put(f"/entity/{folder['id']}", {**folder, "parentId": other}, 403)
    renamed = bob.put(f"/entity/{folder['id']}", {**folder, "name": "renamed"})
    assert renamed["name"] == "renamed"


def test_administrators_may_do_everything(alice: User, admin: User) -> None:
    project = alice.project()["id"]
    assert admin.get(f"/entity/{project}")["id"] == project
    admin.delete(f"/entity/{project}")


def test_revoked_means_revoked(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ")
    bob.get(f"/entity/{project}")
    alice.share(project, bob.id)
    bob.get(f"/entity/{project}", 403)


def test_open_data(alice: User, bob: User, admin: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    alice.share(project, EVERYBODY, "READ")
    bob.get(f"/entity/{file}/file?redirect=false", 403)
    alice.put(f"/entity/{file}/datatype?type=OPEN_DATA", status=403)
    admin.put(f"/entity/{file}/datatype?type=OPEN_DATA")
    assert (
        bob.send("GET", f"/entity/{file}/file?redirect=false").text
        == "https://example.org/data.csv"
    )
    alice.put(f"/entity/{file}/datatype?type=SENSITIVE_DATA")
    bob.get(f"/entity/{file}/file?redirect=false", 403)


def test_every_endpoint_as_a_stranger_and_as_nobody(alice: User, bob: User) -> None:
    """No endpoint answers 5xx other than 501, and none shows another's private things."""
    project = alice.project(name=f"secret {alice.id}", description="TOP-SECRET")
    file = alice.file(project["id"], description="TOP-SECRET")
    values = {
        "id": file["id"],
        "handleId": file["dataFileHandleId"],
        "versionNumber": "1",
        "parentId": project["id"],
        "profileId": str(alice.id),
        "alias": "none",
        "targetUserId": str(alice.id),
        "principalId": str(alice.id),
    }
    bodies = ({}, {"references": [{"targetId": file["id"]}]}, {"parentId": project["id"]}, [], None)
    for caller in (bob, alice.server.anonymous):
        for known in catalogue().values():
            if known.path.endswith("/sessionAccessToken"):
                continue  # it would log the caller out
            path = "/".join(
                values.get(part[1:-1], "1") if part.startswith("{") else part
                for part in known.path.split("/")
            )
            for body in bodies if known.method in ("POST", "PUT") else (None,):
                answer = caller.send(known.method, path, body)
                assert answer.status_code < 500 or answer.status_code == 501, (known, answer.text)
                assert "TOP-SECRET" not in answer.text, known
    assert alice.get(f"/entity/{file['id']}") == file
