"""Tables to try things on."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from tests.conftest import User
from tests.server.test_files import upload

PACKAGE = "org.sagebionetworks.repo.model.table."


def column(user: User, name: str, kind: str = "STRING", **more: Any) -> str:
    """A column model; its id."""
    return str(user.post("/column", {"name": name, "columnType": kind, **more})["id"])


def table(user: User, columns: Sequence[str], parent: str | None = None, **more: Any) -> Any:
    """A table with these columns."""
    body = {
        "concreteType": PACKAGE + "TableEntity",
        "parentId": parent or user.project()["id"],
        "columnIds": list(columns),
        **more,
    }
    return user.post("/entity", body)


def view(
    user: User, columns: Sequence[str], parent: str, kind: str = "EntityView", **more: Any
) -> Any:
    """A view with these columns: of the files in the project or folder, unless said."""
    if kind == "EntityView":
        more = {"scopeIds": [parent], "viewTypeMask": 1, **more}
    body = {
        "concreteType": PACKAGE + kind,
        "parentId": parent,
        "columnIds": list(columns),
        **more,
    }
    return user.post("/entity", body)


def annotate(user: User, entity: str, /, **values: Any) -> Any:
    """Replace the annotations of an entity: (type, value, …) by name."""
    found = user.get(f"/entity/{entity}/annotations2")
    given = {
        name: {"type": kind, "value": [str(each) for each in rest]}
        for name, (kind, *rest) in values.items()
    }
    return user.put(f"/entity/{entity}/annotations2", {**found, "annotations": given})


def wait(user: User, path: str, token: str, seconds: float = 30) -> Any:
    """The outcome of a job: the answer, or the reason why it failed."""
    until = time.monotonic() + seconds
    while True:
        answer = user.send("GET", f"{path}/async/get/{token}")
        if answer.status_code != 202:
            return answer
        assert time.monotonic() < until, answer.text
        time.sleep(0.02)


def job(user: User, path: str, body: Any, status: int = 201) -> Any:
    """Start a job, and the JSON of its outcome, which has this status."""
    answer = wait(user, path, user.post(f"{path}/async/start", body)["token"])
    assert answer.status_code == status, answer.text
    return answer.json()


def transact(user: User, table: str, *changes: Any, status: int = 201, **more: Any) -> Any:
    """Change a table."""
    body = {
        "concreteType": PACKAGE + "TableUpdateTransactionRequest",
        "entityId": table,
        "changes": [{"entityId": table, **each} for each in changes],
        **more,
    }
    return job(user, f"/entity/{table}/table/transaction", body, status)


def rows(
    table: str, columns: Sequence[str], values: Sequence[Sequence[Any]], ids: Sequence[Any] = ()
) -> Any:
    """A change that adds rows, or changes those of these (id, version)."""
    some: list[dict[str, Any]] = [{"values": list(each)} for each in values]
    for row, (row_id, version) in zip(some, ids, strict=False):
        row |= {"rowId": row_id, "versionNumber": version}
    return {
        "concreteType": PACKAGE + "AppendableRowSetRequest",
        "toAppend": {
            "concreteType": PACKAGE + "RowSet",
            "tableId": table,
            "headers": [{"id": each} for each in columns],
            "rows": some,
        },
    }


def partial(table: str, *changes: tuple[int | None, dict[str, Any] | None]) -> Any:
    """A change of single cells."""
    some = [
        {
            "rowId": row,
            "values": cells and [{"key": key, "value": value} for key, value in cells.items()],
        }
        for row, cells in changes
    ]
    return {
        "concreteType": PACKAGE + "AppendableRowSetRequest",
        "toAppend": {"concreteType": PACKAGE + "PartialRowSet", "tableId": table, "rows": some},
    }


def restructure(*changes: tuple[str | None, str | None], order: Sequence[str] | None = None) -> Any:
    """A change of columns."""
    return {
        "concreteType": PACKAGE + "TableSchemaChangeRequest",
        "changes": [{"oldColumnId": old, "newColumnId": new} for old, new in changes],
        "orderedColumnIds": order,
    }


def csv_change(user: User, text: str, name: str = "rows.csv", **more: Any) -> Any:
    """A change that takes over a CSV file."""
    handle = upload(user, text.encode(), fileName=name, contentType="text/csv")
    return {
        "concreteType": PACKAGE + "UploadToTableRequest",
        "uploadFileHandleId": handle,
        **more,
    }


def query(user: User, sql: str, mask: int = 0x1, status: int = 201, **more: Any) -> Any:
    """Query a table; the bundle."""
    found = re.search(r"\bfrom\s+syn(\d+)", sql, re.IGNORECASE) or re.search(r"syn(\d+)", sql)
    assert found is not None, sql
    table = found[1]
    body = {
        "concreteType": PACKAGE + "QueryBundleRequest",
        "entityId": f"syn{table}",
        "query": {"sql": sql, **more},
        "partMask": mask,
    }
    return job(user, f"/entity/syn{table}/table/query", body, status)


def values(user: User, sql: str, **more: Any) -> list[list[str | None]]:
    """The values of the rows of a query."""
    found = query(user, sql, **more)["queryResult"]["queryResults"]["rows"]
    return [row["values"] for row in found]
