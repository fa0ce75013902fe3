"""Rows that change the row with the same keys, or are new if there is none. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synapse_wire.tables import CellChange, PartialRow
from synapseclient.core.more_utils import escape_column_name
from synapseclient.tables.cells import ROW_COLUMNS, text_of

_KEYS_IN_SQL = 500
_MOST_SQL = 100_000
_LONGEST = 1_000
"""Characters that a text in SQL may have."""


@dataclass
class Upsert:
    """What is to be done: cells to change, and which of the given rows are new."""

    changed: list[PartialRow] = field(default_factory=list)
    new: list[int] = field(default_factory=list)


def normal(text: str | None, kind: str | None) -> str | None:
    """One text for all that a cell may be given as: ``1.50`` and ``1.5``, ``syn1`` and ``1``.

    >>> normal("1.50", "DOUBLE"), normal('["a","b"]', "STRING_LIST"), normal("", "STRING")
    ('1.5', '["a", "b"]', None)
    """
    if text is None or text == "":
        return None
    kind = kind or ""
    try:
        if kind.endswith("_LIST"):
            items = [text_of(each) for each in json.loads(text)]
            inner = kind.removesuffix("_LIST")
            return json.dumps([normal(each, inner) for each in items], ensure_ascii=False)
        if kind == "JSON":
            return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True)
        if kind == "DOUBLE":
            return repr(float(text))
        if kind == "INTEGER":
            return str(int(text))
    except ValueError:
        return text  # the server says what is wrong with it
    if kind == "BOOLEAN":
        return text.strip().lower()
    if kind == "ENTITYID":
        return text.strip().lower().removeprefix("syn")
    return text


def checked_keys(
    columns: Mapping[str, Sequence[Any]], primary_keys: Sequence[str], kinds: Mapping[str, str]
) -> list[tuple[str | None, ...]]:
    """The keys of each row.

    Raises:
        ValueError: There are none, a column is missing, or two rows have the same.
    """
    if not primary_keys:
        raise ValueError("primary_keys must name at least one column.")
    for name in (*primary_keys, *columns):
        if name not in kinds and name not in ROW_COLUMNS:
            raise ValueError(f"The table has no column {name!r}. It has: {', '.join(kinds)}.")
    missing = [name for name in primary_keys if name not in columns]
    if missing:
        raise ValueError(f"The values have no column {missing[0]!r}, which is a primary key.")
    texts = [
        [normal(text_of(each), kinds[name]) for each in columns[name]] for name in primary_keys
    ]
    keys = list(zip(*texts, strict=True))
    seen: dict[tuple[str | None, ...], int] = {}
    for place, key in enumerate(keys):
        if key in seen:
            raise ValueError(
                f"Rows {seen[key] + 1} and {place + 1} have the same primary key {key}; which of"
                " them to store cannot be told."
            )
        seen[key] = place
    return keys


def statement(
    table: str,
    names: Sequence[str],
    primary_keys: Sequence[str],
    keys: Sequence[tuple[str | None, ...]],
    kinds: Mapping[str, str],
    per_query: int,
) -> str:
    """A query that finds every row with one of the keys, and perhaps more.

    A few keys are looked for by the first of them; for many, or for what cannot be written
    down in SQL, the whole table is read once.
    """
    wanted = ", ".join(escape_column_name(name) for name in names)
    sql = f"SELECT {wanted} FROM {table}"
    name, kind = primary_keys[0], kinds[primary_keys[0]]
    texts = list(dict.fromkeys(key[0] for key in keys))
    literals = [_literal(text, kind) for text in texts]
    if len(texts) > min(_KEYS_IN_SQL, per_query) or None in literals:
        return sql
    condition = f"{escape_column_name(name)} IN ({', '.join(map(str, literals))})"
    return sql if len(condition) > _MOST_SQL else f"{sql} WHERE {condition}"


def _literal(text: str | None, kind: str) -> str | None:
    """How a key is written in SQL; None if it had better not be."""
    if text is None or len(text) > _LONGEST or kind.endswith("_LIST") or kind == "JSON":
        return None
    if kind in ("INTEGER", "DATE"):
        return text if text.lstrip("-").isdecimal() else None
    if kind in ("DOUBLE", "BOOLEAN"):
        return None
    return "'" + text.replace("'", "''") + "'"


def plan(
    columns: Mapping[str, Sequence[Any]],
    keys: Sequence[tuple[str | None, ...]],
    primary_keys: Sequence[str],
    found: Iterator[Sequence[str]],
    kinds: Mapping[str, str],
    ids: Mapping[str, str],
) -> Upsert:
    """Compare the given rows with those that were found, after a line with the names of the
    columns: ROW_ID, ROW_VERSION, in views ROW_ETAG, and the given ones."""
    names = list(next(found))
    first = 3 if names[2:3] == ["ROW_ETAG"] else 2
    place_of = {key: place for place, key in enumerate(keys)}
    key_places = [names.index(name, first) for name in primary_keys]
    others = [name for name in columns if name not in primary_keys]
    texts = {name: [text_of(each) or None for each in columns[name]] for name in others}
    known = set()
    result = Upsert()
    for row in found:
        key = tuple(
            normal(row[place], kinds[name])
            for place, name in zip(key_places, primary_keys, strict=True)
        )
        place = place_of.get(key)
        if place is None:
            continue
        known.add(place)
        cells = []
        for name in others:
            text, kind = texts[name][place], kinds[name]
            if normal(text, kind) != normal(row[names.index(name, first)], kind):
                cells.append(CellChange(key=ids[name], value=text))
        if cells:
            etag = row[2] if first == 3 else None
            result.changed.append(PartialRow(row_id=int(row[0]), values=cells, etag=etag))
    result.new = [place for place in range(len(keys)) if place not in known]
    return result
