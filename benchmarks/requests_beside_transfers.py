"""Do transfers slow the API down?

Requests at 8 connections while two uploads and two downloads run without a pause, against the
same requests when it is quiet; goal ≥ 0.6 of the quiet figure. The clients of the transfers
run at low priority (``nice``), as if on other machines; what they take from the processor
that the server needs is then as little as one machine allows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks import harness
from benchmarks.harness import Load, Served
from benchmarks.workload import Workload

_TRANSFER = """
import sys
from synapseclient import File, Synapse
from pathlib import Path
kind, parent, path = sys.argv[1:]
syn = Synapse(silent=True, cache_client=False, cache_root_dir=path + ".cache")
syn.login(silent=True)
print("started", flush=True)
number = 0
while True:
    number += 1
    if kind == "up":
        with open(path, "r+b") as out:  # new bytes each time, or nothing would be sent
            out.write(number.to_bytes(8, "big"))
        syn.store(File(path, parent=parent), forceVersion=True)
    else:
        syn.get(parent, downloadLocation=path + ".down", ifcollision="overwrite.local")
        for each in Path(path + ".down").iterdir():
            each.unlink()
"""


@contextmanager
def transfers(work: Workload, there: Path, megabytes: int) -> Iterator[None]:
    """Two uploads and two downloads, again and again until the block ends."""
    environment = {
        **os.environ,
        "SYNAPSE_ENDPOINT": work.address,
        "SYNAPSE_AUTH_TOKEN": work.token,
        "PYTHONWARNINGS": "ignore",
    }
    sources = []
    for number in range(2):
        source = there / f"source{number}.bin"
        source.write_bytes(os.urandom(1 << 20) * megabytes)
        sources.append(source)
    command = ["nice", "-n", "10", sys.executable, "-c", _TRANSFER]
    stored = subprocess.run(
        [harness.BIN / "synapse", "store", "--parentId", work.project, sources[0]],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    downloaded = next(word for word in stored.stdout.split() if word.startswith("syn"))
    running = []
    for number, source in enumerate(sources):
        for kind, entity in (("up", work.project), ("down", downloaded)):
            path = there / f"{kind}{number}.bin"
            if kind == "up":
                path.write_bytes(source.read_bytes())
            running.append(
                subprocess.Popen(
                    [*command, kind, entity, str(path)],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
    for each in running:
        assert each.stdout is not None
        each.stdout.readline()
    yield
    for each in running:
        if each.poll() is not None:
            raise SystemExit("A transfer ended before its time.")
        each.kill()
        each.communicate()


def main() -> None:
    """Measure quiet, then busy, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--megabytes", type=int, default=256)
    args = parser.parse_args()
    harness.heading("busy/quiet")
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        found: dict[str, list[tuple[Load, Load]]] = {name: [] for name in work.requests}

        def measure(server: Served) -> list[Load]:
            made = [make() for make in work.requests.values()]
            return [server.load(each, args.connections, args.seconds) for each in made]

        for _ in range(args.rounds):
            quiet = measure(server)
            with transfers(work, there, args.megabytes):
                busy = measure(server)
            for name, pair in zip(found, zip(busy, quiet, strict=True), strict=True):
                found[name].append(pair)
    for name, rounds in found.items():
        harness.row(name, rounds)
        ratio = median(busy.per_second / quiet.per_second for busy, quiet in rounds)
        harness.verdict(f"  {name}: requests/s busy over quiet", ratio, 0.6, more_is_better=True)


if __name__ == "__main__":
    main()
