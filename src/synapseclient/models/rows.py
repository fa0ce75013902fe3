"""Rows of tables and views: how changes of them are put together and sent."""

from __future__ import annotations

import asyncio
import datetime
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from synapse_wire import tables as wire
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseTimeoutError
from synapseclient.models.columns import Column, ColumnType
from synapseclient.models.table_changes import TableUpdateTransaction
from synapseclient.models.table_queries import CsvTableDescriptor
from synapseclient.tables import cells, upsert, work
from synapseclient.tables.cells import ROW_COLUMNS
from synapseclient.tables.csv_tables import read_columns
from synapseclient.tables.sheets import PLAIN, Dialect

UPDATE_BYTES = 1.9 * 2**20
INSERT_BYTES = 900 * 2**20
_MOST_STRING = 1_000
_IDS_IN_SQL = 500


@dataclass(frozen=True)
class Keyed:
    """Rows that are told by keys, and how they are to be sent."""

    values: Any
    primary_keys: list[str]
    dry_run: bool = False
    rows_per_query: int = 50_000
    update_size_bytes: float = UPDATE_BYTES
    job_timeout: int = int(work.TIMEOUT)
    date_columns: list[str] | None = None
    date_format: str | dict[str, str] | None = None


async def put_rows(
    syn: Synapse, id: str, known: Mapping[str, Column], given: Keyed, *, insert: bool
) -> dict[str, str]:
    """Change the rows that have the same keys; add those that are not there, or leave them out.

    Args:
        syn: The session.
        id: The table or view.
        known: Its columns by name.
        given: The rows.
        insert: Add rows; without it, it is a view, and each row goes with its etag.

    Returns:
        Of a view, the etag that each entity had which was changed, by its id.

    Raises:
        ValueError: A key is missing, or two rows have the same keys.
    """
    values = given.values
    columns = (
        await asyncio.to_thread(read_columns, os.fspath(values), PLAIN)
        if isinstance(values, str | os.PathLike)
        else cells.columns_of(values)
    )
    columns = {name: each for name, each in columns.items() if name not in ROW_COLUMNS}
    columns = with_dates(columns, given.date_columns or [], given.date_format)
    kinds = {name: str(each.column_type) for name, each in known.items()}
    ids = {name: str(each.id) for name, each in known.items()}
    keys = upsert.checked_keys(columns, given.primary_keys, kinds)
    if not keys:
        return {}
    sql = upsert.statement(id, list(columns), given.primary_keys, keys, kinds, given.rows_per_query)
    result = await work.query_csv(syn, sql, etags=not insert, seconds=given.job_timeout)
    lines = PLAIN.read(result.path)
    found = await asyncio.to_thread(
        upsert.plan, columns, keys, given.primary_keys, lines, kinds, ids
    )
    if given.dry_run:
        syn.logger.info(
            "%d rows of %s would be changed, %d would be added.",
            len(found.changed),
            id,
            len(found.new) if insert else 0,
        )
        return {}
    changes: list[wire.TableUpdateRequest] = []
    if found.new and insert:
        new = {name: [column[place] for place in found.new] for name, column in columns.items()}
        changes.append(await work.rows_change(syn, id, new, ids))
    etags: dict[str, str] = {}
    for rows in _batches(found.changed, int(given.update_size_bytes)):
        change = wire.AppendableRowSetRequest(
            entity_id=id, to_append=wire.PartialRowSet(table_id=id, rows=rows)
        )
        answer = await work.transact(syn, id, [*changes, change], seconds=given.job_timeout)
        changes = []
        if not insert:
            etags |= _applied(syn, id, rows, answer)
    if changes:
        await work.transact(syn, id, changes, seconds=given.job_timeout)
    if not insert and found.new:
        syn.logger.info("%d of the rows are not in %s.", len(found.new), id)
    return etags


def _applied(
    syn: Synapse, id: str, rows: Sequence[wire.PartialRow], answer: Mapping[str, Any]
) -> dict[str, str]:
    """The entities that were changed, with their etags of before; tell of those that were not."""
    done = TableUpdateTransaction(entity_id=id).fill_from_dict(answer)
    for each in done.failed_entity_updates:
        syn.logger.warning(
            "%s was not changed through %s: %s %s",
            each.entity_id,
            id,
            each.failure_code or "",
            each.failure_message or "",
        )
    changed = set(done.entities_with_changes_applied or ())
    return {f"syn{each.row_id}": each.etag or "" for each in rows if f"syn{each.row_id}" in changed}


async def wait_for_view(syn: Synapse, id: str, etags: Mapping[str, str], seconds: float) -> None:
    """Wait until a view no longer shows entities as they were.

    Args:
        syn: The session.
        id: The view.
        etags: The etag that each entity had, by its id.
        seconds: How long to wait.

    Raises:
        SynapseTimeoutError: It still does.
    """
    until = time.monotonic() + seconds
    old = {int(entity.removeprefix("syn")): etag for entity, etag in etags.items()}
    wait = 0.2
    while old:
        some = sorted(old)[:_IDS_IN_SQL]
        sql = f"SELECT ROW_ID FROM {id} WHERE ROW_ID IN ({', '.join(map(str, some))})"
        found = await work.query_csv(syn, sql, etags=True)
        shown = {int(line[0]): line[2] for line in PLAIN.read(found.path, 1) if len(line) > 2}
        new = [row for row in some if shown.get(row) != old[row]]
        for row in new:
            del old[row]
        if not new:
            if time.monotonic() > until:
                raise SynapseTimeoutError(
                    f"{id} still shows {len(old)} entities as they were, after {seconds:g} seconds."
                )
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, 5.0)


# ------------------------------------------------------------------ pure


def dialect_of(given: CsvTableDescriptor | None) -> Dialect:
    """How a CSV file is written."""
    if given is None:
        return PLAIN
    return Dialect(
        given.separator,
        given.quote_character,
        given.escape_character,
        given.line_end,
        given.is_first_line_header,
    )


def with_dates(
    columns: dict[str, list[Any]], names: Sequence[str], form: str | dict[str, str] | None
) -> dict[str, list[Any]]:
    """The values, the texts of some columns read as dates.

    Raises:
        ValueError: There is no such column, or a text is no date of that form.
    """
    found = dict(columns)
    for name in names:
        if name not in columns:
            raise ValueError(f"date_columns names {name!r}, which the values do not have.")
        own = form.get(name) if isinstance(form, dict) else form
        found[name] = [_moment(each, own) for each in columns[name]]
    return found


def _moment(value: Any, form: str | None) -> Any:
    if not isinstance(value, str) or not value:
        return value or None
    if form is None:
        moment = datetime.datetime.fromisoformat(value)
    else:
        moment = datetime.datetime.strptime(value, form)
    return cells.millis_of(moment)


def expanded(columns: Mapping[str, Sequence[Any]], known: Mapping[str, Column]) -> list[Column]:
    """The columns of text that values are too long for, made longer."""
    found = []
    for name, values in columns.items():
        column = known.get(name)
        if column is None or column.column_type not in (
            ColumnType.STRING,
            ColumnType.LINK,
            ColumnType.STRING_LIST,
        ):
            continue
        items = values
        if column.column_type is ColumnType.STRING_LIST:
            items = [item for each in values if isinstance(each, list | tuple) for item in each]
        longest = max((len(cells.text_of(each) or "") for each in items), default=0)
        if (column.maximum_size or 0) < longest <= _MOST_STRING:
            wider = Column().fill_from_dict(column.to_synapse_request())
            wider.maximum_size = longest
            found.append(wider)
    return found


def change_of(change: Any) -> wire.TableUpdateRequest:
    """A change as it is sent."""
    raw = change.to_synapse_request() if hasattr(change, "to_synapse_request") else change
    found: wire.TableUpdateRequest = msgspec.convert(raw, wire.TableUpdateRequest, strict=False)
    return found


def _batches(rows: Sequence[wire.PartialRow], most: int) -> list[list[wire.PartialRow]]:
    found: list[list[wire.PartialRow]] = []
    size = most
    for row in rows:
        length = len(msgspec.json.encode(row)) + 1
        if size + length > most:
            found.append([])
            size = 0
        found[-1].append(row)
        size += length
    return found
