from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from eval.studies.calibrate import Sample, fit, is_dev, judge, nearness, without_each
from eval.studies.own_sets import PAGE_10
from eval.studies.reliability import (
    Judged,
    auroc,
    kinds_table,
    refusal_f1,
    reliability,
    reliability_chart,
)
from rag.search.confidence import FILE, INPUTS, PAIRS, Features, confidence, fitted

SAMPLES = [
    Sample(
        source, split, "answerable" if answerable else "near_miss",
        Features(pair, 0.8 + 0.01 * (number % 5), (1.0 if answerable else -3.0) + number % 3),
    )
    for source, split in ((PAGE_10.stem, "dev"), (PAGE_10.stem, "test"), ("practice", "dev"))
    for pair in PAIRS
    for number in range(14)
    for answerable in (True, False)
]  # fmt: skip
JUDGED = [
    Judged("set", "same", kind, value)
    for kind, value in (
        ("answerable", 0.9), ("answerable", 0.3), ("near_miss", 0.6), ("off_topic", 0.1)
    )
]  # fmt: skip


def test_the_fit_weighs_what_the_reader_says() -> None:
    found = judge(SAMPLES, fit(SAMPLES))
    good = [j.confidence for j in found if j.answerable]
    bad = [j.confidence for j in found if not j.answerable]
    assert min(good) > 0.5 > max(bad)


def test_the_fit_sees_the_dev_half_of_page_10_alone() -> None:
    turned = {"answerable": "near_miss", "near_miss": "answerable"}
    others = [s if is_dev(s) else replace(s, kind=turned[s.kind]) for s in SAMPLES]
    assert fit(others).weights == fit(SAMPLES).weights


def test_an_input_left_out_has_no_weight() -> None:
    weights = dict(zip(INPUTS, fit(SAMPLES, ["stated"]).weights, strict=True))
    assert weights.pop("stated") > 0
    assert set(weights.values()) == {0.0}


def test_near_is_what_nearly_all_answerable_questions_of_a_pair_reach() -> None:
    near = nearness(SAMPLES)
    assert set(near) == set(PAIRS)
    assert all(0.8 <= cosine < 0.82 for cosine in near.values())


def test_a_table_tells_what_each_input_gains() -> None:
    dev, test, practice = without_each(SAMPLES)
    assert dev.startswith(f"## Refusal: {PAGE_10.stem}, dev")
    assert "practice, dev" in practice
    for table in (dev, test, practice):
        assert "| (nothing) | 1.000 (1.000 to 1.000) | = |" in table
        assert all(f"| {name} |" in table for name in INPUTS)


def test_the_confidence_at_run_time_is_the_one_that_was_fitted() -> None:
    stored = json.loads((files("rag.search") / FILE).read_text(encoding="utf-8"))
    assert fitted().weights == tuple(stored["weights"][name] for name in INPUTS)
    for one, judged in zip(SAMPLES, judge(SAMPLES, fitted()), strict=True):
        assert confidence(one.features) == pytest.approx(judged.confidence)


def test_refusal_f1_counts_refused_answerable_questions_against_it() -> None:
    assert refusal_f1(JUDGED, 0.5) == pytest.approx(0.5)  # one right, one wrong, one missed
    assert refusal_f1(JUDGED, 0.2) == pytest.approx(2 / 3)
    assert refusal_f1(JUDGED[:2], 0.0) == 0.0


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auroc(JUDGED) == pytest.approx(0.75)


def test_the_table_has_a_row_for_each_kind_and_what_was_refused_of_it() -> None:
    table = kinds_table(JUDGED, 0.5)
    assert "| set | same | answerable | 2 | 0.50 | - | - |" in table
    assert "| set | same | near_miss | 1 | 0.00 | 0.500 |" in table
    assert "| set | same | off_topic | 1 | 1.00 | 1.000 |" in table


def test_the_reliability_curve_sets_confidence_against_the_share_answerable() -> None:
    points = reliability(JUDGED)
    assert [n for *_, n in points] == [1, 1, 1, 1]
    assert points[0] == (0.1, 0.0, 1)
    assert points[-1] == (0.9, 1.0, 1)
    chart = reliability_chart(JUDGED, "curve")
    assert chart.startswith("<svg")
    assert chart.count("<circle") == 4
