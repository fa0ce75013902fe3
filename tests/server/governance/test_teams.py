"""Requirements on teams: who has not met them does not get in, however they come."""

from __future__ import annotations

from typing import Any

from tests.conftest import User
from tests.governing import PACKAGE
from tests.server.test_joining import invite, join, status_of
from tests.server.test_teams import make, member_ids

from synapse_server.kernel.clock import new_etag


def on_team(act: User, team: Any) -> Any:
    """Terms of use that hold for a team."""
    body = {
        "concreteType": PACKAGE + "TermsOfUseAccessRequirement",
        "name": f"Terms {new_etag()[:13]}",
        "accessType": "PARTICIPATE",
        "subjectIds": [{"type": "TEAM", "id": team["id"]}],
        "termsOfUse": "Share your code.",
    }
    return act.post("/accessRequirement", body)


def test_who_has_not_met_a_requirement_stays_out(act: User, alice: User, bob: User) -> None:
    team = make(alice, canPublicJoin=True)
    assert "canJoin" in status_of(bob, team, bob)
    requirement = on_team(act, team)
    assert "hasUnmetAccessRequirement" in status_of(bob, team, bob)
    assert "canJoin" not in status_of(bob, team, bob)
    join(bob, team, 403)
    invite(alice, team, bob)
    join(bob, team, 403)
    assert bob.id not in member_ids(alice.get(f"/teamMembers/{team['id']}"))
    listed = bob.get(f"/team/{team['id']}/accessRequirement")["results"]
    assert [each["id"] for each in listed] == [requirement["id"]]
    bob.post("/accessApproval", {"requirementId": requirement["id"]})
    assert "canJoin" in status_of(bob, team, bob)
    join(bob, team)
    assert bob.id in member_ids(alice.get(f"/teamMembers/{team['id']}"))


def test_members_stay_and_new_ones_are_kept_out(act: User, alice: User, bob: User) -> None:
    team = make(alice, canPublicJoin=True)
    join(bob, team)
    on_team(act, team)
    assert bob.id in member_ids(alice.get(f"/teamMembers/{team['id']}"))
    bob.delete(f"/team/{team['id']}/member/{bob.id}")
    join(bob, team, 403)


def test_a_deleted_team_is_no_subject_any_more(act: User, alice: User) -> None:
    team = make(alice)
    requirement = on_team(act, team)
    path = f"/accessRequirement/{requirement['id']}/subjects"
    assert act.get(path)["subjects"] == [{"type": "TEAM", "id": team["id"]}]
    alice.delete(f"/team/{team['id']}")
    assert act.get(path)["subjects"] == []
