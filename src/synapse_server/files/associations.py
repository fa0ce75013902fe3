"""What file handles belong to: who reaches bytes through that, and what keeps them from deletion.

Every kind of ``FileHandleAssociateType`` that this server knows has one row in a table here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.evaluations import submissions
from synapse_server.files import handles
from synapse_server.governance import submissions as data_requests
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.messages import service as messages
from synapse_server.tables import files as tables
from synapse_server.teams import service as teams
from synapse_server.users import service as users
from synapse_server.wiki import service as wikis
from synapse_wire import files as wire
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound

# Whether an object has a file handle. It raises NotFound when there is no such object, and
# Forbidden when the caller may not have its files.
_Has = Callable[[Tx, Caller, str, int, Policy], Awaitable[bool]]


async def _entity(tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy) -> bool:
    entity = ids.parse(object_id)
    await entities.load(tx, caller, entity, bits.DOWNLOAD, policy)
    return await handles.entity_versions(tx, handle, entity)


async def _wiki(
    tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy, *, is_markdown: bool
) -> bool:
    return await wikis.reach(tx, caller, object_id, handle, policy, is_markdown=is_markdown)


async def _picture(tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy) -> bool:
    return await users.picture(tx, users.parse_id(object_id, "user")) == handle


async def _icon(tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy) -> bool:
    icon = await teams.icon(tx, teams.parse_id(object_id))
    return bool(icon["id"] == handle)


async def _message(tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy) -> bool:
    text = await messages.text_of(tx, caller, messages.parse_id(object_id))
    return bool(text["id"] == handle)


async def _submission(tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy) -> bool:
    return await submissions.has_file(tx, caller, object_id, handle)


async def _governance(
    tx: Tx, caller: Caller, object_id: str, handle: int, policy: Policy, *, kind: str
) -> bool:
    return await data_requests.has_file(tx, caller, kind, object_id, handle)


_KINDS: dict[str, _Has] = {
    "FileEntity": _entity,
    "TableEntity": tables.has_file,
    "WikiAttachment": partial(_wiki, is_markdown=False),
    "WikiMarkdown": partial(_wiki, is_markdown=True),
    "UserProfileAttachment": _picture,
    "TeamAttachment": _icon,
    "MessageAttachment": _message,
    "SubmissionAttachment": _submission,
    **{
        kind: partial(_governance, kind=kind)
        for kind in (
            "AccessRequirementAttachment",
            "DataAccessRequestAttachment",
            "DataAccessSubmissionAttachment",
        )
    },
}

# Whether anything of a kind has a file handle, and what that makes of the handle.
_HOLDERS: tuple[tuple[Callable[[Tx, int], Awaitable[bool]], str], ...] = (
    (handles.has_entity, "belongs to an entity; delete that first"),
    (tables.holds, "is in a table; delete that first"),
    (wikis.uses, "belongs to a wiki page; change that first"),
    (users.shows, "is a user's picture; choose another first"),
    (teams.shows, "is a team's icon; choose another first"),
    (messages.shows, "is the text of a message"),
    (submissions.holds, "belongs to a submission to an evaluation"),
    (data_requests.holds, "belongs to an access requirement or to a request for access"),
)


async def reachable(
    tx: Tx, caller: Caller, association: wire.FileHandleAssociation, policy: Policy
) -> Row:
    """The handle of an association through which the caller may download it.

    Raises:
        BadRequest: The association is not complete.
        NotFound: No such handle or object.
        Forbidden: The caller may not download from the object, or it does not have the handle.
    """
    row = await handles.find(tx, handles.parse_id(association.file_handle_id))
    kind, object_id = association.associate_object_type, association.associate_object_id
    if kind is None or object_id is None:
        raise BadRequest("associateObjectType and associateObjectId are needed.")
    has = _KINDS.get(kind)
    if has is None:
        raise NotFound(f"No {kind} {object_id} has this file handle.")
    if not await has(tx, caller, object_id, row["id"], policy):
        raise Forbidden(f"The {kind} {object_id} does not have the file handle {row['id']}.")
    return row


async def require_free(tx: Tx, handle: int) -> None:
    """Refuse to delete a handle that belongs to something.

    Raises:
        Conflict: It does.
    """
    for holds, what in _HOLDERS:
        if await holds(tx, handle):
            raise Conflict(f"The file handle {handle} {what}.")
