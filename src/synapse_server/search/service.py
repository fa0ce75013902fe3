"""Search: what a request means, the index that answers it, and what is shown of what it finds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.access.service import ENTITY, Policy
from synapse_server.annotations import service as annotation_rules
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import ids, many_store
from synapse_server.entities import service as entities
from synapse_server.entities import store as entity_store
from synapse_server.entities.ids import ROOT, TRASH
from synapse_server.kernel import change_store as changes
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.kernel.numbers import parse_id
from synapse_server.kernel.paging import check_page
from synapse_server.kernel.scratch import Scratch
from synapse_server.search import store, words
from synapse_server.search.index import ANNOTATED, FIELDS, Asked, Document, Found, SearchIndex
from synapse_server.wiki import texts
from synapse_wire import search as wire
from synapse_wire.entities import EntityType
from synapse_wire.errors import BadRequest

T = TypeVar("T")

_PAGE = 2_000
"""So many entities are read at once."""
_TYPES: tuple[EntityType, ...] = get_args(EntityType)
_SIZE = 10
_MOST_START = 1_000_000
_MOST_CONDITIONS = 50
_THREADS = 2
_MOST_VALUES = 100
_NUMBERS = ("created_by", "created_on", "modified_by", "modified_on")
_MOMENTS = ("created_on", "modified_on")
_SPELLED = {
    "Id": "id",
    "Name": "name",
    "EntityType": "node_type",
    "ModifiedBy": "modified_by",
    "ModifiedOn": "modified_on",
    "CreatedBy": "created_by",
    "CreatedOn": "created_on",
    "Consortium": "consortium",
    "Diagnosis": "diagnosis",
    "Organ": "organ",
    "Tissue": "tissue",
}


# ------------------------------------------------------------------ what is asked


def read(query: wire.SearchQuery) -> Asked:
    """A request, checked.

    Raises:
        BadRequest: It names a field that there is not, or a value that cannot be.
    """
    offset = 0 if query.start is None else query.start
    size = _SIZE if query.size is None else query.size
    start, size = check_page(offset, size, wire.MOST_HITS)
    if start > _MOST_START:
        raise BadRequest(f"start can be at most {_MOST_START}; narrow the search instead.")
    asked = Asked(words.expression(query.query_term or []), start=start, size=size)
    values: dict[str, list[int | str]] = defaultdict(list)
    given = [*(query.boolean_query or []), *(query.range_query or [])]
    if len(given) > _MOST_CONDITIONS:
        raise BadRequest(f"A search has at most {_MOST_CONDITIONS} conditions.")
    for each in query.boolean_query or []:
        name = _field(each.key)
        if each.value is None:
            raise BadRequest(f"The booleanQuery on {name} needs a value.")
        value = _value(name, each.value)
        if each.not_:
            asked.conditions.append((name, "IS NOT", value))
        else:
            values[name].append(value)
    asked.conditions += [(name, "IN", several) for name, several in values.items()]
    for between in query.range_query or []:
        name = _field(between.key)
        if between.min is None and between.max is None:
            raise BadRequest(f"The rangeQuery on {name} needs min, max or both.")
        if between.min is not None:
            asked.conditions.append((name, ">=", _value(name, between.min)))
        if between.max is not None:
            asked.conditions.append((name, "<=", _value(name, between.max)))
    for option in query.facet_options or []:
        name = _field(option.name)
        most = 10 if option.max_result_count is None else option.max_result_count
        if not 1 <= most <= _MOST_VALUES:
            raise BadRequest(f"maxResultCount must be between 1 and {_MOST_VALUES}, not {most}.")
        if name in (known for known, _, _ in asked.facets):
            raise BadRequest(f"facetOptions has {name} twice.")
        asked.facets.append((name, most, option.sort_type == "ALPHA"))
    return asked


def _field(name: str | None) -> str:
    found = _SPELLED.get(name or "", name)
    if found not in FIELDS:
        raise BadRequest(f"{name!r} is no field of a search; there are {', '.join(FIELDS)}.")
    return found


def _value(name: str, text: str) -> int | str:
    return parse_id(text, name) if name in _NUMBERS else text


# ------------------------------------------------------------------ what answers


class Search:
    """The index of this process, as far as the database."""

    def __init__(
        self, folder: Path | None, scratch: Scratch, db: Database, blobs: BlobStore
    ) -> None:
        """
        Args:
            folder: Where to keep it; None for a folder that goes with the process.
            scratch: Where what goes with the process is.
            db: Where the entities are.
            blobs: Where the texts of their wikis are.
        """
        self._kept = folder
        self._scratch = scratch
        self._db = db
        self._blobs = blobs
        self._index: SearchIndex | None = None
        self._lock = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
        """Its own: searches may take their time, and others must not wait for them."""

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    async def find(self, caller: Caller, asked: Asked) -> Found:
        """What the caller may read of what matches."""
        async with self._lock:
            index = await self._caught_up()
        readable = None
        if not caller.is_admin:
            owners = await self._in_thread(index.benefactors, asked)
            allowing = partial(
                acls.allowing, caller=caller, kind=ENTITY, bit=bits.READ, owners=owners
            )
            readable = sorted(await self._db.scan(allowing))
        return await self._in_thread(index.find, asked, readable)

    async def _caught_up(self) -> SearchIndex:
        index = self._index
        if index is None:
            folder = self._kept or self._scratch.folder("search")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / "search.sqlite"
            self._index = index = await self._in_thread(SearchIndex, path)
        if index.watermark is None:
            await self._read_all(index)
        since = index.watermark
        assert since is not None

        async def look(tx: Tx) -> tuple[int, list[int], list[Row]]:
            mark = await changes.watermark(tx)
            changed = await changes.changed(tx, "entity", since)
            changed = sorted({*changed, *await changes.changed(tx, "wiki", since)})
            rows = await many_store.entities(tx, [(id, 0) for id in changed], _TYPES)
            return mark, changed, rows

        mark, changed, rows = await self._db.scan(look)
        if changed:
            await self._put(index, changed, rows)
        if mark != since:
            await self._in_thread(index.mark, mark)
        return index

    async def _read_all(self, index: SearchIndex) -> None:
        await self._in_thread(index.clear)
        mark = await self._db.read(changes.watermark)
        after = 0

        async def page(tx: Tx) -> tuple[list[int], list[Row]]:
            found = await store.ids_after(tx, after, _PAGE)
            return found, await many_store.entities(tx, [(id, 0) for id in found], _TYPES)

        while True:
            found, rows = await self._db.scan(page)
            if not found:
                break
            await self._put(index, found, rows)
            after = found[-1]
        await self._in_thread(index.mark, mark)

    async def _put(self, index: SearchIndex, changed: Sequence[int], rows: Sequence[Row]) -> None:
        wikis = await texts.of_entities(self._db, self._blobs, [row["id"] for row in rows])
        documents = [
            _document(row, wikis.get(row["id"], ""))
            for row in rows
            if row["id"] not in (ROOT, TRASH)
        ]
        await self._in_thread(index.put, changed, documents)

    async def close(self) -> None:
        """Let go of the file."""
        if self._index is not None:
            await self._in_thread(self._index.close)
            self._index = None
        self._threads.shutdown()


def _document(row: Row, wiki: str = "") -> Document:
    annotations = annotation_rules.load(row["annotations"])
    noted = [
        " ".join([name, *filter(None, value.value or [])]) for name, value in annotations.items()
    ]
    first = {
        name.lower(): value.value[0] or "" for name, value in annotations.items() if value.value
    }
    return Document(
        number=row["id"],
        benefactor=row["benefactor_id"],
        name=row["name"],
        node_type=row["type"],
        created_by=row["created_by"],
        created_on=row["created_on"] // 1000,
        modified_by=row["modified_by"],
        modified_on=row["modified_on"] // 1000,
        description=entities.fields_of(row).description or "",
        annotations="\n".join(noted),
        wiki=wiki,
        annotated={name: first[name] for name in ANNOTATED if name in first},
    )


# ------------------------------------------------------------------ what is shown


async def show(
    tx: Tx, caller: Caller, query: wire.SearchQuery, asked: Asked, found: Found, policy: Policy
) -> wire.SearchResults:
    """The answer. What the caller may not read any more is left out."""
    known = await many_store.briefs(tx, caller, found.numbers)
    rows = {row["id"]: row for row in await entity_store.find_many(tx, found.numbers)}
    hits = [
        _hit(rows[number])
        for number in found.numbers
        if number in rows and known[number]["may_read"] and known[number]["trash_root"] is None
    ]
    if "path" in (query.return_fields or []):
        for hit in hits:
            hit.path = await entities.get_path(tx, caller, ids.parse(hit.id), policy)
    return wire.SearchResults(
        found=found.count,
        start=asked.start,
        hits=hits,
        facets=[
            wire.Facet(
                name=name,
                type="DATE" if name in _MOMENTS else "LITERAL",
                constraints=[wire.FacetConstraint(value=v, count=n) for v, n in values],
            )
            for name, values in found.facets
        ],
    )


def _hit(row: Row) -> wire.Hit:
    document = _document(row)
    noted = document.annotated
    return wire.Hit(
        id=ids.wire(row["id"]),
        name=row["name"],
        etag=row["etag"],
        node_type=row["type"],
        created_on=document.created_on,
        created_by=str(document.created_by),
        modified_on=document.modified_on,
        modified_by=str(document.modified_by),
        description=document.description or None,
        alias=row["alias"],
        consortium=noted.get("consortium"),
        diagnosis=noted.get("diagnosis"),
        organ=noted.get("organ"),
        tissue=noted.get("tissue"),
    )
