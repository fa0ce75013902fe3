"""Decisions of transfers, without doing anything: sizes of parts, ranges, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synapse_wire.files import MAX_PARTS

PART_SIZE = 8 * 1024 * 1024
"""Bytes of a part while 10,000 of them are enough."""
RANGE_SIZE = 8 * 1024 * 1024
ONE_STREAM = 16 * 1024 * 1024
"""Files up to this size are fetched in one piece."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` up to, not including, ``end``."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


def part_size(size: int) -> int:
    """The size of the parts of an upload.

    >>> part_size(0), part_size(2**40)
    (8388608, 109951163)
    """
    return max(PART_SIZE, -(-size // MAX_PARTS))


def part_span(number: int, size: int, each: int) -> Span:
    """The bytes of part ``number``, which counts from 1."""
    start = (number - 1) * each
    return Span(start, min(start + each, size))


def missing_parts(parts_state: str) -> list[int]:
    """The numbers of the parts that are not there yet.

    >>> missing_parts("1010")
    [2, 4]
    """
    return [number for number, there in enumerate(parts_state, 1) if there == "0"]


def ranges(start: int, size: int) -> Iterator[Span]:
    """The ranges of a download that goes on at ``start``, in order."""
    while start < size:
        end = min(start + RANGE_SIZE, size)
        yield Span(start, end)
        start = end


class Prefix:
    """The finished prefix of a file whose ranges come in any order."""

    def __init__(self, start: int) -> None:
        self.end = start
        self._beyond: dict[int, int] = {}

    def add(self, span: Span) -> None:
        """Note a finished range."""
        self._beyond[span.start] = span.end
        while self.end in self._beyond:
            self.end = self._beyond.pop(self.end)
