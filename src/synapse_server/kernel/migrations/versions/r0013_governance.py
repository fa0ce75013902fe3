"""Access requirements, approvals, requests for approval, second factors, the quiz."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0013"
down_revision = "0012"

# entity.restricted_by: the nearest of the entity and those above it that a requirement is on,
# 0 for none. See docs/decisions/0016.
TABLES = """
ALTER TABLE entity ADD COLUMN restricted_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN two_factor_on INTEGER;

CREATE TABLE access_requirement (
    id {id},
    name {text} NOT NULL UNIQUE,
    type {text} NOT NULL,
    access {text} NOT NULL,
    two_factor INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL
);
CREATE TABLE access_requirement_version (
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    version INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (requirement_id, version)
);
CREATE TABLE requirement_subject (
    kind {text} NOT NULL,
    subject_id INTEGER NOT NULL,
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    PRIMARY KEY (kind, subject_id, requirement_id)
);
CREATE INDEX requirement_subject_requirement
    ON requirement_subject (requirement_id, kind, subject_id);
CREATE TABLE access_approval (
    id {id},
    etag {text} NOT NULL,
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    requirement_version INTEGER NOT NULL,
    submitter_id INTEGER NOT NULL,
    accessor_id INTEGER NOT NULL,
    state {text} NOT NULL,
    expires_on INTEGER,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    UNIQUE (accessor_id, requirement_id, submitter_id, requirement_version)
);
CREATE INDEX access_approval_group ON access_approval (requirement_id, submitter_id);
CREATE INDEX access_approval_expiry ON access_approval (expires_on)
    WHERE state = 'APPROVED' AND expires_on IS NOT NULL;
CREATE TABLE approval_notification (
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    recipient_id INTEGER NOT NULL,
    kind {text} NOT NULL,
    about INTEGER NOT NULL,
    sent_on INTEGER NOT NULL,
    PRIMARY KEY (requirement_id, recipient_id, kind, about)
);

CREATE TABLE research_project (
    id {id},
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL,
    UNIQUE (created_by, requirement_id)
);
CREATE INDEX research_project_requirement ON research_project (requirement_id);
CREATE TABLE access_request (
    id {id},
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    etag {text} NOT NULL,
    created_by INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL,
    UNIQUE (created_by, requirement_id)
);
CREATE INDEX access_request_requirement ON access_request (requirement_id);
CREATE TABLE access_submission (
    id {id},
    requirement_id INTEGER NOT NULL REFERENCES access_requirement (id),
    requirement_version INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    state {text} NOT NULL,
    reason {text},
    etag {text} NOT NULL,
    submitted_by INTEGER NOT NULL,
    submitted_on INTEGER NOT NULL,
    modified_by INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    body {text} NOT NULL
);
CREATE UNIQUE INDEX access_submission_open ON access_submission (submitted_by, requirement_id)
    WHERE state = 'SUBMITTED';
CREATE INDEX access_submission_requirement ON access_submission (requirement_id, state);
CREATE INDEX access_submission_request ON access_submission (request_id);
CREATE TABLE access_submission_accessor (
    submission_id INTEGER NOT NULL REFERENCES access_submission (id),
    accessor_id INTEGER NOT NULL,
    PRIMARY KEY (accessor_id, submission_id)
);
CREATE INDEX access_submission_accessor_of ON access_submission_accessor (submission_id);

-- File handles that may not be deleted: templates of requirements, files of submissions.
CREATE TABLE access_file (
    kind {text} NOT NULL,
    owner_id INTEGER NOT NULL,
    file_handle_id INTEGER NOT NULL,
    PRIMARY KEY (kind, owner_id, file_handle_id)
);
CREATE INDEX access_file_handle ON access_file (file_handle_id);

CREATE TABLE totp_secret (
    id {id},
    user_id INTEGER NOT NULL REFERENCES account (id),
    sealed {text} NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 0,
    last_step INTEGER NOT NULL DEFAULT 0,
    created_on INTEGER NOT NULL
);
CREATE INDEX totp_secret_user ON totp_secret (user_id);
CREATE TABLE recovery_code (
    user_id INTEGER NOT NULL REFERENCES account (id),
    hash {text} NOT NULL,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE quiz_response (
    id {id},
    user_id INTEGER NOT NULL REFERENCES account (id),
    score INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    revoked_on INTEGER,
    body {text} NOT NULL
);
CREATE INDEX quiz_response_user ON quiz_response (user_id, created_on)
"""

SEQUENCES = {
    "access_requirement": 9_600_000,
    "access_approval": 1,
    "research_project": 1,
    "access_request": 1,
    "access_submission": 1,
    "totp_secret": 1,
    "quiz_response": 1,
}


def upgrade() -> None:
    """Create the tables and their sequences."""
    steps.run(TABLES)
    steps.sequences(SEQUENCES)
