from __future__ import annotations

from typing import Any

import pytest

from rag.confidence import Features, confidence, coverage, features_of
from rag.passages import cut_passages
from rag.types import ScoredSentence, Transcript


def rarity(term: str) -> float:
    return {"harbour": 1.0, "open": 1.0, "zeppelin": 2.0}.get(term, 4.0)


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("When does the harbour open?", "The harbour opens in May.", 1.0),
        ("When does the harbour open?", "The harbour is old.", 0.5),
        ("Will the harbour get a zeppelin?", "The harbour is old.", 1 / 3),
        ("Will the harbour get a zeppelin?", "", 0.0),
        ("Will it?", "The harbour is old.", 0.0),
        ("", "The harbour is old.", 0.0),
    ],
)
def test_coverage_is_the_share_of_the_terms_weighted_by_rarity(
    question: str, text: str, share: float
) -> None:
    assert coverage(question, text, rarity) == pytest.approx(share)


def test_a_term_said_twice_counts_once() -> None:
    twice = coverage("harbour harbour zeppelin", "The harbour, the harbour.", rarity)
    assert twice == pytest.approx(1 / 3)


@pytest.mark.parametrize("same_language", [True, False])
def test_confidence_is_a_probability_that_rises_with_the_cosine(same_language: bool) -> None:
    cosines = (-1.0, 0.0, 0.7, 0.8, 0.9, 1.0)
    values = [confidence(Features(cosine, 0.5, same_language)) for cosine in cosines]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.01
    assert values[0] < values[-1] <= 1


def test_confidence_rises_with_the_words_shared_in_one_language_only() -> None:
    assert confidence(Features(0.8, 1.0, True)) > confidence(Features(0.8, 0.0, True))
    assert confidence(Features(0.8, 1.0, False)) == confidence(Features(0.8, 0.0, False))


def test_the_features_are_those_of_the_nearest_sentence_and_the_passage_with_most_words(
    briefing: Transcript, word_embedder: Any
) -> None:
    passages = cut_passages(briefing, max_tokens=60, count_tokens=word_embedder.count_tokens)
    sentences = [ScoredSentence(p, n, 0.0) for p in passages for n in range(len(p.sentences))]
    cosines = {(s.passage.id, s.number): 0.9 if "大学" in s.text else 0.5 for s in sentences}
    found = features_of("When is the harbour opening?", sentences, cosines, rarity)
    assert found == Features(cosine=0.9, coverage=1.0, same_language=False)
    assert features_of("When is the harbour opening?", [], {}, rarity) is None
