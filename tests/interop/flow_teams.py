"""Two people make a team, invite, join, share and write; with both official clients and ours.

flow_teams.py ENDPOINT USER SECRET FOLDER OTHER OTHERS_SECRET
"""

import json
import os
import sys

from session import refused, session

import synapseclient
from synapseclient import Project, Team

endpoint, user, secret, folder, other, others_secret = sys.argv[1:7]
syn = session(endpoint, secret, folder, user)
guest = session(endpoint, others_secret, folder, other)
my_id, guest_id = (each.getUserProfile()["ownerId"] for each in (syn, guest))

name = f"Team of {os.path.basename(folder)}"
team = syn.store(Team(name=name, description="d"))
assert syn.getTeam(name).id == team.id
assert syn.getTeam(team.id)["name"] == name
refused(syn.getTeam, "no team of this name")
[member] = list(syn.getTeamMembers(team))
assert (member["member"]["ownerId"], member["isAdmin"]) == (my_id, True)

invitation = syn.invite_to_team(team, user=other, message="welcome")
assert invitation["inviteeId"] == guest_id
assert syn.invite_to_team(team, user=other) is None
second = syn.invite_to_team(team, user=other, force=True)
open_ones = list(syn.get_team_open_invitations(team))
assert [each["id"] for each in open_ones] == [second["id"]]
syn.send_membership_invitation(team.id, inviteeEmail="new@example.org", message="m")
assert syn.get_membership_status(guest_id, team)["hasOpenInvitation"] is True
refused(guest.restGET, f"/team/{team.id}/openInvitation")

project = syn.store(Project(f"Project of {name}"))
syn.setPermissions(project, name, ["READ", "DOWNLOAD"])
refused(guest.get, project.id)
guest.restPUT(f"/team/{team.id}/member/{guest_id}")
assert guest.get(project.id).id == project.id
# 3.0.0 knows no permissions that come from a team
whose = team.id if synapseclient.__version__.startswith("3.") else other
assert sorted(syn.getPermissions(project, whose)) == ["DOWNLOAD", "READ"]
assert syn.get_membership_status(guest_id, team)["isMember"] is True
assert syn.invite_to_team(team, user=other) is None
assert {each["member"]["userName"] for each in guest.getTeamMembers(team.id)} == {user, other}

acl = syn._getACL(team)
acl["resourceAccess"] = [each for each in acl["resourceAccess"] if each["principalId"] != 273948]
syn._storeACL(team, acl)
assert len(syn._getACL(team)["resourceAccess"]) == 2

message = guest.sendMessage([team.id], "Grüße", "an alle")
for each in (syn, guest):
    [got] = each.restGET("/message/inbox")["results"]
    assert (got["message"]["id"], got["message"]["subject"]) == (message["id"], "Grüße")
    status = {"messageId": message["id"], "status": "READ"}
    each.restPUT("/message/status", json.dumps(status))
    assert each.restGET("/message/inbox")["results"] == []

syn.restDELETE(f"/team/{team.id}/member/{guest_id}")
refused(guest.get, project.id)
refused(guest.sendMessage, [team.id], "again", "text")

team = syn.getTeam(team.id)
team["description"] = "e"
assert syn.store(team)["description"] == "e"
if hasattr(syn, "create_team"):
    made = syn.create_team(name + " 2", can_public_join=True)
    syn.delete_team(made.id)
    refused(syn.getTeam, int(made.id))
syn.delete(syn.getTeam(team.id))
refused(syn.getTeam, int(team.id))
print("done")
