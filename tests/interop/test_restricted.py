"""Data with conditions of use: locked by each client, then refused to and read by each."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer, User
from tests.governing import EVERYBODY, requirement
from tests.interop.clients import ENVIRONMENTS, play

from synapse_server.users import service as users
from synapse_server.users import store as principals


@pytest.mark.interop
def test_each_client_locks_is_refused_and_reads(server: RunningServer, tmp_path: Path) -> None:
    owner, act = server.user(), server.user()
    server.write(lambda tx: principals.add_member(tx, users.ACT, act.id))
    project = owner.project()["id"]
    owner.share(project, EVERYBODY, "READ", "DOWNLOAD")

    def does(user: User, version: str, what: str, id: str) -> str:
        folder = f"{version} {what}"  # another each time, so that nothing is in the cache yet
        return play(user, version, "flow_restricted", tmp_path, what, id, folder=folder)

    for version in ENVIRONMENTS:
        folder = owner.folder(project, version)["id"]
        file = does(owner, version, "lock", folder)
        (lock,) = act.get(f"/entity/{file}/accessRequirement")["results"]
        act.delete(f"/accessRequirement/{lock['id']}", 200)
        body = requirement("TermsOfUse", folder, termsOfUse="Cite us.")
        terms = act.post("/accessRequirement", body)["id"]
        reader = server.user()
        assert does(reader, version, "refused", file) == "refused"
        # Personal tokens may not agree to anything: people do, in a session of their own.
        reader.post("/accessApproval", {"requirementId": terms})
        assert does(reader, version, "read", file) == "read"
