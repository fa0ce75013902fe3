"""The client as a cluster has it: installed for all, loaded as a module, run by Slurm."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cluster import slurm as cluster
from tests.cluster.relay import Relay
from tests.conftest import RunningServer, User
from tests.services import free_port

from synapse_server.demo import load
from synapse_server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "deploy" / "hpc" / "jobs"
SECOND = "4.99.0"
"""Another version that is installed; it is made from the same sources."""
_INIT = {
    "environment-modules": ["/usr/share/modules/init/bash"],
    "lmod": [str(ROOT / ".cluster/lmod/lmod/init/bash"), "/usr/share/lmod/lmod/init/bash"],
}


def absent(what: str) -> None:
    """Skip, or fail where it must be there."""
    text = f"{what}: scripts/debian_packages.sh installs what is missing"
    if os.environ.get("SYNAPSE_REQUIRE_PACKAGES"):
        pytest.fail(text)
    pytest.skip(text)


@dataclass
class Installed:
    """What ``make install-hpc`` made."""

    prefix: Path
    python: str

    @property
    def modules(self) -> Path:
        """What users give to ``module use``."""
        return self.prefix / "modulefiles"

    @property
    def version(self) -> str:
        """The first version, which is the default."""
        (found,) = {path.name for path in self.prefix.iterdir()} - {SECOND, "modulefiles"}
        return found

    @property
    def home(self) -> Path:
        """Where it is."""
        return self.prefix / self.version

    def make(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Call it again, as an administrator whose own files nobody may read."""
        command = ["make", "install-hpc", f"PREFIX={self.prefix}", f"PYTHON={self.python}", *words]
        return subprocess.run(
            command,
            cwd=ROOT,
            umask=0o077,
            env={**os.environ, "PYTHONPATH": "", **more},
            capture_output=True,
            text=True,
            check=False,
        )


def _python() -> str:
    """A Python that other users can run, too, where there is one."""
    check = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for python in ("/usr/bin/python3", sys.executable):
        if Path(python).exists() and not subprocess.run([python, "-c", check]).returncode:
            return python
    raise AssertionError("no Python with ensurepip")


@pytest.fixture(scope="session")
def installed() -> Iterator[Installed]:
    """Two versions, installed for all users."""
    prefix = Path(tempfile.mkdtemp(prefix="hpc-"))  # pytest's own folders are closed to others
    prefix.chmod(0o755)
    found = Installed(prefix, _python())
    for words in ((), (f"VERSION={SECOND}",)):
        done = found.make(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    yield found
    shutil.rmtree(prefix)


@dataclass
class Site:
    """A server with the demonstration data, seen through what counts downloads."""

    server: RunningServer
    relay: Relay


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of one host."""
    settings = Settings(data=str(tmp_path_factory.mktemp("site")), blob_port=free_port())
    asyncio.run(load(settings))
    relay = Relay(settings.blob_port)
    server = RunningServer(
        Settings(data=settings.data, blob_port=settings.blob_port, public_blob_url=relay.url)
    )
    yield Site(server, relay)
    relay.stop()
    server.stop()


@dataclass
class Account:
    """A user of the cluster: a home folder, a token in it, and who they are in Synapse."""

    user: User
    home: Path
    environment: dict[str, str]


@pytest.fixture
def account(site: Site, installed: Installed, tmp_path: Path) -> Account:
    """A user whose login shell knows where the site keeps its modules."""
    user = site.server.user()
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bash_profile").write_text(f"module use {installed.modules}\n")
    token = home / ".synapse-token"
    token.touch(0o600)
    token.write_text(f"{user.token}\n")
    environment = {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "SYNAPSE_ENDPOINT": site.server.url,
    }
    return Account(user, home, environment)


@pytest.fixture(params=list(_INIT))
def modules(request: pytest.FixtureRequest) -> str:
    """What a shell reads to have the command ``module``, of one system or the other."""
    for path in _INIT[request.param]:
        if Path(path).exists():
            installed: Installed = request.getfixturevalue("installed")
            return f". {path}; module use {installed.modules}"
    absent(f"{request.param} is not installed")
    raise AssertionError


@pytest.fixture(scope="session")
def slurm() -> Iterator[dict[str, str]]:
    """A Slurm cluster; the variables that its commands need."""
    if missing := cluster.missing():
        absent(f"Slurm is not installed ({', '.join(missing)})")
    with cluster.slurm() as variables:
        yield variables
