"""Graphs of provenance in the client and the command, and PROV as other programs read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prov.model import ProvDocument
from tests.cli.test_commands import Shell, shell  # noqa: F401  a fixture

from synapse_wire import provenance as wire
from synapseclient import Activity, File
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.provenance import draw, graph_of, to_prov


@pytest.fixture
def syn(shell: Shell, tmp_path: Path) -> Synapse:  # noqa: F811
    return shell.user.client(tmp_path / "client")


@pytest.fixture
def result(syn: Synapse, shell: Shell, tmp_path: Path) -> Any:  # noqa: F811
    """A file that was made by code from a table of raw counts, which came from the web."""
    project = shell.user.project()["id"]

    def store(name: str, *used: Any, executed: Any = None) -> Any:
        path = tmp_path / name
        path.write_text(name)
        step = Activity(f"make {name}", used=list(used), executed=executed) if used else None
        return syn.store(File(str(path), parent=project), activity=step)

    code = store("code.py")
    raw = store("räw.tsv", "https://example.org/räw?x=1&y=2")
    clean = store("clean.tsv", raw, executed=[code])
    return store("plot.png", clean, raw, executed=[code, "https://example.org/plot.py"])


@pytest.fixture(params=["with the extension", "official calls"])
def graph(request: Any, syn: Synapse, result: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same graph, whatever the server can."""
    if request.param == "official calls":

        async def none() -> frozenset[str]:
            return frozenset()

        monkeypatch.setattr(syn, "extensions", none)
        with pytest.raises(NotImplementedError, match="direction UP"):
            graph_of(result, direction="DOWN", synapse_client=syn)
    return graph_of(result, synapse_client=syn)


def test_the_graph(graph: Any, result: Any) -> None:
    assert {each.name for each in graph.entities} == {"plot.png", "clean.tsv", "räw.tsv", "code.py"}
    assert {each.name for each in graph.activities} == {
        "make plot.png",
        "make clean.tsv",
        "make räw.tsv",
    }
    assert graph.is_complete
    assert (graph.root.target_id, graph.root.target_version_number) == (result.id, 1)
    lines = draw(graph).splitlines()
    assert lines[0] == f"{result.id}.1  plot.png"
    assert lines[1].startswith("    made by make plot.png (")
    assert sum("as above" in line for line in lines) == 1
    assert sum("executed https://example.org/plot.py" in line for line in lines) == 1
    assert sum("https://example.org/räw?x=1&y=2" in line for line in lines) == 1


def test_prov(graph: Any, result: Any) -> None:
    text = json.dumps(to_prov(graph, "https://synapse.example.org/"))
    document = ProvDocument.deserialize(content=text, format="json")
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document
    kinds = [type(record).__name__ for record in document.get_records()]
    assert kinds.count("ProvEntity") == 6
    assert kinds.count("ProvActivity") == 3
    assert kinds.count("ProvAgent") == 1
    assert kinds.count("ProvGeneration") == 3
    assert kinds.count("ProvUsage") == 7
    assert kinds.count("ProvAssociation") == 4
    found = {
        str(record.identifier): record for record in document.get_records() if record.identifier
    }
    plot = found[f"syn:{result.id}.1"]
    assert plot.identifier.uri == f"https://synapse.example.org/Synapse:{result.id}.1"
    assert str(plot.label) == "plot.png"
    # Nothing is said of the same thing under two names: each relation names what is there.
    for record in document.get_records():
        for _, value in record.formal_attributes:
            if value is not None and record.is_relation() and hasattr(value, "localpart"):
                assert str(value) in found, record


def test_a_failure_is_no_gap(syn: Synapse, result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none() -> frozenset[str]:
        return frozenset()

    monkeypatch.setattr(syn, "extensions", none)
    call = syn.call

    async def failing(endpoint: Any, *arguments: Any, **more: Any) -> Any:
        if endpoint is wire.get_version_generated_by:
            raise SynapseHTTPError("500 Server Error")
        return await call(endpoint, *arguments, **more)

    monkeypatch.setattr(syn, "call", failing)
    with pytest.raises(SynapseHTTPError, match="500"):
        graph_of(result, synapse_client=syn)


def test_the_command(shell: Shell, syn: Synapse, result: Any, tmp_path: Path) -> None:  # noqa: F811
    out = shell.ok("get-provenance", "--id", result.id, "--graph", "text")
    assert out.startswith(f"{result.id}.1  plot.png")
    _, out, err = shell.run("get-provenance", "--id", result.id, "--graph", "text", "--depth", "1")
    assert "and more" in out
    assert "greater --depth" in err
    path = tmp_path / "prov.json"
    shell.ok("get-provenance", "--id", result.id, "--graph", "prov-json", "--output", str(path))
    assert len(ProvDocument.deserialize(str(path)).get_records()) == 24
    raw = next(
        each
        for each in json.loads(shell.ok("get-provenance", "--id", result.id, "--graph", "json"))[
            "entities"
        ]
        if each["name"] == "räw.tsv"
    )
    down = json.loads(
        shell.ok("get-provenance", "--id", raw["targetId"], "--graph", "json", "--down")
    )
    assert {each["name"] for each in down["entities"]} == {"räw.tsv", "clean.tsv", "plot.png"}
