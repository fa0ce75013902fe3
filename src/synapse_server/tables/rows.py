"""Rows that come in, checked against the columns and put column by column. Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TextIO

from synapse_server.tables import changes, values
from synapse_wire.csv_form import options
from synapse_wire.errors import BadRequest
from synapse_wire.tables import (
    ColumnModel,
    ColumnType,
    CsvTableDescriptor,
    PartialRowSet,
    Row,
    RowSet,
    SelectColumn,
)

MOST_CSV_BYTES = 1 << 30
_CHUNK = 20_000
_CHUNK_BYTES = 32_000_000
_CELL_BYTES = 50
"""What a cell takes of memory beside its text."""
_MOST_LINE = 16_000_000
_MOST_VALUES = 2_000
"""Of a line: more than a table has columns, for lines of which some are left out."""
_GREATEST = 2**62


@dataclass
class Sheet:
    """Rows of the same kind with the same columns; ``rows`` are ids, or empty for new rows."""

    columns: list[int]
    cells: list[list[str | None]]
    rows: list[int] = field(default_factory=list)
    count: int = 0

    def as_cells(self) -> changes.Cells:
        """As a change keeps them."""
        return changes.Cells(self.columns, self.cells, self.rows)


@dataclass
class Incoming:
    """What a request does to rows."""

    appended: list[Sheet] = field(default_factory=list)
    updated: list[Sheet] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    order: list[int | None] = field(default_factory=list)
    """The id of each row of the request; None for a new one."""
    base: int | None = None
    """The newest version that the caller has seen of the rows that are updated."""

    @property
    def touched(self) -> list[int]:
        """The ids of rows that exist already."""
        return [row for sheet in self.updated for row in sheet.rows] + self.deleted


class RowIds:
    """A set of ids of rows that exist: a bit for each row of the table, however many are in it."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.first: int | None = None
        """The one that came first."""

    def __contains__(self, row: int) -> bool:
        place = row >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (row & 7))

    def add(self, row: int) -> None:
        """Put one in."""
        place = row >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << (row & 7)
        if self.first is None:
            self.first = row


class _Checks:
    """Checks cells, and says in an error where they stand."""

    def __init__(self, models: Sequence[ColumnModel]) -> None:
        self.models = {int(each.id or 0): each for each in models}
        self._checks = {id: values.checker(each) for id, each in self.models.items()}

    def cell(self, id: int, text: str | None, where: str) -> str | None:
        model = self.models[id]
        if text is None:
            return model.default_value
        try:
            found = self._checks[id](text)
        except ValueError as error:
            raise BadRequest(f"{where}, column {model.name!r}: {error}") from None
        return model.default_value if found is None else found

    def column(
        self, id: int, texts: list[str | None], where: Callable[[int], str]
    ) -> list[str | None]:
        """A whole column; ``where`` names the row at a place."""
        model = self.models[id]
        found = values.checked_at_once(model, texts)
        if found is None:
            found = self._one_by_one(id, texts, where)
        default = model.default_value
        if default is None:
            return found
        return [default if value is None else value for value in found]

    def csv_column(
        self, id: int, texts: list[str], where: Callable[[int], str]
    ) -> list[str | None]:
        """A whole column of a CSV file, in which an empty text is null whatever the type."""
        return self.column(id, values.not_empty(texts), where)

    def _one_by_one(
        self, id: int, texts: Sequence[str | None], where: Callable[[int], str]
    ) -> list[str | None]:
        check = self._checks[id]
        known: dict[str | None, str | None] = {None: None}
        for place, text in enumerate(texts):
            if text is None or text in known:
                continue
            try:
                known[text] = check(text)
            except ValueError as error:
                name = self.models[id].name
                raise BadRequest(f"{where(place)}, column {name!r}: {error}") from None
        return [known[text] for text in texts]

    def defaults(self, given: Sequence[int]) -> list[int]:
        """Columns that were not given and have a default."""
        return [
            id
            for id, model in self.models.items()
            if id not in given and model.default_value is not None
        ]


def header_column(header: SelectColumn, models: Sequence[ColumnModel]) -> int:
    """The column that a header means: by id, or by name."""
    for model in models:
        if header.id is not None and model.id == header.id:
            return int(model.id)
    for model in models:
        if header.id is None and header.name is not None and model.name == header.name:
            return int(model.id or 0)
    raise BadRequest(f"The table has no column {header.name or header.id!r}.")


def _once(ids: Sequence[int], what: str) -> None:
    if len(set(ids)) < len(ids):
        twice = next(each for each in ids if list(ids).count(each) > 1)
        raise BadRequest(f"The {what} {twice} is named twice.")


def from_row_set(given: RowSet, models: Sequence[ColumnModel]) -> Incoming:
    """The rows of a set.

    Raises:
        BadRequest: A value does not fit; the text names row and column.
    """
    ids = [header_column(each, models) for each in given.headers or []]
    _once(ids, "column")
    checks = _Checks(models)
    found = Incoming()
    new: list[Row] = []
    changed: list[Row] = []
    names: dict[int, str] = {}
    for number, row in enumerate(given.rows or [], 1):
        names[id(row)] = f"Row {number}"
        if row.row_id is not None:
            check_row_id(row.row_id)
        if row.values is None or (not row.values and row.row_id is not None):
            if row.row_id is None:
                raise BadRequest(f"Row {number} has no values.")
            found.deleted.append(row.row_id)
        elif len(row.values) != len(ids):
            raise BadRequest(
                f"Row {number} has {len(row.values)} values, but there are {len(ids)} headers."
            )
        elif row.row_id is None:
            new.append(row)
        else:
            if row.version_number is None:
                raise BadRequest(
                    f"Row {number} has a rowId and no versionNumber; both come from a query."
                )
            found.base = max(found.base or 0, row.version_number)
            changed.append(row)
        found.order.append(row.row_id)
    for some in (new, changed):
        if not some:
            continue
        where = [names[id(row)] for row in some].__getitem__
        cells = [
            checks.column(
                column, [values.text_of((row.values or [])[place]) for row in some], where
            )
            for place, column in enumerate(ids)
        ]
        if some is changed:
            rows = [row.row_id or 0 for row in some]
            found.updated.append(Sheet(list(ids), cells, rows, len(rows)))
        else:
            found.appended.append(_with_defaults(Sheet(list(ids), cells, [], len(some)), checks))
    _once(found.touched, "row")
    return found


def check_row_id(row: int) -> None:
    """Whether it can be the id of a row."""
    if not 0 <= row < _GREATEST:
        raise BadRequest(f"There cannot be a row {row}.")


def _with_defaults(sheet: Sheet, checks: _Checks) -> Sheet:
    for id in checks.defaults(sheet.columns):
        sheet.columns.append(id)
        sheet.cells.append([checks.models[id].default_value] * sheet.count)
    return sheet


def from_partial_rows(given: PartialRowSet, models: Sequence[ColumnModel]) -> Incoming:
    """The cells of a set; rows that change the same columns are kept together."""
    checks = _Checks(models)
    found = Incoming()
    groups: dict[tuple[bool, tuple[int, ...]], Sheet] = {}
    for number, row in enumerate(given.rows or [], 1):
        where = f"Row {number}"
        if row.row_id is not None:
            check_row_id(row.row_id)
        if row.values is None:
            if row.row_id is None:
                raise BadRequest(f"{where} has no values.")
            found.deleted.append(row.row_id)
            found.order.append(row.row_id)
            continue
        ids = []
        for each in row.values:
            id = int(each.key) if each.key.isascii() and each.key.isdecimal() else 0
            if id not in checks.models:
                raise BadRequest(
                    f"{where} names the column {each.key!r}, which the table does not have. Keys"
                    " are ids of columns."
                )
            ids.append(id)
        _once(ids, "column")
        key = (row.row_id is None, tuple(ids))
        sheet = groups.get(key)
        if sheet is None:
            sheet = groups[key] = Sheet(ids, [[] for _ in ids])
            (found.appended if row.row_id is None else found.updated).append(sheet)
        for column, id, each in zip(sheet.cells, ids, row.values, strict=True):
            column.append(checks.cell(id, values.text_of(each.value), where))
        sheet.count += 1
        if row.row_id is not None:
            sheet.rows.append(row.row_id)
        found.order.append(row.row_id)
    # New rows get their ids group by group: the answer must tell them in the order of the request.
    if len(found.appended) > 1:
        found.appended = [_merged(given, found.appended, checks)]
    elif found.appended:
        _with_defaults(found.appended[0], checks)
    _once(found.touched, "row")
    return found


def _merged(given: PartialRowSet, sheets: Sequence[Sheet], checks: _Checks) -> Sheet:
    """New rows of different columns as one sheet, in the order of the request."""
    ids = sorted({id for sheet in sheets for id in sheet.columns})
    ids += checks.defaults(ids)
    cells: list[list[str | None]] = [[] for _ in ids]
    new = [row for row in given.rows or [] if row.row_id is None]
    for row in new:
        texts = {int(each.key): values.text_of(each.value) for each in row.values or []}
        for column, id in zip(cells, ids, strict=True):
            column.append(checks.cell(id, texts.get(id), "A new row"))
    return Sheet(ids, cells, [], len(new))


# ------------------------------------------------------------------ CSV


def _check_mark(text: str | None, what: str) -> None:
    if text and len(text) != 1:
        raise BadRequest(f"The {what} of a CSV file is one character, not {text!r}.")


def _short_lines(text: TextIO) -> Iterator[str]:
    """The lines of a text, none of which takes much memory when it is cut into values."""
    number = 0
    while line := text.readline(_MOST_LINE + 1):
        number += 1
        if len(line) > _MOST_LINE:
            raise BadRequest(
                f"Line {number} of the CSV file has more than {_MOST_LINE} characters, the most"
                " that a row can have. Is lineEnd the one of the file?"
            )
        yield line


def lines(
    file: TextIO, descriptor: CsvTableDescriptor | None, skip: int
) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV file with their numbers, counted from 1.

    Raises:
        BadRequest: It is no CSV file of this form.
    """
    given = descriptor or CsvTableDescriptor()
    _check_mark(given.quote_character, "quoteCharacter")
    _check_mark(given.escape_character, "escapeCharacter")
    _check_mark(given.separator, "separator")
    try:
        reader = csv.reader(_short_lines(file), **options(given))
        for line in reader:
            if len(line) > _MOST_VALUES:
                raise BadRequest(
                    f"Line {reader.line_num} of the CSV file has {len(line)} values; at most"
                    f" {_MOST_VALUES} can be read."
                )
            if skip > 0:
                skip -= 1
            elif line:
                yield reader.line_num, line
    except csv.Error as error:
        raise BadRequest(
            f"The CSV file cannot be read at line {reader.line_num}: {error}"
        ) from None
    except UnicodeDecodeError:
        raise BadRequest("The CSV file is not text in UTF-8.") from None
    except TypeError as error:
        raise BadRequest(f"The CSV descriptor cannot be used: {error}") from None


_ROW_COLUMNS = ("ROW_ID", "ROW_VERSION", "ROW_ETAG")


def from_csv(
    file: TextIO,
    descriptor: CsvTableDescriptor | None,
    skip: int,
    column_ids: Sequence[str] | None,
    models: Sequence[ColumnModel],
) -> Iterator[Incoming]:
    """The rows of a CSV file, so many at a time that memory has room for them."""
    start, found = _matched(file, descriptor, skip, column_ids, models)
    checks = _Checks(models)
    for numbers, texts in _chunks(found):
        yield _chunk(numbers, texts, start.targets, checks)


def head(
    file: TextIO,
    descriptor: CsvTableDescriptor | None,
    skip: int,
    column_ids: Sequence[str] | None,
    models: Sequence[ColumnModel],
) -> Head:
    """How a CSV file begins."""
    return _matched(file, descriptor, skip, column_ids, models)[0]


def _chunks(lines: _Lines) -> Iterator[tuple[list[int], list[str]]]:
    """Numbers of lines, and the values of all of them, one line after the other: so many lines at a
    time, or fewer that take much memory."""
    numbers: list[int] = []
    texts: list[str] = []
    size = 0
    for number, line in lines:
        numbers.append(number)
        texts += line
        size += sum(map(len, line)) + _CELL_BYTES * len(line)
        if len(numbers) == _CHUNK or size >= _CHUNK_BYTES:
            yield numbers, texts
            numbers, texts, size = [], [], 0
    if numbers:
        yield numbers, texts


def csv_cells(
    file: TextIO,
    descriptor: CsvTableDescriptor | None,
    skip: int,
    column_ids: Sequence[str] | None,
    models: Sequence[ColumnModel],
) -> Iterator[tuple[int, dict[str, str], dict[int, str | None]]]:
    """The lines of a CSV file as they are: the line's number, ROW_ID and the like, and the texts by
    column, of which an empty one is null."""
    start, found = _matched(file, descriptor, skip, column_ids, models)
    for number, texts in found:
        heads: dict[str, str] = {}
        cells: dict[int, str | None] = {}
        for target, text in zip(start.targets, texts, strict=True):
            if isinstance(target, int):
                cells[target] = text or None
            elif target is not None:
                heads[target] = text.strip()
        yield number, heads, cells


_Lines = Iterator[tuple[int, list[str]]]
_Targets = Sequence[int | str | None]
"""What each value of a line is: the id of a column, ROW_ID and the like, or nothing."""


@dataclass(frozen=True)
class Head:
    """How a CSV file begins."""

    targets: _Targets
    lines: int | None
    """How many lines come before those with values; None if that is not known yet."""


def _matched(
    file: TextIO,
    descriptor: CsvTableDescriptor | None,
    skip: int,
    column_ids: Sequence[str] | None,
    models: Sequence[ColumnModel],
) -> tuple[Head, _Lines]:
    """What the values of each line are, and the lines, all of that length."""
    found = lines(file, descriptor, skip)
    names: list[str] | None = None
    before = None if skip > 0 else 0
    if descriptor is None or descriptor.is_first_line_header is not False:
        first = next(found, None)
        if first is None:
            raise BadRequest("The CSV file is empty; a line with the names of columns is expected.")
        before, names = first
    targets = _targets(names, column_ids, models)
    return Head(targets, before), _of_length(found, len(targets))


def _of_length(lines: _Lines, length: int) -> _Lines:
    for number, line in lines:
        if len(line) != length:
            raise BadRequest(f"Line {number} has {len(line)} values; {length} are expected.")
        yield number, line


def _targets(
    names: Sequence[str] | None, column_ids: Sequence[str] | None, models: Sequence[ColumnModel]
) -> _Targets:
    if column_ids:
        known = {each.id for each in models}
        targets: list[int | str | None] = []
        for each in column_ids:
            if each is not None and each not in known:
                raise BadRequest(f"columnIds names {each!r}, which the table does not have.")
            targets.append(None if each is None else int(each))
        if names is not None and [n.upper() for n in names[:2]] == ["ROW_ID", "ROW_VERSION"]:
            front = [n.upper() for n in names if n.upper() in _ROW_COLUMNS]
            if len(targets) + len(front) == len(names):
                return [*front, *targets]
        return targets
    if names is None:
        return [int(each.id or 0) for each in models]
    by_name = {each.name: int(each.id or 0) for each in models}
    by_id = {each.id: int(each.id or 0) for each in models}
    found: list[int | str | None] = []
    for name in names:
        stripped = name.strip()
        if stripped.upper() in _ROW_COLUMNS:
            found.append(stripped.upper())
        elif stripped in by_name or stripped in by_id:
            found.append(by_name.get(stripped, by_id.get(stripped)))
        else:
            raise BadRequest(
                f"The first line has {name!r}, which is not the name of a column of the table. Its"
                f" columns are: {', '.join(str(each.name) for each in models)}."
            )
    _once([each for each in found if isinstance(each, int)], "column")
    return found


def _chunk(lines: Sequence[int], texts: list[str], targets: _Targets, checks: _Checks) -> Incoming:
    """Some lines: their numbers, and the values of all of them, one line after the other."""
    columns = {target: texts[place :: len(targets)] for place, target in enumerate(targets)}
    ids = [target for target in columns if isinstance(target, int)]
    found = Incoming()
    for new, numbers, some in _new_and_old(lines, columns):
        where = _lines_of(numbers)
        cells = [checks.csv_column(id, some[id], where) for id in ids]
        if new and not ids:
            raise BadRequest(f"{where(0)} has neither a ROW_ID nor values.")
        if new:
            sheet = Sheet(list(ids), cells, [], len(numbers))
            found.appended.append(_with_defaults(sheet, checks))
            continue
        rows, found.base = _versions(some, where)
        if ids:
            found.updated.append(Sheet(list(ids), cells, rows, len(rows)))
        else:  # a file of nothing but ids deletes the rows
            found.deleted += rows
    found.order = [None] * len(lines)
    _once(found.touched, "row")
    return found


_Columns = dict[int | str | None, list[str]]


def _new_and_old(
    lines: Sequence[int], columns: _Columns
) -> Iterator[tuple[bool, Sequence[int], _Columns]]:
    """The lines without a ROW_ID, and those with one, if there are any: their numbers and values."""
    if "ROW_ID" not in columns:
        yield True, lines, columns
        return
    is_new = [not text.strip() for text in columns["ROW_ID"]]
    for new, selectors in ((True, is_new), (False, [not each for each in is_new])):
        if any(selectors):
            some = {target: list(compress(texts, selectors)) for target, texts in columns.items()}
            yield new, list(compress(lines, selectors)), some


def _versions(
    columns: Mapping[int | str | None, Sequence[str]], where: Callable[[int], str]
) -> tuple[list[int], int]:
    """The ids of the rows that lines change, and the newest version that was seen of them."""
    if "ROW_VERSION" not in columns:
        raise BadRequest("A CSV file with ROW_ID needs ROW_VERSION, too.")
    rows: list[int] = []
    newest = 0
    for texts in zip(columns["ROW_ID"], columns["ROW_VERSION"], strict=True):
        try:
            row, version = (int(values.identifier(text)) for text in texts)
        except ValueError as error:
            at = where(len(rows))
            raise BadRequest(f"{at}, ROW_ID or ROW_VERSION: {error}") from None
        rows.append(row)
        newest = max(newest, version)
    return rows, newest


def _lines_of(numbers: Sequence[int]) -> Callable[[int], str]:
    return lambda place: f"Line {numbers[place]}"


# ------------------------------------------------------------------ what a CSV file looks like

_SUGGESTED: tuple[ColumnType, ...] = ("BOOLEAN", "INTEGER", "DOUBLE", "DATE", "ENTITYID")
_MOST_STRING = 1000


def suggest(names: Sequence[str] | None, sample: Iterable[Sequence[str]]) -> list[ColumnModel]:
    """Columns that take all values of a sample."""
    shapes = [_Shape() for _ in names or ()]
    for line in sample:
        shapes += [_Shape() for _ in line[len(shapes) :]]
        for shape, text in zip(shapes, line, strict=False):  # a short line ends before its columns
            shape.add(text)
    return [
        shape.column(
            names[place] if names is not None and place < len(names) else f"col{place + 1}"
        )
        for place, shape in enumerate(shapes)
    ]


class _Shape:
    """What the values of a column have in common so far."""

    def __init__(self) -> None:
        self._kinds = list(_SUGGESTED)
        self._longest = 0

    def add(self, text: str) -> None:
        """Take note of a value; an empty one tells nothing."""
        if text:
            self._longest = max(self._longest, len(text))
            self._kinds = [kind for kind in self._kinds if _is_a(kind, text)]

    def column(self, name: str) -> ColumnModel:
        """A column that takes them."""
        if self._kinds and self._longest:
            return ColumnModel(name=name, column_type=self._kinds[0])
        if self._longest > _MOST_STRING:
            return ColumnModel(name=name, column_type="LARGETEXT")
        size = min(_MOST_STRING, max(50, self._longest * 2))
        return ColumnModel(name=name, column_type="STRING", maximum_size=size)


def _is_a(kind: str, text: str) -> bool:
    check = values.plain(kind)
    assert check is not None
    if kind == "ENTITYID" and not text.strip().lower().startswith("syn"):
        return False
    try:
        check(text)
    except ValueError:
        return False
    return True
