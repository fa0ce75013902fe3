"""Who follows what. Whether they may is asked by ``topics``."""

from __future__ import annotations

from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import PAGE, check_page, next_token, read_token
from synapse_server.subscriptions import store
from synapse_wire.base import estimate_total, iso
from synapse_wire.errors import BadRequest, Forbidden, NotFound
from synapse_wire.subscriptions import (
    MOST_PAGE,
    Direction,
    SubscriberPagedResults,
    Subscription,
    SubscriptionOrder,
    SubscriptionPagedResults,
    SubscriptionRequest,
    TopicType,
)

ALL = 0
"""Stands for all objects of a type, those of the future included."""
_MOST_TOLD = 1000


def parse_id(text: str | None, what: str = "subscription") -> int:
    """The number of a subscription or of what is followed."""
    return numbers.parse_id(text, what)


def to_subscription(row: Row) -> Subscription:
    """The struct of a row."""
    return Subscription(
        subscription_id=str(row["id"]),
        subscriber_id=str(row["user_id"]),
        object_id=str(row["object_id"]),
        object_type=row["kind"],
        created_on=iso(row["created_on"]),
    )


async def follow(tx: Tx, user: int, kind: TopicType, object_id: int) -> Subscription:
    """Follow a topic. NOTE: whether the user may was asked."""
    return to_subscription(await store.add(tx, user, kind, object_id))


async def followers(tx: Tx, kind: TopicType, object_id: int) -> list[int]:
    """Who is to be told of something new: at most a thousand."""
    return await store.subscribers(tx, kind, object_id, 0, _MOST_TOLD)


async def forget(tx: Tx, kind: TopicType, object_id: int) -> None:
    """A topic is gone: nobody follows it."""
    await store.delete_topic(tx, kind, object_id)


async def _own(tx: Tx, caller: Caller, id: str) -> Row:
    caller.require_sign_in()
    row = await store.find(tx, parse_id(id))
    if row is None:
        raise NotFound(f"There is no subscription {id}.")
    if row["user_id"] != caller.id:
        raise Forbidden("This is a subscription of somebody else.")
    return row


async def get(tx: Tx, caller: Caller, id: str) -> Subscription:
    """One of the caller's own subscriptions."""
    return to_subscription(await _own(tx, caller, id))


async def unfollow(tx: Tx, caller: Caller, id: str) -> None:
    """Follow one topic no longer."""
    await store.delete(tx, (await _own(tx, caller, id))["id"])


async def unfollow_all(tx: Tx, caller: Caller) -> None:
    """Follow nothing any more."""
    caller.require_sign_in()
    await store.delete_of(tx, caller.id)


async def page(
    tx: Tx,
    caller: Caller,
    kind: TopicType,
    order: SubscriptionOrder | None,
    direction: Direction | None,
    offset: int,
    limit: int,
) -> SubscriptionPagedResults:
    """What the caller follows, of one type."""
    caller.require_sign_in()
    offset, limit = check_page(offset, limit, MOST_PAGE)
    rows = await store.page(
        tx, caller.id, kind, order or "SUBSCRIPTION_ID", direction or "ASC", offset, limit
    )
    return SubscriptionPagedResults(
        results=[to_subscription(row) for row in rows],
        total_number_of_results=estimate_total(offset, limit, len(rows)),
    )


async def page_of(tx: Tx, caller: Caller, request: SubscriptionRequest) -> SubscriptionPagedResults:
    """Which of some topics the caller follows."""
    caller.require_sign_in()
    if request.object_type is None or not request.id_list:
        raise BadRequest("objectType and idList are needed.")
    if len(request.id_list) > MOST_PAGE:
        raise BadRequest(f"At most {MOST_PAGE} ids at a time; these are {len(request.id_list)}.")
    objects = [parse_id(id, "topic") for id in request.id_list]
    order, direction = request.sort_by_type, request.sort_direction
    rows = await store.page(
        tx,
        caller.id,
        request.object_type,
        order or "SUBSCRIPTION_ID",
        direction or "ASC",
        0,
        MOST_PAGE,
        objects,
    )
    results = [to_subscription(row) for row in rows]
    return SubscriptionPagedResults(results=results, total_number_of_results=len(results))


async def page_of_followers(
    tx: Tx, kind: TopicType, object_id: int, token: str | None
) -> SubscriberPagedResults:
    """Who follows a topic. NOTE: whether the caller may see it was asked."""
    limit, offset = read_token(token, PAGE)
    found = await store.subscribers(tx, kind, object_id, offset, limit + 1)
    return SubscriberPagedResults(
        subscribers=[str(id) for id in found[:limit]],
        next_page_token=next_token(limit, offset, len(found)),
    )


async def count_followers(tx: Tx, kind: TopicType, object_id: int) -> int:
    """How many do."""
    return await store.count(tx, kind, object_id)
