"""Who calls, and what their token lets them do."""

from __future__ import annotations

import msgspec

from synapse_wire.errors import Forbidden, Unauthenticated

ANONYMOUS = 273950
AUTHENTICATED_USERS = 273948
PUBLIC = 273949
ADMINISTRATORS = 2
CERTIFIED_USERS = 3


class Caller(msgspec.Struct, frozen=True):
    """A user as the rules see them."""

    id: int
    scopes: frozenset[str] = frozenset()
    is_admin: bool = False
    is_certified: bool = False
    signed_terms: str | None = None
    """The version of the terms of use that they have signed."""
    has_two_factor: bool = False
    token_id: str | None = None
    """The ``jti`` of the access token, to log out with."""
    authenticated_on: int = 0
    """Milliseconds since the epoch."""

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.id == ANONYMOUS

    @property
    def principals(self) -> tuple[int, int, int]:
        """The ids under which an ACL may name the caller, teams apart."""
        return (self.id, PUBLIC if self.is_anonymous else AUTHENTICATED_USERS, PUBLIC)

    def require_sign_in(self) -> None:
        """Refuse the anonymous user."""
        if self.is_anonymous:
            raise Unauthenticated("You are not signed in. Log in, or send an access token.")

    def require_admin(self) -> None:
        """Refuse who is no administrator."""
        if not self.is_admin:
            raise Forbidden("Only an administrator may do this.")


NOBODY = Caller(ANONYMOUS)
"""The anonymous user."""
