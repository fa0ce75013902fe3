"""The built files of the web interface, kept once they were read."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
"""Written by ``make web``."""
_HASHED = re.compile(r".*-[A-Za-z0-9_-]{8}\.[a-z0-9]+\Z")
_TEXTS = (".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class File:
    """A built file."""

    data: bytes
    packed: bytes | None
    """The same by gzip, where that is shorter."""
    content_type: str
    etag: str
    is_immutable: bool
    """Its name has a hash of its content."""


class Static:
    """All built files; none if nothing is built. Read when they are first asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._paths: dict[str, Path] = {}
        if (folder / "index.html").is_file():
            self._paths = {
                "/" + path.relative_to(folder).as_posix(): path
                for path in folder.rglob("*")
                if path.is_file()
            }
        self._files: dict[str, File] = {}

    @property
    def is_built(self) -> bool:
        """Whether there is anything to serve."""
        return bool(self._paths)

    @property
    def index(self) -> str:
        """The HTML of every page."""
        return self._get("/index.html").data.decode()

    def find(self, path: str) -> File | None:
        """The file at this path of the site."""
        return None if path == "/index.html" or path not in self._paths else self._get(path)

    def _get(self, path: str) -> File:
        if path not in self._files:
            self._files[path] = _read(self._paths[path])
        return self._files[path]


def _read(path: Path) -> File:
    data = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    packed = None
    if path.suffix in _TEXTS:
        kind = f"{kind or 'text/plain'};charset=UTF-8"
        packed = gzip.compress(data, 9, mtime=0)
    return File(
        data,
        packed if packed is not None and len(packed) < len(data) else None,
        kind or "application/octet-stream",
        f'"{hashlib.sha256(data).hexdigest()[:32]}"',
        bool(_HASHED.match(path.name)),
    )
