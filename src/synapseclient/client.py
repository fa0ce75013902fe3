"""``Synapse``: one session with one server. Its public methods are in ``legacy``, a noun a file."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

import msgspec

from synapse_wire import auth as auth_wire
from synapse_wire import users as users_wire
from synapse_wire.system import get_version
from synapseclient.core import config as settings
from synapseclient.core import credentials as proofs
from synapseclient.core.blocking import blocking
from synapseclient.core.cache import CACHE_ROOT_DIR, Cache
from synapseclient.core.exceptions import (
    SynapseAuthenticationError,
    SynapseError,
    SynapseHTTPError,
    SynapseNoCredentialsError,
)
from synapseclient.core.logs import session_logger
from synapseclient.core.transport import Transport
from synapseclient.core.version import __version__
from synapseclient.core.wire import Answer, Wire, http_error
from synapseclient.legacy.access import AccessMethods
from synapseclient.legacy.annotations import AnnotationMethods
from synapseclient.legacy.entities import EntityMethods
from synapseclient.legacy.evaluations import EvaluationMethods
from synapseclient.legacy.files import FileMethods
from synapseclient.legacy.messages import MessageMethods
from synapseclient.legacy.provenance import ProvenanceMethods
from synapseclient.legacy.teams import TeamMethods
from synapseclient.legacy.users import UserMethods
from synapseclient.legacy.wiki import WikiMethods

if TYPE_CHECKING:
    from configparser import RawConfigParser

    from synapse_wire.endpoint import Endpoint

P = ParamSpec("P")
R = TypeVar("R")

CONFIG_FILE = settings.CONFIG_FILE
PRODUCTION_ENDPOINTS = settings.PRODUCTION
STAGING_ENDPOINTS = {
    "repoEndpoint": "https://repo-staging.prod.sagebase.org/repo/v1",
    "authEndpoint": "https://auth-staging.prod.sagebase.org/auth/v1",
    "fileHandleEndpoint": "https://file-staging.prod.sagebase.org/file/v1",
    "portalEndpoint": "https://staging.synapse.org/",
}
DEFAULT_NUM_THREADS = 6
_SERVICES = {
    "/repo/v1": "repoEndpoint",
    "/auth/v1": "authEndpoint",
    "/file/v1": "fileHandleEndpoint",
}


class Synapse(
    EvaluationMethods,
    EntityMethods,
    FileMethods,
    ProvenanceMethods,
    AnnotationMethods,
    AccessMethods,
    UserMethods,
    TeamMethods,
    MessageMethods,
    WikiMethods,
):
    """A session: addresses, credentials, the cache, and all verbs.

    Args:
        repoEndpoint: Address of the repository services, ending in ``/repo/v1``.
        authEndpoint: Address of the authentication services, ending in ``/auth/v1``.
        fileHandleEndpoint: Address of the file services, ending in ``/file/v1``.
        portalEndpoint: Address of the web interface.
        debug: Log what is sent and answered, and show tracebacks.
        skip_checks: Kept for compatibility: nothing is checked at start.
        configPath: The configuration file.
        requests_session: Kept for compatibility; connections are our own.
        cache_root_dir: The cache; the file's ``[cache] location`` if not given.
        silent: Print nothing and show no progress.
        user_agent: One or more ``name/1.2.3`` to be named in requests.
        http_timeout_seconds: Seconds to wait for an answer.
        cache_client: Let ``get_client`` find this session later.
        wire: How to send, for tests.

    Addresses that are not given come from ``SYNAPSE_ENDPOINT`` in the environment, from the
    file's ``[endpoints]``, and else are those of the real Synapse.
    """

    _synapse_client: ClassVar[Synapse | None] = None
    _allow_client_caching: ClassVar[bool] = True

    def __init__(
        self,
        repoEndpoint: str | None = None,
        authEndpoint: str | None = None,
        fileHandleEndpoint: str | None = None,
        portalEndpoint: str | None = None,
        debug: bool | None = None,
        skip_checks: bool = False,
        configPath: str = CONFIG_FILE,
        requests_session: Any = None,
        cache_root_dir: str | None = None,
        silent: bool | None = None,
        requests_session_async_synapse: Any = None,
        requests_session_storage: Any = None,
        asyncio_event_loop: Any = None,
        cache_client: bool = True,
        user_agent: str | list[str] | None = None,
        http_timeout_seconds: int = 70,
        *,
        wire: Wire | None = None,
    ) -> None:
        self.configPath = configPath
        self._config = settings.Config.load(configPath)
        self.debug = self._config.debug if debug is None else debug
        self.silent = bool(silent)
        self._extensions: frozenset[str] | None = None
        self.skip_checks = skip_checks
        self.cache = Cache(
            cache_root_dir or self._config.cache_location or CACHE_ROOT_DIR,
            max_size=self._config.cache_max_size,
            sites=self._config.site_caches,
        )
        self._logger: logging.Logger | None = None
        self.max_threads = self._config.max_threads or DEFAULT_NUM_THREADS
        self.user_agent = [user_agent] if isinstance(user_agent, str) else list(user_agent or ())
        self.credentials: proofs.Credentials | None = None
        self._profile: dict[str, Any] | None = None
        self.default_headers = {"content-type": "application/json; charset=UTF-8", "accept": "*/*"}
        self.transport = Transport(self._user_agent(), wire, http_timeout_seconds)
        self.setEndpoints(repoEndpoint, authEndpoint, fileHandleEndpoint, portalEndpoint)
        if cache_client and Synapse._allow_client_caching:
            Synapse.set_client(self)

    # -------------------------------------------------------------- the session

    @property
    def logger(self) -> logging.Logger:
        """Where messages go: standard output for people, nothing when silent."""
        return self._logger or session_logger(silent=self.silent, debug=self.debug)

    @logger.setter
    def logger(self, logger: logging.Logger) -> None:
        self._logger = logger

    @property
    def max_threads(self) -> int:
        """How many transfers run at once: 1 to 128."""
        return self._max_threads

    @max_threads.setter
    def max_threads(self, count: int) -> None:
        self._max_threads = min(max(int(count), 1), settings.MAX_THREADS)

    @property
    def username(self) -> str | None:
        """The name of who is logged in."""
        return None if self._profile is None else self._profile.get("userName")

    def _user_agent(self) -> str:
        return " ".join([f"synapseclient/{__version__}", *self.user_agent])

    def setEndpoints(
        self,
        repoEndpoint: str | None = None,
        authEndpoint: str | None = None,
        fileHandleEndpoint: str | None = None,
        portalEndpoint: str | None = None,
        skip_checks: bool = False,
    ) -> None:
        """Choose a server. What is not given comes from the environment or the file."""
        given = {
            "repoEndpoint": repoEndpoint,
            "authEndpoint": authEndpoint,
            "fileHandleEndpoint": fileHandleEndpoint,
            "portalEndpoint": portalEndpoint,
        }
        found = settings.endpoints(given, self._config)
        self.repoEndpoint = found["repoEndpoint"]
        self.authEndpoint = found["authEndpoint"]
        self.fileHandleEndpoint = found["fileHandleEndpoint"]
        self.portalEndpoint = found["portalEndpoint"]

    def getConfigFile(self, configPath: str) -> RawConfigParser:
        """A configuration file, parsed."""
        return settings.Config.load(configPath).parser

    @classmethod
    def get_client(cls, synapse_client: Synapse | None = None) -> Synapse:
        """The session given, else the latest one.

        Raises:
            SynapseError: There is none.
        """
        if synapse_client is not None:
            return synapse_client
        if cls._synapse_client is None:
            raise SynapseError(
                "No instance has been created - Please use login() first, or pass"
                " synapse_client=… to this call."
            )
        return cls._synapse_client

    @classmethod
    def set_client(cls, synapse_client: Synapse | None) -> None:
        """Choose the session that ``get_client`` finds."""
        cls._synapse_client = synapse_client

    @staticmethod
    def allow_client_caching(allow_client_caching: bool) -> None:
        """Whether new sessions are found by ``get_client``; servers of many users say no."""
        Synapse._allow_client_caching = allow_client_caching
        if not allow_client_caching:
            Synapse._synapse_client = None

    # -------------------------------------------------------------- sending

    def _address(self, path: str) -> str:
        for prefix, name in _SERVICES.items():
            if path.startswith(prefix):
                base: str = getattr(self, name)
                return base.rstrip("/") + path[len(prefix) :]
        return self.repoEndpoint.removesuffix("/repo/v1") + path

    async def call(self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a declared endpoint; its typed answer.

        Raises:
            SynapseHTTPError: The server said no.
        """
        answer = await self._call(endpoint, *args, **kwargs)
        if not answer.content:
            return None  # type: ignore[return-value]  # endpoints without an answer return None
        result: R = msgspec.json.decode(answer.content, type=endpoint.response)
        return result

    async def call_json(self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call a declared endpoint; its answer as plain JSON, with fields we do not know."""
        answer = await self._call(endpoint, *args, **kwargs)
        return answer.json() if answer.content else None

    async def extensions(self) -> frozenset[str]:
        """What the server can do beyond the official API; asked once."""
        if self._extensions is None:
            self._extensions = frozenset((await self.call(get_version)).extensions or ())
        return self._extensions

    async def _call(self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs) -> Answer:
        path, query, body = endpoint.bind(*args, **kwargs)
        url = self._address(path)
        if query:
            url += "?" + _query(query)
        data = None if body is None else msgspec.json.encode(body)
        return await self._send(endpoint.method, url, data, repeatable=endpoint.repeatable)

    async def _send(
        self,
        verb: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = 8,
        *,
        repeatable: bool | None = None,
    ) -> Answer:
        sent = dict(self.default_headers if headers is None else headers)
        if self.credentials is not None and self._is_ours(url):
            sent |= self.credentials.headers(url)
        answer = await self.transport.send(
            verb, url, sent, body, tries=tries, repeatable=repeatable
        )
        if self.debug:
            self.logger.debug("%s %s -> %d", verb, url, answer.status_code)
        raise_for(answer, verb)
        return answer

    def _is_ours(self, url: str) -> bool:
        bases = (self.repoEndpoint, self.authEndpoint, self.fileHandleEndpoint)
        return any(url.startswith(base.rstrip("/") + "/") for base in bases)

    def _uri(self, uri: str, endpoint: str | None) -> str:
        if "://" in uri:
            return uri
        return (endpoint or self.repoEndpoint).rstrip("/") + "/" + uri.lstrip("/")

    async def _rest(
        self,
        verb: str,
        uri: str,
        body: Any = None,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = 8,
    ) -> Any:
        data = body.encode() if isinstance(body, str) else body
        if data is not None and not isinstance(data, bytes):
            data = json.dumps(data).encode()
        answer = await self._send(verb, self._uri(uri, endpoint), data, headers, tries)
        if not answer.content:
            return None
        if "json" in answer.headers.get("content-type", ""):
            return answer.json()
        return answer.text

    async def rest_get_async(
        self,
        uri: str,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        retryPolicy: Mapping[str, Any] | None = None,
        requests_session: Any = None,
        *,
        retry_policy: Mapping[str, Any] | None = None,
        requests_session_async_synapse: Any = None,
    ) -> Any:
        """GET a path below ``endpoint`` (the repository services), or a whole URL.

        A policy's ``retries`` says how often to try again. Sessions are taken for
        compatibility: connections are our own.
        """
        tries = _tries(retryPolicy or retry_policy)
        return await self._rest("GET", uri, None, endpoint, headers, tries)

    async def rest_post_async(
        self,
        uri: str,
        body: Any = None,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        retryPolicy: Mapping[str, Any] | None = None,
        requests_session: Any = None,
        *,
        retry_policy: Mapping[str, Any] | None = None,
        requests_session_async_synapse: Any = None,
    ) -> Any:
        """POST JSON, given as text or as an object."""
        tries = _tries(retryPolicy or retry_policy)
        return await self._rest("POST", uri, body, endpoint, headers, tries)

    async def rest_put_async(
        self,
        uri: str,
        body: Any = None,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        retryPolicy: Mapping[str, Any] | None = None,
        requests_session: Any = None,
        *,
        retry_policy: Mapping[str, Any] | None = None,
        requests_session_async_synapse: Any = None,
    ) -> Any:
        """PUT JSON, given as text or as an object."""
        tries = _tries(retryPolicy or retry_policy)
        return await self._rest("PUT", uri, body, endpoint, headers, tries)

    async def rest_delete_async(
        self,
        uri: str,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        retryPolicy: Mapping[str, Any] | None = None,
        requests_session: Any = None,
        *,
        retry_policy: Mapping[str, Any] | None = None,
        requests_session_async_synapse: Any = None,
    ) -> None:
        """DELETE."""
        tries = _tries(retryPolicy or retry_policy)
        await self._rest("DELETE", uri, None, endpoint, headers, tries)

    restGET = blocking(rest_get_async)
    restPOST = blocking(rest_post_async)
    restPUT = blocking(rest_put_async)
    restDELETE = blocking(rest_delete_async)

    # -------------------------------------------------------------- logging in

    async def login_async(
        self,
        email: str | None = None,
        password: str | None = None,
        apiKey: str | None = None,
        sessionToken: str | None = None,
        rememberMe: bool = False,
        silent: bool = False,
        forced: bool = False,
        authToken: str | None = None,
        profile: str | None = "default",
    ) -> None:
        """Log in, with what is given, else with what the file or the environment has.

        Args:
            email: User name or e-mail address.
            password: Password; a personal access token or an API key are taken here, too.
            apiKey: Key that signs each request.
            sessionToken: Token of an older kind of session.
            rememberMe: Kept for compatibility: keep tokens in the file, with ``synapse config``.
            silent: Do not print the welcome.
            forced: Kept for compatibility.
            authToken: Personal access token.
            profile: Section ``[profile NAME]`` of the file.

        Raises:
            SynapseNoCredentialsError: Nothing to log in with was found.
            SynapseAuthenticationError: The server does not accept it.
        """
        self.credentials = None
        self._profile = None
        found: proofs.Found | None = None
        if authToken or password or apiKey:
            found = proofs.Found(email, authToken, password, apiKey)
        elif not sessionToken:
            try:
                found = proofs.find(self._config, email, profile)
            except ValueError as error:
                raise SynapseAuthenticationError(str(error)) from None
            if found is None:
                raise SynapseNoCredentialsError(
                    "No credentials provided. Give a personal access token as authToken, put it"
                    " into SYNAPSE_AUTH_TOKEN or into a file that SYNAPSE_AUTH_TOKEN_FILE names, or"
                    " run synapse config." + self._hint(email)
                )
        try:
            if sessionToken:
                self.credentials = proofs.SessionToken(sessionToken)
            elif found is not None:
                await self._prove(found)
        except ValueError as error:
            raise SynapseAuthenticationError(str(error)) from None
        await self._welcome(email, found, silent or self.silent)

    def _hint(self, email: str | None) -> str:
        """Where credentials may be that were not looked at."""
        if not os.path.exists(self._config.path):
            return f" There is no file {self._config.path}."
        names = self._config.profiles_of(email) if email else []
        if names:
            return f" {self._config.path} has the profile {names[0]!r} of {email}: ask for it."
        return ""

    async def _prove(self, found: proofs.Found) -> None:
        if found.token:
            self.credentials = proofs.Token(found.token)
        elif found.api_key:
            if not found.username:
                raise SynapseAuthenticationError("An API key needs the user name, too.")
            self.credentials = proofs.ApiKey(found.username, found.api_key)
        elif found.password and proofs.looks_like_token(found.password):
            self.credentials = proofs.Token(found.password)
        elif found.password:
            self.credentials = await self._exchange(found)

    async def _exchange(self, found: proofs.Found) -> proofs.Credentials:
        """A password for an access token. What is called a password may be an API key."""
        if not found.username:
            raise SynapseAuthenticationError("A password needs the user name, too.")
        request = auth_wire.LoginRequest(username=found.username, password=found.password)
        try:
            answer = await self.call(auth_wire.login, request)
        except (SynapseAuthenticationError, SynapseHTTPError) as error:
            if not _is_refusal(error):
                raise
            if _owes_second_factor(error):
                raise SynapseAuthenticationError(_SECOND_FACTOR) from error
            key = await self._as_key(found)
            if key is not None:
                return key
            raise SynapseAuthenticationError(str(error)) from error
        if not answer.access_token:
            raise SynapseAuthenticationError("The server gave no access token.")
        return proofs.Token(answer.access_token)

    async def _as_key(self, found: proofs.Found) -> proofs.ApiKey | None:
        """The API key that a password is, if the server accepts it as one."""
        try:
            key = proofs.ApiKey(found.username or "", found.password or "")
        except ValueError:
            return None
        url = self._address("/repo/v1/userProfile")
        answer = await self.transport.send("GET", url, key.headers(url))
        accepted = answer.status_code == 200 and answer.json().get("userName") != "anonymous"
        return key if accepted else None

    async def _welcome(self, email: str | None, found: proofs.Found | None, silent: bool) -> None:
        try:
            profile = await self.call_json(users_wire.get_own_profile)
        except (SynapseAuthenticationError, SynapseHTTPError) as error:
            self.credentials = None
            if not _is_refusal(error):
                raise
            raise SynapseAuthenticationError(str(error)) from error
        names = {profile.get("userName"), *(profile.get("emails") or ())}
        names = {name.lower() for name in names if name}
        wanted = email or (found.username if found else None)
        if wanted and wanted.lower() not in names:
            self.credentials = None
            raise SynapseAuthenticationError(
                f"These credentials are those of {profile.get('userName')}, not of {wanted}."
            )
        self._profile = profile
        if isinstance(self.credentials, proofs.Token | proofs.SessionToken):
            self.credentials = replace(self.credentials, username=profile.get("userName"))
        if not silent:
            name = profile.get("displayName") or profile.get("userName")
            if found and found.profile:
                self.logger.info(
                    "Welcome, %s! You are using the '%s' profile.", name, found.profile
                )
            else:
                self.logger.info("Welcome, %s!\n", name)

    def logout(self) -> None:
        """Forget who is logged in."""
        self.credentials = None
        self._profile = None

    async def invalidate_api_key_async(self) -> None:
        """Make the API key of this user worthless."""
        await self.call(auth_wire.replace_secret_key)

    login = blocking(login_async)
    invalidateAPIKey = blocking(invalidate_api_key_async)


def _is_refusal(error: Exception) -> bool:
    """Whether an error is about who asks, rather than about the server or the address."""
    if isinstance(error, SynapseHTTPError):
        # A password that is wrong is 400 or 404 at some servers.
        return error.response is not None and error.response.status_code in (400, 401, 403)
    return isinstance(error, SynapseAuthenticationError)


_SECOND_FACTOR = (
    "This account logs in with two-factor authentication, which a password alone does not pass."
    " Use a personal access token: make one on the web page of your account, and give it as"
    " authToken, or put it into the configuration file or the variable SYNAPSE_AUTH_TOKEN."
)


def _owes_second_factor(error: Exception) -> bool:
    """Whether a password was right, and a code of an authenticator app is wanted, too."""
    answer = getattr(error.__cause__ or error, "response", None)
    if answer is None or answer.status_code != 401:
        return False
    try:
        return bool(answer.json().get("errorCode") == "TWO_FA_REQUIRED")
    except (ValueError, AttributeError):
        return False


def raise_for(answer: Answer, verb: str) -> None:
    """Turn an answer that says no into the error.

    Raises:
        SynapseAuthenticationError: 401.
        SynapseHTTPError: Any other status from 400 on.
    """
    status = answer.status_code
    if status < 400:
        return
    error = http_error(answer)
    if status == 401:
        raise SynapseAuthenticationError(str(error)) from error
    raise error


def _tries(policy: Mapping[str, Any] | None) -> int:
    return 1 + int((policy or {}).get("retries", 7))


def _query(query: Mapping[str, Any]) -> str:
    from urllib.parse import urlencode  # late: most calls have no query

    return urlencode(
        {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in query.items()
        }
    )


def login(*args: Any, **kwargs: Any) -> Synapse:
    """Make a session and log in; arguments of ``Synapse`` may be given by name, too."""
    own = {
        name: kwargs.pop(name)
        for name in list(kwargs)
        if name in _SESSION_ARGUMENTS and name != "silent"
    }
    if "silent" in kwargs:
        own["silent"] = kwargs["silent"]
    session = Synapse(**own)
    session.login(*args, **kwargs)
    return session


_SESSION_ARGUMENTS = frozenset(
    [
        "repoEndpoint",
        "authEndpoint",
        "fileHandleEndpoint",
        "portalEndpoint",
        "debug",
        "skip_checks",
        "configPath",
        "cache_root_dir",
        "silent",
        "user_agent",
        "http_timeout_seconds",
        "cache_client",
        "wire",
    ]
)
