"""Materialized views and virtual tables as sources of queries."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import duckdb
import msgspec

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.derived import definition, index
from synapse_server.derived.index import MaterializedIndex
from synapse_server.entities import service as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.jobs import Job
from synapse_server.tables.index import ALL, QUERY_SECONDS, Indexes, in_thread, turn
from synapse_server.tables.source import Source
from synapse_server.tables.sql import engine, tree
from synapse_server.tables.sql.relations import ENTITY, SYSTEM, Benefactor, Table
from synapse_wire.errors import Unavailable
from synapse_wire.tables import ColumnModel

T = TypeVar("T")

_TRIES = 10
_MANY_BYTES = 5_000_000
"""Of sources, that take long to make rows of."""


def derive(
    row: Row,
    columns: list[ColumnModel],
    caller: Caller,
    query: tree.Query,
    sources: dict[str, Source],
) -> Source:
    """What is defined by a query of other sources, all of which the caller may query."""
    if row["type"] == definition.VIRTUAL:
        assert isinstance(query, tree.Select)
        (base,) = sources.values()
        found = Virtual(row, columns, caller, base, query)
        found.check()
        return found
    return Materialized(row, columns, caller, query, sources)


# ------------------------------------------------------------------ materialized views


@dataclass
class Materialized:
    """A materialized view as it was found; a ``Source`` of queries."""

    row: Row
    columns: list[ColumnModel]
    caller: Caller
    query: tree.Query
    sources: dict[str, Source]
    changed_on: int = 0

    sizes = None

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {
            written: Table(each.columns, f"s{i}", each.system, benefactors=each.benefactors)
            for i, (written, each) in enumerate(self.sources.items())
        }

    @cached_property
    def _statement(self) -> engine.Statement:
        scope = definition.scope(definition.MATERIALIZED, self._tables, None)
        found = engine.inner(self.query, scope)
        definition.check_same(self.id, found, self.columns)
        return found

    @property
    def _owners(self) -> tuple[Benefactor, ...]:
        return self._statement.benefactors

    @property
    def id(self) -> int:
        """The entity."""
        return int(self.row["id"])

    @property
    def benefactors(self) -> Mapping[str, str]:
        """What says whose ACLs rule a row, and whose they are."""
        return {each.name: each.owner for each in self._owners}

    @property
    def system(self) -> Mapping[str, str]:
        """What each row has beside its columns."""
        return {**SYSTEM, **dict.fromkeys(self.benefactors, "INTEGER")}

    @property
    def rows(self) -> str:
        """Those of which the caller may read all that they are made of."""
        if self.caller.is_admin or not self._owners:
            return "r"
        return index.visible(list(self.benefactors))

    @property
    def etag(self) -> str:
        """The entity's: the rows change without it."""
        return str(self.row["etag"])

    async def use(
        self,
        job: Job,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float = QUERY_SECONDS,
    ) -> T:
        """Do something with the rows as they are now; see ``Source``."""
        if self.rows == "r":
            return await self._use_all(job, lambda found: _read(found, work, seconds))
        known = await self._use_all(job, lambda found: _read(found, self._ruling, seconds))
        for _ in range(_TRIES):
            readable = await job.db.read(partial(self._readable, known=known))
            look = partial(self._look, known=known, readable=readable, work=work)
            try:
                return await self._use_all(
                    job, partial(_read, work=look, seconds=seconds), catch_up=False
                )
            except _Unknown as error:  # meanwhile, other ACLs rule some rows
                known = error.benefactors
        raise Unavailable(f"syn{self.id} changes too fast; try again.")

    def _ruling(self, db: duckdb.DuckDBPyConnection) -> list[list[int]]:
        return index.ruling(db, list(self.benefactors))

    async def _readable(self, tx: Tx, known: Sequence[Sequence[int]]) -> list[list[int]]:
        found = []
        for each, every in zip(self._owners, known, strict=True):
            if each.owner == ENTITY:
                kind, bit = acls.ENTITY, bits.READ
            else:
                kind, bit = acls.EVALUATION, bits.READ_PRIVATE_SUBMISSION
            owners = [id for id in every if id >= 0]
            found.append(sorted(await acls.allowing(tx, self.caller, kind, bit, owners)))
        return found

    def _look(
        self,
        db: duckdb.DuckDBPyConnection,
        known: list[list[int]],
        readable: list[list[int]],
        work: Callable[[duckdb.DuckDBPyConnection], T],
    ) -> T:
        present = self._ruling(db)
        if any(not set(k).issuperset(p) for k, p in zip(known, present, strict=True)):
            raise _Unknown(present)
        index.allow(db, present, readable)
        return work(db)

    # -------------------------------------------------------------- the rows

    async def copy(self, job: Job, path: Path, known: str | None = None, sql: str = ALL) -> str:
        """Write all rows; see ``Source``."""

        def write(found: MaterializedIndex) -> str:
            made_of = hashlib.sha256(msgspec.json.encode(found.stamps)).hexdigest()
            stamp = f"{self._name} {made_of}"
            if stamp != known:
                found.save(path, sql)
            return stamp

        return await self._use_all(job, write)

    async def _use_all(
        self, job: Job, work: Callable[[MaterializedIndex], T], *, catch_up: bool = True
    ) -> T:
        """Do something with the index, whatever the caller may read."""
        indexes = job.need(Indexes)

        async def ready(found: MaterializedIndex) -> None:
            if catch_up or not found.stamps:
                if not found.stamps:
                    await indexes.drop_others(f"m{self.id}-", self._name)
                await self._catch_up(job, found)
            self.changed_on = found.changed_on

        opened = partial(MaterializedIndex, self.columns, list(self.benefactors))
        return await indexes.use(self._name, opened, ready, work)

    @property
    def _name(self) -> str:
        """Another one for another definition, so that no index ever has to change it."""
        shown = [[each.id, each.column_type] for each in self.columns]
        text = f"{entities.fields_of(self.row).defining_sql} {shown} {self.benefactors}"
        return f"m{self.id}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    async def _catch_up(self, job: Job, found: MaterializedIndex) -> None:
        """Make the rows anew if a source has changed since they were made."""
        with tempfile.TemporaryDirectory(dir=found.spool) as folder:
            files = {written: Path(folder) / f"{i}" for i, written in enumerate(self.sources)}
            stamps = {
                written: await source.copy(job, files[written], found.stamps.get(written))
                for written, source in self.sources.items()
            }
            if stamps == found.stamps:
                return
            for written, source in self.sources.items():
                if not files[written].exists():
                    stamps[written] = await source.copy(job, files[written])
            tables = {written: (table, files[written]) for written, table in self._tables.items()}
            size = sum(path.stat().st_size for path in files.values())
            async with turn(is_long=size > _MANY_BYTES):
                await in_thread(found.build, self._statement.sql, self._owners, tables, stamps)


def _read(
    found: MaterializedIndex, work: Callable[[duckdb.DuckDBPyConnection], T], seconds: float
) -> T:
    with found.reading(seconds) as db:
        return work(db)


class _Unknown(Exception):
    """Rows are ruled by others than were asked for."""

    def __init__(self, benefactors: list[list[int]]) -> None:
        super().__init__(benefactors)
        self.benefactors = benefactors


# ------------------------------------------------------------------ virtual tables


@dataclass
class Virtual:
    """A virtual table as it was found; a ``Source`` whose rows a query makes of another's.

    Its rows are those of ``base``: a query is put around the ``query`` that defines it (see
    ``framed``).
    """

    row: Row
    columns: list[ColumnModel]
    caller: Caller
    base: Source
    query: tree.Select

    sizes = None

    @property
    def system(self) -> Mapping[str, str]:
        """Rows have nothing beside their columns but what rules who may see them."""
        return dict.fromkeys(self.benefactors, "INTEGER")

    @property
    def rows(self) -> str:
        """Those of the base."""
        return self.base.rows

    @property
    def etag(self) -> str:
        """The entity's."""
        return str(self.row["etag"])

    @property
    def changed_on(self) -> int:
        """When the base was changed."""
        return self.base.changed_on

    @property
    def benefactors(self) -> Mapping[str, str]:
        """What says whose ACLs rule a row, for a materialized view that reads all of them."""
        return {each.name: each.owner for each in self._whole.benefactors}

    def _state(self, kind: str) -> engine.Statement:
        base = self.base
        (written,) = tree.tables(self.query)
        table = Table(base.columns, "r", base.system, benefactors=base.benefactors)
        scope = definition.scope(kind, {written: table}, self.caller)
        return engine.inner(self.query, scope)

    def check(self) -> None:
        """Refuse to go on if the columns are no longer those of the definition."""
        found = self._state(definition.VIRTUAL)
        definition.check_same(int(self.row["id"]), found, self.columns)

    @cached_property
    def _whole(self) -> engine.Statement:
        """All rows, whoever may see them."""
        return self._state(definition.MATERIALIZED)

    async def use(
        self,
        job: Job,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float = QUERY_SECONDS,
    ) -> T:
        """Do something with the rows of the base."""
        return await self.base.use(job, work, seconds)

    async def copy(self, job: Job, path: Path, known: str | None = None, sql: str = ALL) -> str:
        """Write all rows; see ``Source``."""
        mark = f"{self.row['etag']} "
        before = known.removeprefix(mark) if known is not None and known.startswith(mark) else None
        names = [f"b{i} AS {name}" for i, name in enumerate(self.benefactors)]
        names += [f"o{i} AS C{each.id}" for i, each in enumerate(self.columns)]
        whole = f"WITH r AS (SELECT {', '.join(names)} FROM ({self._whole.sql})) {sql}"
        return mark + await self.base.copy(job, path, before, whole)


def framed(select: tree.Select, source: Source) -> tree.Select:
    """A query of a source, around the definitions that stand between it and rows."""
    if not isinstance(source, Virtual):
        return select
    if select.named is not None:
        query = select.named.query
        assert isinstance(query, tree.Select), "there is no UNION"
        return replace(select, named=replace(select.named, query=framed(query, source)))
    names = tuple(each.name or "" for each in source.columns)
    inner = framed(source.query, source.base)
    return replace(select, named=tree.Named(select.table, names, inner))


def ground(source: Source) -> Source:
    """The source that has the rows."""
    while isinstance(source, Virtual):
        source = source.base
    return source
