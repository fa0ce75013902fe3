"""Trying again, for functions of scripts: what they find in ``synapseclient.core.retry`` under its
official names. Requests of this client itself are repeated by the decisions there."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from synapseclient.core.blocking import run
from synapseclient.core.retry import AGAIN

T = TypeVar("T")

DEFAULT_RETRY_STATUS_CODES = sorted(AGAIN)
DEFAULT_RETRIES = 3
DEFAULT_WAIT = 1
DEFAULT_BACK_OFF = 2
DEFAULT_MAX_WAIT = 30
DEFAULT_BASE_WAIT_ASYNC = 0.001
DEFAULT_WAIT_RANDOM_LOWER_ASYNC = 0.01
DEFAULT_WAIT_RANDOM_UPPER_ASYNC = 0.1
DEFAULT_BACK_OFF_FACTOR_ASYNC = 2
DEFAULT_MAX_BACK_OFF_ASYNC = 10
DEFAULT_MAX_WAIT_BEFORE_FAIL_ASYNC = 20 * 60
NON_RETRYABLE_ERRORS = ["is not a table or view"]
RETRYABLE_CONNECTION_ERRORS = [
    "proxy error",
    "slow down",
    "timeout",
    "timed out",
    "connection reset by peer",
    "unknown ssl protocol error",
    "couldn't connect to host",
    "slowdown",
    "try again",
]
RETRYABLE_CONNECTION_EXCEPTIONS = [
    "ChunkedEncodingError",
    "ConnectionError",
    "ConnectionResetError",
    "Timeout",
    "timeout",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "TimeoutException",
    "ConnectError",
    "ConnectTimeout",
    "SSLZeroReturnError",
    # ours
    "CannotConnect",
    "SynapseTimeoutError",
]


def calculate_exponential_backoff(
    retries: int,
    base_wait: float,
    wait_random_lower: float,
    wait_random_upper: float,
    back_off_factor: float,
    max_back_off: float,
) -> float:
    """Seconds until the next try, after so many."""
    jitter = random.uniform(wait_random_lower, wait_random_upper)  # noqa: S311
    wait: float = base_wait * back_off_factor**retries + jitter
    return min(wait, max_back_off)


@dataclass(frozen=True)
class _Conditions:
    """What is worth another try."""

    status_codes: Collection[int] | None
    expected: Collection[int] | None
    errors: Collection[str] | None
    exceptions: Collection[Any] | None
    never: Collection[str] = ()
    read: bool = True

    def met(self, response: Any, error: Exception | None) -> bool:
        """Whether the outcome of a try is such; an error's own response counts, too."""
        if error is not None:
            response = getattr(error, "response", None)
            names = self.exceptions or ()
            if type(error).__name__ in names or type(error) in names or self._says(str(error)):
                return True
        status = getattr(response, "status_code", None)
        if status is None:
            return False
        said = _said(response) if self.read else ""
        if status in (self.status_codes or ()):
            return not any(each in said for each in self.never)
        if self.expected and status not in self.expected:
            return True
        return not 200 <= status < 300 and self._says(said)

    def _says(self, text: str) -> bool:
        return any(each.lower() in text.lower() for each in self.errors or ())


def _said(response: Any) -> str:
    """What an answer says of itself: the reason in JSON, else its text."""
    try:
        if "json" in (response.headers.get("content-type") or ""):
            return str(response.json().get("reason") or "")
        return str(response.text)
    except (AttributeError, ValueError):
        return ""


def with_retry(
    function: Callable[[], T],
    verbose: bool = False,
    retry_status_codes: Collection[int] = DEFAULT_RETRY_STATUS_CODES,
    expected_status_codes: Collection[int] = (),
    retry_errors: Collection[str] = (),
    retry_exceptions: Collection[Any] = (),
    retries: int = DEFAULT_RETRIES,
    wait: float = DEFAULT_WAIT,
    back_off: float = DEFAULT_BACK_OFF,
    max_wait: float = DEFAULT_MAX_WAIT,
) -> T:
    """Call a function again while that may help.

    Args:
        function: It takes nothing; what it returns may be a response with a ``status_code``.
        verbose: Kept for compatibility.
        retry_status_codes: Of a response, or of an error that has one.
        expected_status_codes: If given, all others are tried again.
        retry_errors: Texts in what a response or an error says.
        retry_exceptions: Classes of errors, or their names.
        retries: How often to try again.
        wait: Seconds until the second try.
        back_off: What the wait is multiplied by each time.
        max_wait: The longest wait.

    Returns:
        What the last call returned. If it raised, that is raised.
    """
    conditions = _Conditions(
        retry_status_codes, expected_status_codes, retry_errors, retry_exceptions
    )
    for left in range(retries, -1, -1):
        found, error = None, None
        try:
            found = function()
        except Exception as raised:
            error = raised
        if left == 0 or not conditions.met(found, error):
            if error is not None:
                raise error
            break
        time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311
        wait = min(max_wait, wait * back_off)
    return cast(T, found)


async def with_retry_time_based_async(
    function: Callable[[], Awaitable[T]],
    verbose: bool = False,
    retry_status_codes: Collection[int] | None = None,
    expected_status_codes: Collection[int] | None = None,
    retry_errors: Collection[str] | None = None,
    retry_exceptions: Collection[Any] | None = None,
    retry_base_wait: float = DEFAULT_BASE_WAIT_ASYNC,
    retry_wait_random_lower: float = DEFAULT_WAIT_RANDOM_LOWER_ASYNC,
    retry_wait_random_upper: float = DEFAULT_WAIT_RANDOM_UPPER_ASYNC,
    retry_back_off_factor: float = DEFAULT_BACK_OFF_FACTOR_ASYNC,
    retry_max_back_off: float = DEFAULT_MAX_BACK_OFF_ASYNC,
    retry_max_wait_before_failure: float = DEFAULT_MAX_WAIT_BEFORE_FAIL_ASYNC,
    read_response_content: bool = True,
    non_retryable_errors: Collection[str] | None = None,
) -> T:
    """Call an async function again while that may help, and until enough time was waited.

    Args:
        function: It takes nothing; what it returns may be a response with a ``status_code``.
        verbose: Kept for compatibility.
        retry_status_codes: Of a response, or of an error that has one; 429 and those of servers
            in trouble if not given.
        expected_status_codes: If given, all others are tried again.
        retry_errors: Texts in what a response or an error says.
        retry_exceptions: Classes of errors, or their names.
        retry_base_wait: Seconds until the second try, and the following: see
            ``calculate_exponential_backoff``.
        retry_wait_random_lower: The least that is added.
        retry_wait_random_upper: The most that is added.
        retry_back_off_factor: What the wait is multiplied by each time.
        retry_max_back_off: The longest wait.
        retry_max_wait_before_failure: Seconds to wait in all.
        read_response_content: Look at what a response says.
        non_retryable_errors: Texts in what a response says that end it.

    Returns:
        What the last call returned. If it raised, that is raised.
    """
    conditions = _Conditions(
        retry_status_codes or DEFAULT_RETRY_STATUS_CODES,
        expected_status_codes,
        retry_errors,
        retry_exceptions,
        non_retryable_errors or NON_RETRYABLE_ERRORS,
        read_response_content,
    )
    waited, count = 0.0, 0
    while True:
        found, error = None, None
        try:
            found = await function()
        except Exception as raised:
            error = raised
        if waited >= retry_max_wait_before_failure or not conditions.met(found, error):
            if error is not None:
                raise error
            return cast(T, found)
        pause = calculate_exponential_backoff(
            count,
            retry_base_wait,
            retry_wait_random_lower,
            retry_wait_random_upper,
            retry_back_off_factor,
            retry_max_back_off,
        )
        await asyncio.sleep(pause)
        waited, count = waited + pause, count + 1


def with_retry_time_based(function: Callable[[], T], *args: Any, **kwargs: Any) -> T:
    """``with_retry_time_based_async``, with the same arguments, for a plain function."""

    async def called() -> T:
        return await asyncio.to_thread(function)

    return run(with_retry_time_based_async(called, *args, **kwargs))
