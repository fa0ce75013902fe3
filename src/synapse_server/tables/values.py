"""Values of cells: what each column type takes, and the one text that each value is kept as.

Pure: nothing here reads or writes anything.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from synapse_wire.tables import Cell, ColumnModel

Check = Callable[[str], "str | None"]
"""Text as it came into text as it is kept; None is null. Raises ``ValueError``."""

_INTEGER = re.compile(r"[+-]?\d{1,19}\Z")
_ENTITY = re.compile(r"(?:syn)?(\d{1,18})(?:\.\d+)?\Z", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?\Z",
    re.IGNORECASE,
)
_LEAST, _GREATEST = -(2**63), 2**63 - 1
_MOST_MEDIUM = 2_000
MOST_LARGE = 524_288
"""Characters of a LARGETEXT."""
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_SPECIAL = {
    "nan": "NaN",
    "inf": "Infinity",
    "+inf": "Infinity",
    "infinity": "Infinity",
    "+infinity": "Infinity",
    "-inf": "-Infinity",
    "-infinity": "-Infinity",
}


def text_of(cell: Cell) -> str | None:
    """The text that a JSON value stands for."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def boolean(text: str) -> str:
    """``true`` or ``false``."""
    lower = text.strip().lower()
    if lower not in ("true", "false"):
        raise ValueError(f"{_short(text)} is not a BOOLEAN; write true or false.")
    return lower


def integer(text: str) -> str:
    """A whole number of 64 bits."""
    stripped = text.strip()
    if not _INTEGER.match(stripped) or not _LEAST <= (number := int(stripped)) <= _GREATEST:
        raise ValueError(f"{_short(text)} is not an INTEGER of 64 bits.")
    return str(number)


def identifier(text: str) -> str:
    """The number of a user, a file handle, a submission or an evaluation."""
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdecimal() and len(stripped) < 19):
        raise ValueError(f"{_short(text)} is not an id; ids are numbers.")
    return str(int(stripped))


def double(text: str) -> str:
    """A floating-point number."""
    stripped = text.strip()
    special = _SPECIAL.get(stripped.lower())
    if special is not None:
        return special
    try:
        number = float(stripped) if "_" not in stripped else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_short(text)} is not a DOUBLE.")
    return repr(number)


def double_text(number: float) -> str:
    """How a floating-point number is written in answers."""
    if math.isfinite(number):
        return repr(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def date(text: str) -> str:
    """Milliseconds since the epoch, of such a number or of a date; without offset it is UTC."""
    stripped = text.strip()
    if _INTEGER.match(stripped):
        return integer(stripped)
    found = _DATE.match(stripped)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=_offset(found[8]))
        whole = (moment - _EPOCH) // datetime.timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{_short(text)} is not a DATE; write milliseconds since 1970 or a date like"
            " 2013-05-30T21:58:47.103Z."
        ) from None
    return str(whole + int(((found[7] or "") + "000")[:3]))


def _offset(text: str | None) -> datetime.timezone:
    if text is None or text in "Zz":
        return datetime.UTC
    digits = text[1:].replace(":", "")
    delta = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-delta if text[0] == "-" else delta)


def entity(text: str) -> str:
    """The number of an entity, with or without ``syn``."""
    found = _ENTITY.match(text.strip())
    if found is None:
        raise ValueError(f"{_short(text)} is not an entity id like syn123.")
    return str(int(found[1]))


def _json(text: str) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{_short(text)} is not JSON.") from None
    if not isinstance(found, dict | list):
        raise ValueError(f"{_short(text)} is not a JSON object or array.")
    _sized(text, MOST_LARGE)
    return text


def _sized(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(f"{_short(text)} has {len(text)} characters; the column takes {most}.")
    return text


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")


NUMBERED = ("USERID", "FILEHANDLEID", "SUBMISSIONID", "EVALUATIONID")
_PLAIN: dict[str, Check] = {
    "BOOLEAN": boolean,
    "INTEGER": integer,
    "DOUBLE": double,
    "DATE": date,
    "ENTITYID": entity,
    **dict.fromkeys(NUMBERED, identifier),
    "JSON": _json,
}
TEXTS = ("STRING", "LINK", "MEDIUMTEXT", "LARGETEXT")
USUAL_DOUBLE = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""How most programs write a floating-point number, as a regular expression."""


def plain(kind: str) -> Check | None:
    """The check of a type by itself, without a column's limits; None for text."""
    return _PLAIN.get(kind.removesuffix("_LIST"))


def most_characters(column: ColumnModel) -> int:
    """Characters of a text."""
    is_large = column.column_type == "LARGETEXT"
    return column.maximum_size or (MOST_LARGE if is_large else _MOST_MEDIUM)


def checker(column: ColumnModel) -> Check:
    """What a column takes. The empty string is null but in columns of text."""
    kind = column.column_type
    assert kind is not None
    if kind.endswith("_LIST"):
        return _list(column, kind.removesuffix("_LIST"))
    if kind in TEXTS:
        most = most_characters(column)
        check: Check = lambda text: _sized(text, most)  # noqa: E731
    else:
        inner = lru_cache(4096)(_PLAIN[kind]) if kind != "JSON" else _PLAIN[kind]
        check = lambda text: inner(text) if text else None  # noqa: E731
    if column.enum_values is None:
        return check
    allowed = frozenset(column.enum_values)

    def one_of(text: str) -> str | None:
        found = check(text)
        if found is not None and found not in allowed:
            raise ValueError(f"{_short(text)} is not one of {', '.join(sorted(allowed))}.")
        return found

    return one_of


def _lines(value: str) -> re.Pattern[str]:
    """Texts of which each line is such a value, or empty."""
    return re.compile(rf"(?:{value})?(?:\n(?:{value})?)*\Z")


_WHOLE = _lines("0|-?[1-9][0-9]{0,17}")
_ALIKE = {
    "BOOLEAN": _lines("true|false"),
    "INTEGER": _WHOLE,
    "DATE": _WHOLE,
    "ENTITYID": _lines("syn[1-9][0-9]{0,17}"),
    "DOUBLE": _lines(USUAL_DOUBLE),
    **dict.fromkeys(NUMBERED, _lines("0|[1-9][0-9]{0,17}")),
}


def not_empty(texts: list[str]) -> list[str | None]:
    """None for each empty text."""
    if "" in texts:
        return [text or None for text in texts]
    return cast("list[str | None]", texts)


def checked_at_once(column: ColumnModel, texts: list[str | None]) -> list[str | None] | None:
    """What ``checker`` makes of many texts, many times as fast, if all of them are written as most
    programs write them; None if each has to be looked at."""
    kind = column.column_type
    if column.enum_values is not None:
        return None
    if kind in TEXTS:
        longest = max((len(text) for text in texts if text), default=0)
        return texts if longest <= most_characters(column) else None
    pattern = _ALIKE.get(kind or "")
    if pattern is None:
        return None
    try:
        lines = "\n".join(cast("list[str]", texts))
    except TypeError:  # there are nulls among them
        lines = "\n".join([text or "" for text in texts])
    if lines.count("\n") >= len(texts) or not pattern.match(lines):
        return None
    if kind == "ENTITYID":
        return [text.removeprefix("syn") if text else None for text in texts]
    if kind != "DOUBLE":
        return [text or None for text in texts] if "" in texts else texts
    found = [repr(float(text)) if text else None for text in texts]
    return None if "inf" in found or "-inf" in found else found


def _list(column: ColumnModel, kind: str) -> Check:
    most = column.maximum_list_length or 100
    size = column.maximum_size or 50
    allowed = None if column.enum_values is None else frozenset(column.enum_values)

    def check(text: str) -> str | None:
        if not text:
            return None
        try:
            items = json.loads(text)
        except (ValueError, RecursionError):
            items = _loose_list(text)
        if not isinstance(items, list):
            raise ValueError(f'{_short(text)} is not a JSON array like ["a","b"].')
        if len(items) > most:
            raise ValueError(f"The list has {len(items)} values; the column takes {most}.")
        found = [_item(each, kind, size) for each in items]
        if allowed is not None:
            for each in found:
                if text_of(each) not in allowed:
                    raise ValueError(f"{each!r} is not one of {', '.join(sorted(allowed))}.")
        return json.dumps(found, ensure_ascii=False) if found else None

    return check


_LOOSE = re.compile(
    r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'",\[\]]+))\s*(,|\Z)""", re.DOTALL
)


def _loose_list(text: str) -> list[str] | None:
    """A list as Python prints it: ``['a', True, 1.5]``; the official client sends such."""
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")):
        return None
    inner = stripped[1:-1]
    found = []
    position = 0
    while position < len(inner):
        match = _LOOSE.match(inner, position)
        if match is None or match[3] in ("None", "null"):
            return None
        quoted = match[1] if match[1] is not None else match[2]
        found.append(match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return found


def _item(item: Any, kind: str, size: int) -> Any:
    if item is None or isinstance(item, list | dict):
        raise ValueError("A list cannot have null, lists or objects in it.")
    text = text_of(item)
    assert text is not None
    if kind == "STRING":
        return _sized(text, size)
    found = _PLAIN[kind](text)
    return found == "true" if kind == "BOOLEAN" else int(found or 0)
