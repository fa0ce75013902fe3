"""CSV files that are written as most programs write them, read by the engine, many times as fast.

A file is taken whole or not at all. Whatever the engine would read otherwise than ``rows`` does, or
does not take, is left to that, which also says what is wrong with a file and where.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import duckdb

from synapse_server.tables import rows, values
from synapse_server.tables.csv_shape import MOST_LINE, Shape, unescaped
from synapse_server.tables.index import as_value, physical
from synapse_server.tables.sql.functions import quote
from synapse_wire.csv_form import options
from synapse_wire.tables import ColumnModel, CsvTableDescriptor

log = logging.getLogger("synapse.tables")

LEAST_BYTES = 1_000_000
"""Of a smaller file: it is read as fast without."""
_MOST_LOOKED_AT = 200_000
"""Different values of a file, at most, that are looked at one by one."""

_MOMENT = (
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?Z?)?"
)


@dataclass
class Taken:
    """The rows of a file, which are new, as ``write_parquet`` writes them."""

    columns: list[int]
    count: int
    files: set[int]
    """The file handles in their cells."""


@dataclass
class _Source:
    """The lines of a file, as SQL, and what the engine has to find in them."""

    sql: str
    width: int
    lines: int
    size: int
    """Bytes of all values."""


@dataclass
class _Column:
    """A value of each line, in ``t0``, ``t1`` …"""

    model: ColumnModel
    text: str
    is_plain: str
    """SQL: whether a text is one that the engine reads as ``values`` does."""
    value: str
    """SQL: what the engine makes of such a text."""


def take(
    db: duckdb.DuckDBPyConnection,
    csv: Path,
    descriptor: CsvTableDescriptor | None,
    head: rows.Head,
    models: Sequence[ColumnModel],
    parquet: Path,
) -> Taken | None:
    """Check the rows of a CSV file and write them as Parquet; None if it must be read otherwise.

    Args:
        db: An engine that is used for nothing else.
        csv: Where the file is.
        descriptor: Its form.
        head: What the values of its lines are.
        models: The columns of the table.
        parquet: Where to write.
    """
    source = _source(csv, descriptor or CsvTableDescriptor(), head)
    if source is None:
        return None
    by_id = {int(each.id or 0): each for each in models}
    read = [
        _column(by_id[target], f"t{place}")
        for place, target in enumerate(head.targets)
        if isinstance(target, int)
    ]
    try:
        if not _look(db, source, read):
            return None
        cells = [_with_default(each.value, each.model) for each in read]
        for id, model in by_id.items():
            if id not in head.targets and model.default_value is not None:
                read.append(_column(model, "NULL"))
                cells.append(_with_default("NULL", model))
        named = "".join(f", {cell} AS c{place}" for place, cell in enumerate(cells))
        db.execute(
            f"COPY (SELECT row_number() OVER () - 1 AS i{named} FROM {source.sql})"
            f" TO {quote(str(parquet))} (FORMAT parquet, COMPRESSION zstd)"
        )
        files = _handles(db, read, parquet)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:  # it is no such file, or takes too much memory
        log.info("A CSV file is not read by the engine: %s", str(error).partition("\n")[0])
        return None
    return Taken([int(each.model.id or 0) for each in read], source.lines, files)


def _source(csv: Path, given: CsvTableDescriptor, head: rows.Head) -> _Source | None:
    """The lines of a file, if the engine reads them as the module ``csv`` does."""
    form = options(given)
    marks = (form["delimiter"], form["quotechar"])
    ids = [each for each in head.targets if each is not None]
    if len(head.targets) < 2 or not ids or not all(isinstance(each, int) for each in ids):
        return None  # of one value, an empty line is none; and rows that exist are told apart
    if len(set(ids)) < len(ids):
        return None
    if head.lines not in (0, 1) or not all(len(each) == 1 and each.isascii() for each in marks):
        return None
    if len({*marks, form["escapechar"], "\r", "\n"}) < 5:
        return None
    shape = Shape(len(head.targets), *marks)
    plain = unescaped(csv, form["escapechar"])
    if plain is None or not shape.fits(plain, with_header=head.lines == 1):
        return None
    names = ", ".join(f"'t{place}': 'VARCHAR'" for place in range(len(head.targets)))
    line_end = quote(shape.line_end.decode().encode("unicode_escape").decode())
    # By one thread: where a part begins, others would have to guess whether within quotes.
    sql = (
        f"read_csv({quote(str(plain))}, auto_detect = false, columns = {{{names}}},"
        f" delim = {quote(marks[0])}, quote = {quote(marks[1])}, escape = {quote(marks[1])},"
        f" header = {'true' if head.lines else 'false'}, new_line = {line_end},"
        " nullstr = '', allow_quoted_nulls = true, null_padding = false, parallel = false,"
        # Strictly, it skips everything where lines end with two characters; the shape is known.
        f" strict_mode = false, max_line_size = {MOST_LINE})"
    )
    return _Source(sql, len(head.targets), shape.lines, shape.size)


def _column(model: ColumnModel, text: str) -> _Column:
    kind = cast(str, model.column_type)
    number = f"TRY_CAST({text} AS BIGINT)"
    is_plain, value = "false", text
    if kind in values.TEXTS:
        is_plain = f"length({text}) <= {values.most_characters(model)}"
    elif kind == "BOOLEAN":
        is_plain, value = f"{text} IN ('true', 'false')", f"{text} = 'true'"
    elif kind == "INTEGER":
        is_plain, value = f"CAST({number} AS VARCHAR) = {text}", number
    elif kind in values.NUMBERED:
        is_plain = (
            f"{number} BETWEEN 0 AND 999999999999999999 AND CAST({number} AS VARCHAR) = {text}"
        )
        value = number
    elif kind == "ENTITYID":
        value = f"TRY_CAST(substr({text}, 4) AS BIGINT)"
        is_plain = f"{value} BETWEEN 0 AND 999999999999999999 AND 'syn' || CAST({value} AS VARCHAR) = {text}"
    elif kind == "DOUBLE":
        value = f"TRY_CAST({text} AS DOUBLE)"
        is_plain = f"regexp_full_match({text}, {quote(values.USUAL_DOUBLE)}) AND isfinite({value})"
    elif kind == "DATE":
        moment = f"epoch_ms(TRY_CAST(rtrim({text}, 'Z') AS TIMESTAMP))"
        is_moment = f"regexp_full_match({text}, {quote(_MOMENT)}) AND {moment} IS NOT NULL"
        is_plain = f"coalesce(CAST({number} AS VARCHAR) = {text}, {is_moment})"
        value = f"coalesce({number}, {moment})"
    if model.enum_values is not None:
        is_plain = "false"
    return _Column(model, text, is_plain, value)


def _look(db: duckdb.DuckDBPyConnection, source: _Source, read: Sequence[_Column]) -> bool:
    """Look at all values: at once at those that are plain, one by one at others.

    Returns:
        Whether all of them fit, as far as it was looked.
    """
    plain = [f"({each.text} IS NULL OR coalesce({each.is_plain}, false))" for each in read]
    asked = [
        f"list(DISTINCT {each.text}) FILTER (WHERE {each.text} IS NOT NULL)"
        if each.is_plain == "false"
        else f"bool_and({is_plain})"
        for each, is_plain in zip(read, plain, strict=True)
    ]
    size = " + ".join(f"coalesce(strlen(t{place}), 0)" for place in range(source.width))
    asked = ["count(*)", f"sum({size})", *asked]
    found = db.execute(f"SELECT {', '.join(asked)} FROM {source.sql}").fetchone()
    assert found is not None
    if found[:2] != (source.lines, source.size):
        log.warning("The engine reads a CSV file otherwise than it is")
        return False
    left = _MOST_LOOKED_AT
    for place, (each, is_plain, odd) in enumerate(zip(read, plain, found[2:], strict=True)):
        if odd is False:
            sql = f"SELECT DISTINCT {each.text} FROM {source.sql} WHERE NOT {is_plain}"
            odd = [text for (text,) in db.execute(f"{sql} LIMIT {left + 1}").fetchall()]
        if odd in (None, True):
            continue
        left -= len(odd)
        if left < 0 or not _name(db, each, place, is_plain, odd):
            return False
    return True


def _name(
    db: duckdb.DuckDBPyConnection, column: _Column, place: int, is_plain: str, texts: list[str]
) -> bool:
    """Let the engine know what these texts of a column are, each by its place in a list."""
    check = values.checker(column.model)
    try:
        meant = [check(text) for text in texts]
    except ValueError:
        return False
    kind = cast(str, column.model.column_type)
    # The text of a list is made one where it is read, as ``write_parquet`` leaves it.
    type = "VARCHAR" if kind.endswith("_LIST") else physical(kind).partition(" ")[0]
    db.execute(f"CREATE TYPE e{place} AS ENUM (SELECT unnest(CAST(? AS VARCHAR[])))", [texts])
    db.execute(
        f"CREATE TABLE m{place} AS SELECT list(CAST(v AS {type}) ORDER BY n) AS v FROM"
        " (SELECT unnest(CAST(? AS VARCHAR[])) AS v, unnest(range(?)) AS n)",
        [meant, len(meant)],
    )
    code = f"enum_code(TRY_CAST({column.text} AS e{place}))"
    found = f"list_extract((SELECT v FROM m{place}), {code} + 1)"
    column.value = f"CASE WHEN {is_plain} THEN {column.value} ELSE {found} END"
    return True


def _handles(db: duckdb.DuckDBPyConnection, read: Sequence[_Column], parquet: Path) -> set[int]:
    found: set[int] = set()
    for place, each in enumerate(read):
        if each.model.column_type == "FILEHANDLEID":
            sql = f"SELECT DISTINCT c{place} FROM read_parquet({quote(str(parquet))})"
            handles = db.execute(f"{sql} WHERE c{place} IS NOT NULL").fetchall()
            found.update(handle for (handle,) in handles)
    return found


def _with_default(value: str, model: ColumnModel) -> str:
    if model.default_value is None:
        return value
    kind = cast(str, model.column_type)
    default = quote(model.default_value)
    if not kind.endswith("_LIST"):
        default = as_value(default, kind)
    return f"coalesce({value}, {default})"
