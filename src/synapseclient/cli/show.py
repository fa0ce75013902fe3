"""``synapse show``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "id",
        metavar="syn123",
        help="Synapse ID of form syn123 of desired synapse object, or the path of a local file",
    )
    parser.add_argument(
        "--limitSearch",
        metavar="projId",
        help="Synapse ID of a container such as project or folder to limit search for provenance"
        " files.",
    )
    parser.epilog = "example: synapse show syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print an entity and its provenance."""
    from synapseclient.core.exceptions import SynapseHTTPError

    entity = syn.get(args.id, downloadFile=False, limitSearch=args.limitSearch)
    syn.printEntity(entity)
    syn.logger.info("Provenance:")
    try:
        activity = syn.getProvenance(entity)
    except SynapseHTTPError as error:
        if error.response is None or error.response.status_code != 404:
            raise
        syn.logger.error("  No Activity specified.\n")
    else:
        syn.logger.info("%s", activity)
