"""The metrics of a run in the words of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from eval.compare import Comparison, MetricChange
from eval.results import Result
from eval.runs import Run
from ui.markup import text_html


class _Words(NamedTuple):
    label: str
    meaning: str


# The metrics that a person reads first, in this order; the report has all of them.
_MEASURES = {
    "nugget_recall": _Words("Facts given", "of the facts expected of an answer are in it"),
    "citation_recall": _Words("Sources found", "of the sentences that hold the answer are cited"),
    "citation_precision": _Words("Sources to the point", "of the citations hold the answer"),
    "refusal_recall": _Words(
        "Honest refusals", "of the questions that the transcripts do not answer were refused"
    ),
    "refusal_precision": _Words("Refusals in place", "of the refusals were right to be made"),
    "quote_exact": _Words("Exact quotes", "of the quotes are word for word as in the transcript"),
    "speaker_accuracy": _Words("Right speakers", "of the quotes name the one who said it"),
    "recall@5": _Words(
        "Found by search", "of the sentences that hold the answer are in the first five passages"
    ),
    "latency_total_ms_p50": _Words("Typical time", "for one answer; half of them took less"),
}
_VERDICT_CLASS = {"better": "better", "worse": "worse"}
# Of a long list of questions that flipped, what a page can bear; the reports have them all.
_SHOWN_FLIPS = 50


def cards_html(run: Run) -> str:
    """The first metrics of a run, each with its 95% interval and what it means."""
    metrics: Mapping[str, Mapping[str, Any]] = run.summary["metrics"]
    cards = "".join(
        f"<li><strong>{_value(name, metrics[name]['mean'])}</strong> <b>{words.label}</b>"
        f"<span>{words.meaning}</span><small>{_value(name, metrics[name]['low'])} to "
        f"{_value(name, metrics[name]['high'])}, from {int(metrics[name]['n'])} questions</small>"
        "</li>"
        for name, words in _MEASURES.items()
        if name in metrics and not name.startswith("latency")
    )
    return f'<ul class="hetao-cards">{cards}</ul>'


def comparison_html(comparison: Comparison) -> str:
    """What changed: the first metrics, the questions that flipped, and all metrics."""
    changes = {change.metric.name: change for change in comparison.changes}
    first = [changes[name] for name in _MEASURES if name in changes]
    rest = [change for name, change in changes.items() if name not in _MEASURES]
    return "".join(
        (
            f'<p class="hetao-verdict">{_verdict(comparison)}</p>',
            _differences(comparison),
            _table(first),
            _flips("Right before, wrong now", comparison.became_wrong, with_reasons=True),
            _flips("Wrong before, right now", comparison.became_right, with_reasons=False),
            f"<details><summary>{len(rest)} more measures</summary>{_table(rest)}</details>",
            '<p class="hetao-note">The range is where the true difference lies with 95% '
            f"confidence. {len(changes)} measures were compared: about one in twenty looks "
            "different by chance alone.</p>",
        )
    )


def _verdict(comparison: Comparison) -> str:
    judged = [change for change in comparison.changes if change.metric.judges]
    better = sum(change.verdict == "better" for change in judged)
    worse = sum(change.verdict == "worse" for change in judged)
    if not better and not worse:
        return "No measure of quality differs by more than the noise."
    return (
        f"Of {len(judged)} measures of quality, {better} got better and {worse} got worse by "
        "more than the noise."
    )


def _differences(comparison: Comparison) -> str:
    """What else the two runs do not have in common, so that a change finds its cause."""
    old, new = comparison.a.info, comparison.b.info
    found = [
        f"{name.replace('_', ' ')}: {old.settings.get(name, 'none')} → "
        f"{new.settings.get(name, 'none')}"
        for name in sorted(old.settings.keys() | new.settings.keys())
        if old.settings.get(name) != new.settings.get(name)
    ]
    if old.code_version != new.code_version:
        found.append(f"version of Hetao: {old.code_version} → {new.code_version}")
    if old.corpus_sha256 != new.corpus_sha256:
        found.append("the transcripts are not the same, so not only the answers' making differs")
    said = "; ".join(found) or "nothing: same settings, same version, same transcripts"
    return f'<p class="hetao-note">Changed between the runs: {text_html(said)}.</p>'


def _table(changes: Sequence[MetricChange]) -> str:
    rows = "".join(_row(change) for change in changes)
    return (
        '<table class="hetao-metrics"><thead><tr><th>Measure</th><th>Before</th><th>After</th>'
        f"<th>Difference, and its range</th><th>Verdict</th></tr></thead><tbody>{rows}</tbody>"
        "</table>"
    )


def _row(change: MetricChange) -> str:
    name, found = change.metric.name, change.difference
    label, meaning = _MEASURES.get(name, _Words(name, ""))
    css = _VERDICT_CLASS.get(change.verdict, "even")
    difference = "none"
    if change.verdict != "the same":
        low, high = _step(name, found.low), _step(name, found.high)
        difference = f"{_step(name, found.difference)} <small>({low} to {high})</small>"
    return (
        f'<tr><th scope="row" title="{meaning}">{label}</th>'
        f'<td data-head="Before">{_value(name, found.a)}</td>'
        f'<td data-head="After">{_value(name, found.b)}</td>'
        f'<td data-head="Difference">{difference}</td>'
        f'<td data-head="Verdict"><span class="hetao-{css}">{change.verdict}</span></td></tr>'
    )


def _flips(title: str, results: Sequence[Result], *, with_reasons: bool) -> str:
    if not results:
        return f"<h3>{title}: none</h3>"
    items = "".join(
        f'<li lang="{result.language}">{text_html(result.record.question)}'
        f"{_reasons(result.why) if with_reasons else ''}</li>"
        for result in results[:_SHOWN_FLIPS]
    )
    more = len(results) - _SHOWN_FLIPS
    tail = f'<p class="hetao-note">and {more} more</p>' if more > 0 else ""
    return f'<h3>{title}: {len(results)}</h3><ul class="hetao-flips">{items}</ul>{tail}'


def _reasons(why: Iterable[str]) -> str:
    return "".join(f"<small>{text_html(reason)}</small>" for reason in why)


def _value(name: str, value: float) -> str:
    if name.startswith("latency"):
        return f"{value:.0f} ms"
    return f"{value:.3f}" if name == "aurc" else f"{value:.0%}"


def _step(name: str, value: float) -> str:
    if name.startswith("latency"):
        step = f"{value:+.0f} ms"
    else:
        # Points of a percentage, but the area under a curve is a plain number.
        step = f"{value:+.3f}" if name == "aurc" else f"{100 * value:+.1f}"
    return step.replace("-", "−")
