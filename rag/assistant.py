"""The composition root: builds the parts from the settings and answers with them.

The command line, the UI and the evaluation know this one object and nothing behind it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rag.answering.answer_cache import AnswerCache
from rag.answering.attribution import attributor
from rag.answering.extractive import NAME as EXTRACTIVE
from rag.answering.models import ChatModel, Meter, open_chat_model
from rag.answering.outline import NAME as OUTLINE
from rag.answering.standalone import rewrite
from rag.answering.timeline import Timeline, Timelines
from rag.answering.translation import translate
from rag.answering.writer import Writer
from rag.chain import (
    Asked,
    Chain,
    answer_chain,
    evidence_chain,
    extractive_generator,
    told_chain,
    written_chain,
)
from rag.collector import open_collector
from rag.embedding.embedder import Embedder, build_embedder
from rag.embedding.kept import RememberingEmbedder
from rag.errors import QuestionError, unknown_transcript
from rag.indexing.current import current_generation
from rag.indexing.index import Index, open_index
from rag.indexing.shared import follow
from rag.questions.question import understand
from rag.reader.build import build_reader
from rag.requested import Requested
from rag.search.filters import check_filters
from rag.search.offered import Checks
from rag.search.reranking import build_reranker
from rag.search.retrieval import Retriever
from rag.search.speaker_evidence import SaidBy
from rag.search.suggestions import Suggestions
from rag.settings import Settings
from rag.sourced import sourced, with_copies
from rag.summary import summarise
from rag.telemetry import Span, current, during, span
from rag.types import Answer, Filters, Hit, Message, Transcript, Usage
from rag.verification.verify import Verifier

MAX_HITS = 200


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was searched for, after cleaning and with its history, and what was found.

    ``transcripts`` are those of the index that was searched, by id.
    """

    question: str
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]
    transcripts: Mapping[str, Transcript] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Open:
    """An open index with what was built over it."""

    index: Index
    retriever: Retriever
    said_by: SaidBy
    suggestions: Suggestions
    requested: Requested
    timelines: Timelines


def open_assistant(settings: Settings, *, keeps_answers: bool = True) -> Assistant:
    """An assistant over the index in force; see :class:`Assistant`.

    Raises IndexMissing, IndexMismatch or ModelError; each says what to do.
    """
    return Assistant(settings, keeps_answers=keeps_answers)


class Assistant:
    """Answers questions over the index; follows it when an ingest, here or elsewhere, replaces it.

    Safe to share between threads. ``chat`` is a chat model to use instead of the settings' own.
    What a model wrote is kept for the next time that the same is asked, unless
    ``keeps_answers`` is False, as where its time is measured.
    """

    def __init__(
        self, settings: Settings, chat: ChatModel | None = None, *, keeps_answers: bool = True
    ) -> None:
        started = time.perf_counter()
        self.settings = settings
        self._chat = chat
        self._keeps_answers = keeps_answers
        self._lock = threading.Lock()
        self._collector = open_collector(settings)
        self._embedder: Embedder = RememberingEmbedder(build_embedder(settings))
        self._reranker = build_reranker(settings)
        self._reader = build_reader(settings)
        self._open = self._opened(latest=True)
        follow(settings, self)
        # Time that the next answer reports as spent on loading.
        self._load_ms = _milliseconds(started)

    def ask(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Answer:
        """The complete answer. Raises QuestionError when the question cannot be used."""
        *_, answer = self.stream(question, history, filters)
        return answer

    def stream(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Iterator[Answer]:
        """Snapshots of the answer, the last one complete.

        They grow by a claim each; where a chat model writes, its claims replace the quotes that
        are shown first. What is no question (a greeting, "summarise it") is answered at once.

        Args:
            question: as the user typed it, at most 2,000 characters.
            history: the conversation so far, oldest first.
            filters: which passages may be used.

        Raises QuestionError when the question or a filter cannot be used, and ModelError or
        SettingsError when the chat model cannot be set up; one that fails later is a notice.
        """
        step = self._collector.root("hetao.ask", messages=len(history))
        yield from during(step, self._answers(question, history, filters))

    def _answers(
        self, question: str, history: Sequence[Message], filters: Filters
    ) -> Iterator[Answer]:
        opened, load_ms = self._current()
        started = time.perf_counter()
        chat = self._chat_model()
        load_ms = round(load_ms + _milliseconds(started), 1)
        started = time.perf_counter()
        meter = Meter()
        rewriting = partial(rewrite, model=chat, meter=meter) if chat else None
        asked = Asked(question, history, check_filters(opened.index, filters))
        with span("understand"):
            requested = opened.requested.answer(asked)
        if requested is None:
            evidence = evidence_chain(opened.said_by.gather, rewriting).invoke(asked)
            chain = self._chain(opened, chat, meter, self._quoting(opened))
            answers = chain.stream(evidence)
        elif requested.generator == OUTLINE:
            chain = self._chain(opened, chat, meter, told_chain(requested))
            answers = summarise(requested, chain, opened.index)
        else:
            answers = iter((requested,))
        retrieve_ms = _milliseconds(started)
        answering = span("answer")
        for answer in during(answering, answers):
            since = _milliseconds(started)
            timings = {
                "load": load_ms,
                "retrieve": retrieve_ms,
                "generate": round(since - retrieve_ms, 1),
                "total": round(load_ms + since, 1),
            }
            if meter.first_token:
                timings["first_token"] = round((meter.first_token - started) * 1000, 1)
            usage = meter.usage if chat else None
            _note_cost(answering, answer, usage)
            _note_answer(current(), answer)
            yield replace(sourced(answer, opened.index), timings_ms=timings, usage=usage)

    def search(
        self,
        question: str,
        k: int = 10,
        filters: Filters = Filters(),
        history: Sequence[Message] = (),
    ) -> SearchResult:
        """The ``k`` best passages. Raises QuestionError as :meth:`stream` does."""
        if not 1 <= k <= MAX_HITS:
            raise QuestionError(f"The number of passages must be 1 to {MAX_HITS}, not {k}.")
        with self._collector.root("hetao.search", messages=len(history)) as step:
            found = self._found(question, k, filters, history)
            step.note(hits=len(found.hits))
            step.quote(question=question)
        return found

    def _found(
        self, question: str, k: int, filters: Filters, history: Sequence[Message]
    ) -> SearchResult:
        opened, load_ms = self._current()
        started = time.perf_counter()
        filters = check_filters(opened.index, filters)
        with span("understand"):
            asked = opened.retriever.read(understand(question, history), filters)
        found = opened.retriever.search(asked, k, filters)
        hits = tuple(with_copies(hit, opened.index) for hit in found)
        took = _milliseconds(started)
        timings = {"load": load_ms, "retrieve": took, "total": round(load_ms + took, 1)}
        return SearchResult(asked.standalone, hits, timings, opened.index.transcripts)

    def timeline(self, topic: str, filters: Filters = Filters()) -> Timeline:
        """Who said what about a topic, when. Raises QuestionError as :meth:`stream` does."""
        with self._collector.root("hetao.timeline") as step:
            opened, _ = self._current()
            found = opened.timelines.of(topic, check_filters(opened.index, filters))
            step.note(entries=len(found.entries))
            step.quote(question=topic)
        return found

    def transcripts(self) -> tuple[Transcript, ...]:
        """All transcripts of the index."""
        return tuple(self._current()[0].index.transcripts.values())

    def transcript(self, transcript_id: str) -> Transcript:
        """One transcript. Raises QuestionError when there is none of that id."""
        found = self._current()[0].index.transcripts.get(transcript_id)
        if found is None:
            raise unknown_transcript(transcript_id)
        return found

    def speakers(self) -> tuple[str, ...]:
        """Everybody who speaks, officials first, each group in order of first appearance."""
        cast = [each for held in self.transcripts() for each in held.cast]
        cast.sort(key=lambda each: each[1] != "official")
        return tuple(dict.fromkeys(speaker for speaker, _ in cast if speaker))

    def example_questions(self, count: int = 4) -> tuple[str, ...]:
        """Questions to begin with, which make sense alone and are answered; checked once."""
        return self._current()[0].suggestions.to_begin(count)

    def suggestions(self, answer: Answer, asked: Sequence[str], count: int = 3) -> tuple[str, ...]:
        """Questions of the corpus to go on with after an answer, or instead of a refused question.

        None was ``asked`` before. At most six are checked, half a second each, and that is kept.
        """
        return self._current()[0].suggestions.to_go_on(answer, asked, count)

    def _quoting(self, opened: _Open) -> Chain:
        transcripts = opened.index.transcripts.__getitem__
        quoting = extractive_generator(self.settings.answer_sentences)
        return answer_chain(quoting, EXTRACTIVE, transcripts, self.settings.min_confidence)

    def _chain(self, opened: _Open, chat: ChatModel | None, meter: Meter, quoting: Chain) -> Chain:
        """What quotes, or what writes after it where a chat model is set."""
        if chat is None:
            return quoting
        ground = partial(attributor, index=opened.index, embedder=self._embedder)
        writer = Writer(chat, meter, self.settings, ground)
        check = Verifier(opened.index.transcripts.__getitem__, self._embedder).check
        return written_chain(
            quoting, writer, check, partial(translate, model=chat, meter=meter),
            self.settings.min_confidence,
        )  # fmt: skip

    def _chat_model(self) -> ChatModel | None:
        """The chat model, opened when the first question needs it; None where none is set."""
        with self._lock:
            if self._chat is None and self.settings.chat_model:
                kept = self.settings.data_dir / "answers.sqlite3"
                cache = AnswerCache(kept) if self._keeps_answers else None
                self._chat = ChatModel(open_chat_model(self.settings), self.settings, cache)
            return self._chat

    def _opened(self, *, latest: bool = False) -> _Open:
        index = open_index(self.settings, self._embedder.id, latest=latest)
        # Opened here, so that damage is met at the start and the first answer does not wait.
        index.open_parts()
        weight = self.settings.dense_weight
        retriever = Retriever(index, self._embedder, weight, self._reranker, self._reader)
        said_by = SaidBy(index, self._embedder, retriever, self.settings)
        checked = AnswerCache(self.settings.data_dir / "checked.sqlite3")
        # The number is that of the way to gather, raised when it answers otherwise.
        mark = f"2 {weight} {self.settings.reader_model} {self.settings.reranker_model}"
        check = Checks(index, said_by.gather, self.settings.min_confidence, checked, mark)
        suggestions = Suggestions(index, self._embedder, check)
        requested = Requested(index, self._embedder, retriever, self.settings)
        timelines = Timelines(
            index, self._embedder, retriever, self._reader, said_by, self.settings
        )
        return _Open(index, retriever, said_by, suggestions, requested, timelines)

    def _current(self) -> tuple[_Open, float]:
        """The index in force and the milliseconds that loading took since the last call."""
        with self._lock:
            started = time.perf_counter()
            if current_generation(self.settings.data_dir) != self._open.index.generation:
                # The old one is left to the threads that still read it.
                self._open = self._opened()
                self._load_ms += _milliseconds(started)
            load_ms, self._load_ms = self._load_ms, 0.0
            return self._open, load_ms


def _note_answer(step: Span, answer: Answer) -> None:
    step.note(
        status=answer.status, confidence=answer.confidence, certainty=answer.certainty,
        claims=len(answer.claims), citations=len(answer.citations), language=answer.language,
    )  # fmt: skip
    step.quote(question=answer.question, answer=answer.text)


def _note_cost(step: Span, answer: Answer, usage: Usage | None) -> None:
    step.note(generator=answer.generator, claims=len(answer.claims))
    provider, _, model = answer.generator.partition(":")
    if usage is not None and model:
        step.note(operation="chat", provider=provider, model=model)
        step.note(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
