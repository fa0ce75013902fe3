"""SQL of forums, threads and replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from synapse_server.access import bits
from synapse_server.access import store as acls
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_server.kernel.dialect import like_prefix
from synapse_wire.discussions import Filter, ThreadOrder

Table: TypeAlias = Literal["thread", "reply"]
_THREAD = "SELECT t.*, f.project_id FROM thread t JOIN forum f ON f.id = t.forum_id"
_REPLY = (
    "SELECT r.*, t.forum_id, t.is_deleted AS thread_is_deleted, f.project_id FROM reply r"
    " JOIN thread t ON t.id = r.thread_id JOIN forum f ON f.id = t.forum_id"
)
_SHOWN: dict[Filter, str] = {
    "NO_FILTER": "",
    "DELETED_ONLY": " AND {0}.is_deleted = 1",
    "EXCLUDE_DELETED": " AND {0}.is_deleted = 0",
}
_ORDERS: dict[ThreadOrder, str] = {
    "NUMBER_OF_REPLIES": "t.replies {0}, t.id {0}",
    "NUMBER_OF_VIEWS": "t.views {0}, t.id {0}",
    "PINNED_AND_LAST_ACTIVITY": "t.is_pinned {0}, t.last_activity {0}, t.id {0}",
    "THREAD_TITLE": "t.title {0}, t.id {0}",
}
_MOST_AUTHORS = 5


# ------------------------------------------------------------------ forums


async def forum_of(tx: Tx, project: int) -> Row:
    """The forum of a project, made if need be."""
    row = await tx.one("SELECT * FROM forum WHERE project_id = ?", project)
    if row is None:
        await tx.run(
            "INSERT INTO forum (id, project_id, etag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            int(await scalar(tx, tx.dialect.next_id("forum"))),
            project,
            new_etag(),
        )
        row = await tx.one("SELECT * FROM forum WHERE project_id = ?", project)
    assert row is not None
    return row


async def find_forum(tx: Tx, id: int) -> Row | None:
    """A forum."""
    return await tx.one("SELECT * FROM forum WHERE id = ?", id)


async def moderators(tx: Tx, benefactor: int, offset: int, limit: int) -> list[int]:
    """The users and teams whom an ACL lets moderate."""
    rows = await tx.all(
        "SELECT principal_id FROM acl_entry WHERE kind = ? AND owner_id = ?"
        f" AND access & {bits.MODERATE} <> 0 ORDER BY principal_id LIMIT ? OFFSET ?",
        acls.ENTITY,
        benefactor,
        limit,
        offset,
    )
    return [row[0] for row in rows]


async def forums_of(tx: Tx, projects: Sequence[int]) -> list[int]:
    """The forums of these projects."""
    rows = await tx.all(
        f"SELECT id FROM forum WHERE project_id IN {marks(len(projects))}", *projects
    )
    return [row[0] for row in rows]


async def threads_of(tx: Tx, forum: int) -> list[int]:
    """All threads of a forum."""
    rows = await tx.all("SELECT id FROM thread WHERE forum_id = ?", forum)
    return [row[0] for row in rows]


async def delete_forum(tx: Tx, id: int) -> None:
    """Remove a forum with everything in it."""
    mine = "(SELECT id FROM thread WHERE forum_id = ?)"
    for table in ("reply", "thread_view", "thread_mention"):
        await tx.run(f"DELETE FROM {table} WHERE thread_id IN {mine}", id)
    await tx.run("DELETE FROM thread WHERE forum_id = ?", id)
    await tx.run("DELETE FROM forum WHERE id = ?", id)


# ------------------------------------------------------------------ threads


async def find_thread(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A thread with its project."""
    if lock and tx.dialect.lock_row():
        await tx.one(f"SELECT 1 FROM thread WHERE id = ?{tx.dialect.lock_row()}", id)
    return await tx.one(f"{_THREAD} WHERE t.id = ?", id)


async def thread_with(tx: Tx, message_key: str) -> Row | None:
    """The thread that has a message."""
    return await tx.one(f"{_THREAD} WHERE t.message_key = ?", message_key)


async def add_thread(
    tx: Tx, forum: int, title: str, title_words: str, author: int, message_key: str, words: str
) -> int:
    """Insert a thread; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("thread")))
    moment = now()
    await tx.run(
        "INSERT INTO thread (id, forum_id, title, title_words, etag, created_by, created_on, modified_on,"
        " last_activity, message_key, words, replies, views, is_edited, is_deleted, is_pinned)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)",
        id,
        forum,
        title,
        title_words,
        new_etag(),
        author,
        moment,
        moment,
        moment,
        message_key,
        words,
    )
    return id


async def rename(tx: Tx, id: int, title: str, title_words: str) -> None:
    """Give a thread another title."""
    await tx.run(
        "UPDATE thread SET title = ?, title_words = ?, is_edited = 1, etag = ?, modified_on = ?"
        " WHERE id = ?",
        title,
        title_words,
        new_etag(),
        now(),
        id,
    )


async def rewrite(tx: Tx, table: Table, id: int, message_key: str, words: str) -> None:
    """Give a thread or a reply another message."""
    await tx.run(
        f"UPDATE {table} SET message_key = ?, words = ?, is_edited = 1, etag = ?, modified_on = ?"
        " WHERE id = ?",
        message_key,
        words,
        new_etag(),
        now(),
        id,
    )


async def set_deleted(tx: Tx, table: Table, id: int, is_deleted: bool) -> None:
    """Mark a thread or a reply as deleted, or as there again."""
    sql = f"UPDATE {table} SET is_deleted = ?, etag = ? WHERE id = ?"
    await tx.run(sql, int(is_deleted), new_etag(), id)


async def set_pinned(tx: Tx, id: int, is_pinned: bool) -> None:
    """Keep a thread on top, or no longer."""
    sql = "UPDATE thread SET is_pinned = ?, etag = ? WHERE id = ?"
    await tx.run(sql, int(is_pinned), new_etag(), id)


async def recount(tx: Tx, id: int) -> None:
    """Count a thread's replies, and see when the last thing happened in it."""
    row = await tx.one(
        "SELECT count(*), max(created_on) FROM reply WHERE thread_id = ? AND is_deleted = 0", id
    )
    assert row is not None
    await tx.run(
        "UPDATE thread SET replies = ?, last_activity = COALESCE(?, created_on) WHERE id = ?",
        row[0],
        row[1],
        id,
    )


async def note_view(tx: Tx, id: int, user: int) -> None:
    """Note that a user has seen a thread; the first time counts."""
    added = await tx.run(
        "INSERT INTO thread_view (thread_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        id,
        user,
    )
    if added:
        await tx.run("UPDATE thread SET views = views + 1 WHERE id = ?", id)


async def mention(tx: Tx, id: int, entities: Sequence[int]) -> None:
    """Note which entities a thread mentions."""
    await tx.many(
        "INSERT INTO thread_mention (entity_id, thread_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(entity, id) for entity in entities],
    )


async def page_of_threads(
    tx: Tx, forum: int, filter: Filter, order: ThreadOrder, ascending: bool, offset: int, limit: int
) -> Sequence[Row]:
    """The threads of a forum."""
    return await tx.all(
        f"{_THREAD} WHERE t.forum_id = ?{_SHOWN[filter].format('t')}"
        f" ORDER BY {_ORDERS[order].format('ASC' if ascending else 'DESC')} LIMIT ? OFFSET ?",
        forum,
        limit,
        offset,
    )


async def count_threads(tx: Tx, forum: int, filter: Filter) -> int:
    """How many there are."""
    sql = f"SELECT count(*) FROM thread t WHERE t.forum_id = ?{_SHOWN[filter].format('t')}"
    return int(await scalar(tx, sql, forum))


def _seen(caller: Caller) -> tuple[str, tuple[int, ...]]:
    if caller.is_admin:
        return "", ()
    condition = acls.granting(acls.ENTITY, "e.benefactor_id", bits.READ)
    return f" AND {condition}", acls.readable_values(caller)


_ABOUT = (
    " JOIN thread_mention m ON m.thread_id = t.id JOIN entity e ON e.id = f.project_id"
    " WHERE e.trash_root IS NULL AND t.is_deleted = 0"
)


async def page_about(
    tx: Tx,
    caller: Caller,
    entity: int,
    order: ThreadOrder,
    ascending: bool,
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """The threads that mention an entity, in projects that the caller may read."""
    condition, values = _seen(caller)
    return await tx.all(
        f"{_THREAD}{_ABOUT} AND m.entity_id = ?{condition}"
        f" ORDER BY {_ORDERS[order].format('ASC' if ascending else 'DESC')} LIMIT ? OFFSET ?",
        entity,
        *values,
        limit,
        offset,
    )


async def count_about(tx: Tx, caller: Caller, entities: Sequence[int]) -> dict[int, int]:
    """How many there are, for each of some entities."""
    condition, values = _seen(caller)
    rows = await tx.all(
        "SELECT m.entity_id, count(*) FROM thread t JOIN forum f ON f.id = t.forum_id"
        f"{_ABOUT} AND m.entity_id IN {marks(len(entities))}{condition} GROUP BY m.entity_id",
        *entities,
        *values,
    )
    return {row[0]: row[1] for row in rows}


async def authors(tx: Tx, threads: Sequence[Row]) -> dict[int, list[int]]:
    """Who wrote most in each of these threads, after who began it."""
    found = {row["id"]: [row["created_by"]] for row in threads}
    if not found:
        return found
    rows = await tx.all(
        "SELECT thread_id, created_by, count(*) AS number FROM reply"
        f" WHERE thread_id IN {marks(len(found))} AND is_deleted = 0"
        " GROUP BY thread_id, created_by ORDER BY number DESC, created_by",
        *found,
    )
    for row in rows:
        names = found[row["thread_id"]]
        if row["created_by"] not in names and len(names) < _MOST_AUTHORS:
            names.append(row["created_by"])
    return found


# ------------------------------------------------------------------ replies


async def find_reply(tx: Tx, id: int) -> Row | None:
    """A reply with its forum and project."""
    return await tx.one(f"{_REPLY} WHERE r.id = ?", id)


async def reply_with(tx: Tx, message_key: str) -> Row | None:
    """The reply that has a message."""
    return await tx.one(f"{_REPLY} WHERE r.message_key = ?", message_key)


async def add_reply(tx: Tx, thread: int, author: int, message_key: str, words: str) -> int:
    """Insert a reply; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("reply")))
    moment = now()
    await tx.run(
        "INSERT INTO reply (id, thread_id, etag, created_by, created_on, modified_on, message_key,"
        " words, is_edited, is_deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        id,
        thread,
        new_etag(),
        author,
        moment,
        moment,
        message_key,
        words,
    )
    return id


async def page_of_replies(
    tx: Tx, thread: int, filter: Filter, ascending: bool, offset: int, limit: int
) -> Sequence[Row]:
    """The replies of a thread by their age."""
    way = "ASC" if ascending else "DESC"
    return await tx.all(
        f"{_REPLY} WHERE r.thread_id = ?{_SHOWN[filter].format('r')}"
        f" ORDER BY r.created_on {way}, r.id {way} LIMIT ? OFFSET ?",
        thread,
        limit,
        offset,
    )


async def count_replies(tx: Tx, thread: int, filter: Filter) -> int:
    """How many there are."""
    sql = f"SELECT count(*) FROM reply r WHERE r.thread_id = ?{_SHOWN[filter].format('r')}"
    return int(await scalar(tx, sql, thread))


async def search(
    tx: Tx, forum: int, words: Sequence[str], offset: int, limit: int
) -> Sequence[Row]:
    """Threads and replies of a forum that have all these words, the newest first."""
    patterns = ["%" + like_prefix(word) for word in words]
    all_of = " AND ".join(["{0} LIKE ? ESCAPE '\\'"] * len(words))
    of_thread = all_of.format("(t.title_words || ' ' || t.words)")
    return await tx.all(
        "SELECT t.id AS thread_id, NULL AS reply_id, t.created_on FROM thread t"
        f" WHERE t.forum_id = ? AND t.is_deleted = 0 AND {of_thread}"
        " UNION ALL SELECT r.thread_id, r.id, r.created_on FROM reply r"
        " JOIN thread t ON t.id = r.thread_id WHERE t.forum_id = ? AND t.is_deleted = 0"
        f" AND r.is_deleted = 0 AND {all_of.format('r.words')}"
        " ORDER BY 3 DESC, 1 DESC, 2 DESC LIMIT ? OFFSET ?",
        forum,
        *patterns,
        forum,
        *patterns,
        limit,
        offset,
    )
