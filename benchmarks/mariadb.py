"""A MariaDB server of one's own, to measure against: in an empty folder, on a socket in it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_NEEDED = ("mariadbd", "mariadb-install-db", "mariadb")
_MEMORY = "1G"
"""Of the pages that it keeps: as much as our index may have."""
_END = "the end of the answer"
_PATIENCE = 60.0


class Database:
    """A session."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        self._in: IO[str] = program.stdin
        self._out: IO[str] = program.stdout

    def ask(self, *statements: str) -> float:
        """Seconds until the last line of the last answer is here.

        Raises:
            SystemExit: A statement cannot be run; the program has said why.
        """
        started = time.perf_counter()
        for statement in (*statements, f"SELECT '{_END}'"):
            self._in.write(statement + ";\n")
        self._in.flush()
        for line in self._out:
            if line.rstrip("\n") == _END:
                return time.perf_counter() - started
        raise SystemExit("MariaDB has refused a statement.")


@contextmanager
def database(folder: Path) -> Iterator[Database | None]:
    """A session on a new server with an empty database; None, and a word about it, if MariaDB is
    not installed."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        print(f"MariaDB is NOT measured against: {', '.join(missing)} are not installed.")
        print("  On Debian, apt-get install mariadb-server.")
        yield None
        return
    folder.mkdir()
    data, socket = folder / "data", folder / "socket"
    own = ["--no-defaults", f"--datadir={data}"]
    made = ["mariadb-install-db", *own, "--auth-root-authentication-method=normal"]
    subprocess.run([*made, "--user=root", "--skip-test-db"], check=True, capture_output=True)
    server = [
        "mariadbd",
        *own,
        "--user=root",
        f"--socket={socket}",
        "--skip-networking",
        "--skip-grant-tables",
        "--local-infile=1",
        f"--innodb-buffer-pool-size={_MEMORY}",
        "--character-set-server=utf8mb4",
        f"--log-error={folder / 'errors'}",
    ]
    asks = ["mariadb", "--no-defaults", f"--socket={socket}", "--unbuffered", "--quick"]
    asks += ["--batch", "--skip-column-names", "--local-infile=1", "--user=root"]
    with subprocess.Popen(server, stderr=subprocess.DEVNULL) as running:
        try:
            _wait(running, [*asks, "--execute=CREATE DATABASE measured"])
            with subprocess.Popen(
                [*asks, "measured"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as program:
                yield Database(program)
        finally:
            running.terminate()


def _wait(running: subprocess.Popen[bytes], first: list[str]) -> None:
    until = time.monotonic() + _PATIENCE
    while subprocess.run(first, capture_output=True).returncode:
        if running.poll() is not None or time.monotonic() > until:
            raise SystemExit("MariaDB did not start.")
        time.sleep(0.1)
