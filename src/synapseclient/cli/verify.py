"""``synapse verify``"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("folder", metavar="DIR", help="A folder here")
    parser.add_argument("id", metavar="syn123", help="The project or folder in Synapse")
    parser.epilog = "example: synapse verify data/ syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Say what is missing here, what differs, and what is not in Synapse."""
    from synapseclient.core.blocking import run as wait
    from synapseclient.sync import tree

    if not os.path.isdir(args.folder):
        raise ValueError(f"{args.folder} is not a folder.")
    found = wait(tree.compare(syn, args.folder, args.id))
    for what, paths in (
        ("missing here", found.missing),
        ("different", found.different),
        ("not in Synapse", found.extra),
    ):
        for path in paths:
            syn.logger.info("%s\t%s", what, path)
    syn.logger.info("%d files are the same.", found.same)
    if found.missing or found.different:
        raise SystemExit(1)
