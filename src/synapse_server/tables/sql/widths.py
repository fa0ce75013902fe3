"""How long the texts can become that a query makes of each row. Pure.

The engine works on some two thousand rows at a time and does not count the memory of texts that
functions make. So what each function may make is estimated before, and the sum is limited.
"""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.tables.sql import tree
from synapse_wire.tables import ColumnModel

MOST = 1_000_000
"""Bytes of text that the functions of one SELECT may make of a row."""
PLAIN = 32
"""Bytes of a number or a moment as text."""
LONG = 32_768
"""What is taken for long texts, whose length is not known: they are stored already."""
_MEDIUM = 8_000
_JOINED = 65_536


def of_column(model: ColumnModel) -> int:
    """The bytes of a column's value as text."""
    kind = str(model.column_type)
    if kind in ("LARGETEXT", "JSON"):
        return LONG
    if kind == "MEDIUMTEXT":
        return _MEDIUM
    one = 4 * (model.maximum_size or 50) if kind.startswith(("STRING", "LINK")) else PLAIN
    return (one + 4) * (model.maximum_list_length or 100) if kind.endswith("_LIST") else one


def of_call(node: tree.Call, arguments: Sequence[int]) -> int:
    """The bytes of what a function makes of texts of these lengths."""
    name = node.name
    if name == "REPLACE":
        text, sought, put = arguments
        known = node.arguments[1]
        is_literal = isinstance(known, tree.Literal) and isinstance(known.value, str)
        return text * max(1, -(-put // max(1, sought if is_literal else 1)))
    if name in ("CONCAT", "JSON_ARRAY"):
        return sum(arguments) + 2 * len(arguments)
    if name == "JSON_OBJECT":
        return 2 * sum(arguments) + 4 * len(arguments)
    if name in ("GROUP_CONCAT", "JSON_ARRAYAGG"):
        return _JOINED
    if name == "CRC32":  # made of the digits and of a list of the bytes
        return 12 * arguments[0]
    if name in ("JSON_OVERLAPS", "JSON_SEARCH"):
        return 4 * sum(arguments)
    if name == "JSON_QUOTE":
        return 2 * arguments[0] + 2
    return max(arguments, default=PLAIN)
