"""How fast do many files move, against tools that only copy bytes?

A folder up and down through our client, with a server whose bytes are in SeaweedFS (S3), and
through ``rclone`` and ``s5cmd`` to and from the same SeaweedFS, in turn; goal: ≤ 1.5 of their
time. The store limits uploads itself, so the processor seconds of each client are shown, too.
Ours keeps names, MD5s, versions and access besides; theirs is the floor.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlsplit

from tests.services import seaweedfs

from benchmarks import harness
from benchmarks.bulk import Bulk
from benchmarks.workload import Workload

_AT_ONCE = 16


class Tool:
    """A program that copies a folder to and from a bucket."""

    def __init__(self, name: str, home: Path, source: Path, url: str) -> None:
        self.name = name
        self.home = home
        self.source = source
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.endpoint = query["endpoint"]
        self.bucket = parts.netloc
        self.round = 0
        home.mkdir()
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": query.get("secret_key") or os.environ["AWS_SECRET_ACCESS_KEY"],
            "AWS_REGION": "us-east-1",
            "RCLONE_CONFIG": "/dev/null",
        }

    def _copy(self, source: str, target: str) -> float:
        if self.name == "rclone":
            remote = f":s3,provider=SeaweedFS,env_auth=true,endpoint='{self.endpoint}':"
            source, target = (
                remote + each[5:] if each.startswith("s3://") else each for each in (source, target)
            )
            command = ["rclone", "copy", "--transfers", str(_AT_ONCE), source, target]
        else:
            copied = source + "*" if source.startswith("s3://") else source + "/"
            command = ["s5cmd", "--endpoint-url", self.endpoint, "--numworkers", str(_AT_ONCE)]
            command += ["cp", copied, target]
        command[0] = str(harness.BIN / command[0])
        started = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        taken = time.perf_counter() - started
        if ran.returncode:
            raise SystemExit(f"{command}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
        return taken

    def upload(self) -> float:
        """Copy the folder to a new prefix."""
        self.round += 1
        return self._copy(str(self.source), f"s3://{self.bucket}/{self.name}{self.round}/")

    def fetch(self) -> float:
        """Copy the prefix to a new folder."""
        target = self.home / f"down {time.time_ns()}"
        target.mkdir()
        return self._copy(f"s3://{self.bucket}/{self.name}{self.round}/", f"{target}/")


def measured(work: Callable[[], float]) -> tuple[float, float]:
    """Wall and processor seconds of a client that ran as a child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return taken, cpu


def main() -> None:
    """Measure up, then down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--bytes", type=int, default=1 << 20)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ["SYNAPSE_SERVER_UPLOAD_URL_SECONDS"] = "3600"
    with seaweedfs("bench") as url, harness.folder() as there:
        os.environ["SYNAPSE_SERVER_BLOBS"] = url
        with harness.ours(there / "data") as server:
            work = Workload(server.address, harness.token(there / "data"))
            ours = Bulk(sys.executable, there / "ours", work, args.files, args.bytes)
            tools = [
                Tool(name, there / name, ours.source, url)
                for name in ("rclone", "s5cmd")
                if shutil.which(str(harness.BIN / name))
            ]
            for verb in ("upload", "fetch"):
                report(verb, args.rounds, ours, tools, f"{args.files} x {args.bytes} bytes")


def report(verb: str, rounds: int, ours: Bulk, tools: list[Tool], what: str) -> None:
    """Time all in turn, and print the medians."""
    works: list[tuple[str, Callable[[], float]]] = [
        ("ours", ours.upload if verb == "upload" else lambda: ours.fetch(ours.folder)),
        *((tool.name, getattr(tool, verb)) for tool in tools),
    ]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name, _ in works}
    for _ in range(rounds):
        for name, work in works:
            found[name].append(measured(work))
    wall = {name: median(each[0] for each in times) for name, times in found.items()}
    for name, times in found.items():
        cpu = median(each[1] for each in times)
        print(f"{what} {verb}, {name}: {wall[name]:.2f} s, {cpu:.2f} s of processor")
    for tool in tools:
        ratio = wall["ours"] / wall[tool.name]
        harness.verdict(f"  {verb}: time of ours over {tool.name}", ratio, 1.5)


if __name__ == "__main__":
    main()
