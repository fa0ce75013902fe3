"""The clients: the official ones, each in an environment of its own, and ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PASSWORD, RunningServer, User

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = {
    "3.0.0": ROOT / ".venv-3.0.0",
    "4.14.0": ROOT / ".venv-4.14.0",
    "ours": Path(sys.prefix),
}


def python(version: str) -> str:
    """The interpreter of a client."""
    path = ENVIRONMENTS[version] / "bin" / "python"
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: make install-official")
        pytest.skip("the official clients are not installed: make install-official")
    return str(path)


def call(version: str, *arguments: str, home: Path) -> str:
    """Run a program with a client; the last line that it prints."""
    environment = {**os.environ, "HOME": str(home), "PYTHONWARNINGS": "ignore"}
    environment.pop("SYNAPSE_ENDPOINT", None)
    if version != "ours":
        environment.pop("PYTHONPATH", None)  # it may name our own packages
    done = subprocess.run(
        [python(version), *arguments], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


def script(name: str) -> str:
    """A program beside this one."""
    return str(Path(__file__).with_name(f"{name}.py"))


def place(server: RunningServer, version: str, flow: str) -> str:
    """The name of a flow's folder, after which it calls what it stores: nothing else has it."""
    kind = "scaled" if server.settings.database else "embedded"
    return f"{flow} {version} {kind}"


def play(
    user: User, version: str, flow: str, home: Path, *words: str, folder: str | None = None
) -> str:
    """Play a flow as a user, in a folder of its own or this one; the last line that it prints."""
    path = home / (folder or place(user.server, version, flow))
    path.mkdir(exist_ok=True)
    told = (user.server.url, user.name, secret(version, user), str(path), *words)
    return call(version, script(flow), *told, home=home)


def secret(version: str, user: User) -> str:
    """What a client logs in with."""
    if version == "3.0.0":
        return PASSWORD
    body = {"scope": ["view", "download", "modify"], "name": f"for {version} {os.urandom(4).hex()}"}
    token: str = user.post("/auth/v1/personalAccessToken", body, 200)["token"]
    return token
