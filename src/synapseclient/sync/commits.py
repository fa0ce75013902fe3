"""Many changes in one request, which is split when one of them is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from synapse_wire import bulk
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError

if TYPE_CHECKING:
    from synapseclient.client import Synapse

T = TypeVar("T")

AT_ONCE = 250
"""Changes of one commit: enough to be quick, and others may write in between."""
_BYTES = 1_500_000


def chunks(items: Iterable[T], weight: Callable[[T], int]) -> Iterator[list[T]]:
    """Items whose changes fit into one commit; ``weight`` is about the bytes of one change."""
    chunk: list[T] = []
    size = 0
    for item in items:
        more = weight(item)
        if chunk and (len(chunk) == AT_ONCE or size + more > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += more
    if chunk:
        yield chunk


async def commit(
    syn: Synapse,
    items: Sequence[T],
    to_wire: Callable[[Sequence[T]], list[bulk.Change]],
    done: Callable[[T, bulk.Committed], None],
    fail: Callable[[T, SynapseError], None],
) -> None:
    """Commit a change an item; those that cannot be do not keep the others from it.

    Args:
        syn: A client, of a server that has the extension ``bulk``.
        items: What the changes are about.
        to_wire: Their changes, in their order; asked again for each part when a commit is split.
        done: Told what became of each item.
        fail: Told why an item could not be.
    """
    request = bulk.Commit(key=uuid.uuid4().hex, changes=to_wire(items))
    try:
        answer = await syn.call(bulk.commit, request)
    except SynapseError as error:
        if len(items) == 1 or not _is_about_one(error):
            for each in items:
                fail(each, error)
            return
        # One of them cannot be: find it, and let the others go on.
        half = len(items) // 2
        await commit(syn, items[:half], to_wire, done, fail)
        await commit(syn, items[half:], to_wire, done, fail)
        return
    for each, made in zip(items, answer.results, strict=True):
        done(each, made)


def _is_about_one(error: SynapseError) -> bool:
    """Whether a commit was refused for one of its changes, so that others may be made."""
    refused = (400, 403, 404, 409, 412, 413)
    return isinstance(error, SynapseHTTPError) and error.status in refused
