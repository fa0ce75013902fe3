"""What stands in FROM: tables, and the queries that are named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from synapse_server.tables.sql import widths
from synapse_server.tables.sql.pieces import SEARCHED, Said
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

SYSTEM: Mapping[str, str] = {"ROW_ID": "INTEGER", "ROW_VERSION": "INTEGER"}
"""What each row of a table has beside its columns, and the types."""
HERE = "ROW_HERE"
"""TRUE in each row that is copied for a materialized view; no query can name it."""
NOTHING_MATCHES = -1
"""In place of a benefactor: the row says that a view has no row that matches."""
NOBODY = -2
"""In place of a benefactor: nobody but administrators may see the row."""
ENTITY = "entity"
EVALUATION = "evaluation"
_NO_NAME = re.compile(r"[^A-Z0-9_]")


@dataclass(frozen=True, slots=True)
class Benefactor:
    """What says of each row whose ACL rules it."""

    name: str
    """What queries call it, such as ROW_BENEFACTOR_A."""
    owner: str
    """Whose ACL it is: that of an entity or of an evaluation."""
    origins: tuple[tuple[str, str], ...]
    """The tables that it comes from, as FROM has them, and what they call it."""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table for the engine: its columns, and where the rows are."""

    columns: Sequence[ColumnModel]
    rows: str = "r"
    """The name of the rows, or a relation that is called r."""
    system: Mapping[str, str] = field(default_factory=lambda: SYSTEM)
    is_search_enabled: bool = False
    benefactors: Mapping[str, str] = field(default_factory=dict)
    """Those of ``system`` that say whose ACL rules a row, and whose ACLs these are."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of FROM as names mean it."""

    name: str
    """How the SQL calls it: its alias, or as it is written."""
    mark: str
    """How the engine calls it."""
    rows: str
    """SQL of the rows, which calls them so."""
    columns: Mapping[str, Said]
    system: Mapping[str, Said]
    searched: tuple[Said, ...] | None = None
    """What full-text search looks at; None when it is off."""
    benefactors: tuple[Benefactor, ...] = ()
    is_guarded: bool = False
    """Whether not everybody may see all rows, so that no error may tell of them."""


def relation(table: Table, written: str, name: str, mark: str) -> Relation:
    """A table that FROM names: how it is written, and what it is called there."""
    columns: dict[str, Said] = {}
    for each in table.columns:
        assert each.name is not None
        assert each.column_type is not None
        width = widths.of_column(each)
        columns[each.name] = Said(f"{mark}.C{each.id}", each.column_type, each, width)
    system = {name: Said(f"{mark}.{name}", kind) for name, kind in table.system.items()}
    searched = None
    if table.is_search_enabled:
        searched = tuple(each for each in columns.values() if each.kind in SEARCHED)
    called = _NO_NAME.sub("_", name.upper())
    benefactors = tuple(
        Benefactor(
            f"{each}_{called}",
            owner,
            ((written, each),),
            # What a materialized view says of nothing does not hold for what is made of it.
            f"CASE WHEN {system[each].sql} < 0 THEN {NOBODY} ELSE {system[each].sql} END",
        )
        for each, owner in table.benefactors.items()
    )
    rows = table.rows
    if rows.isidentifier():
        rows = f"{rows} AS {mark}"
    else:
        assert mark == "r", "what is called r has no other name"
    is_guarded = any(each.startswith("ROW_BENEFACTOR") for each in system)
    return Relation(name, mark, rows, columns, system, searched, benefactors, is_guarded)


def nullable(found: Relation) -> Relation:
    """The same where a join may leave it out: that nothing matches is known of all its rows."""
    benefactors = tuple(
        replace(
            each,
            sql=f"CASE WHEN {found.mark}.{HERE} IS NULL THEN {NOTHING_MATCHES} ELSE ({each.sql}) END",
        )
        for each in found.benefactors
    )
    return replace(found, benefactors=benefactors)


def shown_as(found: Relation, models: Sequence[ColumnModel]) -> Relation:
    """The same with the columns of a schema."""
    columns = {
        name: replace(said, column=model)
        for (name, said), model in zip(found.columns.items(), models, strict=True)
    }
    return replace(found, columns=columns)


def find(
    relations: Sequence[Relation], name: str, table: str | None, *, is_system: bool = False
) -> Said | None:
    """What a name means in FROM.

    Raises:
        BadRequest: It may be a column of several tables, or names a table that is not there.
    """
    asked = relations
    if table is not None:
        asked = [each for each in relations if each.name.lower() == table.lower()]
        if not asked:
            raise BadRequest(f"{table}.{name} is of {table}, which FROM does not name.")
    key = name.upper() if is_system else name
    every = [each.system if is_system else each.columns for each in asked]
    found = [each[key] for each in every if key in each]
    if len(found) > 1:
        raise BadRequest(
            f"The column {name} is in several tables; say which one, as {asked[0].name}.{name}."
        )
    return found[0] if found else None
