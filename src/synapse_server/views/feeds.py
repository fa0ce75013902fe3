"""How the index of a view learns what it shows: all at first, then what has changed.

A view has no truth of its own. The database notes which objects changed (``object_change``), and
before each query the index reads those again that changed since it read last. To read something
twice does no harm, so that nothing has to be exact but the moment from which on is read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import duckdb

from synapse_server.entities import many_store
from synapse_server.entities.ids import ROOT
from synapse_server.evaluations import statuses
from synapse_server.kernel import change_store as changes
from synapse_server.kernel.database import Database, Row, Tx, chunks
from synapse_server.tables.index import in_thread, turn
from synapse_server.views import definition, store
from synapse_server.views.definition import Item
from synapse_server.views.index import ViewIndex
from synapse_server.views.shape import EntityFacts, Facts, Shape, SubmissionFacts, read_fields

_PAGE = 5_000
"""So many objects are read at once."""
_ROUNDS = 20
"""So often it is tried to read what changed while what had changed was read."""
_MOST_ABOVE = 100


class Feed(Protocol):
    """What a view shows, read from the database."""

    def everything(self, db: Database) -> AsyncIterator[Sequence[int]]:
        """The ids of all that may be in the view, so many at a time.

        What changes meanwhile may be missed, or be there twice.
        """

    async def changed(self, tx: Tx, since: int, note: str) -> tuple[set[int], str]:
        """What may have another row than before, or a row no more; and the next note."""

    async def present(self, tx: Tx, ids: Sequence[int], note: str) -> Sequence[Facts]:
        """What is in the view now of these ids."""

    async def first_note(self, tx: Tx) -> str:
        """The note of an index that has read nothing yet."""


# ------------------------------------------------------------------ entities


@dataclass
class _Places:
    """The containers above things, each read once."""

    known: dict[int, Row] = field(default_factory=dict)

    async def learn(self, tx: Tx, ids: set[int]) -> None:
        """Read these containers and all above them."""
        missing = {id for id in ids if id not in self.known}
        while missing:
            found = await many_store.places(tx, sorted(missing))
            self.known |= found
            above = {row["parent_id"] for row in found.values()}
            missing = {id for id in above if id is not None and id not in self.known}

    def above(self, id: int) -> list[Row]:
        """A container and those above it, from there up, without the root."""
        found: list[Row] = []
        row = self.known.get(id)
        while row is not None and row["id"] != ROOT and len(found) < _MOST_ABOVE:
            found.append(row)
            row = self.known.get(row["parent_id"])
        return found

    def facts(self, row: Row) -> EntityFacts:
        """A row with the names of what it lies in."""
        above = self.above(row["parent_id"])
        path = "/".join([*(each["name"] for each in reversed(above)), row["name"]])
        is_project = row["type"] == "project"
        top = row if is_project else above[-1] if above else None
        project = top["id"] if top is not None and top["type"] == "project" else None
        return EntityFacts(row, path, project)


async def _changed_entities(tx: Tx, since: int) -> set[int]:
    found = set(await changes.changed(tx, "entity", since))
    placed = await changes.changed(tx, "place", since)
    return found | await many_store.below(tx, placed) if placed else found


@dataclass
class ContainerFeed:
    """Entities of some types that lie below some containers; or projects themselves."""

    scope: frozenset[int]
    mask: int

    @property
    def _types(self) -> list[str]:
        return definition.types_of(self.mask)

    async def everything(self, db: Database) -> AsyncIterator[Sequence[int]]:
        """See ``Feed``."""
        if self.mask == definition.PROJECT:
            for some in chunks(sorted(self.scope), _PAGE):
                yield some
            return
        scope = sorted(self.scope)
        containers = sorted(await db.scan(lambda tx: many_store.containers(tx, scope)))
        for few in chunks(containers):
            counts = await db.scan(partial(many_store.child_counts, parents=few))
            group: list[int] = []
            for container in few:
                count = counts.get(container, 0)
                if group and sum(counts[each] for each in group) + count > _PAGE:
                    async for page in self._children(db, group):
                        yield page
                    group = []
                if count:
                    group.append(container)
            if group:
                async for page in self._children(db, group):
                    yield page

    async def _children(self, db: Database, parents: list[int]) -> AsyncIterator[Sequence[int]]:
        after = 0
        while True:
            look = partial(
                many_store.children, parents=parents, types=self._types, after=after, most=_PAGE
            )
            page = await db.scan(look)
            if page:
                yield page
                after = page[-1]
            if len(page) < _PAGE:
                return

    async def changed(self, tx: Tx, since: int, note: str) -> tuple[set[int], str]:
        """See ``Feed``."""
        return await _changed_entities(tx, since), ""

    async def present(self, tx: Tx, ids: Sequence[int], note: str) -> Sequence[Facts]:
        """See ``Feed``."""
        places = _Places()
        # Much of what changed on a server lies elsewhere: only what is here is read whole.
        found = await many_store.places(tx, ids)
        await places.learn(tx, {row["parent_id"] for row in found.values()} - {None})
        here = [(id, 0) for id, row in found.items() if self._has(row, places)]
        rows = await many_store.entities(tx, here, self._types)
        return [places.facts(row) for row in rows]

    def _has(self, row: Row, places: _Places) -> bool:
        if self.mask == definition.PROJECT:
            return row["id"] in self.scope
        return any(each["id"] in self.scope for each in places.above(row["parent_id"]))

    async def first_note(self, tx: Tx) -> str:
        """See ``Feed``."""
        return ""


@dataclass
class ItemFeed:
    """The items of a dataset or a collection. The note has those that the index knows."""

    view: int
    kind: str
    """The type of the items."""

    async def everything(self, db: Database) -> AsyncIterator[Sequence[int]]:
        """See ``Feed``."""
        items = await db.scan(self._items)
        for some in chunks(sorted(id for id, _ in items), _PAGE):
            yield some

    async def _items(self, tx: Tx) -> list[Item]:
        return read_fields(await many_store.fields(tx, self.view) or "{}").items

    async def first_note(self, tx: Tx) -> str:
        """See ``Feed``."""
        return json.dumps(await self._items(tx))

    async def changed(self, tx: Tx, since: int, note: str) -> tuple[set[int], str]:
        """See ``Feed``."""
        changed = await _changed_entities(tx, since)
        if not changed:
            return changed, note
        known = {tuple(each) for each in json.loads(note)}
        found = changed & {id for id, _ in known}
        if self.view in changed:
            items = await self._items(tx)
            found = (changed & {id for id, _ in items}) | {id for id, _ in known ^ set(items)}
            note = json.dumps(items)
        return found, note

    async def present(self, tx: Tx, ids: Sequence[int], note: str) -> Sequence[Facts]:
        """See ``Feed``."""
        versions: dict[int, int] = dict(json.loads(note))
        wanted = [(id, versions[id]) for id in ids if id in versions]
        places = _Places()
        rows = await many_store.entities(tx, wanted, [self.kind])
        await places.learn(tx, {row["parent_id"] for row in rows})
        return [places.facts(row) for row in rows]


# ------------------------------------------------------------------ submissions


@dataclass
class SubmissionFeed:
    """The submissions to some evaluations."""

    evaluations: frozenset[int]

    async def everything(self, db: Database) -> AsyncIterator[Sequence[int]]:
        """See ``Feed``."""
        for few in chunks(sorted(self.evaluations)):
            after = 0
            while True:
                look = partial(store.submission_ids, evaluations=few, after=after, most=_PAGE)
                page = await db.scan(look)
                if page:
                    yield page
                    after = page[-1]
                if len(page) < _PAGE:
                    break

    async def changed(self, tx: Tx, since: int, note: str) -> tuple[set[int], str]:
        """See ``Feed``."""
        return set(await changes.changed(tx, "submission", since)), ""

    async def present(self, tx: Tx, ids: Sequence[int], note: str) -> Sequence[Facts]:
        """See ``Feed``."""
        return [
            SubmissionFacts(row, statuses.all_annotations(row))
            for row in await store.submissions(tx, ids)
            if row["evaluation_id"] in self.evaluations
        ]

    async def first_note(self, tx: Tx) -> str:
        """See ``Feed``."""
        return ""


# ------------------------------------------------------------------ catching up


@dataclass
class _Step:
    """What is to be read again, and if it is little, what it is now."""

    watermark: int
    ids: list[int]
    note: str
    facts: Sequence[Facts] | None


async def _step(tx: Tx, feed: Feed, since: int, note: str, at_once: bool) -> _Step:
    # Asked first: what commits between the two is read again, and never missed.
    watermark = await changes.watermark(tx)
    found, next_note = await feed.changed(tx, since, note)
    ids = sorted(found)
    facts = None
    if len(ids) <= _PAGE or at_once:
        facts = await feed.present(tx, ids, next_note) if ids else []
    return _Step(watermark, ids, next_note, facts)


async def catch_up(db: Database, index: ViewIndex, feed: Feed, shape: Shape) -> None:
    """Let an index have all that is committed when this begins.

    NOTE: nobody else changes the index meanwhile.
    """
    if index.watermark is None:
        await _read_all(db, index, feed, shape)
    for attempt in range(_ROUNDS):
        assert index.watermark is not None
        step = await db.scan(
            partial(
                _step,
                feed=feed,
                since=index.watermark,
                note=index.note,
                at_once=attempt == _ROUNDS - 1,
            )
        )
        if step.watermark < index.watermark:
            # The database is an older one than the index has read: it was restored from a copy.
            await _read_all(db, index, feed, shape)
            continue
        if step.ids or step.note != index.note:
            await _take_over(db, index, feed, shape, step)
        else:  # not worth a write: who reads a little twice loses nothing
            index.watermark = step.watermark
        if step.facts is not None:
            return


async def _read_all(db: Database, index: ViewIndex, feed: Feed, shape: Shape) -> None:
    async def begin(tx: Tx) -> tuple[int, str]:
        return await changes.watermark(tx), await feed.first_note(tx)

    watermark, note = await db.scan(begin)
    await in_thread(index.clear)
    async for ids in feed.everything(db):
        async with turn():
            facts = await db.scan(partial(feed.present, ids=ids, note=note))
            async with _changing(index) as cursor:
                await in_thread(_put, index, cursor, shape, ids, facts)
    async with _changing(index) as cursor:
        state = await in_thread(index.mark, cursor, watermark, note, True)
    index.marked(state)


async def _take_over(db: Database, index: ViewIndex, feed: Feed, shape: Shape, step: _Step) -> None:
    """Write what changed, all in one: whoever queries meanwhile sees it before or after."""
    count = 0
    async with _changing(index) as cursor:
        if step.facts is not None:
            count = await in_thread(_put, index, cursor, shape, step.ids, step.facts)
        else:
            for ids in chunks(step.ids, _PAGE):
                async with turn():
                    facts = await db.scan(partial(feed.present, ids=ids, note=step.note))
                    count += await in_thread(_put, index, cursor, shape, ids, facts)
        state = await in_thread(index.mark, cursor, step.watermark, step.note, count > 0)
    index.marked(state)


def _put(
    index: ViewIndex,
    cursor: duckdb.DuckDBPyConnection,
    shape: Shape,
    ids: Sequence[int],
    facts: Sequence[Facts],
) -> int:
    return index.put(cursor, ids, shape.rows(facts))


@asynccontextmanager
async def _changing(index: ViewIndex) -> AsyncIterator[duckdb.DuckDBPyConnection]:
    """``ViewIndex.changing`` for who waits for the database in between."""
    manager = index.changing()
    cursor = await in_thread(manager.__enter__)
    try:
        yield cursor
    except BaseException as error:
        await in_thread(manager.__exit__, type(error), error, error.__traceback__)
        raise
    await in_thread(manager.__exit__, None, None, None)


# ------------------------------------------------------------------ snapshots


async def follow_access(db: Database, index: ViewIndex, *, submissions: bool) -> None:
    """Let each row of a snapshot be ruled by the ACL that rules its entity today.

    The row of what is gone for good stays with the ACL that ruled it last. An evaluation rules
    its submissions for ever.

    NOTE: nobody else changes the index meanwhile.
    """
    since = index.watermark
    rows = set(await in_thread(index.row_ids)) if since is None else None

    async def begin(tx: Tx) -> tuple[int, list[int]]:
        watermark = await changes.watermark(tx)
        if submissions:
            return watermark, []
        return watermark, [] if since is None else await changes.changed(tx, "entity", since)

    watermark, changed = await db.scan(begin)
    ids = sorted(rows) if rows is not None and not submissions else changed
    if watermark == since and not ids:
        return
    async with _changing(index) as cursor:
        count = 0
        for some in chunks(ids, _PAGE):
            async with turn():
                found = await db.scan(partial(many_store.benefactors, ids=some))
                count += await in_thread(index.rule, cursor, found)
        state = await in_thread(index.mark, cursor, watermark, "", count > 0)
    index.marked(state)
