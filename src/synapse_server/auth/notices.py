"""Mail that tells users what has happened, if they want any."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import msgspec

from synapse_server.auth import links
from synapse_server.auth.tokens import Tokens
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.serving import Call
from synapse_server.settings import Settings
from synapse_wire.errors import TooManyRequests
from synapse_wire.signed import NotificationSettingsToken
from synapse_wire.users import NotificationSettings, UserProfile

log = logging.getLogger("synapse.mail")
LINK_SECONDS = 30 * 24 * 3600
"""How long a link in a notice can be followed."""


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to write to users, and the page to unsubscribe that the caller names."""

    mail: Mail
    tokens: Tokens
    settings: Settings
    unsubscribe: str | None = None

    def without_mail(self, user: int) -> str:
        """The link with which a user gets no mail any more."""
        page = links.page(self.settings, self.unsubscribe, links.NOTIFICATIONS)
        token = NotificationSettingsToken(
            user_id=str(user), settings=NotificationSettings(send_email_notifications=False)
        )
        return links.with_token(page, self.tokens.sign(token, LINK_SECONDS))


def post_of(call: Call, unsubscribe: str | None = None) -> Post:
    """What it takes to write to users in the course of a request."""
    return Post(call.need(Mail), call.need(Tokens), call.need(Settings), unsubscribe)


def wishes(row: Row) -> NotificationSettings:
    """What a user has said of mail to them: mail is wanted unless they said no."""
    profile = msgspec.json.decode(row["profile"], type=UserProfile)
    return profile.notification_settings or NotificationSettings()


def address(row: Row) -> str | None:
    """Where mail to a user goes; None if they have no address or want no mail."""
    if wishes(row).send_email_notifications is False:
        return None
    return row["notification_email"] or None


def tell(tx: Tx, post: Post, row: Row, subject: str, text: str) -> None:
    """Write to a user once the transaction is durable. Too much mail within the hour is dropped:
    the pages of this site tell the same."""
    to = address(row)
    if to is None:
        return
    try:
        post.mail.allow(to.lower())
    except TooManyRequests:
        log.warning("Too much mail to user %d: %s was not sent", row["id"], subject)
        return
    whole = (
        f"Hello {row['name']},\n\n{text}\n\nTo get no such mail: {post.without_mail(row['id'])}\n"
    )

    async def send() -> None:
        await post.mail.send(to, subject, whole)

    post.mail.later(tx, send)
