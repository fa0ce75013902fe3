"""Logging in with the second factor, and getting back in without it."""

from __future__ import annotations

import asyncio

from synapse_server.auth import passwords, service, store, two_factor
from synapse_server.auth.links import own_page, with_token
from synapse_server.auth.tokens import Tokens
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.kernel.mail import Mail
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire import auth as wire
from synapse_wire.errors import BadRequest
from synapse_wire.signed import TwoFactorAuthResetToken

_DAY = 24 * 3600


async def log_in(
    db: Database, tokens: Tokens, request: wire.TwoFactorAuthLoginRequest
) -> wire.LoginResponse:
    """The second step of a login."""
    row = await db.read(
        lambda tx: two_factor.check_token(
            tx, tokens, request.user_id, request.two_fa_token, "AUTHENTICATION"
        )
    )
    await two_factor.prove(db, tokens, row["id"], request.otp_code, request.otp_type)
    return await service.admit(db, tokens, row)


async def change_password(
    db: Database, tokens: Tokens, request: wire.ChangePasswordWithTwoFactorAuthToken
) -> None:
    """Set a new password by the second factor, after the first one."""
    new = passwords.check_strength(request.new_password)
    row = await db.read(
        lambda tx: two_factor.check_token(
            tx, tokens, request.user_id, request.two_fa_token, "PASSWORD_CHANGE"
        )
    )
    await two_factor.prove(db, tokens, row["id"], request.otp_code, request.otp_type)
    hashed = await asyncio.to_thread(passwords.hash_password, new)
    await db.write(lambda tx: service.keep_password(tx, row["id"], hashed))


async def _first_factor(
    db: Database, tokens: Tokens, user: int | None, token: str | None, password: str | None
) -> Row:
    """The credentials of a user who gives their password, or has just given it."""
    if token is not None:
        return await db.read(
            lambda tx: two_factor.check_token(
                tx, tokens, user, token, "AUTHENTICATION", "PASSWORD_CHANGE"
            )
        )
    if user is None or not password:
        raise BadRequest("The twoFaToken of a login is needed, or the userId and the password.")
    return await service.check_password(db, user, password)


def _require_on(row: Row) -> None:
    if row["two_factor_on"] is None:
        raise BadRequest("Two-factor authentication is not on.")


async def send_reset(
    db: Database,
    tokens: Tokens,
    mail: Mail,
    settings: Settings,
    request: wire.TwoFactorAuthResetRequest,
) -> None:
    """Mail a link to switch the second factor off."""
    page = own_page(settings, request.two_fa_reset_endpoint or "")
    row = await _first_factor(db, tokens, request.user_id, request.two_fa_token, request.password)
    _require_on(row)
    token = tokens.sign(
        TwoFactorAuthResetToken(user_id=row["id"], validity=str(row["two_factor_on"])), _DAY
    )

    async def post(tx: Tx) -> None:
        to = await users.mail_address(tx, row["id"])
        if to is None:
            raise BadRequest("You have no e-mail address here; ask the operator of this site.")
        mail.allow(to.lower())

        async def send() -> None:
            text = (
                "Hello,\n\nopen this link within 24 hours to log in with your password alone"
                f" again:\n\n{with_token(page, token)}\n\nIf you did not ask for it, somebody"
                " knows your password: change it.\n"
            )
            await mail.send(to, "Switch two-factor authentication off", text)

        mail.later(tx, send)

    await db.write(post)


async def disable(
    db: Database, tokens: Tokens, mail: Mail, request: wire.TwoFactorAuthDisableRequest
) -> None:
    """Switch the second factor off by the token of that link."""
    reset = request.two_fa_reset_token
    if reset is None or reset.user_id is None:
        raise BadRequest("The twoFaResetToken is missing.")
    tokens.check(reset)
    user = reset.user_id
    row = await _first_factor(db, tokens, user, request.two_fa_token, request.password)
    if str(row["two_factor_on"]) != reset.validity:
        raise BadRequest("This link was used already; ask for a new one.")

    async def switch_off(tx: Tx) -> None:
        await principals.find(tx, user, lock=True)
        found = await store.credentials(tx, user)
        if found is None or str(found["two_factor_on"]) != reset.validity:
            raise BadRequest("This link was used already; ask for a new one.")
        await two_factor.switch_off(tx, mail, user)

    await db.write(switch_off)
