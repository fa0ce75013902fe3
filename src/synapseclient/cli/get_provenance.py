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
    options.output(parser, "provenance")
    parser.epilog = "example: synapse get-provenance --id syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print the activity that made an entity."""
    activity = syn.getProvenance(args.id, args.version)
    options.write_json(activity, args.output, syn, indent=True)
