"""What access requirements make of a download, or of joining a team.

A requirement holds for what it is on and for everything below. An entity knows the nearest one
by ``restricted_by``; without one, the decision costs nothing more. Approvals are looked at anew
each time: one that has expired a moment ago opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from synapse_server.access import store
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx
from synapse_wire.access import RestrictionFulfillment, RestrictionInformation

UNMET = (
    "There are unmet access requirements that must be met to read content in the requested"
    " container."
)
NO_TWO_FACTOR = "You need to enable two factor authentication to access the requested entity."
_SELF_SERVICE = ("SelfSignAccessRequirement", "TermsOfUseAccessRequirement")


class Standing(msgspec.Struct, frozen=True):
    """How the caller stands to one requirement."""

    id: int
    type: str
    is_approved: bool
    exempts: bool
    """Whether it lets the caller pass where they contribute the data."""
    wants_two_factor: bool

    def is_met(self, contributes: bool) -> bool:
        """Whether it stands in nobody's way.

        Args:
            contributes: Whether the caller may update and delete what it is about.
        """
        return self.is_approved or (self.exempts and contributes)


async def above(tx: Tx, caller: Caller, restricted_by: int) -> Sequence[Standing]:
    """All requirements that hold for an entity, given its ``restricted_by``."""
    if not restricted_by:
        return ()
    return await _standings(tx, caller, store.ENTITY, restricted_by)


async def on_team(tx: Tx, caller: Caller, team: int) -> Sequence[Standing]:
    """All requirements that hold for a team."""
    return await _standings(tx, caller, store.TEAM, team)


async def _standings(tx: Tx, caller: Caller, kind: str, subject: int) -> Sequence[Standing]:
    key = ("standings", caller.id, kind, subject)
    if tx.memo is not None and key in tx.memo:
        return cast("Sequence[Standing]", tx.memo[key])
    found = [
        Standing(
            id=row["id"],
            type=row["type"],
            is_approved=bool(row["is_approved"]),
            exempts=bool(row["exempts"]),
            wants_two_factor=bool(row["two_factor"]),
        )
        for row in await store.standings(tx, caller, kind, subject)
    ]
    if tx.memo is not None:
        tx.memo[key] = found
    return found


async def hindrance(tx: Tx, caller: Caller, restricted_by: int, *, contributes: bool) -> str | None:
    """What keeps the caller from a download, said to them; None if nothing does."""
    found = await above(tx, caller, restricted_by)
    if not all(each.is_met(contributes) for each in found):
        return UNMET
    if not caller.has_two_factor and any(each.wants_two_factor for each in found):
        return NO_TWO_FACTOR
    return None


async def keeps_out(tx: Tx, caller: Caller, team: int) -> bool:
    """Whether there are requirements on a team that the caller does not meet."""
    if caller.is_admin:
        return False
    return not all(each.is_approved for each in await on_team(tx, caller, team))


def information(
    object_id: int, standings: Sequence[Standing], *, contributes: bool
) -> RestrictionInformation:
    """The same for people: how an object is restricted, and what the caller meets of it."""
    found = RestrictionInformation(
        object_id=object_id,
        restriction_level="OPEN",
        has_unmet_access_requirement=False,
        restriction_details=[],
    )
    if not standings:
        return found
    found.restriction_details = [
        RestrictionFulfillment(
            access_requirement_id=each.id,
            is_approved=each.is_approved,
            is_met=each.is_met(contributes),
            is_exempt=each.exempts and contributes,
        )
        for each in standings
    ]
    found.has_unmet_access_requirement = not all(each.is_met for each in found.restriction_details)
    if any(each.type not in _SELF_SERVICE for each in standings):
        found.restriction_level = "CONTROLLED_BY_ACT"
    else:
        found.restriction_level = "RESTRICTED_BY_TERMS_OF_USE"
    return found
