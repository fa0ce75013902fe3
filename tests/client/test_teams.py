"""Teams through the client: the older methods, the models, the low-level API."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.test_copy import logging_to
from tests.client.test_official_names import listed
from tests.conftest import User
from tests.server.test_files import upload

import synapseclient
from synapseclient import Project, api, models, operations
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseHTTPError

_numbers = itertools.count(1)


def new_name() -> str:
    return f"Client team {next(_numbers)}"


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def other(bob: User, tmp_path: Path) -> Synapse:
    return bob.client(tmp_path / "other")


def test_the_older_methods(syn: Synapse, other: Synapse, alice: User, bob: User) -> None:
    name = new_name()
    team = syn.create_team(name, "für alle", can_request_membership=False)
    assert isinstance(team, synapseclient.Team)
    assert (team.name, team["description"], team.canPublicJoin) == (name, "für alle", False)
    assert team.canRequestMembership is False
    for way in (team.id, int(team.id), name, team):
        assert syn.getTeam(way) == team
    for unknown in (name.upper(), "No such team", "x"):
        with pytest.raises(ValueError, match="Can't find team"):
            syn.getTeam(unknown)
    assert [each.name for each in syn._findTeam(name)] == [name]
    [member] = syn.getTeamMembers(team)
    assert isinstance(member, synapseclient.TeamMember)
    assert isinstance(member.member, synapseclient.UserGroupHeader)
    assert (member.member.userName, member.isAdmin) == (alice.name, True)
    invitation = syn.invite_to_team(name, user=bob.name, message="komm")
    assert invitation is not None
    assert (invitation["inviteeId"], invitation["message"]) == (str(bob.id), "komm")
    assert list(syn.get_team_open_invitations(team)) == [invitation]
    status = syn.get_membership_status(bob.id, name)
    assert (status["isMember"], status["hasOpenInvitation"]) == (False, True)
    other.restPUT(f"/team/{team.id}/member/{bob.id}")
    assert {each["member"]["userName"] for each in syn.getTeamMembers(name)} == {
        alice.name,
        bob.name,
    }
    syn.delete_team(team.id)
    with pytest.raises(SynapseHTTPError, match="404"):
        syn.getTeam(team.id)


def test_inviting(
    syn: Synapse, other: Synapse, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    syn.logger = logging_to(caplog)
    team = syn.create_team(new_name())
    for wrong in ({}, {"user": bob.name, "inviteeEmail": "a@example.org"}):
        with pytest.raises(ValueError, match="either 'user' or 'inviteeEmail'"):
            syn.invite_to_team(team, **wrong)  # type: ignore[arg-type]
    first = syn.invite_to_team(team, user=str(bob.id))
    assert first is not None
    assert syn.invite_to_team(team, user=bob.name) is None
    assert f"`{bob.name}` already has an open invitation" in caplog.text
    second = syn.invite_to_team(team, user=other.getUserProfile(), force=True)
    assert second is not None
    assert [each["id"] for each in syn.get_team_open_invitations(team)] == [second["id"]]
    by_mail = syn.invite_to_team(team, inviteeEmail="new@example.org")
    assert by_mail is not None
    assert by_mail["inviteeEmail"] == "new@example.org"
    assert syn.invite_to_team(team, inviteeEmail="new@example.org") is None
    again = syn.invite_to_team(team, inviteeEmail="new@example.org", force=True)
    assert again is not None
    assert len(list(syn.get_team_open_invitations(team))) == 2
    assert syn.invite_to_team(team, user=alice.name) is None
    assert f"`{alice.name}` is already a member" in caplog.text
    syn._delete_membership_invitation(again["id"])
    other._delete_membership_invitation(second["id"])
    assert list(syn.get_team_open_invitations(team)) == []
    sent = syn.send_membership_invitation(team.id, inviteeId=bob.id, message="direct")
    assert sent["message"] == "direct"
    with pytest.raises(SynapseHTTPError, match="403"):
        list(other.get_team_open_invitations(team))
    with pytest.raises(ValueError, match="Can't find user"):
        syn.invite_to_team(team, user="no such user")


def test_storing_and_sharing_a_team(syn: Synapse, other: Synapse, bob: User) -> None:
    team = syn.store(synapseclient.Team(name=new_name(), description="a"))
    assert (team.description, team.getURI(team.id)) == ("a", f"/team/{team.id}")
    team.description = "b"
    stored = syn.store(team)
    assert (stored.description, stored.id) == ("b", team.id)
    with pytest.raises(SynapseHTTPError, match="412"):
        syn.store(team)
    acl = syn._getACL(stored)
    for entry in acl["resourceAccess"]:
        if entry["principalId"] == 273948:
            entry["accessType"] = ["READ"]
    assert syn._storeACL(stored, acl)["etag"] != acl["etag"]
    assert syn.get_membership_status(bob.id, stored)["canSendEmail"] is True
    assert other.get_membership_status(bob.id, stored)["canSendEmail"] is False
    project = syn.store(Project())
    syn.setPermissions(project, stored.name, ["READ", "DOWNLOAD"])
    with pytest.raises(SynapseHTTPError, match="403"):
        other.get(project.id)
    syn.send_membership_invitation(stored.id, bob.id)
    other.restPUT(f"/team/{stored.id}/member/{bob.id}")
    assert other.get(project.id).id == project.id
    assert sorted(syn.getPermissions(project, bob.name)) == ["DOWNLOAD", "READ"]
    syn.delete(stored)
    with pytest.raises(SynapseHTTPError, match="403"):
        other.get(project.id)


def test_the_models(syn: Synapse, other: Synapse, alice: User, bob: User) -> None:
    icon = upload(alice, b"icon", fileName="i.png", contentType="image/png")
    team = models.Team(name=new_name(), description="d", icon=icon, can_request_membership=False)
    assert team.create(synapse_client=syn) is team
    assert isinstance(team.id, int)
    assert (team.icon, team.can_public_join, team.can_request_membership) == (icon, False, False)
    assert team.created_by == str(alice.id)
    assert models.Team.from_id(team.id, synapse_client=syn) == team
    assert models.Team.from_name(str(team.name), synapse_client=syn) == team
    assert models.Team(name=team.name).get(synapse_client=other) == team
    assert run(models.Team(id=team.id).get_async(synapse_client=syn)) == team
    with pytest.raises(ValueError, match="either an id or a name"):
        models.Team().get(synapse_client=syn)
    with pytest.raises(ValueError, match="id set"):
        models.Team(name=team.name).members(synapse_client=syn)
    [member] = team.members(synapse_client=syn)
    header = models.UserGroupHeader(alice.id, user_name=alice.name, is_individual=True)
    assert member == models.TeamMember(team.id, header, True)
    invitation = team.invite(bob.name, "welcome", synapse_client=syn)
    assert invitation is not None
    assert team.open_invitations(synapse_client=syn) == [invitation]
    status = team.get_user_membership_status(str(bob.id), synapse_client=syn)
    assert status == models.TeamMembershipStatus(
        team_id=str(team.id),
        user_id=str(bob.id),
        is_member=False,
        has_open_invitation=True,
        has_open_request=False,
        can_join=False,
        membership_approval_required=True,
        has_unmet_access_requirement=False,
        can_send_email=True,
    )
    assert team.invite(bob.id, "once", force=False, synapse_client=syn) is None
    again = team.invite(bob.id, "again", synapse_client=syn)
    assert again is not None
    models.Team.delete_invitation(again["id"], synapse_client=other)
    assert run(team.open_invitations_async(synapse_client=syn)) == []
    team.delete(synapse_client=syn)
    with pytest.raises(SynapseHTTPError, match="404"):
        team.get(synapse_client=syn)


def test_operations_on_teams(syn: Synapse) -> None:
    team = operations.store(models.Team(name=new_name()), synapse_client=syn)
    assert team.id
    with pytest.raises(ValueError, match="no versions"):
        operations.delete(team, version=1, version_only=True, synapse_client=syn)
    operations.delete(team, synapse_client=syn)
    with pytest.raises(SynapseHTTPError, match="404"):
        models.Team.from_id(team.id, synapse_client=syn)


def test_the_low_level_api(syn: Synapse, other: Synapse, alice: User, bob: User) -> None:
    name = new_name()
    team = run(api.create_team(name, "d", synapse_client=syn))
    id = int(team["id"])
    assert run(api.get_team(name, synapse_client=syn)) == team
    assert run(api.get_team(id, synapse_client=syn)) == team
    assert run(api.find_team(name, synapse_client=syn)) == [team]
    assert run(api.post_team_list([id, 999999999], synapse_client=syn)) == [team]
    assert run(api.post_team_list([999999999], synapse_client=syn)) is None
    assert listed(api.get_teams_for_user(str(alice.id), synapse_client=syn)) == [team]
    [member] = run(api.get_team_members(id, synapse_client=syn))
    assert member["isAdmin"] is True
    sent = run(api.send_membership_invitation(id, str(bob.id), synapse_client=syn))
    assert run(api.get_team_open_invitations(id, synapse_client=syn)) == [sent]
    assert run(api.invite_to_team(id, bob.name, synapse_client=syn)) is None
    status = run(api.get_membership_status(str(bob.id), id, synapse_client=other))
    assert status["canJoin"] is True
    run(api.delete_membership_invitation(sent["id"], synapse_client=other))
    run(api.delete_team(id, synapse_client=syn))
    assert run(api.find_team(name, synapse_client=syn)) == []


def test_more_members_than_a_page(syn: Synapse, alice: User) -> None:
    team = syn.restPOST("/team", {"name": new_name(), "canPublicJoin": True})
    people = [alice.server.user() for _ in range(52)]
    for user in people:
        user.put(f"/team/{team['id']}/member/{user.id}", status=204)
    members = syn.getTeamMembers(int(team["id"]))
    assert isinstance(members, Iterator)
    found = {int(each["member"]["ownerId"]) for each in members}
    assert found == {alice.id, *(user.id for user in people)}
    assert len(models.Team(id=int(team["id"])).members(synapse_client=syn)) == 53
