"""Many things at once: whole subtrees listed, small files sent in one request each, and
changes of many entities that happen together or not at all.

This is beyond the official API; a server that has it names the extension ``bulk`` in
``GET /repo/v1/version``. One upload of a thousand small files is a request for addresses, a
PUT for each file, and one commit.
"""

from __future__ import annotations

from typing import TypeAlias

from synapse_wire.annotations import AnnotationValue
from synapse_wire.base import Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.entities import Entity
from synapse_wire.files import FileHandle
from synapse_wire.provenance import Activity

_SERVICE = "Bulk Services (an extension)"

MOST_ENTRIES = 2000
"""Entries of a page of a subtree."""
MOST_FILES = 1000
"""Files of one request for addresses."""
MOST_CHANGES = 1000
"""Changes of one commit."""
MOST_BYTES = 16 * 1024 * 1024
"""The size of a file that is sent in one request."""


class TreeRequest(Wire):
    """List what lies below a project or folder, and the caller may read; with ``recursive``
    false, its children only.

    With ``include_urls``, files that the caller may download have a signed URL; the token must
    have the scope ``download``.
    """

    id: str | None = None
    recursive: bool = True
    include_urls: bool = False
    include_annotations: bool = False
    include_activities: bool = False
    next_page_token: str | None = None


class TreeEntry(Wire):
    """An entity of a subtree; what generated it; and its file handle, if it is a file that the
    caller may download."""

    entity: Entity
    file_handle: FileHandle | None = None
    pre_signed_url: str | None = None
    annotations: dict[str, AnnotationValue] | None = None
    activity: Activity | None = None


class TreePage(Wire):
    """Some of the entries, in no order that means anything; a parent may come after what lies
    in it. All pages of one listing show each entity once."""

    entries: list[TreeEntry]
    next_page_token: str | None = None


class SmallFile(Wire):
    """Bytes to be sent: their MD5 and size say which."""

    content_md5: str
    content_size: int


class SmallFilesRequest(Wire):
    """Ask where to PUT up to 1,000 files of at most 16 MiB."""

    files: list[SmallFile] | None = None


class SmallUpload(Wire):
    """Where to PUT the bytes, with which headers, within 15 minutes. Without a URL, the server
    has them already. ``upload_id`` stands for them in a commit, for a week."""

    upload_id: str
    upload_presigned_url: str | None = None
    signed_headers: dict[str, str] | None = None


class SmallUploads(Wire):
    """In the order of the request."""

    uploads: list[SmallUpload]


class Content(Wire):
    """New content of a file: bytes that were sent, or a file handle of the caller's."""

    upload_id: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    data_file_handle_id: str | None = None


class Create(Wire, tag_field="change", tag="create"):
    """Create an entity. A ``parent_id`` of ``#2`` is what change 2 of the commit, counted from
    0, has created; so are targets in ``activity``."""

    entity: Entity
    content: Content | None = None
    annotations: dict[str, AnnotationValue] | None = None
    activity: Activity | None = None


class Update(Wire, tag_field="change", tag="update"):
    """Change an entity; what is absent stays as it is. With an ``etag``, only if it is current.

    ``annotations`` replace all that there are. ``activity`` becomes the provenance of the
    version that results. New content makes a new version, unless it is the same.
    """

    id: str
    etag: str | None = None
    name: str | None = None
    parent_id: str | None = None
    description: str | None = None
    version_label: str | None = None
    version_comment: str | None = None
    new_version: bool = False
    content: Content | None = None
    annotations: dict[str, AnnotationValue] | None = None
    activity: Activity | None = None


class Delete(Wire, tag_field="change", tag="delete"):
    """Move an entity to the trash can. With an ``etag``, only if it is current."""

    id: str
    etag: str | None = None


Change: TypeAlias = Create | Update | Delete


class Commit(Wire):
    """Changes that happen in this order, all of them or none.

    A repeated commit with the same ``key`` of the same user answers what the first did, for a
    week; so who got no answer sends it again.
    """

    key: str
    changes: list[Change]


class Committed(Wire):
    """What became of one change; only the id of what was deleted."""

    id: str
    etag: str | None = None
    version_number: int | None = None
    data_file_handle_id: str | None = None
    activity_id: str | None = None


class CommitResult(Wire):
    """In the order of the changes."""

    results: list[Committed]


@endpoint("POST", "/repo/v1/bulk/tree", ours=_SERVICE, scopes=("view",), repeatable=True)
def list_tree(body: TreeRequest) -> TreePage:
    """A page of all that lies below a project or folder."""
    raise NotImplementedError


@endpoint(
    "POST", "/repo/v1/bulk/uploads", ours=_SERVICE, scopes=("view", "modify"), repeatable=True
)
def start_small_uploads(body: SmallFilesRequest) -> SmallUploads:
    """Where to PUT small files, one request each."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/bulk/commit", ours=_SERVICE, scopes=("view", "modify"), repeatable=True)
def commit(body: Commit) -> CommitResult:
    """Create, change and delete many entities, all or nothing."""
    raise NotImplementedError
