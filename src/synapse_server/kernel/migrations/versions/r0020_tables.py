"""Column models, and the changes that tables are made of."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0020"
down_revision = "0015"

TABLES = """
CREATE TABLE column_model (
    id {id},
    name {text} NOT NULL,
    name_lower {text} NOT NULL,
    digest {text} NOT NULL UNIQUE,
    body {text} NOT NULL
);
CREATE INDEX column_model_name ON column_model (name_lower, id);
CREATE TABLE table_state (
    entity_id {id},
    version INTEGER NOT NULL,
    next_row INTEGER NOT NULL,
    etag {text} NOT NULL,
    changed_on INTEGER NOT NULL
);
CREATE TABLE table_change (
    table_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    etag {text} NOT NULL,
    made_by INTEGER NOT NULL,
    made_on INTEGER NOT NULL,
    PRIMARY KEY (table_id, number)
);
CREATE INDEX table_change_etag ON table_change (table_id, etag);
CREATE TABLE table_change_part (
    table_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    kind {text} NOT NULL,
    first_row INTEGER,
    row_count INTEGER NOT NULL,
    detail {text} NOT NULL,
    blob {text},
    PRIMARY KEY (table_id, number, part)
);
CREATE TABLE table_file (
    table_id INTEGER NOT NULL,
    file_handle_id INTEGER NOT NULL,
    PRIMARY KEY (table_id, file_handle_id)
);
CREATE INDEX table_file_handle ON table_file (file_handle_id)
"""


def upgrade() -> None:
    """Create the tables and the sequence of column ids."""
    steps.run(TABLES)
    steps.sequences({"column": 1})
