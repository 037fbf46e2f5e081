from __future__ import annotations

from typing import Any

from rag.questions.examples import example_questions
from rag.types import Transcript


def test_examples_are_the_questions_that_reporters_asked(briefing: Transcript) -> None:
    assert example_questions([briefing], 4) == (
        "Will the harbour get a zeppelin mast?",
        "How will the park help each university?",
    )


def test_the_transcripts_take_turns(briefing: Transcript, make: Any) -> None:
    other = make(("Daily Times", "reporter", "香港园区何时开放？"), id_="other")
    assert example_questions([briefing, other], 2) == (
        "Will the harbour get a zeppelin mast?",
        "香港园区何时开放？",
    )


def test_a_question_on_two_lines_is_one_line(make: Any) -> None:
    transcript = make(("Daily Times", "reporter", "Will the harbour get\n a new zeppelin mast?"))
    assert example_questions([transcript], 1) == ("Will the harbour get a new zeppelin mast?",)


def test_what_is_short_long_or_no_question_of_a_reporter_is_no_example(make: Any) -> None:
    transcript = make(
        ("Daily Times", "reporter", "Why? The park is old. " + "Will it open " * 20 + "soon?"),
        ("Wu Lan", "official", "Do you know what we did for the park?"),
    )
    assert example_questions([transcript], 4) == ()
    assert example_questions([], 4) == ()
