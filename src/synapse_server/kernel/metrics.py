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

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Note one request; ``path`` is the endpoint's template."""
        self._requests.labels(method, path, status).inc()
        self._seconds.labels(method, path).observe(seconds)

    def render(self) -> tuple[bytes, bytes]:
        """The content type and the text of the page."""
        return CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry)
