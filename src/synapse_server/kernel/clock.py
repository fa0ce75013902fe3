"""The time, and marks that are new each time."""

from __future__ import annotations

import time
import uuid


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def new_etag() -> str:
    """A mark of one state of an object."""
    return str(uuid.uuid4())
