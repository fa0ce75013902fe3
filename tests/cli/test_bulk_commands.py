"""Commands for many files: sync, manifest, get -r, verify; and whoami."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.test_commands import Shell, shell  # noqa: F401  a fixture
from tests.client.test_sync import a_folder, here


@pytest.fixture
def project(shell: Shell) -> str:  # noqa: F811
    return str(shell.user.project()["id"])


def test_a_folder_goes_up_and_comes_down(
    shell: Shell,  # noqa: F811
    project: str,
    tmp_path: Path,
) -> None:
    known = a_folder(tmp_path / "source")
    out = shell.ok("sync", str(tmp_path / "source"), project, "--dryRun")
    assert "We are about to upload 13 files" in out
    assert shell.ok("list", project).startswith("No results")
    assert f"{project} has everything" in shell.ok("sync", str(tmp_path / "source"), project)
    shell.ok("get", "-r", project, "--downloadLocation", str(tmp_path / "target"))
    assert here(tmp_path / "target") == known
    assert "13 files are the same." in shell.ok("verify", str(tmp_path / "target"), project)
    (tmp_path / "target" / "top.bin").write_text("other")
    (tmp_path / "target" / "d1" / "file 1.txt").unlink()
    (tmp_path / "target" / "more").write_text("more")
    code, out, _ = shell.run("verify", str(tmp_path / "target"), project)
    assert code == 1
    assert out.splitlines() == [
        "missing here\td1/file 1.txt",
        "different\ttop.bin",
        "not in Synapse\tmore",
        "11 files are the same.",
    ]


def test_manifests(shell: Shell, project: str, tmp_path: Path) -> None:  # noqa: F811
    a_folder(tmp_path / "source", 3)
    path = tmp_path / "m.tsv"
    shell.ok(
        "manifest", str(tmp_path / "source"), "--parent-id", project, "--manifest-file", str(path)
    )
    lines = path.read_text().splitlines()
    assert lines[0] == "path\tparent"
    assert len(lines) == 5
    assert "Starting upload..." in shell.ok("sync", str(path))
    assert len(shell.user.client(tmp_path / "x").findEntityId("top.bin", parent=project)) > 3


def test_what_cannot_be(shell: Shell, project: str, tmp_path: Path) -> None:  # noqa: F811
    for words, told in (
        (["sync", "no-such"], "There is no file or folder"),
        (["sync", str(tmp_path)], "say where to"),
        (["sync", __file__, project], "a manifest names its parents"),
        (["get", "-r", project, "-v", "1"], "cannot specify a version"),
        (["verify", __file__, project], "is not a folder"),
    ):
        code, _, err = shell.run(*words)
        assert code == 1
        assert told in err
        assert "Traceback" not in err


def test_whoami(shell: Shell) -> None:  # noqa: F811
    assert shell.ok("whoami").startswith(f"{shell.user.name} ({shell.user.id}) on http")
