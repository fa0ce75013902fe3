"""How the CSV files of tables are written and read: the same on both sides."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from typing import Any

from synapse_wire.tables import CsvTableDescriptor

csv.field_size_limit(4 * 524_288)  # of the module, so said once: a cell has up to 524,288


def options(given: CsvTableDescriptor) -> dict[str, Any]:
    """What the module ``csv`` must be told to read a file of this form."""
    quote, escape = given.quote_character or '"', given.escape_character or "\\"
    return {
        "delimiter": given.separator or ",",
        "quotechar": quote,
        "escapechar": None if escape == quote else escape,
        "doublequote": True,
    }


class Writer:
    """Writes lines of a form.

    Of line ends, the module ``csv`` quotes only those that it writes: an odd one in a cell would
    end the line. So it writes both, and they become what the form has.

    Raises:
        TypeError: The form has a mark of several characters, or none of its kind.
    """

    def __init__(self, write: Callable[[str], object], given: CsvTableDescriptor) -> None:
        self._write = write
        self._end = given.line_end or "\n"
        self._writer = csv.writer(self, lineterminator="\r\n", **options(given))

    def row(self, values: Iterable[Any]) -> None:
        """Write one line."""
        self._writer.writerow(values)

    def rows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write lines."""
        self._writer.writerows(rows)

    def write(self, line: str) -> None:
        """Take a line from the module, with both line ends."""
        self._write(line[:-2] + self._end)
