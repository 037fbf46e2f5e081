"""What a caller may ask of the service: how much at once, how often, how large."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from starlette.exceptions import HTTPException

CALLERS = "callers.sqlite3"
_MINUTE = 60.0


class Slots:
    """So many at once, so many more waiting, nobody beyond.

    Args:
        at_once: how many work side by side.
        waiting: how many may wait for one of these to end.
        on_change: gets 1 for each that comes, -1 for each that goes.
    """

    def __init__(self, at_once: int, waiting: int, on_change: Callable[[float], None]) -> None:
        self._all = at_once + waiting
        self._taken = 0
        self._working = anyio.Semaphore(at_once)
        self._on_change = on_change

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One's turn. Raises HTTPException (503) where as many wait as may."""
        if self._taken >= self._all:
            raise _busy(503, "Too many are asking just now", 2)
        self._taken += 1
        self._on_change(1)
        try:
            async with self._working:
                yield
        finally:
            self._taken -= 1
            self._on_change(-1)


class Rate:
    """So many requests a minute for each caller: a bucket of tokens that refills evenly.

    https://en.wikipedia.org/wiki/Token_bucket

    Args:
        per_minute: how many.
        file: where the processes of a service count together; in this process alone without it.
    """

    def __init__(self, per_minute: int, file: Path | None = None) -> None:
        self._per_minute = per_minute
        # Made in one thread and used in one other, that of the event loop.
        self._db = sqlite3.connect(
            file or ":memory:", isolation_level=None, check_same_thread=False
        )
        # So that a process killed while it counts spoils nothing.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS buckets (caller TEXT PRIMARY KEY, tokens REAL, at REAL)"
        )

    def take(self, caller: str) -> None:
        """Count a request. Raises HTTPException (429) where it is one too many."""
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            left = self._left(caller, time.monotonic())
        if left < 1:
            seconds = max(1, round((1 - left) * _MINUTE / self._per_minute + 0.5))
            raise _busy(429, "You have asked too often", seconds)

    def _left(self, caller: str, now: float) -> float:
        """What the caller's bucket holds, of which one is taken where it is enough."""
        # After a minute it is full again, as that of one who never came.
        self._db.execute("DELETE FROM buckets WHERE at < ?", (now - _MINUTE,))
        row = self._db.execute("SELECT tokens, at FROM buckets WHERE caller = ?", (caller,))
        tokens, before = row.fetchone() or (float(self._per_minute), now)
        left = min(self._per_minute, tokens + (now - before) * self._per_minute / _MINUTE)
        if left >= 1:
            self._db.execute("REPLACE INTO buckets VALUES (?, ?, ?)", (caller, left - 1, now))
        return float(left)


def _busy(status: int, why: str, seconds: int) -> HTTPException:
    """The refusal of a request that is worth another try in so many seconds."""
    told = f"{why}. Try again in {seconds} s."
    return HTTPException(status, told, {"Retry-After": str(seconds)})
