"""Teams, invitations and requests to join them, and messages."""

from __future__ import annotations

import sqlalchemy
from alembic import op

from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.migrations import steps

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE team (
    id INTEGER PRIMARY KEY REFERENCES principal (id),
    description {text},
    icon INTEGER,
    can_public_join INTEGER NOT NULL DEFAULT 0,
    can_request_membership INTEGER,
    created_by INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL
);
CREATE INDEX team_icon ON team (icon) WHERE icon IS NOT NULL;
CREATE TABLE membership_invitation (
    id {id},
    team_id INTEGER NOT NULL REFERENCES team (id),
    invitee_id INTEGER,
    invitee_email {text},
    message {text},
    created_on INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    expires_on INTEGER
);
CREATE INDEX membership_invitation_team ON membership_invitation (team_id);
CREATE INDEX membership_invitation_invitee ON membership_invitation (invitee_id);
CREATE TABLE membership_request (
    id {id},
    team_id INTEGER NOT NULL REFERENCES team (id),
    user_id INTEGER NOT NULL,
    message {text},
    created_on INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    expires_on INTEGER
);
CREATE INDEX membership_request_team ON membership_request (team_id);
CREATE INDEX membership_request_user ON membership_request (user_id);
CREATE TABLE message (
    id {id},
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    subject {text},
    file_handle_id INTEGER NOT NULL,
    root_id INTEGER NOT NULL,
    body {text} NOT NULL
);
CREATE INDEX message_sender ON message (created_by, created_on);
CREATE INDEX message_root ON message (root_id);
CREATE INDEX message_file ON message (file_handle_id);
CREATE TABLE message_recipient (
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES message (id),
    status {text} NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX message_recipient_message ON message_recipient (message_id)
"""
SEQUENCES = ("membership_invitation", "membership_request", "message")
_MIGRATION_ADMIN, _EVERYBODY = 1, 273948
_MEMBER, _MANAGER = 0x2002, 0x300E
"""READ and SEND_MESSAGE; the same, UPDATE, DELETE and TEAM_MEMBERSHIP_UPDATE."""


def upgrade() -> None:
    """Create the tables, and make teams of the principals that are teams already."""
    connection = op.get_bind()
    steps.run(TABLES)
    steps.sequences(dict.fromkeys(SEQUENCES, 1))
    found = connection.execute(sqlalchemy.text("SELECT id FROM principal WHERE kind = 'team'"))
    for (id,) in found.all():
        values = {"id": id, "admin": _MIGRATION_ADMIN, "now": now(), "etag": new_etag()}
        connection.execute(_ADD_TEAM, values)
        connection.execute(_ADD_MEMBER, values)
        connection.execute(_ADD_ACL, values)
        for principal, access in (
            (_MIGRATION_ADMIN, _MANAGER),
            (id, _MEMBER),
            (_EVERYBODY, _MEMBER),
        ):
            connection.execute(_ADD_ENTRY, {"id": id, "principal": principal, "access": access})


_ADD_TEAM = sqlalchemy.text(
    "INSERT INTO team (id, created_by, modified_by, modified_on) VALUES (:id, :admin, :admin, :now)"
)
_ADD_MEMBER = sqlalchemy.text(
    "INSERT INTO group_member (group_id, member_id) VALUES (:id, :admin) ON CONFLICT DO NOTHING"
)
_ADD_ACL = sqlalchemy.text(
    "INSERT INTO acl (kind, owner_id, etag, created_on) VALUES ('team', :id, :etag, :now)"
)
_ADD_ENTRY = sqlalchemy.text(
    "INSERT INTO acl_entry (kind, owner_id, principal_id, access)"
    " VALUES ('team', :id, :principal, :access)"
)
