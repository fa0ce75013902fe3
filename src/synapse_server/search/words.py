"""What is sought, as the index understands it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synapse_wire.errors import BadRequest

_MOST_WORDS = 50
_PIECE = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_LETTER = re.compile(r"\w")


def expression(terms: Sequence[str]) -> str | None:
    """An expression of FTS5 for all the words of these texts; None if there are none.

    >>> expression(['Mouse "left liver" brai*', "-rat"])
    '("Mouse" AND "left liver" AND "brai"*) NOT ("rat")'
    >>> expression(['" - "', "*"])

    Raises:
        BadRequest: There are words that must not occur, and none that must; or too many.
    """
    must: list[str] = []
    no: list[str] = []
    for term in terms:
        for found in _PIECE.finditer(term):
            text = found["phrase"] if found["word"] is None else found["word"]
            if not _LETTER.search(text):
                continue
            goes_on = found["word"] is not None and text.endswith("*")
            # The index takes a quoted text apart into words as it does with what is sought in.
            quoted = '"' + text.rstrip("*").replace('"', "") + '"' + ("*" if goes_on else "")
            (no if found["no"] else must).append(quoted)
    if len(must) + len(no) > _MOST_WORDS:
        raise BadRequest(f"A search has at most {_MOST_WORDS} words.")
    if no and not must:
        raise BadRequest("A search needs a word that must occur, not only words that must not.")
    if not must:
        return None
    without = f" NOT ({' OR '.join(no)})" if no else ""
    return f"({' AND '.join(must)}){without}"
