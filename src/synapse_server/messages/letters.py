"""A message as mail: plain text always, HTML beside it where the message is HTML."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import NamedTuple

import msgspec

_HIDDEN = ("head", "script", "style", "template")
_BREAKS = ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote")


class Letter(NamedTuple):
    """What mail says, twice."""

    text: str
    html: str | None


class _Body(msgspec.Struct):
    plain: str | None = None
    html: str | None = None


def read(content: bytes, kind: str) -> Letter:
    """The text of a message.

    Args:
        content: The file.
        kind: Its media type: ``text/plain``, ``text/html`` or ``application/json``.
    """
    text = content.decode("utf-8", "replace")
    if kind == "text/html":
        return Letter(plain(text), text)
    if kind == "application/json":
        try:
            body = msgspec.json.decode(content, type=_Body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Letter(text, None)
        return Letter(body.plain or plain(body.html or ""), body.html)
    return Letter(text, None)


def framed(letter: Letter, before: str, after: str) -> Letter:
    """The same between two paragraphs of ours."""
    text = f"{before}\n\n{letter.text}\n\n{after}\n"
    if letter.html is None:
        return Letter(text, None)
    above, below = (f"<p>{html.escape(each)}</p>" for each in (before, after))
    return Letter(text, f"{above}\n{letter.html}\n{below}\n")


def plain(text: str) -> str:
    """HTML as plain text, for those who read no HTML.

    >>> plain("<p>Hello &amp; <b>welcome</b></p><script>alert(1)</script>")
    'Hello & welcome'
    """
    reader = _Plain()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
