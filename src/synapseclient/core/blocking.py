"""Blocking twins of async functions: ``get = blocking(get_async)``.

One daemon thread runs one event loop for the whole process, so that connections stay open
between calls and nothing needs patching inside Jupyter or another running loop.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    import asyncio

P = ParamSpec("P")
R = TypeVar("R")


class _IoLoop:
    """The loop and its thread; made on first use."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        if self.loop is None:
            with self.lock:
                if self.loop is None:
                    import asyncio  # late: nothing that only imports us pays for it

                    loop = asyncio.new_event_loop()
                    self.thread = threading.Thread(
                        target=loop.run_forever, name="synapse-io", daemon=True
                    )
                    self.thread.start()
                    self.loop = loop
        return self.loop

    def end(self) -> None:
        """Cancel what still runs and stop; nothing is sent after this."""
        loop, thread = self.loop, self.thread
        if loop is None or thread is None:
            return
        import asyncio

        async def wind_up() -> None:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left, timeout=2)
            loop.stop()

        loop.call_soon_threadsafe(loop.create_task, wind_up())
        thread.join(5)


_io = _IoLoop()


def _start_anew() -> None:
    global _io
    _io = _IoLoop()  # threads do not survive a fork


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


@atexit.register
def _end() -> None:
    """Leave no thread in Python code when the interpreter goes away.

    The HTTP library answers from threads of its own. One that has just handed over the last
    result and is still on its way out would abort the whole process (``PyGILState_Release``).
    """
    _io.end()
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        ours = {thread.ident for thread in threading.enumerate()}
        if ours.issuperset(sys._current_frames()):
            return
        time.sleep(0.0002)


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine on the I/O loop and wait for it. Ctrl-C cancels it.

    Raises:
        RuntimeError: Called on the I/O loop itself, where waiting would never end.
    """
    import contextvars

    io = _io
    loop = io.get()
    if threading.current_thread() is io.thread:
        work.close()
        raise RuntimeError(
            "A blocking call was made from async code of this client; await the _async twin."
        )
    context = contextvars.copy_context()
    tasks: list[asyncio.Task[R]] = []
    done = threading.Event()

    def start() -> None:
        task = loop.create_task(work, context=context)
        tasks.append(task)
        task.add_done_callback(lambda _: done.set())

    loop.call_soon_threadsafe(start)
    try:
        done.wait()
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
        done.wait(5)
        raise
    return tasks[0].result()


def blocking(function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """The same function, method or verb, waiting for its result."""

    @functools.wraps(function)
    def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        return run(function(*args, **kwargs))

    twin.__name__ = function.__name__.removesuffix("_async")
    return twin


def iterate(items: AsyncIterator[R]) -> Iterator[R]:
    """What an async iterator gives, one after the other; nothing is fetched before it is asked."""
    end: Any = object()

    async def following() -> R:
        return await anext(items, end)

    while (item := run(following())) is not end:
        yield item
