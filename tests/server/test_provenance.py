"""Activities and what they generated."""

from __future__ import annotations

import pytest
from tests.conftest import User

KIND = "org.sagebionetworks.repo.model.provenance."


def activity(user: User, **fields: object) -> dict[str, object]:
    used = [
        {
            "concreteType": KIND + "UsedEntity",
            "reference": {"targetId": "syn999", "targetVersionNumber": 3},
            "wasExecuted": False,
        },
        {
            "concreteType": KIND + "UsedURL",
            "url": "https://example.org/code.py",
            "name": "code",
            "wasExecuted": True,
        },
    ]
    made: dict[str, object] = user.post("/activity", {"name": "step", "used": used, **fields})
    return made


def test_an_activity(alice: User, bob: User) -> None:
    made = activity(alice, description="counts cells")
    path = f"/activity/{made['id']}"
    assert alice.get(path) == made
    assert [each["concreteType"] for each in made["used"]] == [
        KIND + "UsedEntity",
        KIND + "UsedURL",
    ]  # type: ignore[attr-defined]
    bob.get(path, 403)
    bob.put(path, made, 403)
    bob.delete(path, 403)
    changed = alice.put(path, {**made, "name": "renamed", "used": []})
    assert (changed["name"], changed["used"]) == ("renamed", [])
    alice.put(path, made, 412)
    alice.delete(path)
    alice.get(path, 404)
    alice.get("/activity/none", 400)


@pytest.mark.parametrize(
    "used",
    [
        [{"concreteType": KIND + "UsedEntity"}],
        [{"concreteType": KIND + "UsedURL", "name": "no url"}],
        [{"concreteType": "Other"}],
        [{"concreteType": KIND + "UsedEntity", "reference": {"targetId": "abc"}}],
    ],
)
def test_activities_that_cannot_be(alice: User, used: list[object]) -> None:
    assert alice.post("/activity", {"used": used}, 400)["reason"]


def test_what_generated_a_file(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    first, second = activity(alice), activity(alice)
    handle = alice.external()
    body = {
        "concreteType": "org.sagebionetworks.repo.model.FileEntity",
        "parentId": project,
        "name": "made",
        "dataFileHandleId": handle,
    }
    file = alice.post(f"/entity?generatedBy={first['id']}", body)
    path = f"/entity/{file['id']}"
    assert alice.get(path + "/generatedBy") == first
    # a new version is made by something else, or by nothing known
    alice.put(path + "?newVersion=true", file)
    alice.get(path + "/generatedBy", 404)
    assert alice.put(f"{path}/generatedBy?generatedBy={second['id']}") == second
    assert alice.get(path + "/version/1/generatedBy") == first
    references = alice.get(f"/activity/{second['id']}/generated")["results"]
    assert references == [{"targetId": file["id"], "targetVersionNumber": 2}]
    # who may read the file may read its activity, and only its creator may use it
    alice.share(project, bob.id, "READ", "UPDATE")
    assert bob.get(f"/activity/{second['id']}") == second
    bob.put(f"{path}/generatedBy?generatedBy={second['id']}", status=403)
    error = alice.delete(f"/activity/{second['id']}", 400)
    assert "generatedBy" in error["reason"]
    bob.delete(path + "/generatedBy")
    alice.get(path + "/generatedBy", 404)
    alice.delete(f"/activity/{second['id']}")
