"""Routes of subscriptions."""

from __future__ import annotations

from synapse_server.access.service import Policy
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.subscriptions import service, topics
from synapse_wire import subscriptions as wire

routes = Routes()


@routes.serve(wire.subscribe)
async def subscribe(call: Call, body: wire.Topic) -> wire.Subscription:
    call.caller.require_sign_in()
    kind, id = await topics.check(call.tx, call.caller, body, call.need(Policy))
    return await service.follow(call.tx, call.caller.id, kind, id)


@routes.serve(wire.subscribe_to_all)
async def subscribe_to_all(call: Call, object_type: wire.TopicType) -> wire.Subscription:
    id = await topics.check_all(call.tx, call.caller, object_type)
    return await service.follow(call.tx, call.caller.id, object_type, id)


@routes.serve(wire.list_subscriptions)
async def list_subscriptions(
    call: Call,
    limit: int,
    offset: int,
    object_type: wire.TopicType,
    sort_by: wire.SubscriptionOrder | None = None,
    sort_direction: wire.Direction | None = None,
) -> wire.SubscriptionPagedResults:
    return await service.page(
        call.tx, call.caller, object_type, sort_by, sort_direction, offset, limit
    )


@routes.serve(wire.list_subscriptions_to, Work.READ)
async def list_subscriptions_to(
    call: Call, body: wire.SubscriptionRequest
) -> wire.SubscriptionPagedResults:
    return await service.page_of(call.tx, call.caller, body)


@routes.serve(wire.get_subscription)
async def get_subscription(call: Call, id: str) -> wire.Subscription:
    return await service.get(call.tx, call.caller, id)


@routes.serve(wire.unsubscribe)
async def unsubscribe(call: Call, id: str) -> None:
    await service.unfollow(call.tx, call.caller, id)


@routes.serve(wire.unsubscribe_from_all)
async def unsubscribe_from_all(call: Call) -> None:
    await service.unfollow_all(call.tx, call.caller)


@routes.serve(wire.list_subscribers, Work.READ)
async def list_subscribers(
    call: Call, body: wire.Topic, next_page_token: str | None = None
) -> wire.SubscriberPagedResults:
    kind, id = await topics.check(call.tx, call.caller, body, call.need(Policy))
    return await service.page_of_followers(call.tx, kind, id, next_page_token)


@routes.serve(wire.count_subscribers, Work.READ)
async def count_subscribers(call: Call, body: wire.Topic) -> wire.SubscriberCount:
    kind, id = await topics.check(call.tx, call.caller, body, call.need(Policy))
    return wire.SubscriberCount(count=await service.count_followers(call.tx, kind, id))
