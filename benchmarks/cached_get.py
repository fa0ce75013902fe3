"""What does ``synapse get`` of a file cost that is here already?

Ours against the official 4.14.0, in turn: the time, and how often each opens a file and asks
about one. Jobs that run again do little else, and on a cluster's shared file system each of these
calls is a round trip. Goals: ≤ 0.25 of the time, ≤ 0.2 of the calls.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import harness
from benchmarks.transfer import Client
from benchmarks.workload import Workload

_CALLS = {
    "files opened": ("open", "openat"),
    "files asked about": ("stat", "lstat", "newfstatat", "fstatat64", "statx"),
}
"""System calls by what they are for; a question mark passes over those that a machine has not."""


class Getter(Client):
    """A client whose folder has the file."""

    def command(self, entity: str) -> list[str]:
        """``synapse get`` of a file into the folder where it is run."""
        return [str(Path(self.python).parent / "synapse"), "get", entity]

    def get(self, entity: str, *before: str) -> float:
        """Seconds until it is done."""
        # With a language, as people have one: libraries look for translations.
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"}
        command = ["env", "-C", str(self.home), *before, *self.command(entity)]
        return harness.seconds_of(command, environment)

    def calls(self, entity: str) -> dict[str, int]:
        """How many system calls it makes."""
        table = self.home / "calls"
        names = ",".join("?" + name for group in _CALLS.values() for name in group)
        self.get(entity, "strace", "-f", "-c", "-o", str(table), "-e", f"trace={names}")
        counts: dict[str, int] = {}
        for line in table.read_text().splitlines():
            words = line.split()  # % time, seconds, usecs/call, calls, perhaps errors, name
            if len(words) >= 5 and words[3].isdecimal():
                counts[words[-1]] = int(words[3])
        return {what: sum(counts.get(name, 0) for name in group) for what, group in _CALLS.items()}


def can_count() -> bool:
    """Whether strace is there, and may look at a process."""
    return bool(shutil.which("strace")) and not (
        subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode
    )


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    theirs = harness.OFFICIAL / "python"
    if not theirs.exists():
        raise SystemExit("The official client is not installed; run: make install-official")
    with harness.folder() as folder:
        token = harness.token(folder / "data")
        with harness.ours(folder / "data") as served:
            work = Workload(served.address, token)
            both = [
                Getter(sys.executable, folder / "ours", work),
                Getter(str(theirs), folder / "theirs", work),
            ]
            source = folder / "source.bin"
            source.write_bytes(os.urandom(1_000_000))
            both[0].upload(source)
            entity = both[0].stored
            for each in both:
                each.get(entity)
            one, two = harness.alternately(
                args.rounds, *(lambda each=each: each.get(entity) for each in both)
            )
            print(f"synapse get of a file that is here: {one:.2f} s, official {two:.2f} s")
            harness.verdict("  time of ours over official", one / two, 0.25)
            if not can_count():
                print("  strace is not installed, or may not be used: calls were not counted")
                return
            counts = [each.calls(entity) for each in both]
            for what in _CALLS:
                first, second = (count[what] for count in counts)
                print(f"{what}: {first}, official {second}")
                harness.verdict(f"  {what}: ours over official", first / second, 0.2)


if __name__ == "__main__":
    main()
