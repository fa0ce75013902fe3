"""When to try again, and how long to wait: pure decisions, no waiting."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

AGAIN = frozenset({429, 500, 502, 503, 504})
SAFE = frozenset({"GET", "PUT", "DELETE", "HEAD"})
REFUSED = frozenset({429, 503})
"""Answers that say that nothing was done, whatever the verb."""


@dataclass(slots=True)
class Patience:
    """How much of it one request has. Waits double, with jitter, and end."""

    tries: int = 8
    first: float = 0.2
    longest: float = 20.0
    total: float = 120.0
    used: float = 0.0
    count: int = 0

    def wait(self, asked: float | None = None) -> float | None:
        """Seconds until the next try, or None to give up.

        Args:
            asked: What the server's Retry-After said.
        """
        self.count += 1
        if self.count >= self.tries:
            return None
        pause: float = min(self.longest, self.first * 2.0 ** (self.count - 1))
        pause *= random.uniform(0.5, 1)  # noqa: S311  jitter
        if asked is not None:
            pause = max(pause, asked)
        if self.used + pause > self.total:
            return None
        self.used += pause
        return pause


def worth_repeating(status: int, *, repeatable: bool) -> bool:
    """Whether the same request may do better, and does no harm twice."""
    return status in REFUSED or (status in AGAIN and repeatable)


def __getattr__(name: str) -> Any:
    """What scripts import from here by its official name is in a file of its own."""
    if not name.startswith("__"):
        from importlib import import_module

        found = vars(import_module("synapseclient.core.more_retry")).get(name)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
