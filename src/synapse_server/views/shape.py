"""What the rows of views show: fields of the object first, annotations by name. Pure.

A value is text, as cells of tables are (see ``tables.values``). A view never cuts a value and
never fails because of one: what does not fit the column's type is NULL, and what is longer than
the column's sizes is shown whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast

import msgspec

from synapse_server.annotations import service as annotation_rules
from synapse_server.kernel.database import Row
from synapse_server.tables import columns, values
from synapse_server.views.definition import Sums
from synapse_wire.annotations import AnnotationValue
from synapse_wire.tables import ColumnModel

_VOID_ETAG = "00000000-0000-0000-0000-000000000000"
"""The etag of a version that cannot be changed."""


class Facts(Protocol):
    """What is known of an object that has a row."""

    @property
    def heads(self) -> tuple[int, int, str, int, int | None]:
        """ROW_ID, ROW_VERSION, ROW_ETAG, ROW_BENEFACTOR, and the bytes of its file."""

    @property
    def annotations(self) -> Mapping[str, AnnotationValue]:
        """Its annotations."""


class _Fields(msgspec.Struct):
    """What rows show of an entity's JSON column."""

    description: str | None = None
    sums: Sums | None = None
    items: list[tuple[int, int]] = []


class _Handle(msgspec.Struct, rename="camel"):
    """What rows show of a file handle."""

    concrete_type: str | None = msgspec.field(name="concreteType", default=None)
    file_name: str | None = None
    bucket_name: str | None = None
    key: str | None = None


read_fields = msgspec.json.Decoder(_Fields).decode
_read_handle = msgspec.json.Decoder(_Handle).decode


@dataclass
class EntityFacts:
    """A version of an entity, with the names of what it lies in."""

    row: Row
    path: str
    project: int | None

    @property
    def heads(self) -> tuple[int, int, str, int, int | None]:
        """See ``Facts``."""
        row = self.row
        size = self.sums.size if row["type"] == "dataset" else row["size"]
        return row["id"], row["number"], self.etag, row["benefactor_id"], size

    @property
    def etag(self) -> str:
        """Old versions cannot be changed, so theirs is void."""
        row = self.row
        return str(row["etag"]) if row["number"] == row["version"] else _VOID_ETAG

    @cached_property
    def annotations(self) -> Mapping[str, AnnotationValue]:
        """See ``Facts``."""
        return annotation_rules.load(self.row["annotations"])

    @cached_property
    def fields(self) -> _Fields:
        """The JSON column."""
        return read_fields(self.row["fields"] or "{}")

    @property
    def sums(self) -> Sums:
        """Those of a dataset."""
        return self.fields.sums or Sums()

    @cached_property
    def handle(self) -> _Handle:
        """The file handle, or one that says nothing."""
        body = self.row["body"]
        return _Handle() if body is None else _read_handle(body)


_Getter = Callable[[Any], "str | int | None"]


def _of_dataset(get: Callable[[Sums], str | int | None]) -> _Getter:
    return lambda facts: get(facts.sums) if facts.row["type"] == "dataset" else None


_OF_ENTITIES: dict[str, _Getter] = {
    "id": lambda facts: f"syn{facts.row['id']}",
    "name": lambda facts: facts.row["name"],
    "description": lambda facts: facts.fields.description,
    "createdOn": lambda facts: facts.row["created_on"],
    "createdBy": lambda facts: facts.row["created_by"],
    "etag": lambda facts: facts.etag,
    "modifiedOn": lambda facts: facts.row["modified_on"],
    "modifiedBy": lambda facts: facts.row["modified_by"],
    "path": lambda facts: facts.path,
    "type": lambda facts: facts.row["type"],
    "currentVersion": lambda facts: facts.row["number"],
    "parentId": lambda facts: f"syn{facts.row['parent_id']}",
    "benefactorId": lambda facts: f"syn{facts.row['benefactor_id']}",
    "projectId": lambda facts: None if facts.project is None else f"syn{facts.project}",
    "dataFileHandleId": lambda facts: facts.row["file_handle_id"],
    "dataFileName": lambda facts: facts.handle.file_name,
    "dataFileSizeBytes": lambda facts: facts.row["size"],
    "dataFileMD5Hex": lambda facts: facts.row["md5"],
    "dataFileConcreteType": lambda facts: facts.handle.concrete_type,
    "dataFileBucket": lambda facts: facts.handle.bucket_name,
    "dataFileKey": lambda facts: facts.handle.key,
    "datasetSizeInBytes": _of_dataset(lambda sums: sums.size),
    "datasetMD5Hex": _of_dataset(lambda sums: sums.checksum),
    "datasetItemCount": _of_dataset(lambda sums: sums.count),
}


@dataclass
class SubmissionFacts:
    """A submission with its status."""

    row: Row
    annotations: Mapping[str, AnnotationValue] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[int, int, str, int, int | None]:
        """See ``Facts``; the evaluation's ACL rules."""
        row = self.row
        return row["id"], row["status_version"], row["etag"], row["evaluation_id"], None


_OF_SUBMISSIONS: dict[str, _Getter] = {
    "id": lambda facts: facts.row["id"],
    "name": lambda facts: facts.row["name"],
    "createdOn": lambda facts: facts.row["created_on"],
    "createdBy": lambda facts: facts.row["user_id"],
    "etag": lambda facts: facts.row["etag"],
    "modifiedOn": lambda facts: facts.row["modified_on"],
    "projectId": lambda facts: f"syn{facts.row['content_source']}",
    "status": lambda facts: facts.row["status"],
    "evaluationid": lambda facts: facts.row["evaluation_id"],
    "evaluationroundid": lambda facts: facts.row["round_id"],
    "submitterid": lambda facts: facts.row["team_id"] or facts.row["user_id"],
    "submitteralias": lambda facts: facts.row["submitter_alias"],
    "entityid": lambda facts: f"syn{facts.row['entity_id']}",
    "entityversion": lambda facts: facts.row["version"],
    "dockerrepositoryname": lambda facts: None,  # there are no Docker repositories yet
    "dockerdigest": lambda facts: None,
}

FIELDS: dict[str, Mapping[str, _Getter]] = {
    "entityview": _OF_ENTITIES,
    "dataset": _OF_ENTITIES,
    "datasetcollection": _OF_ENTITIES,
    "submissionview": _OF_SUBMISSIONS,
}
"""The fields that rows of each type of view have; all other columns are annotations."""


# ------------------------------------------------------------------ values


_Fit = Callable[[Sequence[str]], "str | None"]


def fitting(kind: str) -> _Fit:
    """How values of an annotation become the text of a cell of a type; None where they do not
    fit."""
    check = values.plain(kind)
    if not columns.is_list(kind):  # a column of single values shows the first one
        if check is None:
            return lambda texts: texts[0] if texts else None
        return lambda texts: _checked(check, texts[0]) if texts and texts[0] else None
    if check is None:
        return lambda texts: json.dumps(list(texts), ensure_ascii=False) if texts else None
    read: Callable[[str], Any] = (
        (lambda text: text == "true") if columns.element(kind) == "BOOLEAN" else int
    )

    def fit(texts: Sequence[str]) -> str | None:
        found = [_checked(check, each) for each in texts]
        if not found or None in found:
            return None
        return json.dumps([read(each) for each in found if each is not None])

    return fit


def _checked(check: values.Check, text: str) -> str | None:
    try:
        return check(text)
    except ValueError:
        return None


class Shape:
    """The columns of a view, ready to make rows."""

    def __init__(self, kind: str, models: Sequence[ColumnModel]) -> None:
        """
        Args:
            kind: The type of the view.
            models: Its columns.
        """
        fields = FIELDS[kind]
        self._cells = [
            (each.name or "", fields.get(each.name or ""), fitting(str(each.column_type)))
            for each in models
        ]

    def row(self, facts: Facts) -> list[Any]:
        """The heads and the texts of all columns."""
        found: list[Any] = [*facts.heads]
        annotations = facts.annotations
        for name, get, fit in self._cells:
            if get is not None:
                value = get(facts)
                found.append(None if value is None else fit((str(value),)))
            else:
                given = annotations.get(name)
                texts = given.value if given is not None else None
                # Values are never null: see ``annotations.service``.
                found.append(fit(cast("list[str]", texts)) if texts else None)
        return found

    def rows(self, facts: Iterable[Facts]) -> list[list[Any]]:
        """All of it column by column: first the heads, then the columns."""
        found = [self.row(each) for each in facts]
        if not found:
            return []
        return [list(each) for each in zip(*found, strict=True)]


# ------------------------------------------------------------------ default columns

_ENUMERATION, _RANGE = "enumeration", "range"
_Column = tuple[str, str, int | None, str | None]
_COMMON: tuple[_Column, ...] = (
    ("id", "ENTITYID", None, None),
    ("name", "STRING", 256, None),
    ("description", "STRING", 1000, None),
    ("createdOn", "DATE", None, _RANGE),
    ("createdBy", "USERID", None, _ENUMERATION),
    ("etag", "STRING", 36, None),
    ("modifiedOn", "DATE", None, _RANGE),
    ("modifiedBy", "USERID", None, _ENUMERATION),
    ("path", "STRING", 1000, None),
)
_MORE: tuple[_Column, ...] = (
    ("type", "STRING", 20, _ENUMERATION),
    ("currentVersion", "INTEGER", None, None),
    ("parentId", "ENTITYID", None, _ENUMERATION),
    ("benefactorId", "ENTITYID", None, None),
    ("projectId", "ENTITYID", None, _ENUMERATION),
    ("dataFileHandleId", "FILEHANDLEID", None, None),
    ("dataFileName", "STRING", 256, None),
    ("dataFileSizeBytes", "INTEGER", None, None),
    ("dataFileMD5Hex", "STRING", 100, None),
    ("dataFileConcreteType", "STRING", 65, _ENUMERATION),
    ("dataFileBucket", "STRING", 100, _ENUMERATION),
    ("dataFileKey", "STRING", 700, None),
)
_DATASETS: tuple[_Column, ...] = (
    ("datasetSizeInBytes", "INTEGER", None, None),
    ("datasetMD5Hex", "STRING", 100, None),
    ("datasetItemCount", "INTEGER", None, None),
)
_SUBMISSIONS: tuple[_Column, ...] = (
    ("id", "SUBMISSIONID", None, None),
    ("name", "STRING", 256, None),
    ("createdOn", "DATE", None, _RANGE),
    ("createdBy", "USERID", None, _ENUMERATION),
    ("etag", "STRING", 36, None),
    ("modifiedOn", "DATE", None, _RANGE),
    ("projectId", "ENTITYID", None, _ENUMERATION),
    ("status", "STRING", 25, _ENUMERATION),
    ("evaluationid", "EVALUATIONID", None, _ENUMERATION),
    ("evaluationroundid", "INTEGER", None, _ENUMERATION),
    ("submitterid", "USERID", None, _ENUMERATION),
    ("submitteralias", "STRING", 500, _ENUMERATION),
    ("entityid", "ENTITYID", None, None),
    ("entityversion", "INTEGER", None, None),
    ("dockerrepositoryname", "STRING", 400, None),
    ("dockerdigest", "STRING", 200, None),
)


def defaults(kind: str, *, projects_only: bool = False) -> list[ColumnModel]:
    """The columns that a view of this type has unless others are chosen."""
    found = _COMMON
    if kind == "submissionview":
        found = _SUBMISSIONS
    elif kind == "datasetcollection":
        found = _COMMON + _MORE + _DATASETS
    elif not projects_only:
        found = _COMMON + _MORE
    return [
        ColumnModel(
            name=name,
            column_type=type,  # type: ignore[arg-type]
            maximum_size=size,
            facet_type=facet,  # type: ignore[arg-type]
        )
        for name, type, size, facet in found
    ]
