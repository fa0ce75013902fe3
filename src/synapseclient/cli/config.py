"""``synapse config``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""
    parser.epilog = "example: synapse config; afterwards all commands are logged in"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Ask for credentials, try them, and write them into the configuration file."""
    from synapseclient.cli.credentials import ask, line, save

    user, secret, profile = args.synapseUser, args.synapse_auth_token, args.profile
    if secret is None:
        user, secret = ask(user)
        profile = profile or line("Profile name (leave blank for 'default'): ")
    syn.login(user, secret, silent=False)
    save(syn, args.configPath, profile, secret)
