"""synapse cp, and what get does with folders and links."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest
from tests.cli.test_commands import Shell, shell, store  # noqa: F401  a fixture
from tests.client.test_sync import here

from synapseclient import Link

MANIFEST = "SYNAPSE_METADATA_MANIFEST.tsv"


@pytest.fixture
def project(shell: Shell) -> str:  # noqa: F811
    return str(shell.user.project()["id"])


@pytest.fixture
def folder(shell: Shell, project: str) -> str:  # noqa: F811
    """A folder with a file and a link to a file elsewhere."""
    folder = str(shell.user.folder(project, "inner")["id"])
    store(shell, folder, "low.txt", "low", "--annotations", '{"n": [1]}')
    far = store(shell, project, "far.txt", "far")
    shell.user.client(Path("c")).store(Link(far, parent=folder))
    return folder


def mapping(out: str) -> dict[str, str]:
    """The dictionary in the last line."""
    return dict(ast.literal_eval(out.splitlines()[-1]))


def test_a_folder_is_copied(shell: Shell, folder: str) -> None:  # noqa: F811
    other = str(shell.user.project()["id"])
    out = shell.ok("cp", folder, "--destinationId", other)
    found = mapping(out)
    assert len(found) == 3
    assert [line for line in out.splitlines() if line.startswith("Copied")] == [
        f"Copied {old} to {new}" for old, new in found.items()
    ]
    assert "  low.txt\n" in shell.ok("list", "-r", other)
    code, _, err = shell.run("cp", folder, "--destinationId", other)
    assert code == 1
    assert "has an entity named 'inner' already" in err
    assert "--updateExisting" in err
    assert mapping(shell.ok("cp", folder, "--destinationId", other, "--updateExisting")) == found


def test_options_of_copies(shell: Shell, project: str) -> None:  # noqa: F811
    file = store(shell, project, "a.txt", "one", "--annotations", '{"n": [1]}')
    store(shell, project, "a.txt", "two")
    for words, text, notes, provenance in (
        (["-v", "1"], "one", {"n": [1]}, True),
        (["--version", "2", "--setProvenance", "None"], "two", {}, False),
        (["--skipCopyAnnotations", "--skipCopyWiki", "-v", "1"], "one", {}, True),
        (["--setProvenance", "existing"], "two", {}, False),
    ):
        other = str(shell.user.project()["id"])
        [copy] = mapping(shell.ok("cp", file, "--destinationId", other, *words)).values()
        assert shell.ok("cat", copy) == text
        assert json.loads(shell.ok("get-annotations", "--id", copy)) == notes
        code, out, _ = shell.run("get-provenance", "--id", copy)
        assert (code == 0) == provenance
        assert not provenance or json.loads(out)["name"] == "Copied file"
    other = str(shell.user.project()["id"])
    assert mapping(shell.ok("cp", f"{file}.1", "--destinationId", other))
    out = shell.ok("cp", project, "--destinationId", other, "--excludeTypes", "file", "link")
    assert out.splitlines() == [
        f"{file} not copied",
        f"Copied {project} to {other}",
        str({project: other}),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--excludeTypes", "folder"], "not folder"),
        (["--setProvenance", "all"], "'traceback', 'existing' or None"),
        (["-v", "1"], "no version can be copied"),
    ],
)
def test_copies_that_cannot_be(
    shell: Shell,  # noqa: F811
    folder: str,
    words: list[str],
    told: str,
) -> None:
    other = str(shell.user.project()["id"])
    code, out, err = shell.run("cp", folder, "--destinationId", other, *words)
    assert (code, out) == (1, "")
    assert told in err
    assert "Traceback" not in err
    assert shell.ok("list", other).startswith("No results")


def test_manifests_of_a_folder(shell: Shell, project: str, folder: str) -> None:  # noqa: F811
    for which, places in (
        ([], ["", "inner"]),
        (["--manifest", "all"], ["", "inner"]),
        (["--manifest", "root"], [""]),
        (["--manifest", "suppress"], []),
    ):
        target = Path("-".join(["t", *which]).strip("-"))
        out = shell.ok("get", "-r", project, "--downloadLocation", str(target), *which)
        assert "Traceback" not in out
        assert set(here(target)) == {"far.txt", "inner/low.txt"}
        found = {os.path.relpath(path.parent, target) for path in target.rglob(MANIFEST)}
        assert found == {place or "." for place in places}
    code, _, err = shell.run("get", "-r", project, "--manifest", "some")
    assert code == 2
    assert "invalid choice" in err


def test_links_are_followed_when_asked(shell: Shell, project: str, folder: str) -> None:  # noqa: F811
    shell.ok("get", "-r", folder, "--downloadLocation", "plain")
    assert set(here(Path("plain"))) == {"low.txt"}
    shell.ok("get", "-r", "--followLink", folder, "--downloadLocation", "followed")
    assert set(here(Path("followed"))) == {"low.txt", "far.txt"}
    lines = [line.split("  ", 1) for line in shell.ok("list", folder).splitlines()]
    link = {name.strip(): id for id, name in lines}["far.txt"]
    assert shell.ok("get", link).startswith("WARNING: No files associated with entity")
    out = shell.ok("get", "--followLink", link, "--downloadLocation", "one")
    assert out == f"Downloaded file: far.txt\nCreating {os.getcwd()}/one/far.txt\n"
    # -r of what has nothing in it
    Path("one/far.txt").write_text("mine")
    out = shell.ok("get", "-r", "--followLink", link, "--downloadLocation", "one")
    assert out == f"Downloaded file: far.txt\nCreating {os.getcwd()}/one/far.txt\n"
    assert Path("one/far.txt").read_text() == "far"
    other = str(shell.user.project()["id"])
    here_link = str(shell.user.client(Path("c")).store(Link(folder, parent=other, name="l")).id)
    shell.ok("get", "-r", "--followLink", here_link, "--downloadLocation", "by-link")
    assert set(here(Path("by-link"))) == {"low.txt", "far.txt"}
    code, _, err = shell.run("get", "-r", folder, "--downloadLocation", "one/far.txt")
    assert code == 1
    assert "must be a folder" in err


def test_nothing_to_associate(shell: Shell, project: str) -> None:  # noqa: F811
    Path("empty").mkdir()
    for words in (["no-such"], ["-r", "no-such"], ["-r", "empty"], ["empty"]):
        code, _, err = shell.run("associate", *words)
        assert code == 1
        assert "associate -r" in err
