"""The metrics of a run, and of two runs side by side, in the words of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from eval.compare import Comparison, MetricChange, OneSided, Verdict
from eval.provenance import outcomes
from eval.results import Result
from eval.runs import Run
from eval.words import FIRST, step_text, value_text, words_of
from ui.language import N_, _, several
from ui.markup import text_markdown

# Of a long list of questions that flipped, what a page can bear.
_SHOWN_FLIPS = 50
# Two cards side by side on a phone; a card with a help button needs more.
_CARD_PIXELS, _WIDE_CARD_PIXELS = 165, 220
_VERDICTS: dict[Verdict, str] = {
    "better": N_("better"),
    "worse": N_("worse"),
    "within the noise": N_("within the noise"),
    "the same": N_("the same"),
}
_COLOURS: dict[Verdict, Literal["green", "red", "gray"]] = {"better": "green", "worse": "red"}


def draw_cards(run: Run) -> None:
    """The first metrics of a run, each with what it means and its 95% interval."""
    metrics: Mapping[str, Mapping[str, Any]] = run.summary["metrics"]
    with st.grid(min_column_width=_CARD_PIXELS, border=True) as grid:
        for name in FIRST:
            if name in metrics and not name.startswith("latency"):
                with grid.cell():
                    label, meaning = words_of(name, _)
                    st.metric(label, value_text(name, metrics[name]["mean"]))
                    st.caption(f"{meaning}  \n{_interval(name, metrics[name])}")


def metric_rows(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """A table of metrics, by its columns: the words and the field's name, value and interval."""
    return {
        _("Measure"): [_measure(name) for name in metrics],
        _("Value"): [value_text(name, value["mean"]) for name, value in metrics.items()],
        _("95% range"): [_range(name, value) for name, value in metrics.items()],
        _("Questions"): [f"{int(value['n'])}" for value in metrics.values()],
    }


def tell_answers(results: Iterable[Result]) -> str:
    """Who answered how many: "3 answered by extractive, 2 refused"."""
    words = {"refused": _("{n} refused"), "errors": _("{n} failed")}
    return ", ".join(
        words.get(who, _("{n} answered by {who}")).format(n=count, who=who)
        for who, count in outcomes(results).items()
    )


def draw_comparison(comparison: Comparison) -> None:
    """What changed: the first metrics, the questions that flipped, and all metrics."""
    changes = {change.metric.name: change for change in comparison.changes}
    st.subheader(_verdict(comparison), anchor=False)
    st.caption("  \n".join(text_markdown(line) for line in _differences(comparison)))
    with st.grid(min_column_width=_WIDE_CARD_PIXELS, border=True) as grid:
        for name in FIRST:
            if name in changes:
                with grid.cell():
                    _draw_change(changes[name])
        for one in comparison.one_sided:
            if one.metric.name in FIRST:
                with grid.cell():
                    _draw_one_sided(one)
    _draw_flips(_("Right before, wrong now"), comparison.became_wrong, with_reasons=True)
    _draw_flips(_("Wrong before, right now"), comparison.became_right, with_reasons=False)
    rest = [change for name, change in changes.items() if name not in FIRST]
    if rest:
        with st.expander(several("1 more measure", "{n} more measures", len(rest))):
            st.table(_change_rows(rest), border="horizontal", hide_index=True)
    compared = _(
        "The range is where the true difference lies with 95% confidence. {n} measures were "
        "compared: about one in twenty looks different by chance alone."
    )
    st.caption(compared.format(n=len(changes)))


def _draw_change(change: MetricChange) -> None:
    name, found, verdict = change.metric.name, change.difference, change.verdict
    same = verdict == "the same"
    st.metric(
        words_of(name, _).label,
        value_text(name, found.b),
        None if same else step_text(name, found.difference),
        delta_color=_COLOURS.get(verdict, "gray"),
        delta_arrow="down" if found.difference < 0 else "up",
        help=words_of(name, _).meaning,
    )
    before = _("Before: {value}").format(value=value_text(name, found.a))
    told = [f"{before} · **{_(_VERDICTS[verdict])}**"]
    if not same:
        told.append(_("Range of the difference: {range}").format(range=_steps(change)))
    st.caption("  \n".join(told))


def _draw_one_sided(one: OneSided) -> None:
    name = one.metric.name
    old, new = (None if value is None else value_text(name, value) for value in (one.a, one.b))
    st.metric(words_of(name, _).label, new, help=words_of(name, _).meaning)
    before = _("Before: {value}").format(value=old or _("none"))
    st.caption(f"{before} · {_('not in both runs')}")


def _verdict(comparison: Comparison) -> str:
    judged = [change for change in comparison.changes if change.metric.judges]
    better = sum(change.verdict == "better" for change in judged)
    worse = sum(change.verdict == "worse" for change in judged)
    if not better and not worse:
        return _("No measure of quality differs by more than the noise.")
    return _(
        "Of {n} measures of quality, {better} got better and {worse} got worse by more than the "
        "noise."
    ).format(n=len(judged), better=better, worse=worse)


def _differences(comparison: Comparison) -> list[str]:
    """Who answered, and what else the runs do not share, so that a change finds its cause."""
    old, new = comparison.a.info, comparison.b.info
    said = "; ".join(old.changes(new)) or _("nothing: same settings, version and transcripts")
    lines = [
        _("Before: {answers}.").format(answers=tell_answers(comparison.a.results)),
        _("After: {answers}.").format(answers=tell_answers(comparison.b.results)),
        _("Changed between the runs: {changes}.").format(changes=said),
    ]
    if old.corpus_sha256 != new.corpus_sha256:
        lines.append(
            _("The transcripts are not the same, so not only the answers' making differs.")
        )
    return lines


def _change_rows(changes: Sequence[MetricChange]) -> dict[str, list[str]]:
    found = [(change.metric.name, change.difference) for change in changes]
    return {
        _("Measure"): [_measure(name) for name, _found in found],
        _("Before → after"): [
            f"{value_text(name, two.a)} → {value_text(name, two.b)}" for name, two in found
        ],
        _("Difference, and its range"): [
            _(_VERDICTS[change.verdict])
            if change.verdict == "the same"
            else f"{step_text(change.metric.name, change.difference.difference)} "
            f"({_steps(change)}), {_(_VERDICTS[change.verdict])}"
            for change in changes
        ],
    }


def _draw_flips(title: str, results: Sequence[Result], *, with_reasons: bool) -> None:
    st.markdown(f"**{title}: {len(results)}**")
    lines = []
    for result in results[:_SHOWN_FLIPS]:
        lines.append(f"- {text_markdown(result.record.question)}")
        if with_reasons:
            lines += [f"  - :small[{text_markdown(reason)}]" for reason in result.why]
    if lines:
        st.markdown("\n".join(lines))
    more = len(results) - _SHOWN_FLIPS
    if more > 0:
        st.caption(several("and 1 more", "and {n} more", more))


def _measure(name: str) -> str:
    label = words_of(name, _).label
    field = text_markdown(name)
    return field if label == name else f"{label} :small[:gray[{field}]]"


def _interval(name: str, value: Mapping[str, Any]) -> str:
    questions = several("1 question", "{n} questions", int(value["n"]))
    return _("{range}, from {questions}").format(range=_range(name, value), questions=questions)


def _range(name: str, value: Mapping[str, Any]) -> str:
    low, high = value_text(name, value["low"]), value_text(name, value["high"])
    return _("{low} to {high}").format(low=low, high=high)


def _steps(change: MetricChange) -> str:
    name, found = change.metric.name, change.difference
    low, high = step_text(name, found.low), step_text(name, found.high)
    return _("{low} to {high}").format(low=low, high=high)
