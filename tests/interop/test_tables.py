"""Tables, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, play


@pytest.mark.interop
@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_tables(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    assert play(user, version, "flow_tables", tmp_path) == "done"


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_table_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    assert play(user, version, "flow_table_models", tmp_path) == "done"
