"""Routes of discussions. Messages are blobs: they are written before the row that has their key,
and taken away again when that row could not be written."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from synapse_server.access.service import Policy
from synapse_server.auth.notices import post_of
from synapse_server.blobs.base import blobs_of
from synapse_server.discussions import service
from synapse_server.entities import ids
from synapse_server.kernel.database import Tx
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_wire import discussions as wire
from synapse_wire.base import Results
from synapse_wire.errors import ApiError

routes = Routes()
R = TypeVar("R")
_URL_SECONDS = 60
_TEXT = "text/plain; charset=utf-8"


async def _keep(
    call: Call,
    message: str,
    check: Callable[[Tx], Coroutine[Any, Any, Any]],
    work: Callable[[Tx, str], Coroutine[Any, Any, R]],
) -> R:
    """Keep a message, then do the work that needs its key; who may not write keeps no bytes."""
    await call.db.read(check)
    blobs = blobs_of(call)
    key = f"discussion/{uuid.uuid4()}"
    await blobs.write(key, message.encode())
    try:
        return await call.db.write(lambda tx: work(tx, key))
    except ApiError:
        await blobs.delete(key)
        raise


async def _url(
    call: Call, key: str, find: Callable[..., Coroutine[Any, Any, str]]
) -> wire.MessageURL:
    policy = call.need(Policy)
    found = await call.db.read(lambda tx: find(tx, call.caller, key, policy))
    url = await blobs_of(call).sign_get(found, _URL_SECONDS, "message.md", _TEXT)
    return wire.MessageURL(message_url=url)


# ------------------------------------------------------------------ forums


@routes.serve(wire.get_forum_of_project, Work.WRITE)
async def get_forum_of_project(call: Call, project_id: str) -> wire.Forum:
    return await service.forum_of_project(
        call.tx, call.caller, ids.parse(project_id), call.need(Policy)
    )


@routes.serve(wire.get_forum)
async def get_forum(call: Call, forum_id: str) -> wire.Forum:
    return await service.get_forum(call.tx, call.caller, forum_id, call.need(Policy))


@routes.serve(wire.list_moderators)
async def list_moderators(call: Call, forum_id: str, limit: int, offset: int) -> Results[str]:
    return await service.list_moderators(
        call.tx, call.caller, forum_id, offset, limit, call.need(Policy)
    )


@routes.serve(wire.list_threads, Work.SCAN)
async def list_threads(
    call: Call,
    forum_id: str,
    limit: int,
    offset: int,
    filter: wire.Filter,
    sort: wire.ThreadOrder | None = None,
    ascending: bool | None = None,
) -> Results[wire.DiscussionThreadBundle]:
    policy = call.need(Policy)
    return await service.list_threads(
        call.tx, call.caller, forum_id, filter, sort, ascending, offset, limit, policy
    )


@routes.serve(wire.count_threads)
async def count_threads(call: Call, forum_id: str, filter: wire.Filter) -> wire.ThreadCount:
    count = await service.count_threads(call.tx, call.caller, forum_id, filter, call.need(Policy))
    return wire.ThreadCount(count=count)


@routes.serve(wire.search_forum, Work.SCAN)
async def search_forum(
    call: Call, forum_id: str, body: wire.DiscussionSearchRequest
) -> wire.DiscussionSearchResponse:
    return await service.search(call.tx, call.caller, forum_id, body, call.need(Policy))


# ------------------------------------------------------------------ threads


@routes.serve(wire.create_thread, Work.OWN)
async def create_thread(
    call: Call, body: wire.CreateDiscussionThread
) -> wire.DiscussionThreadBundle:
    policy, post = call.need(Policy), post_of(call)
    call.caller.require_sign_in()
    title = service.check_title(body.title)
    message = service.check_message(body.message_markdown)
    return await _keep(
        call,
        message,
        lambda tx: service.check_forum(tx, call.caller, body.forum_id, policy),
        lambda tx, key: service.create_thread(
            tx, call.caller, body.forum_id, title, message, key, policy, post
        ),
    )


@routes.serve(wire.get_thread)
async def get_thread(call: Call, thread_id: str) -> wire.DiscussionThreadBundle:
    thread = await service.get_thread(call.tx, call.caller, thread_id, call.need(Policy))
    number, user = int(thread.id), call.caller.id
    call.afterwards = lambda tx: service.note_view(tx, number, user)
    return thread


@routes.serve(wire.get_thread_message_url, Work.OWN)
async def get_thread_message_url(call: Call, message_key: str) -> wire.MessageURL:
    return await _url(call, message_key, service.thread_message)


@routes.serve(wire.update_thread_title)
async def update_thread_title(
    call: Call, thread_id: str, body: wire.UpdateThreadTitle
) -> wire.DiscussionThreadBundle:
    return await service.rename_thread(
        call.tx, call.caller, thread_id, body.title, call.need(Policy)
    )


@routes.serve(wire.update_thread_message, Work.OWN)
async def update_thread_message(
    call: Call, thread_id: str, body: wire.UpdateThreadMessage
) -> wire.DiscussionThreadBundle:
    policy = call.need(Policy)
    message = service.check_message(body.message_markdown)
    thread, old = await _keep(
        call,
        message,
        lambda tx: service.check_author(tx, call.caller, "thread", thread_id, policy),
        lambda tx, key: service.rewrite_thread(tx, call.caller, thread_id, message, key, policy),
    )
    await blobs_of(call).delete(old)
    return thread


@routes.serve(wire.delete_thread)
async def delete_thread(call: Call, thread_id: str) -> None:
    await service.delete_thread(call.tx, call.caller, thread_id, call.need(Policy))


@routes.serve(wire.restore_thread)
async def restore_thread(call: Call, thread_id: str) -> None:
    await service.restore_thread(call.tx, call.caller, thread_id, call.need(Policy))


@routes.serve(wire.pin_thread)
async def pin_thread(call: Call, thread_id: str) -> None:
    await service.pin_thread(call.tx, call.caller, thread_id, True, call.need(Policy))


@routes.serve(wire.unpin_thread)
async def unpin_thread(call: Call, thread_id: str) -> None:
    await service.pin_thread(call.tx, call.caller, thread_id, False, call.need(Policy))


@routes.serve(wire.list_threads_about, Work.SCAN)
async def list_threads_about(
    call: Call,
    id: str,
    limit: int,
    offset: int,
    sort: wire.ThreadOrder | None = None,
    ascending: bool | None = None,
) -> Results[wire.DiscussionThreadBundle]:
    policy = call.need(Policy)
    return await service.list_about(
        call.tx, call.caller, ids.parse(id), sort, ascending, offset, limit, policy
    )


@routes.serve(wire.count_threads_about, Work.SCAN)
async def count_threads_about(call: Call, body: wire.EntityIdList) -> wire.EntityThreadCounts:
    return await service.count_about(call.tx, call.caller, body.id_list, call.need(Policy))


# ------------------------------------------------------------------ replies


@routes.serve(wire.create_reply, Work.OWN)
async def create_reply(call: Call, body: wire.CreateDiscussionReply) -> wire.DiscussionReplyBundle:
    policy, post = call.need(Policy), post_of(call)
    call.caller.require_sign_in()
    message = service.check_message(body.message_markdown)
    return await _keep(
        call,
        message,
        lambda tx: service.check_thread(tx, call.caller, body.thread_id, policy),
        lambda tx, key: service.create_reply(
            tx, call.caller, body.thread_id, message, key, policy, post
        ),
    )


@routes.serve(wire.get_reply)
async def get_reply(call: Call, reply_id: str) -> wire.DiscussionReplyBundle:
    return await service.get_reply(call.tx, call.caller, reply_id, call.need(Policy))


@routes.serve(wire.get_reply_message_url, Work.OWN)
async def get_reply_message_url(call: Call, message_key: str) -> wire.MessageURL:
    return await _url(call, message_key, service.reply_message)


@routes.serve(wire.update_reply_message, Work.OWN)
async def update_reply_message(
    call: Call, reply_id: str, body: wire.UpdateReplyMessage
) -> wire.DiscussionReplyBundle:
    policy = call.need(Policy)
    message = service.check_message(body.message_markdown)
    reply, old = await _keep(
        call,
        message,
        lambda tx: service.check_author(tx, call.caller, "reply", reply_id, policy),
        lambda tx, key: service.rewrite_reply(tx, call.caller, reply_id, message, key, policy),
    )
    await blobs_of(call).delete(old)
    return reply


@routes.serve(wire.delete_reply)
async def delete_reply(call: Call, reply_id: str) -> None:
    await service.delete_reply(call.tx, call.caller, reply_id, call.need(Policy))


@routes.serve(wire.list_replies, Work.SCAN)
async def list_replies(
    call: Call,
    thread_id: str,
    limit: int,
    offset: int,
    filter: wire.Filter,
    sort: wire.ReplyOrder | None = None,
    ascending: bool | None = None,
) -> Results[wire.DiscussionReplyBundle]:
    policy = call.need(Policy)
    return await service.list_replies(
        call.tx, call.caller, thread_id, filter, ascending, offset, limit, policy
    )


@routes.serve(wire.count_replies)
async def count_replies(call: Call, thread_id: str, filter: wire.Filter) -> wire.ReplyCount:
    count = await service.count_replies(call.tx, call.caller, thread_id, filter, call.need(Policy))
    return wire.ReplyCount(count=count)
