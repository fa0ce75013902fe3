"""Evaluations with their rounds and submissions, and challenges with their teams."""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = "0014"
down_revision = "0013"

TABLES = """
CREATE TABLE evaluation (
    id {id},
    etag {text} NOT NULL,
    name {text} NOT NULL UNIQUE,
    owner_id INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    content_source INTEGER NOT NULL,
    takes_from INTEGER,
    takes_until INTEGER,
    body {text} NOT NULL,
    batch_etag {text} NOT NULL
);
CREATE INDEX evaluation_content_source ON evaluation (content_source);
CREATE TABLE evaluation_round (
    id {id},
    etag {text} NOT NULL,
    evaluation_id INTEGER NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    limits {text} NOT NULL
);
CREATE INDEX evaluation_round_starts ON evaluation_round (evaluation_id, starts);
CREATE TABLE submission (
    id {id},
    evaluation_id INTEGER NOT NULL,
    round_id INTEGER,
    user_id INTEGER NOT NULL,
    team_id INTEGER,
    entity_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    name {text} NOT NULL,
    submitter_alias {text},
    created_on INTEGER NOT NULL,
    bundle {text} NOT NULL
);
CREATE INDEX submission_evaluation ON submission (evaluation_id, id);
CREATE INDEX submission_user ON submission (evaluation_id, user_id, id);
CREATE INDEX submission_round ON submission (round_id);
CREATE INDEX submission_team ON submission (team_id, evaluation_id);
CREATE TABLE submission_status (
    id {id},
    evaluation_id INTEGER NOT NULL,
    etag {text} NOT NULL,
    modified_on INTEGER NOT NULL,
    status {text} NOT NULL,
    score DOUBLE PRECISION,
    status_version INTEGER NOT NULL,
    can_cancel INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    body {text} NOT NULL
);
CREATE INDEX submission_status_status ON submission_status (evaluation_id, status, id);
CREATE TABLE submission_contributor (
    submission_id INTEGER NOT NULL,
    principal_id INTEGER NOT NULL,
    created_on INTEGER NOT NULL,
    PRIMARY KEY (submission_id, principal_id)
);
CREATE INDEX submission_contributor_principal ON submission_contributor (principal_id);
CREATE TABLE submission_file (
    submission_id INTEGER NOT NULL,
    file_handle_id INTEGER NOT NULL,
    PRIMARY KEY (submission_id, file_handle_id)
);
CREATE INDEX submission_file_handle ON submission_file (file_handle_id);
CREATE TABLE challenge (
    id {id},
    etag {text} NOT NULL,
    project_id INTEGER NOT NULL UNIQUE,
    team_id INTEGER NOT NULL
);
CREATE INDEX challenge_participants ON challenge (team_id);
CREATE TABLE challenge_team (
    id {id},
    etag {text} NOT NULL,
    challenge_id INTEGER NOT NULL,
    team_id INTEGER NOT NULL,
    message {text},
    UNIQUE (challenge_id, team_id)
)
"""
# Numbers start where nobody takes them for those of other things.
SEQUENCES = {"evaluation": 9600001, "evaluation_round": 1, "submission": 9700001, "challenge": 4001}


def upgrade() -> None:
    """Create the tables and the sequences."""
    steps.run(TABLES)
    steps.sequences(SEQUENCES)
