"""Wikis of access requirements: everybody reads what must be met, the compliance team writes it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.governing import Data, requirement
from tests.server.test_files import text_url, upload
from tests.server.test_wiki import markdown


@pytest.fixture
def owner(act: User, data: Data) -> str:
    """The path of a requirement."""
    made = act.post("/accessRequirement", requirement("TermsOfUse", data.folder, termsOfUse="Cite"))
    return f"/access_requirement/{made['id']}"


def page(user: User, owner: str, text: str = "# Conditions\n", **fields: Any) -> Any:
    body = {"title": "Conditions", "markdownFileHandleId": markdown(user, text), **fields}
    return user.post(f"{owner}/wiki2", body)


def test_everybody_reads_the_pages(act: User, bob: User, owner: str, server: RunningServer) -> None:
    attached = upload(act, b"form", fileName="form.txt", contentType="text/plain")
    root = page(act, owner, attachmentFileHandleIds=[attached])
    sub = page(act, owner, title="More", parentWikiId=root["id"])
    path = f"{owner}/wiki2/{root['id']}"
    for someone in (bob, server.anonymous):
        assert someone.get(f"{owner}/wiki2") == someone.get(path) == root
        tree = someone.get(f"{owner}/wikiheadertree2")["results"]
        assert [each["id"] for each in tree] == [root["id"], sub["id"]]
        history = someone.get(f"{path}/wikihistory?offset=0&limit=10")["results"]
        assert [each["version"] for each in history] == ["0"]
        assert someone.get(f"{owner}/wikikey")["ownerObjectType"] == "ACCESS_REQUIREMENT"
        assert someone.get(f"{owner}/wiki/{root['id']}")["markdown"] == "# Conditions\n"
        assert "<h1" in someone.send("GET", f"{path}/html").text
    assert text_url(bob, f"{path}/attachment?fileName=form.txt&redirect=false")
    assert text_url(bob, f"{path}/markdown?redirect=false")
    bob.get(f"{path}/attachmentpreview?fileName=form.txt&redirect=false", 404)
    (handle,) = bob.get(f"{path}/attachmenthandles")["list"]
    assert handle["id"] == attached


def test_the_compliance_team_writes_them(
    act: User, bob: User, owner: str, server: RunningServer
) -> None:
    root = page(act, owner)
    path = f"{owner}/wiki2/{root['id']}"
    body = {"title": "Mine", "markdownFileHandleId": markdown(bob)}
    for someone, status in ((bob, 403), (server.anonymous, 401)):
        for verb, place, sent in (
            ("POST", f"{owner}/wiki2", body),
            ("PUT", path, root),
            ("PUT", f"{path}/0", None),
            ("DELETE", path, None),
            ("POST", f"{owner}/wiki", {"title": "Mine", "markdown": "x"}),
            ("PUT", f"{owner}/wiki/{root['id']}", {**root, "markdown": "x"}),
        ):
            answer = someone.send(verb, place, sent)
            assert answer.status_code == status, (verb, place, answer.text)
    changed = act.put(path, {**root, "title": "Changed"})
    assert act.put(f"{path}/0")["title"] == "Conditions"
    old = act.get(f"{owner}/wiki/{root['id']}")
    assert act.put(f"{owner}/wiki/{root['id']}", {**old, "markdown": "new"})["markdown"] == "new"
    act.put(path, changed, 412)
    act.delete(path, 200)
    bob.get(path, 404)
    made = act.post(f"{owner}/wiki", {"title": "Again", "markdown": "text"})
    assert bob.get(f"{owner}/wiki2")["id"] == made["id"]


def test_it_goes_with_the_requirement(act: User, bob: User, owner: str) -> None:
    root = page(act, owner)
    act.delete(owner.replace("access_requirement", "accessRequirement"), 200)
    bob.get(f"{owner}/wiki2/{root['id']}", 404)
    bob.get("/access_requirement/x/wiki2", 400)
    bob.get("/access_requirement/999999/wikikey", 404)
