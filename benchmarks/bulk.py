"""How fast do many small files move?

A folder of files up and down through our client and through the official 4.14.0's best way
for many files (``syncToSynapse`` and ``syncFromSynapse``), in turn, on our embedded server, each
client as a program of its own; goal: ≤ 0.2 of its time. Then a run that finds nothing to do;
goal: ≤ 0.05 of its time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks import harness
from benchmarks.transfer import Client
from benchmarks.workload import Workload

_UP = """
import sys
import synapseclient, synapseutils
syn = synapseclient.login(silent=True)
synapseutils.syncToSynapse(syn, sys.argv[1], sendMessages=False)
print("done")
"""
_DOWN = """
import sys
import synapseclient, synapseutils
syn = synapseclient.login(silent=True)
print(len(synapseutils.syncFromSynapse(syn, sys.argv[1], path=sys.argv[2])))
"""


class Bulk(Client):
    """A client that moves folders."""

    def upload(self, source: Path) -> float:
        """Store a folder's files, with new bytes, into a new folder; and keep the manifest."""
        self.folder = self.work.send(
            "POST",
            "/repo/v1/entity",
            {
                "concreteType": "org.sagebionetworks.repo.model.Folder",
                "parentId": self.work.project,
                "name": f"{self.home.name} {os.urandom(6).hex()}",
            },
        )["id"]
        self.manifest = self.home / "up.tsv"
        lines = []
        for path in sorted(source.iterdir()):
            with path.open("r+b") as out:
                out.write(os.urandom(16))
            lines.append(f"{path}\t{self.folder}\n")
        self.manifest.write_text("path\tparent\n" + "".join(lines))
        os.sync()  # or the disk is still busy with this while the server writes
        return self.again()

    def again(self) -> float:
        """Store the same folder once more."""
        return self.run(_UP, str(self.manifest))[0]

    def fetch(self, folder: str) -> float:
        """Get a folder, with an empty cache."""
        shutil.rmtree(self.home / "down", ignore_errors=True)
        shutil.rmtree(self.home / ".synapseCache", ignore_errors=True)
        return self.fetch_again(folder)

    def fetch_again(self, folder: str) -> float:
        """Get what is there already."""
        return self.run(_DOWN, folder, str(self.home / "down"))[0]


def main() -> None:
    """Measure up, down, and both again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--bytes", type=int, default=1 << 20)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    what = f"{args.files} x {args.bytes} bytes"
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        ours = Bulk(sys.executable, there / "ours", work)
        theirs = Bulk(str(harness.OFFICIAL / "python"), there / "theirs", work)
        source = there / "source"
        source.mkdir()
        for number in range(args.files):
            (source / f"file {number:05d}.bin").write_bytes(os.urandom(args.bytes))
        for name, one, two, goal in (
            ("up", lambda: ours.upload(source), lambda: theirs.upload(source), 0.2),
            ("up, nothing new", ours.again, theirs.again, 0.05),
            ("down", lambda: ours.fetch(ours.folder), lambda: theirs.fetch(ours.folder), 0.2),
            (
                "down, nothing new",
                lambda: ours.fetch_again(ours.folder),
                lambda: theirs.fetch_again(ours.folder),
                0.05,
            ),
        ):
            found = harness.alternately(args.rounds, one, two)
            print(f"{what} {name}: {found[0]:.2f} s, official {found[1]:.2f} s")
            harness.verdict(f"  {name}: time of ours over official", found[0] / found[1], goal)


if __name__ == "__main__":
    main()
