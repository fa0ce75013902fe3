"""Rows as a CSV file, written by the engine.

The lines are those that ``synapse_wire.csv_form.Writer`` writes: of a million rows, no value has to
become one of Python first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synapse_server.tables import columns
from synapse_server.tables.sql.engine import Statement
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.sql.pieces import MOMENT, TEXTS, identifier
from synapse_wire.csv_form import Writer, options
from synapse_wire.tables import CsvTableDescriptor

_SIGNS = "+-."
"""What numbers have in them beside letters and digits."""
_HEADS = {"ROW_ETAG": "STRING"}
"""The types of what stands before the outputs, but for numbers."""


def export(
    statement: Statement,
    sql: str,
    path: Path,
    given: CsvTableDescriptor,
    *,
    with_header: bool,
    with_heads: bool,
) -> str:
    """Write the rows of a statement, as ``sql`` limits them, into a CSV file.

    Raises:
        TypeError: See ``Writer``.
        ValueError: Two marks are the same, where Python does not take that.
    """
    heads = statement.heads if with_heads else ()
    header = _header([*heads, *(each.name for each in statement.outputs)], given)
    form = _Form(given)
    kinds = [(f"q{i}", _HEADS.get(name, "INTEGER")) for i, name in enumerate(heads)]
    kinds += [(f"o{i}", each.kind) for i, each in enumerate(statement.outputs)]
    cells = [form.cell(name, kind) for name, kind in kinds]
    if len(cells) == 1:  # a line of nothing would be no line
        cells = [f"coalesce(nullif({cells[0]}, ''), {quote(form.mark * 2)})"]
    # Of what is put together, NULL is nothing. To the engine each line is one value without marks.
    line = f"concat({f', {quote(form.separator)}, '.join(cells)})"
    end = quote(given.line_end or "\n")
    return (
        f"COPY (SELECT {line} AS {identifier(header)} FROM ({sql})) TO {quote(str(path))}"
        f" (FORMAT csv, HEADER {with_header}, QUOTE '', ESCAPE '', NEW_LINE {end})"
    )


def _header(names: Sequence[str], given: CsvTableDescriptor) -> str:
    found: list[str] = []
    Writer(found.append, given).row(names)
    (line,) = found
    return line.removesuffix(given.line_end or "\n")


class _Form:
    """How a value is written."""

    def __init__(self, given: CsvTableDescriptor) -> None:
        form = options(given)
        self.separator: str = form["delimiter"]
        self.mark: str = form["quotechar"]
        self._escape: str | None = form["escapechar"]
        marks = (self.separator, self.mark, self._escape or "")
        self._may_be_in_numbers = any(mark.isalnum() or mark in _SIGNS for mark in marks if mark)

    def cell(self, name: str, kind: str) -> str:
        """SQL for what a selected value is written as."""
        text = _text(name, kind)
        is_text = kind in TEXTS or kind == MOMENT or columns.is_list(kind)
        return self._marked(text) if is_text or self._may_be_in_numbers else text

    def _marked(self, text: str) -> str:
        special = {self.separator, self.mark, "\r", "\n"} - {self._escape}
        is_special = " OR ".join(_has(text, each) for each in sorted(special))
        escaped, mark = text, quote(self.mark)
        plain = f"ELSE {text}"
        if self._escape is not None:
            escaped = _doubled(text, self._escape)
            plain = f"WHEN {_has(text, self._escape)} THEN {escaped} {plain}"
        quoted = f"concat({mark}, {_doubled(escaped, self.mark)}, {mark})"
        return f"CASE WHEN {is_special} THEN {quoted} {plain} END"


def _has(text: str, mark: str) -> str:
    return f"contains({text}, {quote(mark)})"


def _doubled(text: str, mark: str) -> str:
    return f"replace({text}, {quote(mark)}, {quote(mark * 2)})"


def _text(name: str, kind: str) -> str:
    """SQL for a selected value as text, the way answers have it."""
    if columns.is_list(kind):
        item = _item("x", columns.element(kind))
        items = f"array_to_string(list_transform({name}, lambda x: {item}), ', ')"
        return f"('[' || {items} || ']')"
    if kind in TEXTS:  # marks are found as they are, not by the case and accents of people
        return f'(CAST({name} AS VARCHAR) COLLATE "C")'
    return _plain(name, kind)


def _plain(value: str, kind: str) -> str:
    if kind == "ENTITYID":
        return f"('syn' || {value})"
    if kind == "DOUBLE":
        sign = f"CASE WHEN {value} < 0 THEN '-' ELSE '' END"
        special = f"WHEN isnan({value}) THEN 'NaN' WHEN isinf({value}) THEN {sign} || 'Infinity'"
        return f"(CASE {special} ELSE CAST({value} AS VARCHAR) END)"
    return f"CAST({value} AS VARCHAR)"


def _item(value: str, kind: str) -> str:
    """SQL for a value inside of a list, which is JSON."""
    if kind in TEXTS or kind == "ENTITYID":
        return f"CAST(to_json({_plain(value, kind)}) AS VARCHAR)"
    return _plain(value, kind)
