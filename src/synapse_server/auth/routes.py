"""Routes of logins, tokens, registration and terms of use."""

from __future__ import annotations

from synapse_server.auth import service, two_factor, two_factor_login
from synapse_server.auth.links import own_page
from synapse_server.auth.tokens import Tokens
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.users.service import parse_id
from synapse_wire import auth as wire
from synapse_wire.errors import NotImplementedYet
from synapse_wire.signed import EmailValidationToken
from synapse_wire.users import EmailAddress

routes = Routes()


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
    call: Call,
    body: wire.ChangePasswordWithCurrent
    | wire.ChangePasswordWithToken
    | wire.ChangePasswordWithTwoFactorAuthToken,
) -> None:
    if isinstance(body, wire.ChangePasswordWithTwoFactorAuthToken):
        await two_factor_login.change_password(call.db, call.need(Tokens), body)
    else:
        await service.change_password(call.db, call.need(Tokens), body)


@routes.serve(wire.get_two_factor)
async def get_two_factor(call: Call) -> wire.TwoFactorAuthStatus:
    return two_factor.status(call.caller)


@routes.serve(wire.enroll_two_factor)
async def enroll_two_factor(call: Call) -> wire.TotpSecret:
    return await two_factor.enroll(call.tx, call.need(Tokens), call.caller)


@routes.serve(wire.enable_two_factor)
async def enable_two_factor(
    call: Call, body: wire.TotpSecretActivationRequest
) -> wire.TwoFactorAuthStatus:
    return await two_factor.activate(call.tx, call.need(Tokens), call.need(Mail), call.caller, body)


@routes.serve(wire.disable_two_factor)
async def disable_two_factor(call: Call) -> None:
    await two_factor.disable(call.tx, call.need(Mail), call.caller)


@routes.serve(wire.create_recovery_codes)
async def create_recovery_codes(call: Call) -> wire.TwoFactorAuthRecoveryCodes:
    return await two_factor.new_recovery_codes(call.tx, call.need(Tokens), call.caller)


@routes.serve(wire.login_with_two_factor, Work.OWN)
async def login_with_two_factor(
    call: Call, body: wire.TwoFactorAuthLoginRequest
) -> wire.LoginResponse:
    return await two_factor_login.log_in(call.db, call.need(Tokens), body)


@routes.serve(wire.send_two_factor_reset, Work.OWN)
async def send_two_factor_reset(call: Call, body: wire.TwoFactorAuthResetRequest) -> None:
    await two_factor_login.send_reset(
        call.db, call.need(Tokens), call.need(Mail), call.need(Settings), body
    )


@routes.serve(wire.disable_two_factor_by_link, Work.OWN)
async def disable_two_factor_by_link(call: Call, body: wire.TwoFactorAuthDisableRequest) -> None:
    await two_factor_login.disable(call.db, call.need(Tokens), call.need(Mail), body)


@routes.serve(wire.send_password_reset)
async def send_password_reset(call: Call, body: EmailAddress, password_reset_endpoint: str) -> None:
    await service.send_password_reset(
        call.tx,
        call.need(Tokens),
        call.need(Mail),
        body.email,
        own_page(call.need(Settings), password_reset_endpoint),
    )


@routes.serve(wire.send_registration)
async def send_registration(call: Call, body: wire.NewUser, portal_endpoint: str) -> None:
    service.require_open_registration(call.need(Settings))
    await service.send_registration(
        call.tx,
        call.need(Tokens),
        call.need(Mail),
        body,
        own_page(call.need(Settings), portal_endpoint),
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
        own_page(call.need(Settings), portal_endpoint),
    )


@routes.serve(wire.add_email)
async def add_email(
    call: Call, body: EmailValidationToken, set_as_notification_email: bool = False
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
    call.caller.require_admin()
    raise NotImplementedYet(
        "The terms of use are settings here: terms_url, terms_version, require_terms."
    )
