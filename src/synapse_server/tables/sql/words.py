"""Full-text search: what is searched for, as conditions over the words of a text. Pure.

A word is a run of letters, digits and underscores; case and accents do not count.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from synapse_wire.errors import BadRequest

_MOST_WORDS = 50
_WORD = re.compile(r"\w+")
_TERM = re.compile(r'\s*([+-]?)(?:"([^"]*)"|(\w+(?:[^\w\s"+*()<>~@-]\w+)*)(\*?))(?=[\s]|\Z)')
# As the engine knows them: its \b and \w are of ASCII only.
_BEFORE, _AFTER, _BETWEEN = r"(^|[^\pL\pN\pM_])", r"($|[^\pL\pN\pM_])", r"[^\pL\pN\pM_]+"


@dataclass(frozen=True, slots=True)
class Sought:
    """Patterns for a text: all of ``required`` match, none of ``excluded``, and one of ``some``
    if there are no required ones."""

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    some: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A text without case and accents, as the engine makes it of the rows."""
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in apart if not unicodedata.combining(each))


def natural(text: str) -> Sought:
    """Any of the words.

    Raises:
        BadRequest: There is no word in it, or there are too many.
    """
    found = _WORD.findall(plain(text))
    _check_count(len(found))
    return Sought(some=(f"{_BEFORE}({'|'.join(dict.fromkeys(found))}){_AFTER}",))


def boolean(text: str) -> Sought:
    """Words with ``+`` (must be there), ``-`` (must not), ``*`` (begins so), ``"in this order"``.

    Raises:
        BadRequest: It cannot be read so.
    """
    terms: dict[str, list[str]] = {"+": [], "-": [], "": []}
    stripped = plain(text).strip()
    at = 0
    while at < len(stripped):
        match = _TERM.match(stripped, at)
        words = [] if match is None else _WORD.findall(match[2] or match[3] or "")
        if match is None or not words:
            raise BadRequest(
                f"The search {text[:100]!r} cannot be read: it takes words, +word, -word, word* and"
                ' "words in this order", with spaces between them.'
            )
        pattern = _pattern(words, is_prefix=bool(match[4]))
        terms[match[1]].append(pattern)
        at = match.end()
    _check_count(sum(map(len, terms.values())))
    return Sought(tuple(terms["+"]), tuple(terms["-"]), tuple(terms[""]))


def _check_count(count: int) -> None:
    if count == 0:
        raise BadRequest("The search has no words.")
    if count > _MOST_WORDS:
        raise BadRequest(f"A search has at most {_MOST_WORDS} words, not {count}.")


def _pattern(words: list[str], *, is_prefix: bool = False) -> str:
    return _BEFORE + _BETWEEN.join(words) + ("" if is_prefix else _AFTER)
