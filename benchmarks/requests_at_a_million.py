"""Does the server stay fast when it is full?

Entities read by chance, bundled and created, at 8 connections, on a server with a thousand
and on one with a million, in turn; goal: p99 at most 1.5 times as long. The million is
written straight into the database, as projects of 100 folders of 99 files each, with
annotations, readable for every user.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks import harness
from benchmarks.harness import Load, Request
from benchmarks.workload import Workload
from synapse_server import app as server_app
from synapse_server.access.bits import DOWNLOAD, READ
from synapse_server.entities.ids import ROOT
from synapse_server.kernel.caller import AUTHENTICATED_USERS
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Tx
from synapse_server.settings import Settings

_FIRST = 60_000_000
_IN_PROJECT = 10_000
_IN_FOLDER = 100
_ANNOTATIONS = json.dumps({"assay": {"type": "STRING", "value": ["rnaSeq"]}})


@dataclass
class Full:
    """A server's folder with so many entities."""

    data: Path
    count: int
    work: Workload

    @classmethod
    def make(cls, data: Path, count: int) -> Full:
        """Fill it."""
        with harness.ours(data) as server:
            work = Workload(server.address, harness.token(data))
        asyncio.run(_fill(data, count, int(work.handle)))
        return cls(data, count, work)

    def request(self, name: str) -> Request:
        """One of the workload's, on all entities where it reads."""
        request = self.work.requests[name]()
        path = request.path.replace(self.work.file, "syn{id}")
        return replace(request, path=path, ids=(_FIRST, _FIRST + self.count))


def _entities(count: int) -> Iterator[tuple[int, str, int, int]]:
    """Id, type, parent and benefactor of each, parents first."""
    project = folder = _FIRST
    for number in range(count):
        id = _FIRST + number
        if number % _IN_PROJECT == 0:
            project = folder = id
            yield id, "project", ROOT, project
        elif number % _IN_FOLDER == 0:
            folder = id
            yield id, "folder", project, project
        else:
            yield id, "file", folder, project


async def _fill(data: Path, count: int, handle: int) -> None:
    database = await server_app.open_database(Settings(data=str(data)))
    moment = now()

    async def write(tx: Tx) -> None:
        made = _entities(count)
        while batch := list(itertools.islice(made, 10_000)):
            await tx.many(
                "INSERT INTO entity (id, type, name, parent_id, benefactor_id, etag, version,"
                " next_version, created_by, created_on) VALUES (?, ?, ?, ?, ?, ?, 1, 2, 1, ?)",
                [
                    (id, type, f"{type} {id}", parent, benefactor, str(uuid.uuid4()), moment)
                    for id, type, parent, benefactor in batch
                ],
            )
            await tx.many(
                "INSERT INTO entity_version (entity_id, number, label, modified_by, modified_on,"
                " file_handle_id, annotations) VALUES (?, 1, '1', 1, ?, ?, ?)",
                [
                    (id, moment, handle if type == "file" else None, _ANNOTATIONS)
                    for id, type, _, _ in batch
                ],
            )
            projects = [id for id, type, _, _ in batch if type == "project"]
            await tx.many(
                "INSERT INTO acl (kind, owner_id, etag, created_on) VALUES ('entity', ?, ?, ?)",
                [(id, str(uuid.uuid4()), moment) for id in projects],
            )
            await tx.many(
                "INSERT INTO acl_entry (kind, owner_id, principal_id, access)"
                " VALUES ('entity', ?, ?, ?)",
                [(id, AUTHENTICATED_USERS, READ | DOWNLOAD) for id in projects],
            )

    await database.write(write)
    await database.close()


def main() -> None:
    """Fill both, measure in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    args = parser.parse_args()
    with harness.folder() as there:
        few, many = Full.make(there / "few", args.few), Full.make(there / "many", args.many)
        with harness.ours(few.data) as few_server, harness.ours(many.data) as many_server:
            few.work.address, many.work.address = few_server.address, many_server.address
            harness.heading("many/few")
            for name in few.work.requests:
                rounds: list[tuple[Load, Load]] = []
                for _ in range(args.rounds):
                    one = many_server.load(many.request(name), args.connections, args.seconds)
                    two = few_server.load(few.request(name), args.connections, args.seconds)
                    rounds.append((one, two))
                harness.row(name, rounds)
                ratio = median(one.p99 / two.p99 for one, two in rounds)
                harness.verdict(f"  {name}: p99 of many over few", ratio, 1.5)


if __name__ == "__main__":
    main()
