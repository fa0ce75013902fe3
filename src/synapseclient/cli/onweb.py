"""``synapse onweb``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("id", help="Synapse id")
    parser.epilog = "example: synapse onweb syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Open an entity in the browser."""
    syn.onweb(args.id)
