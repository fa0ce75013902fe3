"""Who may follow what."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.discussions import service as discussions
from synapse_server.governance import requirements
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Tx
from synapse_server.subscriptions.service import ALL, parse_id
from synapse_wire.errors import BadRequest
from synapse_wire.subscriptions import Topic, TopicType


async def check(tx: Tx, caller: Caller, topic: Topic, policy: Policy) -> tuple[TopicType, int]:
    """A topic that the caller may see.

    Raises:
        NotFound: There is no such thing.
        Forbidden: The caller may not see it.
    """
    kind = topic.object_type
    if kind is None or not topic.object_id:
        raise BadRequest("A topic needs its objectType and objectId.")
    if kind == "FORUM":
        return kind, int((await discussions.load_forum(tx, caller, topic.object_id, policy))["id"])
    if kind == "THREAD":
        return kind, int((await discussions.load_thread(tx, caller, topic.object_id, policy))["id"])
    caller.require_sign_in()
    if kind == "DATA_ACCESS_SUBMISSION":
        await requirements.require_act(tx, caller)
    return kind, parse_id(topic.object_id, "data access submission")


async def check_all(tx: Tx, caller: Caller, kind: TopicType) -> int:
    """What stands for all topics of a type, if the caller may follow them."""
    caller.require_sign_in()
    if kind != "DATA_ACCESS_SUBMISSION":
        raise BadRequest("Only all requests for data (DATA_ACCESS_SUBMISSION) can be followed.")
    await requirements.require_act(tx, caller)
    return ALL
