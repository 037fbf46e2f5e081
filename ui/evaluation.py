"""The Evaluation page: run a set of questions, read the report, compare two runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from eval.compare import Comparison, compare_runs
from eval.desk import RunDesk
from eval.listing import ListedRun, RunList
from eval.report import render_report
from eval.runs import RESULTS, SUMMARY, Run, read_run
from rag.settings import Settings, load_settings
from ui import users
from ui.border import border
from ui.desks import run_desk, tidy
from ui.header import header_html
from ui.language import N_, _
from ui.markup import text_markdown
from ui.measures import draw_comparison
from ui.report import DAMAGED, draw_report
from ui.run_list import (
    choose_run,
    draw_deleted,
    draw_deleting,
    draw_naming,
    draw_undo,
    pick_run,
)
from ui.run_view import draw_run_view

RUN, REPORTS, COMPARE = N_("Run a set"), N_("Reports"), N_("Compare two runs")
VIEW = "evaluation-view"
_REPORTED, _BEFORE, _AFTER = "report-run", "before-run", "after-run"


def page() -> None:
    """Draw the page; of the three views only the one that is open."""
    asked = _("Did a change make the answers better? Run a set of questions, and see.")
    st.html(header_html(_("Evaluation"), asked))
    with border("again-evaluation"):
        _draw_views(load_settings())


def _draw_views(settings: Settings) -> None:
    desk, folder = run_desk(), settings.data_dir / "runs"
    tidy(folder)
    may_change = users.may_change()
    if may_change:
        with border("again-undo"):
            draw_undo()
    runs = desk.runs()
    if st.session_state.get(VIEW) not in (_(RUN), _(REPORTS), _(COMPARE)):
        # A label in the language that was in force before.
        st.session_state.pop(VIEW, None)
    run, reports, compare = st.tabs([_(RUN), _(REPORTS), _(COMPARE)], key=VIEW, on_change="rerun")
    if run.open:
        with run, border("again-run", unexpected=_(DAMAGED)):
            if may_change:
                draw_run_view(settings, desk, runs, on_report=_open_report)
            else:
                st.info(_(users.NOT_ADMIN), icon=":material/info:")
    if reports.open:
        with reports, border("again-reports", unexpected=_(DAMAGED)):
            _draw_reports(desk, runs)
            if may_change:
                draw_deleted(folder)
    else:
        choose_run(_REPORTED, None)
    if compare.open:
        with compare, border("again-compare", unexpected=_(DAMAGED)):
            _draw_compare(runs)
    else:
        choose_run(_BEFORE, None)
        choose_run(_AFTER, None)


def _open_report(run: Path) -> None:
    choose_run(_REPORTED, run)
    st.session_state[VIEW] = _(REPORTS)


def _draw_reports(desk: RunDesk, runs: RunList) -> None:
    if not runs.finished:
        words = _("There is no finished run yet. Run a set first.")
        st.info(words, icon=":material/info:")
    else:
        chosen = pick_run(_("Run"), runs.finished, _REPORTED)
        # Above the border: a run that is damaged can be deleted all the same.
        actions = st.container(horizontal=True)
        if users.may_change():
            with actions:
                draw_naming(chosen)
                draw_deleting(desk, chosen)
        with border("again-report", unexpected=_(DAMAGED)):
            with st.spinner(_("Reading the run …")):
                run = _run(str(chosen.folder), *_stamp(chosen))
            with actions:
                st.download_button(
                    _("Save the report"), partial(report_page, run, chosen.name),
                    f"{chosen.folder.name}.html", "text/html", on_click="ignore",
                    icon=":material/download:",
                )  # fmt: skip
            draw_report(run, chosen.folder.name)
    if runs.unreadable:
        names = ", ".join(runs.unreadable)
        words = _("Not readable as runs: {names}").format(names=names)
        st.caption(text_markdown(words))


def _draw_compare(runs: RunList) -> None:
    if len(runs.finished) < 2:
        words = _("Two finished runs of the same set are needed.")
        st.info(words, icon=":material/info:")
        return
    left, right = st.columns(2)
    with right:
        after = pick_run(_("After"), runs.finished, _AFTER)
    others = [run for run in runs.finished if run != after and run.asks_as(after)]
    with left:
        if others:
            before = pick_run(_("Before"), others, _BEFORE)
    if not others:
        words = _(
            "No other finished run asked the same questions. Run the set again, or choose "
            "another run."
        )
        st.info(words, icon=":material/info:")
        return
    with st.spinner(_("Comparing …")):
        stamps = (*_stamp(before), *_stamp(after))
        comparison = _comparison(str(before.folder), str(after.folder), *stamps)
    draw_comparison(comparison)


def report_page(run: Run, name: str) -> str:
    """The report as a file: made anew from the results, never a page that lies in a folder."""
    return render_report(run.info, run.results, run.summary, name)


def _stamp(run: ListedRun) -> tuple[float, ...]:
    """When the run was written: what is kept about it is void when that changes."""
    return tuple(
        path.stat().st_mtime if (path := run.folder / name).exists() else 0.0
        for name in (SUMMARY, RESULTS)
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _run(folder: str, *stamp: float) -> Run:  # noqa: ARG001 - the stamp is part of the key
    return read_run(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=8)
def _comparison(before: str, after: str, *stamps: float) -> Comparison:  # noqa: ARG001 - as above
    return compare_runs(read_run(Path(before)), read_run(Path(after)))
