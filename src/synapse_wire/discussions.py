"""Discussions: the forum of a project, its threads and their replies."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint

Filter: TypeAlias = Literal["NO_FILTER", "DELETED_ONLY", "EXCLUDE_DELETED"]
ThreadOrder: TypeAlias = Literal[
    "NUMBER_OF_REPLIES", "NUMBER_OF_VIEWS", "PINNED_AND_LAST_ACTIVITY", "THREAD_TITLE"
]
ReplyOrder: TypeAlias = Literal["CREATED_ON"]
MOST_THREADS = 20
"""On a page."""
MOST_REPLIES = 100
MOST_MODERATORS = 100
MOST_TITLE = 140
MOST_MESSAGE = 100_000
LEAST_SEARCH = 3


class Forum(Wire):
    """Where a project is discussed."""

    id: str
    project_id: str
    etag: str


class CreateDiscussionThread(Wire):
    """A thread to open."""

    forum_id: str | None = None
    title: str | None = None
    message_markdown: str | None = None


class UpdateThreadTitle(Wire):
    """What a thread is to be called."""

    title: str | None = None


class UpdateThreadMessage(Wire):
    """What a thread is to say."""

    message_markdown: str | None = None


class DiscussionThreadBundle(Wire):
    """A thread with what happened in it. The message is had through ``message_key``."""

    id: str
    forum_id: str
    project_id: str
    title: str
    created_on: Date
    created_by: str
    modified_on: Date
    etag: str
    message_key: str
    number_of_views: int
    """By how many different users."""
    number_of_replies: int
    last_activity: Date
    active_authors: list[str]
    """At most five who wrote most, the one who began first."""
    is_edited: bool
    is_deleted: bool
    is_pinned: bool


class CreateDiscussionReply(Wire):
    """An answer to give."""

    thread_id: str | None = None
    message_markdown: str | None = None


class UpdateReplyMessage(Wire):
    """What an answer is to say."""

    message_markdown: str | None = None


class DiscussionReplyBundle(Wire):
    """An answer in a thread."""

    id: str
    thread_id: str
    forum_id: str
    project_id: str
    created_on: Date
    created_by: str
    modified_on: Date
    etag: str
    message_key: str
    is_edited: bool
    is_deleted: bool


class MessageURL(Wire):
    """Where a message's text is to be had for a minute."""

    message_url: str


class ThreadCount(Wire):
    """How many threads."""

    count: int


class ReplyCount(Wire):
    """How many replies."""

    count: int


class EntityIdList(Wire):
    """Some entities."""

    id_list: list[str] | None = None


class EntityThreadCount(Wire):
    """How many threads mention an entity."""

    entity_id: str
    count: int


class EntityThreadCounts(Wire):
    """The same of several."""

    list_: list[EntityThreadCount]


class DiscussionSearchRequest(Wire):
    """What to look for; all its words must stand in a title or a message."""

    search_string: str | None = None
    next_page_token: str | None = None


class Match(Wire):
    """A thread, or a reply in it, that was found."""

    forum_id: str
    thread_id: str
    reply_id: str | None = None


class DiscussionSearchResponse(Wire):
    """A page of what was found, the newest first."""

    matches: list[Match]
    next_page_token: str | None = None


# ------------------------------------------------------------------ forums


@endpoint("GET", "/repo/v1/project/{projectId}/forum")
def get_forum_of_project(project_id: str) -> Forum:
    """The forum of a project, which is made when it is first asked for."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/forum/{forumId}")
def get_forum(forum_id: str) -> Forum:
    """A forum."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/forum/{forumId}/moderators")
def list_moderators(forum_id: str, limit: int, offset: int) -> Results[str]:
    """The users and teams who may moderate a forum."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/forum/{forumId}/threads")
def list_threads(
    forum_id: str,
    limit: int,
    offset: int,
    filter: Filter,
    sort: ThreadOrder | None = None,
    ascending: bool | None = None,
) -> Results[DiscussionThreadBundle]:
    """The threads of a forum; deleted ones are for moderators."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/forum/{forumId}/threadcount")
def count_threads(forum_id: str, filter: Filter) -> ThreadCount:
    """How many there are."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/forum/{forumId}/search", repeatable=True)
def search_forum(forum_id: str, body: DiscussionSearchRequest) -> DiscussionSearchResponse:
    """Threads and replies with certain words."""
    raise NotImplementedError


# ------------------------------------------------------------------ threads


@endpoint("POST", "/repo/v1/thread")
def create_thread(body: CreateDiscussionThread) -> DiscussionThreadBundle:
    """Open a thread."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/thread/{threadId}")
def get_thread(thread_id: str) -> DiscussionThreadBundle:
    """A thread; that the caller has seen it is noted."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/thread/messageUrl")
def get_thread_message_url(message_key: str) -> MessageURL:
    """Where the text of a thread's message is to be had."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/thread/{threadId}/title")
def update_thread_title(thread_id: str, body: UpdateThreadTitle) -> DiscussionThreadBundle:
    """Rename one's own thread."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/thread/{threadId}/message")
def update_thread_message(thread_id: str, body: UpdateThreadMessage) -> DiscussionThreadBundle:
    """Rewrite one's own thread's message."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/thread/{threadId}")
def delete_thread(thread_id: str) -> None:
    """For moderators: mark a thread as deleted."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/thread/{threadId}/restore")
def restore_thread(thread_id: str) -> None:
    """For moderators: bring a deleted thread back."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/thread/{threadId}/pin")
def pin_thread(thread_id: str) -> None:
    """For moderators: keep a thread on top."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/thread/{threadId}/unpin")
def unpin_thread(thread_id: str) -> None:
    """For moderators: keep it there no longer."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/entity/{id}/threads")
def list_threads_about(
    id: str,
    limit: int,
    offset: int,
    sort: ThreadOrder | None = None,
    ascending: bool | None = None,
) -> Results[DiscussionThreadBundle]:
    """The threads that mention an entity and that the caller may see."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/entity/threadcounts", repeatable=True)
def count_threads_about(body: EntityIdList) -> EntityThreadCounts:
    """How many there are, for each of at most 20 entities."""
    raise NotImplementedError


# ------------------------------------------------------------------ replies


@endpoint("POST", "/repo/v1/reply")
def create_reply(body: CreateDiscussionReply) -> DiscussionReplyBundle:
    """Answer a thread."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/reply/{replyId}")
def get_reply(reply_id: str) -> DiscussionReplyBundle:
    """A reply."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/reply/messageUrl")
def get_reply_message_url(message_key: str) -> MessageURL:
    """Where the text of a reply is to be had."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/reply/{replyId}/message")
def update_reply_message(reply_id: str, body: UpdateReplyMessage) -> DiscussionReplyBundle:
    """Rewrite one's own reply."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/reply/{replyId}")
def delete_reply(reply_id: str) -> None:
    """For moderators: mark a reply as deleted."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/thread/{threadId}/replies")
def list_replies(
    thread_id: str,
    limit: int,
    offset: int,
    filter: Filter,
    sort: ReplyOrder | None = None,
    ascending: bool | None = None,
) -> Results[DiscussionReplyBundle]:
    """The replies of a thread; deleted ones are for moderators."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/thread/{threadId}/replycount")
def count_replies(thread_id: str, filter: Filter) -> ReplyCount:
    """How many there are."""
    raise NotImplementedError
