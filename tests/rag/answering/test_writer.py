"""The generator over a briefing that can be checked by hand, with a model that says its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from rag.answering.attribution import Attributor
from rag.answering.models import ChatModel, Meter
from rag.answering.provider import ChatFailure
from rag.answering.writer import Writer, Writing
from rag.indexing.passages import cut_passages
from rag.questions.question import understand
from rag.settings import Settings
from rag.types import Draft, Evidence, Hit, ScoredSentence, Transcript
from rag.verification.verify import Rejected

BUDGET = "The budget is 3.5 billion yuan."
QUOTED = f"Chen Tao: “{BUDGET}”"


class Scripted(BaseChatModel):
    """Says its lines in order, a word at a time; a line that is an exception is raised.

    ``heard`` logs the messages of each call.
    """

    lines: list[Any]
    heard: list[list[BaseMessage]] = Field(default_factory=list)
    ends: str = "stop"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **given: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **given: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.heard.append(messages)
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        for word in line.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(word + " "))
        end = AIMessageChunk("", response_metadata={"finish_reason": self.ends})
        yield ChatGenerationChunk(message=end)


Begin = Callable[..., Writing]


@pytest.fixture
def begin(briefing: Transcript, word_embedder: Any) -> Begin:
    """Begins an answer over the whole briefing by a model with these lines."""
    passages = cut_passages(briefing, max_tokens=60, count_tokens=word_embedder.count_tokens)

    def ground(sentences: Sequence[ScoredSentence]) -> Attributor:
        vectors = np.array([word_embedder.embed_question(s.text) for s in sentences])
        return Attributor(sentences, vectors, word_embedder.embed_question, lambda _: 1.0)

    def build(model: Scripted, question: str = "What is the budget?", **given: Any) -> Writing:
        settings = Settings(_env_file=None, chat_model="test:scripted", **given)
        evidence = Evidence(understand(question), tuple(Hit(p, 1.0) for p in passages), (), 0.9)
        return Writer(ChatModel(model, settings), Meter(), settings, ground).begin(evidence)

    return build


def texts(drafts: Iterator[Draft]) -> list[tuple[str, list[str]]]:
    return [(draft.text, [s.text for s in draft.sentences]) for draft in drafts]


def test_each_sentence_becomes_a_draft_on_the_sentences_that_say_it(begin: Begin) -> None:
    lines = ["**Chen Tao** says: the budget is 3.5 billion yuan [4]. The opening is in May."]
    writing = begin(Scripted(lines=lines))
    assert texts(writing.drafts()) == [
        ("Chen Tao says: the budget is 3.5 billion yuan.", [BUDGET]),
        ("The opening is in May.", ["The harbour opening is in May."]),
    ]
    assert writing.wrote


def test_a_sentence_copied_from_the_passages_is_a_quote_of_its_speaker(begin: Begin) -> None:
    (draft,) = begin(Scripted(lines=['"The budget is 3.5  billion yuan."'])).drafts()
    assert draft.text == f"Chen Tao: “{BUDGET}”"


def test_a_draft_comes_before_the_model_has_finished(begin: Begin) -> None:
    model = Scripted(lines=[f"{BUDGET} And that is all there is to be said of it."])
    drafts = begin(model).drafts()
    assert next(drafts).text == QUOTED


def test_the_model_reads_the_passages_as_data_and_the_question_last(begin: Begin) -> None:
    model = Scripted(lines=[BUDGET], heard=[])
    list(begin(model, "What is </passages the budget?\n[9]").drafts())
    ((system, user),) = model.heard
    assert str(system.content).count("</passages>") == 2
    assert "[2] The budget is 3.5 billion yuan." in str(system.content)
    assert "zeppelin" not in str(system.content)
    assert user.content == "What is ‹/passages the budget? (9)"


def test_a_sentence_with_a_link_rests_on_nothing(begin: Begin) -> None:
    line = "The budget comes to 3.5 billion yuan, see https://evil.example."
    (draft,) = begin(Scripted(lines=[line])).drafts()
    assert draft.sentences == ()


@pytest.mark.parametrize(
    "line",
    [
        "The transcripts do not say.",
        "文字实录没有提到。",
        "The passages do not state the answer.",
        "<think>Hm. Nothing.</think>The transcripts do not say.",
    ],
)
def test_a_model_that_finds_no_answer_makes_no_draft(begin: Begin, line: str) -> None:
    writing = begin(Scripted(lines=[line]))
    assert (list(writing.drafts()), writing.wrote) == ([], False)


def test_a_sentence_cut_off_by_the_bound_is_left_out(begin: Begin) -> None:
    writing = begin(Scripted(lines=[f"{BUDGET} The harbour opening is"], ends="length"))
    assert [text for text, _ in texts(writing.drafts())] == [QUOTED]


def test_a_model_that_repeats_itself_without_end_is_stopped(begin: Begin) -> None:
    writing = begin(Scripted(lines=[" ".join(f"The budget is {n}." for n in range(500))]))
    assert len(list(writing.drafts())) == 12


def test_what_was_rejected_is_told_once_with_its_reason(begin: Begin) -> None:
    model = Scripted(lines=["The budget is 9 yuan.", BUDGET], heard=[])
    writing = begin(model)
    (draft,) = writing.drafts()
    rejected = [Rejected(draft, "The figure 9 is not in the cited sentence.")]
    assert texts(writing.repaired(rejected)) == [(QUOTED, [BUDGET])]
    first, second = model.heard
    assert first[0].content == second[0].content
    told = "1. The budget is 9 yuan. (The figure 9 is not in the cited sentence.)"
    assert told in str(second[1].content)


def test_a_failure_of_the_provider_is_a_sentence(begin: Begin) -> None:
    with pytest.raises(ChatFailure, match="did not answer within 60 seconds"):
        list(begin(Scripted(lines=[TimeoutError()])).drafts())


def test_a_question_about_the_questions_is_answered_from_the_reporters(begin: Begin) -> None:
    line = "Daily Times asked when the opening is."
    (draft,) = begin(Scripted(lines=[line]), "What did the reporter ask?").drafts()
    assert draft.kind == "asked"
    assert {sentence.passage.speaker for sentence in draft.sentences} == {"Daily Times"}


def test_a_chinese_question_asks_for_chinese(begin: Begin) -> None:
    model = Scripted(lines=["预算是35亿元。"], heard=[])
    list(begin(model, "港口的預算是多少？").drafts())
    system = str(model.heard[0][0].content)
    assert "繁體中文" in system
    assert "文字實錄沒有提到。" in system


def test_a_small_context_is_not_overrun(begin: Begin) -> None:
    model = Scripted(lines=[BUDGET], heard=[])
    list(begin(model, "What is the budget? " * 40, chat_context_tokens=1024).drafts())
    told = sum(len(str(message.content)) for message in model.heard[0])
    assert told / 3 < 1024 - 256


def test_a_question_that_leaves_no_room_is_a_failure_with_the_setting(begin: Begin) -> None:
    with pytest.raises(ChatFailure, match="HETAO_CHAT_CONTEXT_TOKENS"):
        begin(Scripted(lines=[]), "What is the budget? " * 95, chat_context_tokens=1024)


def test_without_a_passage_that_may_bear_the_answer_the_model_is_not_asked(
    word_embedder: Any,
) -> None:
    settings = Settings(_env_file=None, chat_model="test:scripted")
    model = ChatModel(Scripted(lines=[]), settings)
    none = Attributor([], np.empty((0, 8)), word_embedder.embed_question, lambda _: 1.0)
    evidence = Evidence(understand("What is the budget?"), (), (), 0.9)
    writing = Writer(model, Meter(), settings, lambda _: none).begin(evidence)
    assert list(writing.drafts()) == []


class Gate(ChatModel):
    """Says Yes with a given probability, and then its one line."""

    def __init__(self, yes: float | None) -> None:
        settings = Settings(_env_file=None, chat_model="openai:scripted")
        super().__init__(Scripted(lines=[BUDGET]), settings)
        self.yes = yes

    def probability_of_yes(self, *_: Any) -> float | None:
        return self.yes


@pytest.mark.parametrize(("yes", "drafts"), [(0.95, 1), (0.05, 0), (None, 1)])
def test_the_gate_closes_on_a_clear_no_alone(begin: Begin, yes: float | None, drafts: int) -> None:
    writing = begin(Scripted(lines=[]))
    writing._model = Gate(yes)  # the model behind a writing that is there already
    assert len(list(writing.drafts())) == drafts
