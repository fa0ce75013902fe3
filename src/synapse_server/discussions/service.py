"""The rules of discussions.

Whoever may read a project reads its forum; who is signed in, too, writes; an author edits what is
theirs, and moderators delete, restore and pin. What is deleted is there for moderators only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.auth.notices import Post
from synapse_server.discussions import letters, store
from synapse_server.discussions.store import Table
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import PAGE, check_page, next_token, read_token, results
from synapse_server.subscriptions import service as subscriptions
from synapse_wire import discussions as wire
from synapse_wire.base import Results, iso
from synapse_wire.discussions import (
    DiscussionReplyBundle,
    DiscussionThreadBundle,
    Filter,
    Forum,
    ThreadOrder,
)
from synapse_wire.errors import BadRequest, Forbidden, NotFound

_MENTION = re.compile(r"\bsyn(\d{1,18})\b", re.IGNORECASE)
_MOST_MENTIONED = 1000
_MOST_WORDS = 20
_MOST_COUNTED = 20


def parse_id(text: str | None, what: str) -> int:
    """The number of a forum, a thread or a reply."""
    return numbers.parse_id(text, what)


def check_message(text: str | None) -> str:
    """A message that may be kept."""
    if not text or not text.strip():
        raise BadRequest("A message needs its messageMarkdown.")
    if len(text) > wire.MOST_MESSAGE:
        raise BadRequest(
            f"The message has {len(text)} characters; at most {wire.MOST_MESSAGE}. Longer text"
            " belongs in a wiki."
        )
    return text


def check_title(text: str | None) -> str:
    """A title that may be kept."""
    title = (text or "").strip()
    if not title or len(title) > wire.MOST_TITLE:
        raise BadRequest(f"A thread needs a title of 1 to {wire.MOST_TITLE} characters.")
    return title


def _words(text: str) -> str:
    """What a search looks at."""
    return text.casefold()


def _mentioned(*texts: str) -> list[int]:
    found = dict.fromkeys(int(each) for text in texts for each in _MENTION.findall(text))
    return list(found)[:_MOST_MENTIONED]


# ------------------------------------------------------------------ gates


async def load_forum(tx: Tx, caller: Caller, text: str | None, policy: Policy) -> Row:
    """A forum of a project that the caller may read."""
    row = await store.find_forum(tx, parse_id(text, "forum"))
    if row is None:
        raise NotFound(f"There is no forum {text}.")
    await entities.load(tx, caller, row["project_id"], bits.READ, policy)
    return row


async def _moderates(tx: Tx, caller: Caller, project: int, policy: Policy) -> bool:
    row = await entities.stored_row(tx, project)
    return await entities.may(tx, caller, row, bits.MODERATE, policy)


async def _check_filter(
    tx: Tx, caller: Caller, project: int, filter: Filter, policy: Policy
) -> None:
    if filter != "EXCLUDE_DELETED" and not await _moderates(tx, caller, project, policy):
        raise Forbidden("Only moderators may see what was deleted. Use the filter EXCLUDE_DELETED.")


async def load_thread(
    tx: Tx, caller: Caller, text: str | None, policy: Policy, *, lock: bool = False
) -> Row:
    """A thread that the caller may see."""
    row = await store.find_thread(tx, parse_id(text, "thread"), lock=lock)
    if row is None:
        raise NotFound(f"There is no thread {text}.")
    return await _seen_thread(tx, caller, row, policy)


async def _seen_thread(tx: Tx, caller: Caller, row: Row, policy: Policy) -> Row:
    await entities.load(tx, caller, row["project_id"], bits.READ, policy)
    if row["is_deleted"] and not await _moderates(tx, caller, row["project_id"], policy):
        raise NotFound(f"The thread {row['id']} was deleted.")
    return row


async def _load_reply(tx: Tx, caller: Caller, text: str, policy: Policy) -> Row:
    row = await store.find_reply(tx, parse_id(text, "reply"))
    if row is None:
        raise NotFound(f"There is no reply {text}.")
    return await _seen_reply(tx, caller, row, policy)


async def _seen_reply(tx: Tx, caller: Caller, row: Row, policy: Policy) -> Row:
    await entities.load(tx, caller, row["project_id"], bits.READ, policy)
    gone = row["is_deleted"] or row["thread_is_deleted"]
    if gone and not await _moderates(tx, caller, row["project_id"], policy):
        raise NotFound(f"The reply {row['id']} was deleted.")
    return row


def _require_author(caller: Caller, row: Row) -> None:
    caller.require_sign_in()
    if row["created_by"] != caller.id:
        raise Forbidden("Only its author may change a message.")
    if row["is_deleted"]:
        raise NotFound("This was deleted; a moderator can restore a thread.")


async def _load_to_moderate(tx: Tx, caller: Caller, text: str, policy: Policy) -> Row:
    caller.require_sign_in()
    row = await load_thread(tx, caller, text, policy, lock=True)
    await entities.load(tx, caller, row["project_id"], bits.MODERATE, policy)
    return row


# ------------------------------------------------------------------ forums


async def forum_of_project(tx: Tx, caller: Caller, project: int, policy: Policy) -> Forum:
    """The forum of a project, which is made when it is first asked for."""
    row = await entities.load(tx, caller, project, bits.READ, policy)
    if row["type"] != "project":
        raise BadRequest(f"{ids.wire(project)} is a {row['type']}; only projects have a forum.")
    return _to_forum(await store.forum_of(tx, project))


def _to_forum(row: Row) -> Forum:
    return Forum(id=str(row["id"]), project_id=ids.wire(row["project_id"]), etag=row["etag"])


async def get_forum(tx: Tx, caller: Caller, text: str, policy: Policy) -> Forum:
    """A forum."""
    return _to_forum(await load_forum(tx, caller, text, policy))


async def list_moderators(
    tx: Tx, caller: Caller, text: str, offset: int, limit: int, policy: Policy
) -> Results[str]:
    """The users and teams who may moderate a forum."""
    offset, limit = check_page(offset, limit, wire.MOST_MODERATORS)
    row = await load_forum(tx, caller, text, policy)
    project = await entities.stored_row(tx, row["project_id"])
    found = await store.moderators(tx, project["benefactor_id"], offset, limit)
    return results([str(id) for id in found], offset, limit)


async def list_threads(
    tx: Tx,
    caller: Caller,
    text: str,
    filter: Filter,
    order: ThreadOrder | None,
    ascending: bool | None,
    offset: int,
    limit: int,
    policy: Policy,
) -> Results[DiscussionThreadBundle]:
    """The threads of a forum."""
    offset, limit = check_page(offset, limit, wire.MOST_THREADS)
    forum = await load_forum(tx, caller, text, policy)
    await _check_filter(tx, caller, forum["project_id"], filter, policy)
    rows = await store.page_of_threads(
        tx, forum["id"], filter, order or _USUAL, bool(ascending), offset, limit
    )
    return results(await _to_threads(tx, rows), offset, limit)


_USUAL: ThreadOrder = "PINNED_AND_LAST_ACTIVITY"


async def count_threads(tx: Tx, caller: Caller, text: str, filter: Filter, policy: Policy) -> int:
    """How many there are."""
    forum = await load_forum(tx, caller, text, policy)
    await _check_filter(tx, caller, forum["project_id"], filter, policy)
    return await store.count_threads(tx, forum["id"], filter)


async def search(
    tx: Tx, caller: Caller, text: str, request: wire.DiscussionSearchRequest, policy: Policy
) -> wire.DiscussionSearchResponse:
    """Threads and replies with certain words, the newest first."""
    forum = await load_forum(tx, caller, text, policy)
    wanted = (request.search_string or "").strip()
    if len(wanted) < wire.LEAST_SEARCH:
        raise BadRequest(f"searchString needs at least {wire.LEAST_SEARCH} characters.")
    words = _words(wanted).split()
    if len(words) > _MOST_WORDS:
        raise BadRequest(f"At most {_MOST_WORDS} words can be looked for at once.")
    limit, offset = read_token(request.next_page_token, PAGE)
    rows = await store.search(tx, forum["id"], words, offset, limit + 1)
    return wire.DiscussionSearchResponse(
        matches=[
            wire.Match(
                forum_id=str(forum["id"]),
                thread_id=str(row["thread_id"]),
                reply_id=None if row["reply_id"] is None else str(row["reply_id"]),
            )
            for row in rows[:limit]
        ],
        next_page_token=next_token(limit, offset, len(rows)),
    )


async def forget(tx: Tx, projects: Sequence[int]) -> None:
    """Remove the forums of projects that are gone. NOTE: nobody's permission is asked for."""
    for forum in await store.forums_of(tx, projects):
        for thread in await store.threads_of(tx, forum):
            await subscriptions.forget(tx, "THREAD", thread)
        await subscriptions.forget(tx, "FORUM", forum)
        await store.delete_forum(tx, forum)


# ------------------------------------------------------------------ threads


async def _to_threads(tx: Tx, rows: Sequence[Row]) -> list[DiscussionThreadBundle]:
    authors = await store.authors(tx, rows)
    return [
        DiscussionThreadBundle(
            id=str(row["id"]),
            forum_id=str(row["forum_id"]),
            project_id=ids.wire(row["project_id"]),
            title=row["title"],
            created_on=iso(row["created_on"]),
            created_by=str(row["created_by"]),
            modified_on=iso(row["modified_on"]),
            etag=row["etag"],
            message_key=row["message_key"],
            number_of_views=row["views"],
            number_of_replies=row["replies"],
            last_activity=iso(row["last_activity"]),
            active_authors=[str(id) for id in authors[row["id"]]],
            is_edited=bool(row["is_edited"]),
            is_deleted=bool(row["is_deleted"]),
            is_pinned=bool(row["is_pinned"]),
        )
        for row in rows
    ]


async def _stored_thread(tx: Tx, id: int) -> DiscussionThreadBundle:
    row = await store.find_thread(tx, id)
    assert row is not None
    return (await _to_threads(tx, [row]))[0]


async def check_forum(tx: Tx, caller: Caller, text: str | None, policy: Policy) -> None:
    """Refuse who may not write in a forum."""
    caller.require_sign_in()
    await load_forum(tx, caller, text, policy)


async def create_thread(
    tx: Tx,
    caller: Caller,
    forum_id: str | None,
    title: str,
    message: str,
    message_key: str,
    policy: Policy,
    post: Post,
) -> DiscussionThreadBundle:
    """Open a thread, which its author follows. NOTE: the message is kept under its key already."""
    caller.require_sign_in()
    forum = await load_forum(tx, caller, forum_id, policy)
    id = await store.add_thread(
        tx, forum["id"], title, _words(title), caller.id, message_key, _words(message)
    )
    await store.mention(tx, id, _mentioned(title, message))
    await letters.of_thread(tx, caller, forum, id, title, message, policy, post)
    await subscriptions.follow(tx, caller.id, "THREAD", id)
    return await _stored_thread(tx, id)


async def get_thread(tx: Tx, caller: Caller, text: str, policy: Policy) -> DiscussionThreadBundle:
    """A thread."""
    return (await _to_threads(tx, [await load_thread(tx, caller, text, policy)]))[0]


async def note_view(tx: Tx, id: int, user: int) -> None:
    """Note that a user has seen a thread."""
    await store.note_view(tx, id, user)


async def thread_message(tx: Tx, caller: Caller, key: str, policy: Policy) -> str:
    """The key of a thread's message that the caller may read."""
    row = await store.thread_with(tx, key)
    if row is None:
        raise NotFound("There is no such message.")
    await _seen_thread(tx, caller, row, policy)
    return key


async def check_author(tx: Tx, caller: Caller, table: Table, text: str, policy: Policy) -> Row:
    """A thread or reply that is the caller's to change."""
    load = load_thread if table == "thread" else _load_reply
    row = await load(tx, caller, text, policy)
    _require_author(caller, row)
    return row


async def rename_thread(
    tx: Tx, caller: Caller, text: str, given: str | None, policy: Policy
) -> DiscussionThreadBundle:
    """Rename one's own thread."""
    row = await check_author(tx, caller, "thread", text, policy)
    title = check_title(given)
    await store.rename(tx, row["id"], title, _words(title))
    await store.mention(tx, row["id"], _mentioned(title))
    return await _stored_thread(tx, row["id"])


async def rewrite_thread(
    tx: Tx, caller: Caller, text: str, message: str, message_key: str, policy: Policy
) -> tuple[DiscussionThreadBundle, str]:
    """Give one's own thread another message; the thread and the key of the old message."""
    row = await check_author(tx, caller, "thread", text, policy)
    await store.rewrite(tx, "thread", row["id"], message_key, _words(message))
    await store.mention(tx, row["id"], _mentioned(message))
    return await _stored_thread(tx, row["id"]), row["message_key"]


async def delete_thread(tx: Tx, caller: Caller, text: str, policy: Policy) -> None:
    """Mark a thread as deleted."""
    row = await _load_to_moderate(tx, caller, text, policy)
    await store.set_deleted(tx, "thread", row["id"], True)


async def restore_thread(tx: Tx, caller: Caller, text: str, policy: Policy) -> None:
    """Bring a deleted thread back."""
    row = await _load_to_moderate(tx, caller, text, policy)
    await store.set_deleted(tx, "thread", row["id"], False)


async def pin_thread(tx: Tx, caller: Caller, text: str, is_pinned: bool, policy: Policy) -> None:
    """Keep a thread on top, or no longer."""
    row = await _load_to_moderate(tx, caller, text, policy)
    if row["is_deleted"]:
        raise NotFound(f"The thread {row['id']} was deleted; restore it first.")
    await store.set_pinned(tx, row["id"], is_pinned)


async def list_about(
    tx: Tx,
    caller: Caller,
    entity: int,
    order: ThreadOrder | None,
    ascending: bool | None,
    offset: int,
    limit: int,
    policy: Policy,
) -> Results[DiscussionThreadBundle]:
    """The threads that mention an entity and that the caller may see."""
    offset, limit = check_page(offset, limit, wire.MOST_THREADS)
    await entities.load(tx, caller, entity, bits.READ, policy)
    rows = await store.page_about(
        tx, caller, entity, order or _USUAL, bool(ascending), offset, limit
    )
    return results(await _to_threads(tx, rows), offset, limit)


async def count_about(
    tx: Tx, caller: Caller, given: Sequence[str] | None, policy: Policy
) -> wire.EntityThreadCounts:
    """How many threads mention each of these entities; for those that the caller may read."""
    if not given or len(given) > _MOST_COUNTED:
        raise BadRequest(f"idList needs 1 to {_MOST_COUNTED} ids of entities.")
    wanted = list(dict.fromkeys(ids.parse(id) for id in given))
    headers = await entities.get_headers(tx, caller, [(id, None) for id in wanted], policy)
    seen = {ids.parse(header.id) for header in headers}
    counts = await store.count_about(tx, caller, sorted(seen)) if seen else {}
    return wire.EntityThreadCounts(
        list_=[
            wire.EntityThreadCount(entity_id=ids.wire(id), count=counts.get(id, 0))
            for id in wanted
            if id in seen
        ]
    )


async def count_of(tx: Tx, caller: Caller, entity: int) -> int:
    """How many threads that the caller may see mention an entity. NOTE: they may read it."""
    return (await store.count_about(tx, caller, [entity])).get(entity, 0)


# ------------------------------------------------------------------ replies


def _to_reply(row: Row) -> DiscussionReplyBundle:
    return DiscussionReplyBundle(
        id=str(row["id"]),
        thread_id=str(row["thread_id"]),
        forum_id=str(row["forum_id"]),
        project_id=ids.wire(row["project_id"]),
        created_on=iso(row["created_on"]),
        created_by=str(row["created_by"]),
        modified_on=iso(row["modified_on"]),
        etag=row["etag"],
        message_key=row["message_key"],
        is_edited=bool(row["is_edited"]),
        is_deleted=bool(row["is_deleted"]),
    )


async def check_thread(tx: Tx, caller: Caller, text: str | None, policy: Policy) -> Row:
    """A thread that the caller may answer."""
    caller.require_sign_in()
    row = await load_thread(tx, caller, text, policy, lock=True)
    if row["is_deleted"]:
        raise NotFound(f"The thread {row['id']} was deleted; it takes no replies.")
    return row


async def create_reply(
    tx: Tx,
    caller: Caller,
    thread_id: str | None,
    message: str,
    message_key: str,
    policy: Policy,
    post: Post,
) -> DiscussionReplyBundle:
    """Answer a thread, which the author follows from then on."""
    thread = await check_thread(tx, caller, thread_id, policy)
    id = await store.add_reply(tx, thread["id"], caller.id, message_key, _words(message))
    await store.recount(tx, thread["id"])
    await store.mention(tx, thread["id"], _mentioned(message))
    await letters.of_reply(tx, caller, thread, message, policy, post)
    await subscriptions.follow(tx, caller.id, "THREAD", thread["id"])
    return await _stored_reply(tx, id)


async def _stored_reply(tx: Tx, id: int) -> DiscussionReplyBundle:
    row = await store.find_reply(tx, id)
    assert row is not None
    return _to_reply(row)


async def get_reply(tx: Tx, caller: Caller, text: str, policy: Policy) -> DiscussionReplyBundle:
    """A reply."""
    return _to_reply(await _load_reply(tx, caller, text, policy))


async def reply_message(tx: Tx, caller: Caller, key: str, policy: Policy) -> str:
    """The key of a reply's message that the caller may read."""
    row = await store.reply_with(tx, key)
    if row is None:
        raise NotFound("There is no such message.")
    await _seen_reply(tx, caller, row, policy)
    return key


async def rewrite_reply(
    tx: Tx, caller: Caller, text: str, message: str, message_key: str, policy: Policy
) -> tuple[DiscussionReplyBundle, str]:
    """Give one's own reply another message; the reply and the key of the old message."""
    row = await check_author(tx, caller, "reply", text, policy)
    await store.rewrite(tx, "reply", row["id"], message_key, _words(message))
    await store.mention(tx, row["thread_id"], _mentioned(message))
    return await _stored_reply(tx, row["id"]), row["message_key"]


async def delete_reply(tx: Tx, caller: Caller, text: str, policy: Policy) -> None:
    """Mark a reply as deleted."""
    caller.require_sign_in()
    row = await _load_reply(tx, caller, text, policy)
    await entities.load(tx, caller, row["project_id"], bits.MODERATE, policy)
    await store.set_deleted(tx, "reply", row["id"], True)
    await store.recount(tx, row["thread_id"])


async def list_replies(
    tx: Tx,
    caller: Caller,
    text: str,
    filter: Filter,
    ascending: bool | None,
    offset: int,
    limit: int,
    policy: Policy,
) -> Results[DiscussionReplyBundle]:
    """The replies of a thread, the oldest first unless said otherwise."""
    offset, limit = check_page(offset, limit, wire.MOST_REPLIES)
    thread = await load_thread(tx, caller, text, policy)
    await _check_filter(tx, caller, thread["project_id"], filter, policy)
    rows = await store.page_of_replies(
        tx, thread["id"], filter, ascending is not False, offset, limit
    )
    return results([_to_reply(row) for row in rows], offset, limit)


async def count_replies(tx: Tx, caller: Caller, text: str, filter: Filter, policy: Policy) -> int:
    """How many there are."""
    thread = await load_thread(tx, caller, text, policy)
    await _check_filter(tx, caller, thread["project_id"], filter, policy)
    return await store.count_replies(tx, thread["id"], filter)
