"""Access: who may do what with an entity, and what stands in the way of a download."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import BooleanResult, Date, Wire
from synapse_wire.endpoint import endpoint

AccessType: TypeAlias = Literal[
    "CREATE",
    "READ",
    "UPDATE",
    "DELETE",
    "CHANGE_PERMISSIONS",
    "DOWNLOAD",
    "UPLOAD",
    "PARTICIPATE",
    "SUBMIT",
    "READ_PRIVATE_SUBMISSION",
    "UPDATE_SUBMISSION",
    "DELETE_SUBMISSION",
    "TEAM_MEMBERSHIP_UPDATE",
    "SEND_MESSAGE",
    "CHANGE_SETTINGS",
    "MODERATE",
    "REVIEW_SUBMISSIONS",
    "EXEMPTION_ELIGIBLE",
]


class ResourceAccess(Wire):
    """What one user, team or group may do."""

    principal_id: int | None = None
    access_type: list[AccessType] | None = None


class AccessControlList(Wire):
    """Who may do what; ``id`` is that of the object it protects."""

    id: str | None = None
    created_by: str | None = None
    creation_date: Date | None = None
    modified_by: str | None = None
    modified_on: Date | None = None
    etag: str | None = None
    resource_access: list[ResourceAccess] | None = None


class UserEntityPermissions(Wire):
    """What the caller may do with an entity."""

    can_view: bool
    can_edit: bool
    can_move: bool
    can_add_child: bool
    can_certified_user_edit: bool
    can_certified_user_add_child: bool
    is_certified_user: bool
    can_change_permissions: bool
    can_change_settings: bool
    can_delete: bool
    can_download: bool
    can_upload: bool
    can_enable_inheritance: bool
    owner_principal_id: int
    can_public_read: bool
    can_moderate: bool
    is_certification_required: bool
    is_entity_open_data: bool
    is_data_contributor: bool


RestrictableObjectType: TypeAlias = Literal["ENTITY", "EVALUATION", "TEAM"]


class RestrictionInformationRequest(Wire):
    """Which object's restrictions?"""

    restrictable_object_type: RestrictableObjectType | None = None
    object_id: str | None = None


class RestrictionInformationBatchRequest(Wire):
    """Which objects' restrictions? At most 50 of one kind."""

    restrictable_object_type: RestrictableObjectType | None = None
    object_ids: list[str] | None = None


class RestrictionFulfillment(Wire):
    """One access requirement and whether the caller meets it."""

    access_requirement_id: int
    is_approved: bool
    is_met: bool
    is_exempt: bool


class RestrictionInformation(Wire):
    """What the caller must do before a download."""

    object_id: int
    restriction_level: Literal["OPEN", "RESTRICTED_BY_TERMS_OF_USE", "CONTROLLED_BY_ACT"]
    has_unmet_access_requirement: bool
    user_entity_permissions: UserEntityPermissions | None = None
    restriction_details: list[RestrictionFulfillment] | None = None


class RestrictionInformationBatchResponse(Wire):
    """One for each object, in the order asked."""

    restriction_information: list[RestrictionInformation]


_DOWNLOAD = "org.sagebionetworks.repo.model.download."


class ActionBase(Wire, tag_field="concreteType"):
    """Something the caller must do before a download."""


class MeetAccessRequirement(ActionBase, tag=_DOWNLOAD + "MeetAccessRequirement"):
    """Meet an access requirement."""

    access_requirement_id: int | None = None


class EnableTwoFa(ActionBase, tag=_DOWNLOAD + "EnableTwoFa"):
    """Switch two-factor authentication on, as an access requirement wants."""

    access_requirement_id: int | None = None


class RequestDownload(ActionBase, tag=_DOWNLOAD + "RequestDownload"):
    """Ask the owner for DOWNLOAD permission."""

    benefactor_id: int | None = None


Action: TypeAlias = MeetAccessRequirement | EnableTwoFa | RequestDownload


class ActionRequiredCount(Wire):
    """How many files of several need the same."""

    action: Action
    count: int


class ActionRequiredList(Wire):
    """All that the caller must do before a download."""

    actions: list[Action]


@endpoint("GET", "/repo/v1/entity/{id}/acl")
def get_acl(id: str) -> AccessControlList:
    """The ACL of an entity that has its own; 404 naming the benefactor otherwise."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/acl")
def create_acl(id: str, body: AccessControlList) -> AccessControlList:
    """Give an entity an ACL of its own instead of the inherited one."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{id}/acl")
def update_acl(id: str, body: AccessControlList) -> AccessControlList:
    """Replace an entity's own ACL; the etag must be current."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/entity/{id}/acl")
def delete_acl(id: str) -> None:
    """Go back to the inherited ACL."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/permissions")
def get_permissions(id: str) -> UserEntityPermissions:
    """What the caller may do."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/access")
def has_access(id: str, access_type: str) -> BooleanResult:
    """Whether the caller has one kind of access."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/restrictionInformation", repeatable=True)
def get_restriction_information(body: RestrictionInformationRequest) -> RestrictionInformation:
    """The access requirements on an object and whether the caller meets them."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/restrictionInformation/batch", repeatable=True)
def list_restriction_information(
    body: RestrictionInformationBatchRequest,
) -> RestrictionInformationBatchResponse:
    """The same of several objects."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/actions/download")
def get_download_actions(id: str) -> ActionRequiredList:
    """What the caller must do before they can download."""
    raise NotImplementedError
