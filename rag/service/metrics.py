"""What Prometheus collects of one service."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Its figures; no question stands in them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hetao_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "hetao_request_seconds", "Seconds to the end of an answer", ["route"],
            registry=self.registry,
        )  # fmt: skip
        self.taken = Gauge(
            "hetao_questions_in_work", "Questions answered or waiting", registry=self.registry
        )
