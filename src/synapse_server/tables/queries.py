"""Queries: what is asked, said for the engine, and the parts of the answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import duckdb
import msgspec

from synapse_server.access.service import Policy
from synapse_server.derived.service import framed, ground
from synapse_server.entities import ids, sharing
from synapse_server.entities import service as entities
from synapse_server.kernel.clock import now
from synapse_server.kernel.jobs import Job
from synapse_server.tables import actions, columns, sources, values
from synapse_server.tables.source import Source, looked_anew
from synapse_server.tables.sql import engine, parser, tree, writer
from synapse_wire import tables as wire
from synapse_wire.access import ActionRequiredCount
from synapse_wire.base import iso
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

ROWS = 0x1
COUNT = 0x2
SELECT_COLUMNS = 0x4
MOST_ROWS = 0x8
COLUMN_MODELS = 0x10
FACETS = 0x20
FILE_SIZES = 0x40
LAST_UPDATED = 0x80
COMBINED_SQL = 0x100
ACTIONS_REQUIRED = 0x200
_ALL = 0x3FF

_MOST_FILTERS = 50
_MOST_TEXT = 16_000_000
"""Characters of a page."""
_MOST_FACET_VALUES = 100
_MOST_ACTIONS = 50
_GREATEST = 2**62

_list_text = json.JSONEncoder(ensure_ascii=False).encode
_read_query = msgspec.json.Decoder(wire.Query).decode


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was checked, against the source that it asks."""

    source: Source
    query: wire.Query
    select: tree.Select
    """Without the facets that are picked."""
    combined: tree.Select
    """With all that the request says beside the SQL, but for limit and offset."""
    scope: engine.Scope
    statement: engine.Statement
    most_rows: int
    """The rows of a page."""
    is_named_anew: bool
    """Whether the query has a WITH, whose columns are not those of the source."""

    @property
    def offset(self) -> int:
        """How many rows come before the first one."""
        return self.select.offset + (self.query.offset or 0)

    @property
    def limit(self) -> int | None:
        """How many rows at most, of all pages from here on."""
        found = self.query.limit
        if self.select.limit is not None:
            rest = max(0, self.select.limit - (self.query.offset or 0))
            found = rest if found is None else min(found, rest)
        return found

    def limited(self, most: int | None = None) -> str:
        """The SQL for the engine, with LIMIT and OFFSET."""
        limits = [each for each in (self.limit, most) if each is not None]
        sql = self.statement.sql
        if limits:
            sql += f" LIMIT {min(limits)}"
        return f"{sql} OFFSET {self.offset}" if self.offset else sql

    def headers(self) -> list[wire.SelectColumn]:
        """The columns of the answer."""
        return [each.select_column() for each in self.statement.outputs]

    def read(
        self, found: Iterable[Sequence[Sequence[Any]]]
    ) -> Iterator[tuple[Sequence[Any], Sequence[str | None]]]:
        """Batches of the engine's rows as each row's heads (see ``Statement.heads``) and texts."""
        kinds = [each.kind for each in self.statement.outputs]
        first = len(self.statement.heads)
        for rows in found:
            values = list(zip(*rows, strict=True))[first:]
            texts = [_cell_texts(*each) for each in zip(values, kinds, strict=True)]
            yield from zip((row[:first] for row in rows), zip(*texts, strict=True), strict=True)


def _cell_texts(column: Sequence[Any], kind: str) -> Sequence[str | None]:
    """The values of a column as answers have them, those of the usual types without a call each."""
    sample = next((value for value in column if value is not None), None)
    if sample is None or isinstance(sample, str):
        return column
    if type(sample) is int and kind != "ENTITYID":
        return [None if value is None else str(value) for value in column]
    return [cell_text(value, kind) for value in column]


def cell_text(value: Any, kind: str) -> str | None:
    """A value of the engine as answers have it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return values.double_text(value)
    if isinstance(value, list):
        inner = columns.element(kind)
        items = [f"syn{each}" for each in value] if inner == "ENTITYID" else value
        return _list_text(items)
    return f"syn{value}" if kind == "ENTITYID" else str(value)


async def ask(job: Job, query: wire.Query, entity: str | None) -> Asked:
    """Check a query.

    Raises:
        BadRequest: It cannot be read, or names what is not there.
        Forbidden: The caller may not query the entity.
    """
    if not query.sql:
        raise BadRequest("The query has no sql.")
    for name, given in (("offset", query.offset), ("limit", query.limit)):
        if given is not None and not 0 <= given < _GREATEST:
            raise BadRequest(f"The {name} cannot be {given}.")
    select = parser.parse(query.sql)
    (table,) = tree.tables(select)
    is_named_anew = select.named is not None
    number, version = ids.parse_versioned(table)
    if entity is not None and ids.parse_versioned(entity)[0] != number:
        raise BadRequest(f"The query is over {table}, the request of {entity}.")
    policy = job.need(Policy)
    source = await job.db.read(lambda tx: sources.look(tx, job.caller, number, policy, version))
    conditions, defining = _filters(query)
    if select.where is not None:
        conditions.insert(0, select.where)
    if select.defining_where is not None:
        defining.insert(0, select.defining_where)
    order = tuple(
        tree.Order(tree.Name(each.column or ""), each.direction == "DESC")
        for each in query.sort or []
    )
    select = replace(
        select,
        where=_every(conditions),
        defining_where=_every(defining),
        order_by=order + select.order_by,
    )
    picked = _facet_conditions(query, source.columns, None)
    combined = replace(select, where=_every([*conditions, *picked]))
    select = framed(select, source)
    base = ground(source)
    scope = engine.Scope(
        base.columns,
        job.caller.id,
        now(),
        is_search_enabled=entities.is_search_enabled(base.row),
        system=base.system,
        rows=base.rows,
        with_etag=bool(query.include_entity_etag),
        shown={table: source.columns},
    )
    whole = replace(select, where=combined.where)
    statement = engine.state(whole, scope)
    most_rows = _rows_per_page(statement)
    return Asked(source, query, select, combined, scope, statement, most_rows, is_named_anew)


def _every(conditions: Sequence[tree.Condition]) -> tree.Condition | None:
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else tree.Every(tuple(conditions))


def _rows_per_page(statement: engine.Statement) -> int:
    models = [
        each.column or ColumnModel(name=each.name, column_type=each.select_column().column_type)
        for each in statement.outputs
    ]
    return columns.rows_per_page(models) or 1


# ------------------------------------------------------------------ filters and facets


def _column(name: str | None, models: Sequence[ColumnModel]) -> ColumnModel:
    for model in models:
        if model.name == name:
            return model
    raise BadRequest(f"Column does not exist: {name}")


def _filters(query: wire.Query) -> tuple[list[tree.Condition], list[tree.Condition]]:
    """What rows must fulfil beside the SQL, and what those must that a definition is made of."""
    given = query.additional_filters or []
    if len(given) > _MOST_FILTERS:
        raise BadRequest(f"A query has at most {_MOST_FILTERS} additional filters.")
    found: list[tree.Condition] = []
    defining: list[tree.Condition] = []
    for each in given:
        (defining if each.is_defining_condition else found).append(_filter(each))
    return found, defining


def _filter(given: wire.QueryFilter) -> tree.Condition:
    if isinstance(given, wire.TextMatchesQueryFilter):
        if not given.search_expression:
            raise BadRequest("The search filter has no searchExpression.")
        return tree.Matches(given.search_expression, given.search_mode == "BOOLEAN")
    name = tree.Name(given.column_name or "")
    literals = tuple(tree.Literal(text) for text in given.values or [])
    if not literals:
        raise BadRequest(f"The filter of the column {given.column_name!r} has no values.")
    if isinstance(given, wire.ColumnMultiValueFunctionQueryFilter):
        if given.function is None:
            raise BadRequest("A filter of a list needs a function: HAS or HAS_LIKE.")
        return tree.Has(name, literals, given.function == "HAS_LIKE")
    if given.operator == "LIKE":
        return tree.Any(tuple(tree.Like(name, one, None) for one in literals))
    if given.operator is None:
        raise BadRequest("A filter needs an operator: EQUAL, IN or LIKE.")
    return tree.In(name, literals)


def _facet_conditions(
    query: wire.Query, models: Sequence[ColumnModel], but: str | None
) -> list[tree.Condition]:
    """What the picked facets ask for, leaving out those of one column."""
    found: list[tree.Condition] = []
    for each in query.selected_facets or []:
        model = _column(each.column_name, models)
        is_range = isinstance(each, wire.FacetColumnRangeRequest)
        if model.facet_type != ("range" if is_range else "enumeration"):
            raise BadRequest(
                f"The column {model.name!r} has no facet of this kind: its facetType is"
                f" {model.facet_type or 'not set'}."
            )
        if model.name != but:
            condition = _facet_condition(each, model)
            if condition is not None:
                found.append(condition)
    return found


def _facet_condition(facet: wire.FacetColumnRequest, model: ColumnModel) -> tree.Condition | None:
    name = tree.Name(model.name or "")
    alternatives: list[tree.Condition] = []
    if isinstance(facet, wire.FacetColumnRangeRequest):
        for text, operator in ((facet.min, ">="), (facet.max, "<=")):
            if text == wire.NULL_FACET:
                return tree.Is(name, "NULL")
            if text:
                alternatives.append(tree.Compare(operator, name, tree.Literal(text)))
        return _every(alternatives)
    picked = facet.facet_values or []
    literals = tuple(tree.Literal(text) for text in picked if text != wire.NULL_FACET)
    if wire.NULL_FACET in picked:
        alternatives.append(tree.Is(name, "NULL"))
    if literals and columns.is_list(model.column_type or ""):
        alternatives.append(tree.Has(name, literals, False))
    elif literals:
        alternatives.append(tree.In(name, literals))
    return tree.Any(tuple(alternatives)) if alternatives else None


# ------------------------------------------------------------------ the answer


async def bundle(job: Job, request: wire.QueryBundleRequest) -> wire.QueryResultBundle:
    """The parts of an answer that are asked for."""
    return await looked_anew(partial(_bundle, job, request))


async def _bundle(job: Job, request: wire.QueryBundleRequest) -> wire.QueryResultBundle:
    query = request.query
    if query is None:
        raise BadRequest("The request has no query.")
    mask = _ALL if request.part_mask is None else request.part_mask
    if query.select_file_column is None:
        mask &= ~ACTIONS_REQUIRED
    asked = await ask(job, query, request.entity_id)
    found = wire.QueryResultBundle()
    if mask & ACTIONS_REQUIRED:
        found.actions_required = await _actions_required(job, asked)
    if mask & (ROWS | COUNT | FACETS | FILE_SIZES | LAST_UPDATED):
        await asked.source.use(job, lambda db: _run(db, asked, mask, found))
    if mask & SELECT_COLUMNS:
        found.select_columns = asked.headers()
    if mask & MOST_ROWS:
        found.max_rows_per_page = asked.most_rows
    if mask & COLUMN_MODELS:
        found.column_models = asked.source.columns
    if mask & COMBINED_SQL:
        limits = replace(asked.combined, limit=asked.limit, offset=asked.offset)
        found.combined_sql = writer.write(limits)
    if mask & LAST_UPDATED:
        found.last_updated_on = iso(asked.source.changed_on)
    return found


async def _actions_required(job: Job, asked: Asked) -> list[ActionRequiredCount]:
    """What the caller must do before they can have the files of the rows, of all pages."""
    column = actions.check(asked.query, asked.source.columns)
    files = await asked.source.use(
        job, lambda db: actions.files(db, asked.combined, asked.scope, column)
    )
    count = partial(
        sharing.count_download_actions,
        caller=job.caller,
        files=files,
        policy=job.need(Policy),
        most=_MOST_ACTIONS,
    )
    return await job.db.read(count)


def _run(
    db: duckdb.DuckDBPyConnection, asked: Asked, mask: int, found: wire.QueryResultBundle
) -> None:
    """All of it on one state of the rows."""
    if mask & ROWS:
        found.query_result = _page(db, asked)
    if mask & COUNT:
        found.query_count = _count(db, asked)
    if mask & FACETS:
        found.facets = [
            _facet(db, asked, model)
            for model in asked.source.columns
            if model.facet_type is not None and not asked.is_named_anew
        ]
    if mask & FILE_SIZES:
        found.sum_file_sizes = wire.SumFileSizes(
            sum_file_sizes_bytes=_file_sizes(db, asked), greater_than=False
        )


def _page(db: duckdb.DuckDBPyConnection, asked: Asked) -> wire.QueryResult:
    most = asked.most_rows
    rows: list[wire.Row] = []
    size = 0
    for heads, texts in asked.read(_batches(db.execute(asked.limited(most)))):
        # Functions can make longer texts than columns hold, by which a page is measured.
        size += sum(map(len, filter(None, texts)))
        if size > _MOST_TEXT:
            raise BadRequest(
                f"The page has more than {_MOST_TEXT // 1_000_000} million characters. Select less,"
                " or download the result as CSV."
            )
        row_id, version, etag = (*heads, None, None, None)[:3]
        rows.append(wire.Row(row_id=row_id, version_number=version, etag=etag, values=list(texts)))
    table_id = ids.wire(asked.source.row["id"])
    result = wire.QueryResult(
        query_results=wire.RowSet(
            table_id=table_id, etag=asked.source.etag, headers=asked.headers(), rows=rows
        )
    )
    if len(rows) == most and (asked.limit is None or asked.limit > most):
        query = asked.query
        rest = msgspec.structs.replace(
            query,
            offset=(query.offset or 0) + most,
            limit=None if query.limit is None else query.limit - most,
        )
        token = base64.urlsafe_b64encode(_query_json(rest)).decode()
        result.next_page_token = wire.QueryNextPageToken(entity_id=table_id, token=token)
    return result


def _batches(db: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Sequence[Any]]]:
    while rows := db.fetchmany(100):
        yield rows


def _query_json(query: wire.Query) -> bytes:
    names = wire.Query.__struct_fields__
    return msgspec.json.encode(wire.Query(**{name: getattr(query, name) for name in names}))


def read_token(token: str | None) -> wire.Query:
    """The query of the next page.

    NOTE: anybody can write a token; it says no more than a query does.
    """
    try:
        return _read_query(base64.urlsafe_b64decode((token or "").encode()))
    except (ValueError, msgspec.MsgspecError):
        raise BadRequest("The token is not one of a query.") from None


def _count(db: duckdb.DuckDBPyConnection, asked: Asked) -> int:
    row = db.execute(asked.statement.count()).fetchone()
    assert row is not None
    count = int(row[0])
    if asked.select.limit is not None or asked.select.offset:
        count = max(0, count - asked.select.offset)
        if asked.select.limit is not None:
            count = min(count, asked.select.limit)
    return count


def _file_sizes(db: duckdb.DuckDBPyConnection, asked: Asked) -> int:
    """The bytes of all files of the rows, of all pages."""
    if asked.source.sizes is None or not asked.statement.has_rows:
        return 0
    row = db.execute(asked.statement.total(f"r.{asked.source.sizes}")).fetchone()
    return int(row[0] or 0) if row is not None else 0


def _facet(
    db: duckdb.DuckDBPyConnection, asked: Asked, model: ColumnModel
) -> wire.FacetColumnResultValues | wire.FacetColumnResultRange:
    assert model.name is not None
    assert model.column_type is not None
    others = _facet_conditions(asked.query, asked.source.columns, model.name)
    if asked.select.where is not None:
        others.insert(0, asked.select.where)
    scope, base = asked.scope, tree.Select((), False, asked.select.table)
    base = replace(
        base,
        alias=asked.select.alias,
        where=_every(others),
        defining_where=asked.select.defining_where,
        named=asked.select.named,
    )
    name: tree.Expression = tree.Name(model.name)
    mine = [f for f in asked.query.selected_facets or [] if f.column_name == model.name]
    if model.facet_type == "range":
        least, greatest = (tree.Call(each, (name,), 0) for each in ("MIN", "MAX"))
        items = (tree.Item(least, "least"), tree.Item(greatest, "greatest"))
        statement = engine.state(replace(base, items=items), scope)
        row = db.execute(statement.sql).fetchone() or (None, None)
        low, high = (cell_text(value, model.column_type) for value in row)
        picked = next((f for f in mine if isinstance(f, wire.FacetColumnRangeRequest)), None)
        return wire.FacetColumnResultRange(
            column_name=model.name,
            facet_type="range",
            column_min=low,
            column_max=high,
            selected_min=None if picked is None else picked.min,
            selected_max=None if picked is None else picked.max,
        )
    if columns.is_list(model.column_type):
        name = tree.Call("UNNEST", (name,), 0)
    count = tree.Call("COUNT", (), 0, has_star=True)
    config = model.facet_sort_config or wire.FacetColumnSortConfig()
    by_value = config.property == "VALUE"
    order = [
        tree.Order(count, (config.direction or "DESC") == "DESC"),
        tree.Order(name, by_value and config.direction == "DESC"),
    ]
    counted = replace(
        base,
        items=(tree.Item(name, "v"), tree.Item(count, "n")),
        group_by=(name,),
        order_by=tuple(reversed(order) if by_value else order),
    )
    statement = engine.state(counted, scope)
    kind = columns.element(model.column_type)
    selected = {
        text
        for f in mine
        if isinstance(f, wire.FacetColumnValuesRequest)
        for text in f.facet_values or []
    }
    counts = []
    for value, number in db.execute(f"{statement.sql} LIMIT {_MOST_FACET_VALUES}").fetchall():
        text = cell_text(value, kind)
        text = wire.NULL_FACET if text is None else text
        counts.append(
            wire.FacetColumnResultValueCount(value=text, count=number, is_selected=text in selected)
        )
    return wire.FacetColumnResultValues(
        column_name=model.name, facet_type="enumeration", facet_values=counts
    )
