"""Jobs of the server as objects: a request that takes its own answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from synapse_wire.endpoint import Endpoint
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.jobs import run_job


class Job(NamedTuple):
    """Where a job is started and asked for, and its request."""

    start: Endpoint[Any, Any]
    get: Endpoint[Any, Any]
    path: tuple[str, ...]
    body: Any


class AsynchronousCommunicator:
    """A request of a job; once the job has run, the fields of the answer are filled."""

    def _job(self) -> Job:
        raise NotImplementedError

    def to_synapse_request(self) -> dict[str, Any]:
        """As the server wants it."""
        raise NotImplementedError

    def fill_from_dict(self, synapse_response: Mapping[str, Any]) -> Self:
        """Take the answer."""
        raise NotImplementedError

    async def send_job_and_wait_async(
        self,
        post_exchange_args: dict[str, Any] | None = None,
        timeout: int = 120,  # noqa: ASYNC109  its name in the official client
        *,
        synapse_client: Synapse | None = None,
    ) -> Self:
        """Start the job and wait for its answer.

        Args:
            post_exchange_args: Accepted for compatibility.
            timeout: Seconds to wait.
            synapse_client: The session.

        Raises:
            SynapseHTTPError: It failed, and why.
            SynapseTimeoutError: It is not done yet.
        """
        job = self._job()
        syn = Synapse.get_client(synapse_client)
        found = await run_job(syn, job.start, job.get, *job.path, body=job.body, seconds=timeout)
        return self.fill_from_dict(found)

    send_job_and_wait = blocking(send_job_and_wait_async)
