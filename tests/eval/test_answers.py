from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from eval.answers import answer_scores, explain
from eval.records import Case
from eval.results import judge
from rag.types import Answer, Transcript

HALLS, BRIDGE = "It has five halls.", "The bridge opens in 2028 ."
BUDGET = "The budget is 1.2 million yuan."
MakeCase, MakeAnswer = Callable[..., Case], Callable[..., Answer]


@pytest.fixture
def transcripts(transcript: Transcript) -> Mapping[str, Transcript]:
    return {transcript.id: transcript}


def with_citation(answer: Answer, **change: Any) -> Answer:
    return replace(answer, citations=(replace(answer.citations[0], **change),))


def test_nugget_recall_is_the_share_of_the_facts_and_nugget_all_needs_every_one(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(must_include=(("5 halls", "6 halls"), ("2028",), ("steel",), ("2029",)))
    scores = answer_scores(case, make_answer(HALLS, BRIDGE), transcripts)
    assert scores["nugget_recall"] == 0.5
    assert scores["nugget_all"] == 0
    case = make_case(must_include=(("five",),))
    assert answer_scores(case, make_answer(HALLS), transcripts)["nugget_all"] == 1


def test_the_cited_quotes_count_as_answer_for_an_extractive_one_alone(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(must_include=(("five",),))
    for generator, expected in (("extractive", 1.0), ("chat-model", 0.0)):
        answer = make_answer(HALLS, text="See the source.", generator=generator)
        assert answer_scores(case, answer, transcripts)["nugget_recall"] == expected


@pytest.mark.parametrize(
    ("cited", "recall", "precision"),
    [
        ((HALLS,), 0.5, 1.0),
        ((HALLS, BUDGET), 1.0, 1.0),
        ((BRIDGE,), 0.0, 0.0),
        ((HALLS, BRIDGE, BUDGET, "The floor is open."), 1.0, 0.5),
        (("five",), 0.0, 1.0),
        ((f"{HALLS} {BRIDGE}",), 0.5, 1.0),
    ],
)
def test_citation_recall_and_precision_go_by_overlap_with_the_evidence(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript],
    cited: tuple[str, ...], recall: float, precision: float,
) -> None:  # fmt: skip
    case = make_case(quotes=((HALLS, "Li Wen"), (BUDGET, "")))
    scores = answer_scores(case, make_answer(*cited), transcripts)
    assert scores["citation_recall"] == recall
    assert scores["citation_precision"] == precision


def test_a_citation_marker_is_no_figure_that_the_answer_gives(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(must_include=(("five",), ("1", "一")))
    answer = make_answer(HALLS, text=f"Li Wen said: “{HALLS}” [1]")
    assert answer_scores(case, answer, transcripts)["nugget_recall"] == 0.5
    assert [given for _, given in judge(case, answer, (), transcripts).facts()] == [True, False]


def test_a_refused_answerable_question_scores_zero_and_has_no_quotes_to_judge(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(must_include=(("five",),))
    zero = {"nugget_recall": 0, "nugget_all": 0, "citation_recall": 0, "citation_precision": 0}
    assert answer_scores(case, make_answer(), transcripts) == zero
    assert answer_scores(case, None, transcripts) == zero
    assert explain(case, make_answer(), transcripts) == (
        "Refused, although the transcripts answer it.",
    )


def test_an_unanswerable_question_is_only_asked_for_honest_quotes(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(answerable=False)
    assert answer_scores(case, make_answer(), transcripts) == {}
    scores = answer_scores(case, make_answer(HALLS), transcripts)
    assert scores == {"quote_exact": 1, "speaker_accuracy": 1}
    assert explain(case, make_answer(HALLS), transcripts)
    assert explain(case, make_answer(), transcripts) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "It has six halls."},
        {"quote": "It has five halls"},
        {"start": 0},
        {"start": -10},
        {"end": 10**9},
        {"transcript_id": "ferry"},
    ],
)
def test_a_quote_that_is_not_the_text_at_its_offsets_is_not_exact(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript],
    change: dict[str, Any],
) -> None:  # fmt: skip
    answer = with_citation(make_answer(HALLS), **change)
    assert answer_scores(make_case(), answer, transcripts)["quote_exact"] == 0
    assert any("own words" in line for line in explain(make_case(), answer, transcripts))


def test_words_given_to_another_speaker_are_wrong(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    answer = with_citation(make_answer(HALLS), speaker="Zhou An")
    assert answer_scores(make_case(), answer, transcripts)["speaker_accuracy"] == 0
    assert any("Zhou An" in line for line in explain(make_case(), answer, transcripts))


def test_a_citation_across_two_speakers_is_wrong(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    answer = make_answer(f"{BRIDGE}\n{BUDGET}")
    scores = answer_scores(make_case(), answer, transcripts)
    assert scores["quote_exact"] == 1
    assert scores["speaker_accuracy"] == 0


def test_the_speaker_named_by_the_evidence_is_held_against_the_citation(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(quotes=((HALLS, "Somebody Else"),))
    assert answer_scores(case, make_answer(HALLS), transcripts)["speaker_accuracy"] == 0
    assert answer_scores(case, make_answer(BUDGET), transcripts)["speaker_accuracy"] == 1


def test_a_report_ticks_the_facts_that_the_score_counts(
    make_case: MakeCase, make_answer: MakeAnswer, transcripts: Mapping[str, Transcript]
) -> None:
    case = make_case(must_include=(("five",),))
    quoted = make_answer(HALLS)
    for generator in ("extractive", "openai:m"):
        answer = replace(quoted, generator=generator, text="It has some halls [1].")
        result = judge(case, answer, (), transcripts)
        assert [given for _, given in result.facts()] == [result.scores["nugget_all"] == 1]
