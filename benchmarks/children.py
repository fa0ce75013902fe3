"""What does it cost to list children that are shared apart?

A folder of many children, every second one with an ACL of its own: half of those name one of the
caller's 200 teams, the others do not name the caller at all. A page in its middle is listed, against
a page of a folder as large whose children all inherit; goal: at least 0.5 times as many requests/s.
The same for folders of a tenth of the children; goal: p99 of the large one at most 1.5 times.
"""

from __future__ import annotations

import argparse
import json
import statistics

from benchmarks import harness
from benchmarks.harness import Load, Request
from benchmarks.workload import Workload

_FOLDER = "org.sagebionetworks.repo.model.Folder"
_TEAMS, _PAGE = 200, 50


class Shelf:
    """A folder with so many children, shared apart or not."""

    def __init__(self, owner: Workload, teams: list[int], children: int, *, apart: bool) -> None:
        self.id = self._folder(owner, owner.project, f"{children} {apart}")
        mine = owner.send("GET", f"/repo/v1/entity/{owner.project}/acl")["resourceAccess"]
        closed = [each for each in mine if each["principalId"] not in teams]
        for number in range(children):
            child = self._folder(owner, self.id, f"{number:05}")
            if apart and number % 2:
                entries = list(closed)
                if number % 4 == 1:
                    team = teams[number % len(teams)]
                    entries.append({"principalId": team, "accessType": ["READ"]})
                acl = {"resourceAccess": entries}
                owner.send("POST", f"/repo/v1/entity/{child}/acl", acl)

    def _folder(self, owner: Workload, parent: str, name: str) -> str:
        body = {"concreteType": _FOLDER, "parentId": parent, "name": name}
        id: str = owner.send("POST", "/repo/v1/entity", body)["id"]
        return id

    def middle(self, caller: Workload, children: int) -> Request:
        """The page in the middle."""
        path = "/repo/v1/entity/children"
        body = {"parentId": self.id, "includeTypes": ["folder"]}
        for _ in range(children // 4 // _PAGE):
            body["nextPageToken"] = caller.send("POST", path, body)["nextPageToken"]
        return Request("POST", path, json.dumps(body), caller.headers)


def main() -> None:
    """Measure all, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=10_000)
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
        acl = owner.send("GET", f"/repo/v1/entity/{owner.project}/acl")
        acl["resourceAccess"].append({"principalId": teams[0], "accessType": ["READ"]})
        owner.send("PUT", f"/repo/v1/entity/{owner.project}/acl", acl)
        sizes = (args.children, args.children // 10)
        requests = {
            (size, apart): Shelf(owner, teams, size, apart=apart).middle(caller, size)
            for size in sizes
            for apart in (True, False)
        }
        loads: dict[tuple[int, bool], list[Load]] = {key: [] for key in requests}
        for _ in range(args.rounds):
            for key, request in requests.items():
                loads[key].append(server.load(request, args.connections, args.seconds))
    large, small = (list(zip(loads[n, True], loads[n, False], strict=True)) for n in sizes)
    harness.heading("children shared apart / children that inherit")
    harness.row(f"of {sizes[0]:,}", large)
    harness.row(f"of {sizes[1]:,}", small)
    ratio = statistics.median(apart.per_second / plain.per_second for apart, plain in large)
    harness.verdict("requests/s shared apart over inherited", ratio, 0.5, more_is_better=True)
    pairs = zip(loads[sizes[0], True], loads[sizes[1], True], strict=True)
    ratio = statistics.median(many.p99 / few.p99 for many, few in pairs)
    harness.verdict(f"p99 of {sizes[0]:,} over {sizes[1]:,}", ratio, 1.5)


if __name__ == "__main__":
    main()
