"""What stands at the head of the Library: add files or an address, and what became of it."""

from __future__ import annotations

import streamlit as st

from rag.jobs import Job
from rag.transcripts.files import ENDINGS, LARGEST_FILE
from ui import users
from ui.border import border, draw_error
from ui.changes import start, told_of
from ui.desks import library_desk, why_failed
from ui.language import N_, _, several
from ui.markup import text_markdown

_WHAT = {
    "Reading files": N_("Reading the files"),
    "Finding who speaks": N_("Finding who speaks"),
    "Embedding sentences": N_("Making the sentences searchable"),
}
_SHOWN_NOTES = 30


def draw_adding() -> None:
    """Draw the forms, or how far a change is, or what came of it."""
    desk = library_desk()
    if desk.busy:
        _draw_progress()
        return
    if job := desk.job:
        _draw_outcome(job)
    with st.expander(_("Add transcripts"), icon=":material/add:", key="add"):
        _draw_files()
        _draw_address()
        st.html(
            f'<p class="hetao-note">{_("Files that were put into the corpus folder itself:")}</p>'
        )
        if st.button(_("Read the folder again"), key="again", icon=":material/refresh:"):
            start(["ingest"])


def _draw_files() -> None:
    with st.form("add-files", border=False, clear_on_submit=True, enter_to_submit=False):
        files = st.file_uploader(
            _("Files: text, saved web pages, PDF, Word, captions, a transcriber's JSON"),
            type=[ending.lstrip(".") for ending in ENDINGS],
            accept_multiple_files=True,
            max_upload_size=LARGEST_FILE // 1024**2,
            key="files",
        )
        replace = st.checkbox(_("In the place of files of the same names"), key="replace")
        sent = st.form_submit_button(_("Add the files"), type="primary", key="add-files-now")
    if sent and files:
        start(["add", *(["--replace"] if replace else [])], uploads=files)


def _draw_address() -> None:
    with st.form("add-address", border=False, clear_on_submit=True):
        address = st.text_input(
            _("Address of a page: all pages of that event are fetched"),
            key="address", max_chars=2_000,
        )  # fmt: skip
        sent = st.form_submit_button(_("Fetch"), key="fetch")
    if sent and (address := address.strip()):
        if "://" not in address:
            address = f"https://{address}"
        start(["add", "--", address], title=address)


@st.fragment(run_every=0.5)
def _draw_progress() -> None:
    # Drawn anew by itself, outside the border of the page.
    with border("again-change"):
        desk = library_desk()
        job = desk.job
        if job is None or not desk.busy:
            st.rerun()
            return
        words, share = _("Starting …"), 0.0
        if told := job.told():
            words = f"{_(_WHAT.get(told.what, told.what))}: {told.done:,} / {told.total:,}"
            if "?" not in told.left:
                words += " · " + _("{time} left").format(time=told.left)
            share = min(1.0, told.done / max(1, told.total))
        st.progress(share, text=text_markdown(words))
        if st.button(_("Stop"), key="stop", icon=":material/stop:"):
            users.ensure_may_change()
            job.stop()
            st.rerun()


def _draw_outcome(job: Job) -> None:
    with st.container(key="outcome"):
        if job.outcome == "done":
            _draw_done(job)
        elif job.outcome == "stopped":
            words = _(
                "Stopped. What was made stays, and “Read the folder again” goes on from there."
            )
            st.info(words, icon=":material/pause_circle:")
        else:
            draw_error(why_failed(job))
        with st.container(horizontal=True):
            kept = job.result().get("kept", "") if job.command == "remove" else ""
            if kept and st.button(_("Undo"), key="undo-remove", icon=":material/undo:"):
                start(["add", "--", kept], title=_title(job))
            if st.button(_("Close"), key="close-outcome", type="tertiary"):
                library_desk().forget()
                st.rerun()


def _draw_done(job: Job) -> None:
    told = job.result()
    counted = (
        (told["added"], several("1 file added", "{n} files added", told["added"])),
        (told["updated"], several("1 file changed", "{n} files changed", told["updated"])),
        (told["removed"], several("1 file removed", "{n} files removed", told["removed"])),
    )
    counts = " · ".join(words for count, words in counted if count)
    removed = _("Removed: {title}").format(title=_title(job))
    words = removed if job.command == "remove" else counts
    words = words or _("Everything was as it is: nothing has changed.")
    st.success(text_markdown(words), icon=":material/check_circle:")
    for skip in told_of(job, "skipped"):
        draw_error(f"{skip['path']}: {skip['reason']}")
    notes = told_of(job, "notes")
    if notes and job.command != "remove":
        with st.expander(several("1 note", "{n} notes", len(notes)), key="notes"):
            for note in notes[:_SHOWN_NOTES]:
                line = f" ({_('line {n}').format(n=note['line'])})" if note["line"] else ""
                st.markdown(text_markdown(f"{note['path']}{line}: {note['text']}"))
            if len(notes) > _SHOWN_NOTES:
                st.caption("…")


def _title(job: Job) -> str:
    """What a change is about; begun by another program it has the id of a transcript."""
    return job.about.get("title", "")
