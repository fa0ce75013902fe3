"""What the layout promises, read from the source: arrows, cycles, light imports, full service."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PACKAGES = ("synapse_wire", "synapse_server", "synapseclient", "synapseutils")
ALLOWED = {
    "synapse_wire": {"synapse_wire"},
    "synapse_server": {"synapse_server", "synapse_wire"},
    "synapseclient": {"synapseclient", "synapse_wire"},
    "synapseutils": {"synapseutils", "synapseclient", "synapse_wire"},
}


def modules() -> dict[str, Path]:
    """All our modules by name."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports, inside functions included, types apart."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return {name for name in found if name.split(".")[0] in PACKAGES}


GRAPH = {name: imports(path) - {name} for name, path in MODULES.items()}


def test_arrows() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, targets in GRAPH.items()
        for target in targets
        if target.split(".")[0] not in ALLOWED[name.split(".")[0]]
    ]
    assert wrong == []


def test_the_kernel_knows_no_domain() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, targets in GRAPH.items()
        if name.startswith("synapse_server.kernel.")
        for target in targets
        if target.startswith("synapse_server.") and not target.startswith("synapse_server.kernel")
    ]
    assert wrong == []


def test_no_import_cycles() -> None:
    state: dict[str, int] = {}
    cycles = []

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            cycles.append(" -> ".join([*trail[trail.index(name) :], name]))
            return
        state[name] = 1
        for target in sorted(GRAPH.get(name, ())):
            visit(target, [*trail, name])
        state[name] = 2

    for name in sorted(GRAPH):
        visit(name, [])
    assert cycles == []


def test_sql_stands_in_stores() -> None:
    statement = re.compile(r'"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ')
    rooms = (
        "uploads.py",
        "handles.py",
        "activities.py",
        "secrets.py",
        "jobs.py",
        "dialect.py",
        "app.py",
        "index.py",  # the index of tables speaks to an engine of its own,
        "engine.py",  # and so does what queries become,
        "plain_csv.py",  # and what reads CSV files with it;
        "writer.py",  # the dialect of tables, said to people
        "demo.py",  # it shows how a table is asked
    )
    wrong = [
        str(path.relative_to(SOURCE))
        for name, path in MODULES.items()
        if name.startswith("synapse_server.")
        and path.name not in rooms
        and not path.name.endswith("store.py")
        and "migrations" not in path.parts
        and statement.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_only_the_transport_sends() -> None:
    wrong = [
        name
        for name, path in MODULES.items()
        if name.startswith(("synapseclient", "synapseutils"))
        and name not in ("synapseclient.core.transport", "synapseclient.core.threads_wire")
        and re.search(
            r"^\s*(import|from) (pyreqwest|http\.client|requests|urllib3|httpx)",
            path.read_text(),
            re.M,
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("statement", ["import synapseclient", "import synapseclient.__main__"])
def test_importing_is_light(statement: str) -> None:
    code = f"import sys, json; before = set(sys.modules); {statement}; print(json.dumps(sorted(set(sys.modules) - before)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(out.stdout))
    assert {"synapseclient", "synapseclient.core.version"} <= loaded
    heavy = {
        "pandas",
        "asyncio",
        "pyreqwest",
        "msgspec",
        "synapse_server",
        "argparse",
        "json",
        "logging",
        "tqdm",
    }
    assert loaded & heavy == set()
    assert len(loaded) < 16, loaded


def test_the_client_needs_no_server() -> None:
    code = "import sys, synapseclient; synapseclient.Synapse, synapseclient.File; print([m for m in sys.modules if m.split('.')[0] in ('synapse_server', 'pandas', 'sqlalchemy', 'boto3')])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_version_is_one() -> None:
    from synapseclient.core.version import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == __version__


def test_every_declared_endpoint_is_served() -> None:
    import importlib

    from synapse_server.app import ROUTES
    from synapse_wire.endpoint import endpoints_of

    declared = {
        repr(value)
        for name in MODULES
        if name.startswith("synapse_wire.")
        for value in endpoints_of(importlib.import_module(name))
    }
    served = {repr(route.endpoint) for group in ROUTES for route in group.routes}
    assert declared == served


def test_the_newest_migration_is_head() -> None:
    from synapse_server.kernel.migrations import HEAD

    folder = SOURCE / "synapse_server" / "kernel" / "migrations" / "versions"
    assert max(path.name for path in folder.glob("r*.py")).startswith(f"r{HEAD}_")


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
