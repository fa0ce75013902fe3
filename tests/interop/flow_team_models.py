"""Teams with the object-oriented API; runs with the official 4.14.0 and ours.

flow_team_models.py ENDPOINT USER TOKEN FOLDER OTHER OTHERS_ID
"""

import asyncio
import os
import sys

from session import session

from synapseclient import api
from synapseclient.models import Team, TeamMembershipStatus

endpoint, _, token, folder, other, others_id = sys.argv[1:7]
session(endpoint, token, folder)

name = f"Models team of {os.path.basename(folder)}"
team = Team(name=name, description="d", can_request_membership=False).create()
assert isinstance(team.id, int)
assert (team.description, team.can_public_join, team.can_request_membership) == ("d", False, False)
assert Team.from_id(team.id) == team
assert Team.from_name(name) == team
assert Team(name=name).get() == team
[member] = team.members()
assert (member.team_id, member.is_admin) == (team.id, True)
assert member.member.is_individual is True

invitation = team.invite(user=other, message="welcome")
assert invitation["inviteeId"] == others_id
[listed] = team.open_invitations()
assert listed == invitation
assert team.invite(user=other, message="again", force=False) is None
again = team.invite(user=other, message="again")
status = team.get_user_membership_status(others_id)
assert isinstance(status, TeamMembershipStatus)
assert (status.is_member, status.has_open_invitation, status.can_send_email) == (False, True, True)
Team.delete_invitation(again["id"])
assert team.open_invitations() == []


async def low_level():
    assert [each["id"] for each in await api.find_team(name)] == [str(team.id)]
    assert [each["name"] for each in await api.post_team_list([team.id])] == [name]
    mine = [each async for each in api.get_teams_for_user(member.member.owner_id)]
    assert str(team.id) in [each["id"] for each in mine]
    sent = await api.send_membership_invitation(team.id, invitee_id=others_id)
    assert (await api.get_membership_status(others_id, team.id))["hasOpenInvitation"] is True
    await api.delete_membership_invitation(sent["id"])


asyncio.run(low_level())
team.delete()
assert asyncio.run(api.find_team(name)) == []
print("done")
