"""Async code from plain code, under the official names."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, ParamSpec, TypeVar

from synapseclient.core.blocking import run

P = ParamSpec("P")
T = TypeVar("T")
_END = object()


def wrap_async_to_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and wait for its result, inside Jupyter and the like, too."""
    return run(coroutine)


def wrap_async_generator_to_sync_generator(
    async_gen_func: Callable[P, AsyncGenerator[T, None]], *args: P.args, **kwargs: P.kwargs
) -> Generator[T, None, None]:
    """Yield what an async generator yields."""
    items = async_gen_func(*args, **kwargs)

    async def following() -> Any:
        return await anext(items, _END)

    while (item := run(following())) is not _END:
        yield item
