"""How entities are named on the wire: ``syn123``, ``SYN123``, ``123``, ``syn123.4``."""

from __future__ import annotations

import re
from functools import lru_cache

from synapse_wire.errors import BadRequest

ROOT = 4489
TRASH = 1681355

_ID = re.compile(r"(?:syn)?(\d{1,18})(?:\.(\d{1,9}))?\Z", re.IGNORECASE)


def parse(text: str | None) -> int:
    """The number of an entity; a version in the text is not looked at."""
    return parse_versioned(text)[0]


def parse_versioned(text: str | None) -> tuple[int, int | None]:
    """The number of an entity and the version that the text names, if any."""
    return _parse((text or "").strip())


@lru_cache(4096)  # who asks for an entity asks for it several times; what is no id is not kept
def _parse(text: str) -> tuple[int, int | None]:
    match = _ID.match(text)
    if match is None:
        raise BadRequest(f"{text!r} is not the id of an entity; ids look like syn123.")
    return int(match[1]), None if match[2] is None else int(match[2])


def wire(number: int) -> str:
    """As clients see it."""
    return f"syn{number}"
