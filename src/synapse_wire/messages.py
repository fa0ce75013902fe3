"""Messages between users, and whether mail tells of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Date, Redirection, ResponseMessage, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.signed import NotificationSettingsToken

Status: TypeAlias = Literal["READ", "UNREAD", "ARCHIVED"]
MessageOrder: TypeAlias = Literal["SEND_DATE", "SUBJECT"]


class MessageRecipientSet(Wire):
    """To whom: the ids of users and teams."""

    recipients: list[str] | None = None


class MessageToUser(Wire):
    """A message. Its text is a file of type ``text/plain``, ``text/html`` or
    ``application/json`` (an object with ``plain`` and ``html``)."""

    id: str | None = None
    created_by: str | None = None
    created_on: Date | None = None
    file_handle_id: str | None = None
    recipients: list[str] | None = None
    subject: str | None = None
    in_reply_to: str | None = None
    """The message that it answers."""
    in_reply_to_root: str | None = None
    """The first message of the conversation; its own id if it is the first."""
    notification_unsubscribe_endpoint: str | None = None
    """The page of this site to which a token is appended, with which mail is switched off."""
    user_profile_setting_endpoint: str | None = None
    """The page of this site with the settings of a user."""
    with_unsubscribe_link: bool | None = None
    with_profile_setting_link: bool | None = None
    is_notification_message: bool | None = None
    to: str | None = None
    cc: str | None = None
    bcc: str | None = None


class MessageStatus(Wire):
    """What a recipient has done with a message."""

    message_id: str | None = None
    recipient_id: str | None = None
    status: Status | None = None


class MessageBundle(Wire):
    """A message in somebody's inbox."""

    message: MessageToUser
    status: MessageStatus


@endpoint("POST", "/repo/v1/message")
def send_message(body: MessageToUser) -> MessageToUser:
    """Send a message to at most 50 users and teams."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/{id}/message")
def send_message_to_owners(id: str, body: MessageToUser) -> MessageToUser:
    """Send a message to those who may share an entity, and to its recipients, if it has any."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/message/inbox")
def list_inbox(
    inbox_filter: str | None = None,
    order_by: MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[MessageBundle]:
    """What the caller has received; unread unless ``inboxFilter`` names other statuses, with
    commas between them."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/message/outbox")
def list_outbox(
    order_by: MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[MessageToUser]:
    """What the caller has sent."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/message/status")
def set_message_status(body: MessageStatus) -> None:
    """Note what the caller has done with a message that they received."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/message/{messageId}")
def get_message(message_id: str) -> MessageToUser:
    """A message, for who sent it and who received it."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/message/{messageId}/conversation")
def list_conversation(
    message_id: str,
    order_by: MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[MessageToUser]:
    """The messages of the same conversation that the caller sent or received."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/message/{messageId}/file")
def get_message_url(message_id: str, redirect: bool = True) -> Redirection:
    """A signed URL of the text of a message: 307, or text with ``redirect=false``."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/message/{messageId}/forward")
def forward_message(message_id: str, body: MessageRecipientSet) -> MessageToUser:
    """Send a message on to others."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/admin/message/{messageId}")
def delete_message(message_id: str) -> None:
    """Delete a message everywhere; administrators only."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/notificationSettings")
def set_notification_settings(body: NotificationSettingsToken) -> ResponseMessage:
    """Choose whether to get mail, with the token of a mailed link."""
    raise NotImplementedError
