"""Figures for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: most requests take about one millisecond."""
_LIMITS = (*map(str, _BOUNDS), "+Inf")


class _Times:
    """How long the requests with one method, path and status took."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_LIMITS)
        self.total = 0.0


class Metrics(Collector):
    """Counts and times of requests by endpoint.

    Gathered in plain numbers, by the event loop alone, and put into Prometheus' form only when
    that is asked for: its own counters lock, and cost more than many a request's SQL.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._times: dict[tuple[str, str, int], _Times] = {}

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Note one request; ``path`` is the endpoint's template."""
        times = self._times.get((method, path, status))
        if times is None:
            times = self._times[method, path, status] = _Times()
        times.counts[bisect_left(_BOUNDS, seconds)] += 1
        times.total += seconds

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """All figures so far, as Prometheus wants them."""
        labels = ("method", "path", "status")
        answered = CounterMetricFamily("synapse_requests", "Requests answered.", labels=labels)
        took = HistogramMetricFamily(
            "synapse_request_seconds",
            "Seconds from a request's head to the last byte of its answer.",
            labels=labels,
        )
        for (method, path, status), times in self._times.items():
            values = (method, path, str(status))
            answered.add_metric(values, sum(times.counts))
            buckets = list(zip(_LIMITS, accumulate(times.counts), strict=True))
            took.add_metric(values, buckets, times.total)
        yield answered
        yield took

    def render(self) -> tuple[bytes, bytes]:
        """The content type and the text of the page."""
        return CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry)
