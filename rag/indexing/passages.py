"""Cutting turns into passages: whole sentences, one speaker, within the embedder's window.

The default size was measured on the dev half of the page-10 set (n 55; each size ingested, then
``hetao eval run ... --split dev``): at 100, 150, 200 and 300 tokens recall@4 is .864, .909, .964
and 1.000, but nugget_recall .755, .718, .727 and .736, within the noise: from 200 on the sentences
that are quoted are the same, and there is less to read around them.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rag.text.sentences import split_sentences
from rag.types import Passage, Range, Transcript, Turn

CountTokens = Callable[[str], int]
# Of 11,482 no part is a figure that was said, nor of 3.5 or 10:20.
_OUTSIDE_FIGURES = r"(?!(?<=\d)[,:.，：．]?\d|(?<=\d[,:.，：．])\d)"
# Where a long sentence is cut, the best first: at a clause, at a space, anywhere.
_BREAKS = [re.compile(at + _OUTSIDE_FIGURES) for at in (r"(?<=[,;:，；：、])", r"(?<=\s)", "")]


class _Counted(NamedTuple):
    """A sentence, or a part of one, and its tokens."""

    sentence: Range
    tokens: int


def cut_passages(
    transcript: Transcript,
    *,
    max_tokens: int,
    count_tokens: CountTokens,
    question_context: bool = True,
) -> list[Passage]:
    """Passages of a transcript, in order.

    Args:
        transcript: the parsed transcript.
        max_tokens: the size aimed at, in the embedder's tokens; a passage is larger only by
            the rounding of one sentence's count, and a sentence longer than this is split.
        count_tokens: counts the tokens of a text as the embedder does.
        question_context: whether a passage remembers the reporter's question it answers.

    A stretch of several passages is cut into parts of even size, so that no scrap is left.
    """
    passages = []
    for turn in transcript.turns:
        question = question_before(transcript, turn) if question_context else ""
        for block in turn.blocks:
            sentences = _fitting_sentences(transcript.text, block, max_tokens, count_tokens)
            runs = _even_runs(sentences, max_tokens)
            passages += [_passage(transcript, turn, question, run) for run in runs]
    return passages


def text_in_context(passage: Passage) -> str:
    """What the word index reads: the passage after the question it answers and its speaker."""
    context = f"{passage.question}\n" if passage.question else ""
    said = f"{passage.speaker}: " if passage.speaker else ""
    return f"{context}{said}{passage.text}"


def question_before(transcript: Transcript, turn: Turn) -> str:
    """The reporter's question that a turn answers, on one line; "" where there is none."""
    if turn.exchange is None or turn.exchange == turn.number:
        return ""
    return " ".join(transcript.turn_text(transcript.turn(turn.exchange)).split())


def _fitting_sentences(
    text: str, block: Range, max_tokens: int, count_tokens: CountTokens
) -> list[_Counted]:
    fitting: list[_Counted] = []
    for sentence in split_sentences(text, block.start, block.end):
        fitting.extend(_split_long(text, sentence, max_tokens, count_tokens))
    return fitting


def _split_long(
    text: str, sentence: Range, max_tokens: int, count_tokens: CountTokens
) -> Iterator[_Counted]:
    """Halves a sentence, at a clause or a space near the middle, until its parts fit."""
    start, end = sentence
    # Length says nothing of the count: one ligature may be a dozen tokens.
    tokens = count_tokens(text[start:end])
    if end - start == 1 or tokens <= max_tokens:
        yield _Counted(sentence, tokens)
        return
    middle = (start + end) // 2
    quarter = (end - start) // 4
    first, last = middle - quarter, middle + quarter
    # Two characters more are seen, for whether a figure goes on behind the last place.
    places = (
        [at.start() for at in kind.finditer(text, first, last + 2) if at.start() <= last]
        for kind in _BREAKS
    )
    near = next(filter(None, places), [middle])
    cut = min(near, key=lambda place: abs(place - middle))
    for part_start, part_end in ((start, cut), (cut, end)):
        part = text[part_start:part_end]
        trimmed = Range(
            part_start + len(part) - len(part.lstrip()), part_end - len(part) + len(part.rstrip())
        )
        if trimmed.start < trimmed.end:
            yield from _split_long(text, trimmed, max_tokens, count_tokens)


def _even_runs(sentences: Sequence[_Counted], max_tokens: int) -> Iterator[list[Range]]:
    whole = sum(sentence.tokens for sentence in sentences)
    parts = math.ceil(whole / max_tokens)
    target = whole / parts if parts else 0
    run: list[Range] = []
    size = 0
    for sentence, count in sentences:
        # Close the run where that comes nearer to even parts than going on would.
        if run and (size + count > max_tokens or size + count / 2 > target):
            yield run
            run, size = [], 0
        run.append(sentence)
        size += count
    if run:
        yield run


def _passage(transcript: Transcript, turn: Turn, question: str, run: list[Range]) -> Passage:
    start, end = run[0].start, run[-1].end
    text = transcript.text[start:end]
    page = next(page for page in transcript.pages if page.start <= start < page.end)
    # The place is counted from the page's start: another page put before it moves nothing.
    parts = (
        transcript.id, str(page.number), str(start - page.start), turn.speaker, turn.role,
        question, text, *(f"{s - start}-{e - start}" for s, e in run),
    )  # fmt: skip
    known_as = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
    return passage_of(transcript, turn, run, question, known_as)


def passage_of(
    transcript: Transcript, turn: Turn, run: Sequence[Range], question: str, known_as: str
) -> Passage:
    """The passage of an id that a run of sentences makes.

    Args:
        transcript: where it stands.
        turn: in which.
        run: its sentences.
        question: see :class:`~rag.types.Passage`.
        known_as: its id.
    """
    start, end = run[0].start, run[-1].end
    return Passage(
        id=known_as,
        transcript_id=transcript.id,
        title=transcript.title,
        date=transcript.date,
        page=transcript.page_at(start) or turn.page,
        turn=turn.number,
        exchange=turn.exchange,
        speaker=turn.speaker,
        role=turn.role,
        start=start,
        end=end,
        text=transcript.text[start:end],
        question=question,
        sentences=tuple(run),
    )
