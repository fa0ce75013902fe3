"""Routes of messages."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.auth.notices import post_of
from synapse_server.auth.tokens import Tokens
from synapse_server.blobs.base import blobs_of
from synapse_server.entities import ids
from synapse_server.files import service as files
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.messages import service
from synapse_server.messages.service import parse_id
from synapse_server.settings import Settings
from synapse_wire import messages as wire
from synapse_wire.base import Redirection, ResponseMessage, Results
from synapse_wire.signed import NotificationSettingsToken

routes = Routes()


@routes.serve(wire.send_message)
async def send_message(call: Call, body: wire.MessageToUser) -> wire.MessageToUser:
    return await service.send(call.tx, call.caller, body, post_of(call), blobs_of(call))


@routes.serve(wire.send_message_to_owners)
async def send_message_to_owners(
    call: Call, id: str, body: wire.MessageToUser
) -> wire.MessageToUser:
    return await service.send_to_owners(
        call.tx,
        call.caller,
        ids.parse(id),
        body,
        call.need(Policy),
        post_of(call),
        blobs_of(call),
    )


@routes.serve(wire.list_inbox)
async def list_inbox(
    call: Call,
    inbox_filter: str | None = None,
    order_by: wire.MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[wire.MessageBundle]:
    return await service.inbox(
        call.tx, call.caller, inbox_filter, order_by, descending, offset, limit
    )


@routes.serve(wire.list_outbox)
async def list_outbox(
    call: Call,
    order_by: wire.MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[wire.MessageToUser]:
    return await service.outbox(call.tx, call.caller, order_by, descending, offset, limit)


@routes.serve(wire.set_message_status)
async def set_message_status(call: Call, body: wire.MessageStatus) -> None:
    await service.set_status(call.tx, call.caller, body)


@routes.serve(wire.get_message)
async def get_message(call: Call, message_id: str) -> wire.MessageToUser:
    return await service.get(call.tx, call.caller, parse_id(message_id))


@routes.serve(wire.list_conversation)
async def list_conversation(
    call: Call,
    message_id: str,
    order_by: wire.MessageOrder = "SEND_DATE",
    descending: bool = True,
    limit: int = 10,
    offset: int = 0,
) -> Results[wire.MessageToUser]:
    id = parse_id(message_id)
    return await service.conversation(call.tx, call.caller, id, order_by, descending, offset, limit)


@routes.serve(wire.get_message_url, Work.OWN)
async def get_message_url(call: Call, message_id: str, redirect: bool = True) -> Redirection:
    id = parse_id(message_id)
    row = await call.db.read(lambda tx: service.text_of(tx, call.caller, id))
    seconds = call.need(Settings).download_url_seconds
    return Redirection(await files.url_of(blobs_of(call), row, seconds), redirect)


@routes.serve(wire.forward_message)
async def forward_message(
    call: Call, message_id: str, body: wire.MessageRecipientSet
) -> wire.MessageToUser:
    id = parse_id(message_id)
    return await service.forward(call.tx, call.caller, id, body, post_of(call), blobs_of(call))


@routes.serve(wire.delete_message)
async def delete_message(call: Call, message_id: str) -> None:
    await service.delete(call.tx, call.caller, parse_id(message_id))


@routes.serve(wire.set_notification_settings)
async def set_notification_settings(call: Call, body: NotificationSettingsToken) -> ResponseMessage:
    return await service.set_notification_settings(call.tx, call.need(Tokens), body)
