"""Files in cells: where they can be downloaded, and their handles."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, partial, rows, table, transact


@pytest.fixture
def pictures(alice: User) -> Any:
    """A table with two columns of files: a row with one, a row with both, an empty row."""
    columns = [column(alice, "picture", "FILEHANDLEID"), column(alice, "mask", "FILEHANDLEID")]
    text = column(alice, "text")
    handles = [alice.external(f"https://example.org/{n}.png") for n in range(3)]
    id = table(alice, [*columns, text])["id"]
    cells = [[handles[0], None, "a"], [handles[1], handles[2], "b"], [None, None, "c"]]
    transact(alice, id, rows(id, [*columns, text], cells))
    return {"id": id, "columns": columns, "text": text, "handles": handles}


def _path(
    pictures: Any, row: int, column: int | str = 0, version: int = 2, what: str = "file"
) -> str:
    """The path of a file; ``column`` is the place of a column, or an id."""
    id = column if isinstance(column, str) else pictures["columns"][column]
    return f"/entity/{pictures['id']}/table/column/{id}/row/{row}/version/{version}/{what}"


def test_a_file_in_a_cell(alice: User, bob: User, pictures: Any) -> None:
    path = _path(pictures, 2, 1)
    assert alice.send("GET", path + "?redirect=false").text == "https://example.org/2.png"
    answer = alice.send("GET", path)
    assert answer.status_code == 307
    assert answer.headers["location"] == "https://example.org/2.png"
    assert "no preview" in alice.get(_path(pictures, 1, what="filepreview"), 404)["reason"]
    # Who may read and download may have it; who may only read may not.
    project = alice.get(f"/entity/{pictures['id']}")["parentId"]
    bob.get(path, 403)
    alice.share(project, bob.id, "READ")
    bob.get(path, 403)
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    assert bob.send("GET", path + "?redirect=false").status_code == 200
    alice.share(project, bob.id)
    bob.get(path, 403)


def test_no_file_in_a_cell(server: RunningServer, alice: User, pictures: Any) -> None:
    for path, status, reason in (
        (_path(pictures, 1, 1), 404, "has no file in the column 'mask'"),
        (_path(pictures, 9), 404, "has no row 9"),
        (_path(pictures, 1, version=1), 404, "has version 2, not 1"),
        (_path(pictures, -1), 400, "There cannot be a row -1"),
        (_path(pictures, 1, column=pictures["text"]), 400, "is STRING"),
        (_path(pictures, 1, column="999999"), 400, "has no column"),
        (_path(pictures, 1).replace("row/1", "row/x"), 400, ""),
    ):
        assert reason in alice.get(path, status)["reason"]
    assert server.anonymous.send("GET", _path(pictures, 1)).status_code == 403
    project = alice.get(f"/entity/{pictures['id']}")["parentId"]
    alice.get(_path(pictures, 1).replace(pictures["id"], project), 400)


def test_what_a_cell_had_is_in_the_snapshot(alice: User, pictures: Any) -> None:
    id, (picture, _) = pictures["id"], pictures["columns"]
    alice.post(f"/entity/{id}/table/snapshot", {})
    other = alice.external("https://example.org/new.png")
    transact(alice, id, partial(id, (1, {picture: other})))
    path = _path(pictures, 1, version=3) + "?redirect=false"
    assert alice.send("GET", path).text == "https://example.org/new.png"
    path = _path(pictures, 1).replace(id, id + ".1") + "?redirect=false"
    assert alice.send("GET", path).text == "https://example.org/0.png"


def test_handles_of_rows(alice: User, bob: User, pictures: Any) -> None:
    path = f"/entity/{pictures['id']}/table/filehandles"
    headers = [{"id": each} for each in reversed(pictures["columns"])]
    body = {
        "tableId": pictures["id"],
        "headers": headers,
        "rows": [{"rowId": row, "versionNumber": 2} for row in (2, 3, 1, 2)],
    }
    found = alice.post(path, body, 200)
    assert found["tableId"] == pictures["id"]
    assert [each["name"] for each in found["headers"]] == ["mask", "picture"]
    one, two, three = pictures["handles"]
    assert [[each and each["id"] for each in row["list"]] for row in found["rows"]] == [
        [three, two],
        [None, None],
        [None, one],
        [three, two],
    ]
    assert found["rows"][0]["list"][0]["externalURL"] == "https://example.org/2.png"
    bob.post(path, body, 403)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"rows": [{"rowId": 1}, {"rowId": 7}]}, "has no rows [7]"),
        ({"rows": []}, "needs headers"),
        ({"headers": None}, "needs headers"),
        ({"headers": [{"id": "999999"}]}, "has no column"),
        ({"headers": [{"name": "text"}]}, "is STRING"),
        ({"rows": [{"rowId": 1}] * 1001}, "At most 1000 rows"),
        ({"rows": [{"rowId": 2**63}]}, ""),
        ({"tableId": "syn1"}, "the body syn1"),
    ],
)
def test_handles_that_cannot_be(alice: User, pictures: Any, more: Any, reason: str) -> None:
    path = f"/entity/{pictures['id']}/table/filehandles"
    headers = [{"id": each} for each in pictures["columns"]]
    body = {"headers": headers, "rows": [{"rowId": 1}], **more}
    assert reason in alice.post(path, body, 400)["reason"]
