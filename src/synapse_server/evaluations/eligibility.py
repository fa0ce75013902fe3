"""Who may submit now: registration, limits, and one team a round for each person."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from synapse_server.access import bits
from synapse_server.challenges import service as challenges
from synapse_server.evaluations import rounds, service
from synapse_server.evaluations import submission_store as store
from synapse_server.evaluations.rounds import Window
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.teams import service as teams
from synapse_wire.errors import BadRequest, Forbidden
from synapse_wire.evaluations import (
    MemberSubmissionEligibility,
    SubmissionEligibility,
    TeamSubmissionEligibility,
)


async def open_window(tx: Tx, evaluation: Row, moment: int) -> Window:
    """The window that is open now.

    Raises:
        BadRequest: None is.
    """
    window = await rounds.window_at(tx, evaluation, moment)
    if window is None:
        raise BadRequest(
            "It is currently outside of the time range allowed for submissions. The rounds of the"
            f" evaluation {evaluation['id']} tell when it takes them."
        )
    return window


async def check_user(tx: Tx, evaluation: Row, window: Window, user: int, moment: int) -> None:
    """Refuse a submission of one's own that may not be.

    Raises:
        BadRequest: Not registered, too many, or submitted with a team in this round.
    """
    challenge = await challenges.of_project(tx, evaluation["content_source"])
    if challenge is not None and not await teams.is_member(tx, challenge["team_id"], user):
        raise BadRequest(
            "Submitter is not registered for the challenge. Join its participant team"
            f" {challenge['team_id']} first."
        )
    if user in await _full(tx, evaluation["id"], window, [user], moment):
        raise BadRequest("Submitter has reached the limit of submissions of this round.")
    if await store.submitted_elsewhere(tx, evaluation["id"], [user], None, window.start):
        raise BadRequest(
            "Submitter may not submit alone: they have worked on a team's submission in this"
            " round. Submit with the team."
        )


async def _full(
    tx: Tx, evaluation: int, window: Window, people: Sequence[int], moment: int
) -> set[int]:
    full: set[int] = set()
    for limit in window.limits:
        since = rounds.counts_since(window, limit.limit_type, moment)
        counts = await store.count_of_contributors(tx, evaluation, people, since)
        full |= {each for each in people if counts.get(each, 0) >= limit.maximum_submissions}
    return full


async def _team_is_full(tx: Tx, evaluation: int, window: Window, team: int, moment: int) -> bool:
    for limit in window.limits:
        since = rounds.counts_since(window, limit.limit_type, moment)
        if await store.count_of_team(tx, evaluation, team, since) >= limit.maximum_submissions:
            return True
    return False


async def of_team(
    tx: Tx, evaluation: Row, window: Window, team: int, moment: int
) -> TeamSubmissionEligibility:
    """Whether a team and each of its members may submit."""
    id = evaluation["id"]
    challenge = await challenges.of_project(tx, evaluation["content_source"])
    members = await teams.member_ids(tx, team)
    full = await _full(tx, id, window, members, moment) if members else set()
    elsewhere: set[int] = set()
    if members:
        elsewhere = await store.submitted_elsewhere(tx, id, members, team, window.start)
    participants, registered = set(members), True
    if challenge is not None:
        participants = set(await teams.member_ids(tx, challenge["team_id"]))
        registered = await challenges.is_registered(tx, challenge["id"], team)
    is_full = await _team_is_full(tx, id, window, team, moment)
    found = TeamSubmissionEligibility(
        team_id=str(team),
        evaluation_id=str(id),
        team_eligibility=SubmissionEligibility(
            is_eligible=registered and not is_full,
            is_registered=registered,
            is_quota_filled=is_full,
        ),
        members_eligibility=[
            MemberSubmissionEligibility(
                principal_id=member,
                is_eligible=member in participants
                and member not in full
                and member not in elsewhere,
                is_registered=member in participants,
                is_quota_filled=member in full,
                has_conflicting_submission=member in elsewhere,
            )
            for member in members
        ],
        eligibility_state_hash=0,
    )
    found.eligibility_state_hash = zlib.crc32(msgspec.json.encode(found))
    return found


async def get_of_team(tx: Tx, caller: Caller, id: int, team: int) -> TeamSubmissionEligibility:
    """The same for a member of the team who may submit."""
    evaluation = await service.load(tx, caller, id, bits.SUBMIT)
    await teams.load(tx, team)
    if not caller.is_admin and not await teams.is_member(tx, team, caller.id):
        raise Forbidden(f"Only members of the team {team} may ask who of it may submit.")
    moment = now()
    return await of_team(tx, evaluation, await open_window(tx, evaluation, moment), team, moment)


async def check_team(
    tx: Tx,
    evaluation: Row,
    window: Window,
    team: int,
    contributors: Sequence[int],
    told_hash: str | None,
    moment: int,
) -> None:
    """Refuse a team's submission that may not be.

    Raises:
        BadRequest: The text says what stands in its way.
    """
    if not told_hash:
        raise BadRequest(
            "A team's submission needs submissionEligibilityHash: the eligibilityStateHash of GET"
            f" /evaluation/{evaluation['id']}/team/{team}/submissionEligibility."
        )
    found = await of_team(tx, evaluation, window, team, moment)
    if told_hash != str(found.eligibility_state_hash):
        raise BadRequest(
            "Submissions or Team composition may have changed. Ask for the team's eligibility"
            " again and submit once more."
        )
    if not found.team_eligibility.is_registered:
        raise BadRequest(f"Team {team} is not registered for the challenge.")
    if found.team_eligibility.is_quota_filled:
        raise BadRequest(f"Team {team} has reached the limit of submissions of this round.")
    members = {member.principal_id: member for member in found.members_eligibility}
    for contributor in contributors:
        member = members.get(contributor)
        if member is None:
            raise BadRequest(f"Contributor {contributor} is not a member of the team {team}.")
        if not member.is_registered:
            raise BadRequest(f"Contributor {contributor} is not registered for the challenge.")
        if member.is_quota_filled:
            raise BadRequest(
                f"Contributor {contributor} has reached the limit of submissions of this round."
            )
        if member.has_conflicting_submission:
            raise BadRequest(
                f"Contributor {contributor} has submitted alone or with another team in this round."
            )
