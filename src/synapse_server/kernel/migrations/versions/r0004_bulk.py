"""Small uploads, and commits of many changes."""

from __future__ import annotations

from alembic import op

from synapse_server.kernel.dialect import Dialect, PostgresDialect, SQLiteDialect

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE small_upload (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    md5 {text} NOT NULL,
    size INTEGER NOT NULL,
    blob {text} NOT NULL,
    started_on INTEGER NOT NULL,
    UNIQUE (user_id, md5, size)
);
CREATE INDEX small_upload_started ON small_upload (started_on);
CREATE TABLE bulk_commit (
    user_id INTEGER NOT NULL,
    key {text} NOT NULL,
    digest {text} NOT NULL,
    response {text} NOT NULL,
    committed_on INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX bulk_commit_committed ON bulk_commit (committed_on)
"""


def upgrade() -> None:
    """Create the tables and the sequence."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    dialect: Dialect = SQLiteDialect() if sqlite else PostgresDialect()
    for statement in dialect.ddl(TABLES).split(";\n"):
        op.execute(statement)
    if sqlite:
        op.execute("INSERT INTO sequence VALUES ('small_upload', 0)")
    else:
        op.execute("CREATE SEQUENCE small_upload_id START 1")
