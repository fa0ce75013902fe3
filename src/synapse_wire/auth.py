"""Proving who one is: passwords, tokens, registration, terms of use."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from synapse_wire.base import Date, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.signed import (
    EmailValidationToken,
    PasswordResetToken,
    TwoFactorAuthResetToken,
)
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


OtpType: TypeAlias = Literal["TOTP", "RECOVERY_CODE"]


class ChangePasswordWithTwoFactorAuthToken(
    ChangePasswordBase,
    tag="org.sagebionetworks.repo.model.auth.ChangePasswordWithTwoFactorAuthToken",
):
    """By the second factor, after one of the other ways has been answered that it is owed."""

    user_id: int | None = None
    two_fa_token: str | None = None
    otp_code: str | None = None
    otp_type: OtpType | None = None


class TwoFactorAuthErrorResponse(
    Wire,
    tag_field="concreteType",
    tag="org.sagebionetworks.repo.model.auth.TwoFactorAuthErrorResponse",
):
    """The password was right, the second factor is owed; the token proves the first, for ten
    minutes."""

    user_id: int
    two_fa_token: str
    reason: str
    error_code: Literal["TWO_FA_REQUIRED"]


class TwoFactorAuthStatus(Wire):
    """Whether a login takes a second factor."""

    status: Literal["ENABLED", "DISABLED"]


class TotpSecret(Wire):
    """What an authenticator app makes codes from, base32; shown this once."""

    secret_id: str
    secret: str
    alg: str
    digits: int
    period: int
    """Seconds."""
    username: str


class TotpSecretActivationRequest(Wire):
    """The first code proves that the app has the secret."""

    secret_id: str | None = None
    totp: str | None = None


class TwoFactorAuthLoginRequest(Wire):
    """The second step of a login."""

    user_id: int | None = None
    two_fa_token: str | None = None
    otp_code: str | None = None
    otp_type: OtpType | None = None


class TwoFactorAuthRecoveryCodes(Wire):
    """Codes for when the app is lost, each good once; shown this once."""

    codes: list[str]


class TwoFactorAuthResetRequest(Wire):
    """Mail me a link to switch the second factor off; the first one is given."""

    user_id: int | None = None
    two_fa_reset_endpoint: str | None = None
    two_fa_token: str | None = None
    password: str | None = None


class TwoFactorAuthDisableRequest(Wire):
    """Switch the second factor off by the token of that link; the first one is given."""

    two_fa_token: str | None = None
    password: str | None = None
    two_fa_reset_token: TwoFactorAuthResetToken | None = None


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


@endpoint("GET", "/auth/v1/2fa")
def get_two_factor() -> TwoFactorAuthStatus:
    """Whether the caller logs in with a second factor."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa/enroll")
def enroll_two_factor() -> TotpSecret:
    """A new secret for an authenticator app; it is good for nothing until it is activated."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa")
def enable_two_factor(body: TotpSecretActivationRequest) -> TwoFactorAuthStatus:
    """Log in with codes of this secret from now on; an older one is good no more."""
    raise NotImplementedError


@endpoint("DELETE", "/auth/v1/2fa")
def disable_two_factor() -> None:
    """Log in with the password alone again."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa/recoveryCodes")
def create_recovery_codes() -> TwoFactorAuthRecoveryCodes:
    """New recovery codes; the old ones are good no more."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa/token")
def login_with_two_factor(body: TwoFactorAuthLoginRequest) -> LoginResponse:
    """The second step of a login: a code for an access token."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa/reset")
def send_two_factor_reset(body: TwoFactorAuthResetRequest) -> None:
    """Mail a link to switch the second factor off."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/2fa/disable")
def disable_two_factor_by_link(body: TwoFactorAuthDisableRequest) -> None:
    """Switch the second factor off by the link of such a mail."""
    raise NotImplementedError


@endpoint("POST", "/auth/v1/user/changePassword")
def change_password(
    body: ChangePasswordWithCurrent
    | ChangePasswordWithToken
    | ChangePasswordWithTwoFactorAuthToken,
) -> None:
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
