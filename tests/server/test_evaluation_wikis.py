"""Wikis of evaluations: who may read, change or delete a queue may do so with its pages."""

from __future__ import annotations

from typing import Any

from tests.conftest import RunningServer, User
from tests.server.test_evaluations import grant, queue
from tests.server.test_files import text_url, upload
from tests.server.test_wiki import markdown


def page(user: User, owner: str, status: int = 201, **fields: Any) -> Any:
    body = {"title": "Rules", "markdownFileHandleId": markdown(user, "# Rules\n"), **fields}
    return user.post(f"{owner}/wiki2", body, status)


def test_pages(alice: User, bob: User, server: RunningServer) -> None:
    made = queue(alice)
    owner = f"/evaluation/{made['id']}"
    attached = upload(alice, b"1,2\n", fileName="example.csv", contentType="text/csv")
    root = page(alice, owner, attachmentFileHandleIds=[attached])
    sub = page(alice, owner, title="More", parentWikiId=root["id"])
    paths = (
        f"{owner}/wiki2",
        f"{owner}/wiki2/{root['id']}",
        f"{owner}/wiki2/{root['id']}/wikihistory?offset=0&limit=5",
        f"{owner}/wiki2/{root['id']}/attachmenthandles",
        f"{owner}/wikiheadertree2",
        f"{owner}/wikikey",
        f"{owner}/wiki",
        f"{owner}/wiki/{root['id']}",
        f"{owner}/wiki/{root['id']}/attachmenthandles",
        f"{owner}/wikiheadertree",
    )
    files = (
        f"{owner}/wiki2/{root['id']}/attachment?fileName=example.csv&redirect=false",
        f"{owner}/wiki2/{root['id']}/markdown?redirect=false",
        f"{owner}/wiki/{root['id']}/attachment?fileName=example.csv&redirect=false",
    )
    previews = (
        f"{owner}/wiki2/{root['id']}/attachmentpreview?fileName=example.csv",
        f"{owner}/wiki/{root['id']}/attachmentpreview?fileName=example.csv",
    )
    for someone in (bob, server.anonymous):
        for path in (*paths, *files, *previews, f"{owner}/wiki2/{root['id']}/html"):
            assert someone.send("GET", path).status_code == 403, path
    grant(alice, made, bob, "READ")
    for path in paths:
        assert bob.get(path) == alice.get(path)
    for path in files:
        assert text_url(bob, path)
    for path in previews:
        bob.get(path, 404)
    assert "<h1" in bob.send("GET", f"{owner}/wiki2/{root['id']}/html").text
    assert bob.get(f"{owner}/wikikey")["ownerObjectType"] == "EVALUATION"
    assert [each["id"] for each in bob.get(f"{owner}/wikiheadertree")["results"]] == [
        root["id"],
        sub["id"],
    ]
    # reading is not writing
    page(bob, owner, 403)
    bob.put(f"{owner}/wiki2/{root['id']}", root, 403)
    bob.put(f"{owner}/wiki2/{root['id']}/0", None, 403)
    bob.delete(f"{owner}/wiki2/{root['id']}", 403)
    bob.post(f"{owner}/wiki", {"title": "x", "markdown": "x"}, 403)
    bob.put(f"{owner}/wiki/{root['id']}", {**root, "markdown": "x"}, 403)
    bob.delete(f"{owner}/wiki/{root['id']}", 403)
    grant(alice, made, bob, "READ", "UPDATE")
    changed = bob.put(f"{owner}/wiki2/{root['id']}", {**root, "title": "Changed"})
    assert changed["modifiedBy"] == str(bob.id)
    assert bob.put(f"{owner}/wiki2/{root['id']}/0")["title"] == "Rules"
    old = bob.get(f"{owner}/wiki/{sub['id']}")
    assert bob.put(f"{owner}/wiki/{sub['id']}", {**old, "markdown": "new"})["markdown"] == "new"
    bob.delete(f"{owner}/wiki2/{sub['id']}", 403)
    alice.delete(f"{owner}/wiki/{sub['id']}", 200)
    alice.delete(f"{owner}/wiki2/{root['id']}", 200)
    assert alice.post(f"{owner}/wiki", {"title": "x", "markdown": "x"})["markdown"] == "x"
    grant(alice, made, bob)
    bob.get(f"{owner}/wiki2", 403)


def test_they_go_with_the_evaluation(alice: User) -> None:
    made = queue(alice)
    owner = f"/evaluation/{made['id']}"
    root = page(alice, owner)
    alice.delete(owner)
    alice.get(f"{owner}/wiki2/{root['id']}", 404)
