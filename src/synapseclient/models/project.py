"""Projects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapseclient import entity as legacy
from synapseclient.models.container import ContainerModel

if TYPE_CHECKING:
    from synapseclient.models.file import File
    from synapseclient.models.folder import Folder


@dataclass
class Project(ContainerModel):
    """A project: the top of a tree, and what is usually shared."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    alias: str | None = None
    files: list[File] = field(default_factory=list, compare=False)
    folders: list[Folder] = field(default_factory=list, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    create_or_update: bool = field(default=True, repr=False)
    parent_id: str | None = None
    _last_persistent_instance: Project | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.Project

    def _parent_to_look_in(self) -> str | None:
        return None
