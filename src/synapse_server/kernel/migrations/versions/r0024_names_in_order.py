"""Lists are sorted by name as people read it: capitals do not come before all else."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Create the index."""
    op.execute(
        "CREATE INDEX entity_listed ON entity (parent_id, lower(name), id) WHERE trash_root IS NULL"
    )
