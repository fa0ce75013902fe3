"""Asynchronous jobs: bulk downloads through the front door, leases and fences behind it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
import zipfile
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.test_files import KIND, raw, text_url, upload

from synapse_server.auth.service import caller_of
from synapse_server.kernel.database import Tx, Work
from synapse_server.kernel.jobs import Found, Job, Jobs, Workers
from synapse_server.kernel.serving import Pending
from synapse_wire.base import Wire
from synapse_wire.errors import BadRequest

BULK = "/file/v1/file/bulk/async/get"


def wait(user: User, token: str, path: str = BULK) -> Any:
    """The answer to the get of a job, once it has ended."""
    deadline = time.monotonic() + 120
    while True:
        answer = user.send("GET", f"{path}/{token}")
        if answer.status_code != 202:
            return answer
        assert answer.json()["jobState"] == "PROCESSING"
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.05)


def ask(files: list[tuple[str, str]], **fields: Any) -> dict[str, Any]:
    return {
        "concreteType": KIND + "BulkFileDownloadRequest",
        "requestedFiles": [
            {
                "fileHandleId": handle,
                "associateObjectId": entity,
                "associateObjectType": "FileEntity",
            }
            for handle, entity in files
        ],
        **fields,
    }


def test_files_in_one_zip(alice: User, bob: User) -> None:
    mine, theirs = alice.project()["id"], bob.project()["id"]
    files: list[tuple[str, str]] = []
    for number in range(3):
        handle = upload(alice, b"content %d" % number, fileName=f"file {number}.txt")
        files.append((handle, alice.file(mine, f"file {number}.txt", handle=handle)["id"]))
    hidden = bob.file(theirs, handle=upload(bob, b"hidden", fileName="hidden.txt"))
    external = alice.file(mine, "elsewhere.csv")
    asked = [
        *files,
        files[0],
        (hidden["dataFileHandleId"], hidden["id"]),
        (files[0][0], "syn999999999"),
        (external["dataFileHandleId"], external["id"]),
    ]
    token = alice.post("/file/v1/file/bulk/async/start", ask(asked))["token"]
    answer = wait(alice, token)
    assert answer.status_code == 201, answer.text
    summary = answer.json()["fileSummary"]
    assert [line["status"] for line in summary] == ["SUCCESS"] * 3 + ["FAILURE"] * 4
    codes = [line.get("failureCode") for line in summary[3:]]
    assert codes == ["DUPLICATE", "UNAUTHORIZED", "NOT_FOUND", "UNKNOWN_ERROR"]
    zipped = answer.json()["resultZipFileHandleId"]
    handle = alice.get(f"/file/v1/fileHandle/{zipped}")
    assert handle["contentType"] == "application/zip"
    data = raw(alice, "GET", text_url(alice, f"/file/v1/fileHandle/{zipped}/url")).content
    assert len(data) == handle["contentSize"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [
            f"{int(id) % 1000}/{id}/file {number}.txt" for number, (id, _) in enumerate(files)
        ]
        assert archive.read(archive.namelist()[2]) == b"content 2"
    bob.get(f"/file/v1/fileHandle/{zipped}", 403)


def test_flat_zips_and_none(alice: User) -> None:
    project = alice.project()["id"]
    handles = [upload(alice, text, fileName="same.txt") for text in (b"one", b"two")]
    files = [
        (handle, alice.file(project, f"{handle}.txt", handle=handle)["id"]) for handle in handles
    ]
    body = ask(files, zipFileFormat="Flat", zipFileName="both.zip")
    status = alice.post("/asynchronous/job", body)
    assert (status["jobState"], status["requestBody"]["zipFileName"]) == ("PROCESSING", "both.zip")
    answer = wait(alice, status["jobId"])
    assert [line.get("zipEntryName") for line in answer.json()["fileSummary"]] == ["same.txt", None]
    status = alice.get(f"/asynchronous/job/{status['jobId']}")
    assert status["jobState"] == "COMPLETE"
    assert status["responseBody"]["concreteType"] == KIND + "BulkFileDownloadResponse"
    nothing = alice.post("/file/v1/file/bulk/async/start", ask([("1", "syn999999999")]))
    assert "resultZipFileHandleId" not in wait(alice, nothing["token"]).json()


def test_jobs_belong_to_who_started_them(alice: User, bob: User, admin: User) -> None:
    start = "/file/v1/file/bulk/async/start"
    token = alice.post(start, ask([("1", "syn1")]))["token"]
    wait(alice, token)
    for path in (f"/file/v1/file/bulk/async/get/{token}", f"/asynchronous/job/{token}"):
        assert "Only the user that created" in bob.get(path, 403)["reason"]
        alice.server.anonymous.get(path, 403)
    admin.get(f"/asynchronous/job/{token}")
    bob.get(f"/asynchronous/job/{token}/cancel", 403)
    alice.server.anonymous.post(start, ask([("1", "syn1")]), 401)
    for id in ("0", "999999999", "x", "1" * 30, "%20"):
        alice.get(f"/asynchronous/job/{id}", 404)


def test_bad_requests_start_nothing(alice: User) -> None:
    start = "/file/v1/file/bulk/async/start"
    alice.post(start, {"concreteType": KIND + "BulkFileDownloadRequest"}, 400)
    alice.post(start, {**ask([("1", "syn1")]), "zipFileFormat": "Round"}, 400)
    alice.post("/asynchronous/job", {}, 400)
    alice.post("/asynchronous/job", {"concreteType": 7}, 400)
    alice.post("/asynchronous/job", {**ask([]), "requestedFiles": "all"}, 400)
    assert (
        "yet"
        in alice.post("/asynchronous/job", {"concreteType": "org.sagebionetworks.X"}, 501)["reason"]
    )


# ------------------------------------------------------------------ leases


class Count(Wire, tag_field="concreteType", tag="test.Count"):
    """Count up a name of ours, as a job."""

    name: str


class Counted(Wire, tag_field="concreteType", tag="test.Counted"):
    """How often."""

    times: int


class Bench:
    """The table of jobs of a server, with workers of our own."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.user = server.user()
        self.admin = server.user(admin=True)
        self.is_found = False
        self.begun = 0
        self.changed = 0
        self.gate = asyncio.Event()
        workers = Workers()

        @workers.does(Count)
        async def count(job: Job) -> Work[Wire]:
            self.begun += 1
            if job.body.name == "bad":
                raise BadRequest("There is nothing to count.")
            if job.body.name == "broken":
                raise ZeroDivisionError
            if job.body.name == "looked up":
                self.is_found = True
                return Found(Counted(times=7))
            await job.progress(1, 2, "half")
            await self.gate.wait()

            async def finish(tx: Tx) -> Counted:
                self.changed += 1
                return Counted(times=self.changed)

            return finish

        db = server.app.database
        self.jobs = Jobs(db, [workers], caller_of, {})

    def start(self, name: str) -> str:
        async def work(tx: Tx) -> int:
            caller = await caller_of(tx, self.user.id)
            return await self.jobs.start(tx, caller, Count(name=name))

        return str(self.server.write(work))

    def status(self, id: str) -> Any:
        return self.admin.get(f"/asynchronous/job/{id}")

    def run(self, id: str, until: Any) -> Any:
        """Work on jobs until the status of this one is as wanted."""

        async def work() -> None:
            runner = asyncio.create_task(self.jobs.run())
            for _ in range(1000):
                found = await self.server.app.database.read(
                    lambda tx: tx.one("SELECT * FROM job WHERE id = ?", int(id))
                )
                if until(found):
                    break
                await asyncio.sleep(0.01)
            runner.cancel()
            await asyncio.wait([runner])

        self.server.do(work())
        return self.status(id)

    def change(self, sql: str, id: str) -> None:
        self.server.write(lambda tx: tx.run(f"UPDATE job SET {sql} WHERE id = ?", int(id)))


@pytest.fixture
def bench(server: RunningServer) -> Bench:
    return Bench(server)


def ended(row: Any) -> bool:
    return bool(row["state"] != "PROCESSING")


def test_a_job_of_a_process_that_died_is_done_again(bench: Bench) -> None:
    id = bench.start("lost")
    bench.change("lease_until = 1, fence = 1", id)  # leased once, and never heard of since
    bench.gate.set()
    done = bench.run(id, ended)
    assert (done["jobState"], done["responseBody"]["times"]) == ("COMPLETE", 1)
    assert bench.begun == 1


def test_a_job_under_way_goes_to_another_when_its_process_ends(bench: Bench) -> None:
    id = bench.start("moved")
    status = bench.run(id, lambda row: row["progress_current"] == 1)
    assert (status["jobState"], status["progressMessage"]) == ("PROCESSING", "half")
    bench.gate.set()
    assert bench.run(id, ended)["jobState"] == "COMPLETE"
    assert (bench.begun, bench.changed) == (2, 1)


def test_who_lost_the_lease_changes_nothing(bench: Bench) -> None:
    id = bench.start("stolen")
    stolen = False

    def steal(row: Any) -> bool:
        nonlocal stolen
        if row["progress_current"] == 1 and not stolen:
            stolen = True
            asyncio.ensure_future(
                bench.server.app.database.write(
                    lambda tx: tx.run("UPDATE job SET fence = fence + 1 WHERE id = ?", int(id))
                )
            ).add_done_callback(lambda _: bench.gate.set())
        return stolen and bench.gate.is_set()

    bench.run(id, steal)
    assert bench.status(id)["jobState"] == "PROCESSING"
    assert bench.changed == 0


def test_jobs_that_there_is_no_time_for_are_given_back(bench: Bench) -> None:
    """All that start in one commit find time for one more."""
    bench.gate.set()

    async def enqueue(tx: Tx) -> list[int]:
        caller = await caller_of(tx, bench.user.id)
        return [await bench.jobs.start(tx, caller, Count(name="one of many")) for _ in range(12)]

    async def work() -> None:
        database = bench.server.app.database
        runner = asyncio.create_task(bench.jobs.run())
        await asyncio.sleep(0)
        ids = await database.write(enqueue)
        sql = "SELECT id FROM job WHERE state = 'PROCESSING' AND id >= ?"
        for _ in range(1000):
            if not await database.read(lambda tx: tx.all(sql, ids[0])):
                break
            await asyncio.sleep(0.01)
        runner.cancel()
        await asyncio.wait([runner])

    bench.server.do(work())
    assert (bench.begun, bench.changed) == (12, 12)


def test_failures_are_told(bench: Bench) -> None:
    failed = bench.run(bench.start("bad"), ended)
    assert (failed["jobState"], failed["exception"]) == ("FAILED", "BadRequest")
    assert failed["errorMessage"] == "There is nothing to count."
    failed = bench.run(bench.start("broken"), ended)
    assert "ZeroDivisionError" in failed["errorMessage"]
    id = bench.start("endless")
    bench.change("fence = 5", id)
    assert "never came to an end" in bench.run(id, ended)["errorMessage"]
    assert bench.user.get(f"/file/v1/file/bulk/async/get/{id}", 400)["reason"]


def test_work_ends_though_it_is_woken_in_the_same_moment(bench: Bench) -> None:
    async def work() -> None:
        runner = asyncio.create_task(bench.jobs.run())
        await asyncio.sleep(0.2)  # until it waits for something to do
        bench.jobs._wake.set()
        await asyncio.sleep(0)
        runner.cancel()
        assert (await asyncio.wait([runner], timeout=10))[0]

    bench.server.do(work())


def test_a_disabled_user_has_no_jobs_done(bench: Bench) -> None:
    id = bench.start("revoked")
    bench.server.write(
        lambda tx: tx.run("UPDATE account SET is_disabled = 1 WHERE id = ?", bench.user.id)
    )
    status = bench.run(id, ended)
    assert status["jobState"] == "FAILED"
    assert status["errorMessage"] == "This user has been disabled."


def test_a_canceled_job_stops(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synapse_server.kernel.jobs._LEASE", 300)
    id = bench.start("canceled")
    assert bench.run(id, lambda row: row["progress_current"] == 1)["jobState"] == "PROCESSING"
    bench.user.get(f"/asynchronous/job/{id}/cancel", 204)
    status = bench.run(id, ended)
    assert (status["jobState"], status["errorMessage"]) == ("FAILED", "The job was canceled.")


def test_what_is_found_is_told_before_it_is_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = bench.server.app.database
    write = database.write
    id = bench.start("looked up")

    async def slowly(work: Any) -> Any:
        if bench.is_found:
            await bench.gate.wait()
        return await write(work)

    async def look(tx: Tx) -> tuple[Wire, str, str]:
        caller = await caller_of(tx, bench.user.id)
        found = await bench.jobs.outcome(tx, caller, id, Counted)
        status = await bench.jobs.status(tx, caller, id)
        row = await tx.one("SELECT state FROM job WHERE id = ?", int(id))
        assert row is not None
        return found, status.job_state, row["state"]

    async def looked(is_kept: bool) -> tuple[Wire, str, str]:
        for _ in range(1000):
            with contextlib.suppress(Pending):
                found = await database.read(look)
                if (found[2] == "COMPLETE") is is_kept:
                    return found
            await asyncio.sleep(0.01)
        raise AssertionError("nothing is found")

    async def work() -> None:
        runner = asyncio.create_task(bench.jobs.run())
        assert await looked(False) == (Counted(times=7), "COMPLETE", "PROCESSING")
        bench.gate.set()
        assert await looked(True) == (Counted(times=7), "COMPLETE", "COMPLETE")
        runner.cancel()
        await asyncio.wait([runner])

    monkeypatch.setattr(database, "write", slowly)
    bench.server.do(work())


def test_old_jobs_are_forgotten(bench: Bench) -> None:
    bench.gate.set()
    id = bench.start("old")
    bench.run(id, ended)
    bench.server.do(bench.jobs.forget_old())
    assert bench.status(id)["jobState"] == "COMPLETE"
    bench.change("changed_on = 1", id)
    bench.server.do(bench.jobs.forget_old())
    bench.user.get(f"/asynchronous/job/{id}", 404)


def test_restoring_file_handles(server: RunningServer, alice: User, bob: User) -> None:
    mine, theirs = alice.external(), bob.external()
    body = {
        "concreteType": KIND + "FileHandleRestoreRequest",
        "fileHandleIds": [mine, theirs, "999999999", "syn1"],
    }
    start = "/file/v1/fileHandle/restore/async/start"
    token = alice.post(start, body)["token"]
    answer = wait(alice, token, "/file/v1/fileHandle/restore/async/get")
    assert answer.status_code == 201
    found = [each["status"] for each in answer.json()["restoreResults"]]
    assert found == ["NO_ACTION", "UNAUTHORIZED", "NOT_FOUND", "NOT_FOUND"]
    bob.get(f"/file/v1/fileHandle/restore/async/get/{token}", 403)
    alice.get(f"/file/v1/file/bulk/async/get/{token}", 400)
    alice.post(start, {**body, "fileHandleIds": []}, 400)
    alice.post(start, {**body, "fileHandleIds": [mine] * 1001}, 400)
    server.anonymous.post(start, body, 401)
