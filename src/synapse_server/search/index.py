"""The index of words: a file of SQLite's full-text search that can be made anew at any time.

It holds what may be sought of every entity and the moment up to which it has read; what is shown of
a hit comes from the database.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from synapse_wire.errors import BadRequest

log = logging.getLogger("synapse.search")
_FORMAT = 2
_SECONDS = 10.0
"""For one search."""
_WEIGHTS = "20.0, 10.0, 4.0, 3.0, 2.0"
"""Of the columns of ``word``: a word in a name says more than one in an annotation."""
ANNOTATED = ("consortium", "diagnosis", "organ", "tissue")
"""Annotations that are fields, too."""
FIELDS = (
    *("id", "name", "node_type", "created_by", "created_on", "modified_by", "modified_on"),
    *ANNOTATED,
)
_CREATE = f"""
CREATE TABLE state (format INTEGER, watermark INTEGER);
INSERT INTO state VALUES ({_FORMAT}, NULL);
CREATE TABLE doc (
    number INTEGER PRIMARY KEY, benefactor INTEGER, id TEXT, name TEXT, node_type TEXT,
    created_by INTEGER, created_on INTEGER, modified_by INTEGER, modified_on INTEGER,
    consortium TEXT, diagnosis TEXT, organ TEXT, tissue TEXT
);
CREATE INDEX doc_benefactor ON doc (benefactor);
CREATE VIRTUAL TABLE word USING fts5(
    id, name, description, annotations, wiki, tokenize = 'porter unicode61 remove_diacritics 2'
);
"""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of an entity."""

    number: int
    benefactor: int
    name: str
    node_type: str
    created_by: int
    created_on: int
    """Seconds since the epoch, as all moments here."""
    modified_by: int
    modified_on: int
    description: str
    annotations: str
    """Names and values."""
    wiki: str
    """Titles and texts of its pages."""
    annotated: dict[str, str]
    """The first values of ``ANNOTATED``, where there are any."""


@dataclass(slots=True)
class Asked:
    """A search, checked."""

    words: str | None
    conditions: list[tuple[str, str, int | str | list[int | str]]] = field(default_factory=list)
    """Field, operator, value."""
    facets: list[tuple[str, int, bool]] = field(default_factory=list)
    """Field, most values, whether they are sorted by name and not by how often they occur."""
    start: int = 0
    size: int = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it: how many there are, the ids on the page, counts by field."""

    count: int
    numbers: list[int]
    facets: list[tuple[str, list[tuple[str, int]]]]


class SearchIndex:
    """One for a process. Used from threads: one writes, several read."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self._lock = threading.Lock()
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        """Connections that read, each for one search at a time."""
        try:
            self._db = self._open(path)
        except (sqlite3.Error, AssertionError) as error:
            log.warning("The search index %s is made anew: %s", path.name, error)
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._db = self._open(path)
        self.watermark: int | None = self._db.execute("SELECT watermark FROM state").fetchone()[0]
        """From which moment on changes were not read, or not all; None before all was read."""

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        path.touch(mode=0o600)
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            # Nothing is lost with it: it is made anew from the database.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
                db.executescript(f"BEGIN; {_CREATE} COMMIT;")
            assert db.execute("SELECT format FROM state").fetchone() == (_FORMAT,), "other release"
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()
            while not self._idle.empty():
                self._idle.get().close()

    @contextlib.contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.get_nowait()
        except Empty:
            db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        timer = threading.Timer(_SECONDS, db.interrupt)
        timer.start()
        try:
            db.execute("BEGIN")  # one moment for all of it
            yield db
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            raise BadRequest(
                f"The search took longer than {_SECONDS:g} seconds, and was stopped. Give more words,"
                " or longer ones."
            ) from None
        finally:
            timer.cancel()
            timer.join()
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._idle.put(db)

    def clear(self) -> None:
        """Forget everything."""
        with self._change() as db:
            db.execute("DELETE FROM doc")
            db.execute("DELETE FROM word")
            db.execute("UPDATE state SET watermark = NULL")
        self.watermark = None

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def put(self, gone: Sequence[int], documents: Iterable[Document]) -> None:
        """Replace what is known of these entities."""
        with self._change() as db:
            for table, key in (("doc", "number"), ("word", "rowid")):
                db.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(each,) for each in gone])
            for each in documents:
                id = f"syn{each.number}"
                db.execute(
                    "INSERT INTO doc VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(each.number, each.benefactor, id, each.name, each.node_type),
                        *(each.created_by, each.created_on, each.modified_by, each.modified_on),
                        *(each.annotated.get(name) for name in ANNOTATED),
                    ),
                )
                db.execute(
                    "INSERT INTO word (rowid, id, name, description, annotations, wiki)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (each.number, id, each.name, each.description, each.annotations, each.wiki),
                )

    def mark(self, watermark: int) -> None:
        """Remember up to where it has read."""
        with self._change() as db:
            db.execute("UPDATE state SET watermark = ?", (watermark,))
        self.watermark = watermark

    # -------------------------------------------------------------- what it is asked

    def benefactors(self, asked: Asked) -> list[int]:
        """Whose ACLs rule what matches."""
        source, values = _matching(asked)
        with self._read() as db:
            rows = db.execute(f"SELECT DISTINCT d.benefactor {source}", values).fetchall()
        return [row[0] for row in rows]

    def find(self, asked: Asked, readable: Sequence[int] | None) -> Found:
        """What matches and is ruled by one of these ACLs; by any for None."""
        source, values = _matching(asked)
        if readable is not None:
            source += " AND d.benefactor IN (SELECT value FROM json_each(?))"
            values = [*values, json.dumps(list(readable))]
        rank = "d.modified_on DESC" if asked.words is None else f"bm25(word, {_WEIGHTS})"
        with self._read() as db:
            count = db.execute(f"SELECT count(*) {source}", values).fetchone()[0]
            rows = db.execute(
                f"SELECT d.number {source} ORDER BY {rank}, d.number LIMIT ? OFFSET ?",
                [*values, asked.size, asked.start],
            ).fetchall()
            facets = []
            for name, most, by_name in asked.facets:
                order = "1" if by_name else "2 DESC, 1"
                counts = db.execute(
                    f"SELECT d.{name}, count(*) {source} AND d.{name} IS NOT NULL"
                    f" GROUP BY 1 ORDER BY {order} LIMIT ?",
                    [*values, most],
                ).fetchall()
                facets.append((name, [(str(value), number) for value, number in counts]))
        return Found(count, [row[0] for row in rows], facets)


def _matching(asked: Asked) -> tuple[str, list[int | str]]:
    """``FROM … WHERE …`` and its values; names of fields come from ``FIELDS`` only."""
    values: list[int | str] = []
    source = "FROM doc d WHERE 1 = 1"
    if asked.words is not None:
        source = "FROM word JOIN doc d ON d.number = word.rowid WHERE word MATCH ?"
        values.append(asked.words)
    for name, operator, value in asked.conditions:
        assert name in FIELDS
        if isinstance(value, list):
            source += f" AND d.{name} {operator} (SELECT value FROM json_each(?))"
            values.append(json.dumps(value))
        else:
            source += f" AND d.{name} {operator} ?"
            values.append(value)
    return source, values
