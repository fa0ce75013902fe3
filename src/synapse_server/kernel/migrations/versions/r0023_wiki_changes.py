"""Whose wikis changed: noted in ``object_change`` as ``wiki`` with the id of the entity.

Every change of a page, its text and its place writes the row of the page.
"""

from __future__ import annotations

from alembic import op

from synapse_server.kernel.migrations import steps

revision = "0023"
down_revision = "0022"

_EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def upgrade() -> None:
    """Create the triggers."""
    if steps.is_sqlite():
        _sqlite()
    else:
        _postgres()


def _sqlite() -> None:
    for event, row in _EVENTS.items():
        op.execute(
            f"CREATE TRIGGER wiki_page_{event}_noted AFTER {event} ON wiki_page"
            f" WHEN {row}.owner_kind = 'entity' BEGIN"
            f" INSERT INTO object_change (kind, id, moment) VALUES ('wiki', {row}.owner_id,"
            " (SELECT coalesce(max(moment), 0) + 1 FROM object_change))"
            " ON CONFLICT (kind, id) DO UPDATE SET moment = excluded.moment; END"
        )


def _postgres() -> None:
    op.execute(
        "CREATE FUNCTION note_wiki() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO object_change (kind, id, moment)"
        " SELECT DISTINCT 'wiki', owner_id, pg_current_xact_id()::text::bigint FROM changed"
        " WHERE owner_kind = 'entity' ORDER BY 2"
        " ON CONFLICT (kind, id) DO UPDATE SET moment = excluded.moment"
        " WHERE object_change.moment <> excluded.moment;"
        " RETURN NULL; END $$"
    )
    for event, row in _EVENTS.items():
        op.execute(
            f"CREATE TRIGGER wiki_page_{event}_noted AFTER {event} ON wiki_page"
            f" REFERENCING {row} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_wiki()"
        )
