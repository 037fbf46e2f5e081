"""Hetao as parts of LangChain: a retriever, and a chain from a question to its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.messages import convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (
    RunnableConfig,
    RunnableGenerator,
    RunnableLambda,
    RunnableSequence,
)

from rag.assistant import Assistant, SearchResult
from rag.chain import Asked
from rag.errors import QuestionError
from rag.indexing.metadata import passage_metadata
from rag.tracing import Private, private
from rag.types import Answer, Filters, Message


class PassageRetriever(BaseRetriever):
    """The best passages for a question as documents, best first.

    A document has the passage's id, its words, and as metadata what Chroma holds of it with the
    ``score`` (higher is better, no fixed scale). Raises QuestionError when the question, ``k`` or
    a filter cannot be used.
    """

    assistant: Any  # an Assistant; pydantic would look into it
    k: int
    filters: Filters

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        del run_manager  # the search has no steps of LangChain's
        return documents(self.assistant.search(query, self.k, self.filters))

    def invoke(
        self,
        input: str,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """The documents for a question."""
        with private(config):
            return super().invoke(input, config, **kwargs)

    async def ainvoke(
        self,
        input: str,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """The documents for a question, found in a thread while the loop goes on."""
        with private(config):
            return await super().ainvoke(input, config, **kwargs)


def documents(found: SearchResult) -> list[Document]:
    """The hits of a search as documents."""
    return [
        Document(
            id=hit.passage.id,
            page_content=hit.passage.text,
            metadata={
                **passage_metadata(hit.passage, found.transcripts[hit.passage.transcript_id]),
                "score": hit.score,
            },
        )
        for hit in found.hits
    ]


def question_chain(assistant: Assistant) -> Private[Any, Answer]:
    """From a question to its answer; ``stream`` yields growing snapshots, the last one complete.

    What goes in is a question as text, or a mapping with ``question`` and, if wanted, ``history``
    (messages of LangChain's, in any of its forms) and ``filters``. Raises QuestionError for
    anything else, and as :meth:`~rag.assistant.Assistant.stream` does.
    """

    def answers(given: Iterator[Asked]) -> Iterator[Answer]:
        for asked in given:
            yield from assistant.stream(asked.question, asked.history, asked.filters)

    reading = RunnableLambda(read_input, name="question")
    return Private(
        RunnableSequence(reading, RunnableGenerator(answers, name="answer"), name="Hetao")
    )


def read_input(given: Any) -> Asked:
    """What was given to the chain, in our own terms. Raises QuestionError."""
    if isinstance(given, str):
        return Asked(given, (), Filters())
    if isinstance(given, Mapping) and isinstance(given.get("question"), str):
        filters = given.get("filters") or Filters()
        if not isinstance(filters, Filters):
            raise QuestionError(f"The filters must be rag.Filters, not {type(filters).__name__}.")
        return Asked(given["question"], _history(given.get("history") or ()), filters)
    raise QuestionError(
        'The chain takes a question as text, or {"question": "...", "history": [...], "filters": '
        f"rag.Filters(...)}}, not {type(given).__name__}."
    )


def _history(given: Any) -> tuple[Message, ...]:
    roles = {"human": "user", "ai": "assistant"}
    try:
        if isinstance(given, str):
            raise TypeError(f"{given[:40]!r} is a text")
        listed: list[Any] = given.to_messages() if isinstance(given, PromptValue) else list(given)
        if all(isinstance(message, Message) for message in listed):
            return tuple(listed)
        messages = convert_to_messages(listed)
        return tuple(Message(roles[m.type], m.text) for m in messages)  # type: ignore[arg-type]
    except (KeyError, ValueError, NotImplementedError, TypeError) as error:
        raise QuestionError(
            "The history must be messages of a user and an assistant, oldest first, as in "
            f'[("human", "..."), ("ai", "...")]: {error}'
        ) from error
