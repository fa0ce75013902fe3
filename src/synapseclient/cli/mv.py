"""``synapse mv``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--id", metavar="syn123", required=True, help="Id of entity in Synapse to be moved."
    )
    parser.add_argument(
        "--parentid",
        "--parentId",
        dest="parentid",
        metavar="syn123",
        required=True,
        help="Synapse ID of project or folder where file/folder will be moved",
    )
    parser.epilog = "example: synapse mv --id syn123 --parentid syn456"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Move."""
    from synapseclient.core.utils import get_synid_and_version

    id, _ = get_synid_and_version(args.id)  # versions move with their entity
    entity = syn.move(id, args.parentid)
    syn.logger.info("Moved %s to %s", entity["id"], entity["parentId"])
