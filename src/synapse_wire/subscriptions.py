"""Subscriptions: what users want to be told about."""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Date, Wire
from synapse_wire.endpoint import endpoint

TopicType: TypeAlias = Literal[
    "FORUM", "THREAD", "DATA_ACCESS_SUBMISSION", "DATA_ACCESS_SUBMISSION_STATUS"
]
SubscriptionOrder: TypeAlias = Literal[
    "SUBSCRIPTION_ID", "SUBSCRIBER_ID", "OBJECT_ID", "OBJECT_TYPE", "CREATED_ON"
]
Direction: TypeAlias = Literal["ASC", "DESC"]
MOST_PAGE = 100


class Topic(Wire):
    """Something that happens again and again."""

    object_id: str | None = None
    object_type: TopicType | None = None


class Subscription(Wire):
    """That a user follows a topic."""

    subscription_id: str
    subscriber_id: str
    object_id: str
    object_type: TopicType
    created_on: Date


class SubscriptionPagedResults(Wire):
    """A page of subscriptions."""

    results: list[Subscription]
    total_number_of_results: int


class SubscriptionRequest(Wire):
    """Which of these topics of one type does the caller follow?"""

    object_type: TopicType | None = None
    id_list: list[str] | None = None
    sort_by_type: SubscriptionOrder | None = None
    sort_direction: Direction | None = None


class SubscriberPagedResults(Wire):
    """A page of who follows a topic."""

    subscribers: list[str]
    next_page_token: str | None = None


class SubscriberCount(Wire):
    """How many follow a topic."""

    count: int


@endpoint("POST", "/repo/v1/subscription")
def subscribe(body: Topic) -> Subscription:
    """Follow a topic that the caller may see."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/subscription/all")
def subscribe_to_all(object_type: TopicType) -> Subscription:
    """Follow all topics of a type, now and later: requests for data, for those who decide."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/subscription/all")
def list_subscriptions(
    limit: int,
    offset: int,
    object_type: TopicType,
    sort_by: SubscriptionOrder | None = None,
    sort_direction: Direction | None = None,
) -> SubscriptionPagedResults:
    """What the caller follows, of one type."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/subscription/list", repeatable=True)
def list_subscriptions_to(body: SubscriptionRequest) -> SubscriptionPagedResults:
    """Which of some topics the caller follows."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/subscription/{id}")
def get_subscription(id: str) -> Subscription:
    """One of the caller's own subscriptions."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/subscription/{id}")
def unsubscribe(id: str) -> None:
    """Follow one topic no longer."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/subscription/all")
def unsubscribe_from_all() -> None:
    """Follow nothing any more."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/subscription/subscribers", repeatable=True)
def list_subscribers(body: Topic, next_page_token: str | None = None) -> SubscriberPagedResults:
    """Who follows a topic that the caller may see."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/subscription/subscribers/count", repeatable=True)
def count_subscribers(body: Topic) -> SubscriberCount:
    """How many do."""
    raise NotImplementedError
