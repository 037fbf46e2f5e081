"""The runs that a person chooses from: what each is called; naming, deleting, bringing back."""

from __future__ import annotations

import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import streamlit as st
from babel.dates import format_date, format_skeleton

from eval.desk import RunDesk
from eval.listing import ListedRun
from eval.shelf import NAME_LENGTH, deleted_runs, give_name, read_name, restore_run
from rag.text.days import LOCALES
from ui import users
from ui.border import border
from ui.language import N_, _, language, several
from ui.markup import text_markdown

_DELETED = "deleted-run"
# What a select box shows on a phone without clipping it, in columns of a Latin letter's width.
_COLUMNS = 40
_SHOWN_DELETED = 10
_HALVES = {"dev": N_("{set} (dev half)"), "test": N_("{set} (test half)")}


def details(run: ListedRun) -> str:
    """When, who answered, and which questions."""
    info, asked = run.info, several("1 question", "{n} questions", run.info.n)
    of_set = _(_HALVES[info.split]).format(set=info.set_name) if info.split else info.set_name
    return f"{_day(run.started)}, {run.started:%H:%M:%S} · {info.generator} · {of_set} · {asked}"


def labels(runs: Sequence[ListedRun]) -> dict[str, str]:
    """A short label for each run by its folder's name: the name it was given, or when and what."""
    found = {run.folder.name: _label(run) for run in runs}
    times = Counter(found.values())
    for run in runs:
        label = found[run.folder.name]
        if times[label] > 1:
            when = f" · {_day(run.started, short=True)}, {run.started:%H:%M:%S}"
            called = run.name or run.info.set_name
            found[run.folder.name] = shorten(called, _COLUMNS - len(when)) + when
    return found


def shorten(text: str, columns: int) -> str:
    """``text`` with an ellipsis where it is wider than so many Latin letters."""
    widths = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(widths) <= columns:
        return text
    kept, used = 0, 1
    while used + widths[kept] <= columns:
        used += widths[kept]
        kept += 1
    return text[:kept].rstrip() + "…"


def pick_run(label: str, runs: Sequence[ListedRun], key: str) -> ListedRun:
    """Draw a box to choose a run by, and under it all that tells the chosen one from others."""
    by_name, called = {run.folder.name: run for run in runs}, labels(runs)
    names, before = list(by_name), st.session_state.get(_chosen(key))
    # A browser knows what it chose by its label: another label needs another box.
    shown = zlib.crc32("\n".join(called.values()).encode())
    chosen = st.selectbox(
        label, names, names.index(before) if before in by_name else 0, called.__getitem__,
        key=f"{key}-{shown}",
    )  # fmt: skip
    run = by_name.get(chosen, runs[0])
    st.session_state[_chosen(key)] = run.folder.name
    # The whole name, where the box has room for its beginning only.
    lines = [f"**{text_markdown(run.name)}**"] if run.name not in called[run.folder.name] else []
    st.caption("  \n".join([*lines, text_markdown(details(run))]))
    return run


def choose_run(key: str, run: Path | None) -> None:
    """Have the box of a key, drawn next time, show the run in a folder; the newest where None."""
    st.session_state[_chosen(key)] = run.name if run else ""


def draw_naming(run: ListedRun) -> None:
    """Draw the button that names a run."""
    words = _("Rename") if run.name else _("Give it a name")
    if st.button(words, key=f"name-{run.folder.name}", icon=":material/edit:"):
        st.dialog(_("Name of the run"))(_draw_name)(run)


def draw_deleting(desk: RunDesk, run: ListedRun) -> None:
    """Draw the button that deletes a run; :func:`draw_undo` then offers to bring it back."""
    if st.button(_("Delete"), key=f"delete-{run.folder.name}", icon=":material/delete:"):
        place = desk.delete(run)
        st.session_state[_DELETED] = (str(place), _label(run))
        st.rerun()


def draw_undo() -> None:
    """Where a run was just deleted, say so, with the button that brings it back."""
    place, label = st.session_state.get(_DELETED, ("", ""))
    if not place:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo"):
        words = _("Deleted: {run}").format(run=label)
        st.info(text_markdown(words), icon=":material/delete:", width="stretch")
        undo = st.button(_("Undo"), key="undo-delete", icon=":material/undo:")
        done = st.button(_("Close"), key="undo-close", type="tertiary")
    if undo or done:
        del st.session_state[_DELETED]
        if undo:
            users.ensure_may_change()
            restore_run(Path(place))
        st.rerun()


def draw_deleted(runs: Path) -> None:
    """Draw what was deleted in the last week, with buttons that bring it back."""
    places = deleted_runs(runs)
    if not places:
        return
    with st.expander(several("1 deleted run", "{n} deleted runs", len(places))):
        st.caption(_("A deleted run is kept for a week."))
        for place in places[:_SHOWN_DELETED]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(text_markdown(read_name(place) or place.name), width="stretch")
                words, key = _("Bring back"), f"restore-{place.name}"
                if st.button(words, key=key, icon=":material/undo:"):
                    users.ensure_may_change()
                    restore_run(place)
                    st.session_state.pop(_DELETED, None)
                    st.rerun()


def _draw_name(run: ListedRun) -> None:
    # Drawn anew by itself, outside the border of the page.
    with border("again-name", button=""):
        with st.form("name", border=False, enter_to_submit=False):
            text = st.text_input(
                _("What is it called in the lists?"), run.name, max_chars=NAME_LENGTH,
                placeholder=_("such as: with the reranker"),
            )  # fmt: skip
            kept = st.form_submit_button(_("Keep"), type="primary")
        if kept:
            users.ensure_may_change()
            give_name(run.folder, text)
            st.rerun()


def _chosen(key: str) -> str:
    return f"{key}-chosen"


def _label(run: ListedRun) -> str:
    if run.name:
        return shorten(run.name, _COLUMNS)
    when = f"{_day(run.started, short=True)}, {run.started:%H:%M} · "
    half = f" ({run.info.split})" if run.info.split else ""
    return when + shorten(run.info.set_name, _COLUMNS - len(when) - len(half)) + half


def _day(time: datetime, *, short: bool = False) -> str:
    """The date; where it is short, without the year if that is this one."""
    locale = LOCALES[language()]
    if short and time.year == datetime.now(time.tzinfo).year:
        return format_skeleton("MMMd", time, locale=locale)
    return format_date(time, "medium", locale=locale)
