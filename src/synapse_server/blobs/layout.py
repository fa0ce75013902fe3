"""How the folder of a local blob store is laid out, shared by the API and the data plane.

    uploads/<upload>/<part>.<checksum>  a part, written whole and synced before it has this name;
                                      its MD5, or ``crc32-…`` if it was sent with its CRC32
    blobs/<aa>/<digest>               a blob of one part: a file
    blobs/<aa>/<digest>/              a blob of several: its parts as ``1``, ``2`` …, and ``sizes``

A blob of several parts is never copied together: a reader maps offsets onto its parts. What
is in ``blobs`` never changes, and gets there by one rename.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

UPLOAD = re.compile(r"[0-9a-f]{32}\Z")


def blob_path(root: Path, key: str) -> Path:
    """Where the blob of a key lies. Keys hold users' file names, so their digest names it."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return root / "blobs" / digest[:2] / digest


def upload_path(root: Path, upload: str) -> Path:
    """The folder of an upload's parts."""
    if not UPLOAD.match(upload):
        raise ValueError(f"not an upload: {upload!r}")
    return root / "uploads" / upload


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a blob's bytes: so many of a file, from an offset on."""

    path: Path
    offset: int
    length: int


def parts_of(path: Path) -> list[tuple[Path, int]]:
    """The files of a blob with their sizes, in order.

    Raises:
        FileNotFoundError: There is no such blob.
    """
    if path.is_dir():
        sizes = (path / "sizes").read_text().split()
        return [(path / str(number), int(size)) for number, size in enumerate(sizes, 1)]
    return [(path, path.stat().st_size)]


def segments(parts: list[tuple[Path, int]], start: int, length: int) -> list[Segment]:
    """Which bytes of which files make up a range of a blob."""
    found = []
    for path, size in parts:
        if length <= 0:
            break
        if start < size:
            take = min(size - start, length)
            found.append(Segment(path, start, take))
            length -= take
            start = 0
        else:
            start -= size
    return found
