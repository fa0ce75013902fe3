"""Mail about submissions: what somebody hands in for a team, its members are told."""

from __future__ import annotations

from synapse_server.auth import links
from synapse_server.auth.notices import Post, tell
from synapse_server.entities import ids
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.teams import service as teams
from synapse_server.users import service as users


async def of_team(
    tx: Tx, caller: Caller, evaluation: Row, team: int, name: str, page: str | None, post: Post
) -> None:
    """Tell the members of a team of a submission that one of them made.

    Args:
        tx: The transaction.
        caller: Who submitted.
        evaluation: To what.
        team: For which team.
        name: What the submission is called.
        page: The page of projects that the caller names, to which an id is appended.
        post: What it takes to write.
    """
    author = await users.require_user(tx, caller.id)
    team_name = (await teams.load(tx, team))["name"]
    base = links.own_page(post.settings, page) if page else f"{links.home(post.settings)}/Synapse:"
    address = f"{base}{ids.wire(evaluation['content_source'])}"
    subject = f"{team_name} has submitted to {evaluation['name']}"
    text = (
        f"{author['name']} has submitted “{name}” to {evaluation['name']} for the team"
        f" {team_name}.\n\nThe challenge: {address}"
    )
    for member in await teams.member_ids(tx, team):
        if member != caller.id:
            row = await users.require_user(tx, member)
            if not row["is_disabled"]:
                tell(tx, post, row, subject, text)
