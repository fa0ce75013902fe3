"""``synapse login``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options; those given before the command count as well."""
    parser.add_argument(
        "-u",
        "--username",
        dest="synapseUser",
        default=argparse.SUPPRESS,
        help="Username used to connect to Synapse",
    )
    parser.add_argument(
        "-p",
        "--password",
        dest="synapse_auth_token",
        type=options.secret,
        default=argparse.SUPPRESS,
        metavar="SYNAPSEPASSWORD",
        help="Password, API key or personal access token used to connect to Synapse",
    )
    parser.add_argument(
        "--rememberMe",
        "--remember-me",
        action="store_true",
        dest="rememberMe",
        help="Save the credentials, in the configuration file",
    )
    parser.epilog = "example: synapse login"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Log in and say who you are."""
    from synapseclient.cli.credentials import enter, save

    secret = enter(args, syn, silent=False)
    profile = syn.getUserProfile()
    syn.logger.info("Logged in as: %s (%s)", profile["userName"], profile["ownerId"])
    if args.rememberMe and secret:
        save(syn, args.configPath, args.profile, secret)
