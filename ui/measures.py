"""The metrics of a run in the words of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from eval.compare import Comparison, MetricChange, OneSided
from eval.provenance import tell_outcomes
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
    "latency_first_token_ms_p50": _Words("Typical wait", "until a chat model began to write"),
    "tokens_input_mean": _Words("Tokens read", "by a chat model for one answer, on average"),
    "tokens_output_mean": _Words("Tokens written", "by a chat model for one answer, on average"),
}
_VERDICT_CLASS = {"better": "better", "worse": "worse"}
# Of a long list of questions that flipped, what a page can bear; the reports have them all.
_SHOWN_FLIPS = 50
# From here on a time is told in seconds.
_LONG_MS = 10_000


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
    costs = [_one_sided_row(one) for one in comparison.one_sided if one.metric.name in _MEASURES]
    return "".join(
        (
            f'<p class="hetao-verdict">{_verdict(comparison)}</p>',
            _differences(comparison),
            _table(first, costs),
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
    """Who answered, and what else the runs do not share, so that a change finds its cause."""
    lines = [
        f"{when}: {tell_outcomes(run.results)}."
        for when, run in (("Before", comparison.a), ("After", comparison.b))
    ]
    old, new = comparison.a.info, comparison.b.info
    said = "; ".join(old.changes(new)) or "nothing: same settings, same version, same transcripts"
    lines.append(f"Changed between the runs: {said}.")
    if old.corpus_sha256 != new.corpus_sha256:
        lines.append("The transcripts are not the same, so not only the answers' making differs.")
    return "".join(f'<p class="hetao-note">{text_html(line)}</p>' for line in lines)


def _table(changes: Sequence[MetricChange], more_rows: Iterable[str] = ()) -> str:
    rows = "".join((*map(_row, changes), *more_rows))
    return (
        '<table class="hetao-metrics"><thead><tr><th>Measure</th><th>Before</th><th>After</th>'
        f"<th>Difference, and its range</th><th>Verdict</th></tr></thead><tbody>{rows}</tbody>"
        "</table>"
    )


def _row(change: MetricChange) -> str:
    name, found = change.metric.name, change.difference
    css = _VERDICT_CLASS.get(change.verdict, "even")
    difference = "none"
    if change.verdict != "the same":
        low, high = _step(name, found.low), _step(name, found.high)
        difference = f"{_step(name, found.difference)} <small>({low} to {high})</small>"
    verdict = f'<span class="hetao-{css}">{change.verdict}</span>'
    return _cells(name, _value(name, found.a), _value(name, found.b), difference, verdict)


def _one_sided_row(one: OneSided) -> str:
    name = one.metric.name
    old, new = ("none" if value is None else _value(name, value) for value in (one.a, one.b))
    return _cells(name, old, new, "not in both", "")


def _cells(name: str, before: str, after: str, difference: str, verdict: str) -> str:
    label, meaning = _MEASURES.get(name, _Words(name, ""))
    return (
        f'<tr><th scope="row" title="{meaning}">{label}</th><td data-head="Before">{before}</td>'
        f'<td data-head="After">{after}</td><td data-head="Difference">{difference}</td>'
        f'<td data-head="Verdict">{verdict}</td></tr>'
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
        return f"{value:.0f} ms" if value < _LONG_MS else f"{value / 1000:.1f} s"
    if name.startswith("tokens"):
        return f"{value:.0f}"
    return f"{value:.3f}" if name == "aurc" else f"{value:.0%}"


def _step(name: str, value: float) -> str:
    if name.startswith("latency"):
        step = f"{value:+.0f} ms" if abs(value) < _LONG_MS else f"{value / 1000:+.1f} s"
    elif name.startswith("tokens"):
        step = f"{value:+.0f}"
    else:
        # Points of a percentage, but the area under a curve is a plain number.
        step = f"{value:+.3f}" if name == "aurc" else f"{100 * value:+.1f}"
    return step.replace("-", "−")
