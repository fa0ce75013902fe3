"""What does a wiki page cost, compared with an entity?

On a wiki of 1,000 pages: a page, a page with its text (the first generation), a page of headers, a
page as HTML, and a new sub-page, each against reading or creating an entity, at 8 connections.
Requests per second of the wiki over those of entities. Goals: page ≥ 0.6, headers ≥ 0.3, new page
≥ 0.5; the others read a file besides, and are reported. Then the headers once more on a wiki of a
tenth of the pages, which may take no less than two thirds of the time.
"""

from __future__ import annotations

import argparse
import json
from statistics import median

from benchmarks import harness
from benchmarks.harness import Request
from benchmarks.workload import Workload

_TEXT = "# Methods\n\nThe *quick* brown fox, see syn123456 and [here](syn123).\n\n- one\n- two\n\n"
_CONNECTIONS = 8


def wiki(work: Workload, pages: int) -> tuple[str, str]:
    """A project with a wiki of so many pages, three levels deep; its id and that of the root."""
    kind = "org.sagebionetworks.repo.model.Project"
    project = work.send("POST", "/repo/v1/entity", {"concreteType": kind})["id"]
    path = f"/repo/v1/entity/{project}/wiki"
    ids: list[str] = []
    root = work.send("POST", path, {"title": "Root", "markdown": _TEXT * 10})["id"]
    handle = work.send("GET", f"{path}2/{root}")["markdownFileHandleId"]
    for number in range(pages - 1):
        parent = ids[number // 30] if number > 30 else root
        body = {
            "title": f"Page {number}",
            "markdownFileHandleId": handle,
            "parentWikiId": parent,
        }
        ids.append(work.send("POST", path + "2", body)["id"])
    return project, root


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=1000)
    args = parser.parse_args()
    harness.heading("wiki/entity")
    with harness.folder() as there, harness.ours(there / "data") as server:
        work = Workload(server.address, harness.token(there / "data"))
        small, _ = wiki(work, args.pages // 10)
        project, root = wiki(work, args.pages)
        base = f"/repo/v1/entity/{project}"
        handle = work.send("GET", f"{base}/wiki2/{root}")["markdownFileHandleId"]
        page = {"title": "New {n}", "markdownFileHandleId": handle, "parentWikiId": root}

        def get(path: str) -> Request:
            return Request("GET", path, headers=work.headers)

        headers = get(f"{base}/wikiheadertree2?limit=50")
        new = Request("POST", f"{base}/wiki2", json.dumps(page), work.headers)
        rows: list[tuple[str, Request, Request, float | None]] = [
            ("page", get(f"{base}/wiki2/{root}"), work.get(), 0.6),
            ("page with text", get(f"{base}/wiki/{root}"), work.get(), None),
            ("page as HTML", get(f"{base}/wiki2/{root}/html"), work.get(), None),
            ("50 headers", headers, work.get(), 0.3),
        ]
        for name, mine, other, goal in rows:
            measure(server, name, [(mine, other)] * args.rounds, args.seconds, goal)
        few = get(f"/repo/v1/entity/{small}/wikiheadertree2?limit=50")
        found = [
            (
                server.load(headers, _CONNECTIONS, args.seconds),
                server.load(few, _CONNECTIONS, args.seconds),
            )
            for _ in range(args.rounds)
        ]
        harness.row("headers of ten times the pages", found)
        ratio = median(less.per_second / more.per_second for more, less in found)
        harness.verdict("  time of 50 headers, ten times the pages over a tenth", ratio, 1.5)
        creations = [(new, work.create()) for _ in range(args.rounds)]
        measure(server, "new page", creations, args.seconds, 0.5)


def measure(
    server: harness.Served,
    name: str,
    rounds: list[tuple[Request, Request]],
    seconds: float,
    goal: float | None,
) -> None:
    """One row of the table, and the ratio with its goal, if it has one."""
    found = [
        (server.load(mine, _CONNECTIONS, seconds), server.load(other, _CONNECTIONS, seconds))
        for mine, other in rounds
    ]
    harness.row(name, found)
    ratio = median(mine.per_second / other.per_second for mine, other in found)
    if goal is None:
        print(f"  {name}: requests/s over those of an entity: {ratio:.2f}", flush=True)
    else:
        said = f"  {name}: requests/s over those of an entity"
        harness.verdict(said, ratio, goal, more_is_better=True)


if __name__ == "__main__":
    main()
