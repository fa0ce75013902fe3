"""The rules of challenges."""

from __future__ import annotations

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.challenges import store
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, results
from synapse_server.teams import service as teams
from synapse_server.users import service as users
from synapse_wire import challenges as wire
from synapse_wire.base import Results
from synapse_wire.challenges import Challenge, ChallengeTeam
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag

_MOST_PAGE = 50


def parse_id(text: str | None, what: str = "challenge") -> int:
    """The number of a challenge or of a registration."""
    return numbers.parse_id(text, what)


def _to_challenge(row: Row) -> Challenge:
    return Challenge(
        id=str(row["id"]),
        etag=row["etag"],
        project_id=ids.wire(row["project_id"]),
        participant_team_id=str(row["team_id"]),
    )


def _to_team(row: Row) -> ChallengeTeam:
    return ChallengeTeam(
        id=str(row["id"]),
        etag=row["etag"],
        challenge_id=str(row["challenge_id"]),
        team_id=str(row["team_id"]),
        message=row["message"],
    )


# ------------------------------------------------------------------ for other domains


async def of_project(tx: Tx, project: int) -> Row | None:
    """The challenge of a project, whoever asks."""
    return await store.of_project(tx, project)


async def is_registered(tx: Tx, challenge: int, team: int) -> bool:
    """Whether a team is registered for a challenge."""
    return await store.is_registered(tx, challenge, team)


# ------------------------------------------------------------------ challenges


async def _load(
    tx: Tx, caller: Caller, text: str, bit: int, policy: Policy, *, lock: bool = False
) -> Row:
    row = await store.find(tx, parse_id(text), lock=lock)
    if row is None:
        raise NotFound(f"The challenge {text} does not exist.")
    await entities.load(tx, caller, row["project_id"], bit, policy)
    return row


async def create(tx: Tx, caller: Caller, given: Challenge, policy: Policy) -> Challenge:
    """Make a challenge of a project."""
    caller.require_sign_in()
    if not given.project_id or not given.participant_team_id:
        raise BadRequest("A challenge needs its projectId and its participantTeamId.")
    project = ids.parse(given.project_id)
    row = await entities.load(tx, caller, project, bits.CREATE, policy, lock=True)
    if row["type"] != "project":
        raise BadRequest(f"{ids.wire(project)} is not a project.")
    team = users.parse_id(given.participant_team_id, "team")
    await teams.load(tx, team)
    if await store.of_project(tx, project) is not None:
        raise Conflict(f"{ids.wire(project)} has a challenge already.")
    return await _stored(tx, await store.add(tx, project, team))


async def _stored(tx: Tx, id: int) -> Challenge:
    row = await store.find(tx, id)
    assert row is not None
    return _to_challenge(row)


async def get(tx: Tx, caller: Caller, text: str, policy: Policy) -> Challenge:
    """A challenge whose project the caller may read."""
    return _to_challenge(await _load(tx, caller, text, bits.READ, policy))


async def get_of_project(tx: Tx, caller: Caller, project: int, policy: Policy) -> Challenge:
    """The challenge of a project that the caller may read."""
    await entities.load(tx, caller, project, bits.READ, policy)
    row = await store.of_project(tx, project)
    if row is None:
        raise NotFound(f"{ids.wire(project)} has no challenge.")
    return _to_challenge(row)


async def update(tx: Tx, caller: Caller, text: str, given: Challenge, policy: Policy) -> Challenge:
    """Change the participant team of a challenge."""
    row = await _load(tx, caller, text, bits.UPDATE, policy, lock=True)
    if given.id is not None and given.id != str(row["id"]):
        raise BadRequest(f"The body is of the challenge {given.id}, the path of {row['id']}.")
    if given.etag != row["etag"]:
        raise _stale(f"The challenge {row['id']}")
    if given.project_id is not None and ids.parse(given.project_id) != row["project_id"]:
        raise BadRequest("A challenge stays with its project: projectId cannot be changed.")
    if not given.participant_team_id:
        raise BadRequest("A challenge needs its participantTeamId.")
    team = users.parse_id(given.participant_team_id, "team")
    await teams.load(tx, team)
    await store.change(tx, row["id"], team)
    return await _stored(tx, row["id"])


def _stale(what: str) -> StaleEtag:
    return StaleEtag(
        f"{what} was updated since you last fetched it, retrieve it again and re-apply the update"
    )


async def delete(tx: Tx, caller: Caller, text: str, policy: Policy) -> None:
    """Delete a challenge and its registrations."""
    row = await _load(tx, caller, text, bits.DELETE, policy, lock=True)
    await store.delete(tx, row["id"])


async def list_of_participant(
    tx: Tx, caller: Caller, participant: str, offset: int, limit: int
) -> Results[Challenge]:
    """The challenges that somebody takes part in and whose projects the caller may read."""
    offset, limit = check_page(offset, limit, _MOST_PAGE)
    number = users.parse_id(participant, "participant")
    rows = await store.with_participant(tx, caller, number, offset, limit)
    return results([_to_challenge(row) for row in rows], offset, limit)


async def list_participants(
    tx: Tx,
    caller: Caller,
    text: str,
    affiliated: bool | None,
    offset: int,
    limit: int,
    policy: Policy,
) -> Results[str]:
    """Who takes part."""
    offset, limit = check_page(offset, limit, _MOST_PAGE)
    row = await _load(tx, caller, text, bits.READ, policy)
    found = await store.participants(tx, row, affiliated, offset, limit)
    return results([str(id) for id in found], offset, limit)


# ------------------------------------------------------------------ registered teams


async def register(
    tx: Tx, caller: Caller, text: str, given: ChallengeTeam, policy: Policy
) -> ChallengeTeam:
    """Register a team."""
    row = await _load(tx, caller, text, bits.READ, policy)
    if given.challenge_id is not None and given.challenge_id != str(row["id"]):
        raise BadRequest(
            f"The body is of the challenge {given.challenge_id}, the path of {row['id']}."
        )
    if not given.team_id:
        raise BadRequest("A registration needs its teamId.")
    team = users.parse_id(given.team_id, "team")
    await teams.load(tx, team)
    await _require_manager(tx, caller, row, team)
    id = await store.add_team(tx, row["id"], team, _check_message(given.message))
    if id is None:
        raise Conflict(f"Team {team} is registered for this challenge already.")
    return await _stored_team(tx, id)


async def _stored_team(tx: Tx, id: int) -> ChallengeTeam:
    row = await store.find_team(tx, id)
    assert row is not None
    return _to_team(row)


async def _require_manager(tx: Tx, caller: Caller, challenge: Row, team: int) -> None:
    caller.require_sign_in()
    if caller.is_admin:
        return
    if not await teams.is_member(tx, challenge["team_id"], caller.id):
        raise Forbidden(
            "You do not take part in this challenge. Join its participant team"
            f" {challenge['team_id']} first."
        )
    if not await teams.may(tx, caller, team, bits.TEAM_MEMBERSHIP_UPDATE):
        raise Forbidden(f"Only a manager of the team {team} may do that.")


def _check_message(message: str | None) -> str | None:
    if len(message or "") > wire.MOST_MESSAGE:
        raise BadRequest(f"The message has at most {wire.MOST_MESSAGE} characters.")
    return message


async def _registration(tx: Tx, text: str) -> tuple[Row, Row]:
    row = await store.find_team(tx, parse_id(text, "registration"), lock=True)
    challenge = None if row is None else await store.find(tx, row["challenge_id"])
    if row is None or challenge is None:
        raise NotFound(f"There is no registration {text}.")
    return row, challenge


async def change_registration(
    tx: Tx, caller: Caller, text: str, registration: str, given: ChallengeTeam
) -> ChallengeTeam:
    """Change a registration's message."""
    row, challenge = await _registration(tx, registration)
    if row["challenge_id"] != parse_id(text):
        raise NotFound(f"The challenge {text} has no registration {registration}.")
    await _require_manager(tx, caller, challenge, row["team_id"])
    if given.id is not None and given.id != str(row["id"]):
        raise BadRequest(f"The body is of the registration {given.id}, the path of {row['id']}.")
    if given.etag != row["etag"]:
        raise _stale(f"The registration {row['id']}")
    if given.team_id is not None and users.parse_id(given.team_id, "team") != row["team_id"]:
        raise BadRequest("A registration stays with its team: teamId cannot be changed.")
    await store.change_team(tx, row["id"], _check_message(given.message))
    return await _stored_team(tx, row["id"])


async def unregister(tx: Tx, caller: Caller, registration: str) -> None:
    """Take a registration back."""
    row, challenge = await _registration(tx, registration)
    await _require_manager(tx, caller, challenge, row["team_id"])
    await store.delete_team(tx, row["id"])


async def list_teams(
    tx: Tx, caller: Caller, text: str, offset: int, limit: int, policy: Policy
) -> Results[ChallengeTeam]:
    """The registered teams."""
    offset, limit = check_page(offset, limit, _MOST_PAGE)
    row = await _load(tx, caller, text, bits.READ, policy)
    rows = await store.teams(tx, row["id"], offset, limit)
    return results([_to_team(each) for each in rows], offset, limit)


async def list_registratable(
    tx: Tx, caller: Caller, text: str, offset: int, limit: int, policy: Policy
) -> Results[str]:
    """The teams that the caller manages and that are not registered yet."""
    offset, limit = check_page(offset, limit, _MOST_PAGE)
    row = await _load(tx, caller, text, bits.READ, policy)
    caller.require_sign_in()
    found = await store.registratable(tx, caller, row["id"], offset, limit)
    return results([str(id) for id in found], offset, limit)


async def list_submission_teams(
    tx: Tx, caller: Caller, text: str, offset: int, limit: int, policy: Policy
) -> Results[str]:
    """The registered teams that the caller, who takes part, may submit for."""
    offset, limit = check_page(offset, limit, _MOST_PAGE)
    row = await _load(tx, caller, text, bits.READ, policy)
    caller.require_sign_in()
    found: list[int] = []
    if await teams.is_member(tx, row["team_id"], caller.id):
        found = await store.teams_with(tx, row["id"], caller.id, offset, limit)
    return results([str(id) for id in found], offset, limit)
