"""Our server as a process of its own, to be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from synapseclient.client import Synapse
from tests.services import free_port

PASSWORD = "correct-Horse-7"
USER = "ada"
_MEASURED = "COVERAGE_PROCESS_CONFIG"
"""What makes coverage look at a process, and it slower. Who is killed has nothing to tell it."""


class ServerProcess:
    """A server process, always on the same ports and data."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.blob_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.environment: dict[str, str] = {}
        """What it finds in its environment beside what is in ours."""
        self.process: subprocess.Popen[str]

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "synapse_server", *arguments, "--data", str(self.data)]

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name != _MEASURED},
            "SYNAPSE_SERVER_LOG_LEVEL": "ERROR",
            "SYNAPSE_SERVER_BLOB_PORT": str(self.blob_port),
            **{f"SYNAPSE_SERVER_{name.upper()}": value for name, value in self.settings.items()},
            **self.environment,
        }

    def add_user(self) -> None:
        """Add the user of these tests."""
        command = self._command("user", "add", USER, "--password-stdin")
        subprocess.run(
            command,
            input=PASSWORD + "\n",
            text=True,
            check=True,
            capture_output=True,
            env=self._environment(),
        )

    def start(self) -> None:
        """Start, and wait until it is ready."""
        for _ in range(50):  # the data plane of the killed one may still hold its port
            self.process = subprocess.Popen(
                self._command("serve", "--port", str(self.port)),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=self._environment(),
            )
            assert self.process.stdout is not None
            for line in self.process.stdout:
                if "ready at" in line:
                    return
            self.process.wait()
            self.process.stdout.close()
            time.sleep(0.2)
        raise AssertionError("the server does not start again")

    def kill(self) -> None:
        """As hard as it gets."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def client(self, home: Path, url: str | None = None) -> Synapse:
        """Our client, logged in, with a cache in this folder; by another address if given."""
        url = url or self.url
        syn = Synapse(
            repoEndpoint=url + "/repo/v1",
            authEndpoint=url + "/auth/v1",
            fileHandleEndpoint=url + "/file/v1",
            portalEndpoint=url,
            cache_root_dir=str(home / "cache"),
            configPath=str(home / "none"),
            silent=True,
            cache_client=False,
        )
        syn.login(USER, PASSWORD, silent=True)
        return syn
