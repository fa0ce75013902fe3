"""How much of the speed of a bare ASGI route is left in our server?

GET entity, POST entity and bundle2, at 1, 8 and 64 connections, all routes registered, on
SQLite with ``synchronous=FULL``; the peer does the same SQL (``bare.py``). Requests per
second of ours over those of the peer, goal ≥ 0.5.
"""

from __future__ import annotations

import argparse
import shutil
from statistics import median

from benchmarks import harness
from benchmarks.harness import Load, Request
from benchmarks.workload import Workload


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    args = parser.parse_args()
    harness.heading("ours/bare")
    with harness.folder() as there:
        data, copy = there / "ours", there / "bare"
        with harness.ours(data) as server:
            work = Workload(server.address, harness.token(data))
            # A folder holds 10,000 children at most, so each round creates in one of its own.
            rows: list[tuple[str, int, list[Request]]] = [
                (name, connections, [make() for _ in range(args.rounds)])
                for name, make in work.requests.items()
                for connections in args.connections
            ]
        shutil.copytree(data, copy)
        with harness.ours(data) as server:
            for name, connections, rounds in rows:
                found = []
                for request in rounds:
                    with harness.bare(copy, request) as peer:
                        ours = server.load(request, connections, args.seconds)
                        found.append((ours, peer.load(request, connections, args.seconds)))
                report(f"{name}, {connections} open", found)


def report(name: str, rounds: list[tuple[Load, Load]]) -> None:
    """One row of the table, and the ratio with its goal."""
    harness.row(name, rounds)
    ratio = median(ours.per_second / peer.per_second for ours, peer in rounds)
    harness.verdict(f"  {name}: requests/s of ours over bare", ratio, 0.5, more_is_better=True)


if __name__ == "__main__":
    main()
