"""Views: what they show of entities and submissions, to whom, at which moment; edits, snapshots."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.governing import requirement
from tests.server.tables.tabling import (
    PACKAGE,
    annotate,
    column,
    csv_change,
    job,
    partial,
    query,
    restructure,
    rows,
    table,
    transact,
    values,
    view,
    wait,
)
from tests.server.test_evaluations import grant, queue
from tests.server.test_files import upload
from tests.server.test_submissions import submit

from synapse_server.kernel.database import Tx
from synapse_server.views import edits


def columns(user: User, *wanted: str) -> list[str]:
    """Columns by ``name:TYPE``, STRING if not said; a star makes a facet."""
    found = []
    for each in wanted:
        name, _, kind = each.partition(":")
        more: dict[str, Any] = {}
        if kind.endswith("*"):
            kind, more = kind[:-1], {"facetType": "enumeration"}
        if kind in ("", "STRING"):
            more["maximumSize"] = 1000
        found.append(column(user, name, kind or "STRING", **more))
    return found


def names(user: User, found: Any, where: str = "") -> list[str | None]:
    """The names that a view shows."""
    return [row[0] for row in values(user, f"select name from {found['id']} {where} order by name")]


@pytest.fixture
def lab(alice: User) -> Any:
    """A project with two folders, three files and a view of them."""
    project = alice.project()["id"]
    raw = alice.folder(project, "raw")["id"]
    deep = alice.folder(raw, "deep")["id"]
    one = alice.file(project, "one.csv")["id"]
    two = alice.file(raw, "two.csv")["id"]
    three = alice.file(deep, "three.csv")["id"]
    found = view(alice, columns(alice, "id:ENTITYID", "name", "path", "n:INTEGER*"), project)
    return {
        "project": project,
        "raw": raw,
        "deep": deep,
        "one": one,
        "two": two,
        "three": three,
        "view": found,
        "id": found["id"],
    }


def test_a_view_as_an_entity(alice: User) -> None:
    project = alice.project()["id"]
    ids = columns(alice, "id:ENTITYID", "name")
    made = view(alice, ids, project, name="files")
    assert made == {
        "concreteType": PACKAGE + "EntityView",
        "id": made["id"],
        "name": "files",
        "etag": made["etag"],
        "parentId": project,
        "createdBy": str(alice.id),
        "createdOn": made["createdOn"],
        "modifiedBy": str(alice.id),
        "modifiedOn": made["modifiedOn"],
        "versionNumber": 1,
        "versionLabel": "in progress",
        "versionComment": "in progress",
        "isLatestVersion": True,
        "columnIds": ids,
        "isSearchEnabled": False,
        "viewTypeMask": 1,
        "scopeIds": [project[3:]],
    }
    assert alice.get(f"/entity/{made['id']}") == made
    assert [each["name"] for each in alice.get(f"/entity/{made['id']}/column")["results"]] == [
        "id",
        "name",
    ]
    bundle = alice.post(
        f"/entity/{made['id']}/bundle2", {"includeTableBundle": True, "includeEntity": True}, 200
    )
    assert bundle["entityType"] == "entityview"
    assert [each["id"] for each in bundle["tableBundle"]["columnModels"]] == ids
    # An update says all of it; only the mask and the columns may be left out.
    folder = alice.folder(project)["id"]
    changed = {**made, "scopeIds": [folder], "columnIds": ids[:1]}
    after = alice.put(f"/entity/{made['id']}", changed)
    assert (after["scopeIds"], after["columnIds"], after["viewTypeMask"]) == (
        [folder[3:]],
        ids[:1],
        1,
    )
    del after["viewTypeMask"], after["columnIds"]
    after = alice.put(f"/entity/{made['id']}", {**after, "scopeIds": None, "isSearchEnabled": True})
    assert after["viewTypeMask"] == 1
    assert (after["columnIds"], after["scopeIds"], after["isSearchEnabled"]) == (ids[:1], [], True)
    listed = alice.post(
        "/entity/children", {"parentId": project, "includeTypes": ["entityview"]}, 200
    )
    assert [each["type"] for each in listed["page"]] == [PACKAGE + "EntityView"]


@pytest.mark.parametrize(("older", "mask"), [("file", 1), ("project", 2), ("file_and_table", 5)])
def test_the_older_types(alice: User, older: str, mask: int) -> None:
    made = view(alice, [], alice.project()["id"], viewTypeMask=None, type=older)
    assert made["viewTypeMask"] == mask
    assert "type" not in made


def test_views_that_cannot_be(alice: User, bob: User, lab: Any) -> None:
    project = lab["project"]
    private = bob.project()["id"]
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"viewTypeMask": None}, 400, "viewTypeMask"),
        ({"viewTypeMask": 0}, 400, "viewTypeMask"),
        ({"viewTypeMask": -1}, 400, "bits"),
        ({"viewTypeMask": 0x8000}, 400, "bits"),
        ({"viewTypeMask": 3}, 400, "projects"),
        ({"viewTypeMask": "file"}, 400, "viewTypeMask"),
        ({"type": "folder", "viewTypeMask": None}, 400, "type"),
        ({"scopeIds": ["syn1"]}, 404, "does not exist"),
        ({"scopeIds": ["x"]}, 400, "id of an entity"),
        ({"scopeIds": [private]}, 403, "READ"),
        ({"scopeIds": [lab["one"]]}, 400, "projects and folders"),
        ({"scopeIds": [lab["raw"]], "viewTypeMask": 2}, 400, "projects"),
        ({"scopeIds": [f"syn{number}" for number in range(1, 30_002)]}, 400, "30000"),
        ({"columnIds": ["999999999"]}, 404, "column"),
        ({"columnIds": [lab["view"]["columnIds"][0]] * 2}, 400, "twice"),
        ({"scopeIds": 5}, 400, "scopeIds"),
    ]
    for more, status, text in cases:
        body = {
            "concreteType": PACKAGE + "EntityView",
            "parentId": project,
            "columnIds": [],
            "scopeIds": [project],
            "viewTypeMask": 1,
            **more,
        }
        assert text in alice.post("/entity", body, status)["reason"], more
        found = {**alice.get(f"/entity/{lab['id']}"), **more}
        if more.get("viewTypeMask", 1) is None and "type" not in more:
            continue  # an update without a mask keeps it
        assert text in alice.put(f"/entity/{lab['id']}", found, status)["reason"], more
    alice.delete(f"/entity/{lab['deep']}")
    view_of = {"scopeIds": [lab["deep"]], "viewTypeMask": 1, "parentId": project}
    alice.post("/entity", {"concreteType": PACKAGE + "EntityView", **view_of}, 404)
    # A scope that was given up meanwhile does not stand in the way of other changes.
    gone = alice.folder(project, "gone")["id"]
    made = view(alice, [], project, scopeIds=[gone, project])
    alice.delete(f"/entity/{gone}")
    assert alice.put(f"/entity/{made['id']}", {**made, "name": "still"})["name"] == "still"


def test_rows_follow_their_entities(alice: User, lab: Any) -> None:
    sql = f"select name, path, n from {lab['id']} order by name"
    top = alice.get(f"/entity/{lab['project']}")["name"]
    assert values(alice, sql) == [
        ["one.csv", f"{top}/one.csv", None],
        ["three.csv", f"{top}/raw/deep/three.csv", None],
        ["two.csv", f"{top}/raw/two.csv", None],
    ]
    annotate(alice, lab["two"], n=("LONG", 7))
    assert values(alice, f"select name from {lab['id']} where n = 7") == [["two.csv"]]
    # A folder is renamed: all below has another path.
    raw = alice.get(f"/entity/{lab['raw']}")
    raw = alice.put(f"/entity/{lab['raw']}", {**raw, "name": "cooked"})
    assert [row[1] for row in values(alice, sql)] == [
        f"{top}/one.csv",
        f"{top}/cooked/deep/three.csv",
        f"{top}/cooked/two.csv",
    ]
    # It moves out of the scope and in again.
    elsewhere = alice.project()["id"]
    raw = alice.put(f"/entity/{lab['raw']}", {**raw, "parentId": elsewhere})
    assert names(alice, lab) == ["one.csv"]
    alice.put(f"/entity/{lab['raw']}", {**raw, "parentId": lab["project"]})
    assert names(alice, lab) == ["one.csv", "three.csv", "two.csv"]
    # The trash can, and back.
    alice.delete(f"/entity/{lab['deep']}")
    assert names(alice, lab) == ["one.csv", "two.csv"]
    alice.put(f"/trashcan/restore/{lab['deep']}")
    assert names(alice, lab) == ["one.csv", "three.csv", "two.csv"]
    alice.file(lab["deep"], "four.csv")
    assert names(alice, lab) == ["four.csv", "one.csv", "three.csv", "two.csv"]
    alice.delete(f"/entity/{lab['one']}?skipTrashCan=true")
    assert names(alice, lab) == ["four.csv", "three.csv", "two.csv"]


def test_a_database_that_was_restored(server: RunningServer, alice: User, lab: Any) -> None:
    """An index that has read more than there is begins anew."""
    if server.settings.database:
        pytest.skip("an index beside PostgreSQL goes with its process")
    assert names(alice, lab) == ["one.csv", "three.csv", "two.csv"]

    async def restore(tx: Tx) -> None:
        await tx.run("UPDATE entity SET name = 'older.csv' WHERE id = ?", int(lab["one"][3:]))
        await tx.run("DELETE FROM object_change")

    server.write(restore)
    assert names(alice, lab) == ["older.csv", "three.csv", "two.csv"]


def test_types_in_the_mask(alice: User, lab: Any) -> None:
    other = alice.project()["id"]
    ids = columns(alice, "id:ENTITYID", "name", "type")
    made = view(alice, ids, lab["project"], viewTypeMask=9)
    sql = f"select type from {made['id']} group by type order by type"
    assert values(alice, sql) == [["file"], ["folder"]]
    # A folder of the scope is no row of it: what lies in it is.
    made = view(alice, ids, lab["raw"], viewTypeMask=8)
    assert names(alice, made) == ["deep"]
    made = view(alice, ids, lab["project"], scopeIds=[lab["project"], other], viewTypeMask=2)
    assert values(alice, f"select id from {made['id']} order by id") == [[lab["project"]], [other]]
    made = view(alice, ids, lab["project"], viewTypeMask=0x10)
    found = values(alice, f"select id from {made['id']} order by id")
    assert [lab["id"]] in found
    assert [made["id"]] in found  # a view may lie in its own scope
    made = view(alice, ids, lab["project"], scopeIds=[])
    assert names(alice, made) == []


def test_every_field(server: RunningServer, alice: User) -> None:
    project = alice.project(name="Fields of " + alice.name)
    handle = upload(alice, b"hello", fileName="local.txt", contentType="text/plain")
    file = alice.file(project["id"], "remote.txt", handle=handle, description="words")
    link = alice.file(project["id"], "far.txt")
    defaults = alice.get("/column/tableview/defaults?viewTypeMask=1")["list"]
    made = view(alice, [each["id"] for each in defaults], project["id"])
    answer = query(alice, f"select * from {made['id']} order by id", mask=0x3FF)
    keys = [each["name"] for each in answer["selectColumns"]]
    first, second = (
        dict(zip(keys, row["values"], strict=True))
        for row in answer["queryResult"]["queryResults"]["rows"]
    )
    shown = alice.get(f"/file/v1/fileHandle/{handle}")
    path = f"/entity/{file['id']}/benefactor"
    modified = first.pop("modifiedOn")
    assert int(str(modified)) >= int(str(first["createdOn"]))
    created = first.pop("createdOn")
    assert created is not None
    assert first == {
        "id": file["id"],
        "name": "remote.txt",
        "description": "words",
        "createdBy": str(alice.id),
        "etag": file["etag"],
        "modifiedBy": str(alice.id),
        "path": f"{project['name']}/remote.txt",
        "type": "file",
        "currentVersion": "1",
        "parentId": project["id"],
        "benefactorId": alice.get(path)["id"],
        "projectId": project["id"],
        "dataFileHandleId": handle,
        "dataFileName": "local.txt",
        "dataFileSizeBytes": "5",
        "dataFileMD5Hex": "5d41402abc4b2a76b9719d911017c592",
        "dataFileConcreteType": shown["concreteType"],
        "dataFileBucket": shown["bucketName"],
        "dataFileKey": shown["key"],
    }
    assert second["dataFileName"] == "data.csv"
    assert (second["dataFileBucket"], second["dataFileSizeBytes"]) == (None, None)
    assert second["dataFileHandleId"] == link["dataFileHandleId"]
    assert answer["sumFileSizes"] == {"sumFileSizesBytes": 5, "greaterThan": False}
    assert answer["lastUpdatedOn"] >= file["modifiedOn"]
    facets = {each["columnName"]: each for each in answer["facets"]}
    assert [each["count"] for each in facets["type"]["facetValues"]] == [2]
    assert facets["createdOn"]["columnMin"] == created


def test_annotations_as_columns(alice: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    given = {
        "s": ("STRING", "naïve Ünïcode 😀"),
        "long": ("LONG", 9_007_199_254_740_993),
        "double": ("DOUBLE", 0.5),
        "nan": ("DOUBLE", "NaN"),
        "moment": ("TIMESTAMP_MS", 1_600_000_000_000),
        "yes": ("BOOLEAN", "true"),
        "many": ("STRING", "a", 'b"', "ü"),
        "numbers": ("LONG", 1, 2),
        "none": ("STRING",),
        "word": ("STRING", "x" * 500),
        "entity": ("STRING", "syn123"),
        "date": ("STRING", "2020-01-02"),
        "Case": ("STRING", "upper"),
    }
    annotate(alice, file, **given)
    expected: list[tuple[str, str, str | None]] = [
        ("s", "STRING", "naïve Ünïcode 😀"),
        ("s", "INTEGER", None),
        ("s", "STRING_LIST", '["naïve Ünïcode 😀"]'),
        ("long", "INTEGER", "9007199254740993"),
        ("long", "DOUBLE", "9007199254740992.0"),
        ("long", "STRING", "9007199254740993"),
        ("long", "INTEGER_LIST", "[9007199254740993]"),
        ("double", "DOUBLE", "0.5"),
        ("double", "INTEGER", None),
        ("nan", "DOUBLE", "NaN"),
        ("moment", "DATE", "1600000000000"),
        ("moment", "STRING", "1600000000000"),
        ("yes", "BOOLEAN", "true"),
        ("yes", "BOOLEAN_LIST", "[true]"),
        ("many", "STRING_LIST", '["a", "b\\"", "ü"]'),
        ("many", "STRING", "a"),
        ("many", "INTEGER_LIST", None),
        ("numbers", "INTEGER_LIST", "[1, 2]"),
        ("numbers", "DATE_LIST", "[1, 2]"),
        ("none", "STRING", None),
        ("none", "STRING_LIST", None),
        ("word", "MEDIUMTEXT", "x" * 500),
        ("entity", "ENTITYID", "syn123"),
        ("entity", "STRING", "syn123"),
        ("date", "DATE", "1577923200000"),
        ("date", "USERID", None),
        ("case", "STRING", None),
        ("Case", "STRING", "upper"),
        ("absent", "STRING", None),
    ]
    seen: dict[str, list[tuple[str, str | None]]] = {}
    for name, kind, text in expected:
        seen.setdefault(name, []).append((kind, text))
    for place in range(max(map(len, seen.values()))):
        some = [(name, each[place]) for name, each in seen.items() if len(each) > place]
        ids = [column(alice, name, kind) for name, (kind, _) in some]
        made = view(alice, ids, project)
        assert values(alice, f"select * from {made['id']}") == [[text for _, (_, text) in some]]
    # What is longer than the column's size is shown whole: nothing is cut, nothing fails.
    made = view(alice, [column(alice, "word", maximumSize=5)], project)
    assert values(alice, f"select word from {made['id']}") == [["x" * 500]]


def test_only_what_the_caller_may_read(
    server: RunningServer, alice: User, bob: User, admin: User, lab: Any
) -> None:
    carol, nobody = server.user(), server.anonymous
    sql = f"select * from {lab['id']}"
    bob.post(
        f"/entity/{lab['id']}/table/query/async/start",
        {"concreteType": PACKAGE + "QueryBundleRequest", "query": {"sql": sql}},
        403,
    )
    alice.share(lab["id"], bob.id, "READ")  # the view alone
    alice.share(lab["id"], carol.id, "READ")
    assert query(bob, sql, mask=0x3)["queryCount"] == 0
    alice.share(lab["raw"], bob.id, "READ")
    assert names(bob, lab) == ["three.csv", "two.csv"]
    assert names(carol, lab) == []
    assert names(admin, lab) == names(alice, lab) == ["one.csv", "three.csv", "two.csv"]
    alice.share(lab["two"], bob.id)  # an ACL of its own, without Bob
    found = query(bob, sql, mask=0x3FF)
    assert [row["values"][1] for row in found["queryResult"]["queryResults"]["rows"]] == [
        "three.csv"
    ]
    assert found["queryCount"] == 1
    assert found["facets"][0]["facetValues"][0]["count"] == 1
    assert values(bob, f"select count(*) from {lab['id']}") == [["1"]]
    assert names(bob, lab, "where ROW_BENEFACTOR > 0") == ["three.csv"]
    # No DOWNLOAD is needed, and nobody in particular.
    alice.share(lab["id"], 273949, "READ")
    alice.share(lab["deep"], 273949, "READ")
    assert names(carol, lab) == ["three.csv"]
    nobody.post(
        f"/entity/{lab['id']}/table/query/async/start",
        {"concreteType": PACKAGE + "QueryBundleRequest", "query": {"sql": sql}},
        401,
    )
    # A team, and who leaves it.
    team = alice.post("/team", {"name": "Readers of " + alice.name})["id"]
    carol.post("/membershipRequest", {"teamId": team})
    alice.put(f"/team/{team}/member/{carol.id}", status=204)
    alice.share(lab["raw"], int(team), "READ")
    assert names(carol, lab) == ["three.csv"]  # the folder inside has its own ACL
    alice.file(lab["raw"], "five.csv")
    assert names(carol, lab) == ["five.csv", "three.csv"]
    alice.delete(f"/team/{team}/member/{carol.id}")
    assert names(carol, lab) == ["three.csv"]
    # Gone at once with the last ACL that said so.
    alice.delete(f"/entity/{lab['deep']}/acl")
    assert names(carol, lab) == []


def test_csv_of_a_view(alice: User, bob: User, lab: Any) -> None:
    alice.share(lab["project"], bob.id, "READ")
    alice.share(lab["two"], bob.id)
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select name from {lab['id']} order by name",
        "includeEntityEtag": True,
    }
    answer = job(bob, f"/entity/{lab['id']}/table/download/csv", body)
    handle = answer["resultsFileHandleId"]
    url = bob.send("GET", f"/file/v1/fileHandle/{handle}/url?redirect=false").text
    text = bob.server.do(_fetch(bob, url))
    (header, first, second) = list(csv.reader(io.StringIO(text)))
    assert header == ["ROW_ID", "ROW_VERSION", "ROW_ETAG", "name"]
    etag = alice.get(f"/entity/{lab['one']}")["etag"]
    assert first == [lab["one"][3:], "1", etag, "one.csv"]
    assert second[3] == "three.csv"


async def _fetch(user: User, url: str) -> str:
    return (await user.server.transport.send("GET", url, {}, None, tries=1)).text


def test_etags_and_system_columns(alice: User, lab: Any) -> None:
    etag = alice.get(f"/entity/{lab['one']}")["etag"]
    where = "where name = 'one.csv'"
    found = query(alice, f"select name from {lab['id']} {where}", includeEntityEtag=True)
    (row,) = found["queryResult"]["queryResults"]["rows"]
    assert row == {
        "rowId": int(lab["one"][3:]),
        "versionNumber": 1,
        "etag": etag,
        "values": ["one.csv"],
    }
    (row,) = query(alice, f"select name from {lab['id']} {where}")["queryResult"]["queryResults"][
        "rows"
    ]
    assert "etag" not in row
    sql = f"select ROW_ID, ROW_VERSION, ROW_ETAG, ROW_BENEFACTOR from {lab['id']} {where}"
    assert values(alice, sql) == [[lab["one"][3:], "1", etag, lab["project"][3:]]]
    # What is inside of the engine has no name.
    answer = query(alice, f"select ROW_SIZE from {lab['id']}", status=400)
    assert "ROW_SIZE" in answer["reason"]


def test_pages_and_words(alice: User, lab: Any) -> None:
    found = alice.get(f"/entity/{lab['id']}")
    refused = query(alice, f"select name from {lab['id']} where text_matches('three')", status=400)
    assert "isSearchEnabled" in refused["reason"] or "search" in refused["reason"]
    alice.put(f"/entity/{lab['id']}", {**found, "isSearchEnabled": True})
    assert names(alice, lab, "where text_matches('three')") == ["three.csv"]
    answer = query(alice, f"select name from {lab['id']} order by name limit 2", mask=0x3)
    assert len(answer["queryResult"]["queryResults"]["rows"]) == 2
    assert answer["queryCount"] == 2


# ------------------------------------------------------------------ default columns


def test_default_columns(server: RunningServer, alice: User) -> None:
    def of(path: str) -> list[str]:
        return [each["name"] for each in alice.get(f"/column/tableview/defaults{path}")["list"]]

    projects = of("?viewTypeMask=2")
    assert projects[:3] == ["id", "name", "description"]
    assert "type" not in projects
    files = of("?viewEntityType=entityview&viewTypeMask=1")
    assert set(files) > set(projects)
    assert "dataFileMD5Hex" in files
    assert of("/project") == projects
    assert of("/file") == of("/file_and_table") == of("?viewEntityType=dataset") == files
    collections = of("?viewEntityType=datasetcollection")
    assert collections[-3:] == ["datasetSizeInBytes", "datasetMD5Hex", "datasetItemCount"]
    assert "submitterid" in of("?viewEntityType=submissionview")
    first = alice.get("/column/tableview/defaults?viewTypeMask=1")
    assert first == server.anonymous.get("/column/tableview/defaults?viewTypeMask=1")
    for wrong in ("", "?viewTypeMask=3", "?viewTypeMask=x", "?viewEntityType=table", "/folder"):
        alice.get(f"/column/tableview/defaults{wrong}", 400)


def suggest(user: User, status: int = 201, token: str | None = None, **scope: Any) -> Any:
    body = {
        "concreteType": PACKAGE + "ViewColumnModelRequest",
        "viewScope": scope,
        "nextPageToken": token,
    }
    return job(user, "/column/view/scope", body, status)


def test_suggested_columns(alice: User, bob: User, lab: Any) -> None:
    annotate(alice, lab["one"], a=("LONG", 1), s=("STRING", "x" * 80), m=("LONG", 1, 2, 3))
    annotate(alice, lab["two"], a=("DOUBLE", 1.5), s=("STRING", "y"), m=("LONG", 4))
    annotate(
        alice,
        lab["three"],
        a=("LONG", 3),
        mixed=("TIMESTAMP_MS", 1),
        yes=("BOOLEAN", "true"),
        texts=("STRING", "a", "b"),
    )
    annotate(alice, lab["raw"], folder=("STRING", "no file"), mixed=("STRING", "x"))
    found = suggest(alice, scope=[lab["project"]], viewTypeMask=1)
    assert {each["name"]: each for each in found["results"]} == {
        "a": {"name": "a", "columnType": "DOUBLE"},
        "m": {"name": "m", "columnType": "INTEGER_LIST", "maximumListLength": 3},
        "mixed": {"name": "mixed", "columnType": "DATE"},
        "s": {"name": "s", "columnType": "STRING", "maximumSize": 80},
        "texts": {
            "name": "texts",
            "columnType": "STRING_LIST",
            "maximumSize": 50,
            "maximumListLength": 2,
        },
        "yes": {"name": "yes", "columnType": "BOOLEAN"},
    }
    assert "nextPageToken" not in found
    both = suggest(alice, scope=[lab["project"]], viewTypeMask=9)["results"]
    kinds = {each["name"]: each["columnType"] for each in both}
    assert (kinds["mixed"], kinds["folder"]) == ("STRING", "STRING")
    assert suggest(alice, scope=[lab["one"]], viewEntityType="dataset")["results"][0]["name"] == "a"
    # More than a page, each once.
    annotate(alice, lab["one"], **{f"k{number:03}": ("LONG", 1) for number in range(99)})
    first = suggest(alice, scope=[lab["project"]], viewTypeMask=1)
    assert len(first["results"]) == 50
    rest = suggest(alice, scope=[lab["project"]], viewTypeMask=1, token=first["nextPageToken"])
    last = suggest(alice, scope=[lab["project"]], viewTypeMask=1, token=rest["nextPageToken"])
    shown = [each["name"] for page in (first, rest, last) for each in page["results"]]
    assert shown == sorted(set(shown))
    assert len(shown) == 99 + 6
    assert "nextPageToken" not in last
    # Nobody learns of annotations that they may not read.
    suggest(bob, 400, scope=[lab["project"]], viewTypeMask=1)
    alice.share(lab["project"], bob.id, "READ")
    alice.share(lab["one"], bob.id)
    names = [
        each["name"] for each in suggest(bob, scope=[lab["project"]], viewTypeMask=1)["results"]
    ]
    assert names == ["a", "m", "mixed", "s", "texts", "yes"]
    for scope in (
        {"scope": ["syn1"], "viewTypeMask": 1},
        {"scope": [lab["project"]]},
        {"scope": [lab["one"]], "viewTypeMask": 1},
        {"scope": ["1"], "viewEntityType": "submissionview"},
    ):
        suggest(alice, 400, **scope)  # type: ignore[arg-type]
    suggest(alice, 400, scope=[lab["project"]], viewTypeMask=1, token="é")


# ------------------------------------------------------------------ datasets


def dataset(user: User, parent: str, ids: list[str], *items: tuple[str, int], **more: Any) -> Any:
    return view(user, ids, parent, more.pop("kind", "Dataset"), **_items(*items), **more)


def _items(*items: tuple[str, int]) -> dict[str, Any]:
    return {"items": [{"entityId": id, "versionNumber": number} for id, number in items]}


def test_datasets(alice: User, bob: User, lab: Any) -> None:
    project = lab["project"]
    handle = upload(alice, b"hello", fileName="a.txt", contentType="text/plain")
    file = alice.file(project, "a.txt", handle=handle)
    annotate(alice, file["id"], n=("LONG", 1))
    second = upload(alice, b"hello, world", fileName="a.txt", contentType="text/plain")
    file = alice.get(f"/entity/{file['id']}")
    file = alice.put(f"/entity/{file['id']}", {**file, "dataFileHandleId": second})
    annotate(alice, file["id"], n=("LONG", 2))
    ids = columns(alice, "id:ENTITYID", "name", "n:INTEGER", "dataFileSizeBytes:INTEGER", "etag")
    made = dataset(alice, project, ids, (file["id"], 1), (lab["two"], 1), name="chosen")
    assert (made["count"], made["size"]) == (2, 5)
    assert made["checksum"] == hashlib.md5(b"5d41402abc4b2a76b9719d911017c592").hexdigest()
    assert made["versionLabel"] == "in progress"
    assert _items((file["id"], 1), (lab["two"], 1))["items"] == made["items"]
    sql = f"select name, n, dataFileSizeBytes from {made['id']} order by name"
    assert values(alice, sql) == [["a.txt", "1", "5"], ["two.csv", None, None]]
    sums = query(alice, f"select * from {made['id']}", mask=0x40)["sumFileSizes"]
    assert sums["sumFileSizesBytes"] == 5
    # An old version cannot be changed, so its etag is void.
    old = values(alice, f"select etag, ROW_VERSION from {made['id']} where name = 'a.txt'")
    assert old == [["00000000-0000-0000-0000-000000000000", "1"]]
    # Another version, another item, one less.
    made = alice.put(
        f"/entity/{made['id']}", {**made, **_items((file["id"], 2), (lab["three"], 1))}
    )
    assert (made["count"], made["size"]) == (2, 12)
    assert values(alice, sql) == [["a.txt", "2", "12"], ["three.csv", None, None]]
    # What is renamed, trashed, restored.
    three = alice.get(f"/entity/{lab['three']}")
    alice.put(f"/entity/{lab['three']}", {**three, "name": "3.csv"})
    assert names(alice, made) == ["3.csv", "a.txt"]
    alice.delete(f"/entity/{file['id']}")
    assert names(alice, made) == ["3.csv"]
    alice.put(f"/trashcan/restore/{file['id']}")
    assert names(alice, made) == ["3.csv", "a.txt"]
    alice.delete(f"/entity/{file['id']}/version/2")
    assert names(alice, made) == ["3.csv"]
    # Rows are ruled by their own ACLs.
    alice.share(made["id"], bob.id, "READ")
    assert names(bob, made) == []
    alice.share(lab["deep"], bob.id, "READ")
    assert names(bob, made) == ["3.csv"]
    made = alice.get(f"/entity/{made['id']}")
    made = alice.put(f"/entity/{made['id']}", {**made, "items": []})
    assert (made["count"], made["size"], "checksum" in made) == (0, 0, False)
    assert names(alice, made) == []


def test_datasets_that_cannot_be(alice: User, bob: User, lab: Any) -> None:
    private = bob.file(bob.project()["id"])["id"]
    other = dataset(alice, lab["project"], [], (lab["one"], 1))
    cases: list[tuple[Any, int, str]] = [
        ([{"entityId": lab["one"]}], 400, "versionNumber"),
        ([{"versionNumber": 1}], 400, "entityId"),
        ([{"entityId": lab["one"], "versionNumber": 2}], 404, "no version 2"),
        ([{"entityId": lab["one"], "versionNumber": 0}], 400, "version 0"),
        ([{"entityId": lab["one"], "versionNumber": 2**40}], 400, "version"),
        ([{"entityId": lab["one"], "versionNumber": "x"}], 400, "versionNumber"),
        ([{"entityId": lab["one"], "versionNumber": 1}] * 2, 400, "twice"),
        ([{"entityId": lab["raw"], "versionNumber": 1}], 400, "file"),
        ([{"entityId": other["id"], "versionNumber": 1}], 400, "file"),
        ([{"entityId": private, "versionNumber": 1}], 403, "READ"),
        ([{"entityId": "syn1", "versionNumber": 1}], 404, "does not exist"),
        ([{"entityId": f"syn{n}", "versionNumber": 1} for n in range(30_001)], 400, "30000"),
    ]
    for items, status, text in cases:
        body = {"concreteType": PACKAGE + "Dataset", "parentId": lab["project"], "items": items}
        assert text in alice.post("/entity", body, status)["reason"]
        assert (
            text in alice.put(f"/entity/{other['id']}", {**other, "items": items}, status)["reason"]
        )
    body = {
        "concreteType": PACKAGE + "DatasetCollection",
        "parentId": lab["project"],
        **_items((lab["one"], 1)),
    }
    assert "dataset" in alice.post("/entity", body, 400)["reason"]
    assert alice.get(f"/entity/{other['id']}") == other


def test_collections(alice: User, lab: Any) -> None:
    project = lab["project"]
    handle = upload(alice, b"hello", fileName="a.txt", contentType="text/plain")
    file = alice.file(project, "a.txt", handle=handle)["id"]
    one = dataset(alice, project, columns(alice, "name"), (file, 1), name="first set")
    defaults = alice.get("/column/tableview/defaults?viewEntityType=datasetcollection")["list"]
    ids = [each["id"] for each in defaults]
    made = dataset(alice, project, ids, (one["id"], 1), kind="DatasetCollection")
    sql = (
        f"select name, type, datasetSizeInBytes, datasetItemCount, datasetMD5Hex from {made['id']}"
    )
    assert values(alice, sql) == [["first set", "dataset", "5", "1", one["checksum"]]]
    done = transact(alice, one["id"], createSnapshot=True)
    assert done["snapshotVersionNumber"] == 1
    now = alice.get(f"/entity/{one['id']}")
    alice.put(f"/entity/{one['id']}", {**now, **_items((file, 1), (lab["one"], 1))})
    assert values(alice, sql)[0][3] == "1"  # version 1, as it was
    made = alice.get(f"/entity/{made['id']}")
    alice.put(f"/entity/{made['id']}", {**made, **_items((one["id"], 2))})
    assert values(alice, sql)[0][3] == "2"
    mask = view(
        alice, columns(alice, "name", "datasetItemCount:INTEGER"), project, viewTypeMask=0x180
    )
    assert values(alice, f"select name, datasetItemCount from {mask['id']} order by name") == [
        ["first set", "2"],
        [made["name"], None],
    ]
    sums = query(alice, f"select * from {made['id']}", mask=0x40)["sumFileSizes"]
    assert sums["sumFileSizesBytes"] == 5


def test_the_flat_form(alice: User, lab: Any) -> None:
    """Fields of a dataset stay fields when its flat form comes back; for a file they are free."""
    made = dataset(alice, lab["project"], columns(alice, "name"), (lab["one"], 1))
    annotate(alice, made["id"], note=("STRING", "x"))
    flat = alice.get(f"/entity/{made['id']}/json")
    assert (flat["count"], flat["note"]) == (1, "x")
    alice.put(f"/entity/{made['id']}/json", {**flat, "note": "y"})
    found = alice.get(f"/entity/{made['id']}/annotations2")["annotations"]
    assert found == {"note": {"type": "STRING", "value": ["y"]}}
    flat = alice.get(f"/entity/{lab['one']}/json")
    alice.put(f"/entity/{lab['one']}/json", {**flat, "size": 3, "type": "raw"})
    found = alice.get(f"/entity/{lab['one']}/annotations2")["annotations"]
    assert set(found) == {"size", "type"}


# ------------------------------------------------------------------ submissions


def test_submission_views(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    evaluation = queue(alice)
    other = queue(alice)
    grant(alice, evaluation, bob, "READ", "SUBMIT")
    file = bob.file(bob.project()["id"], "answer.csv")
    first = submit(bob, evaluation, file, name="first try", submitterAlias="Bob's")
    project = alice.project()["id"]
    defaults = alice.get("/column/tableview/defaults?viewEntityType=submissionview")["list"]
    ids = [each["id"] for each in defaults] + columns(alice, "auc:DOUBLE", "note")
    made = view(alice, ids, project, "SubmissionView", scopeIds=[evaluation["id"]])
    assert made["scopeIds"] == [evaluation["id"]]
    answer = query(alice, f"select * from {made['id']}", mask=0x3FF, includeEntityEtag=True)
    (row,) = answer["queryResult"]["queryResults"]["rows"]
    status = alice.get(f"/evaluation/submission/{first['id']}/status")
    assert (row["rowId"], row["etag"]) == (int(first["id"]), status["etag"])
    shown = dict(
        zip([each["name"] for each in answer["selectColumns"]], row["values"], strict=True)
    )
    assert int(str(shown.pop("createdOn"))) <= int(str(shown.pop("modifiedOn")))
    assert shown == {
        "id": first["id"],
        "name": "first try",
        "createdBy": str(bob.id),
        "etag": status["etag"],
        "projectId": evaluation["contentSource"],
        "status": "RECEIVED",
        "evaluationid": evaluation["id"],
        "evaluationroundid": None,
        "submitterid": str(bob.id),
        "submitteralias": "Bob's",
        "entityid": file["id"],
        "entityversion": "1",
        "dockerrepositoryname": None,
        "dockerdigest": None,
        "auc": None,
        "note": None,
    }
    annotations = {"auc": {"type": "DOUBLE", "value": ["0.75"]}}
    body = {
        **status,
        "status": "SCORED",
        "submissionAnnotations": {"annotations": annotations},
        "annotations": {"stringAnnos": [{"key": "note", "value": "old", "isPrivate": True}]},
    }
    alice.put(f"/evaluation/submission/{first['id']}/status", body)
    sql = f"select status, auc, note from {made['id']} order by id"
    assert values(alice, sql) == [["SCORED", "0.75", "old"]]
    second = submit(bob, evaluation, file)
    assert len(values(alice, sql)) == 2
    # The scope grows; what is not in it is not seen.
    grant(alice, other, bob, "READ", "SUBMIT")
    submit(bob, other, file)
    assert len(values(alice, sql)) == 2
    made = alice.put(f"/entity/{made['id']}", {**made, "scopeIds": [evaluation["id"], other["id"]]})
    assert len(values(alice, sql)) == 3
    # READ on the view is not enough, nor READ on the evaluation.
    alice.share(made["id"], bob.id, "READ")
    assert values(bob, sql) == []
    grant(alice, other, bob, "READ", "SUBMIT", "READ_PRIVATE_SUBMISSION")
    assert len(values(bob, sql)) == 1
    assert len(values(admin, sql)) == 3
    alice.delete(f"/evaluation/submission/{second['id']}")
    assert len(values(alice, sql)) == 2
    found = suggest(alice, scope=[evaluation["id"]], viewEntityType="submissionview")
    assert [(each["name"], each["columnType"]) for each in found["results"]] == [
        ("auc", "DOUBLE"),
        ("note", "STRING"),
    ]
    carol = server.user()
    mine = view(carol, [], carol.project()["id"], "SubmissionView")
    for wrong in ([evaluation["id"]], ["1"], ["x"]):
        answer = carol.send("PUT", f"/entity/{mine['id']}", {**mine, "scopeIds": wrong})
        assert answer.status_code in (400, 403), answer.text
    alice.delete(f"/evaluation/{other['id']}")
    assert len(values(alice, sql)) == 1
    # Edits are the scorer's.
    (row,) = query(alice, f"select * from {made['id']}", includeEntityEtag=True)["queryResult"][
        "queryResults"
    ]["rows"]
    auc = ids[-2]
    change = partial(made["id"], (row["rowId"], {auc: 0.5}))
    change["toAppend"]["rows"][0]["etag"] = row["etag"]
    assert edited(alice, made["id"], change) == [None]
    assert values(alice, sql) == [["SCORED", "0.5", "old"]]
    assert edited(alice, made["id"], change) == ["CONCURRENT_UPDATE"]
    alice.share(made["id"], bob.id, "READ", "UPDATE")
    assert edited(bob, made["id"], change) == ["UNAUTHORIZED"]


# ------------------------------------------------------------------ edits


def edited(user: User, id: str, *changes: Any, status: int = 201) -> Any:
    """What came of each row of a change of a view."""
    answer = transact(user, id, *changes, status=status)
    if status != 201:
        return answer["reason"]
    (result,) = answer["results"]
    assert result["concreteType"] == PACKAGE + "EntityUpdateResults"
    return [each.get("failureCode") for each in result["updateResults"]]


def test_edits_through_a_view(server: RunningServer, alice: User, bob: User, lab: Any) -> None:
    kinds = {
        "s": ("STRING", "naïve", "STRING", ["naïve"]),
        "i": ("INTEGER", "7", "LONG", ["7"]),
        "d": ("DOUBLE", "0.5", "DOUBLE", ["0.5"]),
        "b": ("BOOLEAN", "TRUE", "BOOLEAN", ["true"]),
        "t": ("DATE", "2020-01-02", "TIMESTAMP_MS", ["1577923200000"]),
        "e": ("ENTITYID", "syn123", "STRING", ["syn123"]),
        "l": ("STRING_LIST", '["a", "b"]', "STRING", ["a", "b"]),
        "il": ("INTEGER_LIST", "[1, 2]", "LONG", ["1", "2"]),
        "bl": ("BOOLEAN_LIST", "[true, false]", "BOOLEAN", ["true", "false"]),
    }
    ids = {name: column(alice, name, kind[0]) for name, kind in kinds.items()}
    ids["name"] = column(alice, "name", maximumSize=256)
    made = view(alice, list(ids.values()), lab["project"])
    id, row = made["id"], int(lab["one"][3:])
    annotate(alice, lab["one"], kept=("STRING", "as it was"))
    etag = alice.get(f"/entity/{lab['one']}")["etag"]
    change = partial(id, (row, {ids[name]: kind[1] for name, kind in kinds.items()}))
    change["toAppend"]["rows"][0]["etag"] = etag
    assert edited(alice, id, change) == [None]
    found = alice.get(f"/entity/{lab['one']}/annotations2")
    assert found["annotations"] == {
        "kept": {"type": "STRING", "value": ["as it was"]},
        **{name: {"type": kind[2], "value": kind[3]} for name, kind in kinds.items()},
    }
    shown = values(alice, f"select {', '.join(kinds)} from {id} where name = 'one.csv'")
    assert shown == [
        ["naïve", "7", "0.5", "true", "1577923200000", "syn123", '["a", "b"]', "[1, 2]",
         "[true, false]"]
    ]  # fmt: skip
    # The same once more: nobody is to change what they have not seen.
    assert edited(alice, id, change) == ["CONCURRENT_UPDATE"]

    # Null takes an annotation away; a field of the entity is not touched; a row set works, too.
    def set_of(cells: dict[str, Any], **more: Any) -> Any:
        found = rows(id, [ids[name] for name in cells], [list(cells.values())], [(row, 1)])
        found["toAppend"]["rows"][0] |= {
            "etag": more.pop("etag", None) or alice.get(f"/entity/{lab['one']}")["etag"],
            **more,
        }
        return found

    assert edited(alice, id, set_of({"s": None, "l": None, "name": "other.csv"})) == [None]
    found = alice.get(f"/entity/{lab['one']}/annotations2")["annotations"]
    assert not {"s", "l"} & set(found)
    assert "i" in found
    assert alice.get(f"/entity/{lab['one']}")["name"] == "one.csv"
    # Nothing to change changes nothing.
    before = alice.get(f"/entity/{lab['one']}")["etag"]
    assert edited(alice, id, set_of({"i": 7, "s": None})) == [None]
    assert alice.get(f"/entity/{lab['one']}")["etag"] == before
    # Each row by itself.
    for cells, more, code in (
        ({"i": "x"}, {}, "ILLEGAL_ARGUMENT"),
        ({"s": "x" * 51}, {}, "ILLEGAL_ARGUMENT"),
        ({"i": 1}, {"etag": "wrong"}, "CONCURRENT_UPDATE"),
        ({"i": 1}, {"rowId": 1}, "NOT_FOUND"),
        ({"i": 1}, {"versionNumber": 7}, "CONCURRENT_UPDATE"),
    ):
        assert edited(alice, id, set_of(cells, **more)) == [code], (cells, more)
    without = partial(id, (row, {ids["i"]: 1}))
    assert edited(alice, id, without) == ["ILLEGAL_ARGUMENT"]
    assert alice.get(f"/entity/{lab['one']}")["etag"] == before
    # What cannot be read changes nothing at all.
    cases = [
        (partial(id, (None, {ids["i"]: 1})), "cannot be added"),
        (partial(id, (row, None)), "delete the entity"),
        (partial(id, (row, {"999999": 1})), "'999999'"),
        (partial(id, (row, {ids["i"]: 1}), (row, {ids["i"]: 2})), "twice"),
        (rows(id, [ids["i"]], [[1]]), "cannot be added"),
        (rows(id, [ids["i"]], [[]], [(row, 1)]), "delete the entity"),
        (rows(id, [ids["i"]], [[1, 2]], [(row, 1)]), "headers"),
        ({"concreteType": PACKAGE + "TableSearchChangeRequest"}, "searchEnabled"),
    ]
    for wrong, text in cases:
        assert text in edited(alice, id, change, wrong, status=400)
    assert alice.get(f"/entity/{lab['one']}")["etag"] == before
    # It takes UPDATE on the view as well as on the thing.
    alice.share(lab["project"], bob.id, "READ")
    body = {"concreteType": PACKAGE + "TableUpdateTransactionRequest", "changes": [without]}
    bob.post(f"/entity/{id}/table/transaction/async/start", body, 403)
    server.anonymous.post(f"/entity/{id}/table/transaction/async/start", body, 403)
    alice.share(id, bob.id, "READ", "UPDATE")
    assert edited(bob, id, set_of({"i": 9})) == ["UNAUTHORIZED"]
    alice.share(lab["one"], bob.id, "READ", "UPDATE")
    assert edited(bob, id, set_of({"i": 9})) == [None]
    assert alice.get(f"/entity/{lab['one']}")["modifiedBy"] == str(bob.id)
    # By the older endpoints there is no place for what came of each row.
    answer = job(alice, f"/entity/{id}/table/append", {**set_of({"i": 1}), "entityId": id}, 400)
    assert "transaction" in answer["reason"]


def test_edits_by_csv(alice: User, lab: Any) -> None:
    ids = columns(alice, "name", "n:INTEGER", "etag", "label")
    made = view(alice, ids, lab["project"])
    etags = {id: alice.get(f"/entity/{lab[id]}")["etag"] for id in ("one", "two", "three")}
    text = "ROW_ID,ROW_VERSION,ROW_ETAG,n,label\n"
    for number, id in enumerate(("one", "two", "three")):
        etag = etags[id] if id != "two" else "stale"
        text += f"{lab[id][3:]},1,{etag},{number},label {number}\n"
    assert edited(alice, made["id"], csv_change(alice, text)) == [None, "CONCURRENT_UPDATE", None]
    sql = f"select name, n, label from {made['id']} order by name"
    assert values(alice, sql) == [
        ["one.csv", "0", "label 0"],
        ["three.csv", "2", "label 2"],
        ["two.csv", None, None],
    ]
    # The etag may be in a column of the view, and ids may be written syn….
    text = f"ROW_ID,etag,n,label\n{lab['two']},{etags['two']},5,\n"
    assert edited(alice, made["id"], csv_change(alice, text)) == [None]
    assert values(alice, sql)[2] == ["two.csv", "5", None]
    for wrong, reason in (
        ("n\n1\n", "cannot be added"),
        ("ROW_ID,n\n,1\n", "cannot be added"),
        ("ROW_ID,n\nx,1\n", "Line 2"),
        ("ROW_ID,m\n1,1\n", "'m'"),
        ("ROW_ID,n\n1\n", "Line 2"),
        ("ROW_ID,n\n", "no rows"),
        ("", "empty"),
    ):
        assert reason in edited(alice, made["id"], csv_change(alice, wrong or "\n"), status=400)


def test_edits_by_a_csv_of_many_rows(
    alice: User, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "_BATCH", 2)
    made = view(alice, columns(alice, "name", "n:INTEGER", "label"), lab["project"])
    found = [alice.file(lab["raw"], f"f{i}.csv") for i in range(5)]
    lines = [f"{each['id']},{each['etag']},{i},l{i}\n" for i, each in enumerate(found)]
    header = "\ufeffROW_ID,ROW_ETAG,n,label\n"
    # All of it is read before anything is written, however much there is.
    for wrong, reason in (
        (lines[0], f"The row {found[0]['id'][3:]} is named twice"),
        ("syn7,x,1\n", "Line 7"),
    ):
        change = csv_change(alice, header + "".join(lines) + wrong)
        assert reason in edited(alice, made["id"], change, status=400)
    sql = f"select n, label from {made['id']} where name like 'f%' order by name"
    assert values(alice, sql) == [[None, None]] * 5
    change = csv_change(alice, header + "".join(lines))
    answer = transact(alice, made["id"], change)
    told = answer["results"][0]["updateResults"]
    assert told == [{"entityId": each["id"]} for each in found]
    assert values(alice, sql) == [[str(i), f"l{i}"] for i in range(5)]
    monkeypatch.setattr(edits, "_MOST_ROWS", 4)
    assert "At most 4 rows" in edited(alice, made["id"], change, status=400)


def test_columns_of_a_view_change(alice: User, lab: Any) -> None:
    annotate(alice, lab["one"], n=("LONG", 3), more=("STRING", "x"))
    old = lab["view"]["columnIds"]
    new, wider = columns(alice, "more", "n:STRING")
    answer = transact(alice, lab["id"], restructure((None, new), (old[3], wider)))
    (result,) = answer["results"]
    assert [each["id"] for each in result["schema"]] == [*old[:3], wider, new]
    assert values(alice, f"select n, more from {lab['id']} where more is not null") == [["3", "x"]]
    transact(alice, lab["id"], restructure((new, None), order=[wider, *old[:3]]))
    assert alice.get(f"/entity/{lab['id']}")["columnIds"] == [wider, *old[:3]]
    transact(alice, lab["id"], restructure(("999999", None)), status=400)
    again = restructure((None, new), (None, new), order=[wider, *old[:3], new])
    transact(alice, lab["id"], again)  # as the official client sends it
    assert alice.get(f"/entity/{lab['id']}")["columnIds"] == [wider, *old[:3], new]
    transact(alice, lab["id"], restructure((None, new)), status=400)
    answer = transact(
        alice,
        lab["id"],
        {"concreteType": PACKAGE + "TableSearchChangeRequest", "searchEnabled": True},
    )
    assert answer["results"][0]["searchEnabled"] is True
    assert names(alice, lab, "where text_matches('one')") == ["one.csv"]


# ------------------------------------------------------------------ snapshots


def test_snapshots_of_views(server: RunningServer, alice: User, bob: User, lab: Any) -> None:
    id = lab["id"]
    annotate(alice, lab["one"], n=("LONG", 1))
    options = {"snapshotLabel": "first", "snapshotComment": "as it was"}
    done = transact(alice, id, createSnapshot=True, snapshotOptions=options)
    assert done["snapshotVersionNumber"] == 1
    now = alice.get(f"/entity/{id}")
    assert (now["versionNumber"], now["versionLabel"]) == (2, "in progress")
    kept = alice.get(f"/entity/{id}/version/1")
    assert (kept["versionLabel"], kept["versionComment"]) == ("first", "as it was")
    listed = alice.get(f"/entity/{id}/version")["results"]
    assert [each["versionNumber"] for each in listed] == [2, 1]
    annotate(alice, lab["one"], n=("LONG", 2))
    alice.delete(f"/entity/{lab['two']}")
    transact(alice, id, restructure((lab["view"]["columnIds"][2], None)))
    sql = "select name, n from {} order by name"
    assert values(alice, sql.format(id)) == [["one.csv", "2"], ["three.csv", None]]
    before = [["one.csv", "1"], ["three.csv", None], ["two.csv", None]]
    assert values(alice, sql.format(id + ".1")) == before
    assert len(values(alice, f"select path from {id}.1")) == 3
    # Index files come and go.
    folder = server.app.indexes.folder()
    server.do(server.app.indexes.close())
    shutil.rmtree(folder, ignore_errors=True)
    assert values(alice, sql.format(id + ".1")) == before
    # What may be read of it is asked today, of the ACLs of today.
    alice.share(id, bob.id, "READ")
    assert values(bob, sql.format(id + ".1")) == []
    alice.share(lab["deep"], bob.id, "READ")
    assert values(bob, sql.format(id + ".1")) == [["three.csv", None]]
    alice.share(lab["one"], bob.id, "READ")
    assert values(bob, sql.format(id + ".1")) == [["one.csv", "1"], ["three.csv", None]]
    alice.delete(f"/entity/{lab['deep']}/acl")
    assert values(bob, sql.format(id + ".1")) == [["one.csv", "1"]]
    # What is gone for good stays with the ACL that ruled it last.
    alice.delete(f"/entity/{lab['three']}?skipTrashCan=true")
    server.do(server.app.sweep_once())
    assert values(alice, sql.format(id + ".1")) == before
    # A second one, and what cannot be.
    done = transact(alice, id, createSnapshot=True)
    assert done["snapshotVersionNumber"] == 2
    assert values(alice, sql.format(id + ".2")) == [["one.csv", "2"]]
    cases = [
        ({"createSnapshot": True}, [restructure((lab["view"]["columnIds"][1], None))]),
        ({"snapshotOptions": {"snapshotLabel": "x"}}, []),
        ({"createSnapshot": True, "snapshotOptions": {"snapshotLabel": "first"}}, []),
    ]
    for more, changes in cases:
        transact(alice, id, *changes, status=400, **more)
    reason = alice.post(f"/entity/{id}/table/snapshot", {}, 400)["reason"]
    assert "transaction" in reason
    alice.delete(f"/entity/{id}/version/3", 400)
    alice.delete(f"/entity/{id}/version/2")
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "query": {"sql": f"select * from {id}.2"},
    }
    alice.post(f"/entity/{id}.2/table/query/async/start", body, 404)


def test_snapshots_of_datasets(alice: User, bob: User, lab: Any) -> None:
    ids = columns(alice, "name", "n:INTEGER")
    made = dataset(alice, lab["project"], ids, (lab["one"], 1), (lab["two"], 1))
    done = transact(alice, made["id"], createSnapshot=True)
    assert done["snapshotVersionNumber"] == 1
    now = alice.get(f"/entity/{made['id']}")
    assert now["items"] == made["items"]
    alice.put(f"/entity/{made['id']}", {**now, "items": []})
    assert names(alice, made) == []
    kept = alice.get(f"/entity/{made['id']}/version/1")
    assert kept["items"] == made["items"]
    sql = f"select name from {made['id']}.1 order by name"
    assert values(alice, sql) == [["one.csv"], ["two.csv"]]
    alice.share(lab["project"], bob.id, "READ")
    alice.share(made["id"], bob.id)
    bob.post(
        f"/entity/{made['id']}.1/table/query/async/start",
        {"concreteType": PACKAGE + "QueryBundleRequest", "query": {"sql": sql}},
        403,
    )


# ------------------------------------------------------------------ what is not there


def test_what_cannot_be_asked(alice: User, bob: User, lab: Any) -> None:
    for sql, text in (
        (f"select * from {lab['raw']}", "folder"),
        (f"select nothing from {lab['id']}", "nothing"),
        (f"select ROW_ETAG from {lab['id']} where ROW_ETAG = ", "line"),
    ):
        found = sql.split()[3]
        body = {"concreteType": PACKAGE + "QueryBundleRequest", "query": {"sql": sql}}
        answer = alice.send("POST", f"/entity/{found}/table/query/async/start", body)
        if answer.status_code == 201:
            answer = wait(alice, f"/entity/{found}/table/query", answer.json()["token"])
        assert answer.status_code == 400, sql
        assert text in answer.json()["reason"]
    made = view(alice, [], lab["project"])
    assert "columns" in query(alice, f"select * from {made['id']}", status=400)["reason"]
    transact(alice, made["id"], createSnapshot=True, status=400)
    alice.delete(f"/entity/{made['id']}")
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "query": {"sql": f"select * from {made['id']}"},
    }
    alice.post(f"/entity/{made['id']}/table/query/async/start", body, 404)
    alice.put(f"/entity/{lab['id']}/version", None, 400)  # only a snapshot makes a version
    alice.post(f"/entity/{lab['id']}/table/deleteRows", {"rowIds": [1]}, 400)


def test_many_at_once(alice: User, lab: Any) -> None:
    """Writers and readers side by side; each reader sees what was there when it asked."""

    def write(number: int) -> str:
        return str(alice.file(lab["raw"], f"file{number:03}.csv")["id"])

    def read(_: int) -> list[list[str | None]]:
        return values(alice, f"select id from {lab['id']}")

    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(write, number) for number in range(40)]
        seen = [pool.submit(read, number) for number in range(20)]
        for each in seen:
            assert len({row[0] for row in each.result()}) == len(each.result())
        ids = {each.result() for each in made}
    shown = {row[0] for row in values(alice, f"select id from {lab['id']}")}
    assert ids <= shown
    assert len(shown) == 43


def test_answers_are_of_one_moment(alice: User, bob: User, lab: Any) -> None:
    """Files move between folders with different ACLs, both of which the reader may read: each
    answer has each file once, and what is changed together is seen together."""
    left = alice.folder(lab["project"], "left")["id"]
    right = alice.folder(lab["project"], "right")["id"]
    for folder in (left, right):
        alice.share(folder, bob.id, "READ")
    alice.share(lab["id"], bob.id, "READ")
    files = [alice.file(left, f"moving {number}")["id"] for number in range(6)]
    sql = f"select id, path, ROW_BENEFACTOR from {lab['id']}"
    assert len(values(bob, sql)) == 6
    ended = threading.Event()

    def move() -> None:
        to = [right, left]
        for round in range(8):
            for id in files:
                found = alice.get(f"/entity/{id}")
                alice.put(f"/entity/{id}", {**found, "parentId": to[round % 2]})

    def read() -> int:
        count = 0
        while not ended.is_set():
            rows = values(bob, sql)
            assert sorted(row[0] or "" for row in rows) == sorted(files)
            for _, path, benefactor in rows:
                folder = left if "/left/" in str(path) else right
                assert f"syn{benefactor}" == folder
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            pool.submit(move).result()
        finally:
            ended.set()
        assert all(each.result() > 0 for each in readers)


@pytest.mark.parametrize(
    "text",
    ["a\x00b", "\ud800", "\x1b[31m", "a\nb\r\n", "'; DROP TABLE r; --", "\u202e\ufeff", '"', "\\"],
)
def test_odd_texts_harm_no_view(alice: User, lab: Any, text: str) -> None:
    """Whatever an annotation says, the view can be asked, and says the same or nothing."""
    found = alice.get(f"/entity/{lab['one']}/annotations2")
    given = {
        "odd": {"type": "STRING", "value": [text]},
        "many": {"type": "STRING", "value": [text, "b"]},
    }
    body = {**found, "annotations": given}
    answer = alice.send("PUT", f"/entity/{lab['one']}/annotations2", body)
    assert answer.status_code in (200, 400), answer.text
    ids = columns(alice, "name", "odd", "many:STRING_LIST", "odd:JSON")
    plain, json_like = ids[:3], [ids[0], ids[3]]
    made = view(alice, plain, lab["project"])
    sql = f"select odd, many from {made['id']} where name = 'one.csv'"
    (row,) = values(alice, sql)
    if answer.status_code == 200:
        assert row == [text, json.dumps([text, "b"], ensure_ascii=False)]
    else:
        assert row == [None, None]
    made = view(alice, json_like, lab["project"])
    assert names(alice, made) == ["one.csv", "three.csv", "two.csv"]


def test_two_edit_the_same_row(alice: User, lab: Any) -> None:
    """One of them comes through."""
    id, row = lab["id"], int(lab["one"][3:])
    etag = alice.get(f"/entity/{lab['one']}")["etag"]
    n = lab["view"]["columnIds"][3]

    def edit(number: int) -> Any:
        change = partial(id, (row, {n: number}))
        change["toAppend"]["rows"][0]["etag"] = etag
        return edited(alice, id, change)

    with ThreadPoolExecutor(6) as pool:
        found = [each[0] for each in pool.map(edit, range(1, 7))]
    assert sorted(map(str, found)) == ["CONCURRENT_UPDATE"] * 5 + ["None"]
    shown = values(alice, f"select n from {id} where ROW_ID = {row}")
    assert shown == [[str(found.index(None) + 1)]]


# ------------------------------------------------------------------ what a download needs


def test_what_must_be_done_before_files_are_had(
    server: RunningServer, alice: User, bob: User, admin: User
) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    signed, shown = (alice.folder(project, name)["id"] for name in ("signed", "shown"))
    files = [alice.file(signed, f"{number}.csv")["id"] for number in range(3)]
    made = admin.post("/accessRequirement", requirement("SelfSign", signed))
    acl = alice.get(f"/entity/{project}/acl")
    for entry in acl["resourceAccess"]:
        if entry["principalId"] == bob.id:
            entry["accessType"] = ["READ"]
    alice.post(f"/entity/{shown}/acl", {**acl, "id": shown})
    files.append(alice.file(shown, "looked at.csv")["id"])
    files.append(alice.file(project, "open.csv")["id"])
    ids = columns(alice, "id:ENTITYID", "name", "currentVersion:INTEGER")
    mine = view(alice, ids, project)["id"]

    def needed(user: User, sql: str, **more: Any) -> Any:
        asked = {"selectFileColumn": int(ids[0]), **more}
        return query(user, sql, mask=0x200, **asked)["actionsRequired"]

    sign = {
        "action": {
            "concreteType": "org.sagebionetworks.repo.model.download.MeetAccessRequirement",
            "accessRequirementId": made["id"],
        },
        "count": 3,
    }
    ask = {
        "action": {
            "concreteType": "org.sagebionetworks.repo.model.download.RequestDownload",
            "benefactorId": int(shown[3:]),
        },
        "count": 1,
    }
    everything = f"select * from {mine}"
    assert needed(bob, everything) == [sign, ask]
    # All pages, and all rows of a group; but only what the query is about.
    assert needed(bob, f"{everything} limit 1") == [sign, ask]
    assert needed(bob, f"select count(*) from {mine} group by name") == [sign, ask]
    assert needed(bob, f"{everything} where name = 'open.csv'") == []
    assert needed(bob, f"{everything} where name like 'l%'") == [ask]
    assert needed(bob, everything, selectFileVersionColumn=int(ids[2])) == [sign, ask]
    # Who contributes the data is not exempt from a requirement that does not say so.
    assert needed(alice, everything) == [sign]
    bob.post(
        "/accessApproval",
        {"requirementId": made["id"], "accessorId": str(bob.id), "submitterId": str(bob.id)},
    )
    assert needed(bob, everything) == [ask]
    # A table may name files, and things that are none, or that the caller may not read.
    hidden = bob.file(bob.project()["id"])["id"]
    named = column(alice, "file", "ENTITYID")
    held = table(alice, [named], project)["id"]
    transact(alice, held, csv_change(alice, "file\n" + "\n".join([*files, hidden, signed, "syn1"])))
    select = {"selectFileColumn": int(named)}
    assert needed(alice, f"select file from {held}", **select) == [sign]
    assert needed(bob, f"select file from {held}", **select) == [ask]
    # Without a column nothing is said; one of another type or of another table is refused.
    assert "actionsRequired" not in query(bob, everything, mask=0x200)
    for wrong in ({"selectFileColumn": int(ids[1])}, {"selectFileColumn": int(named)}):
        answer = query(bob, everything, mask=0x200, status=400, **wrong)
        assert "selectFileColumn" in answer["reason"]
    wrong = {"selectFileColumn": int(ids[0]), "selectFileVersionColumn": int(ids[0])}
    assert "INTEGER" in query(bob, everything, mask=0x200, status=400, **wrong)["reason"]
