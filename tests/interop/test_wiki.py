"""Wikis with the official clients and ours; each reads what the others wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, play


@pytest.mark.interop
def test_each_client_writes_wikis_and_reads_those_of_the_others(
    server: RunningServer, tmp_path: Path
) -> None:
    user = server.user()
    owners = []
    for version in ENVIRONMENTS:
        made = json.loads(play(user, version, "flow_wiki", tmp_path))
        owners += [made["project"], made["copy"]]
    seen = {
        reader: play(user, reader, "flow_read_wikis", tmp_path, json.dumps(owners))
        for reader in ENVIRONMENTS
    }
    assert len(json.loads(seen["ours"])) == len(ENVIRONMENTS) * (1 + 3)
    assert seen["3.0.0"] == seen["4.14.0"] == seen["ours"]


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_the_wiki_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    made = json.loads(play(user, version, "flow_wiki_models", tmp_path))
    assert len(user.get(f"/entity/{made['copy']}/wikiheadertree2")["results"]) == 2
