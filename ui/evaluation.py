"""The Evaluation page: run a set of questions, read the report, compare two runs."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

from eval.compare import compare_runs
from eval.report import render_report
from eval.runs import SUMMARY, new_folder, read_run
from rag.settings import Settings, load_settings
from ui import jobs
from ui.border import border, draw_error
from ui.jobs import Desk, Job, ListedRun, RunList
from ui.markup import text_html, text_markdown
from ui.measures import cards_html, comparison_html
from ui.sets import add_set, offered_sets, set_named

RUN, REPORTS, COMPARE = "Run a set", "Reports", "Compare two runs"
DAMAGED = (
    "This cannot be shown: the folder of the run seems to be damaged. Choose another run, or run "
    "the set again. The log that `hetao doctor` names says more."
)
_VIEW = "evaluation-view"
_HALVES = {"All": None, "Dev half": "dev", "Test half": "test"}
_SHOWN_UNFINISHED = 5
_FRAME_HEIGHT = 900


def page() -> None:
    """Draw the page; of the three views only the one that is open."""
    st.html(
        '<header class="hetao-header hetao-ruled"><h1>Evaluation</h1>'
        "<p>Did a change make the answers better? Run a set of questions, and see.</p></header>"
    )
    with border("again-evaluation"):
        _draw_views(load_settings())


def _draw_views(settings: Settings) -> None:
    desk = jobs.desk()
    runs = jobs.list_runs(settings.data_dir / "runs", desk.job)
    run, reports, compare = st.tabs([RUN, REPORTS, COMPARE], key=_VIEW, on_change="rerun")
    if run.open:
        with run, st.container(key="run-view"), border("again-run", unexpected=DAMAGED):
            _draw_run(settings, desk, runs)
    if reports.open:
        with reports, border("again-reports", unexpected=DAMAGED):
            _draw_reports(runs)
    if compare.open:
        with compare, border("again-compare", unexpected=DAMAGED):
            _draw_compare(runs)


def report_frame(html: str) -> str:
    """The address under which a report is framed.

    A ``data:`` document has an origin of its own, so that nothing in it could reach the page
    around it even if something unescaped got in; a frame of plain HTML would share the page's.
    """
    return "data:text/html;charset=utf-8;base64," + base64.b64encode(html.encode()).decode()


def _draw_run(settings: Settings, desk: Desk, runs: RunList) -> None:
    sets = offered_sets(settings)
    busy = desk.busy
    chosen = st.selectbox(
        "Set of questions", list(sets), disabled=busy, format_func=lambda path: sets[path]
    )
    half = st.segmented_control(
        "Which questions", list(_HALVES), default="All", required=True, disabled=busy,
        help="Try changes out on the dev half. Judge the result by the test half, which "
        "nothing was tuned on. A set of your own has halves where its lines say so.",
    )  # fmt: skip
    begin = st.button(
        "Run", type="primary", disabled=busy or chosen is None, icon=":material/play_arrow:"
    )
    if begin and chosen is not None:
        folder = new_folder(settings, Path(chosen).stem)
        desk.start(chosen, _HALVES[half or "All"], folder)
        st.rerun()
    if desk.job is not None:
        if busy:
            _draw_progress()
        else:
            _draw_outcome(desk.job)
    if not busy:
        _draw_unfinished(settings, desk, runs)
        _draw_own_set(settings)


@st.fragment(run_every=1.0)
def _draw_progress() -> None:
    # Drawn anew by itself, outside the border of the page.
    with border("again-progress"):
        desk = jobs.desk()
        if desk.job is None or not desk.busy:
            st.rerun()
        else:
            _draw_progress_of(desk, desk.job)


def _draw_progress_of(desk: Desk, job: Job) -> None:
    progress = job.progress()
    words = "Loading the models and reading the transcripts. The first time can take minutes."
    if progress.total:
        words = f"{progress.done} of {progress.total} questions"
    if progress.seconds_left is not None:
        words += f" · about {_duration(progress.seconds_left)} left"
    st.progress(progress.done / progress.total if progress.total else 0.0, text=words)
    if st.button("Stop", icon=":material/stop:"):
        desk.stop()
        st.rerun()


def _draw_outcome(job: Job) -> None:
    if job.outcome == "done":
        st.success("The run is finished.", icon=":material/check_circle:")
        st.button("Read the report", icon=":material/description:", on_click=_open_reports)
    elif job.outcome == "stopped":
        st.info("The run was stopped. What was answered is kept.", icon=":material/pause_circle:")
    else:
        draw_error(job.error())


def _open_reports() -> None:
    st.session_state[_VIEW] = REPORTS


def _draw_unfinished(settings: Settings, desk: Desk, runs: RunList) -> None:
    if not runs.unfinished:
        return
    st.html('<h2 class="hetao-subhead">Runs that are not finished</h2>')
    for run in runs.unfinished[:_SHOWN_UNFINISHED]:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"left-{run.folder.name}"
        ):
            st.html(f'<p class="hetao-run">{text_html(run.label)}</p>')
            if st.button("Go on", key=f"resume-{run.folder.name}", icon=":material/resume:"):
                desk.resume(set_named(run.info.set_name, settings), run)
                st.rerun()


def _draw_own_set(settings: Settings) -> None:
    with st.expander("Add a set of your own"), st.form("add-set", border=False):
        st.html(
            "<p>A text file with one question a line, each a JSON object. What a line may say:</p>"
            '<pre class="hetao-example">{"id": "halls", "question": "How many halls are there?", '
            '"must_include": [["five", "5"]], "evidence": [{"quote": "It has five halls."}]}\n'
            '{"id": "roof", "question": "Who built the roof?", "answerable": false}</pre>'
        )
        file = st.file_uploader("File of questions", type=["jsonl", "txt"])
        if st.form_submit_button("Add") and file is not None:
            added = add_set(settings, file.name, file.getvalue())
            st.toast(f"The set {text_markdown(added.stem)} can be run now.")
            st.rerun()


def _draw_reports(runs: RunList) -> None:
    if not runs.finished:
        st.info("There is no finished run yet. Run a set first.", icon=":material/info:")
    else:
        chosen = _pick_run("Run", runs.finished, "report-run")
        st.html(cards_html(read_run(chosen.folder)))
        with st.spinner("Making the report …"):
            report = _report(str(chosen.folder), _stamp(chosen))
        st.html('<h2 class="hetao-subhead">The report, question by question</h2>')
        st.download_button(
            "Save the report", report, f"{chosen.folder.name}.html", "text/html",
            icon=":material/download:",
        )  # fmt: skip
        st.iframe(report_frame(report), height=_FRAME_HEIGHT, alt="Report of the run")
    if runs.unreadable:
        names = ", ".join(runs.unreadable)
        st.html(f'<p class="hetao-note">Not readable as runs: {text_html(names)}</p>')


def _draw_compare(runs: RunList) -> None:
    if len(runs.finished) < 2:
        st.info("Two finished runs of the same set are needed.", icon=":material/info:")
        return
    left, right = st.columns(2)
    with right:
        after = _pick_run("After", runs.finished, "after-run")
    others = [run for run in runs.finished if run != after and run.asks_as(after)]
    with left:
        if others:
            before = _pick_run("Before", others, "before-run")
    if not others:
        st.info(
            "No other finished run asked the same questions. Run the set again, or choose "
            "another run.", icon=":material/info:",
        )  # fmt: skip
        return
    with st.spinner("Comparing …"):
        st.html(_comparison(str(before.folder), str(after.folder), _stamp(before), _stamp(after)))


def _pick_run(label: str, runs: tuple[ListedRun, ...] | list[ListedRun], key: str) -> ListedRun:
    by_name = {run.folder.name: run for run in runs}
    name = st.selectbox(label, list(by_name), key=key, format_func=lambda name: by_name[name].label)
    return by_name[name] if name in by_name else runs[0]


def _stamp(run: ListedRun) -> float:
    """When the run was finished: what is kept about it is void when that changes."""
    return (run.folder / SUMMARY).stat().st_mtime


@st.cache_data(show_spinner=False, max_entries=8)
def _report(folder: str, stamp: float) -> str:  # noqa: ARG001 - the stamp is part of the key
    """Made anew from the results, so that no page that lies in a folder is ever shown."""
    run = read_run(Path(folder))
    return render_report(run.info, run.results, run.summary)


@st.cache_data(show_spinner=False, max_entries=32)
def _comparison(before: str, after: str, *stamps: float) -> str:  # noqa: ARG001 - as above
    return comparison_html(compare_runs(read_run(Path(before)), read_run(Path(after))))


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(1, round(seconds))} s"
