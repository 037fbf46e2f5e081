"""What a fitted confidence reaches: a table and a reliability curve.

*Reliability* sets the confidence given against the share that was answerable (Niculescu-Mizil
and Caruana, ICML 2005). *AUROC* is of each kind of unanswerable question against the
answerable ones of the same source and pair of languages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from eval.statistics import Array, area_under_risk_coverage, area_under_roc, observe

ANSWERABLE = "answerable"
_BINS = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the confidence that was given to it."""

    source: str
    pair: str
    kind: str
    confidence: float

    @property
    def answerable(self) -> bool:
        """Whether it had to be answered."""
        return self.kind == ANSWERABLE


def kinds_table(judged: Sequence[Judged], threshold: float) -> str:
    """Markdown: for each source, pair and kind how many were refused, and the AUROC."""
    lines = [
        "| questions | languages | kind | n | refused | AUROC | AURC |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    place: Callable[[Judged], tuple[str, str]] = lambda j: (j.source, j.pair)  # noqa: E731
    for (source, pair), group in groupby(sorted(judged, key=place), key=place):
        of_pair = list(group)
        good = [j for j in of_pair if j.answerable]
        for kind in sorted({j.kind for j in of_pair}, key=lambda kind: (kind != ANSWERABLE, kind)):
            own = [j for j in of_pair if j.kind == kind]
            refused = np.mean([j.confidence < threshold for j in own])
            areas = "- | -"
            if kind != ANSWERABLE and good:
                both = good + own
                risks = np.array([(j.confidence, float(not j.answerable)) for j in both])
                area = observe(area_under_risk_coverage, risks)
                areas = f"{auroc(both):.3f} | {area:.3f}"
            lines.append(f"| {source} | {pair} | {kind} | {len(own)} | {refused:.2f} | {areas} |")
    return "\n".join(lines)


def auroc(judged: Sequence[Judged]) -> float:
    """The chance that an answerable question gets more confidence than one that is not."""
    return observe(area_under_roc, ranked(judged))


def ranked(judged: Sequence[Judged]) -> Array:
    """Each confidence, and 1 where the question was answerable: shape (n, 2)."""
    return np.array([(j.confidence, float(j.answerable)) for j in judged])


def refusal_f1(judged: Sequence[Judged], threshold: float) -> float:
    """F1 of refusing below the threshold, refusing being the positive class."""
    refused = [j for j in judged if j.confidence < threshold]
    hits = sum(not j.answerable for j in refused)
    total = len(refused) + sum(not j.answerable for j in judged)
    return 2 * hits / total if total else 0.0


def reliability(judged: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """(mean confidence, share answerable, n) of the questions in equally large bins."""
    ordered = sorted(judged, key=lambda j: j.confidence)
    bins = np.array_split(np.arange(len(ordered)), min(_BINS, len(ordered)))
    points = []
    for numbers in bins:
        own = [ordered[i] for i in numbers]
        share = float(np.mean([j.answerable for j in own]))
        points.append((float(np.mean([j.confidence for j in own])), share, len(own)))
    return points


def reliability_chart(judged: Sequence[Judged], title: str) -> str:
    """The reliability curve as an SVG of its own, light or dark as the reader's system is."""
    left, top, size = 46, 34, 220
    points = [(left + size * x, top + size * (1 - y), n) for x, y, n in reliability(judged)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{n} questions</title></circle>'
        for x, y, n in points
    )
    bottom, right = top + size, left + size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right + 20} {bottom + 44}" '
        f'width="{right + 20}" role="img" aria-label="{title}"><style>'
        "text{font:12px sans-serif;fill:#555}.soft{stroke:#999;fill:none}"
        ".curve{stroke:#1668a8;stroke-width:2;fill:none}circle{fill:#1668a8}"
        "@media(prefers-color-scheme:dark){text{fill:#bbb}}</style>"
        f'<text x="{left}" y="18">{title}</text>'
        f'<path class="soft" d="M{left} {top}V{bottom}H{right}"/>'
        f'<path class="soft" stroke-dasharray="4 4" d="M{left} {bottom}L{right} {top}"/>'
        f'<polyline class="curve" points="{line}"/>{dots}'
        f'<text x="{left + size / 2}" y="{bottom + 34}" text-anchor="middle">confidence</text>'
        f'<text x="14" y="{top + size / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {top + size / 2})">share answerable</text>'
        f'<text x="{left}" y="{bottom + 16}">0</text><text x="{right - 6}" y="{bottom + 16}">1'
        f'</text><text x="{left - 12}" y="{top + 6}">1</text></svg>'
    )
