"""What activities used, by what was used: so that what was made of something is found."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy
from alembic import op

from synapse_server.kernel.migrations import steps

revision = "0010"
down_revision = "0004"

TABLES = """
CREATE TABLE activity_used (
    activity_id INTEGER NOT NULL,
    target_id INTEGER NOT NULL,
    target_version INTEGER NOT NULL,
    PRIMARY KEY (target_id, target_version, activity_id)
);
CREATE INDEX activity_used_activity ON activity_used (activity_id)
"""
_INSERT = sqlalchemy.text(
    "INSERT INTO activity_used (activity_id, target_id, target_version)"
    " VALUES (:activity, :target, :version) ON CONFLICT DO NOTHING"
)
_AT_ONCE = 1000


def upgrade() -> None:
    """Create the table and fill it from the activities that there are."""
    connection = op.get_bind()
    steps.run(TABLES)
    after = 0
    while True:
        page = connection.execute(
            sqlalchemy.text(
                "SELECT id, body FROM activity WHERE id > :after ORDER BY id LIMIT :count"
            ),
            {"after": after, "count": _AT_ONCE},
        ).all()
        if not page:
            return
        found = [each for row in page for each in _used(row.id, row.body)]
        if found:
            connection.execute(_INSERT, found)
        after = page[-1].id


def _used(activity: int, body: str) -> list[dict[str, Any]]:
    found = []
    for used in json.loads(body).get("used") or ():
        reference = used.get("reference") or {}
        match = re.fullmatch(r"(?:syn)?(\d+)", str(reference.get("targetId", "")), re.IGNORECASE)
        if match:
            version = reference.get("targetVersionNumber") or 0
            found.append({"activity": activity, "target": int(match[1]), "version": version})
    return found
