"""What ``synapse doctor`` looks at: each check says what it found, and what to do about it.

A finding never holds a secret, and no check waits longer than a few seconds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Level = Literal["ok", "warning", "problem"]

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_SHORTEST_SECRET = 4


@dataclass(slots=True)
class Finding:
    """One line of the report."""

    check: str
    """What was looked at, in a word."""
    level: Level
    text: str
    advice: str | None = None
    """What to do, unless all is well."""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", text)


def warning(check: str, text: str, advice: str) -> Finding:
    """It works, but it may not always."""
    return Finding(check, "warning", text, advice)


def problem(check: str, text: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, "problem", text, advice)


def without_secrets(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """The same findings, where a token or one of the secrets has got into none of them."""
    known = sorted({each for each in secrets if len(each) >= _SHORTEST_SECRET}, key=len)

    def hidden(text: str) -> str:
        text = _TOKEN.sub("eyJ…", text)
        for secret in reversed(known):
            text = text.replace(secret, "…")
        return text

    return [
        Finding(each.check, each.level, hidden(each.text), each.advice and hidden(each.advice))
        for each in findings
    ]


def without_password(url: str) -> str:
    """A URL without the user and password that may be in it."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc="…@" + parts.netloc.rpartition("@")[2]))


def home(path: str) -> str:
    """A path as the user writes it."""
    folder = os.path.expanduser("~")
    return "~" + path[len(folder) :] if path.startswith(folder + os.sep) else path
