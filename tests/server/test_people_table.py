"""Who may do what with teams, invitations, requests and messages: the whole table.

The columns are callers, the rows are requests. The numbers are what the published rules say, not
what the server does: a team is for everybody to see, its managers change it, an invitation is
between the invitee and the managers, a message between who sent and who received it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import upload
from tests.server.test_joining import address, invite, join
from tests.server.test_messages import send, write
from tests.server.test_teams import make, new_name, put_in

CALLERS = ("anonymous", "stranger", "invitee", "asker", "member", "revoked", "manager", "admin")


@dataclass
class World:
    """A team, and people who stand to it in every way."""

    people: dict[str, User]
    other: User
    team: Any
    invitation: str
    by_mail: str
    request: str
    message: str
    project: str

    @classmethod
    def build(cls, server: RunningServer) -> World:
        """A new one."""
        people = {name: server.user(admin=name == "admin") for name in CALLERS[1:]}
        people["anonymous"] = server.anonymous
        manager, member, revoked = people["manager"], people["member"], people["revoked"]
        team = make(manager, icon=upload(manager, b"icon", fileName="icon.png"))
        put_in(manager, team, member)
        invite(manager, team, revoked)
        join(revoked, team)
        manager.delete(f"/team/{team['id']}/member/{revoked.id}")
        project = manager.project()["id"]
        manager.share(project, int(team["id"]), "READ")
        acl = manager.get(f"/team/{team['id']}/acl")
        for entry in acl["resourceAccess"]:
            if entry["principalId"] == 273948:
                entry["accessType"] = ["READ"]  # only members may write to it
        manager.put("/team/acl", acl)
        by_mail = {"teamId": team["id"], "inviteeEmail": address(people["invitee"])}
        return cls(
            people=people,
            other=server.user(),
            team=team,
            invitation=invite(manager, team, people["invitee"])["id"],
            by_mail=manager.post("/membershipInvitation", by_mail)["id"],
            request=people["asker"].post("/membershipRequest", {"teamId": team["id"]})["id"],
            message=send(manager, member)["id"],
            project=project,
        )

    @property
    def path(self) -> str:
        """Where the team is."""
        return f"/team/{self.team['id']}"

    def id(self, name: str) -> int:
        """Whose id."""
        return self.people[name].id

    def acl(self) -> Any:
        """The team's ACL."""
        return self.people["manager"].get(f"{self.path}/acl")


Ask = Callable[[World, User], tuple[str, str, Any]]
Row = tuple[str, Ask, str]


def get(path: Callable[[World], str]) -> Ask:
    return lambda world, user: ("GET", path(world), None)


def ids(*wanted: int) -> dict[str, list[int]]:
    return {"list": list(wanted)}


def text_for(user: User) -> str:
    """A file of the caller's; nobody has none."""
    return "1" if user.token is None else write(user)


# fmt: off
READING: list[Row] = [
    #                                              nobody stranger invitee asker member revoked manager admin
    ("team", get(lambda w: w.path),                            "200 200 200 200 200 200 200 200"),
    ("teams", get(lambda w: "/teams"),                         "200 200 200 200 200 200 200 200"),
    ("teams of a user", get(lambda w: f"/user/{w.id('member')}/team"),
                                                               "200 200 200 200 200 200 200 200"),
    ("their ids", get(lambda w: f"/user/{w.id('member')}/team/id"),
                                                               "200 200 200 200 200 200 200 200"),
    ("members", get(lambda w: f"/teamMembers/{w.team['id']}"), "200 200 200 200 200 200 200 200"),
    ("count", get(lambda w: f"/teamMembers/count/{w.team['id']}"),
                                                               "200 200 200 200 200 200 200 200"),
    ("member", get(lambda w: f"{w.path}/member/{w.id('member')}"),
                                                               "200 200 200 200 200 200 200 200"),
    ("no member", get(lambda w: f"{w.path}/member/{w.id('revoked')}"),
                                                               "404 404 404 404 404 404 404 404"),
    ("teams by id", lambda w, _: ("POST", "/teamList", ids(int(w.team["id"]))),
                                                               "200 200 200 200 200 200 200 200"),
    ("members by id", lambda w, _: ("POST", f"{w.path}/memberList", ids(w.id("member"))),
                                                               "200 200 200 200 200 200 200 200"),
    ("memberships", lambda w, _: ("POST", f"/user/{w.id('member')}/memberList", ids(int(w.team["id"]))),
                                                               "200 200 200 200 200 200 200 200"),
    ("status", get(lambda w: f"{w.path}/member/{w.id('asker')}/membershipStatus"),
                                                               "200 200 200 200 200 200 200 200"),
    ("icon", get(lambda w: f"{w.path}/icon"),                  "307 307 307 307 307 307 307 307"),
    ("preview", get(lambda w: f"{w.path}/icon/preview"),       "307 307 307 307 307 307 307 307"),
    ("ACL", get(lambda w: f"{w.path}/acl"),                    "403 200 200 200 200 200 200 200"),
    ("what it opens", get(lambda w: f"/entity/{w.project}"),   "403 403 403 403 200 403 200 200"),
    ("invitations", get(lambda w: f"{w.path}/openInvitation"), "401 403 403 403 403 403 200 200"),
    ("somebody's invitations", get(lambda w: f"/user/{w.id('invitee')}/openInvitation"),
                                                               "401 403 200 403 403 403 403 200"),
    ("count of invitations", get(lambda w: "/membershipInvitation/openInvitationCount"),
                                                               "401 200 200 200 200 200 200 200"),
    ("invitation", get(lambda w: f"/membershipInvitation/{w.invitation}"),
                                                               "401 403 200 403 403 403 200 200"),
    ("invitation by mail", get(lambda w: f"/membershipInvitation/{w.by_mail}"),
                                                               "401 403 403 403 403 403 200 200"),
    ("proof of an address", get(lambda w: f"/membershipInvitation/{w.by_mail}/inviteeVerificationSignedToken"),
                                                               "401 403 200 403 403 403 403 403"),
    ("requests", get(lambda w: f"{w.path}/openRequest"),       "401 403 403 403 403 403 200 200"),
    ("somebody's requests", get(lambda w: f"/user/{w.id('asker')}/openRequest"),
                                                               "401 403 403 200 403 403 403 200"),
    ("count of requests", get(lambda w: "/membershipRequest/openRequestCount"),
                                                               "401 200 200 200 200 200 200 200"),
    ("request", get(lambda w: f"/membershipRequest/{w.request}"),
                                                               "401 403 403 200 403 403 200 200"),
    ("inbox", get(lambda w: "/message/inbox"),                 "401 200 200 200 200 200 200 200"),
    ("outbox", get(lambda w: "/message/outbox"),               "401 200 200 200 200 200 200 200"),
    ("message", get(lambda w: f"/message/{w.message}"),        "401 403 403 403 200 403 200 200"),
    ("its text", get(lambda w: f"/message/{w.message}/file"),  "401 403 403 403 307 403 307 307"),
    ("conversation", get(lambda w: f"/message/{w.message}/conversation"),
                                                               "401 403 403 403 200 403 200 200"),
]
CHANGING: list[Row] = [
    #                                              nobody stranger invitee asker member revoked manager admin
    ("make a team", lambda w, _: ("POST", "/team", {"name": new_name()}),
                                                               "401 201 201 201 201 201 201 201"),
    ("change it", lambda w, _: ("PUT", "/team", {**w.team, "description": "new"}),
                                                               "401 403 403 403 403 403 200 200"),
    ("delete it", lambda w, _: ("DELETE", w.path, None),       "401 403 403 403 403 403 204 204"),
    ("change its ACL", lambda w, _: ("PUT", "/team/acl", w.acl()),
                                                               "401 403 403 403 403 403 200 200"),
    ("join", lambda w, user: ("PUT", f"{w.path}/member/{user.id}", None),
                                                               "401 403 204 403 204 403 204 204"),
    ("let in who asked", lambda w, _: ("PUT", f"{w.path}/member/{w.id('asker')}", None),
                                                               "401 403 403 403 403 403 204 204"),
    ("let in who did not", lambda w, _: ("PUT", f"{w.path}/member/{w.other.id}", None),
                                                               "401 403 403 403 403 403 403 204"),
    ("take out, or leave", lambda w, _: ("DELETE", f"{w.path}/member/{w.id('member')}", None),
                                                               "401 403 403 403 204 403 204 204"),
    ("make a manager", lambda w, _: ("PUT", f"{w.path}/member/{w.id('member')}/permission?isAdmin=true", None),
                                                               "401 403 403 403 403 403 204 204"),
    ("invite", lambda w, _: ("POST", "/membershipInvitation", {"teamId": w.team["id"], "inviteeId": str(w.other.id)}),
                                                               "401 403 403 403 403 403 201 201"),
    ("invite by mail", lambda w, _: ("POST", "/membershipInvitation", {"teamId": w.team["id"], "inviteeEmail": "new@example.org"}),
                                                               "401 403 403 403 403 403 201 201"),
    ("withdraw, or decline", lambda w, _: ("DELETE", f"/membershipInvitation/{w.invitation}", None),
                                                               "401 403 204 403 403 403 204 204"),
    ("ask", lambda w, _: ("POST", "/membershipRequest", {"teamId": w.team["id"]}),
                                                               "401 201 201 201 400 201 400 201"),
    ("withdraw what one asked", lambda w, _: ("DELETE", f"/membershipRequest/{w.request}", None),
                                                               "401 403 403 204 403 403 204 204"),
    ("write to the team", lambda w, user: ("POST", "/message", {"recipients": [w.team["id"]], "fileHandleId": text_for(user)}),
                                                               "401 403 403 403 201 403 201 201"),
    ("write to a user", lambda w, user: ("POST", "/message", {"recipients": [str(w.other.id)], "fileHandleId": text_for(user)}),
                                                               "401 201 201 201 201 201 201 201"),
    ("write to the owner", lambda w, user: ("POST", f"/entity/{w.project}/message", {"fileHandleId": text_for(user)}),
                                                               "401 403 403 403 201 403 201 201"),
    ("forward", lambda w, _: ("POST", f"/message/{w.message}/forward", {"recipients": [str(w.other.id)]}),
                                                               "401 403 403 403 201 403 201 201"),
    ("mark as read", lambda w, _: ("PUT", "/message/status", {"messageId": w.message, "status": "READ"}),
                                                               "401 403 403 403 200 403 403 403"),
    ("delete a message", lambda w, _: ("DELETE", f"/admin/message/{w.message}", None),
                                                               "401 403 403 403 403 403 403 200"),
]
# fmt: on


def answer_to(world: World, name: str, ask: Ask) -> int:
    user = world.people[name]
    return user.send(*ask(world, user)).status_code


def expected(statuses: str) -> dict[str, int]:
    return dict(zip(CALLERS, map(int, statuses.split()), strict=True))


def test_who_may_see_what(server: RunningServer) -> None:
    world = World.build(server)
    for what, ask, statuses in READING:
        found = {name: answer_to(world, name, ask) for name in CALLERS}
        assert found == expected(statuses), what


@pytest.mark.parametrize(("what", "ask", "statuses"), CHANGING, ids=[row[0] for row in CHANGING])
def test_who_may_change_what(server: RunningServer, what: str, ask: Ask, statuses: str) -> None:
    for name, status in expected(statuses).items():
        world = World.build(server)
        before = world.people["manager"].get(world.path)
        assert answer_to(world, name, ask) == status, name
        if status >= 400:
            assert world.people["manager"].get(world.path) == before
