"""Figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


class Metrics:
    """Counts and times of requests by endpoint."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "synapse_requests",
            "Requests answered.",
            ("method", "path", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "synapse_request_seconds",
            "Seconds from a request's head to the last byte of its answer.",
            ("method", "path"),
            registry=self._registry,
        )

        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Note one request; ``path`` is the endpoint's template."""
        key = (method, path, status)
        found = self._known.get(key)
        if found is None:
            found = self._requests.labels(*key), self._seconds.labels(method, path)
            self._known[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def render(self) -> tuple[bytes, bytes]:
        """The content type and the text of the page."""
        return CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry)
