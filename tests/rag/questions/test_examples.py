"""Which of the corpus's questions may make sense alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rag.questions.examples import Candidate, candidates
from rag.types import Transcript


def texts(*transcripts: Transcript) -> list[str]:
    return [candidate.text for candidate in candidates(transcripts)]


def test_candidates_are_the_questions_that_reporters_asked(briefing: Transcript) -> None:
    assert candidates([briefing]) == (
        Candidate("Will the harbour get a zeppelin mast?", "en", "event", 2),
        Candidate("When is the opening?", "en", "event", 2),
        Candidate("How will the park help each university?", "en", "event", 4),
    )


def test_the_manifests_questions_come_first(briefing: Transcript) -> None:
    given = replace(briefing, questions=("港口何时开放？", "What does the harbour cost?"))
    assert candidates([given])[:2] == (
        Candidate("港口何时开放？", "zh-Hans", "event"),
        Candidate("What does the harbour cost?", "en", "event"),
    )


def test_the_transcripts_take_turns_and_nothing_comes_twice(
    briefing: Transcript, make: Any
) -> None:
    other = make(
        ("Daily Times", "reporter", "香港園區何時開放？ When is the OPENING?"), id_="other"
    )
    assert texts(briefing, other) == [
        "Will the harbour get a zeppelin mast?",
        "香港園區何時開放？",
        "When is the opening?",
        "How will the park help each university?",
    ]


def test_a_question_on_two_lines_is_one_line(make: Any) -> None:
    transcript = make(("Daily Times", "reporter", "Will the harbour get\n a new zeppelin mast?"))
    assert texts(transcript) == ["Will the harbour get a new zeppelin mast?"]


def test_what_leans_on_something_said_before_is_no_candidate(make: Any) -> None:
    asked = (
        "Could you elaborate on this? When will they open? And will it get a mast?",
        "另外，几时开放？它的预算是多少？",
    )
    assert texts(make(*(("Daily Times", "reporter", words) for words in asked))) == []


def test_what_is_long_or_no_question_of_a_reporter_is_no_candidate(make: Any) -> None:
    transcript = make(
        ("Daily Times", "reporter", "The park is old. " + "Will the park open " * 20 + "soon?"),
        ("Wu Lan", "official", "Do you know what we did for the park?"),
    )
    assert texts(transcript) == []
    assert texts() == []
