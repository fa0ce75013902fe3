"""Asynchronous jobs."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    kind {text} NOT NULL,
    request {text} NOT NULL,
    state {text} NOT NULL,
    etag {text} NOT NULL,
    started_on INTEGER NOT NULL,
    changed_on INTEGER NOT NULL,
    progress_message {text},
    progress_current INTEGER NOT NULL DEFAULT 0,
    progress_total INTEGER NOT NULL DEFAULT 0,
    response {text},
    exception {text},
    error {text},
    cancel INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX job_due ON job (lease_until) WHERE state = 'PROCESSING';
CREATE INDEX job_changed ON job (changed_on)
"""


def upgrade() -> None:
    """Create the table and its sequence."""
    steps.run(TABLES)
    steps.sequences({"job": 1})
