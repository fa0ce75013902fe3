"""Messages to users, which the server sends on by mail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synapse_wire import messages as wire
from synapse_wire.users import get_own_profile
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.legacy.base import Session
from synapseclient.transfer.upload import upload_file

if TYPE_CHECKING:
    from synapseclient.client import Synapse


class MessageMethods(Session):
    """Verbs of messages."""

    async def send_message_async(
        self,
        userIds: Iterable[Any],
        messageSubject: str,
        messageBody: str,
        contentType: str = "text/plain",
    ) -> dict[str, Any]:
        """Send a message to users and teams.

        Args:
            userIds: Their ids.
            messageSubject: What it is about.
            messageBody: The text.
            contentType: ``text/plain`` or ``text/html``.

        Returns:
            What the server knows of the message.
        """
        import tempfile  # late: hardly anybody sends messages

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "message.txt"
            await asyncio.to_thread(path.write_text, messageBody, encoding="utf-8")
            sent = await upload_file(cast("Synapse", self), str(path), content_type=contentType)
        message = wire.MessageToUser(
            recipients=[str(id) for id in userIds],
            subject=messageSubject,
            file_handle_id=sent.file_handle_id,
        )
        return cast(dict[str, Any], await self.call_json(wire.send_message, message))

    async def _tell_me(self, subject: str, body: str, *, expected: bool = True) -> None:
        """Send a message to whoever is logged in. One that cannot be sent is a warning, and not
        even that where the server has no messages and nobody has asked for this one."""
        try:
            # Asked first, so that no text is left at a server that sends none.
            await self.call(wire.list_outbox, limit=1)
            me = (await self.call(get_own_profile)).owner_id
            await self.send_message_async([me], subject, body)
        except (SynapseError, OSError) as error:
            absent = isinstance(error, SynapseHTTPError) and error.status == 501
            if expected or not absent:
                self.logger.warning("No message was sent: %s", " ".join(str(error).split()))

    sendMessage_async = send_message_async
    sendMessage = blocking(send_message_async)
