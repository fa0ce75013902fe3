"""Views and datasets, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import play


@pytest.mark.interop
@pytest.mark.parametrize("version", ["3.0.0", "4.14.0"])
def test_views(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user(certified=True)
    assert play(user, version, "flow_views", tmp_path) == "done"


@pytest.mark.interop
def test_view_models(server: RunningServer, tmp_path: Path) -> None:
    user = server.user(certified=True)
    assert play(user, "4.14.0", "flow_view_models", tmp_path) == "done"
