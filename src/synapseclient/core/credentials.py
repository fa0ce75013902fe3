"""How requests prove who sends them, and where the proof is found."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from synapseclient.core.config import (
    PROFILE_VARIABLE,
    TOKEN_FILE_VARIABLE,
    TOKEN_VARIABLE,
    Config,
    Profile,
)

MAX_TOKEN = 65536
"""Characters of a token's file: what is longer is another file, named by mistake."""


class Credentials(Protocol):
    """Something that signs requests."""

    def headers(self, url: str) -> Mapping[str, str]:
        """What to add to a request for this URL."""


def _cleaned(secret: str) -> str:
    """A token without the line end that came with it from a file or an editor.

    Raises:
        ValueError: It cannot be a token. The message does not repeat it.
    """
    secret = secret.strip()
    if not secret or any(not "!" <= letter <= "~" for letter in secret):
        raise ValueError("The access token is not valid: it has spaces or special characters.")
    return secret


@dataclass(frozen=True)
class Token:
    """An access token."""

    secret: str
    username: str | None = None
    """Whose it is, once the server has said so."""

    def headers(self, url: str) -> Mapping[str, str]:
        """The bearer header."""
        return {"authorization": f"Bearer {self.secret}"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", _cleaned(self.secret))

    def __repr__(self) -> str:
        return "Token(…)"


@dataclass(frozen=True)
class SessionToken:
    """The token of an older kind of session."""

    secret: str
    username: str | None = None
    """Whose it is, once the server has said so."""

    def headers(self, url: str) -> Mapping[str, str]:
        """The session header."""
        return {"sessionToken": self.secret}

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", _cleaned(self.secret))

    def __repr__(self) -> str:
        return "SessionToken(…)"


@dataclass(frozen=True)
class ApiKey:
    """A user name and the key that signs each request.

    Raises:
        ValueError: What is called a key is not base64.
    """

    username: str
    key: str

    def __post_init__(self) -> None:
        try:
            base64.b64decode(self.key, validate=True)
        except ValueError:
            raise ValueError("The API key is not valid: it is not base64.") from None

    def headers(self, url: str) -> Mapping[str, str]:
        """Name, time and signature."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        text = self.username + urlsplit(url).path + moment
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha1).digest()
        return {
            "userId": self.username,
            "signatureTimestamp": moment,
            "signature": base64.b64encode(digest).decode(),
        }

    def __repr__(self) -> str:
        return f"ApiKey({self.username!r}, …)"


@dataclass(frozen=True)
class Found:
    """What to log in with, and where it was found."""

    username: str | None = None
    token: str | None = None
    password: str | None = None
    api_key: str | None = None
    profile: str | None = None
    """The profile of the file that it came from, to be named in the welcome."""


def looks_like_token(secret: str) -> bool:
    """Whether it is a JWT rather than a password."""
    return secret.count(".") == 2 and secret.strip().startswith("eyJ")


def find(
    config: Config,
    username: str | None,
    profile: str | None,
    environ: Mapping[str, str] | None = None,
) -> Found | None:
    """Credentials from the file, then from the environment.

    Args:
        config: The file.
        username: Whose they must be, if that was said.
        profile: Which profile was asked for, if any.
        environ: The environment.

    Raises:
        ValueError: The profile does not exist, or the file of the token is not as it must be.
    """
    environ = os.environ if environ is None else environ
    name = profile if profile not in (None, "default") else environ.get(PROFILE_VARIABLE, profile)
    found = config.profile(name)
    if found is not None and _has_secret(found) and username in (None, found.username):
        shown = found.section.removeprefix("profile ")
        return Found(
            found.username,
            found.authtoken,
            found.password,
            found.apikey,
            None if found.section == "authentication" else shown,
        )
    token = environ.get(TOKEN_VARIABLE)
    if not token and (path := environ.get(TOKEN_FILE_VARIABLE)):
        token = read_token(path)
    return Found(username, token) if token else None


def read_token(path: str) -> str:
    """The token that is alone in a file, which only its owner may open.

    Raises:
        ValueError: It cannot be read, is open to others, or is empty; the text says what to do.
    """
    path = os.path.expanduser(path)
    named = f"The file of the access token, {path} (from {TOKEN_FILE_VARIABLE}),"
    try:
        with open(path, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            secret = file.read(MAX_TOKEN + 1)
    except OSError as error:
        raise ValueError(f"{named} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise ValueError(f"{named} holds no token: it is not text.") from None
    if mode & 0o077 and os.name == "posix":  # elsewhere the mode does not say who may read
        raise ValueError(
            f"{named} is open to others than you (mode {mode:04o}). Run: chmod 600 {path} -"
            " and make a new token if they may have read it."
        )
    if not secret.strip():
        raise ValueError(f"{named} is empty.")
    if len(secret) > MAX_TOKEN:
        raise ValueError(f"{named} is too long for a token.")
    return secret


def _has_secret(profile: Profile) -> bool:
    return bool(profile.authtoken or profile.password or profile.apikey)
