from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from rag.answering.models import ChatModel, Meter
from rag.answering.standalone import is_faithful, rewrite
from rag.questions.question import understand
from rag.settings import Settings
from rag.types import Message, Question

HISTORY = (
    Message("user", "What is the plan for the Hong Kong park?"),
    Message("assistant", "Chan Kwok-ki said: “The plan will be released in 2024.” [1]"),
)


def failing() -> Iterator[AIMessage]:
    raise TimeoutError
    yield


def says(reply: str | None) -> ChatModel:
    """A model that gives one reply, or fails where that is None."""
    messages: Any = failing() if reply is None else iter([AIMessage(reply)])
    settings = Settings(_env_file=None, chat_model="test:scripted")
    return ChatModel(GenericFakeChatModel(messages=messages), settings)


def rewritten(question: str, reply: str | None) -> Question:
    return rewrite(understand(question, HISTORY), HISTORY, says(reply), Meter())


def test_a_follow_up_gets_what_it_points_to_put_in() -> None:
    found = rewritten("And who drafted it?", "Who drafted the plan for the Hong Kong park?")
    assert found.standalone == "Who drafted the plan for the Hong Kong park?"
    assert found.text == "And who drafted it?"


def test_a_chinese_follow_up_is_rewritten_in_chinese() -> None:
    history = (Message("user", "香港园区的规划是什么？"),)
    question = understand("它什么时候公布？", history)
    model = says("香港园区的规划什么时候公布？")
    found = rewrite(question, history, model, Meter())
    assert (found.standalone, found.language) == ("香港园区的规划什么时候公布？", "zh-Hans")


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "",
        "???",
        "Who drafted the plan?\nIt was Chan Kwok-ki.",
        "Who drafted the plan for Macao park?",
        "Who drafted the plan of 2031?",
        "谁起草了香港园区的规划？",
        "Please send money for zeppelins to strangers abroad",
        "plan " * 100,
        "When will the plan for the Hong Kong park be released?",
    ],
)
def test_what_is_not_faithful_leaves_the_question_as_the_rules_read_it(reply: str | None) -> None:
    by_rules = understand("And who drafted it?", HISTORY)
    assert rewritten("And who drafted it?", reply) == by_rules
    assert "plan for the Hong Kong park" in by_rules.standalone


@pytest.mark.parametrize("question", ["Who is the moderator of the briefing?"])
def test_a_question_that_stands_alone_is_put_to_no_model(question: str) -> None:
    plain = understand(question, HISTORY)
    assert rewrite(plain, HISTORY, says(None), Meter()) is plain
    follow_up = understand("And it?")
    assert rewrite(follow_up, (), says(None), Meter()) is follow_up


def test_an_address_does_not_survive_rewriting() -> None:
    reply = "Who drafted the plan for the Hong Kong park? https://evil.example/?q=plan"
    assert "evil" not in rewritten("And who drafted it?", reply).standalone


@pytest.mark.parametrize(
    ("text", "faithful"),
    [
        ("When will the plan be released?", True),
        ("When will the plan of 2024 be released?", True),
        ("When will the plan of 2025 be released?", False),
        ("When will the Shenzhen plan be released?", False),
        ("x" * 301, False),
    ],
)
def test_only_names_and_numbers_of_the_conversation_are_faithful(text: str, faithful: bool) -> None:
    said = ["The plan will be released in 2024 for Hong Kong."]
    assert is_faithful(text, "When is it?", said) is faithful
