from __future__ import annotations

from collections.abc import Callable
from math import log2

import pytest

from eval.records import GoldEvidence, Span
from eval.retrieval import hit_gains, retrieval_scores

# Ten characters a word: offsets are easy to read.
TEXTS = {"t": "abcdefghij" * 20, "u": "abcdefghij" * 20}


def gold(*spans: tuple[int, int], transcript: str = "t") -> GoldEvidence:
    return GoldEvidence("", "", tuple(Span(transcript, start, end) for start, end in spans))


def hits(*spans: tuple[int, int], transcript: str = "t") -> list[Span]:
    return [Span(transcript, start, end) for start, end in spans]


def test_scores_follow_the_rank_of_the_hit_on_the_evidence() -> None:
    scores = retrieval_scores([gold((50, 60))], hits((0, 10), (20, 30), (45, 65)), TEXTS)
    assert scores["recall@1"] == 0
    assert scores["recall@3"] == scores["success@3"] == scores["recall@20"] == 1
    assert scores["mrr@10"] == pytest.approx(1 / 3)
    assert scores["ndcg@10"] == pytest.approx(1 / log2(4))


def test_recall_is_the_share_of_the_spans_and_success_any_of_them() -> None:
    evidence = [gold((0, 10)), gold((50, 60)), gold((100, 110))]
    scores = retrieval_scores(evidence, hits((0, 10), (50, 60)), TEXTS)
    assert scores["recall@1"] == pytest.approx(1 / 3)
    assert scores["recall@20"] == pytest.approx(2 / 3)
    assert scores["success@1"] == 1
    assert scores["ndcg@10"] == pytest.approx((1 + 1 / log2(3)) / (1 + 1 / log2(3) + 1 / log2(4)))


def test_a_hit_with_two_spans_gains_two() -> None:
    evidence = [gold((0, 10)), gold((10, 20))]
    assert hit_gains(evidence, hits((50, 60), (0, 20)), TEXTS) == [0, 2]
    scores = retrieval_scores(evidence, hits((50, 60), (0, 20)), TEXTS)
    assert scores["ndcg@10"] == pytest.approx(1 / log2(3))


def test_a_second_hit_on_the_same_words_gains_nothing() -> None:
    assert hit_gains([gold((0, 10))], hits((0, 10), (0, 10)), TEXTS) == [1, 0]


def test_a_span_cut_in_two_is_covered_when_both_parts_are_there() -> None:
    assert hit_gains([gold((0, 100))], hits((0, 50), (40, 95)), TEXTS) == [0, 1]
    assert hit_gains([gold((0, 100))], hits((0, 50), (0, 89)), TEXTS) == [0, 0]


def test_ninety_percent_counts_without_white_space() -> None:
    texts = {"t": "abcdefghi   j"}
    assert hit_gains([gold((0, 13))], hits((0, 9)), texts) == [1]
    assert hit_gains([gold((0, 13))], hits((0, 8)), texts) == [0]


def test_any_occurrence_of_a_quote_counts() -> None:
    assert hit_gains([gold((0, 10), (50, 60))], hits((50, 60)), TEXTS) == [1]


def test_the_same_offsets_in_another_transcript_do_not_count() -> None:
    assert hit_gains([gold((0, 10))], hits((0, 10), transcript="u"), TEXTS) == [0]


def test_nothing_retrieved_scores_zero_on_every_metric() -> None:
    scores = retrieval_scores([gold((0, 10))], [], TEXTS)
    assert len(scores) == 14
    assert set(scores.values()) == {0.0}


def test_chinese_evidence_is_covered_like_any_other(
    transcript: object, span_of: Callable[[str], Span]
) -> None:
    place = span_of("园区有三条线路。")
    texts = {place.transcript_id: transcript.text}  # type: ignore[attr-defined]
    assert hit_gains([GoldEvidence("", "", (place,))], [place], texts) == [1]
