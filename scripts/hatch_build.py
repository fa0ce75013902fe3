"""A hook of the build of the wheel: it has the web interface in it, unless the environment has
``SYNAPSE_WITHOUT_WEB``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebHook(BuildHookInterface):  # type: ignore[type-arg, unused-ignore]
    """Builds the web interface first."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are gathered."""
        if self.target_name != "wheel" or version == "editable":
            return
        if os.environ.get("SYNAPSE_WITHOUT_WEB"):
            return
        sys.path.insert(0, str(Path(self.root) / "scripts"))
        from build_web import build

        build()
