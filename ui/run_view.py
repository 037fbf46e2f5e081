"""The view of the Evaluation page that runs a set: begin, see how far it is, go on, add a set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from eval.catalogue import add_set, set_named
from eval.desk import RunDesk, run_of
from eval.listing import RunList
from eval.runs import new_folder
from eval.shelf import NAME_LENGTH
from rag.jobs import Job
from rag.settings import Settings
from ui import users
from ui.border import border, draw_error
from ui.desks import run_desk, why_failed
from ui.language import N_, _, several
from ui.markup import text_markdown
from ui.run_list import details, draw_deleting
from ui.sets import offered_sets

_HALVES = {"": N_("All"), "dev": N_("Dev half"), "test": N_("Test half")}
_SHOWN_UNFINISHED = 5
# A line of text is read best, and a button found soonest, in a column no wider.
_FORM_PIXELS = 640
_EXAMPLE = """\
{"id": "halls", "question": "How many halls are there?", "must_include": [["five", "5"]], \
"evidence": [{"quote": "It has five halls."}]}
{"id": "roof", "question": "Who built the roof?", "answerable": false}"""


def draw_run_view(
    settings: Settings, desk: RunDesk, runs: RunList, on_report: Callable[[Path], None]
) -> None:
    """Draw the view; ``on_report`` opens the report of the run that has just ended."""
    with st.container(width=_FORM_PIXELS):
        _draw_start(settings, desk)
        if desk.job is not None:
            if desk.busy:
                _draw_progress()
            else:
                _draw_outcome(desk.job, on_report)
        if not desk.busy:
            _draw_unfinished(settings, desk, runs)
            _draw_own_set(settings)


def _draw_start(settings: Settings, desk: RunDesk) -> None:
    sets = offered_sets(settings)
    busy = desk.busy
    with st.form("start", border=False, enter_to_submit=False):
        chosen = st.selectbox(
            _("Set of questions"), list(sets), disabled=busy, format_func=lambda path: sets[path]
        )
        half = st.segmented_control(
            _("Which questions"), list(_HALVES), default="", required=True, disabled=busy,
            format_func=lambda half: _(_HALVES[half]),
            help=_("Try changes out on the dev half. Judge the result by the test half, which "
            "nothing was tuned on. A set of your own has halves where its lines say so."),
        )  # fmt: skip
        name = st.text_input(
            _("Name of the run (optional)"), max_chars=NAME_LENGTH, disabled=busy,
            placeholder=_("such as: with the reranker"),
            # Of each run a new one: the next is not to be called as the one before.
            key=f"new-name-{desk.job.id if desk.job else ''}",
        )  # fmt: skip
        begin = st.form_submit_button(
            _("Run"), type="primary", disabled=busy or chosen is None, icon=":material/play_arrow:"
        )
    if begin and chosen is not None:
        desk.start(chosen, half or None, new_folder(settings, Path(chosen).stem), name)
        st.rerun()


@st.fragment(run_every=1.0)
def _draw_progress() -> None:
    # Drawn anew by itself, outside the border of the page.
    with border("again-progress"):
        desk = run_desk()
        if desk.job is None or not desk.busy:
            st.rerun()
        else:
            _draw_progress_of(desk, desk.job)


def _draw_progress_of(desk: RunDesk, job: Job) -> None:
    progress = desk.progress(job)
    words = _("Loading the models and reading the transcripts. The first time can take minutes.")
    if progress.total:
        words = _("{n} of {questions}").format(
            n=progress.done, questions=several("1 question", "{n} questions", progress.total)
        )
    if progress.seconds_left is not None:
        words += " · " + _("about {time} left").format(time=_duration(progress.seconds_left))
    st.progress(progress.done / progress.total if progress.total else 0.0, text=words)
    if st.button(_("Stop"), icon=":material/stop:"):
        users.ensure_may_change()
        desk.stop()
        st.rerun()


def _draw_outcome(job: Job, on_report: Callable[[Path], None]) -> None:
    if job.outcome == "done":
        st.success(_("The run is finished."), icon=":material/check_circle:")
        st.button(
            _("Read the report"),
            icon=":material/description:",
            on_click=on_report,
            args=(run_of(job),),
        )
    elif job.outcome == "stopped":
        words = _("The run was stopped. What was answered is kept.")
        st.info(words, icon=":material/pause_circle:")
    else:
        draw_error(why_failed(job))


def _draw_unfinished(settings: Settings, desk: RunDesk, runs: RunList) -> None:
    if not runs.unfinished:
        return
    st.subheader(_("Runs that are not finished"), anchor=False)
    for run in runs.unfinished[:_SHOWN_UNFINISHED]:
        with st.container(horizontal=True, vertical_alignment="center"):
            called = " · ".join(filter(None, (run.name, details(run))))
            st.markdown(text_markdown(called), width="stretch")
            if st.button(_("Go on"), key=f"resume-{run.folder.name}", icon=":material/resume:"):
                desk.resume(set_named(run.info.set_name, settings), run)
                st.rerun()
            draw_deleting(desk, run)


def _draw_own_set(settings: Settings) -> None:
    with st.expander(_("Add a set of your own")), st.form("add-set", border=False):
        st.markdown(
            _("A text file with one question a line, each a JSON object. What a line may say:")
        )
        st.code(_EXAMPLE, language="json", wrap_lines=True)
        file = st.file_uploader(_("File of questions"), type=["jsonl", "txt"])
        if st.form_submit_button(_("Add")) and file is not None:
            users.ensure_may_change()
            added = add_set(settings, file.name, file.getvalue())
            st.toast(_("The set {set} can be run now.").format(set=text_markdown(added.stem)))
            st.rerun()


def _duration(seconds: float) -> str:
    if seconds >= 90:
        return _("{n} min").format(n=round(seconds / 60))
    return _("{n} s").format(n=max(1, round(seconds)))
