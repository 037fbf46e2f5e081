from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from eval.calibrate import Sample, cross_validated, fit, fit_reader, probabilities
from eval.reliability import (
    Judged,
    auroc,
    kinds_table,
    refusal_f1,
    reliability,
    reliability_chart,
)
from rag.search.confidence import FILE, INPUTS, PAIRS, Features, Pair, confidence


def sample(number: int, pair: Pair, *, answerable: bool, unknown: tuple[str, ...] = ()) -> Sample:
    cosine = (0.9 if answerable else 0.7) + 0.01 * (number % 5)
    features = Features(pair, cosine, 0.5, 0.3, True, unknown=unknown)
    kind = "answerable" if answerable else "near_miss"
    return Sample("set", "dev", f"article-{number % 7}", kind, features)


SAMPLES = [
    sample(number, pair, answerable=answerable)
    for pair in PAIRS
    for number in range(14)
    for answerable in (True, False)
]
JUDGED = [
    Judged("set", "same", kind, value)
    for kind, value in (
        ("answerable", 0.9), ("answerable", 0.3), ("near_miss", 0.6), ("off_topic", 0.1)
    )
]  # fmt: skip


def test_the_fit_tells_near_evidence_from_far_evidence_in_each_pair_of_languages() -> None:
    coefficients = fit(SAMPLES)
    assert set(coefficients) == set(PAIRS)
    given = probabilities(SAMPLES, coefficients)
    truth = np.array([s.kind == "answerable" for s in SAMPLES])
    assert given[truth].min() > 0.5 > given[~truth].max()


def test_beside_a_reader_the_fit_weighs_what_it_says_and_the_likeness() -> None:
    read = [
        replace(s, features=replace(s.features, stated=(2.0 if n % 4 < 2 else -2.0)))
        for n, s in enumerate(SAMPLES)
    ]
    _, of_stated, of_likeness = fit_reader(read)
    assert of_likeness > 0
    told = [replace(s, kind="answerable" if n % 4 < 2 else "near_miss")
            for n, s in enumerate(read)]  # fmt: skip
    assert fit_reader(told)[1] > max(0, of_stated)


def test_an_input_left_out_has_no_weight() -> None:
    for _, *weights in fit(SAMPLES, ["cosine"]).values():
        assert weights[0] > 0
        assert weights[1:] == [0.0] * (len(INPUTS) - 1)


def test_what_is_asked_of_an_unknown_name_has_no_confidence_and_no_say_in_the_fit() -> None:
    stranger = sample(0, "same", answerable=True, unknown=("Atlantis",))
    assert probabilities([stranger], fit(SAMPLES)).tolist() == [0.0]
    assert fit([*SAMPLES, stranger]) == fit(SAMPLES)


def test_cross_validation_gives_every_sample_a_confidence_of_its_own() -> None:
    given = cross_validated(SAMPLES)
    assert given.shape == (len(SAMPLES),)
    assert ((given > 0) & (given < 1)).all()


def test_the_confidence_at_run_time_is_the_one_that_was_fitted() -> None:
    stored = json.loads((files("rag.search") / FILE).read_text(encoding="utf-8"))
    coefficients = {
        pair: tuple(stored[pair][name] for name in ("intercept", *INPUTS)) for pair in PAIRS
    }
    for one in SAMPLES:
        expected = probabilities([one], coefficients)[0]
        assert confidence(one.features) == pytest.approx(expected)


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
