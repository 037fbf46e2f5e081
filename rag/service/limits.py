"""What a caller may ask of the service: how much at once, how often, how large."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

_MOST_CALLERS = 10_000


class Busy(Exception):
    """Too much is asked at once, or by one caller: ``seconds`` until it is worth a try."""

    def __init__(self, status: int, seconds: int) -> None:
        super().__init__(status, seconds)
        self.status = status
        self.seconds = seconds

    def __str__(self) -> str:
        many = "You have asked too often" if self.status == 429 else "Too many are asking just now"
        return f"{many}. Try again in {self.seconds} s."


class Slots:
    """So many at once, so many more waiting, nobody beyond.

    Args:
        at_once: how many work side by side.
        waiting: how many may wait for one of these to end.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._all = at_once + waiting
        self._taken = 0
        self._working = anyio.Semaphore(at_once)

    @property
    def taken(self) -> int:
        """How many work or wait."""
        return self._taken

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One's turn. Raises Busy where as many wait as may."""
        if self._taken >= self._all:
            raise Busy(503, 2)
        self._taken += 1
        try:
            async with self._working:
                yield
        finally:
            self._taken -= 1


class Rate:
    """So many requests a minute for each caller: a bucket of tokens that refills evenly.

    https://en.wikipedia.org/wiki/Token_bucket
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count a request. Raises Busy where it is one too many."""
        now = time.monotonic()
        left, before = self._buckets.get(caller, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - before) * self._per_minute / 60)
        if left < 1:
            raise Busy(429, max(1, round((1 - left) * 60 / self._per_minute + 0.5)))
        # Nobody who keeps coming under new names fills the memory: the oldest names are forgotten.
        self._buckets.pop(caller, None)
        self._buckets[caller] = (left - 1, now)
        if len(self._buckets) > _MOST_CALLERS:
            del self._buckets[next(iter(self._buckets))]
