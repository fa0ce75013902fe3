"""Which entities and submissions changed, and when: what the indexes of views catch up from.

``object_change`` has at most one row an object, that of its last change. ``moment`` grows: on
SQLite it is a number of its own, on PostgreSQL the number of the transaction. So a reader that
takes everything from the oldest transaction on that was under way when it read last misses
nothing, whatever the order of commits.

What existed before has no row: an index that has read nothing yet reads everything.

``view_snapshot`` says where the rows are that a version of a view shows.
"""

from __future__ import annotations

from alembic import op

from synapse_server.kernel.migrations import steps

revision = "0022"
down_revision = "0021"

_ALL = ("insert", "update", "delete")
_WATCHED = (
    # What has no version, or no status, is not there yet or no more: those of its parts suffice.
    ("entity", "entity", "id", ("update",)),
    ("entity_version", "entity", "entity_id", _ALL),
    ("submission", "submission", "id", ("update",)),
    ("submission_status", "submission", "id", _ALL),
)
"""Tables, the kind of the object that their rows are of, the column of its id, and what is noted."""
_ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
_PLACED = (
    "NEW.type IN ('project', 'folder') AND (OLD.parent_id <> NEW.parent_id OR OLD.name <> NEW.name)"
)
"""All that lies below has another path then, or lies elsewhere; what becomes of it by the trash
can is written to the rows below themselves."""

SNAPSHOTS = """
CREATE TABLE view_snapshot (
    view_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    blob {text} NOT NULL,
    changed_on INTEGER NOT NULL,
    PRIMARY KEY (view_id, version)
)
"""


def upgrade() -> None:
    """Create the tables and the triggers."""
    steps.run(SNAPSHOTS)
    if steps.is_sqlite():
        _sqlite()
    else:
        _postgres()


def _sqlite() -> None:
    op.execute(
        "CREATE TABLE object_change (kind TEXT NOT NULL, id INTEGER NOT NULL,"
        " moment INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"
    )
    op.execute("CREATE INDEX object_change_moment ON object_change (moment)")
    note = (
        "INSERT INTO object_change (kind, id, moment) VALUES ('{kind}', {id},"
        " (SELECT coalesce(max(moment), 0) + 1 FROM object_change))"
        " ON CONFLICT (kind, id) DO UPDATE SET moment = excluded.moment;"
    )
    for table, kind, column, events in _WATCHED:
        for event in events:
            step = note.format(kind=kind, id=f"{_ROWS[event]}.{column}")
            op.execute(
                f"CREATE TRIGGER {table}_{event}_noted AFTER {event} ON {table} BEGIN {step} END"
            )
    step = note.format(kind="place", id="NEW.id")
    op.execute(
        "CREATE TRIGGER entity_place_noted AFTER UPDATE OF parent_id, name ON entity"
        f" WHEN {_PLACED} BEGIN {step} END"
    )


def _postgres() -> None:
    op.execute(
        'CREATE TABLE object_change (kind TEXT COLLATE "C" NOT NULL, id BIGINT NOT NULL,'
        " moment BIGINT NOT NULL, PRIMARY KEY (kind, id))"
    )
    op.execute("CREATE INDEX object_change_moment ON object_change (moment)")
    # Once a statement, not once a row: what changes a whole tree changes thousands.
    note = (
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO object_change (kind, id, moment)"
        " SELECT DISTINCT '{kind}', {id}, pg_current_xact_id()::text::bigint FROM {rows}"
        " ORDER BY 2"
        " ON CONFLICT (kind, id) DO UPDATE SET moment = excluded.moment"
        " WHERE object_change.moment <> excluded.moment;"
        " RETURN NULL; END $$"
    )
    for kind, column in sorted({(kind, column) for _, kind, column, _ in _WATCHED}):
        op.execute(note.format(name=f"note_{kind}_{column}", kind=kind, id=column, rows="changed"))
    for table, kind, column, events in _WATCHED:
        for event in events:
            op.execute(
                f"CREATE TRIGGER {table}_{event}_noted AFTER {event} ON {table}"
                f" REFERENCING {_ROWS[event]} TABLE AS changed FOR EACH STATEMENT"
                f" EXECUTE FUNCTION note_{kind}_{column}()"
            )
    op.execute(
        note.format(name="note_place", kind="place", id="id", rows="(SELECT NEW.id AS id) AS one")
    )
    op.execute(
        "CREATE TRIGGER entity_place_noted AFTER UPDATE OF parent_id, name ON entity"
        f" FOR EACH ROW WHEN ({_PLACED}) EXECUTE FUNCTION note_place()"
    )
