"""The edge: paths, verbs, headers, limits, health."""

from __future__ import annotations

import json
import time

import pytest
from tests.conftest import RunningServer, User

from synapse_server.kernel.logs import JsonFormatter, TextFormatter


def test_paths_and_verbs(alice: User) -> None:
    assert "not a path" in alice.get("/no/such/path", 404)["reason"]
    error = alice.send("PATCH", "/entity/syn1")
    assert error.status_code == 405
    assert "GET" in error.json()["reason"]
    assert "not served here yet" in alice.post("/agent/session", {}, 501)["reason"]
    assert "removed" in alice.delete("/accessApproval/1", 410)["reason"]
    assert alice.get("/version/")["version"]
    assert alice.send("HEAD", "/version").content == b""
    assert alice.send("HEAD", "/healthcheck").status_code == 200
    assert alice.get("/status")["status"] == "READ_WRITE"


def test_headers_of_every_answer(alice: User) -> None:
    answer = alice.send("GET", "/version", headers={"x-request-id": "mine"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["set-cookie"].startswith("sessionID=")
    again = alice.send("GET", "/version", headers={"cookie": "sessionID=known"})
    assert "set-cookie" not in again.headers
    preflight = alice.server.anonymous.send("OPTIONS", "/entity")
    assert preflight.status_code == 200
    assert "sessionToken" in preflight.headers["access-control-allow-headers"]


def test_large_bodies_are_refused(alice: User) -> None:
    body = json.dumps({"concreteType": "x", "name": "x" * (2 * 1024 * 1024)}).encode()
    answer = alice.send("POST", "/entity", body)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["reason"]


def test_old_clients_send_latin_1(alice: User) -> None:
    text = '{"concreteType": "org.sagebionetworks.repo.model.Project", "description": "Zürich"}'
    made = alice.send("POST", "/entity", text.encode("latin-1"))
    assert made.json()["description"] == "Zürich"
    made = alice.send("POST", "/entity", text.encode())
    assert made.json()["description"] == "Zürich"


def test_old_clients_send_numbers_for_ids(alice: User) -> None:
    project = alice.project()["id"]
    handle = int(alice.external())
    kind = "org.sagebionetworks.repo.model.FileEntity"
    body = {
        "concreteType": kind,
        "parentId": int(project[3:]),
        "name": "n",
        "dataFileHandleId": handle,
    }
    file = alice.post("/entity", body)
    assert (file["parentId"], file["dataFileHandleId"]) == (project, str(handle))
    association = {
        "fileHandleId": handle,
        "associateObjectId": file["id"],
        "associateObjectType": "FileEntity",
    }
    batch = {"requestedFiles": [association] * 3, "includeFileHandles": True}
    assert len(alice.post("/file/v1/fileHandle/batch", batch)["requestedFiles"]) == 3
    alice.post("/entity", {**body, "name": ["n"]}, 400)


def test_health_and_metrics(server: RunningServer) -> None:
    nobody = server.anonymous

    def page(path: str) -> str:
        from synapseclient.core.blocking import run

        answer = run(server.transport.send("GET", server.url + path, tries=1))
        assert answer.status_code == 200
        return answer.text

    nobody.get("/version")
    assert page("/health/live") == page("/health/ready") == "ok\n"
    assert 'path="/repo/v1/version"' in page("/metrics")
    assert "Synapse server" in page("/")


def test_log_lines() -> None:
    import logging

    record = logging.LogRecord("synapse", logging.INFO, "f", 1, "hello %s", ("you",), None)
    record.request_id = "r1"
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["request_id"], line["level"]) == ("hello you", "r1", "INFO")
    assert TextFormatter("%(message)s").format(record) == "hello you [r1]"


PROJECT = b'{"concreteType":"org.sagebionetworks.repo.model.Project"'


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        PROJECT + b',"x":' + b"[" * 100_000,
        b'{"name":5,',
        b'{"name":5} trailing',
        b'{"name":5,"x":"\xff"}',
        b'{"name":5,"description":"\\ud800"}',
        b'{"name":' + b"9" * 5000 + b"}",
        b'{"concreteType":{}}',
        b'{"concreteType":[]}',
        b'{"entity":{"entityType":{}}}',
        PROJECT + b',"name":"a\\u0000b"}',
        b"null",
        b"5",
        b"",
    ],
)
def test_bodies_that_are_no_good(alice: User, body: bytes) -> None:
    for path in ("/entity", "/entity/bundle2/create"):
        answer = alice.send("POST", path, body)
        assert answer.status_code == 400, (path, answer.text)
    for path in ("/entity/header", "/activity", "/asynchronous/job"):
        assert alice.send("POST", path, body).status_code < 500, path


def test_a_backslash_before_an_escape_is_no_escape(alice: User) -> None:
    made = alice.send("POST", "/entity", PROJECT + b',"description":"\\\\u0000"}')
    assert made.json()["description"] == "\\u0000"


def test_many_numbers_for_text_take_no_time(alice: User) -> None:
    numbers = {"references": [{"targetId": 1} for _ in range(40_000)]}
    started = time.monotonic()
    assert "At most" in alice.post("/entity/header", numbers, 400)["reason"]
    assert time.monotonic() - started < 10  # it took minutes once


def test_numbers_beyond_all_columns(alice: User) -> None:
    file = alice.file(alice.project()["id"])["id"]
    large = 2**63
    for path in (
        f"/entity/{file}/version/{large}",
        f"/entity/{file}/version?offset={large}",
        f"/favorite?offset={large}",
        f"/user?offset={large}",
        f"/projects/user/{large}",
    ):
        alice.get(path, 400)
    acl = {"resourceAccess": [{"principalId": large, "accessType": ["READ"]}]}
    alice.post(f"/entity/{file}/acl", acl, 400)


def test_null_is_the_same_as_absent(alice: User) -> None:
    file = alice.file(alice.project()["id"])["id"]
    bundle = alice.post(
        f"/entity/{file}/bundle2", {"includeEntity": True, "includeAnnotations": None}, 200
    )
    assert set(bundle) == {"entity", "entityType"}


def test_the_charset_counts(alice: User) -> None:
    text = PROJECT.decode() + ',"description":"Zürich"}'
    for charset in ("ISO-8859-1", "utf-16", "UTF-8"):
        kind = {"content-type": f"application/json; charset={charset}"}
        made = alice.send("POST", "/entity", text.encode(charset), kind)
        assert made.json()["description"] == "Zürich"
    bad = {"content-type": "application/json; charset=no-such"}
    assert alice.send("POST", "/entity", text.encode(), bad).status_code == 400
    xml = {"content-type": "application/xml"}
    assert alice.send("POST", "/entity", b"<a/>", xml).status_code == 415


def test_slashes_in_segments_and_forged_lines(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    alice.get("/entity/alias/a%2Fb", 404)
    alice.get("/entity/alias/a%00b", 400)
    with caplog.at_level("INFO", "synapse.request"):
        answer = alice.send("GET", "/entity/x%0aforged", headers={"x-request-id": "a b" * 99})
    assert "\nforged" not in caplog.text
    assert len(answer.headers["x-request-id"]) == 32


def test_other_apis_are_known(alice: User) -> None:
    alice.get("/ga4gh/drs/v1/service-info", 501)
    assert alice.send("PATCH", "/entity").headers["allow"] == "POST"
