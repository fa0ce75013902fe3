"""Coming into a team: invitations, requests, open teams, and the links that mail carries."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from tests import mailbox
from tests.conftest import RunningServer, User
from tests.server.test_teams import make, member_ids, new_name, put_in

from synapse_server.settings import Settings
from synapse_server.users import store as principals


def address(user: User) -> str:
    return f"{user.name}@example.org"


def invite(manager: User, team: Any, user: User, **fields: Any) -> Any:
    body = {"teamId": team["id"], "inviteeId": str(user.id), **fields}
    return manager.post("/membershipInvitation", body)


def join(user: User, team: Any, status: int = 204) -> Any:
    return user.put(f"/team/{team['id']}/member/{user.id}", status=status)


def status_of(caller: User, team: Any, user: User) -> set[str]:
    """What is true of a user and a team."""
    found = caller.get(f"/team/{team['id']}/member/{user.id}/membershipStatus")
    assert (found.pop("teamId"), found.pop("userId")) == (team["id"], str(user.id))
    assert set(found) == {
        "isMember",
        "hasOpenInvitation",
        "hasOpenRequest",
        "canJoin",
        "membershipApprovalRequired",
        "hasUnmetAccessRequirement",
        "canSendEmail",
    }
    return {name for name, value in found.items() if value}


def soon(seconds: float) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_invitation_opens_the_team(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    join(bob, team, 403)
    invitation = invite(alice, team, bob, message="Komm zu uns, è bello 🙂")
    assert invitation == {
        "id": invitation["id"],
        "teamId": team["id"],
        "inviteeId": str(bob.id),
        "message": "Komm zu uns, è bello 🙂",
        "createdOn": invitation["createdOn"],
        "createdBy": str(alice.id),
    }
    path = f"/membershipInvitation/{invitation['id']}"
    for user in (alice, bob):
        assert user.get(path) == invitation
    stranger = server.user()
    stranger.get(path, 403)
    server.anonymous.get(path, 401)
    assert bob.get("/membershipInvitation/openInvitationCount") == {"count": 1}
    assert stranger.get("/membershipInvitation/openInvitationCount") == {"count": 0}
    server.anonymous.get("/membershipInvitation/openInvitationCount", 401)
    mine = f"/user/{bob.id}/openInvitation"
    assert bob.get(mine) == {"results": [invitation], "totalNumberOfResults": 1}
    assert bob.get(f"{mine}?teamId={team['id']}")["results"] == [invitation]
    assert bob.get(f"{mine}?teamId=2")["results"] == []
    stranger.get(mine, 403)
    theirs = f"/team/{team['id']}/openInvitation"
    assert alice.get(theirs)["results"] == [invitation]
    assert alice.get(f"{theirs}?inviteeId={bob.id}")["results"] == [invitation]
    assert alice.get(f"{theirs}?inviteeId={stranger.id}")["results"] == []
    bob.get(theirs, 403)
    server.anonymous.get(theirs, 401)
    join(bob, team)
    join(bob, team)
    alice.get(path, 404)
    assert bob.get(mine)["results"] == []
    bob.get(theirs, 403)  # a member is no manager
    invitation = {"teamId": team["id"], "inviteeId": str(bob.id)}
    assert "already" in alice.post("/membershipInvitation", invitation, 400)["reason"]


def test_who_may_invite_whom(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    stranger = server.user()
    body = {"teamId": team["id"], "inviteeId": str(stranger.id)}
    for user, status in ((bob, 403), (stranger, 403), (server.anonymous, 401), (admin, 201)):
        user.post("/membershipInvitation", body, status)
    for wrong, status in (
        ({**body, "inviteeEmail": "x@example.org"}, 400),
        ({"teamId": team["id"]}, 400),
        ({"inviteeId": str(stranger.id)}, 400),
        ({**body, "teamId": "999999999"}, 404),
        ({**body, "inviteeId": "999999999"}, 404),
        ({**body, "inviteeId": "273950"}, 404),
        ({**body, "inviteeId": team["id"]}, 404),
        ({**body, "inviteeId": stranger.name}, 400),
        ({**body, "expiresOn": "tomorrow"}, 400),
        ({**body, "expiresOn": "2020-01-01T00:00:00.000Z"}, 400),
        ({**body, "message": "x" * 10_001}, 400),
        ({"teamId": team["id"], "inviteeEmail": "nobody"}, 400),
        ({"teamId": team["id"], "inviteeEmail": "a@example.org\nBcc: b@example.org"}, 400),
    ):
        alice.post("/membershipInvitation", wrong, status)
    assert len(alice.get(f"/team/{team['id']}/openInvitation")["results"]) == 1


def test_withdrawing_and_declining(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    for user in (alice, bob):
        path = f"/membershipInvitation/{invite(alice, team, bob)['id']}"
        server.user().delete(path, 403)
        server.anonymous.delete(path, 401)
        user.delete(path)
        user.delete(path, 404)
        join(bob, team, 403)
    alice.get("/membershipInvitation/first", 400)


def test_invitations_and_requests_expire(alice: User, bob: User) -> None:
    team = make(alice)
    invite(alice, team, bob, expiresOn=soon(1.5))
    bob.post("/membershipRequest", {"teamId": team["id"], "expiresOn": soon(1.5)})
    assert {"hasOpenInvitation", "hasOpenRequest", "canJoin"} <= status_of(bob, team, bob)
    time.sleep(1.6)
    assert status_of(bob, team, bob) == {"membershipApprovalRequired", "canSendEmail"}
    join(bob, team, 403)
    alice.put(f"/team/{team['id']}/member/{bob.id}", status=403)
    assert bob.get(f"/user/{bob.id}/openInvitation")["results"] == []
    assert alice.get(f"/team/{team['id']}/openRequest")["results"] == []
    assert alice.get("/membershipRequest/openRequestCount") == {"count": 0}
    assert bob.get("/membershipInvitation/openInvitationCount") == {"count": 0}


def test_requests(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice)
    alice.put(f"/team/{team['id']}/member/{bob.id}", status=403)
    request = bob.post("/membershipRequest", {"teamId": team["id"], "message": "please"})
    assert request == {
        "id": request["id"],
        "teamId": team["id"],
        "userId": str(bob.id),
        "message": "please",
        "createdOn": request["createdOn"],
        "createdBy": str(bob.id),
    }
    path, stranger, nobody = f"/membershipRequest/{request['id']}", server.user(), server.anonymous
    assert bob.get(path) == request
    assert alice.get(path) == request
    stranger.get(path, 403)
    nobody.get(path, 401)
    assert alice.get("/membershipRequest/openRequestCount") == {"count": 1}
    assert bob.get("/membershipRequest/openRequestCount") == {"count": 0}
    nobody.get("/membershipRequest/openRequestCount", 401)
    theirs, mine = f"/team/{team['id']}/openRequest", f"/user/{bob.id}/openRequest"
    assert alice.get(theirs)["results"] == [request]
    assert alice.get(f"{theirs}?requestorId={stranger.id}")["results"] == []
    bob.get(theirs, 403)
    nobody.get(theirs, 401)
    assert bob.get(f"{mine}?teamId={team['id']}")["results"] == [request]
    alice.get(mine, 403)
    nobody.get(mine, 401)
    again = bob.post("/membershipRequest", {"teamId": team["id"]})
    bob.get(path, 404)
    assert bob.get(mine)["results"] == [again]
    join(bob, team, 403)
    stranger.put(f"/team/{team['id']}/member/{bob.id}", status=403)
    alice.put(f"/team/{team['id']}/member/{bob.id}", status=204)
    assert bob.get(mine)["results"] == []
    assert sorted(member_ids(alice.get(f"/teamMembers/{team['id']}"))) == [alice.id, bob.id]
    bob.post("/membershipRequest", {"teamId": team["id"]}, 400)


def test_requests_that_are_not_taken(server: RunningServer, alice: User, bob: User) -> None:
    closed, open_ = make(alice, canRequestMembership=False), make(alice, canPublicJoin=True)
    assert closed["canRequestMembership"] is False
    bob.post("/membershipRequest", {"teamId": closed["id"]}, 400)
    bob.post("/membershipRequest", {"teamId": open_["id"]}, 400)
    team = make(alice)
    bob.post("/membershipRequest", {"teamId": team["id"], "userId": str(alice.id)}, 403)
    bob.post("/membershipRequest", {"teamId": "999999999"}, 404)
    bob.post("/membershipRequest", {}, 400)
    bob.post("/membershipRequest", {"teamId": team["id"], "message": "x" * 10_001}, 400)
    server.anonymous.post("/membershipRequest", {"teamId": team["id"]}, 401)
    path = f"/membershipRequest/{bob.post('/membershipRequest', {'teamId': team['id']})['id']}"
    server.user().delete(path, 403)
    server.anonymous.delete(path, 401)
    bob.delete(path)
    bob.delete(path, 404)
    path = f"/membershipRequest/{bob.post('/membershipRequest', {'teamId': team['id']})['id']}"
    alice.delete(path)  # declined
    alice.put(f"/team/{team['id']}/member/{bob.id}", status=403)


def test_open_teams(server: RunningServer, alice: User, bob: User) -> None:
    team = make(alice, canPublicJoin=True)
    server.anonymous.put(f"/team/{team['id']}/member/{bob.id}", status=401)
    server.user().put(f"/team/{team['id']}/member/{bob.id}", status=403)
    alice.put(f"/team/{team['id']}/member/{bob.id}", status=403)  # bob has not asked
    join(bob, team)
    assert bob.get(f"/team/{team['id']}/member/{bob.id}")["isAdmin"] is False
    alice.put(f"/team/{team['id']}/member/999999999", status=404)
    alice.put(f"/team/{team['id']}/member/273950", status=404)
    alice.put(f"/team/{team['id']}/member/{make(alice)['id']}", status=404)
    join(bob, {"id": "999999999"}, 404)


def test_how_a_user_stands(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    team = make(alice)
    assert status_of(bob, team, bob) == {"membershipApprovalRequired", "canSendEmail"}
    assert status_of(server.anonymous, team, bob) == {"membershipApprovalRequired"}
    assert status_of(alice, team, alice) == {"isMember", "canJoin", "canSendEmail"}
    assert "canJoin" in status_of(admin, team, bob)
    assert "membershipApprovalRequired" not in status_of(alice, team, admin)
    invite(alice, team, bob)
    invited = {"membershipApprovalRequired", "hasOpenInvitation", "canSendEmail"}
    assert status_of(bob, team, bob) == invited | {"canJoin"}
    assert status_of(alice, team, bob) == invited
    bob.post("/membershipRequest", {"teamId": team["id"]})
    assert status_of(alice, team, bob) == invited | {"canJoin", "hasOpenRequest"}
    join(bob, team)
    member = {"isMember", "membershipApprovalRequired", "canSendEmail", "canJoin"}
    assert status_of(bob, team, bob) == member
    stranger = server.user()
    open_ = make(alice, canPublicJoin=True)
    assert status_of(stranger, open_, stranger) == {"canJoin", "canSendEmail"}
    assert status_of(bob, open_, stranger) == {"canSendEmail"}
    assert "canJoin" not in status_of(alice, open_, server.anonymous)
    alice.get(f"/team/{team['id']}/member/999999999/membershipStatus", 404)
    alice.get(f"/team/999999999/member/{bob.id}/membershipStatus", 404)
    alice.get(f"/team/{team['id']}/member/bob/membershipStatus", 400)


# ------------------------------------------------------------------ mail


def test_the_link_of_an_invitation(
    server: RunningServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    team = make(alice)
    page = quote(f"{server.url}/#!SignedToken:JoinTeam/", safe="")
    body = {"teamId": team["id"], "inviteeId": str(bob.id), "message": "welcome"}
    alice.post(f"/membershipInvitation?acceptInvitationEndpoint={page}", body)
    text = mailbox.letter(caplog, address(bob))
    assert f"{alice.name} invites you to join the team {team['name']}." in text
    assert "welcome" in text
    link, unsubscribe = mailbox.links(text)
    assert link.startswith(f"{server.url}/#!SignedToken:JoinTeam/")
    token, nobody = mailbox.token(link), server.anonymous
    assert token["concreteType"] == "org.sagebionetworks.repo.model.JoinTeamSignedToken"
    for forged in (
        {**token, "memberId": str(server.user().id)},
        {**token, "userId": str(alice.id)},
        {**token, "teamId": make(alice)["id"]},
        {**token, "expiresOn": "2099-01-01T00:00:00.000Z"},
        {**token, "hmac": "0" * 64},
        {**token, "hmac": None},
        {**mailbox.token(unsubscribe), "concreteType": token["concreteType"]},
    ):
        nobody.put("/teamMember", forged, 400)
    expected = f"{bob.name} has joined the team {team['name']}."
    home = quote(f"{server.url}/#!Team:", safe="")
    assert nobody.put(f"/teamMember?teamEndpoint={home}", token) == {"message": expected}
    assert member_ids(alice.get(f"/teamMembers/{team['id']}?memberType=MEMBER")) == [bob.id]
    told = mailbox.letter(caplog, address(alice))
    assert told.startswith(f"{bob.name} has joined the team {team['name']}\n")
    assert f"{server.url}/#!Team:{team['id']}" in mailbox.links(told)
    assert "already" in nobody.put("/teamMember", token)["message"]
    alice.delete(f"/team/{team['id']}/member/{bob.id}")
    nobody.put("/teamMember", token, 403)  # the invitation was for once


def test_a_withdrawn_invitations_link_opens_nothing(
    server: RunningServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    team = make(alice)
    invitation = invite(alice, team, bob)
    token = mailbox.token(mailbox.links(mailbox.letter(caplog, address(bob)))[0])
    alice.delete(f"/membershipInvitation/{invitation['id']}")
    server.anonymous.put("/teamMember", token, 403)
    invite(alice, team, bob)
    server.write(lambda tx: principals.set_disabled(tx, bob.id, True))
    server.anonymous.put("/teamMember", token, 403)


def test_the_link_of_a_request(
    server: RunningServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    team, stranger = make(alice), server.user()
    put_in(alice, team, bob)
    alice.put(f"/team/{team['id']}/member/{bob.id}/permission?isAdmin=true", status=204)
    caplog.clear()
    stranger.post("/membershipRequest", {"teamId": team["id"], "message": "let me in"})
    first, second = (
        mailbox.token(mailbox.links(mailbox.letter(caplog, address(user)))[0])
        for user in (alice, bob)
    )
    assert (first["userId"], second["userId"]) == (str(alice.id), str(bob.id))
    alice.put(f"/team/{team['id']}/member/{bob.id}/permission?isAdmin=false", status=204)
    server.anonymous.put("/teamMember", second, 403)  # a manager no more
    home = quote(f"{server.url}/#!Team:", safe="")
    server.anonymous.put(f"/teamMember?teamEndpoint={home}", first)
    assert stranger.id in member_ids(alice.get(f"/teamMembers/{team['id']}"))
    assert "You have joined" in mailbox.letter(caplog, address(stranger))


def test_invitations_by_mail(
    server: RunningServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    team = make(alice)
    body = {"teamId": team["id"], "inviteeEmail": address(bob).upper()}
    invitation = alice.post("/membershipInvitation", body)
    assert invitation["inviteeEmail"] == address(bob).upper()
    assert "inviteeId" not in invitation
    [link] = mailbox.links(mailbox.letter(caplog, address(bob).upper()))
    token, nobody = mailbox.token(link), server.anonymous
    path = f"/membershipInvitation/{invitation['id']}"
    assert nobody.post(path, token, 200) == invitation
    other = alice.post("/membershipInvitation", {**body, "inviteeEmail": "y@example.org"})
    nobody.post(f"/membershipInvitation/{other['id']}", token, 400)
    nobody.post(path, {**token, "hmac": "1" * 64}, 400)
    nobody.post(path, {**token, "membershipInvitationId": other["id"]}, 400)
    bob.get(path, 403)
    join(bob, team, 403)
    stranger = server.user()
    verify = f"{path}/inviteeVerificationSignedToken"
    stranger.get(verify, 403)
    nobody.get(verify, 401)
    proof = bob.get(verify)
    assert (proof["inviteeId"], proof["membershipInvitationId"]) == (str(bob.id), invitation["id"])
    stranger.put(f"{path}/inviteeId", proof, 403)
    stranger.put(f"{path}/inviteeId", {**proof, "inviteeId": str(stranger.id)}, 400)
    nobody.put(f"{path}/inviteeId", proof, 401)
    bob.put(f"/membershipInvitation/{other['id']}/inviteeId", proof, 403)
    bob.put(f"{path}/inviteeId", proof)
    bob.put(f"{path}/inviteeId", proof, 400)
    assert bob.get(path) == {**invitation, "inviteeId": str(bob.id)}
    join(bob, team)


def test_addresses_that_differ_in_a_dot_are_not_the_same(
    server: RunningServer, alice: User, bob: User
) -> None:
    body = {
        "teamId": make(alice)["id"],
        "inviteeEmail": f"{bob.name[:3]}.{bob.name[3:]}@example.org",
    }
    id = alice.post("/membershipInvitation", body)["id"]
    bob.get(f"/membershipInvitation/{id}/inviteeVerificationSignedToken", 403)


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:a", "x"])
def test_mail_links_to_no_other_site(alice: User, bob: User, page: str) -> None:
    team = make(alice)
    evil = quote(page, safe="")
    body = {"teamId": team["id"], "inviteeId": str(bob.id)}
    for name in ("acceptInvitationEndpoint", "notificationUnsubscribeEndpoint"):
        alice.post(f"/membershipInvitation?{name}={evil}", body, 400)
    for name in ("acceptRequestEndpoint", "notificationUnsubscribeEndpoint"):
        bob.post(f"/membershipRequest?{name}={evil}", {"teamId": team["id"]}, 400)
    assert alice.get(f"/team/{team['id']}/openInvitation")["results"] == []
    invite(alice, team, bob)
    bob.put(f"/team/{team['id']}/member/{bob.id}?teamEndpoint={evil}", status=400)
    join(bob, team)


def test_only_certified_users_invite_by_mail_where_the_site_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = RunningServer(
        Settings(data=str(tmp_path_factory.mktemp("certified")), require_certification=True)
    )
    try:
        for user, status in ((server.user(), 403), (server.user(certified=True), 201)):
            team = user.post("/team", {"name": new_name()})
            body = {"teamId": team["id"], "inviteeEmail": "somebody@example.org"}
            found = user.post("/membershipInvitation", body, status)
            if status == 403:
                assert found["errorCode"] == "USER_CERTIFICATION_REQUIRED"
    finally:
        server.stop()
