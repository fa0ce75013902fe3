"""What does it cost that access comes through a team?

A caller in 200 teams reads a file that lies 40 folders deep, beside 1,000 folders with ACLs that
each name five of these teams; they may read it by one team alone. The same caller reads a file of
their own, in turn. Goal: at least 0.8 times as many requests/s, and a p99 of at most 1.5 times.
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks import harness
from benchmarks.harness import Load, Request
from benchmarks.workload import Workload

_FOLDER = "org.sagebionetworks.repo.model.Folder"
_TEAMS, _ACLS, _DEPTH, _NAMED = 200, 1_000, 40, 5


def deep_file(owner: Workload, teams: list[int]) -> str:
    """A file far below the only ACL that lets one of the teams read it, and many ACLs around."""

    def folder(parent: str, name: str) -> str:
        body = {"concreteType": _FOLDER, "parentId": parent, "name": name}
        id: str = owner.send("POST", "/repo/v1/entity", body)["id"]
        return id

    mine = owner.send("GET", f"/repo/v1/entity/{owner.project}/acl")["resourceAccess"]

    def share(id: str, named: list[int]) -> None:
        entries = [{"principalId": team, "accessType": ["READ"]} for team in named]
        acl = {"resourceAccess": [*mine, *entries]}
        owner.send("POST", f"/repo/v1/entity/{id}/acl", acl)

    for number in range(_ACLS):
        start = number * _NAMED % len(teams)
        share(folder(owner.project, f"shared {number}"), teams[start : start + _NAMED])
    here = folder(owner.project, "top")
    share(here, teams[-1:])
    for number in range(_DEPTH):
        here = folder(here, f"{number}")
    file = {
        "concreteType": "org.sagebionetworks.repo.model.FileEntity",
        "dataFileHandleId": owner.handle,
        "parentId": here,
        "name": "matrix.tsv",
    }
    id: str = owner.send("POST", "/repo/v1/entity", file)["id"]
    return id


def main() -> None:
    """Measure both, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    args = parser.parse_args()
    with harness.folder() as there, harness.ours(there / "data") as server:
        caller = Workload(server.address, harness.token(there / "data"))
        owner = Workload(server.address, harness.token(there / "data", "owner"), "Shared")
        teams = [
            int(caller.send("POST", "/repo/v1/team", {"name": f"Team {number}"})["id"])
            for number in range(_TEAMS)
        ]
        path = f"/repo/v1/entity/{deep_file(owner, teams)}"
        deep = Request("GET", path, headers=caller.headers)
        rounds: list[tuple[Load, Load]] = []
        for _ in range(args.rounds):
            by_team, own = (
                server.load(request, args.connections, args.seconds)
                for request in (deep, caller.get())
            )
            rounds.append((by_team, own))
    harness.heading("through a team / one's own")
    harness.row("GET entity", rounds)
    ratio = statistics.median(team.per_second / own.per_second for team, own in rounds)
    harness.verdict("requests/s through a team over one's own", ratio, 0.8, more_is_better=True)
    ratio = statistics.median(team.p99 / own.p99 for team, own in rounds)
    harness.verdict("p99 through a team over one's own", ratio, 1.5)


if __name__ == "__main__":
    main()
