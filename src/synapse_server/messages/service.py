"""The rules of messages."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

import msgspec

from synapse_server.access import bits
from synapse_server.access import service as access
from synapse_server.access.service import Policy
from synapse_server.auth import links, notices
from synapse_server.auth.notices import Post
from synapse_server.auth.tokens import Tokens
from synapse_server.blobs.base import BlobStore
from synapse_server.entities import service as entities
from synapse_server.files import handles
from synapse_server.kernel.caller import ANONYMOUS, Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, results
from synapse_server.messages import letters, store
from synapse_server.teams import service as teams
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.base import ResponseMessage, Results, iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound, TooManyRequests
from synapse_wire.messages import (
    MessageBundle,
    MessageOrder,
    MessageRecipientSet,
    MessageStatus,
    MessageToUser,
    Status,
)
from synapse_wire.signed import NotificationSettingsToken

TRUSTED_SENDERS = 4
KINDS = ("text/plain", "text/html", "application/json")
_MOST_RECIPIENTS = 50
_MOST_A_MINUTE = 10
_MINUTE = 60_000
_MOST_SUBJECT = 1000
_MOST_TEXT = 2 * 1024 * 1024
_STATUSES: tuple[Status, ...] = get_args(Status)
_AT_ONCE = 400
_read = msgspec.json.Decoder(MessageToUser).decode


def parse_id(text: str | None) -> int:
    """The number of a message."""
    return users.parse_id(text or "", "message")


# ------------------------------------------------------------------ sending


async def send(
    tx: Tx, caller: Caller, message: MessageToUser, post: Post, blobs: BlobStore
) -> MessageToUser:
    """Send a message whose text is a file of the caller's.

    Raises:
        Forbidden: A team takes no messages from the caller.
        TooManyRequests: They have sent many within the minute.
    """
    caller.require_sign_in()
    row = await handles.own(tx, caller, message.file_handle_id, keep=True)
    return await _send(tx, caller, message, row, post, blobs)


async def send_to_owners(
    tx: Tx,
    caller: Caller,
    entity: int,
    message: MessageToUser,
    policy: Policy,
    post: Post,
    blobs: BlobStore,
) -> MessageToUser:
    """Send a message to those who may share an entity, besides its recipients."""
    caller.require_sign_in()
    row = await entities.load(tx, caller, entity, bits.READ, policy)
    owners = []
    for principal in await access.sharers(tx, row["benefactor_id"]):
        found = await principals.find(tx, principal)
        if found is None or found["kind"] == "group":
            continue
        if found["kind"] == "user" or await teams.may(tx, caller, principal, bits.SEND_MESSAGE):
            owners.append(str(principal))
    wanted = [*(message.recipients or ()), *(owners or [str(row["created_by"])])]
    message = msgspec.structs.replace(message, recipients=list(dict.fromkeys(wanted)))
    return await send(tx, caller, message, post, blobs)


async def forward(
    tx: Tx, caller: Caller, id: int, to: MessageRecipientSet, post: Post, blobs: BlobStore
) -> MessageToUser:
    """Send a message that the caller has sent or received on to others."""
    row = await _load(tx, caller, id)
    old = to_message(row)
    message = MessageToUser(
        subject=old.subject,
        recipients=to.recipients,
        file_handle_id=old.file_handle_id,
        in_reply_to=old.id,
    )
    handle = await handles.find(tx, row["file_handle_id"], keep=True)
    return await _send(tx, caller, message, handle, post, blobs)


async def _send(
    tx: Tx, caller: Caller, message: MessageToUser, handle: Row, post: Post, blobs: BlobStore
) -> MessageToUser:
    sender = await principals.find(tx, caller.id, lock=True)  # to count their messages in order
    assert sender is not None
    kind = _check(message, handle)
    for page in (message.notification_unsubscribe_endpoint, message.user_profile_setting_endpoint):
        if page:
            links.own_page(post.settings, page)
    trusted = caller.is_admin or await principals.is_member(tx, TRUSTED_SENDERS, caller.id)
    receivers = await _receivers(tx, caller, message.recipients, trusted)
    if not trusted and await store.sent_since(tx, caller.id, now() - _MINUTE) >= _MOST_A_MINUTE:
        raise TooManyRequests(f"At most {_MOST_A_MINUTE} messages a minute. Try again in a minute.")
    id = await store.next_id(tx)
    root = id
    if message.in_reply_to is not None:
        root = (await _load(tx, caller, parse_id(message.in_reply_to)))["root_id"]
    kept = msgspec.structs.replace(
        message,
        id=None,
        created_by=None,
        created_on=None,
        file_handle_id=None,
        subject=None,
        in_reply_to_root=None,
    )
    body = msgspec.json.encode(kept).decode()
    await store.add(tx, id, caller.id, message.subject, handle["id"], root, body)
    by_mail = post.mail.is_configured
    to = [row for row in receivers if by_mail and notices.address(row)]
    seen = {row["id"] for row in to if notices.wishes(row).mark_emailed_messages_as_read}
    await store.deliver(
        tx, id, [(row["id"], "READ" if row["id"] in seen else "UNREAD") for row in receivers]
    )
    if to:
        post = replace(post, unsubscribe=message.notification_unsubscribe_endpoint)
        _mail(tx, post, blobs, sender["name"], message, handle["blob"], kind, to)
    row = await store.find(tx, id)
    assert row is not None
    return to_message(row)


def _check(message: MessageToUser, handle: Row) -> str:
    if len(message.subject or "") > _MOST_SUBJECT:
        raise BadRequest(f"The subject has at most {_MOST_SUBJECT} characters.")
    kind = (handles.to_handle(handle).content_type or "").partition(";")[0].strip().lower()
    if handle["blob"] is None or kind not in KINDS:
        raise BadRequest(
            f"The text of a message must be an uploaded file of type {' or '.join(KINDS)}, not"
            f" {kind!r}."
        )
    if (handle["size"] or 0) > _MOST_TEXT:
        raise BadRequest(f"The text of a message has at most {_MOST_TEXT} bytes.")
    return kind


async def _receivers(
    tx: Tx, caller: Caller, recipients: list[str] | None, trusted: bool
) -> list[Row]:
    """The users that a message goes to."""
    wanted = list(dict.fromkeys(users.parse_id(each, "recipient") for each in recipients or ()))
    if not wanted:
        raise BadRequest("The message has no recipients. Name the ids of users or teams.")
    if len(wanted) > _MOST_RECIPIENTS and not trusted:
        raise BadRequest(f"At most {_MOST_RECIPIENTS} recipients; these are {len(wanted)}.")
    found = await _find_many(tx, wanted)
    people: dict[int, None] = {}
    for id in wanted:
        row = found.get(id)
        if row is None or row["kind"] == "group" or id == ANONYMOUS:
            raise BadRequest(f"There is no user or team with the id {id} to write to.")
        members = [id]
        if row["kind"] == "team":
            members = await teams.members_to_write_to(tx, caller, id)
        people |= dict.fromkeys(members)
    missing = [id for id in people if id not in found]
    found |= await _find_many(tx, missing)
    return [found[id] for id in people]


async def _find_many(tx: Tx, ids: list[int]) -> dict[int, Row]:
    found: dict[int, Row] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = await principals.find_many(tx, ids[start : start + _AT_ONCE])
        found |= {row["id"]: row for row in some}
    return found


def _mail(
    tx: Tx,
    post: Post,
    blobs: BlobStore,
    sender: str,
    message: MessageToUser,
    blob: str,
    kind: str,
    receivers: list[Row],
) -> None:
    subject = message.subject or f"A message from {sender}"
    to = [(row["id"], notices.address(row) or "") for row in receivers]

    async def send() -> None:
        letter = letters.read(await blobs.read(blob), kind)
        for user, address in to:
            after = f"To get no such mail: {post.without_mail(user)}"
            if message.with_profile_setting_link and message.user_profile_setting_endpoint:
                after += f"\nYour settings: {message.user_profile_setting_endpoint}"
            whole = letters.framed(letter, f"{sender} writes to you on Synapse:", after)
            await post.mail.send(address, subject, whole.text, whole.html)

    post.mail.later(tx, send)


# ------------------------------------------------------------------ reading


async def _load(tx: Tx, caller: Caller, id: int) -> Row:
    """A message that the caller has sent or received."""
    caller.require_sign_in()
    row = await store.find(tx, id)
    if row is None:
        raise NotFound(f"There is no message with the id {id}.")
    mine = row["created_by"] == caller.id or caller.is_admin
    if not mine and not await store.has_received(tx, id, caller.id):
        raise Forbidden(f"You have neither sent nor received the message {id}.")
    return row


def to_message(row: Row) -> MessageToUser:
    """The struct of a row."""
    message = _read(row["body"])
    message.id = str(row["id"])
    message.created_by = str(row["created_by"])
    message.created_on = iso(row["created_on"])
    message.subject = row["subject"]
    message.file_handle_id = str(row["file_handle_id"])
    message.in_reply_to_root = str(row["root_id"])
    return message


async def get(tx: Tx, caller: Caller, id: int) -> MessageToUser:
    """A message, for who sent it and who received it."""
    return to_message(await _load(tx, caller, id))


async def text_of(tx: Tx, caller: Caller, id: int) -> Row:
    """The file handle of its text, for the same people."""
    row = await _load(tx, caller, id)
    return await handles.find(tx, row["file_handle_id"])


async def shows(tx: Tx, handle: int) -> bool:
    """Whether a file handle is the text of some message."""
    return await store.with_file(tx, handle) is not None


async def inbox(
    tx: Tx,
    caller: Caller,
    statuses: str | None,
    order: MessageOrder,
    descending: bool,
    offset: int,
    limit: int,
) -> Results[MessageBundle]:
    """What the caller has received; unread unless other statuses are named."""
    caller.require_sign_in()
    offset, limit = check_page(offset, limit)
    wanted = [each.strip().upper() for each in (statuses or "UNREAD").split(",")]
    for each in wanted:
        if each not in _STATUSES:
            raise BadRequest(f"inboxFilter is made of {', '.join(_STATUSES)}, not {each!r}.")
    rows = await store.inbox(
        tx, caller.id, cast("list[Status]", wanted), order, descending, offset, limit
    )
    found = [
        MessageBundle(
            message=to_message(row),
            status=MessageStatus(
                message_id=str(row["id"]), recipient_id=str(caller.id), status=row["status"]
            ),
        )
        for row in rows
    ]
    return results(found, offset, limit)


async def outbox(
    tx: Tx, caller: Caller, order: MessageOrder, descending: bool, offset: int, limit: int
) -> Results[MessageToUser]:
    """What the caller has sent."""
    caller.require_sign_in()
    offset, limit = check_page(offset, limit)
    rows = await store.outbox(tx, caller.id, order, descending, offset, limit)
    return results([to_message(row) for row in rows], offset, limit)


async def conversation(
    tx: Tx, caller: Caller, id: int, order: MessageOrder, descending: bool, offset: int, limit: int
) -> Results[MessageToUser]:
    """The messages of the same conversation that the caller has sent or received."""
    offset, limit = check_page(offset, limit)
    root = (await _load(tx, caller, id))["root_id"]
    rows = await store.conversation(tx, root, caller.id, order, descending, offset, limit)
    return results([to_message(row) for row in rows], offset, limit)


# ------------------------------------------------------------------ changing


async def set_status(tx: Tx, caller: Caller, status: MessageStatus) -> None:
    """Note what the caller has done with a message that they received."""
    caller.require_sign_in()
    id = parse_id(status.message_id)
    if status.status is None:
        raise BadRequest(f"Name the status: {', '.join(_STATUSES)}.")
    if status.recipient_id not in (None, str(caller.id)):
        raise Forbidden("You may set the status of your own messages only.")
    if not await store.set_status(tx, id, caller.id, status.status):
        await _load(tx, caller, id)
        raise Forbidden(f"The message {id} was not sent to you.")


async def delete(tx: Tx, caller: Caller, id: int) -> None:
    """Delete a message from everywhere."""
    caller.require_sign_in()
    if not caller.is_admin:
        raise Forbidden("Only an administrator may do this.")
    await _load(tx, caller, id)
    await store.delete(tx, id)


async def set_notification_settings(
    tx: Tx, tokens: Tokens, token: NotificationSettingsToken
) -> ResponseMessage:
    """Do what a mailed link says about mail."""
    tokens.check(token)
    if token.settings is None:
        raise BadRequest("The token has no settings.")
    user = users.parse_id(token.user_id or "", "user")
    await users.set_notification_settings(tx, user, token.settings)
    return ResponseMessage(message="Your notification settings have been changed.")
