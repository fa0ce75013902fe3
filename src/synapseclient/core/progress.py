"""How far a transfer is: one line on a terminal, a bar on standard error otherwise."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

VARIABLE = "SYNAPSE_PROGRESS"
"""``line``, ``bar`` or ``none`` instead of what fits the terminal."""


def human(count: float) -> str:
    """Bytes as people write them.

    >>> human(7266), human(26.3 * 2**20), human(5)
    ('7.1kB', '26.3MB', '5.0bytes')
    """
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if abs(count) < 1024 or unit == "PB":
            return f"{count:3.1f}{unit}"
        count /= 1024
    raise AssertionError


def line_of(prefix: str, share: float, counts: str, name: str) -> str:
    """A line with a bar, written over the one before."""
    hashes = min(int(share * 20), 20)
    return f"\r{prefix}  [{'#' * hashes}{'-' * (20 - hashes)}]{share * 100:.2f}%   {counts} {name}"


class Progress:
    """One transfer. Use it as a context manager and call ``advance``."""

    def __init__(self, prefix: str, name: str, total: int, *, silent: bool = False) -> None:
        self._prefix = prefix
        self._name = name
        self._total = total
        self._done = 0
        self._resumed = 0
        self._started = time.monotonic()
        self._shown = 0.0
        self._bar: Any = None
        style = os.environ.get(VARIABLE) or ("line" if sys.stdout.isatty() else "bar")
        self._style = "none" if silent else style

    def __enter__(self) -> Progress:
        if self._style == "bar":
            from tqdm import tqdm  # late: nobody needs it for `-h`

            forced = os.environ.get(VARIABLE) == "bar"
            self._bar = tqdm(
                total=self._total,
                desc=f"{self._prefix} {self._name}",
                unit="B",
                unit_scale=True,
                unit_divisor=1024,
                disable=False if forced else None,
                leave=True,
            )
        return self

    def resume(self, count: int) -> None:
        """So many bytes were there already."""
        self._resumed = count
        self.advance(count)

    def advance(self, count: int) -> None:
        """So many bytes more."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif self._style == "line" and time.monotonic() - self._shown > 0.1:
            self._shown = time.monotonic()
            self._line("")

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._style == "line":
            self._line(" Done...\n" if kind is None else "\n")

    def _line(self, end: str) -> None:
        share = self._done / self._total if self._total else 1.0
        seconds = max(time.monotonic() - self._started, 1e-6)
        speed = human((self._done - self._resumed) / seconds)
        counts = f"{human(self._done)}/{human(self._total)} ({speed}/s)"
        sys.stdout.write(line_of(self._prefix, share, counts, self._name) + end)
        sys.stdout.flush()
