"""What the reporters asked is told from what was answered to them."""

from __future__ import annotations

import pytest

from rag.questions.question import understand


@pytest.mark.parametrize(
    ("asked", "about", "all_of_it"),
    [
        ("What did the reporter ask?", True, True),
        ("Which questions were asked?", True, True),
        ("记者问了什么？", True, True),
        ("媒體提了哪些問題？", True, True),
        ("Which three questions did the reporter put to the officials?", True, True),
        ("Which outlet asked about the schools?", True, False),
        ("What did the reporter from the Harbour Post claim about the bridge?", True, False),
        ("记者引述了什么说法？", True, False),
        ("What was asked about the harbour?", True, False),
        ("What did the reporter ask, and what was the answer?", False, False),
        ("记者问了什么，官员怎么回答？", False, False),
        ("Who asked about the harbour, and what was the answer?", False, False),
        ("The reporter asked about the harbour. What did the official say?", False, False),
        ("When will the harbour open?", False, False),
        ("What is the budget?", False, False),
        ("香港园区何时开放？", False, False),
        ("May I ask when?", False, False),
    ],
)
def test_questions_about_the_questions_are_told_apart(
    asked: str, about: bool, all_of_it: bool
) -> None:
    question = understand(asked)
    assert (question.about_asking, question.all_asked) == (about, all_of_it)
