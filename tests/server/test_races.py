"""Two callers at one moment: on either database, as if one had come after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import User
from tests.server.test_files import MB, raw, request, send_part, text_url, upload

from synapseclient.core.transport import Answer

FOLDER = "org.sagebionetworks.repo.model.Folder"


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """Begin all of them together; their answers."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def codes(answers: list[Answer]) -> list[int]:
    found = sorted(answer.status_code for answer in answers)
    assert max(found) < 500, [answer.text for answer in answers]
    return found


def sender(user: User, verb: str, path: str, body: Any = None) -> Callable[[], Answer]:
    return lambda: user.send(verb, path, body)


def adder(user: User, parent: str, name: str) -> Callable[[], Answer]:
    body = {"concreteType": FOLDER, "parentId": parent, "name": name}
    return sender(user, "POST", "/entity", body)


def test_an_upload_is_completed_by_many(alice: User) -> None:
    for number in range(4):
        data = bytes([number]) * (5 * MB * 3 + 1)
        begun = alice.post("/file/v1/file/multipart", request(data))
        for part in range(1, 5):
            piece = data[(part - 1) * 5 * MB : part * 5 * MB]
            send_part(alice, begun["uploadId"], part, piece)
        path = f"/file/v1/file/multipart/{begun['uploadId']}/complete"
        answers = at_once(*[sender(alice, "PUT", path)] * 6)
        assert codes(answers) == [201] * 6
        [handle] = {answer.json()["resultFileHandleId"] for answer in answers}
        url = text_url(alice, f"/file/v1/fileHandle/{handle}/url")
        assert raw(alice, "GET", url).content == data


def test_one_of_two_takes_a_name(alice: User) -> None:
    project = alice.project()["id"]
    assert codes(at_once(*[adder(alice, project, "same")] * 6)) == [201] + [409] * 5


def test_one_of_two_has_the_etag(alice: User) -> None:
    folder = alice.folder(alice.project()["id"])
    change = sender(alice, "PUT", f"/entity/{folder['id']}", {**folder, "description": "new"})
    assert codes(at_once(*[change] * 6)) == [200] + [412] * 5
    profile = alice.get("/userProfile")
    change = sender(alice, "PUT", "/userProfile", {**profile, "company": "new"})
    assert codes(at_once(*[change] * 6)) == [200] + [412] * 5


def test_versions_are_numbered_one_after_the_other(alice: User) -> None:
    file = alice.file(alice.project()["id"])["id"]
    answers = at_once(*[sender(alice, "PUT", f"/entity/{file}/version")] * 6)
    assert codes(answers) == [200] * 6
    assert {answer.json()["versionNumber"] for answer in answers} == set(range(2, 8))


def test_what_is_added_while_access_is_taken_away_is_not_seen(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ")
    mine = alice.get(f"/entity/{project}/acl")["resourceAccess"]
    closed = {"resourceAccess": [each for each in mine if each["principalId"] != bob.id]}
    for number in range(6):
        folder = alice.folder(project, f"f{number}")["id"]
        inner = alice.folder(folder, "inner")["id"]
        calls = [adder(alice, inner, f"c{child}") for child in range(6)]
        calls.insert(3, sender(alice, "POST", f"/entity/{folder}/acl", closed))
        answers = at_once(*calls)
        assert codes(answers) == [201] * 7
        for answer in answers:
            bob.get(f"/entity/{answer.json()['id']}", 403)


def test_what_is_added_to_what_is_trashed_goes_with_it(alice: User) -> None:
    project = alice.project()["id"]
    for number in range(6):
        folder = alice.folder(project, f"f{number}")["id"]
        inner = alice.folder(folder, "inner")["id"]
        calls = [adder(alice, inner, f"c{child}") for child in range(6)]
        calls.insert(3, sender(alice, "DELETE", f"/entity/{folder}"))
        answers = at_once(*calls)
        assert set(codes(answers)) <= {201, 204, 403}
        for answer in answers:
            if answer.status_code == 201:
                alice.get(f"/entity/{answer.json()['id']}", 404)


def test_two_folders_do_not_end_up_in_each_other(alice: User) -> None:
    project = alice.project()["id"]
    for number in range(8):
        one, two = (alice.folder(project, f"{name}{number}") for name in "ab")
        answers = at_once(
            sender(alice, "PUT", f"/entity/{one['id']}", {**one, "parentId": two["id"]}),
            sender(alice, "PUT", f"/entity/{two['id']}", {**two, "parentId": one["id"]}),
        )
        assert codes(answers) == [200, 400]
        for each in (one, two):
            path = alice.get(f"/entity/{each['id']}/path")["path"]
            assert project in [header["id"] for header in path]


def test_bytes_that_are_copied_stay(alice: User) -> None:
    for number in range(6):
        handle = upload(alice, b"bytes %d" % number)
        kind = alice.get(f"/file/v1/fileHandle/{handle}")["concreteType"]
        made = {"concreteType": kind, "fileName": "copy.bin", "contentType": "text/plain"}
        copied, _ = at_once(
            sender(alice, "POST", f"/file/v1/fileHandle/{handle}/copy", made),
            sender(alice, "DELETE", f"/file/v1/fileHandle/{handle}"),
        )
        if copied.status_code == 404:
            continue
        url = text_url(alice, f"/file/v1/fileHandle/{copied.json()['id']}/url")
        assert raw(alice, "GET", url).content == b"bytes %d" % number


def test_a_file_handle_in_use_is_not_deleted(alice: User) -> None:
    project = alice.project()["id"]
    for number in range(6):
        handle = upload(alice, b"used %d" % number)
        body = {
            "concreteType": "org.sagebionetworks.repo.model.FileEntity",
            "parentId": project,
            "name": f"file {number}",
            "dataFileHandleId": handle,
        }
        made, gone = at_once(
            sender(alice, "POST", "/entity", body),
            sender(alice, "DELETE", f"/file/v1/fileHandle/{handle}"),
        )
        assert (made.status_code, gone.status_code) in ((201, 409), (404, 200))
