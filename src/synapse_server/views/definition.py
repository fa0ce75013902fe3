"""What a view shows: types, scope and items, checked when the entity is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.entities import ids, many_store
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx
from synapse_server.tables.sql.relations import ENTITY, EVALUATION
from synapse_wire.entities import EntityRef
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.views import ViewType

MOST_SCOPE = 30_000
"""Containers or evaluations of a view, items of a dataset or a collection."""

VIEWS = ("entityview", "submissionview", "dataset", "datasetcollection")
PROJECT = 0x2
TYPES = {
    "file": 0x1,
    "project": PROJECT,
    "table": 0x4,
    "folder": 0x8,
    "entityview": 0x10,
    "dockerrepo": 0x20,
    "submissionview": 0x40,
    "dataset": 0x80,
    "datasetcollection": 0x100,
    "materializedview": 0x200,
}
"""The bit of a view's mask for each type that it can show."""
ITEMS = {"dataset": "file", "datasetcollection": "dataset"}
"""The type of the items of what has items."""
OLD_TYPES: dict[ViewType, int] = {"file": 0x1, "project": PROJECT, "file_and_table": 0x5}
_ALL = sum(TYPES.values())

Item = tuple[int, int]
"""An entity and its version."""


class Sums(msgspec.Struct, omit_defaults=True):
    """What the files of a dataset come to."""

    size: int = 0
    checksum: str | None = None
    count: int = 0


def benefactors(kind: str) -> Mapping[str, str]:
    """What says of each row of a view of this type whose ACL rules it, and whose ACL it is."""
    return {"ROW_BENEFACTOR": EVALUATION if kind == "submissionview" else ENTITY}


def types_of(mask: int) -> list[str]:
    """The types of entities that a mask names."""
    return [name for name, bit in TYPES.items() if mask & bit]


def check_mask(mask: int | None, older: ViewType | None) -> int:
    """The mask of a view, given as such or by the older word.

    Raises:
        BadRequest: There is none, or it cannot be.
    """
    if mask is None and older is not None:
        mask = OLD_TYPES[older]
    if not mask:
        raise BadRequest(
            "An entity view needs a viewTypeMask: the sum of the types that it shows, such as 1 for"
            " files or 9 for files and folders."
        )
    if mask < 0 or mask & ~_ALL:
        raise BadRequest(f"The viewTypeMask {mask} has bits that no type has; all are {_ALL}.")
    if mask & PROJECT and mask != PROJECT:
        raise BadRequest("A view of projects (viewTypeMask 2) cannot show anything else.")
    return mask


def _once(found: Sequence[int], what: str) -> None:
    if len(found) > MOST_SCOPE:
        raise BadRequest(f"At most {MOST_SCOPE} {what}s; these are {len(found)}.")


async def check_scope(
    tx: Tx, caller: Caller, given: Sequence[str] | None, mask: int, kept: Sequence[int]
) -> list[int]:
    """The containers of an entity view, each once. What it had before is not looked at again.

    Raises:
        NotFound: One is not there.
        Forbidden: The caller may not read one.
        BadRequest: One is no container, or they are too many.
    """
    scope = list(dict.fromkeys(ids.parse(each) for each in given or []))
    _once(scope, "container")
    new = sorted(set(scope) - set(kept))
    found = await many_store.briefs(tx, caller, new)
    for id in new:
        row = found.get(id)
        if row is None or row["trash_root"] is not None:
            raise NotFound(f"syn{id}, which scopeIds names, does not exist.")
        if not row["may_read"]:
            raise Forbidden(f"You lack READ access to syn{id}, which scopeIds names.")
        if row["type"] not in ("project", "folder"):
            raise BadRequest(
                f"scopeIds names syn{id}, a {row['type']}; a scope is made of projects and folders."
            )
        if mask == PROJECT and row["type"] != "project":
            raise BadRequest(f"The scope of a view of projects has projects; syn{id} is none.")
    return scope


async def check_evaluations(
    tx: Tx, caller: Caller, given: Sequence[str] | None, kept: Sequence[int]
) -> list[int]:
    """The evaluations of a submission view, each once.

    Raises:
        Forbidden: There is no such evaluation, or the caller may not read it.
        BadRequest: They are too many.
    """
    scope = list(dict.fromkeys(numbers.parse_id(each, "evaluation") for each in given or []))
    _once(scope, "evaluation")
    new = [id for id in scope if id not in set(kept)]
    if caller.is_admin:
        return scope
    readable = await acls.allowing(tx, caller, acls.EVALUATION, bits.READ, new)
    for id in new:
        if id not in readable:
            raise Forbidden(f"There is no evaluation {id} that you may read; see scopeIds.")
    return scope


async def check_items(
    tx: Tx, caller: Caller, given: Sequence[EntityRef] | None, kind: str, kept: Sequence[Item]
) -> list[Item]:
    """The items of a dataset or a collection, of which ``kind`` is the type.

    Raises:
        NotFound: One is not there.
        Forbidden: The caller may not read one.
        BadRequest: One is of another type, or there twice.
    """
    items: dict[int, int] = {}
    for each in given or []:
        if each.entity_id is None or each.version_number is None:
            raise BadRequest("Each of the items needs entityId and versionNumber.")
        id = ids.parse(each.entity_id)
        if id in items:
            raise BadRequest(
                f"The items name syn{id} twice; only one version of each {kind} can be in it."
            )
        if not 0 < each.version_number < 2**31:
            raise BadRequest(f"syn{id} cannot have a version {each.version_number}.")
        items[id] = each.version_number
    _once(list(items), "item")
    new = sorted(set(items.items()) - set(kept))
    found = await many_store.briefs(tx, caller, [id for id, _ in new])
    versions = await many_store.existing_versions(tx, new)
    for id, version in new:
        row = found.get(id)
        if row is None or row["trash_root"] is not None:
            raise NotFound(f"syn{id}, which the items name, does not exist.")
        if not row["may_read"]:
            raise Forbidden(f"You lack READ access to syn{id}, which the items name.")
        if row["type"] != kind:
            raise BadRequest(f"Items can only be {kind}s; syn{id} is a {row['type']}.")
        if (id, version) not in versions:
            raise NotFound(f"syn{id} has no version {version}, which the items name.")
    return list(items.items())


async def sums(tx: Tx, items: Sequence[Item]) -> Sums:
    """What the files of a dataset come to now."""
    files = await many_store.sizes(tx, items)
    text = "".join(sorted(md5 for _, md5 in files if md5))
    return Sums(
        size=sum(size or 0 for size, _ in files),
        checksum=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() if items else None,
        count=len(items),
    )
