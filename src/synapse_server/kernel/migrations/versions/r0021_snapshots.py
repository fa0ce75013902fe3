"""Which change of a table each of its snapshots shows."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0021"
down_revision = "0020"

TABLES = """
CREATE TABLE table_snapshot (
    table_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    change_number INTEGER NOT NULL,
    etag {text} NOT NULL,
    changed_on INTEGER NOT NULL,
    PRIMARY KEY (table_id, version)
)
"""


def upgrade() -> None:
    """Create the table of snapshots."""
    steps.run(TABLES)
