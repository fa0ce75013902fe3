"""Which columns a view could have: one for each name among the annotations in its scope."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.annotations import service as annotation_rules
from synapse_server.entities import ids, many_store
from synapse_server.evaluations import statuses
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Found, Job, Workers
from synapse_server.tables import columns
from synapse_server.views import definition, feeds, store
from synapse_server.views.shape import FIELDS
from synapse_wire import views as wire
from synapse_wire.annotations import AnnotationType, AnnotationValue
from synapse_wire.base import Wire
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel, ColumnType

workers = Workers()

_PAGE = 50
_USUAL_SIZE = 50
_MOST_SIZE = 1000
_LEAST_LIST = 2
_TYPES: dict[AnnotationType, ColumnType] = {
    "STRING": "STRING",
    "LONG": "INTEGER",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP_MS": "DATE",
}


@dataclass
class _Seen:
    """All annotations of one name."""

    types: set[AnnotationType] = field(default_factory=set)
    longest: int = 0
    """Characters of a value."""
    most: int = 1
    """Values of one annotation."""

    def add(self, annotation: AnnotationValue) -> None:
        given = [each for each in annotation.value or [] if each is not None]
        if annotation.type is not None:
            self.types.add(annotation.type)
        self.longest = max([self.longest, *map(len, given)])
        self.most = max(self.most, len(given))

    def column(self, name: str) -> ColumnModel:
        """What takes all of them: numbers with numbers are numbers, everything else is text."""
        kind: ColumnType = "STRING"
        if len(self.types) == 1:
            kind = _TYPES[next(iter(self.types))]
        elif self.types == {"LONG", "DOUBLE"}:
            kind = "DOUBLE"
        found = ColumnModel(name=name, column_type=kind)
        if self.most > 1:
            # There are no lists of DOUBLE.
            kind = "STRING" if kind == "DOUBLE" else kind
            found.column_type = f"{kind}_LIST"  # type: ignore[assignment]
            found.maximum_list_length = max(_LEAST_LIST, self.most)
        if kind == "STRING":
            found.maximum_size = min(_MOST_SIZE, max(_USUAL_SIZE, self.longest))
        return found


def _add(seen: dict[str, _Seen], annotations: Mapping[str, AnnotationValue], kind: str) -> None:
    for name, annotation in annotations.items():
        if name not in FIELDS[kind] and name.upper() not in columns.RESERVED:
            seen.setdefault(name, _Seen()).add(annotation)


@workers.does(wire.ViewColumnModelRequest)
async def suggest(job: Job) -> Work[Wire]:
    """Look at all that the caller may read in the scope."""
    request: wire.ViewColumnModelRequest = job.body
    scope = request.view_scope
    if scope is None:
        raise BadRequest("The request has no viewScope.")
    after = _read_token(request.next_page_token)
    kind = scope.view_entity_type or "entityview"
    seen: dict[str, _Seen] = {}
    if kind == "submissionview":
        await _submissions(job, scope.scope or [], seen)
    elif kind == "entityview":
        await _entities(job, scope, seen)
    else:
        await _items(job, scope.scope or [], kind, seen)
    names = sorted(name for name in seen if after is None or name > after)
    return Found(
        wire.ViewColumnModelResponse(
            results=[seen[name].column(name) for name in names[:_PAGE]],
            next_page_token=_token(names[_PAGE - 1]) if len(names) > _PAGE else None,
        )
    )


async def _entities(job: Job, scope: wire.ViewScope, seen: dict[str, _Seen]) -> None:
    mask = definition.check_mask(scope.view_type_mask, scope.view_type)
    containers = await job.db.read(
        lambda tx: definition.check_scope(tx, job.caller, scope.scope, mask, [])
    )
    feed = feeds.ContainerFeed(frozenset(containers), mask)
    types = definition.types_of(mask)
    async for some in feed.everything(job.db):
        look = partial(many_store.readable_annotations, caller=job.caller, ids=some, types=types)
        for text in await job.db.scan(look):
            _add(seen, annotation_rules.load(text), "entityview")


async def _items(job: Job, scope: Sequence[str], kind: str, seen: dict[str, _Seen]) -> None:
    items = [ids.parse(each) for each in scope]
    if len(items) > definition.MOST_SCOPE:
        raise BadRequest(f"At most {definition.MOST_SCOPE} items; these are {len(items)}.")
    types = [definition.ITEMS[kind]]
    look = partial(many_store.readable_annotations, caller=job.caller, ids=items, types=types)
    for text in await job.db.scan(look):
        _add(seen, annotation_rules.load(text), kind)


async def _submissions(job: Job, scope: Sequence[str], seen: dict[str, _Seen]) -> None:
    async def look(tx: Tx) -> set[int]:
        evaluations = await definition.check_evaluations(tx, job.caller, scope, [])
        return await _private(tx, job.caller, evaluations)

    feed = feeds.SubmissionFeed(frozenset(await job.db.read(look)))
    async for some in feed.everything(job.db):
        for row in await job.db.scan(partial(store.submissions, ids=some)):
            _add(seen, statuses.all_annotations(row), "submissionview")


async def _private(tx: Tx, caller: Caller, evaluations: Sequence[int]) -> set[int]:
    """Those whose private annotations the caller may see."""
    if caller.is_admin:
        return set(evaluations)
    bit = bits.READ_PRIVATE_SUBMISSION
    return await acls.allowing(tx, caller, acls.EVALUATION, bit, evaluations)


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read_token(token: str | None) -> str | None:
    try:
        if token is None:
            return None
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise BadRequest("The nextPageToken is not one of a suggestion.") from None
