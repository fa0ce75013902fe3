"""Files of a listing in little room: a listing may have a million.

What Synapse says of a file is a dozen short texts and three structs, four times as large in
memory as it is here, and of most files nobody asks for most of it.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import files as files_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.provenance import Activity

_HANDLES = (
    files_wire.S3FileHandle,
    files_wire.GoogleCloudFileHandle,
    files_wire.ExternalFileHandle,
    files_wire.ExternalObjectStoreFileHandle,
    files_wire.ProxyFileHandle,
)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(
    tuple[
        list[Any],
        tuple[int, list[Any]] | None,
        str | None,
        dict[str, AnnotationValue] | None,
        Activity | None,
    ]
).decode


def pack(entry: bulk.TreeEntry) -> bytes:
    """A file of a listing with all that is said of it. For this process only: the form may be
    another one tomorrow."""
    handle = entry.file_handle
    return _encode(
        (
            _values(entry.entity),
            None if handle is None else (_HANDLES.index(type(handle)), _values(handle)),
            entry.pre_signed_url,
            entry.annotations or None,
            entry.activity,
        )
    )


def unpack(packed: bytes) -> bulk.TreeEntry:
    """What was packed."""
    entity, handle, url, annotations, activity = _decode(packed)
    return bulk.TreeEntry(
        entity=_filled(wire.FileEntity, entity),
        file_handle=None if handle is None else _filled(_HANDLES[handle[0]], handle[1]),
        pre_signed_url=url,
        annotations=annotations,
        activity=activity,
    )


def _values(struct: msgspec.Struct) -> tuple[Any, ...]:
    return msgspec.structs.astuple(struct)


def _filled(kind: type[Any], values: list[Any]) -> Any:
    return kind(**dict(zip(kind.__struct_fields__, values, strict=True)))


def share(entry: bulk.TreeEntry) -> None:
    """Let what many entries have alike be one text in memory."""
    entity, handle = entry.entity, entry.file_handle
    entity.parent_id = _shared(entity.parent_id)
    entity.created_by = _shared(entity.created_by)
    entity.modified_by = _shared(entity.modified_by)
    if entity.modified_on == entity.created_on:
        entity.modified_on = entity.created_on
    if isinstance(entity, wire.VersionedEntity):
        entity.version_label = _shared(entity.version_label)
    entry.annotations = entry.annotations or None
    if handle is not None:
        if isinstance(entity, wire.FileEntity) and handle.id == entity.data_file_handle_id:
            handle.id = entity.data_file_handle_id
        if handle.modified_on == handle.created_on:
            handle.modified_on = handle.created_on
        if handle.file_name == entity.name:
            handle.file_name = entity.name
        handle.created_by = _shared(handle.created_by)
        handle.content_type = _shared(handle.content_type)
        if isinstance(handle, files_wire.S3FileHandle):
            handle.bucket_name = _shared(handle.bucket_name)


def _shared(text: str | None) -> str | None:
    return None if text is None else sys.intern(text)
