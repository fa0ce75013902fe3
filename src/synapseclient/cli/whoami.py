"""``synapse whoami``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options."""
    parser.epilog = "example: synapse whoami"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print the name, the id and the server."""
    profile = syn.getUserProfile()
    syn.logger.info("%s (%s) on %s", profile["userName"], profile["ownerId"], syn.repoEndpoint)
