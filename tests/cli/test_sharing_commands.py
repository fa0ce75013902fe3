"""synapse permissions and synapse share."""

from __future__ import annotations

import json

import pytest
from tests.cli.test_commands import Shell, shell  # noqa: F401  a fixture
from tests.conftest import User


@pytest.fixture
def project(shell: Shell) -> str:  # noqa: F811
    return str(shell.user.project()["id"])


def test_who_may_do_what(shell: Shell, project: str, bob: User) -> None:  # noqa: F811
    name = shell.user.get(f"/entity/{project}")["name"]
    raw = shell.user.folder(project, "raw")["id"]
    deep = shell.user.folder(raw, "deep")["id"]
    shell.user.folder(project, "open")
    out = shell.ok("share", raw, bob.name, "--role", "edit")
    assert f"{bob.name}" in out
    assert "Creating an ACL" in shell.run("share", deep, bob.name, "--remove")[2]
    assert bob.get(f"/entity/{raw}")["name"] == "raw"
    bob.get(f"/entity/{deep}", 403)

    lines = [line.split() for line in shell.ok("permissions", "-r", project).splitlines()]
    assert lines[0] == [name, f"({project}),", "project"]
    assert lines[1] == ["who", "id", "may", "kinds", "of", "access"]
    assert lines[2][:3] == [shell.user.name, str(shell.user.id), "administrate"]
    assert any(line[:3] == [bob.name, str(bob.id), "edit"] for line in lines)
    assert lines[-1] == ["1", "entity", "inherit", "from", f"{project}."]

    out = shell.ok("share", deep, "--inherit")
    assert f"deep ({deep}) inherits its sharing settings from {raw}." in out
    assert bob.get(f"/entity/{deep}")["name"] == "deep"

    shell.ok("share", deep, bob.name, "--above", "--access", "read")
    found = json.loads(shell.ok("permissions", deep, "--json"))
    assert [each["id"] for each in found] == [raw, deep]
    assert found[1]["inheritsFrom"] == raw
    assert {each["name"]: each["role"] for each in found[0]["access"]} == {
        shell.user.name: "administrate",
        bob.name: "view",
    }


def test_everybody(shell: Shell, project: str) -> None:  # noqa: F811
    anonymous = shell.user.server.anonymous
    anonymous.get(f"/entity/{project}", 403)
    out = shell.ok("share", project, "public")
    assert "Everybody can see it now" in out
    assert anonymous.get(f"/entity/{project}")["id"] == project
    shell.ok("share", project, "public", "--remove")
    anonymous.get(f"/entity/{project}", 403)
    assert "account" in shell.ok("share", project, "registered")


def test_what_cannot_be_shared(shell: Shell, project: str, bob: User) -> None:  # noqa: F811
    for words, told in (
        (["share", project], "Say who"),
        (["share", project, bob.name, "--inherit"], "nobody in particular"),
        (["share", project, "nobody-of-that-name"], "nobody-of-that-name"),
        (["share", project, "public", "--role", "download"], "READ access only"),
        (["share", project, bob.name, "--access", "FLY"], "FLY"),
        (["share", project, "--inherit"], "project"),
        (["permissions", "syn999999999"], "syn999999999"),
        (["permissions", "x"], "x"),
    ):
        code, _, err = shell.run(*words)
        assert code == 1, words
        assert told in err, (words, err)
        assert "Traceback" not in err
    assert [
        entry["principalId"] for entry in shell.user.get(f"/entity/{project}/acl")["resourceAccess"]
    ] == [shell.user.id]
