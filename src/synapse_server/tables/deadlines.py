"""Deadlines of queries, all watched by one thread: to start one for each query would take longer
than many a query does."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

log = logging.getLogger("synapse.tables")
_AGAIN = 0.05
"""Seconds between two interruptions: one that comes between two statements is lost."""


@dataclass(eq=False, slots=True)
class Deadline:
    """When something has to be over, and what interrupts it then, again and again."""

    at: float
    interrupt: Callable[[], None]
    is_over: bool = False
    """Whether that moment has passed."""


class Deadlines:
    """The deadlines of a process."""

    def __init__(self) -> None:
        self._awake = threading.Condition()
        self._all: set[Deadline] = set()
        self._sleeps_until = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def within(self, seconds: float, interrupt: Callable[[], None]) -> Iterator[Deadline]:
        """Interrupt what takes longer; never after the block."""
        found = Deadline(time.monotonic() + seconds, interrupt)
        with self._awake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            self._all.add(found)
            if found.at < self._sleeps_until:
                self._awake.notify()
        try:
            yield found
        finally:
            with self._awake:
                self._all.discard(found)

    def _watch(self) -> None:
        with self._awake:
            while True:
                now = time.monotonic()
                soonest = math.inf
                for each in self._all:
                    if each.at <= now:
                        each.is_over = True
                        try:
                            each.interrupt()
                        except Exception:  # it was closed; the others' deadlines go on
                            log.exception("What takes too long could not be interrupted")
                        soonest = min(soonest, now + _AGAIN)
                    else:
                        soonest = min(soonest, each.at)
                # What ends before its deadline wakes nobody: to wake up too early does no harm.
                self._sleeps_until = soonest
                self._awake.wait(None if soonest == math.inf else soonest - now)


deadlines = Deadlines()
