"""Hetao as a part of another program, with the real model."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompt_values import ChatPromptValue
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel

import rag
from rag import Answer, Filters, Hetao, Message, Settings
from rag.errors import IndexMissing, QuestionError
from rag.events import ClaimAdded, Done
from rag.runnables import read_input

pytestmark = pytest.mark.model

UNIVERSITIES = "How many of the world's top 100 universities does Hong Kong have?"
FOLLOW_UP = "And which industries will the park focus on?"
# Its answer quotes twice, so that there are snapshots.
INDUSTRIES = "Which industries will the Hong Kong park focus on?"


@pytest.fixture(scope="module")
def hetao(real_settings: Settings) -> Hetao:
    return Hetao(real_settings)


class Recorder(BaseCallbackHandler):
    """Keeps what it is told of: the names of runs begun, and the outputs of those ended."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[Any] = []

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.begun.append(kwargs["name"])

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self.ended.append(outputs)

    def on_retriever_start(self, serialized: Any, query: str, **kwargs: Any) -> None:
        self.begun.append(query)


def untimed(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_what_the_package_names_is_there_and_nothing_else() -> None:
    assert all(getattr(rag, name) for name in rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Heato'"):
        _ = rag.Heato


def test_without_settings_it_takes_those_of_the_command_line(
    real_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path))
    with pytest.raises(IndexMissing, match="run `hetao ingest`"):
        Hetao()


def test_it_answers_streams_and_searches_as_the_assistant_does(hetao: Hetao) -> None:
    answer = untimed(hetao.ask(UNIVERSITIES))
    assert answer == untimed(hetao.assistant.ask(UNIVERSITIES))
    assert untimed(list(hetao.stream(UNIVERSITIES))[-1]) == answer
    assert hetao.search(UNIVERSITIES, k=2).hits == hetao.assistant.search(UNIVERSITIES, 2).hits


def test_events_end_in_the_answer_whose_claims_were_told(hetao: Hetao) -> None:
    *told, done = hetao.events(INDUSTRIES)
    assert isinstance(done, Done)
    added = [event.claim for event in told if isinstance(event, ClaimAdded)]
    assert tuple(added) == done.answer.claims
    assert untimed(done.answer) == untimed(hetao.ask(INDUSTRIES))


def test_the_retriever_gives_documents_with_words_place_and_score(hetao: Hetao) -> None:
    retriever = hetao.retriever(k=3, filters=Filters(roles=("official",)))
    assert isinstance(retriever, BaseRetriever)
    found = retriever.invoke(UNIVERSITIES)
    hits = hetao.search(UNIVERSITIES, 3, Filters(roles=("official",))).hits
    assert [document.id for document in found] == [hit.passage.id for hit in hits]
    first, transcript = found[0], hetao.assistant.transcript(hits[0].passage.transcript_id)
    about = first.metadata
    assert "five of the world's top 100 universities" in first.page_content
    assert first.page_content == transcript.text[about["start"] : about["end"]]
    assert (about["speaker"], about["role"], about["day"]) == ("Chan Kwok-ki", "official", 20230905)
    assert about["url"].startswith("https://english.scio.gov.cn/")
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True) == [hit.score for hit in hits]
    assert asyncio.run(retriever.ainvoke(UNIVERSITIES)) == found
    assert retriever.batch([UNIVERSITIES, UNIVERSITIES]) == [found, found]


def test_a_number_of_passages_that_is_none_is_told(hetao: Hetao) -> None:
    with pytest.raises(QuestionError, match="must be 1 to 200, not 0"):
        hetao.retriever(k=0).invoke(UNIVERSITIES)


def test_the_chain_gives_the_same_answer_however_it_is_run(hetao: Hetao) -> None:
    chain, wanted = hetao.chain, untimed(hetao.ask(INDUSTRIES))
    assert isinstance(chain, Runnable)

    async def wait() -> tuple[Answer, list[Answer], list[Answer]]:
        streamed = [answer async for answer in chain.astream(INDUSTRIES)]
        return await chain.ainvoke(INDUSTRIES), streamed, await chain.abatch([INDUSTRIES])

    awaited, streamed, batched = asyncio.run(wait())
    answers = [chain.invoke(INDUSTRIES), *chain.batch([INDUSTRIES] * 2), awaited, *batched]
    assert [untimed(answer) for answer in answers] == [wanted] * 5
    snapshots = list(chain.stream(INDUSTRIES))
    assert len(snapshots) > 1
    for told in (snapshots, streamed):
        assert [answer.complete for answer in told] == [False] * (len(told) - 1) + [True]
        assert untimed(told[-1]) == wanted


@pytest.mark.parametrize(
    "history",
    [
        [Message("user", UNIVERSITIES), Message("assistant", "Five.")],
        [HumanMessage(UNIVERSITIES), AIMessage("Five.")],
        [("human", UNIVERSITIES), ("ai", "Five.")],
        [{"role": "user", "content": UNIVERSITIES}, {"role": "assistant", "content": "Five."}],
    ],
)
def test_the_chain_takes_a_history_in_any_form_of_langchain_and_filters(
    hetao: Hetao, history: Any
) -> None:
    filters = Filters(roles=("official",))
    given = {"question": FOLLOW_UP, "history": history, "filters": filters}
    ours = (Message("user", UNIVERSITIES), Message("assistant", "Five."))
    assert untimed(hetao.chain.invoke(given)) == untimed(hetao.ask(FOLLOW_UP, ours, filters))


def test_a_history_may_come_one_by_one_or_as_a_prompt() -> None:
    ours = (Message("user", UNIVERSITIES), Message("assistant", "Five."))
    theirs = [HumanMessage(UNIVERSITIES), AIMessage("Five.")]
    for history in (iter(ours), iter(theirs), ChatPromptValue(messages=theirs)):
        assert read_input({"question": FOLLOW_UP, "history": history}).history == ours


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, "takes a question as text.*not int"),
        ({"query": "What?"}, "takes a question as text"),
        ({"question": "What?", "filters": {"roles": ["official"]}}, "must be rag.Filters"),
        ({"question": "What?", "history": [("system", "Obey.")]}, "a user and an assistant"),
        ({"question": "What?", "history": [3]}, "a user and an assistant"),
        ({"question": "What?", "history": 3}, "a user and an assistant"),
        ({"question": "What?", "history": "hello"}, "a user and an assistant.*'hello' is a text"),
        ("", "question"),
    ],
)
def test_what_the_chain_cannot_take_is_told(hetao: Hetao, given: Any, told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        hetao.chain.invoke(given)


def test_it_composes_with_other_parts(hetao: Hetao) -> None:
    text = hetao.chain | RunnableLambda(lambda answer: answer.text)
    together = RunnableParallel(text=text, found=hetao.retriever(k=1))
    found = together.invoke(UNIVERSITIES)
    assert "five of the world's top 100" in found["text"]
    assert len(found["found"]) == 1
    assert list(text.stream(UNIVERSITIES))[-1] == found["text"]


class AsyncRecorder(AsyncCallbackHandler):
    """Keeps the names of the runs that it is told of."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    async def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.begun.append(kwargs["name"])


def test_callbacks_that_are_awaited_hear_of_it_too(hetao: Hetao) -> None:
    recorder = AsyncRecorder()
    asyncio.run(hetao.chain.ainvoke(UNIVERSITIES, {"callbacks": [recorder]}))
    assert set(recorder.begun) == {"Hetao", "question", "answer", "evidence", "quotes", "drafts"}


def test_a_callers_callbacks_hear_of_the_chain_and_its_steps(hetao: Hetao) -> None:
    recorder = Recorder()
    answer = hetao.chain.invoke(UNIVERSITIES, {"callbacks": [recorder]})
    assert recorder.begun == [
        "Hetao",
        "question",
        "answer",
        "evidence",
        "quotes",
        "drafts",
    ]
    assert recorder.ended[-1] == answer
    streamed = Recorder()
    list(hetao.chain.stream(UNIVERSITIES, {"callbacks": [streamed]}))
    assert set(streamed.begun) == set(recorder.begun)
    asked = Recorder()
    hetao.retriever().invoke(UNIVERSITIES, {"callbacks": [asked]})
    assert asked.begun == [UNIVERSITIES]

    async def events() -> list[Any]:
        return [event async for event in hetao.chain.astream_events(UNIVERSITIES)]

    assert {"question", "answer", "evidence"} <= {event["name"] for event in asyncio.run(events())}
