"""Principals, tokens, entities, access, provenance and files.

Times are milliseconds since the epoch. Ids are numbers; ``syn`` is added on the wire.
"""

from __future__ import annotations

from alembic import op

from synapse_server.kernel.migrations import steps

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE secret (name {text} PRIMARY KEY, value {text} NOT NULL);

CREATE TABLE principal (
    id {id},
    kind {text} NOT NULL CHECK (kind IN ('user', 'group', 'team')),
    name {text} NOT NULL,
    etag {text} NOT NULL,
    created_on INTEGER NOT NULL
);
CREATE TABLE principal_alias (
    normal {text} PRIMARY KEY,
    kind {text} NOT NULL,
    alias {text} NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principal (id)
);
CREATE INDEX principal_alias_owner ON principal_alias (principal_id);
CREATE TABLE name_prefix (
    word {text} NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (word, principal_id)
);
CREATE INDEX name_prefix_owner ON name_prefix (principal_id);
CREATE TABLE group_member (
    group_id INTEGER NOT NULL REFERENCES principal (id),
    member_id INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (member_id, group_id)
);
CREATE INDEX group_member_group ON group_member (group_id);
CREATE TABLE account (
    id INTEGER PRIMARY KEY REFERENCES principal (id),
    password {text},
    password_changed_on INTEGER,
    secret_key {text},
    is_disabled INTEGER NOT NULL DEFAULT 0,
    is_certified INTEGER NOT NULL DEFAULT 0,
    certified_on INTEGER,
    certification_revoked_on INTEGER,
    terms_version {text},
    terms_signed_on INTEGER,
    authenticated_on INTEGER,
    sessions_revoked_on INTEGER NOT NULL DEFAULT 0,
    notification_email {text},
    profile {text} NOT NULL
);
CREATE TABLE login_failure (
    name {text} PRIMARY KEY,
    count INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
);
CREATE TABLE personal_token (
    id {text} PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES account (id),
    name {text} NOT NULL,
    scopes {text} NOT NULL,
    created_on INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    UNIQUE (user_id, name)
);
CREATE TABLE revoked_session (jti {text} PRIMARY KEY, expires_on INTEGER NOT NULL);

CREATE TABLE entity (
    id {id},
    type {text} NOT NULL,
    name {text} NOT NULL,
    parent_id INTEGER,
    benefactor_id INTEGER NOT NULL,
    etag {text} NOT NULL,
    version INTEGER NOT NULL,
    next_version INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    alias {text},
    is_open INTEGER NOT NULL DEFAULT 0,
    trash_root INTEGER
);
CREATE UNIQUE INDEX entity_name ON entity (parent_id, name) WHERE trash_root IS NULL;
CREATE UNIQUE INDEX entity_alias ON entity (alias) WHERE alias IS NOT NULL;
CREATE INDEX entity_parent ON entity (parent_id);
CREATE INDEX entity_benefactor ON entity (benefactor_id);
CREATE INDEX entity_trash ON entity (trash_root) WHERE trash_root IS NOT NULL;
CREATE TABLE entity_version (
    entity_id INTEGER NOT NULL REFERENCES entity (id),
    number INTEGER NOT NULL,
    label {text},
    comment {text},
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    file_handle_id INTEGER,
    activity_id INTEGER,
    fields {text},
    annotations {text},
    PRIMARY KEY (entity_id, number)
);
CREATE UNIQUE INDEX entity_version_label ON entity_version (entity_id, label);
CREATE INDEX entity_version_file ON entity_version (file_handle_id);
CREATE INDEX entity_version_activity ON entity_version (activity_id);
CREATE TABLE trash (
    entity_id INTEGER PRIMARY KEY REFERENCES entity (id),
    parent_id INTEGER NOT NULL,
    name {text} NOT NULL,
    deleted_by INTEGER NOT NULL,
    deleted_on INTEGER NOT NULL,
    purge INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX trash_deleter ON trash (deleted_by, deleted_on);
CREATE TABLE favorite (
    user_id INTEGER NOT NULL,
    entity_id INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    PRIMARY KEY (user_id, entity_id)
);

CREATE TABLE acl (
    kind {text} NOT NULL,
    owner_id INTEGER NOT NULL,
    etag {text} NOT NULL,
    created_on INTEGER NOT NULL,
    PRIMARY KEY (kind, owner_id)
);
CREATE TABLE acl_entry (
    kind {text} NOT NULL,
    owner_id INTEGER NOT NULL,
    principal_id INTEGER NOT NULL,
    access INTEGER NOT NULL,
    PRIMARY KEY (kind, owner_id, principal_id)
);
CREATE INDEX acl_entry_principal ON acl_entry (principal_id, kind);

CREATE TABLE activity (
    id {id},
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL
);

CREATE TABLE file_handle (
    id {id},
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    md5 {text},
    size INTEGER,
    blob {text},
    body {text} NOT NULL
);
CREATE INDEX file_handle_md5 ON file_handle (md5);
CREATE INDEX file_handle_blob ON file_handle (blob);
CREATE TABLE upload (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL,
    fingerprint {text} NOT NULL,
    state {text} NOT NULL,
    store_upload {text} NOT NULL,
    blob {text} NOT NULL,
    parts INTEGER NOT NULL,
    request {text} NOT NULL,
    file_handle_id INTEGER,
    started_on INTEGER NOT NULL,
    updated_on INTEGER NOT NULL,
    UNIQUE (user_id, fingerprint)
);
CREATE TABLE upload_part (
    upload_id INTEGER NOT NULL REFERENCES upload (id),
    number INTEGER NOT NULL,
    md5 {text} NOT NULL,
    PRIMARY KEY (upload_id, number)
)
"""

SEQUENCES = {
    "entity": 50_000_000,
    "principal": 3_500_000,
    "activity": 1,
    "file": 1_000_000,
    "upload": 1,
}


def upgrade() -> None:
    """Create everything."""
    steps.run(TABLES)
    if steps.is_sqlite():
        op.execute("CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
    steps.sequences(SEQUENCES)
