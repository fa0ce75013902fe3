"""Tables, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, call, secret

HERE = Path(__file__).parent


def _folder(server: RunningServer, tmp_path: Path, name: str) -> Path:
    folder = tmp_path / f"{name} {server.settings.database[-8:].strip('/') or 'embedded'}"
    folder.mkdir()
    return folder


@pytest.mark.interop
@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_tables(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    folder = _folder(server, tmp_path, version)
    flow = str(HERE / "flow_tables.py")
    proof = secret(version, user)
    out = call(version, flow, server.url, user.name, proof, str(folder), home=tmp_path)
    assert out == "done"


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_table_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    folder = _folder(server, tmp_path, f"models {version}")
    flow = str(HERE / "flow_table_models.py")
    out = call(version, flow, server.url, secret(version, user), str(folder), home=tmp_path)
    assert out == "done"
