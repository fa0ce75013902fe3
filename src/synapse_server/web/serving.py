"""Serve the web interface: its files as they were built, and its one HTML at all its addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from synapse_server.access.service import Policy
from synapse_server.blobs.base import BlobStore
from synapse_server.kernel.database import Database
from synapse_server.kernel.serving import Headers, Scope
from synapse_server.settings import Settings
from synapse_server.web import head
from synapse_server.web.static import File, Static

_PAGE = re.compile(r"/(?:[A-Z][A-Za-z]{1,40}(?:[:/].*)?)?\Z", re.DOTALL)
"""``/``, ``/Login``, ``/Synapse:syn1/files``: pages begin with a capital letter."""
_IMMUTABLE = b"public, max-age=31536000, immutable"
_NOT_BUILT = (
    b"This is a Synapse server. Its API begins with /repo/v1, /auth/v1 and /file/v1."
    b" The web interface is not built here: run 'make web' in the source and start the server"
    b" again.\n"
)
_TEXT = b"text/plain;charset=UTF-8"
_SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]


class Web:
    """All that is neither API nor operation."""

    def __init__(
        self, settings: Settings, database: Database, blobs: BlobStore, policy: Policy
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._policy = policy
        self.static = Static()

    async def __call__(self, scope: Scope, send: Any) -> None:
        """Answer a request."""
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status, headers, body = await self._answer(scope["method"], scope["path"], sent)
        headers = [*headers, *_SAFE, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    async def _answer(
        self, method: str, path: str, sent: dict[str, str]
    ) -> tuple[int, Headers, bytes]:
        if method not in ("GET", "HEAD"):
            allow = [(b"content-type", _TEXT), (b"allow", b"GET, HEAD")]
            return 405, allow, b"Pages are read, not written.\n"
        if not self.static.is_built and path == "/":
            return 200, [(b"content-type", _TEXT)], _NOT_BUILT
        if found := self.static.find(path):
            return _file(found, sent)
        if not _PAGE.match(path) or not self.static.is_built:
            return 404, [(b"content-type", _TEXT)], b"There is no such page.\n"
        host = sent.get("host", "")
        blobs = self._blobs.seen_from(host)
        entity = await head.told(path, self._database, blobs, self._policy)
        address = self._settings.public_url.rstrip("/") or f"http://{host}"
        text = head.fill(self.static.index, entity, address)
        headers: Headers = [
            (b"content-type", b"text/html;charset=UTF-8"),
            (b"cache-control", b"no-cache"),
            (b"content-security-policy", _policy(await _origin(blobs)).encode()),
        ]
        return 200, headers, text.encode()


def _file(found: File, sent: dict[str, str]) -> tuple[int, Headers, bytes]:
    headers: Headers = [
        (b"content-type", found.content_type.encode()),
        (b"etag", found.etag.encode()),
        (b"cache-control", _IMMUTABLE if found.is_immutable else b"no-cache"),
        (b"vary", b"accept-encoding"),
        # A worker has the policy of its own answer, not of the page that started it.
        (
            b"content-security-policy",
            b"default-src 'none'; script-src 'self'; frame-ancestors 'none'",
        ),
    ]
    if sent.get("if-none-match") == found.etag:
        return 304, headers, b""
    if found.packed is not None and "gzip" in sent.get("accept-encoding", ""):
        return 200, [*headers, (b"content-encoding", b"gzip")], found.packed
    return 200, headers, found.data


async def _origin(blobs: BlobStore) -> str:
    """Where signed URLs lead: asked of the store itself, which may be anywhere."""
    parts = urlsplit(await blobs.sign_get("origin", 1, None, None))
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", origin) else ""


def _policy(blobs: str) -> str:
    """What a page may load and reach: this server and the place where the bytes are."""
    # Styles: the components of the page set widths and colours in style elements of their own.
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
        f" img-src 'self' data: blob: {blobs}; font-src 'self'; connect-src 'self' {blobs};"
        f" media-src 'self' blob: {blobs}; frame-src 'self' blob:; worker-src 'self';"
        f" manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
