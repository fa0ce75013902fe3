"""``synapse config``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Ask for credentials, try them, and write them into the configuration file."""
    from synapseclient.cli.login import ask
    from synapseclient.core.config import write_credentials

    user, secret = args.synapseUser, args.synapse_auth_token
    if secret is None:
        user, secret = ask()
    syn.login(user, secret, silent=False)
    section = f"profile {args.profile}" if args.profile else "default"
    name = syn.getUserProfile()["userName"]
    backup = write_credentials(args.configPath, section, name, secret)
    if backup is not None:
        syn.logger.info("The old file is saved as %s", backup)
    syn.logger.info("Wrote [%s] to %s", section, args.configPath)
