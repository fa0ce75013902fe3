"""Users' pictures."""

from __future__ import annotations

from alembic import op

from synapse_server.kernel.dialect import Dialect, PostgresDialect, SQLiteDialect

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE account ADD COLUMN picture INTEGER;
CREATE INDEX account_picture ON account (picture) WHERE picture IS NOT NULL
"""


def upgrade() -> None:
    """Add the column."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    dialect: Dialect = SQLiteDialect() if sqlite else PostgresDialect()
    for statement in dialect.ddl(CHANGES).split(";\n"):
        op.execute(statement)
