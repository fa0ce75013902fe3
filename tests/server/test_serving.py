"""The edge: paths, verbs, headers, limits, health."""

from __future__ import annotations

import json

from tests.conftest import RunningServer, User

from synapse_server.kernel.logs import JsonFormatter, TextFormatter


def test_paths_and_verbs(alice: User) -> None:
    assert "not a path" in alice.get("/no/such/path", 404)["reason"]
    error = alice.send("PATCH", "/entity/syn1")
    assert error.status_code == 405
    assert "GET" in error.json()["reason"]
    assert "not served here yet" in alice.post("/team", {}, 501)["reason"]
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
