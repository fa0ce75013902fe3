"""Routes of logins, tokens, registration and terms of use."""

from __future__ import annotations

from urllib.parse import urlsplit

from synapse_server.auth import service
from synapse_server.auth.tokens import Tokens
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.users.service import parse_id
from synapse_wire import auth as wire
from synapse_wire.errors import BadRequest, Forbidden, NotImplementedYet
from synapse_wire.users import EmailAddress

routes = Routes()


def _own_page(call: Call, address: str) -> str:
    """A page that a mailed link may open: ours, or one on the user's own machine.

    Anybody may ask for mail to an address; it must not carry a good token to another site.
    """
    settings = call.need(Settings)
    hosts = {"localhost", "127.0.0.1", "::1", settings.host, urlsplit(settings.public_url).hostname}
    try:
        parts = urlsplit(address)
        good = parts.hostname is not None and parts.hostname in hosts and parts.username is None
    except ValueError:
        good = False
    if not good or parts.scheme not in ("http", "https") or "\\" in address:
        raise BadRequest(
            f"{address!r} is not a page of this server. Its operator names its address in the"
            " setting public_url."
        )
    return address


@routes.serve(wire.login, Work.OWN)
async def login(call: Call, body: wire.LoginRequest) -> wire.LoginResponse:
    return await service.log_in(call.db, call.need(Tokens), body.username, body.password)


@routes.serve(wire.login_old, Work.OWN)
async def login_old(call: Call, body: wire.LoginRequest) -> wire.LoginResponse:
    answer = await service.log_in(call.db, call.need(Tokens), body.username, body.password)
    return wire.LoginResponse(
        session_token=answer.access_token,
        accepts_terms_of_use=answer.accepts_terms_of_use,
        authentication_receipt=answer.authentication_receipt,
    )


@routes.serve(wire.create_session, Work.OWN)
async def create_session(call: Call, body: wire.LoginCredentials) -> wire.Session:
    answer = await service.log_in(call.db, call.need(Tokens), body.email, body.password)
    return wire.Session(
        session_token=answer.access_token, accepts_terms_of_use=answer.accepts_terms_of_use
    )


@routes.serve(wire.revoke_session)
async def revoke_session(call: Call) -> None:
    await service.log_out(call.tx, call.caller, call.need(Settings))


@routes.serve(wire.revoke_all_sessions)
async def revoke_all_sessions(call: Call, target_user_id: str) -> None:
    await service.log_out_everywhere(call.tx, call.caller, parse_id(target_user_id, "user"))


@routes.serve(wire.get_authenticated_on)
async def get_authenticated_on(call: Call) -> wire.AuthenticatedOn:
    return await service.authenticated_on(call.tx, call.caller)


@routes.serve(wire.get_secret_key, Work.WRITE)
async def get_secret_key(call: Call) -> wire.SecretKey:
    return await service.secret_key(call.tx, call.caller)


@routes.serve(wire.replace_secret_key)
async def replace_secret_key(call: Call) -> None:
    await service.forget_secret_key(call.tx, call.caller)


@routes.serve(wire.create_token)
async def create_token(call: Call, body: wire.TokenRequest) -> wire.TokenResponse:
    call.caller.require_sign_in()
    return await service.create_token(call.tx, call.need(Tokens), call.caller.id, body)


@routes.serve(wire.list_tokens)
async def list_tokens(call: Call, next_page_token: str | None = None) -> wire.TokenRecords:
    return await service.list_tokens(call.tx, call.caller, next_page_token)


@routes.serve(wire.get_token)
async def get_token(call: Call, id: str) -> wire.TokenRecord:
    return await service.get_token(call.tx, call.caller, id)


@routes.serve(wire.revoke_token)
async def revoke_token(call: Call, id: str) -> None:
    await service.revoke_token(call.tx, call.caller, id)


@routes.serve(wire.change_password, Work.OWN)
async def change_password(
    call: Call, body: wire.ChangePasswordWithCurrent | wire.ChangePasswordWithToken
) -> None:
    await service.change_password(call.db, call.need(Tokens), body)


@routes.serve(wire.send_password_reset)
async def send_password_reset(call: Call, body: EmailAddress, password_reset_endpoint: str) -> None:
    await service.send_password_reset(
        call.tx,
        call.need(Tokens),
        call.need(Mail),
        body.email,
        _own_page(call, password_reset_endpoint),
    )


@routes.serve(wire.send_registration)
async def send_registration(call: Call, body: wire.NewUser, portal_endpoint: str) -> None:
    service.require_open_registration(call.need(Settings))
    await service.send_registration(
        call.tx, call.need(Tokens), call.need(Mail), body, _own_page(call, portal_endpoint)
    )


@routes.serve(wire.create_account, Work.OWN)
async def create_account(call: Call, body: wire.AccountSetupInfo) -> wire.LoginResponse:
    return await service.create_account(call.db, call.need(Tokens), body, call.need(Settings))


@routes.serve(wire.send_email_validation)
async def send_email_validation(
    call: Call, id: str, body: EmailAddress, portal_endpoint: str
) -> None:
    await service.send_email_validation(
        call.tx,
        call.need(Tokens),
        call.need(Mail),
        call.caller,
        parse_id(id, "user"),
        body.email,
        _own_page(call, portal_endpoint),
    )


@routes.serve(wire.add_email)
async def add_email(
    call: Call, body: wire.EmailValidationToken, set_as_notification_email: bool = False
) -> None:
    await service.add_email(
        call.tx, call.need(Tokens), call.caller, body, set_as_notification_email
    )


@routes.serve(wire.get_terms_info)
async def get_terms_info(call: Call) -> wire.TermsInfo:
    return service.terms_info(call.need(Settings))


@routes.serve(wire.get_terms_status)
async def get_terms_status(call: Call) -> wire.TermsStatus:
    return await service.terms_status(call.tx, call.caller, call.need(Settings))


@routes.serve(wire.sign_terms)
async def sign_terms(call: Call, body: wire.TermsSignRequest) -> None:
    await service.sign_terms(call, call.need(Settings), body)


@routes.serve(wire.set_terms_requirements, Work.READ)
async def set_terms_requirements(call: Call, body: wire.TermsRequirements) -> wire.TermsInfo:
    if not call.caller.is_admin:
        raise Forbidden("Only an administrator may do this.")
    raise NotImplementedYet(
        "The terms of use are settings here: terms_url, terms_version, require_terms."
    )
