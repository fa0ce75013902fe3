"""PostgreSQL through asyncpg."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import asyncpg

from synapse_server.kernel.database import TAKEN, UNFIT, Row, Value, Work
from synapse_server.kernel.dialect import PostgresDialect, numbered
from synapse_wire.errors import BadRequest, Conflict, Unavailable

T = TypeVar("T")

_DIALECT = PostgresDialect()
_TRIES = 8
_AGAIN = (
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.DeadlockDetectedError,
)
_UNFIT = (
    asyncpg.exceptions.DataError,  # found by the database
    asyncpg.exceptions._base.DataError,  # found by the driver; the public name is the other one
    asyncpg.exceptions.ProgramLimitExceededError,
)


class PostgresTx:
    """A transaction on one connection of the pool."""

    dialect = _DIALECT

    def __init__(self, connection: Any, *, reads: bool = False) -> None:
        self._connection = connection
        self.memo: dict[Any, Any] | None = {} if reads else None
        self.follow_ups: list[Callable[[], Awaitable[None]]] = []

    async def one(self, sql: str, *values: Value) -> Row | None:
        return cast("Row | None", await self._connection.fetchrow(numbered(sql), *values))

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        return cast("Sequence[Row]", await self._connection.fetch(numbered(sql), *values))

    async def run(self, sql: str, *values: Value) -> int:
        tag = await self._connection.execute(numbered(sql), *values)
        count = tag.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        await self._connection.executemany(numbered(sql), rows)

    def after_commit(self, follow_up: Callable[[], Awaitable[None]]) -> None:
        self.follow_ups.append(follow_up)


class Postgres:
    """A database that any number of server processes share."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._asked = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    async def open(cls, url: str, *, connections: int = 16) -> Postgres:
        """Connect.

        Args:
            url: ``postgresql://user:password@host:port/database``, or libpq's socket form.
            connections: At most so many at a time.
        """
        try:
            pool = await asyncpg.create_pool(url, min_size=1, max_size=connections)
        except (OSError, asyncpg.PostgresError) as error:
            raise Unavailable(f"PostgreSQL does not answer: {error}") from error
        return cls(pool)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """Keep ``close`` waiting: the pool itself waits only for those that have a connection.

        Values that no column takes are the caller's mistake, whatever the work was.
        """
        self._asked += 1
        self._idle.clear()
        try:
            yield
        except _UNFIT as error:
            raise BadRequest(UNFIT) from error
        finally:
            self._asked -= 1
            if self._asked == 0:
                self._idle.set()

    async def read(self, work: Work[T]) -> T:
        with self._under_way():
            async with self._pool.acquire() as connection:
                return await work(PostgresTx(connection, reads=True))

    async def scan(self, work: Work[T]) -> T:
        with self._under_way():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                return await work(PostgresTx(connection, reads=True))

    async def write(self, work: Work[T]) -> T:
        with self._under_way():
            result, follow_ups = await self._write(work)
        for follow_up in follow_ups:
            await follow_up()
        return result

    async def _write(self, work: Work[T]) -> tuple[T, list[Callable[[], Awaitable[None]]]]:
        for attempt in range(_TRIES):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    tx = PostgresTx(connection)
                    result = await work(tx)
            except asyncpg.exceptions.IntegrityConstraintViolationError as error:
                raise Conflict(TAKEN) from error
            except _AGAIN as error:
                if attempt + 1 == _TRIES:
                    raise Unavailable("Too many writers at once; try again.") from error
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  jitter
            else:
                return result, tx.follow_ups
        raise AssertionError("the last try returns or raises")

    async def close(self) -> None:
        await self._idle.wait()
        await self._pool.close()
