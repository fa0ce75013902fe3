"""Teams: made, changed, deleted; who is in them, who manages them, what that opens."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import raw, text_url, upload

_numbers = itertools.count(1)
AUTHENTICATED, PUBLIC, ANONYMOUS = 273948, 273949, 273950


def new_name(word: str = "Team") -> str:
    return f"{word} no {next(_numbers)} of tests"


def make(user: User, **fields: Any) -> Any:
    """A new team."""
    return user.post("/team", {"name": new_name(), **fields})


def put_in(manager: User, team: Any, user: User) -> None:
    """Let somebody in who has asked."""
    user.post("/membershipRequest", {"teamId": team["id"]})
    manager.put(f"/team/{team['id']}/member/{user.id}", status=204)


def names(page: Any) -> list[str]:
    return [each["name"] for each in page["results"]]


def member_ids(page: Any) -> list[int]:
    return [int(each["member"]["ownerId"]) for each in page["results"]]


def test_making_a_team(server: RunningServer, alice: User, bob: User) -> None:
    name = new_name()
    team = alice.post("/team", {"name": f" {name} ", "description": "Wir sind fünf 🙂"})
    assert team == {
        "id": team["id"],
        "name": name,
        "description": "Wir sind fünf 🙂",
        "canPublicJoin": False,
        "etag": team["etag"],
        "createdOn": team["createdOn"],
        "modifiedOn": team["modifiedOn"],
        "createdBy": str(alice.id),
        "modifiedBy": str(alice.id),
    }
    for user in (alice, bob, server.anonymous):
        assert user.get(f"/team/{team['id']}") == team
    [member] = alice.get(f"/teamMembers/{team['id']}")["results"]
    assert member["teamId"] == team["id"]
    assert member["isAdmin"] is True
    assert member["member"]["userName"] == alice.name
    acl = bob.get(f"/team/{team['id']}/acl")
    assert acl["id"] == team["id"]
    assert {each["principalId"]: set(each["accessType"]) for each in acl["resourceAccess"]} == {
        alice.id: {"READ", "SEND_MESSAGE", "UPDATE", "DELETE", "TEAM_MEMBERSHIP_UPDATE"},
        int(team["id"]): {"READ", "SEND_MESSAGE"},
        AUTHENTICATED: {"READ", "SEND_MESSAGE"},
    }
    server.anonymous.get(f"/team/{team['id']}/acl", 403)
    assert alice.post("/principal/alias", {"alias": name, "type": "TEAM_NAME"}, 200)[
        "principalId"
    ] == int(team["id"])
    server.anonymous.post("/team", {"name": new_name()}, 401)


@pytest.mark.parametrize(
    "name", [None, "", "ab", "...", "a/b/c", "Ünïcode", "tab\there", "x" * 257, "né"]
)
def test_names_that_cannot_be(alice: User, name: str | None) -> None:
    answer = alice.send("POST", "/team", {"name": name})
    assert answer.status_code == 400
    assert "name of a team" in answer.json()["reason"]


def test_names_are_unique_among_users_and_teams(alice: User, bob: User) -> None:
    name = new_name()
    team = alice.post("/team", {"name": name})
    for taken in (name.upper(), name.replace(" ", "-"), alice.name):
        bob.post("/team", {"name": taken}, 409)
    other = make(bob)
    bob.put("/team", {**other, "name": name.lower()}, 409)
    alice.delete(f"/team/{team['id']}")
    assert bob.put("/team", {**other, "name": name.lower()})["name"] == name.lower()
    alias = {"alias": name, "type": "TEAM_NAME"}
    assert bob.post("/principal/available", alias) == {"available": False, "valid": True}


def test_the_same_name_at_once_is_given_once(server: RunningServer) -> None:
    name, people = new_name(), [server.user() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda user: user.send("POST", "/team", {"name": name}), people))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"name": 7.5, "canPublicJoin": "perhaps"}',
        b'{"name": {"a": 1}}',
        b'{"name": "A good name", "icon": "a picture"}',
        b'{"name": "A \\u0000 name"}',
    ],
)
def test_bodies_that_are_no_team(alice: User, body: bytes) -> None:
    assert alice.send("POST", "/team", body).status_code == 400


def test_changing_a_team(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    team = make(alice)
    changed = alice.put(
        "/team", {**team, "description": "new", "canPublicJoin": True, "name": new_name("Crew")}
    )
    assert changed["description"] == "new"
    assert changed["canPublicJoin"] is True
    assert changed["etag"] != team["etag"]
    assert alice.get(f"/team/{team['id']}") == changed
    assert names(alice.get(f"/teams?fragment={changed['name'][:12]}")) == [changed["name"]]
    alice.put("/team", {**team, "description": "stale"}, 412)
    bob.put("/team", {**changed, "description": "theirs"}, 403)
    server.anonymous.put("/team", changed, 401)
    alice.put("/team", {**changed, "description": "x" * 10_001}, 400)
    alice.put("/team", {**changed, "id": "999999999"}, 404)
    alice.put("/team", {**changed, "id": "a team"}, 400)
    alice.put("/team", {**changed, "id": None}, 400)
    assert alice.get(f"/team/{team['id']}") == changed
    assert admin.put("/team", changed)["modifiedBy"] == str(admin.id)


def test_finding_teams(alice: User, server: RunningServer) -> None:
    word = f"zebra{next(_numbers)}"
    first = make(alice, name=f"{word} herd")
    second = make(alice, name=f"A.{word} herd")
    third = make(alice, name=f"Our {word} group")
    nobody = server.anonymous
    assert names(nobody.get(f"/teams?fragment={word.upper()}")) == [third["name"], first["name"]]
    assert names(nobody.get(f"/teams?fragment={word}%20herd")) == [first["name"]]
    assert names(nobody.get(f"/teams?fragment=A.{word}")) == [second["name"]]
    assert names(nobody.get(f"/teams?fragment={word}&limit=1&offset=1")) == [first["name"]]
    assert nobody.get("/teams?fragment=%25")["results"] == []
    for _ in range(6):
        make(alice)
    assert len(nobody.get("/teams")["results"]) == 10
    assert len(nobody.get("/teams?limit=1000")["results"]) <= 50
    nobody.get("/teams?limit=0", 400)
    nobody.get("/teams?offset=-1", 400)
    ids = [int(third["id"]), 999999999, int(first["id"]), int(third["id"])]
    found = nobody.post("/teamList", {"list": ids}, 200)["list"]
    assert [each["id"] for each in found] == [third["id"], first["id"]]
    assert nobody.post("/teamList", {"list": []}, 200) == {"list": []}
    assert nobody.post("/teamList", {"list": [-1, 2**63 - 1]}, 200) == {"list": []}
    nobody.post("/teamList", {}, 400)
    nobody.post("/teamList", {"list": ["one"]}, 400)
    nobody.post("/teamList", {"list": list(range(1001))}, 400)
    nobody.get("/team/999999999", 404)
    nobody.get("/team/zebra", 400)
    nobody.get(f"/team/{alice.id}", 404)
    nobody.get("/team/273948", 404)


def test_the_teams_of_a_user(alice: User, server: RunningServer) -> None:
    teams = [make(alice, name=new_name(word)) for word in ("Bees", "Ants", "Cats")]
    nobody = server.anonymous
    page = nobody.get(f"/user/{alice.id}/team?limit=2")
    assert page["results"] == teams[:2]
    assert page["totalNumberOfResults"] == 3
    assert nobody.get(f"/user/{alice.id}/team?offset=2")["results"] == teams[2:]
    ids = [team["id"] for team in teams]
    assert nobody.get(f"/user/{alice.id}/team/id") == {"teamIds": ids}
    by_name = f"/user/{alice.id}/team/id?sort=TEAM_NAME&ascending="
    assert nobody.get(f"{by_name}true")["teamIds"] == [ids[1], ids[0], ids[2]]
    assert nobody.get(f"{by_name}false")["teamIds"] == [ids[2], ids[0], ids[1]]
    nobody.get(f"/user/{alice.id}/team/id?sort=TEAM_NAME", 400)
    nobody.get(f"/user/{alice.id}/team/id?ascending=true", 400)
    nobody.get(f"/user/{alice.id}/team/id?sort=AGE&ascending=true", 400)
    nobody.get(f"/user/{alice.id}/team/id?nextPageToken=next", 400)


def test_more_teams_than_a_page(server: RunningServer) -> None:
    user = server.user()
    ids = [make(user)["id"] for _ in range(52)]
    page = user.get(f"/user/{user.id}/team/id")
    assert page["teamIds"] == ids[:50]
    last = user.get(f"/user/{user.id}/team/id?nextPageToken={page['nextPageToken']}")
    assert last == {"teamIds": ids[50:]}


def test_deleting_a_team(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    alice.post("/membershipInvitation", {"teamId": team["id"], "inviteeEmail": "x@example.org"})
    project = alice.project()["id"]
    alice.share(project, int(team["id"]), "READ", "UPDATE")
    before = alice.get(f"/entity/{project}/acl")
    bob.get(f"/entity/{project}")
    bob.delete(f"/team/{team['id']}", 403)
    server.anonymous.delete(f"/team/{team['id']}", 401)
    alice.delete(f"/team/{team['id']}")
    bob.get(f"/entity/{project}", 403)
    acl = alice.get(f"/entity/{project}/acl")
    assert [each["principalId"] for each in acl["resourceAccess"]] == [alice.id]
    assert acl["etag"] != before["etag"]  # who saw the team in it does not put it back
    alice.put(f"/entity/{project}/acl", before, 412)
    for path in ("", "/acl", f"/member/{bob.id}", "/openInvitation", "/openRequest", "/icon"):
        alice.get(f"/team/{team['id']}{path}", 404)
    alice.get(f"/teamMembers/{team['id']}", 404)
    alice.delete(f"/team/{team['id']}", 404)
    assert bob.get(f"/user/{bob.id}/team")["results"] == []
    assert alice.get(f"/userGroupHeaders/batch?ids={team['id']}")["children"] == []
    assert alice.get(f"/userGroupHeaders?prefix={team['name']}")["children"] == []


def test_members(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    carol = server.user()
    profile = carol.get("/userProfile")
    carol.put("/userProfile", {**profile, "firstName": "Zoë", "lastName": "Quux"})
    put_in(alice, team, carol)
    path, nobody = f"/teamMembers/{team['id']}", server.anonymous
    in_order = [user.id for user in sorted((alice, bob, carol), key=lambda user: user.name)]
    assert member_ids(nobody.get(path)) == in_order
    assert member_ids(nobody.get(f"{path}?limit=1&offset=1")) == in_order[1:2]
    assert member_ids(nobody.get(f"{path}?memberType=ADMIN")) == [alice.id]
    members = [id for id in in_order if id != alice.id]
    assert member_ids(nobody.get(f"{path}?memberType=MEMBER")) == members
    assert member_ids(nobody.get(f"{path}?fragment=quu")) == [carol.id]
    assert member_ids(nobody.get(f"{path}?fragment=zo%C3%AB&memberType=ALL")) == [carol.id]
    assert member_ids(nobody.get(f"{path}?fragment=%25")) == []
    nobody.get(f"{path}?memberType=SOME", 400)
    count = f"/teamMembers/count/{team['id']}"
    assert nobody.get(count) == {"count": 3}
    assert nobody.get(f"{count}?fragment=quux") == {"count": 1}
    nobody.get("/teamMembers/count/999999999", 404)
    one = nobody.get(f"/team/{team['id']}/member/{carol.id}")
    assert one == {
        "teamId": team["id"],
        "isAdmin": False,
        "member": {
            "ownerId": str(carol.id),
            "userName": carol.name,
            "firstName": "Zoë",
            "lastName": "Quux",
            "isIndividual": True,
        },
    }
    stranger = server.user()
    nobody.get(f"/team/{team['id']}/member/{stranger.id}", 404)
    nobody.get(f"/team/{team['id']}/member/carol", 400)
    wanted = {"list": [carol.id, stranger.id, alice.id]}
    found = nobody.post(f"/team/{team['id']}/memberList", wanted, 200)["list"]
    assert [each["member"]["userName"] for each in found] == [carol.name, alice.name]
    found = nobody.post(f"/user/{carol.id}/memberList", {"list": [2, int(team["id"])]}, 200)
    assert found == {"list": [one]}
    nobody.post(f"/user/{carol.id}/memberList", {"list": [2]}, 404)
    nobody.post("/team/999999999/memberList", {"list": [1]}, 404)


def test_being_in_a_team_opens_what_the_team_may_at_once(
    server: RunningServer, alice: User, bob: User
) -> None:
    team = make(alice)
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    alice.share(project, int(team["id"]), "READ", "DOWNLOAD")
    bob.get(f"/entity/{file}", 403)
    put_in(alice, team, bob)
    bob.get(f"/entity/{file}")
    assert bob.get(f"/entity/{file}/permissions")["canDownload"] is True
    assert bob.send("GET", f"/entity/{file}/file?redirect=false").status_code == 200
    alice.delete(f"/team/{team['id']}/member/{bob.id}")
    bob.get(f"/entity/{file}", 403)
    assert bob.send("GET", f"/entity/{file}/file?redirect=false").status_code == 403
    assert alice.get("/teamMembers/count/" + team["id"]) == {"count": 1}


def test_leaving_and_being_taken_out(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    carol, stranger = server.user(), server.user()
    put_in(alice, team, carol)
    member = f"/team/{team['id']}/member"
    bob.delete(f"{member}/{carol.id}", 403)
    stranger.delete(f"{member}/{bob.id}", 403)
    server.anonymous.delete(f"{member}/{bob.id}", 401)
    bob.delete(f"{member}/{bob.id}")
    bob.delete(f"{member}/{bob.id}")
    alice.delete(f"{member}/{carol.id}")
    alice.delete(f"{member}/{stranger.id}")
    answer = alice.delete(f"{member}/{alice.id}", 400)
    assert "last member" in answer["reason"]
    put_in(alice, team, bob)
    assert "at least one administrator" in alice.delete(f"{member}/{alice.id}", 400)["reason"]
    alice.put(f"{member}/{bob.id}/permission?isAdmin=true", status=204)
    alice.delete(f"{member}/{alice.id}")
    assert member_ids(bob.get(f"/teamMembers/{team['id']}")) == [bob.id]
    alice.put("/team", alice.get(f"/team/{team['id']}"), 403)
    alice.delete("/team/999999999/member/1", 404)


def test_managers(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    team = make(alice)
    permission = f"/team/{team['id']}/member/{bob.id}/permission?isAdmin="
    alice.put(f"{permission}true", status=404)
    put_in(alice, team, bob)
    bob.put(f"{permission}true", status=403)
    server.anonymous.put(f"{permission}true", status=401)
    alice.put(f"/team/{team['id']}/member/{bob.id}/permission", status=400)
    alice.put(f"{permission}perhaps", status=400)
    alice.put(f"{permission}true", status=204)
    assert bob.get(f"/team/{team['id']}/member/{bob.id}")["isAdmin"] is True
    team = bob.put("/team", {**team, "description": "by another manager"})
    alice.put(f"{permission}false", status=204)
    assert bob.get(f"/team/{team['id']}/member/{bob.id}")["isAdmin"] is False
    bob.put("/team", team, 403)
    mine = f"/team/{team['id']}/member/{alice.id}/permission?isAdmin=false"
    assert "at least one administrator" in alice.put(mine, status=400)["reason"]
    admin.put(f"{permission}true", status=204)


def test_of_two_managers_who_leave_at_once_one_stays(server: RunningServer) -> None:
    for _ in range(5):
        one, other = server.user(), server.user()
        team = make(one)
        put_in(one, team, other)
        one.put(f"/team/{team['id']}/member/{other.id}/permission?isAdmin=true", status=204)

        def leave(user: User, team: Any = team) -> int:
            return user.send("DELETE", f"/team/{team['id']}/member/{user.id}").status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, (one, other))) == [204, 400]
        [member] = one.get(f"/teamMembers/{team['id']}")["results"]
        assert member["isAdmin"] is True


def test_the_acl_of_a_team(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    path = f"/team/{team['id']}/acl"
    acl = alice.get(path)
    managers = ["READ", "SEND_MESSAGE", "UPDATE", "DELETE", "TEAM_MEMBERSHIP_UPDATE"]

    def with_entries(*entries: tuple[int, list[str]]) -> Any:
        listed = [{"principalId": id, "accessType": kinds} for id, kinds in entries]
        return {**acl, "resourceAccess": listed}

    mine = (alice.id, managers)
    bob.put("/team/acl", with_entries(mine), 403)
    server.anonymous.put("/team/acl", with_entries(mine), 401)
    for wrong in (
        with_entries((alice.id, ["READ", "UPDATE"])),
        with_entries((server.user().id, managers)),
        with_entries(mine, mine),
        with_entries(mine, (bob.id, [])),
        with_entries(mine, (999999999, ["READ"])),
        with_entries(mine, (ANONYMOUS, ["READ"])),
        with_entries(mine, (PUBLIC, ["READ", "SEND_MESSAGE"])),
        with_entries(mine, (bob.id, ["FLY"])),
        {**acl, "resourceAccess": None},
        {**acl, "id": None},
    ):
        alice.put("/team/acl", wrong, 400)
    alice.put("/team/acl", {**with_entries(mine), "etag": "old"}, 412)
    alice.put("/team/acl", {**with_entries(mine), "id": "999999999"}, 404)
    assert alice.get(path) == acl
    changed = alice.put("/team/acl", with_entries(mine, (PUBLIC, ["READ"])))
    assert changed["etag"] != acl["etag"]
    bob.get(path)  # by what everybody may
    server.anonymous.get(path)
    status = f"/team/{team['id']}/member/{bob.id}/membershipStatus"
    assert bob.get(status)["canSendEmail"] is False
    assert alice.get(status)["canSendEmail"] is True
    acl = changed
    alice.put("/team/acl", with_entries(mine))
    bob.get(path, 403)


def test_icons_are_for_everybody_to_see(server: RunningServer, alice: User, bob: User) -> None:
    icon = upload(alice, b"an icon", fileName="us.png", contentType="image/png")
    bob.post("/team", {"name": new_name(), "icon": icon}, 403)
    alice.post("/team", {"name": new_name(), "icon": alice.external()}, 400)
    alice.post("/team", {"name": new_name(), "icon": "999999999"}, 404)
    team = make(alice, icon=icon)
    assert team["icon"] == icon
    path = f"/team/{team['id']}/icon"
    for each in (f"{path}?redirect=false", f"{path}/preview?redirect=false"):
        assert raw(bob, "GET", text_url(server.anonymous, each)).content == b"an icon"
    assert bob.send("GET", path).status_code == 307
    association = {
        "fileHandleId": icon,
        "associateObjectId": team["id"],
        "associateObjectType": "TeamAttachment",
    }
    ask = {"includePreSignedURLs": True, "requestedFiles": [association]}
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert raw(bob, "GET", found["preSignedURL"]).content == b"an icon"
    other = make(alice, icon=upload(alice, b"another", fileName="x.png"))
    association["associateObjectId"] = other["id"]
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert found["failureCode"] == "UNAUTHORIZED"
    alice.delete(f"/file/v1/fileHandle/{icon}", 409)
    # Another manager changes the rest without having made the picture.
    put_in(alice, team, bob)
    alice.put(f"/team/{team['id']}/member/{bob.id}/permission?isAdmin=true", status=204)
    team = bob.put("/team", {**team, "description": "by another manager"})
    assert team["icon"] == icon
    alice.put("/team", {**team, "icon": None})
    bob.get(path, 404)
    alice.delete(f"/file/v1/fileHandle/{icon}", 200)


def test_teams_that_synapse_relies_on(alice: User, admin: User) -> None:
    team = alice.get("/team/2")
    assert team["name"] == "Administrators"
    alice.put("/team", {**team, "canPublicJoin": True}, 403)
    admin.put("/team", {**team, "canPublicJoin": True}, 400)
    admin.put("/team", {**team, "name": new_name()}, 400)
    admin.delete("/team/2", 400)
    alice.put(f"/team/2/member/{alice.id}", status=403)
    alice.post("/membershipInvitation", {"teamId": "2", "inviteeId": str(alice.id)}, 403)
    admin.delete("/team/2/member/1", 400)
    admin.put(f"/team/2/member/{alice.id}", status=204)
    alice.get(f"/entity/{admin.project()['id']}")
    admin.delete(f"/team/2/member/{alice.id}")
    alice.get(f"/entity/{admin.project()['id']}", 403)


def test_tokens_need_the_scopes(alice: User) -> None:
    made = {"scope": ["view"], "name": new_name()}
    token = alice.post("/auth/v1/personalAccessToken", made, 200)["token"]
    limited = User(alice.server, alice.id, alice.name, token)
    assert "modify" in limited.post("/team", {"name": new_name()}, 403)["reason"]
    limited.get("/team/2")
    limited.get("/team/2/icon", 403)
