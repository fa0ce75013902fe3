"""The second factor by itself: secrets of authenticator apps, their codes, recovery codes."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from synapse_server.auth import store
from synapse_server.auth.tokens import Tokens
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.serving import Answer, unauthenticated
from synapse_server.users import store as principals
from synapse_wire import auth as wire
from synapse_wire.errors import BadRequest, Locked, NotFound, Unauthenticated
from synapse_wire.signed import TwoFactorAuthToken

Context = Literal["AUTHENTICATION", "PASSWORD_CHANGE"]

_DIGITS = 6
_PERIOD = 30
_SECRET_BYTES = 20
_CODES = 10
_TOKEN_SECONDS = 10 * 60
_LONGEST_LOCK = 22
"""As a power of two milliseconds: over an hour."""
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Of recovery codes: none that looks like another."""


# ------------------------------------------------------------------ switching it on and off


def status(caller: Caller) -> wire.TwoFactorAuthStatus:
    """Whether the caller logs in with a second factor."""
    caller.require_sign_in()
    return wire.TwoFactorAuthStatus(status="ENABLED" if caller.has_two_factor else "DISABLED")


async def enroll(tx: Tx, tokens: Tokens, caller: Caller) -> wire.TotpSecret:
    """A new secret, not active yet."""
    caller.require_sign_in()
    row = await principals.find(tx, caller.id, lock=True)
    assert row is not None
    secret = secrets.token_bytes(_SECRET_BYTES)
    await store.drop_secrets(tx, caller.id, active=False)
    id = await store.add_secret(tx, caller.id, tokens.seal(secret, _purpose(caller.id)))
    return wire.TotpSecret(
        secret_id=str(id),
        secret=base64.b32encode(secret).decode(),
        alg="SHA1",
        digits=_DIGITS,
        period=_PERIOD,
        username=row["name"],
    )


def _purpose(user: int) -> str:
    """What a sealed secret is for: that of one user does not open as that of another."""
    return f"totp {user}"


async def activate(
    tx: Tx, tokens: Tokens, mail: Mail, caller: Caller, request: wire.TotpSecretActivationRequest
) -> wire.TwoFactorAuthStatus:
    """Let logins take codes of an enrolled secret."""
    caller.require_sign_in()
    row = await principals.find(tx, caller.id, lock=True)
    assert row is not None
    id = request.secret_id or ""
    found = await store.secret(tx, int(id)) if id.isdecimal() and len(id) < 19 else None
    if found is None or found["user_id"] != caller.id or found["is_active"]:
        raise NotFound(f"You have enrolled no secret {id!r}. Enroll one first.")
    if not await _is_code(tx, tokens, found, request.totp or ""):
        raise BadRequest(
            "This is not the code of the new secret. Check the clock of the device that makes it."
        )
    await store.drop_secrets(tx, caller.id, active=True)
    await store.activate_secret(tx, found["id"])
    await store.set_two_factor(tx, caller.id, now())
    _tell(tx, mail, row, "Two-factor authentication is on", "asks for a code of your app")
    return wire.TwoFactorAuthStatus(status="ENABLED")


async def switch_off(tx: Tx, mail: Mail, user: int) -> None:
    """Let logins take the password alone, and forget the secrets and recovery codes.

    NOTE: whether the caller may has been checked.
    """
    row = await principals.find(tx, user, lock=True)
    assert row is not None
    await forget(tx, user)
    _tell(tx, mail, row, "Two-factor authentication is off", "takes your password alone")


async def forget(tx: Tx, user: int) -> None:
    """The same without a letter."""
    await store.drop_secrets(tx, user, active=True)
    await store.drop_secrets(tx, user, active=False)
    await store.set_recovery_codes(tx, user, [])
    await store.set_two_factor(tx, user, None)


async def disable(tx: Tx, mail: Mail, caller: Caller) -> None:
    """Log in with the password alone again."""
    require_enabled(caller)
    await switch_off(tx, mail, caller.id)


def require_enabled(caller: Caller) -> None:
    """Refuse who has no second factor."""
    caller.require_sign_in()
    if not caller.has_two_factor:
        raise BadRequest("Two-factor authentication is not on.")


def _tell(tx: Tx, mail: Mail, row: Row, subject: str, what: str) -> None:
    """Tell a user of a change that somebody else may have made: whatever mail they wish for."""
    to = row["notification_email"]
    if not to:
        return
    text = (
        f"Hello {row['name']},\n\nfrom now on the login {what}. If you did not ask for it, somebody"
        " else has: change your password, and tell the operator of this site.\n"
    )

    async def send() -> None:
        await mail.send(to, subject, text)

    mail.later(tx, send)


async def new_recovery_codes(
    tx: Tx, tokens: Tokens, caller: Caller
) -> wire.TwoFactorAuthRecoveryCodes:
    """New recovery codes instead of the old ones."""
    require_enabled(caller)
    codes = ["-".join(_letters() for _ in range(3)) for _ in range(_CODES)]
    await store.set_recovery_codes(
        tx, caller.id, [_hash(tokens, caller.id, code) for code in codes]
    )
    return wire.TwoFactorAuthRecoveryCodes(codes=codes)


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _hash(tokens: Tokens, user: int, code: str) -> str:
    return tokens.digest(f"recovery code {user} {code.strip().lower()}")


# ------------------------------------------------------------------ proving it


def owed(tokens: Tokens, row: Row, context: Context) -> Answer:
    """What is answered to a good password whose user owes the second factor."""
    token = TwoFactorAuthToken(
        user_id=row["id"], context=context, validity=str(row["password_changed_on"])
    )
    signed = msgspec.json.encode(tokens.sign(token, _TOKEN_SECONDS))
    return unauthenticated(
        wire.TwoFactorAuthErrorResponse(
            user_id=row["id"],
            two_fa_token=base64.b64encode(signed).decode(),
            reason="Two factor authentication required.",
            error_code="TWO_FA_REQUIRED",
        )
    )


async def check_token(
    tx: Tx, tokens: Tokens, user: int | None, text: str | None, *contexts: Context
) -> Row:
    """The credentials of the user who has given their password for this token.

    Raises:
        Unauthenticated: It is not such a token, or not any more.
    """
    try:
        token = msgspec.json.decode(base64.b64decode(text or ""), type=TwoFactorAuthToken)
        tokens.check(token)
    except (ValueError, msgspec.MsgspecError, BadRequest):
        raise Unauthenticated("The twoFaToken is good no more. Log in again.") from None
    row = None if token.user_id is None else await store.credentials(tx, token.user_id)
    if (
        row is None
        or row["is_disabled"]
        or user not in (None, token.user_id)
        or token.context not in contexts
        or token.validity != str(row["password_changed_on"])
    ):
        raise Unauthenticated("The twoFaToken is good no more. Log in again.")
    return row


async def prove(
    db: Database, tokens: Tokens, user: int, code: str | None, kind: wire.OtpType | None
) -> None:
    """Take a code, which is good no more afterwards; each wrong one doubles the time until the
    next try.

    Raises:
        Unauthenticated: It is not one of the user's, or was taken before.
        Locked: There were too many wrong ones just now.
    """
    key = tokens.digest(f"second factor {user}")

    async def attempt(tx: Tx) -> bool | None:
        # One attempt at a time: many at once must not pass before the first wrong one counts.
        await principals.find(tx, user, lock=True)
        failures = await store.failures(tx, key)
        if failures is not None and failures["locked_until"] > now():
            return None
        if not await _take(tx, tokens, user, code or "", kind or "TOTP"):
            await store.add_failure(tx, key, _LONGEST_LOCK)
            return False
        if failures is not None:
            await store.forget_failures(tx, key)
        return True

    done = await db.write(attempt)
    if done is None:
        raise Locked("You are locked out for a moment after wrong codes. Try again.")
    if not done:
        raise Unauthenticated("The provided code is invalid.")


async def _take(tx: Tx, tokens: Tokens, user: int, code: str, kind: wire.OtpType) -> bool:
    if kind == "RECOVERY_CODE":
        return await store.use_recovery_code(tx, user, _hash(tokens, user, code))
    found = await store.active_secret(tx, user)
    return found is not None and await _is_code(tx, tokens, found, code)


async def _is_code(tx: Tx, tokens: Tokens, row: Row, code: str) -> bool:
    """Whether it is a code of this secret that was not taken before; it is taken now."""
    if not (code.isascii() and code.isdecimal() and len(code) == _DIGITS):
        return False
    secret = tokens.unseal(row["sealed"], _purpose(row["user_id"]))
    totp = TOTP(secret, _DIGITS, SHA1(), _PERIOD)  # noqa: S303  what authenticator apps do
    present = now() // 1000 // _PERIOD
    for step in (present, present - 1, present + 1):  # clocks differ
        if hmac.compare_digest(totp.generate(step * _PERIOD), code.encode()):
            return await store.use_step(tx, row["id"], step)
    return False
