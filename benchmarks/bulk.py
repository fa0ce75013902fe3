"""How fast do many files move?

A folder of files up and down through our client and through the official 4.14.0's best way
for many files (``syncToSynapse`` and ``syncFromSynapse``), in turn, on our embedded server, each
client as a program of its own; goal: ≤ 0.2 of its time. Then runs that find nothing to do;
goal: ≤ 0.05 of its time, and at most 2 s for 10,000 files.
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
_COMMAND = """
import sys
from synapseclient.__main__ import main
main(["get", "-r", sys.argv[1], "--downloadLocation", sys.argv[2]])
print("done")
"""
_MOST_CHILDREN = 5_000
"""Files of one folder; a folder of Synapse holds 10,000 at most."""


class Bulk(Client):
    """A client that moves folders of its own files.

    What an earlier round has left is moved aside, not deleted: some file systems are slow to
    create files for minutes after they have deleted many.
    """

    def __init__(self, python: str, home: Path, work: Workload, files: int, size: int) -> None:
        super().__init__(python, home, work)
        self.source = home / "source"
        self._rounds = 0
        for number in range(files):
            path = self.source / f"d{number // _MOST_CHILDREN}" / f"file {number:05d}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                # In pieces: what this process holds counts as memory of the clients it starts.
                for begin in range(0, size, 1 << 20):
                    out.write(os.urandom(min(1 << 20, size - begin)))

    def _folder(self, parent: str, name: str) -> str:
        made = {
            "concreteType": "org.sagebionetworks.repo.model.Folder",
            "parentId": parent,
            "name": name,
        }
        return str(self.work.send("POST", "/repo/v1/entity", made)["id"])

    def upload(self) -> float:
        """Store the files, with new bytes, into a new folder; and keep the manifest."""
        self.folder = self._folder(self.work.project, f"{self.home.name} {os.urandom(6).hex()}")
        self.manifest = self.home / "up.tsv"
        lines = []
        for place in sorted(self.source.iterdir()):
            parent = self._folder(self.folder, place.name)
            for path in sorted(place.iterdir()):
                with path.open("r+b") as out:
                    out.write(os.urandom(8))
                lines.append(f"{path}\t{parent}\n")
        self.manifest.write_text("path\tparent\n" + "".join(lines))
        os.sync()  # or the disk is still busy with this while the server writes
        return self.again()

    def again(self) -> float:
        """Store the same folder once more."""
        return self.run(_UP, str(self.manifest))[0]

    def fetch(self, folder: str) -> float:
        """Get a folder, with an empty cache."""
        self._rounds += 1
        for name in ("down", ".synapseCache"):
            with_number = self.home / f"{name}.{self._rounds}"
            if (self.home / name).exists():
                shutil.move(self.home / name, with_number)
        return self.fetch_again(folder)

    def fetch_by_command(self, folder: str) -> float:
        """Get a folder with ``synapse get -r``, which keeps less of each file than a program gets."""
        return self.run(_COMMAND, folder, str(self.home / "down"))[0]

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
        ours = Bulk(sys.executable, there / "ours", work, args.files, args.bytes)
        python = str(harness.OFFICIAL / "python")
        theirs = Bulk(python, there / "theirs", work, args.files, args.bytes)
        for name, one, two, goal in (
            ("up", ours.upload, theirs.upload, 0.2),
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
