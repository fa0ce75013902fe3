"""Users: profiles, headers, aliases, certification."""

from __future__ import annotations

from tests.conftest import RunningServer, User
from tests.server.test_files import raw, text_url, upload


def test_profiles_show_addresses_to_their_owners_alone(alice: User, bob: User) -> None:
    mine = alice.get("/userProfile")
    assert mine == {
        "ownerId": str(alice.id),
        "etag": mine["etag"],
        "firstName": "",
        "lastName": "",
        "email": f"{alice.name}@example.org",
        "emails": [f"{alice.name}@example.org"],
        "openIds": [],
        "userName": alice.name,
        "createdOn": mine["createdOn"],
        "twoFactorAuthEnabled": False,
    }
    seen = bob.get(f"/userProfile/{alice.id}")
    assert "email" not in seen
    assert "emails" not in seen
    assert "twoFactorAuthEnabled" not in seen
    assert seen["userName"] == alice.name
    bob.get("/userProfile/999999999", 404)
    bob.get("/userProfile/someone", 400)
    assert alice.post("/userProfile", {"list": [str(bob.id), str(alice.id)]}, 200)["list"][1][
        "ownerId"
    ] == str(alice.id)


def test_changing_ones_profile(alice: User, bob: User) -> None:
    mine = alice.get("/userProfile")
    changed = alice.put(
        "/userProfile", {**mine, "firstName": "Ada", "company": "Analytical Engines"}
    )
    assert (changed["firstName"], changed["company"]) == ("Ada", "Analytical Engines")
    alice.put("/userProfile", mine, 412)
    bob.put("/userProfile", changed, 403)
    alice.put("/userProfile", {**changed, "userName": bob.name}, 409)
    alice.put("/userProfile", {**changed, "userName": "!"}, 400)
    renamed = alice.put("/userProfile", {**changed, "userName": f"ada.{alice.id}"})
    assert renamed["userName"] == f"ada.{alice.id}"
    check = {"alias": alice.name, "type": "USER_NAME"}
    assert alice.post("/principal/available", check) == {"available": True, "valid": True}


def test_headers(alice: User, bob: User) -> None:
    page = alice.get(f"/userGroupHeaders/batch?ids={alice.id},273949,{bob.id},999999999")
    assert [(each["userName"], each["isIndividual"]) for each in page["children"]] == [
        (alice.name, True),
        ("PUBLIC", False),
        (bob.name, True),
    ]
    found = alice.get(f"/userGroupHeaders?prefix={alice.name}")["children"]
    assert str(alice.id) in [each["ownerId"] for each in found]
    assert (
        alice.get(f"/userGroupHeaders?prefix={alice.name}&typeFilter=TEAMS_ONLY")["children"] == []
    )
    assert alice.get("/userGroupHeaders?prefix=%25")["children"] == []
    aliases = {"list": [alice.name.upper(), "no such alias", f"{alice.name}@example.org"]}
    found = alice.post("/userGroupHeaders/aliases", aliases, 200)["list"]
    assert [each["ownerId"] for each in found] == [str(alice.id)]


def test_aliases(alice: User) -> None:
    found = alice.post("/principal/alias", {"alias": alice.name, "type": "USER_NAME"}, 200)
    assert found == {"principalId": alice.id}
    alice.post("/principal/alias", {"alias": "nobody at all", "type": "TEAM_NAME"}, 404)
    alice.post("/principal/alias", {"alias": alice.name, "type": "USER_EMAIL"}, 400)
    taken = {"alias": alice.name.replace("user", "u.s-e_r"), "type": "USER_NAME"}
    assert alice.post("/principal/available", taken) == {"available": False, "valid": True}
    assert (
        alice.post("/principal/available", {"alias": "a b", "type": "USER_NAME"})["valid"] is False
    )


def test_bundles_and_certification(alice: User, admin: User) -> None:
    assert alice.get("/user/bundle?mask=63") == {
        "userId": str(alice.id),
        "userProfile": alice.get("/userProfile"),
        "isCertified": False,
        "isVerified": False,
        "isACTMember": False,
    }
    path = f"/user/{alice.id}/certifiedUserPassingRecord"
    alice.get(path, 404)
    alice.put(f"/admin/user/{alice.id}/certificationStatus?isCertified=true", status=403)
    admin.put(f"/admin/user/{alice.id}/certificationStatus?isCertified=true", status=204)
    assert alice.get(path)["certified"] is True
    assert admin.get(f"/user/{alice.id}/bundle?mask=8")["isCertified"] is True
    assert admin.put(f"/user/{alice.id}/revokeCertification")["revoked"] is True
    assert admin.get(f"{path}s")["totalNumberOfResults"] == 1
    alice.get(f"{path}s", 403)


def test_lists(alice: User) -> None:
    groups = alice.get("/userGroup?limit=100")["results"]
    assert {"2", "273948", "273949"} <= {each["id"] for each in groups}
    assert alice.get("/user?limit=2")["totalNumberOfResults"] == 3
    alice.get("/user?limit=0", 400)
    alice.get("/user?offset=-1", 400)
    alice.get("/user?limit=many", 400)
    assert alice.get(f"/user/{alice.id}/team")["results"] == []


def test_pictures_are_for_everybody_to_see(alice: User, bob: User) -> None:
    picture = upload(alice, b"a picture", fileName="me.png", contentType="image/png")
    mine = alice.get("/userProfile")
    image = f"/userProfile/{alice.id}/image?redirect=false"
    bob.get(image, 404)
    theirs = bob.get("/userProfile")
    bob.put("/userProfile", {**theirs, "profilePicureFileHandleId": picture}, 403)
    bob.put("/userProfile", {**theirs, "profilePicureFileHandleId": "me.png"}, 400)
    bob.get(f"/userProfile/{bob.id}/image", 404)
    mine = alice.put("/userProfile", {**mine, "profilePicureFileHandleId": picture})
    for path in (image, f"/userProfile/{alice.id}/image/preview?redirect=false"):
        assert raw(bob, "GET", text_url(bob, path)).content == b"a picture"
    assert bob.send("GET", f"/userProfile/{alice.id}/image").status_code == 307
    association = {
        "fileHandleId": picture,
        "associateObjectId": str(alice.id),
        "associateObjectType": "UserProfileAttachment",
    }
    ask = {"includePreSignedURLs": True, "requestedFiles": [association]}
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert raw(bob, "GET", found["preSignedURL"]).content == b"a picture"
    association["associateObjectId"] = str(bob.id)
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert found["failureCode"] == "UNAUTHORIZED"
    alice.delete(f"/file/v1/fileHandle/{picture}", 409)
    alice.put("/userProfile", {**mine, "profilePicureFileHandleId": None})
    bob.get(image, 404)
    alice.delete(f"/file/v1/fileHandle/{picture}", 200)


def test_projects_as_the_oldest_clients_ask(server: RunningServer, alice: User, bob: User) -> None:
    made, shared = alice.project()["id"], bob.project()["id"]
    bob.share(shared, alice.id, "READ")

    def ids(user: User, path: str) -> list[str]:
        return [each["id"] for each in user.get(path)["results"]]

    assert set(ids(alice, "/projects/MY_PROJECTS")) == {made, shared}
    assert ids(alice, "/projects/MY_CREATED_PROJECTS") == [made]
    assert ids(alice, "/projects/MY_PARTICIPATED_PROJECTS") == [shared]
    assert ids(alice, "/projects/MY_TEAM_PROJECTS") == []
    assert ids(alice, f"/projects/OTHER_USER_PROJECTS/user/{bob.id}") == [shared]
    assert ids(bob, f"/projects/OTHER_USER_PROJECTS/user/{alice.id}") == [shared]
    assert ids(alice, "/projects/TEAM_PROJECTS/team/2") == []
    assert len(ids(alice, "/projects/MY_PROJECTS?limit=1&sort=PROJECT_NAME")) == 1
    alice.get("/projects/ALL_PROJECTS", 400)
    alice.get("/projects/MY_PROJECTS?offset=-1", 400)
    server.anonymous.get("/projects/MY_PROJECTS", 401)
