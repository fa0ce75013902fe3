"""A real server, on the embedded default and grown up, and users to call it as."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn

from synapse_server.app import Server, running
from synapse_server.auth import passwords
from synapse_server.blobs.dataplane import IDLE_SECONDS
from synapse_server.cli.serve import listen
from synapse_server.kernel.caller import ADMINISTRATORS
from synapse_server.kernel.database import Tx
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.auth import ALL_SCOPES
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.transport import Answer, Transport
from tests.services import fresh_database, postgres, seaweedfs

T = TypeVar("T")

PASSWORD = "correct-Horse-7"
_numbers = itertools.count(1)


class RunningServer:
    """A server in a thread of this process.

    Coverage sees it, which makes it slower, unless told otherwise: the server on SQLite and a
    folder, and each test's own. What is PostgreSQL's and S3's alone is measured in the contracts
    of databases and blobs.
    """

    def __init__(self, settings: Settings, *, is_measured: bool = True) -> None:
        self.settings = settings
        self._is_measured = is_measured
        self.loop = asyncio.new_event_loop()
        self._sock = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._error: BaseException | None = None
        self.app: Server
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(60)
        if self._error is not None:
            raise self._error
        self.hashed = passwords.hash_password(PASSWORD)
        self.transport = Transport("tests/1.0.0")

    def _run(self) -> None:
        if not self._is_measured:
            sys.settrace(None)
        try:
            self.loop.run_until_complete(self._serve())
        except BaseException as error:
            self._error = error
            self._ready.set()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with running(self.settings) as self.app:
            config = uvicorn.Config(
                self.app,
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=IDLE_SECONDS,
            )
            server = uvicorn.Server(config)
            server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            task = asyncio.create_task(server.serve([self._sock]))
            while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
                await asyncio.sleep(0.005)
            self._ready.set()
            await self._stop.wait()
            server.should_exit = True
            await task

    def stop(self) -> None:
        """End it."""
        assert self._stop is not None
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self.loop.close()
        self._sock.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def write(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """A transaction, past all rules."""
        return self.do(self.app.database.write(work))

    def user(self, *, name: str = "", admin: bool = False, certified: bool = False) -> User:
        """A new user who is logged in."""
        name = name or f"user{next(_numbers)}"

        async def create(tx: Tx) -> int:
            id = await users.create_user(
                tx, name, password=self.hashed, email=f"{name}@example.org"
            )
            if admin:
                await principals.add_member(tx, ADMINISTRATORS, id)
            if certified:
                await principals.set_certified(tx, id, True)
            return id

        id = self.write(create)
        return User(self, id, name, self.app.tokens.login_token(id, ALL_SCOPES))

    @property
    def anonymous(self) -> User:
        """Nobody."""
        return User(self, 273950, "anonymous", None)


@dataclass
class User:
    """Somebody who calls the server."""

    server: RunningServer
    id: int
    name: str
    token: str | None
    clients: list[Synapse] = field(default_factory=list)

    def send(
        self, verb: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request, as raw as it comes; ``path`` begins with ``/repo/v1`` or the like."""
        import json

        sent = {"content-type": "application/json", **(headers or {})}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        url = self.server.url + (
            path if path[:6] in ("/repo/", "/auth/", "/file/", "/ga4gh") else "/repo/v1" + path
        )
        return run(self.server.transport.send(verb, url, sent, data, tries=1))

    def get(self, path: str, status: int = 200) -> Any:
        """GET; the JSON of an answer that has this status."""
        return self._json("GET", path, None, status)

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        """POST; likewise."""
        return self._json("POST", path, body, status)

    def put(self, path: str, body: Any = None, status: int = 200) -> Any:
        """PUT; likewise."""
        return self._json("PUT", path, body, status)

    def delete(self, path: str, status: int = 204) -> Any:
        """DELETE; likewise."""
        return self._json("DELETE", path, None, status)

    def _json(self, verb: str, path: str, body: Any, status: int) -> Any:
        answer = self.send(verb, path, body)
        assert answer.status_code == status, f"{verb} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def client(self, folder: Path) -> Synapse:
        """Our client, logged in, with a cache in this folder."""
        syn = Synapse(
            repoEndpoint=self.server.url + "/repo/v1",
            authEndpoint=self.server.url + "/auth/v1",
            fileHandleEndpoint=self.server.url + "/file/v1",
            portalEndpoint=self.server.url,
            cache_root_dir=str(folder / "cache"),
            configPath=str(folder / "no-config"),
            silent=True,
            cache_client=False,
        )
        syn.login(authToken=self.token, silent=True)
        return syn

    def project(self, **fields: Any) -> Any:
        """A new project."""
        made = {"concreteType": "org.sagebionetworks.repo.model.Project", **fields}
        return self.post("/entity", made)

    def folder(self, parent: str, name: str = "folder", **fields: Any) -> Any:
        """A new folder."""
        made = {"concreteType": "org.sagebionetworks.repo.model.Folder", "parentId": parent}
        return self.post("/entity", {**made, "name": name, **fields})

    def external(self, url: str = "https://example.org/data.csv", **fields: Any) -> str:
        """A new file handle of an external URL; its id."""
        made = {
            "concreteType": "org.sagebionetworks.repo.model.file.ExternalFileHandle",
            "externalURL": url,
            **fields,
        }
        return str(self.post("/file/v1/externalFileHandle", made, 200)["id"])

    def file(self, parent: str, name: str = "file.csv", **fields: Any) -> Any:
        """A new file with an external URL."""
        made = {
            "concreteType": "org.sagebionetworks.repo.model.FileEntity",
            "parentId": parent,
            "name": name,
            "dataFileHandleId": fields.pop("handle", None) or self.external(),
        }
        return self.post("/entity", {**made, **fields})

    def share(self, entity: str, principal: int, *access: str) -> None:
        """Give a principal these kinds of access, and nothing else, by the entity's own ACL."""
        acl = self.send("GET", f"/entity/{entity}/acl")
        if acl.status_code == 200:
            found = acl.json()
            verb = self.put
        else:
            benefactor = self.get(f"/entity/{entity}/benefactor")["id"]
            found = self.get(f"/entity/{benefactor}/acl")
            verb = lambda path, body: self.post(path, body)  # noqa: E731
        entries = [each for each in found["resourceAccess"] if each["principalId"] != principal]
        if access:
            entries.append({"principalId": principal, "accessType": list(access)})
        verb(f"/entity/{entity}/acl", {**found, "id": entity, "resourceAccess": entries})


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 server with a bucket."""
    with seaweedfs("tests") as url:
        yield url


@pytest.fixture(scope="session", params=["embedded", "scaled"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server on SQLite and a folder, and one on PostgreSQL and S3."""
    folder = str(tmp_path_factory.mktemp(f"server-{request.param}"))
    settings = Settings(data=folder)
    if request.param == "scaled":
        url = asyncio.run(fresh_database(request.getfixturevalue("postgres_url")))
        settings = Settings(data=folder, database=url, blobs=request.getfixturevalue("s3_url"))
    found = RunningServer(settings, is_measured=request.param == "embedded")
    yield found
    found.stop()


@pytest.fixture
def alice(server: RunningServer) -> User:
    """A user."""
    return server.user()


@pytest.fixture
def bob(server: RunningServer) -> User:
    """Another user."""
    return server.user()


@pytest.fixture
def admin(server: RunningServer) -> User:
    """An administrator."""
    return server.user(admin=True)
