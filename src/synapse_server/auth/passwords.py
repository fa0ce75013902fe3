"""Passwords: which are good enough, how they are kept, how they are checked."""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from synapse_wire.errors import BadRequest

_hasher = PasswordHasher()
_COMMON = frozenset(
    [
        "password1!",
        "password1@",
        "passw0rd!",
        "passw0rd1!",
        "p@ssw0rd",
        "p@ssword1",
        "qwerty123!",
        "qwerty1!",
        "abc123!@",
        "admin123!",
        "welcome1!",
        "welcome123!",
        "letmein1!",
        "iloveyou1!",
        "monkey123!",
        "1q2w3e4r!",
        "1qaz2wsx!",
        "1qaz!qaz",
        "zaq1@wsx",
        "test1234!",
        "changeme1!",
        "summer2024!",
        "winter2024!",
    ]
)
"""Those of the well-known leaked lists that pass the other rules."""
NO_PASSWORD = _hasher.hash("nobody has this password")
"""Checked against when there is no such user, so that the answer takes as long."""


def check_strength(password: str | None) -> str:
    """The password itself, if it is good enough.

    Raises:
        BadRequest: Too short, too plain or too common; the text says which.
    """
    if not password or len(password) < 8:
        raise BadRequest("A valid password must be at least 8 characters long.")
    if not (
        re.search(r"[A-Za-z]", password)
        and re.search(r"\d", password)
        and re.search(r"[^A-Za-z0-9\s]", password)
    ):
        raise BadRequest(
            "A valid password must contain letters, digits (0-9) and special characters"
            " ~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/."
        )
    if "synapse" in password.lower():
        raise BadRequest('A valid password must not contain the word "synapse".')
    if password.lower() in _COMMON:
        raise BadRequest("This password is known to be a commonly used password. Choose another.")
    return password


def hash_password(password: str) -> str:
    """The Argon2 hash to keep. Takes tens of milliseconds: call it in a thread."""
    return _hasher.hash(password)


def verify(hashed: str | None, password: str) -> bool:
    """Whether the password is the one; as slow for no hash as for a wrong password."""
    try:
        return _hasher.verify(hashed or NO_PASSWORD, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
