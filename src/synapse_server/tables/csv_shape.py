"""The shape of CSV files that all readers of CSV read alike. Pure but for reading the file."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path

_CHUNK = 1 << 20
MOST_LINE = 2_000_000
"""Bytes of a line."""
_QUOTED, _DOUBLED = b"\x01", b"\x02"
"""What is in quotes, and two quotes, where only the shape of lines is looked at."""
_STRANGE = (b"\0", _QUOTED, _DOUBLED)


def unescaped(csv: Path, escape: str | None) -> Path | None:
    """A file in which nothing is escaped: the same, or one made of it beside it, if nothing is but
    the mark itself; None if more is."""
    if escape is None:
        return csv
    mark = escape.encode()
    made = csv.with_suffix(".unescaped")
    is_same = True
    with csv.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if mark in chunk:
                is_same = False
                break
        if is_same:
            return csv
        file.seek(0)
        with made.open("wb") as copy:
            while chunk := file.read(_CHUNK):
                while chunk.endswith(mark) and (more := file.read(1)):
                    chunk += more
                parts = chunk.split(mark * 2)
                if any(mark in part for part in parts):
                    return None
                copy.write(mark.join(parts))
    return made


class Shape:
    """All lines end alike and have as many values, none is empty; a value is quoted whole or not at
    all, and nothing is escaped but quotes, by being doubled."""

    def __init__(self, width: int, separator: str, quoting: str) -> None:
        """
        Args:
            width: Values of a line, at least two.
            separator: One character of ASCII, as are the others.
            quoting: What a value may stand between.
        """
        self.line_end = b""
        self.lines = 0
        self.size = 0
        """Bytes of all values."""
        self._between = width - 1
        self._separator = separator.encode()
        self._quote = quoting.encode()
        between = re.escape(self._separator)
        self._partly = re.compile(
            rb"%s(?:(?<![%s\n]%s)(?<!\A%s)|(?![%s\r\n]))"
            % (_QUOTED, between, _QUOTED, _QUOTED, between)
        )
        """What is quoted, but not from where a value begins to where it ends."""

    def fits(self, csv: Path, *, with_header: bool) -> bool:
        """Whether a file has it; the line with the names of columns is not counted."""
        with csv.open("rb") as file:
            if file.read(len(BOM_UTF8)) != BOM_UTF8:
                file.seek(0)
            if with_header and not self._takes(file.readline()):
                return False
            self.lines = self.size = 0
            rest = b""
            while chunk := file.read(_CHUNK):
                data = rest + chunk
                end = self._end(data)
                if not (self._takes(data[:end]) if end else len(data) < MOST_LINE):
                    return False
                rest = data[end:]
        if rest and not self._takes(rest + (self.line_end or b"\n")):
            return False
        return self.lines > 0

    def _end(self, data: bytes) -> int:
        """Where the last line ends, if it does: an even number of quotes is before that."""
        quotes = data.count(self._quote)
        end = len(data)
        while end:
            start = data.rfind(b"\n", 0, end) + 1
            quotes -= data.count(self._quote, start, end)
            if quotes % 2 == 0:
                return start
            end = start - 1
        return 0

    def _takes(self, data: bytes) -> bool:
        """Whether some lines have it."""
        size, quotes = len(data), data.count(self._quote)
        if any(each in data for each in _STRANGE) or quotes % 2:
            return False
        data = self._without_quoted(data)
        lines, returns = data.count(b"\n"), data.count(b"\r")
        if returns and not returns == lines == data.count(b"\r\n"):
            return False
        line_end = b"\r\n" if returns else b"\n"
        if self.line_end not in (b"", line_end):
            return False
        separators = data.count(self._separator)
        # Of an empty line, the engine makes no row.
        if separators != lines * self._between or self._partly.search(data):
            return False
        quoted = 2 * data.count(_QUOTED)
        self.line_end = line_end
        self.lines += lines
        self.size += size - separators - lines * len(line_end) - quoted - (quotes - quoted) // 2
        return True

    def _without_quoted(self, data: bytes) -> bytes:
        """The data, with one byte for all that is between quotes."""
        if self._quote not in data:
            return data
        parts = data.replace(self._quote * 2, _DOUBLED).split(self._quote)
        data = _QUOTED.join(parts[::2])
        if _DOUBLED in data:
            data = data.replace(_DOUBLED, _QUOTED)
            while _QUOTED * 2 in data:
                data = data.replace(_QUOTED * 2, _QUOTED)
        return data
