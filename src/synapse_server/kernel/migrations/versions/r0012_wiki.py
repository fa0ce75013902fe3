"""Wikis: pages, their versions with their attachments, and hints of order."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE wiki_page (
    id {id},
    owner_kind {text} NOT NULL,
    owner_id INTEGER NOT NULL,
    parent_id INTEGER REFERENCES wiki_page (id),
    depth INTEGER NOT NULL,
    etag {text} NOT NULL,
    version INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL
);
CREATE UNIQUE INDEX wiki_page_root ON wiki_page (owner_kind, owner_id) WHERE parent_id IS NULL;
CREATE INDEX wiki_page_owner ON wiki_page (owner_kind, owner_id, depth, id);
CREATE INDEX wiki_page_parent ON wiki_page (parent_id);
CREATE TABLE wiki_version (
    page_id INTEGER NOT NULL REFERENCES wiki_page (id),
    number INTEGER NOT NULL,
    title {text},
    markdown_id INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    PRIMARY KEY (page_id, number)
);
CREATE INDEX wiki_version_markdown ON wiki_version (markdown_id);
CREATE TABLE wiki_attachment (
    page_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    file_handle_id INTEGER NOT NULL,
    PRIMARY KEY (page_id, number, position)
);
CREATE INDEX wiki_attachment_file ON wiki_attachment (file_handle_id);
CREATE TABLE wiki_order (
    owner_kind {text} NOT NULL,
    owner_id INTEGER NOT NULL,
    etag {text} NOT NULL,
    ids {text} NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
)
"""


def upgrade() -> None:
    """Create the tables and the sequence."""
    steps.run(TABLES)
    steps.sequences({"wiki": 1})
