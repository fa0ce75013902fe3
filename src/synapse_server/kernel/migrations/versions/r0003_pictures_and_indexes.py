"""Users' pictures, aliases in the trash can, indexes of what is looked for again and again."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE account ADD COLUMN picture INTEGER;
CREATE INDEX account_picture ON account (picture) WHERE picture IS NOT NULL;
ALTER TABLE trash ADD COLUMN alias {text};
CREATE INDEX trash_due ON trash (purge, deleted_on);
CREATE INDEX entity_creator ON entity (created_by) WHERE type = 'project';
CREATE INDEX favorite_entity ON favorite (entity_id);
CREATE INDEX upload_updated ON upload (updated_on);
CREATE INDEX revoked_session_expires ON revoked_session (expires_on);
CREATE INDEX principal_kind ON principal (kind, id)
"""


def upgrade() -> None:
    """Add columns and indexes."""
    steps.run(CHANGES)
