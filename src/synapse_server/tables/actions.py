"""What stands between the caller and the files that a query finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from synapse_server.tables.sql import engine, tree
from synapse_wire import tables as wire
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel


def check(query: wire.Query, models: Sequence[ColumnModel]) -> ColumnModel:
    """The column that says which files the rows are about.

    Raises:
        BadRequest: It is no column of the source, or of a type that names no entity; or that of
            the versions is none.
    """
    if query.select_file_version_column is not None:
        _column("selectFileVersionColumn", query.select_file_version_column, "INTEGER", models)
    assert query.select_file_column is not None
    return _column("selectFileColumn", query.select_file_column, "ENTITYID", models)


def _column(what: str, id: int, kind: str, models: Sequence[ColumnModel]) -> ColumnModel:
    for model in models:
        if model.id == str(id):
            if model.column_type != kind:
                raise BadRequest(
                    f"The {what} must be a column of the type {kind}; {model.name!r} is of the type"
                    f" {model.column_type}."
                )
            return model
    raise BadRequest(f"The {what} is the id of a column of what is queried; {id} is not.")


def files(
    db: duckdb.DuckDBPyConnection, select: tree.Select, scope: engine.Scope, model: ColumnModel
) -> list[int]:
    """The entities that rows of a query name in a column, whatever it selects of them."""
    name = tree.Name(model.name or "")
    every = replace(
        select,
        items=(tree.Item(name, "file"),),
        is_distinct=True,
        group_by=(),
        having=None,
        order_by=(),
        limit=None,
        offset=0,
    )
    found = db.execute(engine.state(every, scope).sql).fetchall()
    return [id for (id,) in found if id is not None]
