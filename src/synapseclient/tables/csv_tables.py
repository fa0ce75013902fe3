"""A CSV file and the table that its rows are of: what a query found, or rows to be stored."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synapseclient.core.blocking import run
from synapseclient.tables import cells, frames, work
from synapseclient.tables.cells import ROW_COLUMNS
from synapseclient.tables.results import TableAbstractBaseClass
from synapseclient.tables.rowsets import Row, RowMetadata, RowSet, cast_values, label_of
from synapseclient.tables.schemas import SelectColumn
from synapseclient.tables.sheets import Dialect

if TYPE_CHECKING:
    from synapseclient.client import Synapse


class CsvFileTable(TableAbstractBaseClass):
    """A CSV file and the table that its rows are of, or are to be of."""

    def __init__(
        self,
        schema: Any,
        filepath: str,
        etag: str | None = None,
        quoteCharacter: str = '"',
        escapeCharacter: str = "\\",
        lineEnd: str = "\n",
        separator: str = ",",
        header: bool = True,
        linesToSkip: int = 0,
        includeRowIdAndRowVersion: bool | None = None,
        headers: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(schema, None, etag)
        self.filepath = filepath
        self.quoteCharacter = quoteCharacter
        self.escapeCharacter = escapeCharacter
        self.lineEnd = lineEnd
        self.separator = separator
        self.header = header
        self.linesToSkip = linesToSkip
        self.includeRowIdAndRowVersion = includeRowIdAndRowVersion
        if headers is not None:
            self.setColumnHeaders(headers)

    @property
    def _dialect(self) -> Dialect:
        return Dialect(
            self.separator, self.quoteCharacter, self.escapeCharacter, self.lineEnd, self.header
        )

    def setColumnHeaders(self, headers: Sequence[Mapping[str, Any]]) -> None:
        """Say what the columns are, those that name the rows left out."""
        first = []
        if self.includeRowIdAndRowVersion:
            first = [SelectColumn(name=name, columnType="STRING") for name in ROW_COLUMNS[:2]]
        self.headers = [*first, *headers]

    # -------------------------------------------------------------- making

    @classmethod
    def from_table_query(
        cls,
        synapse: Synapse,
        query: str,
        quoteCharacter: str = '"',
        escapeCharacter: str = "\\",
        lineEnd: str = "\n",
        separator: str = ",",
        header: bool = True,
        includeRowIdAndRowVersion: bool = True,
        downloadLocation: str | None = None,
    ) -> CsvFileTable:
        """The result of a query."""
        dialect = Dialect(separator, quoteCharacter, escapeCharacter, lineEnd, header)
        ids = includeRowIdAndRowVersion
        asked = work.query_csv(
            synapse, query, dialect=dialect, ids=ids, etags=ids, folder=downloadLocation
        )
        return table_of(run(asked), dialect)

    @classmethod
    def from_data_frame(
        cls,
        schema: Any,
        df: Any,
        filepath: str | None = None,
        etag: str | None = None,
        quoteCharacter: str = '"',
        escapeCharacter: str = "\\",
        lineEnd: str = "\n",
        separator: str = ",",
        header: bool = True,
        includeRowIdAndRowVersion: bool | None = None,
        headers: Sequence[Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> CsvFileTable:
        """The values of a data frame or a mapping of columns, written to a file.

        If the index names the rows as that of a result does, they are the rows that change.
        """
        columns = cells.columns_of(df)
        ids = [name for name in ROW_COLUMNS if name in columns]
        if includeRowIdAndRowVersion is False:
            columns = {name: column for name, column in columns.items() if name not in ids}
            ids = []
        path = filepath or _temporary()
        dialect = Dialect(separator, quoteCharacter, escapeCharacter, lineEnd, header)
        dialect.write(path, list(columns) if header else None, zip(*columns.values(), strict=True))
        made = cls(
            schema,
            path,
            etag,
            quoteCharacter,
            escapeCharacter,
            lineEnd,
            separator,
            header,
            includeRowIdAndRowVersion=bool(ids),
        )
        made._own(path if filepath is None else None)
        if headers is not None:
            made.setColumnHeaders(headers)
        else:
            fitting = {each["name"]: each for each in cells.fitting_columns(columns)}
            as_text = {"columnType": "STRING"}
            made.headers = [
                SelectColumn(name=name, columnType=fitting.get(name, as_text)["columnType"])
                for name in columns
            ]
        return made

    @classmethod
    def from_list_of_rows(
        cls,
        schema: Any,
        values: Iterable[Sequence[Any]],
        filepath: str | None = None,
        etag: str | None = None,
        quoteCharacter: str = '"',
        escapeCharacter: str = "\\",
        lineEnd: str = "\n",
        separator: str = ",",
        linesToSkip: int = 0,
        includeRowIdAndRowVersion: bool | None = None,
        headers: Sequence[Mapping[str, Any]] | None = None,
    ) -> CsvFileTable:
        """Rows, each a list of values, written to a file.

        Without ``headers`` the values are in the order of the table's columns.
        """
        path = filepath or _temporary()
        dialect = Dialect(separator, quoteCharacter, escapeCharacter, lineEnd, headers is not None)
        names = None if headers is None else [str(each["name"]) for each in headers]
        if names is not None and includeRowIdAndRowVersion:
            names = [*ROW_COLUMNS[:2], *names]
        dialect.write(path, names, values)
        made = cls(
            schema,
            path,
            etag,
            quoteCharacter,
            escapeCharacter,
            lineEnd,
            separator,
            headers is not None,
            linesToSkip,
            includeRowIdAndRowVersion,
            headers,
        )
        made._own(path if filepath is None else None)
        return made

    def _own(self, path: str | None) -> None:
        """Remove a temporary file together with this, which wrote it."""
        if path is not None:
            weakref.finalize(self, _remove, path)

    async def _store(self, syn: Synapse) -> CsvFileTable:
        table = await self._take_schema(syn)
        assert self.filepath is not None
        change = await work.csv_change(
            syn,
            table,
            self.filepath,
            dialect=self._dialect,
            skip=self.linesToSkip,
            etag=self.etag,
        )
        answer = work.checked((await work.transact(syn, table, [change]))["results"][0])
        self.etag = answer.get("etag") or self.etag
        return self

    # -------------------------------------------------------------- reading

    def _lines(self) -> Iterator[list[str]]:
        """All lines but the first, if that names the columns."""
        assert self.filepath is not None
        lines = self._dialect.read(self.filepath, self.linesToSkip)
        if self.header:
            next(lines, None)
        return lines

    def _names(self) -> list[str]:
        if self.header:
            assert self.filepath is not None
            return next(self._dialect.read(self.filepath, self.linesToSkip), [])
        return [str(each["name"]) for each in self.headers or []]

    def _kinds(self, names: Sequence[str], columns: Sequence[list[str]]) -> list[str | None]:
        known = {each["name"]: each.get("columnType") for each in self.headers or []}
        kinds = []
        for name, texts in zip(names, columns, strict=True):
            if name in known or name in ROW_COLUMNS:
                kinds.append("INTEGER" if name in ROW_COLUMNS[:2] else known.get(name, "STRING"))
            else:
                guess = cells.fitting_columns({name: cells.guessed(texts)})
                kinds.append(str(guess[0]["columnType"]))
        return kinds

    def asDataFrame(
        self, rowIdAndVersionInIndex: bool = True, convert_to_datetime: bool = False, **kwargs: Any
    ) -> Any:
        """The rows as a data frame, with the types that the columns have in the table.

        Args:
            rowIdAndVersionInIndex: Say in the index which rows they are, ``12_3`` for version 3
                of row 12; else in the columns ROW_ID and ROW_VERSION.
            convert_to_datetime: Make dates of DATE columns, in UTC; else they are milliseconds.
            kwargs: Accepted for compatibility: the file is not read by ``pandas.read_csv``.
        """
        names, kinds, columns = self._typed()
        index = None
        if rowIdAndVersionInIndex and names[:2] == list(ROW_COLUMNS[:2]):
            count = 3 if names[2:3] == ["ROW_ETAG"] else 2
            index = [label_of(*each) for each in zip(*columns[:count], strict=True)]
            names, kinds, columns = names[count:], kinds[count:], columns[count:]
        return frames.frame_of(names, kinds, columns, dates=convert_to_datetime, index=index)

    def asPolars(self, convert_to_datetime: bool = False) -> Any:
        """The rows as a data frame of Polars, with the types that the columns have in the table.

        Args:
            convert_to_datetime: Make dates of DATE columns, in UTC; else they are milliseconds.

        Raises:
            ImportError: Polars is not installed.
            ValueError: Two columns have the same name.
        """
        return frames.polars_of(*self._typed(), dates=convert_to_datetime)

    def asArrow(self, convert_to_datetime: bool = False) -> Any:
        """The rows as an Arrow table, with the types that the columns have in the table.

        Args:
            convert_to_datetime: Make timestamps of DATE columns, in UTC; else they are
                milliseconds.

        Raises:
            ImportError: PyArrow is not installed.
        """
        return frames.arrow_of(*self._typed(), dates=convert_to_datetime)

    def asDicts(self, convert_to_datetime: bool = False) -> list[dict[str, Any]]:
        """The rows, each a mapping of column to value.

        Args:
            convert_to_datetime: Make dates of DATE columns, in UTC; else they are milliseconds.
        """
        names, kinds, columns = self._typed()
        values = [
            frames.values_of(texts, kind, dates=convert_to_datetime, parsed=True)
            for kind, texts in zip(kinds, columns, strict=True)
        ]
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]

    def _typed(self) -> tuple[list[str], list[str | None], list[list[str]]]:
        """The names of all columns, their types, and their texts."""
        names = self._names()
        columns = frames.transposed(self._lines(), len(names))
        return names, self._kinds(names, columns), columns

    def asRowSet(self) -> RowSet:
        """The rows as a ``RowSet``; needs headers."""
        headers = self._own_headers()
        rows = []
        for line in self._lines():
            first = len(line) - len(headers)
            given: dict[str, Any] = {"values": cast_values(line[first:], headers)}
            if first >= 2:
                given |= {"rowId": int(line[0]), "versionNumber": int(line[1])}
            if first == 3:
                given["etag"] = line[2]
            rows.append(Row(**given))
        return RowSet(headers=headers, rows=rows, tableId=self.tableId, etag=self.etag)

    def _own_headers(self) -> list[Any]:
        return [each for each in self._known_headers() if each["name"] not in ROW_COLUMNS]

    def _known_headers(self) -> list[Any]:
        if self.headers is None:
            raise ValueError("Iteration not supported for table without headers.")
        return self.headers

    def __iter__(self) -> Iterator[list[Any]]:
        headers = self._known_headers()
        for line in self._lines():
            yield cast_values(line[max(0, len(line) - len(headers)) :], headers)

    def __len__(self) -> int:
        return sum(1 for _ in self._lines())

    def iter_row_metadata(self) -> Iterator[RowMetadata]:
        """Which rows of the table they are.

        Raises:
            ValueError: The file does not say.
        """
        names = self._names()
        if names[:2] != list(ROW_COLUMNS[:2]):
            raise ValueError("The file has no ROW_ID and ROW_VERSION: query them, too.")
        has_etag = names[2:3] == ["ROW_ETAG"]
        for line in self._lines():
            yield RowMetadata(int(line[0]), int(line[1]), line[2] if has_etag else None)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def table_of(found: work.CsvResult, dialect: Dialect) -> CsvFileTable:
    """The result of a query."""
    return CsvFileTable(
        found.table_id,
        found.path,
        found.etag,
        dialect.quote,
        dialect.escape,
        dialect.line_end,
        dialect.separator,
        dialect.header,
        includeRowIdAndRowVersion=found.which == 2,  # a view's headers never name its rows
        headers=[SelectColumn(**each) for each in found.headers],
    )


def _frame(table: CsvFileTable, dates: bool) -> Any:
    return frames.frame_of(*table._typed(), dates=dates, parsed=True)


_MAKERS: dict[str, tuple[Callable[[], Any] | None, Callable[[CsvFileTable, bool], Any]]] = {
    "pandas": (frames.pandas, _frame),
    "polars": (frames.polars, CsvFileTable.asPolars),
    "arrow": (frames.arrow, CsvFileTable.asArrow),
    "dicts": (None, CsvFileTable.asDicts),
}


def maker_of(form: str) -> Callable[[CsvFileTable, bool], Any]:
    """What makes something of a result: from the file, and whether dates are wanted.

    Raises:
        ImportError: What is needed for it is not installed.
        ValueError: Nothing does.
    """
    if form not in _MAKERS:
        raise ValueError(f"A result is one of {', '.join(_MAKERS)}, not {form!r}.")
    needed, make = _MAKERS[form]
    if needed is not None:
        needed()  # better said before the query than after
    return make


def frame_or_columns(table: CsvFileTable, columns: dict[str, list[Any]]) -> Any:
    """A result as a data frame; without pandas, its columns."""
    try:
        return table.asDataFrame(False)
    except ImportError:
        return columns


def _temporary() -> str:
    number, path = tempfile.mkstemp(prefix="synapse-table-", suffix=".csv")
    os.close(number)
    return path


def read_columns(path: str, dialect: Dialect) -> dict[str, list[Any]]:
    """The columns of a CSV file, with the values that all texts of each can be."""
    lines = dialect.read(path)
    names = next(lines, [])
    columns = frames.transposed(lines, len(names))
    return {name: cells.guessed(texts) for name, texts in zip(names, columns, strict=True)}
