"""What the benchmarks share: servers to measure, load to put on them, ratios to print."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OFFICIAL = ROOT / ".venv-4.14.0" / "bin"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Request:
    """One request, to be sent again and again. ``{n}`` in the body is a number that never
    comes twice, ``{id}`` in the path one of ``ids``, by chance."""

    method: str
    path: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    ids: tuple[int, int] = (0, 1)
    """The first, and the one behind the last."""


@dataclass
class Load:
    """What a load found; times in milliseconds, ``cpu`` in microseconds of the server's
    process for one request."""

    per_second: float
    p50: float
    p99: float
    cpu: float


@dataclass
class Served:
    """A server in a process of its own."""

    address: str
    process: subprocess.Popen[str]

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the process so far, its children not counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def load(self, request: Request, connections: int, seconds: float) -> Load:
        """Put load on it, from another process.

        Raises:
            SystemExit: An answer was not a success.
        """
        before = self.cpu_seconds
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", self.address, str(connections), str(seconds)],
            input=json.dumps(asdict(request)),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        if ran.returncode:
            raise SystemExit(ran.stderr)
        found = json.loads(ran.stdout)
        cpu = (self.cpu_seconds - before) / found["requests"] * 1e6
        return Load(found["requests"] / found["seconds"], found["p50"], found["p99"], cpu)


@contextmanager
def process(*command: str) -> Iterator[Served]:
    """A server that says where it is ready on its standard output."""
    environment = {**os.environ, "SYNAPSE_SERVER_LOG_LEVEL": "WARNING"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as child:
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if "ready at" in line:
                    break
            else:
                raise SystemExit(f"{' '.join(command)} did not start.")
            yield Served(line.split()[-1], child)
        finally:
            child.terminate()
            child.wait(60)


def ours(data: Path) -> Any:
    """Our server, embedded."""
    return process(str(BIN / "synapse-server"), "serve", "--data", str(data), "--port", "0")


def bare(data: Path, request: Request) -> Any:
    """A bare ASGI application that does the same SQL for this one request."""
    return process(sys.executable, "-m", "benchmarks.bare", str(data), json.dumps(asdict(request)))


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that goes away; in ``$BENCH_DIR`` if that is set."""
    path = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR")))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def token(data: Path, name: str = "measured") -> str:
    """A token of a new user like any other, for a server on this folder."""

    def administer(*command: str) -> str:
        command = (str(BIN / "synapse-server"), *command, "--data", str(data))
        password = secrets.token_urlsafe() + "-7a"
        ran = subprocess.run(command, input=password, stdout=subprocess.PIPE, text=True, check=True)
        return ran.stdout.strip()

    administer("user", "add", name, "--password-stdin")
    return administer("token", "create", name)


def call(address: str, bearer: str, method: str, path: str, body: Any = None) -> Any:
    """One request with its JSON answer."""
    from synapseclient.core.blocking import run
    from synapseclient.core.transport import Transport

    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    answer = run(Transport("benchmarks").send(method, address + path, headers, sent))
    if answer.status_code >= 400:
        raise SystemExit(f"{method} {path}: {answer.status_code} {answer.reason}")
    return answer.json()


def seconds_of(command: list[str], environment: dict[str, str] | None = None) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    taken = time.perf_counter() - started
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}")
    return taken


def alternately(times: int, *what: Any) -> list[float]:
    """Call each of these in turn, so many times; the median of each."""
    found: list[list[float]] = [[] for _ in what]
    for _ in range(times):
        for each, results in zip(what, found, strict=True):
            results.append(each())
    return [statistics.median(results) for results in found]


def heading(what: str) -> None:
    """The line above ``row``."""
    print(f"{what:<26}{'requests/s':>15}{'p50 ms':>13}{'p99 ms':>13}{'CPU µs':>13}")


def row(name: str, rounds: list[tuple[Load, Load]]) -> None:
    """The medians of two loads that were measured in turn."""
    columns = []
    for figure, digits in (("per_second", 0), ("p50", 2), ("p99", 1), ("cpu", 0)):
        both = [statistics.median(getattr(pair[i], figure) for pair in rounds) for i in (0, 1)]
        columns.append("/".join(f"{each:.{digits}f}" for each in both))
    print(f"{name:<26}{columns[0]:>15}" + "".join(f"{column:>13}" for column in columns[1:]))


def verdict(name: str, ratio: float, goal: float, *, more_is_better: bool = False) -> bool:
    """Print a ratio beside its goal."""
    met = ratio >= goal if more_is_better else ratio <= goal
    sign = "≥" if more_is_better else "≤"
    print(
        f"{name:<58}{ratio:7.3f}   goal {sign} {goal:<5} {'met' if met else 'MISSED'}", flush=True
    )
    return met
