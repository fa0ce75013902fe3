"""Challenges: who takes part, which teams are registered, and who may submit for them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests import mailbox
from tests.conftest import RunningServer, User
from tests.server.test_evaluations import grant, queue
from tests.server.test_submissions import submit
from tests.server.test_teams import make, put_in

SENT = "has submitted"


class Contest:
    """A challenge of Alice's with a queue that its participants may submit to."""

    def __init__(self, server: RunningServer, organiser: User) -> None:
        self.server = server
        self.organiser = organiser
        self.project = organiser.project()["id"]
        self.participants = make(organiser, canPublicJoin=True)
        organiser.share(self.project, int(self.participants["id"]), "READ")
        body = {"projectId": self.project, "participantTeamId": self.participants["id"]}
        self.challenge = organiser.post("/challenge", body)
        self.path = f"/challenge/{self.challenge['id']}"
        self.queue = queue(organiser, contentSource=self.project)
        grant(organiser, self.queue, int(self.participants["id"]), "READ", "SUBMIT")

    def enter(self, user: User | None = None) -> User:
        """Somebody who takes part."""
        user = user or self.server.user()
        user.put(f"/team/{self.participants['id']}/member/{user.id}", status=204)
        return user

    def team(self, *members: User) -> Any:
        """A registered team of these, whom the first one manages."""
        made = make(members[0])
        for member in members[1:]:
            put_in(members[0], made, member)
        members[0].post(f"{self.path}/challengeTeam", {"teamId": made["id"]})
        return made

    def eligibility(self, user: User, team: Any) -> Any:
        """Who of a team may submit now."""
        path = f"/evaluation/{self.queue['id']}/team/{team['id']}/submissionEligibility"
        return user.get(path)

    def submit(self, user: User, team: Any, status: int = 201, *contributors: User) -> Any:
        """A team's submission."""
        found = self.eligibility(user, team)
        file = user.file(user.project()["id"])
        return submit(
            user,
            self.queue,
            file,
            status,
            teamId=team["id"],
            contributors=[{"principalId": str(each.id)} for each in contributors],
            query=f"&submissionEligibilityHash={found['eligibilityStateHash']}",
        )


@pytest.fixture
def contest(server: RunningServer, alice: User) -> Contest:
    return Contest(server, alice)


def test_a_challenge(contest: Contest, bob: User, server: RunningServer) -> None:
    alice, path = contest.organiser, contest.path
    challenge = contest.challenge
    assert challenge == {
        "id": challenge["id"],
        "etag": challenge["etag"],
        "projectId": contest.project,
        "participantTeamId": contest.participants["id"],
    }
    assert alice.get(path) == challenge
    assert alice.get(f"/entity/{contest.project}/challenge") == challenge
    alice.post("/challenge", {**challenge, "id": None}, 409)
    other = make(alice)
    for someone, status in ((bob, 403), (server.anonymous, 403)):
        someone.get(path, status)
        someone.get(f"/entity/{contest.project}/challenge", status)
        someone.put(path, challenge, status)
        someone.delete(path, status)
        for page in ("participant", "challengeTeam", "registratableTeam", "submissionTeams"):
            someone.get(f"{path}/{page}", status)
    server.anonymous.post("/challenge", challenge, 401)
    bob.post("/challenge", challenge, 403)
    changed = alice.put(path, {**challenge, "participantTeamId": other["id"]})
    assert changed["participantTeamId"] == other["id"]
    alice.put(path, challenge, 412)
    alice.put(path, {**changed, "projectId": alice.project()["id"]}, 400)
    alice.put(path, {**changed, "participantTeamId": None}, 400)
    alice.put(path, {**changed, "participantTeamId": "9"}, 404)
    alice.delete(path, 200)
    alice.get(path, 404)
    alice.get(f"/entity/{contest.project}/challenge", 404)


def test_challenges_that_cannot_be(alice: User) -> None:
    project, team = alice.project()["id"], make(alice)["id"]
    folder = alice.folder(project)["id"]
    for body, status in (
        ({"projectId": project}, 400),
        ({"participantTeamId": team}, 400),
        ({"projectId": folder, "participantTeamId": team}, 400),
        ({"projectId": project, "participantTeamId": "9"}, 404),
        ({"projectId": "syn9", "participantTeamId": team}, 404),
        ({"projectId": project, "participantTeamId": "team"}, 400),
    ):
        assert alice.post("/challenge", body, status)["reason"]


def test_who_takes_part(contest: Contest, server: RunningServer) -> None:
    alice = contest.organiser
    first, second, third = contest.enter(), contest.enter(), contest.enter()
    path = f"{contest.path}/participant"
    everybody = sorted((alice.id, first.id, second.id, third.id))
    assert alice.get(path)["results"] == [str(each) for each in everybody]
    contest.team(first, second)
    assert alice.get(path + "?affiliated=true")["results"] == [str(first.id), str(second.id)]
    assert alice.get(path + "?affiliated=false")["results"] == [str(alice.id), str(third.id)]
    assert alice.get(path + "?limit=1&offset=2")["results"] == [str(everybody[2])]
    listed = first.get(f"/challenge?participantId={second.id}")["results"]
    assert listed == [contest.challenge]
    stranger = server.user()
    assert stranger.get(f"/challenge?participantId={second.id}")["results"] == []
    assert first.get(f"/challenge?participantId={stranger.id}")["results"] == []
    first.get("/challenge", 400)
    alice.delete(f"/entity/{contest.project}")
    assert first.get(f"/challenge?participantId={second.id}")["results"] == []


def test_registering_teams(contest: Contest, server: RunningServer) -> None:
    alice = contest.organiser
    manager, member, stranger = contest.enter(), contest.enter(), server.user()
    team = make(manager)
    put_in(manager, team, member)
    path = f"{contest.path}/challengeTeam"
    assert manager.get(f"{contest.path}/registratableTeam")["results"] == [team["id"]]
    assert member.get(f"{contest.path}/registratableTeam")["results"] == []
    member.post(path, {"teamId": team["id"]}, 403)
    outsiders = make(stranger)
    alice.share(contest.project, stranger.id, "READ")
    stranger.post(path, {"teamId": outsiders["id"]}, 403)
    for body, status in (
        ({}, 400),
        ({"teamId": "9"}, 404),
        ({"teamId": team["id"], "message": "x" * 501}, 400),
        ({"teamId": team["id"], "challengeId": "9"}, 400),
    ):
        manager.post(path, body, status)
    made = manager.post(path, {"teamId": team["id"], "message": "Join us"})
    assert made == {
        "id": made["id"],
        "etag": made["etag"],
        "challengeId": contest.challenge["id"],
        "teamId": team["id"],
        "message": "Join us",
    }
    manager.post(path, {"teamId": team["id"]}, 409)
    assert stranger.get(path)["results"] == [made]
    assert manager.get(f"{contest.path}/registratableTeam")["results"] == []
    assert member.get(f"{contest.path}/submissionTeams")["results"] == [team["id"]]
    assert stranger.get(f"{contest.path}/submissionTeams")["results"] == []
    place = f"{path}/{made['id']}"
    member.put(place, made, 403)
    changed = manager.put(place, {**made, "message": "Full"})
    manager.put(place, made, 412)
    manager.put(place, {**changed, "teamId": outsiders["id"]}, 400)
    manager.put(f"/challenge/9/challengeTeam/{made['id']}", changed, 404)
    member.delete(f"/challengeTeam/{made['id']}", 403)
    server.anonymous.delete(f"/challengeTeam/{made['id']}", 401)
    manager.delete(f"/challengeTeam/{made['id']}", 200)
    manager.delete(f"/challengeTeam/{made['id']}", 404)
    assert stranger.get(path)["results"] == []


def test_a_team_submits(contest: Contest, server: RunningServer) -> None:
    first, second, outsider = contest.enter(), contest.enter(), server.user()
    team = contest.team(first, second)
    put_in(first, team, outsider)
    found = contest.eligibility(first, team)
    good = {"isEligible": True, "isRegistered": True, "isQuotaFilled": False}
    assert found["teamEligibility"] == good
    members = {each["principalId"]: each for each in found["membersEligibility"]}
    assert members[first.id] == {
        "principalId": first.id,
        **good,
        "hasConflictingSubmission": False,
    }
    assert not members[outsider.id]["isRegistered"]
    assert found == contest.eligibility(second, team)
    # It can be asked by members who may submit.
    path = f"/evaluation/{contest.queue['id']}/team/{team['id']}/submissionEligibility"
    contest.enter().get(path, 403)
    outsider.get(path, 403)
    server.anonymous.get(path, 403)
    made = contest.submit(first, team, 201, second)
    assert made["teamId"] == team["id"]
    assert {each["principalId"] for each in made["contributors"]} == {
        str(first.id),
        str(second.id),
    }
    contest.submit(first, team, 400, outsider)
    contest.submit(first, team, 400, contest.enter())


def test_one_team_a_round_for_each_person(contest: Contest) -> None:
    first, second, third = contest.enter(), contest.enter(), contest.enter()
    team, other = contest.team(first, second), contest.team(second, third)
    contest.submit(first, team, 201, second)
    member = contest.eligibility(third, other)["membersEligibility"]
    conflicts = {each["principalId"]: each["hasConflictingSubmission"] for each in member}
    assert conflicts == {second.id: True, third.id: False}
    assert "another team" in contest.submit(third, other, 400, second)["reason"]
    contest.submit(third, other)
    file = first.file(first.project()["id"])
    assert "alone" in submit(first, contest.queue, file, 400)["reason"]
    solo = contest.enter()
    submit(solo, contest.queue, solo.file(solo.project()["id"]))


def test_who_may_not_submit_for_a_team(contest: Contest, server: RunningServer) -> None:
    first, second = contest.enter(), contest.enter()
    team = contest.team(first)
    file = second.file(second.project()["id"])
    told = contest.eligibility(first, team)["eligibilityStateHash"]
    query = f"&submissionEligibilityHash={told}"
    submit(second, contest.queue, file, 403, teamId=team["id"], query=query)
    put_in(first, team, second)
    # The team is another one now.
    reason = submit(second, contest.queue, file, 400, teamId=team["id"], query=query)["reason"]
    assert "may have changed" in reason
    reason = submit(second, contest.queue, file, 400, teamId=team["id"])["reason"]
    assert "submissionEligibilityHash" in reason
    unregistered = make(second)
    told = contest.eligibility(second, unregistered)["eligibilityStateHash"]
    query = f"&submissionEligibilityHash={told}"
    refused = submit(second, contest.queue, file, 400, teamId=unregistered["id"], query=query)
    assert "not registered" in refused["reason"]
    outsider = server.user()
    grant(contest.organiser, contest.queue, outsider, "READ", "SUBMIT")
    own = outsider.file(outsider.project()["id"])
    assert "not registered" in submit(outsider, contest.queue, own, 400)["reason"]


def test_a_team_has_one_quota(contest: Contest) -> None:
    first, second = contest.enter(), contest.enter()
    team = contest.team(first, second)
    path = f"/evaluation/{contest.queue['id']}"
    alice = contest.organiser
    alice.put(path, {**alice.get(path), "quota": {"submissionLimit": 2}})
    contest.submit(first, team)
    contest.submit(second, team)
    found = contest.eligibility(second, team)
    assert found["teamEligibility"]["isQuotaFilled"]
    assert not found["teamEligibility"]["isEligible"]
    assert "limit" in contest.submit(second, team, 400)["reason"]


def test_a_deleted_team_takes_part_no_longer(contest: Contest) -> None:
    first = contest.enter()
    team = contest.team(first)
    first.delete(f"/team/{team['id']}")
    assert contest.organiser.get(f"{contest.path}/challengeTeam")["results"] == []


def test_the_team_is_told(contest: Contest, caplog: pytest.LogCaptureFixture) -> None:
    first, second = contest.enter(), contest.enter()
    team = contest.team(first, second)
    contest.submit(first, team)
    address = f"{second.name}@example.org"
    deadline = time.monotonic() + 60
    while not (found := [each for each in mailbox.letters(caplog, address) if SENT in each]):
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.01)
    (told,) = found
    assert f"{first.name} {SENT}" in told
    assert f"/Synapse:{contest.project}" in told
    own = mailbox.letters(caplog, f"{first.name}@example.org")
    assert not any(SENT in each for each in own)


def test_links_to_other_sites_are_not_mailed(contest: Contest) -> None:
    first = contest.enter()
    team = contest.team(first)
    file = first.file(first.project()["id"])
    told = contest.eligibility(first, team)["eligibilityStateHash"]
    more = "&challengeEndpoint=https://evil.example/"
    query = f"&submissionEligibilityHash={told}{more}"
    reason = submit(first, contest.queue, file, 400, teamId=team["id"], query=query)["reason"]
    assert "evil.example" in reason
