"""Where SQL differs between SQLite and PostgreSQL, each difference has a name here."""

from __future__ import annotations

from functools import cache
from typing import Protocol


class Dialect(Protocol):
    """The differences; both columns are tested by tests/contract."""

    name: str

    def next_id(self, sequence: str) -> str:
        """SQL that answers the next number of a sequence."""

    def restart(self, sequence: str, first: int) -> str:
        """SQL after which ``next_id`` answers ``first``."""

    def lock_row(self) -> str:
        """Suffix of a SELECT that keeps others from changing the row until commit."""

    def keep_row(self) -> str:
        """Suffix of a SELECT whose rows nobody changes or deletes until commit."""

    def hold(self, *, alone: bool) -> str | None:
        """SQL that waits for a lock named by the number ``?``, one that others may hold, too,
        or alone; None where there is one writer anyway."""

    def skip_locked(self) -> str:
        """Suffix of a SELECT that takes only rows nobody else holds."""

    def alone(self) -> str:
        """SQL after which no other transaction gets past the same SQL until commit."""

    def watermark(self) -> str:
        """SQL that answers from which ``object_change.moment`` on rows may appear that the
        transaction does not see."""

    def mend_moments(self) -> str | None:
        """SQL for a database that was restored elsewhere, where ``object_change.moment`` may lie
        ahead of all that comes; None where that cannot be."""

    def database_bytes(self) -> str:
        """SQL that answers how many bytes the database takes."""

    def starts_with(self, column: str) -> str:
        """Condition: the lower-case column starts with ``?`` (escape it with ``like_prefix``)."""

    def ddl(self, text: str) -> str:
        """Spell the column types of a migration."""


def like_prefix(text: str) -> str:
    """A pattern for ``starts_with`` in which nothing of the text is a wildcard."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + "%"


class SQLiteDialect:
    """SQLite 3.35 or later."""

    name = "sqlite"

    def next_id(self, sequence: str) -> str:
        return f"UPDATE sequence SET value = value + 1 WHERE name = '{sequence}' RETURNING value"

    def restart(self, sequence: str, first: int) -> str:
        return f"UPDATE sequence SET value = {first - 1} WHERE name = '{sequence}'"

    def lock_row(self) -> str:
        return ""  # there is one writer

    def keep_row(self) -> str:
        return ""

    def hold(self, *, alone: bool) -> str | None:
        return None

    def skip_locked(self) -> str:
        return ""

    def alone(self) -> str:
        return "SELECT 1"  # there is one writer

    def watermark(self) -> str:
        return "SELECT coalesce(max(moment), 0) + 1 FROM object_change"

    def mend_moments(self) -> str | None:
        return None

    def database_bytes(self) -> str:
        return "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"

    def starts_with(self, column: str) -> str:
        return f"{column} LIKE ? ESCAPE '\\'"

    def ddl(self, text: str) -> str:
        return (
            text.replace("{id}", "INTEGER PRIMARY KEY")
            .replace("{text}", "TEXT")
            .replace("{bytes}", "BLOB")
        )


class PostgresDialect:
    """PostgreSQL 14 or later."""

    name = "postgresql"

    def next_id(self, sequence: str) -> str:
        return f"SELECT nextval('{sequence}_id')"

    def restart(self, sequence: str, first: int) -> str:
        return f"ALTER SEQUENCE {sequence}_id RESTART WITH {first}"

    def lock_row(self) -> str:
        return " FOR UPDATE"

    def keep_row(self) -> str:
        return " FOR SHARE"

    def hold(self, *, alone: bool) -> str | None:
        return f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(?)"

    def skip_locked(self) -> str:
        return " FOR UPDATE SKIP LOCKED"

    def alone(self) -> str:
        return "SELECT pg_advisory_xact_lock(7253982)"

    def watermark(self) -> str:
        return "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

    def mend_moments(self) -> str | None:
        return (
            "UPDATE object_change SET moment = pg_current_xact_id()::text::bigint"
            " WHERE moment > pg_current_xact_id()::text::bigint"
        )

    def database_bytes(self) -> str:
        return "SELECT pg_database_size(current_database())"

    def starts_with(self, column: str) -> str:
        return f"{column} LIKE ? ESCAPE '\\'"

    def ddl(self, text: str) -> str:
        # Collation "C": both databases sort and compare text by code point.
        return (
            text.replace("{id}", "BIGINT PRIMARY KEY")
            .replace("{text}", 'TEXT COLLATE "C"')
            .replace("{bytes}", "BYTEA")
            .replace("INTEGER", "BIGINT")
        )


@cache
def numbered(sql: str) -> str:
    """Spell ``?`` parameters as PostgreSQL does.

    >>> numbered("SELECT 1 WHERE a = ? AND b = ?")
    'SELECT 1 WHERE a = $1 AND b = $2'
    """
    parts = sql.split("?")
    return parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))
