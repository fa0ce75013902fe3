"""Pages: offset and limit, the ``{limit}a{offset}`` tokens, and those that name the last row."""

from __future__ import annotations

import base64
import re
from typing import TypeVar

import msgspec

from synapse_wire.base import Results, estimate_total
from synapse_wire.errors import BadRequest

T = TypeVar("T")

PAGE = 50
"""Default and greatest size of a page that is asked for by token."""

_TOKEN = re.compile(r"(\d{1,9})a(\d{1,12})\Z")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the value that it is sorted by, and the id, of its last row.

    The next page is sought from there: it costs the same however far down it lies, and what is
    added or removed before it moves nothing.
    """

    value: str | int
    id: int


_decode_place = msgspec.json.Decoder(Place).decode


def check_page(offset: int, limit: int, greatest: int = 1000) -> tuple[int, int]:
    """Refuse a page that cannot be, and cut one that is too long."""
    if offset < 0:
        raise BadRequest(f"The offset must be 0 or more, not {offset}.")
    if limit < 1:
        raise BadRequest(f"The limit must be 1 or more, not {limit}.")
    return offset, min(limit, greatest)


def results(found: list[T], offset: int, limit: int) -> Results[T]:
    """A page with the total that it claims."""
    total = estimate_total(offset, limit, len(found))
    return Results(results=found, total_number_of_results=total)


def read_token(token: str | None, size: int = PAGE) -> tuple[int, int]:
    """The limit and offset that a token means; the first page without one."""
    if token is None:
        return size, 0
    match = _TOKEN.match(token)
    if match is None or not 1 <= int(match[1]) <= size:
        raise wrong_token(token)
    return int(match[1]), int(match[2])


def wrong_token(token: str) -> BadRequest:
    """What is said of a token that no answer of this kind had."""
    return BadRequest(f"Not a nextPageToken of this server: {token!r}. Start without one.")


def read_place(token: str | None, kind: type[str] | type[int]) -> Place | None:
    """The place that a token of ``place_token`` names, in a list sorted by values of this kind."""
    if token is None:
        return None
    try:
        place = _decode_place(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, msgspec.MsgspecError):
        raise wrong_token(token) from None
    value = place.value
    if type(value) is not kind or (isinstance(value, str) and "\0" in value):
        raise wrong_token(token)
    if any(isinstance(each, int) and not 0 <= each < 2**63 for each in (value, place.id)):
        raise wrong_token(token)
    return place


def place_token(value: str | int, id: int) -> str:
    """The token of the page behind a row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Place(value, id))).decode()


def next_token(limit: int, offset: int, found: int) -> str | None:
    """The token of the next page, given that one more row than the page was looked for."""
    return f"{limit}a{offset + limit}" if found > limit else None
