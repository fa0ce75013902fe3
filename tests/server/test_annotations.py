"""Annotations: their forms, their limits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import User

GOOD = {
    "text": {"type": "STRING", "value": ["a", "ünïcödé 🧬"]},
    "number": {"type": "DOUBLE", "value": ["1.5", "nan", "-Infinity"]},
    "whole": {"type": "LONG", "value": ["-9223372036854775808"]},
    "when": {"type": "TIMESTAMP_MS", "value": ["1577934245678"]},
    "yes": {"type": "BOOLEAN", "value": ["true", "false"]},
    "nothing": {"type": "STRING", "value": []},
}


def folder(user: User) -> str:
    return str(user.folder(user.project()["id"])["id"])


def test_there_and_back(alice: User, bob: User) -> None:
    id = folder(alice)
    path = f"/entity/{id}/annotations2"
    empty = alice.get(path)
    assert empty["annotations"] == {}
    stored = alice.put(path, {**empty, "annotations": GOOD})
    assert stored["annotations"] == GOOD
    assert stored["etag"] != empty["etag"]
    assert alice.get(path) == stored
    assert alice.get(f"/entity/{id}")["etag"] == stored["etag"]
    alice.put(path, {**empty, "annotations": {}}, 412)
    bob.put(path, stored, 403)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("has space", {"type": "STRING", "value": []}),
        ("name", {"type": "STRING", "value": ["x"]}),
        ("long", {"type": "STRING", "value": ["x" * 501]}),
        ("many", {"type": "LONG", "value": ["1"] * 101}),
        ("wrong", {"type": "LONG", "value": ["1.5"]}),
        ("big", {"type": "LONG", "value": ["9223372036854775808"]}),
        ("wrong", {"type": "DOUBLE", "value": ["one"]}),
        ("wrong", {"type": "BOOLEAN", "value": ["yes"]}),
        ("wrong", {"type": "STRING", "value": [None]}),
        ("wrong", {"type": "COLOUR", "value": ["red"]}),
        ("untyped", {"value": ["x"]}),
    ],
)
def test_what_is_refused(alice: User, key: str, value: Any) -> None:
    path = f"/entity/{folder(alice)}/annotations2"
    empty = alice.get(path)
    error = alice.put(path, {**empty, "annotations": {"fine": GOOD["text"], key: value}}, 400)
    assert error["reason"]
    assert alice.get(path) == empty


def test_at_most_a_hundred_keys(alice: User) -> None:
    path = f"/entity/{folder(alice)}/annotations2"
    empty = alice.get(path)
    many = {f"k{number}": GOOD["text"] for number in range(101)}
    alice.put(path, {**empty, "annotations": many}, 400)
    many.pop("k100")
    alice.put(path, {**empty, "annotations": many})


def test_each_version_has_its_own(alice: User) -> None:
    file = alice.file(alice.project()["id"])
    path = f"/entity/{file['id']}"
    stored = alice.put(path + "/annotations2", {"etag": file["etag"], "annotations": GOOD})
    alice.put(path + "?newVersion=true", {**file, "etag": stored["etag"]})
    current = alice.get(path + "/annotations2")
    assert current["annotations"] == GOOD  # a new version starts with those of the last
    alice.put(path + "/annotations2", {**current, "annotations": {}})
    assert alice.get(path + "/version/1/annotations2")["annotations"] == GOOD
    assert alice.get(path + "/version/2/annotations2")["annotations"] == {}


def test_the_older_form(alice: User) -> None:
    path = f"/entity/{folder(alice)}/annotations"
    empty = alice.get(path)
    old = {
        **empty,
        "stringAnnotations": {"s": ["a"]},
        "longAnnotations": {"l": [1, 2]},
        "doubleAnnotations": {"d": [0.5]},
        "dateAnnotations": {"t": [1577934245678]},
    }
    stored = alice.put(path, old)
    assert {key: stored[key] for key in old if key.endswith("Annotations")} == {
        key: old[key] for key in old if key.endswith("Annotations")
    }
    assert alice.get(path.replace("/annotations", "/version/1/annotations"))["longAnnotations"] == {
        "l": [1, 2]
    }
    assert alice.get(path + "2")["annotations"]["t"] == {
        "type": "TIMESTAMP_MS",
        "value": ["1577934245678"],
    }
