"""Changes through a view: its columns, and the annotations of what its rows stand for.

A view has no rows of its own. So each row is changed in a transaction of its own, for somebody
who may change the view and that very thing, and what came of it is told row by row.
"""

from __future__ import annotations

import asyncio
import json
import logging
from array import array
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TextIO

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.annotations import service as annotation_rules
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.evaluations import statuses
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Job
from synapse_server.tables import columns, rows, values
from synapse_server.tables import service as tables
from synapse_server.views.shape import FIELDS
from synapse_wire import tables as wire
from synapse_wire.annotations import Annotations, AnnotationType, AnnotationValue
from synapse_wire.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound, StaleEtag
from synapse_wire.tables import ColumnModel

log = logging.getLogger("synapse.views")

_TOLD_AFTER = 200
"""Rows, between two reports of how far the job is."""
_MOST_ROWS = 1_000_000
"""Of a change: the answer tells of each."""
_BATCH = 500
_BATCH_CHARACTERS = 4_000_000
"""Of the rows that are in memory at once: so many, or fewer of more characters."""
_ANNOTATION_TYPES: dict[str, AnnotationType] = {
    "INTEGER": "LONG",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "TIMESTAMP_MS",
}
"""The type of an annotation by that of the column; all others become text."""

_CODES: tuple[tuple[type[ApiError], wire.EntityUpdateFailureCode], ...] = (
    (NotFound, "NOT_FOUND"),
    (Forbidden, "UNAUTHORIZED"),
    (StaleEtag, "CONCURRENT_UPDATE"),
    (Conflict, "CONCURRENT_UPDATE"),
    (BadRequest, "ILLEGAL_ARGUMENT"),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A row as it comes: new texts by column."""

    row: int
    version: int | None
    etag: str | None
    cells: dict[int, str | None]


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a view that was read: rows that came with the request, or the file that has them."""

    request: wire.TableUpdateRequest
    models: Sequence[ColumnModel]
    edits: Sequence[Edit] = ()
    count: int = 0

    @asynccontextmanager
    async def batches(self, job: Job) -> AsyncIterator[Iterator[Sequence[Edit]]]:
        """The rows, few at a time."""
        if isinstance(self.request, wire.UploadToTableRequest):
            async with tables.csv_file(job, self.request.upload_file_handle_id) as file:
                yield _batches(_of_csv(file, self.request, self.models))
        else:
            yield iter([self.edits])


async def transact(
    job: Job, view: int, requests: Sequence[wire.TableUpdateRequest]
) -> Work[list[wire.TableUpdateResponse]]:
    """Change a view: all requests are read before anything is written, and then done in order.

    NOTE: a job that is begun a second time finds the rows changed that the first one changed, and
    tells CONCURRENT_UPDATE of them.
    """
    policy = job.need(Policy)
    row = await job.db.read(lambda tx: entities.load(tx, job.caller, view, bits.UPDATE, policy))
    models = await job.db.read(lambda tx: columns.load(tx, entities.column_ids(row)))
    plan: list[_Change] = []
    for request in requests:
        edits: list[Edit] = []
        count = 0
        if isinstance(request, wire.TableSchemaChangeRequest):
            models, _ = await tables.restructured(job, view, models, request)
        elif isinstance(request, wire.AppendableRowSetRequest):
            edits = await asyncio.to_thread(_of_set, view, request.to_append, models)
            count = _check(edits)
        elif isinstance(request, wire.UploadToTableRequest):
            # A large file is read twice, rather than kept in memory.
            async with tables.csv_file(job, request.upload_file_handle_id) as file:
                count = await asyncio.to_thread(_check, _of_csv(file, request, models))
        elif request.search_enabled is None:
            raise BadRequest("searchEnabled must be true or false.")
        plan.append(_Change(request, models, edits, count))
    answers: list[wire.TableUpdateResponse] = []
    before = entities.column_ids(row)
    for change in plan:
        request, after = change.request, change.models
        if isinstance(request, wire.TableSchemaChangeRequest):
            ids = [int(each.id or 0) for each in after]
            await job.db.write(partial(_restructure, job=job, view=view, before=before, after=ids))
            before = ids
            answers.append(wire.TableSchemaChangeResponse(schema=list(after)))
        elif isinstance(request, wire.TableSearchChangeRequest):
            enabled = bool(request.search_enabled)
            await job.db.write(partial(_search, job=job, view=view, enabled=enabled))
            answers.append(wire.TableSearchChangeResponse(search_enabled=enabled))
        else:
            answers.append(await _apply(job, row["type"], change))

    async def finish(tx: Tx) -> list[wire.TableUpdateResponse]:
        return answers

    return finish


async def _restructure(
    tx: Tx, job: Job, view: int, before: Sequence[int], after: Sequence[int]
) -> None:
    row = await entities.load(tx, job.caller, view, bits.UPDATE, job.need(Policy), lock=True)
    if entities.column_ids(row) != before:
        raise StaleEtag(f"The columns of syn{view} were changed meanwhile. Try again.")
    await entities.set_table_fields(tx, row, list(after), None)
    await entities.touch(tx, job.caller, row)


async def _search(tx: Tx, job: Job, view: int, enabled: bool) -> None:
    row = await entities.load(tx, job.caller, view, bits.UPDATE, job.need(Policy), lock=True)
    await entities.set_table_fields(tx, row, entities.column_ids(row), enabled)
    await entities.touch(tx, job.caller, row)


# ------------------------------------------------------------------ reading what comes


def _row_id(row: int | None) -> int:
    if row is None:
        raise BadRequest(
            "Rows cannot be added to a view. It shows what is in its scope: store the entity there,"
            " and it has a row. (A row without rowId or ROW_ID is a new one.)"
        )
    rows.check_row_id(row)
    return row


def _of_set(
    view: int, given: wire.RowSet | wire.PartialRowSet | None, models: Sequence[ColumnModel]
) -> list[Edit]:
    if given is None or not given.rows:
        raise BadRequest("toAppend has no rows.")
    if given.table_id is not None and ids.parse(given.table_id) != view:
        raise BadRequest(f"toAppend is of {given.table_id}, not of syn{view}.")
    found: list[Edit] = []
    headers: list[int] = []
    known = {each.id for each in models}
    if isinstance(given, wire.RowSet):
        headers = [rows.header_column(each, models) for each in given.headers or []]
    given_rows: Sequence[wire.Row | wire.PartialRow] = given.rows
    for number, row in enumerate(given_rows, 1):
        id = _row_id(row.row_id)
        if not row.values:
            raise BadRequest(
                f"Row {number} has no values, which would delete it. A view has no rows of its own:"
                " delete the entity, or take it out of the scope."
            )
        if isinstance(row, wire.PartialRow):
            for each in row.values:
                if each.key not in known:
                    raise BadRequest(
                        f"Row {number} names the column {each.key!r}, which the view does not have."
                        " Keys are ids of columns."
                    )
            cells = {int(each.key): values.text_of(each.value) for each in row.values}
            found.append(Edit(id, None, row.etag, cells))
        elif len(row.values) != len(headers):
            raise BadRequest(
                f"Row {number} has {len(row.values)} values, but there are {len(headers)} headers."
            )
        else:
            cells = dict(zip(headers, map(values.text_of, row.values), strict=True))
            found.append(Edit(id, row.version_number, row.etag, cells))
    return found


def _of_csv(
    file: TextIO, request: wire.UploadToTableRequest, models: Sequence[ColumnModel]
) -> Iterator[Edit]:
    for line, heads, cells in rows.csv_cells(
        file,
        request.csv_table_descriptor,
        request.lines_to_skip or 0,
        request.column_ids,
        models,
    ):
        try:
            row = heads.get("ROW_ID")
            id = _row_id(None if not row else int(values.entity(row)))
            version = heads.get("ROW_VERSION")
            number = int(values.identifier(version)) if version else None
        except ValueError as error:
            raise BadRequest(f"Line {line}, ROW_ID or ROW_VERSION: {error}") from None
        yield Edit(id, number, heads.get("ROW_ETAG") or None, cells)


def _check(edits: Iterable[Edit]) -> int:
    """How many rows there are.

    Raises:
        BadRequest: None, too many, or one of them twice; or the file has something else than rows.
    """
    found = array("q")
    for each in edits:
        found.append(each.row)
        if len(found) > _MOST_ROWS:
            raise BadRequest(f"At most {_MOST_ROWS:,} rows of a view can be changed at a time.")
    if not found:
        raise BadRequest("The CSV file has no rows.")
    twice = next((row for row, other in pairwise(sorted(found)) if row == other), None)
    if twice is not None:
        raise BadRequest(f"The row {twice} is named twice.")
    return len(found)


def _batches(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    some: list[Edit] = []
    size = 0
    for each in edits:
        some.append(each)
        size += sum(len(text) for text in each.cells.values() if text is not None)
        if len(some) == _BATCH or size >= _BATCH_CHARACTERS:
            yield some
            some, size = [], 0
    if some:
        yield some


# ------------------------------------------------------------------ writing it


async def _apply(job: Job, kind: str, change: _Change) -> wire.EntityUpdateResults:
    by_id = {int(each.id or 0): each for each in change.models}
    results: list[wire.EntityUpdateResult] = []
    async with change.batches(job) as batches:
        while some := await asyncio.to_thread(next, batches, None):
            for edit in some:
                results.append(await _one(job, kind, by_id, edit))
                if len(results) % _TOLD_AFTER == 0:
                    told = f"{len(results)} of {change.count} rows"
                    await job.progress(len(results), change.count, told)
    return wire.EntityUpdateResults(update_results=results)


async def _one(
    job: Job, kind: str, models: dict[int, ColumnModel], edit: Edit
) -> wire.EntityUpdateResult:
    is_submission = kind == "submissionview"
    id = str(edit.row) if is_submission else ids.wire(edit.row)
    result = wire.EntityUpdateResult(entity_id=id)
    try:
        etag = edit.etag or _etag_in(models, edit)
        if not etag:
            raise BadRequest(
                "The row has no etag. Query with includeEntityEtag, or select a column etag."
            )
        changes = _changes(kind, models, edit)
        write = _write_submission if is_submission else _write_entity
        await job.db.write(partial(write, job=job, edit=edit, etag=etag, changes=changes))
    except ApiError as error:
        codes = (code for kind_of, code in _CODES if isinstance(error, kind_of))
        result.failure_code = next(codes, "UNKNOWN")
        result.failure_message = error.reason
    except Exception:
        log.exception("A row of a view could not be changed: %s", id)
        result.failure_code = "UNKNOWN"
        result.failure_message = f"The server failed. Its log has more: job {job.id}."
    return result


def _etag_in(models: dict[int, ColumnModel], edit: Edit) -> str | None:
    return next((text for id, text in edit.cells.items() if models[id].name == "etag"), None)


def _changes(
    kind: str, models: dict[int, ColumnModel], edit: Edit
) -> dict[str, AnnotationValue | None]:
    """The new annotations by name; None for those that go. Fields of the object stay."""
    found: dict[str, AnnotationValue | None] = {}
    for id, text in edit.cells.items():
        model = models[id]
        name = model.name or ""
        if name in FIELDS[kind]:
            continue
        try:
            found[name] = None if text is None else _annotation(model, text)
        except ValueError as error:
            raise BadRequest(f"The column {name!r}: {error}") from None
    return found


def _annotation(model: ColumnModel, text: str) -> AnnotationValue | None:
    kept = values.checker(model)(text)
    if kept is None:
        return None
    kind = str(model.column_type)
    element = columns.element(kind)
    found = [kept]
    if columns.is_list(kind):
        found = [values.text_of(each) or "" for each in json.loads(kept)]
    if element == "ENTITYID":
        found = [f"syn{each}" for each in found]
    plain: list[str | None] = [*found]
    return AnnotationValue(type=_ANNOTATION_TYPES.get(element, "STRING"), value=plain)


def _merged(
    before: dict[str, AnnotationValue], changes: dict[str, AnnotationValue | None]
) -> dict[str, AnnotationValue]:
    after = before | {name: each for name, each in changes.items() if each is not None}
    return {name: each for name, each in after.items() if changes.get(name, each) is not None}


async def _write_entity(
    tx: Tx, job: Job, edit: Edit, etag: str, changes: dict[str, AnnotationValue | None]
) -> None:
    row = await entities.load(tx, job.caller, edit.row, bits.UPDATE, job.need(Policy), lock=True)
    if edit.version is not None and edit.version != row["number"]:
        raise StaleEtag(
            f"The row shows version {edit.version} of syn{edit.row}; only the current version,"
            f" {row['number']}, can be changed."
        )
    entities.check_etag(row, etag)
    before = annotation_rules.load(row["annotations"])
    after = _merged(before, changes)
    if after != before:
        await entities.store_annotations(tx, job.caller, row, Annotations(annotations=after))


async def _write_submission(
    tx: Tx, job: Job, edit: Edit, etag: str, changes: dict[str, AnnotationValue | None]
) -> None:
    await statuses.annotate(tx, job.caller, edit.row, etag, lambda old: _merged(old, changes))
