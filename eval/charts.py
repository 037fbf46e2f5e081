"""Charts of a run as inline SVG; colours come from the page, so they follow its dark mode."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from eval.results import Result
from eval.words import words_of

WIDTH = 480
# What says most about a group, first of all for groups with answers, then for those without.
GROUP_METRICS = ("nugget_recall", "refusal_recall", "success@5")


def group_chart(by: dict[str, dict[str, dict[str, Any]]]) -> str:
    """One bar a group with its 95% interval, of the first of GROUP_METRICS that it has."""
    bars = [
        (group, name, metrics[name])
        for group, metrics in by.items()
        if (name := next((name for name in GROUP_METRICS if name in metrics), None))
    ]
    if not bars:
        return "<p>No groups.</p>"
    left, right, step = 250, WIDTH - 40, 26
    parts = []
    for number, (group, name, value) in enumerate(bars):
        y = number * step + 6
        scale = right - left
        bar, low, high = (value[key] * scale for key in ("mean", "low", "high"))
        parts.append(
            f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(group)}'
            f'<tspan class="soft"> {escape(words_of(name).label)}, n={value["n"]}</tspan>'
            f"<title>{escape(name)}</title></text>"
            f'<rect x="{left}" y="{y}" width="{scale}" height="16" class="track"/>'
            f'<rect x="{left}" y="{y}" width="{bar:.1f}" height="16" class="bar"/>'
            f'<line x1="{left + low:.1f}" x2="{left + high:.1f}" y1="{y + 8}" y2="{y + 8}" '
            f'class="interval"/><text x="{right + 8}" y="{y + 13}">{value["mean"]:.2f}</text>'
        )
    return _svg(len(bars) * step + 8, "Score by group, with 95% intervals", parts)


def risk_coverage_chart(results: Sequence[Result]) -> str:
    """Error among the most confident share of the questions, for each share."""
    order = sorted(results, key=lambda result: -result.confidence)
    points, risk = [], 0.0
    for count, result in enumerate(order, 1):
        risk += result.risk
        tied = count < len(order) and order[count].confidence == result.confidence
        if not tied:
            points.append((count / len(order), risk / count))
    left, top, width, height = 40, 10, WIDTH - 60, 180
    places = [(f"{left + x * width:.1f}", f"{top + (1 - y) * height:.1f}") for x, y in points]
    line = " ".join(f"{x},{y}" for x, y in places)
    parts = [
        *_axes(left, top, width, height, "share of questions, most confident first", "risk"),
        _label(left - 10, top + 10, "1"),
        _label(left - 10, top + height, "0"),
        _label(left + width, top + height + 16, "1"),
        f'<polyline points="{line}" class="curve"/>',
        *(f'<circle cx="{x}" cy="{y}" r="2" class="bar"/>' for x, y in places),
    ]
    return _svg(height + 50, "Risk-coverage curve", parts)


def latency_chart(results: Sequence[Result]) -> str:
    """How long a warm question took in all, as a histogram of 24 equal steps."""
    times = [time for r in results if (time := r.milliseconds("total")) is not None]
    if not times:
        return "<p>No warm question was timed.</p>"
    left, top, width, height, steps = 40, 10, WIDTH - 60, 140, 24
    longest = max(times) or 1.0
    counts = [0] * steps
    for time in times:
        counts[min(steps - 1, int(time / longest * steps))] += 1
    column = width / steps
    parts = _axes(left, top, width, height, "milliseconds, whole answer", "questions")
    parts += [
        f'<rect x="{left + i * column + 1:.1f}" y="{top + height * (1 - n / max(counts)):.1f}" '
        f'width="{column - 2:.1f}" height="{height * n / max(counts):.1f}" class="bar">'
        f"<title>{n} questions</title></rect>"
        for i, n in enumerate(counts)
    ]
    parts += [
        _label(left, top + height + 16, "0"),
        _label(left + width, top + height + 16, f"{longest:.0f}"),
    ]
    parts.append(_label(left - 16, top + 10, str(max(counts))))
    return _svg(height + 50, "Latency", parts)


def _axes(left: int, top: int, width: int, height: int, x: str, y: str) -> list[str]:
    bottom = top + height
    return [
        f'<path d="M{left} {top}V{bottom}H{left + width}" class="axis"/>',
        _label(left + width / 2, bottom + 34, x),
        f'<text x="12" y="{top + height / 2}" text-anchor="middle" class="soft" '
        f'transform="rotate(-90 12 {top + height / 2})">{y}</text>',
    ]


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" class="soft">{escape(text)}</text>'


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
