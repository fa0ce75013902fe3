"""Work with small files: in the event loop where that is quick, in threads where it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_SMALL = 64 * 1024
"""Bytes that take less time to write or hash than to hand to a thread."""
_SLOW = 0.002
_OFTEN = 20


class Inline:
    """Calls what works with a small file.

    To hand a file of some kilobytes to a thread, and wait for it, costs twice the processor
    time of writing it. But on a network file system it would hold up everything else, so once
    it is slow more often than not, the work goes to threads.
    """

    def __init__(self) -> None:
        self._slow = 0

    async def __call__(
        self, size: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Do the work with a file of so many bytes, here or in a thread."""
        if size > _SMALL or self._slow > _OFTEN:
            return await asyncio.to_thread(work, *args, **kwargs)
        started = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            slow = time.perf_counter() - started > _SLOW
            self._slow = max(0, self._slow + (1 if slow else -1))
