"""Many things at once: subtrees, small files, commits; what strangers and revoked users get."""

from __future__ import annotations

import hashlib
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import raw, text_url, upload

from synapse_server.entities import service as entities

PACKAGE = "org.sagebionetworks.repo.model."


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def tree(user: User, id: str, **fields: Any) -> dict[str, Any]:
    """All entries below, by name."""
    found: dict[str, Any] = {}
    body = {"id": id, **fields}
    while True:
        page = user.post("/bulk/tree", body, 200)
        found |= {entry["entity"]["name"]: entry for entry in page["entries"]}
        if "nextPageToken" not in page:
            return found
        body["nextPageToken"] = page["nextPageToken"]


def send(user: User, *contents: bytes) -> list[str]:
    """Upload these; their ids."""
    files = [{"contentMd5": md5(data), "contentSize": len(data)} for data in contents]
    answer = user.post("/bulk/uploads", {"files": files}, 200)["uploads"]
    for data, each in zip(contents, answer, strict=True):
        if "uploadPresignedUrl" in each:
            headers = {
                name.replace("-", "_"): value
                for name, value in each.get("signedHeaders", {}).items()
            }
            sent = raw(user, "PUT", each["uploadPresignedUrl"], data, **headers)
            assert sent.status_code == 200, sent.text
    return [each["uploadId"] for each in answer]


def commit(user: User, *changes: dict[str, Any], status: int = 200, key: str = "") -> Any:
    body = {"key": key or uuid.uuid4().hex, "changes": list(changes)}
    answer = user.post("/bulk/commit", body, status)
    return answer["results"] if status == 200 else answer


def create(kind: str, name: str, parent: str, **fields: Any) -> dict[str, Any]:
    entity = {"concreteType": PACKAGE + kind, "name": name, "parentId": parent}
    return {"change": "create", "entity": entity, **fields}


def test_a_thousand_files_in_a_few_requests(alice: User) -> None:
    project = alice.project()["id"]
    contents = [b"file %d" % number for number in range(300)]
    uploads = send(alice, *contents)
    changes = [create("Folder", f"folder {number}", project) for number in range(10)]
    changes += [
        create(
            "FileEntity",
            f"file {number}.txt",
            f"#{number % 10}",
            content={"uploadId": upload, "contentType": "text/plain"},
            annotations={"number": {"type": "LONG", "value": [str(number)]}},
            activity={
                "name": "made",
                "used": [
                    {
                        "concreteType": PACKAGE + "provenance.UsedEntity",
                        "reference": {"targetId": f"#{number % 10}"},
                    }
                ],
            },
        )
        for number, upload in enumerate(uploads)
    ]
    results = commit(alice, *changes)
    assert len(results) == 310
    assert all(result["versionNumber"] == 1 for result in results)
    found = tree(alice, project, includeAnnotations=True, includeActivities=True, includeUrls=True)
    assert len(found) == 310
    entry = found["file 17.txt"]
    assert entry["entity"]["parentId"] == results[7]["id"]
    assert entry["fileHandle"]["contentMd5"] == md5(b"file 17")
    assert entry["fileHandle"]["contentSize"] == 7
    assert entry["annotations"] == {"number": {"type": "LONG", "value": ["17"]}}
    assert entry["activity"]["used"][0]["reference"]["targetId"] == results[7]["id"]
    assert raw(alice, "GET", entry["preSignedURL"]).content == b"file 17"
    assert found["folder 3"]["entity"]["concreteType"] == PACKAGE + "Folder"
    assert set(tree(alice, project, recursive=False)) == {f"folder {n}" for n in range(10)}
    assert alice.get(f"/entity/{entry['entity']['id']}/annotations2")["annotations"]["number"]
    # the same bytes again are not sent again
    files = [{"contentMd5": md5(contents[0]), "contentSize": len(contents[0])}]
    time.sleep(1.1)  # only what was asked for a while ago is looked for
    again = alice.post("/bulk/uploads", {"files": files}, 200)["uploads"][0]
    assert again == {"uploadId": uploads[0]}


def test_all_or_nothing(alice: User) -> None:
    project = alice.project()["id"]
    good = create("Folder", "good", project)
    error = commit(alice, good, create("Folder", "bad|name", project), status=400)
    assert error["reason"].startswith("Change 1: Invalid Name")
    commit(alice, good, good, status=409)
    commit(alice, create("Folder", "x", "#0"), status=400)
    commit(alice, create("FileEntity", "x", project, content={"uploadId": "999999"}), status=404)
    commit(alice, create("Folder", "x", project, content={"uploadId": "1"}), status=400)
    commit(alice, status=400)
    commit(alice, *[good] * 1001, status=400)
    commit(alice, good, key="short", status=400)
    assert tree(alice, project) == {}


def test_a_folder_holds_so_many(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_MOST_CHILDREN", 12)
    monkeypatch.setattr(entities, "_MANY", 5)
    project = alice.project()["id"]

    def folders(*numbers: int, parent: str = project) -> list[dict[str, Any]]:
        return [create("Folder", f"folder {number}", parent) for number in numbers]

    first = commit(alice, *folders(*range(11)))
    refused = commit(alice, *folders(11, 12), status=400)
    assert refused["reason"].startswith(f"Change 1: {project} has 12 children, the most it can.")
    assert len(tree(alice, project)) == 11
    commit(alice, *folders(11))
    assert "has 12 children" in commit(alice, *folders(12), status=400)["reason"]
    refused = alice.post("/entity", folders(12)[0]["entity"], 400)
    assert "has 12 children" in refused["reason"]
    # What happens in between counts, and so does what lies elsewhere.
    gone = {"change": "delete", "id": first[0]["id"]}
    moved = {"change": "update", "id": first[1]["id"], "parentId": first[2]["id"]}
    commit(alice, gone, *folders(12), moved, *folders(13), *folders(14, 15, parent=first[2]["id"]))
    assert "has 12 children" in commit(alice, *folders(16), status=400)["reason"]
    commit(alice, *folders(*range(16, 25), parent=first[2]["id"]))
    refused = commit(alice, *folders(25, parent=first[2]["id"]), status=400)
    assert "has 12 children" in refused["reason"]


def test_a_commit_is_done_once(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    key = uuid.uuid4().hex
    body = {"key": key, "changes": [create("Folder", "once", project)]}

    def again(_: int) -> Any:
        return alice.send("POST", "/bulk/commit", body)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(again, range(6)))
    assert {answer.status_code for answer in answers} == {200}, [each.text for each in answers]
    assert len({answer.text for answer in answers}) == 1
    commit(alice, create("Folder", "other", project), key=key, status=409)
    theirs = bob.project()["id"]
    assert commit(bob, create("Folder", "other", theirs), key=key)
    assert set(tree(alice, project)) == {"once"}


def test_changes(alice: User) -> None:
    project = alice.project()["id"]
    first, second, third = send(alice, b"first", b"second", b"third")
    made = commit(
        alice,
        create("FileEntity", "a.txt", project, content={"uploadId": first}),
        create("Folder", "into", project),
        create("FileEntity", "b.txt", project, content={"uploadId": second}),
    )
    file, folder, gone = (each["id"] for each in made)
    activity = {"name": "changed", "used": []}
    changed = commit(
        alice,
        {
            "change": "update",
            "id": file,
            "etag": made[0]["etag"],
            "content": {"uploadId": third},
            "versionComment": "better",
            "activity": activity,
        },
        {"change": "update", "id": file, "name": "c.txt", "parentId": "#1"},
        status=400,
    )
    assert "#1" in changed["reason"]
    changed = commit(
        alice,
        {
            "change": "update",
            "id": file,
            "etag": made[0]["etag"],
            "content": {"uploadId": third},
            "activity": activity,
        },
        {"change": "update", "id": file, "name": "c.txt", "parentId": folder},
        {
            "change": "update",
            "id": folder,
            "annotations": {"a": {"type": "STRING", "value": ["b"]}},
        },
        {"change": "delete", "id": gone},
    )
    assert [each.get("versionNumber") for each in changed] == [2, 2, 1, None]
    entity = alice.get(f"/entity/{file}")
    assert (entity["name"], entity["parentId"], entity["versionNumber"]) == ("c.txt", folder, 2)
    assert alice.get(f"/entity/{file}/version/2/generatedBy")["name"] == "changed"
    alice.get(f"/entity/{file}/version/1/generatedBy", 404)
    assert raw(alice, "GET", text_url(alice, f"/entity/{file}/file")).content == b"third"
    assert alice.get(f"/entity/{folder}/annotations2")["annotations"]["a"]["value"] == ["b"]
    alice.get(f"/entity/{gone}", 404)
    # the same content again makes no version, a stale etag no change
    same = commit(alice, {"change": "update", "id": file, "content": {"uploadId": third}})
    assert same[0]["versionNumber"] == 2
    stale = {"change": "update", "id": file, "etag": made[0]["etag"], "name": "d.txt"}
    commit(alice, stale, status=412)
    commit(alice, {"change": "delete", "id": folder, "etag": made[1]["etag"]}, status=412)
    # provenance alone
    commit(alice, {"change": "update", "id": file, "activity": {"name": "again", "used": []}})
    assert alice.get(f"/entity/{file}/generatedBy")["name"] == "again"


def test_bytes_must_be_those_that_were_named(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    data = b"these bytes " + uuid.uuid4().bytes
    ask = {"files": [{"contentMd5": md5(data), "contentSize": len(data)}]}
    [answer] = alice.post("/bulk/uploads", ask, 200)["uploads"]
    headers = {k.replace("-", "_"): v for k, v in answer.get("signedHeaders", {}).items()}
    for wrong in (data[:-1] + b"!", data[:-1], data + b"!"):
        sent = raw(alice, "PUT", answer["uploadPresignedUrl"], wrong, **headers)
        assert sent.status_code in (400, 403, 413), sent.text
    change = create("FileEntity", "x", project, content={"uploadId": answer["uploadId"]})
    commit(alice, change, status=404)
    assert send(alice, data) == [answer["uploadId"]]
    theirs = create("FileEntity", "x", bob.project()["id"], content=change["content"])
    commit(bob, theirs, status=404)
    [made] = commit(alice, change)
    assert raw(alice, "GET", text_url(alice, f"/entity/{made['id']}/file")).content == data
    for bad in (
        {"files": []},
        {"files": [{"contentMd5": "x", "contentSize": 1}]},
        {"files": [{"contentMd5": md5(b""), "contentSize": 17 << 20}]},
        {"files": [{"contentMd5": md5(b""), "contentSize": -1}]},
        {"files": ask["files"] * 1001},
    ):
        alice.post("/bulk/uploads", bad, 400)


def test_subtrees_show_what_one_may_read(server: RunningServer, alice: User, bob: User) -> None:
    project = alice.project()["id"]
    handle = upload(alice, b"content")
    opened, closed = alice.folder(project, "open")["id"], alice.folder(project, "closed")["id"]
    alice.file(opened, "seen", handle=handle)
    hidden = alice.folder(closed, "hidden")["id"]
    alice.file(hidden, "not seen")
    trashed = alice.folder(project, "trashed")["id"]
    alice.delete(f"/entity/{trashed}")
    bob.post("/bulk/tree", {"id": project}, 403)
    server.anonymous.post("/bulk/tree", {"id": project}, 403)
    alice.share(project, bob.id, "READ")
    alice.share(closed, bob.id)
    alice.share(hidden, bob.id, "READ")
    found = tree(bob, project, includeUrls=True)
    assert set(found) == {"open", "seen"}
    assert "fileHandle" not in found["seen"]
    assert "preSignedURL" not in found["seen"]
    assert set(tree(alice, project)) == {"open", "closed", "hidden", "seen", "not seen"}
    assert set(tree(alice, opened)) == {"seen"}
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    assert raw(bob, "GET", tree(bob, project, includeUrls=True)["seen"]["preSignedURL"]).content
    alice.share(project, bob.id)
    bob.post("/bulk/tree", {"id": project}, 403)
    alice.post("/bulk/tree", {"id": tree(alice, project)["seen"]["entity"]["id"]}, 400)
    alice.post("/bulk/tree", {}, 400)
    alice.post("/bulk/tree", {"id": project, "nextPageToken": "x"}, 400)
    alice.post("/bulk/tree", {"id": "syn1"}, 404)


def test_commits_go_by_the_rules_of_each_change(
    server: RunningServer, alice: User, bob: User
) -> None:
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    changes = (
        create("Folder", "x", project),
        {"change": "update", "id": file, "name": "y"},
        {"change": "update", "id": file, "annotations": {}},
        {"change": "update", "id": file, "activity": {"name": "z", "used": []}},
        {"change": "delete", "id": file},
    )
    for change in changes:
        commit(bob, change, status=403)
        commit(server.anonymous, change, status=401)
    alice.share(project, bob.id, "READ", "UPDATE")
    commit(bob, changes[1], changes[4], status=403)
    assert alice.get(f"/entity/{file}")["name"] == "file.csv"
    alice.share(project, bob.id)
    commit(bob, changes[1], status=403)
    server.anonymous.post("/bulk/uploads", {"files": []}, 401)
