"""What administrators see of the server, and nobody else."""

from __future__ import annotations

from typing import Any

from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, csv_change, table, transact
from tests.server.test_files import upload


def test_an_overview(server: RunningServer, alice: User) -> None:
    admin = server.user(admin=True)
    before = admin.get("/admin/overview")
    project = alice.project()["id"]
    folder = alice.folder(project, "inner")["id"]
    data = b"x" * 1000 + alice.name.encode()
    for name in ("a.txt", "b.txt"):
        alice.file(project, name, handle=upload(alice, data, fileName=name))
    alice.put(f"/trashcan/trash/{folder}")
    after = admin.get("/admin/overview")
    assert after["database"] == ("postgresql" if server.settings.database else "sqlite")
    assert after["databaseBytes"] > 10_000

    def count(found: dict[str, Any], kind: str) -> int:
        return sum(each["count"] for each in found["entities"] if each["type"] == kind)

    assert count(after, "project") == count(before, "project") + 1
    assert count(after, "file") == count(before, "file") + 2
    assert count(after, "folder") == count(before, "folder")
    assert after["trashed"] == before["trashed"] + 1
    assert after["fileHandles"] >= before["fileHandles"] + 1
    assert after["fileBytes"] >= before["fileBytes"] + len(data)


def test_a_job_that_failed_is_named(server: RunningServer, alice: User) -> None:
    made = table(alice, [column(alice, "age", "INTEGER")])["id"]
    transact(alice, made, csv_change(alice, "age\nold\n"), status=400)
    found = server.user(admin=True).get("/admin/overview")
    assert {each["state"]: each["count"] for each in found["jobs"]}["FAILED"] >= 1
    failed = found["failedJobs"][0]
    assert failed["startedByUserId"] == str(alice.id)
    assert "old" in failed["errorMessage"]


def test_accounts(server: RunningServer, alice: User, bob: User) -> None:
    admin = server.user(admin=True)
    upload(bob, b"y" * 500)
    found = admin.get(f"/admin/accounts?fragment={bob.name.upper()}")["results"]
    mine = next(each for each in found if each["ownerId"] == str(bob.id))
    assert mine == {
        "ownerId": str(bob.id),
        "userName": bob.name,
        "createdOn": mine["createdOn"],
        "email": f"{bob.name}@example.org",
        "isAdmin": False,
        "isCertified": False,
        "isDisabled": False,
        "fileBytes": 500,
    }
    by_mail = admin.get(f"/admin/accounts?fragment={bob.name}@exa")["results"]
    assert [each["ownerId"] for each in by_mail] == [str(bob.id)]
    assert admin.get("/admin/accounts?fragment=%25")["results"] == []
    page = admin.get("/admin/accounts?limit=1&offset=1")
    assert len(page["results"]) == 1
    admin.get("/admin/accounts?limit=0", 400)
    for path in ("/admin/accounts", "/admin/overview"):
        alice.get(path, 403)
        server.anonymous.get(path, 403)
