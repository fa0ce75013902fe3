"""Pages: offset and limit, and the ``{limit}a{offset}`` tokens."""

from __future__ import annotations

import re

from synapse_wire.errors import BadRequest

PAGE = 50
"""Default and greatest size of a page that is asked for by token."""

_TOKEN = re.compile(r"(\d{1,9})a(\d{1,12})\Z")


def check_page(offset: int, limit: int, greatest: int = 1000) -> tuple[int, int]:
    """Refuse a page that cannot be, and cut one that is too long."""
    if offset < 0:
        raise BadRequest(f"The offset must be 0 or more, not {offset}.")
    if limit < 1:
        raise BadRequest(f"The limit must be 1 or more, not {limit}.")
    return offset, min(limit, greatest)


def read_token(token: str | None, size: int = PAGE) -> tuple[int, int]:
    """The limit and offset that a token means; the first page without one."""
    if token is None:
        return size, 0
    match = _TOKEN.match(token)
    if match is None or not 1 <= int(match[1]) <= size:
        raise BadRequest(f"Not a nextPageToken of this server: {token!r}. Start without one.")
    return int(match[1]), int(match[2])


def next_token(limit: int, offset: int, found: int) -> str | None:
    """The token of the next page, given that one more row than the page was looked for."""
    return f"{limit}a{offset + limit}" if found > limit else None
