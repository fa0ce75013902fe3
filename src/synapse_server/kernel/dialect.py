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
