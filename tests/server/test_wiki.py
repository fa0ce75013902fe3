"""Wikis: both generations of endpoints over the same pages, on entities."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import raw, text_url, upload

from synapse_wire.wiki import MOST_MARKDOWN


def markdown(user: User, text: str = "# Hello\n") -> str:
    """A file handle of compressed markdown."""
    data = gzip.compress(text.encode())
    return upload(user, data, fileName="page.md.gz", contentType="application/gzip")


def page(user: User, owner: str, text: str = "# Hello\n", **fields: Any) -> dict[str, Any]:
    """A new page of the second generation."""
    body = {"title": "A page", "markdownFileHandleId": markdown(user, text), **fields}
    made: dict[str, Any] = user.post(f"/entity/{owner}/wiki2", body)
    return made


def old_page(user: User, owner: str, text: str = "# Hello\n", **fields: Any) -> dict[str, Any]:
    """A new page of the first generation."""
    made: dict[str, Any] = user.post(
        f"/entity/{owner}/wiki", {"title": "A page", "markdown": text, **fields}
    )
    return made


def texts(user: User, owner: str) -> list[tuple[str, str | None]]:
    """Id and parent of all pages as the tree lists them."""
    found = user.get(f"/entity/{owner}/wikiheadertree2?limit=50")["results"]
    return [(each["id"], each.get("parentId")) for each in found]


# ------------------------------------------------------------------ pages


def test_a_page_of_the_second_generation(alice: User) -> None:
    project = alice.project()["id"]
    handle = markdown(alice, "# Zürich\n")
    body = {"title": "Start", "markdownFileHandleId": handle, "unknown": [1]}
    made = alice.post(f"/entity/{project}/wiki2", body)
    assert made == {
        "id": made["id"],
        "etag": made["etag"],
        "createdOn": made["createdOn"],
        "createdBy": str(alice.id),
        "modifiedOn": made["createdOn"],
        "modifiedBy": str(alice.id),
        "title": "Start",
        "markdownFileHandleId": handle,
        "attachmentFileHandleIds": [],
    }
    path = f"/entity/{project}/wiki2"
    assert alice.get(path) == alice.get(f"{path}/{made['id']}") == made
    assert alice.get(f"{path}/{made['id']}?wikiVersion=0") == made
    assert alice.get(f"/entity/{project}/wikikey") == {
        "wikiPageId": made["id"],
        "ownerObjectId": project,
        "ownerObjectType": "ENTITY",
    }
    assert alice.get(f"/entity/{project[3:]}/wiki2") == made  # the prefix is optional
    url = text_url(alice, f"{path}/{made['id']}/markdown")
    assert gzip.decompress(raw(alice, "GET", url).content).decode() == "# Zürich\n"
    redirect = alice.send("GET", f"{path}/{made['id']}/markdown")
    assert redirect.status_code == 307
    assert gzip.decompress(raw(alice, "GET", redirect.headers["location"]).content)


def test_a_page_of_the_first_generation(alice: User) -> None:
    project = alice.project()["id"]
    made = old_page(alice, project, "# Zürich 🧬\n")
    assert made == {
        "id": made["id"],
        "etag": made["etag"],
        "createdOn": made["createdOn"],
        "createdBy": str(alice.id),
        "modifiedOn": made["createdOn"],
        "modifiedBy": str(alice.id),
        "title": "A page",
        "markdown": "# Zürich 🧬\n",
        "attachmentFileHandleIds": [],
    }
    path = f"/entity/{project}/wiki"
    assert alice.get(path) == alice.get(f"{path}/{made['id']}") == made
    changed = alice.put(f"{path}/{made['id']}", {**made, "markdown": "new"})
    assert changed["markdown"] == alice.get(path)["markdown"] == "new"
    assert alice.get(f"{path}/{made['id']}?wikiVersion=0")["markdown"] == "# Zürich 🧬\n"
    alice.put(f"{path}/{made['id']}", {**made, "markdown": "stale"}, 412)
    assert alice.get(path)["markdown"] == "new"
    empty = alice.put(f"{path}/{made['id']}", {"etag": changed["etag"], "title": "no text"})
    assert (empty["markdown"], empty["title"]) == ("", "no text")


def test_the_generations_see_each_other(alice: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project, "by the second")
    path = f"/entity/{project}/wiki/{made['id']}"
    seen = alice.get(path)
    assert seen["markdown"] == "by the second"
    assert {**seen, "markdownFileHandleId": made["markdownFileHandleId"]} == {
        **made,
        "markdown": "by the second",
    }
    alice.put(path, {**seen, "markdown": "by the first"})
    url = text_url(alice, f"/entity/{project}/wiki2/{made['id']}/markdown")
    assert gzip.decompress(raw(alice, "GET", url).content) == b"by the first"
    assert "wiki_markdown.md.gz" in raw(alice, "GET", url).headers["content-disposition"]
    handle = alice.get(f"/entity/{project}/wiki2")["markdownFileHandleId"]
    assert alice.get(f"/file/v1/fileHandle/{handle}")["createdBy"] == str(alice.id)
    plain = upload(alice, "not compressed: ü".encode(), fileName="plain.md")
    current = alice.get(f"/entity/{project}/wiki2")
    alice.put(f"/entity/{project}/wiki2/{made['id']}", {**current, "markdownFileHandleId": plain})
    assert alice.get(path)["markdown"] == "not compressed: ü"
    headers = alice.get(f"/entity/{project}/wikiheadertree")
    assert headers == alice.get(f"/entity/{project}/wikiheadertree2")
    assert headers["results"] == [{"id": made["id"], "title": "A page"}]


def test_one_root_page(alice: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project)
    body = {"title": "again", "markdownFileHandleId": made["markdownFileHandleId"]}
    assert "root wiki already exists" in alice.post(f"/entity/{project}/wiki2", body, 409)["reason"]
    assert alice.post(f"/entity/{project}/wiki", {"markdown": "again"}, 409)["reason"]
    assert texts(alice, project) == [(made["id"], None)]
    folder = alice.folder(project)["id"]
    assert page(alice, folder)["id"] != made["id"]


def test_many_want_to_make_the_root_page(alice: User) -> None:
    project = alice.project()["id"]
    handle = markdown(alice)

    def create(number: int) -> int:
        body = {"title": str(number), "markdownFileHandleId": handle}
        return alice.send("POST", f"/entity/{project}/wiki2", body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == [201] + [409] * 7
    assert len(texts(alice, project)) == 1


def test_nothing_there(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    for path in ("wiki", "wiki2", "wikikey", "wikiheadertree", "wikiheadertree2", "wiki2orderhint"):
        assert "has no wiki" in alice.get(f"/entity/{project}/{path}", 404)["reason"]
        alice.get(f"/entity/syn999999999/{path}", 404)
        alice.get(f"/entity/nonsense/{path}", 400)
        bob.get(f"/entity/{project}/{path}", 403)
    made = page(alice, project)
    other = alice.project()["id"]
    for path in ("wiki", "wiki2"):
        alice.get(f"/entity/{other}/{path}/{made['id']}", 404)
        alice.get(f"/entity/{project}/{path}/999999999", 404)
        alice.get(f"/entity/{project}/{path}/abc", 400)
        alice.get(f"/entity/{project}/{path}/{made['id']}?wikiVersion=7", 404)
        alice.get(f"/entity/{project}/{path}/{made['id']}?wikiVersion=x", 400)
    alice.put(f"/entity/{other}/wiki2/{made['id']}", made, 404)
    alice.delete(f"/entity/{other}/wiki2/{made['id']}", 404)
    alice.put(f"/entity/{project}/wiki2/{made['id']}/9", status=404)
    assert alice.get(f"/entity/{project}/wiki2/{made['id']}") == made


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"markdownFileHandleId": None}, 400),
        ({"markdownFileHandleId": "none"}, 400),
        ({"markdownFileHandleId": "999999999"}, 404),
        ({"title": "x" * 257}, 400),
        ({"title": 7.5}, 201),  # old clients send numbers for text
        ({"title": ["x"]}, 400),
        ({"title": ""}, 201),
        ({"title": None}, 201),
        ({"title": "Ünïcödé 🧬 <b>"}, 201),
        ({"parentWikiId": "999999999"}, 404),
        ({"parentWikiId": "x"}, 400),
        ({"attachmentFileHandleIds": ["x"]}, 400),
        ({"attachmentFileHandleIds": ["999999999"]}, 404),
        ({"attachmentFileHandleIds": "x"}, 400),
        ({"attachmentFileHandleIds": None}, 201),
        ({"attachmentFileHandleIds": ["1"] * 1001}, 400),
        ({"id": "12", "etag": "x", "createdBy": "1"}, 201),  # the server's own business
    ],
)
def test_pages_that_cannot_be(alice: User, fields: dict[str, Any], status: int) -> None:
    project = alice.project()["id"]
    body = {"title": "t", "markdownFileHandleId": markdown(alice), **fields}
    answer = alice.send("POST", f"/entity/{project}/wiki2", body)
    assert answer.status_code == status, answer.text
    assert alice.send("GET", f"/entity/{project}/wiki2").status_code == (
        200 if status == 201 else 404
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"[" * 100_000])
@pytest.mark.parametrize("path", ["wiki", "wiki2"])
def test_bodies_that_are_no_good(alice: User, path: str, body: bytes) -> None:
    project = alice.project()["id"]
    assert alice.send("POST", f"/entity/{project}/{path}", body).status_code == 400


def test_text_that_is_too_long(alice: User) -> None:
    project = alice.project()["id"]
    answer = alice.send("POST", f"/entity/{project}/wiki", {"markdown": "ü" * MOST_MARKDOWN})
    assert answer.status_code == 413
    made = page(alice, project, "x" * (MOST_MARKDOWN + 1))  # 2 kB of gzip: it is not unpacked
    path = f"/entity/{project}/wiki/{made['id']}"
    assert "Download it as a file" in alice.get(path, 400)["reason"]
    assert alice.get(f"/entity/{project}/wiki2/{made['id']}") == made


def test_markdown_must_be_here(alice: User) -> None:
    project = alice.project()["id"]
    body = {"markdownFileHandleId": alice.external()}
    assert "elsewhere" in alice.post(f"/entity/{project}/wiki2", body, 400)["reason"]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"\x1f\x8bnot gzip", b"\x1f\x8b\x08\x00"])
def test_bytes_that_are_no_markdown(alice: User, data: bytes) -> None:
    project = alice.project()["id"]
    body = {"markdownFileHandleId": upload(alice, data, fileName="odd.md.gz")}
    made = alice.post(f"/entity/{project}/wiki2", body)
    assert isinstance(alice.get(f"/entity/{project}/wiki/{made['id']}")["markdown"], str)


# ------------------------------------------------------------------ the tree


def test_sub_pages(alice: User) -> None:
    project = alice.project()["id"]
    root = page(alice, project)["id"]
    first = page(alice, project, title="first", parentWikiId=root)["id"]
    second = old_page(alice, project, title="second", parentWikiId=root)["id"]
    below = page(alice, project, title="below", parentWikiId=first)["id"]
    assert texts(alice, project) == [
        (root, None),
        (first, root),
        (second, root),
        (below, first),
    ]
    # the tree tells parents before children, whatever their ids
    made = alice.get(f"/entity/{project}/wiki2/{first}")
    moved = alice.put(f"/entity/{project}/wiki2/{first}", {**made, "parentWikiId": second})
    assert moved["parentWikiId"] == second
    assert texts(alice, project) == [(root, None), (second, root), (first, second), (below, first)]
    pages = [
        alice.get(f"/entity/{project}/wikiheadertree2?limit=3&offset={offset}")
        for offset in (0, 3, 6)
    ]
    assert [[each["id"] for each in one["results"]] for one in pages] == [
        [root, second, first],
        [below],
        [],
    ]
    assert [one["totalNumberOfResults"] for one in pages] == [4, 4, 6]
    for query in ("limit=51", "limit=0", "limit=-1", "offset=-1", "limit=x"):
        for path in ("wikiheadertree", "wikiheadertree2"):
            alice.get(f"/entity/{project}/{path}?{query}", 400)
    # a page that names no parent keeps it
    kept = alice.put(
        f"/entity/{project}/wiki2/{first}",
        {name: value for name, value in moved.items() if name != "parentWikiId"},
    )
    assert kept["parentWikiId"] == second


def test_no_page_lies_below_itself(alice: User) -> None:
    project, other = alice.project()["id"], alice.project()["id"]
    root, stranger = page(alice, project), page(alice, other)
    first = page(alice, project, parentWikiId=root["id"])
    second = page(alice, project, parentWikiId=first["id"])
    for made, parent, status in (
        (first, first, 400),
        (first, second, 400),
        (root, second, 400),
        (root, root, 400),
        (second, stranger, 404),
    ):
        path = f"/entity/{project}/wiki2/{made['id']}"
        alice.put(path, {**made, "parentWikiId": parent["id"]}, status)
        assert alice.get(path) == made
    body = {**second, "parentWikiId": stranger["id"]}
    alice.post(f"/entity/{project}/wiki2", body, 404)


def test_pages_that_are_moved_at_once_make_no_cycle(alice: User) -> None:
    project = alice.project()["id"]
    root = page(alice, project)
    pair = [page(alice, project, parentWikiId=root["id"]) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            one, two = (alice.get(f"/entity/{project}/wiki2/{each['id']}") for each in pair)

            def move(what: dict[str, Any], below: str) -> int:
                path = f"/entity/{project}/wiki2/{what['id']}"
                return alice.send("PUT", path, {**what, "parentWikiId": below}).status_code

            done = list(pool.map(move, (one, two), (two["id"], one["id"])))
            assert sorted(done) == [200, 400]
            assert len(texts(alice, project)) == 3
            for each in pair:
                path = f"/entity/{project}/wiki2/{each['id']}"
                alice.put(path, {**alice.get(path), "parentWikiId": root["id"]})


def test_deleting_pages(alice: User) -> None:
    project = alice.project()["id"]
    root = page(alice, project)["id"]
    first = page(alice, project, parentWikiId=root)["id"]
    below = page(alice, project, parentWikiId=first)["id"]
    second = page(alice, project, parentWikiId=root)["id"]
    alice.delete(f"/entity/{project}/wiki2/{first}", 200)
    assert texts(alice, project) == [(root, None), (second, root)]
    alice.get(f"/entity/{project}/wiki2/{below}", 404)
    alice.delete(f"/entity/{project}/wiki2/{first}", 404)
    hint = alice.get(f"/entity/{project}/wiki2orderhint")
    alice.put(f"/entity/{project}/wiki2orderhint", {**hint, "idList": [second]})
    alice.delete(f"/entity/{project}/wiki/{root}", 200)
    alice.get(f"/entity/{project}/wiki2", 404)
    again = page(alice, project)
    assert "idList" not in alice.get(f"/entity/{project}/wiki2orderhint")
    assert texts(alice, project) == [(again["id"], None)]


# ------------------------------------------------------------------ versions


def test_history_and_restore(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "UPDATE", "CREATE")
    attached = upload(alice, b"one", fileName="one.txt")
    made = page(alice, project, "first", title="First", attachmentFileHandleIds=[attached])
    path = f"/entity/{project}/wiki2/{made['id']}"
    body = {**made, "title": "Second", "markdownFileHandleId": markdown(bob, "second")}
    second = bob.put(path, {**body, "attachmentFileHandleIds": []})
    assert (second["createdBy"], second["modifiedBy"]) == (str(alice.id), str(bob.id))
    assert second["etag"] != made["etag"]
    history = alice.get(path + "/wikihistory?offset=0&limit=10")["results"]
    assert [(each["version"], each["modifiedBy"]) for each in history] == [
        ("1", str(bob.id)),
        ("0", str(alice.id)),
    ]
    assert history[1]["modifiedOn"] == made["modifiedOn"]
    old = alice.get(path + "?wikiVersion=0")
    assert old == {**made, "etag": second["etag"]}
    assert alice.get(path + "/attachmenthandles")["list"] == []
    assert len(alice.get(path + "/attachmenthandles?wikiVersion=0")["list"]) == 1
    assert alice.get(f"{path}/attachment?fileName=one.txt", 404)["reason"]
    assert text_url(alice, f"{path}/attachment?fileName=one.txt&wikiVersion=0")
    # who restores need not own the files: they have been the page's before
    restored = bob.put(f"{path}/0", {"anything": 1})
    assert restored == {
        **made,
        "etag": restored["etag"],
        "modifiedBy": str(bob.id),
        "modifiedOn": restored["modifiedOn"],
    }
    assert restored["etag"] not in (made["etag"], second["etag"])
    page_2 = alice.get(path + "/wikihistory?offset=1&limit=1")["results"]
    assert [each["version"] for each in page_2] == ["1"]
    for query in ("offset=0&limit=51", "offset=0", "limit=10", "offset=-1&limit=1"):
        alice.get(f"{path}/wikihistory?{query}", 400)


def test_a_hundred_versions_are_kept(alice: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project)
    path = f"/entity/{project}/wiki2/{made['id']}"
    for _ in range(101):
        made = alice.put(path, made)
    versions = []
    for offset in (0, 50, 100):
        found = alice.get(f"{path}/wikihistory?offset={offset}&limit=50")["results"]
        versions += [int(each["version"]) for each in found]
    assert versions == list(range(101, 1, -1))
    alice.get(path + "?wikiVersion=1", 404)
    alice.get(path + "?wikiVersion=2")


def test_an_update_needs_the_current_etag(alice: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project)
    path = f"/entity/{project}/wiki2/{made['id']}"
    body = {name: value for name, value in made.items() if name != "etag"}
    alice.put(path, body, 412)
    alice.put(path, {**made, "etag": "other"}, 412)
    assert "body is of the page 7" in alice.put(path, {**made, "id": "7"}, 400)["reason"]
    assert alice.get(path) == made

    def change(number: int) -> int:
        return alice.send("PUT", path, {**made, "title": str(number)}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(change, range(6))) == [200] + [412] * 5


# ------------------------------------------------------------------ attachments


def test_attachments(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    one = upload(alice, b"one", fileName="one (1).txt")
    two = alice.external("https://example.org/two.png", fileName="zwei ü.png")
    made = page(alice, project, attachmentFileHandleIds=[one, two])
    for path in (f"/entity/{project}/wiki/{made['id']}", f"/entity/{project}/wiki2/{made['id']}"):
        handles = alice.get(path + "/attachmenthandles")["list"]
        assert handles == [alice.get(f"/file/v1/fileHandle/{each}") for each in (one, two)]
        url = text_url(alice, path + "/attachment?fileName=one%20(1).txt")
        assert raw(alice, "GET", url).content == b"one"
        redirect = alice.send("GET", path + "/attachment?fileName=one%20(1).txt")
        assert redirect.status_code == 307
        assert raw(alice, "GET", redirect.headers["location"]).content == b"one"
        url = text_url(alice, path + "/attachment?fileName=zwei%20%C3%BC.png")
        assert url == "https://example.org/two.png"
        alice.get(path + "/attachment?fileName=other", 404)
        alice.get(path + "/attachment", 400)
        reason = alice.get(path + "/attachmentpreview?fileName=one%20(1).txt", 404)["reason"]
        assert "no preview" in reason
        alice.get(path + "/attachmentpreview?fileName=other", 404)
        bob.get(path + "/attachment?fileName=one%20(1).txt", 403)
        bob.get(path + "/attachmenthandles", 403)


def test_of_attachments_with_the_same_name_the_newest_stays(alice: User) -> None:
    project = alice.project()["id"]
    old = upload(alice, b"old", fileName="figure.png")
    new = upload(alice, b"new", fileName="figure.png")
    made = page(alice, project, attachmentFileHandleIds=[new, old, new])
    assert made["attachmentFileHandleIds"] == [new]
    path = f"/entity/{project}/wiki2/{made['id']}"
    assert raw(alice, "GET", text_url(alice, f"{path}/attachment?fileName=figure.png")).content == (
        b"new"
    )


def test_only_ones_own_files_are_attached(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "UPDATE", "CREATE")
    secret = upload(alice, b"secret", fileName="secret.txt")
    made = page(alice, project, attachmentFileHandleIds=[])
    path = f"/entity/{project}/wiki2/{made['id']}"
    bob.put(path, {**made, "attachmentFileHandleIds": [secret]}, 403)
    bob.put(path, {**made, "markdownFileHandleId": secret}, 403)
    bob.post(f"/entity/{project}/wiki2", {**made, "parentWikiId": made["id"], "id": None}, 403)
    assert bob.get(path) == made
    # what is on the page already may stay there, whoever changes it
    with_it = alice.put(path, {**made, "attachmentFileHandleIds": [secret]})
    assert bob.put(path, with_it)["attachmentFileHandleIds"] == [secret]


def test_files_of_pages_through_the_file_services(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    one = upload(alice, b"one", fileName="one.txt")
    made = page(alice, project, attachmentFileHandleIds=[one])
    loose = upload(alice, b"loose", fileName="loose.txt")

    def codes(user: User, *asked: tuple[str, str, str]) -> list[str]:
        files = [
            {"fileHandleId": file, "associateObjectId": id, "associateObjectType": kind}
            for file, kind, id in asked
        ]
        body = {"requestedFiles": files, "includePreSignedURLs": True, "includeFileHandles": True}
        found = user.post("/file/v1/fileHandle/batch", body)["requestedFiles"]
        return [each.get("failureCode", "OK") for each in found]

    asked = (
        (one, "WikiAttachment", made["id"]),
        (made["markdownFileHandleId"], "WikiMarkdown", made["id"]),
        (one, "WikiMarkdown", made["id"]),
        (made["markdownFileHandleId"], "WikiAttachment", made["id"]),
        (loose, "WikiAttachment", made["id"]),
        (one, "WikiAttachment", "999999999"),
        (one, "WikiAttachment", "x"),
    )
    assert codes(alice, *asked) == ["OK", "OK", *["UNAUTHORIZED"] * 3, *["NOT_FOUND"] * 2]
    assert set(codes(bob, *asked)) == {"UNAUTHORIZED", "NOT_FOUND"}
    alice.share(project, bob.id, "READ")  # without DOWNLOAD: a page's files are part of the page
    assert codes(bob, *asked)[:2] == ["OK", "OK"]
    copies = [
        {
            "originalFile": {
                "fileHandleId": one,
                "associateObjectId": made["id"],
                "associateObjectType": "WikiAttachment",
            },
            "newFileName": "copy.txt",
        }
    ]
    copied = bob.post("/file/v1/filehandles/copy", {"copyRequests": copies}, 200)["copyResults"][0]
    assert copied["newFileHandle"]["createdBy"] == str(bob.id)
    alice.share(project, bob.id)
    assert set(codes(bob, *asked)) == {"UNAUTHORIZED", "NOT_FOUND"}


def test_files_of_pages_stay(alice: User) -> None:
    project = alice.project()["id"]
    one = upload(alice, b"one", fileName="one.txt")
    made = page(alice, project, attachmentFileHandleIds=[one])
    for handle in (one, made["markdownFileHandleId"]):
        assert "wiki page" in alice.delete(f"/file/v1/fileHandle/{handle}", 409)["reason"]
    path = f"/entity/{project}/wiki2/{made['id']}"
    alice.put(path, {**made, "attachmentFileHandleIds": []})
    alice.delete(f"/file/v1/fileHandle/{one}", 409)  # an older version has it
    alice.delete(path, 200)
    for handle in (one, made["markdownFileHandleId"]):
        alice.delete(f"/file/v1/fileHandle/{handle}", 200)


# ------------------------------------------------------------------ order hints


def test_order_hints(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    root = page(alice, project)["id"]
    one, two = (page(alice, project, parentWikiId=root)["id"] for _ in range(2))
    path = f"/entity/{project}/wiki2orderhint"
    hint = alice.get(path)
    assert hint == {"ownerId": project, "ownerObjectType": "ENTITY", "etag": hint["etag"]}
    stored = alice.put(path, {**hint, "idList": [root, two, one]})
    assert stored == {**hint, "idList": [root, two, one], "etag": stored["etag"]}
    assert alice.get(path) == stored
    alice.put(path, {**hint, "idList": [one]}, 412)
    alice.put(path, {"idList": [one]}, 412)
    alice.put(path, {**stored, "idList": ["x"]}, 400)
    alice.put(path, {**stored, "idList": [1.5]}, 400)
    alice.put(path, {**stored, "idList": ["1"] * 10_001}, 400)
    alice.put(path, {**stored, "ownerId": "syn999"}, 400)
    assert alice.get(path) == stored
    alice.share(project, bob.id, "READ")
    assert bob.get(path) == stored
    bob.put(path, stored, 403)
    alice.server.anonymous.put(path, stored, 403)
    again = alice.put(path, {**stored, "idList": []})
    assert again["etag"] != stored["etag"]
    alice.delete(f"/entity/{project}/wiki2/{root}", 200)
    alice.put(path, again, 404)


# ------------------------------------------------------------------ who may do what


READS = (
    "/wiki",
    "/wiki/{id}",
    "/wikikey",
    "/wikiheadertree",
    "/wiki/{id}/attachmenthandles",
    "/wiki/{id}/attachment?fileName=a.txt&redirect=false",
    "/wiki2",
    "/wiki2/{id}",
    "/wiki2/{id}?wikiVersion=0",
    "/wiki2/{id}/wikihistory?offset=0&limit=10",
    "/wiki2/{id}/attachmenthandles",
    "/wiki2/{id}/attachment?fileName=a.txt&redirect=false",
    "/wiki2/{id}/markdown?redirect=false",
    "/wikiheadertree2",
    "/wiki2orderhint",
)


def test_read_is_for_readers(alice: User, bob: User, admin: User) -> None:
    project = alice.project()["id"]
    attached = upload(alice, b"a", fileName="a.txt")
    made = page(alice, project, attachmentFileHandleIds=[attached])
    nobody = alice.server.anonymous

    def status(user: User) -> set[int]:
        paths = (f"/entity/{project}{path.format(id=made['id'])}" for path in READS)
        return {user.send("GET", path).status_code for path in paths}

    assert status(alice) == status(admin) == {200}
    assert status(bob) == status(nobody) == {403}
    alice.share(project, bob.id, "READ")
    assert status(bob) == {200}
    alice.share(project, bob.id)
    assert status(bob) == {403}
    alice.share(project, 273949, "READ")  # everybody
    assert status(bob) == status(nobody) == {200}
    alice.delete(f"/entity/{project}")
    assert status(alice) == status(nobody) == status(admin) == {404}


@pytest.mark.parametrize("path", ["wiki", "wiki2"])
@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ([], (403, 403, 403)),
        (["READ"], (403, 403, 403)),
        (["READ", "DOWNLOAD"], (403, 403, 403)),
        (["READ", "CREATE"], (201, 403, 403)),
        (["READ", "UPDATE"], (403, 200, 403)),
        (["READ", "DELETE"], (403, 403, 200)),
        (["READ", "CREATE", "UPDATE", "DELETE"], (201, 200, 200)),
    ],
)
def test_writing_is_for_those_who_may(
    alice: User, bob: User, path: str, access: list[str], expected: tuple[int, int, int]
) -> None:
    project = alice.project()["id"]
    root = page(alice, project)
    below = page(alice, project, parentWikiId=root["id"])
    if access:
        alice.share(project, bob.id, *access)
    content = {"markdown": "x"} if path == "wiki" else {"markdownFileHandleId": markdown(bob)}
    done = (
        bob.send("POST", f"/entity/{project}/{path}", {"parentWikiId": root["id"], **content}),
        bob.send("PUT", f"/entity/{project}/{path}/{root['id']}", {**root, **content}),
        bob.send("DELETE", f"/entity/{project}/{path}/{below['id']}"),
    )
    assert tuple(each.status_code for each in done) == expected
    restored = bob.send("PUT", f"/entity/{project}/wiki2/{root['id']}/0")
    assert restored.status_code == expected[1]
    nobody = alice.server.anonymous
    for verb, where in (
        ("POST", f"/entity/{project}/{path}"),
        ("PUT", f"/entity/{project}/{path}/{root['id']}"),
        ("DELETE", f"/entity/{project}/{path}/{root['id']}"),
    ):
        body = None if verb == "DELETE" else {**root, **content}
        assert nobody.send(verb, where, body).status_code == 403


@pytest.mark.parametrize("scope", ["view", "download", "modify"])
def test_a_token_does_what_its_scope_says(alice: User, scope: str) -> None:
    project = alice.project()["id"]
    attached = upload(alice, b"a", fileName="a.txt")
    made = page(alice, project, attachmentFileHandleIds=[attached])
    body = {"scope": [scope], "name": f"{scope} of {project}"}
    token = alice.post("/auth/v1/personalAccessToken", body, 200)["token"]
    user = User(alice.server, alice.id, alice.name, token)
    root = f"/entity/{project}"
    for needs, verb, path in (
        ({"view"}, "GET", f"{root}/wiki2/{made['id']}"),
        ({"view"}, "GET", f"{root}/wiki/{made['id']}"),
        ({"view"}, "GET", f"{root}/wikiheadertree2"),
        ({"download"}, "GET", f"{root}/wiki2/{made['id']}/markdown?redirect=false"),
        ({"download"}, "GET", f"{root}/wiki/{made['id']}/attachment?fileName=a.txt&redirect=false"),
        ({"view", "download"}, "GET", f"{root}/wiki2/{made['id']}/html"),
        ({"view", "modify"}, "PUT", f"{root}/wiki2/{made['id']}"),
        ({"view", "modify"}, "PUT", f"{root}/wiki/{made['id']}"),
        ({"view", "modify"}, "POST", f"{root}/wiki2"),
        ({"modify"}, "DELETE", f"{root}/wiki2/{made['id']}"),
    ):
        answer = user.send(verb, path, made if verb in ("PUT", "POST") else None)
        allowed = needs <= {scope}
        assert (answer.status_code != 403) == allowed, (path, answer.text)
        if not allowed:
            assert answer.json()["error"] == "insufficient_scope"


def test_strangers_leave_no_bytes_behind(alice: User, bob: User) -> None:
    project = alice.project()["id"]

    def handles() -> int:
        async def count(tx: Any) -> int:
            row = await tx.one("SELECT count(*) FROM file_handle WHERE created_by = ?", bob.id)
            return int(row[0])

        return alice.server.do(alice.server.app.database.read(count))

    bob.post(f"/entity/{project}/wiki", {"markdown": "x"}, 403)
    alice.share(project, bob.id, "READ", "CREATE")
    made = old_page(bob, project)
    bob.post(f"/entity/{project}/wiki", {"markdown": "again"}, 409)
    bob.put(f"/entity/{project}/wiki/{made['id']}", made, 403)
    assert handles() == 1


# ------------------------------------------------------------------ owners


def test_wikis_in_the_trash_can(alice: User) -> None:
    project = alice.project()["id"]
    folder = alice.folder(project)["id"]
    made = page(alice, folder)
    alice.delete(f"/entity/{folder}")
    path = f"/entity/{folder}/wiki2"
    for verb, where, body in (
        ("GET", path, None),
        ("GET", f"/entity/{folder}/wiki/{made['id']}", None),
        ("POST", path, made),
        ("PUT", f"{path}/{made['id']}", made),
        ("DELETE", f"{path}/{made['id']}", None),
    ):
        answer = alice.send(verb, where, body)
        assert (answer.status_code, "in trash can" in answer.text) == (404, True)
    association = {
        "fileHandleId": made["markdownFileHandleId"],
        "associateObjectId": made["id"],
        "associateObjectType": "WikiMarkdown",
    }
    body = {"requestedFiles": [association], "includePreSignedURLs": True}
    found = alice.post("/file/v1/fileHandle/batch", body)["requestedFiles"][0]
    assert found["failureCode"] == "NOT_FOUND"
    alice.put(f"/trashcan/restore/{folder}")
    assert alice.get(path) == made


def test_a_wiki_goes_with_its_entity(alice: User) -> None:
    server: RunningServer = alice.server
    project = alice.project()["id"]
    folder = alice.folder(project)["id"]
    made = page(alice, folder)
    page(alice, folder, parentWikiId=made["id"])
    hint = alice.get(f"/entity/{folder}/wiki2orderhint")
    alice.put(f"/entity/{folder}/wiki2orderhint", {**hint, "idList": [made["id"]]})
    kept = page(alice, project, "another text")
    alice.delete(f"/entity/{folder}?skipTrashCan=true")
    server.do(server.app.sweep_once())
    number = int(folder[3:])

    async def rows(tx: Any) -> list[int]:
        return [
            (await tx.one(f"SELECT count(*) FROM {table} WHERE owner_id = ?", number))[0]
            for table in ("wiki_page", "wiki_order")
        ]

    assert server.do(server.app.database.read(rows)) == [0, 0]
    assert alice.get(f"/entity/{project}/wiki2") == kept
    alice.delete(f"/file/v1/fileHandle/{made['markdownFileHandleId']}", 200)


def test_changes_of_the_entity_leave_the_wiki(alice: User) -> None:
    project = alice.project()
    made = page(alice, project["id"])
    alice.put(f"/entity/{project['id']}", {**project, "name": f"renamed {project['id']}"})
    assert alice.get(f"/entity/{project['id']}/wiki2") == made


def test_the_root_page_in_bundles(alice: User) -> None:
    project = alice.project()["id"]
    path = f"/entity/{project}/bundle2"
    assert "rootWikiId" not in alice.post(path, {"includeRootWikiId": True}, 200)
    made = page(alice, project)
    page(alice, project, parentWikiId=made["id"])
    assert alice.post(path, {"includeRootWikiId": True}, 200)["rootWikiId"] == made["id"]
    assert "rootWikiId" not in alice.post(path, {"includeEntity": True}, 200)
    assert alice.get(f"/entity/{project}/bundle?mask={0x2000}")["rootWikiId"] == made["id"]


def test_the_whole_page_is_json_that_scripts_can_read(alice: User) -> None:
    project = alice.project()["id"]
    answer = alice.send("GET", f"/entity/{project}/wiki2/{page(alice, project)['id']}")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert json.loads(answer.content)["title"] == "A page"
