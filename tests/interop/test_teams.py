"""Teams and messages, with the official clients and ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, play, secret


@pytest.mark.interop
@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_teams_and_messages(server: RunningServer, tmp_path: Path, version: str) -> None:
    user, other = server.user(), server.user()
    guest = (other.name, secret(version, other))
    assert play(user, version, "flow_teams", tmp_path, *guest) == "done"


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_team_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user, other = server.user(), server.user()
    guest = (other.name, str(other.id))
    assert play(user, version, "flow_team_models", tmp_path, *guest) == "done"
