from __future__ import annotations

import pytest

from rag.questions.parts import split_parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "What does the line cost, and how is it paid?",
            ("What does the line cost", "how is it paid"),
        ),
        ("When was it signed? Who signed it?", ("When was it signed?", "Who signed it?")),
        (
            "What is the harbour for, how large is it, and when will it open?",
            ("What is the harbour for", "how large is it", "when will it open"),
        ),
        ("Which came first, the plan or the blueprint?", ("the plan", "the blueprint")),
        ("Compare the old cap with the new one.", ()),
        ("Compare the old cap with the new one?", ("the old cap", "the new one")),
        (
            "What is the difference between the harbour and the park?",
            ("the harbour", "the park"),
        ),
        (
            "I have a firm. What would it pay, and may it move?",
            ("I have a firm. What would it pay", "may it move"),
        ),
        ("桥是谁设计的，花了多少钱？", ("桥是谁设计的", "花了多少钱")),
        ("要幾多錢？邊年通車？", ("要幾多錢？", "邊年通車？")),
    ],
)
def test_a_question_that_asks_several_things_is_taken_apart(
    question: str, parts: tuple[str, ...]
) -> None:
    assert split_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "What did the Ministry of Science and Technology sign?",
        "Who supports research and development in Hong Kong and Shenzhen?",
        "When it rains, what is closed?",
        "In the United States, what is a usual speed?",
        "Which plan is long and has no end?",
        "Why was it called that, and why?",
        "香港和深圳有什么合作？",
        "园区认可哪些资格？请举几个。",
        "Is it at https://example.org/a?b=c or not?",
        "San Tin",
    ],
)
def test_a_question_that_asks_one_thing_stays_whole(question: str) -> None:
    assert split_parts(question) == ()


def test_no_more_than_four_parts_are_looked_for() -> None:
    assert len(split_parts("Who pays? " * 200)) == 4
