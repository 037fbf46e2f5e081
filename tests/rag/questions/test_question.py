from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.questions.question import MAX_CHARACTERS, leans_on_history, understand
from rag.types import Message


def user(*lines: str) -> tuple[Message, ...]:
    return tuple(Message("user", line) for line in lines)


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x00\x07", "\u200b\ufeff", "\ud800"])
def test_a_question_without_a_visible_character_is_empty(text: str) -> None:
    with pytest.raises(QuestionError, match="empty: type what you would like to know"):
        understand(text)


@pytest.mark.parametrize("text", ["😀🎉", "?!", "👩‍🔬👩‍🔬"])
def test_a_question_of_emoji_or_marks_only_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="no word or number"):
        understand(text)


@pytest.mark.parametrize("text", ["a" * 100_000, "园" * 100_000, "a b " * 25_000])
def test_a_question_of_a_hundred_thousand_characters_is_refused_with_its_length(text: str) -> None:
    with pytest.raises(QuestionError, match=r"has [\d,]{6,7} characters; at most 2,000"):
        understand(text)


def test_control_and_invisible_characters_are_taken_out_of_what_is_searched() -> None:
    question = understand("When\x00 will\x1b[2J\u202e it\u200b\n open?")
    assert question.standalone == "When will[2J it open?"
    assert question.text == "When\x00 will\x1b[2J\u202e it\u200b\n open?"


def understandable(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char)[0] != "C")


@given(st.text(max_size=300))
def test_any_text_is_understood_or_refused_with_a_sentence(text: str) -> None:
    if any(char.isalnum() for char in understandable(text)):
        question = understand(text, user("What is the budget of the park?"))
        assert question.standalone == " ".join(question.standalone.split())
    else:
        with pytest.raises(QuestionError, match="type what you would like to know"):
            understand(text)


def test_a_question_that_stands_alone_takes_nothing_from_the_history() -> None:
    asked = "How many laboratories does the university run in the park?"
    assert understand(asked, user("What is the budget?")).standalone == asked


@pytest.mark.parametrize("follow_up", ["And when will it open?", "Why?", "Who runs it?"])
def test_a_follow_up_carries_over_the_subject_that_it_lacks(follow_up: str) -> None:
    question = understand(follow_up, user("What is the plan for the Hong Kong park?"))
    assert question.text == follow_up
    assert question.standalone == f"{follow_up} (What is the plan for the Hong Kong park)"


def test_a_chinese_follow_up_carries_over_the_subject() -> None:
    question = understand("那什么时候开放？", user("香港园区的规划是什么？"))
    assert question.standalone.startswith("那什么时候开放？ (香港园区的规划")
    assert question.language == "zh-Hans"


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    history = user("What is the budget of the harbour?", "Who pays it?")
    assert "budget of the harbour" in understand("And why?", history).standalone


def test_what_the_assistant_said_is_not_carried_over() -> None:
    history = (Message("assistant", "What is the population of Brazil?"),)
    assert understand("And when will it open?", history).standalone == "And when will it open?"


def test_a_huge_history_leaves_the_question_within_what_is_read() -> None:
    question = understand("And when will it open?", user("harbour " * 50_000))
    assert len(question.standalone) < 400 < MAX_CHARACTERS


def test_a_question_with_its_own_subject_does_not_lean_on_what_came_before() -> None:
    assert leans_on_history("Why was the arrangement on innovation signed in March?") is False
    assert leans_on_history("And the funding?") is True
    assert leans_on_history("它什么时候开放？") is True
    assert leans_on_history("and in the second year") is True
    assert leans_on_history("具体是哪几家") is True


@pytest.mark.parametrize(
    "asked", ["Who is the moderator?", "What is innovation?", "When is lunch?"]
)
def test_a_short_question_that_points_to_nothing_stands_alone(asked: str) -> None:
    assert understand(asked, user("What is the plan for the park?")).standalone == asked
