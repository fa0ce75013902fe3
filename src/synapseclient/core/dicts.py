"""A dictionary whose keys are attributes, too."""

from __future__ import annotations

import json
from typing import Any


class DictObject(dict[str, Any]):
    """``d.key`` is ``d["key"]``."""

    __slots__ = ()

    def __getattr__(self, key: str) -> Any:
        try:
            return self[key]
        except KeyError:
            raise AttributeError(key) from None

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        self.pop(key, None)

    def json(self, ensure_ascii: bool = True) -> str:
        """As JSON text."""
        return json.dumps(self, sort_keys=True, indent=2, ensure_ascii=ensure_ascii)
