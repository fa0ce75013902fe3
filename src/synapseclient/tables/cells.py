"""Values of cells: the text that stands for a value, and back; columns that fit values. Pure."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from synapseclient.core.utils import from_unix_epoch_time, to_unix_epoch_time

ROW_COLUMNS = ("ROW_ID", "ROW_VERSION", "ROW_ETAG")
"""The columns of a CSV file that say which rows its lines are."""
LABEL = re.compile(r"(\d+)_(\d+)(?:_([-\w]+))?\Z")
"""How a data frame's index names a row: ``12_3``, ``12_3_etag`` in views."""

_MISSING = ("NAType", "NaTType")
_EXACT = 2**53
_MOST_STRING = 1000


def is_missing(value: Any) -> bool:
    """Whether a value stands for null: None, NaN, and what pandas has for it."""
    if value is None or type(value).__name__ in _MISSING:
        return True
    return isinstance(value, float) and value != value


def text_of(value: Any) -> str | None:
    """The text that a table takes for a value; None for null.

    >>> text_of(9.0), text_of(True), text_of(["a", 1]), text_of(float("nan"))
    ('9', 'true', '["a", 1]', None)
    """
    if isinstance(value, str):
        return value.value if hasattr(value, "value") else value
    value = _plain(value)
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime.date):
        return str(millis_of(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def millis_of(value: datetime.date) -> int:
    """Milliseconds since the epoch. Without a zone it is in UTC, so that the same data frame means
    the same on every machine."""
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    return to_unix_epoch_time(value)


def _float_text(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < _EXACT and str(value)[:2] != "-0":
        return str(int(value))  # whole numbers with gaps are floats in a data frame
    return repr(value)


def _plain(value: Any) -> Any:
    """A value of numpy as one of Python, a set or tuple as a list; dates in lists as numbers."""
    if type(value).__name__ == "datetime64":
        value = value.astype("datetime64[ms]")  # finer ones would become plain numbers
    if hasattr(value, "tolist") and not isinstance(value, str | bytes):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_element(each) for each in items]
    return value


def _element(value: Any) -> Any:
    value = _plain(value)
    return millis_of(value) if isinstance(value, datetime.date) else value


def value_of(text: Any, kind: str | None) -> Any:
    """The value that a text of a column of this type stands for.

    >>> value_of("9", "INTEGER"), value_of("[1, 2]", "INTEGER_LIST"), value_of("", "DOUBLE")
    (9, [1, 2], None)
    """
    if text is None or text == "":
        return None
    parse = parser_of(kind)
    return text if parse is None or not isinstance(text, str) else parse(text)


def parser_of(kind: str | None) -> Callable[[str], Any] | None:
    """What makes values of the texts of a column of this type; None if they are the values."""
    if kind == "DATE_LIST":
        return _dates
    if kind is not None and kind.endswith("_LIST"):
        return msgspec.json.decode
    return _PARSERS.get(kind or "")


def _dates(text: str) -> list[datetime.datetime]:
    return [from_unix_epoch_time(int(each)) for each in json.loads(text)]


_PARSERS: dict[str, Callable[[str], Any]] = {
    "INTEGER": int,
    "DOUBLE": float,
    "BOOLEAN": lambda text: text.lower() == "true",
    "DATE": lambda text: from_unix_epoch_time(int(text)),
}


# ------------------------------------------------------------------ columns of values


def columns_of(values: Any) -> dict[str, list[Any]]:
    """The values of each column, of a data frame of pandas or polars, an Arrow table, a mapping
    of columns, or mappings that each are a row.

    Raises:
        ValueError: It is nothing of the kind.
    """
    if hasattr(values, "to_pydict"):  # Arrow
        return {str(name): list(column) for name, column in values.to_pydict().items()}
    if hasattr(values, "get_columns"):  # polars
        return {str(each.name): each.to_list() for each in values.get_columns()}
    if hasattr(values, "columns") and hasattr(values, "index"):  # pandas
        return _of_frame(values)
    if isinstance(values, Mapping):
        found = {str(name): _listed(column) for name, column in values.items()}
    elif isinstance(values, Sequence) and all(isinstance(each, Mapping) for each in values):
        names = dict.fromkeys(str(name) for row in values for name in row)
        found = {name: [row.get(name) for row in values] for name in names}
    else:
        raise ValueError(
            f"Values of a table cannot be a {type(values).__name__}: give a data frame, a mapping"
            " of columns, or the path of a CSV file."
        )
    if len({len(column) for column in found.values()}) > 1:
        raise ValueError(
            "The columns are of different length: "
            + ", ".join(f"{name} has {len(column)}" for name, column in found.items())
        )
    return found


def _listed(column: Any) -> list[Any]:
    if isinstance(column, Mapping | str) or not isinstance(column, Iterable):
        raise ValueError(f"A column is a list of values, not {column!r}.")
    return list(column)


def _of_frame(frame: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    labels = [LABEL.match(each) if isinstance(each, str) else None for each in frame.index]
    if labels and all(labels) and "ROW_ID" not in frame.columns:
        found["ROW_ID"] = [label[1] for label in labels if label]
        found["ROW_VERSION"] = [label[2] for label in labels if label]
        if any(label[3] for label in labels if label):
            found["ROW_ETAG"] = [label[3] for label in labels if label]
    for place, name in enumerate(frame.columns):
        found[str(name)] = frame.iloc[:, place].tolist()
    return found


def fitting_columns(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Column models, as JSON, that take all values of each column."""
    return [
        {"name": name, **_fitting(column)}
        for name, column in columns.items()
        if name not in ROW_COLUMNS
    ]


def _fitting(column: Sequence[Any]) -> dict[str, Any]:
    values = [_plain(each) for each in column if not is_missing(each)]
    if values and all(isinstance(each, list) for each in values):
        return _fitting_list(values)
    kind = _kind(values)
    if kind != "STRING":
        return {"columnType": kind}
    longest = max((len(text_of(each) or "") for each in values), default=0)
    if longest > _MOST_STRING:
        return {"columnType": "LARGETEXT"}
    # With room for longer ones: a column cannot grow by itself.
    return {"columnType": "STRING", "maximumSize": min(_MOST_STRING, max(50, longest * 3 // 2))}


def _kind(values: Sequence[Any]) -> str:
    if not values:
        return "STRING"
    if all(isinstance(each, bool) for each in values):
        return "BOOLEAN"
    if any(isinstance(each, bool) for each in values):
        return "STRING"
    if all(isinstance(each, int) and -(2**63) <= each < 2**63 for each in values):
        return "INTEGER"
    if all(isinstance(each, int | float) for each in values):
        return "DOUBLE"
    if all(isinstance(each, datetime.date) for each in values):
        return "DATE"
    if all(isinstance(each, dict) for each in values):
        return "JSON"
    return "STRING"


def _fitting_list(values: Sequence[list[Any]]) -> dict[str, Any]:
    items = [item for each in values for item in each]
    kind = _kind(items)
    found: dict[str, Any] = {
        "maximumListLength": max(2, min(100, max(len(each) for each in values)))
    }
    if kind in ("INTEGER", "BOOLEAN"):
        return {"columnType": f"{kind}_LIST", **found}
    longest = max((len(text_of(each) or "") for each in items), default=0)
    size = min(_MOST_STRING, max(50, longest * 3 // 2))
    return {"columnType": "STRING_LIST", "maximumSize": size, **found}


_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})\Z")


def guessed(texts: Sequence[str]) -> list[Any]:
    """The texts of a column of a CSV file as the values that all of them can be."""
    known = [text for text in texts if text]
    cast: Any = str
    if known and all(text.lower() in ("true", "false") for text in known):
        cast = lambda text: text.lower() == "true"  # noqa: E731
    elif known and all(_INTEGER.match(text) for text in known):
        cast = int
    elif known and all(_is_float(text) for text in known):
        cast = float
    return [cast(text) if text else None for text in texts]


_FLOAT = re.compile(
    r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?\Z|nan\Z|[+-]?inf(inity)?\Z", re.IGNORECASE
)


def _is_float(text: str) -> bool:
    """Whether a text is a number that may be written otherwise; 007 is rather a name."""
    return _FLOAT.match(text) is not None
