"""Letters about access: they go out after the commit of what they tell."""

from __future__ import annotations

from synapse_server.auth import notices
from synapse_server.auth.notices import Post
from synapse_server.governance import store
from synapse_server.kernel.database import Tx
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.governance import NotificationType


async def to_user(tx: Tx, post: Post, user: int, subject: str, text: str) -> None:
    """Write to a user, if they want mail."""
    row = await principals.find(tx, user)
    if row is not None and row["profile"] is not None:
        notices.tell(tx, post, row, subject, text)


async def to_compliance_team(tx: Tx, post: Post, subject: str, text: str) -> None:
    """Write to all members of the compliance team."""
    for member in await users.members_of(tx, users.ACT):
        await to_user(tx, post, member, subject, text)


async def to_reviewers(tx: Tx, post: Post, requirement: int, subject: str, text: str) -> None:
    """Write to the reviewers of a requirement, or the compliance team if it has none."""
    named = [row["principal_id"] for row in await store.reviewers(tx, [requirement])]
    people: dict[int, None] = {}
    for principal in named or [users.ACT]:
        people |= dict.fromkeys(await users.members_of(tx, principal) or [principal])
    for person in people:
        await to_user(tx, post, person, subject, text)


async def once(
    tx: Tx,
    post: Post,
    kind: NotificationType,
    requirement: int,
    user: int,
    about: int,
    subject: str,
    text: str,
) -> None:
    """Write to a user what they are told once; see ``store.note_letter``."""
    if await store.note_letter(tx, requirement, user, kind, about):
        await to_user(tx, post, user, subject, text)
