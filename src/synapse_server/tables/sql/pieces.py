"""Pieces of SQL for the engine, typed as columns are, and how they are compared and converted. Pure.

Texts are compared without case and accents. NULL comes first when ascending. A division by zero is
NULL. Moments are UTC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synapse_server.tables import values
from synapse_server.tables.sql import tree, widths
from synapse_server.tables.sql.functions import quote
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

TEXTS = frozenset(("STRING", "LINK", "MEDIUMTEXT", "LARGETEXT", "JSON"))
NUMBERS = frozenset(
    ("INTEGER", "DOUBLE", "DATE", "ENTITYID", "USERID", "FILEHANDLEID", "SUBMISSIONID")
) | {"EVALUATIONID"}
SEARCHED = frozenset(
    ("STRING", "STRING_LIST", "LARGETEXT", "MEDIUMTEXT", "LINK", "ENTITYID", "ENTITYID_LIST")
) | {"EVALUATIONID", "SUBMISSIONID"}
"""What full-text search looks at."""
MOMENT = "MOMENT"
"""The type of NOW() and its like: written as text in answers."""
NOTHING = "NULL"
COLLATION = " COLLATE NOCASE.NOACCENT"
CASTS = {
    "INTEGER": "BIGINT",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "BIGINT",
    "ENTITYID": "BIGINT",
    "USERID": "BIGINT",
    "FILEHANDLEID": "BIGINT",
    "SUBMISSIONID": "BIGINT",
    "EVALUATIONID": "BIGINT",
    "STRING": "VARCHAR",
    "LINK": "VARCHAR",
    "MEDIUMTEXT": "VARCHAR",
    "LARGETEXT": "VARCHAR",
    "JSON": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Said:
    """An expression for the engine, and its column type."""

    sql: str
    kind: str
    column: ColumnModel | None = None
    """The column, when the expression is nothing else."""
    width: int = widths.PLAIN
    """The most bytes that it has as text; see ``widths``."""

    @property
    def is_list(self) -> bool:
        return self.kind.endswith("_LIST")


ARITY: dict[str, tuple[int, int]] = {
    "NOW": (0, 0),
    "CURRENT_TIMESTAMP": (0, 0),
    "CURRENT_DATE": (0, 0),
    "CURRENT_TIME": (0, 0),
    "CURRENT_USER": (0, 0),
    "UNIX_TIMESTAMP": (0, 1),
    "REPLACE": (3, 3),
    "CONCAT": (1, 100),
    "ROUND": (1, 2),
    "IFNULL": (2, 2),
    "NULLIF": (2, 2),
    "COALESCE": (2, 100),
    "JSON_ARRAY": (0, 100),
    "JSON_OBJECT": (0, 200),
    "JSON_EXTRACT": (2, 100),
    "JSON_OVERLAPS": (2, 2),
    "JSON_SEARCH": (3, 4),
}
OF_MOMENTS = {
    "DATE": ("STRING", "strftime({0}, '%Y-%m-%d')"),
    "DAYNAME": ("STRING", "dayname({0})"),
    "MONTHNAME": ("STRING", "monthname({0})"),
    "YEAR": ("INTEGER", "year({0})"),
    "QUARTER": ("INTEGER", "quarter({0})"),
    "MONTH": ("INTEGER", "month({0})"),
    "DAY": ("INTEGER", "day({0})"),
    "DAYOFMONTH": ("INTEGER", "day({0})"),
    "DAYOFYEAR": ("INTEGER", "dayofyear({0})"),
    "DAYOFWEEK": ("INTEGER", "(dayofweek({0}) + 1)"),  # 1 is Sunday
    "WEEKOFYEAR": ("INTEGER", "weekofyear({0})"),
    # Weeks begin with the first Sunday of the year; the days before it are week 0.
    "WEEK": ("INTEGER", "CAST(strftime({0}, '%U') AS BIGINT)"),
    "HOUR": ("INTEGER", "hour({0})"),
    "MINUTE": ("INTEGER", "minute({0})"),
    "SECOND": ("INTEGER", "second({0})"),
    "MICROSECOND": ("INTEGER", "(microsecond({0}) % 1000000)"),
}
STATISTICS = {
    "AVG": "avg",
    "STD": "stddev_pop",
    "STDDEV": "stddev_pop",
    "STDDEV_POP": "stddev_pop",
    "STDDEV_SAMP": "stddev_samp",
    "VAR_POP": "var_pop",
    "VAR_SAMP": "var_samp",
    "VARIANCE": "var_pop",
}


def arguments(least: int, most: int) -> str:
    """How many arguments a function takes, in words."""
    if least == most:
        return f"{least} argument{'' if least == 1 else 's'}"
    return f"{least} to {most} arguments"


def literal(value: int | float | str | bool | None) -> Said:
    """A value of the SQL."""
    if value is None:
        return Said("NULL", NOTHING)
    if isinstance(value, bool):
        return Said("TRUE" if value else "FALSE", "BOOLEAN")
    if isinstance(value, int):
        return Said(
            f"CAST({value} AS BIGINT)" if value >= 0 else f"CAST(({value}) AS BIGINT)", "INTEGER"
        )
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadRequest("The SQL has a number that is larger than a DOUBLE.")
        return Said(f"CAST({quote(repr(value))} AS DOUBLE)", "DOUBLE")
    return Said(quote(value), "STRING", width=len(value.encode()))


def number(said: Said) -> Said:
    """As a number: text that is none is NULL."""
    if said.kind in NUMBERS or said.kind == NOTHING:
        return said
    if said.kind == "BOOLEAN":
        return Said(f"CAST({said.sql} AS BIGINT)", "INTEGER")
    if said.kind in TEXTS:
        return Said(f"TRY_CAST({said.sql} AS DOUBLE)", "DOUBLE")
    raise BadRequest(f"A value of {said.kind} is no number.")


def moment(said: Said) -> str:
    """As a moment: text that is none is NULL."""
    if said.kind in (MOMENT, NOTHING):
        return f"CAST({said.sql} AS TIMESTAMP)"
    if said.kind in TEXTS:
        return f"TRY_CAST({said.sql} AS TIMESTAMP)"
    raise BadRequest(
        "A moment is expected: NOW(), a text like '2020-12-31', or FROM_UNIXTIME(column/1000)"
        " of a column of DATE."
    )


def interval(amount: str, unit: str) -> str:
    """So many units of time."""
    return f"(INTERVAL 1 {unit} * CAST({amount} AS BIGINT))"


def searched(column: str, kind: str) -> str:
    """The words of a column that full-text search looks at."""
    if kind == "ENTITYID_LIST":
        column = f"list_transform({column}, lambda x: 'syn' || x)"
    if kind.endswith("_LIST"):
        return f"array_to_string({column}, ' ')"
    return f"('syn' || {column})" if kind == "ENTITYID" else f"CAST({column} AS VARCHAR)"


def text_of(said: Said) -> str:
    """As text, the way answers have it; the collation is gone."""
    if said.kind in TEXTS or said.kind == NOTHING:
        return f"CAST({said.sql} AS VARCHAR)"
    if said.kind == MOMENT:
        return output(said)
    if said.kind == "ENTITYID":
        return f"('syn' || {said.sql})"
    if said.is_list:
        return f"CAST(to_json({said.sql}) AS VARCHAR)"
    return f"CAST({said.sql} AS VARCHAR)"


def json_of(said: Said) -> str:
    """A value inside of JSON: JSON stays what it is, and text becomes a text in quotes."""
    if said.kind == "JSON":
        return f"CAST({said.sql} AS JSON)"
    if said.kind == "ENTITYID_LIST":
        return f"list_transform({said.sql}, lambda x: 'syn' || x)"
    return said.sql if said.is_list or said.kind in ("DOUBLE", "BOOLEAN") else _plain(said)


def _plain(said: Said) -> str:
    if said.kind in TEXTS or said.kind in ("ENTITYID", MOMENT):
        return text_of(said)
    return said.sql


def text_literal(node: tree.Expression) -> str | None:
    """The text of a literal of text; None for anything else."""
    if isinstance(node, tree.Literal) and isinstance(node.value, str):
        return node.value
    return None


def common(said: Sequence[Said]) -> str:
    """The type that values of all these types can have."""
    kinds = {each.kind for each in said} - {NOTHING}
    if len(kinds) == 1:
        return kinds.pop()
    if not kinds:
        return "STRING"
    if kinds <= {"INTEGER", "DOUBLE"}:
        return "DOUBLE"
    return "STRING"


def cast_to(said: Said, kind: str) -> str:
    """As a value of the common type."""
    if said.kind in (kind, NOTHING):
        return said.sql
    return f"CAST({said.sql} AS DOUBLE)" if kind == "DOUBLE" else text_of(said)


def directed(said: Said, is_descending: bool) -> str:
    """An item of ORDER BY. NULL is the least value."""
    return f"{said.sql} {'DESC NULLS LAST' if is_descending else 'ASC NULLS FIRST'}"


def like(operand: str, pattern: str, escape: str | None) -> str:
    """Whether a text is like a pattern, whatever the case and the accents."""
    mark = quote("\\" if escape is None else escape)
    # At the end there is nothing to escape: the mark means itself.
    odd = f"(length({pattern}) - length(rtrim({pattern}, {mark}))) % 2 = 1"
    whole = f"(CASE WHEN {odd} THEN {pattern} || {mark} ELSE {pattern} END)"
    return f"(strip_accents({operand}) ILIKE strip_accents({whole}) ESCAPE {mark})"


def compare(operator: str, left: Said, right: Said) -> str:
    """A comparison."""
    first, second = match(left, right)
    return f"({first} {operator} {second})"


def match(left: Said, right: Said) -> tuple[str, str]:
    """Both sides as the engine can compare them."""
    if left.is_list or right.is_list:
        raise BadRequest("A list cannot be compared; use HAS.")
    if NOTHING in (left.kind, right.kind):
        return left.sql, right.sql
    if left.kind == MOMENT or right.kind == MOMENT:
        return text_of(left), text_of(right)
    if left.kind in TEXTS and right.kind in TEXTS:
        return left.sql, right.sql
    if right.kind in TEXTS and right.sql.startswith("'"):
        return left.sql, _converted(right, left.kind)
    if left.kind in TEXTS and left.sql.startswith("'"):
        return _converted(left, right.kind), right.sql
    return _numeric(left), _numeric(right)


def _numeric(said: Said) -> str:
    if said.kind == "BOOLEAN":
        return f"CAST({said.sql} AS BIGINT)"
    return f"TRY_CAST({said.sql} AS DOUBLE)" if said.kind in TEXTS else said.sql


def _converted(literal: Said, kind: str) -> str:
    """A text literal as a value of what it is compared with."""
    text = literal.sql[1:-1].replace("''", "'")
    try:
        if kind in ("INTEGER", "DOUBLE"):
            return (
                f"CAST({quote(values.double(text))} AS DOUBLE)"
                if not _is_whole(text)
                else text.strip()
            )
        check = values.plain(kind)
        assert check is not None
        found = check(text)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    assert found is not None
    return found.upper() if kind == "BOOLEAN" else found


def _is_whole(text: str) -> bool:
    try:
        values.integer(text)
    except ValueError:
        return False
    return True


def output(said: Said) -> str:
    """As answers have it: moments are text."""
    if said.kind == MOMENT:
        return f"strftime({said.sql}, '%Y-%m-%d %H:%M:%S')"
    return said.sql


def typed(name: str, kind: str) -> str:
    """A selected value as files with types have it: dates as moments, entities with ``syn``."""
    if kind == "DATE":
        return f"epoch_ms({name})"
    if kind == "DATE_LIST":
        return f"list_transform({name}, lambda x: epoch_ms(x))"
    if kind == "ENTITYID":
        return f"('syn' || {name})"
    if kind == "ENTITYID_LIST":
        return f"list_transform({name}, lambda x: 'syn' || x)"
    return name


def identifier(name: str) -> str:
    """A name for the engine."""
    return '"' + name.replace('"', '""') + '"'
