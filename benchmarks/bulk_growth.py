"""Does the time of a sync grow with its files, and not faster?

Folders of 10² to 10⁵ tiny files up, down, and both again, through our client on our embedded
server. Goals: a file of the largest folder takes at most 1.5 times what one of a folder of a
thousand takes; the client has at most 200 MiB of memory.
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
        print(f"{'files':>8}{'up':>9}{'again':>9}{'down':>9}{'again':>9}   s;{'MiB':>6}")
        for files in sizes:
            client = Bulk(sys.executable, there / str(files), work, files, 10)
            up, again = client.upload(), client.again()
            down, down_again = client.fetch(client.folder), client.fetch_again(client.folder)
            found[files] = [up, again, down, down_again]
            columns = "".join(f"{seconds:9.2f}" for seconds in found[files])
            print(f"{files:>8}{columns}     {client.peak:>6}", flush=True)
    for name, small, large in zip(
        ("up", "up again", "down", "down again"), found[_BASE], found[sizes[-1]], strict=True
    ):
        ratio = large / sizes[-1] / (small / _BASE)
        harness.verdict(f"{name}: time of a file, largest over {_BASE} files", ratio, 1.5)
    harness.verdict("most memory in MiB", client.peak, 200)


if __name__ == "__main__":
    main()
