"""Whose words, of which transcripts and days, a question may be answered from.

What is chosen stands in the address, above the field for questions, and under each answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import cast

import streamlit as st

from rag.transcripts.events import events_of
from rag.types import ROLES, Filters, Role, Transcript
from ui.language import N_, _, day
from ui.markup import text_markdown
from ui.transcript import speaker_name

# The keys of the widgets and the names in the address. (Streamlit's own binding would put labels
# there, which change with language and title.)
SPEAKER, OUTLET, ROLE, TRANSCRIPT = "speaker", "outlet", "role", "transcript"
SINCE, UNTIL = "since", "until"
_ALL = (SPEAKER, OUTLET, ROLE, TRANSCRIPT, SINCE, UNTIL)
ROLE_NAMES: dict[Role, str] = {
    "official": N_("Officials"),
    "reporter": N_("Reporters"),
    "moderator": N_("Moderators"),
    "narrator": N_("Narrators"),
}
_KNOWN, _PARTS = "known-filters", "parts-of-events"
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)


def take_up() -> None:
    """Take up the filters that the address names, or those that were set before.

    Called before anything of a page is drawn: Streamlit forgets what a widget holds while it is not
    drawn, and drops the address's query when another page is opened.
    """
    named = {key: st.query_params.get_all(key) for key in _ALL}
    known = _known()
    if any(named.values()) and named != known:
        _set(named)
    elif any(key not in st.session_state for key in _ALL):
        _set(known)


def chosen() -> Filters:
    """The filters that are set."""
    return Filters(
        speakers=(*_held(SPEAKER), *_held(OUTLET)),
        roles=tuple(role for role in ROLES if role in _held(ROLE)),
        transcripts=tuple(
            one for first in _held(TRANSCRIPT) for one in _parts().get(first, [first])
        ),
        since=st.session_state.get(SINCE),
        until=st.session_state.get(UNTIL),
    )


def limit_to_transcript(transcript_id: str) -> None:
    """Set the filter to one transcript and nothing else."""
    _set({TRANSCRIPT: [transcript_id]})


def clear(key: str, value: str) -> None:
    """Take one value out of a filter, or its day."""
    is_day = key in (SINCE, UNTIL)
    st.session_state[key] = None if is_day else [held for held in _held(key) if held != value]


def _set(values: Mapping[str, list[str]]) -> None:
    st.session_state[_KNOWN] = {key: list(values.get(key, ())) for key in _ALL}
    for key in _ALL:
        given = values.get(key, [])
        st.session_state[key] = _day(given) if key in (SINCE, UNTIL) else list(given)


def _known() -> dict[str, list[str]]:
    return cast("dict[str, list[str]]", st.session_state.get(_KNOWN) or {})


def _write_address() -> None:
    """Have the address, and what is known when the widgets are not drawn, say what is chosen."""
    days = {key: st.session_state.get(key) for key in (SINCE, UNTIL)}
    values = {key: [day.isoformat()] if day else [] for key, day in days.items()}
    values |= {key: list(_held(key)) for key in _ALL if key not in days}
    st.session_state[_KNOWN] = {key: values[key] for key in _ALL}
    for key, given in values.items():
        if given != st.query_params.get_all(key):
            if given:
                st.query_params[key] = given
            else:
                st.query_params.pop(key, None)


def _day(given: list[str]) -> datetime.date | None:
    try:
        found = datetime.date.fromisoformat(given[0])
    except (IndexError, ValueError):
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def draw_filters(transcripts: Sequence[Transcript]) -> None:
    """Draw what can be chosen."""
    officials, outlets = _speakers(transcripts)
    titles = _take_events(transcripts)
    is_set = chosen() != Filters()
    with st.expander(_("Answer only from"), expanded=is_set, key="filters"):
        names = {name: speaker_name(name) for name in (*officials, *outlets)}
        _choose(_("Speakers"), officials, SPEAKER, _("Everybody who speaks"), names)
        _choose(_("Those who ask"), outlets, OUTLET, _("Their questions are left out"), names)
        roles: dict[str, str] = {role: _(name) for role, name in ROLE_NAMES.items()}
        _choose(_("Roles"), list(roles), ROLE, _("Every role"), roles)
        _choose(_("Transcripts"), list(titles), TRANSCRIPT, _("Every transcript"), titles)
        since, until = st.columns(2)
        for column, label, key in ((since, _("From"), SINCE), (until, _("Until"), UNTIL)):
            with column:
                st.date_input(label, None, FIRST_DAY, LAST_DAY, key=key, format="YYYY-MM-DD")
    _write_address()


def draw_in_force(transcripts: Sequence[Transcript]) -> None:
    """Draw what is chosen, each a button that takes it away."""
    words = in_words(chosen(), transcripts)
    if not words:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="in-force"):
        st.html(f'<p class="hetao-note">{_("Answered only from:")}</p>', width="content")
        for number, (key, value, label) in enumerate(words):
            st.button(
                text_markdown(label),
                key=f"in-force-{number}",
                icon=":material/close:",
                icon_position="right",
                help=_("Take this filter away"),
                on_click=clear,
                args=(key, value),
            )


def in_words(set_to: Filters, transcripts: Sequence[Transcript]) -> list[tuple[str, str, str]]:
    """Each value of the filters with its key and what a person calls it."""
    titles = {
        held.id: (event[0].id, held.title) for event in events_of(transcripts) for held in event
    }
    chosen = dict(titles.get(held, (held, held)) for held in set_to.transcripts)
    outlets = set(_speakers(transcripts)[1])
    words = [
        (OUTLET if name in outlets else SPEAKER, name, speaker_name(name))
        for name in set_to.speakers
    ]
    words += [(ROLE, role, _(ROLE_NAMES[role])) for role in set_to.roles]
    words += [(TRANSCRIPT, held, title) for held, title in chosen.items()]
    if set_to.since:
        words.append((SINCE, "", _("from {day}").format(day=day(set_to.since))))
    if set_to.until:
        words.append((UNTIL, "", _("until {day}").format(day=day(set_to.until))))
    return words


def _take_events(transcripts: Sequence[Transcript]) -> dict[str, str]:
    """The title of each event by the id of its first transcript, which stands for all of them."""
    events = events_of(transcripts)
    st.session_state[_PARTS] = {event[0].id: [held.id for held in event] for event in events}
    first = {held.id: event[0].id for event in events for held in event}
    chosen = (first.get(held, held) for held in _held(TRANSCRIPT))
    st.session_state[TRANSCRIPT] = list(dict.fromkeys(chosen))
    return {event[0].id: _title(event[0]) for event in events}


def _parts() -> dict[str, list[str]]:
    return cast("dict[str, list[str]]", st.session_state.get(_PARTS) or {})


def _choose(
    label: str, options: list[str], key: str, placeholder: str, names: dict[str, str]
) -> None:
    # What has left the transcripts leaves the choice.
    st.session_state[key] = [value for value in _held(key) if value in options]
    st.multiselect(
        label,
        options,
        key=key,
        format_func=lambda value: names.get(value, value),
        placeholder=placeholder,
        # By default any name with the letters typed in it somewhere is a match, and Enter takes
        # all matches.
        filter_mode="contains",
        select_all=False,
    )


def _speakers(transcripts: Sequence[Transcript]) -> tuple[list[str], list[str]]:
    """Those who make statements or preside, and those who only ask, in order of appearance."""
    stating: dict[str, None] = {}
    asking: dict[str, None] = {}
    for held in transcripts:
        for speaker, role in held.cast:
            if speaker:
                (asking if role == "reporter" else stating)[speaker] = None
    return list(stating), [name for name in asking if name not in stating]


def _title(held: Transcript) -> str:
    return f"{held.date.isoformat()} · {held.title}" if held.date else held.title


def _held(key: str) -> list[str]:
    return cast("list[str]", st.session_state.get(key) or [])
