"""Asynchronous jobs: rows of a table, worked on by whichever process takes them.

A job is enqueued in the transaction that asks for it. A process leases it, renews the lease
while it works, and commits the outcome only if the lease is still its own: the ``fence``
counts the leases. So a job of a process that died is done again by another, and what a job
changes is changed once, in the same transaction that completes it.

A process does a few jobs at once. One that prepares something for long (see ``preparing``) does not
count among them, so that a few such jobs do not hold up everybody's small ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

import msgspec

from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Database, Row, Tx, Work, marks, scalar
from synapse_server.kernel.serving import Pending
from synapse_wire.base import Wire, iso
from synapse_wire.errors import ApiError, BadRequest, Forbidden, NotFound, NotImplementedYet
from synapse_wire.jobs import AsynchronousJobStatus

R = TypeVar("R")
B = TypeVar("B", bound=Wire)

log = logging.getLogger("synapse.jobs")

_LEASE = 30_000
_POLL_SECONDS = 2.0
_MOST_LEASES = 5
_KEPT = 30 * 24 * 3600 * 1000
_MOST_MESSAGE = 3000
_PATIENCE = 0.2
"""Seconds that a job may prepare something before another is begun beside it."""
_MOST_APART = 32
"""Jobs at most that prepare something and are not counted among those that are done at once."""


@dataclass(slots=True)
class Job:
    """A job as the one who does it sees it."""

    id: int
    caller: Caller
    body: Any
    db: Database
    _services: Mapping[type, Any]
    _fence: int

    def need(self, kind: type[R]) -> R:
        """The one object of this class that the application was put together with."""
        return cast(R, self._services[kind])

    async def progress(self, current: int, total: int, message: str = "") -> None:
        """Tell the caller how far it is."""

        async def note(tx: Tx) -> None:
            await tx.run(
                "UPDATE job SET progress_current = ?, progress_total = ?, progress_message = ?,"
                " changed_on = ? WHERE id = ? AND fence = ?",
                current,
                total,
                message[:_MOST_MESSAGE],
                now(),
                self.id,
                self._fence,
            )

        await self.db.write(note)


Worker = Callable[[Job], Awaitable[Work[Wire]]]
"""Does all that takes long, then answers the last step: a transaction that makes the change
and answers the response."""


class Found:
    """The last step of a job that only reads: what it has found.

    Who asked has it before it is kept. Should it be lost with the process, it is found again.
    """

    def __init__(self, response: Wire) -> None:
        self.response = response

    async def __call__(self, tx: Tx) -> Wire:
        """Nothing is changed."""
        return self.response


Standing = Callable[[Tx, int], Coroutine[Any, Any, Caller]]
"""What a user may do now. Raises ``Forbidden`` for one who may not do anything any more."""


class Workers:
    """The workers of a domain, by the type of the request."""

    def __init__(self) -> None:
        self.workers: dict[type[Wire], Worker] = {}

    def does(self, request: type[Wire]) -> Callable[[Worker], Worker]:
        """Bind a worker."""

        def bind(worker: Worker) -> Worker:
            self.workers[request] = worker
            return worker

        return bind


_doing: ContextVar[Jobs | None] = ContextVar("doing", default=None)
"""Whose job this is, while it counts."""


@contextlib.asynccontextmanager
async def preparing() -> AsyncIterator[None]:
    """Around what a job prepares before its own work, and what may last, as an index that is built.

    If it lasts, the job does not count any more among those that are done at once, and another may
    begin. In the end it counts again, and goes on without waiting: others may wait for what it
    holds. Outside of jobs, this does nothing.
    """
    jobs = _doing.get()
    if jobs is None:
        yield
        return
    is_apart = False

    def put_apart() -> None:
        nonlocal is_apart
        is_apart = jobs.put_apart()

    timer = asyncio.get_running_loop().call_later(_PATIENCE, put_apart)
    token = _doing.set(None)
    try:
        yield
    finally:
        _doing.reset(token)
        timer.cancel()
        if is_apart:
            jobs.take_back()


class Jobs:
    """The table of jobs, and the work on it in this process."""

    def __init__(
        self,
        db: Database,
        workers: Iterable[Workers],
        standing: Standing,
        services: Mapping[type, Any],
        *,
        at_once: int = 4,
    ) -> None:
        self._db = db
        self._services = services
        self._standing = standing
        self._at_once = at_once
        self._wake = asyncio.Event()
        self._is_running = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._counted = 0
        """Jobs under way that count among those that are done at once."""
        self._apart = 0
        """Those that do not."""
        self._found: dict[int, Wire] = {}
        """What jobs of this process have found and not kept yet, by their ids."""
        self._told = asyncio.Event()
        """Set when a job of this process has found something or ends, and then replaced."""
        self._workers = {
            _name(request): (request, worker)
            for group in workers
            for request, worker in group.workers.items()
        }

    # -------------------------------------------------------------- asked by callers

    async def start(self, tx: Tx, caller: Caller, body: Wire) -> int:
        """Enqueue a job, to be done once the transaction is committed; its id."""
        caller.require_sign_in()
        id = int(await scalar(tx, tx.dialect.next_id("job")))
        moment = now()
        # Who has time for it leases it in the same transaction, which saves one.
        is_leased = self._has_time
        row: dict[str, Any] = {
            "id": id,
            "user_id": caller.id,
            "kind": _name(type(body)),
            "request": msgspec.json.encode(body).decode(),
            "etag": new_etag(),
            "started_on": moment,
            "changed_on": moment,
            "lease_until": moment + _LEASE if is_leased else 0,
            "fence": int(is_leased),
        }
        await tx.run(
            f"INSERT INTO job (state, {', '.join(row)})"
            f" VALUES ('PROCESSING', {', '.join('?' * len(row))})",
            *row.values(),
        )
        tx.after_commit(partial(self._begin_leased, row) if is_leased else self._look)
        return id

    async def start_any(self, tx: Tx, caller: Caller, body: dict[str, Any]) -> int:
        """Enqueue a job of the kind that the body names."""
        kind = body.get("concreteType")
        if not isinstance(kind, str):
            raise BadRequest("The body has no concreteType, which says what job to start.")
        if kind not in self._workers and not kind.startswith("org.sagebionetworks."):
            raise BadRequest(f"{kind!r} is not the name of a job.")
        if kind not in self._workers:
            raise NotImplementedYet(f"{kind} is not a job that this server does yet.")
        try:
            request = msgspec.convert(body, self._workers[kind][0])
        except msgspec.ValidationError as error:
            raise BadRequest(f"The body is not as expected: {error}") from None
        return await self.start(tx, caller, request)

    async def status(self, tx: Tx, caller: Caller, id: str) -> AsynchronousJobStatus:
        """How far a job is, for who started it."""
        row = await _own(tx, caller, id)
        found = self._found.get(row["id"])
        if found is not None:
            response = msgspec.json.encode(found).decode()
            row = {**dict(row), "state": "COMPLETE", "response": response}
        return _status(row)

    async def outcome(self, tx: Tx, caller: Caller, id: str, response: type[B]) -> B:
        """What came of a job.

        Raises:
            Pending: It is not done.
            BadRequest: It failed, with the reason; or it is a job of another kind.
        """
        row = await _own(tx, caller, id)
        if row["state"] == "PROCESSING":
            found = self._found.get(row["id"])
            if isinstance(found, response):
                return found
            raise Pending(msgspec.json.encode(_status(row)), self._change)
        if row["state"] == "FAILED":
            raise BadRequest(row["error"])
        try:
            return msgspec.json.decode(row["response"], type=response)
        except msgspec.ValidationError:
            raise BadRequest(f"The job {id} is a {row['kind']}; ask for it there.") from None

    async def cancel(self, tx: Tx, caller: Caller, id: str) -> None:
        """Ask a job to stop."""
        row = await _own(tx, caller, id)
        await tx.run("UPDATE job SET cancel = 1 WHERE id = ?", row["id"])

    # -------------------------------------------------------------- done here

    async def _look(self) -> None:
        self._wake.set()

    @property
    def _has_time(self) -> bool:
        return self._is_running and self._counted < self._at_once

    async def _begin_leased(self, row: Row) -> None:
        if self._has_time:
            self._begin(row)
        else:  # others came before it: whoever has time first does it
            await self._set(row, "lease_until = 0, fence = 0")
            self._wake.set()

    def _begin(self, row: Row) -> None:
        self._counted += 1
        task = asyncio.create_task(self._do_one(row))
        self._under_way.add(task)
        task.add_done_callback(self._count_out)

    async def _change(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()

    async def take_over(self) -> None:
        """Begin at once what another process had begun that is no more.

        NOTE: this process is the only one on the database.
        """
        sql = "UPDATE job SET lease_until = 0 WHERE state = 'PROCESSING'"
        await self._db.write(lambda tx: tx.run(sql))

    async def run(self) -> None:
        """Do jobs until cancelled; what is under way then is left to whoever comes next."""
        self._is_running = True
        try:
            while True:
                self._wake.clear()  # before the look: what wakes it meanwhile is not lost
                try:
                    for row in await self._lease(self._at_once - self._counted):
                        self._begin(row)
                except Exception:
                    log.exception("The table of jobs could not be worked on; it is tried again")
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._wake.wait()
        finally:
            self._is_running = False
            left = list(self._under_way)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

    async def _do_one(self, row: Row) -> None:
        try:
            await self._do(row)
        except Exception:
            log.exception("What came of job %d could not be kept; it is done again", row["id"])
            await asyncio.sleep(_POLL_SECONDS)

    def _count_out(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._counted -= 1
        self._wake.set()
        self._tell()

    def _tell(self) -> None:
        self._told.set()
        self._told = asyncio.Event()

    def put_apart(self) -> bool:
        """Let a job not count any more, if not too many do not."""
        if self._apart == _MOST_APART:
            return False
        self._apart += 1
        self._counted -= 1
        self._wake.set()
        return True

    def take_back(self) -> None:
        """Let a job count again."""
        self._apart -= 1
        self._counted += 1

    async def _lease(self, most: int) -> list[Row]:
        """The oldest jobs that are due, at most so many."""
        # A kind that this process does not know is left to those that do.
        due = (
            "SELECT id FROM job WHERE state = 'PROCESSING' AND lease_until < ?"
            f" AND kind IN {marks(len(self._workers))}"
        )
        if most <= 0:
            return []
        if await self._db.read(lambda tx: tx.one(f"{due} LIMIT 1", now(), *self._workers)) is None:
            return []

        async def lease(tx: Tx) -> list[Row]:
            found: list[Row] = []
            oldest = f"{due} ORDER BY id LIMIT 1{tx.dialect.skip_locked()}"
            sql = (
                f"UPDATE job SET lease_until = ?, fence = fence + 1 WHERE id = ({oldest})"
                " RETURNING *"
            )
            while len(found) < most:
                row = await tx.one(sql, now() + _LEASE, now(), *self._workers)
                if row is None:
                    break
                found.append(row)
            return found

        return await self._db.write(lease)

    async def _do(self, row: Row) -> None:
        task = asyncio.create_task(self._attempt(row))
        try:
            while not (await asyncio.wait([task], timeout=_LEASE / 3000))[0]:
                if not await self._renew(row):
                    task.cancel()
            await task
        except asyncio.CancelledError:
            if not task.done():  # this process ends: another may go on at once
                task.cancel()
                await asyncio.wait([task])
                await self._set(row, "lease_until = 0")
                raise
            await self._set(
                row,
                "state = 'FAILED', exception = 'Canceled', error = 'The job was canceled.'"
                ", cancel = 0",
                only="cancel = 1",
            )
        except ApiError as error:
            await self._fail(row, type(error).__name__, error.reason)
        except Exception as error:
            log.exception("Job %d failed", row["id"])
            reason = (
                f"The server failed ({type(error).__name__}). Its log has more: job {row['id']}."
            )
            await self._fail(row, type(error).__name__, reason)

    async def _attempt(self, row: Row) -> None:
        if row["fence"] > _MOST_LEASES:
            raise BadRequest(f"The job was begun {_MOST_LEASES} times and never came to an end.")
        request, worker = self._workers[row["kind"]]
        caller = await self._db.read(lambda tx: self._standing(tx, row["user_id"]))
        body = msgspec.json.decode(row["request"], type=request)
        job = Job(row["id"], caller, body, self._db, self._services, row["fence"])
        _doing.set(self)
        last_step = await worker(job)
        if isinstance(last_step, Found):
            self._found[row["id"]] = last_step.response
            self._tell()

        async def finish(tx: Tx) -> None:
            lock = tx.dialect.lock_row()
            sql = f"SELECT fence FROM job WHERE id = ? AND state = 'PROCESSING'{lock}"
            if await scalar(tx, sql, row["id"]) != row["fence"]:
                return  # somebody else has it now
            response = await last_step(tx)
            await tx.run(
                "UPDATE job SET state = 'COMPLETE', response = ?, etag = ?, changed_on = ?"
                " WHERE id = ?",
                msgspec.json.encode(response).decode(),
                new_etag(),
                now(),
                row["id"],
            )

        try:
            await self._db.write(finish)
        finally:
            self._found.pop(row["id"], None)

    async def _renew(self, row: Row) -> bool:
        """Keep the lease; False when it is lost or the job is to stop."""
        return await self._set(row, f"lease_until = {now() + _LEASE}", only="cancel = 0")

    async def _fail(self, row: Row, exception: str, reason: str) -> None:
        await self._set(row, "state = 'FAILED', exception = ?, error = ?", exception, reason)

    async def _set(self, row: Row, what: str, *values: str, only: str = "1 = 1") -> bool:
        sql = (
            f"UPDATE job SET {what}, etag = ?, changed_on = ?"
            f" WHERE id = ? AND fence = ? AND state = 'PROCESSING' AND {only}"
        )
        given = (*values, new_etag(), now(), row["id"], row["fence"])
        return await self._db.write(lambda tx: tx.run(sql, *given)) == 1

    async def forget_old(self) -> None:
        """Drop what ended long ago."""
        sql = "DELETE FROM job WHERE state <> 'PROCESSING' AND changed_on < ?"
        await self._db.write(lambda tx: tx.run(sql, now() - _KEPT))


def _name(request: type[Wire]) -> str:
    return str(request.__struct_config__.tag)


async def _own(tx: Tx, caller: Caller, id: str) -> Row:
    row = None
    if id.isascii() and id.isdecimal() and len(id) < 19:
        row = await tx.one("SELECT * FROM job WHERE id = ?", int(id))
    if row is None:
        raise NotFound(f"There is no job {id!r}; jobs are forgotten 30 days after their end.")
    if row["user_id"] != caller.id and not caller.is_admin:
        raise Forbidden("Only the user that created a job can access the job's status.")
    return row


def _status(row: Row) -> AsynchronousJobStatus:
    return AsynchronousJobStatus(
        job_state=row["state"],
        job_id=str(row["id"]),
        job_canceling=bool(row["cancel"]),
        request_body=msgspec.Raw(row["request"].encode()),
        response_body=None if row["response"] is None else msgspec.Raw(row["response"].encode()),
        etag=row["etag"],
        started_by_user_id=row["user_id"],
        started_on=iso(row["started_on"]),
        changed_on=iso(row["changed_on"]),
        progress_message=row["progress_message"],
        progress_current=row["progress_current"],
        progress_total=row["progress_total"],
        exception=row["exception"],
        error_message=row["error"],
        runtime_ms=row["changed_on"] - row["started_on"],
    )
