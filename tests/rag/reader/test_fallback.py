"""When the bundled reader stands in, when another is asked, and what the user hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from typing import Any

import numpy as np
import pytest

from rag.reader.failure import ReaderFailure
from rag.reader.fallback import EscalatingReader, FallbackReader, notices
from rag.reader.layout import ReadText


class Fixed:
    """Gives each sentence the number that is its text; logs what it is asked."""

    def __init__(self, shift: float = 0.0, failure: Exception | None = None) -> None:
        self.id = f"fixed{shift}"
        self.shift = shift
        self.failure = failure
        self.asked: list[Any] = []

    def answers(self, question: str, texts: Sequence[ReadText]) -> list[Any]:
        self.asked.append(list(texts))
        if self.failure:
            raise self.failure
        return [np.array([float(s) + self.shift for s in text.sentences]) for text in texts]


def text(*sentences: str) -> ReadText:
    return ReadText("", "", sentences)


SLOW = ReaderFailure("It is slow.", timed_out=True)


def test_only_what_the_bundled_reader_is_unsure_of_is_asked() -> None:
    other = Fixed(0.01)
    reader = EscalatingReader(other, Fixed())
    texts = [text("0.05"), text("0.3", "0.2"), text("0.95"), text("0.6")]
    found = [each.tolist() for each in reader.answers("?", texts)]
    assert found == [[0.05], pytest.approx([0.31, 0.21]), [0.95], [0.61]]
    assert other.asked == [[texts[1], texts[3]]]


def test_where_the_bundled_reader_is_sure_nobody_is_asked() -> None:
    other = Fixed()
    reader = EscalatingReader(other, Fixed())
    reader.answers("?", [text("0.99"), text(), text("0.01")])
    assert reader.answers("?", []) == []
    assert other.asked == []


def test_a_doubt_that_cannot_be_settled_stays_the_bundled_readers_own() -> None:
    reader = EscalatingReader(Fixed(failure=SLOW), Fixed())
    with notices() as heard:
        assert reader.answers("?", [text("0.5")])[0].tolist() == [0.5]
    assert heard == ["It is slow. The bundled reader read instead."]


def test_after_a_time_out_it_is_let_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    other, now = Fixed(failure=SLOW), [100.0]
    monkeypatch.setattr("rag.reader.fallback.time.monotonic", lambda: now[0])
    reader = FallbackReader(other, Fixed())
    for _ in range(3):
        with notices() as heard:
            reader.answers("?", [text("0.5")])
        assert heard == ["It is slow. The bundled reader read instead."]
    assert len(other.asked) == 1
    now[0], other.failure = 131.0, None
    with notices() as heard:
        reader.answers("?", [text("0.5")])
    assert (heard, len(other.asked)) == ([], 2)


def test_after_another_failure_it_is_asked_again_at_once() -> None:
    other = Fixed(failure=ReaderFailure("It was refused."))
    reader = FallbackReader(other, Fixed())
    for _ in range(2):
        reader.answers("?", [text("0.5")])
    assert len(other.asked) == 2


def test_an_error_of_the_program_is_no_failure_of_the_reader() -> None:
    reader = FallbackReader(Fixed(failure=ZeroDivisionError()), Fixed())
    with pytest.raises(ZeroDivisionError):
        reader.answers("?", [text("0.5")])


def test_each_conversation_hears_of_its_own_readings_only() -> None:
    reader = FallbackReader(Fixed(failure=ReaderFailure("No.")), Fixed())
    others: list[list[str]] = []

    def elsewhere() -> None:
        with notices() as heard:
            others.append(heard)

    with notices() as heard:
        thread = Thread(target=elsewhere)
        thread.start()
        thread.join()
        reader.answers("?", [text("0.5")])
    assert (len(heard), others) == (1, [[]])
    reader.answers("?", [text("0.5")])  # nobody listens
    assert len(heard) == 1
