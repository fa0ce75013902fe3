"""Constants under their official names."""

from typing import Any

from synapseclient.core.lazy import first_use


def __getattr__(name: str) -> Any:
    return first_use(__name__, name)
