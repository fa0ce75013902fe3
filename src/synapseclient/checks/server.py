"""The server: whether it answers, which release it is, its clock, and whether it knows you."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Coroutine
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from synapseclient.checks import Finding, ok, problem, warning, without_password
from synapseclient.core import config as settings
from synapseclient.core import credentials as proofs
from synapseclient.core.advice import explain
from synapseclient.core.config import Config
from synapseclient.core.exceptions import SynapseError, SynapseTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapseclient.client import Synapse
    from synapseclient.core.transport import Answer

T = TypeVar("T")

SECONDS = 5.0
"""How long to wait for an answer."""
_SCOPES = {
    "view": "reading",
    "download": "downloading files",
    "modify": "creating and changing",
}
_SOME_SKEW, _MUCH_SKEW = 30.0, 300.0
_SOON = 7 * 86400
_LOCAL = ("localhost", "127.0.0.1", "::1")


async def check_server(syn: Synapse, environ: Mapping[str, str]) -> tuple[bool, list[Finding]]:
    """Whether the server can be used, and what there is to say of it."""
    findings = []
    came_from = "SYNAPSE_ENDPOINT" if environ.get(settings.ENDPOINT_VARIABLE) else None
    if came_from is None:
        came_from = "[endpoints] of the file" if syn._config.endpoints else "the default"
    address = syn.repoEndpoint.rstrip("/")
    started = time.time()
    answer = await _ask(syn, f"{address}/version")
    took = time.time() - started
    if isinstance(answer, Finding):
        return False, [answer]
    version = _version(answer)
    if version is None:
        return False, [
            problem(
                "endpoint",
                f"What answers at {address} is no Synapse (status {answer.status_code}).",
                "Check SYNAPSE_ENDPOINT, or [endpoints] in the configuration file.",
            )
        ]
    text = f"{address} (from {came_from}) answers in {took * 1000:.0f} ms: version {version}"
    findings.append(ok("endpoint", text))
    findings += _encryption(address, environ)
    findings += await _others(syn)
    findings += _clock(answer, started + took / 2)
    findings += await _status(syn, address)
    return True, findings


async def _ask(syn: Synapse, url: str) -> Answer | Finding:
    """One answer, or why there is none."""
    try:
        return await within(syn.transport.send("GET", url, tries=1, seconds=SECONDS))
    except (SynapseTimeoutError, TimeoutError):
        return problem(
            "endpoint",
            f"{url} does not answer within {SECONDS:.0f} s.",
            "Check the network, the proxy and the firewall, and that the server runs.",
        )
    except SynapseError as error:
        text = explain(error)
        if "certificate" in text.lower():
            return problem(
                "tls",
                text,
                "If an authority of your institution's own has made its certificate, add that to"
                " those of the system, or name its file in SSL_CERT_FILE, which is the variable"
                " that this client looks at.",
            )
        advice = "Check the address and the network, and that the server runs."
        return problem("endpoint", text, advice)


async def within(work: Coroutine[Any, Any, T], seconds: float = SECONDS + 1) -> T:
    """Do something, but not for long.

    Raises:
        TimeoutError: It took longer.
    """
    async with asyncio.timeout(seconds):
        return await work


def _version(answer: Answer) -> str | None:
    try:
        found = answer.json()
        version = str(found["version"])
    except (ValueError, KeyError, TypeError):
        return None
    extensions = found.get("extensions") or ()
    return f"{version}, with {', '.join(map(str, extensions))}" if extensions else version


def _encryption(address: str, environ: Mapping[str, str]) -> list[Finding]:
    parts = urlsplit(address)
    if parts.scheme == "https":
        text = f"The certificate of {parts.hostname} is verified"
        authorities = environ.get("SSL_CERT_FILE")
        return [ok("tls", f"{text}, with {authorities}." if authorities else f"{text}.")]
    if parts.hostname in _LOCAL:
        return [ok("tls", "Not encrypted, which does no harm on this machine itself.")]
    return [
        warning(
            "tls",
            f"The connection to {parts.hostname} is not encrypted: everybody on the way can read"
            " tokens and data.",
            "Use an https:// address.",
        )
    ]


async def _others(syn: Synapse) -> list[Finding]:
    """The addresses that lie elsewhere."""
    findings = []
    known = {_origin(syn.repoEndpoint)}
    for name, address in (
        ("authEndpoint", syn.authEndpoint),
        ("fileHandleEndpoint", syn.fileHandleEndpoint),
    ):
        if _origin(address) in known:
            continue
        known.add(_origin(address))
        answer = await _ask(syn, address.rstrip("/") + "/version")
        if isinstance(answer, Finding):
            findings.append(answer)
        else:
            findings.append(ok("endpoint", f"{address} ({name}) answers."))
    return findings


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _clock(answer: Answer, asked: float) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return []
    skew = asked - theirs - 0.5  # the header has whole seconds
    text = f"This machine's clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}."
    advice = "Set the clock (NTP): requests are signed with the time, and tokens expire by it."
    if abs(skew) > _MUCH_SKEW:
        return [problem("clock", text, advice)]
    if abs(skew) > _SOME_SKEW:
        return [warning("clock", text, advice)]
    return [ok("clock", "This machine's clock is that of the server.")]


async def _status(syn: Synapse, address: str) -> list[Finding]:
    answer = await _ask(syn, f"{address}/status")
    if isinstance(answer, Finding):
        return [answer]
    try:
        found = answer.json()
        status, said = str(found.get("status")), found.get("currentMessage") or ""
    except (ValueError, AttributeError):
        return []
    if status in ("READ_WRITE", "None"):
        return []
    text = " ".join(f"The server is {status}. {said}".split())
    return [warning("endpoint", text, "Wait until its maintenance is over.")]


# ------------------------------------------------------------------ the token


def look_for_credentials(
    config: Config, username: str | None, profile: str | None, environ: Mapping[str, str]
) -> tuple[proofs.Found | None, list[Finding]]:
    """What there is to log in with, and where it comes from."""
    try:
        found = proofs.find(config, username, profile, environ)
    except ValueError as error:
        return None, [problem("token", str(error), "Then run synapse doctor again.")]
    if found is None:
        return None, [
            problem(
                "token",
                "There is no token: only what is public can be read, and no command runs.",
                "Make one on the web page of Synapse, and run: synapse config",
            )
        ]
    place = _place(config, found, profile, environ)
    kind = "token" if found.token else "API key" if found.api_key else "password"
    findings = [ok("token", f"The {kind} is from {place}.")]
    token = environ.get(settings.TOKEN_VARIABLE)
    if token and token.strip() != (found.token or "").strip():
        findings.append(
            warning(
                "token",
                f"{settings.TOKEN_VARIABLE} is set, too, and not used: the file goes before it.",
                f"Unset it, or remove the other one from {config.path}.",
            )
        )
    return found, findings


def _place(
    config: Config, found: proofs.Found, profile: str | None, environ: Mapping[str, str]
) -> str:
    if found.profile is not None:
        section = found.profile if found.profile == "default" else f"profile {found.profile}"
        return f"[{section}] of {config.path}"
    own = config.profile(None)
    if own is not None and (own.authtoken or own.password or own.apikey):
        return f"[{own.section}] of {config.path}"
    if environ.get(settings.TOKEN_VARIABLE):
        return settings.TOKEN_VARIABLE
    return f"the file that {settings.TOKEN_FILE_VARIABLE} names"


def check_token(token: str, now: float) -> list[Finding]:
    """What a token says of itself: what it may do, and until when."""
    known = _payload(token)
    if known is None:
        return []
    findings = []
    access = known.get("access")
    scopes = access.get("scope") if isinstance(access, dict) else None
    if isinstance(scopes, list):
        missing = [name for name in _SCOPES if name not in scopes]
        text = f"The token may do: {', '.join(map(str, scopes))}."
        if missing:
            what = ", ".join(f"{_SCOPES[name]} ({name})" for name in missing)
            advice = f"For {what}, make a token that has it."
            level = problem if "view" in missing else warning
            findings.append(level("scopes", text, advice))
        else:
            findings.append(ok("scopes", text))
    findings += _expiry(known.get("exp"), now)
    return findings


def _payload(token: str) -> dict[str, Any] | None:
    """What stands in a JWT, which is not verified here; None for another kind of token."""
    try:
        part = token.strip().split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _expiry(moment: Any, now: float) -> list[Finding]:
    if not isinstance(moment, int | float):
        return []
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
    advice = "Make a new one on the web page of Synapse, and run: synapse config"
    if moment < now:
        return [problem("expiry", f"The token has expired on {day}.", advice)]
    if moment < now + _SOON:
        return [warning("expiry", f"The token expires on {day}.", advice)]
    return [ok("expiry", f"The token is good until {day}.")]


async def check_login(
    syn: Synapse, username: str | None, secret: str | None, profile: str | None
) -> Finding:
    """Whether the server accepts what there is."""
    try:
        await within(syn.login_async(username, secret, silent=True, profile=profile), 2 * SECONDS)
    except TimeoutError:
        return problem("login", "The server does not answer a login in time.", "Try again later.")
    except (SynapseError, ValueError) as error:
        advice = "Make a new token on the web page of Synapse, and run: synapse config"
        return problem("login", explain(error), advice)
    name = (syn._profile or {}).get("userName")
    if name in (None, "anonymous"):
        return problem("login", "The server takes you for nobody.", "Run: synapse config")
    return ok("login", f"You are {name} at {without_password(syn.repoEndpoint)}.")
