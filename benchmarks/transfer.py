"""How fast do the bytes of a large file move?

One file up and down through our client and through the official 4.14.0, in turn, on our
embedded server, each client as a program of its own; goal: ≤ 0.5 of its time. The download
also against ``curl`` with as many ranges at once, without a check of the MD5; goal: ≤ 1.3 of
its time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import harness
from benchmarks.workload import Workload

_UP = """
import sys
import synapseclient
syn = synapseclient.login(silent=True)
print(syn.store(synapseclient.File(sys.argv[1], parent=sys.argv[2])).id)
"""
_DOWN = """
import sys
import synapseclient
syn = synapseclient.login(silent=True)
print(syn.get(sys.argv[1], downloadLocation=sys.argv[2]).path)
"""
_PEAK = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""
_RANGES = 8


class Client:
    """One client, with a home of its own."""

    def __init__(self, python: str, home: Path, work: Workload) -> None:
        self.python = python
        self.home = home
        self.work = work
        self.peak = 0
        """The most memory in MiB that one of its programs has had."""
        home.mkdir()
        (home / ".synapseConfig").write_text(
            "[endpoints]\n"
            f"repoEndpoint = {work.address}/repo/v1\n"
            f"authEndpoint = {work.address}/auth/v1\n"
            f"fileHandleEndpoint = {work.address}/file/v1\n"
            f"portalEndpoint = {work.address}\n"
            f"[authentication]\nauthtoken = {work.token}\n"
        )

    def run(self, program: str, *arguments: str) -> tuple[float, str]:
        """Seconds, and what it printed last."""
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        if self.python == sys.executable:  # the client of this checkout, if there are many
            environment["PYTHONPATH"] = str(harness.ROOT / "src")
        started = time.perf_counter()
        ran = subprocess.run(
            [self.python, "-W", "ignore", "-c", program + _PEAK, *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
        )
        taken = time.perf_counter() - started
        if ran.returncode:
            raise SystemExit(ran.stderr)
        self.peak = max(self.peak, int(ran.stderr.split()[-1]))
        return taken, ran.stdout.split()[-1]

    def upload(self, source: Path) -> float:
        """Store new bytes under a new name."""
        path = self.home / f"{time.time_ns()}.bin"
        shutil.copyfile(source, path)
        with path.open("r+b") as out:
            out.write(os.urandom(64))
        os.sync()  # or the disk is still busy with this copy while the server writes
        taken, self.stored = self.run(_UP, str(path), self.work.project)
        path.unlink()
        return taken

    def download(self, entity: str) -> float:
        """Get it, with an empty cache."""
        folder = self.home / "down"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(self.home / ".synapseCache", ignore_errors=True)
        return self.run(_DOWN, entity, str(folder))[0]


def with_curl(work: Workload, entity: str, size: int, folder: Path) -> float:
    """Download the same bytes in ranges, each by a curl of its own, into one file."""
    handle = work.send("GET", f"/repo/v1/entity/{entity}/filehandles")["list"][0]
    association = {
        "fileHandleId": handle["id"],
        "associateObjectId": entity,
        "associateObjectType": "FileEntity",
    }
    batch = {"includePreSignedURLs": True, "requestedFiles": [association]}
    found = work.send("POST", "/file/v1/fileHandle/batch", batch)
    url = found["requestedFiles"][0]["preSignedURL"]
    path = folder / "curl.bin"
    step = -(-size // _RANGES)
    started = time.perf_counter()
    with path.open("wb") as out:
        out.truncate(size)
    running = [
        subprocess.Popen(
            f"curl -sf -r {at}-{min(at + step, size) - 1} '{url}' |"
            f" dd of='{path}' bs=1M seek={at} oflag=seek_bytes conv=notrunc iflag=fullblock"
            " status=none",
            shell=True,
        )
        for at in range(0, size, step)
    ]
    if any(each.wait() for each in running):
        raise SystemExit("curl failed")
    taken = time.perf_counter() - started
    assert path.stat().st_size == size
    path.unlink()
    return taken


def main() -> None:
    """Measure up, then down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    size = args.megabytes << 20
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        ours = Client(sys.executable, there / "ours", work)
        theirs = Client(str(harness.OFFICIAL / "python"), there / "theirs", work)
        source = there / "source.bin"
        with source.open("wb") as out:
            for _ in range(args.megabytes):
                out.write(os.urandom(1 << 20))
        up = harness.alternately(
            args.rounds, lambda: ours.upload(source), lambda: theirs.upload(source)
        )
        print(f"up: {up[0]:.2f} s, official {up[1]:.2f} s")
        harness.verdict("  up: time of ours over official", up[0] / up[1], 0.5)
        source.unlink()
        with_curl(work, ours.stored, size, there)  # what was just uploaded is read from the disk
        down = harness.alternately(
            args.rounds,
            lambda: ours.download(ours.stored),
            lambda: theirs.download(ours.stored),
            lambda: with_curl(work, ours.stored, size, there),
        )
        print(f"down: {down[0]:.2f} s, official {down[1]:.2f} s, curl {down[2]:.2f} s")
        harness.verdict("  down: time of ours over official", down[0] / down[1], 0.5)
        harness.verdict("  down: time of ours over curl", down[0] / down[2], 1.3)


if __name__ == "__main__":
    main()
