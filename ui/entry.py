"""What was read of an event: who speaks, what is doubtful, and the form that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from rag.settings import Settings
from rag.transcripts.events import Event
from rag.transcripts.shelf import describe, notes_on, read_entry
from rag.types import ROLES, Role, Transcript
from ui import changes, users
from ui.filters import FIRST_DAY, LAST_DAY
from ui.language import N_, _, several
from ui.links import turn_link
from ui.markup import text_html, text_markdown
from ui.script import inside_html
from ui.transcript import ROLE_WORDS, part_names, speaker_name

NOBODY = "nobody"
_NOBODY_WORDS = N_("Nobody: these words are no name")
_SURE = "surely-remove"
# A longer event has its files in the corpus folder all the same.
_SHOWN_FILES = 30
# So wide is the field of one speaker: two or three stand beside each other.
_FIELD_PIXELS = 280


def draw_entry(event: Event, events: Sequence[Event], settings: Settings) -> None:
    """Draw what was read of each transcript of an event, and what may be done with it."""
    names = part_names(event)
    for number, (held, name) in enumerate(zip(event, names, strict=True)):
        if number:
            st.divider()
        if len(event) > 1:
            st.html(f"<h3>{text_html(name)}</h3>")
        _draw_read(held, settings)
        others = [other for other in events if held not in other]
        if users.may_change():
            _draw_form(held, event, others, settings)
            _draw_removing(held)


def _draw_read(held: Transcript, settings: Settings) -> None:
    link = inside_html(turn_link(held.id), _("Read the whole transcript"))
    counts = " · ".join(
        (
            several("1 page", "{n} pages", len(held.pages)),
            several("1 turn", "{n} turns", len(held.turns)),
            several("1 speaker", "{n} speakers", len(_roles(held))),
        )
    )
    st.html(f"<p>{counts} · {link}</p>")
    with st.container(horizontal=True, key=f"files-{held.id}"):
        for page in held.pages[:_SHOWN_FILES]:
            file = Path(page.file)
            st.download_button(
                text_markdown(file.name), file.read_bytes, file.name, on_click="ignore",
                key=f"file-{held.id}-{page.number}", icon=":material/draft:", type="tertiary",
                help=_("The file as it was added"),
            )  # fmt: skip
    for note in notes_on(held, settings.corpus_dir):
        st.warning(text_markdown(note), icon=":material/help:")


def _draw_form(held: Transcript, event: Event, others: Sequence[Event], settings: Settings) -> None:
    known = read_entry(held.id, settings.corpus_dir)
    with st.form(f"mend-{held.id}", border=False, enter_to_submit=False):
        title = st.text_input(_("Title"), held.title, max_chars=500, key=f"title-{held.id}")
        day = st.date_input(
            _("Day of the event"), held.date, FIRST_DAY, LAST_DAY, format="YYYY-MM-DD"
        )
        roles = _draw_speakers(held)
        now = known.get("event", "")
        titles = {now: _("The same as of the other parts")} if len(event) > 1 else {}
        # Its own id tells it apart from those of its title and day; those that name it go along.
        if not any(part.event == held.id for part in event if part != held):
            titles[held.id if titles else now] = _("An event of its own")
        titles |= {other[0].id: other[0].title for other in others}
        same = st.selectbox(
            _("Which event is it of? Such as that of another page, or of one in another language"),
            list(titles), format_func=lambda each: titles[each], key=f"same-as-{held.id}",
        )  # fmt: skip
        sent = st.form_submit_button(_("Save"), type="primary", key=f"save-{held.id}")
    if not sent:
        return
    wanted: dict[str, Any] = {}
    if title.strip() and title != held.title:
        wanted["title"] = " ".join(title.split())
    if day != held.date:
        wanted["date"] = day.isoformat() if day else ""
    if same != now:
        wanted["event"] = same
    wanted |= _changed_roles(held, roles, known)
    if wanted:
        users.ensure_may_change()
        describe(held, wanted, settings.corpus_dir)
        changes.start(["ingest"], title=held.title)


def _draw_speakers(held: Transcript) -> dict[str, str]:
    """Draw who speaks as what; gives what is chosen for each."""
    chosen = {}
    options = [*ROLES, NOBODY]
    words: dict[str, str] = {role: _(ROLE_WORDS[role]) for role in ROLES}
    words[NOBODY] = _(_NOBODY_WORDS)
    turns = Counter(turn.speaker for turn in held.turns)
    with st.container(horizontal=True):
        for name, role in _roles(held).items():
            count = several("1 turn", "{n} turns", turns[name])
            chosen[name] = st.selectbox(
                f"{text_markdown(speaker_name(name))} · {count}",
                options, options.index(role), format_func=words.__getitem__,
                key=f"role-{held.id}-{name}", width=_FIELD_PIXELS,
            )  # fmt: skip
    return chosen


def _changed_roles(
    held: Transcript, chosen: dict[str, str], known: dict[str, Any]
) -> dict[str, Any]:
    """What a manifest says of the speakers whose role was changed, beside what it said before."""
    roles = _roles(held)
    changed = {name: role for name, role in chosen.items() if role != roles[name]}
    if not changed:
        return {}
    before = {each["name"]: each for each in known.get("speakers", ())}
    for name, role in changed.items():
        if role == NOBODY:
            before.pop(name, None)
        else:
            before[name] = {**before.get(name, {"name": name}), "role": role}
    nobody = [name for name, role in changed.items() if role == NOBODY]
    return {
        "speakers": list(before.values()),
        "not_speakers": [*known.get("not_speakers", ()), *nobody],
    }


def _roles(held: Transcript) -> dict[str, Role]:
    """Who speaks, in order of appearance, and as what for the most part."""
    counts: dict[str, Counter[Role]] = {}
    for turn in held.turns:
        if turn.speaker:
            counts.setdefault(turn.speaker, Counter())[turn.role] += 1
    return {name: roles.most_common(1)[0][0] for name, roles in counts.items()}


def _draw_removing(held: Transcript) -> None:
    if st.session_state.get(_SURE) != held.id:
        if st.button(_("Remove"), key=f"remove-{held.id}", icon=":material/delete:"):
            st.session_state[_SURE] = held.id
            st.rerun()
        return
    words = _("Remove “{title}” from what is answered from? Its files are kept aside.")
    st.warning(text_markdown(words.format(title=held.title)), icon=":material/delete:")
    with st.container(horizontal=True):
        sure = st.button(_("Remove"), key=f"surely-{held.id}", type="primary")
        keep = st.button(_("Keep"), key=f"keep-{held.id}")
    if sure or keep:
        st.session_state[_SURE] = ""
    if sure:
        changes.start(["remove", "--", held.id], title=held.title)
    if keep:
        st.rerun()
