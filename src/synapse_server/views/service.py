"""Views as sources of queries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import service as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.jobs import Job
from synapse_server.tables import columns
from synapse_server.tables.index import ALL, QUERY_SECONDS, Indexes, in_thread, turn
from synapse_server.views import definition, feeds, index, store
from synapse_server.views.index import ViewIndex
from synapse_server.views.shape import Shape
from synapse_wire.errors import BadRequest, Unavailable
from synapse_wire.tables import ColumnModel

T = TypeVar("T")

TYPES = definition.VIEWS
_TRIES = 10


@dataclass
class View:
    """A view as it was found; a ``Source`` of queries."""

    row: Row
    columns: list[ColumnModel]
    caller: Caller
    changed_on: int = 0
    snapshot: str | None = None
    """Where the rows of a snapshot are; None for a view as it is now."""

    system = index.SYSTEM
    sizes = index.SIZE

    @property
    def benefactors(self) -> Mapping[str, str]:
        """What says whose ACL rules a row, and whose it is."""
        return definition.benefactors(self.row["type"])

    @property
    def id(self) -> int:
        """The entity."""
        return int(self.row["id"])

    @property
    def rows(self) -> str:
        """Those that the caller may read; administrators may read all."""
        return "r" if self.caller.is_admin else index.READABLE

    @property
    def etag(self) -> str:
        """The entity's: what a view shows changes without it."""
        return str(self.row["etag"])

    async def use(
        self,
        job: Job,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float = QUERY_SECONDS,
    ) -> T:
        """Do something with the rows as they are now, or as they are a moment later.

        What the caller may read is asked of the database for the very rows that are looked at.
        """
        if self.caller.is_admin:
            return await self.use_all(job, lambda found: self._read(found, None, work, seconds))
        known = await self.use_all(job, self._benefactors)
        for _ in range(_TRIES):
            readable = await job.db.read(partial(self._readable, owners=known))
            try:
                return await self.use_all(
                    job,
                    partial(self._read, readable=(known, readable), work=work, seconds=seconds),
                    catch_up=False,
                )
            except _Unknown as error:  # meanwhile, other ACLs rule some rows
                known = error.benefactors
        raise Unavailable(f"syn{self.id} changes too fast; try again.")

    async def copy(self, job: Job, path: Path, known: str | None = None, sql: str = ALL) -> str:
        """Write all rows; see ``Source``."""

        def write(found: ViewIndex) -> str:
            stamp = f"{self._name} {found.changed_on}"
            if stamp != known:
                found.save(path, sql)
            return stamp

        return await self.use_all(job, write)

    async def use_all(
        self, job: Job, work: Callable[[ViewIndex], T], *, catch_up: bool = True
    ) -> T:
        """Do something with the index, whatever the caller may read.

        Args:
            job: Who asks.
            work: What to do, in a thread.
            catch_up: Whether the index must have what is committed when this begins.
        """
        indexes = job.need(Indexes)

        async def ready(found: ViewIndex) -> None:
            if self.snapshot is not None:
                await self._load(job, found, catch_up)
            elif catch_up or found.watermark is None:
                if found.watermark is None:
                    await indexes.drop_others(f"v{self.id}-", self._name)
                shape = Shape(self.row["type"], self.columns)
                await feeds.catch_up(job.db, found, self._feed(), shape)
            if self.snapshot is None:
                self.changed_on = found.changed_on

        return await indexes.use(self._name, partial(ViewIndex, self.columns), ready, work)

    @property
    def _name(self) -> str:
        """Another one for another definition, so that no index ever has to change it."""
        if self.snapshot is not None:
            return f"s{self.id}-{self.row['number']}"
        fields = entities.fields_of(self.row)
        shown = [[each.id, each.column_type] for each in self.columns]
        text = f"{self.row['type']} {shown} {fields.view_type_mask} {sorted(fields.scope)}"
        return f"v{self.id}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def _feed(self) -> feeds.Feed:
        kind = self.row["type"]
        if kind in definition.ITEMS:
            return feeds.ItemFeed(self.id, definition.ITEMS[kind])
        fields = entities.fields_of(self.row)
        scope = frozenset(fields.scope)
        if kind == "submissionview":
            return feeds.SubmissionFeed(scope)
        return feeds.ContainerFeed(scope, fields.view_type_mask)

    # -------------------------------------------------------------- who may read what

    async def _readable(self, tx: Tx, owners: list[int]) -> list[int]:
        kind, bit = acls.ENTITY, bits.READ
        if self.row["type"] == "submissionview":
            kind, bit = acls.EVALUATION, bits.READ_PRIVATE_SUBMISSION
        return sorted(await acls.allowing(tx, self.caller, kind, bit, owners))

    def _benefactors(self, found: ViewIndex) -> list[int]:
        with found.reading() as db:
            return found.benefactors(db)

    def _read(
        self,
        found: ViewIndex,
        readable: tuple[list[int], list[int]] | None,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        seconds: float,
    ) -> T:
        with found.reading(seconds) as db:
            if readable is not None:
                asked, allowed = readable
                present = found.benefactors(db)
                if not set(asked).issuperset(present):
                    raise _Unknown(present)
                index.allow(db, allowed)
            return work(db)

    # -------------------------------------------------------------- snapshots

    async def _load(self, job: Job, found: ViewIndex, catch_up: bool) -> None:
        """Take over the rows of a snapshot once, and again and again which ACL rules each."""
        assert self.snapshot is not None
        if found.watermark is None:
            path = found.spool / f"{self._name}.parquet"
            blobs = job.need(BlobStore)  # type: ignore[type-abstract]
            try:
                async with turn(is_long=True):
                    await blobs.fetch(self.snapshot, path)
                    await in_thread(found.load, path)
            finally:
                path.unlink(missing_ok=True)
        if catch_up or found.watermark is None:
            submissions = self.row["type"] == "submissionview"
            await feeds.follow_access(job.db, found, submissions=submissions)


class _Unknown(Exception):
    """Rows are ruled by others than were asked for."""

    def __init__(self, benefactors: list[int]) -> None:
        super().__init__(benefactors)
        self.benefactors = benefactors


async def look(tx: Tx, caller: Caller, id: int, policy: Policy, version: int | None = None) -> View:
    """A view that the caller may read.

    Raises:
        BadRequest: The version is no snapshot.
    """
    row = await entities.load(tx, caller, id, bits.READ, policy, version=version)
    models = await columns.load(tx, entities.column_ids(row))
    found = View(row, models, caller)
    if version is not None:
        kept = await store.snapshot(tx, id, version)
        if kept is not None:
            found.snapshot, found.changed_on = kept["blob"], kept["changed_on"]
        elif row["number"] != row["version"]:
            raise BadRequest(f"Version {version} of syn{id} is no snapshot; it has no rows.")
    return found
