from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.questions.lexicon import Lexicon, learn
from rag.text.concepts import concepts
from rag.types import Passage, Range, Role


def passage(text: str, speaker: str = "Chan Kwok-ki", role: Role = "official") -> Passage:
    return Passage(
        "id", "event", "Briefing on the harbour", None, 1, 1, None, speaker, role,
        0, len(text), text, "", (Range(0, len(text)),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(
        learn(
            [
                passage("The innovation and technology (I&T) blueprint serves the GBA."),
                passage(
                    "The San Tin Technopole is planned by John Lee Ka-chiu. We rationalize it."
                ),
                passage("When will it open?", "Harbour Daily", "reporter"),
            ]
        )
    )


def ways(lexicon: Lexicon, question: str) -> set[tuple[str, ...]]:
    wanted = lexicon.widen(question, concepts(question, of_chinese_text=False))
    return {way for concept in wanted for way in concept}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is I&T?", {("innov", "technolog")}),
        ("What of innovation and technology?", {("i&t",)}),
        ("What does the Greater Bay Area gain?", {("gba",)}),
        ("Why rationalise it?", {("ration",)}),
        ("新田科技城由李家超規劃？", {("san", "tin"), ("lee", "ka", "chiu")}),
    ],
)
def test_a_concept_is_also_what_the_corpus_calls_it(
    lexicon: Lexicon, question: str, expected: set[tuple[str, ...]]
) -> None:
    assert expected <= ways(lexicon, question)


@pytest.mark.parametrize("question", ["", "?", "What is MOST?", "的了是", "& (&) 🙂", "A" * 2000])
def test_no_way_to_name_a_concept_is_empty(lexicon: Lexicon, question: str) -> None:
    assert () not in ways(lexicon, question)


def test_what_the_corpus_has_no_other_name_for_is_left_as_it_is(lexicon: Lexicon) -> None:
    question = "How many laboratories are there?"
    wanted = concepts(question, of_chinese_text=False)
    assert lexicon.widen(question, wanted) == wanted


def test_words_are_put_right_and_speakers_recognised_by_the_corpus(lexicon: Lexicon) -> None:
    assert lexicon.correct("the tecnopole") == "the technopole"
    assert lexicon.speakers.named("陳國基點睇？") == {"Chan Kwok-ki"}
    assert lexicon.speakers.named("What did the Harbour Daily ask?") == {"Harbour Daily"}


@pytest.mark.parametrize("passages", [[], [passage("")], [passage("(" * 5000)]])
def test_a_corpus_without_words_is_no_error(passages: Sequence[Passage]) -> None:
    assert Lexicon(learn(passages)).correct("When will it open?") == "When will it open?"


def test_an_abbreviation_that_is_a_stop_word_when_small_finds_its_long_form() -> None:
    lexicon = Lexicon(learn([passage("The Ministry of Science and Technology (MOST) agrees.")]))
    long = ("ministri", "scienc", "technolog")
    assert long in ways(lexicon, "What does MOST say?")
    assert long not in ways(lexicon, "What do most say?")
    assert long not in ways(lexicon, "WHAT DO MOST SAY?")
