"""Search: what is found, by whom, and that the index never stays behind."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import upload
from tests.server.test_wiki import markdown, page


def search(user: User, *terms: str, status: int = 201, **more: Any) -> Any:
    """A search for these texts."""
    return user.post("/search", {"queryTerm": list(terms), **more}, status)


def ids(found: Any) -> list[str]:
    """The ids of the hits, in order."""
    return [each["id"] for each in found["hits"]]


def annotate(user: User, id: str, **values: Sequence[str]) -> None:
    """Give an entity these annotations."""
    found = user.get(f"/entity/{id}/annotations2")
    found["annotations"] = {
        name: {"type": "STRING", "value": list(texts)} for name, texts in values.items()
    }
    user.put(f"/entity/{id}/annotations2", found)


@pytest.fixture
def word() -> str:
    """A word that is nowhere else on the server."""
    return f"w{uuid.uuid4().hex[:12]}"


def test_what_words_find(alice: User, word: str) -> None:
    project = alice.project(name=f"Étude of {word}", description="Left kidneys of mice")["id"]
    named = alice.folder(project, f"{word} recordings")["id"]
    noted = alice.folder(project, "noted")["id"]
    annotate(alice, noted, tissue=["Cortex"], keys=[f"{word} {word}"])
    # A word in a name says more than one in an annotation.
    assert ids(search(alice, word)) in ([named, project, noted], [project, named, noted])
    for terms in (
        [word.upper(), "ETUDE"],
        [f"{word} etude kidney"],
        [f'"étude of" {word}'],
        [word, f"-recordings -{noted}"],
        [project],
        [f"{word[:8]}* kidney"],
    ):
        assert ids(search(alice, *terms)) == [project], terms
    assert ids(search(alice, f'"of étude" {word}')) == []
    assert ids(search(alice, word, "tissue", "cortex")) == [noted]
    assert ids(search(alice, word[:8])) == []
    page = search(alice, word, start=1, size=1)
    assert (page["found"], page["start"], len(page["hits"])) == (3, 1, 1)


def test_a_hit_and_its_fields(alice: User, word: str) -> None:
    project = alice.project(name=f"Study {word}", description="Of mice")["id"]
    annotate(alice, project, Tissue=["cortex"], diagnosis=["healthy", "other"])
    found = search(alice, word, returnFields=["path"])
    (hit,) = found["hits"]
    entity = alice.get(f"/entity/{project}")
    assert hit == {
        "id": project,
        "name": f"Study {word}",
        "etag": entity["etag"],
        "description": "Of mice",
        "node_type": "project",
        "created_on": hit["created_on"],
        "created_by": str(alice.id),
        "modified_on": hit["modified_on"],
        "modified_by": str(alice.id),
        "tissue": "cortex",
        "diagnosis": "healthy",
        "path": alice.get(f"/entity/{project}/path"),
    }
    assert 0 <= hit["modified_on"] - hit["created_on"] < 60
    assert "path" not in search(alice, word)["hits"][0]


def test_conditions_and_facets(alice: User, bob: User, word: str) -> None:
    project = alice.project(name=word)["id"]
    alice.share(project, bob.id, "READ", "CREATE", "UPDATE", "DOWNLOAD")
    folders = [alice.folder(project, f"{word} {tissue}")["id"] for tissue in ("a", "b", "c")]
    for folder, tissue in zip(folders, ("cortex", "cortex", "liver"), strict=True):
        annotate(alice, folder, tissue=[tissue])
    theirs = bob.folder(project, f"{word} d")["id"]

    def asked(*conditions: dict[str, Any], **more: Any) -> set[str]:
        return set(ids(search(alice, word, booleanQuery=list(conditions), **more)))

    assert asked({"key": "node_type", "value": "project"}) == {project}
    assert asked({"key": "EntityType", "value": "project", "not": True}) == {*folders, theirs}
    assert asked({"key": "created_by", "value": str(bob.id)}) == {theirs}
    both = [{"key": "tissue", "value": "cortex"}, {"key": "tissue", "value": "liver"}]
    assert asked(*both) == set(folders)
    assert asked(*both, {"key": "name", "value": f"{word} c"}) == {folders[2]}
    assert asked({"key": "tissue", "value": "cortex", "not": True}) == {project, folders[2], theirs}
    assert asked(rangeQuery=[{"key": "created_on", "min": "1"}]) == {project, *folders, theirs}
    assert asked(rangeQuery=[{"key": "CreatedOn", "max": "1"}]) == set()
    options = [{"name": "EntityType"}, {"name": "Tissue", "sortType": "ALPHA"}]
    options.append({"name": "CreatedBy", "maxResultCount": 1})
    assert search(alice, word, facetOptions=options, size=1)["facets"] == [
        {
            "name": "node_type",
            "type": "LITERAL",
            "constraints": [{"value": "folder", "count": 4}, {"value": "project", "count": 1}],
        },
        {
            "name": "tissue",
            "type": "LITERAL",
            "constraints": [{"value": "cortex", "count": 2}, {"value": "liver", "count": 1}],
        },
        {
            "name": "created_by",
            "type": "LITERAL",
            "constraints": [{"value": str(alice.id), "count": 4}],
        },
    ]
    # Without words, the newest come first.
    newest = alice.post("/search", {"booleanQuery": [{"key": "created_by", "value": str(bob.id)}]})
    assert ids(newest) == [theirs]


def test_only_what_one_may_read_is_found(
    server: RunningServer, alice: User, bob: User, word: str
) -> None:
    project = alice.project(name=word)["id"]
    folder = alice.folder(project, f"{word} inner")["id"]
    facets = [{"name": "EntityType"}]
    for nobody in (bob, server.anonymous):
        found = search(nobody, word, facetOptions=facets)
        assert (found["found"], found["hits"]) == (0, [])
        assert found["facets"][0]["constraints"] == []
    alice.share(folder, bob.id, "READ")
    assert ids(search(bob, word)) == [folder]
    assert search(bob, word)["found"] == 1
    alice.share(project, 273949, "READ")
    assert ids(search(server.anonymous, word)) == [project]
    alice.share(project, 273949)
    assert ids(search(server.anonymous, word)) == []
    alice.share(folder, bob.id)
    assert ids(search(bob, word)) == []
    assert set(ids(search(server.user(admin=True), word))) == {project, folder}


def test_every_change_is_there_at_once(alice: User, word: str) -> None:
    project = alice.project()["id"]
    assert ids(search(alice, word)) == []
    folder = alice.folder(project, word)
    id = folder["id"]
    assert ids(search(alice, word)) == [id]
    alice.put(f"/entity/{id}", {**folder, "name": "plain"})
    assert ids(search(alice, word)) == []
    annotate(alice, id, note=[word])
    assert ids(search(alice, word)) == [id]
    alice.put(f"/trashcan/trash/{id}")
    assert ids(search(alice, word)) == []
    alice.put(f"/trashcan/restore/{id}")
    assert ids(search(alice, word)) == [id]
    annotate(alice, id)
    assert ids(search(alice, word)) == []


def test_words_of_wikis(alice: User, bob: User, word: str) -> None:
    project = alice.project()["id"]
    root = page(alice, project, f"# Methods\n\nWe **measured** the {word}.\n")
    assert ids(search(alice, word, "measuring")) == [project]
    assert ids(search(bob, word)) == []
    # Titles and sub-pages, too; the second generation of pages as the first.
    folder = alice.folder(project)["id"]
    page(alice, folder, title=f"About {word}")
    below = page(alice, project, f"more of {word}s", parentWikiId=root["id"])
    assert sorted(ids(search(alice, word))) == sorted([project, folder])
    path = f"/entity/{project}/wiki2/{root['id']}"
    alice.put(path, {**alice.get(path), "markdownFileHandleId": markdown(alice, "nothing")})
    assert ids(search(alice, word, "-about")) == [project]
    alice.delete(f"/entity/{project}/wiki2/{below['id']}", 200)
    assert ids(search(alice, word)) == [folder]
    alice.put(f"{path}/0")  # as it was first
    assert ids(search(alice, word, "measured")) == [project]
    alice.delete(path, 200)
    assert ids(search(alice, word)) == [folder]
    # Words of a wiki weigh less than others, and what is no text harms nothing.
    named = alice.folder(project, word)["id"]
    binary = upload(alice, b"\x1f\x8b\xff\x00", fileName="a", contentType="text/plain")
    alice.post(f"/entity/{named}/wiki2", {"markdownFileHandleId": binary})
    assert ids(search(alice, word)) == [named, folder]


@pytest.mark.parametrize(
    "body",
    [
        {"queryTerm": "text"},
        {"queryTerm": ["-only"]},
        {"queryTerm": ["a " * 51]},
        {"queryTerm": ["a"], "size": 0},
        {"queryTerm": ["a"], "start": -1},
        {"queryTerm": ["a"], "start": 9223372036854775808},
        {"queryTerm": ["a"], "facetOptions": [{"name": "Tissue"}, {"name": "Tissue"}]},
        {"queryTerm": ["a"], "booleanQuery": [{"key": "acl", "value": "1"}]},
        {"queryTerm": ["a"], "booleanQuery": [{"value": "1"}]},
        {"queryTerm": ["a"], "booleanQuery": [{"key": "name"}]},
        {"queryTerm": ["a"], "booleanQuery": [{"key": "created_by", "value": "me"}]},
        {"queryTerm": ["a"], "booleanQuery": [{"key": "name", "value": "a"}] * 51},
        {"queryTerm": ["a"], "rangeQuery": [{"key": "created_on"}]},
        {"queryTerm": ["a"], "rangeQuery": [{"key": "created_on", "min": "soon"}]},
        {"queryTerm": ["a"], "facetOptions": [{"name": "Colour"}]},
        {"queryTerm": ["a"], "facetOptions": [{"name": "Tissue", "maxResultCount": 0}]},
    ],
)
def test_searches_that_cannot_be(alice: User, body: dict[str, Any]) -> None:
    alice.post("/search", body, 400)


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '""',
        "*",
        "a*b",
        "NEAR(a b)",
        "a OR b",
        "name:a",
        "^a",
        "(a",
        "a)",
        "a' OR 1=1 --",
        "ü*",
    ],
)
def test_texts_that_mean_something_elsewhere(alice: User, text: str) -> None:
    assert search(alice, text, "x" * 10_000)["found"] >= 0
    assert search(alice, text)["found"] >= 0
