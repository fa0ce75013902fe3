"""SQLite: reads inline, long reads in threads, writes in one thread with group commit.

``synchronous=FULL`` makes every commit an fsync; the writer puts all transactions that wait
at that moment into one commit, each in a savepoint of its own, and answers them after it.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

from synapse_server.kernel.database import TAKEN, UNFIT, Row, Value, Work, drive
from synapse_server.kernel.dialect import SQLiteDialect
from synapse_wire.errors import BadRequest, Conflict, Unavailable

T = TypeVar("T")

_DIALECT = SQLiteDialect()
_GROUP = 128
"""At most so many transactions share a commit, so that none waits long."""


class SQLiteTx:
    """A transaction on one connection; every call is done when it returns."""

    dialect = _DIALECT

    def __init__(self, connection: sqlite3.Connection, *, reads: bool = False) -> None:
        self._connection = connection
        self.memo: dict[Any, Any] | None = {} if reads else None
        self.follow_ups: list[Callable[[], Awaitable[None]]] = []

    async def one(self, sql: str, *values: Value) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return self._connection.execute(sql, values).fetchall()

    async def run(self, sql: str, *values: Value) -> int:
        return self._connection.execute(sql, values).rowcount

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self._connection.executemany(sql, rows)

    def after_commit(self, follow_up: Callable[[], Awaitable[None]]) -> None:
        self.follow_ups.append(follow_up)


class _Order:
    """A write that waits for its turn."""

    __slots__ = ("error", "follow_ups", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.follow_ups: list[Callable[[], Awaitable[None]]] = []

    def answer(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class SQLite:
    """One file, owned by this process (others may join for short administrative work)."""

    def __init__(self, path: Path, *, readers: int = 4) -> None:
        if sqlite3.sqlite_version_info < (3, 35):
            raise RuntimeError(
                f"SQLite {sqlite3.sqlite_version} is too old; this needs 3.35 or later"
            )
        self._path = path
        self._inline = self._connect()
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._local = threading.local()
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            timeout=30,
        )
        connection.row_factory = sqlite3.Row
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
            "PRAGMA case_sensitive_like=ON;"
        )
        return connection

    async def read(self, work: Work[T]) -> T:
        return self._read_on(self._inline, work)

    async def scan(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._read_in_thread, work
        )

    def _read_in_thread(self, work: Work[T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return self._read_on(connection, work)

    def _read_on(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        connection.execute("BEGIN")  # one snapshot for all statements of the work
        try:
            return drive(work(SQLiteTx(connection, reads=True)))
        except OverflowError:
            raise BadRequest(UNFIT) from None
        finally:
            connection.execute("ROLLBACK")

    async def write(self, work: Work[T]) -> T:
        order = _Order(work)
        self._orders.put(order)
        result = cast(T, await order.future)
        for follow_up in order.follow_ups:
            await follow_up()
        return result

    def _write_all(self) -> None:
        connection = self._connect()
        while (first := self._orders.get()) is not None:
            group = [first]
            last = False
            while len(group) < _GROUP:
                try:
                    order = self._orders.get_nowait()
                except queue.Empty:
                    break
                if order is None:
                    last = True
                    break
                group.append(order)
            self._commit(connection, group)
            by_loop: dict[asyncio.AbstractEventLoop, list[_Order]] = {}
            for order in group:
                by_loop.setdefault(order.loop, []).append(order)
            for loop, orders in by_loop.items():
                try:
                    loop.call_soon_threadsafe(_answer_all, orders)
                except RuntimeError:  # the loop is gone, and with it all who waited
                    continue
            if last:
                break
        connection.close()

    def _commit(self, connection: sqlite3.Connection, group: list[_Order]) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            for order in group:
                self._run(connection, order)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            # Nothing of the group is durable, so nothing of it may be acknowledged.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for order in group:
                order.error = Unavailable(f"The database could not write: {error}. Try again.")
                order.error.__cause__ = error

    def _run(self, connection: sqlite3.Connection, order: _Order) -> None:
        connection.execute("SAVEPOINT work")
        tx = SQLiteTx(connection)
        try:
            order.result = drive(order.work(tx))
        except BaseException as error:
            order.error = _told(error)
            if not connection.in_transaction:
                # A full disk has ended the whole transaction, with what others did in it.
                raise sqlite3.OperationalError(f"the transaction ended: {error}") from error
            connection.execute("ROLLBACK TO work")
            connection.execute("RELEASE work")
        else:
            order.follow_ups = tx.follow_ups
            connection.execute("RELEASE work")

    async def close(self) -> None:
        self._orders.put(None)
        await asyncio.to_thread(self._writer.join)
        self._threads.shutdown()
        self._inline.close()


def _told(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(TAKEN)
    if isinstance(error, OverflowError):
        return BadRequest(UNFIT)
    return error


def _answer_all(orders: list[_Order]) -> None:
    for order in orders:
        order.answer()
