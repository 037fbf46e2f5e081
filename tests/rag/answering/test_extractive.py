from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.answering.extractive import extract
from rag.indexing.passages import cut_passages
from rag.questions.question import understand
from rag.types import Draft, Evidence, Hit, ScoredSentence, Transcript

Build = Callable[..., Evidence]


@pytest.fixture
def evidence(briefing: Transcript, word_embedder: Any) -> Build:
    """Evidence in which the sentences that hold the given words score as given, others 0."""

    def build(question: str, **scores: float) -> Evidence:
        passages = tuple(
            cut_passages(briefing, max_tokens=60, count_tokens=word_embedder.count_tokens)
        )
        scored = [
            ScoredSentence(
                passage,
                number,
                next((s for w, s in scores.items() if w in passage.sentence_text(number)), 0.0),
            )
            for passage in passages
            for number in range(len(passage.sentences))
        ]
        ranked = tuple(sorted(scored, key=lambda s: -s.score))
        return Evidence(understand(question), tuple(Hit(p, 1.0) for p in passages), ranked, 1.0)

    return build


def texts(drafts: list[Draft]) -> list[str]:
    return [draft.text for draft in drafts]


def test_the_answer_quotes_the_sentence_and_names_its_speaker(evidence: Build) -> None:
    drafts = list(extract(evidence("What is the budget?", budget=5.0), 3))
    assert texts(drafts) == ["Chen Tao said: “The budget is 3.5 billion yuan.”"]
    assert [s.text for s in drafts[0].sentences] == ["The budget is 3.5 billion yuan."]


def test_sentences_that_follow_each_other_are_quoted_as_one(
    evidence: Build, briefing: Transcript
) -> None:
    (draft,) = extract(evidence("What about the harbour?", budget=5.0, May=5.0), 3)
    assert "“The harbour opening is in May. The budget is 3.5 billion yuan.”" in draft.text
    assert len(draft.sentences) == 2
    assert draft.text.split("“")[1].rstrip("”") in briefing.text


def test_the_best_speaker_comes_first(evidence: Build) -> None:
    drafts = list(extract(evidence("What is known?", laboratories=5.0, budget=4.9), 3))
    assert [draft.text.split(" said")[0] for draft in drafts] == ["Wu Lan", "Chen Tao"]


def test_no_more_sentences_are_quoted_than_allowed(evidence: Build) -> None:
    found = evidence("What is known?", laboratories=5.0, budget=5.0, May=5.0)
    assert sum(len(draft.sentences) for draft in extract(found, 2)) == 2


def test_a_sentence_far_below_the_best_is_left_out(evidence: Build) -> None:
    assert len(list(extract(evidence("What is known?", laboratories=5.0, budget=1.0), 3))) == 1


def test_the_moderator_and_the_reporters_are_never_quoted_as_an_answer(evidence: Build) -> None:
    found = evidence("When is the opening?", floor=9.0, opening=8.0, zeppelin=9.0)
    roles = {s.passage.role for draft in extract(found, 4) for s in draft.sentences}
    assert roles == {"official"}


def test_a_question_about_the_questions_is_answered_by_what_was_asked(evidence: Build) -> None:
    question = "What did the reporter ask about universities?"
    drafts = list(extract(evidence(question, laboratories=9.0, help=5.0), 3))
    assert texts(drafts) == [
        "This was asked, by City TV: “How will the park help each university?”"
    ]
    assert drafts[0].kind == "asked"


def test_whatever_was_asked_is_every_question_of_the_reporters(evidence: Build) -> None:
    drafts = list(extract(evidence("What did the reporters ask?", laboratories=9.0, help=5.0), 3))
    assert [draft.text.split("“")[0] for draft in drafts] == [
        "This was asked, by City TV: ",
        "This was asked, by Daily Times: ",
    ]
    assert all(draft.kind == "asked" for draft in drafts)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("预算是多少？", "Chen Tao 表示：“The budget is 3.5 billion yuan.”"),
        ("預算是多少？", "Chen Tao 表示：「The budget is 3.5 billion yuan.」"),
    ],
)
def test_only_the_frame_is_in_the_language_of_the_question(
    evidence: Build, question: str, answer: str
) -> None:
    assert texts(list(extract(evidence(question, budget=5.0), 3))) == [answer]


def test_without_a_statement_there_is_no_draft(evidence: Build) -> None:
    found = evidence("What is the budget?", budget=5.0)
    reporters = tuple(s for s in found.sentences if s.passage.role == "reporter")
    only = Evidence(found.question, (), reporters, 1.0)
    assert list(extract(only, 3)) == []
    assert list(extract(Evidence(found.question, (), (), 1.0), 3)) == []


def test_braces_in_a_transcript_are_words_like_any_other(make: Any, word_embedder: Any) -> None:
    words = "The {speaker} of {0} costs {quote!r} and %s."
    (passage,) = cut_passages(
        make(("Wu {x} Lan", "official", words)), max_tokens=60,
        count_tokens=word_embedder.count_tokens,
    )  # fmt: skip
    found = Evidence(understand("What costs?"), (), (ScoredSentence(passage, 0, 1.0),), 1.0)
    assert texts(list(extract(found, 3))) == [f"Wu {{x}} Lan said: “{words}”"]
