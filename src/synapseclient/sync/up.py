"""A tree goes up: what Synapse has already is left, the rest is sent, many files at once.

Where the server has the extension ``bulk``, small files take one request each, and hundreds of
entities with their annotations and provenance are committed in one. What the server has is the
only memory: an interrupted run is gone on with from anywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire import provenance as provenance_wire
from synapse_wire.annotations import AnnotationValue
from synapse_wire.system import Extension
from synapseclient.annotations import from_wire, to_wire
from synapseclient.core.exceptions import (
    SynapseError,
    SynapseHTTPError,
)
from synapseclient.core.inline import Inline
from synapseclient.core.progress import Progress
from synapseclient.core.utils import as_url, is_synapse_id_str, is_url, md5_of_file
from synapseclient.sync import commits
from synapseclient.sync.check import Plan, local_path, name_of
from synapseclient.sync.down import Failure, Synced
from synapseclient.sync.manifest import Row
from synapseclient.transfer.upload import Stamp, guess_type, stamp_of, upload_file

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_AT_ONCE = 16
_HASHERS = 4
_TRIES = 6
_MOST_MEMORY = 4 * bulk.MOST_BYTES


async def store_rows(
    syn: Synapse,
    plan: Plan,
    *,
    merge_annotations: bool = True,
    associate_activity_to_new_version: bool = False,
) -> Synced:
    """Send what is new or has changed.

    Args:
        syn: A client.
        plan: From ``check``.
        merge_annotations: Keep annotations that the manifest does not name.
        associate_activity_to_new_version: A new version without provenance of its own takes
            over that of the version before.

    Returns:
        Where each file is, by the entity's id, and failures; nothing is raised for single files.
    """
    work = _Storing(syn, plan, merge_annotations, associate_activity_to_new_version)
    return await work.run()


_Compared = tuple[Stamp | None, str | None, bool] | OSError
"""What a file was, its MD5 if it had to be known, and whether Synapse has its bytes."""


@dataclass(slots=True)
class _Change:
    """What is to be done about one row."""

    number: int
    row: Row
    stamp: Stamp | None
    """What the file was when its MD5 was computed."""
    md5: str | None
    content: bulk.Content | None
    annotations: dict[str, AnnotationValue] | None
    activity: provenance_wire.Activity | None
    upload: bulk.SmallUpload | None = None
    """Where the bytes of a small file go."""


class _Storing:
    """A run under way."""

    def __init__(self, syn: Synapse, plan: Plan, merge: bool, carry_activity: bool) -> None:
        self.syn = syn
        self.plan = plan
        self.merge = merge
        self.carry_activity = carry_activity
        self.result = Synced()
        self._inline = Inline()
        self.ids = dict(plan.known)
        """The entities of local paths, as far as they are known, if rows are made from some."""
        self._wants_ids = any(row.has_activity for row in plan.rows)
        if self._wants_ids:
            self.ids |= {
                plan.rows[number].path: entry.entity.id or ""
                for number, entry in plan.existing.items()
            }

    async def run(self) -> Synced:
        """Store everything."""
        bulky = Extension.BULK in await self.syn.extensions()
        total = sum(self.plan.sizes.values())
        name = f"{len(self.plan.rows)} files"
        with Progress("Uploading", name, total, silent=self.syn.silent) as self.progress:
            count = len(self.plan.rows)
            some = [
                range(at, min(at + commits.AT_ONCE, count))
                for at in range(0, count, commits.AT_ONCE)
            ]
            if bulky:
                await self._store_together(some)
            else:
                for numbers in some:
                    await self._store_each(numbers)
        return self.result

    def _fail(self, row: Row, error: BaseException) -> None:
        self.result.failures.append(Failure(row.path, str(error)))

    def _done(self, row: Row, id: str) -> None:
        self.result.paths[id] = row.path
        if self._wants_ids:
            self.ids[row.path] = id

    # -------------------------------------------------------------- what has changed

    async def _look(self, numbers: Sequence[int]) -> list[_Change]:
        """The changes of some rows; contents are hashed only when nothing else tells."""

        def compare(some: Sequence[int]) -> dict[int, _Compared]:
            found: dict[int, _Compared] = {}
            for number in some:
                path = self.plan.rows[number].path
                try:
                    stamp = None if is_url(path) else stamp_of(path)
                    found[number] = (stamp, *self._compare(number))
                except OSError as error:
                    found[number] = error
            return found

        # A thread has many at once: to hand over each by itself costs more than a small file.
        shares = [numbers[first::_HASHERS] for first in range(_HASHERS)]
        compared: dict[int, _Compared] = {}
        for share in await asyncio.gather(*(asyncio.to_thread(compare, some) for some in shares)):
            compared |= share

        async def look(number: int) -> _Change | None:
            row = self.plan.rows[number]
            existing = self.plan.existing.get(number)
            outcome = compared[number]
            if isinstance(outcome, OSError):
                self._fail(row, outcome)
                return None
            stamp, md5, same = outcome
            annotations = self._annotations(row, existing)
            changed = annotations is not None or not same or existing is None
            changed = changed or _moves(row, existing)
            activity = None
            if row.has_activity and (changed or not self._same_activity(row, existing)):
                activity = self._activity(row)
                changed = True
            if same and existing is not None and not changed:
                self._done(row, existing.entity.id or "")
                del self.plan.existing[number]  # of a million files, not all are kept to the end
                self.progress.resume(self.plan.sizes.get(row.path, 0))
                return None
            content = None if same and existing is not None else bulk.Content()
            return _Change(number, row, stamp, md5, content, annotations, activity)

        found = await asyncio.gather(*(look(number) for number in numbers))
        return [change for change in found if change is not None]

    def _compare(self, number: int) -> tuple[str | None, bool]:
        """The MD5 of a row's file, if it had to be known, and whether Synapse has its bytes."""
        row, existing = self.plan.rows[number], self.plan.existing.get(number)
        handle = existing.file_handle if existing is not None else None
        if _stays_outside(row):
            url = getattr(handle, "external_url", None)
            if is_url(row.path) or url != as_url(row.path):
                return None, url == row.path
            md5 = md5_of_file(row.path)
            return md5, handle is not None and handle.content_md5 == md5
        if handle is not None and handle.content_md5 is not None:
            known = self.syn.cache.md5(handle.id or "0", row.path)
            if known is not None and known == handle.content_md5:
                return known, True
        size = os.path.getsize(row.path)
        if handle is not None and handle.content_md5 is not None and handle.content_size == size:
            md5 = md5_of_file(row.path)
            if md5 == handle.content_md5:
                self.syn.cache.add(handle.id or "0", row.path, md5)
            return md5, md5 == handle.content_md5
        if size <= bulk.MOST_BYTES:
            return md5_of_file(row.path), False
        return None, False

    def _annotations(
        self, row: Row, existing: bulk.TreeEntry | None
    ) -> dict[str, AnnotationValue] | None:
        """The annotations to store, None if they are there already."""
        old = (existing.annotations or {}) if existing is not None else {}
        new = to_wire(row.annotations)
        if self.merge:
            new = {**old, **new}
        if _plain(new) == _plain(old):
            return None
        return new

    def _same_activity(self, row: Row, existing: bulk.TreeEntry | None) -> bool:
        activity = existing.activity if existing is not None else None
        if activity is None:
            return False
        there = {(_target(used), bool(used.was_executed)) for used in activity.used or ()}
        wanted = {
            (self._known(reference), executed)
            for references, executed in ((row.used, False), (row.executed, True))
            for reference in references
        }
        return there == wanted and (row.activity_name or None) == (activity.name or None)

    def _known(self, reference: str) -> str:
        path = local_path(reference)
        if path is None:
            return reference
        return self.ids.get(path, path)

    def _activity(self, row: Row) -> provenance_wire.Activity:
        """Provenance with local paths still in place of ids that the same commit makes."""
        used: list[Any] = []
        for references, executed in ((row.used, False), (row.executed, True)):
            for reference in references:
                if is_url(reference):
                    used.append(
                        provenance_wire.UsedURL(
                            url=reference, name=reference, was_executed=executed
                        )
                    )
                    continue
                used.append(_used_entity(self._known(reference), executed))
        return provenance_wire.Activity(
            name=row.activity_name, description=row.activity_description, used=used
        )

    # -------------------------------------------------------------- all together

    async def _store_together(self, batches: Sequence[range]) -> None:
        """Commit in order; meanwhile the bytes of the next batch are sent, and the one after that
        is prepared."""
        looking = committing = asyncio.ensure_future(_nothing())
        try:
            for batch in (*batches, range(0)):
                changes = await looking
                looking = asyncio.ensure_future(self._prepare(batch))
                ready = await self._send(changes)
                await committing
                committing = asyncio.ensure_future(self._commit_all(ready))
            await committing
        finally:
            looking.cancel()
            committing.cancel()
            await asyncio.gather(looking, committing, return_exceptions=True)  # one error is told

    async def _commit_all(self, changes: list[_Change]) -> list[_Change]:
        for some in commits.chunks(changes, _weight):
            await self._commit(some)
        return changes

    async def _prepare(self, numbers: Sequence[int]) -> list[_Change]:
        """The changes of some rows, and where the bytes of small files go."""
        changes = await self._look(numbers)
        small = []
        for change in changes:
            if change.content is None or change.md5 is None or _stays_outside(change.row):
                continue
            size, _ = change.stamp or (bulk.MOST_BYTES + 1, 0)
            if size <= bulk.MOST_BYTES:
                small.append(change)
        if small:
            await self._place(small)
        return changes

    async def _place(self, small: Sequence[_Change]) -> None:
        """Ask where the bytes of small files go."""
        files = [
            bulk.SmallFile(content_md5=change.md5 or "", content_size=change.stamp[0])
            for change in small
            if change.stamp is not None
        ]
        answer = await self.syn.call(bulk.start_small_uploads, bulk.SmallFilesRequest(files=files))
        for change, upload in zip(small, answer.uploads, strict=True):
            change.upload = upload

    async def _send(self, changes: list[_Change]) -> list[_Change]:
        """Send the bytes; the changes whose bytes are there."""
        await self._send_small([change for change in changes if change.upload is not None])
        gate = asyncio.Semaphore(2)

        async def large(change: _Change) -> None:
            async with gate:
                await self._send_large(change)

        rest = [each for each in changes if each.content is not None and each.upload is None]
        await asyncio.gather(*(large(change) for change in rest))
        failed = {failure.what for failure in self.result.failures}
        return [change for change in changes if change.row.path not in failed]

    async def _send_small(self, changes: list[_Change]) -> None:
        room = _Room(_MOST_MEMORY)
        todo = iter(changes)

        async def work() -> None:
            for change in todo:
                size, _ = change.stamp or (0, 0)
                await room.take(size)
                try:
                    await self._put(change, size)
                except (SynapseError, OSError) as error:
                    self._fail(change.row, error)
                finally:
                    room.give(size)

        await asyncio.gather(*(work() for _ in range(min(_AT_ONCE, len(changes)))))

    async def _put(self, change: _Change, size: int) -> None:
        assert change.content is not None
        change.content.file_name = os.path.basename(change.row.path)
        change.content.content_type = change.row.content_type or guess_type(change.row.path)
        data: bytes | None = None
        for again in reversed(range(_TRIES)):
            assert change.upload is not None
            change.content.upload_id = change.upload.upload_id
            if change.upload.upload_presigned_url is None:
                self.progress.resume(size)
                return
            if data is None:
                data = await self._inline(size, _read, change.row.path)
            answer = await self.syn.transport.send(
                "PUT", change.upload.upload_presigned_url, change.upload.signed_headers, data
            )
            if answer.status_code < 300:
                break
            if answer.status_code != 403 or not again:
                raise SynapseError(
                    f"the server did not take it ({answer.status_code} {answer.reason})."
                    " Did it change just now?"
                )
            await self._place([change])  # its URL expired while others were sent
        if stamp_of(change.row.path) != change.stamp:
            raise SynapseError("it changed during its upload; store it again.")
        self.progress.advance(size)

    async def _send_large(self, change: _Change) -> None:
        assert change.content is not None
        row = change.row
        try:
            if _stays_outside(row):
                handle = await self.syn.upload_file_handle_async(
                    row.path,
                    row.parent,
                    synapseStore=False,
                    mimetype=row.content_type,
                    md5=change.md5,
                )
                change.content.data_file_handle_id = str(handle["id"])
            else:
                uploaded = await upload_file(
                    self.syn, row.path, content_type=row.content_type, md5=change.md5
                )
                change.content.data_file_handle_id = uploaded.file_handle_id
                change.md5, change.stamp = uploaded.md5, uploaded.stamp
                self.progress.advance(os.path.getsize(row.path))
        except (SynapseError, OSError) as error:
            self._fail(row, error)

    async def _commit(self, changes: list[_Change]) -> None:
        def to_wire(some: Sequence[_Change]) -> list[bulk.Change]:
            places = {change.row.path: f"#{place}" for place, change in enumerate(some)}
            return [self._to_wire(change, places) for change in some]

        def done(change: _Change, made: bulk.Committed) -> None:
            self._done(change.row, made.id)
            self._note(change, made)

        def fail(change: _Change, error: SynapseError) -> None:
            lost = self._lost_source(change.row)
            if lost is not None and isinstance(error, SynapseHTTPError) and error.status == 400:
                error = lost
            self._fail(change.row, error)

        await commits.commit(self.syn, changes, to_wire, done, fail)

    def _note(self, change: _Change, made: bulk.Committed) -> None:
        """Note that Synapse has a file, so that it is not hashed again while it is the same."""
        if change.md5 is None or made.data_file_handle_id is None:
            return
        with contextlib.suppress(OSError):  # somebody may have removed it meanwhile
            if stamp_of(change.row.path) == change.stamp:
                self.syn.cache.add(made.data_file_handle_id, change.row.path, change.md5)

    def _lost_source(self, row: Row) -> SynapseError | None:
        """What to say if a file that a row was made from could not be stored."""
        paths = [local_path(each) for each in (*row.used, *row.executed)]
        missing = [path for path in paths if path is not None and path not in self.ids]
        if not missing:
            return None
        return SynapseError(f"it was made from {missing[0]}, which could not be stored.")

    def _resolved(
        self, activity: provenance_wire.Activity | None, places: dict[str, str]
    ) -> provenance_wire.Activity | None:
        """Provenance with ids, or places in the commit, for local paths."""
        if activity is None or activity.used is None:
            return activity
        used: list[Any] = []
        for each in activity.used:
            if isinstance(each, provenance_wire.UsedEntity) and each.reference is not None:
                path = each.reference.target_id or ""
                target = self.ids.get(path) or places.get(path, path)
                reference = msgspec.structs.replace(each.reference, target_id=target)
                each = msgspec.structs.replace(each, reference=reference)
            used.append(each)
        return msgspec.structs.replace(activity, used=used)

    def _to_wire(self, change: _Change, places: dict[str, str]) -> bulk.Change:
        existing = self.plan.existing.get(change.number)
        activity = self._resolved(change.activity, places)
        if existing is None:
            return bulk.Create(
                entity=wire.FileEntity(name=name_of(change.row), parent_id=change.row.parent),
                content=change.content,
                annotations=change.annotations,
                activity=activity,
            )
        if activity is None and self.carry_activity and existing.activity is not None:
            activity = provenance_wire.Activity(id=existing.activity.id)
        row, old = change.row, existing.entity
        return bulk.Update(
            id=old.id or "",
            etag=old.etag,
            name=row.name if row.name != old.name else None,
            parent_id=row.parent if row.parent != old.parent_id else None,
            new_version=row.force_version,
            content=change.content,
            annotations=change.annotations,
            activity=activity,
        )

    # -------------------------------------------------------------- one by one

    async def _store_each(self, numbers: Sequence[int]) -> None:
        """With the official calls: several at once, each after those it was made from."""
        changes = await self._look(numbers)
        gate = asyncio.Semaphore(_AT_ONCE)
        done: dict[str, asyncio.Event] = {change.row.path: asyncio.Event() for change in changes}

        async def store(change: _Change) -> None:
            try:
                for reference in (*change.row.used, *change.row.executed):
                    path = local_path(reference)
                    if path in done:
                        await done[path].wait()
                if (lost := self._lost_source(change.row)) is not None:
                    raise lost
                async with gate:
                    await self._store_one(change)
            except (SynapseError, OSError) as error:
                self._fail(change.row, error)
            finally:
                done[change.row.path].set()

        await asyncio.gather(*(store(change) for change in changes))

    async def _store_one(self, change: _Change) -> None:
        from synapseclient import File

        row = change.row
        existing = self.plan.existing.get(change.number)
        name = name_of(row) if existing is None else row.name or existing.entity.name
        entity = File(
            row.path,
            name=name,
            parent=row.parent,
            synapseStore=row.store,
            contentType=row.content_type,
            annotations=from_wire(msgspec.to_builtins(change.annotations or {})),
        )
        activity = None
        if existing is not None:
            entity.id = existing.entity.id
            if self.carry_activity and not row.has_activity and existing.activity is not None:
                activity = {"id": existing.activity.id}
        stored = await self.syn.store_async(
            entity,
            forceVersion=row.force_version,
            set_annotations=change.annotations is not None,
            activity=activity,
            used=[self._known(each) for each in row.used] or None,
            executed=[self._known(each) for each in row.executed] or None,
            activityName=row.activity_name if row.has_activity else None,
            activityDescription=row.activity_description if row.has_activity else None,
        )
        self._done(row, stored.id)


class _Room:
    """Memory for so many bytes of files at once, of which each has less."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._given = asyncio.Event()

    async def take(self, size: int) -> None:
        """Wait until there is room, and take it."""
        while self._free < size:
            self._given.clear()
            await self._given.wait()
        self._free -= size

    def give(self, size: int) -> None:
        """Give it back."""
        self._free += size
        self._given.set()


async def _nothing() -> list[_Change]:
    return []


def _stays_outside(row: Row) -> bool:
    """Whether Synapse is told where the bytes are, and does not get them."""
    return is_url(row.path) or not row.store


def _moves(row: Row, existing: bulk.TreeEntry | None) -> bool:
    """Whether the file that a row's id names gets another name or place."""
    if existing is None:
        return False
    entity = existing.entity
    return row.name not in (None, entity.name) or row.parent != entity.parent_id


def _used_entity(target: str, executed: bool) -> provenance_wire.UsedEntity:
    id, _, version = target.partition(".") if is_synapse_id_str(target) else (target, "", "")
    return provenance_wire.UsedEntity(
        reference=provenance_wire.Reference(
            target_id=id, target_version_number=int(version) if version else None
        ),
        was_executed=executed,
    )


def _target(used: Any) -> str:
    if isinstance(used, provenance_wire.UsedURL):
        return used.url or ""
    reference = used.reference
    if reference is None:
        return ""
    version = reference.target_version_number
    return f"{reference.target_id}.{version}" if version else reference.target_id or ""


def _plain(annotations: dict[str, AnnotationValue]) -> dict[str, tuple[Any, ...]]:
    return {key: (each.type, tuple(each.value or ())) for key, each in annotations.items()}


def _weight(change: _Change) -> int:
    return 500 + len(msgspec.json.encode((change.annotations, change.activity)))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
