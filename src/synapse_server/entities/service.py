"""The rules of entities: one function a verb, guards first, then the change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

import msgspec

from synapse_server.access import bits
from synapse_server.access import service as access
from synapse_server.access import store as acls
from synapse_server.access.service import Policy, Subject
from synapse_server.annotations import service as annotation_rules
from synapse_server.derived import definition as derived
from synapse_server.entities import ids, store
from synapse_server.entities.ids import ROOT, TRASH
from synapse_server.files import handles
from synapse_server.kernel.caller import AUTHENTICATED_USERS, Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx
from synapse_server.provenance import activities
from synapse_server.tables import changes as table_changes
from synapse_server.tables import columns as table_columns
from synapse_server.views import definition
from synapse_wire import entities as wire
from synapse_wire.annotations import Annotations, OldAnnotations
from synapse_wire.base import iso
from synapse_wire.entities import Entity
from synapse_wire.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    StaleEtag,
)
from synapse_wire.provenance import Reference

OLD_VERSION_ETAG = "00000000-0000-0000-0000-000000000000"
CONTAINERS = ("project", "folder")
COUNTED = ("folder", "file", "link")
_VERSIONED = ("file",)
_IN_PROGRESS = "in progress"
"""Label and comment of a version that is edited: a new view's, and a table's after its snapshot."""
_TYPES: dict[type, str] = {
    wire.Project: "project",
    wire.Folder: "folder",
    wire.FileEntity: "file",
    wire.Link: "link",
    wire.TableEntity: "table",
    wire.EntityView: "entityview",
    wire.SubmissionView: "submissionview",
    wire.Dataset: "dataset",
    wire.DatasetCollection: "datasetcollection",
    wire.MaterializedView: "materializedview",
    wire.VirtualTable: "virtualtable",
}
QUERYABLE = ("table", *definition.VIEWS, *derived.TYPES)
"""What has columns, and is asked by SQL; its newest version is the one that is edited."""
LATER_TYPES = frozenset(wire.CONCRETE_TYPES.values()) - {
    wire.CONCRETE_TYPES[name] for name in _TYPES.values()
}
"""The concreteTypes that are part of the API and not of this release."""

_NAME = re.compile(r"[\w ,\-.+'()]+\Z")
_ALIAS = re.compile(r"[a-zA-Z0-9_]+\Z")
_MOST_NAME = 256
_MOST_DESCRIPTION = 1000
_MOST_DEPTH = 50
_MOST_CHILDREN = 10_000
_MANY = 500
"""For so many more children at once, room is looked for."""
_MOST_VERSIONS = 15_000
_MOST_HEADERS = 5_000


class _Fields(msgspec.Struct, omit_defaults=True):
    """What is kept of an entity in each version's JSON column."""

    description: str | None = None
    target: int | None = None
    target_version: int | None = None
    target_class: str | None = None
    column_ids: list[int] | None = None
    is_search_enabled: bool = False
    view_type_mask: int = 0
    scope: list[int] = []
    defining_sql: str | None = None
    items: list[tuple[int, int]] = []
    sums: definition.Sums | None = None


_read_fields = msgspec.json.Decoder(_Fields).decode
_NO_FIELDS = _Fields()


# ------------------------------------------------------------------ rows into structs


def fields_of(row: Row) -> _Fields:
    """The JSON column of a version."""
    return _read_fields(row["fields"]) if row["fields"] else _NO_FIELDS


def etag_of(row: Row) -> str:
    """The etag that clients see: old versions cannot be changed, so theirs is void."""
    etag: str = row["etag"]
    return etag if row["number"] == row["version"] else OLD_VERSION_ETAG


def to_entity(row: Row) -> Entity:
    """The struct of a row."""
    if row["type"] == "file":
        return _to_file(row)
    fields = fields_of(row)
    kind, parent = row["type"], row["parent_id"]
    common: dict[str, Any] = {
        "id": f"syn{row['id']}",
        "name": row["name"],
        "description": fields.description,
        "etag": etag_of(row),
        "parent_id": None if parent is None else f"syn{parent}",
        "created_by": str(row["created_by"]),
        "created_on": iso(row["created_on"]),
        "modified_by": str(row["modified_by"]),
        "modified_on": iso(row["modified_on"]),
    }
    if kind == "project":
        return wire.Project(**common, alias=row["alias"])
    if kind == "folder":
        return wire.Folder(**common)
    if kind == "link":
        assert fields.target is not None
        return wire.Link(
            **common,
            links_to=Reference(
                target_id=f"syn{fields.target}", target_version_number=fields.target_version
            ),
            links_to_class_name=fields.target_class,
        )
    common |= {
        "version_number": row["number"],
        "version_label": row["label"],
        "version_comment": row["comment"],
        "is_latest_version": row["number"] == row["version"],
    }
    return _to_queryable(kind, fields, common)


def _to_file(row: Row) -> wire.FileEntity:
    """What is read more often than all else, made without a dict between."""
    return wire.FileEntity(
        id=f"syn{row['id']}",
        name=row["name"],
        description=fields_of(row).description,
        etag=etag_of(row),
        parent_id=f"syn{row['parent_id']}",
        created_by=str(row["created_by"]),
        created_on=iso(row["created_on"]),
        modified_by=str(row["modified_by"]),
        modified_on=iso(row["modified_on"]),
        version_number=row["number"],
        version_label=row["label"],
        version_comment=row["comment"],
        is_latest_version=row["number"] == row["version"],
        data_file_handle_id=str(row["file_handle_id"]),
    )


def _to_queryable(kind: str, fields: _Fields, common: dict[str, Any]) -> Entity:
    common |= {
        "column_ids": [str(each) for each in fields.column_ids or []],
        "is_search_enabled": fields.is_search_enabled,
    }
    if kind == "table":
        return wire.TableEntity(**common)
    if kind == "materializedview":
        return wire.MaterializedView(**common, defining_sql=fields.defining_sql)
    if kind == "virtualtable":
        return wire.VirtualTable(**common, defining_sql=fields.defining_sql)
    scope = [str(each) for each in fields.scope]
    if kind == "entityview":
        return wire.EntityView(**common, view_type_mask=fields.view_type_mask, scope_ids=scope)
    if kind == "submissionview":
        return wire.SubmissionView(**common, scope_ids=scope)
    items = [
        wire.EntityRef(entity_id=f"syn{id}", version_number=version) for id, version in fields.items
    ]
    if kind == "datasetcollection":
        return wire.DatasetCollection(**common, items=items)
    sums = fields.sums or definition.Sums()
    return wire.Dataset(
        **common, items=items, size=sums.size, checksum=sums.checksum, count=sums.count
    )


def column_ids(row: Row) -> list[int]:
    """The columns of what can be queried, in their order."""
    return fields_of(row).column_ids or []


def is_search_enabled(row: Row) -> bool:
    """Whether full-text search is on for what can be queried."""
    return fields_of(row).is_search_enabled


def to_header(row: Row) -> wire.EntityHeader:
    """The short form of a row."""
    return wire.EntityHeader(
        name=row["name"],
        id=f"syn{row['id']}",
        type=wire.CONCRETE_TYPES[row["type"]],
        version_number=row["number"],
        version_label=row["label"] or str(row["number"]),
        is_latest_version=row["number"] == row["version"],
        benefactor_id=row["benefactor_id"],
        created_on=iso(row["created_on"]),
        modified_on=iso(row["modified_on"]),
        created_by=str(row["created_by"]),
        modified_by=str(row["modified_by"]),
    )


# ------------------------------------------------------------------ loading


def missing(id: int) -> NotFound:
    """What is said of an entity that is not there."""
    return NotFound(f"Resource: 'syn{id}' does not exist")


async def load(
    tx: Tx,
    caller: Caller,
    id: int,
    bit: int,
    policy: Policy,
    *,
    version: int | None = None,
    lock: bool = False,
) -> Row:
    """An entity that exists and that the caller may treat so.

    Raises:
        NotFound: No such entity or version, or it lies in the trash can.
        Forbidden: The table says no.
    """
    row = await store.find(tx, id, lock=lock)
    if row is None:
        raise missing(id)
    # What CREATE makes here is no entity but a part of this one: certified users are asked for as
    # they are for it.
    await access.require(tx, caller, Subject.of(row), bit, policy, row["type"])
    if version is None or version == row["number"]:
        return row
    old = await store.find_version(tx, id, version)
    if old is None:
        raise NotFound(f"syn{id} has no version {version}.")
    return old


async def may(tx: Tx, caller: Caller, row: Row, bit: int, policy: Policy) -> bool:
    """Whether the caller may treat the entity of this row so."""
    return await access.allows(tx, caller, Subject.of(row), bit, policy)


def check_etag(row: Row, etag: str | None) -> None:
    """Refuse to change what the caller has not seen."""
    if etag != row["etag"]:
        raise StaleEtag(
            f"Object: syn{row['id']} was updated since you last fetched it, retrieve it again and"
            " re-apply the update"
        )


# ------------------------------------------------------------------ checks


def check_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _MOST_NAME or not _NAME.match(name):
        raise BadRequest(
            f"Invalid Name: {name!r}. Names may only contain: letters, numbers, spaces,"
            " underscores, hyphens, periods, plus signs, apostrophes, and parentheses, and have at"
            f" most {_MOST_NAME} characters."
        )
    return name


def _check_description(description: str | None) -> None:
    if description is not None and len(description) > _MOST_DESCRIPTION:
        raise BadRequest(
            f"The description has {len(description)} characters; at most {_MOST_DESCRIPTION}."
            " Longer text belongs in a wiki."
        )


def _check_parent_type(child: str, parent: Row) -> None:
    if child == "project":
        if parent["id"] != ROOT:
            raise BadRequest("A project lies at the root; it cannot have another parent.")
    elif parent["id"] == ROOT or parent["type"] not in CONTAINERS:
        raise BadRequest(f"A {child} lies in a project or a folder, not in a {parent['type']}.")


async def _check_room(tx: Tx, parent: Row, levels: int = 1) -> None:
    above = await store.ancestors(tx, parent["id"])
    if len(above) + levels > _MOST_DEPTH:
        raise BadRequest(f"Folders can be at most {_MOST_DEPTH} levels deep.")
    if parent["id"] in (ROOT, TRASH):
        return
    if not await store.has_room(tx, parent["id"], COUNTED, _MOST_CHILDREN):
        raise BadRequest(
            f"syn{parent['id']} has {_MOST_CHILDREN} children, the most it can. Use folders."
        )


class Parents:
    """Parents that were found fit by a transaction that makes many entities. Good as long as it does
    nothing else."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Row] = {}
        self._room: Counter[int] = Counter()
        """How many more children each takes, at least."""

    async def take(self, tx: Tx, caller: Caller, id: int, policy: Policy, child: str) -> Row:
        """A parent that takes one more child of this type."""
        parent = self._known.get((id, child))
        if parent is None or not self._room[id]:
            parent = await _fit_parent(tx, caller, id, policy, child)
            self._known[id, child] = parent
            most = _MOST_CHILDREN - _MANY
            self._room[id] = _MANY if await store.has_room(tx, id, COUNTED, most) else 1
        self._room[id] -= 1
        return parent


async def _fit_parent(tx: Tx, caller: Caller, id: int, policy: Policy, child: str) -> Row:
    parent = await _load_parent(tx, caller, id, policy, child)
    await _check_room(tx, parent)
    return parent


async def _load_parent(tx: Tx, caller: Caller, id: int, policy: Policy, child: str) -> Row:
    if id != ROOT:
        await store.hold_trees(tx, id)
    parent = await store.find(tx, id)
    if parent is None:
        raise missing(id)
    subject = Subject.of(parent)
    if subject.in_trash or id == TRASH:
        raise Forbidden(f"The parent syn{id} is in the trash can.")
    _check_parent_type(child, parent)
    await access.require(tx, caller, subject, bits.CREATE, policy, child)
    return parent


def _name_taken(name: str, parent: int) -> Conflict:
    return Conflict(
        f"An entity with the name: {name} already exists with a parentId: {ids.wire(parent)}"
    )


async def _check_alias(tx: Tx, alias: str | None, id: int) -> str | None:
    if not alias:
        return None
    if not _ALIAS.match(alias):
        raise BadRequest(f"Invalid alias {alias!r}: only letters, digits and underscores.")
    owner = await store.with_alias(tx, alias)
    if owner is not None and owner["id"] != id:
        raise Conflict(f"The project alias {alias!r} is taken.")
    return alias


async def _check_file_handle(tx: Tx, caller: Caller, handle: str | None) -> int:
    if not handle:
        raise BadRequest("FileEntity.dataFileHandleId cannot be null")
    return await handles.require_own(tx, caller, handle)


async def _check_activity(tx: Tx, caller: Caller, activity: str | None) -> int | None:
    if not activity:
        return None
    return await activities.require_own(tx, caller, activity)


def _fields(entity: Entity) -> _Fields:
    _check_description(entity.description)
    fields = _Fields(description=entity.description)
    if isinstance(entity, wire.Link):
        if entity.links_to is None or entity.links_to.target_id is None:
            raise BadRequest("Link.linksTo.targetId cannot be null")
        target, version = ids.parse_versioned(entity.links_to.target_id)
        fields.target = target
        fields.target_version = entity.links_to.target_version_number or version
        if fields.target_version is not None and not 0 < fields.target_version < 2**31:
            raise BadRequest(f"There cannot be a version {fields.target_version}.")
        fields.target_class = entity.links_to_class_name
    return fields


async def _define(
    tx: Tx,
    caller: Caller,
    id: int,
    entity: wire.Queryable,
    fields: _Fields,
    kept: _Fields | None,
    policy: Policy,
) -> None:
    """Set columns, scope and items; ``kept`` has those of an entity that was there before."""
    before = kept or _NO_FIELDS
    fields.is_search_enabled = before.is_search_enabled  # older clients do not know of it
    if entity.is_search_enabled is not None:
        fields.is_search_enabled = entity.is_search_enabled
    fields.column_ids = before.column_ids
    given = entity.column_ids
    if isinstance(entity, wire.TableEntity):
        if kept is None:
            fields.column_ids = await table_changes.create(tx, caller, id, given or [])
        elif given is not None:
            fields.column_ids = await table_changes.set_columns(
                tx, caller, id, kept.column_ids or [], given
            )
        return
    if isinstance(entity, wire.MaterializedView | wire.VirtualTable):
        fields.defining_sql = sql = entity.defining_sql or before.defining_sql
        fields.column_ids = await derived.define(
            tx,
            caller,
            id,
            _TYPES[type(entity)],
            sql,
            policy,
            before.defining_sql,
            before.column_ids,
        )
        return
    if given is not None or kept is None:
        models = await table_columns.schema(tx, given or [])
        fields.column_ids = [int(each.id or 0) for each in models]
    if isinstance(entity, wire.EntityView):
        mask = entity.view_type_mask
        if mask is None and entity.type is None and kept is not None:
            mask = kept.view_type_mask
        fields.view_type_mask = definition.check_mask(mask, entity.type)
        fields.scope = await definition.check_scope(
            tx, caller, entity.scope_ids, fields.view_type_mask, before.scope
        )
    elif isinstance(entity, wire.SubmissionView):
        fields.scope = await definition.check_evaluations(
            tx, caller, entity.scope_ids, before.scope
        )
    elif isinstance(entity, wire.Dataset):
        fields.items = await definition.check_items(tx, caller, entity.items, "file", before.items)
        fields.sums = await definition.sums(tx, fields.items)
    elif isinstance(entity, wire.DatasetCollection):
        fields.items = await definition.check_items(
            tx, caller, entity.items, "dataset", before.items
        )


def _dump(fields: _Fields) -> str | None:
    text = msgspec.json.encode(fields).decode()
    return None if text == "{}" else text


# ------------------------------------------------------------------ create


async def create(
    tx: Tx,
    caller: Caller,
    entity: Entity,
    policy: Policy,
    activity: str | None = None,
    *,
    number: int | None = None,
    parents: Parents | None = None,
) -> int:
    """Create an entity; its number, a new one unless given. ``parents`` have been looked at by the
    same transaction."""
    kind = _TYPES[type(entity)]
    parent_id = ROOT if entity.parent_id is None and kind == "project" else None
    if parent_id is None:
        if entity.parent_id is None:
            raise BadRequest(f"A {kind} needs a parentId: a project or a folder.")
        parent_id = ids.parse(entity.parent_id)
    parent = await (parents.take if parents else _fit_parent)(tx, caller, parent_id, policy, kind)
    fields = _fields(entity)
    handle = None
    label = comment = None
    if isinstance(entity, wire.FileEntity):
        handle = await _check_file_handle(tx, caller, entity.data_file_handle_id)
        if entity.file_name_override is not None:
            raise BadRequest("fileNameOverride field is not supported anymore.")
    if isinstance(entity, wire.VersionedEntity):
        is_view = kind in QUERYABLE and kind != "table"
        label = _check_label(entity.version_label) or (_IN_PROGRESS if is_view else "1")
        comment = _check_comment(entity.version_comment) or (_IN_PROGRESS if is_view else None)
    activity_id = await _check_activity(tx, caller, activity)
    id = await store.next_id(tx) if number is None else number
    name = check_name(entity.name) if entity.name else ids.wire(id)
    alias = await _check_alias(tx, entity.alias, id) if isinstance(entity, wire.Project) else None
    if isinstance(entity, wire.Queryable):
        await _define(tx, caller, id, entity, fields, None, policy)
    moment = now()
    benefactor = id if kind == "project" else parent["benefactor_id"]
    if not await store.add(
        tx,
        id,
        kind,
        name,
        parent_id,
        benefactor,
        new_etag(),
        caller.id,
        moment,
        alias,
        parent["restricted_by"],
    ):
        raise _name_taken(name, parent_id)
    await store.add_version(
        tx, id, 1, label, comment, caller.id, moment, handle, activity_id, _dump(fields), None
    )
    if kind == "project":
        await access.write_owner_acl(tx, id, caller.id)
    return id


def _check_label(label: str | None) -> str | None:
    if label is not None and len(label) > _MOST_NAME:
        raise BadRequest(f"A version label has at most {_MOST_NAME} characters.")
    return label or None


def _check_comment(comment: str | None) -> str | None:
    if comment is not None and len(comment) > _MOST_NAME:
        raise BadRequest(f"A version comment has at most {_MOST_NAME} characters.")
    return comment


# ------------------------------------------------------------------ read


async def get(
    tx: Tx, caller: Caller, id: int, policy: Policy, version: int | None = None
) -> Entity:
    """An entity, or one of its versions."""
    return to_entity(await load(tx, caller, id, bits.READ, policy, version=version))


async def stored_row(tx: Tx, id: int) -> Row:
    """The row of an entity that the caller has just stored. NOTE: see ``stored``."""
    row = await store.find(tx, id)
    assert row is not None, "it was stored in this transaction"
    return row


async def stored(tx: Tx, id: int) -> Entity:
    """An entity as the caller has just stored it.

    NOTE: no permission is checked: who may create or update need not be allowed to read.
    """
    return to_entity(await stored_row(tx, id))


async def get_path(tx: Tx, caller: Caller, id: int, policy: Policy) -> wire.EntityPath:
    """The headers from the root down."""
    await load(tx, caller, id, bits.READ, policy)
    return wire.EntityPath(path=[to_header(row) for row in await store.ancestors(tx, id)])


async def get_headers(
    tx: Tx, caller: Caller, references: list[tuple[int, int | None]], policy: Policy
) -> list[wire.EntityHeader]:
    """The headers of what the caller may read, in the order asked."""
    if len(references) > _MOST_HEADERS:
        raise BadRequest(f"At most {_MOST_HEADERS} entities at a time.")
    headers = []
    for id, version in references:
        try:
            headers.append(
                to_header(await load(tx, caller, id, bits.READ, policy, version=version))
            )
        except (NotFound, Forbidden):
            continue
    return headers


# ------------------------------------------------------------------ update


async def update(
    tx: Tx,
    caller: Caller,
    id: int,
    entity: Entity,
    policy: Policy,
    *,
    activity: str | None = None,
    new_version: bool = False,
) -> None:
    """Change an entity; a new parent moves it, a new file makes a new version."""
    parent_id = None if entity.parent_id is None else ids.parse(entity.parent_id)
    if parent_id is not None and parent_id != await store.parent_of(tx, id):
        await store.hold_trees(tx, id, parent_id, alone=True)
    row = await load(tx, caller, id, bits.UPDATE, policy, lock=True)
    if _TYPES[type(entity)] != row["type"]:
        raise BadRequest(f"syn{id} is a {row['type']}; an entity cannot change its type.")
    if entity.id is not None and ids.parse(entity.id) != id:
        raise BadRequest(f"The body is of {entity.id}, the path of syn{id}.")
    check_etag(row, entity.etag)
    if id in (ROOT, TRASH):
        raise Forbidden("This entity belongs to the server.")
    name = check_name(entity.name) if entity.name else ids.wire(id)
    parent_id = row["parent_id"] if parent_id is None else parent_id
    if name != row["name"] or parent_id != row["parent_id"]:
        taken = await store.child_named(tx, parent_id, name)
        if taken is not None and taken["id"] != id:
            raise _name_taken(name, parent_id)
    alias = row["alias"]
    if isinstance(entity, wire.Project) and (entity.alias or None) != alias:
        await access.require(tx, caller, Subject.of(row), bits.CHANGE_SETTINGS, policy)
        alias = await _check_alias(tx, entity.alias, id)
    if parent_id != row["parent_id"]:
        await _move(tx, caller, row, parent_id, policy)
    fields = _fields(entity)
    moment = now()
    etag = new_etag()
    number, handle = row["number"], row["file_handle_id"]
    label, comment = row["label"], row["comment"]
    activity_id = row["activity_id"]
    versioned = isinstance(entity, wire.VersionedEntity)
    if isinstance(entity, wire.Queryable):
        new_version = False  # only a snapshot makes one
        await _define(tx, caller, id, entity, fields, fields_of(row), policy)
    if isinstance(entity, wire.VersionedEntity):
        label = _check_label(entity.version_label) or str(number)
        comment = _check_comment(entity.version_comment)
    if isinstance(entity, wire.FileEntity):
        if entity.file_name_override is not None:
            raise BadRequest("fileNameOverride field is not supported anymore.")
        if entity.data_file_handle_id != str(handle):
            given = await _check_file_handle(tx, caller, entity.data_file_handle_id)
            if not new_version and not await _same_content(tx, handle, given):
                new_version, label, comment = True, None, None
            handle = given
    if new_version and versioned:
        if label == row["label"] or not cast(wire.VersionedEntity, entity).version_label:
            label = None
        number = row["next_version"]
        # A new version is a new thing: what generated the old one did not generate it.
        activity_id = await _check_activity(tx, caller, activity)
        await _insert_version(tx, caller, row, number, label, comment, handle, activity_id, fields)
    else:
        if versioned and label is not None and label != row["label"]:
            await _check_label_free(tx, id, number, label)
        if activity:
            activity_id = await _check_activity(tx, caller, activity)
        await store.set_version(
            tx, id, number, label, comment, caller.id, moment, handle, activity_id, _dump(fields)
        )
    await store.set_entity(tx, id, name, parent_id, etag, alias)


async def _insert_version(
    tx: Tx,
    caller: Caller,
    row: Row,
    number: int,
    label: str | None,
    comment: str | None,
    handle: int | None,
    activity: int | None,
    fields: _Fields,
) -> None:
    id = row["id"]
    if await store.count_versions(tx, id) >= _MOST_VERSIONS:
        raise BadRequest(f"syn{id} has {_MOST_VERSIONS} versions, the most it can.")
    label = label or str(number)
    await _check_label_free(tx, id, number, label)
    await store.add_version(
        tx,
        id,
        number,
        label,
        comment,
        caller.id,
        now(),
        handle,
        activity,
        _dump(fields),
        row["annotations"],
    )
    await store.set_current(tx, id, number, number + 1)


async def set_table_fields(
    tx: Tx, row: Row, columns: list[int], is_search_enabled: bool | None
) -> None:
    """Remember which columns a table or view has now, and whether it can be searched, if that
    changed.

    NOTE: the caller holds the row, and has written the change of a table.
    """
    fields = fields_of(row)
    fields = msgspec.structs.replace(fields, column_ids=columns)
    if is_search_enabled is not None:
        fields.is_search_enabled = is_search_enabled
    await store.set_fields(tx, row["id"], row["number"], _dump(fields))


async def touch(tx: Tx, caller: Caller, row: Row) -> None:
    """Mark that something of the entity beside its fields has changed."""
    await store.touch_version(tx, row["id"], row["number"], caller.id)
    await store.set_etag(tx, row["id"], new_etag())


async def _check_label_free(tx: Tx, id: int, number: int, label: str) -> None:
    if await store.label_in_use(tx, id, number, label):
        raise BadRequest(f"Another version of syn{id} has the label {label!r}.")


async def _same_content(tx: Tx, old: int, new: int) -> bool:
    return await handles.same_content(tx, old, new)


async def new_version(
    tx: Tx, caller: Caller, id: int, policy: Policy, activity: str | None
) -> None:
    """Start a new version with the content of the current one."""
    row = await load(tx, caller, id, bits.UPDATE, policy, lock=True)
    if row["type"] not in _VERSIONED:
        raise BadRequest(f"A {row['type']} has no versions.")
    activity_id = await _check_activity(tx, caller, activity)
    await _insert_version(
        tx,
        caller,
        row,
        row["next_version"],
        None,
        None,
        row["file_handle_id"],
        activity_id,
        fields_of(row),
    )
    await store.set_etag(tx, id, new_etag())


async def snapshot(
    tx: Tx,
    caller: Caller,
    row: Row,
    label: str | None,
    comment: str | None,
    activity: str | None,
) -> int:
    """Keep the current version of a table or view as it is, and go on in a new one; the kept one's
    number.

    NOTE: the caller holds the row, and keeps the rows under the columns.
    """
    id, number, fields = row["id"], row["number"], fields_of(row)
    label = _check_label(label) or str(number)
    await _check_label_free(tx, id, number, label)
    activity_id = await _check_activity(tx, caller, activity)
    await store.set_version(
        tx,
        id,
        number,
        label,
        _check_comment(comment),
        caller.id,
        now(),
        None,
        row["activity_id"] if activity_id is None else activity_id,
        _dump(fields),
    )
    next_one = row["next_version"]
    await _insert_version(tx, caller, row, next_one, _IN_PROGRESS, _IN_PROGRESS, None, None, fields)
    await store.set_etag(tx, id, new_etag())
    return int(number)


async def _move(tx: Tx, caller: Caller, row: Row, parent_id: int, policy: Policy) -> None:
    """NOTE: the caller holds both trees alone."""
    id = row["id"]
    await access.require(tx, caller, Subject.of(row), bits.CHANGE_PERMISSIONS, policy)
    parent = await _load_parent(tx, caller, parent_id, policy, row["type"])
    if await store.is_below(tx, parent_id, id):
        raise BadRequest(f"syn{id} cannot be moved into itself or what lies below it.")
    await _check_room(tx, parent, await store.depth_below(tx, id))
    if row["benefactor_id"] != id:  # with an ACL of its own it stays its own benefactor
        await store.hand_over(tx, id, row["benefactor_id"], parent["benefactor_id"])
    await _follow_restrictions(tx, row, parent)


async def _follow_restrictions(tx: Tx, row: Row, parent: Row) -> None:
    """Let the access requirements above a new parent hold for what came there."""
    if row["restricted_by"] != row["id"]:
        await store.restrict(tx, row["id"], row["restricted_by"], parent["restricted_by"])


async def replace_annotations(
    tx: Tx, caller: Caller, id: int, given: Annotations, policy: Policy
) -> None:
    """Replace the annotations of the current version."""
    row = await load(tx, caller, id, bits.UPDATE, policy, lock=True)
    check_etag(row, given.etag)
    await store_annotations(tx, caller, row, given)


async def store_annotations(tx: Tx, caller: Caller, row: Row, given: Annotations) -> None:
    """Keep annotations that the caller may write.

    NOTE: permission and etag have been checked.
    """
    checked = annotation_rules.check(given.annotations)
    dumped = annotation_rules.dump(checked)
    await store.set_annotations(tx, row["id"], row["number"], dumped, caller.id)
    await store.set_etag(tx, row["id"], new_etag())


def to_annotations(row: Row) -> Annotations:
    """The annotations of a row, to be sent."""
    return Annotations(
        id=f"syn{row['id']}",
        etag=etag_of(row),
        annotations=annotation_rules.as_kept(row["annotations"]),
    )


def to_old_annotations(row: Row) -> OldAnnotations:
    """The same in the form of the first generation."""
    old = annotation_rules.to_old(annotation_rules.load(row["annotations"]))
    old.id, old.etag = f"syn{row['id']}", etag_of(row)
    return old


def to_flat(row: Row) -> dict[str, Any]:
    """Fields and annotations of a row in one flat object; fields win."""
    fields: dict[str, Any] = msgspec.to_builtins(to_entity(row))
    return annotation_rules.to_json(annotation_rules.load(row["annotations"])) | fields


async def replace_flat(
    tx: Tx, caller: Caller, id: int, flat: dict[str, Any], etag: str, policy: Policy
) -> None:
    """Replace the annotations by what the flat form has beside the fields of such an entity."""
    row = await load(tx, caller, id, bits.UPDATE, policy, lock=True)
    check_etag(row, etag)
    fields = to_entity(row).__struct_encode_fields__
    rest = {key: value for key, value in flat.items() if key not in fields}
    given = Annotations(annotations=annotation_rules.from_json(rest))
    await store_annotations(tx, caller, row, given)


async def replace_file_handle(
    tx: Tx,
    caller: Caller,
    id: int,
    version: int,
    request: wire.FileHandleUpdateRequest,
    policy: Policy,
) -> None:
    """Let a version point to another handle of the same content."""
    row = await load(tx, caller, id, bits.UPDATE, policy, lock=True)
    if row["type"] != "file":
        raise BadRequest(f"syn{id} is a {row['type']}, not a file.")
    row = await load(tx, caller, id, bits.UPDATE, policy, version=version)
    if request.old_file_handle_id != str(row["file_handle_id"]):
        raise StaleEtag(
            f"The file handle of version {version} of syn{id} is {row['file_handle_id']}, not"
            f" {request.old_file_handle_id}."
        )
    handle = await _check_file_handle(tx, caller, request.new_file_handle_id)
    if not await _same_content(tx, row["file_handle_id"], handle):
        raise StaleEtag(
            "The new file handle has another MD5, or none; store a new version instead."
        )
    await store.set_file_handle(tx, id, version, handle)
    await store.set_etag(tx, id, new_etag())


async def set_data_type(
    tx: Tx, caller: Caller, id: int, kind: str, policy: Policy, is_act: bool
) -> None:
    """Declare open data (the compliance team only) or sensitive data."""
    row = await load(tx, caller, id, bits.CHANGE_SETTINGS, policy, lock=True)
    if kind not in ("OPEN_DATA", "SENSITIVE_DATA"):
        raise BadRequest(f"type must be OPEN_DATA or SENSITIVE_DATA, not {kind!r}.")
    if kind == "OPEN_DATA" and not (is_act or caller.is_admin):
        raise Forbidden("Only the Synapse Access and Compliance Team may declare open data.")
    await store.set_open(tx, row["id"], kind == "OPEN_DATA")


# ------------------------------------------------------------------ delete and trash


async def delete_version(tx: Tx, caller: Caller, id: int, version: int, policy: Policy) -> None:
    """Delete a version; its number is not used again."""
    row = await load(tx, caller, id, bits.DELETE, policy, lock=True)
    if await store.find_version(tx, id, version) is None:
        raise NotFound(f"syn{id} has no version {version}.")
    if await store.count_versions(tx, id) == 1:
        raise BadRequest("Cannot delete the last version. Delete the entity instead.")
    if row["type"] in QUERYABLE and version == row["version"]:
        raise BadRequest(
            f"Version {version} of syn{id} is the one that is edited; only snapshots can be deleted."
        )
    await store.delete_version(tx, id, version)
    if version == row["version"]:
        await store.set_current(tx, id, await store.newest_version(tx, id), row["next_version"])
    await store.set_etag(tx, id, new_etag())


async def move_to_trash(tx: Tx, caller: Caller, id: int, policy: Policy) -> None:
    """Move an entity and all below it to the trash can."""
    await store.hold_trees(tx, id, alone=True)
    row = await load(tx, caller, id, bits.DELETE, policy, lock=True)
    if id in (ROOT, TRASH):
        raise Forbidden("This entity belongs to the server.")
    if await store.count_containers(tx, id, _MOST_CHILDREN + 1) > _MOST_CHILDREN:
        raise BadRequest(
            f"syn{id} holds more than {_MOST_CHILDREN} folders; delete some of them first."
        )
    await store.to_trash(tx, id, row["parent_id"], row["name"], caller.id)


async def hold_trees(tx: Tx, ids: Sequence[int]) -> None:
    """Keep the projects of these entities as they are until commit: see ``store.hold_trees``."""
    await store.hold_trees(tx, *ids, alone=True)


async def require_restrictable(tx: Tx, id: int) -> None:
    """Refuse what no access requirement can be on.

    NOTE: no permission is checked: whoever makes requirements need not be able to read.
    """
    row = await store.find(tx, id)
    if row is None:
        raise missing(id)
    if row["trash_root"] is not None:
        raise NotFound(f"Entity syn{id} is in trash can.")
    if id in (ROOT, TRASH):
        raise BadRequest("This entity belongs to the server; access requirements are on others.")


async def restrict(tx: Tx, ids: Iterable[int]) -> None:
    """Note that access requirements are on these entities now.

    NOTE: the caller holds their trees alone.
    """
    for id in ids:
        row = await stored_row(tx, id)
        await store.restrict(tx, id, row["restricted_by"], id)


async def unrestrict(tx: Tx, ids: Iterable[int]) -> None:
    """Note that no access requirement is on these entities any more; those above still hold.

    NOTE: the caller holds their trees alone.
    """
    for id in ids:
        row = await store.find(tx, id)
        if row is not None and row["restricted_by"] == id:
            parent = await store.find(tx, row["parent_id"])
            await store.restrict(tx, id, id, 0 if parent is None else parent["restricted_by"])


async def restore(tx: Tx, caller: Caller, id: int, parent: int | None, policy: Policy) -> None:
    """Put a trashed entity back, where it was or under another parent."""
    caller.require_sign_in()
    record = await store.trashed(tx, id)
    if record is None or record["purge"]:
        raise NotFound(f"syn{id} is not in the trash can.")
    if record["deleted_by"] != caller.id and not caller.is_admin:
        raise Forbidden(f"Only who deleted syn{id} may restore it.")
    to = record["parent_id"] if parent is None else parent
    await store.hold_trees(tx, id, to, alone=True)
    row = await store.find(tx, id, lock=True)
    if row is None or row["trash_root"] != id:
        raise NotFound(f"syn{id} is not in the trash can.")
    if to != record["parent_id"] and not caller.is_admin:
        await _require_mover(tx, caller, row)
    new_parent = await _load_parent(tx, caller, to, policy, row["type"])
    await _check_room(tx, new_parent, await store.depth_below(tx, id))
    if await store.child_named(tx, to, row["name"]) is not None:
        raise _name_taken(row["name"], to)
    alias = record["alias"]
    if alias is not None and await store.with_alias(tx, alias) is not None:
        alias = None  # somebody else has taken it meanwhile
    await store.from_trash(tx, id, to, alias)
    if row["benefactor_id"] != id:
        await store.hand_over(tx, id, row["benefactor_id"], new_parent["benefactor_id"])
    await _follow_restrictions(tx, row, new_parent)
    await store.set_etag(tx, id, new_etag())


async def _require_mover(tx: Tx, caller: Caller, row: Row) -> None:
    """To restore something elsewhere is to move it: other people will share it."""
    granted = await acls.granted(tx, caller, access.ENTITY, row["benefactor_id"])
    for bit in (bits.UPDATE, bits.CHANGE_PERMISSIONS):
        if not granted & bit:
            raise Forbidden(
                f"You lack {bits.name(bit)} access to syn{row['id']}, so you may restore it to"
                " where it was, and nowhere else."
            )


async def purge(tx: Tx, caller: Caller, id: int) -> None:
    """Give a trashed entity up for good; the next sweep removes it."""
    caller.require_sign_in()
    record = await store.trashed(tx, id)
    if record is None:
        raise NotFound(f"syn{id} is not in the trash can.")
    if record["deleted_by"] != caller.id and not caller.is_admin:
        raise Forbidden(f"Only who deleted syn{id} may purge it.")
    await store.mark_for_purge(tx, id)


Gone = Callable[[Tx, Sequence[int]], Awaitable[None]]
"""What other domains do when entities are removed for good."""


async def sweep_trash(tx: Tx, days: int, gone: Sequence[Gone] = (), most: int = 20) -> int:
    """Remove for good what is marked, or lies in the trash can since ``days``; how many."""
    rows = await store.to_purge(tx, now() - days * 24 * 3600 * 1000, most)
    for row in rows:
        removed = await store.purge(tx, row["entity_id"])
        for follow in gone:
            await follow(tx, removed)
    return len(rows)


# ------------------------------------------------------------------ bootstrapping


async def bootstrap(tx: Tx, admin: int) -> None:
    """Make the root and the trash can; does nothing the second time."""
    for id, name, parent in ((ROOT, "root", None), (TRASH, "trash", ROOT)):
        if await store.find(tx, id) is not None:
            continue
        moment = now()
        await store.add(tx, id, "folder", name, parent, id, new_etag(), admin, moment, None)
        await store.add_version(tx, id, 1, None, None, admin, moment, None, None, None, None)
        entries = {AUTHENTICATED_USERS: bits.CREATE} if id == ROOT else {}
        await acls.put(tx, access.ENTITY, id, new_etag(), entries)


async def number_from(tx: Tx, first: int) -> None:
    """Let the next entity have this number, unless numbers are in use beyond it."""
    await store.number_from(tx, first)
