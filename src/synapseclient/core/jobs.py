"""Asynchronous jobs: start one, ask until it is done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from synapse_wire.jobs import cancel_job
from synapseclient.core.exceptions import SynapseTimeoutError

if TYPE_CHECKING:
    from synapse_wire.endpoint import Endpoint
    from synapseclient.client import Synapse

_FIRST_WAIT = 0.005
_LONGEST_WAIT = 1.0


def waits(seconds: float) -> Iterator[float]:
    """How long to wait before each question: most jobs are done at once, the others take long."""
    spent, wait = 0.0, _FIRST_WAIT
    while spent < seconds:
        wait = min(wait, seconds - spent)
        yield wait
        spent += wait
        wait = min(wait * 1.5, _LONGEST_WAIT)


async def run_job(
    syn: Synapse,
    start: Endpoint[Any, Any],
    get: Endpoint[Any, Any],
    *path: str,
    body: Any,
    seconds: float = 600,
) -> Any:
    """Start a job and wait for its outcome, as plain JSON. Who stops waiting cancels it.

    Args:
        syn: The session.
        start: Where it is started.
        get: Where its outcome is had.
        path: What is in the paths of both.
        body: The request.
        seconds: How long to wait.

    Raises:
        SynapseHTTPError: It failed, and why.
        SynapseTimeoutError: It is not done yet.
    """
    token = (await syn.call_json(start, *path, body=body))["token"]
    try:
        for wait in waits(seconds):
            await asyncio.sleep(wait)
            found = await syn.call_json(get, *path, async_token=token)
            if not (isinstance(found, dict) and found.get("jobState") == "PROCESSING"):
                return found
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            await syn.call(cancel_job, token)
        raise
    raise SynapseTimeoutError(
        f"The job {token} is not done after {seconds:g} seconds. It goes on at the server; give it"
        " more time."
    )
