"""What a materialized view or a virtual table is made of: SQL that is checked when it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from synapse_server.access import bits
from synapse_server.access import service as access
from synapse_server.access.service import Policy, Subject
from synapse_server.entities import ids
from synapse_server.entities import store as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.tables import columns
from synapse_server.tables.sql import engine, parser, tree
from synapse_server.tables.sql.relations import SYSTEM, Table
from synapse_server.views import definition as views
from synapse_server.views.index import SYSTEM as VIEW_SYSTEM
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.tables import ColumnModel

MATERIALIZED = "materializedview"
VIRTUAL = "virtualtable"
TYPES = (MATERIALIZED, VIRTUAL)
MOST_DEPTH = 5
"""So many definitions may stand on each other."""
_MOST_TABLES = 200
_MOST_SQL = 100_000
_MOST_STRING = 1_000


class _Fields(msgspec.Struct):
    column_ids: list[int] | None = None
    defining_sql: str | None = None


_read_fields = msgspec.json.Decoder(_Fields).decode


def parse(kind: str, sql: str | None) -> tree.Query:
    """Read a definition.

    Raises:
        BadRequest: There is none, or it cannot be read.
    """
    if not sql or not sql.strip():
        raise BadRequest("definingSQL is needed: the SELECT that makes the rows.")
    if len(sql) > _MOST_SQL:
        raise BadRequest(f"definingSQL has at most {_MOST_SQL} characters, not {len(sql)}.")
    return parser.parse_view(sql) if kind == MATERIALIZED else parser.parse(sql)


def frozen(
    query: tree.Query,
    models: Sequence[ColumnModel],
    columns: Mapping[str, Sequence[ColumnModel]],
) -> tree.Query:
    """A definition that selects what it selected when it was stored, where it says ``*``.

    Args:
        query: The definition.
        models: The columns that it yielded.
        columns: Those of the tables that it reads now.
    """
    if isinstance(query, tree.Union) or query.items:
        return query
    asked = [(query.table, query.alias), *((each.table, each.alias) for each in query.joins)]
    now_there = tree.star(
        [
            (alias or table, [each.name or "" for each in columns.get(table, ())])
            for table, alias in asked
        ]
    )
    known = {each.name: each for each in now_there}
    names = [each.name or "" for each in models]
    items = (known.get(name, tree.Item(tree.Name(name), name)) for name in names)
    return replace(query, items=tuple(items))


def check_depth(id: int, above: Sequence[int]) -> None:
    """Refuse definitions that stand on themselves, or on too many others.

    Raises:
        BadRequest: They do.
    """
    if id in above:
        raise BadRequest(f"syn{id} would be defined by itself.")
    if len(above) >= MOST_DEPTH:
        raise BadRequest(
            f"syn{id} stands below {len(above)} other definitions; at most {MOST_DEPTH} can stand"
            " on each other."
        )


def check_count(count: int) -> None:
    """Refuse definitions that read too much in all.

    Raises:
        BadRequest: They do.
    """
    if count >= _MOST_TABLES:
        raise BadRequest(
            f"What is asked is made of more than {_MOST_TABLES} tables, views and definitions."
        )


def check_same(id: int, statement: engine.Statement, models: Sequence[ColumnModel]) -> None:
    """Whether a definition still yields the columns that were stored.

    Raises:
        BadRequest: It yields others: a source has changed.
    """
    found = [_model(each).column_type for each in statement.outputs]
    if found != [each.column_type for each in models]:
        raise BadRequest(
            f"The definition of syn{id} yields other columns than when it was stored, for what it"
            " reads has other columns. Store its definingSQL anew."
        )


# ------------------------------------------------------------------ when it is stored


async def define(
    tx: Tx,
    caller: Caller,
    id: int,
    kind: str,
    sql: str | None,
    policy: Policy,
    before: str | None,
    columns_before: list[int] | None,
) -> list[int]:
    """Check a definition; the columns that it yields.

    One that stays as it is may stay, whatever became of what it reads, and of who stores it; then
    the columns stay, too.

    Args:
        tx: Where column models are made.
        caller: Who needs READ on what the definition reads.
        id: What it defines.
        kind: Its type.
        sql: The definition.
        policy: What is asked of users.
        before: The definition that was there, if any.
        columns_before: The columns that this one yielded.

    Raises:
        BadRequest: It cannot be.
        NotFound: It reads what is not there.
        Forbidden: It reads what the caller may not.
    """
    try:
        models = await check(tx, caller, id, kind, sql, policy)
    except (BadRequest, Forbidden, NotFound):
        if sql == before and columns_before is not None:
            return columns_before
        raise
    return [int((await columns.create(tx, each)).id or 0) for each in models]


async def check(
    tx: Tx, caller: Caller, id: int | None, kind: str, sql: str | None, policy: Policy
) -> list[ColumnModel]:
    """The columns that a definition yields, of which none is made. Raises as ``define``."""
    query = parse(kind, sql)
    above = () if id is None else (id,)
    statement = await _statement(tx, caller, kind, query, policy, above, {})
    models = [_model(each) for each in statement.outputs]
    columns.check_names(models)
    return [columns.normalised(each) for each in models]


async def _statement(
    tx: Tx,
    caller: Caller,
    kind: str,
    query: tree.Query,
    policy: Policy,
    above: tuple[int, ...],
    known: dict[tuple[int, int | None], Table],
    models: Sequence[ColumnModel] | None = None,
) -> engine.Statement:
    tables = {
        written: await _table(tx, caller, written, policy, above, known)
        for written in tree.tables(query)
    }
    if models is not None:
        query = frozen(query, models, {name: each.columns for name, each in tables.items()})
    return engine.inner(query, scope(kind, tables, caller))


def scope(kind: str, tables: Mapping[str, Table], caller: Caller | None) -> engine.Scope:
    """What a definition of this type means."""
    if kind == MATERIALIZED:
        return engine.Scope((), None, now(), tables=tables, keeps_benefactors=True)
    return engine.Scope((), None if caller is None else caller.id, now(), tables=tables)


async def _table(
    tx: Tx,
    caller: Caller,
    written: str,
    policy: Policy,
    above: tuple[int, ...],
    known: dict[tuple[int, int | None], Table],
) -> Table:
    """What stands in FROM; ``known`` is what was looked at already."""
    id, version = ids.parse_versioned(written)
    if (id, version) in known:
        return known[id, version]
    check_count(len(known))
    found = await _read_table(tx, caller, id, version, policy, above, known)
    known[id, version] = found
    return found


async def _read_table(
    tx: Tx,
    caller: Caller,
    id: int,
    version: int | None,
    policy: Policy,
    above: tuple[int, ...],
    known: dict[tuple[int, int | None], Table],
) -> Table:
    row = await _load(tx, caller, id, version, policy)
    kind = row["type"]
    fields = _read_fields(row["fields"] or "{}")
    models = await columns.load(tx, fields.column_ids or [])
    if kind == "table":
        return Table(models, "s")
    if kind in views.VIEWS:
        return Table(models, "s", VIEW_SYSTEM, benefactors=views.benefactors(kind))
    if kind not in TYPES:
        raise BadRequest(f"syn{id} is a {kind}, which has no rows.")
    if row["number"] != row["version"]:
        raise BadRequest(f"syn{id} is a {kind}, of which there are no snapshots.")
    check_depth(id, above)
    query = parse(kind, fields.defining_sql)
    statement = await _statement(
        tx, caller, MATERIALIZED, query, policy, (*above, id), known, models
    )
    return derived_table(kind, models, statement, "s")


def derived_table(
    kind: str, models: Sequence[ColumnModel], statement: engine.Statement, rows: str
) -> Table:
    """What is defined by a statement, as a table that others can read."""
    owners = {each.name: each.owner for each in statement.benefactors}
    system = dict.fromkeys(owners, "INTEGER")
    if kind == MATERIALIZED:
        system = {**SYSTEM, **system}
    return Table(models, rows, system, benefactors=owners)


async def _load(tx: Tx, caller: Caller, id: int, version: int | None, policy: Policy) -> Row:
    row = await entities.find(tx, id)
    if row is None:
        raise NotFound(f"Resource: 'syn{id}' does not exist")
    await access.require(tx, caller, Subject.of(row), bits.READ, policy, row["type"])
    if version is None or version == row["number"]:
        return row
    old = await entities.find_version(tx, id, version)
    if old is None:
        raise NotFound(f"syn{id} has no version {version}.")
    return old


def _model(output: engine.Output) -> ColumnModel:
    """The column that shows an output."""
    found = engine.shown(output, output.name)
    if found is not None:
        return found
    kind, size = output.kind, None
    if columns.element(kind) == "STRING":
        size = max(1, min(output.width, _MOST_STRING))
        if output.width > _MOST_STRING and kind == "STRING":
            kind = "LARGETEXT"  # as no STRING is as long
    return ColumnModel(
        name=output.name,
        column_type=kind,  # type: ignore[arg-type]
        maximum_size=size,
    )
