"""Copies that the official client makes, and ours: of the same, they are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.client.test_copy import a_project, origin, tree
from tests.conftest import RunningServer
from tests.interop.clients import play

from synapseclient.core.utils import get_synid_and_version


@pytest.mark.interop
@pytest.mark.parametrize("who", ["owner", "reader"])
def test_both_make_the_same(server: RunningServer, tmp_path: Path, who: str) -> None:
    owner, reader = server.user(), server.user()
    syn = owner.client(tmp_path / "owner")
    ids = a_project(syn, tmp_path)
    owner.share(ids["project"], reader.id, "READ", "DOWNLOAD")
    user = owner if who == "owner" else reader
    eyes = user.client(tmp_path / "eyes")
    found: dict[str, Any] = {}
    for version in ("4.14.0", "ours"):
        # in the same folder, so the second finds the cache of the first
        out = play(user, version, "flow_copy", tmp_path, json.dumps(ids), folder="of both")
        made = json.loads(out)
        found[version] = {"walked": made.pop("walked")}
        for name, id in made.items():
            found[version][name] = {
                path: (kind, what[0], *what[2:]) for path, (kind, what) in tree(eyes, id).items()
            }
            found[version][f"{name} from"] = {
                path: origin(eyes, child) for path, child in files(eyes, id)
            }
    assert found["ours"] == found["4.14.0"]
    top = found["ours"]["whole from"]["/top.txt"]
    assert get_synid_and_version(top[1]) == (ids["top.txt"], 1)


def files(syn: Any, id: str, at: str = "") -> list[tuple[str, str]]:
    """The files below, by path."""
    found = []
    for child in syn.getChildren(id):
        path = f"{at}/{child['name']}"
        if child["type"].endswith("FileEntity"):
            found.append((path, child["id"]))
        found += files(syn, child["id"], path) if child["type"].endswith("Folder") else []
    return found
