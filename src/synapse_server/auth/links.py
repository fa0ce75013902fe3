"""Links that mail carries: they open pages of this server, and of no other site."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from synapse_server.settings import Settings
from synapse_wire.errors import BadRequest
from synapse_wire.signed import SignedToken

JOIN_TEAM = "SignedToken:JoinTeam/"
"""The page that a signed token to join a team is appended to."""
NOTIFICATIONS = "SignedToken:Settings/"
"""The page that a signed token with notification settings is appended to."""
INVITATION = "EmailInvitation:"
"""The page that a signed token of an invitation by e-mail is appended to."""


def own_page(settings: Settings, address: str) -> str:
    """A page that a mailed link may open: ours, or one on the user's own machine.

    Anybody may ask for mail to an address; it must not carry a good token to another site.

    Raises:
        BadRequest: It is a page of another site.
    """
    hosts = {"localhost", "127.0.0.1", "::1", settings.host, urlsplit(settings.public_url).hostname}
    try:
        parts = urlsplit(address)
        good = parts.hostname is not None and parts.hostname in hosts and parts.username is None
    except ValueError:
        good = False
    if not good or parts.scheme not in ("http", "https") or "\\" in address:
        raise BadRequest(
            f"{address!r} is not a page of this server. Its operator names its address in the"
            " setting public_url."
        )
    return address


def page(settings: Settings, given: str | None, usual: str) -> str:
    """The page that the caller names, if it is ours; the usual one if they name none."""
    return own_page(settings, given) if given else f"{home(settings)}/#!{usual}"


def home(settings: Settings) -> str:
    """The address of this server, as its users know it."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def with_token(address: str, token: SignedToken) -> str:
    """The link to a page that reads the token from the end of its address."""
    return address + msgspec.json.encode(token).hex()
