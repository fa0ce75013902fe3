"""The rules of logins, tokens, registration and terms of use."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import cast
from weakref import WeakValueDictionary

import msgspec

from synapse_server.auth import passwords, store, two_factor
from synapse_server.auth.links import with_token
from synapse_server.auth.tokens import INVALID, PERSONAL, Tokens
from synapse_server.kernel.caller import ANONYMOUS, NOBODY, Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.paging import next_token, read_token
from synapse_server.kernel.serving import Call
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire import auth as wire
from synapse_wire.base import iso
from synapse_wire.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Locked,
    NotFound,
    Unauthenticated,
)
from synapse_wire.signed import EmailValidationToken, PasswordResetToken

COOKIE = "org.sagbionetworks.security.user.login.token"
"""The name of the cookie with the access token, spelled as the official server spells it."""

_SIGNATURE_SKEW = 31 * 60 * 1000
_MOST_TOKENS = 100
_TOKEN_LIFE = 180 * 24 * 3600 * 1000
_TOUCH_EVERY = 24 * 3600 * 1000
"""How often it is noted that a personal token is in use."""
_DAY = 24 * 3600
_SCOPES = frozenset(wire.ALL_SCOPES)
_NEVER_PERSONAL = "authorize"


# ------------------------------------------------------------------ who calls


async def identify(tx: Tx, call: Call) -> Caller:
    """The caller of a request, by token or signature; anonymous without either."""
    authorization = call.header(b"authorization")
    token = None
    if authorization is not None and authorization[:7].lower() == "bearer ":
        token = authorization[7:].strip()
    token = token or call.header(b"sessiontoken") or None
    if token is None and b"cookie" in call.headers:
        token = call.cookie(COOKIE) or None
    if token is not None:
        return await _by_token(tx, call, token)
    if b"signature" in call.headers and b"userid" in call.headers:
        return await _by_signature(tx, call)
    return NOBODY


async def _by_token(tx: Tx, call: Call, token: str) -> Caller:
    claims = call.need(Tokens).read(token)
    if claims.user_id == ANONYMOUS:
        return NOBODY
    row = await store.standing(tx, claims.user_id, claims.token_id)
    if row is None or row["is_disabled"]:
        raise Unauthenticated(INVALID)
    if claims.kind == PERSONAL:
        if row["last_used"] is None:
            raise Unauthenticated(f"{INVALID}: it was revoked. Make a new one.")
        unused = now() - row["last_used"]
        if unused > _TOKEN_LIFE:
            raise Unauthenticated(f"{INVALID}: it was unused for 180 days. Make a new one.")
        if unused > _TOUCH_EVERY:
            call.afterwards = partial(store.touch_token, id=claims.token_id, moment=now())
    elif row["is_revoked"] or claims.issued_at <= row["sessions_revoked_on"]:
        raise Unauthenticated(f"{INVALID}: you have logged out. Log in again.")
    return _caller(claims.user_id, row, claims.scopes, claims.token_id)


def _caller(user: int, row: Row, scopes: frozenset[str], token_id: str | None) -> Caller:
    return Caller(
        id=user,
        scopes=scopes,
        is_admin=bool(row["is_admin"]),
        is_certified=bool(row["is_certified"]),
        signed_terms=row["terms_version"],
        has_two_factor=row["two_factor_on"] is not None,
        token_id=token_id,
        authenticated_on=row["authenticated_on"] or 0,
    )


async def caller_of(tx: Tx, user: int) -> Caller:
    """A user as they stand now, for work that outlives their request."""
    row = await store.standing(tx, user, "")
    if row is None or row["is_disabled"]:
        raise Forbidden("This user has been disabled.")
    return _caller(user, row, _SCOPES, None)


async def _by_signature(tx: Tx, call: Call) -> Caller:
    name = call.header(b"userid") or ""
    moment = call.header(b"signaturetimestamp") or ""
    try:
        signed_on = datetime.fromisoformat(moment)
        signature = base64.b64decode(call.headers[b"signature"], validate=True)
    except ValueError:
        raise Unauthenticated("The signature headers are not well formed.") from None
    if signed_on.tzinfo is None:
        signed_on = signed_on.replace(tzinfo=UTC)
    if abs(signed_on.timestamp() * 1000 - now()) > _SIGNATURE_SKEW:
        raise Unauthenticated(
            "The signature's time is more than 31 minutes off. Set this machine's clock."
        )
    user = await users.look_up(tx, name)
    row = None if user is None else await store.standing(tx, user, "")
    if user is None or row is None or row["is_disabled"] or row["secret_key"] is None:
        raise Unauthenticated("Invalid user name or API key.")
    key = base64.b64decode(row["secret_key"])
    expected = hmac.new(key, (name + call.raw_path + moment).encode(), hashlib.sha1).digest()
    if not hmac.compare_digest(signature, expected):
        raise Unauthenticated("Invalid user name or API key.")
    return _caller(user, row, _SCOPES, None)


# ------------------------------------------------------------------ login


async def log_in(
    db: Database, tokens: Tokens, name: str | None, password: str | None
) -> wire.LoginResponse:
    """Check a password; each wrong one doubles the time until the next try.

    Raises:
        Unauthenticated: No such user, or not the password.
        Locked: Too many wrong ones just now.
    """
    if not name or not password:
        raise BadRequest("A user name (or e-mail address) and a password are needed.")
    row = await check_password(db, name, password)
    if row["two_factor_on"] is not None:
        raise two_factor.owed(tokens, row, "AUTHENTICATION")
    return await admit(db, tokens, row)


async def admit(db: Database, tokens: Tokens, row: Row) -> wire.LoginResponse:
    """An access token for a user who has proved who they are."""
    user: int = row["id"]
    await db.write(lambda tx: store.set_authenticated(tx, user))
    token = tokens.login_token(user, wire.ALL_SCOPES)
    return wire.LoginResponse(
        access_token=token,
        accepts_terms_of_use=row["terms_version"] is not None,
        authentication_receipt=tokens.receipt(user),
    )


async def check_password(db: Database, who: str | int, password: str) -> Row:
    """The credentials of a user, named or numbered, whose password it is.

    NOTE: a login takes more than that from those who have a second factor.

    Raises:
        Unauthenticated: No such user, or not the password.
        Locked: Too many wrong ones just now.
    """

    async def begin(tx: Tx) -> tuple[str, Row | None]:
        user = who if isinstance(who, int) else await users.look_up(tx, who)
        found = None if user is None else await store.credentials(tx, user)
        # One count for all names of a user; nothing of any length for names that nobody has.
        text = f"user {user}" if user is not None else principals.normal(str(who))
        return hashlib.sha256(text.encode()).hexdigest(), found

    key, row = await db.read(begin)
    async with _few(key):
        failures = await db.read(lambda tx: store.failures(tx, key))
        if failures is not None and failures["locked_until"] > now():
            raise Locked("You are locked out for a moment after wrong passwords. Try again.")
        hashed = row["password"] if row is not None else None
        good = await asyncio.to_thread(passwords.verify, hashed, password)
        if row is None or not good or row["is_disabled"]:
            await db.write(lambda tx: store.add_failure(tx, key, _LONGEST_LOCK))
            raise Unauthenticated("The provided username/password combination is incorrect")
        if failures is not None:
            await db.write(lambda tx: store.forget_failures(tx, key))
    return row


async def sweep_failures(tx: Tx) -> None:
    """Forget failed logins that are long ago."""
    await store.forget_old_failures(tx, now() - _DAY * 1000)


_AT_ONCE = 4
"""Passwords of one user that are looked at side by side: many jobs may log in at once, and
nobody may try many passwords before the first wrong one counts."""
_LONGEST_LOCK = 22
"""As a power of two milliseconds: over an hour."""
_waiting: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()


def _few(key: str) -> asyncio.Semaphore:
    found = _waiting.get(key)
    if found is None:
        found = _waiting[key] = asyncio.Semaphore(_AT_ONCE)
    return found


async def log_out(tx: Tx, caller: Caller, settings: Settings) -> None:
    """Make the token of this request worthless."""
    caller.require_sign_in()
    if caller.token_id is not None:
        expires = now() + settings.access_token_hours * 3600 * 1000
        await store.revoke_session(tx, caller.token_id, expires)
        await store.delete_token(tx, caller.token_id)


async def log_out_everywhere(tx: Tx, caller: Caller, user: int) -> None:
    """Make all login tokens of a user worthless: one's own, or anybody's for administrators."""
    caller.require_sign_in()
    if caller.id != user and not caller.is_admin:
        raise Forbidden("You can log out yourself only.")
    await store.revoke_all_sessions(tx, user)


async def authenticated_on(tx: Tx, caller: Caller) -> wire.AuthenticatedOn:
    """When the caller last gave their password."""
    caller.require_sign_in()
    if not caller.authenticated_on:
        raise NotFound("You have not logged in with a password yet.")
    return wire.AuthenticatedOn(authenticated_on=iso(caller.authenticated_on))


# ------------------------------------------------------------------ tokens and keys


async def secret_key(tx: Tx, caller: Caller) -> wire.SecretKey:
    """The caller's key for request signatures, made on first use."""
    caller.require_sign_in()
    row = await store.credentials(tx, caller.id)
    assert row is not None
    key: str | None = row["secret_key"]
    if key is None:
        key = base64.b64encode(secrets.token_bytes(48)).decode()
        await store.set_secret_key(tx, caller.id, key)
    return wire.SecretKey(secret_key=key)


async def forget_secret_key(tx: Tx, caller: Caller) -> None:
    """Make the caller's key worthless."""
    caller.require_sign_in()
    await store.set_secret_key(tx, caller.id, None)


async def create_token(
    tx: Tx, tokens: Tokens, user: int, request: wire.TokenRequest
) -> wire.TokenResponse:
    """Make a personal access token; with the 101st goes the one that was not used for longest.

    Raises:
        BadRequest: No or unknown scopes. ``authorize`` is left out.
        Conflict: The user has a token of this name.
    """
    scopes = [scope for scope in dict.fromkeys(request.scope or ()) if scope != _NEVER_PERSONAL]
    if not scopes:
        raise BadRequest("Name at least one scope, such as view, download or modify.")
    await store.drop_tokens(tx, user, keep=_MOST_TOKENS - 1)
    token_id = secrets.token_urlsafe(12)
    name = request.name or f"token {iso(now())}"
    if len(name) > 256:
        raise BadRequest("The name of a token has at most 256 characters.")
    if not await store.add_token(tx, token_id, user, name, " ".join(scopes)):
        raise Conflict(f"You have a token named {name!r} already.")
    return wire.TokenResponse(token=tokens.personal_token(user, scopes, token_id))


async def list_tokens(tx: Tx, caller: Caller, token: str | None) -> wire.TokenRecords:
    """The caller's personal tokens, latest first."""
    caller.require_sign_in()
    limit, offset = read_token(token)
    rows = await store.tokens(tx, caller.id, offset, limit + 1)
    return wire.TokenRecords(
        results=[_record(row) for row in rows[:limit]],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def get_token(tx: Tx, caller: Caller, id: str) -> wire.TokenRecord:
    """One of the caller's personal tokens."""
    return _record(await _own_token(tx, caller, id))


async def revoke_token(tx: Tx, caller: Caller, id: str) -> None:
    """Revoke one of the caller's personal tokens."""
    await _own_token(tx, caller, id)
    await store.delete_token(tx, id)


async def _own_token(tx: Tx, caller: Caller, id: str) -> Row:
    caller.require_sign_in()
    row = await store.token(tx, id)
    if row is None:
        raise NotFound(f"There is no token {id!r}.")
    if row["user_id"] != caller.id:
        raise Forbidden("This token is not yours.")
    return row


def _record(row: Row) -> wire.TokenRecord:
    expired = now() - row["last_used"] > _TOKEN_LIFE
    return wire.TokenRecord(
        id=row["id"],
        user_id=str(row["user_id"]),
        name=row["name"],
        scopes=cast("list[wire.Scope]", row["scopes"].split()),
        created_on=iso(row["created_on"]),
        last_used=iso(row["last_used"]),
        state="EXPIRED" if expired else "ACTIVE",
    )


# ------------------------------------------------------------------ passwords


async def change_password(
    db: Database,
    tokens: Tokens,
    request: wire.ChangePasswordWithCurrent | wire.ChangePasswordWithToken,
) -> None:
    """Set a new password, with the present one or the token of a reset mail. Who has a second
    factor is answered that it is owed."""
    new = passwords.check_strength(request.new_password)
    if isinstance(request, wire.ChangePasswordWithCurrent):
        if not request.username or not request.current_password:
            raise BadRequest("The user name and the current password are needed.")
        row = await check_password(db, request.username, request.current_password)
    else:
        if request.password_change_token is None:
            raise BadRequest("The passwordChangeToken is missing.")
        tokens.check(request.password_change_token)
        user = users.parse_id(request.password_change_token.user_id or "", "user")
        found = await db.read(lambda tx: store.credentials(tx, user))
        if (
            found is None
            or str(found["password_changed_on"]) != request.password_change_token.validity
        ):
            raise BadRequest("This link was used already; ask for a new one.")
        row = found
    if row["two_factor_on"] is not None:
        raise two_factor.owed(tokens, row, "PASSWORD_CHANGE")
    hashed = await asyncio.to_thread(passwords.hash_password, new)
    await db.write(lambda tx: keep_password(tx, row["id"], hashed))


async def keep_password(tx: Tx, user: int, hashed: str) -> None:
    """Set a user's password, and end all sessions of theirs."""
    await store.set_password(tx, user, hashed)
    await store.revoke_all_sessions(tx, user)


async def send_password_reset(
    tx: Tx, tokens: Tokens, mail: Mail, email: str | None, address: str
) -> None:
    """Mail a link; nothing happens for unknown addresses, and nobody can tell."""
    mail.allow((email or "").lower())
    user = await users.look_up(tx, email or "")
    row = None if user is None else await store.credentials(tx, user)
    if row is None or email is None or row["is_disabled"]:
        return
    token = tokens.sign(
        PasswordResetToken(user_id=str(user), validity=str(row["password_changed_on"])), _DAY
    )
    link = with_token(address, token)
    to = await users.mail_address(tx, row["id"])

    async def send() -> None:
        await mail.send(to or email, "Set a new Synapse password", _letter(link))

    mail.later(tx, send)


# ------------------------------------------------------------------ registration


def require_open_registration(settings: Settings) -> None:
    """Refuse where the operator makes all accounts."""
    if not settings.open_registration:
        raise Forbidden("Registration is closed here; ask the operator for an account.")


async def send_registration(
    tx: Tx, tokens: Tokens, mail: Mail, request: wire.NewUser, address: str
) -> None:
    """Mail a link to finish a registration."""
    email = request.email or ""
    if not users.EMAIL.match(email):
        raise BadRequest(f"{email!r} is not an e-mail address.")
    mail.allow(email.lower())
    if await principals.owner_of(tx, email) is not None:
        raise Conflict("The email address provided is already used.")
    if request.user_name is not None and await principals.owner_of(tx, request.user_name):
        raise Conflict("The user name provided is already used.")
    link = with_token(address, tokens.sign(EmailValidationToken(email=email), _DAY))

    async def send() -> None:
        await mail.send(email, "Finish your registration with Synapse", _letter(link))

    mail.later(tx, send)


async def create_account(
    db: Database, tokens: Tokens, request: wire.AccountSetupInfo, settings: Settings
) -> wire.LoginResponse:
    """Finish a registration; the address is proved by the token."""
    require_open_registration(settings)
    token = request.email_validation_signed_token
    if token is None or token.email is None:
        raise BadRequest("The emailValidationSignedToken is missing.")
    tokens.check(token)
    if token.user_id is not None:
        raise BadRequest("This link adds an address to an account; it does not make one.")
    email = token.email
    password = passwords.check_strength(request.password)
    if not request.username:
        raise BadRequest("The username is missing.")
    name = request.username
    hashed = await asyncio.to_thread(passwords.hash_password, password)

    async def create(tx: Tx) -> int:
        return await users.create_user(
            tx,
            name,
            password=hashed,
            email=email,
            first_name=request.first_name,
            last_name=request.last_name,
        )

    user = await db.write(create)
    return wire.LoginResponse(
        access_token=tokens.login_token(user, wire.ALL_SCOPES),
        accepts_terms_of_use=False,
        authentication_receipt=tokens.receipt(user),
    )


async def send_email_validation(
    tx: Tx, tokens: Tokens, mail: Mail, caller: Caller, user: int, email: str | None, address: str
) -> None:
    """Mail a link to add an address to one's own account."""
    caller.require_sign_in()
    if user != caller.id:
        raise Forbidden("You can add an address to your own account only.")
    if email is None or not users.EMAIL.match(email):
        raise BadRequest(f"{email!r} is not an e-mail address.")
    mail.allow(email.lower())
    if await principals.owner_of(tx, email) is not None:
        raise Conflict("The email address provided is already used.")
    to = email
    token = tokens.sign(EmailValidationToken(email=to, user_id=str(caller.id)), _DAY)

    async def send() -> None:
        await mail.send(
            to, "Add this address to your Synapse account", _letter(with_token(address, token))
        )

    mail.later(tx, send)


async def add_email(
    tx: Tx, tokens: Tokens, caller: Caller, token: EmailValidationToken, notify: bool
) -> None:
    """Add a proved address to the account it was asked for."""
    caller.require_sign_in()
    tokens.check(token)
    if token.user_id != str(caller.id) or token.email is None:
        raise Forbidden("This link was made for another account.")
    await users.add_email(tx, caller.id, token.email, notify=notify)


def read_hex(text: str) -> EmailValidationToken:
    """The token at the end of a registration link."""
    try:
        return msgspec.json.decode(bytes.fromhex(text), type=EmailValidationToken)
    except (ValueError, msgspec.MsgspecError, json.JSONDecodeError):
        raise BadRequest("This is not a registration link of this server.") from None


def _letter(link: str) -> str:
    return (
        "Hello,\n\nopen this link within 24 hours to go on:\n\n"
        f"{link}\n\nIf you did not ask for it, do nothing.\n"
    )


# ------------------------------------------------------------------ terms of use


def terms_info(settings: Settings) -> wire.TermsInfo:
    """The present terms of use."""
    return wire.TermsInfo(
        terms_of_service_url=settings.terms_url,
        latest_terms_of_service_version=settings.terms_version,
        current_requirements=wire.TermsRequirements(
            minimum_terms_of_service_version=settings.terms_version
            if settings.require_terms
            else "0.0.0",
            requirement_date=iso(0),
        ),
    )


async def terms_status(tx: Tx, caller: Caller, settings: Settings) -> wire.TermsStatus:
    """What the caller has signed."""
    caller.require_sign_in()
    row = await store.credentials(tx, caller.id)
    assert row is not None
    missing = settings.require_terms and row["terms_version"] != settings.terms_version
    return wire.TermsStatus(
        user_id=str(caller.id),
        user_current_terms_of_service_state="MUST_AGREE_NOW" if missing else "UP_TO_DATE",
        last_agreement_date=iso(row["terms_signed_on"]) if row["terms_signed_on"] else None,
        last_agreement_version=row["terms_version"],
    )


async def sign_terms(call: Call, settings: Settings, request: wire.TermsSignRequest) -> None:
    """Sign the terms of use for the user that the token in the body names."""
    caller = await _by_token(call.tx, call, request.access_token or "")
    caller.require_sign_in()
    version = request.terms_of_service_version or settings.terms_version
    if version != settings.terms_version:
        raise BadRequest(f"The terms in force are {settings.terms_version}, not {version!r}.")
    await store.sign_terms(call.tx, caller.id, version)
