"""Mail about discussions: to who follows a forum or a thread, and to who is named in it."""

from __future__ import annotations

import re

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.auth import links
from synapse_server.auth.notices import Post, tell
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.subscriptions import service as subscriptions
from synapse_server.users import service as users

_NAMED = re.compile(r"(?<![\w@])@([A-Za-z0-9._-]{3,64})")
_MOST_NAMED = 20
_MOST_SHOWN = 2000


async def of_thread(
    tx: Tx,
    caller: Caller,
    forum: Row,
    thread: int,
    title: str,
    message: str,
    policy: Policy,
    post: Post,
) -> None:
    """Tell who follows the forum, and who is named, of a new thread."""
    told = await subscriptions.followers(tx, "FORUM", forum["id"])
    told += await _named(tx, f"{title}\n{message}")
    what = f"began the thread “{title}”"
    await _tell(tx, caller, told, forum["project_id"], thread, what, message, policy, post)


async def of_reply(
    tx: Tx, caller: Caller, thread: Row, message: str, policy: Policy, post: Post
) -> None:
    """Tell who follows the thread, and who is named, of a reply."""
    told = await subscriptions.followers(tx, "THREAD", thread["id"])
    told += await _named(tx, message)
    what = f"replied in the thread “{thread['title']}”"
    project, number = thread["project_id"], thread["id"]
    await _tell(tx, caller, told, project, number, what, message, policy, post)


async def _named(tx: Tx, text: str) -> list[int]:
    found = []
    for name in list(dict.fromkeys(_NAMED.findall(text)))[:_MOST_NAMED]:
        id = await users.look_up(tx, name.rstrip("."))
        if id is not None:
            found.append(id)
    return found


async def _tell(
    tx: Tx,
    caller: Caller,
    told: list[int],
    project_id: int,
    thread: int,
    what: str,
    message: str,
    policy: Policy,
    post: Post,
) -> None:
    people = [id for id in dict.fromkeys(told) if id != caller.id]
    if not people:
        return
    project = await entities.stored_row(tx, project_id)
    author = await users.require_user(tx, caller.id)
    shown = message if len(message) <= _MOST_SHOWN else message[:_MOST_SHOWN] + " …"
    address = (
        f"{links.home(post.settings)}/Synapse:{ids.wire(project_id)}/discussion/threadId={thread}"
    )
    subject = f"{project['name']}: {author['name']} {what}"
    text = f"{author['name']} {what} of {project['name']}:\n\n{shown}\n\nRead and answer: {address}"
    for id in people:
        # Who may read the project no longer is told nothing more of it.
        if await entities.may(tx, Caller(id), project, bits.READ, policy):
            person = await users.require_user(tx, id)
            if not person["is_disabled"]:
                tell(tx, post, person, subject, text)
