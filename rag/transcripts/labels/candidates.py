"""Candidates for speaker labels, found by form alone.

:mod:`rag.transcripts.labels.forms` says where a label may stand, this module what name is in it,
perhaps with an office, an outlet or a time beside it. Which of the forms a page uses is for
:mod:`rag.transcripts.labels.conventions` to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from rag.text.sentences import HONORIFIC
from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.forms import (
    DASHED,
    LONGEST_ASIDE,
    LONGEST_LABEL,
    TIME_ALONE,
    TIME_BEHIND,
    Form,
    closings,
    skip_marks,
    words_inside,
)
from rag.transcripts.labels.speakers import (
    Label,
    generic_part,
    is_han,
    is_latin_name,
    is_title_of_office,
    name_key,
    read_speaker,
    says_something,
)

_BRACKETS_BEHIND = re.compile(
    r"([^()（）]{1,80}?)\s?[(（\[]((?:[^()（）\[\]]|[(（][^()（）]{0,60}[)）]){1,120})[)）\]]"
)
_SEAT_AND_PARTY = re.compile(
    r"([^()（）]{1,80}?)\s?([(（][^()（）]{1,80}[)）]\s?[(（][^()（）]{1,80}[)）])"
)
_DASH_BEHIND = re.compile(r"(.{2,60}?)\s+(?:--+|[—–|-])\s+(.{2,120})")
_COMMA_BEHIND = re.compile(r"([^,，]{2,60})[,，]\s?(.{2,140})")
_BILINGUAL = re.compile(
    r"(?P<han>[㐀-鿿豈-﫿·]{1,20})\s?[/／|]?\s?[(（]?(?P<latin>[A-Za-z][^㐀-鿿()（）:：]{0,60}?)[)）]?"
    r"|(?P<latin_2>[A-Za-z][^㐀-鿿()（）:：]{0,60}?)\s?[/／|]?\s?[(（]?(?P<han_2>[㐀-鿿豈-﫿·]{1,20})[)）]?"
)
# ``Sandoval, Iris (Guest)``, ``+1 555-0142``: as programs that record meetings enter people.
_ENTERED = re.compile(
    r"([^\W\d_a-z][\w'’.-]*(?:\s[\w'’.-]+)?,\s[^\W\d_a-z][\w'’.-]*(?:\s[^\W\d_a-z][\w'’.-]*)?|\+\d[\d\s*-]{5,20})"
    r"(?:\s?[(（\[]([^()（）\[\]]{1,40})[)）\]])?"
)


class Candidate(NamedTuple):
    """A reading of a line (its index) as a label; ``start`` is where in the page the words begin.

    ``hinted`` says that the name itself shows a part in the event: ``Reporter``, an office, an
    honorific, an outlet, or somebody known from elsewhere. A change of speaker without a name
    (``>>``) has the speaker "".
    """

    line: int
    form: Form
    label: Label
    start: int
    hinted: bool

    @property
    def key(self) -> str:
        return name_key(self.label.speaker)


def read_line(text: str, line: Line, index: int, known: Collection[str]) -> Iterator[Candidate]:
    """The readings of one line as a label, the narrowest form first.

    Args:
        text: the page.
        line: one of its lines; ``index`` is its place among them, from 0.
        known: :func:`~rag.transcripts.labels.speakers.name_key` of speakers known from elsewhere.
    """
    position, mark = skip_marks(text, line)
    for closed, form, start in closings(text, position, line, mark):
        if form.end == "mark":
            yield Candidate(index, form, Label("", "", certain=True), start, hinted=True)
            continue
        name = words_inside(text, position, closed, form.wrap)
        timed = TIME_BEHIND.search(name) or TIME_ALONE.fullmatch(text, closed, start)
        found = read_name(" ".join(name.split()), "time" if timed else form.end, known)
        if found:
            seen = form._replace(mark="time") if timed else form
            yield Candidate(index, seen, found[0], start, found[1])


def read_name(shown: str, end: str, known: Collection[str]) -> tuple[Label, bool] | None:
    """The name in a label, and whether it shows a part in the event; None when it is no name.

    Args:
        shown: the label's words, with single spaces, without what closes it.
        end: what closes it, as in :class:`Form`; "time" where a time stands behind it.
        known: name keys of speakers known from elsewhere.
    """
    shown = shown.rstrip(" :：")
    bare = TIME_BEHIND.sub("", shown).strip()
    if not bare or len(bare) > LONGEST_LABEL:
        return None
    if name_key(bare) in known:
        return read_speaker(bare) or Label(bare), True
    if end == "time" and (entered := _ENTERED.fullmatch(bare)):
        return Label(entered[1], entered[2] or "", certain=False), False
    if end not in (".", "gap") and (pair := _BILINGUAL.fullmatch(bare)):
        return _read_pair(bare, pair)
    label = _read_with_title(bare, known) or (_read_loosely(bare, end))
    if label is None or not (end == "time" or _fits(label, bare, end)):
        return None
    return label, shows_part(label, bare, known)


def _read_with_title(shown: str, known: Collection[str]) -> Label | None:
    """A name, with the office, outlet or seat that stands behind it."""
    before = _COMMA_BEHIND.fullmatch(shown)
    if before and HONORIFIC.match(before[2]):
        named = read_speaker(before[2])
        return named and named._replace(title=named.title or before[1].strip())
    plain = read_speaker(shown)
    for behind in (_BRACKETS_BEHIND, _SEAT_AND_PARTY, _DASH_BEHIND, _COMMA_BEHIND):
        found = behind.fullmatch(shown)
        if not found or len(found[2].split()) > LONGEST_ASIDE:
            continue
        named = read_speaker(TIME_BEHIND.sub("", found[1]).strip())
        comma = behind is _COMMA_BEHIND
        if named and comma and (seated := _BRACKETS_BEHIND.fullmatch(found[1])):
            named = read_speaker(seated[1])
        if named is None or named.title:
            continue
        known_or_sure = name_key(named.speaker) in known or named.certain
        if comma and not (known_or_sure and found[2][:1].isalpha()):
            continue
        if plain and (comma or plain.title or not _is_person(named, found[1])):
            continue
        return named._replace(title=found[2].strip())
    return plain if plain and _is_whole(plain) else None


def _is_whole(label: Label) -> bool:
    return label.speaker.count("(") == label.speaker.count(")")


def _is_person(label: Label, shown: str) -> bool:
    """Whether a label names a person, by several names or with an honorific; what stands behind
    an outlet or an office belongs to it."""
    named = label.certain and (" " in label.speaker or bool(HONORIFIC.match(shown)))
    return named and generic_part(shown) == "" and not is_title_of_office(label)


def _read_loosely(shown: str, end: str) -> Label | None:
    """``Audience member 1``, ``渡輪事務專員``: a few words that only the page can bear out."""
    if any(char in ',，。;；?？!！“”"<>=、' for char in shown) or not shown[0].isalnum():
        return None
    han = is_han(shown)
    if end not in (":", "close", "time", DASHED) and not (han and end == "line"):
        return None
    if han:
        named = 2 <= len(shown) <= 12 and not says_something(shown)
        return Label(shown, "", certain=False) if named else None
    words = shown.split()
    return Label(shown, "", certain=False) if len(words) <= 4 and shown[0].isupper() else None


def _read_pair(shown: str, pair: re.Match[str]) -> tuple[Label, bool] | None:
    """A label in two languages, ``记者 Reporter``: it counts where either half does."""
    han, latin = pair["han"] or pair["han_2"], (pair["latin"] or pair["latin_2"]).strip()
    if not latin[:1].isupper() or not is_latin_name(latin):
        return None
    halves = [half for half in (read_speaker(han), read_speaker(latin)) if half]
    if not halves:
        return None
    return Label(shown, "", any(half.certain for half in halves)), any(
        shows_part(half, half.speaker, ()) for half in halves
    )


def _fits(label: Label, shown: str, end: str) -> bool:
    """Whether a name may be closed like this: what is nearly prose must be more of a name."""
    if end in (":", "close", "mark", DASHED) or generic_part(shown):
        return True
    name = label.speaker
    if end == ".":
        # Of any other title (``Senator Poe.``) the page must bear out that it is one.
        several = " " in name and is_latin_name(name)
        capitals = name.isupper() and len(name) > 1
        titled = capitals or HONORIFIC.match(shown) is not None or shown.startswith("The ")
        return (titled or several) and shown[-1].isalnum()
    # A sentence of one word ends in a stop; a name of one word must return to be believed.
    whole = (shown[-1].isalnum() or shown[-1] in ")）]") and not name[0].islower()
    named = label.certain or label.title != "" or is_han(name) or name.replace(" ", "").isalpha()
    return whole and (named or name.split()[-1].isdigit())


def shows_part(label: Label, shown: str, known: Collection[str]) -> bool:
    """Whether a label, shown as it is, names a part in the event, an office, an outlet, somebody
    with an honorific or one of those ``known``."""
    return (
        generic_part(shown) != ""
        or HONORIFIC.match(shown) is not None
        or name_key(label.speaker) in known
        or is_title_of_office(label)
    )
