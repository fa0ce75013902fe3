"""Indexes: DuckDB files that are made of what the database has, and that queries run on.

They can be deleted at any time. An index knows the last change that it has, written in the same
engine transaction as the rows, and takes the rest from the truth when it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import tempfile
import threading
from abc import ABC, abstractmethod
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb
import msgspec

from synapse_server.blobs.base import BlobStore
from synapse_server.kernel.database import Database
from synapse_server.kernel.jobs import preparing
from synapse_server.kernel.scratch import Scratch
from synapse_server.tables import changes, columns, store
from synapse_server.tables.deadlines import Deadline, deadlines
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.store import Part
from synapse_wire.errors import BadRequest, StaleEtag, Unavailable

T = TypeVar("T")
F = TypeVar("F", bound="IndexFile")
log = logging.getLogger("synapse.tables")

QUERY_SECONDS = 15.0
SAVE_SECONDS = 600.0
ALL = "SELECT * FROM r"
"""All rows of an index."""
_MEMORY = "1GB"
_MEMORY_OF_FILES = "500MB"
_THREADS = 2
_MOST_OPEN = 16
_PARTS_AT_ONCE = 200
_MANY = 50_000
"""Rows that take long to take over."""
_LATE = 0.2
"""Seconds after which an index that catches up takes turns with others."""
_TURNS = 2
"""So many long steps of indexes that catch up are done at once."""
_MOST_TEMPORARY = "20GB"
"""Of the disk, for what a query has no memory for."""
_MOST_LATE = "100000"
"""Rows of a page, at most, that are found by what orders them before their columns are read."""
_AGAIN = 0.05
"""Seconds between two interruptions: one that comes between two statements is lost."""

_DAMAGE = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
_DAMAGED = "The index of the rows was damaged, and is made anew. Ask again."
_OF = re.compile(r"[a-z]?(\d+)(?:-|\Z)")
"""The entity that the file of an index is named after."""

_PHYSICAL = {"DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN"}
_TEXT = ("STRING", "LINK", "MEDIUMTEXT", "LARGETEXT")


def physical(kind: str) -> str:
    """The engine's type for a column type."""
    inner = columns.element(kind)
    if inner in _TEXT:
        # Text is compared as people read it: neither case nor accents count.
        name = "VARCHAR" if columns.is_list(kind) else "VARCHAR COLLATE NOCASE.NOACCENT"
    elif inner == "JSON":
        name = "VARCHAR"
    else:
        name = _PHYSICAL.get(inner, "BIGINT")
    return name + "[]" if columns.is_list(kind) else name


def as_value(text: str, kind: str) -> str:
    """SQL that makes a stored text a value of the column."""
    name = physical(kind).replace(" COLLATE NOCASE.NOACCENT", "")
    if columns.is_list(kind):
        return f"CAST(CAST({text} AS JSON) AS {name})"
    return text if name == "VARCHAR" else f"CAST({text} AS {name})"


def _text(column: str, kind: str) -> str:
    """SQL for the text that a value of the column is converted by."""
    if columns.is_list(kind):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind == "ENTITYID":
        return f"'syn' || {column}"
    return f"CAST({column} AS VARCHAR)"


def converted(column: str, old: str, new: str) -> str:
    """SQL that makes a value of one type one of another; NULL where it cannot be."""
    text = _text(column, old)
    if old == new or physical(old) == physical(new):
        return column
    if columns.is_list(new) and not columns.is_list(old):
        inner = physical(columns.element(new)).replace(" COLLATE NOCASE.NOACCENT", "")
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE [TRY_CAST({column} AS {inner})] END"
    if columns.is_list(new):
        return f"TRY_CAST(TRY_CAST({text} AS JSON) AS {physical(new)})"
    if new == "ENTITYID":
        return f"TRY_CAST(regexp_replace(lower({text}), '^syn', '') AS BIGINT)"
    return f"TRY_CAST({text} AS {physical(new).replace(' COLLATE NOCASE.NOACCENT', '')})"


_reading: ContextVar[list[duckdb.DuckDBPyConnection]] = ContextVar("reading")
"""What the thread that ``in_thread`` started reads with."""


async def in_thread(work: Callable[..., T], *given: Any) -> T:
    """Do something in a thread. Who is cancelled meanwhile waits until it has ended; what is read
    is interrupted."""
    cursors: list[duckdb.DuckDBPyConnection] = []
    token = _reading.set(cursors)
    try:
        task = asyncio.ensure_future(asyncio.to_thread(work, *given))
    finally:
        _reading.reset(token)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            for cursor in list(cursors):
                cursor.interrupt()
            await asyncio.wait([task], timeout=_AGAIN)
        raise


@dataclass
class _CatchingUp:
    """An index that catches up."""

    turns: asyncio.Semaphore
    late_from: float
    """On the loop's clock."""


_catching_up: ContextVar[_CatchingUp | None] = ContextVar("catching up", default=None)


@contextlib.asynccontextmanager
async def turn(*, is_long: bool = False) -> AsyncIterator[None]:
    """Around a step of an index that catches up: of long ones, few are done at once, so that many
    indexes that are built leave time to small queries. A step waits for nobody who takes turns.

    Args:
        is_long: The step is known to take long. Others are taken for long once the whole has.
    """
    found = _catching_up.get()
    if found is None or not (is_long or asyncio.get_running_loop().time() > found.late_from):
        yield
        return
    async with found.turns:
        token = _catching_up.set(None)  # what is in the step is part of it
        try:
            yield
        finally:
            _catching_up.reset(token)


def _engine(path: str, spool: Path, **options: str) -> duckdb.DuckDBPyConnection:
    """An engine that reads and writes a file of its own and those of the spool."""
    db = duckdb.connect(
        path,
        config={
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "temp_directory": str(spool / "temp"),
            "max_temp_directory_size": _MOST_TEMPORARY,
            **options,
        },
    )
    try:
        db.execute(f"SET allowed_directories = [{quote(f'{spool}/')}]")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
    except BaseException:
        db.close()
        raise
    return db


@contextlib.contextmanager
def engine_of_files(spool: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for what is made of the files of the spool, for a thread of ``in_thread``."""
    db = _engine(":memory:", spool, memory_limit=_MEMORY_OF_FILES)
    cursors = _reading.get([])
    cursors.append(db)
    try:
        yield db
    finally:
        cursors.remove(db)
        db.close()


class IndexFile(ABC):
    """A DuckDB file of rows in ``r``, and what it has of them in ``state``. Used from threads."""

    FORMAT = 0
    """Raise it when what the file has changes: older ones are made anew."""
    CREATE: tuple[str, ...] = ()
    """What makes ``state``, with the format in its column of that name, and ``r``."""

    def __init__(self, path: Path, spool: Path) -> None:
        self.spool = spool
        self.is_damaged = False
        """Whether it could not be read or written. Then it is of no use any more."""
        self._lock = threading.Lock()
        self._db = self._open(path)

    def _open(self, path: Path) -> duckdb.DuckDBPyConnection:
        try:
            return self._connect(path)
        except (duckdb.Error, AssertionError) as error:
            log.warning("The index %s is made anew: %s", path.name, error)
            _unlink(path)
            return self._connect(path)

    def _connect(self, path: Path) -> duckdb.DuckDBPyConnection:
        db = _engine(str(path), self.spool, late_materialization_max_rows=_MOST_LATE)
        try:
            db.begin()
            if db.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'state'").fetchone():
                found = db.execute("SELECT format FROM state").fetchone()
                assert found == (self.FORMAT,), "it is of another release"
            else:
                for statement in self.CREATE:
                    db.execute(statement)
            self._begin(db)
            db.commit()
        except BaseException:
            db.close()
            raise
        return db

    @abstractmethod
    def _begin(self, db: duckdb.DuckDBPyConnection) -> None:
        """Make what depends on more than the kind of index, and read where it stands."""

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction that changes the rows, all or nothing.

        NOTE: one at a time; who holds the index by ``Indexes.use`` may, while it catches up.
        """
        with self._lock:
            cursor = self._db.cursor()
        try:
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # then there is none any more
                    cursor.rollback()
                raise
        except _DAMAGE as error:
            raise self._damaged(error) from error
        finally:
            cursor.close()

    @contextlib.contextmanager
    def reading(self, seconds: float = QUERY_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
        """One view of the rows for several queries, within so many seconds.

        Raises:
            BadRequest: A query cannot be run, or takes too long.
        """
        with self._lock:
            cursor = self._db.cursor()
        cursors = _reading.get([])
        cursors.append(cursor)
        deadline: Deadline | None = None
        try:
            with deadlines.within(seconds, cursor.interrupt) as deadline:
                cursor.begin()
                yield cursor
        except duckdb.InterruptException:
            raise BadRequest(
                f"The query took longer than {seconds:g} seconds, and was stopped. Ask for less: a"
                " condition, fewer columns, a LIMIT."
            ) from None
        except duckdb.OutOfMemoryException:
            raise BadRequest("The query needs more memory than a query may have.") from None
        except _DAMAGE as error:
            raise self._damaged(error) from error
        except duckdb.Error as error:
            if deadline is not None and deadline.is_over:
                raise BadRequest(f"The query took longer than {seconds:g} seconds.") from None
            raise BadRequest(f"The query cannot be run: {_first_line(error)}") from None
        finally:
            cursors.remove(cursor)
            cursor.close()

    def _damaged(self, error: duckdb.Error) -> Damaged:
        self.is_damaged = True
        log.error("An index cannot be read or written: %s", error)
        return Damaged(_DAMAGED)

    def save(self, parquet: Path, sql: str = ALL) -> None:
        """Write rows as Parquet, into the spool; see ``save``."""
        with self.reading(SAVE_SECONDS) as db:
            save(db, parquet, sql)


def save(db: duckdb.DuckDBPyConnection, parquet: Path, sql: str) -> None:
    """Write rows as Parquet: all, or what a query makes of them."""
    path = str(parquet).replace("'", "''")
    db.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


class Index(IndexFile):
    """The rows of a table."""

    FORMAT = 3
    CREATE = (
        f"CREATE TABLE state AS SELECT {FORMAT} AS format, CAST(0 AS BIGINT) AS version,"
        " '[]' AS columns",
        "CREATE TABLE r (ROW_ID BIGINT, ROW_VERSION BIGINT)",
    )

    def _begin(self, db: duckdb.DuckDBPyConnection) -> None:
        row = db.execute("SELECT version, columns FROM state").fetchone()
        assert row is not None
        self.version: int = row[0]
        self._columns = msgspec.json.decode(row[1], type=list[changes.Column])

    # -------------------------------------------------------------- what it takes over

    def apply(self, parts: Sequence[Part], files: dict[str, Path]) -> None:
        """Take over the next changes, all or none.

        Args:
            parts: Of whole changes, in order.
            files: Where the blobs of the parts are, in the spool.
        """
        before = self._columns
        version = max([self.version, *(part.number for part in parts)])
        try:
            with self.changing() as cursor:
                for part in parts:
                    if part.number > self.version:
                        self._apply(cursor, part, files)
                kept = msgspec.json.encode(self._columns).decode()
                cursor.execute("UPDATE state SET version = ?, columns = ?", [version, kept])
        except BaseException:
            self._columns = before
            raise
        self.version = version

    def _apply(self, cursor: duckdb.DuckDBPyConnection, part: Part, files: dict[str, Path]) -> None:
        if part.kind == changes.SCHEMA:
            self._restructure(cursor, msgspec.json.decode(part.detail, type=changes.Schema))
        elif part.kind == changes.DELETE:
            gone = msgspec.json.decode(part.detail, type=changes.Deleted)
            cursor.execute(
                "DELETE FROM r WHERE ROW_ID IN (SELECT unnest(CAST(? AS BIGINT[])))", [gone.rows]
            )
        else:
            cells = msgspec.json.decode(part.detail, type=changes.Cells)
            source, values = _source(part, cells, files)
            if part.kind == changes.APPEND:
                self._append(cursor, part, cells, source, values)
            else:
                self._update(cursor, part, cells, source, values)

    def _append(
        self,
        cursor: duckdb.DuckDBPyConnection,
        part: Part,
        cells: changes.Cells,
        source: str,
        values: list[Any],
    ) -> None:
        kinds = {each.id: each.type for each in self._columns}
        names = "".join(f", C{id}" for id in cells.columns)
        casts = "".join(f", {as_value(f's.c{i}', kinds[id])}" for i, id in enumerate(cells.columns))
        cursor.execute(
            f"INSERT INTO r (ROW_ID, ROW_VERSION{names})"
            f" SELECT {part.first_row} + s.i, {part.number}{casts} FROM {source} s ORDER BY s.i",
            values,
        )

    def _update(
        self,
        cursor: duckdb.DuckDBPyConnection,
        part: Part,
        cells: changes.Cells,
        source: str,
        values: list[Any],
    ) -> None:
        kinds = {each.id: each.type for each in self._columns}
        sets = "".join(
            f", C{id} = {as_value(f's.c{i}', kinds[id])}" for i, id in enumerate(cells.columns)
        )
        cursor.execute(
            f"UPDATE r SET ROW_VERSION = {part.number}{sets} FROM {source} s WHERE r.ROW_ID = s.i",
            values,
        )

    def _restructure(self, cursor: duckdb.DuckDBPyConnection, schema: changes.Schema) -> None:
        old = {each.id: each for each in self._columns}
        kept = {id for id, was in schema.became.items() if id == was}
        made = [each for each in schema.columns if each.id not in kept]
        # A column may take the place of another and get its values from a third.
        for column in made:
            cursor.execute(f"ALTER TABLE r ADD COLUMN N{column.id} {physical(column.type)}")
            was = schema.became.get(column.id)
            if was is not None:
                value = converted(f"C{was}", old[was].type, column.type)
                cursor.execute(f"UPDATE r SET N{column.id} = {value}")
            if column.default is not None:
                value = as_value("CAST(? AS VARCHAR)", column.type)
                cursor.execute(
                    f"UPDATE r SET N{column.id} = {value} WHERE N{column.id} IS NULL",
                    [column.default],
                )
        for id in old.keys() - kept:
            cursor.execute(f"ALTER TABLE r DROP COLUMN C{id}")
        for column in made:
            cursor.execute(f"ALTER TABLE r RENAME COLUMN N{column.id} TO C{column.id}")
        self._columns = schema.columns

    # -------------------------------------------------------------- what it is asked

    @contextlib.contextmanager
    def reading_as(
        self, columns: Sequence[int], seconds: float = QUERY_SECONDS
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """One view of the rows, which have just these columns, in this order; see ``reading``.

        Raises:
            Restructured: They have others by now.
        """
        with self.reading(seconds) as db:
            row = db.execute("SELECT columns FROM state").fetchone()
            assert row is not None
            found = msgspec.json.decode(row[0], type=list[changes.Column])
            if [each.id for each in found] != list(columns):
                raise Restructured("The columns of the table were changed meanwhile. Try again.")
            yield db

    def row_versions(self, rows: Sequence[int]) -> dict[int, int]:
        """The versions of those of these rows that exist."""
        with self.reading() as db:
            return {row: version for row, (version, _) in cells(db, rows, []).items()}


class Damaged(Unavailable):
    """The file of an index cannot be read or written."""


class Restructured(StaleEtag):
    """A table has other columns than when it was looked at."""


def cells(
    db: duckdb.DuckDBPyConnection, rows: Sequence[int], columns: Sequence[int]
) -> dict[int, tuple[int, list[Any]]]:
    """The versions and some cells of those of these rows that exist."""
    names = "".join(f", C{id}" for id in columns)
    found = db.execute(
        f"SELECT ROW_ID, ROW_VERSION{names} FROM r"
        " WHERE ROW_ID IN (SELECT unnest(CAST(? AS BIGINT[])))",
        [list(rows)],
    ).fetchall()
    return {row[0]: (row[1], list(row[2:])) for row in found}


def unconvertible(
    db: duckdb.DuckDBPyConnection, column: int, old: str, new: ColumnLimits
) -> tuple[int, str] | None:
    """A row whose value cannot become one of another type, and the value's text."""
    text = _text(f"C{column}", old)
    value = converted(f"C{column}", old, new.type)
    wrong = f"{value} IS NULL"
    if new.size is not None and not columns.is_list(new.type):
        wrong = f"({wrong} OR length({text}) > {new.size})"
    elif new.size is not None:
        wrong = f"({wrong} OR list_max(list_transform({value}, lambda x: length(x))) > {new.size})"
    if new.length is not None and columns.is_list(old):
        wrong = f"({wrong} OR len({value}) > {new.length})"
    found = db.execute(
        f"SELECT ROW_ID, {text} FROM r"
        f" WHERE C{column} IS NOT NULL AND {wrong} ORDER BY ROW_ID LIMIT 1"
    ).fetchone()
    return None if found is None else (found[0], found[1])


class ColumnLimits(msgspec.Struct, frozen=True):
    """What a column takes: type, characters, values of a list."""

    type: str
    size: int | None
    length: int | None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _source(part: Part, cells: changes.Cells, files: dict[str, Path]) -> tuple[str, list[Any]]:
    """A relation of ``i`` (a row's id, or its place among new rows) and ``c0``, ``c1`` …"""
    if part.blob is not None:
        path = str(files[part.blob]).replace("'", "''")
        return f"(SELECT * FROM read_parquet('{path}'))", []
    number = "unnest(CAST(? AS BIGINT[]))"
    names = "".join(f", unnest(CAST(? AS VARCHAR[])) AS c{i}" for i in range(len(cells.columns)))
    rows = cells.rows or list(range(part.row_count))
    return f"(SELECT {number} AS i{names})", [rows, *cells.cells]


def write_parquet(path: Path, cells: changes.Cells, count: int) -> None:
    """Write rows as Parquet, as ``_source`` reads them."""
    # The engine reads a file of JSON several times faster than it takes over lists of Python.
    places = range(len(cells.columns))
    lists = {"i": cells.rows or list(range(count))} | {f"c{i}": cells.cells[i] for i in places}
    json = path.with_suffix(".json")
    json.write_bytes(msgspec.json.encode(lists))
    kinds = "".join(f", c{i}: 'VARCHAR[]'" for i in places)
    source = (
        f"read_json({quote(str(json))}, format = 'unstructured',"
        f" columns = {{i: 'BIGINT[]'{kinds}}}, maximum_object_size = {json.stat().st_size + 1})"
    )
    rows = ", ".join(f"unnest({name}) AS {name}" for name in lists)
    with duckdb.connect(":memory:", config={"threads": 1}) as db:
        db.execute(
            f"COPY (SELECT {rows} FROM {source}) TO {quote(str(path))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    json.unlink()


class Indexes:
    """All indexes of this process. A file belongs to one process."""

    def __init__(
        self, folder: Path | None, scratch: Scratch, db: Database, blobs: BlobStore
    ) -> None:
        """
        Args:
            folder: Where to keep the files; None for a folder that goes with the process.
            scratch: Where what goes with the process is.
            db: Where the changes are.
            blobs: Where the large ones are.
        """
        self._kept = folder
        self._scratch = scratch
        self._db = db
        self._blobs = blobs
        self._open: OrderedDict[str, IndexFile] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._in_use: dict[str, int] = {}
        """How many use an index or wait for it."""
        self._at_work: Counter[str] = Counter()
        """How many threads use it."""
        self._turns = asyncio.Semaphore(_TURNS)

    def folder(self) -> Path:
        """Where the files are; made when first asked for, and again when somebody cleaned up."""
        if self._kept is None:
            return self._scratch.folder("tables")
        if not self._kept.is_dir():
            # Rows are as secret as the database.
            self._kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._kept.chmod(0o700)
        return self._kept

    @property
    def spool(self) -> Path:
        """Where files are that an index is to read."""
        return self._scratch.folder("spool")

    async def use(
        self,
        name: str,
        kind: Callable[[Path, Path], F],
        catch_up: Callable[[F], Awaitable[None]],
        work: Callable[[F], T],
    ) -> T:
        """Do something, in a thread, with an index.

        Args:
            name: The file's, which says what is in it: a letter, but for tables, and the number
                of the entity; more may follow after a hyphen.
            kind: Opens the file, if nobody has yet, or makes it; it is given its path and the
                spool. Whoever uses the name opens it as the same.
            catch_up: Brings the index up to date before; nobody else does so meanwhile.
            work: What to do. Others may do something with the same index at that time.
        """
        self._in_use[name] = self._in_use.get(name, 0) + 1
        try:
            # To wait for another who brings the same index up to date is part of it.
            async with preparing(), self._locks.setdefault(name, asyncio.Lock()):
                held = await self._ready(name, kind)
                try:
                    await self._bring_up(held, catch_up)
                except Damaged:
                    held = await self._ready(name, kind)
                    await self._bring_up(held, catch_up)
                self._at_work[name] += 1
            try:
                async with turn():  # what one index reads of another to catch up is a step, too
                    return await in_thread(work, held)
            finally:
                self._at_work[name] -= 1
        finally:
            self._in_use[name] -= 1
            if not self._in_use[name]:
                del self._in_use[name]
            await self._close_some()

    async def _bring_up(self, index: F, catch_up: Callable[[F], Awaitable[None]]) -> None:
        if _catching_up.get() is not None:  # for another, whose step or time it is
            await catch_up(index)
            return
        late_from = asyncio.get_running_loop().time() + _LATE
        token = _catching_up.set(_CatchingUp(self._turns, late_from))
        try:
            await catch_up(index)
        finally:
            _catching_up.reset(token)

    async def _ready(self, name: str, kind: Callable[[Path, Path], F]) -> F:
        """The index, open, and made anew if it was damaged. NOTE: the caller holds its lock.

        Raises:
            Damaged: It is, and somebody still reads it.
        """
        index = self._open.get(name)
        if index is not None and index.is_damaged:
            if self._at_work[name]:  # two files of one name would be taken for one
                raise Damaged(_DAMAGED)
            log.warning("The index %s is damaged, and made anew", name)
            await self._delete(name)
            index = None
        if index is None:
            index = await in_thread(kind, self.folder() / f"{name}.duckdb", self.spool)
            self._open[name] = index
        self._open.move_to_end(name)
        return cast(F, index)

    async def use_table(
        self, table: int, version: int, work: Callable[[Index], T], *, no_later: bool = False
    ) -> T:
        """Do something, in a thread, with the index of a table.

        Args:
            table: Which one.
            version: The index has at least the changes up to this one.
            work: What to do.
            no_later: It has no change after it either: a snapshot is an index of its own.
        """
        return await self.use(
            f"{table}-{version}" if no_later else str(table),
            Index,
            lambda index: self._catch_up(index, table, version, no_later),
            work,
        )

    async def _catch_up(self, index: Index, table: int, version: int, no_later: bool) -> None:
        while index.version < version:
            after = index.version
            look = partial(store.changes_after, table=table, number=after, most=_PARTS_AT_ONCE)
            parts = await self._db.scan(look)
            if no_later:
                parts = [part for part in parts if part.number <= version]
            if not parts:
                raise Unavailable(f"The changes of syn{table} after {after} are not there.")
            is_long = sum(part.row_count for part in parts) > _MANY
            with tempfile.TemporaryDirectory(dir=self.spool) as folder:
                async with turn(is_long=is_long):
                    await self._take_over(index, parts, Path(folder))

    async def _take_over(self, index: Index, parts: Sequence[Part], folder: Path) -> None:
        files = {}
        for number, part in enumerate(parts):
            if part.blob is not None:
                path = folder / f"{number}.parquet"
                await self._blobs.fetch(part.blob, path)
                files[part.blob] = path
        await in_thread(index.apply, parts, files)

    async def drop_others(self, prefix: str, name: str) -> None:
        """Delete the files whose names begin so, but for one and those that are in use."""
        await self._drop(other for other in self._names(prefix) if other != name)

    async def sweep(self, existing: Callable[[list[int]], Awaitable[set[int]]]) -> None:
        """Delete the files of entities that are no more, but for those that are in use.

        Args:
            existing: Those of these entities that there are.
        """
        names = {name: int(found[1]) for name in self._names() if (found := _OF.match(name))}
        if names:
            there = await existing(sorted(set(names.values())))
            await self._drop(name for name, entity in names.items() if entity not in there)

    def _names(self, prefix: str = "") -> list[str]:
        """What begins so, of the files as of what was written ahead of them."""
        found = self.folder().glob(f"{prefix}*.duckdb*")
        return sorted({path.name.partition(".")[0] for path in found})

    async def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            lock = self._locks.setdefault(name, asyncio.Lock())
            # Nobody waits for a lock here who holds one: two could wait for each other.
            if name in self._in_use or lock.locked():
                continue
            async with lock:
                await self._delete(name)

    async def _delete(self, name: str) -> None:
        """Close and delete an index. NOTE: the caller holds its lock."""
        index = self._open.pop(name, None)
        if index is not None:
            await in_thread(index.close)
        _unlink(self.folder() / f"{name}.duckdb")

    async def _close_some(self) -> None:
        for name in list(self._open):
            if len(self._open) <= _MOST_OPEN:
                return
            lock = self._locks.setdefault(name, asyncio.Lock())
            if name in self._in_use or lock.locked():
                continue
            async with lock:  # who wants it meanwhile waits, and opens it again
                index = self._open.pop(name, None)
                if index is not None:
                    await in_thread(index.close)

    async def close(self) -> None:
        """Let go of all files."""
        while self._open:
            _, index = self._open.popitem()
            await asyncio.to_thread(index.close)


def _unlink(path: Path) -> None:
    """Delete the file of an index, and what was written ahead of it."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
