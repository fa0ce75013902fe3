"""What migrations have in common: statements in both dialects, and sequences of ids."""

from __future__ import annotations

from collections.abc import Mapping

from alembic import op

from synapse_server.kernel.dialect import Dialect, PostgresDialect, SQLiteDialect


def is_sqlite() -> bool:
    """Whether the database that is migrated is SQLite, and not PostgreSQL."""
    return op.get_bind().dialect.name == "sqlite"


def run(statements: str) -> None:
    """Run statements that stand apart by a semicolon and a line's end, with ``{id}`` and the like.

    What stands in braces is the dialect's, see ``Dialect.ddl``.
    """
    dialect: Dialect = SQLiteDialect() if is_sqlite() else PostgresDialect()
    for statement in dialect.ddl(statements).split(";\n"):
        op.execute(statement)


def sequences(firsts: Mapping[str, int]) -> None:
    """Make sequences of ids, each with the first id that it gives."""
    for name, first in firsts.items():
        if is_sqlite():
            op.execute(f"INSERT INTO sequence VALUES ('{name}', {first - 1})")
        else:
            op.execute(f"CREATE SEQUENCE {name}_id START {first}")
