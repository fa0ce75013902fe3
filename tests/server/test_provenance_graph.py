"""The graph of provenance: how far it goes, and whom it tells what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import User

KIND = "org.sagebionetworks.repo.model.provenance."


def used(*targets: str, executed: str | None = None) -> list[dict[str, Any]]:
    """What an activity used: ``syn1`` or ``syn1.2``."""
    found = []
    for target in [*targets, *([executed] if executed else [])]:
        id, _, version = target.partition(".")
        reference: dict[str, Any] = {"targetId": id}
        if version:
            reference["targetVersionNumber"] = int(version)
        mark = {"concreteType": KIND + "UsedEntity", "wasExecuted": target == executed}
        found.append({**mark, "reference": reference})
    return found


def made(user: User, parent: str, name: str, *sources: str) -> str:
    """A file that was made from these; its id."""
    file = user.file(parent, name=name)["id"]
    if sources:
        step = user.post("/activity", {"name": f"make {name}", "used": used(*sources)})
        user.put(f"/entity/{file}/generatedBy?generatedBy={step['id']}")
    return str(file)


def names(graph: dict[str, Any]) -> set[str]:
    return {each["name"] for each in graph["entities"] if "name" in each}


@pytest.fixture
def chain(alice: User) -> list[str]:
    """Files, each made from the one before, and the last from the first, too."""
    project = alice.project()["id"]
    first = made(alice, project, "a")
    second = made(alice, project, "b", f"{first}.1")
    third = made(alice, project, "c", second)
    return [first, second, third, made(alice, project, "d", f"{third}.1", f"{first}.1")]


def test_up_and_down(alice: User, chain: list[str]) -> None:
    first, _, _, last = chain
    graph = alice.get(f"/entity/{last}/provenanceGraph")
    assert graph["isComplete"]
    assert graph["root"] == {"targetId": last, "targetVersionNumber": 1}
    assert names(graph) == {"a", "b", "c", "d"}
    assert {each["name"] for each in graph["activities"]} == {"make b", "make c", "make d"}
    assert len(graph["entities"]) == 4
    by_id = {each["targetId"]: each for each in graph["entities"]}
    assert "generatedBy" not in by_id[first]
    assert by_id[last]["type"].endswith("FileEntity")
    assert by_id[last]["isReadable"]

    alone = alice.get(f"/entity/{first}/provenanceGraph")
    assert (names(alone), alone["activities"]) == ({"a"}, [])
    down = alice.get(f"/entity/{first}/provenanceGraph?direction=DOWN")
    assert names(down) == {"a", "b", "c", "d"}
    assert len(down["activities"]) == 3
    middle = alice.get(f"/entity/{chain[1]}/provenanceGraph?direction=BOTH")
    assert names(middle) == {"a", "b", "c", "d"}
    assert names(alice.get(f"/entity/{chain[1]}.1/provenanceGraph?direction=DOWN")) == {
        "b",
        "c",
        "d",
    }


def test_how_far(alice: User, chain: list[str]) -> None:
    near = alice.get(f"/entity/{chain[3]}/provenanceGraph?depth=1")
    assert (names(near), near["isComplete"]) == ({"a", "c", "d"}, False)
    down = alice.get(f"/entity/{chain[1]}/provenanceGraph?direction=DOWN&depth=1")
    assert (names(down), down["isComplete"]) == ({"b", "c"}, False)
    assert alice.get(f"/entity/{chain[3]}/provenanceGraph?depth=3")["isComplete"]
    for limit in range(1, 8):
        few = alice.get(f"/entity/{chain[3]}/provenanceGraph?limit={limit}")
        assert len(few["entities"]) + len(few["activities"]) == limit
        assert few["isComplete"] == (limit == 7)
    for limit in range(2, 8):
        few = alice.get(f"/entity/{chain[0]}/provenanceGraph?limit={limit}&direction=DOWN")
        assert len(few["entities"]) + len(few["activities"]) <= limit
        assert few["isComplete"] == (limit == 7), limit
    for words in ("depth=0", "limit=0", "depth=x", "direction=SIDEWAYS", "version=0", "version=9"):
        reply = alice.send("GET", f"/entity/{chain[3]}/provenanceGraph?{words}")
        assert reply.status_code in (400, 404), words


def test_versions_are_things_of_their_own(alice: User, chain: list[str]) -> None:
    first = chain[0]
    current = alice.get(f"/entity/{first}")
    alice.put(f"/entity/{first}?newVersion=true", current)
    down = alice.get(f"/entity/{first}/provenanceGraph?direction=DOWN")
    assert (names(down), down["root"]["targetVersionNumber"]) == ({"a"}, 2)
    old = alice.get(f"/entity/{first}/provenanceGraph?direction=DOWN&version=1")
    assert len(old["activities"]) == 3
    up = alice.get(f"/entity/{chain[3]}/provenanceGraph")
    assert [
        (each["targetVersionNumber"], each["isLatestVersion"])
        for each in up["entities"]
        if each["targetId"] == first
    ] == [(1, False)]


def test_what_others_may_know(alice: User, bob: User, chain: list[str]) -> None:
    stranger = f"/entity/{chain[3]}/provenanceGraph"
    bob.get(stranger, 403)
    alice.server.anonymous.get(stranger, 403)
    own = bob.project()["id"]
    result = made(bob, own, "e", chain[3], f"{chain[0]}.1", "syn999999999.4")
    graph = bob.get(f"/entity/{result}/provenanceGraph")
    assert names(graph) == {"e"}
    assert len(graph["activities"]) == 1
    hidden = [each for each in graph["entities"] if not each["isReadable"]]
    assert hidden == [
        {"targetId": chain[3], "isReadable": False},
        {"targetId": chain[0], "targetVersionNumber": 1, "isReadable": False},
        {"targetId": "syn999999999", "targetVersionNumber": 4, "isReadable": False},
    ]
    # Nor does the owner learn what somebody else made from it, until it is shared.
    assert "e" not in names(alice.get(f"/entity/{chain[3]}/provenanceGraph?direction=DOWN"))
    acl = bob.get(f"/entity/{own}/acl")
    shared = [*acl["resourceAccess"], {"principalId": alice.id, "accessType": ["READ"]}]
    acl = bob.put(f"/entity/{own}/acl", {**acl, "resourceAccess": shared})
    assert "e" in names(alice.get(f"/entity/{chain[3]}/provenanceGraph?direction=DOWN"))
    bob.put(f"/entity/{own}/acl", {**acl, "resourceAccess": shared[:-1]})
    assert "e" not in names(alice.get(f"/entity/{chain[3]}/provenanceGraph?direction=DOWN"))


def test_what_is_in_the_trash_is_not_told(alice: User, chain: list[str]) -> None:
    alice.delete(f"/entity/{chain[1]}")
    graph = alice.get(f"/entity/{chain[3]}/provenanceGraph")
    assert names(graph) == {"a", "c", "d"}
    assert {"targetId": chain[1], "isReadable": False} in graph["entities"]
    alice.get(f"/entity/{chain[1]}/provenanceGraph", 404)


def test_an_activity_that_changes(alice: User, chain: list[str]) -> None:
    step = alice.get(f"/entity/{chain[1]}/generatedBy")
    alice.put(f"/activity/{step['id']}", {**step, "used": used(f"{chain[3]}.1")})
    # Round and round: it ends all the same.
    for direction in ("UP", "DOWN", "BOTH"):
        graph = alice.get(f"/entity/{chain[1]}/provenanceGraph?direction={direction}")
        assert names(graph) == {"a", "b", "c", "d"} - ({"a"} if direction == "DOWN" else set())
    alice.put(f"/activity/{step['id']}", {**alice.get(f"/activity/{step['id']}"), "used": []})
    assert names(alice.get(f"/entity/{chain[3]}/provenanceGraph?direction=DOWN")) == {"d"}
