"""The rules of doing many things at once. Each thing itself goes by the rules of its domain."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from synapse_server.access import bits
from synapse_server.access import service as access
from synapse_server.access.service import Policy, Subject
from synapse_server.annotations import service as annotation_rules
from synapse_server.blobs.base import BlobStore, Whole
from synapse_server.bulk import store
from synapse_server.entities import ids, listing
from synapse_server.entities import service as entities
from synapse_server.files import handles
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Database, Row, Tx
from synapse_server.provenance import activities
from synapse_server.provenance import service as provenance
from synapse_server.settings import Settings
from synapse_wire import bulk as wire
from synapse_wire.annotations import Annotations
from synapse_wire.entities import FileEntity, Link, VersionedEntity
from synapse_wire.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound
from synapse_wire.files import (
    DEFAULT_STORAGE_LOCATION,
    S3FileHandle,
)
from synapse_wire.provenance import Activity, UsedEntity

_MD5 = re.compile(r"[0-9a-fA-F]{32}\Z")
_TOKEN = re.compile(r"[0-9]{1,18}\Z")
_MOST_KEY = 128
_KEPT = 7 * 24 * 3600 * 1000


# ------------------------------------------------------------------ subtrees


async def list_tree(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    request: wire.TreeRequest,
    policy: Policy,
    settings: Settings,
) -> wire.TreePage:
    """A page of a subtree, in the order of ids."""
    if request.id is None:
        raise BadRequest("The request needs the id of a project or folder.")
    top = ids.parse(request.id)
    after = 0
    if request.next_page_token is not None:
        if not _TOKEN.match(request.next_page_token):
            raise BadRequest(f"Not a nextPageToken of a subtree: {request.next_page_token!r}.")
        after = int(request.next_page_token)
    if request.include_urls and not caller.is_anonymous and "download" not in caller.scopes:
        raise Forbidden("includeUrls needs a token with the scope download.")

    async def look(tx: Tx) -> tuple[list[tuple[wire.TreeEntry, Row | None]], str | None]:
        row = await entities.load(tx, caller, top, bits.READ, policy)
        if row["type"] not in entities.CONTAINERS:
            raise BadRequest(f"syn{top} is a {row['type']}; a project or a folder has a subtree.")
        rows = await listing.subtree(
            tx, caller, top, after, wire.MOST_ENTRIES + 1, recursive=request.recursive
        )
        page = rows[: wire.MOST_ENTRIES]
        token = str(page[-1]["id"]) if len(rows) > len(page) else None
        files = await _many(handles.find_many, tx, [each["file_handle_id"] for each in page])
        made_by = {}
        if request.include_activities:
            made_by = await _many(activities.find_many, tx, [each["activity_id"] for each in page])
        entries = []
        for each in page:
            entry = wire.TreeEntry(entity=entities.to_entity(each))
            if request.include_annotations:
                entry.annotations = annotation_rules.load(each["annotations"])
            if each["activity_id"] in made_by:
                entry.activity = activities.to_activity(made_by[each["activity_id"]])
            file = files.get(each["file_handle_id"])
            if file is not None and await access.allows(
                tx, caller, Subject.of(each), bits.DOWNLOAD, policy
            ):
                entry.file_handle = handles.to_handle(file)
            entries.append((entry, file))
        return entries, token

    entries, token = await db.scan(look)
    if request.include_urls:
        seconds = settings.download_url_seconds
        for entry, row in entries:
            if entry.file_handle is not None and row is not None and row["blob"] is not None:
                entry.pre_signed_url = await blobs.sign_get(
                    row["blob"],
                    seconds,
                    entry.file_handle.file_name,
                    entry.file_handle.content_type,
                )
    return wire.TreePage(entries=[entry for entry, _ in entries], next_page_token=token)


_SOME = 500


async def _many(find: Any, tx: Tx, wanted: Sequence[int | None]) -> dict[int, Row]:
    """The rows of many ids, a bounded number of them a statement."""
    known = list(dict.fromkeys(each for each in wanted if each is not None))
    found: dict[int, Row] = {}
    for start in range(0, len(known), _SOME):
        found |= await find(tx, known[start : start + _SOME])
    return found


# ------------------------------------------------------------------ small files


async def start_uploads(
    db: Database,
    blobs: BlobStore,
    caller: Caller,
    request: wire.SmallFilesRequest,
    settings: Settings,
) -> wire.SmallUploads:
    """Where to PUT small files; nowhere, if the server has them already."""
    caller.require_sign_in()
    files = request.files or []
    if not 1 <= len(files) <= wire.MOST_FILES:
        raise BadRequest(f"Name 1 to {wire.MOST_FILES} files, not {len(files)}.")
    for each in files:
        if not _MD5.match(each.content_md5):
            raise BadRequest(f"{each.content_md5[:100]!r} is not an MD5: 32 hexadecimal digits.")
        if not 0 <= each.content_size <= wire.MOST_BYTES:
            raise BadRequest(
                f"A small file has at most {wire.MOST_BYTES} bytes; upload others in parts."
            )

    together = f"{caller.id}/{uuid.uuid4()}"  # so that one look at the store finds them all

    async def note(tx: Tx) -> list[Row]:
        return [
            await store.add_upload(
                tx,
                caller.id,
                each.content_md5.lower(),
                each.content_size,
                f"{together}/{place}",
            )
            for place, each in enumerate(files)
        ]

    rows = await db.write(note)
    # Only what was asked for before can be there already: new ones need no look.
    known = await _held(blobs, [row for row in rows if now() - row["started_on"] > _NEW])
    uploads = []
    for row in rows:
        upload = wire.SmallUpload(upload_id=str(row["id"]))
        if row["id"] not in known:
            signed = await blobs.sign_put_whole(
                row["blob"], row["md5"], row["size"], settings.upload_url_seconds
            )
            upload.upload_presigned_url = signed.url
            upload.signed_headers = signed.headers
        uploads.append(upload)
    return wire.SmallUploads(uploads=uploads)


_NEW = 1000


async def _held(blobs: BlobStore, rows: Sequence[Row]) -> set[int]:
    """The uploads whose bytes are there."""
    there = await blobs.held([Whole(row["blob"], row["md5"], row["size"]) for row in rows])
    return {row["id"] for row in rows if row["blob"] in there}


async def sweep(db: Database, blobs: BlobStore, most: int = 200) -> None:
    """Forget uploads and commits of more than a week ago, and bytes that nothing refers to."""
    before = now() - _KEPT

    async def forget(tx: Tx) -> list[str]:
        rows = await store.old_uploads(tx, before, most)
        for row in rows:
            await store.forget_upload(tx, row["id"])
        await store.forget_commits(tx, before)
        return [row["blob"] for row in rows if not await handles.shares(tx, row["blob"])]

    for blob in await db.write(forget):
        await blobs.delete(blob)


# ------------------------------------------------------------------ commits


async def commit(
    db: Database, blobs: BlobStore, caller: Caller, request: wire.Commit, policy: Policy
) -> wire.CommitResult:
    """Make all changes, or none and say which one cannot be made."""
    caller.require_sign_in()
    if not 1 <= len(request.changes) <= wire.MOST_CHANGES:
        raise BadRequest(f"A commit has 1 to {wire.MOST_CHANGES} changes.")
    if not 8 <= len(request.key) <= _MOST_KEY:
        raise BadRequest(f"The key of a commit is a text of 8 to {_MOST_KEY} characters.")
    digest = hashlib.sha256(msgspec.json.encode(request)).hexdigest()
    uploads = await _uploads_of(db, blobs, caller, request.changes)

    async def work(tx: Tx) -> wire.CommitResult:
        done = await store.claim(tx, caller.id, request.key, digest)
        if done is not None:
            if done["digest"] != digest:
                raise Conflict("Another commit was made under this key; take a new one.")
            return msgspec.json.decode(done["response"], type=wire.CommitResult)
        made = _Commit(tx, caller, policy, blobs.bucket, uploads)
        for number, change in enumerate(request.changes):
            try:
                await made.add(change)
            except ApiError as error:
                raise type(error)(f"Change {number}: {error.reason}", error.code) from error
        result = wire.CommitResult(results=made.results)
        await store.remember(tx, caller.id, request.key, msgspec.json.encode(result).decode())
        return result

    return await db.write(work)


async def _uploads_of(
    db: Database, blobs: BlobStore, caller: Caller, changes: Sequence[wire.Change]
) -> dict[str, Row]:
    """The uploads that the changes name, whose bytes are there."""
    named = {
        change.content.upload_id
        for change in changes
        if not isinstance(change, wire.Delete)
        and change.content is not None
        and change.content.upload_id is not None
    }
    numbers = [int(id) for id in named if _TOKEN.match(id)]
    rows = await db.read(lambda tx: _many(store.find_uploads, tx, numbers))
    mine = [row for row in rows.values() if row["user_id"] == caller.id]
    held = await _held(blobs, mine)
    return {str(row["id"]): row for row in mine if row["id"] in held}


class _Commit:
    """Changes under way in one transaction."""

    def __init__(
        self, tx: Tx, caller: Caller, policy: Policy, bucket: str, uploads: dict[str, Row]
    ) -> None:
        self.tx = tx
        self.caller = caller
        self.policy = policy
        self.bucket = bucket
        self.uploads = uploads
        self.results: list[wire.Committed] = []
        self._parents = entities.Parents()

    async def add(self, change: wire.Change) -> None:
        """Make one more change."""
        if isinstance(change, wire.Create):
            self.results.append(await self._create(change))
            return
        self._parents = entities.Parents()  # what else happens may be of consequence for them
        if isinstance(change, wire.Update):
            self.results.append(await self._update(change))
        else:
            self.results.append(await self._delete(change))

    def _id(self, text: str) -> str:
        """An id, or what an earlier change has created: ``#2``."""
        if not text.startswith("#"):
            return text
        number = int(text[1:]) if _TOKEN.match(text[1:]) else -1
        if not 0 <= number < len(self.results):
            raise BadRequest(f"{text!r} names no earlier change.")
        return self.results[number].id

    async def _create(self, change: wire.Create) -> wire.Committed:
        entity = change.entity
        if entity.parent_id is not None:
            entity.parent_id = self._id(entity.parent_id)
        if isinstance(entity, Link) and entity.links_to and entity.links_to.target_id:
            entity.links_to.target_id = self._id(entity.links_to.target_id)
        if change.content is not None:
            if not isinstance(entity, FileEntity):
                raise BadRequest("Only a file has content.")
            entity.data_file_handle_id = await self._handle(change.content, entity.name)
        activity = await self._activity(change.activity)
        id = await entities.create(
            self.tx, self.caller, entity, self.policy, activity, parents=self._parents
        )
        if change.annotations:
            row = await entities.stored_row(self.tx, id)
            given = Annotations(annotations=change.annotations)
            await entities.store_annotations(self.tx, self.caller, row, given)
        return await self._result(id)

    async def _update(self, change: wire.Update) -> wire.Committed:
        id = ids.parse(self._id(change.id))
        row = await entities.load(self.tx, self.caller, id, bits.UPDATE, self.policy, lock=True)
        if change.etag is not None:
            entities.check_etag(row, change.etag)
        activity = await self._activity(change.activity)
        entity = entities.to_entity(row)
        changed = change.new_version
        for name in ("name", "description"):
            if (value := getattr(change, name)) is not None and value != getattr(entity, name):
                setattr(entity, name, value)
                changed = True
        if change.parent_id is not None:
            parent = self._id(change.parent_id)
            changed = changed or parent != entity.parent_id
            entity.parent_id = parent
        if isinstance(entity, VersionedEntity):
            for name in ("version_label", "version_comment"):
                if (value := getattr(change, name)) is not None:
                    setattr(entity, name, value)
                    changed = True
        if change.content is not None:
            if not isinstance(entity, FileEntity):
                raise BadRequest("Only a file has content.")
            entity.data_file_handle_id = await self._handle(change.content, entity.name)
            changed = True
        if changed:
            await entities.update(
                self.tx,
                self.caller,
                id,
                entity,
                self.policy,
                activity=activity,
                new_version=change.new_version,
            )
        elif activity is not None:
            await provenance.set_generated_by(self.tx, self.caller, id, activity, self.policy)
        if change.annotations is not None:
            row = await entities.stored_row(self.tx, id)
            given = Annotations(annotations=change.annotations)
            await entities.store_annotations(self.tx, self.caller, row, given)
        return await self._result(id)

    async def _delete(self, change: wire.Delete) -> wire.Committed:
        id = ids.parse(self._id(change.id))
        if change.etag is not None:
            row = await entities.load(self.tx, self.caller, id, bits.DELETE, self.policy, lock=True)
            entities.check_etag(row, change.etag)
        await entities.move_to_trash(self.tx, self.caller, id, self.policy)
        return wire.Committed(id=ids.wire(id))

    async def _result(self, id: int) -> wire.Committed:
        row = await entities.stored_row(self.tx, id)
        handle, activity = row["file_handle_id"], row["activity_id"]
        return wire.Committed(
            id=ids.wire(id),
            etag=row["etag"],
            version_number=row["number"],
            data_file_handle_id=None if handle is None else str(handle),
            activity_id=None if activity is None else str(activity),
        )

    async def _handle(self, content: wire.Content, name: str | None) -> str:
        """The file handle of new content."""
        if content.data_file_handle_id is not None:
            return content.data_file_handle_id
        row = self.uploads.get(content.upload_id or "")
        if row is None:
            raise NotFound(
                f"The bytes of the upload {content.upload_id!r} are not here. Send them first."
            )
        handle = S3FileHandle(
            content_md5=row["md5"],
            content_size=row["size"],
            content_type=content.content_type or "application/octet-stream",
            file_name=handles.check_name(content.file_name or name),
            storage_location_id=DEFAULT_STORAGE_LOCATION,
            bucket_name=self.bucket,
            key=row["blob"],
            is_preview=False,
        )
        return str(await handles.add(self.tx, self.caller.id, handle, row["blob"]))

    async def _activity(self, activity: Activity | None) -> str | None:
        """The id of a new activity; one that has an id is used as it is."""
        if activity is None:
            return None
        if activity.id is not None:
            return activity.id
        for used in activity.used or ():
            if isinstance(used, UsedEntity) and used.reference and used.reference.target_id:
                used.reference.target_id = self._id(used.reference.target_id)
        return (await provenance.create(self.tx, self.caller, activity)).id
