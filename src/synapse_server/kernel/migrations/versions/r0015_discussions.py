"""Forums with threads and replies, and who follows what."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0015"
down_revision = "0014"

TABLES = """
CREATE TABLE forum (
    id {id},
    project_id INTEGER NOT NULL UNIQUE,
    etag {text} NOT NULL
);
CREATE TABLE thread (
    id {id},
    forum_id INTEGER NOT NULL,
    title {text} NOT NULL,
    title_words {text} NOT NULL,
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    message_key {text} NOT NULL UNIQUE,
    words {text} NOT NULL,
    replies INTEGER NOT NULL,
    views INTEGER NOT NULL,
    is_edited INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    is_pinned INTEGER NOT NULL
);
CREATE INDEX thread_forum ON thread (forum_id, last_activity);
CREATE TABLE thread_view (
    thread_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (thread_id, user_id)
);
CREATE TABLE thread_mention (
    entity_id INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    PRIMARY KEY (entity_id, thread_id)
);
CREATE INDEX thread_mention_thread ON thread_mention (thread_id);
CREATE TABLE reply (
    id {id},
    thread_id INTEGER NOT NULL,
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    message_key {text} NOT NULL UNIQUE,
    words {text} NOT NULL,
    is_edited INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL
);
CREATE INDEX reply_thread ON reply (thread_id, created_on);
CREATE TABLE subscription (
    id {id},
    user_id INTEGER NOT NULL,
    kind {text} NOT NULL,
    object_id INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    UNIQUE (user_id, kind, object_id)
);
CREATE INDEX subscription_topic ON subscription (kind, object_id, user_id)
"""


def upgrade() -> None:
    """Create the tables and the sequences."""
    steps.run(TABLES)
    steps.sequences(dict.fromkeys(("forum", "thread", "reply", "subscription"), 1))
