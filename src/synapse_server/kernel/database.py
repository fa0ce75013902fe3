"""The seam to the database: transactions that run the same code on SQLite and PostgreSQL.

Work is an async function of a transaction. On PostgreSQL its awaits really wait. On SQLite
they never do: every statement is done when the call returns, so the whole function is driven
to its end at once, inline for reads and in the one writer thread for writes. Hence the one
rule: work awaits nothing but its transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from synapse_server.kernel.dialect import Dialect

T = TypeVar("T")
_AT_ONCE = 500
Value: TypeAlias = int | float | str | bytes | None


TAKEN = "Somebody else took this name or changed this thing just now. Fetch it and try again."
"""What a caller is told when two writers met and the database stopped the second."""


UNFIT = "A number or a text of the request is larger than the database can keep."
"""What a caller is told whose values passed all rules and no column takes."""


class Row(Protocol):
    """One row of an answer, read by column name or position."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Any: ...


class Tx(Protocol):
    """A transaction. Parameters are written ``?`` whatever the database."""

    @property
    def dialect(self) -> Dialect:
        """The places where SQL differs."""

    @property
    def memo(self) -> dict[Any, Any] | None:
        """What was found already and need not be looked up again; None where the transaction
        itself may change it."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, if any."""

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """All rows."""

    async def run(self, sql: str, *values: Value) -> int:
        """Execute; the number of rows changed."""

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Execute once for each row of values."""

    def after_commit(self, follow_up: Callable[[], Awaitable[None]]) -> None:
        """Do this once the transaction is durable; never if it rolls back."""


Work: TypeAlias = Callable[[Tx], Coroutine[Any, Any, T]]


class Database(Protocol):
    """Where rows live."""

    async def read(self, work: Work[T]) -> T:
        """Run work that reads a few rows."""

    async def scan(self, work: Work[T]) -> T:
        """Run work that may read many rows; it must not hold up others."""

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction that is durable when this returns.

        It may be run again when the database asks to (a deadlock), so it must have no effect
        but through its transaction.
        """

    async def close(self) -> None:
        """Finish what is running and let go of all connections."""


async def scalar(tx: Tx, sql: str, *values: Value) -> Any:
    """The first column of the first row, or None."""
    row = await tx.one(sql, *values)
    return None if row is None else row[0]


def marks(count: int) -> str:
    """So many parameters in parentheses, for ``IN``.

    >>> marks(3)
    '(?,?,?)'
    """
    return "(" + ",".join("?" * count) + ")"


def pairs(count: int) -> str:
    """So many pairs of parameters, for ``IN (VALUES …)``.

    >>> pairs(2)
    '(CAST(? AS BIGINT),CAST(? AS BIGINT)),(CAST(? AS BIGINT),CAST(? AS BIGINT))'
    """
    # PostgreSQL takes parameters of VALUES for text unless it is told.
    return ",".join(["(CAST(? AS BIGINT),CAST(? AS BIGINT))"] * count)


def chunks(items: Sequence[T], size: int = _AT_ONCE) -> Iterator[Sequence[T]]:
    """The items, so many at a time: a statement takes only so many parameters."""
    return (items[start : start + size] for start in range(0, len(items), size))


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits to its end.

    Raises:
        RuntimeError: It did wait: something other than the transaction was awaited.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("Database work awaited something other than its transaction")
