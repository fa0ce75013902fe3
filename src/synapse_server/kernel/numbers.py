"""Ids that are plain numbers."""

from __future__ import annotations

from synapse_wire.errors import BadRequest


def parse_id(text: str | None, what: str) -> int:
    """The number of something that is called ``what``.

    Raises:
        BadRequest: It is none that a column of the database takes.
    """
    if text and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    article = "an" if what[0] in "aeio" else "a"
    raise BadRequest(f"{text!r} is not the id of {article} {what}; ids are numbers.")
