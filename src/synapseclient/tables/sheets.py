"""CSV files as tables take and give them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from synapse_wire.csv_form import Writer, options
from synapse_wire.tables import CsvTableDescriptor
from synapseclient.tables.cells import text_of


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"
    line_end: str = "\n"
    header: bool = True

    def descriptor(self) -> CsvTableDescriptor:
        """As the server is told."""
        return CsvTableDescriptor(
            separator=self.separator,
            quote_character=self.quote,
            escape_character=self.escape,
            line_end=self.line_end,
            is_first_line_header=self.header,
        )

    def read(self, path: str, skip: int = 0) -> Iterator[list[str]]:
        """The lines of a file, one at a time, empty ones left out."""
        with open(path, encoding="utf-8-sig", newline="") as file:
            for line in csv.reader(file, **options(self.descriptor())):
                if skip > 0:
                    skip -= 1
                elif line:
                    yield line

    def write(self, path: str, names: Sequence[str] | None, rows: Iterable[Sequence[Any]]) -> None:
        """Write values, below the names of their columns if there are names."""
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = Writer(file.write, self.descriptor())
            if names is not None:
                writer.row(names)
            writer.rows([text_of(each) for each in row] for row in rows)


PLAIN = Dialect()
"""What is written and read unless said."""


def parts_of(path: str, dialect: Dialect, most: int, folder: str) -> Iterator[str]:
    """A file, or if it has more than ``most`` bytes, files in a folder of about as many, each
    with the names of the columns."""
    if os.path.getsize(path) <= most:
        yield path
        return
    lines = dialect.read(path)
    names = next(lines, None) if dialect.header else None
    number = 0
    while (first := next(lines, None)) is not None:
        number += 1
        part = os.path.join(folder, f"part{number}.csv")
        dialect.write(part, names, _until(chain([first], lines), most))
        yield part


def _until(lines: Iterator[list[str]], most: int) -> Iterator[list[str]]:
    """Lines of so many bytes, at least one."""
    size = 0
    while size < most and (line := next(lines, None)) is not None:
        size += sum(len(text.encode()) + 1 for text in line)
        yield line
