"""Changes of tables: what a transaction is made of, and when it may happen."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TextIO, TypeVar

import duckdb
import msgspec

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.files import archive, handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx, Work
from synapse_server.kernel.jobs import Job
from synapse_server.tables import changes, columns, plain_csv, rows, store
from synapse_server.tables.changes import Committed
from synapse_server.tables.index import (
    ALL,
    QUERY_SECONDS,
    SAVE_SECONDS,
    ColumnLimits,
    Index,
    Indexes,
    engine_of_files,
    in_thread,
    save,
    unconvertible,
    write_parquet,
)
from synapse_server.tables.sql.relations import SYSTEM
from synapse_server.tables.store import Part, State
from synapse_wire import tables as wire
from synapse_wire.errors import BadRequest, Forbidden, NotFound, StaleEtag
from synapse_wire.tables import ColumnModel

T = TypeVar("T")

_PARTS_AT_ONCE = 200
_WRONG_TYPES = (
    (("FILEHANDLEID",), "A column of file handles cannot become one of another type."),
    (("JSON",), "A column of JSON cannot become one of another type."),
)
_LEAST_CELL = 3
"""Characters of a cell that is kept inline, with what is between two, at least."""


@dataclass(frozen=True)
class Seen:
    """A table as it was found; a ``Source`` of queries."""

    table: int
    columns: list[ColumnModel]
    state: State
    row: Row
    is_snapshot: bool = False
    """Whether it is seen as it stood at an earlier moment."""

    system = SYSTEM
    rows = "r"
    sizes = None
    benefactors: ClassVar[Mapping[str, str]] = {}

    @property
    def etag(self) -> str:
        """That of its last change, or of the entity."""
        return self.state.etag or str(self.row["etag"])

    @property
    def changed_on(self) -> int:
        """When it was changed last."""
        return self.state.changed_on

    def reading(
        self, index: Index, seconds: float = QUERY_SECONDS
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The rows, which have the columns that were seen; see ``Index.reading_as``."""
        return index.reading_as([int(each.id or 0) for each in self.columns], seconds)

    async def use(
        self,
        job: Job,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float = QUERY_SECONDS,
    ) -> T:
        """Do something with the rows as they were seen, or as they are later."""

        def read(index: Index) -> T:
            with self.reading(index, seconds) as db:
                return work(db)

        return await job.need(Indexes).use_table(
            self.table, self.state.version, read, no_later=self.is_snapshot
        )

    async def copy(self, job: Job, path: Path, known: str | None = None, sql: str = ALL) -> str:
        """Write all rows; see ``Source``."""

        def write(index: Index) -> str:
            stamp = str(index.version)
            if stamp != known:
                with self.reading(index, SAVE_SECONDS) as db:
                    save(db, path, sql)
            return stamp

        return await job.need(Indexes).use_table(
            self.table, self.state.version, write, no_later=self.is_snapshot
        )


async def look(
    tx: Tx, caller: Caller, table: int, bit: int, policy: Policy, version: int | None = None
) -> Seen:
    """A table that the caller may treat so.

    Raises:
        BadRequest: It is no table.
    """
    row = await entities.load(tx, caller, table, bit, policy, version=version)
    if row["type"] != "table":
        raise BadRequest(f"syn{table} is a {row['type']}, not a table.")
    models = await columns.load(tx, entities.column_ids(row))
    kept = None if version is None else await store.snapshot(tx, table, version)
    if kept is not None:
        return Seen(table, models, kept, row, is_snapshot=True)
    return Seen(table, models, await store.state(tx, table), row)


async def look_to_query(
    tx: Tx, caller: Caller, table: int, policy: Policy, version: int | None = None
) -> Seen:
    """A table whose rows the caller may have: that takes READ and DOWNLOAD."""
    await entities.load(tx, caller, table, bits.READ, policy, version=version)
    return await look(tx, caller, table, bits.DOWNLOAD, policy, version)


def parse_table(text: str | None) -> int:
    """The number of a table that is to be changed."""
    if not text:
        raise BadRequest("The request names no table: entityId is needed.")
    number, version = ids.parse_versioned(text)
    if version is not None:
        raise BadRequest("A snapshot is immutable and cannot be updated.")
    return number


def named(path: str, *also: str | None) -> str:
    """The table of a request, which the path names and the body may name as well.

    Raises:
        BadRequest: They name two.
    """
    number = ids.parse_versioned(path)
    for each in also:
        if each is not None and ids.parse_versioned(each) != number:
            raise BadRequest(f"The path names {path}, the body {each}.")
    return path


# ------------------------------------------------------------------ steps of a transaction


@dataclass
class Step:
    """One change that is ready to be written."""

    parts: list[Part]
    respond: Callable[[Committed], wire.TableUpdateResponse]
    touched: rows.RowIds = field(default_factory=rows.RowIds)
    files: set[int] = field(default_factory=set)


class _Plan:
    """Makes steps of the changes of a request, one after the other."""

    def __init__(self, job: Job, seen: Seen, folder: Path) -> None:
        self._job = job
        self._seen = seen
        self._folder = folder
        self._indexes = job.need(Indexes)
        self._blobs = job.need(BlobStore)  # type: ignore[type-abstract]
        self.columns = seen.columns
        self.is_search_enabled: bool | None = None
        """Whether it is from now on; None if that does not change."""
        self.steps: list[Step] = []
        self.must_stay = False
        """Whether nothing may have changed when the steps are written."""
        self._inline = 0
        """Characters of the details of all parts so far."""

    async def add(self, change: wire.TableUpdateRequest) -> None:
        """Check a change and make it ready."""
        if isinstance(change, wire.TableSchemaChangeRequest):
            self.steps.append(await self._schema(change))
        elif isinstance(change, wire.AppendableRowSetRequest):
            self.steps.append(await self._rows(change))
        elif isinstance(change, wire.UploadToTableRequest):
            self.steps.append(await self._csv(change))
        else:
            self.steps.append(self._search(change))

    # -------------------------------------------------------------- rows

    async def _rows(self, change: wire.AppendableRowSetRequest) -> Step:
        given = change.to_append
        if given is None:
            raise BadRequest("toAppend has no rows.")
        if given.table_id is not None and parse_table(given.table_id) != self._seen.table:
            raise BadRequest(f"toAppend is of {given.table_id}, not of syn{self._seen.table}.")
        if isinstance(given, wire.RowSet):
            found = await asyncio.to_thread(rows.from_row_set, given, self.columns)
            if given.etag is not None:
                await self._raise_base(found, given.etag)
        else:
            found = await asyncio.to_thread(rows.from_partial_rows, given, self.columns)
        if not found.order:
            raise BadRequest("toAppend has no rows.")
        await self._check_rows(found)
        headers = [
            wire.SelectColumn(name=each.name, column_type=each.column_type, id=each.id)
            for each in self.columns
        ]
        table_id = ids.wire(self._seen.table)

        def respond(done: Committed) -> wire.TableUpdateResponse:
            next_row = done.first_row
            references = []
            for row in found.order:
                if row is None:
                    row, next_row = next_row, next_row + 1
                references.append(wire.RowReference(row_id=row, version_number=done.number))
            answer = wire.RowReferenceSet(
                table_id=table_id, etag=done.etag, headers=headers, rows=references
            )
            return wire.RowReferenceSetResults(row_reference_set=answer)

        step = Step([], respond)
        await self._fill(step, found)
        return step

    async def _fill(self, step: Step, found: rows.Incoming) -> None:
        """Take rows into a step that were checked."""
        step.parts += await self._parts(found)
        step.files |= self._files(found)
        for row in found.touched:
            if row in step.touched:
                raise BadRequest(f"The CSV file names the row {row} twice.")
            step.touched.add(row)

    async def _raise_base(self, found: rows.Incoming, etag: str) -> None:
        table = self._seen.table
        version = await self._job.db.read(lambda tx: store.version_of_etag(tx, table, etag))
        if version is None:
            raise StaleEtag(f"syn{table} never had the etag {etag}. Query it again.")
        if found.base is not None:
            found.base = max(found.base, version)

    async def _check_rows(self, found: rows.Incoming) -> None:
        touched = found.touched
        if not touched:
            return
        current = await self._ask(lambda index: index.row_versions(touched))
        for row in touched:
            if row not in current:
                raise NotFound(f"syn{self._seen.table} has no row {row}; it may have been deleted.")
        if found.base is None:
            return
        for sheet in found.updated:
            for row in sheet.rows:
                if current[row] > found.base:
                    raise _conflict(self._seen.table, row)

    async def _ask(self, work: Callable[[Index], T]) -> T:
        return await self._indexes.use_table(self._seen.table, self._seen.state.version, work)

    def _files(self, found: rows.Incoming) -> set[int]:
        of_files = {int(e.id or 0) for e in self.columns if e.column_type == "FILEHANDLEID"}
        return {
            int(text)
            for sheet in (*found.appended, *found.updated)
            for id, cells in zip(sheet.columns, sheet.cells, strict=True)
            if id in of_files
            for text in cells
            if text is not None
        }

    async def _parts(self, found: rows.Incoming) -> list[Part]:
        parts = [await self._part(sheet, changes.appended) for sheet in found.appended]
        parts += [await self._part(sheet, changes.updated) for sheet in found.updated]
        if found.deleted:
            parts.append(changes.deleted(found.deleted))
        return parts

    async def _part(
        self, sheet: rows.Sheet, make: Callable[[int, changes.Cells, str | None], Part]
    ) -> Part:
        if sheet.count * len(sheet.columns) <= changes.MOST_INLINE // _LEAST_CELL:
            part = make(sheet.count, sheet.as_cells(), None)
            size = self._inline + len(part.detail)
            if len(part.detail) <= changes.MOST_INLINE and size <= changes.MOST_INLINE_OF_ALL:
                self._inline = size
                return part
        path = self._new_parquet()
        await asyncio.to_thread(write_parquet, path, sheet.as_cells(), sheet.count)
        return make(sheet.count, changes.Cells(sheet.columns), await self._keep(path))

    def _new_parquet(self) -> Path:
        return self._folder / f"{uuid.uuid4()}.parquet"

    async def _keep(self, parquet: Path) -> str:
        """Put the rows of a part into the blob store; their key there."""
        md5 = await asyncio.to_thread(archive.md5_of, parquet)
        key = f"{self._job.caller.id}/{parquet.stem}/rows.parquet"
        await self._blobs.take(key, parquet, md5)
        return key

    # -------------------------------------------------------------- CSV

    async def _csv(self, change: wire.UploadToTableRequest) -> Step:
        step = Step([], lambda done: wire.UploadToTableResult(rows_processed=count, etag=done.etag))
        async with csv_path(self._job, change.upload_file_handle_id) as path:
            taken = await self._plain_csv(step, path, change)
            count = await self._any_csv(step, path, change) if taken is None else taken
        return step

    async def _plain_csv(
        self, step: Step, path: Path, change: wire.UploadToTableRequest
    ) -> int | None:
        """Take the rows of a large file that the engine reads; their number, or None."""
        if change.update_etag is not None or path.stat().st_size < plain_csv.LEAST_BYTES:
            return None
        parquet = self._new_parquet()

        def read() -> plain_csv.Taken | None:
            descriptor = change.csv_table_descriptor
            with opened(path) as file:
                head = rows.head(
                    file, descriptor, change.lines_to_skip or 0, change.column_ids, self.columns
                )
            with engine_of_files(self._indexes.spool) as db:
                return plain_csv.take(db, path, descriptor, head, self.columns, parquet)

        taken = await in_thread(read)
        if taken is None:
            return None
        await self._check_files(taken.files)
        step.files |= taken.files
        cells = changes.Cells(taken.columns)
        step.parts.append(changes.appended(taken.count, cells, await self._keep(parquet)))
        return taken.count

    async def _any_csv(self, step: Step, path: Path, change: wire.UploadToTableRequest) -> int:
        """Take the rows of any file; their number."""
        count = 0
        with opened(path) as file:
            chunks = rows.from_csv(
                file,
                change.csv_table_descriptor,
                change.lines_to_skip or 0,
                change.column_ids,
                self.columns,
            )
            async with contextlib.aclosing(_made_ahead(chunks)) as every:
                async for found in every:
                    if change.update_etag is not None:
                        await self._raise_base(found, change.update_etag)
                    await self._check_rows(found)
                    await self._check_files(self._files(found))
                    await self._fill(step, found)
                    count += len(found.order)
                    await self._job.progress(count, count, f"{count} rows are read")
        return count

    async def _check_files(self, files: set[int]) -> None:
        """Refuse files early that will be refused: a large file may name very many of them."""
        wanted = sorted(files)
        await self._job.db.read(
            lambda tx: _new_files(tx, self._job.caller, self._seen.table, wanted, keep=False)
        )

    # -------------------------------------------------------------- columns

    async def _schema(self, change: wire.TableSchemaChangeRequest) -> Step:
        before = self.columns
        after, became = await restructured(self._job, self._seen.table, before, change)
        by_id = {int(each.id or 0): each for each in before}
        for model in after:
            was = became.get(int(model.id or 0))
            if was is not None:
                await self._check_conversion(by_id[was], model)
        self.columns = after
        return Step(
            [changes.restructured(before, after, became)],
            lambda done: wire.TableSchemaChangeResponse(schema=after),
        )

    def _search(self, change: wire.TableSearchChangeRequest) -> Step:
        if change.search_enabled is None:
            raise BadRequest("searchEnabled must be true or false.")
        self.is_search_enabled = change.search_enabled
        answer = wire.TableSearchChangeResponse(search_enabled=change.search_enabled)
        return Step([], lambda _: answer)

    async def _check_conversion(self, old: ColumnModel, new: ColumnModel) -> None:
        assert old.column_type is not None
        assert new.column_type is not None
        before, after = old.column_type, new.column_type
        for kinds, reason in _WRONG_TYPES:
            if (before in kinds) != (after in kinds):
                raise BadRequest(reason)
        if columns.is_list(before) != columns.is_list(after) and columns.element(after) != before:
            raise BadRequest(
                f"The column {old.name!r} is {before}; it cannot become {after}, only"
                f" {before}_LIST."
                if columns.is_list(after)
                else f"The column {old.name!r} is a list; it can only become another list."
            )
        if _takes_all(old, new):
            return
        if any(step.parts for step in self.steps):
            raise BadRequest(
                f"The type of the column {old.name!r} can only be changed by the first change of a"
                " transaction."
            )
        limits = ColumnLimits(after, new.maximum_size, new.maximum_list_length)
        column = int(old.id or 0)

        def look(index: Index) -> tuple[int, str] | None:
            with self._seen.reading(index) as db:
                return unconvertible(db, column, before, limits)

        wrong = await self._ask(look)
        if wrong is not None:
            row, text = wrong
            raise BadRequest(
                f"The column {old.name!r} cannot become {after}: row {row} has {text[:40]!r}, which"
                " does not fit."
            )
        # What is added meanwhile would not have been looked at.
        self.must_stay = True


async def _made_ahead(items: Iterator[T]) -> AsyncGenerator[T, None]:
    """Each item, while a thread makes the next one."""

    def next_one() -> asyncio.Task[T | None]:
        return asyncio.create_task(asyncio.to_thread(next, items, None))

    item = next_one()
    try:
        while (found := await item) is not None:
            item = next_one()
            yield found
    finally:  # who stops early has no use for an error of the next one
        await asyncio.wait([item])
        _ = item.cancelled() or item.exception()


def _takes_all(old: ColumnModel, new: ColumnModel) -> bool:
    """Whether every value of the old column surely fits into the new one."""
    if old.column_type != new.column_type or new.enum_values not in (None, old.enum_values):
        return False
    return (new.maximum_size or 0) >= (old.maximum_size or 0) and (
        new.maximum_list_length or 0
    ) >= (old.maximum_list_length or 0)


def _conflict(table: int, row: int) -> StaleEtag:
    return StaleEtag(
        f"Row {row} of syn{table} was changed since you read it. Query it again and re-apply the"
        " update."
    )


async def restructured(
    job: Job, entity: int, before: Sequence[ColumnModel], change: wire.TableSchemaChangeRequest
) -> tuple[list[ColumnModel], dict[int, int]]:
    """The columns after a change, and which old one each has become of that was another before.

    Raises:
        BadRequest: The change names what is not there, or the columns cannot stand side by side.
    """
    there = [each.id or "" for each in before]
    later: dict[str, str | None] = {}
    added: list[str] = []
    for each in change.changes or []:
        old, new = each.old_column_id, each.new_column_id
        if old is None and new is None:
            raise BadRequest("A column change needs oldColumnId, newColumnId or both.")
        if old is not None and old not in there:
            raise BadRequest(f"syn{entity} has no column {old}.")
        if old in later:
            raise BadRequest(f"The column {old} is changed twice.")
        if old is not None:
            later[old] = new
        elif new is not None and new not in added:  # the official client adds columns twice
            added.append(new)
    listed = [id for each in there if (id := later.get(each, each)) is not None] + added
    became = {
        columns.parse_id(new): columns.parse_id(old)
        for old, new in later.items()
        if new is not None and new != old
    }
    if change.ordered_column_ids is not None:
        if sorted(change.ordered_column_ids) != sorted(listed):
            raise BadRequest(
                f"orderedColumnIds must have exactly the columns that syn{entity} has after the"
                f" change: {', '.join(listed)}."
            )
        listed = change.ordered_column_ids
    after = await job.db.read(lambda tx: columns.schema(tx, listed))
    return after, became


# ------------------------------------------------------------------ transactions


async def transact(
    job: Job, table: int, requests: Sequence[wire.TableUpdateRequest]
) -> Work[list[wire.TableUpdateResponse]]:
    """Check and prepare changes; what is answered writes all of them, or none."""
    caller, policy = job.caller, job.need(Policy)
    seen = await job.db.read(lambda tx: look(tx, caller, table, bits.UPDATE, policy))
    with tempfile.TemporaryDirectory(dir=job.need(Indexes).spool) as folder:
        plan = _Plan(job, seen, Path(folder))
        for request in requests:
            await plan.add(request)

    async def finish(tx: Tx) -> list[wire.TableUpdateResponse]:
        row = await entities.load(tx, caller, table, bits.UPDATE, policy, lock=True)
        before = [int(each.id or 0) for each in seen.columns]
        state = await store.state(tx, table)
        if entities.column_ids(row) != before or (plan.must_stay and state != seen.state):
            raise StaleEtag(f"The columns of syn{table} were changed meanwhile. Try again.")
        await _check_between(tx, seen, state, [step.touched for step in plan.steps])
        files = sorted(set().union(*(step.files for step in plan.steps)))
        await store.add_files(tx, table, await _new_files(tx, caller, table, files, keep=True))
        answers = []
        for step in plan.steps:
            done = Committed(state.version, state.etag, state.next_row)
            if step.parts:
                done = await changes.commit(tx, caller, table, step.parts)
            answers.append(step.respond(done))
        if plan.columns is not seen.columns or plan.is_search_enabled is not None:
            now_there = [int(each.id or 0) for each in plan.columns]
            await entities.set_table_fields(tx, row, now_there, plan.is_search_enabled)
        if plan.steps:
            await entities.touch(tx, caller, row)
        return answers

    return finish


async def snapshot(
    tx: Tx, caller: Caller, table: int, options: wire.SnapshotRequest, policy: Policy
) -> int:
    """Keep a table as it is now; the number of the version that shows it."""
    row = await entities.load(tx, caller, table, bits.UPDATE, policy, lock=True)
    if row["type"] != "table":
        raise BadRequest(
            f"syn{table} is a {row['type']}, not a table. EntityView snapshots can only be created"
            " via an asynchronous table transaction job, with createSnapshot."
        )
    if not entities.column_ids(row):
        raise BadRequest(f"syn{table} has no columns yet; a snapshot of it would show nothing.")
    await store.add_snapshot(tx, table, row["number"], await store.state(tx, table))
    return await entities.snapshot(
        tx,
        caller,
        row,
        options.snapshot_label,
        options.snapshot_comment,
        options.snapshot_activity_id,
    )


async def _check_between(tx: Tx, seen: Seen, state: State, touched: Sequence[rows.RowIds]) -> None:
    """Refuse to change rows that somebody else changed while this change was prepared."""
    some = next((each.first for each in touched if each.first is not None), None)
    if some is None:
        return
    after = seen.state.version
    while after < state.version:
        parts = await store.changes_after(tx, seen.table, after, _PARTS_AT_ONCE)
        for part in parts:
            for row in _changed(part, some):
                if any(row in each for each in touched):
                    raise _conflict(seen.table, row)
        after = parts[-1].number


def _changed(part: Part, any_row: int) -> list[int]:
    """The rows that a part changes or deletes; any one if that cannot be told."""
    if part.kind == changes.UPDATE and part.blob is not None:
        return [any_row]
    if part.kind == changes.DELETE:
        return msgspec.json.decode(part.detail, type=changes.Deleted).rows
    if part.kind == changes.UPDATE:
        return msgspec.json.decode(part.detail, type=changes.Cells).rows
    return []


async def _new_files(
    tx: Tx, caller: Caller, table: int, files: Sequence[int], *, keep: bool
) -> list[int]:
    """Those of these file handles that the table does not have yet; with ``keep`` to refer to them.

    Raises:
        Forbidden: File handles in cells are the writer's own, or in the table already.
    """
    there = await store.files_in(tx, table, files)
    new = [each for each in files if each not in there]
    for start in range(0, len(new), 500):
        some = new[start : start + 500]
        found = await handles.find_many(tx, some, keep=keep)
        wrong = [
            each
            for each in some
            if each not in found or (found[each]["created_by"] != caller.id and not caller.is_admin)
        ]
        if wrong:
            raise Forbidden(f"Cannot access files: {wrong[:20]}")
    return new


@asynccontextmanager
async def csv_path(job: Job, handle: str | None) -> AsyncIterator[Path]:
    """A CSV file that the caller uploaded, for as long as the block goes on."""
    row = await job.db.read(lambda tx: handles.own(tx, job.caller, handle))
    if row["blob"] is None:
        raise BadRequest(f"The bytes of the file handle {row['id']} are elsewhere; upload them.")
    if (row["size"] or 0) > rows.MOST_CSV_BYTES:
        raise BadRequest("A CSV file has at most 1 GB.")
    blobs = job.need(BlobStore)  # type: ignore[type-abstract]
    with tempfile.TemporaryDirectory(dir=job.need(Indexes).spool) as folder:
        path = Path(folder) / "rows.csv"
        await blobs.fetch(row["blob"], path)
        yield path


@asynccontextmanager
async def csv_file(job: Job, handle: str | None) -> AsyncIterator[TextIO]:
    """The same, open."""
    async with csv_path(job, handle) as path:
        with opened(path) as file:
            yield file


def opened(csv: Path) -> TextIO:
    """A CSV file to read, as ``rows`` takes it."""
    return csv.open(encoding="utf-8-sig", newline="")


async def delete_rows(
    tx: Tx, caller: Caller, table: int, selection: wire.RowSelection, policy: Policy
) -> wire.RowReferenceSet:
    """Delete rows by their ids; those that are gone already stay gone."""
    seen = await look(tx, caller, table, bits.UPDATE, policy)
    row = await entities.load(tx, caller, table, bits.UPDATE, policy, lock=True)
    gone = sorted(set(selection.row_ids or []))
    if not gone:
        raise BadRequest("rowIds names no row.")
    state = await store.state(tx, table)
    if gone[0] < 1 or gone[-1] >= state.next_row:
        wrong = gone[0] if gone[0] < 1 else gone[-1]
        raise NotFound(f"syn{seen.table} has no row {wrong}.")
    if selection.etag is not None and selection.etag != state.etag:
        raise StaleEtag(f"syn{table} was changed since; query it again.")
    done = await changes.commit(tx, caller, table, [changes.deleted(gone)])
    await entities.touch(tx, caller, row)
    return wire.RowReferenceSet(
        table_id=ids.wire(table),
        etag=done.etag,
        rows=[wire.RowReference(row_id=each, version_number=done.number) for each in gone],
    )
