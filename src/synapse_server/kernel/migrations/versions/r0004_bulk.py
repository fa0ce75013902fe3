"""Small uploads, and commits of many changes."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

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
    steps.run(TABLES)
    steps.sequences({"small_upload": 1})
