"""Views and datasets, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import call, secret

HERE = Path(__file__).parent


def _folder(server: RunningServer, tmp_path: Path, name: str) -> Path:
    folder = tmp_path / f"{name} {server.settings.database[-8:].strip('/') or 'embedded'}"
    folder.mkdir()
    return folder


@pytest.mark.interop
@pytest.mark.parametrize("version", ["3.0.0", "4.14.0"])
def test_views(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user(certified=True)
    folder = _folder(server, tmp_path, version)
    flow = str(HERE / "flow_views.py")
    proof = secret(version, user)
    out = call(version, flow, server.url, user.name, proof, str(folder), home=tmp_path)
    assert out == "done"


@pytest.mark.interop
def test_view_models(server: RunningServer, tmp_path: Path) -> None:
    user = server.user(certified=True)
    folder = _folder(server, tmp_path, "models")
    flow = str(HERE / "flow_view_models.py")
    out = call("4.14.0", flow, server.url, secret("4.14.0", user), str(folder), home=tmp_path)
    assert out == "done"
