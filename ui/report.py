"""The report of a run, drawn on the page: its measures, and its questions one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eval.results import Result, Verdict
from eval.runs import Run
from eval.words import value_text, words_of
from ui.border import border
from ui.language import N_, _, several
from ui.markup import text_markdown
from ui.measures import draw_cards, metric_rows, tell_answers
from ui.report_detail import draw_detail, shorten_line

DAMAGED = N_(
    "This cannot be shown: the folder of the run seems to be damaged. Choose another run, or run "
    "the set again. The log that `hetao doctor` names says more."
)
_A_PAGE = 10
_VERDICTS: dict[Verdict, str] = {
    "wrong": N_("wrong"), "flawed": N_("flawed"), "right": N_("right"),
}  # fmt: skip
_ICONS: dict[Verdict, str] = {
    "wrong": ":material/close:", "flawed": ":material/error:", "right": ":material/check:",
}  # fmt: skip
_COLOURS: dict[Verdict, str] = {"wrong": "red", "flawed": "orange", "right": "green"}
_OUTCOMES = {"answered": N_("answered"), "refused": N_("refused"), "error": N_("failed")}
# What says most about a kind of question: first of those with answers, then of those without.
_TELLING = ("nugget_recall", "refusal_recall", "success@5")


def draw_report(run: Run, key: str) -> None:
    """Draw the whole report; ``key`` tells the widgets of this run from another's."""
    draw_cards(run)
    with st.expander(_("All measures")):
        st.table(metric_rows(run.summary["metrics"]), border="horizontal", hide_index=True)
    by_type = run.summary["by"]["type"]
    if by_type:
        with st.expander(_("By kind of question")):
            st.table(_kind_rows(by_type), border="horizontal", hide_index=True)
    with st.expander(_("About this run")):
        st.table(_about(run), border="horizontal", hide_index=True, hide_header=True)
    st.subheader(_("Question by question"), anchor=False)
    _draw_questions(run.results, key)


@st.fragment
def _draw_questions(results: Sequence[Result], key: str) -> None:
    # Drawn anew by itself, outside the border of the page.
    with border("again-questions", unexpected=_(DAMAGED)):
        chosen, filters = _filtered(results, key)
        pages = max(1, -(-len(chosen) // _A_PAGE))
        # A key of the filters: what is chosen anew begins on its first page.
        place = f"page-{key}-{filters}"
        shown = st.session_state.get(place, 1)
        for number, result in chosen[(shown - 1) * _A_PAGE : shown * _A_PAGE]:
            with st.expander(_line(result), key=f"question-{key}-{number}", icon=_icon(result)):
                draw_detail(result)
        if not chosen:
            st.info(_("No question is like that."), icon=":material/info:")
        if pages > 1:
            st.pagination(pages, key=place)


def _filtered(results: Sequence[Result], key: str) -> tuple[list[tuple[int, Result]], str]:
    """The questions to show, with their places in the run, and what they were chosen by."""
    verdicts = Counter(result.verdict for result in results)
    verdict = st.segmented_control(
        _("Show"), ["", *_VERDICTS], default="", required=True, key=f"verdict-{key}",
        format_func=lambda one: f"{_(_VERDICTS[one])} {verdicts[one]}"
        if one else _("all {n}").format(n=len(results)),
    )  # fmt: skip
    kinds = Counter(result.record.type for result in results)
    with st.container(horizontal=True):
        kind = st.selectbox(
            _("Kind of question"), ["", *sorted(set(kinds) - {""})], key=f"kind-{key}", width=260,
            format_func=lambda one: f"{_kind(one)} ({kinds[one]})" if one else _("all kinds"),
        )  # fmt: skip
        words = st.text_input(
            _("Words of the question"), key=f"words-{key}", width=260, icon=":material/search:"
        )
    chosen = [
        (number, result)
        for number, result in enumerate(results)
        if (not verdict or result.verdict == verdict)
        and (not kind or result.record.type == kind)
        and words.casefold() in result.record.question.casefold()
    ]
    if len(chosen) < len(results):
        st.caption(
            _("{n} of {questions}").format(
                n=len(chosen), questions=several("1 question", "{n} questions", len(results))
            )
        )
    return chosen, json.dumps([verdict, kind, words])


def _line(result: Result) -> str:
    """A question's line: its verdict in words, for those to whom the icon says nothing."""
    verdict, question = result.verdict, text_markdown(shorten_line(result.record.question))
    said = f"{_(_OUTCOMES[result.outcome])}, {_(_VERDICTS[verdict])}"
    return f"{question} :{_COLOURS[verdict]}-badge[{said}]"


def _icon(result: Result) -> str:
    return _ICONS[result.verdict]


def _kind_rows(by_kind: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, list[str]]:
    """Of each kind the metric that says most about it."""
    rows = [
        (kind, name, metrics[name])
        for kind, metrics in by_kind.items()
        if (name := next((name for name in _TELLING if name in metrics), None))
    ]
    return {
        _("Kind of question"): [text_markdown(_kind(kind)) for kind, _name, _value in rows],
        _("Measure"): [words_of(name, _).label for _of, name, _value in rows],
        _("Value"): [value_text(name, value["mean"]) for _of, name, value in rows],
        _("Questions"): [f"{int(value['n'])}" for _of, _name, value in rows],
    }


def _about(run: Run) -> dict[str, list[str]]:
    info, summary = run.info, run.summary
    facts = {
        _("Began"): info.started,
        _("Answers"): tell_answers(run.results),
        _("Version"): info.code_version,
        _("Set"): f"{info.set_name} ({info.set_sha256[:12]})",
        _("Transcripts"): f"{info.transcripts} ({info.corpus_sha256[:12]})",
        _("First question (kept apart)"): f"{summary['first_question_ms'] or 0:.0f} ms",
        **{_("Model: {use}").format(use=use): name for use, name in info.models.items()},
        **{name.replace("_", " "): value for name, value in info.settings.items() if value},
    }
    return {
        _("What"): [text_markdown(name) for name in facts],
        _("Value"): [text_markdown(str(value)) for value in facts.values()],
    }


def _kind(kind: str) -> str:
    return kind.replace("_", " ")
