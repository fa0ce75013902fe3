"""How commands log in: what they look for, whom they ask, and what is kept for the next time."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def enter(args: argparse.Namespace, syn: Synapse, *, silent: bool) -> str | None:
    """Log in with what the arguments, the file or the environment have, or ask for it.

    Returns:
        The secret, if it was given or asked for.

    Raises:
        SynapseNoCredentialsError: There is nothing, and nobody to ask.
    """
    from synapseclient.core.exceptions import SynapseNoCredentialsError

    _warn_of_no_file(args.configPath, syn)
    user: str | None = args.synapseUser
    secret: str | None = args.synapse_auth_token
    try:
        syn.login(user, secret, silent=silent, profile=args.profile)
    except SynapseNoCredentialsError:
        if not sys.stdin.isatty():
            raise
        user, secret = ask(user)
        syn.login(user, secret, silent=silent)
    return secret


def ask(user: str | None) -> tuple[str | None, str]:
    """Ask for a secret, and for the user name if it is not known.

    Raises:
        SynapseNoCredentialsError: There is nobody to ask.
    """
    import getpass

    from synapseclient.core.exceptions import SynapseNoCredentialsError

    if not sys.stdin.isatty():
        raise SynapseNoCredentialsError(
            "No credentials provided and no terminal to ask on. Put a token into"
            " SYNAPSE_AUTH_TOKEN or into the configuration file."
        )
    try:
        user = user or line("Synapse username (leave blank if using an auth token): ")
        secret = getpass.getpass(f"Password or auth token{f' of {user}' if user else ''}: ")
    except EOFError:
        secret = ""
    if not secret.strip():
        raise SynapseNoCredentialsError("No credentials provided.")
    return user, secret.strip()


def line(question: str) -> str | None:
    """Ask on standard error: standard output may go to a file. None for an empty answer."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return input().strip() or None


def _warn_of_no_file(path: str, syn: Synapse) -> None:
    """Say so when the file that was named is not there: its addresses are not used either."""
    from synapseclient.core.config import CONFIG_FILE

    if path != CONFIG_FILE and not os.path.exists(os.path.expanduser(path)):
        syn.logger.warning("There is no configuration file %s", path)


def save(syn: Synapse, path: str, profile: str | None, secret: str) -> None:
    """Write what logs in again into the file: a token, never a password."""
    from synapseclient.core.config import write_credentials
    from synapseclient.core.credentials import looks_like_token

    section = "default" if profile in (None, "default") else f"profile {profile}"
    token = secret if looks_like_token(secret) else _new_token(syn)
    backup = write_credentials(path, section, syn.username, token)
    if backup is not None:
        syn.logger.info("The old file is saved as %s", backup)
    syn.logger.info("Wrote [%s] to %s", section, path)


def _new_token(syn: Synapse) -> str:
    """A personal access token, so that the password need not lie on the disk."""
    import datetime
    import platform

    from synapse_wire.auth import TokenRequest, create_token
    from synapseclient.core.blocking import run as wait

    now = datetime.datetime.now(datetime.UTC)
    name = f"synapse config on {platform.node()}, {now:%Y-%m-%d %H:%M:%S.%f}"
    request = TokenRequest(scope=["view", "download", "modify"], name=name)
    answer = wait(syn.call(create_token, request))
    syn.logger.info("Made the personal access token %r, to be kept instead of the password", name)
    return answer.token
