"""``synapse get-provenance``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--id",
        metavar="syn123",
        required=True,
        help="Synapse ID of entity whose provenance we are accessing.",
    )
    parser.add_argument(
        "--version",
        type=options.version,
        help="version of Synapse entity whose provenance we are accessing.",
    )
    parser.add_argument(
        "--graph",
        choices=("text", "json", "prov-json"),
        help="All that it was made from, not only the last step: as an indented list, as JSON, or"
        " as PROV-JSON of the W3C",
    )
    parser.add_argument(
        "--depth",
        type=int,
        default=1000,
        help="How many steps the graph goes back",
    )
    parser.add_argument(
        "--down",
        action="store_true",
        help="In the graph also what was made from it (not with text)",
    )
    options.output(parser, "provenance")
    parser.epilog = (
        "examples: synapse get-provenance --id syn123,"
        " synapse get-provenance --id syn123 --graph prov-json --output prov.json"
    )


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print the activity that made an entity, or the graph of them."""
    if args.graph is not None:
        _graph(args, syn)
        return
    activity = syn.getProvenance(args.id, args.version)
    options.write_json(activity, args.output, syn, indent=True)


def _graph(args: argparse.Namespace, syn: Synapse) -> None:
    import msgspec

    from synapseclient import provenance

    graph = provenance.graph_of(
        args.id,
        args.version,
        depth=args.depth,
        direction="BOTH" if args.down else "UP",
        synapse_client=syn,
    )
    if not graph.is_complete:
        syn.logger.warning("There is more: ask for a greater --depth.")
    if args.graph == "text":
        options.write_text(provenance.draw(graph), args.output, syn)
        return
    found = msgspec.to_builtins(graph)
    if args.graph == "prov-json":
        found = provenance.to_prov(graph, syn.portalEndpoint)
    options.write_json(found, args.output, syn, indent=True)
