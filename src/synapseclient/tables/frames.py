"""Data frames of pandas and of Polars, and Arrow tables. None of them is needed: they are extras,
such as ``pip install synapseclient[pandas]``.

The type of a column follows the table's, never the data. In pandas INTEGER is ``Int64`` and
BOOLEAN is ``boolean``, which have gaps, DOUBLE is ``float64``, all else are Python objects: text,
lists. The others have types for all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from itertools import islice
from typing import Any

from synapseclient.tables.cells import parser_of

_TYPES = {"INTEGER": "Int64", "BOOLEAN": "boolean", "DOUBLE": "float64"}


def pandas() -> Any:
    """The module.

    Raises:
        ImportError: It is not installed.
    """
    return _extra("pandas", "pandas", "Data frames need pandas")


def polars() -> Any:
    """The module.

    Raises:
        ImportError: It is not installed.
    """
    return _extra("polars", "polars", "Data frames of Polars need it")


def arrow() -> Any:
    """The module.

    Raises:
        ImportError: It is not installed.
    """
    return _extra("pyarrow", "arrow", "Arrow tables need PyArrow")


def _extra(module: str, extra: str, need: str) -> Any:
    """A module that is imported late: an extra, and heavier than all else together."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{need}, which is not installed: pip install 'synapseclient[{extra}]'. Without it,"
            " iterate over the result, take it as dicts, or read the CSV file."
        ) from error


def frame_of(
    names: Sequence[str],
    kinds: Sequence[str | None],
    columns: Sequence[list[Any]],
    *,
    dates: bool = False,
    parsed: bool = False,
    index: Sequence[str] | None = None,
) -> Any:
    """A data frame of pandas.

    Args:
        names: The names of the columns.
        kinds: Their types in the table.
        columns: The texts of each, as the server sends them; None and the empty text are null.
        dates: Make dates of DATE columns, in UTC; else they are milliseconds since 1970.
        parsed: Make values of JSON columns; else they are text.
        index: The label of each row.
    """
    pd = pandas()
    series = [
        _series(pd, texts, kind, dates, parsed) for kind, texts in zip(kinds, columns, strict=True)
    ]
    # By place: two columns of a query may have the same name.
    found = pd.DataFrame(dict(enumerate(series)))
    found.columns = list(names)
    if index is not None:
        found.index = pd.Index(list(index), dtype=object)
    return found


def _series(pd: Any, texts: Sequence[Any], kind: str | None, dates: bool, parsed: bool) -> Any:
    if kind == "DATE":
        numbers = pd.Series(values_of(texts, kind, dates=False), dtype="Int64")
        return pd.to_datetime(numbers, unit="ms", utc=True) if dates else numbers
    values = values_of(texts, kind, dates=dates, parsed=parsed)
    return pd.Series(values, dtype=_TYPES.get(kind or "", object))


def values_of(
    texts: Sequence[Any], kind: str | None, *, dates: bool, parsed: bool = False
) -> list[Any]:
    """The values of a column of this type; see ``frame_of``."""
    if not dates and kind in _MILLIS:
        kind = _MILLIS[kind]
    parse = json.loads if kind == "JSON" and parsed else parser_of(kind)
    if parse is None:
        return [text or None for text in texts]
    return [parse(text) if text else None for text in texts]


_MILLIS = {"DATE": "INTEGER", "DATE_LIST": "INTEGER_LIST"}


def polars_of(
    names: Sequence[str],
    kinds: Sequence[str | None],
    columns: Sequence[list[Any]],
    *,
    dates: bool = False,
) -> Any:
    """A data frame of Polars; see ``frame_of``. JSON is text.

    Raises:
        ValueError: Two columns have the same name.
    """
    pl = polars()
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise ValueError(
            f"Two columns are named {twice[0]!r}, which Polars does not allow: name one of them"
            " otherwise, by AS."
        )

    def series(name: str, kind: str | None, texts: list[Any]) -> Any:
        inner, is_list = _inner(kind)
        kept = _polars_type(pl, kind)
        if inner in ("INTEGER", "DATE", "STRING") or kind in ("BOOLEAN_LIST", "ENTITYID_LIST"):
            # Polars reads these itself, several times faster than Python does.
            made = pl.Series(name, [text or None for text in texts], pl.String)
            made = made.str.json_decode(kept) if is_list else made.cast(kept)
        else:
            made = pl.Series(name, _uniform(texts, kind), kept)
        return made.cast(_polars_type(pl, kind, dates))

    return pl.DataFrame([series(*each) for each in zip(names, kinds, columns, strict=True)])


def polars_of_parquet(path: str, kinds: Mapping[str, str | None], *, dates: bool = False) -> Any:
    """A data frame of Polars, of a Parquet file of the server; see ``frame_of``."""
    pl = polars()
    frame = pl.read_parquet(path)
    made = []
    for each in frame.get_columns():
        kind = kinds.get(each.name)
        inner, is_list = _inner(kind)
        if inner == "DATE":  # moments without a zone, in UTC
            millis = pl.Datetime("ms")
            each = each.cast(pl.List(millis) if is_list else millis).cast(_polars_type(pl, kind))
        made.append(each.cast(_polars_type(pl, kind, dates) if kind else each.dtype))
    return pl.DataFrame(made)


def _polars_type(pl: Any, kind: str | None, dates: bool = False) -> Any:
    """The type that a column has in Polars."""
    inner, is_list = _inner(kind)
    plain = {
        "INTEGER": pl.Int64,
        "DATE": pl.Datetime("ms", "UTC") if dates else pl.Int64,
        "BOOLEAN": pl.Boolean,
        "DOUBLE": pl.Float64,
    }
    kept = plain.get(inner, pl.String)
    return pl.List(kept) if is_list else kept


def arrow_of(
    names: Sequence[str],
    kinds: Sequence[str | None],
    columns: Sequence[list[Any]],
    *,
    dates: bool = False,
) -> Any:
    """An Arrow table; see ``frame_of``. JSON is text."""
    pa = arrow()
    made = [
        pa.array(_uniform(texts, kind), _arrow_type(pa, kind, dates))
        for kind, texts in zip(kinds, columns, strict=True)
    ]
    return pa.Table.from_arrays(made, names=list(names))


def arrow_of_parquet(path: str, kinds: Mapping[str, str | None], *, dates: bool = False) -> Any:
    """An Arrow table, of a Parquet file of the server; see ``frame_of``."""
    pa = arrow()
    table = import_module("pyarrow.parquet").read_table(path)
    made = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = kinds.get(name)
        inner, is_list = _inner(kind)
        if inner == "DATE":  # moments without a zone, in UTC
            millis = pa.timestamp("ms")
            column = column.cast(pa.list_(millis) if is_list else millis)
        made.append(column.cast(_arrow_type(pa, kind, dates)) if kind else column)
    return pa.Table.from_arrays(made, names=table.column_names)


def _arrow_type(pa: Any, kind: str | None, dates: bool = False) -> Any:
    """The type that a column has in Arrow."""
    inner, is_list = _inner(kind)
    plain = {
        "INTEGER": pa.int64(),
        "DATE": pa.timestamp("ms", tz="UTC") if dates else pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DOUBLE": pa.float64(),
    }
    kept = plain.get(inner, pa.string())
    return pa.list_(kept) if is_list else kept


def _uniform(texts: Sequence[Any], kind: str | None) -> list[Any]:
    """The values of a column, of one Python type each: dates are milliseconds, and users in lists
    are text as they are elsewhere."""
    values = values_of(texts, kind, dates=False)
    if _inner(kind) in (("USERID", True), ("ENTITYID", True), ("STRING", True)):
        return [each and [item if item is None else str(item) for item in each] for each in values]
    return values


def _inner(kind: str | None) -> tuple[str, bool]:
    """The type of a value, and whether there are lists of them."""
    kind = kind or "STRING"
    return kind.removesuffix("_LIST"), kind.endswith("_LIST")


def transposed(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """The columns of rows; as many as there should be, even without rows.

    Raises:
        ValueError: A row has more values or fewer.
    """
    found: list[list[Any]] = [[] for _ in range(width)]
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        if any(len(row) != width for row in some):
            raise ValueError(f"A row of the result has not the {width} values that it should have.")
        for column, values in zip(found, zip(*some, strict=True), strict=True):
            column += values
    return found


_AT_ONCE = 10_000
