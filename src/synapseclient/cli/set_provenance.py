"""``synapse set-provenance``"""

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
        "--name", metavar="NAME", help="Name of the activity that generated the entity"
    )
    parser.add_argument(
        "--description", help="Description of the activity that generated the entity"
    )
    options.output(parser, "provenance")
    options.used(parser)
    options.limit_search(parser)
    parser.epilog = "example: synapse set-provenance --id syn123 --used syn456 --executed code.py"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Record what an entity was made from."""
    from synapseclient.activity import Activity

    activity = Activity(
        name=args.name,
        description=args.description,
        used=options.entities(args.used, syn, args.limitSearch),
        executed=options.entities(args.executed, syn, args.limitSearch),
    )
    stored = syn.setProvenance(args.id, activity)
    if args.output:
        options.write_json(stored, args.output, syn, indent=False)
    else:
        syn.logger.info("Set provenance record %s on entity %s\n", stored["id"], args.id)
