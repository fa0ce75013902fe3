"""Mail: through SMTP when configured, else into the log where an operator finds the link.

It goes out behind the answer: how long that takes would tell whether an address is known.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import time
from collections.abc import Callable, Coroutine
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from synapse_server.kernel.database import Tx
from synapse_wire.errors import TooManyRequests

_SECONDS = 30
_HOUR = 3600
_MOST_AN_HOUR = 10
_REMEMBERED = 10_000
log = logging.getLogger("synapse.mail")


class Mail:
    """Sends messages after the transaction that wants them."""

    def __init__(self, server: str, sender: str) -> None:
        self._server = urlsplit(server) if server else None
        self._sender = sender
        self._under_way: set[asyncio.Task[None]] = set()
        self._sent: dict[str, list[float]] = {}

    @property
    def is_configured(self) -> bool:
        """Whether there is a mail server."""
        return self._server is not None

    def later(self, tx: Tx, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Send once the transaction is durable, while the caller has their answer already."""

        async def begin() -> None:
            task = asyncio.create_task(send())
            self._under_way.add(task)  # the loop itself keeps no hold of it
            task.add_done_callback(self._under_way.discard)

        tx.after_commit(begin)

    def allow(self, to: str) -> None:
        """Count a message that anybody may cause to be sent to this address.

        Raises:
            TooManyRequests: There were many within the hour.
        """
        moment = time.monotonic()
        recent = [at for at in self._sent.pop(to, ()) if moment - at < _HOUR]
        if len(recent) >= _MOST_AN_HOUR:
            self._sent[to] = recent
            raise TooManyRequests("Many messages were sent to this address. Try again in an hour.")
        self._sent[to] = [*recent, moment]
        while len(self._sent) > _REMEMBERED:
            self._sent.pop(next(iter(self._sent)))

    async def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Send, or log. A mail server that is down is logged, too, and stops nothing else."""
        subject = " ".join(subject.split())  # users' words: a header has one line
        if self._server is None:
            log.warning("No mail server is configured. Mail to %s: %s\n%s", to, subject, text)
            return
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        try:
            await asyncio.to_thread(self._deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            log.error("Could not send mail to %s: %s\n%s", to, error, text)

    def _deliver(self, message: EmailMessage) -> None:
        assert self._server is not None
        host, port = self._server.hostname or "localhost", self._server.port or 25
        with smtplib.SMTP(host, port, timeout=_SECONDS) as smtp:
            if self._server.username:
                smtp.starttls()
                smtp.login(unquote(self._server.username), unquote(self._server.password or ""))
            smtp.send_message(message)
