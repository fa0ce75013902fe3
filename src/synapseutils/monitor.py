"""Being told how long work goes: by a message of Synapse, or on the terminal."""

from __future__ import annotations

import functools
import itertools
import traceback
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from synapseclient import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.more_utils import printTransferProgress

P = ParamSpec("P")
R = TypeVar("R")


def notifyMe(
    syn: Synapse, messageSubject: str = "", retries: int = 0
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function so that you get a message when it has ended, and when it fails.

    Args:
        syn: A client that is logged in.
        messageSubject: The subject of the messages.
        retries: How often to call it again after a failure. The error of the last call is
            raised.

    A message that cannot be sent is a warning; the work itself goes on.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def told(*args: P.args, **kwargs: P.kwargs) -> R:
            for left in range(retries, -1, -1):
                try:
                    output = function(*args, **kwargs)
                except Exception as error:
                    run(syn._tell_me(messageSubject, _failure(syn, error, left)))
                    if left == 0:
                        raise
                else:
                    run(syn._tell_me(messageSubject, _success(function)))
                    return output
            raise ValueError(f"retries must be 0 or more, not {retries}.")

        return told

    return decorate


def notify_me_async(
    syn: Synapse, messageSubject: str = "", retries: int = 0
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """``notifyMe``, for an async function."""

    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @functools.wraps(function)
        async def told(*args: P.args, **kwargs: P.kwargs) -> R:
            for left in range(retries, -1, -1):
                try:
                    output = await function(*args, **kwargs)
                except Exception as error:
                    await syn._tell_me(messageSubject, _failure(syn, error, left))
                    if left == 0:
                        raise
                else:
                    await syn._tell_me(messageSubject, _success(function))
                    return output
            raise ValueError(f"retries must be 0 or more, not {retries}.")

        return told

    return decorate


def _success(function: Callable[..., object]) -> str:
    name = getattr(function, "__name__", repr(function))
    return f"Call to {name} completed successfully!"


def _failure(syn: Synapse, error: Exception, left: int) -> str:
    """What to say of a failure, which is logged, too."""
    more = f"It will be called {left} more times." if left else "It is not called again."
    syn.logger.warning("The work failed: %s. %s", error, more)
    return f"The work failed. {more}\n\n{error}\n\n{traceback.format_exc()}"


def with_progress_bar(
    func: Callable[P, R],
    totalCalls: int,
    prefix: str = "",
    postfix: str = "",
    isBytes: bool = False,
) -> Callable[P, R]:
    """The same function, with a bar on the terminal that grows with each call.

    Args:
        func: The function.
        totalCalls: How many calls there will be.
        prefix: Text before the bar.
        postfix: Text after it.
        isBytes: Show counts as bytes.
    """
    calls = itertools.count(1)  # counts right in threads, too

    @functools.wraps(func)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        printTransferProgress(next(calls), totalCalls, prefix, postfix, isBytes)
        return func(*args, **kwargs)

    return counted
