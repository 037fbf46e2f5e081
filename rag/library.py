"""Hetao as a part of another program: what ``from rag import Hetao`` gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.assistant import SearchResult, open_assistant
from rag.events import Event, events_of
from rag.settings import Settings, load_settings
from rag.types import Answer, Filters, Message

if TYPE_CHECKING:
    from rag.runnables import PassageRetriever
    from rag.tracing import Private


class Hetao:
    """Answers questions over the index in force, and follows it when an ingest replaces it.

    Safe to share between threads. LangChain traces nothing unless a tracer is among the callbacks
    that a caller hands to :attr:`chain` or a retriever; spans of OpenTelemetry go where the
    settings say.

    Args:
        settings: None takes those of the command line: the environment, then ``.env``.

    Raises SettingsError, IndexMissing, IndexMismatch or ModelError; each says what to do.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.assistant = open_assistant(settings or load_settings())

    def ask(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Answer:
        """The complete answer. Arguments and errors as of :meth:`stream`."""
        return self.assistant.ask(question, history, filters)

    def stream(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Iterator[Answer]:
        """Snapshots of the answer, the last one complete.

        Args:
            question: as the user typed it, at most 2,000 characters.
            history: the conversation so far, oldest first.
            filters: which passages may be used.

        Raises QuestionError when the question or a filter cannot be used, and ModelError or
        SettingsError when a chat model is set and cannot be set up.
        """
        return self.assistant.stream(question, history, filters)

    def events(
        self, question: str, history: Sequence[Message] = (), filters: Filters = Filters()
    ) -> Iterator[Event]:
        """The answer as it grows, told by what changes. Arguments and errors as of :meth:`stream`.

        :func:`rag.events.event_to_json` gives the JSON of each.
        """
        return events_of(self.stream(question, history, filters))

    def search(
        self,
        question: str,
        k: int = 10,
        filters: Filters = Filters(),
        history: Sequence[Message] = (),
    ) -> SearchResult:
        """The ``k`` best passages, 1 to 200. Raises QuestionError as :meth:`stream` does."""
        return self.assistant.search(question, k, filters, history)

    def retriever(self, k: int = 4, filters: Filters = Filters()) -> PassageRetriever:
        """LangChain's retriever over the ``k`` best passages, which it gives as documents."""
        from rag.runnables import PassageRetriever

        return PassageRetriever(assistant=self.assistant, k=k, filters=filters)

    @cached_property
    def chain(self) -> Private[Any, Answer]:
        """LangChain's runnable from a question, or ``{"question", "history", "filters"}``, to its
        answer; ``stream`` and ``astream`` yield snapshots, the last one complete.
        """
        from rag.runnables import question_chain

        return question_chain(self.assistant)
