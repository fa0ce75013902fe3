"""``synapse delete``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "id", metavar="syn123", help="Synapse ID of form syn123 of desired data object"
    )
    parser.add_argument(
        "--version", type=options.version, help="Version number to delete of given entity."
    )
    parser.epilog = "examples: synapse delete syn123; synapse delete syn123 --version 2"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Delete, and say what."""
    if args.version:
        syn.delete(args.id, version=args.version)
        syn.logger.info("Deleted entity %s, version %s", args.id, args.version)
    else:
        syn.delete(args.id)
        syn.logger.info("Deleted entity: %s", args.id)
