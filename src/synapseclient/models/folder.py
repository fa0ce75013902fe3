"""Folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.models.container import ContainerModel

if TYPE_CHECKING:
    from synapseclient.models.file import File


@dataclass
class Folder(ContainerModel):
    """A folder in a project or in another folder."""

    id: str | None = None
    name: str | None = None
    parent_id: str | None = None
    description: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    files: list[File] = field(default_factory=list, compare=False)
    folders: list[Folder] = field(default_factory=list, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    is_restricted: bool = field(default=False, repr=False)
    create_or_update: bool = field(default=True, repr=False)
    _last_persistent_instance: Folder | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Folder
