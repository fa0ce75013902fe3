"""Challenges: projects that people take part in, and the teams that they register."""

from __future__ import annotations

from synapse_wire.base import Results, Wire
from synapse_wire.endpoint import endpoint

MOST_MESSAGE = 500


class Challenge(Wire):
    """A project's challenge. Who is in its participant team takes part."""

    id: str | None = None
    etag: str | None = None
    project_id: str | None = None
    participant_team_id: str | None = None


class ChallengeTeam(Wire):
    """A team that was registered for a challenge, with a message to those who might join it."""

    id: str | None = None
    etag: str | None = None
    challenge_id: str | None = None
    team_id: str | None = None
    message: str | None = None


@endpoint("POST", "/repo/v1/challenge")
def create_challenge(body: Challenge) -> Challenge:
    """Make a challenge of a project."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge/{challengeId}")
def get_challenge(challenge_id: str) -> Challenge:
    """A challenge whose project the caller may read."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/challenge")
def get_challenge_of_project(id: str) -> Challenge:
    """The challenge of a project."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/challenge/{challengeId}")
def update_challenge(challenge_id: str, body: Challenge) -> Challenge:
    """Change the participant team of a challenge; the etag must be current."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/challenge/{challengeId}")
def delete_challenge(challenge_id: str) -> None:
    """Delete a challenge and its registrations."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge")
def list_challenges(participant_id: str, limit: int = 10, offset: int = 0) -> Results[Challenge]:
    """The challenges that somebody takes part in and whose projects the caller may read."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge/{challengeId}/participant")
def list_participants(
    challenge_id: str, affiliated: bool | None = None, limit: int = 10, offset: int = 0
) -> Results[str]:
    """Who takes part: all, or those who are (not) in a registered team."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge/{challengeId}/challengeTeam")
def list_challenge_teams(
    challenge_id: str, limit: int = 10, offset: int = 0
) -> Results[ChallengeTeam]:
    """The registered teams."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/challenge/{challengeId}/challengeTeam")
def register_team(challenge_id: str, body: ChallengeTeam) -> ChallengeTeam:
    """Register a team that the caller, who takes part, manages."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/challenge/{challengeId}/challengeTeam/{challengeTeamId}")
def update_challenge_team(
    challenge_id: str, challenge_team_id: str, body: ChallengeTeam
) -> ChallengeTeam:
    """Change a registration's message; the etag must be current."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/challengeTeam/{challengeTeamId}")
def unregister_team(challenge_team_id: str) -> None:
    """Take a registration back."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge/{challengeId}/registratableTeam")
def list_registratable_teams(challenge_id: str, limit: int = 10, offset: int = 0) -> Results[str]:
    """The teams that the caller manages and that are not registered yet."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/challenge/{challengeId}/submissionTeams")
def list_submission_teams(challenge_id: str, limit: int = 10, offset: int = 0) -> Results[str]:
    """The registered teams that the caller may submit for."""
    raise NotImplementedError
