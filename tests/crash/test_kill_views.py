"""kill -9 while the index of a view is read and written: what it shows afterwards is what is there.

``make proof`` kills as often as its other proof does, the tests a few times.
"""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.crash.test_kill import KILLS
from tests.servers import ServerProcess

from synapseclient import Folder, Project
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError

_PACKAGE = "org.sagebionetworks.repo.model.table."


def query(syn: Synapse, view: str, sql: str) -> list[list[str]]:
    """The rows of a query."""
    body = {
        "concreteType": _PACKAGE + "QueryBundleRequest",
        "query": {"sql": sql},
        "partMask": 1,
    }
    path = f"/entity/{view}/table/query/async"
    token = syn.restPOST(f"{path}/start", json.dumps(body))["token"]
    while "queryResult" not in (answer := syn.restGET(f"{path}/get/{token}")):
        time.sleep(0.01)
    return [row["values"] for row in answer["queryResult"]["queryResults"]["rows"]]


class Worker(threading.Thread):
    """Does something again and again, whatever the server says, until told to stop."""

    def __init__(self, work: Any) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.done = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.work(self.done)
                self.done += 1
            except SynapseError:
                time.sleep(0.05)


@pytest.mark.proof
def test_views_after_kills(tmp_path: Path) -> None:
    victim = ServerProcess(tmp_path / "data")
    victim.add_user()
    victim.start()
    syn = victim.client(tmp_path / "main")
    project = syn.store(Project("killed"))
    columns = [
        syn.restPOST("/column", json.dumps(model))["id"]
        for model in (
            {"name": "id", "columnType": "ENTITYID"},
            {"name": "path", "columnType": "STRING", "maximumSize": 300},
            {"name": "count", "columnType": "INTEGER"},
        )
    ]
    body = {
        "concreteType": _PACKAGE + "EntityView",
        "parentId": project.id,
        "scopeIds": [project.id],
        "viewTypeMask": 8,
        "columnIds": columns,
    }
    view = syn.restPOST("/entity", json.dumps(body))["id"]
    top = syn.store(Folder("top", parent=project))
    made: dict[str, int] = {}
    writer_client, reader_client = victim.client(tmp_path / "w"), victim.client(tmp_path / "r")

    def write(number: int) -> None:
        folder = writer_client.store(Folder(f"{time.time_ns()}", parent=top.id))
        made[folder.id] = -1
        writer_client.setAnnotations(folder.id, {"count": number})
        made[folder.id] = number
        if number % 5 == 4:  # all below has another path
            found = writer_client.restGET(f"/entity/{top.id}")
            found["name"] = f"top {number}"
            writer_client.restPUT(f"/entity/{top.id}", json.dumps(found))

    workers = [
        Worker(write),
        Worker(lambda _: query(reader_client, view, f"select id from {view}")),
    ]
    for worker in workers:
        worker.start()
    moments = random.Random(11)
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.2, 1.0))
        victim.kill()
        victim.start()
    until = time.monotonic() + 120
    while not all(worker.done for worker in workers):
        assert time.monotonic() < until, [worker.done for worker in workers]
        time.sleep(0.05)
    for worker in workers:
        worker.stop.set()
    for worker in workers:
        worker.join(60)
        assert worker.done > 0
    name = syn.restGET(f"/entity/{top.id}")["name"]
    shown: dict[str, list[str]] = {}
    while page := query(syn, view, f"select * from {view} limit 400 offset {len(shown)}"):
        shown |= {row[0]: row[1:] for row in page}
    assert set(made) <= set(shown)
    for id, (path, count) in shown.items():
        if id == top.id:
            continue
        assert path.startswith(f"killed/{name}/")
        found = syn.restGET(f"/entity/{id}/annotations2")["annotations"]
        assert count == (found["count"]["value"][0] if found else None)
    victim.kill()
