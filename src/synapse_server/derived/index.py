"""The index of a materialized view: its rows, as they were made of the rows of its sources."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec

from synapse_server.kernel.clock import now
from synapse_server.tables.index import ALL, IndexFile, physical
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.sql.pieces import COLLATION, TEXTS
from synapse_server.tables.sql.relations import HERE, NOTHING_MATCHES, Benefactor, Table
from synapse_server.tables.values import MOST_LARGE
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

log = logging.getLogger("synapse.tables")
BUILD_SECONDS = 120.0
_MOST_ROWS = 20_000_000
_CHANCE = "CAST(hash(uuid()) >> 11 AS BIGINT)"
"""A number by chance of 53 bits, which clients in JavaScript can hold: that two of a million are
the same is one chance in 18,000, and harms nothing."""

_read_stamps = msgspec.json.Decoder(dict[str, str]).decode


class MaterializedIndex(IndexFile):
    """The rows of a materialized view: of these columns, and of no other."""

    FORMAT = 3
    CREATE = (
        f"CREATE TABLE state AS SELECT {FORMAT} AS format, '{{}}' AS stamps,"
        " CAST(0 AS BIGINT) AS changed_on",
        "CREATE TABLE ruling (name VARCHAR, id BIGINT)",
    )

    def __init__(
        self, columns: Sequence[ColumnModel], benefactors: Sequence[str], path: Path, spool: Path
    ) -> None:
        """Open the file, or make it."""
        self._heads = ["ROW_ID", "ROW_VERSION", *benefactors]
        self._columns = {f"C{each.id}": physical(str(each.column_type)) for each in columns}
        super().__init__(path, spool)

    def _begin(self, db: duckdb.DuckDBPyConnection) -> None:
        names = [f"{name} BIGINT" for name in self._heads]
        names += [f"{name} {kind}" for name, kind in self._columns.items()]
        db.execute(f"CREATE TABLE IF NOT EXISTS r ({', '.join(names)})")
        row = db.execute("SELECT stamps, changed_on FROM state").fetchone()
        assert row is not None
        self.stamps: dict[str, str] = _read_stamps(row[0])
        """Where each source stood when the rows were made; nothing before they were."""
        self.changed_on: int = row[1]
        """When the rows were made."""

    def build(
        self,
        sql: str,
        benefactors: Sequence[Benefactor],
        sources: Mapping[str, tuple[Table, Path]],
        stamps: dict[str, str],
    ) -> None:
        """Make all rows anew, within a time.

        Args:
            sql: A query over the sources.
            benefactors: What says of each row of it whose ACLs rule it.
            sources: Each as the definition has it in FROM, and its rows as Parquet.
            stamps: Where the sources stand.

        Raises:
            BadRequest: It cannot be made, or takes too long.
        """
        heads = [f"b{i}" for i in range(len(benefactors))]
        # The place of a row among those that others must not see would tell of them, and so would
        # the number of all rows: a large number by chance tells nothing.
        number = _CHANCE if benefactors else "row_number() OVER ()"
        values = [
            _value(f"o{i}", kind, fails=not benefactors)
            for i, kind in enumerate(self._columns.values())
        ]
        changed_on = max(now(), self.changed_on + 1)
        late = threading.Event()
        try:
            with self.changing() as db:

                def stop() -> None:
                    late.set()
                    db.interrupt()

                timer = threading.Timer(BUILD_SECONDS, stop)
                timer.start()
                try:
                    for table, path in sources.values():
                        view = f"CREATE OR REPLACE TEMP VIEW {table.rows}"
                        db.execute(f"{view} AS {_read(table, path)}")
                    db.execute("DELETE FROM r")
                    db.execute("DELETE FROM ruling")
                    for each in benefactors:
                        for written, column in each.origins:
                            db.execute(
                                f"INSERT INTO ruling SELECT DISTINCT {quote(each.name)}, {column}"
                                f" FROM {sources[written][0].rows} WHERE {column} IS NOT NULL"
                            )
                    count = db.execute(
                        f"INSERT INTO r ({', '.join([*self._heads, *self._columns])})"
                        f" SELECT {number}, 0, {', '.join([*heads, *values])}"
                        f" FROM ({sql}) LIMIT {_MOST_ROWS + 1}"
                    ).fetchone()
                    if count is not None and count[0] > _MOST_ROWS:
                        raise _cannot(f"It has more than {_MOST_ROWS} rows.", benefactors)
                    for table, _ in sources.values():
                        db.execute(f"DROP VIEW {table.rows}")
                    kept = msgspec.json.encode(stamps).decode()
                    db.execute("UPDATE state SET stamps = ?, changed_on = ?", [kept, changed_on])
                finally:
                    timer.cancel()
                    timer.join()
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            if late.is_set():
                reason = f"It takes longer than {BUILD_SECONDS:g} seconds."
            raise _cannot(reason, benefactors) from None
        self.stamps, self.changed_on = stamps, changed_on


def _cannot(reason: str, benefactors: Sequence[Benefactor]) -> BadRequest:
    """What is told of a view that cannot be made. The reason may lie in rows that not everybody
    may see: then it stands in the log alone."""
    if benefactors:
        log.warning("A materialized view cannot be made: %s", reason)
        reason = (
            "its definition fails on rows that it reads, or they are too many, or it takes too"
            " long. Not everybody may see them, so nothing more can be said here."
        )
    return BadRequest(f"The materialized view cannot be made: {reason}")


def _value(name: str, kind: str, *, fails: bool) -> str:
    """SQL of a value that fits into a column; one that does not is an error, or NULL where an
    error would tell of what not everybody may see."""
    plain = kind.replace(COLLATION, "")
    sql = f"{'' if fails else 'TRY_'}CAST({name} AS {plain})"
    if plain != "VARCHAR":
        return sql
    long = quote(f"A text is longer than {MOST_LARGE} characters.")
    wrong = f"error({long})" if fails else "NULL"
    return f"CASE WHEN length({name}) > {MOST_LARGE} THEN {wrong} ELSE {sql} END"


def _read(table: Table, path: Path) -> str:
    """SQL of the rows in a Parquet file, whose texts are compared as those of the table are."""
    parts = [*table.system, f"TRUE AS {HERE}"]
    for each in table.columns:
        kind = str(each.column_type)
        collation = COLLATION if kind in TEXTS and kind != "JSON" else ""
        parts.append(f"C{each.id}{collation} AS C{each.id}")
    return f"SELECT {', '.join(parts)} FROM read_parquet({quote(str(path))})"


def ruling(db: duckdb.DuckDBPyConnection, benefactors: Sequence[str]) -> list[list[int]]:
    """Whose ACLs rule the rows that those of the view are made of, for each of what says so."""
    found: dict[str, list[int]] = {name: [] for name in benefactors}
    for name, id in db.execute("SELECT DISTINCT name, id FROM ruling").fetchall():
        found[name].append(id)
    return list(found.values())


def allow(
    db: duckdb.DuckDBPyConnection, ruling: Sequence[list[int]], readable: Sequence[list[int]]
) -> None:
    """Let ``visible`` be the rows of which these rule all that they are made of.

    That nothing matches may be seen by who may see everything that could have matched.
    """
    for i, (every, some) in enumerate(zip(ruling, readable, strict=True)):
        allowed = [*some, NOTHING_MATCHES] if set(every) <= set(some) else some
        db.execute(f"CREATE OR REPLACE TEMP TABLE readable{i} (id BIGINT)")
        db.execute(f"INSERT INTO readable{i} SELECT unnest(CAST(? AS BIGINT[]))", [allowed])


def visible(benefactors: Sequence[str]) -> str:
    """The rows that ``allow`` allows, as a relation that is called r."""
    conditions = [
        f"({name} IS NULL OR {name} IN (SELECT id FROM readable{i}))"
        for i, name in enumerate(benefactors)
    ]
    return f"({ALL} WHERE {' AND '.join(conditions)}) AS r"
