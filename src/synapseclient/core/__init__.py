"""What the client stands on: sending, errors, settings, the cache."""

from typing import Any

from synapseclient.core.lazy import first_use


def __getattr__(name: str) -> Any:
    return first_use(__name__, name)
