"""``synapse cat``"""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "id", metavar="syn123", help="Synapse ID of form syn123 of desired data object."
    )
    parser.add_argument(
        "-v",
        "--version",
        type=options.version,
        help="Synapse version number of entity to display. [default: most recent version]",
    )
    parser.epilog = "example: synapse cat syn123 | head"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Copy an entity's file to standard output."""
    from synapseclient.core.exceptions import SynapseFileNotFoundError
    from synapseclient.core.utils import is_url

    syn.silent = True  # a progress line on standard output would be part of the data
    entity = syn.get(args.id, version=args.version)
    path = entity.get("path")
    if is_url(path):
        raise SynapseFileNotFoundError(
            f"The file of {entity['id']} is at {path}, from where this client cannot fetch it."
        )
    if path is not None:
        sys.stdout.flush()
        with open(path, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
