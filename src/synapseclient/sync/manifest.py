"""Manifests: a row a file, as tab-separated text (the older form) or CSV.

The first columns are those of ``FIELDS``; every other column is an annotation. A cell with
several values is a list in brackets, ``[a,b,"c, d"]``; the types of values follow what they
look like.
"""

from __future__ import annotations

import csv
import datetime
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synapseclient.core.utils import is_url

TSV_NAME = "SYNAPSE_METADATA_MANIFEST.tsv"
CSV_NAME = "manifest.csv"
FIELDS = (
    "path",
    "parent",
    "name",
    "id",
    "synapseStore",
    "contentType",
    "used",
    "executed",
    "activityName",
    "activityDescription",
)
_CSV_FIELDS = {"parent": "parentId", "id": "ID"}
"""How columns of ``FIELDS`` are spelled in the CSV form."""
_SPELLINGS = {
    "path": "path",
    "parent": "parent",
    "parentid": "parent",
    "name": "name",
    "id": "id",
    "synapsestore": "synapseStore",
    "contenttype": "contentType",
    "used": "used",
    "executed": "executed",
    "activityname": "activityName",
    "activitydescription": "activityDescription",
    "forceversion": "forceVersion",
}
_CART = frozenset(
    [
        "error",
        "versionNumber",
        "dataFileSizeBytes",
        "dataFileMD5Hex",
        "createdBy",
        "createdOn",
        "modifiedBy",
        "modifiedOn",
        "synapseURL",
    ]
)
"""Columns of the manifests of a download cart, which describe and are no annotations."""
_LIST = re.compile(r"\[[^\]]*\]\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?\Z")


_HEADER = 100_000
"""Characters in which the first line ends."""


class BadManifest(ValueError):
    """A manifest that cannot be followed; the text names the row and what is wrong."""


_NOTHING: Mapping[str, list[Any]] = {}
"""The annotations of rows without any: a manifest may have a million."""


@dataclass(slots=True)
class Row:
    """One file."""

    path: str
    parent: str
    name: str | None = None
    id: str | None = None
    store: bool = True
    """Whether the bytes go to Synapse; a URL may stay where it is."""
    content_type: str | None = None
    used: Sequence[str] = ()
    executed: Sequence[str] = ()
    activity_name: str | None = None
    activity_description: str | None = None
    force_version: bool = False
    """Make a new version also when the bytes are the same and something else has changed."""
    annotations: Mapping[str, list[Any]] = field(default_factory=lambda: _NOTHING)
    line: int = 0
    """Where it stands in the manifest, for messages."""

    @property
    def at(self) -> str:
        """The row, as messages name it."""
        return f"Line {self.line}" if self.line else self.path

    @property
    def has_activity(self) -> bool:
        """Whether it says where the file comes from."""
        return bool(self.used or self.executed)


# ------------------------------------------------------------------ reading


def read(path: str) -> list[Row]:
    """The rows of a manifest of either form; relative paths start at the working folder.

    Raises:
        BadManifest: A column or a value is missing or cannot be.
    """
    table = _table(path)
    header = next(table, None)
    if header is None:
        raise BadManifest(f"{path} is empty; its first line must name the columns.")
    columns = _columns(path, header[1])
    rows = []
    for line, cells in table:
        if any(cell.strip() for cell in cells):
            _check_cells(columns, cells, line)
            values = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            rows.append(_row(values, line))
    return rows


def _table(path: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, and the line that it begins at."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise BadManifest(
            f"{path} is not UTF-8 (at byte {error.start}). Save it as UTF-8: in a spreadsheet,"
            " as 'CSV UTF-8' or as text with tabs in Unicode (UTF-8)."
        ) from error
    first = next(iter(text[:_HEADER].splitlines()), "")
    tabs = "\t" in first or "," not in first
    # With newline="", the ends of lines of all systems are understood.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadManifest(
                f"Line {line} of {path} cannot be read: {error}. A quote that begins a cell must"
                " end it; quotes inside are written twice."
            ) from error
        if cells is None:
            return
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _columns(path: str, header: Sequence[str]) -> list[str]:
    """What the columns are, spelled as in ``FIELDS``.

    Raises:
        BadManifest: One is missing, or there twice.
    """
    columns = [_SPELLINGS.get(name.strip().lower(), name.strip()) for name in header]
    for needed in ("path", "parent"):
        if needed not in columns:
            hint = " Separate them by tabs or commas." if len(columns) == 1 else ""
            found = ", ".join(repr(name) for name in header)
            raise BadManifest(f"{path} has no column {needed!r}; it has {found}.{hint}")
    for name in columns:
        if name and columns.count(name) > 1:
            raise BadManifest(f"{path} has more than one column {name!r}. Rename or remove one.")
    return columns


def _check_cells(columns: Sequence[str], cells: Sequence[str], line: int) -> None:
    """Let nothing be lost in silence.

    Raises:
        BadManifest: A cell belongs to no column.
    """
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise BadManifest(
            f"Line {line} has {len(cells)} cells, and there are {len(columns)} columns. A cell"
            " with a separator in it must stand in quotes."
        )
    for number, (name, cell) in enumerate(zip(columns, cells, strict=False), 1):
        if not name and cell.strip():
            raise BadManifest(
                f"Column {number} has no name, and line {line} has {cell.strip()!r} there. Name"
                " it or remove it (pandas writes such a column without index=False)."
            )


def _row(values: Mapping[str, str], line: int) -> Row:
    for needed in ("path", "parent"):
        if not values.get(needed):
            raise BadManifest(f"Line {line} has no {needed}.")
    path = values["path"]
    if not is_url(path):
        path = os.path.abspath(os.path.expandvars(os.path.expanduser(path)))
    row = Row(path=path, parent=sys.intern(values["parent"]), line=line)
    row.name = values.get("name") or None
    row.id = values.get("id") or None
    row.store = _flag(values, "synapseStore", True, line)
    row.force_version = _flag(values, "forceVersion", False, line)
    row.content_type = values.get("contentType") or None
    row.used = _references(values.get("used", ""))
    row.executed = _references(values.get("executed", ""))
    row.activity_name = values.get("activityName") or None
    row.activity_description = values.get("activityDescription") or None
    known = {*_SPELLINGS.values(), *_CART}
    annotations = {
        name: parse_cell(cell)
        for name, cell in values.items()
        if name and name not in known and cell
    }
    row.annotations = annotations or _NOTHING
    return row


def _flag(values: Mapping[str, str], name: str, usual: bool, line: int) -> bool:
    text = values.get(name, "")
    if not text:
        return usual
    if text.lower() in ("true", "1", "1.0"):
        return True
    if text.lower() in ("false", "0", "0.0"):
        return False
    raise BadManifest(f"Line {line}: {name} is {text!r}; it must be True or False.")


def _references(text: str) -> tuple[str, ...]:
    return tuple([each.strip() for each in text.split(";") if each.strip()])


def parse_cell(cell: str) -> list[Any]:
    """The values of a cell.

    >>> parse_cell('[1,2.5,"a, b"]'), parse_cell("True"), parse_cell("a, b")
    ([1, 2.5, 'a, b'], [True], ['a, b'])
    """
    if _LIST.match(cell):
        inner = cell[1:-1].strip()
        if not inner:
            return []
        [values] = csv.reader([inner], skipinitialspace=True)
        return [_value(each.strip()) for each in values]
    return [_value(cell)]


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _DATE.match(text):
        moment = datetime.datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        # 007 and 1_000 are names that look like numbers.
        if text.isascii() and "_" not in text and not re.match(r"[+-]?0\d", text):
            return number
    return text


# ------------------------------------------------------------------ writing


def write(path: str, rows: Sequence[Row]) -> None:
    """Write a manifest; the ending of the name decides the form."""
    tabs = not path.endswith(".csv")
    extra = sorted({name for row in rows for name in row.annotations})
    fields = list(FIELDS) if tabs else [_CSV_FIELDS.get(name, name) for name in FIELDS]
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter="\t" if tabs else ",", lineterminator="\n")
        out.writerow([*fields, *extra])
        for row in rows:
            out.writerow([*_cells(row), *(format_cell(row.annotations.get(n, ())) for n in extra)])
    os.replace(temporary, path)


def write_plain(path: str | int, rows: Sequence[Row]) -> None:
    """Write ``path`` and ``parent`` alone, to a file or to what is open already."""
    with open(path, "w", encoding="utf-8", closefd=isinstance(path, str)) as out:
        out.write("path\tparent\n")
        out.writelines(f"{row.path}\t{row.parent}\n" for row in rows)


def _cells(row: Row) -> list[str]:
    return [
        row.path,
        row.parent,
        row.name or "",
        row.id or "",
        str(row.store),
        row.content_type or "",
        ";".join(row.used),
        ";".join(row.executed),
        row.activity_name or "",
        row.activity_description or "",
    ]


def format_cell(values: Iterable[Any]) -> str:
    """How values stand in a cell.

    >>> format_cell([1, 2]), format_cell(["a, b"]), format_cell(["p", "q,r"])
    ('[1,2]', 'a, b', '[p,"q,r"]')
    """
    texts = [_text(each) for each in values]
    if len(texts) == 1:
        return texts[0]
    if not texts:
        return ""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(texts)
    return f"[{buffer.getvalue()}]"


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        moment = value.astimezone(datetime.UTC)
        return moment.isoformat().replace("+00:00", "Z")
    return str(value)
