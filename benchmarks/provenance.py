"""How long does the provenance of a result take, however long its history?

A result of 100, 1,000 and 10,000 activities, each of which used the two before, in one request;
and, for a hundred, the same with the official calls, of which a version takes two. Goal: an
activity of the largest takes at most 1.5 times what one of a hundred takes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

from benchmarks import harness
from benchmarks.workload import Workload

_KIND = "org.sagebionetworks.repo.model.provenance.UsedEntity"
_TIMES = 5


def history(work: Workload, length: int) -> list[str]:
    """So many files, each made from the two before."""
    url = {
        "concreteType": "org.sagebionetworks.repo.model.file.ExternalFileHandle",
        "externalURL": "https://example.org/data",
        "fileName": "data",
    }
    handle = work.send("POST", "/file/v1/externalFileHandle", url)["id"]
    folder = work.send(
        "POST",
        "/repo/v1/entity",
        {
            "concreteType": "org.sagebionetworks.repo.model.Folder",
            "parentId": work.project,
            "name": f"{length} {os.urandom(4).hex()}",
        },
    )["id"]
    files: list[str] = []
    for number in range(length + 1):
        if number % 5_000 == 0 and number:
            folder = work.send(
                "POST",
                "/repo/v1/entity",
                {
                    "concreteType": "org.sagebionetworks.repo.model.Folder",
                    "parentId": folder,
                    "name": "more",
                },
            )["id"]
        query = ""
        if files:
            used = [
                {
                    "concreteType": _KIND,
                    "reference": {"targetId": each, "targetVersionNumber": 1},
                }
                for each in files[-2:]
            ]
            step = work.send("POST", "/repo/v1/activity", {"name": f"{number}", "used": used})
            query = f"?generatedBy={step['id']}"
        file = {
            "concreteType": "org.sagebionetworks.repo.model.FileEntity",
            "parentId": folder,
            "name": f"{number}",
            "dataFileHandleId": handle,
        }
        files.append(work.send("POST", f"/repo/v1/entity{query}", file)["id"])
    return files


def main() -> None:
    """Measure each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10_000)
    args = parser.parse_args()
    sizes = [size for size in (100, 1_000, 10_000) if size <= args.most]
    found: dict[int, float] = {}
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        for size in sizes:
            files = history(work, size)
            times = []
            for _ in range(_TIMES):
                started = time.perf_counter()
                path = f"/repo/v1/entity/{files[-1]}/provenanceGraph?depth=100000&limit=50000"
                graph = work.send("GET", path)
                times.append(time.perf_counter() - started)
                assert len(graph["activities"]) == size
            found[size] = statistics.median(times)
            print(f"{size:>6} activities: {found[size] * 1000:8.1f} ms", flush=True)
            if size == sizes[0]:
                started = time.perf_counter()
                for each in files:
                    work.send("GET", f"/repo/v1/entity/{each}/version/1")
                for each in files[1:]:
                    work.send("GET", f"/repo/v1/entity/{each}/version/1/generatedBy")
                official = time.perf_counter() - started
                print(f"       with the official calls: {official * 1000:8.1f} ms")
    ratio = found[sizes[-1]] / sizes[-1] / (found[sizes[0]] / sizes[0])
    harness.verdict("time of an activity, largest over smallest", ratio, 1.5)


if __name__ == "__main__":
    main()
