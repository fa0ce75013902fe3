"""What do access requirements cost, and those who have none?

The decision about DOWNLOAD (``/entity/{id}/access``) of a file forty folders deep, by the processor
time of the server: against the decision about READ where no requirement is above, goal ≤ 1.05; with
one and with ten requirements above, all of them met, against none, goal ≤ 1.5 and ≤ 2.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import harness
from benchmarks.harness import Request

_KIND = "org.sagebionetworks.repo.model."
_DEPTH = 40


class Tree:
    """Files at the bottom of trees with requirements on the way down."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token
        self.headers = {"authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request, to prepare."""
        return harness.call(self.address, self.token, method, path, body)

    def make(self, kind: str, parent: str | None, **more: Any) -> str:
        """An entity; its id."""
        body = {"concreteType": _KIND + kind, "parentId": parent, **more}
        made: str = self.send("POST", "/repo/v1/entity", body)["id"]
        return made

    def grow(self, requirements: int) -> str:
        """The file at the bottom of a tree with so many requirements on the way down."""
        path = [self.make("Project", None, name=f"{requirements} {secrets.token_hex(4)}")]
        for level in range(_DEPTH):
            path.append(self.make("Folder", path[-1], name=f"{level}"))
        url = {
            "concreteType": _KIND + "file.ExternalFileHandle",
            "externalURL": "https://example.org/data",
        }
        handle = self.send("POST", "/file/v1/externalFileHandle", url)["id"]
        file = self.make("FileEntity", path[-1], name="data", dataFileHandleId=handle)
        for number in range(requirements):
            self.restrict(path[number * len(path) // requirements])
        return file

    def restrict(self, entity: str) -> None:
        """Put a requirement on an entity, and meet it."""
        made = self.send(
            "POST",
            "/repo/v1/accessRequirement",
            {
                "concreteType": _KIND + "SelfSignAccessRequirement",
                "name": f"{entity} {secrets.token_hex(4)}",
                "accessType": "DOWNLOAD",
                "subjectIds": [{"type": "ENTITY", "id": entity}],
            },
        )
        self.send("POST", "/repo/v1/accessApproval", {"requirementId": made["id"]})

    def ask(self, file: str, access: str) -> Request:
        """The decision."""
        path = f"/repo/v1/entity/{file}/access?accessType={access}"
        answer = self.send("GET", path)
        assert answer == {"result": True}, answer
        return Request("GET", path, headers=self.headers)


def session(address: str, data: Path) -> str:
    """A session of a new member of the compliance team."""
    password = secrets.token_urlsafe() + "-7a"
    words = ("user", "add", "measured", "--act", "--password-stdin", "--data", str(data))
    command = (str(harness.BIN / "synapse-server"), *words)
    subprocess.run(command, input=password, stdout=subprocess.PIPE, text=True, check=True)
    body = {"username": "measured", "password": password}
    token: str = harness.call(address, "", "POST", "/auth/v1/login2", body)["accessToken"]
    return token


def main() -> None:
    """Measure all in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with harness.folder() as there, harness.ours(there / "data") as server:
        tree = Tree(server.address, session(server.address, there / "data"))
        plain, one, ten = (tree.grow(count) for count in (0, 1, 10))
        asked = {
            "READ, none above": tree.ask(plain, "READ"),
            "DOWNLOAD, none above": tree.ask(plain, "DOWNLOAD"),
            "DOWNLOAD, one above": tree.ask(one, "DOWNLOAD"),
            "DOWNLOAD, ten above": tree.ask(ten, "DOWNLOAD"),
        }
        times: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(args.rounds):
            for name, request in asked.items():
                times[name].append(server.load(request, 8, args.seconds).cpu)
    read, none, one_above, ten_above = (median(times[name]) for name in asked)
    for name, found in times.items():
        print(f"{name:<26}{median(found):8.0f} µs CPU")
    harness.verdict("DOWNLOAD over READ, no requirement above", none / read, 1.05)
    harness.verdict("DOWNLOAD, one requirement above over none", one_above / none, 1.5)
    harness.verdict("DOWNLOAD, ten requirements above over none", ten_above / none, 2)


if __name__ == "__main__":
    main()
