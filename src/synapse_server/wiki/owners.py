"""What can have a wiki, and who may do what with it.

A kind of owner is one line of ``KINDS``: how its ids are written, and a function that passes if the
owner exists and the caller may treat it so. One more kind needs:

1. ``synapse_wire/wiki.py``: one instance of each class of endpoints, named after its segment of the
   path;
2. here: its line in ``KINDS``;
3. ``routes.py``: its ``serve`` lines;
4. who deletes such an owner calls ``service.delete_all``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.evaluations import service as evaluations
from synapse_server.governance import requirements
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx
from synapse_wire.wiki import OwnerType

ENTITY = "entity"
EVALUATION = "evaluation"
REQUIREMENT = "access_requirement"


class Owner(NamedTuple):
    """What a wiki belongs to."""

    kind: str
    id: int


class Require(Protocol):
    """Passes if the owner exists and the caller may READ it, or CREATE, UPDATE or DELETE what
    belongs to it: ``bit`` is one of ``access.bits``.

    Raises:
        NotFound: It does not exist or cannot be seen by anybody now.
        Forbidden: The caller may not.
    """

    async def __call__(self, tx: Tx, caller: Caller, id: int, bit: int, policy: Policy, /) -> None:
        """Pass or raise."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of owner."""

    type: OwnerType
    """Its name in answers."""
    parse: Callable[[str | None], int]
    """The number of an id as callers write it."""
    spell: Callable[[int], str]
    """The id as callers see it."""
    require: Require


async def _require_entity(tx: Tx, caller: Caller, id: int, bit: int, policy: Policy) -> None:
    # A page that is being made keeps the entity where it is: nobody purges it meanwhile.
    await entities.load(tx, caller, id, bit, policy, lock=bit == bits.CREATE)


async def _require_evaluation(tx: Tx, caller: Caller, id: int, bit: int, policy: Policy) -> None:
    await evaluations.load(tx, caller, id, bit, lock=bit == bits.CREATE)


async def _require_requirement(tx: Tx, caller: Caller, id: int, bit: int, policy: Policy) -> None:
    # What must be met is for everybody to read; those who decide about it write it.
    if bit != bits.READ:
        await requirements.require_act(tx, caller)
    await requirements.load(tx, id, lock=bit == bits.CREATE)


KINDS: dict[str, Kind] = {
    ENTITY: Kind("ENTITY", ids.parse, ids.wire, _require_entity),
    EVALUATION: Kind("EVALUATION", evaluations.parse_id, str, _require_evaluation),
    REQUIREMENT: Kind("ACCESS_REQUIREMENT", requirements.parse_id, str, _require_requirement),
}


def parse(kind: str, text: str) -> Owner:
    """The owner that a path names."""
    return Owner(kind, KINDS[kind].parse(text))


def type_of(owner: Owner) -> OwnerType:
    """The name of its kind in answers."""
    return KINDS[owner.kind].type


def spell(owner: Owner) -> str:
    """Its id as callers see it."""
    return KINDS[owner.kind].spell(owner.id)


async def require(tx: Tx, caller: Caller, owner: Owner, bit: int, policy: Policy) -> None:
    """Pass, or raise what the caller is to be told; see ``Require``."""
    await KINDS[owner.kind].require(tx, caller, owner.id, bit, policy)
