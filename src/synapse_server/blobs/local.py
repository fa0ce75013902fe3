"""A folder as a blob store. The data plane (``dataplane``) receives and sends its bytes."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from synapse_server.blobs import layout, signing
from synapse_server.blobs.base import PART_CHECKSUM, Part, PartRejected, SignedUrl, Whole

_BUFFER = 1 << 20
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?\Z")


class LocalStore:
    """Blobs in a folder, behind URLs signed with a key that the data plane shares."""

    bucket = "local"
    checks_crc32 = True

    def __init__(self, root: Path, key: bytes, address: str) -> None:
        """Use a folder.

        Args:
            root: The folder; made if needed.
            key: What URLs are signed with.
            address: Where callers reach the data plane, without a slash at the end. ``{host}``
                in it stands for the name under which a caller has reached the server.
        """
        self.root = root
        self._key = key
        self._address = address
        for name in ("uploads", "blobs"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def seen_from(self, host: str) -> LocalStore:
        if "{host}" not in self._address or not _HOST.match(host):
            return self
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        seen = copy.copy(self)
        seen._address = self._address.replace("{host}", name)
        return seen

    async def begin(self, key: str) -> str:
        upload = uuid.uuid4().hex
        layout.upload_path(self.root, upload).mkdir()
        layout.sync_folder(self.root / "uploads")
        return upload

    async def sign_put(
        self, upload: str, key: str, part: int, size: int, seconds: int, content_type: str | None
    ) -> SignedUrl:
        parameters = {"size": str(size)}
        path = f"/uploads/{upload}/{part}"
        url = self._address + signing.sign(self._key, "PUT", path, parameters, seconds)
        return SignedUrl(url, {"Content-Type": content_type} if content_type else {})

    async def sign_put_whole(self, key: str, md5: str, size: int, seconds: int) -> SignedUrl:
        path = self._path_of(key)
        parameters = {"size": str(size), "md5": md5}
        return SignedUrl(
            self._address + signing.sign(self._key, "PUT", path, parameters, seconds), {}
        )

    def _path_of(self, key: str) -> str:
        return "/" + str(layout.blob_path(self.root, key).relative_to(self.root))

    async def held(self, blobs: Sequence[Whole]) -> set[str]:
        return await asyncio.to_thread(self._held, blobs)

    def _held(self, blobs: Sequence[Whole]) -> set[str]:
        # The data plane gives a blob its name when its MD5 was right.
        return {each.key for each in blobs if self._size(each.key) == each.size}

    async def confirm(self, upload: str, key: str, part: int, checksum: str, size: int) -> None:
        await asyncio.to_thread(self._confirm, upload, part, checksum, size)

    def _confirm(self, upload: str, part: int, checksum: str, size: int) -> None:
        folder = layout.upload_path(self.root, upload)
        with contextlib.suppress(FileNotFoundError):
            found = (folder / f"{part}.{checksum}").stat().st_size
            if found == size:
                return
            raise PartRejected(f"Part {part} has {found} bytes, and should have {size}.")
        names = (path.suffix[1:] for path in folder.glob(f"{part}.*"))
        there = [name for name in names if PART_CHECKSUM.match(name)]
        if there:
            raise PartRejected(
                f"The part's checksum on the server is {' or '.join(sorted(there))}, not {checksum}."
                " Upload it again."
            )
        raise PartRejected(f"Part {part} is not on the server. Upload it first.")

    async def assemble(self, upload: str, key: str, parts: Sequence[Part]) -> int:
        return await asyncio.to_thread(self._assemble, upload, key, parts)

    def _assemble(self, upload: str, key: str, parts: Sequence[Part]) -> int:
        target = layout.blob_path(self.root, key)
        folder = layout.upload_path(self.root, upload)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            layout.sync_folder(target.parent.parent)
            try:
                if len(parts) == 1:  # whoever comes second finds no file, and looks below
                    os.rename(folder / f"{parts[0].number}.{parts[0].checksum}", target)
                else:
                    self._link_parts(folder, target, parts)
            except OSError:
                if not target.exists():  # else somebody else finished the same upload just now
                    raise
            layout.sync_folder(target.parent)
        shutil.rmtree(folder, ignore_errors=True)
        return sum(size for _, size in layout.parts_of(target))

    def _link_parts(self, folder: Path, target: Path, parts: Sequence[Part]) -> None:
        made = folder / f"blob-{uuid.uuid4().hex}"  # several may finish one upload at once
        made.mkdir()
        sizes = []
        for part in parts:
            source = folder / f"{part.number}.{part.checksum}"
            os.link(source, made / str(part.number))
            sizes.append(str(source.stat().st_size))
        with (made / "sizes").open("w") as file:
            file.write(" ".join(sizes))
            file.flush()
            os.fsync(file.fileno())
        layout.sync_folder(made)
        os.rename(made, target)

    async def abort(self, upload: str, key: str) -> None:
        folder = layout.upload_path(self.root, upload)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def sign_get(
        self, key: str, seconds: int, file_name: str | None, content_type: str | None
    ) -> str:
        parameters = {}
        if file_name:
            parameters["name"] = file_name
        if content_type:
            parameters["response-content-type"] = content_type
        path = self._path_of(key)
        return self._address + signing.sign(self._key, "GET", path, parameters, seconds)

    async def write(self, key: str, data: bytes) -> None:
        upload = await self.begin(key)
        await asyncio.to_thread(self._write, upload, data)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        await self.assemble(upload, key, [Part(1, md5)])

    def _write(self, upload: str, data: bytes) -> None:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        path = layout.upload_path(self.root, upload) / f"1.{md5}"
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    async def take(self, key: str, path: Path, md5: str) -> None:
        upload = await self.begin(key)
        await asyncio.to_thread(self._take, upload, path, md5)
        await self.assemble(upload, key, [Part(1, md5)])

    def _take(self, upload: str, path: Path, md5: str) -> None:
        target = layout.upload_path(self.root, upload) / f"1.{md5}"
        shutil.move(path, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())

    async def read(self, key: str) -> bytes:
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> bytes:
        parts = layout.parts_of(layout.blob_path(self.root, key))
        return b"".join(path.read_bytes() for path, _ in parts)

    async def fetch(self, key: str, path: Path) -> None:
        await asyncio.to_thread(self._fetch, key, path)

    def _fetch(self, key: str, path: Path) -> None:
        parts = layout.parts_of(layout.blob_path(self.root, key))
        with path.open("wb") as file:
            for part, _ in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file, _BUFFER)

    async def size(self, key: str) -> int | None:
        return self._size(key)

    def _size(self, key: str) -> int | None:
        try:
            return sum(size for _, size in layout.parts_of(layout.blob_path(self.root, key)))
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._delete, layout.blob_path(self.root, key))

    def _delete(self, path: Path) -> None:
        if path.is_dir():
            gone = self.root / "uploads" / uuid.uuid4().hex
            os.rename(path, gone)  # readers see all of it or none
            shutil.rmtree(gone, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    async def close(self) -> None:
        return None
