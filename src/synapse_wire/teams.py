"""Teams: groups of users that ACLs can name."""

from __future__ import annotations

from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint


class Team(Wire):
    """A team; its id is a principal's."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    icon: str | None = None
    can_public_join: bool | None = None
    can_request_membership: bool | None = None
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None


@endpoint("GET", "/repo/v1/user/{id}/team")
def list_teams_of(id: str, limit: int = 10, offset: int = 0) -> Results[Team]:
    """The teams that a user is a member of."""
    raise NotImplementedError
