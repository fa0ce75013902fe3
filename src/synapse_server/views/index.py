"""The index of a view: what it shows, as of the moment up to which it has read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from synapse_server.kernel.clock import now
from synapse_server.tables.index import IndexFile, as_value, physical
from synapse_wire.tables import ColumnModel

SYSTEM = {
    "ROW_ID": "INTEGER",
    "ROW_VERSION": "INTEGER",
    "ROW_ETAG": "STRING",
    "ROW_BENEFACTOR": "INTEGER",
}
SIZE = "ROW_SIZE"
"""The bytes of the row's file; no query can name it."""
_HEADS = (
    ("ROW_ID", "BIGINT"),
    ("ROW_VERSION", "BIGINT"),
    ("ROW_ETAG", "VARCHAR COLLATE NOCASE.NOACCENT"),
    ("ROW_BENEFACTOR", "BIGINT"),
    (SIZE, "BIGINT"),
)
READABLE = "(SELECT * FROM r WHERE ROW_BENEFACTOR IN (SELECT id FROM readable)) AS r"
"""The rows of those benefactors that ``allow`` was told."""


class ViewIndex(IndexFile):
    """The rows of a view: of these columns, and of no other."""

    FORMAT = 2
    CREATE = (
        f"CREATE TABLE state AS SELECT {FORMAT} AS format, CAST(NULL AS BIGINT) AS watermark,"
        " '' AS note, CAST(0 AS BIGINT) AS changed_on, CAST(0 AS BIGINT) AS generation",
    )

    def __init__(self, columns: Sequence[ColumnModel], path: Path, spool: Path) -> None:
        """Open the file, or make it."""
        self._types = [physical(str(each.column_type)) for each in columns]
        self._kinds = [str(each.column_type) for each in columns]
        self._ids = [int(each.id or 0) for each in columns]
        super().__init__(path, spool)

    def _begin(self, db: duckdb.DuckDBPyConnection) -> None:
        own = zip((f"C{id}" for id in self._ids), self._types, strict=True)
        names = ", ".join(f"{name} {kind}" for name, kind in (*_HEADS, *own))
        db.execute(f"CREATE TABLE IF NOT EXISTS r ({names})")
        row = db.execute("SELECT watermark, note, changed_on FROM state").fetchone()
        assert row is not None
        self.watermark: int | None = row[0]
        """From which moment on changes were not read, or not all; None before all was read once."""
        self.note: str = row[1]
        """What the reader wants to know again next time."""
        self.changed_on: int = row[2]
        """When rows changed last, in milliseconds."""
        self._ruled: tuple[int, list[int]] = (-1, [])
        """A generation, and whose ACLs ruled the rows then."""

    # -------------------------------------------------------------- what it takes over

    def clear(self) -> None:
        """Forget everything."""
        with self.changing() as db:
            db.execute("DELETE FROM r")
            db.execute("UPDATE state SET watermark = NULL")
        self.watermark = None

    def put(self, db: duckdb.DuckDBPyConnection, gone: Sequence[int], rows: list[list[Any]]) -> int:
        """Replace the rows of these ids by others, which come column by column; how many went or
        came."""
        count = 0
        if gone:
            found = db.execute(
                "DELETE FROM r WHERE ROW_ID IN (SELECT unnest(CAST(? AS BIGINT[])))", [list(gone)]
            ).fetchone()
            count = int(found[0]) if found else 0
        if not rows:
            return count
        heads = [name for name, _ in _HEADS]
        parts = [
            f"unnest(CAST(? AS {kind.partition(' ')[0]}[])) AS h{i}"
            for i, (_, kind) in enumerate(_HEADS)
        ]
        parts += [f"unnest(CAST(? AS VARCHAR[])) AS c{i}" for i in range(len(self._ids))]
        values = [f"s.h{i}" for i in range(len(heads))]
        values += [as_value(f"s.c{i}", kind) for i, kind in enumerate(self._kinds)]
        db.execute(
            f"INSERT INTO r ({', '.join([*heads, *(f'C{id}' for id in self._ids)])})"
            f" SELECT {', '.join(values)} FROM (SELECT {', '.join(parts)}) s",
            rows,
        )
        return count + len(rows[0])

    def mark(
        self, db: duckdb.DuckDBPyConnection, watermark: int, note: str, changed: bool
    ) -> tuple[int, str, int]:
        """Remember up to where it has read; what ``marked`` is to be told after the commit."""
        changed_on = self.changed_on
        if changed or not changed_on:  # another one each time: what is made of the rows goes by it
            changed_on = max(now(), changed_on + 1)
        db.execute(
            "UPDATE state SET watermark = ?, note = ?, changed_on = ?, generation = generation + 1",
            [watermark, note, changed_on],
        )
        return watermark, note, changed_on

    def marked(self, state: tuple[int, str, int]) -> None:
        """Take over what ``mark`` has written, which is committed now."""
        self.watermark, self.note, self.changed_on = state

    def load(self, parquet: Path) -> None:
        """Take over the rows of a snapshot."""
        path = str(parquet).replace("'", "''")
        with self.changing() as db:
            db.execute("DELETE FROM r")
            db.execute(f"INSERT INTO r BY NAME SELECT * FROM read_parquet('{path}')")

    def rule(self, db: duckdb.DuckDBPyConnection, benefactors: dict[int, int]) -> int:
        """Let other ACLs rule rows; how many have another one."""
        found = db.execute(
            "UPDATE r SET ROW_BENEFACTOR = s.b FROM (SELECT unnest(CAST(? AS BIGINT[])) AS i,"
            " unnest(CAST(? AS BIGINT[])) AS b) s WHERE r.ROW_ID = s.i AND r.ROW_BENEFACTOR <> s.b",
            [list(benefactors), list(benefactors.values())],
        ).fetchone()
        return int(found[0]) if found else 0

    # -------------------------------------------------------------- what it is asked

    def row_ids(self) -> list[int]:
        """The ids of all rows."""
        with self.reading() as db:
            return [row[0] for row in db.execute("SELECT ROW_ID FROM r").fetchall()]

    def benefactors(self, db: duckdb.DuckDBPyConnection) -> list[int]:
        """Whose ACLs rule the rows that this connection sees."""
        row = db.execute("SELECT generation FROM state").fetchone()
        assert row is not None
        generation, found = self._ruled
        if generation != row[0]:
            rows = db.execute("SELECT DISTINCT ROW_BENEFACTOR FROM r").fetchall()
            found = [each[0] for each in rows]
            self._ruled = (row[0], found)
        return found


def allow(db: duckdb.DuckDBPyConnection, readable: Sequence[int]) -> None:
    """Let ``READABLE`` be the rows that these rule, on this connection."""
    db.execute("CREATE OR REPLACE TEMP TABLE readable (id BIGINT)")
    if readable:
        db.execute("INSERT INTO readable SELECT unnest(CAST(? AS BIGINT[]))", [list(readable)])
