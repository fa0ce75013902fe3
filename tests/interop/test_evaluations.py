"""Evaluations and submissions, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, call, secret

HERE = Path(__file__).parent


@pytest.mark.interop
@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_evaluations(server: RunningServer, tmp_path: Path, version: str) -> None:
    user, other = server.user(), server.user()
    folder = tmp_path / f"{version} {user.name}"
    folder.mkdir()
    out = call(
        version,
        str(HERE / "flow_evaluations.py"),
        server.url,
        user.name,
        secret(version, user),
        other.name,
        secret(version, other),
        str(folder),
        home=tmp_path,
    )
    assert out == "done"


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_evaluation_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user, other = server.user(), server.user()
    folder = tmp_path / f"models {version} {user.name}"
    folder.mkdir()
    out = call(
        version,
        str(HERE / "flow_evaluation_models.py"),
        server.url,
        secret(version, user),
        str(other.id),
        str(folder),
        home=tmp_path,
    )
    assert out == "done"
