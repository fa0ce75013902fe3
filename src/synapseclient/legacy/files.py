"""File handles: finding, fetching and sending the bytes of entities."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from synapse_wire import files as wire
from synapse_wire.entities import look_up_md5
from synapseclient.core.blocking import blocking
from synapseclient.core.claims import one_at_a_time
from synapseclient.core.exceptions import SynapseFileNotFoundError, SynapseHTTPError
from synapseclient.core.utils import (
    as_url,
    guess_file_name,
    id_of,
    is_url,
    md5_of_file,
    put_beside,
    put_over,
    temporary_name,
)
from synapseclient.legacy.base import Session
from synapseclient.transfer.download import Place, download_url
from synapseclient.transfer.upload import guess_type, stamp_of, upload_file

if TYPE_CHECKING:
    from synapseclient.client import Synapse

Source: TypeAlias = tuple[str, wire.AssociateType]
"""The object through which bytes may be had, and what it is, where it is not a file entity."""
COLLISIONS = ("keep.both", "keep.local", "overwrite.local")
_WORTH_WAITING = 1 << 20
"""Bytes; what is smaller is there as soon as somebody else's copy."""
_TRIES = 3
"""How often something is fetched into a folder of the cache that is dropped meanwhile."""


class FileMethods(Session):
    """Verbs of files."""

    async def file_handle_async(
        self, file_handle_id: str, entity_id: str, through: Source | None = None
    ) -> wire.FileResult:
        """A file handle with a signed URL, reached through an entity or something else.

        Raises:
            SynapseFileNotFoundError: The entity does not have it.
            SynapseHTTPError: You may not download it.
        """
        owner, kind = through or (entity_id, "FileEntity")
        association = wire.FileHandleAssociation(
            file_handle_id=file_handle_id, associate_object_id=owner, associate_object_type=kind
        )
        body = wire.BatchFileRequest(
            requested_files=[association], include_file_handles=True, include_pre_signed_urls=True
        )
        result = (await self.call(wire.get_files, body)).requested_files[0]
        if result.failure_code == "UNAUTHORIZED":
            raise SynapseHTTPError(
                f"403 Client Error: you lack DOWNLOAD access to the file of {entity_id}."
                " Ask its owner for it."
            )
        if result.failure_code is not None:
            raise SynapseFileNotFoundError(f"The file of {entity_id} is gone.")
        return result

    async def fetch_file_async(
        self,
        file_handle_id: str,
        entity_id: str,
        *,
        download_location: str | None = None,
        if_collision: str | None = None,
        handle: wire.FileHandle | None = None,
        through: Source | None = None,
    ) -> str | None:
        """Get a file handle's bytes onto this machine, from the cache if they are there.

        Args:
            file_handle_id: Whose bytes.
            entity_id: The entity through which they may be had.
            download_location: A folder; the cache if not given.
            if_collision: What to do when a file of that name is there: ``keep.both`` (the new
                one gets another name), ``keep.local`` (nothing is fetched), ``overwrite.local``.
            handle: The file handle, if it is known already.
            through: What the bytes are had through, unless it is the entity.

        Returns:
            The path; None if a file that was there was kept instead.
        """
        if if_collision is not None and if_collision not in COLLISIONS:
            raise ValueError(f"ifcollision must be one of {', '.join(COLLISIONS)}.")
        location = download_location and os.path.expanduser(os.path.expandvars(download_location))
        folder = os.path.abspath(location) if location else self.cache.get_cache_dir(file_handle_id)
        find = partial(
            self.cache.get,
            file_handle_id,
            folder if location else None,
            md5=handle.content_md5 if handle else None,
            size=handle.content_size if handle else None,
        )
        # In threads: a copy that an official client noted is hashed.
        cached = await asyncio.to_thread(find)
        if cached is not None:
            return cached
        if location and if_collision == "keep.local" and handle is not None:
            there = os.path.join(folder, _file_name(handle))
            if os.path.exists(there):  # then nobody's fetch is waited for
                return None

        def tell() -> None:
            self.logger.warning("Another process is fetching the file of %s: waiting.", entity_id)

        rest = file_handle_id, entity_id, folder, if_collision, handle, through
        if location:
            claim = await asyncio.to_thread(self._claim_for, file_handle_id, handle)
            if claim is None:
                return await self._fetch_to(*rest)
            find = partial(self.cache.get, file_handle_id)
            async with one_at_a_time(claim, find, tell, seen_by_all=False):
                return await self._fetch_to(*rest)  # copies what somebody has fetched meanwhile
        tries = _TRIES
        while True:
            await asyncio.to_thread(self.cache.make, folder)
            try:
                async with one_at_a_time(self.cache.claim(folder), find, tell) as found:
                    return found if found is not None else await self._fetch_to(*rest)
            except SynapseFileNotFoundError:
                raise
            except FileNotFoundError:
                # Whoever makes room looks whether a folder is claimed, and then drops it: it may
                # have been claimed in between, and what was fetched into it went with it.
                tries -= 1
                if tries == 0:
                    raise

    def _claim_for(self, file_handle_id: str, handle: wire.FileHandle | None) -> str | None:
        """Where to say that this process fetches something to a place of its own, so that
        others copy it; None if it is too little to wait for, or the cache cannot be written."""
        if handle is not None and (handle.content_size or 0) < _WORTH_WAITING:
            return None
        folder = self.cache.get_cache_dir(file_handle_id)
        try:
            self.cache.make(folder)
        except OSError:
            return None
        return self.cache.claim(folder)

    async def _fetch_to(
        self,
        file_handle_id: str,
        entity_id: str,
        folder: str,
        if_collision: str | None,
        handle: wire.FileHandle | None,
        through: Source | None,
    ) -> str | None:
        elsewhere = await asyncio.to_thread(self.cache.get, file_handle_id)
        result = None
        if handle is None:
            result = await self.file_handle_async(file_handle_id, entity_id, through)
            handle = result.file_handle
        assert handle is not None
        name = _file_name(handle)
        destination = os.path.join(folder, name)
        over = (
            folder == self.cache.get_cache_dir(file_handle_id) or if_collision == "overwrite.local"
        )
        if if_collision == "keep.local" and not over and os.path.exists(destination):
            return None

        def place(temporary: str, path: str) -> str:
            if over:
                return put_over(temporary, path)
            there = self.cache.get(file_handle_id, folder)  # another thread was faster
            if there is None:
                return put_beside(temporary, path)
            os.unlink(temporary)
            return there

        copy = None
        if elsewhere is not None:
            md5 = handle.content_md5 or self.cache.md5(file_handle_id, elsewhere)
            copy = await asyncio.to_thread(self._copied, file_handle_id, elsewhere, destination)
        if copy is not None:
            path = place(copy, destination)
        else:
            result = result or await self.file_handle_async(file_handle_id, entity_id, through)
            path, md5 = await self._fetch(
                file_handle_id, entity_id, destination, result, place, through
            )
        self.cache.add(file_handle_id, path, md5)
        return path

    def _copied(self, file_handle_id: str, source: str, destination: str) -> str | None:
        """A copy beside the destination, of a file that was the same before and after; None if
        somebody has changed it meanwhile."""
        try:
            copy = _copy(source, destination)
        except FileNotFoundError:
            return None
        if self.cache.contains(file_handle_id, source):
            return copy
        os.unlink(copy)
        return None

    async def _fetch(
        self,
        file_handle_id: str,
        entity_id: str,
        destination: str,
        result: wire.FileResult,
        place: Place,
        through: Source | None,
    ) -> tuple[str, str]:
        handle = result.file_handle
        url = result.pre_signed_url
        if url is None and isinstance(handle, wire.ExternalFileHandle):
            url = handle.external_url
        if url is None:
            raise SynapseFileNotFoundError(
                f"The file of {entity_id} lies where this client cannot fetch it:"
                f" {type(handle).__name__}."
            )

        async def renew() -> str:
            fresh = await self.file_handle_async(file_handle_id, entity_id, through)
            return fresh.pre_signed_url or ""

        return await download_url(
            cast("Synapse", self),
            url,
            destination,
            file_handle_id=file_handle_id,
            size=handle.content_size if handle else None,
            md5=handle.content_md5 if handle else None,
            renew=None if isinstance(handle, wire.ExternalFileHandle) else renew,
            place=place,
        )

    async def upload_file_handle_async(
        self,
        path: str,
        parent: Any,
        synapseStore: bool = True,
        mimetype: str | None = None,
        md5: str | None = None,
        file_size: int | None = None,
    ) -> dict[str, Any]:
        """Send a file, or note a URL; the file handle as the server has it.

        Args:
            path: A path or a URL.
            parent: The container whose storage location is to be used.
            synapseStore: Send the bytes; else note where they are.
            mimetype: Content type; guessed from the name if not given.
            md5: The MD5, if it is known already.
            file_size: Size in bytes of a file behind a URL, if it is known.
        """
        if is_url(path) or not synapseStore:
            handle = wire.ExternalFileHandle(
                external_url=path if is_url(path) else as_url(path),
                file_name=guess_file_name(path),
                content_type=mimetype or guess_type(path),
                content_md5=md5,
                content_size=file_size,
            )
            if not is_url(path) and os.path.isfile(path):
                handle.content_md5 = md5 or await asyncio.to_thread(md5_of_file, path)
                handle.content_size = os.path.getsize(path)
            return cast(
                dict[str, Any], await self.call_json(wire.create_external_file_handle, handle)
            )
        path = os.path.expandvars(os.path.expanduser(path))
        if not os.path.isfile(path):
            raise SynapseFileNotFoundError(f"There is no file {path}.")
        destination = await self.call(wire.get_upload_destination, id_of(parent))
        uploaded = await upload_file(
            cast("Synapse", self),
            path,
            content_type=mimetype,
            md5=md5,
            storage_location_id=destination.storage_location_id,
        )
        handle = await self.call_json(wire.get_file_handle, uploaded.file_handle_id)
        with contextlib.suppress(OSError):  # somebody may have removed it meanwhile
            if stamp_of(path) == uploaded.stamp:
                self.cache.add(uploaded.file_handle_id, path, handle.get("contentMd5"))
        return cast(dict[str, Any], handle)

    async def md5_query_async(self, md5: str) -> list[dict[str, Any]]:
        """The headers of entities whose file has this MD5."""
        return cast(list[dict[str, Any]], (await self.call_json(look_up_md5, md5))["results"])

    uploadFileHandle = blocking(upload_file_handle_async)
    md5Query = blocking(md5_query_async)


def _file_name(handle: wire.FileHandle) -> str:
    name = handle.file_name
    if isinstance(handle, wire.ExternalFileHandle) and (not name or name == "NOT_SET"):
        name = guess_file_name(handle.external_url or "")
    # What the server says is a name must not choose a folder.
    return os.path.basename((name or "").replace("\\", "/")) or f"file-{handle.id}"


def _copy(source: str, destination: str) -> str:
    """Copy a file to a name beside its destination; that name."""
    os.makedirs(os.path.dirname(destination), exist_ok=True)
    temporary = temporary_name(destination)
    try:
        shutil.copyfile(source, temporary)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary
