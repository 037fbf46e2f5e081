from __future__ import annotations

import numpy as np
import pytest

from eval.statistics import (
    Array,
    area_under_risk_coverage,
    area_under_roc,
    compare,
    estimate,
    observe,
    percentile,
    ratio,
)


def scores(*values: float) -> Array:
    return np.array([(value, 1.0) for value in values])


def test_the_area_under_the_roc_curve_counts_pairs_in_the_right_order_and_ties_half() -> None:
    columns = np.array([[0.1, 0], [0.4, 1], [0.4, 0], [0.9, 1], [0.2, 1]])
    assert observe(area_under_roc, columns) == pytest.approx((2 + 1.5 + 1) / 6)
    twice = np.array([[1.0, 1.0, 1.0, 1.0, 2.0]])
    assert area_under_roc(columns, twice)[0] == pytest.approx((2 + 1.5 + 2) / 8)
    assert area_under_roc(columns[1:2], np.ones((1, 1)))[0] == 0.5


def test_a_ratio_is_the_mean_of_scores_and_zero_over_nothing() -> None:
    assert observe(ratio, scores(1, 0, 0, 1)) == 0.5
    assert observe(ratio, np.array([(0.5, 1.0), (0.0, 0.0)])) == 0.5
    assert observe(ratio, np.array([(0.0, 0.0)])) == 0


@pytest.mark.parametrize(
    ("rows", "area"),
    [
        # Sure and right first: risks 0, 0, 1/3, 2/4.
        ([(0.9, 0), (0.8, 0), (0.7, 1), (0.6, 1)], (0 + 0 + 1 / 3 + 1 / 2) / 4),
        # Sure and wrong first: risks 1, 1, 2/3, 2/4.
        ([(0.9, 1), (0.8, 1), (0.7, 0), (0.6, 0)], (1 + 1 + 2 / 3 + 1 / 2) / 4),
        # All equally sure: one point, the overall risk.
        ([(0.5, 1), (0.5, 0), (0.5, 0), (0.5, 1)], 0.5),
        # A tie in the middle: risks 0, then 1/3 for both of the tied.
        ([(0.9, 0), (0.5, 1), (0.5, 0)], (0 + 1 / 3 + 1 / 3) / 3),
    ],
)
def test_area_under_the_risk_coverage_curve(rows: list[tuple[float, float]], area: float) -> None:
    assert observe(area_under_risk_coverage, np.array(rows, dtype=float)) == pytest.approx(area)
    reversed_rows = np.array(rows[::-1], dtype=float)
    assert observe(area_under_risk_coverage, reversed_rows) == pytest.approx(area)


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert observe(percentile(share), scores(*range(20, 0, -1))) == value


@pytest.mark.parametrize("statistic", [ratio, area_under_risk_coverage, percentile(0.5)])
def test_weights_count_a_question_as_often_as_it_was_drawn(statistic: object) -> None:
    columns = np.array([(0.2, 1.0), (0.9, 0.5), (0.4, 1.0)])
    drawn = np.repeat(columns, [2, 0, 3], axis=0)
    weighted = statistic(columns, np.array([[2.0, 0.0, 3.0]]))[0]  # type: ignore[operator]
    assert weighted == pytest.approx(observe(statistic, drawn))  # type: ignore[arg-type]


def test_an_interval_of_a_mean_is_what_theory_says() -> None:
    found = estimate(ratio, scores(*([1] * 50 + [0] * 50)))
    assert found.mean == 0.5
    # Normal approximation: 1.96 * sqrt(0.25 / 100) = 0.098.
    assert found.low == pytest.approx(0.402, abs=0.012)
    assert found.high == pytest.approx(0.598, abs=0.012)


def test_the_same_scores_give_the_same_interval_and_one_question_no_width() -> None:
    assert estimate(ratio, scores(1, 0, 0.5)) == estimate(ratio, scores(1, 0, 0.5))
    single = estimate(ratio, scores(0.25))
    assert (single.low, single.high) == (0.25, 0.25)


def test_a_randomisation_test_agrees_with_counting_every_swap() -> None:
    a, b = scores(0, 0, 0, 0, 0), scores(1, 1, 1, 1, 1)
    found = compare(ratio, a, b)
    assert (found.a, found.b, found.difference) == (0, 1, 1)
    assert (found.low, found.high) == (1, 1)
    # Of the 2^5 = 32 ways to swap, two give a difference of 1 or -1.
    assert found.p_value == pytest.approx(2 / 32, abs=0.01)


def test_no_difference_has_a_p_value_of_one() -> None:
    found = compare(area_under_risk_coverage, scores(0.1, 0.4), scores(0.1, 0.4))
    assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_pairing_finds_what_unpaired_intervals_would_miss() -> None:
    rng = np.random.default_rng(1)
    before = rng.random(100) * 0.8
    a, b = scores(*before), scores(*(before + 0.05))
    found = compare(ratio, a, b)
    assert found.low > 0
    assert found.p_value < 0.001
    assert estimate(ratio, a).high > estimate(ratio, b).low
