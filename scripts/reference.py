"""Write ``docs/reference`` from the code. ``--check`` fails when a page is not up to date."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference"


def endpoints() -> str:
    """All endpoints by service: served, or not yet."""
    from synapse_server.app import ROUTES
    from synapse_wire.endpoint import catalogue

    served = {
        (route.known.method, route.known.path): route for group in ROUTES for route in group.routes
    }
    services = defaultdict(list)
    for known in {**catalogue(), **{key: route.known for key, route in served.items()}}.values():
        services[known.service].append(known)
    official = sum(1 for key in served if key in catalogue())
    lines = [
        "# Endpoints",
        "",
        f"{official} of the {len(catalogue())} endpoints of the Synapse REST API are served. The"
        " others answer 501 and say so; those that the real Synapse has removed answer 410.",
        "A token must hold all the scopes that stand with an endpoint.",
        "",
    ]
    for service in sorted(services):
        group = services[service]
        count = sum(1 for known in group if (known.method, known.path) in served)
        lines += [
            f"## {service}",
            "",
            f"{count} of {len(group)} served.",
            "",
            "| | endpoint | scopes | what it does |",
            "|---|---|---|---|",
        ]
        for known in sorted(group, key=lambda each: (each.path, each.method)):
            route = served.get((known.method, known.path))
            mark = "yes" if route else "gone" if known.state == "gone" else "not yet"
            text = " ".join((route.endpoint.stub.__doc__ or "").split()) if route else ""
            if known.state == "deprecated":
                text = f"{text} (deprecated)".strip()
            scopes = ", ".join(known.scopes) or "none"
            lines.append(f"| {mark} | `{known.method} {known.path}` | {scopes} | {text} |")
        lines.append("")
    return "\n".join(lines)


def settings() -> str:
    """All settings of the server."""
    from synapse_server.settings import Settings

    lines = [
        "# Settings of the server",
        "",
        "Each is read from the command line where it has an option, else from the environment,"
        " else from `server.toml` in the data folder (or the file that `SYNAPSE_SERVER_CONFIG`"
        " names), else it has its default.",
        "",
        "| in the file | in the environment | default | what it is |",
        "|---|---|---|---|",
    ]
    for each in fields(Settings):
        default = f"`{each.default}`" if each.default != "" else ""
        variable = f"SYNAPSE_SERVER_{each.name.upper()}"
        lines.append(f"| `{each.name}` | `{variable}` | {default} | {each.metadata['meaning']} |")
    return "\n".join([*lines, ""])


def client_settings() -> str:
    """What the client reads from the environment and from its file."""
    from synapseclient.core import config, progress

    shown = "How transfers are shown, `line`, `bar` or `none`, instead of what fits the terminal."
    variables = {**config.VARIABLES, progress.VARIABLE: shown}
    lines = [
        "# Settings of the client",
        "",
        "Arguments come first. The address is taken from the environment before the file; what"
        " logs in, from the file before the environment.",
        "",
        "## Environment",
        "",
        "| variable | what it is |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {text} |" for name, text in variables.items()]
    lines += ["", "## `~/.synapseConfig`, or the file that `-c` names", ""]
    lines += ["| section and options | what they are |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in config.OPTIONS.items()]
    return "\n".join([*lines, ""])


def commands() -> str:
    """The help of all commands."""
    from synapse_server.__main__ import build_parser as server_parser
    from synapseclient.cli import parser as client

    os.environ["COLUMNS"] = "100"
    client.CONFIG = "~/.synapseConfig"
    blocks = ["# Commands", ""]
    for parser in (client.build(), server_parser()):
        blocks += [f"## {parser.prog}", "", _help(parser), ""]
        for name, command in _commands(parser).items():
            nested = _commands(command)
            blocks += [f"### {parser.prog} {name}", "", _help(command), ""]
            for verb, leaf in nested.items():
                blocks += [f"#### {parser.prog} {name} {verb}", "", _help(leaf), ""]
    return "\n".join(blocks)


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _help(parser: argparse.ArgumentParser) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        parser.print_help()
    return "```\n" + out.getvalue().rstrip() + "\n```"


def names() -> str:
    """The public names of the client."""
    import synapseclient
    import synapseutils
    from synapseclient import api, models, operations
    from synapseclient.client import Synapse
    from synapseclient.core import exceptions

    def first(thing: object) -> str:
        return " ".join((getattr(thing, "__doc__", "") or "").strip().split("\n\n")[0].split())

    lines = ["# Public names", "", "## synapseclient", "", "| name | what it is |", "|---|---|"]
    for name in synapseclient.__all__:
        value = getattr(synapseclient, name)
        text = first(value) if callable(value) else f"`{value}`"
        lines.append(f"| `{name}` | {text} |")
    lines += ["", "## Methods of `Synapse`", "", "| name | what it does |", "|---|---|"]
    for name in sorted(dir(Synapse)):
        value = getattr(Synapse, name)
        if not name.startswith("_") and callable(value):
            lines.append(f"| `{name}` | {first(value)} |")
    for module in (models, operations, synapseutils, api):
        lines += ["", f"## {module.__name__}", "", "| name | what it is |", "|---|---|"]
        public = getattr(module, "__all__", None) or [
            name
            for name, value in sorted(vars(module).items())
            if getattr(value, "__module__", "").startswith(module.__name__)
            and not name.startswith("_")
        ]
        lines += [f"| `{name}` | {first(getattr(module, name))} |" for name in public]
    lines += ["", "## synapseclient.core.exceptions", "", "| name | what it means |", "|---|---|"]
    for name, value in sorted(vars(exceptions).items()):
        if isinstance(value, type) and issubclass(value, exceptions.SynapseError):
            lines.append(f"| `{name}` | {first(value)} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Write the pages, or compare them."""
    stale = []
    for make in (endpoints, settings, client_settings, commands, names):
        page = PAGES / f"{make.__name__}.md"
        text = make()
        if "--check" in sys.argv:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                stale.append(page.name)
        else:
            page.write_text(text, encoding="utf-8")
    if stale:
        print(f"Not up to date: {', '.join(stale)}. Run: make reference", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
