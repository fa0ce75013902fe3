"""How fast do several large files move, and how much memory does that take?

Ten files of 1 GiB up and down through our client and through the official 4.14.0's best way for
many files, on our embedded server, up once and down twice each; goals: ≤ 0.5 of its time, and at
most 200 MiB of memory. Needs four times their size on the disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from benchmarks import harness
from benchmarks.bulk import Bulk
from benchmarks.workload import Workload

_MOST_MEMORY = 200


def main() -> None:
    """Measure up, then down; what was measured is removed at once, for it fills the disk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--megabytes", type=int, default=1024)
    args = parser.parse_args()
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        ours = Bulk(sys.executable, there / "ours", work, args.files, args.megabytes << 20)
        theirs = Bulk(str(harness.OFFICIAL / "python"), there / "theirs", work, 0, 0)
        theirs.source = ours.source
        os.sync()
        up = harness.alternately(1, ours.upload, theirs.upload)
        print(f"up: {up[0]:.1f} s, official {up[1]:.1f} s")
        harness.verdict("  up: time of ours over official", up[0] / up[1], 0.5)
        shutil.rmtree(ours.source)

        def fetch(client: Bulk) -> float:
            seconds = client.fetch(ours.folder)
            shutil.rmtree(client.home / "down")
            os.sync()  # or the next one waits for what this one has written
            return seconds

        down = harness.alternately(2, lambda: fetch(ours), lambda: fetch(theirs))
        print(f"down: {down[0]:.1f} s, official {down[1]:.1f} s")
        harness.verdict("  down: time of ours over official", down[0] / down[1], 0.5)
        print(f"memory: {ours.peak} MiB, official {theirs.peak} MiB")
        harness.verdict("  most memory in MiB", ours.peak, _MOST_MEMORY)


if __name__ == "__main__":
    main()
