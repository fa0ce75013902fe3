"""Functions that the engine does not have, said by those that it has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

_CRC_POLYNOMIAL = 0xEDB88320


def quote(text: str) -> str:
    """A text as a literal of the engine."""
    return "'" + text.replace("'", "''") + "'"


def crc32(text: str) -> str:
    """The CRC-32 of a text in UTF-8."""
    table = _step_table()
    digits = f"hex(encode({text}))"
    some = (
        f"list_transform(range(0, octet_length(encode({text}))),"
        f" lambda i: CAST('0x' || substr({digits}, 2 * i + 1, 2) AS BIGINT))"
    )
    step = f"lambda c, b: xor({table}[(xor(c, b) & 255) + 1], c >> 8)"
    return (
        f"(CASE WHEN {text} IS NOT NULL THEN"
        f" xor(list_reduce(list_concat([4294967295], {some}), {step}), 4294967295) END)"
    )


@cache
def _step_table() -> str:
    """What each byte does to the remainder."""
    found = []
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ _CRC_POLYNOMIAL if number & 1 else number >> 1
        found.append(str(number))
    return f"CAST([{', '.join(found)}] AS BIGINT[])"


def yearweek(moment: str) -> str:
    """Year and week of the Sunday that a week begins with."""
    sunday = f"({moment} - INTERVAL 1 DAY * dayofweek({moment}))"
    return f"CAST(strftime({sunday}, '%Y%U') AS BIGINT)"


# ------------------------------------------------------------------ JSON


def json_object(pairs: Sequence[tuple[str, str]]) -> str:
    """An object of keys (texts) and values (JSON)."""
    inner = ", ".join(f"{key}, {value}" for key, value in pairs)
    return f"CAST(json_object({inner}) AS VARCHAR)"


def json_array(items: Sequence[str]) -> str:
    """An array of values (JSON)."""
    return f"CAST(json_array({', '.join(items)}) AS VARCHAR)"


def json_extract(json: str, paths: Sequence[str]) -> str:
    """What is at a path, or an array of what is at several."""
    if len(paths) == 1 and "*" not in paths[0]:
        return f"CAST(json_extract({json}, {quote(paths[0])}) AS VARCHAR)"
    found = []
    for path in paths:
        one = f"json_extract({json}, {quote(path)})"
        found.append(one if "*" in path else f"list_filter([{one}], lambda x: x IS NOT NULL)")
    every = f"list_concat({', '.join(found)})" if len(found) > 1 else found[0]
    return f"CAST(CASE WHEN len({every}) > 0 THEN to_json({every}) END AS VARCHAR)"


def json_overlaps(one: str, other: str) -> str:
    """Whether two texts of JSON share an element, a pair of key and value, or are the same."""
    both = f"(json_type({one}) = 'OBJECT' AND json_type({other}) = 'OBJECT')"
    return (
        f"(CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL"
        f" WHEN {both} THEN list_has_any({_pairs(one)}, {_pairs(other)})"
        f" ELSE list_has_any({_elements(one)}, {_elements(other)}) END)"
    )


def _pairs(json: str) -> str:
    return (
        f"list_transform(map_entries(json_transform({json}, '\"MAP(VARCHAR, JSON)\"')),"
        " lambda e: to_json(e.key) || ':' || e.value)"
    )


def _elements(json: str) -> str:
    return (
        f"(CASE WHEN json_type({json}) = 'ARRAY'"
        f" THEN CAST(json_extract({json}, '$[*]') AS VARCHAR[])"
        f" ELSE [CAST(CAST({json} AS JSON) AS VARCHAR)] END)"
    )


def json_search(json: str, pattern: str, escape: str, *, finds_all: bool) -> str:
    """The path of the first text in JSON that is like a pattern, or an array of all paths."""
    found = (
        "(SELECT list(to_json(t.fullkey) ORDER BY t.id) FROM"
        f" json_tree(CASE WHEN json_valid({json}) THEN {json} END) t"
        f" WHERE t.type = 'VARCHAR' AND (t.atom ->> '$') LIKE {pattern} ESCAPE {escape})"
    )
    if not finds_all:
        return f"CAST({found}[1] AS VARCHAR)"
    # One path is not put into an array.
    return f"CAST(CASE WHEN len({found}) = 1 THEN {found}[1] ELSE to_json({found}) END AS VARCHAR)"
