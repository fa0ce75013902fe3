"""Whatever is sent to teams, invitations, requests and messages, the server answers, and never
with a failure of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import User
from tests.server.test_joining import invite
from tests.server.test_messages import send
from tests.server.test_teams import make

from synapse_wire import messages as messages_wire
from synapse_wire import teams as teams_wire
from synapse_wire.endpoint import Endpoint

ENDPOINTS = sorted(
    (
        value
        for module in (teams_wire, messages_wire)
        for value in vars(module).values()
        if isinstance(value, Endpoint)
    ),
    key=repr,
)
TEXT = st.one_of(
    st.sampled_from(["", "0", "-1", "1", "2", "273950", "9" * 30, "true", "null", "a b", "syn1"]),
    st.text(max_size=12),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), TEXT
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
FIELDS = [
    "id",
    "name",
    "etag",
    "icon",
    "list",
    "teamId",
    "inviteeId",
    "inviteeEmail",
    "userId",
    "memberId",
    "expiresOn",
    "message",
    "recipients",
    "fileHandleId",
    "inReplyTo",
    "subject",
    "status",
    "messageId",
    "recipientId",
    "resourceAccess",
    "hmac",
    "membershipInvitationId",
    "settings",
    "concreteType",
]


def bodies(good: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON of any shape, objects of known names more often, true values among the rest."""
    values = st.one_of(JSON, st.sampled_from(list(good.values())))
    return st.one_of(JSON, st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=repr)
def test_no_request_makes_the_server_fail(
    alice: User, bob: User, admin: User, endpoint: Endpoint[Any, Any]
) -> None:
    team = make(alice)
    good = {
        "team": team["id"],
        "user": str(bob.id),
        "invitation": invite(alice, team, bob)["id"],
        "message": send(alice, bob)["id"],
        "etag": team["etag"],
    }
    paths = st.one_of(TEXT, st.sampled_from(list(good.values())))
    query = st.dictionaries(
        st.sampled_from([each.wire_name for each in endpoint.query] or ["unknown"]), TEXT
    )

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def attempt(data: st.DataObject) -> None:
        draw: Callable[..., Any] = data.draw
        path = endpoint.path
        for name in endpoint.path_parameters:
            text = quote(draw(paths), safe="") or "x"
            path = path.replace("{" + _spelled(path, name) + "}", text)
        asked = "&".join(f"{key}={quote(value, safe='')}" for key, value in draw(query).items())
        body = None if endpoint.request is None else json.dumps(draw(bodies(good))).encode()
        user = draw(st.sampled_from([alice, bob, admin, alice.server.anonymous]))
        answer = user.send(endpoint.method, f"{path}?{asked}" if asked else path, body)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.json()["reason"]

    attempt()


def _spelled(path: str, name: str) -> str:
    """How a parameter is spelled in its path."""
    spelled = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return next(each for each in spelled if each.lower() == name.replace("_", "").lower())
