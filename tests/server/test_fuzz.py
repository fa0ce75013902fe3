"""Requests that nobody thought of: made from the OpenAPI document, some with ids of real things.

Whatever is sent, the server does not fail. ``make proof`` goes on for ten minutes, the tests for
one example an endpoint.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from tests.conftest import RunningServer, User
from tests.server.test_challenges import Contest
from tests.server.test_submissions import submit

SECONDS = int(os.environ.get("SYNAPSE_PROOF_FUZZ_SECONDS", "0"))


class World:
    """Things of all kinds, and their ids by the names of path parameters."""

    def __init__(self, server: RunningServer) -> None:
        self.people = [server.user(), server.user(admin=True), server.anonymous]
        alice = self.people[0]
        contest = Contest(server, alice)
        project = contest.project
        file = alice.file(project)
        submission = submit(contest.enter(alice), contest.queue, file)
        activity = alice.post("/activity", {"name": "a"})
        forum = alice.get(f"/project/{project}/forum")
        thread = alice.post(
            "/thread", {"forumId": forum["id"], "title": "t", "messageMarkdown": "m"}
        )
        wiki = alice.post(f"/entity/{project}/wiki", {"title": "t", "markdown": "m"})
        entities = [project, file["id"], alice.folder(project)["id"]]
        self.ids: dict[str, list[Any]] = {
            "id": [*entities, contest.participants["id"], str(alice.id), activity["id"]],
            "ownerId": [project, contest.queue["id"]],
            "wikiId": [wiki["id"]],
            "wikiVersion": [0],
            "versionNumber": [1],
            "evalId": [contest.queue["id"]],
            "subId": [submission["id"]],
            "challengeId": [contest.challenge["id"]],
            "forumId": [forum["id"]],
            "threadId": [thread["id"]],
            "projectId": [project],
            "principalId": [str(alice.id), contest.participants["id"]],
            "fileHandleId": [file["dataFileHandleId"]],
            "handleId": [file["dataFileHandleId"]],
        }

    def real(self, case: Case, dice: random.Random) -> None:
        """Put ids of real things into most paths: others are refused at the door."""
        for name in case.path_parameters or {}:
            if name in self.ids and dice.random() < 0.8:
                case.path_parameters[name] = dice.choice(self.ids[name])


@pytest.fixture(scope="module")
def world(server: RunningServer) -> World:
    return World(server)


def operations(server: RunningServer) -> list[Any]:
    schema = schemathesis.openapi.from_dict(server.anonymous.get("/openapi"))
    return [result.ok() for result in schema.get_all_operations()]


def try_one(server: RunningServer, world: World, operation: Any, examples: int) -> None:
    """So many requests to one endpoint, by different people."""

    @given(case=operation.as_strategy(), seed=st.integers(0, 2**32))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Case, seed: int) -> None:
        dice = random.Random(seed)
        world.real(case, dice)
        user: User = dice.choice(world.people)
        headers = {} if user.token is None else {"authorization": f"Bearer {user.token}"}
        answer = case.call(base_url=server.url, headers=headers, allow_redirects=False, timeout=60)
        assert answer.status_code < 500 or answer.status_code == 501, (
            f"{case.method} {answer.url} by {user.name}: {answer.status_code} {answer.text}"
        )

    attempt()


def test_the_document_is_whole(server: RunningServer) -> None:
    from openapi_spec_validator import validate

    document = server.anonymous.get("/openapi")
    validate(document)
    paths = document["paths"]
    routes = server.app.api.routes
    assert sum(len(verbs) for verbs in paths.values()) == len(routes)
    entity = paths["/repo/v1/entity/{id}"]["get"]
    assert entity["security"] == [{}, {"bearer": ["view"]}]
    assert entity["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    ids = [verb["operationId"] for verbs in paths.values() for verb in verbs.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.proof
def test_the_server_never_fails(server: RunningServer, world: World) -> None:
    every = operations(server)
    if not SECONDS:
        for operation in every:
            try_one(server, world, operation, 1)
        return
    end, examples = time.monotonic() + SECONDS, 5
    while time.monotonic() < end:
        random.Random(examples).shuffle(every)
        for operation in every:
            try_one(server, world, operation, examples)
            if time.monotonic() > end:
                return
        examples += 5
