"""What a query can be asked of: rows that are brought up to date and looked at in one state."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import duckdb

from synapse_server.kernel.database import Row
from synapse_server.kernel.jobs import Job
from synapse_server.tables.index import ALL, QUERY_SECONDS, Restructured
from synapse_wire.tables import ColumnModel

T = TypeVar("T")
_LOOKS = 5
"""At a table whose columns change again and again meanwhile."""


async def looked_anew(work: Callable[[], Awaitable[T]]) -> T:
    """Look at sources and ask them; and again, if columns were changed between the two.

    Raises:
        Restructured: They are changed all the time.
    """
    for _ in range(_LOOKS - 1):
        with contextlib.suppress(Restructured):
            return await work()
    return await work()


class Source(Protocol):
    """Something with rows, as a caller who may query it has found it."""

    @property
    def row(self) -> Row:
        """The entity."""

    @property
    def columns(self) -> list[ColumnModel]:
        """Its columns, in their order."""

    @property
    def system(self) -> Mapping[str, str]:
        """What each row has beside them, and the types; see ``sql.relations.SYSTEM``."""

    @property
    def rows(self) -> str:
        """Those rows that the caller may see, as a relation of the engine that is called r.

        It means something to the connection that ``use`` gives, and to no other.
        """

    @property
    def sizes(self) -> str | None:
        """What ``rows`` calls the bytes of a row's file, if rows have files."""

    @property
    def etag(self) -> str:
        """Another one after each change, as far as the source knows of it."""

    @property
    def changed_on(self) -> int:
        """When a row changed last, in milliseconds, as far as is known after ``use``."""

    @property
    def benefactors(self) -> Mapping[str, str]:
        """Those of ``system`` that say whose ACLs rule a row, and whose these are: see
        ``sql.relations.Benefactor``."""

    async def use(
        self,
        job: Job,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float = QUERY_SECONDS,
    ) -> T:
        """Do something, in a thread, with the rows as they are now, within so many seconds.

        Raises:
            BadRequest: A query cannot be run, or takes too long.
        """

    async def copy(self, job: Job, path: Path, known: str | None = None, sql: str = ALL) -> str:
        """Write all rows as they are now, whatever the caller may read, as Parquet.

        Args:
            job: Who asks.
            path: Where to, in the spool.
            known: What the last copy answered: nothing is written if no row has changed since.
            sql: A query of ``r`` whose rows are written instead.

        Returns:
            Another text after each change of the rows.
        """
