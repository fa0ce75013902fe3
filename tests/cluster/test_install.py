"""``make install-hpc``: for everybody, beside other versions, and never under a running one."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from tests.cluster.conftest import SECOND, Installed

pytestmark = pytest.mark.xdist_group("cluster")  # they share an installation


def everything(folder: Path) -> dict[str, tuple[int, int, int]]:
    """All paths below, with what a change would change."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_ino, status.st_mtime_ns)
    return found


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """As a user who owns nothing of it, where that can be."""
    return subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables},
        user="nobody" if os.geteuid() == 0 else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_everybody_can_use_it_and_nobody_changes_it(installed: Installed) -> None:
    before = everything(installed.prefix)
    for path, (mode, _, _) in before.items():
        needed = 0o555 if stat.S_ISDIR(mode) else 0o444
        assert stat.S_ISLNK(mode) or mode & needed == needed, path
        assert stat.S_ISLNK(mode) or not mode & 0o022, path
    for version in (installed.version, SECOND):
        command = installed.prefix / version / "bin" / "synapse"
        done = run(command, "--version")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Synapse Client ")
    code = "import synapseclient, synapseutils; synapseclient.File; print(synapseclient.__file__)"
    done = run(installed.home / "bin" / "python", "-c", code)
    assert done.stdout.startswith(f"{installed.home}/lib/"), done.stderr
    assert everything(installed.prefix) == before


def test_only_what_a_start_needs_is_there(installed: Installed) -> None:
    names = {path.name for path in (installed.home / "bin").iterdir()}
    assert {name for name in names if not name.startswith("python")} == {"synapse"}
    linked = {os.readlink(installed.home / "bin" / name) for name in names - {"synapse"}}
    (python,) = {link for link in linked if os.path.isabs(link)}
    assert python == os.path.realpath(python)
    (packages,) = installed.home.glob("lib/python*/site-packages")
    assert list(packages.glob("*.pth")) == []
    assert not (packages / "pip").exists()
    compiled = {path.name.partition(".")[0] for path in packages.rglob("synapseclient/**/*.pyc")}
    assert {path.stem for path in packages.rglob("synapseclient/**/*.py")} == compiled


def test_the_command_does_not_see_what_a_user_has(installed: Installed, tmp_path: Path) -> None:
    tmp_path.joinpath("synapseclient.py").write_text("raise SystemExit('the wrong one')")
    command = installed.home / "bin" / "synapse"
    done = subprocess.run(
        [command, "--version"], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.stdout.startswith("Synapse Client "), done.stderr


def test_again_changes_nothing(installed: Installed) -> None:
    before = everything(installed.home)
    done = installed.make()
    assert done.returncode == 0, done.stderr
    assert f"synapseclient {installed.version} is in {installed.home} already" in done.stdout
    assert f"The default is {installed.version}" in done.stdout
    assert everything(installed.home) == before


def test_a_version_that_is_there_stays_as_it_is(installed: Installed) -> None:
    before = everything(installed.prefix)
    done = installed.make("EXTRAS=pandas")
    assert done.returncode != 0
    assert f"Install beside it with VERSION={installed.version}-2" in done.stderr
    assert everything(installed.prefix) == before


def test_what_cannot_be_installed_leaves_nothing(installed: Installed) -> None:
    before = everything(installed.prefix)
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    done = installed.make("VERSION=5.0", **offline)
    assert done.returncode != 0
    assert "This failed; nothing was installed" in done.stderr
    assert everything(installed.prefix).keys() == before.keys()
    for words, message in (
        (("VERSION=5.0+x",), "a version begins with a digit"),
        (("VERSION=5.0", "SETENV=A=$$B"), "A has a letter"),
        (("PREFIX=/a b",), "PREFIX has a letter"),
        (("PREFIX=",), "Say where: make install-hpc PREFIX="),
    ):
        done = installed.make(*words)
        assert done.returncode != 0
        assert message in done.stderr


def test_the_default_and_what_a_site_sets(installed: Installed) -> None:
    chosen = installed.modules / "synapseclient" / ".version"
    setting = "SETENV=SYNAPSE_ENDPOINT=https://synapse.example.org A=b"
    try:
        done = installed.make(f"VERSION={SECOND}", "DEFAULT=yes", setting)
        assert f"The default is {SECOND}" in done.stdout, done.stderr
        assert f'set ModulesVersion "{SECOND}"' in chosen.read_text()
        tcl, lua = (
            (installed.modules / "synapseclient" / f"{SECOND}{suffix}").read_text()
            for suffix in ("", ".lua")
        )
        assert "setenv SYNAPSE_ENDPOINT {https://synapse.example.org}\nsetenv A {b}\n" in tcl
        assert 'setenv("SYNAPSE_ENDPOINT", "https://synapse.example.org")\n' in lua
    finally:
        for words in (("DEFAULT=yes",), (f"VERSION={SECOND}",)):
            done = installed.make(*words)
            assert f"The default is {installed.version}" in done.stdout, done.stderr
