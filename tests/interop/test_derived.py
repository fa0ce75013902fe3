"""Materialized views and virtual tables, with the official clients."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import play


@pytest.mark.interop
@pytest.mark.parametrize("version", ["3.0.0", "4.14.0"])
def test_derived(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    assert play(user, version, "flow_derived", tmp_path) == "done"


@pytest.mark.interop
def test_derived_models(server: RunningServer, tmp_path: Path) -> None:
    user = server.user()
    assert play(user, "4.14.0", "flow_derived_models", tmp_path) == "done"
