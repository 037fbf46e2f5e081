"""What Prometheus collects of one service."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead


class Metrics:
    """Its figures; no question stands in them.

    Args:
        shared: where all processes of the service write it, the PROMETHEUS_MULTIPROC_DIR of each;
            None where there is but one.
    """

    def __init__(self, shared: Path | None = None) -> None:
        own = CollectorRegistry()
        self.requests = Counter(
            "hetao_requests", "Requests answered", ["route", "status"], registry=own
        )
        self.seconds = Histogram(
            "hetao_request_seconds", "Seconds to the end of an answer", ["route"], registry=own
        )
        self.taken = Gauge(
            "hetao_questions_in_work", "Questions answered or waiting", registry=own,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._registry = own
        if shared is not None:
            _forget_the_dead(shared)
            self._registry = CollectorRegistry()
            MultiProcessCollector(self._registry, str(shared))  # type: ignore[no-untyped-call]

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._registry)


def _forget_the_dead(shared: Path) -> None:
    """What a process that was killed had in work is no longer in work."""
    for file in shared.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(shared))  # type: ignore[no-untyped-call]
