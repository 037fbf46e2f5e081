"""Connections on which nothing comes, or too slowly: they are let go of, so that others get in."""

from __future__ import annotations

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

# Left for files, threads and what else a process opens.
_RESERVED = 256


def raise_open_files() -> int:
    """Let this process open as many files as it may; how many connections that leaves room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = hard if hard != resource.RLIM_INFINITY else 1 << 20
    return max(most - _RESERVED, most // 2)


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with bounds to its patience.

    It is h11's, not httptools': that one takes a head of any length. A connection is broken off
    where no request is complete in its head, or no byte of an answer taken, within ``seconds``; and
    the one that has been quiet longest where more than ``most`` are open.
    """

    seconds: ClassVar[float] = 20.0
    most: ClassVar[int] = 512
    _open: ClassVar[dict[PatientProtocol, None]] = {}

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._until_asked: asyncio.TimerHandle | None = None
        self._until_taken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_request()
        if len(self._open) > self.most:
            quiet = next((other for other in self._open if other.is_quiet), None)
            if quiet is not None:
                quiet.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.pop(self, None)
        for timer in (self._until_asked, self._until_taken):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._wait_for_request()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_taking(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._until_taken is not None:
            self._until_taken.cancel()

    def _wait_for_taking(self, left: int) -> None:
        self._until_taken = self.loop.call_later(self.seconds, self._look_whether_taken, left)

    def _look_whether_taken(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._wait_for_taking(left)
        else:
            self.transport.abort()

    @property
    def is_quiet(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_request(self) -> None:
        # In the order in which they became quiet.
        self._open.pop(self, None)
        self._open[self] = None
        if self._until_asked is not None:
            self._until_asked.cancel()
        self._until_asked = self.loop.call_later(self.seconds, self._give_up)

    def _give_up(self) -> None:
        if self.is_quiet:
            self.transport.abort()
