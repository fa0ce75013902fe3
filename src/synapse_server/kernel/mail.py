"""Mail: through SMTP when configured, else into the log where an operator finds the link."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

log = logging.getLogger("synapse.mail")


class Mail:
    """Sends messages after the transaction that wants them."""

    def __init__(self, server: str, sender: str) -> None:
        self._server = urlsplit(server) if server else None
        self._sender = sender

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send, or log. A mail server that is down is logged, too, and stops nothing else."""
        if self._server is None:
            log.warning("No mail server is configured. Mail to %s: %s\n%s", to, subject, text)
            return
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message.set_content(text)
        try:
            await asyncio.to_thread(self._deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            log.error("Could not send mail to %s: %s\n%s", to, error, text)

    def _deliver(self, message: EmailMessage) -> None:
        assert self._server is not None
        with smtplib.SMTP(self._server.hostname or "localhost", self._server.port or 25) as smtp:
            if self._server.username:
                smtp.starttls()
                smtp.login(unquote(self._server.username), unquote(self._server.password or ""))
            smtp.send_message(message)
