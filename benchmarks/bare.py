"""The peer of our server: a bare ASGI route on the same uvicorn that does the same SQL.

It has our server answer the request once, writes down every statement, and from then on
answers by executing just these, with the bytes of that one answer: no routes, no caller, no
rules, no JSON. New rows get ids, names and etags of their own. Writes go through the same
writer with group commit, because the fsync would hide all else.

Usage: ``python -m benchmarks.bare DATA REQUEST_AS_JSON``
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from synapse_server import app as server_app
from synapse_server.cli.serve import listen
from synapse_server.kernel import sqlite
from synapse_server.kernel.database import Row, Tx, Value
from synapse_server.settings import Settings

Statement = tuple[str, tuple[Value, ...]]
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


class Recorder(sqlite.SQLiteTx):
    """Writes down what is executed."""

    statements: list[Statement] = []  # noqa: RUF012  all transactions write into one list

    async def one(self, sql: str, *values: Value) -> Row | None:
        self.statements.append((sql, values))
        return await super().one(sql, *values)

    async def all(self, sql: str, *values: Value) -> Sequence[Row]:
        self.statements.append((sql, values))
        return await super().all(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        self.statements.append((sql, values))
        return await super().run(sql, *values)

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self.statements += [(sql, tuple(row)) for row in rows]
        await super().many(sql, rows)


async def record(settings: Settings, request: dict[str, Any]) -> tuple[list[Statement], int, bytes]:
    """The statements, status and body of our server's answer."""
    database = await server_app.open_database(settings)
    tokens = await server_app.open_tokens(database, settings)
    blobs = await server_app.open_store(settings, database, "http://127.0.0.1:1")
    server = server_app.put_together(settings, database, blobs, tokens)
    sent: list[dict[str, Any]] = []
    body = request["body"].replace("{n}", str(time.time_ns())).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [
        (name.lower().encode(), value.encode()) for name, value in request["headers"].items()
    ]
    scope = {"type": "http", "method": request["method"], "path": request["path"]}
    usual = sqlite.SQLiteTx
    for again in (False, True):  # what is remembered from the first request is not read again
        Recorder.statements.clear()
        if again:
            body = request["body"].replace("{n}", str(time.time_ns())).encode()
        sent.clear()
        sqlite.SQLiteTx = Recorder  # type: ignore[misc]
        await server({**scope, "headers": headers, "query_string": b""}, receive, send)
    sqlite.SQLiteTx = usual  # type: ignore[misc]
    await database.close()
    return Recorder.statements, sent[0]["status"], sent[1]["body"]


class Bare:
    """Does the statements of a request again."""

    def __init__(self, path: Path, statements: list[Statement], status: int, body: bytes) -> None:
        self.database = sqlite.SQLite(path)
        self.statements = statements
        self.writes = any(sql.lstrip()[:6].upper() in ("INSERT", "UPDATE") for sql, _ in statements)
        self.body = body
        self.start = {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
        self.end = {"type": "http.response.body", "body": body}
        self.numbers = itertools.count(1)
        made = json.loads(body) if self.writes else {}
        self.id = int(made["id"].removeprefix("syn")) if made else None
        self.name = made.get("name")

    def anew(self, value: Value, number: int, etag: str) -> Value:
        """What takes the place of a recorded value in a new row."""
        if self.id is not None and value in (self.id, str(self.id)):
            return self.id + number
        if isinstance(value, str):
            if value == self.name:
                return f"{value}-{number}"
            if _UUID.match(value):
                return etag
        return value

    async def again(self, tx: Tx) -> None:
        """All statements in one transaction."""
        if self.writes:
            number, etag = next(self.numbers), str(uuid.uuid4())
            for sql, values in self.statements:
                await tx.all(sql, *[self.anew(value, number, etag) for value in values])
        else:
            for sql, values in self.statements:
                await tx.all(sql, *values)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] != "GET":
            await receive()
        await (self.database.write if self.writes else self.database.read)(self.again)
        await send(self.start)
        await send(self.end)


async def main(data: str, request: dict[str, Any]) -> None:
    """Record, then serve."""
    settings = Settings(data=data)
    statements, status, body = await record(settings, request)
    if status >= 300:
        raise SystemExit(f"{status} {body.decode()}")
    app = Bare(settings.folder / "synapse.db", statements, status, body)
    sock = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    print(f"ready at http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
    await uvicorn.Server(config).serve([sock])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], json.loads(sys.argv[2])))
