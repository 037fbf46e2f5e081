"""Intervals and p-values of metrics over questions.

Every statistic here is a function of per-question columns, shape (n, c), and of weights, shape
(b, n), that say how often each question counts in each of b resamples; it returns b values.
So one function gives the observed value (one row of ones), the bootstrap (how often each
question was drawn) and the randomisation test (whose answer to each question is taken).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array, Array], Array]

RESAMPLES = 10_000
SEED = 20_230_905
# Bounds the memory of one step: chunk x questions x 8 bytes.
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Difference:
    """``b - a``, paired by question, with its 95% bootstrap interval and p-value."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float

    def __str__(self) -> str:
        return f"{self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def as_json(found: Estimate | Difference) -> dict[str, float]:
    """The figures by name, to six digits."""
    return {name: round(value, 6) for name, value in asdict(found).items()}


def ratio(columns: Array, weights: Array) -> Array:
    """Sum of column 0 over sum of column 1; 0 where the latter is 0.

    A mean is the ratio of the scores to the ones of the questions they were taken of; a
    precision, recall or F1 is a ratio of counts.
    """
    above, below = weights @ columns[:, 0], weights @ columns[:, 1]
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def area_under_risk_coverage(columns: Array, weights: Array) -> Array:
    """AURC of column 0, confidence, and column 1, risk; lower is better.

    The mean, over the questions, of the risk among those at least as confident (Geifman and
    El-Yaniv, NeurIPS 2017; El-Yaniv and Wiener, JMLR 2010). Equal confidences share one
    point of the curve, so their order does not matter.
    """
    order = np.argsort(-columns[:, 0], kind="stable")
    confidence, risk = columns[order, 0], columns[order, 1]
    last_of_ties = np.searchsorted(-confidence, -confidence, side="right") - 1
    drawn = weights[:, order]
    count = np.cumsum(drawn, axis=1)
    risks = np.cumsum(drawn * risk, axis=1)
    at_threshold = np.divide(risks, count, out=np.zeros_like(risks), where=count > 0)
    area: Array = (drawn * at_threshold[:, last_of_ties]).sum(axis=1) / drawn.sum(axis=1)
    return area


def area_under_roc(columns: Array, weights: Array) -> Array:
    """AUROC of column 0, a score, for column 1, 1 where positive: the chance that a positive
    scores above a negative, ties half; 0.5 where a resample has but one kind.
    """
    order = np.argsort(columns[:, 0], kind="stable")
    scores, positive = columns[order, 0], columns[order, 1]
    first = np.searchsorted(scores, scores, side="left")
    last = np.searchsorted(scores, scores, side="right")
    drawn = weights[:, order]
    below = np.concatenate([np.zeros((len(drawn), 1)), np.cumsum(drawn * (1 - positive), 1)], 1)
    won: Array = (drawn * positive * (below[:, first] + below[:, last]) / 2).sum(axis=1)
    pairs = (drawn * positive).sum(axis=1) * below[:, -1]
    return np.asarray(np.divide(won, pairs, out=np.full_like(won, 0.5), where=pairs > 0))


def percentile(share: float) -> Statistic:
    """The statistic "value under which ``share`` of column 0 lies" (nearest rank)."""

    def nearest_rank(columns: Array, weights: Array) -> Array:
        order = np.argsort(columns[:, 0], kind="stable")
        cumulated = np.cumsum(weights[:, order], axis=1)
        # A hair below, so that 0.95 x 20 is rank 19 in floating point too.
        reached = cumulated >= share * cumulated[:, -1:] - 1e-9
        found: Array = columns[order, 0][np.argmax(reached, axis=1)]
        return found

    return nearest_rank


def observe(statistic: Statistic, columns: Array) -> float:
    """The value of a statistic over all questions."""
    return float(statistic(columns, np.ones((1, len(columns))))[0])


def estimate(statistic: Statistic, columns: Array) -> Estimate:
    """The value with its percentile bootstrap interval (Efron, 1979); same input, same output.

    Questions are drawn with replacement, 10,000 times, by a fixed seed.
    """
    values = np.concatenate([statistic(columns, drawn) for drawn in _resamples(len(columns))])
    low, high = np.percentile(values, [2.5, 97.5])
    return Estimate(observe(statistic, columns), float(low), float(high))


def compare(statistic: Statistic, a: Array, b: Array) -> Difference:
    """How ``b`` differs from ``a``, row by row the same questions.

    The interval draws questions, both answers together. The p-value is that of Fisher's
    randomisation test (Smucker, Allan and Carterette, CIKM 2007): the share of 10,000 random
    swaps of a question's two answers that differ at least as much as was observed, with the
    observation itself counted in (so never 0).
    """
    observed = observe(statistic, b) - observe(statistic, a)
    drawn = _resamples(len(a))
    values = np.concatenate([statistic(b, w) - statistic(a, w) for w in drawn])
    low, high = np.percentile(values, [2.5, 97.5])
    both = np.concatenate([a, b])
    extreme = 0
    rng = np.random.default_rng(SEED)
    for size in _chunk_sizes():
        swapped = rng.integers(2, size=(size, len(a))).astype(float)
        first = np.concatenate([1 - swapped, swapped], axis=1)
        differences = statistic(both, 1 - first) - statistic(both, first)
        extreme += int((np.abs(differences) >= abs(observed) - 1e-12).sum())
    return Difference(
        observe(statistic, a), observe(statistic, b), observed, float(low), float(high),
        (extreme + 1) / (RESAMPLES + 1),
    )  # fmt: skip


@lru_cache(maxsize=2)
def _resamples(n: int) -> tuple[Array, ...]:
    # Kept, since all metrics of a run are estimated from the same draws.
    rng = np.random.default_rng(SEED)
    return tuple(_draw(rng, size, n) for size in _chunk_sizes())


def _draw(rng: np.random.Generator, size: int, n: int) -> Array:
    """How often each of n questions is drawn in each of ``size`` resamples of n."""
    drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(float)


def _chunk_sizes() -> list[int]:
    return [_CHUNK] * (RESAMPLES // _CHUNK)
