"""Proving who one is: passwords, tokens, registration, terms of use."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from synapse_wire.base import Date, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.users import EmailAddress

Scope: TypeAlias = Literal[
    "openid",
    "email",
    "profile",
    "view",
    "download",
    "modify",
    "authorize",
    "offline_access",
    "ga4gh_passport_v1",
]

ALL_SCOPES: tuple[Scope, ...] = (
    "openid",
    "email",
    "profile",
    "ga4gh_passport_v1",
    "view",
    "download",
    "modify",
    "authorize",
    "offline_access",
)
"""What a token from a login may do."""


class LoginRequest(Wire):
    """``username`` may be an e-mail address."""

    username: str | None = None
    password: str | None = None
    authentication_receipt: str | None = None


class LoginResponse(Wire):
    """An access token good for a day; ``session_token`` is for the oldest clients."""

    access_token: str | None = None
    session_token: str | None = None
    accepts_terms_of_use: bool | None = None
    authentication_receipt: str | None = None


class LoginCredentials(Wire):
    """The oldest form of a login; ``email`` may be a user name."""

    email: str | None = None
    password: str | None = None


class Session(Wire):
    """The oldest form of a login's answer."""

    session_token: str | None = None
    accepts_terms_of_use: bool | None = None


class SecretKey(Wire):
    """The key for signing requests (HMAC), base64."""

    secret_key: str


class AuthenticatedOn(Wire):
    """When the caller last proved who they are."""

    authenticated_on: Date


class TokenRequest(Wire):
    """What a personal access token is to be called and may do."""

    scope: list[Scope] | None = None
    name: str | None = None
    user_info_claims: dict[str, Any] | None = None


class TokenResponse(Wire):
    """The token itself, shown this once."""

    token: str


class TokenRecord(Wire):
    """What is known of a personal access token."""

    id: str
    user_id: str
    name: str
    scopes: list[Scope]
    created_on: Date
    last_used: Date | None = None
    state: Literal["ACTIVE", "EXPIRED"] | None = None
    user_info_claims: dict[str, Any] | None = None


class TokenRecords(Wire):
    """A page of token records."""

    results: list[TokenRecord]
    next_page_token: str | None = None


class SignedToken(Wire, tag_field="concreteType"):
    """A promise that the server can check later; ``hmac`` covers all other fields."""

    created_on: Date | None = None
    expires_on: Date | None = None
    hmac: str | None = None


class PasswordResetToken(
    SignedToken, tag="org.sagebionetworks.repo.model.auth.PasswordResetSignedToken"
):
    """The bearer may set this user's password."""

    user_id: str | None = None
    validity: str | None = None


class EmailValidationToken(
    SignedToken, tag="org.sagebionetworks.repo.model.principal.EmailValidationSignedToken"
):
    """The bearer has read mail sent to this address."""

    email: str | None = None
    user_id: str | None = None


class ChangePasswordBase(Wire, tag_field="concreteType"):
    """Ways to change a password."""

    new_password: str | None = None


class ChangePasswordWithCurrent(
    ChangePasswordBase,
    tag="org.sagebionetworks.repo.model.auth.ChangePasswordWithCurrentPassword",
):
    """By knowing the present one."""

    username: str | None = None
    current_password: str | None = None
    authentication_receipt: str | None = None


class ChangePasswordWithToken(
    ChangePasswordBase, tag="org.sagebionetworks.repo.model.auth.ChangePasswordWithToken"
):
    """By the token of a password-reset mail."""

    password_change_token: PasswordResetToken | None = None


class NewUser(Wire):
    """Who wants an account; the address must be proved by mail first."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_name: str | None = None


class AccountSetupInfo(Wire):
    """The second half of a registration, after the mail was read."""

    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    password: str | None = None
    email_validation_signed_token: EmailValidationToken | None = None


class TermsRequirements(Wire):
    """Which version of the terms of use must have been signed, and since when."""

    minimum_terms_of_service_version: str | None = None
    requirement_date: Date | None = None


class TermsInfo(Wire):
    """The present terms of use."""

    terms_of_service_url: str
    latest_terms_of_service_version: str
    current_requirements: TermsRequirements | None = None


class TermsStatus(Wire):
    """What a user has signed."""

    user_id: str
    user_current_terms_of_service_state: Literal["MUST_AGREE_NOW", "MUST_AGREE_SOON", "UP_TO_DATE"]
    last_agreement_date: Date | None = None
    last_agreement_version: str | None = None


class TermsSignRequest(Wire):
    """Sign the terms of use; the token says who."""

    access_token: str | None = None
    terms_of_service_version: str | None = None


@endpoint("POST", "/auth/v1/login2")
def login(body: LoginRequest) -> LoginResponse:
    """Exchange user name (or e-mail) and password for an access token."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/login")
def login_old(body: LoginRequest) -> LoginResponse:
    """The same with a session token."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/session")
def create_session(body: LoginCredentials) -> Session:
    """The oldest login."""
    raise NotImplementedError


@endpoint("DELETE", "/auth/v1/sessionAccessToken")
def revoke_session() -> None:
    """Log out: the access token of this request is good no more."""
    raise NotImplementedError


@endpoint("DELETE", "/auth/v1/user/{targetUserId}/sessionAccessToken/all")
def revoke_all_sessions(target_user_id: str) -> None:
    """Log a user out everywhere: themself or an administrator."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/authenticatedOn")
def get_authenticated_on() -> AuthenticatedOn:
    """When the caller last proved who they are."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/secretKey")
def get_secret_key() -> SecretKey:
    """The caller's key for signing requests."""
    raise NotImplementedError


@endpoint("DELETE", "/auth/v1/secretKey")
def replace_secret_key() -> None:
    """Make the caller's key good no more; the next ``get`` gives a new one."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/personalAccessToken")
def create_token(body: TokenRequest) -> TokenResponse:
    """Make a personal access token."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/personalAccessToken")
def list_tokens(next_page_token: str | None = None) -> TokenRecords:
    """The caller's personal access tokens."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/personalAccessToken/{id}")
def get_token(id: str) -> TokenRecord:
    """One of the caller's personal access tokens."""
    raise NotImplementedError


@endpoint("DELETE", "/auth/v1/personalAccessToken/{id}")
def revoke_token(id: str) -> None:
    """Revoke one of the caller's personal access tokens."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/user/changePassword")
def change_password(body: ChangePasswordWithCurrent | ChangePasswordWithToken) -> None:
    """Set a new password."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/user/password/reset")
def send_password_reset(body: EmailAddress, password_reset_endpoint: str) -> None:
    """Mail a link to set a new password; the answer is the same for unknown addresses."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/account/emailValidation")
def send_registration(body: NewUser, portal_endpoint: str) -> None:
    """Mail a link to finish a registration; it ends with the token as hex JSON."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/account2")
def create_account(body: AccountSetupInfo) -> LoginResponse:
    """Finish a registration and log in."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/account/{id}/emailValidation")
def send_email_validation(id: str, body: EmailAddress, portal_endpoint: str) -> None:
    """Mail a link to add an address to one's account."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/email")
def add_email(body: EmailValidationToken, set_as_notification_email: bool = False) -> None:
    """Add the proved address to one's account."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/termsOfUse2/info")
def get_terms_info() -> TermsInfo:
    """The present terms of use."""
    raise NotImplementedError


@endpoint("GET", "/auth/v1/termsOfUse2/status")
def get_terms_status() -> TermsStatus:
    """What the caller has signed."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/termsOfUse2")
def sign_terms(body: TermsSignRequest) -> None:
    """Sign the terms of use."""
    raise NotImplementedError


@endpoint("PUT", "/auth/v1/termsOfUse2/requirements")
def set_terms_requirements(body: TermsRequirements) -> TermsInfo:
    """Demand a version of the terms; administrators only."""
    raise NotImplementedError
