"""A file of a listing, as the legacy API has files: it takes little room until it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from synapseclient.annotations import from_wire
from synapseclient.core.late import late, later
from synapseclient.core.packed import share, unpack
from synapseclient.entity import File


@late
class ListedFile(File):
    """Becomes a ``File`` with all that the listing says of it."""

    _known = frozenset(["path"])

    @classmethod
    def of(cls, packed: bytes, path: str | None) -> File:
        """The file that ``core.packed`` has so, and that is here on this machine."""
        return later(cls, packed, path=path)

    def _made(self, packed: bytes) -> Mapping[str, Any]:
        entry = unpack(packed)
        share(entry)
        raw = msgspec.to_builtins(entry)
        made = File(properties=raw["entity"], annotations=from_wire(raw.get("annotations", {})))
        if "fileHandle" in raw:
            made._set_handle(raw["fileHandle"])
        made._put_path(self.path)
        return vars(made)
