"""Put a server together: settings, database, blobs, keys, domains, and the ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import string
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synapse_server.access.service import Policy
from synapse_server.auth import passwords
from synapse_server.auth import routes as auth
from synapse_server.auth import service as auth_rules
from synapse_server.auth.notices import Post
from synapse_server.auth.tokens import Tokens
from synapse_server.blobs.base import BlobStore
from synapse_server.blobs.dataplane import DataPlane
from synapse_server.blobs.local import LocalStore
from synapse_server.bulk import routes as bulk
from synapse_server.bulk import service as bulk_rules
from synapse_server.certification import routes as certification
from synapse_server.challenges import routes as challenges
from synapse_server.discussions import routes as discussions
from synapse_server.discussions import service as discussion_rules
from synapse_server.entities import many_store
from synapse_server.entities import routes as entities
from synapse_server.entities import service as entity_rules
from synapse_server.evaluations import routes as evaluations
from synapse_server.files import archive, restoring
from synapse_server.files import routes as files
from synapse_server.files import service as file_rules
from synapse_server.governance import approvals
from synapse_server.governance import routes as governance
from synapse_server.kernel import beside
from synapse_server.kernel import secrets as kernel_secrets
from synapse_server.kernel.caller import ADMINISTRATORS
from synapse_server.kernel.database import Database, Tx
from synapse_server.kernel.jobs import Jobs
from synapse_server.kernel.mail import Mail
from synapse_server.kernel.metrics import Metrics
from synapse_server.kernel.migrations import upgrade_postgres, upgrade_sqlite
from synapse_server.kernel.scratch import Scratch
from synapse_server.kernel.serving import Api, Routes, Scope
from synapse_server.kernel.sqlite import SQLite
from synapse_server.messages import routes as messages
from synapse_server.provenance import routes as provenance
from synapse_server.search import routes as search
from synapse_server.search.service import Search
from synapse_server.settings import Settings
from synapse_server.subscriptions import routes as subscriptions
from synapse_server.system import routes as system
from synapse_server.tables import jobs as table_jobs
from synapse_server.tables import routes as tables
from synapse_server.tables import store as table_store
from synapse_server.tables.index import Indexes
from synapse_server.teams import routes as teams
from synapse_server.teams import service as team_rules
from synapse_server.users import routes as users
from synapse_server.users import service as user_rules
from synapse_server.users import store as principals
from synapse_server.views import routes as views
from synapse_server.views import store as view_store
from synapse_server.views import suggestions
from synapse_server.web.serving import Web
from synapse_server.wiki import owners as wiki_owners
from synapse_server.wiki import routes as wiki
from synapse_server.wiki import service as wiki_rules
from synapse_wire.errors import Unavailable

log = logging.getLogger("synapse")

ROUTES: tuple[Routes, ...] = (
    auth.routes,
    bulk.routes,
    certification.routes,
    challenges.routes,
    discussions.routes,
    entities.routes,
    evaluations.routes,
    files.routes,
    governance.routes,
    messages.routes,
    provenance.routes,
    search.routes,
    subscriptions.routes,
    system.routes,
    tables.routes,
    teams.routes,
    users.routes,
    views.routes,
    wiki.routes,
)
WORKERS = (archive.workers, restoring.workers, table_jobs.workers, suggestions.workers)
GONE: tuple[entity_rules.Gone, ...] = (
    lambda tx, ids: wiki_rules.delete_all(tx, wiki_owners.ENTITY, ids),
    discussion_rules.forget,
    table_store.forget,
    view_store.forget,
)
"""What goes with entities that are removed for good."""
_API = ("/repo/", "/auth/", "/file/", "/docker/", "/ga4gh/", "/dockerRegistryListener/")
_OPERATIONS = ("/health/live", "/health/ready", "/metrics")
_SWEEP_SECONDS = 60
_WATCH_SECONDS = 1
ADMIN = "admin"


async def open_database(settings: Settings) -> Database:
    """Open the database, at the present schema and with everything that must be in it."""
    database: Database
    if settings.database:
        from synapse_server.kernel.postgres import Postgres  # late: an extra may be missing

        await upgrade_postgres(settings.database)
        database = await Postgres.open(settings.database, connections=settings.database_connections)
    else:
        path = settings.folder / "synapse.db"
        _make_private(path)
        upgrade_sqlite(path)
        database = SQLite(path)
    await database.write(lambda tx: _bootstrap(tx, settings))
    return database


def _make_private(path: Path) -> None:
    """Make an empty database file that only its owner can read: it will hold keys and hashes.

    SQLite gives the files beside it the permissions of the database itself.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


async def _bootstrap(tx: Tx, settings: Settings) -> None:
    await tx.one(tx.dialect.alone())  # several servers may start on a new database at once
    if mend := tx.dialect.mend_moments():
        await tx.run(mend)
    if await principals.find(tx, user_rules.MIGRATION_ADMIN) is not None:
        return
    await user_rules.bootstrap(tx)
    await team_rules.bootstrap(tx)
    await entity_rules.bootstrap(tx, user_rules.MIGRATION_ADMIN)
    await entity_rules.number_from(tx, settings.first_entity_id)


async def open_tokens(database: Database, settings: Settings) -> Tokens:
    """The keys of this server, made at the first start."""

    async def obtain(tx: Tx) -> tuple[str, str]:
        return (
            await kernel_secrets.obtain(tx, "access token key", Tokens.new_private_key),
            await kernel_secrets.obtain(tx, "signed token key", kernel_secrets.random_key),
        )

    private_key, mac_key = await database.write(obtain)
    issuer = (settings.public_url or "http://localhost") + "/auth/v1"
    return Tokens(private_key, mac_key, issuer, settings.access_token_hours)


async def blob_key(database: Database) -> bytes:
    """The key of signed URLs."""
    text = await database.write(
        lambda tx: kernel_secrets.obtain(tx, "blob url key", kernel_secrets.random_key)
    )
    return bytes.fromhex(text)


async def create_admin(database: Database) -> str | None:
    """Make the first administrator; their password, or None when there is one already."""
    alphabet = string.ascii_letters + string.digits
    password = "".join(secrets.choice(alphabet) for _ in range(17)) + "-7a"
    hashed = passwords.hash_password(password)

    async def create(tx: Tx) -> bool:
        await tx.one(tx.dialect.alone())
        if await principals.owner_of(tx, ADMIN) is not None:
            return False
        id = await user_rules.create_user(tx, ADMIN, password=hashed)
        await principals.add_member(tx, ADMINISTRATORS, id)
        await principals.set_certified(tx, id, True)
        return True

    return password if await database.write(create) else None


@dataclass
class Server:
    """A server that is put together; an ASGI application."""

    settings: Settings
    database: Database
    blobs: BlobStore
    tokens: Tokens
    api: Api
    metrics: Metrics
    jobs: Jobs
    mail: Mail
    scratch: Scratch
    indexes: Indexes
    search: Search
    web: Web

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.startswith(_API):
            await self.api(scope, receive, send)
        elif path in _OPERATIONS:
            await self._operate(path, send)
        else:
            await self.web(scope, send)

    async def _operate(self, path: str, send: Any) -> None:
        """Answer operators: is it alive, is it ready, how is it doing."""
        status, kind, body = 200, b"text/plain;charset=UTF-8", b"ok\n"
        if path == "/health/ready":
            try:
                await self.database.read(lambda tx: tx.one("SELECT 1"))
            except Exception as error:
                status, body = 503, f"The database does not answer: {error}\n".encode()
        elif path == "/metrics":
            kind, body = self.metrics.render()
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def watch(self, plane: DataPlane) -> None:
        """Start the data plane again when it has died."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            try:
                if await asyncio.to_thread(plane.revive):
                    log.error("The data plane had died, and was started again")
            except OSError:
                log.exception("The data plane does not start; it is tried again")

    async def sweep(self) -> None:
        """Empty the trash can, give up old uploads and forget what is left over, again and again."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                await self.sweep_once()
            except Exception:
                log.exception("The sweep of trash and uploads failed; it is tried again")

    async def sweep_once(self) -> None:
        """One round of it."""
        days = self.settings.trash_days
        while await self.database.write(lambda tx: entity_rules.sweep_trash(tx, days, GONE)):
            pass
        await file_rules.sweep_uploads(self.database, self.blobs)
        await bulk_rules.sweep(self.database, self.blobs)
        await self.indexes.sweep(
            lambda numbers: self.database.read(lambda tx: many_store.existing(tx, numbers))
        )
        await self.jobs.forget_old()
        await _note_seen(self.settings, self.database)
        await self.database.write(lambda tx: auth_rules.sweep_failures(tx))
        post = Post(self.mail, self.tokens, self.settings)
        while await self.database.write(
            lambda tx: approvals.sweep(tx, post, user_rules.MIGRATION_ADMIN)
        ):
            pass


async def _note_seen(settings: Settings, database: Database) -> None:
    if not settings.database:
        await database.write(lambda tx: beside.note(tx, settings.folder.resolve()))


def put_together(
    settings: Settings, database: Database, blobs: BlobStore, tokens: Tokens
) -> Server:
    """Wire the parts to the domains."""
    metrics = Metrics()
    mail = Mail(settings.smtp, settings.mail_from)
    policy = Policy(require_certification=settings.require_certification)
    services: dict[type, Any] = {
        Settings: settings,
        Tokens: tokens,
        Mail: mail,
        Policy: policy,
        BlobStore: blobs,
    }
    # A file of an index belongs to one process; beside SQLite there is but one.
    own = None if settings.database else settings.folder.resolve()
    scratch = Scratch(own / "scratch" if own else Path(tempfile.gettempdir()))
    services[Scratch] = scratch
    indexes = Indexes(own and own / "tables", scratch, database, blobs)
    services[Indexes] = indexes
    found = Search(own and own / "search", scratch, database, blobs)
    services[Search] = found
    jobs = Jobs(database, WORKERS, auth_rules.caller_of, services)
    services[Jobs] = jobs
    api = Api(
        ROUTES,
        database,
        auth_rules.identify,
        services,
        max_body=settings.max_body_bytes,
        required_terms=settings.terms_version if settings.require_terms else None,
        later_types=entity_rules.LATER_TYPES,
        observe=metrics.observe,
    )
    services[Api] = api
    web = Web(settings, database, blobs, policy)
    return Server(
        settings, database, blobs, tokens, api, metrics, jobs, mail, scratch, indexes, found, web
    )


async def open_store(settings: Settings, database: Database, address: str) -> BlobStore:
    """The blob store; ``address`` is where callers reach the data plane of a local one."""
    if not settings.blobs:
        return LocalStore(settings.folder.resolve(), await blob_key(database), address)
    if not settings.blobs.startswith("s3://"):
        raise Unavailable(f"Blobs can be in s3://bucket/prefix, not in {settings.blobs!r}.")
    from synapse_server.blobs.s3 import S3Store  # late: an extra may be missing

    return S3Store.open(settings.blobs)


async def start_data_plane(settings: Settings, database: Database) -> DataPlane | None:
    """The process that sends and receives the bytes of a local store."""
    if settings.blobs:
        return None
    return DataPlane(
        settings.folder.resolve(),
        await blob_key(database),
        settings.host,
        settings.blob_port,
        settings.accel_redirect,
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Server]:
    """A server with its data plane, sweeper and jobs, until the block ends."""
    database = await open_database(settings)
    if not settings.database:
        await database.write(lambda tx: beside.check(tx, settings.folder.resolve()))
    tokens = await open_tokens(database, settings)
    plane = await start_data_plane(settings, database)
    address = settings.public_blob_url.rstrip("/")
    if plane is not None and not address:
        # Who listens everywhere has no name of its own: URLs name what the caller has called.
        host = "{host}" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
        address = f"http://{host}:{plane.port}"
    blobs = await open_store(settings, database, address)
    server = put_together(settings, database, blobs, tokens)
    if not settings.database:
        await server.jobs.take_over()
    background = [asyncio.create_task(server.sweep()), asyncio.create_task(server.jobs.run())]
    if plane is not None:
        background.append(asyncio.create_task(server.watch(plane)))
    try:
        yield server
    finally:
        for task in background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if plane is not None:
            await asyncio.to_thread(plane.stop)
        await server.indexes.close()
        await server.search.close()
        await asyncio.to_thread(server.scratch.close)
        await _note_seen(settings, database)
        await blobs.close()
        await database.close()
