"""``synapse login``"""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

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


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Log in and say who you are."""
    user, secret = args.synapseUser, args.synapse_auth_token
    if user is None and secret is None and args.profile is None:
        user, secret = _found_or_asked(syn, args)
    syn.login(user, secret, silent=False, profile=args.profile)
    profile = syn.getUserProfile()
    syn.logger.info("Logged in as: %s (%s)", profile["userName"], profile["ownerId"])
    if args.rememberMe and secret:
        from synapseclient.core.config import write_credentials

        write_credentials(args.configPath, "default", profile["userName"], secret)


def _found_or_asked(syn: Synapse, args: argparse.Namespace) -> tuple[str | None, str | None]:
    from synapseclient.core import credentials
    from synapseclient.core.config import Config

    if credentials.find(Config.load(args.configPath), None, None) is not None:
        return None, None
    return ask()


def ask() -> tuple[str | None, str]:
    """Ask for a user name and a secret.

    Raises:
        SynapseAuthenticationError: There is nobody to ask.
    """
    from synapseclient.core.exceptions import SynapseAuthenticationError

    if not sys.stdin.isatty():
        raise SynapseAuthenticationError(
            "No credentials provided and no terminal to ask on. Put a token into"
            " SYNAPSE_AUTH_TOKEN or into the configuration file."
        )
    user = input("Synapse username (leave blank if using auth token): ").strip() or None
    return user, getpass.getpass("Auth token: ")
