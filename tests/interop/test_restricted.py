"""Data with conditions of use: locked by each client, then refused to and read by each."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.governing import EVERYBODY, requirement
from tests.interop.clients import ENVIRONMENTS, call, secret

from synapse_server.users import service as users
from synapse_server.users import store as principals

FLOW = Path(__file__).with_name("flow_restricted.py")


@pytest.mark.interop
def test_each_client_locks_is_refused_and_reads(server: RunningServer, tmp_path: Path) -> None:
    owner, act = server.user(), server.user()
    server.write(lambda tx: principals.add_member(tx, users.ACT, act.id))
    project = owner.project()["id"]
    owner.share(project, EVERYBODY, "READ", "DOWNLOAD")

    def play(version: str, user: object, *words: str) -> str:
        folder = tmp_path / f"{version} {words[0]}"
        folder.mkdir()
        proof = secret(version, user)  # type: ignore[arg-type]
        name = getattr(user, "name", "")
        return call(version, str(FLOW), server.url, name, proof, str(folder), *words, home=tmp_path)

    for version in ENVIRONMENTS:
        folder = owner.folder(project, version)["id"]
        file = play(version, owner, "lock", folder)
        (lock,) = act.get(f"/entity/{file}/accessRequirement")["results"]
        act.delete(f"/accessRequirement/{lock['id']}", 200)
        body = requirement("TermsOfUse", folder, termsOfUse="Cite us.")
        terms = act.post("/accessRequirement", body)["id"]
        reader = server.user()
        assert play(version, reader, "refused", file) == "refused"
        # Personal tokens may not agree to anything: people do, in a session of their own.
        reader.post("/accessApproval", {"requirementId": terms})
        assert play(version, reader, "read", file) == "read"
