"""Views and datasets, with the official clients and ours: the same comes of the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, call, play, script


def _facts(server: RunningServer, tmp_path: Path, flow: str, version: str) -> Any:
    return json.loads(play(server.user(), version, flow, tmp_path))


@pytest.mark.interop
def test_views(server: RunningServer, tmp_path: Path) -> None:
    ours, *theirs = (
        _facts(server, tmp_path, "flow_views_alike", version) for version in reversed(ENVIRONMENTS)
    )
    assert ours["rows"] == [
        ["wren", "wren.txt", 9, "project"],
        ["robin", "robin.txt", 14, "project"],
        ["owl", "owl.txt", 35, "night"],
    ]
    assert (ours["wren"], ours["robin"], ours["stale"]) == ([10], [15], True)
    for each in theirs:
        assert each == ours


@pytest.mark.interop
def test_models_of_views(server: RunningServer, tmp_path: Path) -> None:
    ours = _facts(server, tmp_path, "flow_view_models_alike", "ours")
    assert ours["updated"] == [
        ["wren", "wren.txt", 10],
        ["robin", "robin.txt", 14],
        ["owl", "owl.txt", 35],
    ]
    assert ours["joined"][2] == [["wren.txt", 8], ["robin.txt", 10]]
    assert ours["submissions"] == [["an owl", "RECEIVED", 7, "owl"]]
    assert _facts(server, tmp_path, "flow_view_models_alike", "4.14.0") == ours


@pytest.mark.interop
def test_names_are_alike(tmp_path: Path) -> None:
    """Whatever the official client has of tables is here under the same name, and takes the same
    in the same order; what is more here is only taken by name."""
    flow = script("names_of_tables")
    theirs = json.loads(call("4.14.0", flow, home=tmp_path))
    ours = json.loads(call("ours", flow, home=tmp_path))
    assert len(theirs) > 300
    different = {}
    for name, official in theirs.items():
        mine = ours.get(name)
        if isinstance(official, list) and mine is not None and not name.endswith(" fields"):
            known = [each[0] for each in official]
            mine = [each for each in mine if each[0] in known or not each[1]]
            if not official:  # a wrapper that does not say what it takes
                mine = []
        if mine != official:
            different[name] = (official, mine)
    assert different == {}
