"""Users: profiles, headers of users and groups, aliases, favorites."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from synapse_wire.base import Date, ListWrapper, Redirection, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.entities import EntityHeader

AliasType: TypeAlias = Literal["USER_NAME", "TEAM_NAME", "USER_EMAIL", "USER_OPEN_ID", "USER_ORCID"]


class NotificationSettings(Wire):
    """Whether to send e-mail, and whether what was sent counts as read."""

    send_email_notifications: bool | None = None
    mark_emailed_messages_as_read: bool | None = None


class UserProfile(Wire):
    """Who a user is. E-mail addresses are shown to the user themself only."""

    owner_id: str | None = None
    etag: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    emails: list[str] | None = None
    open_ids: list[str] | None = None
    user_name: str | None = None
    display_name: str | None = None
    r_studio_url: str | None = None
    summary: str | None = None
    position: str | None = None
    location: str | None = None
    industry: str | None = None
    company: str | None = None
    profile_picure_file_handle_id: str | None = None
    """Spelled so on the wire."""
    url: str | None = None
    team_name: str | None = None
    notification_settings: NotificationSettings | None = None
    preferences: list[dict[str, Any]] | None = None
    created_on: Date | None = None
    two_factor_auth_enabled: bool | None = None


class UserGroupHeader(Wire):
    """The short form of a user, team or group."""

    owner_id: str
    user_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    display_name: str | None = None
    is_individual: bool | None = None


class UserGroupHeaderPage(Wire):
    """Headers found by a prefix of the name."""

    children: list[UserGroupHeader]
    prefix_filter: str | None = None
    total_number_of_results: int | None = None


class UserGroupHeaders(Wire):
    """Headers found by alias."""

    list_: list[UserGroupHeader]


class UserProfiles(Wire):
    """Profiles found by id."""

    list_: list[UserProfile]


class UserGroup(Wire):
    """A principal as such."""

    id: str
    is_individual: bool
    creation_date: Date | None = None
    etag: str | None = None
    uri: str | None = None


class UserBundle(Wire):
    """What the mask asked for: profile 0x1, ORCID 0x2, verification 0x4, isCertified 0x8,
    isVerified 0x10, isACTMember 0x20, isARReviewer 0x40."""

    user_id: str
    user_profile: UserProfile | None = None
    orcid: str | None = None
    is_certified: bool | None = None
    is_verified: bool | None = None
    is_act_member: bool | None = None
    is_ar_reviewer: bool | None = None


class AliasRequest(Wire):
    """A name and what kind of name it is."""

    alias: str | None = None
    type: AliasType | None = None


class PrincipalId(Wire):
    """The principal that an alias belongs to."""

    principal_id: int


class AliasCheck(Wire):
    """Whether an alias is well formed, and free."""

    available: bool
    valid: bool


class ProjectHeader(Wire):
    """A project in a user's list."""

    id: str
    name: str
    last_activity: Date | None = None
    modified_on: Date | None = None
    modified_by: int | None = None


class ProjectHeaderList(Wire):
    """A page of projects."""

    results: list[ProjectHeader]
    next_page_token: str | None = None


ProjectFilter: TypeAlias = Literal["ALL", "CREATED", "PARTICIPATED", "TEAM"]
OldProjectFilter: TypeAlias = Literal[
    "MY_PROJECTS",
    "MY_CREATED_PROJECTS",
    "MY_PARTICIPATED_PROJECTS",
    "MY_TEAM_PROJECTS",
    "OTHER_USER_PROJECTS",
    "TEAM_PROJECTS",
]
ProjectOrder: TypeAlias = Literal["LAST_ACTIVITY", "PROJECT_NAME"]
Direction: TypeAlias = Literal["ASC", "DESC"]


class NotificationEmail(Wire):
    """Where messages to a user go."""

    email: str


class EmailAddress(Wire):
    """An e-mail address."""

    email: str | None = None


@endpoint("GET", "/repo/v1/userProfile")
def get_own_profile() -> UserProfile:
    """The caller's profile."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/userProfile")
def update_own_profile(body: UserProfile) -> UserProfile:
    """Change the caller's profile; the etag must be current."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/userProfile", repeatable=True)
def list_profiles_by_id(body: ListWrapper) -> UserProfiles:
    """The profiles of up to 100 users."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userProfile/{profileId}")
def get_profile(profile_id: str) -> UserProfile:
    """A user's profile."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userProfile/{profileId}/image")
def get_profile_image_url(profile_id: str, redirect: bool = True) -> Redirection:
    """A signed URL of a user's picture: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userProfile/{profileId}/image/preview")
def get_profile_image_preview_url(profile_id: str, redirect: bool = True) -> Redirection:
    """The same of a smaller picture: the picture itself while it has no preview."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user")
def list_profiles(
    offset: int = 0, limit: int = 100, sort: str | None = None, ascending: bool | None = None
) -> Results[UserProfile]:
    """All users."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userGroup")
def list_groups(
    offset: int = 0, limit: int = 100, sort: str | None = None, ascending: bool | None = None
) -> Results[UserGroup]:
    """All groups that are not users."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/bundle")
def get_own_bundle(mask: int) -> UserBundle:
    """Several facts about the caller."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/bundle")
def get_user_bundle(id: str, mask: int) -> UserBundle:
    """Several facts about a user."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userGroupHeaders")
def find_headers(
    prefix: str | None = None,
    type_filter: Literal["USERS_ONLY", "TEAMS_ONLY", "ALL"] | None = None,
    offset: int = 0,
    limit: int = 10,
) -> UserGroupHeaderPage:
    """Users and teams whose name starts so."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/userGroupHeaders/batch")
def get_headers(ids: str) -> UserGroupHeaderPage:
    """The headers of a comma-separated list of ids."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/userGroupHeaders/aliases", repeatable=True)
def get_headers_by_alias(body: ListWrapper) -> UserGroupHeaders:
    """The headers of up to 100 user or team names."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/principal/alias", repeatable=True)
def look_up_principal(body: AliasRequest) -> PrincipalId:
    """Whose alias is it?"""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/principal/available", repeatable=True)
def check_alias(body: AliasRequest) -> AliasCheck:
    """Could somebody take this alias?"""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/notificationEmail")
def get_notification_email() -> NotificationEmail:
    """Where the caller's messages go."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/notificationEmail")
def set_notification_email(body: EmailAddress) -> None:
    """Choose one of the caller's addresses for messages."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/email")
def remove_email(email: str) -> None:
    """Give up an address that is not the one for messages."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/favorite")
def list_favorites(
    offset: int = 0,
    limit: int = 10,
    sort: Literal["FAVORITED_ON", "NAME"] | None = None,
    sort_direction: Direction | None = None,
) -> Results[EntityHeader]:
    """The caller's favorites, latest first."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/favorite/{id}")
def add_favorite(id: str) -> EntityHeader:
    """Make an entity a favorite."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/favorite/{id}")
def remove_favorite(id: str) -> None:
    """Make an entity no favorite any more."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/projects")
def list_own_projects(
    team_id: int | None = None,
    filter: ProjectFilter | None = None,
    sort: ProjectOrder | None = None,
    sort_direction: Direction | None = None,
    next_page_token: str | None = None,
) -> ProjectHeaderList:
    """The projects that the caller has to do with."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/projects/user/{principalId}")
def list_projects_of(
    principal_id: int,
    team_id: int | None = None,
    filter: ProjectFilter | None = None,
    sort: ProjectOrder | None = None,
    sort_direction: Direction | None = None,
    next_page_token: str | None = None,
) -> ProjectHeaderList:
    """The projects of another user that the caller may read."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/projects/{deprecatedType}")
def list_projects_by_old_filter(
    deprecated_type: OldProjectFilter,
    sort: ProjectOrder | None = None,
    sort_direction: Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[ProjectHeader]:
    """The caller's projects, as the first generation of clients asks for them."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/projects/{deprecatedType}/user/{principalId}")
def list_projects_of_by_old_filter(
    deprecated_type: OldProjectFilter,
    principal_id: int,
    sort: ProjectOrder | None = None,
    sort_direction: Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[ProjectHeader]:
    """The same of another user."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/projects/{deprecatedType}/team/{teamId}")
def list_team_projects_by_old_filter(
    deprecated_type: OldProjectFilter,
    team_id: int,
    sort: ProjectOrder | None = None,
    sort_direction: Direction | None = None,
    offset: int = 0,
    limit: int = 10,
) -> Results[ProjectHeader]:
    """The projects of a team that the caller may read."""
    raise NotImplementedError
