"""Entities: projects, folders, files and links, their versions, paths, bundles and trash."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from synapse_wire.access import AccessControlList, RestrictionInformation, UserEntityPermissions
from synapse_wire.annotations import Annotations, OldAnnotations
from synapse_wire.base import Date, Redirection, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.files import FileHandle
from synapse_wire.governance import AccessRequirement
from synapse_wire.provenance import Activity, Reference
from synapse_wire.tables import TableBundle
from synapse_wire.views import ViewType

_PACKAGE = "org.sagebionetworks.repo.model."


class EntityBase(Wire, tag_field="concreteType"):
    """What all entities have. ``id`` is ``syn`` and a number; users are named by number."""

    name: str | None = None
    description: str | None = None
    id: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None
    parent_id: str | None = None


class VersionedEntity(EntityBase):
    """An entity whose earlier states stay readable by version number."""

    version_number: int | None = None
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = None


class Project(EntityBase, tag=_PACKAGE + "Project"):
    """The top of a tree of entities."""

    alias: str | None = None


class Folder(EntityBase, tag=_PACKAGE + "Folder"):
    """A container in a project or another folder."""


class FileEntity(VersionedEntity, tag=_PACKAGE + "FileEntity"):
    """A file: the bytes are those of its file handle."""

    data_file_handle_id: str | None = None
    file_name_override: str | None = None


class Link(EntityBase, tag=_PACKAGE + "Link"):
    """A pointer to an entity, or to one version of it."""

    links_to: Reference | None = None
    links_to_class_name: str | None = None


class Queryable(VersionedEntity):
    """An entity that is asked by SQL: it has rows under the columns of these ids, in this order."""

    column_ids: list[str] | None = None
    is_search_enabled: bool | None = None


class TableEntity(Queryable, tag=_PACKAGE + "table.TableEntity"):
    """A table."""


class EntityView(Queryable, tag=_PACKAGE + "table.EntityView"):
    """A view of what lies below some containers: a row for each entity of the types in the mask.

    Ids of the scope are answered without ``syn``. ``type`` is the older word for some masks; it
    is taken and never answered.
    """

    view_type_mask: int | None = None
    type: ViewType | None = None
    scope_ids: list[str] | None = None


class SubmissionView(Queryable, tag=_PACKAGE + "table.SubmissionView"):
    """A view of the submissions to some evaluations, which ``scope_ids`` names."""

    scope_ids: list[str] | None = None


class EntityRef(Wire):
    """A version of an entity."""

    entity_id: str | None = None
    version_number: int | None = None


class Dataset(Queryable, tag=_PACKAGE + "table.Dataset"):
    """A chosen version of each of some files. ``size`` sums their bytes; ``checksum`` is the MD5
    of their MD5s, sorted; both are of what was there when the dataset was stored."""

    items: list[EntityRef] | None = None
    size: int | None = None
    checksum: str | None = None
    count: int | None = None


class DatasetCollection(Queryable, tag=_PACKAGE + "table.DatasetCollection"):
    """A chosen version of each of some datasets."""

    items: list[EntityRef] | None = None


class MaterializedView(Queryable, tag=_PACKAGE + "table.MaterializedView"):
    """What a SELECT makes of tables and views, kept and made anew when one of them has changed.

    The columns are those that the SELECT yields; what a client says of them is not heard.
    """

    defining_sql: str | None = None


class VirtualTable(Queryable, tag=_PACKAGE + "table.VirtualTable"):
    """What a SELECT makes of one table or view, each time when it is queried. The columns are
    those that the SELECT yields."""

    defining_sql: str | None = None


Entity: TypeAlias = (
    Project
    | Folder
    | FileEntity
    | Link
    | TableEntity
    | EntityView
    | SubmissionView
    | Dataset
    | DatasetCollection
    | MaterializedView
    | VirtualTable
)
"""Any entity that this release knows; told apart by ``concreteType``."""

EntityType: TypeAlias = Literal[
    "project",
    "folder",
    "file",
    "table",
    "link",
    "entityview",
    "dockerrepo",
    "submissionview",
    "dataset",
    "datasetcollection",
    "materializedview",
    "virtualtable",
    "recordset",
    "searchindex",
]

CONCRETE_TYPES: dict[str, str] = {
    "project": _PACKAGE + "Project",
    "folder": _PACKAGE + "Folder",
    "file": _PACKAGE + "FileEntity",
    "table": _PACKAGE + "table.TableEntity",
    "link": _PACKAGE + "Link",
    "entityview": _PACKAGE + "table.EntityView",
    "dockerrepo": _PACKAGE + "docker.DockerRepository",
    "submissionview": _PACKAGE + "table.SubmissionView",
    "dataset": _PACKAGE + "table.Dataset",
    "datasetcollection": _PACKAGE + "table.DatasetCollection",
    "materializedview": _PACKAGE + "table.MaterializedView",
    "virtualtable": _PACKAGE + "table.VirtualTable",
    "recordset": _PACKAGE + "RecordSet",
    "searchindex": _PACKAGE + "search.table.SearchIndex",
}
"""The ``concreteType`` of each entity type."""


class EntityHeader(Wire):
    """The short form in lists. ``type`` is the concreteType; ``benefactor_id`` has no ``syn``."""

    name: str | None = None
    id: str | None = None
    type: str | None = None
    version_number: int | None = None
    version_label: str | None = None
    is_latest_version: bool | None = None
    benefactor_id: int | None = None
    created_on: Date | None = None
    modified_on: Date | None = None
    created_by: str | None = None
    modified_by: str | None = None


class EntityId(Wire):
    """Just the id of an entity."""

    id: str


class EntityLookupRequest(Wire):
    """Which child? Without ``parent_id``: which project?"""

    parent_id: str | None = None
    entity_name: str | None = None


class EntityChildrenRequest(Wire):
    """A page of the children that the caller may read; without ``parent_id`` of all projects."""

    parent_id: str | None = None
    next_page_token: str | None = None
    include_types: list[EntityType] | None = None
    sort_by: Literal["NAME", "CREATED_ON", "MODIFIED_ON"] | None = None
    sort_direction: Literal["ASC", "DESC"] | None = None
    include_total_child_count: bool | None = None
    include_sum_file_sizes: bool | None = None


class EntityChildrenResponse(Wire):
    """Counts and sums run over all children, not over the page alone."""

    page: list[EntityHeader]
    next_page_token: str | None = None
    total_child_count: int | None = None
    sum_file_sizes_bytes: int | None = None


class ReferenceList(Wire):
    """References to entities or their versions."""

    references: list[Reference] | None = None


class EntityPath(Wire):
    """The headers from the root to the entity."""

    path: list[EntityHeader]


class VersionInfo(Wire):
    """One version in the list of versions, newest first. ``content_size`` is a decimal string."""

    id: str
    version_number: int
    version_label: str | None = None
    version_comment: str | None = None
    is_latest_version: bool | None = None
    modified_by: str | None = None
    modified_by_principal_id: str | None = None
    modified_on: Date | None = None
    content_size: str | None = None
    content_md5: str | None = None
    file_handle_id: str | None = None


class FileHandleUpdateRequest(Wire):
    """Replace a version's file handle by one of the same MD5."""

    old_file_handle_id: str | None = None
    new_file_handle_id: str | None = None


class FileHandleResults(Wire):
    """File handles of an entity."""

    list_: list[FileHandle]


class DataTypeResponse(Wire):
    """Whether an entity is open data."""

    object_id: str
    object_type: str
    data_type: str
    updated_by: str | None = None
    updated_on: Date | None = None


class EntityBundleRequest(Wire):
    """Which parts of an entity to answer in one request."""

    include_entity: bool = False
    include_annotations: bool = False
    include_permissions: bool = False
    include_entity_path: bool = False
    include_has_children: bool = False
    include_access_control_list: bool = False
    include_file_handles: bool = False
    include_table_bundle: bool = False
    include_root_wiki_id: bool = False
    include_benefactor_acl: bool = False
    include_doi_association: bool = False
    include_file_name: bool = False
    include_thread_count: bool = False
    include_restriction_information: bool = False
    include_activity: bool = False


class EntityBundle(Wire):
    """The parts asked for; what does not exist or may not be seen is absent."""

    entity: Entity | None = None
    entity_type: EntityType | None = None
    annotations: Annotations | None = None
    permissions: UserEntityPermissions | None = None
    path: EntityPath | None = None
    has_children: bool | None = None
    access_control_list: AccessControlList | None = None
    file_handles: list[FileHandle] | None = None
    table_bundle: TableBundle | None = None
    root_wiki_id: str | None = None
    benefactor_acl: AccessControlList | None = None
    file_name: str | None = None
    thread_count: int | None = None
    restriction_information: RestrictionInformation | None = None
    activity: Activity | None = None


class OldEntityBundle(Wire):
    """The parts that a mask named: the first generation of bundles.

    Entity 0x1, annotations 0x2, permissions 0x4, path 0x8, has children 0x20, ACL 0x40, access
    requirements 0x200, unmet ones 0x400, file handles 0x800, root wiki 0x2000, benefactor's ACL
    0x4000, file name 0x10000, thread count 0x20000, restriction information 0x40000.
    """

    entity: Entity | None = None
    entity_type: EntityType | None = None
    annotations: OldAnnotations | None = None
    permissions: UserEntityPermissions | None = None
    path: EntityPath | None = None
    has_children: bool | None = None
    access_control_list: AccessControlList | None = None
    access_requirements: list[AccessRequirement] | None = None
    unmet_access_requirements: list[AccessRequirement] | None = None
    file_handles: list[FileHandle] | None = None
    root_wiki_id: str | None = None
    benefactor_acl: AccessControlList | None = None
    file_name: str | None = None
    thread_count: int | None = None
    restriction_information: RestrictionInformation | None = None


class EntityBundleCreate(Wire):
    """An entity with its annotations and ACL, to be stored together."""

    entity: Entity | None = None
    annotations: Annotations | None = None
    access_control_list: AccessControlList | None = None


class TrashedEntity(Wire):
    """Something in the trash can, which its deleter may restore."""

    entity_id: str
    entity_name: str
    entity_type: EntityType | None = None
    deleted_by_principal_id: str | None = None
    deleted_on: Date | None = None
    original_parent_id: str | None = None


# ------------------------------------------------------------------ one entity


@endpoint("POST", "/repo/v1/entity")
def create_entity(body: Entity, generated_by: str | None = None) -> Entity:
    """Create an entity; ``generated_by`` is the id of the activity that made it."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}")
def get_entity(id: str) -> Entity:
    """The current version of an entity."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}")
def update_entity(
    id: str, body: Entity, generated_by: str | None = None, new_version: bool | None = None
) -> Entity:
    """Change an entity. The etag must be current; a new parent moves it."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/entity/{id}")
def delete_entity(id: str, skip_trash_can: bool | None = None) -> None:
    """Move an entity and all below it to the trash can."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}")
def get_entity_version(id: str, version_number: int) -> Entity:
    """One version of an entity."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/entity/{id}/version/{versionNumber}")
def delete_entity_version(id: str, version_number: int) -> None:
    """Delete one version; the last one left cannot be."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/version")
def create_entity_version(id: str, generated_by: str | None = None) -> Entity:
    """Start a new version of a versioned entity with the content of the current one."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version")
def list_versions(id: str, offset: int = 0, limit: int = 10) -> Results[VersionInfo]:
    """The versions, newest first."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/version/{versionNumber}/filehandle")
def update_version_file_handle(id: str, version_number: int, body: FileHandleUpdateRequest) -> None:
    """Replace the file handle of a version by another with the same MD5."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/json")
def get_entity_json(id: str, include_derived_annotations: bool | None = None) -> dict[str, Any]:
    """Fields and annotations in one flat object."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/json")
def get_entity_version_json(id: str, version_number: int) -> dict[str, Any]:
    """Fields and annotations of a version in one flat object."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/json")
def update_entity_json(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Replace the annotations from the flat form; fields other than the etag are ignored."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/datatype")
def change_data_type(id: str, type: str) -> DataTypeResponse:
    """Declare an entity open data (ACT only) or sensitive data again."""
    raise NotImplementedError


# ------------------------------------------------------------------ finding


@endpoint("GET", "/repo/v1/entity/{id}/type")
def get_entity_type(id: str) -> EntityHeader:
    """The header of an entity."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/type")
def get_version_type(id: str, version_number: int) -> EntityHeader:
    """The header of a version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/type")
def get_entity_types(batch: str) -> Results[EntityHeader]:
    """The headers of a comma-separated list of ids."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/header", repeatable=True)
def get_entity_headers(body: ReferenceList) -> Results[EntityHeader]:
    """The headers of entities or their versions, without those that cannot be read."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/path")
def get_entity_path(id: str) -> EntityPath:
    """The way from the root to an entity."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/benefactor")
def get_benefactor(id: str) -> EntityHeader:
    """The entity whose ACL holds for this one."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/children", repeatable=True)
def list_children(body: EntityChildrenRequest) -> EntityChildrenResponse:
    """A page of children."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/child", repeatable=True)
def look_up_child(body: EntityLookupRequest) -> EntityId:
    """The child of a given name."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/alias/{alias}")
def look_up_alias(alias: str) -> EntityId:
    """The project of a given alias."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/md5/{md5}")
def look_up_md5(md5: str) -> Results[EntityHeader]:
    """The file versions whose content has this MD5, at most 200."""
    raise NotImplementedError


# ------------------------------------------------------------------ bundles


@endpoint("POST", "/repo/v1/entity/{id}/bundle2", repeatable=True)
def get_bundle(id: str, body: EntityBundleRequest) -> EntityBundle:
    """Several parts of an entity at once."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/version/{versionNumber}/bundle2", repeatable=True)
def get_version_bundle(id: str, version_number: int, body: EntityBundleRequest) -> EntityBundle:
    """Several parts of an entity's version at once."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/bundle2/create")
def create_bundle(body: EntityBundleCreate, generated_by: str | None = None) -> EntityBundle:
    """Create an entity with annotations and ACL in one transaction."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/bundle2")
def update_bundle(
    id: str, body: EntityBundleCreate, generated_by: str | None = None
) -> EntityBundle:
    """Change an entity, its annotations and its ACL in one transaction."""
    raise NotImplementedError


# ------------------------------------------------------------------ files of an entity


@endpoint("GET", "/repo/v1/entity/{id}/bundle")
def get_old_bundle(id: str, mask: int) -> OldEntityBundle:
    """Several parts of an entity by a mask."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/bundle")
def get_old_version_bundle(id: str, version_number: int, mask: int) -> OldEntityBundle:
    """The same of a version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/filehandles")
def get_entity_file_handles(id: str) -> FileHandleResults:
    """The file handle of the current version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/filehandles")
def get_version_file_handles(id: str, version_number: int) -> FileHandleResults:
    """The file handle of a version."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/file")
def get_entity_file_url(id: str, redirect: bool = True) -> Redirection:
    """A signed URL of the current version's bytes: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/file")
def get_version_file_url(id: str, version_number: int, redirect: bool = True) -> Redirection:
    """A signed URL of a version's bytes: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/filepreview")
def get_entity_preview_url(id: str, redirect: bool = True) -> Redirection:
    """A signed URL of the current version's preview; 404 while it has none."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/version/{versionNumber}/filepreview")
def get_version_preview_url(id: str, version_number: int, redirect: bool = True) -> Redirection:
    """A signed URL of a version's preview; 404 while it has none."""
    raise NotImplementedError


# ------------------------------------------------------------------ trash


@endpoint("PUT", "/repo/v1/trashcan/trash/{id}")
def move_to_trash(id: str) -> None:
    """Move an entity and all below it to the trash can."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/trashcan/restore/{id}")
def restore_from_trash(id: str) -> None:
    """Put an entity back where it was."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/trashcan/restore/{id}/{parentId}")
def restore_from_trash_to(id: str, parent_id: str) -> None:
    """Put an entity back under another parent."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/trashcan/purge/{id}")
def purge_from_trash(id: str) -> None:
    """Mark an entity in the trash can for final deletion."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/trashcan/view")
def view_trash(offset: int = 0, limit: int = 10) -> Results[TrashedEntity]:
    """What the caller has moved to the trash can."""
    raise NotImplementedError
