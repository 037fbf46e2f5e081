"""A reader elsewhere, and the bundled one that stands in whenever it gives no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from rag.reader.failure import ReaderFailure
from rag.reader.layout import ReadText
from rag.reader.reader import Probabilities, Reader

# After a time-out the reader is let alone for so long: a question reads several times, and each
# reading would be waited for anew.
_REST_SECONDS = 30.0
# Between these the bundled reader is unsure, and a chat model is asked: outside of them another
# opinion, which costs a second or more a passage, would seldom turn an answer into a refusal
# (``min_confidence`` is 0.52). Not yet measured; `hetao eval compare` of two runs is how.
UNSURE = (0.1, 0.9)

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@contextmanager
def notices() -> Iterator[list[str]]:
    """What the reader has for the user, each sentence once, of what is read inside the block.

    The block must not be left by a ``yield``: the list belongs to one context.
    """
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


class FallbackReader:
    """Reads with ``model``; whatever it fails at, ``bundled`` reads instead, and a notice says so.

    All of one call is read by one of the two, so that its probabilities can be compared. Safe to
    share between threads. Raises only what ``bundled`` raises.
    """

    def __init__(self, model: Reader, bundled: Reader) -> None:
        self.id = model.id
        self._model = model
        self._bundled = bundled
        self._lock = threading.Lock()
        self._resting: tuple[float, ReaderFailure] | None = None

    def answers(self, question: str, texts: Sequence[ReadText]) -> list[Probabilities]:
        """As in :class:`~rag.reader.reader.Reader`."""
        found = self._answers(question, texts)
        return self._bundled.answers(question, texts) if found is None else found

    def _answers(self, question: str, texts: Sequence[ReadText]) -> list[Probabilities] | None:
        try:
            self._check_rest()
            return self._model.answers(question, texts)
        except ReaderFailure as failure:
            self._tell(failure)
            return None

    def _check_rest(self) -> None:
        with self._lock:
            if self._resting and time.monotonic() < self._resting[0]:
                raise ReaderFailure(str(self._resting[1]))
            self._resting = None

    def _tell(self, failure: ReaderFailure) -> None:
        if failure.timed_out:
            with self._lock:
                self._resting = (time.monotonic() + _REST_SECONDS, failure)
        heard, notice = _heard.get(), f"{failure} The bundled reader read instead."
        if heard is not None and notice not in heard:
            heard.append(notice)


class EscalatingReader(FallbackReader):
    """The bundled reader first; ``model`` is asked only what that one is unsure of."""

    def answers(self, question: str, texts: Sequence[ReadText]) -> list[Probabilities]:
        """As in :class:`~rag.reader.reader.Reader`."""
        found = self._bundled.answers(question, texts)
        unsure = [place for place, each in enumerate(found) if _is_unsure(float(each.sum()))]
        better = self._answers(question, [texts[place] for place in unsure]) if unsure else None
        for place, each in zip(unsure, better or (), strict=better is not None):
            found[place] = each
        return found


def _is_unsure(probability: float) -> bool:
    return UNSURE[0] < probability < UNSURE[1]
