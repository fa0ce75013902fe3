"""Which release this is. Nobody is asked for a newer one: a client must work off line."""

from __future__ import annotations

import logging

from synapseclient.core.logs import DEFAULT_LOGGER_NAME
from synapseclient.core.version import __version__


def check_for_updates(logger: logging.Logger | None = None) -> None:
    """Say which release this is, and how to get the newest."""
    (logger or logging.getLogger(DEFAULT_LOGGER_NAME)).info(
        "Installed Synapse Python client version: %s. For the newest: pip install --upgrade"
        " synapseclient",
        __version__,
    )


def release_notes(logger: logging.Logger | None = None) -> None:
    """Say where the changes of this release are told."""
    (logger or logging.getLogger(DEFAULT_LOGGER_NAME)).info(
        "The changes of version %s are told in CHANGELOG.md of the source.", __version__
    )
