"""Does the time of a sync grow with its files, and not faster?

Folders of 10² to 10⁵ tiny files up, down, and both again, through our client on our embedded
server, and down with ``synapse get -r``. Goals: a file of the largest folder takes at most 1.5 times
what one of a folder of a thousand takes; the client has at most 200 MiB of memory. A program that
brings a folder is given an entity for each file, with all that Synapse knows of it; the command
keeps none.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import harness
from benchmarks.bulk import Bulk
from benchmarks.workload import Workload

_BASE = 1_000


def main() -> None:
    """Measure each size, and compare the largest with a thousand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    args = parser.parse_args()
    sizes = [10**power for power in range(2, 7) if 10**power <= args.most]
    found: dict[int, list[float]] = {}
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        names = ("up", "again", "down", "again", "command")
        print(f"{'files':>8}{''.join(f'{name:>9}' for name in names)}   s;  MiB up, down, command")
        for files in sizes:
            upper = Bulk(sys.executable, there / f"{files} up", work, files, 10)
            program, command = (
                Bulk(sys.executable, there / f"{files} {name}", work, 0, 0)
                for name in ("down", "by command")
            )
            found[files] = [
                upper.upload(),
                upper.again(),
                program.fetch(upper.folder),
                program.fetch_again(upper.folder),
                command.fetch_by_command(upper.folder),
            ]
            columns = "".join(f"{seconds:9.2f}" for seconds in found[files])
            peaks = [each.peak for each in (upper, program, command)]
            print(f"{files:>8}{columns}     {peaks}", flush=True)
    names = ("up", "up again", "down", "down again", "down by command")
    for name, small, large in zip(names, found[_BASE], found[sizes[-1]], strict=True):
        ratio = large / sizes[-1] / (small / _BASE)
        harness.verdict(f"{name}: time of a file, largest over {_BASE} files", ratio, 1.5)
    for name, peak in zip(("up", "down", "down by command"), peaks, strict=True):
        harness.verdict(f"{name}: most memory in MiB", peak, 200)


if __name__ == "__main__":
    main()
