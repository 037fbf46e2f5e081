"""Conversations, over the project's corpus and over an invented one, with the real model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rag.assistant import Assistant, open_assistant
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.questions.question import understand
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Answer, Filters, Message

pytestmark = pytest.mark.model

UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"


@pytest.fixture(scope="module")
def page_10(real_settings: Settings) -> Assistant:
    return open_assistant(real_settings)


@pytest.fixture(scope="module")
def harbour(
    real_settings: Settings,
    real_embedder: Embedder,
    page: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Assistant:
    """A briefing on which nothing is real, with two blueprints, two bridges and a ferry."""
    folder = tmp_path_factory.mktemp("harbour")
    page(
        folder / "corpus" / "briefing.txt",
        ("Lin Mei", "Welcome to the briefing. The floor is open."),
        ("Harbour Radio", "What has the city done for its harbour, and what comes next?"),
        (
            "Chen Tao",
            "In March the city adopted the Harbour Blueprint, which was drafted by the port "
            "authority. The harbour blueprint provides for a ferry to Heron Isle and for two "
            "swing bridges. The ferry will carry 900 passengers an hour. It was built in the yard "
            "at Gull Point. The first swing bridge opens in June. Its builders come from "
            "Porthaven.",
        ),
        ("City Evening", "And what about the schools?"),
        (
            "Wu Lan",
            "For its children the city adopted the School Blueprint in September. The school "
            "blueprint provides for twelve kindergartens and for free lunches. The lunches are "
            "paid for by a levy on hotels. Teachers will be trained at the old customs house.",
        ),
    )
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(real_settings.models_dir)
    settings = Settings(
        _env_file=None, data_dir=folder / "data", corpus_dir=folder / "corpus", passage_tokens=60
    )
    ingest(read_corpus((settings.corpus_dir,)), settings, real_embedder)
    return open_assistant(settings)


def talk(assistant: Assistant, *questions: str, filters: Filters = Filters()) -> list[Answer]:
    """The answers to questions that are asked one after the other."""
    history: list[Message] = []
    answers = []
    for question in questions:
        answer = assistant.ask(question, history, filters)
        history += [Message("user", question), Message("assistant", answer.text)]
        answers.append(answer)
    return answers


@pytest.mark.parametrize(
    ("before", "complete"),
    [
        (
            "What is the total area of the Shenzhen park?",
            "Who said that the park will promote cooperation in innovation and technology?",
        ),
        (UNIVERSITIES, "Did anyone say that the Arrangement was signed in March?"),
        (UNIVERSITIES, "What did the Chief Executive prioritize when he took office?"),
        (UNIVERSITIES, "Is it true that the San Tin Technopole is in the Northern Metropolis?"),
        ("香港有多少所世界百强大学？", "香港特区政府去年发布的那个蓝图叫什么？"),
        ("香港有多少所世界百强大学？", "新田科技城的发展会不会加快，它在北部都会区吗？"),
    ],
)
def test_a_question_that_is_complete_is_left_alone(
    page_10: Assistant, before: str, complete: str
) -> None:
    assert talk(page_10, before, complete)[1].standalone_question == complete


@pytest.mark.parametrize(
    ("before", "follow_up", "found"),
    [
        ("What is the San Tin Technopole?", "Where is it?", "Northern Metropolis"),
        (
            "Which blueprint did the government release?",
            "Which industries does it suggest?",
            "advanced manufacturing",
        ),
        ("港府去年公布了什么规划？", "它管多少年？", "five to 10 years"),
    ],
)
def test_a_follow_up_is_answered_with_the_subject_that_it_lacks(
    page_10: Assistant, before: str, follow_up: str, found: str
) -> None:
    assert found in talk(page_10, before, follow_up)[1].text


@pytest.mark.parametrize(
    ("first", "follow_up", "found", "passed_over"),
    [
        ("What did the city adopt in March?", "and what does the blueprint provide for?",
         "a ferry to Heron Isle", "kindergartens"),
        ("What did the city adopt in September?", "and what does the blueprint provide for?",
         "twelve kindergartens", "ferry"),
        ("城市在三月通过了什么规划？", "这个蓝图规定了什么？", "ferry to Heron Isle",
         "kindergartens"),
        ("城市为孩子们通过了什么？", "这个蓝图规定了什么？", "twelve kindergartens", "ferry"),
    ],
)  # fmt: skip
def test_what_only_the_last_answer_named_is_understood(
    harbour: Assistant, first: str, follow_up: str, found: str, passed_over: str
) -> None:
    named, answer = talk(harbour, first, follow_up)
    assert "Blueprint" in named.text
    assert found in answer.text
    assert passed_over not in answer.text


@pytest.mark.parametrize(
    "more",
    ["Tell me more about that.", "What else?", "Please go on.", "请再多说一些。", "仲有呢？"],
)
def test_a_request_for_more_reads_on_from_the_quote_just_given(
    harbour: Assistant, more: str
) -> None:
    first, second = talk(harbour, "How many passengers will the ferry carry?", more)
    assert "900 passengers" in first.text
    assert "It was built in the yard at Gull Point." in second.text
    assert second.standalone_question == more
    shown = {citation.quote for citation in first.citations}
    assert not shown & {citation.quote for citation in second.citations}


def test_reading_on_never_repeats_and_ends_with_a_sentence_that_says_so(
    harbour: Assistant,
) -> None:
    first = "Who pays for the lunches?"
    answers = talk(harbour, first, *["Tell me more about that."] * 4)
    quotes = [citation.quote for answer in answers for citation in answer.citations]
    assert len(set(quotes)) == len(quotes)
    assert any("old customs house" in quote for quote in quotes)
    assert all(citation.speaker == "Wu Lan" for answer in answers for citation in answer.citations)
    last = answers[-1]
    assert (last.status, last.reason) == (
        "not_in_corpus",
        "Nothing more was said there that has not been quoted already.",
    )


def test_reading_on_keeps_to_the_speakers_that_are_asked_for(harbour: Assistant) -> None:
    filters = Filters(speakers=("Chen Tao",))
    answers = talk(harbour, "When does the first swing bridge open?", "What else?", filters=filters)
    assert "Its builders come from Porthaven." in answers[1].text
    assert {citation.speaker for citation in answers[1].citations} == {"Chen Tao"}


def test_reading_on_keeps_to_the_filters(harbour: Assistant) -> None:
    asked = "When does the first swing bridge open?"
    history = (Message("user", asked), Message("assistant", harbour.ask(asked).text))
    for filters in (Filters(since=date(2100, 1, 1)), Filters(roles=("reporter",))):
        answer = harbour.ask("What else?", history, filters)
        assert (answer.status, answer.nearest) == ("not_in_corpus", ())
        assert "within what is chosen" in answer.reason


def test_what_a_model_rewrote_is_still_a_request_for_more(harbour: Assistant) -> None:
    asked = "How many passengers will the ferry carry?"
    said = harbour.ask(asked).text
    history = (Message("user", asked), Message("assistant", said))
    more = understand("Tell me more about that.", history)
    rewritten = replace(understand("Tell me more about the ferry."), text=more.text, said=more.said)
    evidence = harbour._open.retriever.gather(rewritten, Filters())
    assert evidence.sentences[0].text == "It was built in the yard at Gull Point."


@pytest.mark.parametrize(
    "question",
    ["Why?", "Who said that?", "When?", "Where is it?", "And the lunches?", "为什么？", "谁付钱？"],
)
def test_a_question_for_something_in_particular_is_no_request_for_more(
    harbour: Assistant, question: str
) -> None:
    retriever = harbour._open.retriever
    said = "Chen Tao said: “The ferry will carry 900 passengers an hour.” [1]"
    history = (Message("user", "How many does the ferry carry?"), Message("assistant", said))
    asked = understand(question, history)
    assert not retriever._reading_on.is_asked_for(asked, retriever._ranker.nearness)


def test_the_subject_of_a_long_conversation_is_told_in_one_line(harbour: Assistant) -> None:
    answers = talk(harbour, "What is the ferry to Heron Isle?", "Where was it built?", "And when?")
    read = answers[2].standalone_question
    assert "ferry to Heron Isle" in read
    assert read.count("(") == 1
