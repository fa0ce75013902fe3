"""A compliance team, restricted data, and a clock that can be put forward."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import RunningServer, User
from tests.governing import EVERYBODY, Clock, Data

from synapse_server.kernel import clock
from synapse_server.users import service as users
from synapse_server.users import store as principals


@pytest.fixture
def moving_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The server's clock, to be put forward."""
    found = Clock()
    monkeypatch.setattr(clock, "time", found)
    return found


@pytest.fixture
def act(server: RunningServer) -> User:
    """A member of the compliance team."""
    user = server.user()
    server.write(lambda tx: principals.add_member(tx, users.ACT, user.id))
    return user


@pytest.fixture
def data(alice: User) -> Data:
    """Shared data without requirements."""
    project = alice.project()["id"]
    alice.share(project, EVERYBODY, "READ", "DOWNLOAD")
    folder = alice.folder(project)["id"]
    return Data(alice, project, folder, alice.file(folder)["id"])
